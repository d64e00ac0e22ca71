# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list of API calls in guide_api_calls.rst is what is called."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from tests import documents
from tests.emulator import cases, playbook
from tests.emulator.organization import REGION, Organization, client, root
from tests.emulator.recorder import recorded
from tests.integration.parity_scenarios import options

# Situation → the account of the sample organization that is in it.
SITUATIONS = {
    "converged, one policy of others": "compliant",
    "AWS Backup is not trusted": "no-backup-trust",
    "actions are missing": "three-missing",
    "own policy is out of date, at its version limit": "five-versions",
    "no role": "no-role",
    "user in a group, actions are missing": "iam-user",
}


def _calls(
    organization: Organization, module: str, given: dict[str, dict[str, Any]], directory: Path, *arguments: str
) -> dict[str, list[str]]:
    """Account's case → the calls made in it."""
    with recorded(organization) as (through, recording):
        results, output = playbook.run_tasks(through, list(given.values()), directory, *arguments, module=module)
    assert not any(result.get("failed") for result in results), output
    return {case: recording.of(organization.account(case).account_id) for case in given}


@pytest.fixture(scope="module")
def rows(enforced: Organization, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Row of the list → the calls that it stands for."""
    number = itertools.count()

    def calls(module: str, given: dict[str, dict[str, Any]], *arguments: str) -> dict[str, list[str]]:
        return _calls(enforced, module, given, tmp_path_factory.mktemp(f"calls{next(number)}"), *arguments)

    def of(*names: str, **more: Any) -> dict[str, dict[str, Any]]:
        return {name: options(enforced.account(name), **more) for name in names}

    verify = {"fail_on_drift": False}
    collected: dict[str, list[str]] = {}
    given = of(*SITUATIONS.values())
    for mode, arguments in (("check mode", ["--check"]), ("apply", [])):
        made = calls("restore_role", given, *arguments)
        collected |= {f"restore_role, {mode}: {title}": made[case] for title, case in SITUATIONS.items()}
    again = calls("restore_role", of("no-role", "iam-user"))
    collected["restore_role, either: converged, own policy only"] = again["no-role"]
    collected["restore_role, either: converged user with own policy and a group"] = again["iam-user"]
    judged = calls("restore_role_verify", of("compliant", "iam-user", **verify))
    collected["restore_role_verify: one policy of others"] = judged["compliant"]
    collected["restore_role_verify: user with own policy and a group"] = judged["iam-user"]
    for method in ("simulate", "both"):
        made = calls("restore_role_verify", of("compliant", method=method, **verify))
        collected[f"restore_role_verify, method {method}: one policy of others"] = made["compliant"]
    for mode, arguments in (("check mode", ["--check"]), ("apply", [])):
        made = calls("restore_role", of("no-role", state="absent"), *arguments)
        collected[f"restore_role, state absent, {mode}: role and policy were created by it"] = made["no-role"]
    nothing = calls("restore_role", of("no-role", state="absent"))
    collected["restore_role, state absent, apply: nothing there"] = nothing["no-role"]
    tagged = of("compliant", **_asking_for_tags(enforced), **verify)
    collected["restore_role_verify: policies ask for the tags of a table, a vault and a key"] = calls(
        "restore_role_verify", tagged
    )["compliant"]
    collected["restore_role_verify: no role"] = calls("restore_role_verify", of("no-role", **verify))["no-role"]
    return collected


def _asking_for_tags(organization: Organization) -> dict[str, Any]:
    """A table, a vault and a key that are named, and a service control policy with a condition on their tags."""
    owner = root(organization.server, organization.account("compliant").account_id)
    key = client(organization.server, "kms", owner).create_key()["KeyMetadata"]["Arn"]
    client(organization.server, "backup", owner).create_backup_vault(BackupVaultName="tagged")
    client(organization.server, "dynamodb", owner).create_table(
        TableName="tagged",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    deny = {"Effect": "Deny", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/state": "quarantine"}}}
    actions = ["backup:DeleteBackupVault", "dynamodb:*", "kms:*"]
    guardrail = cases.document(*cases.allow("*")["Statement"], {**deny, "Action": actions})
    scps = [[{"name": "Guardrail", "document": guardrail}]]
    policies = {"service_control_policies": scps, "resource_control_policies": []}
    named = {"tables": ["tagged"], "vaults": ["tagged"], "kms_keys": [key], "regions": [REGION]}
    return {"organization_policies": policies, **named}


@pytest.fixture(scope="module")
def after_converge(enforced: Organization, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What verify calls when it is given what converge has read."""
    given = options(enforced.account("compliant"))
    directory = tmp_path_factory.mktemp("observed")
    (converged,), _output = playbook.run_tasks(enforced, [given], directory, "--check")
    handed_over = given | {"observed": converged["observed"]}
    return _calls(enforced, "restore_role_verify", {"compliant": handed_over}, directory)["compliant"]


def line(row: str, calls: list[str]) -> list[str]:
    """The row of the guide's table."""
    shown = [
        name + (f" ×{many}" if many > 1 else "")
        for name, group in itertools.groupby(call.removeprefix("iam:") for call in calls)
        if (many := len(list(group)))
    ]
    return [row, str(len(calls)), ", ".join(shown) or "none"]


def test_every_row_of_the_list_is_what_is_called(rows: dict[str, list[str]], after_converge: list[str]):
    expected = [line(*row) for row in rows.items()]
    expected.append(line("restore_role_verify, given `observed` of restore_role", after_converge))
    listed = [cells for cells in documents.rows(documents.guide("api_calls")) if cells[0].startswith("restore_role")]
    assert sorted(listed) == sorted(expected)


def test_a_check_takes_six_calls_and_verify_after_it_none(rows: dict[str, list[str]], after_converge: list[str]):
    """On a role that is converged."""
    assert len(rows["restore_role, check mode: converged, one policy of others"]) == 6
    assert (
        rows["restore_role, apply: converged, one policy of others"]
        == (rows["restore_role, check mode: converged, one policy of others"])
    )
    assert after_converge == []


def test_the_appliances_policies_take_one_round(enforced: Organization, tmp_path: Path):
    given = {
        "name": cases.APPLIANCE_ROLE,
        "assume_role_arn": f"arn:aws:iam::{cases.APPLIANCE_ACCOUNT}:role/{cases.MEMBER_ROLE}",
    }
    with recorded(enforced) as (through, recording):
        playbook.run_tasks(through, [given], tmp_path, module="principal_policies_info")
    made = line("principal_policies_info: role with one inline policy", recording.of(cases.APPLIANCE_ACCOUNT))
    assert made in documents.rows(documents.guide("api_calls"))
