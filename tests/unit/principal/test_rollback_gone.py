# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback reads what it attaches again or sets as boundary: what its owner has deleted or changed since."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.memory_iam import IamError, MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, OPTIONS, account, role
from tests.unit.principal.test_reliability import first
from tests.unit.principal.test_rollback_guard import ALONE, NARROW, administrator, told
from tests.unit.principal.test_rollback_others import role_arn
from tests.unit.principal.test_rollback_parts import THEIRS, USER, WHO, changed

OTHER = worlds.document(worlds.allow("s3:PutObject", Sid="Other"))


def deleted(iam: MemoryIam, arn: str) -> None:
    del iam.policies[arn]


def retired(iam: MemoryIam, arn: str) -> None:
    iam.policies[arn].attachable = False


def reads_of(iam: MemoryIam, arn: str, since: int) -> list[str]:
    return [
        name for name, arguments in iam.calls[since:] if arguments.get("PolicyArn") == arn and name.startswith("Get")
    ]


def purged(*trust: dict[str, Any], count: int = 1, **more: Any) -> tuple[MemoryIam, list[str], dict[str, Any]]:
    iam = account(*trust, inline={})
    arns = [iam.add_policy(f"Theirs{number}", THEIRS) for number in range(count)]
    role(iam).attached = list(arns)
    return iam, arns, changed(iam, purge_policies=True, **more)


@pytest.mark.parametrize("gone", [deleted, retired])
def test_what_its_owner_has_deleted_is_skipped_and_the_rest_comes_back(gone: Any):
    """The appliance is taken out of the trust policy all the same."""
    iam, (one, other), previous = purged(BACKUP, count=2)
    gone(iam, one)
    made, (left,) = told(iam, previous)
    assert made == ["UpdateAssumeRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeletePolicy"]
    assert (role(iam).attached, role(iam).trust["Statement"]) == ([other], [BACKUP])
    assert left.startswith(
        f"{one} was not attached to {role_arn(iam)} again: that policy does not exist any more, or AWS"
    )


def test_so_it_is_for_a_user():
    iam = MemoryIam()
    arn = iam.add_policy("Theirs", THEIRS)
    iam.add(Principal("User", worlds.NAME, attached=[arn]))
    previous = changed(iam, **USER, purge_policies=True)
    deleted(iam, arn)
    assert [arn in one for one in told(iam, previous, **USER)[1]] == [True]


def test_what_goes_between_plan_and_call_is_skipped_too():
    iam, (arn,), previous = purged(BACKUP)
    iam.fail = first("AttachRolePolicy", IamError("NoSuchEntity", "gone"), lambda: deleted(iam, arn))
    (left,) = rolled_back(iam, WHO, previous)["left_in_place"]
    assert left.startswith(f"{arn} was not attached")
    assert role(iam).trust["Statement"] == [BACKUP]
    assert rolled_back(iam, WHO, previous)["changed"] is False


def test_a_policy_that_says_something_else_now_is_shown_so():
    iam, (arn,), previous = purged(BACKUP)
    iam.policies[arn].versions[1] = OTHER
    expected = rolled_back(iam, WHO, previous, check=True)
    assert expected["after"]["permissions"][arn] == OTHER
    assert told(iam, previous)[1] == []
    assert role(iam).attached == [arn]


def test_what_has_come_to_change_iam_is_not_attached_again():
    """Whoever may assume the role: it could not do that before the run."""
    iam, (arn,), previous = purged(APPLIANCE, BACKUP)
    iam.policies[arn].versions[1] = EVERYTHING
    _made, (left,) = told(iam, previous)
    assert left.startswith(f"policy {arn} of {role_arn(iam)} was not rolled back")
    assert arn not in role(iam).attached


def test_where_nothing_is_to_be_attached_nothing_more_is_read():
    iam, (arn,), previous = purged(BACKUP)
    role(iam).attached.append(arn)
    start = len(iam.calls)
    rolled_back(iam, WHO, previous, check=True)
    assert reads_of(iam, arn, start) == ["GetPolicy", "GetPolicyVersion"]  # as of any policy that is attached
    iam, (arn,), previous = purged(BACKUP)
    start = len(iam.calls)
    rolled_back(iam, WHO, previous, check=True)
    assert reads_of(iam, arn, start) == ["GetPolicy", "GetPolicyVersion"]
    assert writes(iam, start) == []


def test_a_read_that_is_refused_ends_it_before_anything_is_done():
    iam, (arn,), previous = purged(BACKUP)
    before, start = iam.contents(), len(iam.calls)

    def refuse(operation: str, arguments: dict[str, Any]) -> IamError | None:
        return IamError("AccessDenied", "no") if (operation, arguments.get("PolicyArn")) == ("GetPolicy", arn) else None

    iam.fail = refuse
    with pytest.raises(Exception, match="GetPolicy"):
        rolled_back(iam, WHO, previous)
    assert (iam.contents(), writes(iam, start)) == (before, [])


# Boundary


@pytest.mark.parametrize("asked", ["New", ""])
def test_a_former_boundary_that_is_gone_leaves_the_present_one(asked: str):
    iam = account(BACKUP, inline={})
    old, new = iam.add_policy("Old", NARROW), iam.add_policy("New", NARROW)
    role(iam).boundary = old
    previous = changed(iam, permissions_boundary=new if asked else "")
    deleted(iam, old)
    made, (left,) = told(iam, previous)
    assert role(iam).boundary == (new if asked else None)
    assert made[0] == "UpdateAssumeRolePolicy"
    assert left.startswith(f"the permissions boundary {old} of {role_arn(iam)} was not set again")
    assert (f"so {new} stays" if asked else "so there is still none") in left


def test_without_the_boundary_of_before_an_administrator_s_policy_stays_away():
    """It would be wider open than before the run, and than now."""
    iam = account(APPLIANCE, BACKUP, inline={})
    arn, old = administrator(iam), iam.add_policy("Old", NARROW)
    vars(role(iam)).update(attached=[arn], boundary=old)
    previous = changed(iam, purge_policies=True, permissions_boundary="")
    deleted(iam, old)
    _made, left = told(iam, previous)
    assert arn not in role(iam).attached
    assert [one.split(" ")[1] for one in left] == ["permissions", arn]


def let_in_under_another(boundary: dict[str, Any]) -> tuple[MemoryIam, str, str, dict[str, Any]]:
    """An administrator's role whose boundary a run replaces by a narrow one, and a later run that lets the appliance in."""
    iam = account(BACKUP, inline={"all": EVERYTHING})
    old, new = iam.add_policy("Old", boundary), iam.add_policy("New", NARROW)
    role(iam).boundary = old
    previous = changed(iam, permissions_boundary=new, **ALONE)
    run(iam, OPTIONS)
    return iam, old, new, previous


def test_a_wider_boundary_of_before_stays_away_for_whom_a_later_run_let_in():
    iam, old, new, previous = let_in_under_another(EVERYTHING)
    _made, (left,) = told(iam, previous)
    assert (role(iam).boundary, left.split(" of ")[0]) == (new, "the permissions boundary")
    role(iam).trust = worlds.document(BACKUP)
    assert told(iam, previous)[1] == []
    assert role(iam).boundary == old


def test_a_boundary_that_has_become_wider_counts_as_it_is_now():
    iam, old, new, previous = let_in_under_another(NARROW)
    iam.policies[old].versions[1] = EVERYTHING
    told(iam, previous)
    assert role(iam).boundary == new


def test_a_deleted_role_is_not_created_again_without_its_boundary():
    iam = MemoryIam()
    boundary = iam.add_policy("Boundary", NARROW)
    run(iam, {**OPTIONS, "permissions_boundary": boundary})
    before = iam.contents()
    previous = changed(iam, state="absent")
    document = iam.policies.pop(boundary)
    _made, (left,) = told(iam, previous)
    assert left.startswith(f"{role_arn(iam)} was not created again: its permissions boundary was {boundary}")
    assert iam.principals == {}
    iam.policies = {boundary: document, **iam.policies}
    assert told(iam, previous)[1] == []
    assert iam.contents() == before
