# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host knows about its account, and which groups it is in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization import hosts
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.state import Member, Organization

from tests.unit.organization import small
from tests.unit.organization.memory_organizations import MANAGEMENT, ROOT
from tests.unit.organization.small import ORDERS


def organization() -> Organization:
    return small.gathering(small.organization()).organization()


def member(organization: Organization, account_id: str) -> Member:
    return next(member for member in organization.members if member.account_id == account_id)


def test_a_host_knows_its_account_and_where_it_stands():
    whole = organization()
    assert hosts.variables(whole, member(whole, ORDERS), with_email=False) == {
        "account_id": ORDERS,
        "account_name": "orders",
        "account_state": "ACTIVE",
        "account_partition": "aws",
        "account_is_management": False,
        "organization_id": "o-exampleorg",
        "ou_path": "/Workloads/Production",
        "ou_ids": [ROOT, small.WORKLOADS, small.PRODUCTION],
    }
    assert hosts.variables(whole, member(whole, MANAGEMENT), with_email=False)["account_is_management"] is True


def test_tags_and_address_are_there_if_they_were_asked_for():
    whole = organization()
    tagged = replace(member(whole, ORDERS), tags={"team": "shop"})
    known = hosts.variables(whole, tagged, with_email=True)
    assert known["account_tags"] == {"team": "shop"}
    assert known["account_email"] == f"{ORDERS}@example.com"


def test_groups_are_named_after_the_path_the_state_and_the_tags():
    whole = organization()
    tagged = replace(member(whole, ORDERS), tags={"cost center": "4711/EU", "empty": ""})
    names = hosts.unit_groups(whole)
    assert hosts.groups(tagged, ["ou", "state", "tags"], names) == [
        "ou_Workloads_Production",
        "state_active",
        "tag_cost_center_4711_EU",
        "tag_empty",
    ]
    assert hosts.group_tree(whole, tagged, names) == [("ou_Workloads", "ou_Workloads_Production")]
    assert hosts.groups(member(whole, MANAGEMENT), ["ou"], names) == []


def test_two_units_never_share_a_group():
    organizations = small.organization()
    organizations.unit("ou-ab12-dddd4444", ROOT, "Workloads Production")
    organization = small.gathering(organizations).organization()
    names = hosts.unit_groups(organization)
    assert len(set(names.values())) == len(names)
    assert names[small.PRODUCTION] == "ou_Workloads_Production_ou_ab12_bbbb2222"
    assert names[small.SANDBOX] == "ou_Sandbox"


def test_a_unit_cannot_be_called_what_tells_two_others_apart():
    organizations = small.organization()
    organizations.unit("ou-ab12-dddd4444", ROOT, "Workloads Production")
    organizations.unit("ou-ab12-eeee5555", ROOT, "Workloads Production ou ab12 bbbb2222")
    names = hosts.unit_groups(small.gathering(organizations).organization())
    assert len(set(names.values())) == len(names)
    assert names["ou-ab12-eeee5555"] == "ou_Workloads_Production_ou_ab12_bbbb2222_ou_ab12_eeee5555"


@pytest.mark.parametrize(
    "arn",
    ["OrganizationAccountAccessRole", f"arn:aws:iam::{small.PLAY}:role/Access", f"arn:aws:iam::{ORDERS}:user/Access"],
)
def test_the_role_of_a_member_account_is_a_role_in_that_account(arn: str):
    orders = member(organization(), ORDERS)
    hosts.check_role(f"arn:aws:iam::{ORDERS}:role/path/Access", orders)
    with pytest.raises(OptionError, match=f"account {ORDERS}"):
        hosts.check_role(arn, orders)


@pytest.mark.parametrize(
    ("text", "ordinary"),
    [
        ("orders", True),
        ("#1: orders & <b>bold</b>", True),
        ("{{ lookup('pipe', 'id') }}", False),
        ("{% raw %}", False),
        ("#jinja2: variable_start_string: '[['", False),
        (" # Jinja2:x", False),
    ],
)
def test_what_jinja_could_take_for_a_template_is_not_plain_text(text: str, ordinary: bool):
    assert hosts.is_ordinary(text) is ordinary
