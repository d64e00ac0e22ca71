# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading an organization: one walk from the root down. Raises CallError; what was read until then is worth nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from .._aws.calls import NO_ANSWER, CallError, call
from .._policy.arns import partition_in
from .calls import PAGE, SERVICE, listed
from .state import ROOT_PATH, Header, Member, Organization, Unit

# AWS nests units five deep.
_DEEPEST = 20


def header(client: Any) -> Header:
    """One call, which any member account may make."""
    organization = call(client, SERVICE, "DescribeOrganization", "the organization", {})["Organization"]
    return Header(organization["Id"], organization["MasterAccountId"], organization.get("FeatureSet") == "ALL")


def root(client: Any) -> tuple[Unit, dict[str, str]]:
    """The root of the organization, and the policy types that were ever enabled there with their status."""
    for top in listed(client, "ListRoots", "Roots", "the organization", PAGE):
        types = {policy_type["Type"]: policy_type["Status"] for policy_type in top.get("PolicyTypes", ())}
        return Unit(top["Id"], None, top["Name"], ROOT_PATH), types
    raise CallError(f"{SERVICE}:ListRoots", "the organization", "NoRoot", "no root was listed")


def organization(client: Any, header: Header) -> Organization:
    """The whole tree: 1 call for the root and 2 for each parent, more only where a parent has more than 20 children."""
    top, types = root(client)
    units: dict[str, Unit] = {}
    members: list[Member] = []
    waiting, depths = deque([top]), {top.unit_id: 0}
    while waiting:
        unit = waiting.popleft()
        units[unit.unit_id] = unit
        parent = {"ParentId": unit.unit_id, **PAGE}
        for account in listed(client, "ListAccountsForParent", "Accounts", unit.unit_id, parent):
            members.append(_member(account, unit.unit_id))
        operation = "ListOrganizationalUnitsForParent"
        for child in listed(client, operation, "OrganizationalUnits", unit.unit_id, parent):
            path = f"{unit.path.rstrip('/')}/{child['Name']}"
            if child["Id"] in depths or depths[unit.unit_id] == _DEEPEST:
                raise CallError(f"{SERVICE}:{operation}", unit.unit_id, NO_ANSWER, "its units do not form a tree")
            depths[child["Id"]] = depths[unit.unit_id] + 1
            waiting.append(Unit(child["Id"], unit.unit_id, child["Name"], path))
    return Organization(header, types, units, tuple(sorted(members, key=lambda member: member.account_id)))


def tags(client: Any, account_id: str) -> dict[str, str]:
    """The tags of one account: one call."""
    arguments = {"ResourceId": account_id}
    return {tag["Key"]: tag["Value"] for tag in listed(client, "ListTagsForResource", "Tags", account_id, arguments)}


def _member(account: Mapping[str, Any], unit_id: str) -> Member:
    # AWS is replacing Status by State, and for a time sends either or both.
    state = account.get("State") or account.get("Status")
    if not state:
        reason = (
            f"account {account['Id']} came without State and Status; upgrade botocore to a release that knows State"
        )
        raise CallError(f"{SERVICE}:ListAccountsForParent", unit_id, "NoState", reason)
    return Member(
        account_id=account["Id"],
        partition=_partition(account["Arn"], unit_id),
        name=account.get("Name", ""),
        email=account.get("Email", ""),
        state=state,
        unit_id=unit_id,
    )


def _partition(arn: str, unit_id: str) -> str:
    if not str(arn).startswith("arn:aws"):
        raise CallError(f"{SERVICE}:ListAccountsForParent", unit_id, NO_ANSWER, "an account came without its ARN")
    return partition_in(arn)
