# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every API call of every scenario failing once in every way, against either emulator and through boto3's own retries.

On MiniStack each call fails in one of the ways, by turns; with SOAK=1, as `make soak` has it, in every one, and on moto
too. The table of outcomes is written to .build/faults-EMULATOR.md.
"""

from __future__ import annotations

import functools
import itertools
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError

from tests import documents
from tests.conftest import SOAK
from tests.emulator import faults
from tests.emulator.scenarios import IMPATIENT, PATIENT, SCENARIOS, foreign_is_there, fresh, run
from tests.emulator.server import BUILD, Server

PROCESSES, WORKERS = 2, 8
FIRST_IDS = [310000000000, 320000000000, 330000000000]
DOCUMENT = documents.guide("reliability")


@dataclass
class Case:
    """``result`` or ``error``: how the run with the fault ended. ``writes``: what the emulator carried out by then."""

    scenario: str
    call: int
    action: str
    kind: str
    account_id: str = ""
    result: dict[str, Any] | None = None
    error: RestoreAccessError | None = None
    writes: list[str] = field(default_factory=list)
    kept: bool = True
    again: dict[str, Any] = field(default_factory=dict)
    settled: dict[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        return self.result or (self.error.facts if self.error else {})

    @property
    def where(self) -> str:
        return f"{self.scenario}, call {self.call} ({self.action}), {self.kind}: {self.error.message if self.error else 'converged'}"


@dataclass(frozen=True)
class Suffered:
    """What became of every case on an emulator. ``whole``: whether every call failed in every way."""

    emulator: str
    whole: bool
    cases: list[Case]

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)


def suffer(sky: faults.Sky, ids: itertools.count[int], case: Case) -> Case:
    # On a busy machine every answer can be late: only who is to suffer from that gives up so soon.
    patience = IMPATIENT if case.kind == faults.TIMEOUT else PATIENT
    session, straight = fresh(sky.server, sky.endpoint, case.scenario, ids, patience)
    options = SCENARIOS[case.scenario][1]
    case.account_id = session.account_id
    sky.strike(session.account_id, case.call, case.kind)
    try:
        case.result = run(session, options)
    except RestoreAccessError as error:
        case.error = error
    sky.calm(session.account_id)
    case.writes = sky.weather.writes(session.account_id)
    case.kept = foreign_is_there(straight.iam, case.scenario)
    if case.error is not None:
        case.again = run(straight, options)
    case.settled = run(straight, options, check=True)
    return case


def suffer_share(server: Server, share: list[Case], first_id: int) -> list[Case]:
    """In a process of its own, with proxies and accounts of its own."""
    with faults.above(server) as sky, ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(functools.partial(suffer, sky, itertools.count(first_id)), share))


def todo(server: Server, whole: bool) -> Iterator[Case]:
    """Each call that a run without faults makes, with each way to fail, or with one of them by turns."""
    turns, ids = itertools.cycle(faults.KINDS), itertools.count(FIRST_IDS[-1])
    weather = faults.Weather()
    with faults.behind(server, weather) as endpoint:
        for scenario in SCENARIOS:
            session, _straight = fresh(server, endpoint, scenario, ids)
            run(session, SCENARIOS[scenario][1])
            for number, action in enumerate(weather.calls[session.account_id]):
                for kind in faults.KINDS if whole else [next(turns)]:
                    yield Case(scenario, number, action, kind)


@pytest.fixture(scope="module", params=["ministack", "moto"] if SOAK else ["ministack"])
def suffered(request: pytest.FixtureRequest) -> Suffered:
    server: Server = request.getfixturevalue(request.param)
    server.reset()
    cases = list(todo(server, SOAK))
    # One process would be held up by its own interpreter more than by the emulator.
    shares = [cases[number::PROCESSES] for number in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        done = [case for share in pool.map(suffer_share, [server] * PROCESSES, shares, FIRST_IDS) for case in share]
    (BUILD / f"faults-{server.name}.md").write_text("\n".join([*table(done), "", *outcomes(done)]) + "\n")
    return Suffered(server.name, SOAK, done)


def counts(done: list[Case]) -> dict[str, str]:
    """By way of failing, over all scenarios: in how many cases the run converged in spite of it."""
    tried = Counter(case.kind for case in done)
    well = Counter(case.kind for case in done if case.error is None)
    return {kind: f"{well[kind]} of {tried[kind]}" for kind in faults.KINDS}


def table(done: list[Case]) -> list[str]:
    head = ["| Fault | Injected by | Converged at once |", "|---|---|---|"]
    return [*head, *(f"| {kind} | {_by(kind)} | {count} |" for kind, count in counts(done).items())]


def documented(emulator: str) -> dict[str, str]:
    """The counts in the document's table."""
    rows = documents.rows(DOCUMENT)
    (head,) = (row for row in rows if row[:2] == ["Fault", "Injected by"])
    column = [cell.lower() for cell in head].index(emulator)
    return {row[0]: row[column] for row in rows if row[1] == _by(row[0])}


def outcomes(done: list[Case]) -> list[str]:
    """Every case."""
    rows = sorted((case.scenario, case.call, case.action, case.kind, _told(case)) for case in done)
    head = ["| Scenario | Call | Action | Fault | Outcome |", "|---|---|---|---|---|"]
    return [*head, *(f"| {' | '.join(map(str, row))} |" for row in rows)]


def _by(kind: str) -> str:
    return "microburst" if kind in faults.MICROBURST else "our proxy"


def _told(case: Case) -> str:
    return case.error.message.replace(case.account_id, "ACCOUNT").replace("|", "/") if case.error else "converged"


def test_what_passes_by_itself_is_waited_for(suffered: Suffered):
    assert [case.where for case in suffered if case.kind in faults.RETRIED and case.error] == []


def test_what_does_not_is_told_with_the_account_and_what_to_do(suffered: Suffered):
    for case in suffered:
        if case.error is not None:
            # GetCallerIdentity alone tells which account it is where the principal does not exist.
            known = case.action != "GetCallerIdentity" or "Account unknown" not in case.error.message
            assert not known or f"Account {case.account_id}" in case.error.message, case.where
            assert any(word in case.error.message for word in ("un again", "Check", "Grant")), case.where
            assert "Welcome" not in case.error.message, case.where


def test_no_success_is_reported_that_is_none(suffered: Suffered):
    assert [case.where for case in suffered if case.result is not None and case.settled["changes"]] == []


def test_what_was_changed_is_told_truthfully(suffered: Suffered):
    for case in suffered:
        changes = {change["operation"] for change in case.told.get("changes", [])}
        unknown = {change["operation"] for change in case.told.get("unconfirmed", [])}
        assert changes <= set(case.writes) <= changes | unknown, case.where
        assert bool(case.told.get("changed")) == bool(changes | unknown), case.where


def test_nothing_of_others_is_lost(suffered: Suffered):
    assert [case.where for case in suffered if not case.kept] == []


def test_the_next_run_converges(suffered: Suffered):
    assert [case.where for case in suffered if case.settled["changes"] or case.settled["unresolved"]] == []


def test_every_call_of_every_scenario_was_tried(suffered: Suffered):
    tried = Counter((case.scenario, case.call) for case in suffered)
    assert set(tried.values()) == {len(faults.KINDS) if suffered.whole else 1}
    assert {case.scenario for case in suffered} == set(SCENARIOS)
    assert {case.kind for case in suffered} == set(faults.KINDS)


def test_the_documentation_has_the_counts(suffered: Suffered):
    if SOAK:
        assert counts(suffered.cases) == documented(suffered.emulator)
