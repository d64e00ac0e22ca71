# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Impersonation role as one more host: limited to the fleet's restore roles by the playbooks, where IAM is enforced."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, assume, build, client, dump, root
from tests.emulator.server import Server


class Appliance(cases.Account):
    """The appliance's account as one more of the fleet."""

    @property
    def account_id(self) -> str:
        return cases.APPLIANCE_ACCOUNT


def asked(arns: list[str]) -> dict[str, object]:
    return {
        "restore_access_name": cases.APPLIANCE_ROLE,
        "restore_access_permission_sets": ["appliance_impersonation"],
        "restore_access_restore_role_arns": arns,
        "restore_access_appliance_principals": [],
        "restore_access_appliance_external_id": "",
        "restore_access_service_principals": [],
    }


def arn(account_id: str) -> str:
    return f"arn:aws:iam::{account_id}:role/{cases.RESTORE_ROLE}"


@pytest.fixture
def fleet(ministack: Server) -> Organization:
    """The sample organization and the appliance's account, whose role may not assume anything yet."""
    ministack.reset()
    built = build(ministack)
    iam = client(ministack, "iam", root(ministack, cases.APPLIANCE_ACCOUNT))
    iam.delete_role_policy(RoleName=cases.APPLIANCE_ROLE, PolicyName="assume")
    host = Appliance("appliance", 0, "the appliance's own account", "drifted", "converged")
    return replace(built, accounts=(*built.accounts, host))


def test_a_fleet_too_large_for_one_policy_is_admitted(fleet: Organization, tmp_path: Path):
    """And taken back."""
    account = fleet.account("compliant")
    others = [arn(str(300000000000 + number)) for number in range(130)]
    limit = ["--limit", "appliance,localhost", "-e"]
    whole = [*limit, json.dumps(asked([*others, arn(account.account_id)]))]
    made = playbook.run(fleet, "converge", tmp_path / "made", *whole)
    assert made.statuses == {"appliance": "converged"}, made.output
    assert made.changes["appliance"] == ["CreatePolicy", "AttachRolePolicy", "CreatePolicy", "AttachRolePolicy"]
    appliance = assume(fleet.server, root(fleet.server, cases.APPLIANCE_ACCOUNT), cases.APPLIANCE_ARN)
    assert assume(fleet.server, appliance, arn(account.account_id), cases.EXTERNAL_ID)
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(fleet.server, appliance, arn(fleet.account("wildcard").account_id), cases.EXTERNAL_ID)
    # Nothing is left to do; and then the list becomes short, and the second policy goes.
    again = playbook.run(fleet, "converge", tmp_path / "again", *whole)
    assert (again.statuses, again.changes) == ({"appliance": "compliant"}, {"appliance": []})
    fewer = playbook.run(fleet, "converge", tmp_path / "fewer", *limit, json.dumps(asked(others[:3])))
    assert fewer.changes["appliance"] == ["CreatePolicyVersion", "DetachRolePolicy", "DeletePolicy"]
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(fleet.server, appliance, arn(account.account_id), cases.EXTERNAL_ID)
    snapshots = next((tmp_path / "made" / "snapshots").iterdir())
    given = json.dumps(asked([]) | {"restore_access_snapshot": str(snapshots)})
    back = playbook.run(fleet, "rollback", tmp_path / "back", *limit, given)
    assert back.returncode == 0, back.output
    stored = dump(fleet.server, cases.APPLIANCE_ACCOUNT)
    assert (stored["roles"][cases.APPLIANCE_ROLE]["attached"], stored["policies"]) == ([], {})
