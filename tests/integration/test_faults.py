# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every API call of every scenario failing once in every way, against an emulator and through boto3's own retries.

The table of outcomes is written to .build/faults.md.
"""

from __future__ import annotations

import functools
import itertools
import json
import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils import _options
from ansible_collections.cloudrestore.aws.plugins.module_utils._account import Connection, Session
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.converge import Run, converge
from botocore.config import Config

from tests.emulator import cases, faults
from tests.emulator.server import BUILD, Server

RETRIED = (*list(faults.REFUSALS)[:5], faults.RESET_BEFORE, faults.RESET_AFTER, faults.TIMEOUT)
FOREIGN = cases.admit({"AWS": "arn:aws:iam::999988887777:root"}, sid="Theirs")
THEIRS = cases.allow("s3:*", sid="Theirs")
GRANTED = cases.allow(*cases.ACTIONS[3:])
PROCESSES, WORKERS = 2, 8
OFFSETS = [320000000000, 330000000000]
_ids = itertools.count(310000000000)
_shared = boto3.session.Session()
_making_clients = threading.Lock()


class Account(Session):
    """The product's own session; boto3's models are loaded once for all accounts."""

    def __init__(self, endpoint: str, account_id: str):
        self.account_id = account_id
        arguments = {
            "aws_access_key_id": account_id,
            "aws_secret_access_key": "root",
            "aws_config": Config(read_timeout=2),
        }
        super().__init__(Connection("us-east-1", endpoint, arguments), None, "aws")

    def _client(self, service: str, more: dict[str, str]) -> Any:
        with _making_clients:
            return _shared.client(service, **{**self._arguments, **more})


def run(session: Account, wish: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
    given = {"name": cases.RESTORE_ROLE, "appliance_principals": [cases.APPLIANCE_ARN], "wait_timeout": 20, **wish}
    found = ArgumentSpecValidator(_options.ARGUMENT_SPEC).validate(given)
    assert not found.error_messages
    params = dict(found.validated_parameters)
    return converge(session, _options.desired(params), Run(check, True, params["wait_timeout"]))


def nothing(_iam: Any, _session: Account) -> None:
    """The account as it comes."""


def role(iam: Any, policies: dict[str, list[Any]]) -> None:
    """A role with statements and policies of others, and with managed policies in as many versions as are given."""
    trust = cases.document(FOREIGN, cases.BACKUP)
    iam.create_role(RoleName=cases.RESTORE_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=cases.RESTORE_ROLE, PolicyName="theirs", PolicyDocument=json.dumps(THEIRS))
    for name, versions in policies.items():
        arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(versions[0]))["Policy"]["Arn"]
        for one in versions[1:]:
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(one), SetAsDefault=True)
        iam.attach_role_policy(RoleName=cases.RESTORE_ROLE, PolicyArn=arn)


def three_missing(iam: Any, _session: Account) -> None:
    role(iam, {"restore": [GRANTED]})


def five_versions(iam: Any, _session: Account) -> None:
    role(iam, {cases.OWN_POLICY: [cases.allow(*cases.ACTIONS[:number]) for number in (5, 10, 15, 20, 25)]})


def user(iam: Any, _session: Account) -> None:
    iam.create_user(UserName=cases.RESTORE_ROLE)
    iam.put_user_policy(UserName=cases.RESTORE_ROLE, PolicyName="theirs", PolicyDocument=json.dumps(THEIRS))


def made_by_us(_iam: Any, session: Account) -> None:
    run(session, {})


SCENARIOS: dict[str, tuple[Callable[[Any, Account], None], dict[str, Any]]] = {
    "a role is missing": (nothing, {}),
    "three actions are missing": (three_missing, {}),
    "five versions": (five_versions, {}),
    "a user": (user, {"principal_type": "user"}),
    "absent": (made_by_us, {"state": "absent"}),
}


@dataclass
class Case:
    """``result`` or ``error``: how the run with the fault ended. ``writes``: what the emulator carried out by then."""

    scenario: str
    call: int
    action: str
    kind: str
    account_id: str
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


def fresh(server: Server, endpoint: str, scenario: str) -> tuple[Account, Account]:
    """A new account in the scenario's state: (its session through the proxy, one that goes straight)."""
    account_id = str(next(_ids))
    straight = Account(server.endpoint, account_id)
    SCENARIOS[scenario][0](straight.iam, straight)
    return Account(endpoint, account_id), straight


def foreign_is_there(iam: Any, scenario: str) -> bool:
    if scenario in ("a role is missing", "absent"):
        return True
    kind = "user" if scenario == "a user" else "role"
    name = {f"{kind.capitalize()}Name": cases.RESTORE_ROLE}
    stored = getattr(iam, f"get_{kind}_policy")(**name, PolicyName="theirs")["PolicyDocument"]
    if kind == "user":
        return bool(stored == THEIRS)
    return stored == THEIRS and FOREIGN in iam.get_role(**name)["Role"]["AssumeRolePolicyDocument"]["Statement"]


@dataclass(frozen=True)
class Sky:
    server: Server
    endpoint: str
    weather: faults.Weather


@pytest.fixture(scope="module")
def sky(ministack: Server) -> Iterator[Sky]:
    ministack.reset()
    weather = faults.Weather()
    with faults.behind(ministack, weather) as endpoint:
        yield Sky(ministack, endpoint, weather)


def suffer(sky: Sky, case: Case) -> Case:
    session, straight = fresh(sky.server, sky.endpoint, case.scenario)
    wish = SCENARIOS[case.scenario][1]
    case.account_id = session.account_id
    sky.weather.due[session.account_id] = (case.call, case.kind)
    try:
        case.result = run(session, wish)
    except RestoreAccessError as error:
        case.error = error
    case.writes = sky.weather.writes(session.account_id)
    case.kept = foreign_is_there(straight.iam, case.scenario)
    if case.error is not None:
        case.again = run(straight, wish)
    case.settled = run(straight, wish, check=True)
    return case


def suffer_share(server: Server, share: list[Case], offset: int) -> list[Case]:
    """In a process of its own, with a proxy and accounts of its own."""
    global _ids
    _ids = itertools.count(offset)
    weather = faults.Weather()
    with faults.behind(server, weather) as endpoint, ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(functools.partial(suffer, Sky(server, endpoint, weather)), share))


@pytest.fixture(scope="module")
def suffered(sky: Sky) -> list[Case]:
    todo = []
    for scenario in SCENARIOS:
        session, _straight = fresh(sky.server, sky.endpoint, scenario)
        run(session, SCENARIOS[scenario][1])
        for number, action in enumerate(sky.weather.calls[session.account_id]):
            todo += [Case(scenario, number, action, kind, "") for kind in faults.KINDS]
    # One process would be held up by its own interpreter more than by the emulator.
    shares = [todo[number::PROCESSES] for number in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        done = [case for share in pool.map(suffer_share, [sky.server] * PROCESSES, shares, OFFSETS) for case in share]
    write_table(done)
    return done


def write_table(done: list[Case]) -> None:
    counts = Counter((case.scenario, case.kind, "failed" if case.error else "converged") for case in done)
    lines = [
        "| Scenario | Calls | Fault | Converged at once | Failed, told, converged by the next run |",
        "|---|---|---|---|---|",
    ]
    for scenario in SCENARIOS:
        for kind in faults.KINDS:
            ended = [counts[scenario, kind, how] for how in ("converged", "failed")]
            lines.append(f"| {scenario} | {sum(ended)} | {kind} | {ended[0]} | {ended[1]} |")
    (BUILD / "faults.md").write_text("\n".join(lines) + "\n")


def test_what_passes_by_itself_is_waited_for(suffered: list[Case]):
    assert [case.where for case in suffered if case.kind in RETRIED and case.error] == []


def test_what_does_not_is_told_with_the_account_and_what_to_do(suffered: list[Case]):
    for case in suffered:
        if case.error is not None:
            # GetCallerIdentity alone tells which account it is where the principal does not exist.
            known = case.action != "GetCallerIdentity" or "Account unknown" not in case.error.message
            assert not known or f"Account {case.account_id}" in case.error.message, case.where
            assert any(word in case.error.message for word in ("un again", "Check", "Grant")), case.where
            assert "Welcome" not in case.error.message, case.where


def test_no_success_is_reported_that_is_none(suffered: list[Case]):
    assert [case.where for case in suffered if case.result is not None and case.settled["changes"]] == []


def test_what_was_changed_is_told_truthfully(suffered: list[Case]):
    for case in suffered:
        changes = {one["operation"] for one in case.told.get("changes", [])}
        unknown = {one["operation"] for one in case.told.get("unconfirmed", [])}
        assert changes <= set(case.writes) <= changes | unknown, case.where
        assert bool(case.told.get("changed")) == bool(changes | unknown), case.where


def test_nothing_of_others_is_lost(suffered: list[Case]):
    assert [case.where for case in suffered if not case.kept] == []


def test_the_next_run_converges(suffered: list[Case]):
    assert [case.where for case in suffered if case.settled["changes"] or case.settled["unresolved"]] == []


def test_every_call_of_every_scenario_was_tried(suffered: list[Case]):
    assert {case.kind for case in suffered} == set(faults.KINDS)
    assert len({(case.scenario, case.call) for case in suffered}) * len(faults.KINDS) == len(suffered)
