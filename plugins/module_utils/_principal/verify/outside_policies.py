# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies outside the account and beside the principal's own, and how they are written in options and results. Pure.

A policy is written ``{name, document}``; an account's organization policies as ``_organization.account_policies`` has
them. A principal's policies are ``{principal: {arn, ...}, identity: policies, boundary: policy or null}``, or
``{principal: {arn}, not_read: reason}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeGuard

from ..._checks import at_most
from ..._errors import OptionError
from ..._organization import account_policies
from ..._organization.levels import AccountPolicies
from ..._policy.arns import account_in
from ..._policy.evaluate import NOT_PROVIDED, REFUSED, Levels, NotRead, Policies
from ..._policy.facts import NOT_KNOWN, Membership
from ..._policy.matching import StoredPolicy
from .results import PolicyResult
from .stated import NOTHING, StatedFacts

SCPS_NOT_PROVIDED = NotRead(
    NOT_PROVIDED,
    "the organization's service control policies are not known: organization_policies was not provided",
)
RCPS_NOT_PROVIDED = NotRead(
    NOT_PROVIDED,
    "the organization's resource control policies are not known: organization_policies was not provided",
)
KEYS_NOT_PROVIDED = NotRead(
    NOT_PROVIDED, "the policies of the KMS keys are not known: no kms_keys are set, or check_key_policies is off"
)
APPLIANCE_NOT_PROVIDED = NotRead(
    NOT_PROVIDED,
    "the policies of the Impersonation role are not known: appliance_policies does not contain them",
)
APPLIANCE_SCPS_NOT_PROVIDED = NotRead(
    NOT_PROVIDED,
    "the service control policies of the appliance's account are not known: appliance_policies was provided without "
    "organization_policies",
)
APPLIANCE_IS_AN_ACCOUNT = NotRead(
    NOT_PROVIDED,
    "appliance_principals contains an account instead of a role, so there are no policies to evaluate",
)


@dataclass(frozen=True)
class OutsidePolicies:
    """``scps``, ``rcps``: None where no such layer exists. ``membership``: the account's place in its organization.

    ``appliance``: ARN of an Impersonation role → its policies, None for one that does not exist; ``memberships``: account ID of
    an appliance → its place. ``keys`` and ``vaults``: ARN → policy, None for a vault that has none; only of those that were
    named and read. ``without_keys``: restores use no key whose policy could have a say. ``unread_tags``: ARN of a resource
    on whose tags a statement depends → why they are not known. ``stated``: what the user says of requests, beside what was read.
    """

    scps: Levels | NotRead | None = SCPS_NOT_PROVIDED
    rcps: tuple[StoredPolicy, ...] | NotRead | None = RCPS_NOT_PROVIDED
    membership: Membership = NOT_KNOWN
    appliance: Mapping[str, Policies | None] = field(default_factory=dict)
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    keys: Mapping[str, StoredPolicy | NotRead] = field(default_factory=dict)
    vaults: Mapping[str, StoredPolicy | NotRead | None] = field(default_factory=dict)
    without_keys: bool = False
    unread_tags: Mapping[str, str] = field(default_factory=dict)
    stated: StatedFacts = NOTHING


def from_options(
    organization: Mapping[str, Any] | None,
    appliance: Sequence[Mapping[str, Any]],
    *,
    without_keys: bool,
    stated: StatedFacts = NOTHING,
) -> OutsidePolicies:
    """From the options ``organization_policies`` and ``appliance_policies``. Raises OptionError."""
    policies = organization_policies(organization)
    at_most("appliance_policies", appliance)
    read = {arn: (own, place) for arn, own, place in map(_appliance, appliance, count(1))}
    return OutsidePolicies(
        policies.scps,
        policies.rcps,
        account_policies.membership(organization or {}),
        {arn: own for arn, (own, _place) in read.items()},
        {account_in(arn): place for arn, (_own, place) in read.items() if place != NOT_KNOWN},
        without_keys=without_keys,
        stated=stated,
    )


def organization_policies(option: Mapping[str, Any] | None) -> AccountPolicies:
    """An account's SCPs by level and its RCPs; not provided where ``option`` has none. Raises OptionError."""
    if not option:
        return AccountPolicies(SCPS_NOT_PROVIDED, RCPS_NOT_PROVIDED)
    policies = account_policies.from_json(option)
    return AccountPolicies(
        policies.scps if account_policies.SCPS in option else SCPS_NOT_PROVIDED,
        policies.rcps if account_policies.RCPS in option else RCPS_NOT_PROVIDED,
    )


def _appliance(entry: Mapping[str, Any], number: int) -> tuple[str, Policies | None, Membership]:
    """ARN, policies, and the place of its account in its organization."""
    option = f"appliance_policies, entry {number}"
    principal = entry.get("principal")
    arn = principal.get("arn") if isinstance(principal, Mapping) else None
    organization = entry.get("organization_policies") or {}
    if not isinstance(organization, Mapping):
        raise OptionError(f"{option}: organization_policies must have the form of the option of that name.")
    place = account_policies.membership(organization)
    if isinstance(arn, str) and account_policies.NOT_READ in entry:
        reason = entry[account_policies.NOT_READ]
        return arn, Policies(NotRead(REFUSED, reason if isinstance(reason, str) else "no reason was given")), place
    if not isinstance(arn, str) or "identity" not in entry:
        raise OptionError(
            f"{option} must be what cloudrestore.aws.principal_policies_info returned as principal_policies: "
            "principal with its arn, identity and boundary."
        )
    if entry.get("exists") is False:
        return arn, None, place
    scps = organization_policies(organization).scps
    boundary = entry.get("boundary")
    policies = Policies(
        identity=_policies(entry["identity"], f"{option}: identity"),
        boundary=None if boundary is None else _policies([boundary], f"{option}: boundary")[0],
        scps=APPLIANCE_SCPS_NOT_PROVIDED if is_not_provided(scps) else scps,
    )
    return arn, policies, place


def not_provided(key_arn: str) -> NotRead:
    """The policy of another account's key, which nobody gave. Source: KMS API reference, GetKeyPolicy: no cross-account use."""
    return NotRead(
        NOT_PROVIDED,
        f"the policy of the KMS key {key_arn} is not known: it can be read in account {account_in(key_arn)} only, "
        "and key_policies does not contain it",
    )


def key_policies(option: Mapping[str, Any] | None, named: Sequence[str]) -> dict[str, StoredPolicy]:
    """From the option ``key_policies``: ARN → document; ``named``: those of kms_keys. Raises OptionError."""
    option = option or {}
    at_most("key_policies", option)
    if beyond := [arn for arn in option if arn not in named]:
        raise OptionError(f"key_policies contains {beyond[0]!r}, which is not in kms_keys: add it there, or remove it.")
    if not all(isinstance(document, Mapping | str) and document for document in option.values()):
        raise OptionError(
            "key_policies must map the ARN of a key to its policy, as kms:GetKeyPolicy returns it in the key's account."
        )
    return {arn: StoredPolicy(arn, document) for arn, document in option.items()}


def is_not_provided(layer: object) -> TypeGuard[NotRead]:
    """Whether a layer was not read because nobody provided it."""
    return isinstance(layer, NotRead) and layer.is_not_provided


def _policies(entries: Any, where: str) -> tuple[StoredPolicy, ...]:
    if not isinstance(entries, list) or not all(map(_is_policy, entries)):
        raise OptionError(f"{where} must be a list of policies, each with name and document.")
    at_most(where, entries)
    return tuple(StoredPolicy(entry.get("name", ""), entry["document"]) for entry in entries)


def _is_policy(entry: Any) -> bool:
    return isinstance(entry, Mapping) and "document" in entry and isinstance(entry.get("name", ""), str)


def policy_results(policies: Sequence[StoredPolicy]) -> list[PolicyResult]:
    """Policies as they are written in options and results."""
    return [{"name": policy.name, "document": policy.document} for policy in policies]
