# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policies that an organization adds to one account as JSON, the value of the option ``organization_policies``.

``service_control_policies``: a list per level from the root down, each of ``{name, document}``;
``resource_control_policies``: one list of them. null: the layer does not exist for the account.
``{not_read: reason}``: it may exist, and is not known. ``organization_id`` and ``organization_path``: of the account, if they
are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._checks import at_most
from .._errors import OptionError
from .._policy.arns import account_in
from .._policy.evaluate import NOT_PROVIDED, REFUSED, NotRead
from .._policy.facts import NOT_KNOWN, Membership
from .._policy.matching import StoredPolicy
from .levels import AccountPolicies, levels_of, membership_of

OPTION = "organization_policies"
SCPS = "service_control_policies"
RCPS = "resource_control_policies"
NOT_READ = "not_read"
ORGANIZATION_ID = "organization_id"
ORGANIZATION_PATH = "organization_path"
_PARTS = {SCPS, RCPS, ORGANIZATION_ID, ORGANIZATION_PATH}
# AWS has seven levels, and attaches a handful of policies to each; RCPs of all levels are one list.
_MOST_POLICIES = 200
_TAKES = (
    f"{OPTION} must be what the filter cloudrestore.aws.account_policies returns: {SCPS} (a list per level, from the "
    f"root down, or null) and {RCPS} (a list, or null), of policies with name and document."
)


def of_account(structure: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    """``structure``: what organization_policies_info returned. Raises OptionError if it is something else."""
    return as_json(levels_of(structure, account_id), membership_of(structure, account_id))


def as_json(policies: AccountPolicies, membership: Membership = NOT_KNOWN) -> dict[str, Any]:
    """``membership``: for conditions on aws:PrincipalOrgID, aws:ResourceOrgPaths and the like; what is not known is left out."""
    scps, rcps = policies.scps, policies.rcps
    known = {ORGANIZATION_ID: membership.organization_id, ORGANIZATION_PATH: membership.path}
    return {
        SCPS: [_listed(level) for level in scps] if isinstance(scps, tuple) else _absent(scps),
        RCPS: _listed(rcps) if isinstance(rcps, tuple) else _absent(rcps),
        **{name: value for name, value in known.items() if value},
    }


def membership(layers: Mapping[str, Any]) -> Membership:
    """As ``as_json`` wrote it. Raises OptionError for what is no text."""
    organization_id, path = (layers.get(name) or "" for name in (ORGANIZATION_ID, ORGANIZATION_PATH))
    if not isinstance(organization_id, str) or not isinstance(path, str):
        raise OptionError(_TAKES)
    return Membership(organization_id, path)


def of_result(result: Mapping[str, Any], account_id: str, role_arn: str) -> dict[str, Any]:
    """``result``: of organization_policies_info, a failed or skipped one as well. Raises OptionError.

    ``account_id``: may be empty; then ``role_arn``, of a role in the account, tells which one it is.
    """
    structure = result.get("organization_policies")
    account_id = account_id or account_in(role_arn)
    if structure is None:
        reason = str(
            result.get("msg")
            or "restore_access_check_organization_policies is not set for the first account of the play"
        )
        return _unread(f"the organization's policies could not be read: {reason}")
    if not account_id:
        return _unread("the organization's policies on the account are not known: its account_id is not set")
    return of_account(structure, account_id)


def _unread(reason: str) -> dict[str, Any]:
    return {SCPS: {NOT_READ: reason}, RCPS: {NOT_READ: reason}}


def from_json(layers: Mapping[str, Any]) -> AccountPolicies:
    """What ``OutsidePolicies`` takes as scps and rcps. Raises OptionError; a layer that is left out was not read."""
    if not isinstance(layers, Mapping) or not set(layers) <= _PARTS or not layers:
        raise OptionError(_TAKES)
    membership(layers)
    scps, rcps = _layer(layers, SCPS), _layer(layers, RCPS)
    return AccountPolicies(
        tuple(_stored(level) for level in scps) if isinstance(scps, list) else scps,
        _stored(rcps) if isinstance(rcps, list) else rcps,
    )


def _listed(policies: Sequence[StoredPolicy]) -> list[dict[str, Any]]:
    return [{"name": policy.name, "document": policy.document} for policy in policies]


def _absent(layer: NotRead | None) -> dict[str, str] | None:
    return None if layer is None else {NOT_READ: layer.reason}


def _layer(layers: Mapping[str, Any], name: str) -> list[Any] | NotRead | None:
    if name not in layers:
        return NotRead(NOT_PROVIDED, f"{OPTION} does not contain {name}")
    value = layers[name]
    if value is None or isinstance(value, list):
        at_most(f"{OPTION}: {name}", value or (), _MOST_POLICIES)
        return value
    if isinstance(value, Mapping) and set(value) == {NOT_READ} and isinstance(value[NOT_READ], str):
        return NotRead(REFUSED, value[NOT_READ])
    raise OptionError(_TAKES)


def _stored(level: Any) -> tuple[StoredPolicy, ...]:
    if not isinstance(level, list):
        raise OptionError(_TAKES)
    at_most(f"{OPTION}: a level", level, _MOST_POLICIES)
    for policy in level:
        if (
            not isinstance(policy, Mapping)
            or set(policy) != {"name", "document"}
            or not isinstance(policy["name"], str)
        ):
            raise OptionError(_TAKES)
    return tuple(StoredPolicy(policy["name"], policy["document"]) for policy in level)
