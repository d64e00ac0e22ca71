# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading the service and resource control policies of an organization, each once. Raises CallError."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypedDict

from .._aws.calls import NO_ANSWER, CallError, call
from .._errors import OptionError
from .._policy.documents import load
from .._policy.errors import UnreadableDocumentError
from . import read
from .calls import PAGE, SERVICE, listed
from .state import Header

PolicyType = Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
SCP_TYPE: Final = "SERVICE_CONTROL_POLICY"
RCP_TYPE: Final = "RESOURCE_CONTROL_POLICY"
TYPES: tuple[PolicyType, ...] = (SCP_TYPE, RCP_TYPE)
_ENABLED = "ENABLED"
_NOT_THERE = frozenset({"AccountNotFoundException", "ChildNotFoundException"})


class PolicyEntry(TypedDict):
    """A policy that is attached somewhere. ``document``: the stored text where that cannot be read."""

    name: str
    type: PolicyType
    document: Any


class TargetEntry(TypedDict):
    """The root, a unit or an account. ``parent``: None for the root; ``scps`` and ``rcps``: IDs of what is attached to it."""

    parent: str | None
    name: str
    scps: list[str]
    rcps: list[str]


class OrganizationPolicies(TypedDict):
    """The result of organization_policies_info; policies and targets by ID."""

    organization_id: str
    management_account_id: str
    service_control_policies_enabled: bool
    resource_control_policies_enabled: bool
    policies: dict[str, PolicyEntry]
    targets: dict[str, TargetEntry]


@dataclass(frozen=True, slots=True)
class Target:
    """Root, organizational unit or account, told apart by the form of its ID."""

    target_id: str
    parent: str | None
    name: str


def whole(client: Any, header: Header) -> OrganizationPolicies:
    """Every target and policy. A list per policy is far fewer calls than a list per account."""
    organization = read.organization(client, header)
    enabled = _enabled(header, organization.policy_types)
    targets = [Target(unit.unit_id, unit.parent, unit.name) for unit in organization.units.values()]
    targets += [Target(member.account_id, member.unit_id, member.name) for member in organization.members]
    attached: dict[PolicyType, dict[str, list[str]]] = {kind: defaultdict(list) for kind in TYPES}
    for kind in enabled:
        for policy in listed(client, "ListPolicies", "Policies", kind, {"Filter": kind, **PAGE}):
            policy_id = policy["Id"]
            arguments = {"PolicyId": policy_id, **PAGE}
            for target in listed(client, "ListTargetsForPolicy", "Targets", policy_id, arguments):
                attached[kind][target["TargetId"]].append(policy_id)
    return _structure(client, header, enabled, targets, attached)


def of_accounts(client: Any, header: Header, account_ids: Sequence[str]) -> OrganizationPolicies:
    """Only the paths from the root to these accounts. Raises OptionError for an account that is not there."""
    top, types = read.root(client)
    enabled = _enabled(header, types)
    targets = {top.unit_id: Target(top.unit_id, None, top.name)}
    for account_id in account_ids:
        _climb(client, header, account_id, targets)
    attached: dict[PolicyType, dict[str, list[str]]] = {kind: defaultdict(list) for kind in TYPES}
    for kind in enabled:
        for target_id in targets:
            arguments = {"TargetId": target_id, "Filter": kind, **PAGE}
            for policy in listed(client, "ListPoliciesForTarget", "Policies", target_id, arguments):
                attached[kind][target_id].append(policy["Id"])
    return _structure(client, header, enabled, targets.values(), attached)


def _climb(client: Any, header: Header, account_id: str, targets: dict[str, Target]) -> None:
    """Add the account and the units above it, up to the first that is there already."""
    child = account_id
    while child not in targets:
        parent = _parent(client, header, child)
        targets[child] = Target(child, parent, _name(client, child))
        child = parent


def _parent(client: Any, header: Header, child: str) -> str:
    try:
        # A child has exactly one parent, and a page can be empty.
        for parent in listed(client, "ListParents", "Parents", child, {"ChildId": child, **PAGE}):
            return str(parent["Id"])
        raise CallError(f"{SERVICE}:ListParents", child, NO_ANSWER, "it has no parent")
    except CallError as error:
        if error.code not in _NOT_THERE or not child.isdigit():
            raise
    raise OptionError(
        f"account_ids contains {child}, but the organization {header.organization_id} has no such account. Correct "
        "the ID, or remove it if the account has left."
    )


def _name(client: Any, target_id: str) -> str:
    if target_id.isdigit():
        account = call(client, SERVICE, "DescribeAccount", target_id, {"AccountId": target_id})["Account"]
        return str(account.get("Name", ""))
    arguments = {"OrganizationalUnitId": target_id}
    unit = call(client, SERVICE, "DescribeOrganizationalUnit", target_id, arguments)["OrganizationalUnit"]
    return str(unit["Name"])


def _enabled(header: Header, types: Mapping[str, str]) -> tuple[PolicyType, ...]:
    """The policy types that are in force. Raises CallError while one is being switched on or off."""
    if not header.all_features:
        return ()
    for kind in TYPES:
        if types.get(kind, _ENABLED) != _ENABLED:
            reason = (
                f"{kind} is {types[kind]} at the root, so it is not known what is in force. Run again when that is "
                "complete"
            )
            raise CallError(f"{SERVICE}:ListRoots", "the root", "PolicyTypeChanging", reason)
    return tuple(kind for kind in TYPES if kind in types)


def _structure(
    client: Any,
    header: Header,
    enabled: Sequence[PolicyType],
    targets: Iterable[Target],
    attached: Mapping[PolicyType, Mapping[str, Sequence[str]]],
) -> OrganizationPolicies:
    """The result; see the module's documentation. Only policies that are attached somewhere are described."""
    used = {policy_id for kind in TYPES for policies in attached[kind].values() for policy_id in policies}
    return {
        "organization_id": header.organization_id,
        "management_account_id": header.management_account_id,
        "service_control_policies_enabled": SCP_TYPE in enabled,
        "resource_control_policies_enabled": RCP_TYPE in enabled,
        "policies": {policy_id: _described(client, policy_id) for policy_id in sorted(used)},
        "targets": {
            target.target_id: {
                "parent": target.parent,
                "name": target.name,
                "scps": sorted(attached[SCP_TYPE].get(target.target_id, ())),
                "rcps": sorted(attached[RCP_TYPE].get(target.target_id, ())),
            }
            for target in targets
        },
    }


def _described(client: Any, policy_id: str) -> PolicyEntry:
    policy = call(client, SERVICE, "DescribePolicy", policy_id, {"PolicyId": policy_id})["Policy"]
    summary = policy["PolicySummary"]
    return {"name": summary["Name"], "type": summary["Type"], "document": _document(policy["Content"])}


def _document(content: str) -> Any:
    try:
        return load(content)
    except UnreadableDocumentError:
        # Kept as it is: whoever evaluates it says that it cannot be read.
        return content
