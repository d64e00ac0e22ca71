# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What converge would write, for an account that is not known yet. Pure.

It comes from the same functions as the plan. Where the plan has the account's own values, these statements have tokens,
which each format turns into its own way of saying "the account that this is deployed in".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .._aws.account import Account
from .._errors import OptionError
from .._policy.documents import Json, size
from .._policy.statements import document
from .._principal.model.own_policies import derived_name
from .._principal.model.state import MANAGED, ROLE, Desired, Limits, Observed
from .._principal.requirements.statements import own_statements

# Whose Regions and names of services are those that statements are written with where the partition is left open.
ANY_PARTITION = "aws"

# In no ARN, name or statement that IAM takes.
PARTITION, ACCOUNT, PATH, NAME = "@@partition@@", "@@account@@", "@@path@@", "@@name@@"

_ACCOUNT_IN_ARN = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:")


@dataclass(frozen=True)
class Content:
    """``appliance`` (None for none) and ``services``: statements of the trust policy. ``boundary``: ARN or empty.

    ``name``: of the principal, or the token for it.
    """

    desired: Desired
    name: str
    appliance: Mapping[str, Json] | None
    services: tuple[Mapping[str, Json], ...]
    permissions: tuple[Mapping[str, Json], ...]
    boundary: str

    @property
    def trust(self) -> list[Mapping[str, Json]]:
        return [*([self.appliance] if self.appliance is not None else []), *self.services]

    @property
    def path(self) -> str:
        return self.desired.path or "/"

    @property
    def policy_name(self) -> str:
        """With the principal's name in it unless the user gives one."""
        if not self.is_managed:
            return self.desired.inline_name
        own = self.desired
        return derived_name(own.kind, self.name) if own.former_policy_name else own.policy_name

    @property
    def is_managed(self) -> bool:
        return self.desired.policy_type == MANAGED


def any_account(partition: str) -> Account:
    """An account of which tokens tell; the partition as well, unless services have other names in it."""
    return Account(PARTITION if partition == ANY_PARTITION else partition, ACCOUNT)


def content(desired: Desired, account: Account, *, named: bool) -> Content:
    """``account``: what is known of it. ``named``: whether name and path are known, too. Raises OptionError."""
    name, path = (desired.name, desired.path or "/") if named else (NAME, PATH)
    observed = Observed(account, desired.kind, name, False, path)
    permissions = own_statements(observed, desired)
    if not permissions:
        raise OptionError(
            "The policy would be empty, which IAM does not accept: set permission_sets or additional_statements."
        )
    if desired.policy_type == MANAGED and size(document(permissions)) > Limits().managed_policy_size:
        raise OptionError(
            "The policy would be longer than IAM allows, and a template has one policy. Use a pattern for "
            "restore_role_arns, such as arn:aws:iam::*:role/NAME, patterns for the resources of "
            "custom_permission_sets, or fewer permission sets."
        )
    trust = desired.trust
    own = (
        {str(statement["Sid"]): statement for statement in trust.own(observed.account.account_id)}
        if trust is not None
        else {}
    )
    if desired.kind == ROLE and not own:
        raise OptionError("The trust policy would be empty: set appliance_principals or service_principals.")
    # A boundary is a policy of the same account, or one of AWS's.
    boundary = _ACCOUNT_IN_ARN.sub(
        f"arn:{observed.account.partition}:iam::{observed.account.account_id}:", desired.boundary_arn or ""
    )
    return Content(
        desired,
        name,
        own.pop(trust.sid_appliance, None) if trust else None,
        tuple(own.values()),
        permissions,
        boundary,
    )


def each_text(value: Json, change: Callable[[str], Json]) -> Json:
    """``value`` with every text in it, keys aside, changed."""
    if isinstance(value, Mapping):
        return {key: each_text(part, change) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [each_text(part, change) for part in value]
    return change(value) if isinstance(value, str) else value
