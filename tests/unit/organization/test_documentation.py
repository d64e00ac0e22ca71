# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module, the filter and the inventory plugin say about themselves is what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.doc_fragments.assume_role import ModuleDocFragment
from ansible_collections.cloudrestore.aws.plugins.filter.organization import FilterModule, account_policies
from ansible_collections.cloudrestore.aws.plugins.inventory import organization_accounts
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization import options
from ansible_collections.cloudrestore.aws.plugins.modules import organization_policies_info

from tests.unit.organization import small
from tests.unit.organization.memory_organizations import MANAGEMENT, ROOT

ROOT_DIRECTORY = Path(__file__).parents[3]
FRAGMENT = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
MODULE = yaml.safe_load(organization_policies_info.DOCUMENTATION)["options"] | FRAGMENT
RETURNED = yaml.safe_load(organization_policies_info.RETURN)
PLUGIN = yaml.safe_load(organization_accounts.DOCUMENTATION)
FILTER = yaml.safe_load((ROOT_DIRECTORY / "plugins" / "filter" / "account_policies.yml").read_text())


def structure() -> dict[str, Any]:
    """The organization of the samples: one account, and a policy on its unit."""
    organizations = small.organization()
    for one in (small.PRODUCTION, small.SANDBOX, small.PAYMENTS, small.PLAY, small.CLOSED):
        del organizations.parents[one], organizations.attached[one]
    organizations.parents[small.ORDERS] = small.WORKLOADS
    return small.gathering(organizations).policies([])


def test_the_module_s_sample_is_what_the_code_produces():
    assert structure() == RETURNED["organization_policies"]["sample"]
    assert set(structure()) == set(RETURNED["organization_policies"]["contains"])
    assert set(structure()["targets"]) == {ROOT, small.WORKLOADS, MANAGEMENT, small.ORDERS}


def test_the_filter_s_sample_is_what_the_code_produces():
    assert account_policies(structure(), small.ORDERS) == FILTER["RETURN"]["_value"]["sample"]
    assert set(FilterModule().filters()) == {FILTER["DOCUMENTATION"]["name"]}


@pytest.mark.parametrize("name", sorted(organization_policies_info.ARGUMENT_SPEC))
def test_each_option_is_documented_as_the_module_takes_it(name: str):
    taken = organization_policies_info.ARGUMENT_SPEC[name]
    for fact in ("type", "elements", "default"):
        assert MODULE[name].get(fact) == taken.get(fact)


def test_no_option_is_documented_that_the_module_does_not_take():
    assert set(MODULE) == set(organization_policies_info.ARGUMENT_SPEC)


def test_the_inventory_reads_only_options_that_it_documents():
    assert set(options.NAMES) <= set(PLUGIN["options"]) | set(FRAGMENT)
    for name in ("states", "group_by"):
        choices = options.STATES if name == "states" else options.GROUPINGS
        for one in choices:
            assert f"V({one})" in str(PLUGIN["options"][name]["description"])
