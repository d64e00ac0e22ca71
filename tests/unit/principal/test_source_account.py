# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""backup_source_account_condition: AWS Backup is allowed to assume the role for the role's own account only, and that is said."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    SID_APPLIANCE,
    SID_OTHER_SERVICES,
    SID_SERVICE,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.entry import entry_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.verdict import headline

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import run, verify, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, OPTIONS, account, role

PINNED = {**OPTIONS, "backup_source_account_condition": True}
OURS = {"StringEquals": {"aws:SourceAccount": scenes.ACCOUNT}}
ANOTHERS = {"StringEquals": {"aws:SourceAccount": "999988887777"}}
SERVICE = "backup_service_may_assume"
EC2 = worlds.admit({"Service": "ec2.amazonaws.com"})


def statements(iam: MemoryIam) -> dict[str, Any]:
    return {str(statement.get("Sid")): statement for statement in role(iam).trust["Statement"]}


def judged(iam: MemoryIam, **more: Any) -> dict[str, Any]:
    return verify(iam, {**scenes.GIVEN, "backup_source_account_condition": True, **more})


def test_a_new_role_lets_aws_backup_in_for_its_own_account_only():
    iam = MemoryIam()
    run(iam, {**PINNED, "appliance_external_id": "an-id"})
    stored = statements(iam)
    assert stored[SID_SERVICE]["Condition"] == OURS
    assert stored[SID_APPLIANCE]["Condition"] == {"StringEquals": {"sts:ExternalId": "an-id"}}
    again = run(iam, {**PINNED, "appliance_external_id": "an-id"})
    assert (again["changed"], again["compliant"], again["drift"], again["unresolved"]) == (False, True, [], [])


@pytest.mark.parametrize(
    "statement",
    [
        {**BACKUP, "Sid": SID_SERVICE},
        {**BACKUP, "Sid": SID_SERVICE, "Condition": ANOTHERS},
        {**BACKUP, "Sid": SID_SERVICE, "Condition": {"StringEqualsIfExists": {"aws:SourceAccount": scenes.ACCOUNT}}},
    ],
)
def test_ours_is_repaired_whatever_account_it_says(statement: dict[str, Any]):
    iam = account(APPLIANCE, statement, EC2)
    first = run(iam, PINNED)
    pinned_in_its_own_way = statement.get("Condition", {}).get("StringEqualsIfExists")
    assert first["changed"] is not bool(pinned_in_its_own_way)
    if not pinned_in_its_own_way:
        assert writes(iam) == ["UpdateAssumeRolePolicy"]
        assert statements(iam)[SID_SERVICE]["Condition"] == OURS
    assert EC2 in role(iam).trust["Statement"]
    assert run(iam, PINNED)["changed"] is False


def test_that_of_somebody_else_stays_and_is_a_finding():
    iam = account(APPLIANCE, {**BACKUP, "Sid": "Theirs"})
    result = run(iam, PINNED)
    assert result["changed"] is False
    assert [(finding["finding"], finding["statement"]) for finding in result["findings"]] == [
        ("source_account_not_enforced", "Theirs")
    ]
    assert scenes.verdicts(judged(iam))[SERVICE] == "allowed"
    assert run(iam, OPTIONS)["findings"] == []


def test_that_of_somebody_else_will_do_if_it_has_the_condition():
    iam = account(APPLIANCE, {**BACKUP, "Condition": OURS})
    assert run(iam, PINNED)["changed"] is False
    iam = account(APPLIANCE, {**BACKUP, "Condition": ANOTHERS})
    assert run(iam, PINNED)["changed"] is True
    assert len(statements(iam)) == 3 - 1  # theirs and the appliance's have no Sid
    assert statements(iam)[SID_SERVICE]["Condition"] == OURS


def test_verify_says_on_what_it_hangs_and_that_it_is_no_drift():
    iam = MemoryIam()
    run(iam, PINNED)
    result = judged(iam)
    decision = scenes.of(result, SERVICE)
    assert (decision["verdict"], decision["drift"]) == ("conditional", False)
    assert "backup_source_account_condition requires" in decision["reason"]
    assert decision["statement"] == SID_SERVICE
    assert "aws:SourceAccount" in decision["conditions"][0]
    assert (result["drifted"], result["compliant"], result["missing_permissions"]) == (False, False, [])


def test_without_the_option_it_is_drift_that_the_option_settles():
    """Somebody wants AWS Backup for this account only: no statement without the condition is written beside it."""
    iam = account(APPLIANCE, {**BACKUP, "Sid": "Theirs", "Condition": OURS})
    assert scenes.of(verify(iam, scenes.GIVEN), SERVICE)["drift"] is True
    (left,) = run(iam, OPTIONS)["unresolved"]
    assert "set backup_source_account_condition: true" in left["reason"]
    assert [statement for statement in statements(iam) if statement == SID_SERVICE] == []
    assert run(iam, PINNED)["unresolved"] == []
    run(iam, {**OPTIONS, "allow_widening": True})
    assert "Condition" not in statements(iam)[SID_SERVICE]
    assert statements(iam)["Theirs"]["Condition"] == OURS


def test_other_services_are_not_asked_for_what_they_may_not_send():
    options = {**PINNED, "service_principals": ["backup.amazonaws.com", "ec2.amazonaws.com"]}
    iam = MemoryIam()
    run(iam, options)
    stored = statements(iam)
    assert (stored[SID_SERVICE]["Principal"], stored[SID_SERVICE]["Condition"]) == (BACKUP["Principal"], OURS)
    assert (stored[SID_OTHER_SERVICES]["Principal"], "Condition" in stored[SID_OTHER_SERVICES]) == (
        EC2["Principal"],
        False,
    )
    assert run(iam, options)["changed"] is False
    assert run(iam, {**options, "match": "exact"})["changed"] is False
    run(iam, {**options, "state": "absent"})
    assert ("Role", worlds.NAME) not in iam.principals


def test_resource_control_policies_count_as_well():
    iam = MemoryIam()
    run(iam, PINNED)
    not_given = scenes.of(judged(iam, organization_policies=None), SERVICE)
    assert (not_given["verdict"], not_given["drift"]) == ("conditional", False)
    assert any("resource control policies" in condition for condition in not_given["conditions"])
    no_services = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}
    no_services["Condition"] = {"Bool": {"aws:PrincipalIsAWSService": "true"}}  # type: ignore[assignment]
    rcps = [{"name": "no-services", "document": worlds.document(no_services)}]
    denied = scenes.of(
        judged(iam, organization_policies={"service_control_policies": None, "resource_control_policies": rcps}),
        SERVICE,
    )
    assert (denied["verdict"], denied["drift"]) == ("explicit_deny", True)


def test_it_has_to_be_among_the_services():
    with pytest.raises(OptionError, match=r"service_principals does not contain backup\.amazonaws\.com"):
        run(account(), {**PINNED, "service_principals": ["ec2.amazonaws.com"]})


def test_a_user_has_nobody_to_be_let_in():
    assert run(MemoryIam(), {**PINNED, "principal_type": "user"})["changed"] is True


def test_the_report_counts_such_accounts_and_calls_none_wrong():
    iam = MemoryIam()
    run(iam, PINNED)
    again = run(iam, PINNED)
    entry = entry_of("orders", scenes.ACCOUNT, again, judged(iam))
    assert entry["status"] == "compliant"
    counts = dict.fromkeys(("unreachable", "failed", "blocked", "drifted", "rolled_back", "converged"), 0)
    report = {"accounts": [entry], "summary": {"accounts": 1, **counts, "compliant": 1}}
    assert headline(report) == (
        "The one account is ready for a restore. 1 account allows AWS Backup to assume the role only if it sends "
        "aws:SourceAccount, as the options require."
    )


HARDENED = {**OURS, "ArnLike": {"aws:SourceArn": f"arn:aws:backup:*:{scenes.ACCOUNT}:*"}}


@pytest.mark.parametrize(
    "condition",
    [
        HARDENED,
        {"ArnLike": HARDENED["ArnLike"]},
        {"StringLike": {"aws:SourceArn": f"arn:aws:backup:eu-west-?:{scenes.ACCOUNT}:recovery-point:*"}},
        {
            **OURS,
            "ArnEquals": {"AWS:sourceArn": [f"arn:aws:s3:::x{scenes.ACCOUNT}", "arn:*:backup:*:1111*:backup-vault:*"]},
        },
        {**OURS, "ArnLikeIfExists": HARDENED["ArnLike"]},
    ],
)
def test_what_somebody_hardened_by_hand_is_what_was_asked_for(condition: dict[str, Any]):
    iam = account(APPLIANCE, {**BACKUP, "Sid": "Hardened", "Condition": condition})
    result = run(iam, PINNED)
    assert (result["changed"], result["drift"], result["unresolved"]) == (False, [], [])
    organization = scenes.scp(scenes.EVERYTHING, rcps=[])
    judgement = scenes.of(judged(iam, organization_policies=organization), SERVICE)
    assert (judgement["verdict"], judgement["drift"]) == ("conditional", False)
    assert "backup_source_account_condition" in judgement["reason"]
    # Without the option the same statement is drift.
    assert scenes.of(verify(iam, scenes.GIVEN), SERVICE)["drift"] is True


@pytest.mark.parametrize(
    "condition",
    [
        {**ANOTHERS, **{"ArnLike": HARDENED["ArnLike"]}},
        {**OURS, "ArnLike": {"aws:SourceArn": "arn:aws:backup:*:999988887777:*"}},
        {**OURS, "ArnLike": {"aws:SourceArn": f"arn:aws:backup:eu-west-1:{scenes.ACCOUNT}:backup-vault:one"}},
        {**HARDENED, "StringEquals": {**OURS["StringEquals"], "aws:SourceOrgID": "o-another"}},
    ],
)
def test_what_lets_aws_backup_in_for_less_is_not(condition: dict[str, Any]):
    iam = account(APPLIANCE, {**BACKUP, "Sid": "Hardened", "Condition": condition})
    judgement = scenes.of(judged(iam), SERVICE)
    assert judgement["drift"] is True
    assert "backup_source_account_condition" not in judgement["reason"]
