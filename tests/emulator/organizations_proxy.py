# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A proxy in front of moto that behaves as AWS Organizations does on a busy day.

It cuts every list into small pages and puts an empty page with a NextToken before each, throttles calls before it lets
them through, and refuses what it is told to refuse. It also writes down every call.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.emulator.proxy import Answer, Proxy, in_front_of
from tests.emulator.server import Server

Arguments = dict[str, Any]
_LISTS = {
    "ListAccountsForParent": "Accounts",
    "ListOrganizationalUnitsForParent": "OrganizationalUnits",
    "ListParents": "Parents",
    "ListPolicies": "Policies",
    "ListPoliciesForTarget": "Policies",
    "ListRoots": "Roots",
    "ListTagsForResource": "Tags",
    "ListTargetsForPolicy": "Targets",
}


@dataclass
class Weather:
    """``page``: items on a page. ``empty_pages``: whether an empty one comes before each.

    ``throttled``: how many more calls of each operation are throttled first. ``refuse``: the error code for a call, or
    None. ``forget_status``: accounts come with State only.
    """

    page: int = 20
    empty_pages: bool = True
    throttled: dict[str, int] = field(default_factory=dict)
    refuse: Callable[[str, Arguments], str | None] = lambda _operation, _arguments: None
    forget_status: bool = False
    calls: list[tuple[str, Arguments]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _arguments in self.calls]


@contextlib.contextmanager
def behind(server: Server, weather: Weather) -> Iterator[str]:
    """The endpoint of the proxy."""
    with in_front_of(server, _Organizations, weather=weather) as endpoint:
        yield endpoint


class _Organizations(Proxy):
    weather: Weather

    def do_POST(self) -> None:
        body = self.body()
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if operation:
            status, answered = self._organizations(operation, json.loads(body))
            headers = (("Content-Type", "application/x-amz-json-1.1"),)
            self.answer(Answer(status, headers, json.dumps(answered).encode()))
            return
        answer = self.pass_on(body)
        asked = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        with self.weather.lock:
            self.weather.calls.append((f"sts:{asked['Action']}", asked))
        self.answer(answer)

    def _organizations(self, operation: str, arguments: Arguments) -> tuple[int, Arguments]:
        with self.weather.lock:
            self.weather.calls.append((operation, dict(arguments)))
            if self.weather.throttled.get(operation, 0) > 0:
                self.weather.throttled[operation] -= 1
                return self._refused("TooManyRequestsException")
            code = self.weather.refuse(operation, arguments)
            if code is not None:
                return self._refused(code)
        if operation not in _LISTS:
            return self._asked(arguments)
        return self._paged(_LISTS[operation], arguments)

    def _refused(self, code: str) -> tuple[int, Arguments]:
        self.weather.refused.append(code)
        return 400, {"__type": code, "message": "You don't have permissions to access this resource."}

    def _paged(self, key: str, arguments: Arguments) -> tuple[int, Arguments]:
        """Tokens: empty:N for the page with nothing on it before item N, item:N for the one that begins there."""
        kind, _colon, start = arguments.pop("NextToken", "empty:0").partition(":")
        arguments.pop("MaxResults", None)
        if kind == "empty" and self.weather.empty_pages:
            return 200, {key: [], "NextToken": f"item:{start}"}
        items: list[Any] = []
        token: str | None = None
        while True:
            following = {"NextToken": token} if token else {}
            status, answer = self._asked({**arguments, **following})
            if status != 200:
                return status, answer
            items += answer[key]
            token = answer.get("NextToken")
            if not token:
                break
        if self.weather.forget_status and key == "Accounts":
            items = [{name: value for name, value in item.items() if name != "Status"} for item in items]
        end = int(start) + self.weather.page
        more = {"NextToken": f"empty:{end}"} if end < len(items) else {}
        return 200, {key: items[int(start) : end], **more}

    def _asked(self, arguments: Arguments) -> tuple[int, Arguments]:
        answer = self.pass_on(json.dumps(arguments).encode())
        return answer.status, json.loads(answer.content)
