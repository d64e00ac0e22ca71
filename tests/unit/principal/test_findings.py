# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore does not fail on, but somebody should look at: in what a principal holds."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import VERIFY_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    SID_APPLIANCE,
    SID_OTHER_SERVICES,
    SID_SERVICE,
)

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run, validated, verify
from tests.unit.principal.scenes import (
    APPLIANCE,
    BACKUP,
    EVERYTHING,
    GIVEN,
    GRANTED,
    NO_GRANTS,
    OPTIONS,
    account,
    scp,
)


def found_in(iam: MemoryIam, **more: Any) -> dict[str, dict[str, str]]:
    return {finding["finding"]: finding for finding in verify(iam, {**GIVEN, **more})["findings"]}


def test_permissions_that_hang_on_policies_of_others_are_told():
    iam = account(inline={})
    aws = iam.add_policy("AdministratorAccess", EVERYTHING, owner="aws")
    iam.principals["Role", worlds.NAME].attached = [aws]
    finding = found_in(iam)["granted_by_others"]
    assert (finding["severity"], finding["policy"]) == ("low", aws)
    assert "AWS owns it" in finding["message"]
    ours = account(inline={"CloudrestoreRestoreAccess": GRANTED, "theirs": GRANTED})
    assert found_in(ours) == {}


def test_a_role_that_can_take_over_the_account_is_told():
    finding = found_in(account(inline={"everything": EVERYTHING}))["more_than_a_restore_needs"]
    assert (finding["severity"], finding["policy"], finding["statement"]) == ("medium", "everything", "#0")
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
    finding = found_in(iam)["denied_beside_aws_backup_policy"]
    assert (finding["severity"], finding["layer"], finding["policy"], finding["statement"]) == (
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


OTHER_IDS: list[dict[str, dict[str, Any]]] = [
    {"StringLike": {"sts:ExternalId": "*"}},
    {"StringLike": {"sts:ExternalId": "*-*"}},
    {"StringLike": {"STS:externalid": "*e*"}},
    {"StringLike": {"sts:ExternalId": f"{worlds.EXTERNAL_ID}?"}},
    {"StringLike": {"sts:ExternalId": [worlds.EXTERNAL_ID, "*1*"]}},
    {"StringEquals": {"sts:ExternalId": [worlds.EXTERNAL_ID, "leaked-old-id"]}},
    {"StringEqualsIgnoreCase": {"sts:ExternalId": [worlds.EXTERNAL_ID.upper(), "leaked-old-id"]}},
    {"StringNotEquals": {"sts:ExternalId": "leaked-old-id"}},
    {"StringEqualsIfExists": {"sts:ExternalId": worlds.EXTERNAL_ID}},
]


@pytest.mark.parametrize("condition", OTHER_IDS, ids=str)
def test_another_external_id_is_not_the_one_asked_for(condition: dict[str, Any]):
    """R69: a statement that is met by another one enforces nothing. Ours is repaired, somebody's is told."""
    given = {"appliance_external_id": worlds.EXTERNAL_ID}
    iam = account(worlds.admit({"AWS": worlds.APPLIANCE}, Sid="Theirs", Condition=condition), BACKUP)
    assert run(iam, {**OPTIONS, **given})["unresolved"] == []
    assert found_in(iam, **given)["external_id_not_enforced"]["statement"] == "Theirs"
    iam = account(worlds.admit({"AWS": worlds.APPLIANCE}, Sid=SID_APPLIANCE, Condition=condition), BACKUP)
    run(iam, {**OPTIONS, **given})
    stored = iam.principals["Role", worlds.NAME].trust["Statement"]
    # One that no run writes is somebody's, whatever its Sid.
    repaired = "StringNotEquals" not in condition
    exact = {"StringEquals": {"sts:ExternalId": worlds.EXTERNAL_ID}}
    assert [one.get("Condition") for one in stored] == [exact if repaired else condition, None]
    assert ("external_id_not_enforced" in found_in(iam, **given)) != repaired


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"sts:ExternalId": worlds.EXTERNAL_ID}},
        {"StringLike": {"sts:ExternalId": worlds.EXTERNAL_ID}},
        # Another appliance's.
        {"StringEquals": {"sts:ExternalId": "of-another-appliance"}},
        {"StringEquals": {"sts:ExternalId": ["of-another-appliance", "of-a-third"]}},
        {"StringEqualsIgnoreCase": {"sts:ExternalId": worlds.EXTERNAL_ID.upper()}},
        {"StringEquals": {"sts:ExternalId": [worlds.EXTERNAL_ID]}, "StringLike": {"sts:ExternalId": "*"}},
    ],
    ids=str,
)
def test_no_other_external_id_is_told_where_none_is_accepted(condition: dict[str, Any]):
    iam = account(worlds.admit({"AWS": worlds.APPLIANCE}, Sid="Theirs", Condition=condition), BACKUP)
    assert "external_id_not_enforced" not in found_in(iam, appliance_external_id=worlds.EXTERNAL_ID)


SERVICE = {"Service": "backup.amazonaws.com"}


@pytest.mark.parametrize(
    "statement",
    [
        worlds.admit(
            {"AWS": worlds.APPLIANCE},
            Sid=SID_APPLIANCE,
            Condition={"StringEquals": {"aws:PrincipalArn": worlds.APPLIANCE}},
        ),
        worlds.admit(
            {"AWS": worlds.APPLIANCE},
            Sid=SID_APPLIANCE,
            Condition={"StringEquals": {"aws:PrincipalAccount": "444455556666"}},
        ),
        worlds.admit({"AWS": worlds.APPLIANCE}, Sid=SID_SERVICE),
        worlds.admit({"AWS": worlds.APPLIANCE}, Sid=SID_OTHER_SERVICES),
        worlds.admit({"AWS": "444455556666"}, Sid=SID_APPLIANCE),
        worlds.admit({"AWS": worlds.APPLIANCE}, Sid=SID_APPLIANCE, Action="sts:*"),
    ],
)
def test_what_no_run_repairs_is_told_under_our_sid_too(statement: dict[str, Any]):
    given = {"appliance_external_id": worlds.EXTERNAL_ID}
    iam = account(statement, BACKUP)
    assert run(iam, {**OPTIONS, **given})["unresolved"] == []
    assert statement in iam.principals["Role", worlds.NAME].trust["Statement"]
    finding = found_in(iam, **given)["external_id_not_enforced"]
    assert (finding["severity"], finding["statement"]) == ("high", statement["Sid"])


@pytest.mark.parametrize(
    "statement",
    [
        worlds.admit(SERVICE, Sid=SID_APPLIANCE),
        worlds.admit(SERVICE, Sid=SID_OTHER_SERVICES),
        worlds.admit(
            SERVICE, Sid=SID_SERVICE, Condition={"StringEquals": {"aws:PrincipalServiceName": "backup.amazonaws.com"}}
        ),
    ],
)
def test_nor_is_a_service_for_any_account_hidden_by_our_sid(statement: dict[str, Any]):
    given = {"backup_source_account_condition": True}
    iam = account(APPLIANCE, statement)
    run(iam, {**OPTIONS, **given})
    assert statement in iam.principals["Role", worlds.NAME].trust["Statement"]
    assert found_in(iam, **given)["source_account_not_enforced"]["statement"] == statement["Sid"]


def test_what_a_run_repairs_is_no_finding():
    ours = worlds.admit({"AWS": worlds.APPLIANCE}, Sid=f"{SID_APPLIANCE}2")
    iam = account(ours, worlds.admit(SERVICE, Sid=SID_SERVICE))
    given = {"appliance_external_id": worlds.EXTERNAL_ID, "backup_source_account_condition": True}
    assert {"external_id_not_enforced", "source_account_not_enforced"}.isdisjoint(found_in(iam, **given))
    run(iam, {**OPTIONS, **given})
    assert ours not in iam.principals["Role", worlds.NAME].trust["Statement"]


def test_the_most_severe_finding_comes_first():
    """Each has a remedy."""
    iam = account(APPLIANCE, BACKUP, worlds.admit("*"), inline={"everything": EVERYTHING})
    findings = verify(iam, GIVEN)["findings"]
    assert [finding["severity"] for finding in findings] == ["high", "medium", "low"]
    assert all(finding["remedy"] and finding["message"] for finding in findings)


ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-example1234"}}
OFFICE = {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@pytest.mark.parametrize(
    ("statement", "name", "severity", "said"),
    [
        (worlds.admit({"AWS": "*"}), "trust_to_everyone", "high", "without a condition"),
        (
            worlds.admit({"Federated": "cognito-identity.amazonaws.com"}, Action="sts:AssumeRoleWithWebIdentity"),
            "trust_to_everyone",
            "high",
            "through the identity provider cognito-identity.amazonaws.com",
        ),
        (
            worlds.admit("*", Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a"}}),
            "trust_to_everyone",
            "high",
            "its condition on aws:PrincipalOrgID is met without the key",
        ),
        (
            worlds.admit("*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Name*"}}),
            "trust_to_everyone",
            "high",
            "such as the name of a role",
        ),
        (worlds.admit("*", Condition=worlds.OTHER_ID), "trust_to_everyone", "high", "that knows the external ID"),
        (
            worlds.admit("*", Condition={"StringLike": {"aws:PrincipalAccount": "4*"}}),
            "trust_to_everyone",
            "high",
            "whose ID is like 4* to assume the role, by a condition on aws:PrincipalAccount",
        ),
        (worlds.admit("*", Condition={"IpAddress": {"aws:SourceIp": "::/0"}}), "trust_to_everyone", "high", "SourceIp"),
        (
            worlds.admit("*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}),
            "trust_to_a_whole_account",
            "medium",
            "the appliance is only one role",
        ),
        (
            worlds.admit({"AWS": "444455556666"}, Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
            "trust_to_a_whole_account",
            "medium",
            "the appliance is only one role",
        ),
        (worlds.admit("*", Condition=OFFICE), "trust_to_everyone", "medium", "from some network"),
        (worlds.admit("*", Condition=ORGANIZATION), "trust_to_an_organization", "high", "every account of an"),
        (worlds.admit("*", Condition=ORGANIZATION | OFFICE), "trust_to_an_organization", "medium", "aws:SourceIp"),
        (worlds.admit({"AWS": "444455556666"}), "trust_to_a_whole_account", "medium", "the appliance is only one role"),
        (
            worlds.admit({"AWS": "444455556666"}, Condition=WITH_MFA),
            "trust_to_a_whole_account",
            "low",
            "under a condition on aws:MultiFactorAuthPresent",
        ),
        (
            worlds.admit("*", Condition={"StringEquals": {"aws:PrincipalAccount": "555566667777"}}),
            "trust_to_a_whole_account",
            "low",
            "account 555566667777",
        ),
    ],
)
def test_whom_a_trust_policy_reaches(statement: dict[str, Any], name: str, severity: str, said: str):
    iam = account(APPLIANCE, BACKUP, {**statement, "Sid": "Odd"})
    finding = {
        finding["finding"]: finding for finding in verify(iam, GIVEN)["findings"] if finding["statement"] == "Odd"
    }[name]
    assert (finding["severity"], finding["layer"]) == (severity, "trust")
    assert said in finding["message"]


def test_a_role_named_elsewhere_makes_its_whole_account_worse():
    """By another statement as well as by the options."""
    role = worlds.admit({"AWS": "arn:aws:iam::555566667777:role/Reader"})
    whole = worlds.admit({"AWS": "arn:aws:iam::555566667777:root"})
    assert found_in(account(APPLIANCE, BACKUP, whole))["trust_to_a_whole_account"]["severity"] == "low"
    assert found_in(account(APPLIANCE, BACKUP, role, whole))["trust_to_a_whole_account"]["severity"] == "medium"


def test_a_wildcard_for_an_account_names_nobody():
    iam = account(APPLIANCE, BACKUP, worlds.admit({"AWS": "arn:aws:iam::*:root"}))
    assert found_in(iam) == found_in(account())


def test_the_accounts_own_root_and_an_appliance_that_is_an_account():
    """Neither is a finding: the account itself decides, and the options ask for it."""
    own = worlds.admit({"AWS": "arn:aws:iam::111122223333:root"})
    assert "trust_to_a_whole_account" not in found_in(account(APPLIANCE, BACKUP, own))
    whole = worlds.admit({"AWS": "444455556666"})
    by_account = {"appliance_principals": ["444455556666"], "appliance_policies": []}
    assert "trust_to_a_whole_account" not in found_in(account(whole, BACKUP), **by_account)


@pytest.mark.parametrize(
    ("statement", "severity", "fails"),
    [
        (worlds.admit("*"), "high", True),
        (worlds.admit("*"), "medium", True),
        (worlds.admit("*"), "none", False),
        (worlds.admit({"AWS": "444455556666"}), "high", False),
        (worlds.admit({"AWS": "444455556666"}), "medium", True),
    ],
)
def test_verify_fails_on_findings(statement: dict[str, Any], severity: str, fails: bool):
    """The result is complete all the same."""
    iam = account(APPLIANCE, BACKUP, {**statement, "Sid": "Odd"})
    result = verified_by_the_module(iam, {**GIVEN, "fail_on_findings": severity})
    assert bool(result.get("failed")) == fails
    assert result["drifted"] is False
    assert ("Statement Odd of the trust policy" in result.get("msg", "")) == fails
    assert result["findings"]


def test_findings_are_high_by_default_and_told_beside_drift():
    iam = account(APPLIANCE, worlds.admit("*"))
    result = verified_by_the_module(iam, {**GIVEN})
    assert "a restore could fail" in result["msg"]
    assert "allows every AWS account to assume the role" in result["msg"]


def verified_by_the_module(iam: MemoryIam, options: dict[str, Any]) -> dict[str, Any]:
    """As the module returns it, its failure included."""
    try:
        return _tasks.checked(verify(iam, options), validated(VERIFY_SPEC, options))
    except RestoreAccessError as error:
        return {**error.facts, "failed": True, "msg": error.message}
