# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback makes no role able to change IAM for whoever could not do that by it before the run."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError

from tests.unit.memory_iam import IamError, MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, writes
from tests.unit.principal.scenes import ACCOUNT, APPLIANCE, BACKUP, EVERYTHING, OPTIONS, account, role
from tests.unit.principal.test_rollback_others import FROM_OFFICE, closed_since, role_arn
from tests.unit.principal.test_rollback_parts import OUR_POLICY, WHO, changed

NARROW = worlds.document(worlds.allow(["dynamodb:*", "backup:*"]))
NO_IAM = worlds.document({"Effect": "Deny", "Action": "iam:*", "Resource": "*"})
ALONE = {"appliance_principals": []}
AUDITOR = worlds.admit({"AWS": "arn:aws:iam::999988887777:role/Auditor"}, Sid="Auditor")


def administrator(iam: MemoryIam) -> str:
    return iam.add_policy("AdministratorAccess", EVERYTHING, owner="aws")


def told(iam: MemoryIam, previous: dict[str, Any], **more: Any) -> tuple[list[str], list[str]]:
    """The write calls and ``left_in_place``; check mode says the same before, and a second rollback does nothing and says it."""
    expected = rolled_back(iam, {**WHO, **more}, previous, check=True)
    start = len(iam.calls)
    result = rolled_back(iam, {**WHO, **more}, previous)
    assert result["changes"] == expected["changes"]
    assert (result["left_in_place"], result["after"]) == (expected["left_in_place"], expected["after"])
    made = writes(iam, start)
    again = rolled_back(iam, {**WHO, **more}, previous)
    assert (again["changed"], again["left_in_place"]) == (False, result["left_in_place"])
    return made, result["left_in_place"]


def purged(*trust: dict[str, Any], **more: Any) -> tuple[MemoryIam, str, dict[str, Any]]:
    """A role of an administrator's, from which a run took that."""
    iam = account(*trust, inline={})
    arn = administrator(iam)
    role(iam).attached = [arn]
    return iam, arn, changed(iam, purge_policies=True, **more)


def test_after_a_second_run_let_the_appliance_in_the_first_is_undone_in_part():
    iam, arn, previous = purged(BACKUP, **ALONE)
    run(iam, OPTIONS)
    assert APPLIANCE["Principal"] in [one["Principal"] for one in role(iam).trust["Statement"]]
    made, (left,) = told(iam, previous)
    assert made == ["DetachRolePolicy", "DeletePolicy"]
    assert left.startswith(f"policy {arn} of {role_arn(iam)} was not rolled back: the role cannot change IAM now")
    assert "(statement CloudrestoreAppliance). Take them out of the trust policy first, and roll back again" in left
    role(iam).trust = worlds.document(BACKUP)
    assert told(iam, previous) == (["AttachRolePolicy"], [])


def test_allow_privileged_lets_it_have_that():
    iam, arn, previous = purged(BACKUP, **ALONE)
    run(iam, OPTIONS)
    assert told(iam, previous, allow_privileged=True)[1] == []
    assert role(iam).attached == [arn]


@pytest.mark.parametrize("theirs", [AUDITOR, worlds.admit("*", Condition=FROM_OFFICE)])
def test_whoever_else_was_let_in_since_counts(theirs: dict[str, Any]):
    iam, arn, previous = purged(BACKUP, **ALONE)
    role(iam).trust["Statement"].append(theirs)
    _made, (left,) = told(iam, previous)
    assert arn in left
    assert arn not in role(iam).attached


def test_whoever_of_its_own_account_is_named_since_counts():
    """Before the run, the account's policies had to allow them to assume the role."""
    iam, arn, previous = purged(worlds.admit({"AWS": ACCOUNT}), BACKUP, **ALONE)
    role(iam).trust["Statement"].append(worlds.admit({"AWS": f"arn:aws:iam::{ACCOUNT}:role/Helper"}, Sid="Helper"))
    _made, (left,) = told(iam, previous)
    assert "(statement Helper)" in left
    assert arn not in role(iam).attached


def test_our_statement_closed_further_by_hand_still_lets_the_appliance_in():
    iam, arn, previous = purged(BACKUP, appliance_external_id="abc")
    closed_since(iam, "CloudrestoreAppliance")
    made, left = told(iam, previous)
    assert "AttachRolePolicy" not in made
    assert [arn in one for one in left] == [True]


@pytest.mark.parametrize(
    "now",
    [
        [APPLIANCE, BACKUP],
        [{**APPLIANCE, "Condition": FROM_OFFICE}, BACKUP],
        [BACKUP],
        [worlds.admit({"AWS": [worlds.APPLIANCE], "Service": "backup.amazonaws.com"})],
        [APPLIANCE, worlds.admit({"AWS": "AROAEXAMPLEDELETED"})],
        [APPLIANCE, {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": FROM_OFFICE}],
    ],
)
def test_where_nobody_else_may_assume_it_all_comes_back(now: list[dict[str, Any]]):
    """However it is written, and if only under more conditions, or by fewer."""
    iam, arn, previous = purged(APPLIANCE, BACKUP)
    role(iam).trust = worlds.document(*now)
    assert told(iam, previous)[1] == []
    assert arn in role(iam).attached


def test_a_deny_of_before_that_is_gone_lets_somebody_in():
    deny = {"Sid": "Never", "Effect": "Deny", "Principal": {"AWS": worlds.APPLIANCE}, "Action": "sts:AssumeRole"}
    iam, _arn, previous = purged(APPLIANCE, BACKUP, deny, **ALONE)
    role(iam).trust = worlds.document(APPLIANCE, BACKUP)
    _made, (left,) = told(iam, previous)
    assert "(statement Never)" in left


def test_a_narrow_boundary_stays_on_for_whom_a_later_run_let_in():
    """There was none before the first run."""
    iam = account(BACKUP, inline={"all": EVERYTHING})
    boundary = iam.add_policy("Narrow", NARROW)
    previous = changed(iam, permissions_boundary=boundary, **ALONE)
    run(iam, OPTIONS)
    made, (left,) = told(iam, previous)
    assert (made, role(iam).boundary) == ([], boundary)
    assert left.startswith(f"the permissions boundary of {role_arn(iam)} was not rolled back")


def test_an_inline_policy_stays_away_and_the_rest_comes_back():
    iam = account(BACKUP, inline={"all": EVERYTHING, "data": worlds.document(worlds.allow("s3:GetObject"))})
    previous = changed(iam, purge_policies=True, **ALONE)
    run(iam, OPTIONS)
    _made, (left,) = told(iam, previous)
    assert (left.split(" of ")[0], list(role(iam).inline)) == ("inline policy all", ["data"])


def test_of_two_that_give_it_together_the_later_stays():
    """A policy comes back under the boundary, and the boundary then stays."""
    iam = account(BACKUP, inline={})
    arn, boundary = administrator(iam), iam.add_policy("Narrow", NARROW)
    role(iam).attached = [arn]
    previous = changed(iam, purge_policies=True, permissions_boundary=boundary, **ALONE)
    run(iam, OPTIONS)
    _made, (left,) = told(iam, previous)
    assert (role(iam).attached, role(iam).boundary) == ([arn], boundary)
    assert left.startswith("the permissions boundary")


def test_a_version_of_our_policy_that_gives_it_is_not_put_in_charge():
    iam = account(BACKUP, inline={})
    run(iam, {**OPTIONS, **ALONE})
    theirs = {"Sid": "Theirs", **worlds.allow("iam:*")}
    iam.policies[OUR_POLICY].versions[1]["Statement"].append(theirs)
    previous = changed(iam, match="exact", **ALONE)
    assert iam.policies[OUR_POLICY].default == 2
    run(iam, OPTIONS)
    made, (left,) = told(iam, previous)
    assert (made, iam.policies[OUR_POLICY].default) == ([], 2)
    assert left.startswith(f"policy {OUR_POLICY}")


@pytest.mark.parametrize("inline", [False, True])
def test_a_deny_of_the_run_s_that_keeps_the_role_from_it_stays(inline: bool):
    """To take away counts as well: it is not the Allow alone that matters."""
    iam = account(BACKUP, inline={"all": EVERYTHING})
    more = {"additional_statements": NO_IAM["Statement"], "policy_type": "inline" if inline else "managed"}
    previous = changed(iam, **ALONE, **more)
    run(iam, {**OPTIONS, **more})
    _made, (left,) = told(iam, previous)
    assert left.startswith("inline policy" if inline else f"policy {OUR_POLICY}")


def test_what_the_role_can_do_already_is_put_back_beside():
    """Somebody made it an administrator's since."""
    iam, arn, previous = purged(BACKUP, **ALONE)
    run(iam, OPTIONS)
    role(iam).inline["all"] = EVERYTHING
    assert told(iam, previous)[1] == []
    assert arn in role(iam).attached


def test_a_user_is_put_back_as_it_was():
    """Nobody assumes one."""
    iam = MemoryIam()
    run(iam, {**OPTIONS, "principal_type": "user"})
    arn = administrator(iam)
    (user,) = iam.principals.values()
    user.attached.append(arn)
    previous = changed(iam, principal_type="user", purge_policies=True)
    assert told(iam, previous, principal_type="user")[1] == []
    assert arn in user.attached


def test_what_kept_a_role_from_it_before_the_run_is_gone():
    """So that putting the rest back would give what the role did not have before the run, to whomever."""
    iam = account(APPLIANCE, BACKUP, inline={})
    arn, boundary = administrator(iam), iam.add_policy("Narrow", NARROW)
    vars(role(iam)).update(attached=[arn], boundary=boundary)
    previous = changed(iam, purge_policies=True)
    role(iam).boundary = None
    _made, (left,) = told(iam, previous)
    assert "and it could not before the run. Check what has changed since" in left
    assert arn not in role(iam).attached


def replaced_since(*, by: str | None, gone: bool = False) -> tuple[MemoryIam, dict[str, Any]]:
    """A role that could change IAM under a boundary, from which a run took that; and then the boundary is another one, or none."""
    iam = account(APPLIANCE, BACKUP, inline={"all": EVERYTHING})
    wide = iam.add_policy("Wide", EVERYTHING)
    role(iam).boundary = wide
    previous = changed(iam, purge_policies=True)
    role(iam).boundary = by and iam.add_policy(by, EVERYTHING)
    if gone:
        del iam.policies[wide]
    return iam, previous


@pytest.mark.parametrize("by", ["Wide2", None])
def test_under_another_boundary_since_it_gets_back_what_it_had(by: str | None):
    """The boundary of before the run says that the role could change IAM then."""
    iam, previous = replaced_since(by=by)
    boundary = role(iam).boundary
    made, left = told(iam, previous)
    assert (left, role(iam).inline, role(iam).boundary) == ([], {"all": EVERYTHING}, boundary)
    assert "PutRolePolicy" in made


@pytest.mark.parametrize("by", ["Wide2", None])
def test_of_a_boundary_that_is_gone_nobody_knows_what_it_allowed(by: str | None):
    iam, previous = replaced_since(by=by, gone=True)
    _made, (left,) = told(iam, previous)
    assert "it is not known whether the role could before the run: its permissions boundary was " in left
    assert "policy/Wide, which does not exist any more. Create that policy again with the content" in left
    assert "could not before" not in left
    assert role(iam).inline == {}
    iam.add_policy("Wide", EVERYTHING)
    assert told(iam, previous)[1] == []
    assert role(iam).inline == {"all": EVERYTHING}


# Order


def order(iam: MemoryIam, previous: dict[str, Any]) -> list[str]:
    expected = rolled_back(iam, WHO, previous, check=True)["changes"]
    start = len(iam.calls)
    rolled_back(iam, WHO, previous)
    assert [one["operation"] for one in expected] == writes(iam, start)
    return writes(iam, start)


def test_the_appliance_goes_out_before_the_administrator_comes_back():
    iam, _arn, previous = purged(BACKUP)
    made = order(iam, previous)
    assert made == ["UpdateAssumeRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeletePolicy"]


def test_so_it_does_before_an_inline_policy_and_a_wider_boundary_or_none():
    iam = account(BACKUP, inline={"all": EVERYTHING})
    old, new = iam.add_policy("Old", NARROW), iam.add_policy("New", NARROW)
    role(iam).boundary = old
    previous = changed(iam, permissions_boundary=new, purge_policies=True)
    assert order(iam, previous)[:3] == ["UpdateAssumeRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"]

    role(iam).boundary = None
    previous = changed(iam, permissions_boundary=new)
    made = order(iam, previous)
    assert (made[0], made[-1]) == ("UpdateAssumeRolePolicy", "DeleteRolePermissionsBoundary")


def test_a_boundary_where_there_is_none_comes_first():
    """It only narrows."""
    iam = account(BACKUP, inline={})
    role(iam).boundary = iam.add_policy("Narrow", NARROW)
    previous = changed(iam, permissions_boundary="")
    assert order(iam, previous)[:2] == ["PutRolePermissionsBoundary", "UpdateAssumeRolePolicy"]


def test_whom_the_run_had_taken_out_comes_back_after_what_it_gave_is_gone():
    """By the run alone the role can change IAM."""
    iam = account(worlds.admit({"AWS": "777788889999"}, Sid="Former"), inline={})
    granting = {"additional_statements": [worlds.allow("iam:*")], "allow_privileged": True}
    previous = changed(iam, purge_trust=True, **granting)
    made = order(iam, previous)
    assert made == ["DetachRolePolicy", "DeletePolicy", "UpdateAssumeRolePolicy"]


def test_what_keeps_a_role_from_changing_iam_comes_back_first():
    iam = account(APPLIANCE, BACKUP, inline={"never": NO_IAM})
    role(iam).attached = [administrator(iam)]
    previous = changed(iam, purge_policies=True, allow_widening=True)
    assert order(iam, previous)[:2] == ["PutRolePolicy", "AttachRolePolicy"]


@pytest.mark.parametrize("refused", ["AttachRolePolicy", "DetachRolePolicy", "DeletePolicy"])
def test_where_a_later_call_is_refused_the_appliance_is_out_by_then(refused: str):
    iam, _arn, previous = purged(BACKUP)
    iam.fail = lambda operation, _arguments: IamError("AccessDenied", "no") if operation == refused else None
    with pytest.raises(RestoreAccessError):
        rolled_back(iam, WHO, previous)
    assert role(iam).trust["Statement"] == [BACKUP]


def test_a_boundary_that_lets_iam_be_changed_comes_last():
    """By then nobody is in whom the run let in."""
    iam = account(BACKUP, inline={"all": EVERYTHING})
    old, new = iam.add_policy("Old", EVERYTHING), iam.add_policy("New", NARROW)
    role(iam).boundary = old
    previous = changed(iam, permissions_boundary=new)
    assert order(iam, previous) == ["UpdateAssumeRolePolicy", "PutRolePermissionsBoundary"]
    assert role(iam).boundary == old
