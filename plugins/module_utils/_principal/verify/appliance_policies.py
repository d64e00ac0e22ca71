# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what was read of the appliance's Impersonation roles to the option ``appliance_policies``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..._organization.account_policies import NOT_READ, of_account
from ..._organization.levels import is_member
from ..._policy.arns import account_in


def from_results(results: Sequence[Mapping[str, Any]], organization: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """``results``: of principal_policies_info in a loop over ``readable_roles``, or over role ARNs, failed ones among them.

    ``organization``: what organization_policies_info returned, None if it was not read. An account that is no member of it
    may belong to another organization, so that nothing is said of its policies. Raises OptionError.
    """
    return [_entry(_role(result["item"]), result, organization) for result in results]


def readable_roles(named: Iterable[Any], readers: Sequence[str]) -> list[dict[str, str]]:
    """The Impersonation roles that can be read, each once: ``role`` and the ``assume_role_arn`` of its account.

    ``named``: each account's appliance_principals, whatever is in it. ``readers``: ARNs of roles to assume, at most one
    for each account that an appliance is in.
    """
    by_account = {account_in(arn): arn for arn in readers if arn.count(":") == _COLONS}
    entries = [entry for listed in named if isinstance(listed, list) for entry in listed]
    arns = dict.fromkeys(entry for entry in entries if _is_role_arn(entry))
    return [
        {"role": arn, "assume_role_arn": by_account[account_in(arn)]} for arn in arns if account_in(arn) in by_account
    ]


_COLONS = 5


def _is_role_arn(entry: Any) -> bool:
    return isinstance(entry, str) and ":role/" in entry and entry.count(":") == _COLONS


def _role(item: Any) -> str:
    return str(item["role"] if isinstance(item, Mapping) else item)


def _entry(arn: str, result: Mapping[str, Any], organization: Mapping[str, Any] | None) -> dict[str, Any]:
    policies = result.get("principal_policies")
    if policies is None:
        reason = f"the policies of {arn} could not be read: {result.get('msg', 'no reason was given')}"
        policies = {"principal": {"arn": arn}, NOT_READ: reason}
    account_id = account_in(arn)
    if organization is None or not is_member(organization, account_id):
        return dict(policies)
    return {**policies, "organization_policies": of_account(organization, account_id)}
