# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verify where the question is narrowed to tables, vaults, keys and Regions, their own policies included."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from botocore.stub import Stubber

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import run, verify
from tests.unit.principal.scenes import (
    GIVEN,
    account,
    of,
)

KEY = f"arn:aws:kms:eu-west-1:{scenes.ACCOUNT}:key/1234"
VAULT = f"arn:aws:backup:eu-west-1:{scenes.ACCOUNT}:backup-vault:restores"


# Narrowing the question


def test_a_policy_for_one_table_is_enough_for_that_table():
    """If only that table is restored."""
    table = f"arn:aws:dynamodb:eu-west-1:{scenes.ACCOUNT}:table/orders"
    rest = scenes.without("dynamodb:UpdateTable")
    iam = account(inline={"rest": rest, "one": worlds.document(worlds.allow("dynamodb:UpdateTable", table))})
    assert of(verify(iam, GIVEN), "dynamodb:UpdateTable")["verdict"] == "conditional"
    for tables, regions in ((["orders"], ["eu-west-1"]), ([table], [])):
        narrowed = verify(iam, {**GIVEN, "tables": tables, "regions": regions})
        assert narrowed["compliant"]
    other = verify(iam, {**GIVEN, "tables": ["orders", "customers"], "regions": ["eu-west-1"]})
    assert of(other, "dynamodb:UpdateTable")["verdict"] == "implicit_deny"
    assert of(other, "dynamodb:UpdateTable")["resource"].endswith("table/customers")


def test_what_is_missing_on_named_resources_is_granted_there():
    """On those only."""
    iam = account(inline={"rest": scenes.without("dynamodb:UpdateTable", "iam:PassRole", "kms:ListKeys")})
    result = verify(iam, {**GIVEN, "tables": ["orders", "customers"], "regions": ["eu-west-1"]})
    granted = {
        str(statement["Action"]): statement["Resource"]
        for statement in result["missing_permissions_policy"]["Statement"]
    }
    table = f"arn:aws:dynamodb:eu-west-1:{scenes.ACCOUNT}:table/"
    assert granted == {
        "['dynamodb:UpdateTable']": [table + "orders", table + "customers"],
        "['iam:PassRole']": f"arn:aws:iam::{scenes.ACCOUNT}:role/{worlds.NAME}",
        "['kms:ListKeys']": "*",
    }
    iam.principals["Role", worlds.NAME].inline["missing"] = result["missing_permissions_policy"]
    assert verify(iam, {**GIVEN, "tables": ["orders", "customers"], "regions": ["eu-west-1"]})["compliant"]


def test_the_missing_permissions_are_exactly_what_was_missing():
    iam = account(inline={"rest": scenes.without("iam:PassRole", "kms:CreateGrant")})
    result = verify(iam, GIVEN)
    iam.principals["Role", worlds.NAME].inline["missing"] = result["missing_permissions_policy"]
    assert verify(iam, GIVEN)["compliant"]
    assert result["missing_permissions_policy"]["Statement"][0]["Action"] == ["iam:PassRole", "kms:CreateGrant"]


# Policies of keys and vaults


Clients = dict[tuple[str, str | None], Any]


def answering(service: str, method: str, answer: dict[str, Any] | str) -> Clients:
    """A client in one Region whose every call is answered so, or fails with this code; botocore checks the answer."""
    client = boto3.client(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    stubber = Stubber(client)
    if isinstance(answer, str):
        stubber.add_client_error(method, answer)
    else:
        stubber.add_response(method, answer)
    stubber.activate()
    return {(service, "eu-west-1"): client}


def key_policy(*statements: dict[str, Any]) -> Clients:
    return answering("kms", "get_key_policy", {"Policy": json.dumps(worlds.document(*statements))})


BY_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": scenes.ACCOUNT}, "Action": "kms:*", "Resource": "*"}
BY_ROLE = {**BY_ACCOUNT, "Principal": {"AWS": f"arn:aws:iam::{scenes.ACCOUNT}:role/{worlds.NAME}"}}
OTHER_ROLE = {**BY_ACCOUNT, "Principal": {"AWS": f"arn:aws:iam::{scenes.ACCOUNT}:role/Other"}}
WITH_KEY = {**GIVEN, "kms_keys": [KEY], "check_key_policies": True}


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([BY_ACCOUNT], "allowed"),
        ([BY_ROLE], "allowed"),
        ([OTHER_ROLE], "implicit_deny"),
        ([BY_ACCOUNT, {**BY_ROLE, "Effect": "Deny", "Action": "kms:Decrypt", "Sid": "NotYou"}], "explicit_deny"),
    ],
    ids=["through the account", "by name", "another role only", "denied"],
)
def test_a_key_policy_decides_over_the_key(statements: list[dict[str, Any]], verdict: str):
    result = verify(account(), WITH_KEY, key_policy(*statements))
    decision = of(result, "kms:Decrypt")
    assert (decision["verdict"], decision["resource"]) == (verdict, KEY)
    assert not any("KMS key policies" in layer for layer in result["not_evaluated"])


def test_a_key_policy_can_grant_by_itself():
    iam = account(inline={"rest": scenes.without("kms:Decrypt", "kms:CreateGrant", "kms:DescribeKey")})
    assert verify(iam, WITH_KEY, key_policy(BY_ROLE))["compliant"]
    assert of(verify(iam, WITH_KEY, key_policy(BY_ACCOUNT)), "kms:Decrypt")["verdict"] == "implicit_deny"


@pytest.mark.parametrize(
    ("code", "reason"),
    [("AccessDeniedException", "not allowed to call kms:GetKeyPolicy"), ("NotFoundException", "does not exist")],
)
def test_an_unreadable_key_policy_neither_allows_nor_denies(code: str, reason: str):
    result = verify(account(), WITH_KEY, answering("kms", "get_key_policy", code))
    decision = of(result, "kms:Decrypt")
    assert decision["verdict"] == "unreadable"
    assert reason in decision["reason"]
    assert result["drifted"]


THEIRS = "arn:aws:kms:eu-west-1:999988887777:key/1234"
WITH_THEIRS = {**GIVEN, "kms_keys": [THEIRS], "check_key_policies": True}
BY_US = {**BY_ACCOUNT, "Principal": {"AWS": f"arn:aws:iam::{scenes.ACCOUNT}:root"}}
FOR_RESOURCES = {**BY_ROLE, "Action": "kms:CreateGrant", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}


@pytest.mark.parametrize(
    ("statements", "granted", "verdict"),
    [
        ([BY_US], True, "allowed"),
        ([BY_ROLE], True, "allowed"),
        ([FOR_RESOURCES], True, "allowed"),
        ([BY_ROLE], False, "implicit_deny"),
        ([OTHER_ROLE], True, "implicit_deny"),
        ([{**BY_ACCOUNT, "Principal": {"AWS": "arn:aws:iam::999988887777:root"}}], True, "implicit_deny"),
        ([BY_US, {**BY_ROLE, "Effect": "Deny"}], True, "explicit_deny"),
    ],
)
def test_a_key_of_another_account_takes_both_sides(statements: list[dict[str, Any]], granted: bool, verdict: str):
    given = {**WITH_THEIRS, "key_policies": {THEIRS: worlds.document(*statements)}}
    inline = None if granted else {"rest": scenes.without("kms:CreateGrant")}
    assert of(verify(account(inline=inline), given), "kms:CreateGrant")["verdict"] == verdict


def test_the_policy_of_another_accounts_key_is_not_asked_for():
    """KMS answers such a request in the key's own account only."""
    result = verify(account(), WITH_THEIRS)
    decision = of(result, "kms:Decrypt")
    assert (decision["verdict"], decision["drift"], result["drifted"]) == ("unreadable", False, False)
    assert any("can be read in account 999988887777 only" in reason for reason in result["not_evaluated"])
    # Without a grant of its own the key's policy helps nobody.
    lacking = verify(account(inline={"rest": scenes.without("kms:Decrypt")}), WITH_THEIRS)
    assert of(lacking, "kms:Decrypt")["verdict"] == "implicit_deny"


def test_the_resource_control_policies_of_another_account_are_not_known():
    organization = {**scenes.NO_ORGANIZATION, "resource_control_policies": []}
    given = {**WITH_THEIRS, "organization_policies": organization, "key_policies": {THEIRS: worlds.document(BY_US)}}
    result = verify(account(), given)
    assert (of(result, "kms:Decrypt")["verdict"], result["drifted"]) == ("unreadable", False)
    assert "the RCPs of account 999988887777, which owns the key, were not read [rcp]" in result["not_evaluated"]


def test_a_key_whose_policy_was_not_given_is_not_proved_by_another_ones():
    given = {**GIVEN, "kms_keys": [KEY, THEIRS], "key_policies": {THEIRS: worlds.document(BY_US)}}
    assert of(verify(account(), given), "kms:Decrypt")["verdict"] == "conditional"


@pytest.mark.parametrize(
    ("policies", "message"),
    [({KEY: {"a": "b"}}, "which is not in kms_keys"), ({THEIRS: []}, "key_policies must map the ARN of a key")],
)
def test_policies_of_keys_that_cannot_be_meant_are_refused(policies: dict[str, Any], message: str):
    with pytest.raises(RestoreAccessError, match=message):
        verify(account(), {**WITH_THEIRS, "key_policies": policies})


def vault_policy(*statements: dict[str, Any]) -> Clients:
    return answering("backup", "get_backup_vault_access_policy", {"Policy": json.dumps(worlds.document(*statements))})


WITH_VAULT = {**GIVEN, "vaults": ["restores"], "regions": ["eu-west-1"], "check_vault_policies": True}


def test_a_vault_policy_can_take_away_and_not_give():
    deny = {"Sid": "Locked", "Effect": "Deny", "Principal": "*", "Action": "backup:StartRestoreJob", "Resource": "*"}
    decision = of(verify(account(), WITH_VAULT, vault_policy(deny)), "backup:StartRestoreJob")
    assert (decision["verdict"], decision["layer"], decision["policy"], decision["statement"]) == (
        "explicit_deny",
        "vault",
        VAULT,
        "Locked",
    )
    give = {"Effect": "Allow", "Principal": "*", "Action": "backup:*", "Resource": "*"}
    iam = account(inline={"rest": scenes.without("backup:StartRestoreJob")})
    assert of(verify(iam, WITH_VAULT, vault_policy(give)), "backup:StartRestoreJob")["verdict"] == "implicit_deny"


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_a_vault_without_a_policy_takes_nothing_away(code: str):
    """One whose policy cannot be read is told."""
    result = verify(account(), WITH_VAULT, answering("backup", "get_backup_vault_access_policy", code))
    assert result["compliant"]
    told = [layer for layer in result["not_evaluated"] if "backup:GetBackupVaultAccessPolicy" in layer]
    assert bool(told) == (code == "AccessDeniedException")


# Which role is handed over

FOR_BACKUP = f"arn:aws:iam::{scenes.ACCOUNT}:role/ForBackup"
_HANDING_OVER = worlds.document(worlds.allow(["iam:PassRole", "iam:GetRole"], FOR_BACKUP))


def _user() -> MemoryIam:
    iam = MemoryIam(scenes.ACCOUNT)
    policies = {"rest": scenes.without("iam:PassRole", "iam:GetRole"), "one-role": _HANDING_OVER}
    iam.add(Principal("User", worlds.NAME, inline=policies))
    return iam


USER = {"name": worlds.NAME, "principal_type": "user", "organization_policies": scenes.NO_ORGANIZATION, "kms_keys": []}


def test_a_user_is_asked_about_every_role_it_may_pass():
    """Unless the one that it may pass is named."""
    every = scenes.of(verify(_user(), USER), "iam:PassRole")
    assert (every["verdict"], every["resource"]) == ("conditional", f"arn:aws:iam::{scenes.ACCOUNT}:role/*")
    result = verify(_user(), {**USER, "pass_role_arns": [FOR_BACKUP]})
    assert scenes.of(result, "iam:PassRole")["verdict"] == "allowed"
    assert scenes.of(result, "iam:PassRole")["resource"] == FOR_BACKUP
    assert result["compliant"] is True
    another = FOR_BACKUP.replace("ForBackup", "Another")
    result = verify(_user(), {**USER, "pass_role_arns": [FOR_BACKUP, another]})
    assert scenes.of(result, "iam:PassRole")["verdict"] == "implicit_deny"
    assert result["missing_permissions"] == ["iam:GetRole", "iam:PassRole"]


def test_a_role_hands_over_itself_unless_others_are_named():
    iam = scenes.account()
    assert scenes.of(verify(iam, scenes.GIVEN), "iam:PassRole")["resource"].endswith(f":role/{worlds.NAME}")
    named = verify(iam, {**scenes.GIVEN, "pass_role_arns": [FOR_BACKUP]})
    assert scenes.of(named, "iam:PassRole")["resource"] == FOR_BACKUP


def test_a_scoped_user_may_pass_the_named_role_and_no_other():
    iam = MemoryIam(scenes.ACCOUNT)
    options = {
        "name": worlds.NAME,
        "principal_type": "user",
        "permissions_scope": "scoped",
        "pass_role_arns": [FOR_BACKUP],
    }
    run(iam, options)
    (document,) = run(iam, options)["after"]["permissions"].values()
    (passing,) = [statement for statement in document["Statement"] if statement["Action"] == ["iam:PassRole"]]
    assert passing["Resource"] == FOR_BACKUP
    assert run(iam, options)["changed"] is False


def test_a_role_of_another_account_cannot_be_handed_over():
    with pytest.raises(RestoreAccessError, match="is not in account"):
        verify(_user(), {**USER, "pass_role_arns": ["arn:aws:iam::999988887777:role/ForBackup"]})
