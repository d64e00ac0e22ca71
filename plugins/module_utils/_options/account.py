# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that say which account is meant and how it is entered: for every module that works on one."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from typing import Any

from .._aws.session import AssumeRole, Mfa
from .._checks import ACCOUNT_ID, matching
from .._errors import OptionError
from .._policy.arns import partition_in
from .._principal.model.protected import what_it_is
from .._principal.model.state import ROLE
from .tags import MOST_TAGS, tags_of

ASSUME_SPEC: dict[str, Any] = {
    "assume_role_arn": {"type": "raw"},
    "assume_role_external_id": {"type": "str", "no_log": False},
    "assume_role_session_name": {"type": "str"},
    "assume_role_session_policy": {"type": "bool", "default": True},
    "assume_role_source_identity": {"type": "str"},
    "assume_role_tags": {"type": "dict"},
    "assume_role_mfa_serial": {"type": "str"},
    "assume_role_mfa_code": {"type": "str", "no_log": True},
}
# How long one account may take, for the modules that a fleet is worked through with.
TIMEOUT_SPEC: dict[str, Any] = {"timeout": {"type": "int"}}
# Seconds beside those in which IAM is waited for: the shortest session of AWS's, without which nothing can be called any more.
_TIMEOUT = 900
_LONGEST_TIMEOUT = 172_800
_SESSION_PREFIX = "cloudrestore.aws"

# Sources: the IAM API reference (CreateRole) and the STS API reference (AssumeRole).
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+")
EXTERNAL_ID = re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}")
_SESSION_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")
# Sources: the STS API reference (GetSessionToken).
_MFA_SERIAL = re.compile(r"[A-Za-z0-9_+=/:,.@-]{9,256}")
_MFA_CODE = re.compile(r"[0-9]{6}")
_LONGEST_SESSION_NAME = 64
_RUN_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")


def expected_account(params: Mapping[str, Any]) -> str | None:
    """The account that the user means to work on; None if any will do. Raises OptionError."""
    takes = "a 12-digit account ID, in quotes, so that YAML keeps a leading zero"
    matching("account_id", params["account_id"], ACCOUNT_ID, takes)
    account_id: str | None = params["account_id"]
    return account_id


def role_arns(params: Mapping[str, Any]) -> tuple[str, ...]:
    """The roles to assume, in order; the last is the account's. Raises OptionError."""
    option = params.get("assume_role_arn")
    # An inventory gives every host the variable, and leaves it empty for the account that the run starts in.
    if not option:
        return ()
    arns = option if isinstance(option, list) else [option]
    for arn in arns:
        if not isinstance(arn, str) or not _ROLE_ARN.fullmatch(arn):
            shown = repr(arn) if isinstance(arn, str) else reprlib.repr(arn)
            raise OptionError(
                f"assume_role_arn contains {shown}. It must be a role ARN, arn:aws:iam::ACCOUNT:role/NAME, or a list "
                "of role ARNs, each assumed with the credentials of the one before."
            )
    return tuple(arns)


def check_not_protected(params: Mapping[str, Any], name: str, path: str | None) -> None:
    """Raises OptionError for a role that administers the account, which nobody else may come to assume."""
    if params["principal_type"] != ROLE:
        return
    what = what_it_is(name, path)
    entered = [arn for arn in role_arns(params)[-1:] if arn.rsplit("/", 1)[-1].lower() == name.lower()]
    if entered:
        what = f"the role that this run assumes in the account ({entered[0]})"
    if what:
        raise OptionError(
            f"name is {name!r}, which is {what}. Whoever may assume it could administer the account, so it must not "
            "be used for restores. Nothing was done. Set name to the restore role."
        )


def assume_role(params: Mapping[str, Any], policy: str = "") -> AssumeRole | None:
    """How to enter the account; None to work with the credentials as they are. Raises OptionError.

    ``policy``: what the session in the account may do, unless ``assume_role_session_policy`` is off.
    """
    arns = role_arns(params)
    if not arns:
        return None
    # A credential of AWX leaves a field that was not filled in empty.
    external_id = params["assume_role_external_id"] or None
    source_identity = params["assume_role_source_identity"] or None
    matching("assume_role_external_id", external_id, EXTERNAL_ID, "2-1,224 of A-Za-z0-9_+=,.@:/-")
    matching("assume_role_source_identity", source_identity, _SESSION_NAME, "2-64 of A-Za-z0-9_+=,.@-")
    return AssumeRole(
        arns=arns,
        external_id=external_id,
        session_name=session_name(params),
        seconds=2 * params.get("wait_timeout", 0),
        policy=policy if params["assume_role_session_policy"] else "",
        source_identity=source_identity,
        tags=_session_tags(params["assume_role_tags"] or {}),
    )


def mfa(params: Mapping[str, Any]) -> Mfa | None:
    """The MFA device to start with; None for none. Raises OptionError, which never repeats the code."""
    # A credential of AWX leaves a field that was not filled in empty.
    serial, code = params["assume_role_mfa_serial"] or None, params["assume_role_mfa_code"] or None
    matching(
        "assume_role_mfa_serial",
        serial,
        _MFA_SERIAL,
        "the ARN of an MFA device, or the serial number of a hardware device",
    )
    if code and not _MFA_CODE.fullmatch(code):
        raise OptionError(
            "assume_role_mfa_code must be the six digits that the device shows, in quotes, so that YAML keeps a "
            "leading zero."
        )
    if bool(serial) != bool(code):
        given, other = ("serial", "code") if serial else ("code", "serial")
        raise OptionError(
            f"assume_role_mfa_{given} is set, but assume_role_mfa_{other} is not. Set both, the device and the code "
            "that it shows now, or neither."
        )
    return Mfa(serial, code) if serial and code else None


def timeout(params: Mapping[str, Any]) -> int | None:
    """The seconds that all calls in the account have together, by ``timeout``; None where there is no such option.

    Raises OptionError.
    """
    if "timeout" not in params:
        return None
    given: int | None = params["timeout"]
    if given is None:
        return _TIMEOUT + int(params.get("wait_timeout") or 0)
    if not 1 <= given <= _LONGEST_TIMEOUT:
        raise OptionError(f"timeout is {str(given)[:20]}; it must be 1 to {_LONGEST_TIMEOUT:,} seconds.")
    return given


def session_name(params: Mapping[str, Any]) -> str:
    """The one that was given, else one with the run ID in it, so that CloudTrail tells runs apart. Raises OptionError."""
    option = params["assume_role_session_name"] or None
    matching("assume_role_session_name", option, _SESSION_NAME, "2-64 of A-Za-z0-9_+=,.@-")
    run_id = params.get("run_id") or None
    check_run_id(run_id)
    return option or (f"{_SESSION_PREFIX}-{run_id}"[:_LONGEST_SESSION_NAME] if run_id else _SESSION_PREFIX)


def check_run_id(option: str | None) -> None:
    """Raises OptionError."""
    matching("run_id", option, _RUN_ID, "1-64 letters, digits and _.-, not a dot first")


def _session_tags(option: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    tags = tags_of("assume_role_tags", option)
    if len(tags) > MOST_TAGS:
        raise OptionError(f"assume_role_tags has {len(tags)} tags. STS accepts at most {MOST_TAGS}.")
    return tuple(tags.items())


def partition_of(params: Mapping[str, Any]) -> str:
    """The partition that the ARNs in the options name; ``aws`` if they name none."""
    arns = [*role_arns(params), params.get("permissions_boundary"), *(params.get("appliance_principals") or [])]
    return next(filter(None, map(partition_in, filter(None, arns))), "aws")
