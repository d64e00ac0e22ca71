# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module restore_role_verify in every account of the sample organization, on an AWS that enforces IAM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import REGION, Organization, client, root
from tests.emulator.recorder import recorded

# The emulator's simulator leaves the permissions boundary out; AWS's does not.
NOT_SIMULATED = {"boundary-without-kms"}
EXAMINED = [account for account in cases.ACCOUNTS if account.trusts_management]
NO_ORGANIZATION = {"service_control_policies": None, "resource_control_policies": None}


def options(account: cases.Account, **more: Any) -> dict[str, Any]:
    principal = account.principal or cases.Principal()
    given = {
        "name": principal.name,
        "principal_type": principal.kind,
        "account_id": account.account_id,
        "assume_role_arn": f"arn:aws:iam::{account.account_id}:role/{cases.MEMBER_ROLE}",
        "appliance_principals": [cases.APPLIANCE_ARN],
        "appliance_external_id": cases.EXTERNAL_ID,
        "fail_on_drift": False,
    }
    return given | more


@pytest.fixture(scope="module")
def appliance(enforced: Organization, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The Impersonation role's policies, as the module reads them."""
    given = {
        "name": cases.APPLIANCE_ROLE,
        "account_id": cases.APPLIANCE_ACCOUNT,
        "assume_role_arn": f"arn:aws:iam::{cases.APPLIANCE_ACCOUNT}:role/{cases.MEMBER_ROLE}",
    }
    where = tmp_path_factory.mktemp("appliance")
    (result,), _output = playbook.run_tasks(enforced, [given], where, module="principal_policies_info")
    return {**result["principal_policies"], "organization_policies": NO_ORGANIZATION}


@pytest.fixture(scope="module")
def results(
    enforced: Organization, appliance: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Case → result, by both methods and with everything given; and what was called meanwhile."""
    given = {
        "method": "both",
        "appliance_policies": [appliance],
        "organization_policies": NO_ORGANIZATION,
        "kms_keys": [],
    }
    with recorded(enforced) as (through, recording):
        verified, _output = playbook.run_tasks(
            through,
            [options(account, **given) for account in EXAMINED],
            tmp_path_factory.mktemp("verify"),
            module="restore_role_verify",
        )
    for account in EXAMINED:
        assert recording.writes(account.account_id) == [], account.case
    return {account.case: result for account, result in zip(EXAMINED, verified, strict=True)}


def of(result: dict[str, Any], requirement: str) -> dict[str, Any]:
    (decision,) = [decision for decision in result["requirements"] if decision["requirement"] == requirement]
    return dict(decision)


@pytest.mark.parametrize(("method", "fixed"), [("evaluate", False), ("simulate", True), ("both", True)])
def test_scps_that_were_not_read_are_known_to_the_simulator(
    enforced: Organization, tmp_path: Path, method: str, fixed: bool
):
    """What a run fixes is told by the same layers as the verdicts."""
    account = enforced.account("three-missing")
    unread = {**NO_ORGANIZATION, "service_control_policies": {"not_read": "access was denied"}}
    given = options(account, method=method, organization_policies=unread, kms_keys=[])
    (result,), _output = playbook.run_tasks(enforced, [given], tmp_path, module="restore_role_verify")
    missing = [each for each in result["requirements"] if each["layer"] == "identity" and each["drift"]]
    assert len(missing) == 3
    assert {each["fixable"] for each in missing} == {fixed}


def test_the_appliances_policies_are_read_with_their_documents(appliance: dict[str, Any]):
    assert appliance["principal"]["arn"] == cases.APPLIANCE_ARN
    assert appliance["identity"] == [{"name": "assume", "document": cases.allow("sts:AssumeRole")}]
    assert (appliance["exists"], appliance["boundary"]) == (True, None)


@pytest.mark.parametrize("case", [account.case for account in EXAMINED])
def test_a_restore_is_proved_exactly_where_nothing_has_drifted(results: dict[str, Any], case: str):
    expected = {account.case: account.before for account in EXAMINED}[case]
    result = results[case]
    assert not result.get("failed"), result.get("msg")
    assert result["changed"] is False
    assert (result["compliant"], result["drifted"]) == (expected == "compliant", expected != "compliant")


@pytest.mark.parametrize("case", [account.case for account in EXAMINED if account.case not in NOT_SIMULATED])
def test_the_engine_and_the_simulator_agree(results: dict[str, Any], case: str):
    assert results[case]["disagreements"] == []


def test_where_they_differ_the_stricter_verdict_counts(results: dict[str, Any]):
    """The result says why."""
    result = results["boundary-without-kms"]
    differing = {disagreement["requirement"]: disagreement for disagreement in result["disagreements"]}
    assert set(differing) == {action for action in cases.ACTIONS if action.startswith("kms:")}
    assert "permissions boundary" in differing["kms:Decrypt"]["reason"]
    assert of(result, "kms:Decrypt")["verdict"] == "implicit_deny"


@pytest.mark.parametrize(
    ("case", "requirement", "expected"),
    [
        ("explicit-deny", "kms:CreateGrant", ("explicit_deny", "identity", "guardrail", "NoGrants")),
        ("boundary-without-kms", "kms:Decrypt", ("implicit_deny", "boundary", None, "")),
        ("no-backup-trust", "backup_service_may_assume", ("implicit_deny", "trust", "", "")),
        ("wrong-external-id", "appliance_may_assume", ("implicit_deny", "trust", "", "CloudrestoreAppliance")),
        ("three-missing", "backup:StartRestoreJob", ("implicit_deny", "identity", "", "")),
    ],
)
def test_the_place_of_what_stands_in_the_way_is_named(
    results: dict[str, Any], case: str, requirement: str, expected: tuple[str, ...]
):
    decision = of(results[case], requirement)
    verdict, layer, policy, statement = expected
    assert (decision["verdict"], decision["layer"], decision["statement"]) == (verdict, layer, statement)
    assert decision["policy"].endswith("policy/boundary") if policy is None else decision["policy"] == policy
    assert decision["drift"]
    assert decision["consequence"]


def test_granting_what_is_missing_is_enough(enforced: Organization, results: dict[str, Any], tmp_path: Path):
    account = enforced.account("three-missing")
    document = results[account.case]["missing_permissions_policy"]
    iam = client(enforced.server, "iam", root(enforced.server, account.account_id))
    iam.put_role_policy(RoleName=cases.RESTORE_ROLE, PolicyName="pasted", PolicyDocument=json.dumps(document))
    (result,), _output = playbook.run_tasks(enforced, [options(account)], tmp_path, module="restore_role_verify")
    iam.delete_role_policy(RoleName=cases.RESTORE_ROLE, PolicyName="pasted")
    assert (result["drifted"], result["missing_permissions"]) == (False, [])
    assert document["Statement"][0]["Action"] == ["backup:StartRestoreJob", "iam:PassRole", "kms:CreateGrant"]


def test_drift_fails_the_task_and_the_result_is_complete(enforced: Organization, tmp_path: Path):
    account = enforced.account("explicit-deny")
    given = options(account, fail_on_drift=True)
    (result,), _output = playbook.run_tasks(enforced, [given], tmp_path, module="restore_role_verify")
    assert result["failed"]
    assert "kms:CreateGrant (explicit deny)" in result["msg"]
    assert account.account_id in result["msg"]
    assert len(result["requirements"]) == 38


# Policies of keys and vaults


@pytest.fixture(scope="module")
def key_and_vault(enforced: Organization) -> tuple[str, str]:
    """In the compliant account: a key whose policy leaves it to the account, and a vault without a policy."""
    owner = root(enforced.server, enforced.account("compliant").account_id)
    key: str = client(enforced.server, "kms", owner).create_key()["KeyMetadata"]["Arn"]
    client(enforced.server, "backup", owner).create_backup_vault(BackupVaultName="restores")
    return key, "restores"


# The emulator keeps no access policy of a vault, so that a vault without one is all there is to read here.
def test_key_and_vault_policies_are_read_and_judged(
    enforced: Organization, key_and_vault: tuple[str, str], tmp_path: Path
):
    key, vault = key_and_vault
    account = enforced.account("compliant")
    owner = root(enforced.server, account.account_id)
    given = options(
        account,
        organization_policies=NO_ORGANIZATION,
        kms_keys=[key],
        vaults=[vault],
        regions=[REGION],
        check_key_policies=True,
        check_vault_policies=True,
    )
    (before,), _output = playbook.run_tasks(enforced, [given], tmp_path / "before", module="restore_role_verify")
    assert of(before, "kms:Decrypt")["verdict"] == "allowed"
    assert of(before, "kms:Decrypt")["resource"] == key
    assert not [layer for layer in before["not_evaluated"] if "were not read" in layer]

    only_root = {"Principal": {"AWS": f"arn:aws:iam::{account.account_id}:root"}, "Resource": "*"}
    keys = cases.document(
        {"Sid": "Owner", "Effect": "Allow", "Action": "kms:*", **only_root},
        {"Sid": "NoDecrypt", "Effect": "Deny", "Action": "kms:Decrypt", **only_root, "Principal": "*"},
    )
    client(enforced.server, "kms", owner).put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(keys))
    (after,), _output = playbook.run_tasks(enforced, [given], tmp_path / "after", module="restore_role_verify")
    (denied,) = [requirement for requirement in after["requirements"] if requirement["verdict"] == "explicit_deny"]
    assert (denied["requirement"], denied["layer"], denied["statement"]) == ("kms:Decrypt", "key", "NoDecrypt")


def test_an_unreadable_key_policy_is_told_and_is_no_denial(
    enforced: Organization, key_and_vault: tuple[str, str], tmp_path: Path
):
    account = enforced.account("wildcard")
    owner = root(enforced.server, account.account_id)
    key = client(enforced.server, "kms", owner).create_key()["KeyMetadata"]["Arn"]
    iam = client(enforced.server, "iam", owner)
    document = cases.document(*cases.allow("iam:*")["Statement"])
    iam.put_role_policy(RoleName=cases.MEMBER_ROLE, PolicyName="administrator", PolicyDocument=json.dumps(document))
    given = options(account, kms_keys=[key], check_key_policies=True)
    (result,), _output = playbook.run_tasks(enforced, [given], tmp_path, module="restore_role_verify")
    decision = of(result, "kms:Decrypt")
    assert (decision["verdict"], decision["layer"]) == ("unreadable", "key")
    assert "kms:GetKeyPolicy" in decision["reason"]
