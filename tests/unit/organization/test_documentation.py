# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module, the filter and the inventory plugin say about themselves is what they do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.doc_fragments.assume_role import ModuleDocFragment
from ansible_collections.cloudrestore.aws.plugins.filter.organization import (
    FilterModule,
    account_policies,
    account_policies_read,
    appliance_policies,
    appliance_roles,
)
from ansible_collections.cloudrestore.aws.plugins.inventory import organization_accounts
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.organization import (
    GROUPINGS,
    INVENTORY_OPTIONS,
    STATES,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.policies import (
    OrganizationPolicies,
    PolicyEntry,
    TargetEntry,
)
from ansible_collections.cloudrestore.aws.plugins.modules import organization_policies_info

from tests.unit.organization import small
from tests.unit.organization.memory_organizations import MANAGEMENT, ROOT

ROOT_DIRECTORY = Path(__file__).parents[3]
FRAGMENT = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
RETURNED = yaml.safe_load(organization_policies_info.RETURN)
PLUGIN = yaml.safe_load(organization_accounts.DOCUMENTATION)
FILTER = yaml.safe_load((ROOT_DIRECTORY / "plugins" / "filter" / "account_policies.yml").read_text())
APPLIANCE_FILTER = yaml.safe_load((ROOT_DIRECTORY / "plugins" / "filter" / "appliance_policies.yml").read_text())


def documented(name: str) -> Any:
    return yaml.safe_load((ROOT_DIRECTORY / "plugins" / "filter" / f"{name}.yml").read_text())


def structure() -> dict[str, Any]:
    """The organization of the samples: one account, and a policy on its unit."""
    organizations = small.organization()
    for unit_id in (small.PRODUCTION, small.SANDBOX, small.PAYMENTS, small.PLAY, small.CLOSED):
        del organizations.parents[unit_id], organizations.attached[unit_id]
    organizations.parents[small.ORDERS] = small.WORKLOADS
    return small.gathering(organizations).policies([])


def test_the_module_s_sample_is_what_the_code_produces():
    assert structure() == RETURNED["organization_policies"]["sample"]
    assert set(structure()) == set(RETURNED["organization_policies"]["contains"])
    assert set(structure()["targets"]) == {ROOT, small.WORKLOADS, MANAGEMENT, small.ORDERS}


def test_the_module_s_result_is_typed_as_it_is_documented():
    returned = RETURNED["organization_policies"]["contains"]
    assert set(returned) == OrganizationPolicies.__required_keys__
    for name, entry in (("policies", PolicyEntry), ("targets", TargetEntry)):
        told = set(re.findall(r"C\((\w+)\)", str(returned[name]["description"])))
        assert told == entry.__required_keys__


def test_the_filter_s_sample_is_what_the_code_produces():
    assert account_policies(structure(), small.ORDERS) == FILTER["RETURN"]["_value"]["sample"]


def test_the_sample_of_policies_is_what_the_code_produces():
    result = {"item": "arn:aws:iam::444455556666:role/VeeamImpersonation", "failed": True}
    assert appliance_policies([result]) == APPLIANCE_FILTER["RETURN"]["_value"]["sample"]


def test_the_sample_of_what_could_not_be_read_is_produced():
    """By the code, as it stands in the documentation."""
    sample = documented("account_policies_read")["RETURN"]["_value"]["sample"]
    assert account_policies_read({"failed": True, "msg": "no permission"}, small.ORDERS) == sample


def test_the_sample_of_roles_is_what_the_code_produces():
    reader = "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"
    host = {
        "restore_access_appliance_principals": ["arn:aws:iam::444455556666:role/VeeamImpersonation", "444455556666"]
    }
    hostvars = {"a": host, "b": host, "c": {"restore_access_appliance_principals": "notalist"}, "d": {}}
    sample = documented("appliance_roles")["RETURN"]["_value"]["sample"]
    assert appliance_roles(list(hostvars), hostvars, reader) == sample
    assert appliance_roles(list(hostvars), hostvars, ["arn:aws:iam::111122223333:role/R", reader]) == sample
    assert appliance_roles(list(hostvars), hostvars, "arn:aws:iam::111122223333:role/R") == []


@pytest.mark.parametrize(
    ("result", "account_id", "role_arn", "words"),
    [
        (
            {"skipped": True},
            small.ORDERS,
            "",
            "restore_access_check_organization_policies is not set for the first account of the play",
        ),
        ({"organization_policies": structure()}, "", "", "its account_id is not set"),
    ],
)
def test_what_is_not_known_of_the_organization_says_why(result: Any, account_id: str, role_arn: str, words: str):
    policies = account_policies_read(result, account_id, role_arn)
    assert words in policies["service_control_policies"]["not_read"]
    assert words in policies["resource_control_policies"]["not_read"]


def test_a_role_of_the_account_tells_which_account_it_is():
    policies = account_policies_read({"organization_policies": structure()}, "", f"arn:aws:iam::{small.ORDERS}:role/R")
    assert policies == account_policies(structure(), small.ORDERS)


def test_every_filter_of_the_file_is_documented():
    for name in FilterModule().filters():
        assert documented(name)["DOCUMENTATION"]["name"] == name


def test_the_inventory_reads_only_options_that_it_documents():
    assert set(INVENTORY_OPTIONS) <= set(PLUGIN["options"]) | set(FRAGMENT)
    for name in ("states", "group_by"):
        choices = STATES if name == "states" else GROUPINGS
        for choice in choices:
            assert f"V({choice})" in str(PLUGIN["options"][name]["description"])
