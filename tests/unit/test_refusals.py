# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's refusals of credentials and of the time, in the codes and words of every service, and what of them is repeated."""

from __future__ import annotations

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.explain import explain, with_reason

ROLE = "arn:aws:iam::111122223333:role/Restore"
TOKEN = "FwoGZXIvYXdzEXAMPLEofAsessionTOKEN+/=="
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key."
)
CANONICAL = (
    f"{MISMATCH}\n\nThe Canonical String for this request should have been\n'POST\n/\n\nhost:kms.eu-west-1.amazonaws.com\n"
    f"x-amz-date:20260101T000000Z\nx-amz-security-token:{TOKEN}\nx-amz-target:TrentService.VerifyMac\n'"
)
PAST = "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)"
ACTIONS = ("iam:GetRole", "sts:AssumeRole", "sts:GetSessionToken", "kms:GenerateMac", "s3:PutObject")


def failed(code: str, message: str, action: str = "iam:GetRole") -> CallError:
    return CallError(action, ROLE, code, message)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("InvalidSignature", PAST),
        ("InvalidSignatureException", PAST),
        ("SignatureDoesNotMatch", PAST),
        ("SignatureDoesNotMatch", PAST.upper()),
        ("SignatureDoesNotMatch", "Signature has expired"),
        (
            "SignatureDoesNotMatch",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
        ),
        ("SignatureDoesNotMatchException", "Signature not yet current: later"),
        ("SignatureExpired", ""),
        ("AccessDenied", "Request has expired"),
        ("AccessDenied", "Signature expired: 20260101T000000Z"),
        ("AccessDeniedException", "Signature expired: 20260101T000000Z"),
        ("RequestExpired", ""),
        ("RequestExpiredException", "Request has expired"),
        ("RequestInTheFuture", ""),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ("RequestTimeTooSkewedException", ""),
        ("AuthFailure", "The request has expired."),
        ("Sender", "Signature expired: then"),
        ("403", "Signature expired"),
        ("ValidationError", "Request timestamp is too skewed"),
    ],
)
def test_the_clock_is_named_whatever_the_code(action: str, code: str, told: str):
    message = explain(failed(code, told, action), "", "role /Restore")
    assert f"did not accept the time of the request ({code} at {action})" in message
    assert "Synchronize it by NTP" in message


@pytest.mark.parametrize(
    ("code", "told", "words"),
    [
        ("SignatureDoesNotMatch", MISMATCH, "did not accept the credentials"),
        ("IncompleteSignatureException", "", "did not accept the credentials"),
        ("InvalidToken", "The provided token is malformed or otherwise invalid.", "did not accept the credentials"),
        ("UnrecognizedClientException", "The security token is invalid.", "did not accept the credentials"),
        ("ExpiredToken", "The security token included in the request is expired", "credentials have expired"),
        ("ExpiredTokenException", "The security token included in the request is expired", "credentials have expired"),
        ("AccessDenied", "User: u is not authorized to perform: iam:GetRole on role signature-expired", "not allowed"),
        ("MalformedPolicyDocument", "A statement says 'Signature expired'", "IAM does not accept the document"),
    ],
)
def test_what_is_not_the_clock_is_not_told_as_it(code: str, told: str, words: str):
    message = explain(failed(code, told), "", "role /Restore")
    assert words in message
    assert "NTP" not in message


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "code",
    ["SignatureDoesNotMatch", "InvalidSignatureException", "AccessDenied", "403", "ValidationError", "SomethingNew"],
)
@pytest.mark.parametrize(
    "told",
    [
        CANONICAL,
        CANONICAL.replace("\n", " "),
        CANONICAL.upper().replace(TOKEN.upper(), TOKEN),
        f"The String-to-Sign should have been 'AWS4-HMAC-SHA256 {TOKEN}'",
        f"Signature expired: now. The canonical request was {TOKEN}",
        f"Signature expired: now\nx-amz-security-token:{TOKEN}",
        f"Signature expired: x-amz-security-token: {TOKEN}",
        f"Unknown parameter X-Amz-Security-Token={TOKEN}&X-Amz-Date=1",
        f"Headers: {{'x-amz-security-token': '{TOKEN}'}}",
        f"The token {TOKEN} is not known",
    ],
)
def test_no_error_of_a_call_holds_a_session_token(action: str, code: str, told: str):
    """Not the sentence alone: whoever repeats the error's own message repeats no token."""
    failure = failed(code, told, action)
    shown = f"{failure} {failure.message} {failure.args} {explain(failure, '', 'x')} {with_reason('It failed', failure, 'Do.')}"
    assert TOKEN[:12] not in shown
    assert "TrentService" not in shown


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("AccessDenied", "User: ann is not authorized to perform: iam:GetRole because of an SCP."),
        ("ValidationError", "The header x-amz-security-token is missing"),
        ("NoSuchEntity", "The role with name FwoG cannot be found."),
        ("MalformedPolicyDocument", "Syntax error at position (1,2)\nin line 2"),
    ],
)
def test_any_other_message_of_aws_stays_as_it_is(code: str, told: str):
    assert failed(code, told).message == told


def test_what_failed_is_told_with_the_answer_or_with_its_cause():
    assert with_reason("It failed", failed("Quota", "too many."), "Ask for more.") == (
        "It failed (Quota: too many). Ask for more."
    )
    for code, words in [("ExpiredToken", "have expired"), ("EndpointConnectionError", "cannot be reached")]:
        told = with_reason("It failed", failed(code, "no"), "Ask for more.")
        assert told.startswith("It failed: the AWS ")
        assert words in told
        assert "Ask for more" not in told
