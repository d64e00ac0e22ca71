# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the filters on what was read outside an account; the logic is in module_utils/."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.account_policies import as_json
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.levels import levels_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal import appliance


def account_policies(structure: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    """Raises AnsibleFilterError if ``structure`` is not what organization_policies_info returned."""
    try:
        return as_json(levels_of(structure, str(account_id)), _organization_id(structure, str(account_id)))
    except OptionError as error:
        raise AnsibleFilterError(f"account_policies: {error.message}") from error


def _organization_id(structure: Mapping[str, Any], account_id: str) -> str:
    known = account_id in structure["targets"] or account_id == structure["management_account_id"]
    return str(structure["organization_id"]) if known else ""


def appliance_policies(
    results: Sequence[Mapping[str, Any]], organization_policies: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Raises AnsibleFilterError if these are no results of a loop, or the organization's policies are something else."""
    if isinstance(results, str) or not all(isinstance(one, Mapping) and "item" in one for one in results):
        raise AnsibleFilterError(
            "appliance_policies takes the results of principal_policies_info in a loop over role ARNs"
        )
    try:
        return appliance.appliance_policies(results, organization_policies)
    except OptionError as error:
        raise AnsibleFilterError(f"appliance_policies: {error.message}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"account_policies": account_policies, "appliance_policies": appliance_policies}
