# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore does not fail on, but somebody should look at: in what a principal holds."""

from __future__ import annotations

from typing import Any

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import verify
from tests.unit.principal.scenes import (
    APPLIANCE,
    BACKUP,
    EVERYTHING,
    GIVEN,
    GRANTED,
    NO_GRANTS,
    account,
    scp,
)


def found_in(iam: MemoryIam, **more: Any) -> dict[str, dict[str, str]]:
    return {one["finding"]: one for one in verify(iam, {**GIVEN, **more})["findings"]}


def test_permissions_that_hang_on_policies_of_others_are_told():
    iam = account(inline={})
    aws = iam.add_policy("AdministratorAccess", EVERYTHING, owner="aws")
    iam.principals["Role", worlds.NAME].attached = [aws]
    found = found_in(iam)["granted_by_others"]
    assert (found["severity"], found["policy"]) == ("low", aws)
    assert "AWS owns it" in found["message"]
    ours = account(inline={"CloudrestoreRestoreAccess": GRANTED, "theirs": GRANTED})
    assert found_in(ours) == {}


def test_a_role_that_can_take_over_the_account_is_told():
    found = found_in(account(inline={"everything": EVERYTHING}))["more_than_a_restore_needs"]
    assert (found["severity"], found["policy"], found["statement"]) == ("medium", "everything", "#0")
    boundary = account(inline={"everything": EVERYTHING})
    boundary.principals["Role", worlds.NAME].boundary = boundary.add_policy("Boundary", GRANTED)
    assert "more_than_a_restore_needs" not in found_in(boundary)


def test_a_deny_beside_aws_backups_own_policy_is_told():
    iam = account(inline={"guardrail": NO_GRANTS})
    own = worlds.document(worlds.allow(["backup:*", "dynamodb:*", "kms:CreateGrant", "kms:Decrypt"]))
    aws = iam.add_policy("AWSBackupServiceRolePolicyForRestores", own, path="/service-role/", owner="aws")
    role = iam.principals["Role", worlds.NAME]
    assert "denied_beside_aws_backup_policy" not in found_in(iam)
    role.attached = [aws]
    found = found_in(iam)["denied_beside_aws_backup_policy"]
    assert (found["severity"], found["layer"], found["policy"], found["statement"]) == (
        "high",
        "identity",
        "guardrail",
        "NoGrants",
    )
    deny = worlds.document(worlds.allow("*"), {"Sid": "X", "Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"})
    del role.inline["guardrail"]
    by_organization = found_in(iam, organization_policies=scp(deny))["denied_beside_aws_backup_policy"]
    assert by_organization["layer"] == "scp level 1"


def test_a_deny_elsewhere_in_the_trust_enforces_the_id_too():
    other_id = {"StringNotEquals": {"sts:ExternalId": worlds.EXTERNAL_ID}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": other_id}
    given = {"appliance_external_id": worlds.EXTERNAL_ID}
    assert "external_id_not_enforced" in found_in(account(), **given)
    assert "external_id_not_enforced" not in found_in(account(APPLIANCE, BACKUP, deny), **given)


def test_the_most_severe_finding_comes_first():
    """Each has a remedy."""
    iam = account(APPLIANCE, BACKUP, worlds.admit("*"), inline={"everything": EVERYTHING})
    found = verify(iam, GIVEN)["findings"]
    assert [one["severity"] for one in found] == ["high", "medium", "low"]
    assert all(one["remedy"] and one["message"] for one in found)
