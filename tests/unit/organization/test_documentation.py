# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module, the filter and the inventory plugin say about themselves is what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible_collections.cloudrestore.aws.plugins.doc_fragments.assume_role import ModuleDocFragment
from ansible_collections.cloudrestore.aws.plugins.filter.organization import (
    FilterModule,
    account_policies,
    appliance_policies,
)
from ansible_collections.cloudrestore.aws.plugins.inventory import organization_accounts
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization import options
from ansible_collections.cloudrestore.aws.plugins.modules import organization_policies_info

from tests.unit.organization import small
from tests.unit.organization.memory_organizations import MANAGEMENT, ROOT

ROOT_DIRECTORY = Path(__file__).parents[3]
FRAGMENT = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
RETURNED = yaml.safe_load(organization_policies_info.RETURN)
PLUGIN = yaml.safe_load(organization_accounts.DOCUMENTATION)
FILTER = yaml.safe_load((ROOT_DIRECTORY / "plugins" / "filter" / "account_policies.yml").read_text())
APPLIANCE_FILTER = yaml.safe_load((ROOT_DIRECTORY / "plugins" / "filter" / "appliance_policies.yml").read_text())


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


def test_the_sample_of_the_appliance_s_policies_is_what_the_code_produces():
    result = {"item": "arn:aws:iam::444455556666:role/VeeamImpersonation", "failed": True}
    assert appliance_policies([result]) == APPLIANCE_FILTER["RETURN"]["_value"]["sample"]


def test_every_filter_of_the_file_is_documented():
    documented = {one["DOCUMENTATION"]["name"] for one in (FILTER, APPLIANCE_FILTER)}
    assert set(FilterModule().filters()) == documented


def test_the_inventory_reads_only_options_that_it_documents():
    assert set(options.NAMES) <= set(PLUGIN["options"]) | set(FRAGMENT)
    for name in ("states", "group_by"):
        choices = options.STATES if name == "states" else options.GROUPINGS
        for one in choices:
            assert f"V({one})" in str(PLUGIN["options"][name]["description"])
