# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of the lookup ``restore_template``: their specification, and from them to a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from .._aws.account import Account
from .._checks import PARTITION, matching
from .._errors import OptionError
from .._principal.model.state import ROLE
from .._template.cloudformation import cloudformation
from .._template.documents import documents
from .._template.terraform import terraform
from . import role
from .account import ASSUME_SPEC, expected_account, partition_of
from .records import RECORDS_SPEC
from .restore_role import RESTORE_ROLE_SPEC, desired_state

Format = Literal["documents", "cloudformation", "terraform"]
DOCUMENTS: Final = "documents"
CLOUDFORMATION: Final = "cloudformation"
TERRAFORM: Final = "terraform"
FORMATS: tuple[Format, ...] = (DOCUMENTS, CLOUDFORMATION, TERRAFORM)

FROM_VARIABLES: Final = "from_variables"
# What says how an account is entered, or what becomes of things that are there, is no part of a template.
_NOT_TAKEN = frozenset(
    {
        *ASSUME_SPEC,
        *RECORDS_SPEC,
        "adopt_policy",
        "approved_plan",
        "allow_privileged",
        "allow_widening",
        "match",
        "purge_policies",
        "purge_tags",
        "purge_trust",
        "snapshot",
        "state",
        "timeout",
        "wait",
        "wait_timeout",
    }
)
_TAKEN = {name: option for name, option in RESTORE_ROLE_SPEC.items() if name not in _NOT_TAKEN}
TEMPLATE_SPEC: dict[str, Any] = {
    **_TAKEN,
    "partition": {"type": "str"},
    FROM_VARIABLES: {"type": "bool", "default": False},
}
_ASSUMED = "assume_role_arn"
# The variables that the options are made from.
VARIABLES: Final = frozenset({role.ACCOUNT_ID, *(role.PREFIX + name for name in (*_TAKEN, _ASSUMED))})
_DEFAULTS = {name: option.get("default") for name, option in RESTORE_ROLE_SPEC.items()}


def from_variables(values: Mapping[str, Any]) -> dict[str, Any]:
    """The options as the role's variables have them. ``values``: those of VARIABLES that are set. Raises OptionError."""
    options = role.options(values, _TAKEN)
    # Which partition the account is in, the role to assume in it tells.
    assumed = values.get(role.PREFIX + _ASSUMED)
    return options | ({"partition": partition_of({_ASSUMED: assumed})} if assumed else {})


def template(form: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """``form``: one of FORMATS. ``params``: validated options. Raises OptionError."""
    if form not in FORMATS:
        raise OptionError(f"Unknown template format {form!r}. The formats are {', '.join(FORMATS)}.")
    matching("partition", params["partition"], PARTITION, "aws, aws-cn, aws-us-gov and the like")
    desired = desired_state({**_DEFAULTS, **params})
    account_id = expected_account(params)
    partition = params["partition"] or partition_of(params)
    if form == DOCUMENTS:
        return documents(desired, Account(partition, account_id) if account_id else None)
    if desired.kind != ROLE:
        raise OptionError(f"The format {form} supports roles only. For an IAM user, use the format {DOCUMENTS}.")
    return cloudformation(desired, partition) if form == CLOUDFORMATION else terraform(desired, partition)
