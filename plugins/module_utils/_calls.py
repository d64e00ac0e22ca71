# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One AWS API call, and one paginated list, with errors that say what was asked of what.

``client`` is anything with boto3's methods; tests pass an IAM kept in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

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
_SDK = ("botocore.", "boto3.", "urllib3.")
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


_USER_IN_URL = re.compile(r"//[^/\s@]+@")


class CallFailed(Exception):
    """An API call that failed: ``action`` (``iam:GetRole``), ``target`` (ARN or name), AWS's ``code`` and ``message``.

    ``code`` is the exception's class name where the call never reached AWS (no endpoint, no credentials). ``uncertain``:
    AWS may have carried out the call all the same, since an answer was lost on the way.
    """

    def __init__(self, action: str, target: str, code: str, message: str, uncertain: bool = False) -> None:
        # A proxy's or an endpoint's URL can hold a password, and botocore quotes URLs.
        self.message = _USER_IN_URL.sub("//", message)
        super().__init__(f"{action} on {target}: {code}: {self.message}")
        self.action = action
        self.target = target
        self.code = code
        self.uncertain = uncertain


def call(client: Any, service: str, operation: str, target: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Make one call. ``operation`` as AWS spells it. Raises CallFailed, never anything of botocore's.

    The cause is not chained: a botocore exception can carry the request, and with it a session token.
    """
    method = getattr(client, _BOUNDARY.sub("_", operation).lower())
    try:
        answer: dict[str, Any] = method(**arguments)
    except Exception as error:
        failure = _failure(f"{service}:{operation}", target, error)
        if failure is None:
            raise
    else:
        return answer
    raise failure


def pages(client: Any, operation: str, key: str, target: str, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """Every item of an IAM list, whatever the number of pages."""
    marker: dict[str, Any] = {}
    while True:
        page = call(client, "iam", operation, target, {**arguments, **marker})
        yield from page[key]
        if not page.get("IsTruncated"):
            return
        marker = {"Marker": page["Marker"]}


def _failure(action: str, target: str, error: Exception) -> CallFailed | None:
    """What botocore raised as CallFailed; None for anything else, which is a defect of ours."""
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return _refusal(action, target, response)
    if type(error).__name__ == "ResponseParserError":
        # Its message quotes the answer, whatever that is.
        return CallFailed(action, target, NO_ANSWER, "it cannot be read", uncertain=True)
    if type(error).__module__.startswith(_SDK):
        name = type(error).__name__
        return CallFailed(action, target, name, str(error), uncertain=name in _LOST)
    if _raised_in_sdk(error):
        return CallFailed(action, target, NO_ANSWER, "it cannot be read", uncertain=True)
    return None


def _refusal(action: str, target: str, response: Mapping[str, Any]) -> CallFailed:
    told, facts = response.get("Error", {}), response.get("ResponseMetadata", {})
    status, code = facts.get("HTTPStatusCode", "unknown"), str(told.get("Code") or "")
    if not code:
        return CallFailed(action, target, NO_ANSWER, f"HTTP status {status}", uncertain=True)
    # What is refused at once was not carried out; a retry can be refused because the first attempt was carried out.
    retried = bool(facts.get("RetryAttempts")) and code not in THROTTLED
    failed_inside = isinstance(status, int) and status >= 500
    return CallFailed(action, target, code, str(told.get("Message", "")), uncertain=retried or failed_inside)


def _raised_in_sdk(error: Exception) -> bool:
    """Whether the SDK stumbled over an answer: its parsers take the elements of an AWS answer for granted."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith("botocore.parsers")
