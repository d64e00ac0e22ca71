# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lost answers, edits by others and IAM's slowness: what a run waits for, what it finds out, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.memory_iam import IamError, MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, GRANTED, OPTIONS, OURS, account, refused, role

INVALID = IamError("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{worlds.APPLIANCE}"')
ORPHAN = IamError("MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"AROAEXAMPLEOFADELETED"')
THEIRS = worlds.admit({"AWS": "777788889999"}, Sid="Theirs")


def lost(status: int = 500, retries: int = 0, code: str = "ServiceFailure") -> IamError:
    error = IamError(code, "told by AWS")
    error.response["ResponseMetadata"] = {"HTTPStatusCode": status, "RetryAttempts": retries}
    return error


def first(operation: str, error: IamError, before: Callable[[], None] = lambda: None) -> Any:
    """The first call of an operation fails, after ``before``."""
    pending = [True]

    def fail(called: str, _arguments: dict[str, Any]) -> IamError | None:
        if called != operation or not pending:
            return None
        pending.clear()
        before()
        return error

    return fail


def create_role_as_asked(iam: MemoryIam, **more: Any) -> Callable[[], None]:
    """The role as a run makes it, though nobody hears of it."""

    def create() -> None:
        made = MemoryIam()
        run(made, OPTIONS)
        stored_role = role(made)
        stored_role.attached = []
        vars(stored_role).update(more)
        iam.add(stored_role)

    return create


def test_a_create_whose_answer_was_lost_counts_as_made():
    iam = MemoryIam()
    iam.fail = first("CreateRole", lost(), create_role_as_asked(iam))
    result = run(iam, OPTIONS)
    assert [change["operation"] for change in result["changes"]] == ["CreatePolicy", "CreateRole", "AttachRolePolicy"]
    assert writes(iam) == ["CreatePolicy", "CreateRole", "AttachRolePolicy"]


def test_a_conflict_with_ones_own_first_attempt_is_none():
    """The first attempt at the create succeeded."""
    iam = MemoryIam()
    iam.fail = first("CreateRole", lost(409, 1, "EntityAlreadyExists"), create_role_as_asked(iam))
    result = run(iam, OPTIONS)
    assert [change["operation"] for change in result["changes"]] == ["CreatePolicy", "CreateRole", "AttachRolePolicy"]
    assert run(iam, OPTIONS)["compliant"]


def test_a_create_made_at_the_second_attempt_is_not_in_doubt():
    iam = MemoryIam()
    lose, denied = first("CreateRole", lost()), IamError("AccessDenied", "no")
    iam.fail = lambda operation, given: denied if operation == "AttachRolePolicy" else lose(operation, given)
    error = refused(iam)
    assert [change["operation"] for change in error.facts["changes"]] == ["CreatePolicy", "CreateRole"]
    assert (error.facts["unconfirmed"], "not known" in error.message) == ([], False)


def test_what_was_created_before_replanning_is_waited_for_too():
    iam = MemoryIam()
    lose, unknown = first("CreateRole", lost(), create_role_as_asked(iam)), stale("AttachRolePolicy", 5)
    iam.fail = lambda operation, given: lose(operation, given) or unknown(operation, given)
    assert run(iam, OPTIONS)["changed"]
    assert run(iam, OPTIONS)["compliant"]


def test_what_was_removed_by_a_lost_call_comes_back():
    """With a rollback; its answer was lost."""
    iam = account(inline={})
    theirs = [iam.add_policy(f"Theirs{number}", EVERYTHING) for number in range(3)]
    role(iam).attached = list(theirs)
    iam.fail = first("DetachRolePolicy", lost(), lambda: role(iam).attached.remove(theirs[0]))
    result = run(iam, {**OPTIONS, "purge_policies": True})
    assert [change["operation"] for change in result["changes"]].count("DetachRolePolicy") == 3
    rolled_back(iam, {"name": worlds.NAME}, result["previous"])
    assert sorted(role(iam).attached) == theirs


def test_the_last_plan_that_finds_everything_made_is_a_success():
    iam = account(BACKUP)
    answers = iter([IamError("ConcurrentModification", "a"), IamError("EntityTemporarilyUnmodifiable", "b")] * 2)

    def fail(operation: str, _arguments: dict[str, Any]) -> IamError | None:
        if operation != "UpdateAssumeRolePolicy":
            return None
        if error := next(answers, None):
            return error
        role(iam).trust["Statement"].append(APPLIANCE)
        return lost()

    iam.fail = fail
    assert [change["operation"] for change in run(iam, OPTIONS)["changes"]] == ["UpdateAssumeRolePolicy"]


def test_a_role_that_others_created_meanwhile_is_not_claimed():
    """It is converged."""
    iam = MemoryIam()
    theirs = create_role_as_asked(iam, trust=worlds.document(BACKUP), tags={})
    iam.fail = first("CreateRole", IamError("EntityAlreadyExists", "taken"), theirs)
    changes = [change["operation"] for change in run(iam, OPTIONS)["changes"]]
    assert changes == ["CreatePolicy", "AttachRolePolicy", "UpdateAssumeRolePolicy"]
    assert run(iam, OPTIONS)["compliant"]


def test_an_answer_that_is_lost_for_good_is_told_as_such():
    iam = account(BACKUP)
    gone: list[bool] = []

    def fail(operation: str, _arguments: dict[str, Any]) -> IamError | None:
        if operation == "UpdateAssumeRolePolicy":
            gone.append(True)
        return lost() if gone else None

    iam.fail = fail
    error = refused(iam)
    assert "whether UpdateAssumeRolePolicy on" in error.message
    assert "was made; run again" in error.message
    assert error.facts["changed"] is True
    assert ([change["operation"] for change in error.facts["unconfirmed"]], error.facts["changes"]) == (
        ["UpdateAssumeRolePolicy"],
        [],
    )
    assert error.facts["not_done"] == []


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_lost_answer_before_a_write_puts_nothing_in_doubt(state: str):
    iam = MemoryIam()
    run(iam, OPTIONS)
    role(iam).trust = worlds.document(*role(iam).trust["Statement"][: 1 if state == "present" else 2])
    arn, reads = iam.arn("role", "/", worlds.NAME), [0]

    def fail(operation: str, _arguments: dict[str, Any]) -> IamError | None:
        reads[0] += operation == "GetRole"
        return lost() if operation == "GetRole" and reads[0] > 1 else None

    iam.fail = fail
    error = refused(iam, state=state)
    write = "UpdateAssumeRolePolicy" if state == "present" else "DeleteRole"
    assert {"operation": write, "target": arn} in [
        {key: change[key] for key in ("operation", "target")} for change in error.facts["not_done"]
    ]
    assert (error.facts["unconfirmed"], "not known" in error.message) == ([], False)


def edit(iam: MemoryIam, times: int) -> None:
    """Somebody adds a statement each time that a write is near: right before the trust policy is read again."""
    seen = [0]

    def fail(operation: str, _arguments: dict[str, Any]) -> None:
        if operation == "GetRole":
            seen[0] += 1
            if seen[0] % 2 == 0 and seen[0] // 2 <= times:
                role(iam).trust["Statement"].append({**THEIRS, "Sid": f"Theirs{seen[0]}"})

    iam.fail = fail


def test_an_edit_between_reading_and_writing_is_not_lost():
    iam = account(BACKUP)
    edit(iam, 1)
    result = run(iam, OPTIONS)
    sids = [statement.get("Sid") for statement in role(iam).trust["Statement"]]
    assert sids == [None, "Theirs2", "CloudrestoreAppliance"]
    assert writes(iam) == ["UpdateAssumeRolePolicy"]
    # It was there before our change, so that a rollback keeps it.
    iam.fail = lambda _operation, _arguments: None
    rolled_back(iam, {"name": worlds.NAME}, result["previous"])
    assert [statement.get("Sid") for statement in role(iam).trust["Statement"]] == [None, "Theirs2"]


def test_who_edits_again_and_again_is_told_and_not_overwritten():
    iam = account(BACKUP)
    edit(iam, 1000)
    error = refused(iam)
    assert "was changed by someone else in the meantime. Nothing was changed; run again" in error.message
    assert writes(iam) == []


def test_reading_again_costs_one_call_where_trust_is_written():
    """And none elsewhere."""
    iam = account(inline={})
    run(iam, {**OPTIONS, "wait": False})
    assert [name for name, _arguments in iam.calls].count("GetRole") == 1
    iam = account(BACKUP)
    run(iam, {**OPTIONS, "wait": False})
    assert [name for name, _arguments in iam.calls].count("GetRole") == 2
    iam = account(BACKUP)
    run(iam, OPTIONS, check=True)
    assert [name for name, _arguments in iam.calls].count("GetRole") == 1


def test_a_principal_that_was_just_created_is_waited_for():
    iam = account(BACKUP)
    unknown = iter([INVALID, INVALID])
    iam.fail = lambda operation, _arguments: next(unknown, None) if operation == "UpdateAssumeRolePolicy" else None
    assert run(iam, OPTIONS)["changed"]
    assert APPLIANCE["Principal"] in [statement["Principal"] for statement in role(iam).trust["Statement"]]


@pytest.mark.parametrize("error", [ORPHAN, IamError("AccessDenied", "no"), IamError("LimitExceeded", "quota")])
def test_what_is_permanent_fails_at_once(error: IamError):
    iam = account(BACKUP)
    iam.fail = lambda operation, _arguments: error if operation == "UpdateAssumeRolePolicy" else None
    refused(iam)
    assert writes(iam) == ["UpdateAssumeRolePolicy"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_stale_answer_that_there_is_no_role_makes_nothing(state: str):
    """It is no success either."""
    iam = account(tags=OURS, inline={"all": EVERYTHING})
    iam.fail = first("GetRole", IamError("NoSuchEntity", "stale"))
    result = run(iam, {**OPTIONS, "state": state})
    assert result["principal"]["arn"].endswith(worlds.NAME)
    assert "CreatePolicy" not in writes(iam)
    if state == "absent":
        assert "was not deleted" in result["left_in_place"][0]


def test_another_run_that_used_up_the_last_version_is_no_failure():
    iam = MemoryIam()
    run(iam, OPTIONS)
    outdated = worlds.document(worlds.allow(worlds.ACTIONS[:20], Sid="CloudrestoreDynamodbRestore"))
    arn = iam.add_policy("CloudrestoreRestoreAccess", outdated, **OURS)
    other = MemoryIam()

    def overtake() -> None:
        other.principals, other.policies = iam.principals, iam.policies
        run(other, OPTIONS)

    iam.fail = first("CreatePolicyVersion", IamError("LimitExceeded", "5 versions"), overtake)
    result = run(iam, OPTIONS)
    assert [one["operation"] for one in result["changes"]] == ["TagPolicy"]
    assert len(iam.policies[arn].versions) == 2


def test_what_goes_between_listing_and_reading_is_no_failure():
    iam = account(BACKUP, inline={"all": GRANTED, "theirs": GRANTED})
    gone = IamError("NoSuchEntity", "gone")
    iam.fail = first("GetRolePolicy", gone, lambda: vars(role(iam)).update(inline={"all": GRANTED}))
    assert run(iam, OPTIONS)["unresolved"] == []
    iam.fail = lambda operation, _arguments: gone if operation == "GetRolePolicy" else None
    assert "iam:GetRolePolicy" in refused(iam).message


GONE = IamError("NoSuchEntity", "stale")


def stale(operation: str, times: int) -> Callable[[str, dict[str, Any]], IamError | None]:
    """IAM answers an operation so many times that what exists does not."""
    left = iter([GONE] * times)
    return lambda called, _arguments: next(left, None) if called == operation else None


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_stale_answer_on_our_policy_leaves_nothing_behind(times: int):
    """It says that the policy does not exist."""
    iam = MemoryIam()
    run(iam, OPTIONS)
    iam.fail = stale("GetPolicy", times)
    run(iam, {**OPTIONS, "state": "absent"})
    assert iam.contents() == MemoryIam().contents()


def test_a_stale_answer_about_an_unused_policy_is_no_success():
    """Nothing holds the policy any more."""
    iam = MemoryIam()
    run(iam, OPTIONS)
    role(iam).attached = []
    iam.fail = stale("GetPolicy", 1)
    run(iam, {**OPTIONS, "state": "absent"})
    assert iam.contents() == MemoryIam().contents()


def test_answers_that_go_on_to_contradict_each_other_are_told():
    iam = MemoryIam()
    run(iam, OPTIONS)
    iam.principals.clear()
    turns = [0]

    def fail(operation: str, _arguments: dict[str, Any]) -> IamError | None:
        turns[0] += operation == "GetPolicy"
        return GONE if operation == "GetPolicy" and turns[0] % 2 else None

    iam.fail = fail
    error = refused(iam, state="absent")
    assert "IAM reports alternately that policy arn:aws:iam::111122223333:policy/" in error.message
    assert "Nothing was changed. Run again" in error.message
    assert "DeletePolicy" not in writes(iam)


def test_a_rollback_takes_no_policy_for_gone_on_one_answer():
    iam = MemoryIam()
    previous = run(iam, OPTIONS)["previous"]
    iam.principals.clear()
    iam.fail = stale("GetPolicy", 1)
    rolled_back(iam, {"name": worlds.NAME}, previous)
    assert iam.contents() == MemoryIam().contents()
