# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that say which account is meant and how it is entered: for every module that works on one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._aws.session import AssumeRole
from .._checks import ACCOUNT_ID, matching
from .._policy.arns import partition_in

ASSUME_SPEC: dict[str, Any] = {
    "assume_role_arn": {"type": "str"},
    "assume_role_external_id": {"type": "str", "no_log": False},
    "assume_role_session_name": {"type": "str", "default": "cloudrestore.aws"},
}

# Sources: the IAM API reference (CreateRole) and the STS API reference (AssumeRole).
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+")
EXTERNAL_ID = re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}")
_SESSION_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")


def expected_account(params: Mapping[str, Any]) -> str | None:
    """The account that the user means to work on; None if any will do. Raises OptionError."""
    takes = "a 12-digit account ID, in quotes, so that YAML keeps a leading zero"
    matching("account_id", params["account_id"], ACCOUNT_ID, takes)
    account_id: str | None = params["account_id"]
    return account_id


def assume_role(params: Mapping[str, Any]) -> AssumeRole | None:
    """How to enter the account; None to work with the credentials as they are. Raises OptionError."""
    # An inventory gives every host the variable, and leaves it empty for the account that the run starts in.
    if not params["assume_role_arn"]:
        return None
    # A credential of AWX leaves a field that was not filled in empty.
    external_id = params["assume_role_external_id"] or None
    matching("assume_role_arn", params["assume_role_arn"], _ROLE_ARN, "a role ARN, arn:aws:iam::ACCOUNT:role/NAME")
    matching("assume_role_external_id", external_id, EXTERNAL_ID, "2-1,224 of A-Za-z0-9_+=,.@:/-")
    matching("assume_role_session_name", params["assume_role_session_name"], _SESSION_NAME, "2-64 of A-Za-z0-9_+=,.@-")
    return AssumeRole(
        arn=params["assume_role_arn"],
        external_id=external_id,
        session_name=params["assume_role_session_name"],
        seconds=2 * params.get("wait_timeout", 0),
    )


def partition_of(params: Mapping[str, Any]) -> str:
    """The partition that the ARNs in the options name; ``aws`` if they name none."""
    named = (params.get(name) for name in ("assume_role_arn", "permissions_boundary"))
    arns = [*named, *(params.get("appliance_principals") or [])]
    return next(filter(None, map(partition_in, filter(None, arns))), "aws")
