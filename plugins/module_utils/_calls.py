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
_SDK = ("botocore.", "boto3.", "urllib3.")
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class CallFailed(Exception):
    """An API call that failed: ``action`` (``iam:GetRole``), ``target`` (ARN or name), AWS's ``code`` and ``message``.

    ``code`` is the exception's class name where the call never reached AWS (no endpoint, no credentials).
    """

    def __init__(self, action: str, target: str, code: str, message: str) -> None:
        super().__init__(f"{action} on {target}: {code}: {message}")
        self.action = action
        self.target = target
        self.code = code
        self.message = message


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
        told = response.get("Error", {})
        if told.get("Code"):
            return CallFailed(action, target, str(told["Code"]), str(told.get("Message", "")))
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", "unknown")
        return CallFailed(action, target, NO_ANSWER, f"HTTP status {status}")
    if type(error).__name__ == "ResponseParserError":
        # Its message quotes the answer, whatever that is.
        return CallFailed(action, target, NO_ANSWER, "it cannot be read")
    if type(error).__module__.startswith(_SDK):
        return CallFailed(action, target, type(error).__name__, str(error))
    if _raised_in_sdk(error):
        return CallFailed(action, target, NO_ANSWER, "it cannot be read")
    return None


def _raised_in_sdk(error: Exception) -> bool:
    """Whether the SDK stumbled over an answer: its parsers take the elements of an AWS answer for granted."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith("botocore.parsers")
