# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Organizations in memory, with boto3's methods: small pages, an empty one before each, and every call recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

PAGE = 2
MANAGEMENT = "999988887777"
ROOT = "r-ab12"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass
class MemoryOrganizations:
    """``parents``: ID → ID of its parent, for units and accounts. ``attached``: target ID → policy IDs."""

    parents: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    policies: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    attached: dict[str, list[str]] = field(default_factory=dict)
    policy_types: dict[str, str] = field(default_factory=dict)
    feature_set: str = "ALL"
    page: int = PAGE
    empty_pages: bool = True
    state_keys: tuple[str, ...] = ("Status", "State")
    calls: list[tuple[str, str]] = field(default_factory=list)
    fail: Callable[[str, str], str | None] = lambda _operation, _target: None

    def unit(self, unit_id: str, parent: str, name: str) -> None:
        self.parents[unit_id], self.names[unit_id] = parent, name

    def account(self, account_id: str, parent: str, name: str, state: str = "ACTIVE", **tags: str) -> None:
        self.unit(account_id, parent, name)
        self.states[account_id], self.tags[account_id] = state, tags

    def policy(self, policy_id: str, name: str, kind: str, document: Any, *targets: str) -> None:
        self.policies[policy_id] = (name, kind, document if isinstance(document, str) else json.dumps(document))
        for target in targets:
            self.attached.setdefault(target, []).append(policy_id)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _target in self.calls]

    def _note(self, operation: str, target: str) -> None:
        self.calls.append((operation, target))
        code = self.fail(operation, target)
        if code is not None:
            raise ClientError({"Error": {"Code": code, "Message": "told by AWS"}}, operation)

    def _page(self, operation: str, target: str, key: str, items: list[Any], token: str | None) -> dict[str, Any]:
        self._note(operation, target)
        kind, _colon, start = (token or "empty:0").partition(":")
        if kind == "empty" and self.empty_pages:
            return {key: [], "NextToken": f"item:{start}"}
        end = int(start) + self.page
        more = {"NextToken": f"empty:{end}"} if end < len(items) else {}
        return {key: items[int(start) : end], **more}

    def describe_organization(self) -> dict[str, Any]:
        self._note("DescribeOrganization", "")
        return {"Organization": {"Id": "o-exampleorg", "MasterAccountId": MANAGEMENT, "FeatureSet": self.feature_set}}

    def list_roots(self, MaxResults: int = 20, NextToken: str | None = None) -> dict[str, Any]:
        types = [{"Type": kind, "Status": status} for kind, status in self.policy_types.items()]
        items = [{"Id": ROOT, "Name": "Root", "PolicyTypes": types}]
        return self._page("ListRoots", "", "Roots", items, NextToken)

    def list_accounts_for_parent(self, ParentId: str, MaxResults: int = 20, NextToken: str | None = None) -> Any:
        items = [
            self._account(child) for child, parent in self.parents.items() if parent == ParentId and child.isdigit()
        ]
        return self._page("ListAccountsForParent", ParentId, "Accounts", items, NextToken)

    def _account(self, account_id: str) -> dict[str, Any]:
        return {
            "Id": account_id,
            "Arn": f"arn:aws:organizations::{MANAGEMENT}:account/o-exampleorg/{account_id}",
            "Name": self.names[account_id],
            "Email": f"{account_id}@example.com",
            **dict.fromkeys(self.state_keys, self.states[account_id]),
        }

    def list_organizational_units_for_parent(
        self, ParentId: str, MaxResults: int = 20, NextToken: str | None = None
    ) -> Any:
        below = [child for child, parent in self.parents.items() if parent == ParentId and not child.isdigit()]
        items = [{"Id": unit_id, "Name": self.names[unit_id]} for unit_id in below]
        return self._page("ListOrganizationalUnitsForParent", ParentId, "OrganizationalUnits", items, NextToken)

    def list_tags_for_resource(self, ResourceId: str, NextToken: str | None = None) -> dict[str, Any]:
        items = [{"Key": key, "Value": value} for key, value in self.tags[ResourceId].items()]
        return self._page("ListTagsForResource", ResourceId, "Tags", items, NextToken)

    def list_policies(self, Filter: str, MaxResults: int = 20, NextToken: str | None = None) -> dict[str, Any]:
        items = [{"Id": policy_id} for policy_id, (_name, kind, _document) in self.policies.items() if kind == Filter]
        return self._page("ListPolicies", Filter, "Policies", items, NextToken)

    def list_targets_for_policy(self, PolicyId: str, MaxResults: int = 20, NextToken: str | None = None) -> Any:
        items = [{"TargetId": target} for target, policies in self.attached.items() if PolicyId in policies]
        return self._page("ListTargetsForPolicy", PolicyId, "Targets", items, NextToken)

    def list_policies_for_target(
        self, TargetId: str, Filter: str, MaxResults: int = 20, NextToken: str | None = None
    ) -> Any:
        items = [
            {"Id": policy_id} for policy_id in self.attached.get(TargetId, []) if self.policies[policy_id][1] == Filter
        ]
        return self._page("ListPoliciesForTarget", TargetId, "Policies", items, NextToken)

    def describe_policy(self, PolicyId: str) -> dict[str, Any]:
        self._note("DescribePolicy", PolicyId)
        name, kind, content = self.policies[PolicyId]
        return {"Policy": {"PolicySummary": {"Id": PolicyId, "Name": name, "Type": kind}, "Content": content}}

    def list_parents(self, ChildId: str, MaxResults: int = 20, NextToken: str | None = None) -> dict[str, Any]:
        if ChildId not in self.parents:
            raise ClientError({"Error": {"Code": "ChildNotFoundException", "Message": "no such child"}}, "ListParents")
        return self._page("ListParents", ChildId, "Parents", [{"Id": self.parents[ChildId]}], NextToken)

    def describe_account(self, AccountId: str) -> dict[str, Any]:
        self._note("DescribeAccount", AccountId)
        return {"Account": self._account(AccountId)}

    def describe_organizational_unit(self, OrganizationalUnitId: str) -> dict[str, Any]:
        self._note("DescribeOrganizationalUnit", OrganizationalUnitId)
        return {"OrganizationalUnit": {"Id": OrganizationalUnitId, "Name": self.names[OrganizationalUnitId]}}
