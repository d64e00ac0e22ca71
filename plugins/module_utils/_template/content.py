# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What converge would write, for an account that is not known yet. Pure.

It comes from the same functions as the plan. Where the plan has the account's own values, these statements have tokens,
which each format turns into its own way of saying "the account that this is deployed in".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .._errors import OptionError
from .._policy.documents import Json
from .._principal import grants
from .._principal.state import MANAGED, ROLE, Account, Desired, Observed

# In no ARN, name or statement that IAM takes.
PARTITION, ACCOUNT, PATH, NAME = "@@partition@@", "@@account@@", "@@path@@", "@@name@@"

_ACCOUNT_IN_ARN = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:")


@dataclass(frozen=True)
class Content:
    """``appliance`` and ``service``: statements of the trust policy, None where there is none. ``boundary``: ARN or empty."""

    desired: Desired
    appliance: Mapping[str, Json] | None
    service: Mapping[str, Json] | None
    permissions: tuple[Mapping[str, Json], ...]
    boundary: str

    @property
    def trust(self) -> list[Mapping[str, Json]]:
        return [one for one in (self.appliance, self.service) if one is not None]

    @property
    def path(self) -> str:
        return self.desired.path or "/"

    @property
    def is_managed(self) -> bool:
        return self.desired.policy_type == MANAGED


def content(desired: Desired, account: Account | None, *, named: bool) -> Content:
    """``account``: None for tokens. ``named``: whether name and path are known, too. Raises OptionError."""
    name, path = (desired.name, desired.path or "/") if named else (NAME, PATH)
    observed = Observed(account or Account(PARTITION, ACCOUNT), desired.kind, name, False, path)
    permissions = grants.own_statements(observed, desired)
    if not permissions:
        raise OptionError(
            "The policy would be empty, which IAM does not take: give permission_sets or additional_statements."
        )
    trust = desired.trust
    own = {str(one["Sid"]): one for one in trust.own} if trust is not None else {}
    if desired.kind == ROLE and not own:
        raise OptionError("The trust policy would be empty: give appliance_principals or service_principals.")
    # A boundary is a policy of the same account, or one of AWS's.
    boundary = _ACCOUNT_IN_ARN.sub(
        f"arn:{observed.account.partition}:iam::{observed.account.account_id}:", desired.boundary_arn or ""
    )
    return Content(
        desired,
        own.get(trust.sid_appliance) if trust else None,
        own.get(trust.sid_service) if trust else None,
        permissions,
        boundary,
    )


def each_text(value: Json, change: Callable[[str], Json]) -> Json:
    """``value`` with every text in it, keys aside, changed."""
    if isinstance(value, Mapping):
        return {key: each_text(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [each_text(one, change) for one in value]
    return change(value) if isinstance(value, str) else value
