# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policies of an organization: read with few calls, small for a large organization, and right for one account."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization import account_policies
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.levels import AccountPolicies, levels_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import evaluate, verdicts
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import Context
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import NotRead, Policies
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy

from tests.unit.organization import small
from tests.unit.organization.memory_organizations import ALLOW_ALL, MANAGEMENT, RCP, ROOT, SCP, MemoryOrganizations
from tests.unit.organization.small import ORDERS, PLAY

TABLE = f"arn:aws:dynamodb:eu-central-1:{ORDERS}:table/Orders"
NO_KEYS = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "NoKeys", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}],
}


def read(organizations: MemoryOrganizations, *account_ids: str) -> dict[str, Any]:
    return small.gathering(organizations).policies(account_ids)


def with_rcps() -> MemoryOrganizations:
    organizations = small.organization()
    organizations.policy_types[RCP] = "ENABLED"
    organizations.policy("p-RCPFullAWSAccess", "RCPFullAWSAccess", RCP, ALLOW_ALL, ROOT, small.SANDBOX, PLAY)
    organizations.policy("p-33334444", "no-keys", RCP, NO_KEYS, small.SANDBOX, PLAY)
    return organizations


def names(level: Any) -> list[str]:
    return [policy.name for policy in level]


def verdict(around: AccountPolicies, action: str, resource: str = TABLE) -> str:
    own = (StoredPolicy("everything", ALLOW_ALL),)
    return evaluate.may(Policies(own, scps=around.scps, rcps=around.rcps), action, resource, Context()).verdict


def test_the_levels_lead_from_the_root_to_the_account():
    levels = levels_of(read(small.organization()), ORDERS)
    assert [names(level) for level in levels.scps or ()] == [
        ["FullAWSAccess (p-FullAWSAccess)"],
        ["no-deletes (p-11112222)", "FullAWSAccess (p-FullAWSAccess)"],
        ["FullAWSAccess (p-FullAWSAccess)"],
        ["FullAWSAccess (p-FullAWSAccess)"],
    ]
    assert levels.rcps is None


def test_a_policy_changes_the_verdict_below_where_it_is_attached():
    """And nowhere else."""
    structure = read(with_rcps())
    orders, play = levels_of(structure, ORDERS), levels_of(structure, PLAY)
    assert verdict(orders, "dynamodb:DeleteTable") == verdicts.EXPLICIT_DENY
    assert verdict(play, "dynamodb:DeleteTable") == verdicts.ALLOWED
    assert verdict(orders, "kms:Decrypt") == verdicts.ALLOWED
    assert verdict(play, "kms:Decrypt") == verdicts.EXPLICIT_DENY


def test_a_level_that_does_not_allow_denies():
    organizations = small.organization()
    organizations.attached[small.PRODUCTION] = []
    assert verdict(levels_of(read(organizations), ORDERS), "dynamodb:ListTables", "*") == verdicts.IMPLICIT_DENY


def test_an_rcp_on_two_levels_counts_once():
    assert names(levels_of(read(with_rcps()), PLAY).rcps) == [
        "RCPFullAWSAccess (p-RCPFullAWSAccess)",
        "no-keys (p-33334444)",
    ]


def test_the_management_account_is_exempt():
    organizations = with_rcps()
    organizations.attached[MANAGEMENT].append("p-11112222")
    assert levels_of(read(organizations), MANAGEMENT) == AccountPolicies(None, None)


@pytest.mark.parametrize(
    "change", [{"policy_types": {}}, {"feature_set": "CONSOLIDATED_BILLING", "policy_types": {SCP: "ENABLED"}}]
)
def test_what_is_not_enabled_does_not_exist_and_is_not_read(change: dict[str, Any]):
    organizations = small.organization()
    for name, value in change.items():
        setattr(organizations, name, value)
    structure = read(organizations)
    assert levels_of(structure, ORDERS) == AccountPolicies(None, None)
    assert structure["policies"] == {}
    assert "ListPolicies" not in organizations.operations


def test_a_policy_type_that_is_being_switched_is_an_error():
    organizations = small.organization()
    organizations.policy_types[SCP] = "PENDING_DISABLE"
    with pytest.raises(RestoreAccessError, match="PENDING_DISABLE.*Run again"):
        read(organizations)


def test_an_account_that_was_not_read_is_unknown():
    levels = levels_of(read(small.organization()), "666677778888")
    assert isinstance(levels.scps, NotRead)
    assert isinstance(levels.rcps, NotRead)
    assert "666677778888" in levels.scps.reason
    assert verdict(levels, "dynamodb:ListTables", "*") == verdicts.UNREADABLE


def test_a_policy_that_is_no_json_makes_the_layer_unreadable():
    """It stays as it is."""
    organizations = small.organization()
    organizations.policies["p-11112222"] = ("broken", SCP, "{")
    levels = levels_of(json.loads(json.dumps(read(organizations))), ORDERS)
    assert verdict(levels, "dynamodb:ListTables", "*") == verdicts.UNREADABLE


def test_each_policy_is_read_once_and_only_if_it_is_attached():
    organizations = with_rcps()
    read(organizations)
    described = Counter(target for operation, target in organizations.calls if operation == "DescribePolicy")
    assert described == dict.fromkeys(["p-11112222", "p-33334444", "p-FullAWSAccess", "p-RCPFullAWSAccess"], 1)
    assert "ListPoliciesForTarget" not in organizations.operations


def test_some_accounts_are_read_with_what_is_above_them():
    """And no more."""
    organizations = with_rcps()
    everything, some = read(organizations), read(organizations, ORDERS)
    assert set(some["targets"]) == {ROOT, small.WORKLOADS, small.PRODUCTION, ORDERS}
    assert levels_of(some, ORDERS) == levels_of(everything, ORDERS)
    assert isinstance(levels_of(some, PLAY).scps, NotRead)
    both = read(organizations, ORDERS, PLAY, ORDERS)
    assert levels_of(both, PLAY) == levels_of(everything, PLAY)


def test_some_accounts_take_four_calls_for_each_target():
    organizations = with_rcps()
    read(organizations, ORDERS, small.PAYMENTS)
    # The lists here are two pages each, an empty one and one with what there is.
    pages = {"ListRoots", "ListParents", "ListPoliciesForTarget"}
    count = Counter(organizations.operations)
    calls = sum(number // 2 if name in pages else number for name, number in count.items())
    policies_read, targets = 3, 4
    # Two for the organization and its root; the root itself has neither parent nor name to ask for.
    assert calls == 2 + 4 * targets + 2 + policies_read


def test_an_account_that_is_not_there_is_named():
    with pytest.raises(RestoreAccessError, match="account_ids contains 666677778888.*no such account"):
        read(small.organization(), "666677778888")


def test_five_thousand_accounts_cost_what_is_documented():
    """In calls and in space."""
    organizations = MemoryOrganizations(page=20, empty_pages=False, policy_types={SCP: "ENABLED", RCP: "ENABLED"})
    for number in range(300):
        organizations.unit(f"ou-ab12-{number:08}", ROOT, f"Team number {number}")
    for number in range(5000):
        organizations.account(f"{number:012}", f"ou-ab12-{number % 300:08}", f"account-of-team-{number}")
    everyone = [ROOT, *organizations.parents]
    organizations.policy("p-FullAWSAccess", "FullAWSAccess", SCP, ALLOW_ALL, *everyone)
    organizations.policy("p-RCPFullAWSAccess", "RCPFullAWSAccess", RCP, ALLOW_ALL, *everyone)
    for number in range(58):
        organizations.policy(f"p-{number:08}", f"policy-{number}", SCP, small.NO_DELETES, f"ou-ab12-{number:08}")
    structure = read(organizations)
    assert len(organizations.calls) == pytest.approx(1300, abs=50)
    # One account in any form is small enough to hand to a module, whatever the size of the organization.
    assert len(json.dumps(structure)) / 5000 == pytest.approx(150, abs=10)
    assert len(json.dumps(account_policies.as_json(levels_of(structure, f"{4999:012}")))) < 2_000


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda structure: structure.pop("targets"), "organization_policies_info"),
        (lambda structure: structure["targets"].pop(small.WORKLOADS), "has no path from account"),
        (lambda structure: structure["targets"][ROOT].update(parent=ORDERS), "has no path from account"),
        (lambda structure: structure["policies"].pop("p-11112222"), "p-11112222"),
    ],
)
def test_a_structure_with_a_hole_is_an_error(damage: Any, words: str):
    structure = read(small.organization())
    damage(structure)
    with pytest.raises(OptionError, match=words):
        levels_of(structure, ORDERS)


@pytest.mark.parametrize("account_id", [ORDERS, PLAY, MANAGEMENT, "666677778888"])
def test_the_json_form_says_the_same(account_id: str):
    levels = levels_of(read(with_rcps()), account_id)
    written = json.loads(json.dumps(account_policies.as_json(levels)))
    assert account_policies.from_json(written) == levels


def test_a_layer_that_is_left_out_was_not_read():
    policies = account_policies.from_json({"service_control_policies": None})
    assert policies.scps is None
    assert isinstance(policies.rcps, NotRead)


@pytest.mark.parametrize(
    "given",
    [
        {},
        [],
        {"scps": []},
        {"service_control_policies": "FullAWSAccess"},
        {"service_control_policies": [{"name": "flat", "document": {}}]},
        {"service_control_policies": [[{"name": "no document"}]]},
        {"resource_control_policies": [["a level"]]},
        {"resource_control_policies": {"not_read": "why", "and": "more"}},
    ],
)
def test_another_form_is_refused_with_what_is_taken(given: Any):
    with pytest.raises(OptionError, match="account_policies"):
        account_policies.from_json(given)
