# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A nested organization on moto: 200 accounts and the management account, over four levels of organizational units."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import boto3

from tests.emulator.server import Server

REGION = "us-east-1"
MANAGEMENT = "123456789012"
# Who asks does not matter to moto, as long as somebody does.
KEYS = {"aws_access_key_id": "AKIAFLEETREADER00000", "aws_secret_access_key": "fleet-reader-secret"}
ACCOUNTS = 200
# Path → how many accounts are directly in it. Siblings that sanitize to one name, a crowded unit, an empty one.
UNITS = {
    "/Workloads": 2,
    "/Workloads/Production": 30,
    "/Workloads/Production/EU": 25,
    "/Workloads/Production/EU/Retail": 45,
    "/Workloads/Production/US": 21,
    "/Workloads/Staging": 20,
    "/Workloads/Staging/EU": 0,
    "/Workloads/Staging/EU/Retail": 17,
    "/Sandbox A": 15,
    "/Sandbox-A": 5,
    "/Suspended": 10,
}
_IN_THE_ROOT = ACCOUNTS - sum(UNITS.values())


@dataclass
class Fleet:
    """``units``: path → ID, ``/`` for the root. ``accounts``: path → IDs of the accounts directly there."""

    server: Server
    client: Any
    units: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, list[str]] = field(default_factory=dict)

    def below(self, path: str) -> set[str]:
        """The IDs of the accounts in a unit and below it."""
        prefix = path.rstrip("/") + "/"
        return {
            account_id for at, ids in self.accounts.items() if at == path or at.startswith(prefix) for account_id in ids
        }

    @property
    def ids(self) -> set[str]:
        """Every account but the management account."""
        return self.below("/")

    def policy(self, kind: str, name: str, statement: dict[str, Any], target_id: str) -> str:
        """Make a policy, attach it, and return its ID."""
        content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        made = self.client.create_policy(Name=name, Description=name, Type=kind, Content=content)["Policy"]
        policy_id: str = made["PolicySummary"]["Id"]
        self.client.attach_policy(PolicyId=policy_id, TargetId=target_id)
        return policy_id


def organizations(endpoint: str) -> Any:
    return boto3.client("organizations", region_name=REGION, endpoint_url=endpoint, **KEYS)


def build(server: Server) -> Fleet:
    """Both policy types are enabled; AWS's own policies allow everything everywhere."""
    fleet = Fleet(server, organizations(server.endpoint))
    fleet.client.create_organization(FeatureSet="ALL")
    root_id = fleet.client.list_roots()["Roots"][0]["Id"]
    fleet.units["/"] = root_id
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        fleet.client.enable_policy_type(RootId=root_id, PolicyType=kind)
    for path in UNITS:
        parent, _slash, name = path.rpartition("/")
        unit = fleet.client.create_organizational_unit(ParentId=fleet.units[parent or "/"], Name=name)
        fleet.units[path] = unit["OrganizationalUnit"]["Id"]
    for path, count in {"/": _IN_THE_ROOT, **UNITS}.items():
        fleet.accounts[path] = [_account(fleet, path, number) for number in range(count)]
    for account_id in fleet.accounts["/Suspended"]:
        fleet.client.close_account(AccountId=account_id)
    return fleet


def _account(fleet: Fleet, path: str, number: int) -> str:
    name = f"{path.strip('/').replace('/', '-').replace(' ', '-').lower() or 'root'}-{number:02}"
    if path == "/Sandbox A":
        name = f"a-{name}"
    tags = [{"Key": "number", "Value": str(number)}, {"Key": "stage", "Value": path.split("/")[-1].lower() or "none"}]
    made = fleet.client.create_account(AccountName=name, Email=f"{name}@example.com", Tags=tags)
    account_id: str = made["CreateAccountStatus"]["AccountId"]
    if path != "/":
        fleet.client.move_account(
            AccountId=account_id, SourceParentId=fleet.units["/"], DestinationParentId=fleet.units[path]
        )
    return account_id
