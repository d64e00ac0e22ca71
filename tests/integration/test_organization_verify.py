# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the organization to the verdicts: its accounts as inventory, its policies read once, a policy at each level told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.fleet import STATUSES

from tests import documents
from tests.emulator import cases, fleet
from tests.emulator.desk import Done, desk
from tests.emulator.fleet import MANAGEMENT, Fleet
from tests.emulator.organization import client, root
from tests.emulator.organizations_proxy import Weather
from tests.emulator.server import Server

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
PRODUCTION = "/Workloads/Production"
VARIABLES = {
    "restore_access_name": cases.RESTORE_ROLE,
    "restore_access_appliance_principals": [cases.APPLIANCE_ARN],
    "restore_access_appliance_external_id": cases.EXTERNAL_ID,
}


@dataclass
class Judged:
    """How the playbook ended, what was called meanwhile, and the accounts' entries in its report, by account ID."""

    done: Done
    calls: list[tuple[str, dict[str, Any]]]
    entries: dict[str, dict[str, Any]]

    def denied(self, account_id: str) -> dict[str, tuple[str, str]]:
        decisions = [requirement for requirement in self.entries[account_id]["requirements"] if requirement["drift"]]
        return {blocked["requirement"]: (blocked["layer"], blocked["policy"].split(" ")[0]) for blocked in decisions}


@pytest.fixture(scope="module")
def accounts(moto: Server) -> tuple[Fleet, dict[str, str]]:
    """Four accounts with a compliant restore role, and an SCP at the root, at a unit and at one account."""
    moto.reset()
    organization = fleet.build(moto)
    ids = {
        "management": MANAGEMENT,
        "guarded": organization.accounts[PRODUCTION][0],
        "unit": organization.accounts[PRODUCTION][1],
        "outside": organization.accounts["/Sandbox A"][0],
    }
    for name, target in (
        ("dynamodb:DeleteTable", organization.units["/"]),
        ("backup:StartRestoreJob", organization.units[PRODUCTION]),
        ("kms:CreateGrant", ids["guarded"]),
    ):
        statement = {"Sid": "Guard", "Effect": "Deny", "Action": name, "Resource": "*"}
        organization.policy(SCP, "no-" + name.split(":")[1], statement, target)
    decryption = {"Sid": "Guard", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}
    organization.policy(RCP, "no-decryption", decryption, organization.units[PRODUCTION])
    for account_id in ids.values():
        iam = client(moto, "iam", root(moto, account_id))
        trust = json.dumps(cases.document(*cases.TRUST))
        iam.create_role(RoleName=cases.RESTORE_ROLE, AssumeRolePolicyDocument=trust)
        permissions = json.dumps(cases.allow(*cases.ACTIONS))
        iam.put_role_policy(RoleName=cases.RESTORE_ROLE, PolicyName="restore", PolicyDocument=permissions)
    return organization, ids


def judge(
    accounts: tuple[Fleet, dict[str, str]], where: Path, name: str, *more: str, weather: Weather | None = None
) -> Judged:
    organization, ids = accounts
    (where / "group_vars").mkdir()
    (where / "group_vars" / "all.yml").write_text(json.dumps(VARIABLES))
    with desk(where, organization.server, weather) as (here, seen):
        here.write(
            include_account_ids=list(ids.values()),
            member_role_arn=(
                f"{{{{ '' if account_is_management else 'arn:aws:iam::' ~ account_id ~ ':role/{cases.MEMBER_ROLE}' }}}}"
            ),
        )
        done = here.run("ansible-playbook", "-i", "organization_accounts.yml", *more, f"cloudrestore.aws.{name}")
        calls = list(seen.calls)
    (path,) = (where / "reports").glob(f"{name}-*.json")
    report = json.loads(path.read_text())
    return Judged(done, calls, {account["account_id"]: account for account in report["accounts"]})


CHECK = ("-e", "restore_access_check_organization_policies=true")


@pytest.fixture(scope="module")
def checked(accounts: tuple[Fleet, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return judge(accounts, tmp_path_factory.mktemp("checked"), "verify", *CHECK)


def test_a_policy_at_each_level_is_told_with_its_level(accounts: Any, checked: Judged):
    _fleet, ids = accounts
    by_root = {"dynamodb:DeleteTable": ("scp level 1", "no-DeleteTable")}
    by_unit = by_root | {
        "backup:StartRestoreJob": ("scp level 3", "no-StartRestoreJob"),
        "kms:Decrypt": ("rcp", "no-decryption"),
    }
    assert checked.denied(ids["outside"]) == by_root
    assert checked.denied(ids["unit"]) == by_unit
    assert checked.denied(ids["guarded"]) == by_unit | {"kms:CreateGrant": ("scp level 4", "no-CreateGrant")}
    assert {checked.entries[ids[name]]["status"] for name in ("outside", "unit", "guarded")} == {"blocked"}


def test_the_management_account_is_exempt(accounts: Any, checked: Judged):
    _fleet, ids = accounts
    entry = checked.entries[ids["management"]]
    assert entry["status"] == "compliant"
    open_ = {requirement["requirement"] for requirement in entry["requirements"] if requirement["verdict"] != "allowed"}
    # Nobody gave the appliance's policies, or read those of keys.
    assert open_ == {"appliance_can_call", "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey"}


def test_each_policy_is_read_once_for_all_accounts(checked: Judged):
    described = [arguments["PolicyId"] for action, arguments in checked.calls if action == "DescribePolicy"]
    assert len(described) == len(set(described)) > 0
    assert checked.done.returncode == 2


def test_without_asking_nothing_is_read_and_nothing_is_proved(accounts: Any, tmp_path: Path):
    _fleet, ids = accounts
    result = judge(accounts, tmp_path, "verify")
    assert [action for action, _arguments in result.calls if action == "DescribePolicy"] == []
    assert {entry["status"] for entry in result.entries.values()} == {"compliant"}
    verdicts = {
        requirement["verdict"]
        for requirement in result.entries[ids["guarded"]]["requirements"]
        if ":" in requirement["requirement"]
    }
    assert verdicts == {"conditional"}
    assert result.done.returncode == 0


def test_a_drift_report_judges_them_too(accounts: Any, tmp_path: Path):
    _fleet, ids = accounts
    result = judge(accounts, tmp_path, "drift_report", *CHECK)
    statuses = {name: result.entries[account_id]["status"] for name, account_id in ids.items()}
    assert statuses == {"management": "compliant", "guarded": "blocked", "unit": "blocked", "outside": "blocked"}
    assert set(statuses.values()) <= set(STATUSES)


def test_policies_that_may_not_be_read_are_said_to_be_unreadable(accounts: Any, tmp_path: Path):
    _fleet, ids = accounts
    refusing = Weather(refuse=lambda operation, _: "AccessDeniedException" if operation == "DescribePolicy" else None)
    result = judge(accounts, tmp_path, "verify", *CHECK, weather=refusing)
    requirement = result.entries[ids["unit"]]["requirements"][-1]
    assert requirement["verdict"] == "unreadable"
    assert "the organization's policies could not be read" in requirement["reason"]
    assert "organizations:DescribePolicy" in requirement["reason"]
    assert result.done.returncode == 2


def test_the_guide_s_inventory_lists_the_organization(accounts: tuple[Fleet, dict[str, str]], tmp_path: Path):
    """The accounts of it."""
    organization, ids = accounts
    text = documents.tested(documents.guide("fleet"), "organization_accounts.yml")
    assert text.count("[/Sandbox]") == 1
    (tmp_path / "organization_accounts.yml").write_text(text.replace("[/Sandbox]", "['/Sandbox A']"))
    with desk(tmp_path, organization.server, Weather()) as (here, _seen):
        listed = here.list()
    assert listed.done.returncode == 0, listed.done.errors
    suspended, sandbox = organization.below("/Suspended"), organization.below("/Sandbox A")
    assert listed.account_ids == (organization.ids | {MANAGEMENT}) - suspended - sandbox
    arns = {host["account_id"]: host.get("restore_access_assume_role_arn") for host in listed.hosts.values()}
    assert arns[ids["unit"]] == f"arn:aws:iam::{ids['unit']}:role/{cases.MEMBER_ROLE}"
    assert not arns[MANAGEMENT]
