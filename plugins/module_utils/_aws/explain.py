# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a failed API call to one sentence that an operator can act on."""

from __future__ import annotations

import re

from . import profiles
from .calls import NO_ANSWER, THROTTLED, UNREACHED, CallError
from .deadline import OUT_OF_TIME
from .denials import refused_by
from .refusals import Refusal, kind

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess"})
_TIME = r"(\d{8}T\d{6}Z)"
_TIMES = re.compile(rf": {_TIME} is .*?\({_TIME} ", re.DOTALL)
# What keeps a profile from giving credentials, and the remedy.
_BY_PROFILE = {
    profiles.NO_MFA_CODE: (
        "the AWS profile cannot be used here",
        "It cannot be entered interactively here. Set assume_role_mfa_serial and assume_role_mfa_code, with "
        "assume_role_arn in place of the profile's role_arn, or a profile without mfa_serial.",
    ),
    profiles.NO_PROCESS: (
        "the credential_process of the AWS profile failed",
        "Run its command on its own, as the same user and in the same environment as Ansible.",
    ),
    profiles.NO_IDENTITY_FILE: (
        "the web identity token of the AWS profile cannot be read",
        "Check AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file of the profile.",
    ),
    profiles.NO_SSO_SESSION: (
        "the AWS profile has no valid session of IAM Identity Center",
        "Run aws sso login --profile with the name of the profile, as the user that runs Ansible, and run again.",
    ),
}
_NO_CREDENTIALS = frozenset({"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"})
_NO_ENDPOINT = UNREACHED - {OUT_OF_TIME}
# The unique ID of a principal, as IAM names one that was deleted.
ORPHAN = re.compile(r"\bA(ROA|IDA)[A-Z0-9]{8,}")

# The action in AWS's words for a refusal, and what of AssumeRole's arguments needs it.
_ASKED = re.compile(r"\bperform: (sts:[A-Za-z]+)")
_PARTS = {"sts:TagSession": "assume_role_tags", "sts:SetSourceIdentity": "assume_role_source_identity"}
_BY_SESSION_POLICY = re.compile(r"\bsession policy\b")

_HINTS = {
    "MalformedPolicyDocument": "IAM does not accept the document. If it says 'Invalid principal', the role or account named in "
    "appliance_principals does not exist: check its account ID, path and name.",
    "PackedPolicyTooLarge": "Set fewer or shorter assume_role_tags, or assume_role_session_policy: false.",
    "EntityAlreadyExists": "Someone created it in the meantime, or the name exists with different upper and lower case or under another "
    "path. Run again, or choose another name.",
    "LimitExceeded": "A quota of the account is exhausted. Request a higher quota, or remove what is not needed.",
    "DeleteConflict": "Something is still attached to it. Remove that first, then run again.",
    "NoSuchEntity": "It does not exist, or was deleted in the meantime. Check the name and the account.",
    "UnmodifiableEntity": "AWS manages this entity for a service and does not allow changes to it. Choose another name.",
    "ProfileNotFound": "Check the profile option and the AWS configuration files.",
    "ConcurrentModification": "It is being changed by something else at the same time. Run again.",
    "ParamValidationError": "The AWS SDK rejected a value before sending the request. Check the option that it names.",
}


def explain(failure: CallError, account_id: str, principal: str) -> str:
    """What was asked, in which account and for which principal, what AWS answered, and what to do."""
    return f"Account {account_id or 'unknown'}, {principal}: {_what(failure)}"


def with_reason(what: str, failure: CallError, remedy: str) -> str:
    """``what`` failed, with AWS's answer and ``remedy``, or with what keeps any call from being answered, and its own remedy."""
    cause = _of_connection(failure)
    return f"{what}: {cause}" if cause else f"{what} ({failure.code}: {failure.message.removesuffix('.')}). {remedy}"


def what_failed(failure: CallError) -> str:
    """The same without the account and the principal, for a call that the run does not fail on."""
    return _what(failure)


def is_of_connection(failure: CallError) -> bool:
    """Whether it keeps any call of the service from being answered: the network, the credentials, the SDK."""
    return bool(_of_connection(failure))


def _what(failure: CallError) -> str:
    return _of_connection(failure) or _of_call(failure)


def _of_call(failure: CallError) -> str:
    """AWS was reached and knew the caller, and refused."""
    action, target, code = failure.action, failure.target, failure.code
    if code in DENIED and action == "sts:GetSessionToken":
        return _no_mfa_session(failure)
    if code in DENIED and _BY_SESSION_POLICY.search(failure.message) and action != "sts:AssumeRole":
        return (
            f"{action} on {target} is not allowed by the session policy of this run, which allows only the calls "
            "that it needs, on the principal with its name exactly as in IAM. If the name is right, set "
            f"assume_role_session_policy: false, and report this as a bug. AWS said: {failure.message}"
        )
    by = refused_by(failure) if code in DENIED else None
    if by is not None:
        layer, remedy = by
        asked = _ASKED.search(failure.message)
        return (
            f"{asked[1] if asked else action} on {target} is refused by {layer}. Granting it to the automation's "
            f"role or user does not help. {remedy} AWS said: {failure.message}"
        )
    if code in DENIED and action == "sts:AssumeRole":
        return _not_assumed(failure)
    if code in DENIED:
        return (
            f"the automation's credentials are not allowed to call {action} on {target}. Grant {action} to the role or user "
            f"that runs this collection in the account. AWS said: {failure.message}"
        )
    if code in THROTTLED:
        return f"AWS kept throttling {action} after all retries. Run with fewer forks, or later."
    if code == "MalformedPolicyDocument" and ORPHAN.search(failure.message):
        return (
            f"{action} on {target} failed with {code}: {failure.message.rstrip('.')}. That is the unique ID of a "
            "deleted principal, in a statement that this collection did not write. IAM rejects every document that "
            "contains it: remove it from the document manually, then run again."
        )
    if failure.statement:
        return (
            f"{action} on {target} failed with {code}: {failure.message.rstrip('.')}. It is in statement "
            f"{failure.statement} of the trust policy, which this collection did not write, and no longer exists. "
            "IAM rejects every document that contains it: correct that statement, or remove the principal from it, "
            "manually, then run again."
        )
    hint = _HINTS.get(code, "")
    return f"{action} on {target} failed with {code}: {failure.message.rstrip('.')}. {hint}".rstrip()


def _no_mfa_session(failure: CallError) -> str:
    start = f"sts:GetSessionToken with MFA was refused for the device {failure.target}. "
    if re.search("session credentials", failure.message):
        return (
            f"{start}AWS does not issue such a session to temporary credentials. Use the access keys of the IAM user "
            "who owns the device, or unset assume_role_mfa_serial and assume_role_mfa_code. AWS said: "
            f"{failure.message}"
        )
    return (
        f"{start}The code is wrong, expired or already used (each works once), the device does not belong to this "
        "IAM user, or a policy denies the user sts:GetSessionToken. Wait for the next code, check "
        f"assume_role_mfa_serial, and run again. AWS said: {failure.message}"
    )


def _not_assumed(failure: CallError) -> str:
    """AWS asks about the parts of the call one by one, and names the one that it refused."""
    asked = _ASKED.search(failure.message)
    option = _PARTS.get(asked[1]) if asked else None
    if asked and option:
        return (
            f"{asked[1]} on {failure.target} was refused. {option} requires it in addition to sts:AssumeRole: grant "
            f"{asked[1]} on the role to the caller, and allow the caller the same in the role's trust policy, or "
            f"unset {option}. AWS said: {failure.message}"
        )
    return (
        f"sts:AssumeRole on {failure.target} was refused. The caller needs sts:AssumeRole on this role, and the "
        "role's trust policy must allow the caller, with the external ID and MFA if it requires them. AWS gives the "
        f"same answer if this role, or its account, does not exist. AWS said: {failure.message}"
    )


def _clock(failure: CallError) -> str:
    times = _TIMES.search(failure.message)
    told = f"It was signed at {times[1]}, and AWS's time was {times[2]}. " if times else ""
    return (
        f"AWS did not accept the time of the request ({failure.code} at {failure.action}). {told}The clock of the "
        "machine that runs this collection (for a container or a virtual machine, of its host) is wrong. Synchronize "
        "it by NTP and run again."
    )


def _of_connection(failure: CallError) -> str:
    """It did not come so far; empty if it did."""
    action, code = failure.action, failure.code
    refusal = kind(code, failure.message)
    if refusal is Refusal.EXPIRED:
        return f"the AWS credentials have expired ({action}). Get new ones and run again."
    if refusal is Refusal.CLOCK:
        return _clock(failure)
    if refusal is Refusal.CREDENTIALS:
        return (
            f"AWS did not accept the credentials ({code} at {action}). Check access_key, secret_key and "
            "session_token, or the profile; in the China and GovCloud partitions set region as well."
        )
    if code in _BY_PROFILE:
        cause, remedy = _BY_PROFILE[code]
        return f"{cause}: {failure.message.rstrip('.')}. {remedy}"
    if code in _NO_CREDENTIALS:
        return (
            "no complete AWS credentials were found. Set access_key and secret_key, profile, or the AWS_* environment "
            "variables."
        )
    if code == OUT_OF_TIME:
        # Of a write, too, nobody knows before the account is read again.
        return (
            f"the account timed out at {action} on {failure.target}: {failure.message}. If nothing answered, check "
            "the network, proxy, region and endpoint_url. If AWS is only slow, raise timeout. Then run again."
        )
    if code in _NO_ENDPOINT:
        certificates = ", endpoint_url and aws_ca_bundle." if code == "SSLError" else " and endpoint_url."
        return (
            f"the AWS endpoint cannot be reached ({action}): {failure.message}. Check the network, proxy, region"
            f"{certificates}"
        )
    if code == NO_ANSWER:
        return (
            f"the response to {action} is not from AWS ({failure.message}). Check endpoint_url, and whether a proxy "
            "answered instead."
        )
    if action.endswith(" client"):
        hint = _HINTS.get(code, "Check region, endpoint_url, profile and the AWS configuration files.")
        return f"the AWS SDK cannot be set up ({code}): {failure.message.rstrip('.')}. {hint}"
    return ""
