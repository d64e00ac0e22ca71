# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what was read of the appliance's Impersonation roles to the option ``appliance_policies``. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._organization.account_policies import NOT_READ, as_json
from .._organization.levels import levels_of


def appliance_policies(
    results: Sequence[Mapping[str, Any]], organization: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """``results``: of principal_policies_info in a loop over role ARNs, failed ones among them.

    ``organization``: what organization_policies_info returned, None if it was not read. An account that is no member of it
    may belong to another organization, so that nothing is said of its policies. Raises OptionError.
    """
    return [_entry(str(result["item"]), result, organization) for result in results]


def _entry(arn: str, result: Mapping[str, Any], organization: Mapping[str, Any] | None) -> dict[str, Any]:
    found = result.get("principal_policies")
    if found is None:
        reason = f"the policies of {arn} could not be read: {result.get('msg', 'no reason was given')}"
        return {"principal": {"arn": arn}, NOT_READ: reason}
    account_id = arn.split(":")[4]
    if organization is None or not _is_member(account_id, organization):
        return dict(found)
    return {**found, "organization_policies": as_json(levels_of(organization, account_id))}


def _is_member(account_id: str, organization: Mapping[str, Any]) -> bool:
    return account_id in organization["targets"] or account_id == organization["management_account_id"]
