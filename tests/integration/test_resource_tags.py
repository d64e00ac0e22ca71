# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of what is named decide, on real servers: what is read, when nothing is, and what a refusal comes to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    OperatorMode,
    operator_actions,
)

from tests.emulator import cases, playbook
from tests.emulator.organization import REGION, Organization, client, root
from tests.emulator.recorder import recorded
from tests.integration.test_verify import of, options

CASE = "compliant"
READS = ["backup:ListTags", "dynamodb:ListTagsOfResource", "kms:ListResourceTags"]
# The action that is denied on what has not the tag → the verdict with the tag.
ACTIONS = {
    "backup:DeleteBackupVault": "allowed",
    # Whether DynamoDB evaluates tags in the account, no API tells.
    "dynamodb:DeleteTable": "conditional",
    "kms:DescribeKey": "allowed",
}
DENY = {
    "Sid": "OnlyOurs",
    "Effect": "Deny",
    "Action": list(ACTIONS),
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:ResourceTag/team": "backup"}},
}


def organization_policies(*statements: dict[str, Any]) -> dict[str, Any]:
    document = cases.document(*cases.allow("*")["Statement"], *statements)
    return {
        "service_control_policies": [[{"name": "Guardrail", "document": document}]],
        "resource_control_policies": [],
    }


def tagged(organization: Organization, name: str, team: str) -> dict[str, Any]:
    """A table, a vault and a key with the tag in the account: what names them, and what leaves nothing else open."""
    owner = root(organization.server, organization.account(CASE).account_id)
    many = {f"t{number}": "x" for number in range(3)} | {"team": team}
    tags = [{"Key": key, "Value": value} for key, value in many.items()]
    of_key = [{"TagKey": key, "TagValue": value} for key, value in many.items()]
    key = client(organization.server, "kms", owner).create_key(Tags=of_key)["KeyMetadata"]["Arn"]
    client(organization.server, "backup", owner).create_backup_vault(BackupVaultName=name, BackupVaultTags=many)
    client(organization.server, "dynamodb", owner).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        Tags=tags,
    )
    named = {"tables": [name], "vaults": [name], "kms_keys": [key], "regions": [REGION]}
    return {**named, "check_key_policies": True, "check_vault_policies": False}


def verified(
    organization: Organization, directory: Path, *arguments: str, **given: Any
) -> tuple[dict[str, Any], list[str]]:
    """The result, and what was called beside IAM and STS."""
    account = organization.account(CASE)
    with recorded(organization) as (through, recording):
        (result,), output = playbook.run_tasks(
            through, [options(account, **given)], directory, *arguments, module="restore_role_verify"
        )
    assert not result.get("failed"), output
    assert recording.writes(account.account_id) == []
    calls = [call for call in recording.of(account.account_id) if not call.startswith(("iam:", "sts:"))]
    return result, [call for call in calls if call != "kms:GetKeyPolicy"]


@pytest.mark.parametrize("arguments", [[], ["--check"]], ids=["apply", "check-mode"])
def test_tags_are_read_once_and_decide(organization: Organization, tmp_path: Path, arguments: list[str]):
    name = "ours" + "".join(arguments).strip("-")
    given = {**tagged(organization, name, "backup"), "organization_policies": organization_policies(DENY)}
    result, calls = verified(organization, tmp_path, *arguments, **given)
    assert {action: of(result, action)["verdict"] for action in ACTIONS} == ACTIONS
    assert sorted(calls) == READS


def test_what_has_another_tag_is_denied(organization: Organization, tmp_path: Path):
    given = {**tagged(organization, "theirs", "web"), "organization_policies": organization_policies(DENY)}
    result, _calls = verified(organization, tmp_path, **given)
    denied = [of(result, action) for action in ACTIONS]
    assert {(each["verdict"], each["layer"], each["statement"]) for each in denied} == {
        ("explicit_deny", "scp level 1", "OnlyOurs")
    }


def test_where_no_policy_asks_no_call_is_made(organization: Organization, tmp_path: Path):
    given = {**tagged(organization, "nobody-asks", "web"), "organization_policies": organization_policies()}
    _result, calls = verified(organization, tmp_path, **given)
    assert calls == []


def test_what_does_not_exist_leaves_it_open(organization: Organization, tmp_path: Path):
    """A table that a restore is to make, and a vault."""
    named = {"tables": ["not-there"], "vaults": ["not-there"], "regions": [REGION], "kms_keys": []}
    result, calls = verified(organization, tmp_path, **named, organization_policies=organization_policies(DENY))
    account = organization.account(CASE).account_id
    table = of(result, "dynamodb:DeleteTable")
    assert table["verdict"] == "conditional"
    assert f"the tags of arn:aws:dynamodb:{REGION}:{account}:table/not-there are not known" in table["reason"]
    assert sorted(calls) == READS[:2]
    # moto tells the tags of any vault, there or not: none.
    if organization.server.name != "moto":
        vault = of(result, "backup:DeleteBackupVault")
        assert (vault["verdict"], "it does not exist" in vault["reason"]) == ("conditional", True)


def test_a_refusal_is_told_with_what_to_grant_and_fails_nothing(enforced: Organization, tmp_path: Path):
    """With what operator_policy prints without the mode, and then with it."""
    given = {**tagged(enforced, "refused", "backup"), "organization_policies": organization_policies(DENY)}
    restrict(enforced, "check", "check_key_policies")
    result, calls = verified(enforced, tmp_path / "without", **given)
    assert sorted(calls) == READS
    for action, read in zip(ACTIONS, READS, strict=True):
        decision = of(result, action)
        assert decision["verdict"] == "conditional"
        assert (
            f"are not allowed to call {read} on {decision['resource']}. Grant {read} to the role" in decision["reason"]
        )
        assert [line for line in result["not_evaluated"] if decision["resource"] in line]
    restrict(enforced, "check", "check_key_policies", "resource_tags")
    granted, _calls = verified(enforced, tmp_path / "with", **given)
    assert {action: of(granted, action)["verdict"] for action in ACTIONS} == ACTIONS


def restrict(organization: Organization, *modes: OperatorMode) -> None:
    """What the automation may do in the account from now on."""
    actions = {action for mode in modes for action in operator_actions(mode, "role")}
    iam = client(organization.server, "iam", root(organization.server, organization.account(CASE).account_id))
    document = json.dumps(cases.allow(*sorted(actions)))
    iam.put_role_policy(RoleName=cases.MEMBER_ROLE, PolicyName="administrator", PolicyDocument=document)
