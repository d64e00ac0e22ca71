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
        "Nobody can type it where this runs. Set assume_role_mfa_serial and assume_role_mfa_code, with assume_role_arn in place "
        "of the profile's role_arn, or a profile without mfa_serial.",
    ),
    profiles.NO_PROCESS: (
        "the credential_process of the AWS profile failed",
        "Run its command by itself, as the user and with the environment that Ansible has here.",
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
    "MalformedPolicyDocument": "IAM does not take the document. If it says 'Invalid principal', the role or account "
    "named in appliance_principals does not exist: check its account ID, path and name.",
    "PackedPolicyTooLarge": "Set fewer or shorter assume_role_tags, or assume_role_session_policy: false.",
    "EntityAlreadyExists": "Someone created it in the meantime, or IAM holds the name in other upper and lower case, "
    "or under another path. Run again, or choose another name.",
    "LimitExceeded": "A quota of the account is used up. Raise the quota, or remove what is not needed.",
    "DeleteConflict": "Something is still attached to it. Remove that first, then run again.",
    "NoSuchEntity": "It does not exist, or was deleted in the meantime. Check the name and the account.",
    "UnmodifiableEntity": "AWS keeps this entity for a service and does not let it be changed. Choose another name.",
    "ProfileNotFound": "Check the profile option and the AWS configuration files.",
    "ConcurrentModification": "Something else changes it at the same time. Run again.",
    "ParamValidationError": "The AWS SDK refused a value before sending it. Check the option it names.",
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
            f"{action} on {target} is not in the session policy that the run entered the account with, which allows what "
            "it has to call, on the principal by its name as IAM spells it. If the name is right, set "
            f"assume_role_session_policy: false, and report it. AWS said: {failure.message}"
        )
    by = refused_by(failure) if code in DENIED else None
    if by is not None:
        layer, remedy = by
        asked = _ASKED.search(failure.message)
        return (
            f"{asked[1] if asked else action} on {target} is refused by {layer}. To grant it to the automation's role or user does not help. {remedy} "
            f"AWS said: {failure.message}"
        )
    if code in DENIED and action == "sts:AssumeRole":
        return _not_assumed(failure)
    if code in DENIED:
        return (
            f"the automation's credentials are not allowed {action} on {target}. Grant {action} to the role or user "
            f"that runs this collection in the account. AWS said: {failure.message}"
        )
    if code in THROTTLED:
        return f"AWS went on throttling {action} after every retry. Run with fewer forks, or again later."
    if code == "MalformedPolicyDocument" and ORPHAN.search(failure.message):
        return (
            f"{action} on {target} failed with {code}: {failure.message.rstrip('.')}. That is the unique ID of a "
            "principal that was deleted, in a statement of somebody else. IAM stores no document that names it: remove "
            "it from the document by hand, then run again."
        )
    if failure.statement:
        return (
            f"{action} on {target} failed with {code}: {failure.message.rstrip('.')}. It stands in statement {failure.statement} of the "
            "trust policy, which is somebody else's, and does not exist any more. IAM stores no document that names it: correct "
            "that statement, or take the principal out of it, by hand, then run again."
        )
    hint = _HINTS.get(code, "")
    return f"{action} on {target} failed with {code}: {failure.message.rstrip('.')}. {hint}".rstrip()


def _no_mfa_session(failure: CallError) -> str:
    start = f"sts:GetSessionToken with MFA was refused for the device {failure.target}. "
    if re.search("session credentials", failure.message):
        return (
            f"{start}AWS gives no such session to temporary credentials. Use the access keys of the IAM user whose device it is, or "
            f"leave assume_role_mfa_serial and assume_role_mfa_code out. AWS said: {failure.message}"
        )
    return (
        f"{start}The code is wrong, too old or was used before, since each works once; or the device is not one of this IAM "
        "user's; or a policy denies the user sts:GetSessionToken. Wait for the next code, check assume_role_mfa_serial, and run again. "
        f"AWS said: {failure.message}"
    )


def _not_assumed(failure: CallError) -> str:
    """AWS asks about the parts of the call one by one, and names the one that it refused."""
    asked = _ASKED.search(failure.message)
    option = _PARTS.get(asked[1]) if asked else None
    if asked and option:
        return (
            f"{asked[1]} on {failure.target} was refused. With {option} it is needed beside sts:AssumeRole: grant {asked[1]} on "
            "the role to the caller, and allow the caller the same in the role's trust policy, or leave out "
            f"{option}. AWS said: {failure.message}"
        )
    return (
        f"sts:AssumeRole on {failure.target} was refused. The caller needs sts:AssumeRole on this role, and the role's "
        "trust policy has to name the caller, with the external ID if it asks for one, and MFA if it asks for that. AWS answers the same if "
        f"this role, or its account, does not exist. AWS said: {failure.message}"
    )


def _clock(failure: CallError) -> str:
    times = _TIMES.search(failure.message)
    told = f"It was signed at {times[1]}, and AWS's time was {times[2]}. " if times else ""
    return (
        f"AWS did not accept the time of the request ({failure.code} at {failure.action}). {told}The clock of the machine that "
        "runs this collection is wrong, that of its host for a container or a virtual machine. Set it by NTP and run again."
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
            f"the time for the account is over at {action} on {failure.target}: {failure.message}. Check the network, proxy, region and "
            "endpoint_url if nothing answered, raise timeout if AWS is only slow, and run again."
        )
    if code in _NO_ENDPOINT:
        certificates = ", endpoint_url and aws_ca_bundle." if code == "SSLError" else " and endpoint_url."
        return (
            f"the AWS endpoint cannot be reached ({action}): {failure.message}. Check the network, proxy, region"
            f"{certificates}"
        )
    if code == NO_ANSWER:
        return (
            f"what answers to {action} is not AWS ({failure.message}). Check endpoint_url, and whether a proxy answers in "
            "its place."
        )
    if action.endswith(" client"):
        hint = _HINTS.get(code, "Check region, endpoint_url, profile and the AWS configuration files.")
        return f"the AWS SDK cannot be set up ({code}): {failure.message.rstrip('.')}. {hint}"
    return ""
