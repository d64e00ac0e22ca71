# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One AWS API call, and one paginated list, with errors that say what was asked of what.

``client`` is anything with boto3's methods; tests pass an IAM kept in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from .._policy.errors import CollectionError
from . import credentials_in_urls, deadline, profiles, refusals
from .deadline import OUT_OF_TIME, Deadline, OutOfTimeError
from .traces import modules

NOT_FOUND = frozenset({"NoSuchEntity", "NoSuchEntityException"})
# The code of an answer that is none of AWS's, such as a web page of something in between.
NO_ANSWER = "NoAnswerOfAWS"
THROTTLED = frozenset(
    {
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
# What botocore raises where the connection failed, after its retries: an earlier attempt may have reached AWS.
_LOST = frozenset(
    {
        "ConnectTimeoutError",
        "ConnectionClosedError",
        "EndpointConnectionError",
        "HTTPClientError",
        "ProxyConnectionError",
        "ReadTimeoutError",
        "ResponseStreamingError",
    }
)
# Where the call did not come as far as AWS, or its answer not back.
UNREACHED = _LOST - {"ResponseStreamingError"} | {OUT_OF_TIME, "InvalidEndpoint", "SSLError"}
_SDK = ("botocore.", "boto3.", "urllib3.")
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_ARN = re.compile(r"arn:(aws[a-z-]*):(?:iam|sts)::([0-9]{12}):.+", re.DOTALL)


# More than any list of AWS's can have: pages that go on beyond it lead in a circle, or nowhere.
MOST_PAGES = 10_000
# The elements of IAM's answers that hold a policy document, which is read by rules of its own.
DOCUMENTS = frozenset({"AssumeRolePolicyDocument", "Document", "PolicyDocument"})


class CallError(CollectionError):
    """An API call that failed: ``action`` (``iam:GetRole``), ``target`` (ARN or name), AWS's ``code`` and ``message``.

    ``code`` is the exception's class name where the call never reached AWS (no endpoint, no credentials). ``uncertain``:
    AWS may have carried out the call all the same, since an answer was lost on the way. ``statement``: the statement of
    somebody else at which IAM refused a document, where whoever made the call knows.
    """

    statement = ""

    def __init__(self, action: str, target: str, code: str, message: str, uncertain: bool = False) -> None:
        # A proxy's or an endpoint's URL can hold a password, and botocore quotes URLs; AWS quotes requests, session token included.
        # Here, where every answer comes through, so that no message made of it has to see to that.
        self.message = credentials_in_urls.without(refusals.repeatable(code, message))
        super().__init__(f"{action} on {target}: {code}: {self.message}")
        self.action = action
        self.target = target
        self.code = code
        self.uncertain = uncertain


class Answer(dict[str, Any]):
    """A structure of an answer. An element that is read and not there raises CallError: then it is none of AWS's."""

    __slots__ = ("_action", "_target")

    def __init__(self, structure: Mapping[str, Any], action: str, target: str) -> None:
        super().__init__(
            {key: value if key in DOCUMENTS else _within(value, action, target) for key, value in structure.items()}
        )
        self._action = action
        self._target = target

    def __missing__(self, key: str) -> Any:
        raise CallError(self._action, self._target, NO_ANSWER, f"it has no {key}")


def _within(value: Any, action: str, target: str) -> Any:
    if isinstance(value, dict):
        return Answer(value, action, target)
    return [_within(item, action, target) for item in value] if isinstance(value, list) else value


def of_arn(arn: str, action: str, target: str) -> tuple[str, str]:
    """Partition and account ID in an ARN that ``action`` told of ``target``. Raises CallError for what is no ARN."""
    match = _ARN.fullmatch(arn)
    if match is None:
        raise CallError(action, target, NO_ANSWER, f"it has no ARN, but {arn[:100]!r}")
    return match[1], match[2]


def call(client: Any, service: str, operation: str, target: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Make one call. ``operation`` as AWS spells it. Raises CallError, never anything of botocore's.

    The cause is not chained: a botocore exception can carry the request, and with it a session token.
    """
    method = partial(getattr(client, _BOUNDARY.sub("_", operation).lower()), **arguments)
    action, until = f"{service}:{operation}", deadline.of(client)
    try:
        answer: dict[str, Any] = method() if until is None else until.run(action, method)
    except Exception as error:
        failure = _failure(action, target, error, credentials_in_urls.of_client(client))
        if failure is None:
            raise
        _note(client, failure, until)
    else:
        _note(client, None, until)
        return Answer(answer, action, target)
    raise failure


def _note(client: Any, failure: CallError | None, until: Deadline | None) -> None:
    """Whether AWS could be reached, for those who share the way there."""
    if until is None:
        return
    if failure is None or failure.code not in UNREACHED:
        until.answered(client)
    # What was not sent for want of time tells nothing of the way.
    elif failure.code != OUT_OF_TIME or failure.uncertain:
        until.lost(client, failure.code, failure.message)


def pages(client: Any, operation: str, key: str, target: str, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """Every item of an IAM list, whatever the number of pages."""
    for page in marked_pages(client, operation, target, arguments):
        yield from page[key]


def marked_pages(client: Any, operation: str, target: str, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The pages of an IAM list. Raises CallError if they lead in a circle."""

    def following(page: dict[str, Any]) -> str | None:
        return str(page["Marker"]) if page.get("IsTruncated") else None

    return _paged(client, "iam", operation, target, arguments, "Marker", following)


def token_pages(
    client: Any, service: str, operation: str, target: str, arguments: Mapping[str, Any], names: tuple[str, str]
) -> Iterator[dict[str, Any]]:
    """The pages of another service's list. ``names``: of what tells the next page, as it is sent and as it is received.

    Raises CallError if they lead in a circle.
    """
    sent, received = names
    return _paged(client, service, operation, target, arguments, sent, lambda page: page.get(received) or None)


def _paged(
    client: Any,
    service: str,
    operation: str,
    target: str,
    arguments: Mapping[str, Any],
    sent: str,
    following: Callable[[dict[str, Any]], str | None],
) -> Iterator[dict[str, Any]]:
    """``sent``: the argument that asks for a further page; ``following``: its value, None after the last page."""
    more: dict[str, Any] = {}
    seen: set[str] = set()
    while len(seen) < MOST_PAGES:
        page = call(client, service, operation, target, {**arguments, **more})
        yield page
        token = following(page)
        if token is None:
            return
        if token in seen:
            break
        seen.add(token)
        more = {sent: token}
    raise CallError(f"{service}:{operation}", target, NO_ANSWER, "its pages do not end")


def _failure(action: str, target: str, error: Exception, urls: list[str]) -> CallError | None:
    """What botocore raised as CallError; None for anything else, which is a defect of ours. ``urls``: those it may quote."""
    response = getattr(error, "response", None)
    if isinstance(error, OutOfTimeError):
        return CallError(action, target, OUT_OF_TIME, str(error), uncertain=error.sent)
    if isinstance(response, Mapping):
        return _refusal(action, target, response)
    if profile := profiles.code_and_message(error):
        return CallError(action, target, *profile)
    if type(error).__name__ == "ResponseParserError":
        # Its message quotes the answer, whatever that is.
        return CallError(action, target, NO_ANSWER, "it cannot be read", uncertain=True)
    if type(error).__module__.startswith(_SDK):
        name = type(error).__name__
        return CallError(action, target, name, credentials_in_urls.without(str(error), urls), uncertain=name in _LOST)
    if _raised_in(error, "botocore.parsers"):
        # The SDK stumbled over an answer: its parsers take the elements of an AWS answer for granted.
        return CallError(action, target, NO_ANSWER, "it cannot be read", uncertain=True)
    if isinstance(error, ValueError) and _raised_in(error, "botocore.auth"):
        # Before anything was sent: what is signed is the URL, and its host or port cannot be read.
        return CallError(action, target, "InvalidEndpoint", credentials_in_urls.without(str(error), urls))
    return None


def _refusal(action: str, target: str, response: Mapping[str, Any]) -> CallError:
    told, facts = response.get("Error", {}), response.get("ResponseMetadata", {})
    status, code = facts.get("HTTPStatusCode", "unknown"), str(told.get("Code") or "")
    if not code:
        return CallError(action, target, NO_ANSWER, f"HTTP status {status}", uncertain=True)
    # What is refused at once was not carried out; a retry can be refused because the first attempt was carried out.
    retried = bool(facts.get("RetryAttempts")) and code not in THROTTLED
    failed_inside = isinstance(status, int) and status >= 500
    return CallError(action, target, code, str(told.get("Message", "")), uncertain=retried or failed_inside)


def _raised_in(error: Exception, module: str) -> bool:
    """Whether an error comes out of one of the SDK's modules, or of what that called."""
    return any(name.startswith(module) for name in modules(error))
