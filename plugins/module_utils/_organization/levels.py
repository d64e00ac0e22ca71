# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the organization's policies to those on one account's path. Pure; touches that path only, however large the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import OptionError
from .._policy.evaluate import REFUSED, Levels, NotRead
from .._policy.facts import NOT_KNOWN, Membership
from .._policy.matching import StoredPolicy

_KEYS = frozenset(
    {
        "management_account_id",
        "organization_id",
        "policies",
        "resource_control_policies_enabled",
        "service_control_policies_enabled",
        "targets",
    }
)


@dataclass(frozen=True)
class AccountPolicies:
    """What an organization adds to one account: SCPs per level from the root down, and all RCPs on the path together.

    None: the layer does not exist for the account, because it is the management account or the policy type is not enabled.
    """

    scps: Levels | NotRead | None
    rcps: tuple[StoredPolicy, ...] | NotRead | None


def levels_of(structure: Mapping[str, Any], account_id: str) -> AccountPolicies:
    """``structure``: what organization_policies_info returned. Raises OptionError if it is something else."""
    if not isinstance(structure, Mapping) or not set(structure) >= _KEYS:
        raise OptionError(
            "The input is not organization_policies as returned by cloudrestore.aws.organization_policies_info."
        )
    if account_id == structure["management_account_id"]:
        return AccountPolicies(None, None)  # rules 58 and 59
    if account_id not in structure["targets"]:
        reason = NotRead(
            REFUSED,
            f"account {account_id} is not among the accounts that were read of the organization "
            f"{structure['organization_id']}",
        )
        return AccountPolicies(reason, reason)
    path = _path(structure["targets"], account_id)
    scps = tuple(_stored(structure, level["scps"]) for level in path)
    # An RCP that is attached at two levels says the same twice.
    rcps = _stored(structure, dict.fromkeys(policy_id for level in path for policy_id in level["rcps"]))
    return AccountPolicies(
        scps if structure["service_control_policies_enabled"] else None,
        rcps if structure["resource_control_policies_enabled"] else None,
    )


def membership_of(structure: Mapping[str, Any], account_id: str) -> Membership:
    """The account's place in the organization, as far as it was read. Raises OptionError."""
    if not is_member(structure, account_id):
        return NOT_KNOWN
    organization_id = str(structure["organization_id"])
    if account_id not in structure["targets"]:
        return Membership(organization_id)
    above = _ids(structure["targets"], account_id)[:-1]
    return Membership(organization_id, "".join(f"{place}/" for place in (organization_id, *above)))


def is_member(structure: Mapping[str, Any], account_id: str) -> bool:
    """Whether the account is known to belong to the organization."""
    return account_id in structure["targets"] or account_id == structure["management_account_id"]


def _path(targets: Mapping[str, Any], account_id: str) -> list[Mapping[str, Any]]:
    """The targets from the root down to the account."""
    return [targets[target_id] for target_id in _ids(targets, account_id)]


def _ids(targets: Mapping[str, Any], account_id: str) -> list[str]:
    path: list[str] = []
    target_id: str | None = account_id
    while target_id is not None:
        if target_id in path or target_id not in targets:
            raise OptionError(
                f"organization_policies has no path from account {account_id} to a root: see {target_id}."
            )
        path.append(target_id)
        target_id = targets[target_id]["parent"]
    return path[::-1]


def _stored(structure: Mapping[str, Any], policy_ids: Iterable[str]) -> tuple[StoredPolicy, ...]:
    result = []
    for policy_id in policy_ids:
        policy = structure["policies"].get(policy_id)
        if policy is None:
            raise OptionError(f"organization_policies refers to the policy {policy_id} but does not contain it.")
        result.append(StoredPolicy(f"{policy['name']} ({policy_id})", policy["document"]))
    return tuple(result)
