# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's refusals of a request's credentials or time, of any service: which one it is, and what of AWS's text may be shown."""

from __future__ import annotations

import re
from enum import StrEnum


class Refusal(StrEnum):
    """``EXPIRED``: the credentials; ``CLOCK``: the time of signing is too far from AWS's own."""

    EXPIRED = "expired"
    CLOCK = "clock"
    CREDENTIALS = "credentials"


# Services with a JSON protocol add "Exception" to some of these codes, and others do not.
_EXPIRED = frozenset({"ExpiredToken", "TokenRefreshRequired"})
_CLOCK = frozenset({"RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed", "SignatureExpired"})
_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "AuthorizationHeaderMalformed",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignature",
        "InvalidToken",
        "MissingAuthenticationToken",
        "NotSignedRequest",
        "SignatureDoesNotMatch",
        "UnrecognizedClient",
    }
)
# Most services say it only here, under the code of a wrong signature, of a denial or of no kind at all. It opens their message:
# further on it could be part of a name.
_OF_CLOCK = re.compile(
    r"\s*(?:the )?(?:(?:signature|request) (?:has |is )?(?:expired|not yet current)\b|date in credential scope does not match\b"
    r"|request timestamp is too skewed\b|difference between the request time and\b)",
    re.IGNORECASE,
)
# What AWS calls that which it was sent, the session token among the headers, where it repeats it.
_REPEATED = re.compile(r"\b(?:canonical (?:string|request)|string[ -]?to[ -]?sign)\b", re.IGNORECASE)
_TOKENS = re.compile(
    # A header or a parameter of a URL, and what STS's tokens begin with, wherever they stand.
    r"(?P<name>(?i:\bx-amz-security-token)\b[\"']?\s*[:=]\s*)[^\s,;&]+|\b(?:AQoD|FQoG|FwoG|IQoJ)[\w+/=%-]{8,}"
)
_LEFT_OUT = "AWS's message is omitted, since it may contain a session token"


def kind(code: str, message: str) -> Refusal | None:
    """Which refusal AWS's ``code`` and ``message`` are; None for any other answer."""
    name = code.removesuffix("Exception")
    if name in _EXPIRED:
        return Refusal.EXPIRED
    if name in _CLOCK or _OF_CLOCK.match(message):
        return Refusal.CLOCK
    return Refusal.CREDENTIALS if name in _CREDENTIALS else None


def repeatable(code: str, message: str) -> str:
    """What of ``message`` can be shown: no session token, and nothing of a request whose signature AWS did not accept."""
    refusal = kind(code, message)
    if refusal is Refusal.CREDENTIALS:
        return _LEFT_OUT
    # The two times stand in the first line.
    text = message.partition("\n")[0] if refusal is Refusal.CLOCK else message
    return _TOKENS.sub(_masked, _up_to_what_is_repeated(text)).rstrip() or (_LEFT_OUT if message else "")


def _up_to_what_is_repeated(text: str) -> str:
    """Without the sentence in which that begins, and what follows."""
    begins = _REPEATED.search(text)
    if begins is None:
        return text
    # By no pattern, which would begin anew at each character of a text that has no end of a sentence.
    return text[: max(text.rfind(mark, 0, begins.start()) for mark in ".\n") + 1]


def _masked(token: re.Match[str]) -> str:
    return f"{token['name'] or ''}********"
