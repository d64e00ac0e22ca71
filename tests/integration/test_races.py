# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two runs of converge and an edit by hand, all at once at one account, round after round: RACES=200, else 20.

The figures are written to .build/races.json.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import (
    VERIFY_SPEC,
    state_to_verify,
    verify_options,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.verify import verify

from tests.emulator import cases, faults
from tests.emulator.scenarios import Account, foreign_is_there, fresh, run
from tests.emulator.server import BUILD, Server

ROUNDS = int(os.environ.get("RACES", "20"))
AT_ONCE = 3
MOST_CALLS = 20
# Seconds to wait for what somebody may have taken away again: MiniStack shows at once what was written.
ENOUGH = 5
NAME = {"RoleName": cases.RESTORE_ROLE}
HAND = cases.admit({"AWS": "arn:aws:iam::888877776666:root"}, sid="ByHand")
BY_HAND = cases.allow("s3:GetObject", sid="ByHand")
TRUST = "UpdateAssumeRolePolicy"


def _trust(iam: Any) -> list[Any]:
    statements: list[Any] = iam.get_role(**NAME)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    return statements


def _write_trust(iam: Any, statements: list[Any]) -> None:
    iam.update_assume_role_policy(**NAME, PolicyDocument=json.dumps(cases.document(*statements)))


def add_to_trust(iam: Any) -> None:
    _write_trust(iam, [*_trust(iam), HAND])


def put_inline(iam: Any) -> None:
    iam.put_role_policy(**NAME, PolicyName="by-hand", PolicyDocument=json.dumps(BY_HAND))


def attach(iam: Any) -> None:
    arn = iam.create_policy(PolicyName="by-hand", PolicyDocument=json.dumps(BY_HAND))["Policy"]["Arn"]
    iam.attach_role_policy(**NAME, PolicyArn=arn)


def edit_theirs(iam: Any) -> None:
    iam.put_role_policy(**NAME, PolicyName="theirs", PolicyDocument=json.dumps(BY_HAND))


def take_ours_away(iam: Any) -> None:
    """What a run has just given, somebody takes back."""
    for policy in iam.list_attached_role_policies(**NAME)["AttachedPolicies"]:
        iam.detach_role_policy(**NAME, PolicyArn=policy["PolicyArn"])


def _inline(iam: Any, name: str) -> Any:
    return iam.get_role_policy(**NAME, PolicyName=name)["PolicyDocument"]


def _attached(iam: Any) -> list[str]:
    return [policy["PolicyName"] for policy in iam.list_attached_role_policies(**NAME)["AttachedPolicies"]]


# What is edited → how, and whether it is there still.
EDITS: dict[str, tuple[Callable[[Any], None], Callable[[Any], bool]]] = {
    "trust": (add_to_trust, lambda iam: HAND in _trust(iam)),
    "inline policy": (put_inline, lambda iam: _inline(iam, "by-hand") == BY_HAND),
    "attachment": (attach, lambda iam: "by-hand" in _attached(iam)),
    "their own policy": (edit_theirs, lambda iam: _inline(iam, "theirs") == BY_HAND),
    "ours taken away": (take_ours_away, lambda _iam: True),
}
SCENARIOS = ("a role is missing", "three actions are missing", "five versions")


@dataclass(frozen=True)
class Actor:
    """Somebody who works on accounts through a proxy of their own, which sees when each call was made."""

    endpoint: str
    weather: faults.Weather

    def seen(self, account: str) -> list[faults.Seen]:
        return self.weather.seen[account]

    def writes(self, account: str) -> list[faults.Seen]:
        return [call for call in self.seen(account) if call.carried_out and faults.is_write(call.action)]


@dataclass(frozen=True)
class Round:
    number: int
    account_id: str
    edit: str
    ended: tuple[dict[str, Any] | RestoreAccessError, ...]
    kept: bool
    foreign: bool
    left: list[str]
    settled: dict[str, Any]
    straight: Account


@dataclass(frozen=True)
class Field:
    """``runs``: the two runs, ``hand``: who edits by hand.

    ``moments``: account → the number of the first run's call at which the hand begins, and how it is told.
    """

    server: Server
    runs: tuple[Actor, Actor]
    hand: Actor
    ids: itertools.count[int]
    moments: dict[str, tuple[int, threading.Event]]


@pytest.fixture(scope="module")
def field(ministack: Server) -> Iterator[Field]:
    ministack.reset()
    with contextlib.ExitStack() as stack:
        actors = []
        for _number in range(3):
            weather = faults.Weather()
            actors.append(Actor(stack.enter_context(faults.behind(ministack, weather)), weather))
        yield Field(ministack, (actors[0], actors[1]), actors[2], itertools.count(350000000000), {})


def race(field: Field, number: int) -> Round:
    chance = random.Random(number)  # noqa: S311 (the same moments in each run of the tests)
    scenario, edit = SCENARIOS[number % 3], list(EDITS)[number % 5]
    _session, straight = fresh(field.server, field.server.endpoint, scenario, field.ids)
    account = straight.account_id
    moment, come = chance.randrange(MOST_CALLS), threading.Event()
    field.moments[account] = (moment, come)
    together = threading.Barrier(2)

    def one_run(actor: Actor) -> dict[str, Any] | RestoreAccessError:
        session = Account(actor.endpoint, account)
        together.wait()
        try:
            return run(session, {"wait_timeout": ENOUGH})
        except RestoreAccessError as error:
            return error
        finally:
            come.set()

    def by_hand() -> None:
        iam = Account(field.hand.endpoint, account).iam
        come.wait(60)
        _wait_for_the_role(iam)
        EDITS[edit][0](iam)

    with ThreadPoolExecutor(3) as pool:
        edited = pool.submit(by_hand)
        ended = tuple(pool.map(one_run, field.runs))
        edited.result()
    left = [change["operation"] for change in run(straight, {}, check=True)["changes"]]
    run(straight, {})
    settled = run(straight, {}, check=True)
    kept = EDITS[edit][1](straight.iam)
    return Round(number, account, edit, ended, kept, _foreign(straight.iam, scenario, edit), left, settled, straight)


def _wait_for_the_role(iam: Any) -> None:
    """Who edits a role waits until there is one."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(iam.exceptions.NoSuchEntityException):
            iam.get_role(**NAME)
            return


def _foreign(iam: Any, scenario: str, edit: str) -> bool:
    """Whether what others had before the round is there still, but for what the hand has edited itself."""
    if edit == "their own policy" or scenario == "a role is missing":
        return True
    return foreign_is_there(iam, scenario)


@pytest.fixture(scope="module")
def rounds(field: Field) -> list[Round]:
    def begin(account: str, _action: str, number: int) -> None:
        moment, come = field.moments[account]
        if number >= moment:
            come.set()

    field.runs[0].weather.before = begin
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda number: race(field, number), range(ROUNDS)))
    (BUILD / "races.json").write_text(json.dumps(figures(field, done), indent=2) + "\n")
    return done


def figures(field: Field, done: list[Round]) -> dict[str, Any]:
    runs = [ended for each in done for ended in each.ended]
    return {
        "rounds": len(done),
        "edits": Counter(round_.edit for round_ in done),
        "runs that reported success": sum(isinstance(run, dict) for run in runs),
        "errors that runs reported": Counter(error for round_ in done for error in errors(round_)),
        "rounds after which a further run had something to do": sum(bool(round_.left) for round_ in done),
        "edits lost in the moment between the last reading and the write": sum(not round_.kept for round_ in done),
    }


def errors(round_: Round) -> list[str]:
    messages = [ended.message for ended in round_.ended if isinstance(ended, RestoreAccessError)]
    return [message.replace(round_.account_id, "ACCOUNT")[:200] for message in messages]


def in_the_blind_moment(field: Field, round_: Round) -> bool:
    """Whether the hand wrote while a run was between its last reading of the trust policy and its write.

    IAM replaces a trust policy whole, knows no condition on it, and tells nobody what was replaced.
    """
    by_hand = [seen for seen in field.hand.writes(round_.account_id) if seen.action == TRUST]
    moments: list[faults.Seen] = []
    for actor in field.runs:
        read = None
        for seen in actor.seen(round_.account_id):
            if seen.action == "GetRole":
                read = seen
            elif seen.action == TRUST and seen.carried_out and read is not None:
                blind = (read.begun, seen.ended)
                moments += [write for write in by_hand if write.begun <= blind[1] and blind[0] <= write.ended]
    return bool(moments)


def overtaken(field: Field, round_: Round, index: int) -> bool:
    """Whether somebody else changed the account after a run had begun to read back what it reports."""
    actor = field.runs[index]
    own, others = actor.writes(round_.account_id), [field.runs[1 - index], field.hand]
    reads = [seen for seen in actor.seen(round_.account_id) if not own or seen.begun > own[-1].ended]
    # A run with nothing to do has read the account once; one that changed something has read it again after that.
    begun = reads[0].begun if reads else own[-1].ended
    return any(write.ended > begun for other in others for write in other.writes(round_.account_id))


def compliant(observed: dict[str, Any], account: Account) -> bool:
    """Whether restore_role_verify calls it so, from what the run has read back and nothing else."""
    given = {"name": cases.RESTORE_ROLE, "appliance_principals": [cases.APPLIANCE_ARN], "observed": observed}
    validated = ArgumentSpecValidator(VERIFY_SPEC).validate(given)
    assert not validated.error_messages
    params = dict(validated.validated_parameters)
    result = verify(account, state_to_verify(params), verify_options(params))
    return not result["drifted"]


def test_a_run_that_reports_success_has_read_it_back(field: Field, rounds: list[Round]):
    for round_ in rounds:
        for index, ended in enumerate(round_.ended):
            if isinstance(ended, dict):
                assert ended["unresolved"] == [], round_
                assert compliant(ended["observed"], round_.straight), round_
                assert not round_.left or overtaken(field, round_, index), round_


def test_what_a_run_says_that_it_changed_is_what_it_changed(field: Field, rounds: list[Round]):
    for round_ in rounds:
        for actor, ended in zip(field.runs, round_.ended, strict=True):
            told = ended if isinstance(ended, dict) else ended.facts
            changes = {each["operation"] for each in told.get("changes", [])}
            unknown = {each["operation"] for each in told.get("unconfirmed", [])}
            made = {seen.action for seen in actor.writes(round_.account_id)}
            assert changes <= made <= changes | unknown, round_
            if isinstance(ended, RestoreAccessError):
                assert f"Account {round_.account_id}" in ended.message, round_
                assert "un again" in ended.message, round_


def test_what_others_have_written_meanwhile_is_not_lost(field: Field, rounds: list[Round]):
    for round_ in rounds:
        assert round_.foreign, round_
        assert round_.kept or (round_.edit == "trust" and in_the_blind_moment(field, round_)), round_


def test_a_further_run_converges(rounds: list[Round]):
    assert [round_.number for round_ in rounds if round_.settled["changes"] or round_.settled["unresolved"]] == []
    assert len(rounds) == ROUNDS
