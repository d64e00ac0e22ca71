# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the filter; the logic is in module_utils/_organization/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.account_policies import as_json
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.levels import levels_of


def account_policies(structure: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    """Raises AnsibleFilterError if ``structure`` is not what organization_policies_info returned."""
    try:
        return as_json(levels_of(structure, str(account_id)))
    except OptionError as error:
        raise AnsibleFilterError(f"account_policies: {error.message}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"account_policies": account_policies}
