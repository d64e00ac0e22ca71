# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filters between what was read outside an account and the options that take it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible_collections.cloudrestore.aws.plugins.filter.organization import FilterModule

from tests.unit.organization import small
from tests.unit.organization.memory_organizations import MANAGEMENT
from tests.unit.organization.small import ORDERS

FILTERS = FilterModule().filters()
ROLE = f"arn:aws:iam::{ORDERS}:role/Impersonation"
ELSEWHERE = "arn:aws:iam::888877776666:role/Impersonation"
READER = f"arn:aws:iam::{ORDERS}:role/Reader"
POLICIES = {"principal": {"arn": ROLE}, "identity": [], "boundary": None}


def structure() -> dict[str, Any]:
    return small.gathering(small.organization()).policies((ORDERS,))


def test_an_account_s_policies_are_told_with_its_organization():
    result = FILTERS["account_policies"](structure(), ORDERS)
    names = [{policy["name"].split(" ")[0] for policy in level} for level in result["service_control_policies"]]
    assert names == [{"FullAWSAccess"}, {"FullAWSAccess", "no-deletes"}, {"FullAWSAccess"}, {"FullAWSAccess"}]
    assert result["organization_id"] == structure()["organization_id"]
    management = FILTERS["account_policies"](structure(), MANAGEMENT)
    assert (management["service_control_policies"], management["resource_control_policies"]) == (None, None)
    assert "organization_id" not in FILTERS["account_policies"](structure(), "888877776666")


def test_what_the_module_could_not_read_is_told_with_its_reason():
    read = FILTERS["account_policies_read"]
    assert read({"organization_policies": structure()}, ORDERS) == FILTERS["account_policies"](structure(), ORDERS)
    assert read({"organization_policies": structure()}, "", ROLE) == FILTERS["account_policies"](structure(), ORDERS)
    refused = read({"failed": True, "msg": "no right"}, ORDERS)["service_control_policies"]
    assert refused == {"not_read": "the organization's policies could not be read: no right"}
    nameless = read({"organization_policies": structure()}, "")["resource_control_policies"]
    assert "account_id is not set" in nameless["not_read"]


class Undefined:
    """A host whose variables cannot be made out."""

    def get(self, _name: str) -> Any:
        raise AnsibleError("undefined")


def test_the_roles_of_the_appliance_are_listed_once():
    """Those in accounts that can be entered."""
    named = {"restore_access_appliance_principals": [ROLE, ELSEWHERE, ORDERS]}
    hostvars = {"one": named, "two": named, "three": Undefined(), "four": {}}
    roles = FILTERS["appliance_roles"]
    assert roles(list(hostvars), hostvars, READER) == [{"role": ROLE, "assume_role_arn": READER}]
    assert roles(list(hostvars), hostvars, [READER, READER.replace(ORDERS, "888877776666")])[1]["role"] == ELSEWHERE
    assert roles(list(hostvars), hostvars) == []


def test_what_was_read_of_an_appliance_is_handed_on():
    """With what its organization says."""
    hand = FILTERS["appliance_policies"]
    assert hand([{"item": ROLE, "principal_policies": POLICIES}]) == [POLICIES]
    (member,) = hand([{"item": {"role": ROLE}, "principal_policies": POLICIES}], structure())
    assert member["organization_policies"]["service_control_policies"]
    stranger = {**POLICIES, "principal": {"arn": ELSEWHERE}}
    assert hand([{"item": ELSEWHERE, "principal_policies": stranger}], structure()) == [stranger]
    (failed,) = hand([{"item": ROLE, "failed": True, "msg": "no right"}])
    assert failed == {"principal": {"arn": ROLE}, "not_read": f"the policies of {ROLE} could not be read: no right"}
    assert "no reason was given" in hand([{"item": ROLE}])[0]["not_read"]


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("account_policies", ({}, ORDERS), "account_policies: The input is not organization_policies"),
        ("account_policies_read", ({"organization_policies": {}}, ORDERS), "account_policies_read: The input is not organization_policies"),
        ("appliance_roles", ("one", {}), "appliance_roles expects a list of host names"),
        ("appliance_policies", ("text",), "appliance_policies expects the results"),
        ("appliance_policies", ([{"no": "item"}],), "appliance_policies expects the results"),
        ("appliance_policies", ([{"item": ROLE, "principal_policies": POLICIES}], {"targets": {ORDERS: {}}}), "The input is not organization_policies"),
    ],
)  # fmt: skip
def test_what_a_filter_does_not_take_is_refused_by_its_name(name: str, arguments: Any, words: str):
    with pytest.raises(AnsibleFilterError, match=words):
        FILTERS[name](*arguments)
