# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the filters on what was read outside an account; the logic is in module_utils/."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError, AnsibleFilterError
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.account_policies import (
    of_account,
    of_result,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.appliance_policies import (
    from_results,
    readable_roles,
)
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._filters import guarded
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._lists import of_texts
from jinja2.exceptions import UndefinedError


def account_policies(structure: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    """Raises AnsibleFilterError if ``structure`` is not what organization_policies_info returned."""
    try:
        return of_account(structure, str(account_id))
    except OptionError as error:
        raise AnsibleFilterError(f"account_policies: {error.message}") from None


def account_policies_read(
    result: Mapping[str, Any], account_id: str, role_arn: str | Sequence[str] = ""
) -> dict[str, Any]:
    """Raises AnsibleFilterError if the module returned something else. ``role_arn``: of several the last, the account's."""
    try:
        return of_result(result, str(account_id), _last(role_arn))
    except OptionError as error:
        raise AnsibleFilterError(f"account_policies_read: {error.message}") from None


def _last(role_arn: str | Sequence[str]) -> str:
    listed = [role_arn] if isinstance(role_arn, str) else list(role_arn or ())
    return str(listed[-1]) if listed else ""


def appliance_roles(
    hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]], assume_role_arns: str | Sequence[str] | None = None
) -> list[dict[str, str]]:
    """Raises AnsibleFilterError if ``hosts`` is no list."""
    if isinstance(hosts, str) or not isinstance(hosts, Sequence):
        raise AnsibleFilterError("appliance_roles expects a list of host names, such as ansible_play_hosts_all")
    named = []
    for host in hosts:
        try:
            principals = hostvars[host].get("restore_access_appliance_principals")
            # What is undefined shows itself only when it is looked at.
            named.append(of_texts(principals) if principals else None)
        except (AnsibleError, UndefinedError):
            # What cannot be made out for one account is told when it is its turn.
            continue
    readers = [assume_role_arns] if isinstance(assume_role_arns, str) else list(assume_role_arns or ())
    return readable_roles(named, readers)


def appliance_policies(
    results: Sequence[Mapping[str, Any]], organization_policies: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Raises AnsibleFilterError if these are no results of a loop, or the organization's policies are something else."""
    if isinstance(results, str) or not all(isinstance(result, Mapping) and "item" in result for result in results):
        raise AnsibleFilterError(
            "appliance_policies expects the results of principal_policies_info in a loop over role ARNs"
        )
    try:
        return from_results(results, organization_policies)
    except OptionError as error:
        raise AnsibleFilterError(f"appliance_policies: {error.message}") from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        functions = (account_policies, account_policies_read, appliance_policies, appliance_roles)
        return {function.__name__: guarded(function) for function in functions}
