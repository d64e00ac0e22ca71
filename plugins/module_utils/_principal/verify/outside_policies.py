# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What bears on a principal from outside its own policies, and how it is written in options and results. Pure.

A policy is written ``{name, document}``; an account's organization policies as ``_organization.account_policies`` has
them. A principal's policies are ``{principal: {arn, ...}, identity: policies, boundary: policy or null}``, or
``{principal: {arn}, not_read: reason}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._checks import at_most
from ..._errors import OptionError
from ..._organization import account_policies
from ..._organization.levels import AccountPolicies
from ..._policy.evaluate import NOT_PROVIDED, REFUSED, Levels, NotRead, Policies
from ..._policy.matching import StoredPolicy
from ..._policy.verdicts import Decision

SCPS_NOT_GIVEN = NotRead(
    NOT_PROVIDED,
    "the organization's service control policies are not known: organization_policies was not given",
)
RCPS_NOT_GIVEN = NotRead(
    NOT_PROVIDED,
    "the organization's resource control policies are not known: organization_policies was not given",
)
KEYS_NOT_READ = NotRead(
    NOT_PROVIDED, "the policies of the KMS keys are not known: kms_keys names none, or check_key_policies is off"
)
APPLIANCE_NOT_GIVEN = NotRead(
    NOT_PROVIDED,
    "the policies of the Impersonation role are not known: appliance_policies does not hold them",
)
APPLIANCE_SCPS_NOT_GIVEN = NotRead(
    NOT_PROVIDED,
    "the service control policies of the appliance's account are not known: appliance_policies was given without "
    "organization_policies",
)
APPLIANCE_IS_AN_ACCOUNT = NotRead(
    NOT_PROVIDED,
    "appliance_principals names an account and no role, so that there is nobody whose policies could be judged",
)


def hangs_on_not_given(decision: Decision) -> bool:
    """Whether nothing stands in the way but that a layer outside the account was not given."""
    return decision.depends_on_not_provided


@dataclass(frozen=True)
class Surroundings:
    """``scps``, ``rcps``: None where no such layer exists. ``organization_id``: of the account, empty if it is not known.

    ``appliance``: ARN of an Impersonation role → its policies, None for one that does not exist. ``keys`` and ``vaults``:
    ARN → policy, None for a vault that has none; only of those that were named and read. ``without_keys``: restores use
    no key whose policy could have a say.
    """

    scps: Levels | NotRead | None = SCPS_NOT_GIVEN
    rcps: tuple[StoredPolicy, ...] | NotRead | None = RCPS_NOT_GIVEN
    organization_id: str = ""
    appliance: Mapping[str, Policies | None] = field(default_factory=dict)
    keys: Mapping[str, StoredPolicy | NotRead] = field(default_factory=dict)
    vaults: Mapping[str, StoredPolicy | NotRead | None] = field(default_factory=dict)
    without_keys: bool = False


def surroundings(organization: Mapping[str, Any] | None, appliance: Sequence[Mapping[str, Any]]) -> Surroundings:
    """From the options ``organization_policies`` and ``appliance_policies``. Raises OptionError."""
    found = organization_policies(organization)
    organization_id = str((organization or {}).get(account_policies.ORGANIZATION_ID) or "")
    at_most("appliance_policies", appliance)
    of_appliance = dict(_appliance(one, number) for number, one in enumerate(appliance, start=1))
    return Surroundings(found.scps, found.rcps, organization_id, of_appliance)


def organization_policies(given: Mapping[str, Any] | None) -> AccountPolicies:
    """An account's SCPs by level and its RCPs; not given where ``given`` has none. Raises OptionError."""
    if not given:
        return AccountPolicies(SCPS_NOT_GIVEN, RCPS_NOT_GIVEN)
    found = account_policies.from_json(given)
    return AccountPolicies(
        found.scps if account_policies.SCPS in given else SCPS_NOT_GIVEN,
        found.rcps if account_policies.RCPS in given else RCPS_NOT_GIVEN,
    )


def _appliance(given: Mapping[str, Any], number: int) -> tuple[str, Policies | None]:
    option = f"appliance_policies, entry {number}"
    principal = given.get("principal")
    arn = principal.get("arn") if isinstance(principal, Mapping) else None
    if isinstance(arn, str) and account_policies.NOT_READ in given:
        reason = given[account_policies.NOT_READ]
        return arn, Policies(NotRead(REFUSED, reason if isinstance(reason, str) else "no reason was given"))
    if not isinstance(arn, str) or "identity" not in given:
        raise OptionError(
            f"{option} takes what cloudrestore.aws.principal_policies_info returned as principal_policies: principal with "
            "its arn, identity and boundary."
        )
    if given.get("exists") is False:
        return arn, None
    organization = given.get("organization_policies")
    if not isinstance(organization or {}, Mapping):
        raise OptionError(f"{option}: organization_policies takes what the option of this name takes.")
    scps = organization_policies(organization).scps
    boundary = given.get("boundary")
    return arn, Policies(
        identity=_policies(given["identity"], f"{option}: identity"),
        boundary=None if boundary is None else _policies([boundary], f"{option}: boundary")[0],
        scps=APPLIANCE_SCPS_NOT_GIVEN if scps == SCPS_NOT_GIVEN else scps,
    )


def _policies(given: Any, where: str) -> tuple[StoredPolicy, ...]:
    if not isinstance(given, list) or not all(map(_is_policy, given)):
        raise OptionError(f"{where} takes a list of policies, each with name and document.")
    at_most(where, given)
    return tuple(StoredPolicy(one.get("name", ""), one["document"]) for one in given)


def _is_policy(given: Any) -> bool:
    return isinstance(given, Mapping) and "document" in given and isinstance(given.get("name", ""), str)


def written(policies: Sequence[StoredPolicy]) -> list[dict[str, Any]]:
    """Policies as they are written in options and results."""
    return [{"name": policy.name, "document": policy.document} for policy in policies]
