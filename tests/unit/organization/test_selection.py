# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which accounts become hosts: every filter by itself, and together."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.organization import (
    INVENTORY_OPTIONS,
    account_query,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.accounts import (
    AccountQuery,
    QueryResult,
    find,
)

from tests.unit.organization import small
from tests.unit.organization.memory_organizations import MANAGEMENT, MemoryOrganizations
from tests.unit.organization.small import CLOSED, ORDERS, PAYMENTS, PLAY

NOTHING: dict[str, Any] = dict.fromkeys(INVENTORY_OPTIONS)


def wanted(**given: Any) -> AccountQuery:
    return account_query({**NOTHING, **given}, None, Connection(None, None, {}))


def query(organizations: MemoryOrganizations | None = None, stored: Any = None, **given: Any) -> QueryResult:
    return find(small.gathering(organizations or small.organization()), stored, wanted(**given))


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {MANAGEMENT, ORDERS, PAYMENTS, PLAY}),
    ({"states": ["SUSPENDED"]}, {CLOSED}),
    ({"states": ["ACTIVE", "SUSPENDED"], "include_ous": ["/Sandbox"]}, {PLAY, CLOSED}),
    ({"include_ous": ["/Workloads"]}, {ORDERS, PAYMENTS}),
    ({"include_ous": ["Workloads/Production/"]}, {ORDERS, PAYMENTS}),
    ({"include_ous": [small.WORKLOADS]}, {ORDERS, PAYMENTS}),
    ({"include_ous": ["/"]}, {MANAGEMENT, ORDERS, PAYMENTS, PLAY}),
    ({"include_ous": ["/Workloads", "/Sandbox"]}, {ORDERS, PAYMENTS, PLAY}),
    ({"exclude_ous": ["/Workloads"]}, {MANAGEMENT, PLAY}),
    ({"include_ous": ["/Workloads"], "exclude_ous": [small.PRODUCTION]}, set()),
    ({"include_account_ids": [ORDERS, PLAY]}, {ORDERS, PLAY}),
    ({"include_account_ids": [111122223333]}, {ORDERS}),
    ({"exclude_account_ids": [MANAGEMENT, PLAY]}, {ORDERS, PAYMENTS}),
    ({"include_names": ["p*"]}, {PAYMENTS, PLAY}),
    ({"include_names": ["P*"]}, set()),
    ({"exclude_names": ["*a*"]}, {ORDERS}),
    ({"include_tags": {"stage": "production"}}, {ORDERS, PAYMENTS}),
    ({"include_tags": {"stage": ["prod*", "test"]}}, {ORDERS, PAYMENTS, PLAY}),
    ({"include_tags": {"stage": "*", "team": "shop"}}, {ORDERS}),
    ({"exclude_tags": {"stage": "test", "team": "shop"}}, {MANAGEMENT, PAYMENTS}),
    ({"include_ous": ["/Workloads"], "include_names": ["*s"], "exclude_tags": {"team": "money"}}, {ORDERS}),
]


@pytest.mark.parametrize(("given", "expected"), FILTERS)
def test_a_filter_leaves_exactly_these_accounts(given: dict[str, Any], expected: set[str]):
    assert {member.account_id for member in query(**given).members} == expected


BAD_OPTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({"include_ous": ["/Workload"]}, ["include_ous", "'/Workload'", "Did you mean /Workloads"]),
    (
        {"exclude_ous": ["/nothing-like-it"]},
        ["exclude_ous", "Known paths: /, /Sandbox, /Workloads, /Workloads/Production."],
    ),
    ({"include_ous": ["ou-ab12-dddd4444"]}, ["no such organizational unit", "o-exampleorg"]),
    ({"include_account_ids": ["12345"]}, ["include_account_ids", "12-digit", "in quotes"]),
    ({"include_account_ids": ["666677778888"]}, ["include_account_ids contains 666677778888", "no such account"]),
    ({"exclude_account_ids": ["666677778888"]}, ["exclude_account_ids contains 666677778888"]),
    ({"include_names": "orders"}, ["include_names must be a list"]),
    ({"exclude_names": [None]}, ["exclude_names", "none of them empty"]),
    ({"states": ["active"]}, ["states contains 'active'", "ACTIVE", "SUSPENDED"]),
    ({"include_tags": ["stage"]}, ["include_tags must be a dictionary"]),
    ({"exclude_tags": {"stage": None}}, ["exclude_tags, tag stage", "'*' matches any value"]),
    ({"group_by": ["owner"]}, ["group_by contains 'owner'", "ou, state, tags"]),
]


@pytest.mark.parametrize(("given", "words"), BAD_OPTIONS)
def test_an_option_that_makes_no_sense_is_named(given: dict[str, Any], words: list[str]):
    """With what it takes."""
    with pytest.raises(OptionError) as caught:
        query(**given)
    for word in words:
        assert word in caught.value.message


def test_a_path_that_means_two_units_asks_for_the_id():
    organizations = small.organization()
    organizations.unit("ou-ab12-eeee5555", "r-ab12", "Workloads/Production")
    with pytest.raises(OptionError, match="Use the ID"):
        query(organizations, include_ous=["/Workloads/Production"])


@pytest.mark.parametrize("given", [{}, {"include_names": ["*"]}, {"group_by": ["ou", "state"]}])
def test_tags_are_not_read_unless_something_asks_for_them(given: dict[str, Any]):
    organizations = small.organization()
    query(organizations, **given)
    assert "ListTagsForResource" not in organizations.operations


@pytest.mark.parametrize("given", [{"tags": True}, {"group_by": ["tags"]}, {"exclude_tags": {"stage": "test"}}])
def test_tags_are_read_of_the_accounts_that_are_left_only(given: dict[str, Any]):
    organizations = small.organization()
    query(organizations, include_ous=["/Workloads"], **given)
    asked = {target for operation, target in organizations.calls if operation == "ListTagsForResource"}
    assert asked == {ORDERS, PAYMENTS}


def test_what_is_stored_answers_every_filter_without_a_call():
    stored = query(tags=True, email=True).to_store
    for given, expected in FILTERS:
        # The closed account's tags were not read, and no filter here needs them.
        organizations = small.organization()
        again = query(organizations, stored, **given)
        assert {member.account_id for member in again.members} == expected
        assert organizations.calls == []
        assert again.to_store is None


@pytest.mark.parametrize(
    ("given", "calls"),
    [
        ({"tags": True}, {"DescribeOrganization", "ListTagsForResource"}),
        ({"email": True}, {"DescribeOrganization", "ListRoots"}),
        ({"assume_role_arn": "arn:aws:iam::999988887777:role/Reader"}, {"DescribeOrganization", "ListRoots"}),
    ],
)
def test_what_the_store_does_not_hold_is_read_and_stored(given: dict[str, Any], calls: set[str]):
    organizations = small.organization()
    again = query(organizations, query().to_store, **given)
    assert calls <= set(organizations.operations)
    assert again.to_store is not None
    organizations.calls.clear()
    query(organizations, again.to_store, **given)
    assert organizations.calls == []


@pytest.mark.parametrize("stored", [None, "text", {}, {"schema_version": 1}, {"schema_version": 99}])
def test_a_store_of_another_form_counts_as_empty(stored: Any):
    organizations = small.organization()
    assert len(query(organizations, stored).members) == 4
    assert "ListRoots" in organizations.operations


def test_a_store_that_lost_a_part_counts_as_empty():
    stored = query().to_store
    assert stored is not None
    del stored["units"]
    assert len(query(stored=stored).members) == 4


def test_addresses_are_not_stored_unless_asked_for():
    assert "@example.com" not in str(query().to_store)
    assert "@example.com" in str(query(email=True).to_store)
