# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A proxy in front of an emulator that lets one chosen API call of an account fail, once, in a chosen way.

The account is told by its access key, which in MiniStack is the account's ID, so that many accounts can be worked on at
the same time. It writes down which calls an account made, and which of them the emulator carried out.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.emulator.proxy import serving
from tests.emulator.server import Server

# What is answered in place of the emulator: HTTP status and AWS's code. The call is not carried out.
REFUSALS = {
    "ThrottlingException": (400, "ThrottlingException"),
    "Throttling": (400, "Throttling"),
    "RequestLimitExceeded": (503, "RequestLimitExceeded"),
    "ServiceFailure": (500, "ServiceFailure"),
    "ServiceUnavailable": (503, "ServiceUnavailable"),
    "ExpiredToken": (403, "ExpiredToken"),
    "AccessDenied": (403, "AccessDenied"),
    "NoSuchEntity": (404, "NoSuchEntity"),
}
RESET_BEFORE, RESET_AFTER, TIMEOUT, GARBAGE = "reset before", "reset after", "timeout", "garbage body"
KINDS = (*REFUSALS, RESET_BEFORE, RESET_AFTER, TIMEOUT, GARBAGE)
_READS = re.compile("Get|List|Assume")


@dataclass
class Weather:
    """``due``: account → (number of the call, from 0; kind of fault). ``hold``: seconds that a timeout takes.

    ``before``: called with account, action and number of a call before it is passed on. ``after_write``: called with account
    and action of a change once it was carried out, before it is answered.
    """

    hold: float = 3.0
    before: Callable[[str, str, int], None] = lambda _account, _action, _number: None
    after_write: Callable[[str, str], None] = lambda _account, _action: None
    due: dict[str, tuple[int, str]] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    carried_out: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def arrives(self, account: str, action: str) -> str | None:
        """The fault for this call, or None."""
        with self.lock:
            self.calls[account].append(action)
            place = len(self.calls[account]) - 1
            number, kind = self.due.get(account, (-1, ""))
        self.before(account, action, place)
        return kind if number == place else None

    def writes(self, account: str) -> list[str]:
        """The operations that changed something in an account."""
        return [action for action in self.carried_out[account] if not _READS.match(action)]


@contextlib.contextmanager
def behind(server: Server, weather: Weather) -> Iterator[str]:
    """The endpoint of the proxy."""
    handler = type("Handler", (_Handler,), {"target": urlsplit(server.endpoint).netloc, "weather": weather})
    with serving(handler) as endpoint:
        yield endpoint


class _Handler(BaseHTTPRequestHandler):
    target: str
    weather: Weather
    protocol_version = "HTTP/1.1"
    # One packet for each answer: two would wait for each other's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        account = re.sub(".*Credential=", "", self.headers.get("Authorization", "")).split("/")[0]
        action = parse_qs(body.decode("latin-1")).get("Action", ["unknown"])[0]
        kind = self.weather.arrives(account, action)
        if kind in REFUSALS:
            self._answer(REFUSALS[kind][0], _refusal(REFUSALS[kind][1]))
        elif kind == RESET_BEFORE:
            self._reset()
        else:
            status, content = self._pass_on(body)
            if status == 200:
                with self.weather.lock:
                    self.weather.carried_out[account].append(action)
                if not _READS.match(action):
                    self.weather.after_write(account, action)
            if kind == RESET_AFTER:
                self._reset()
            elif kind == TIMEOUT:
                time.sleep(self.weather.hold)
                self._reset()
            else:
                self._answer(status, b"<html>Welcome" if kind == GARBAGE else content)

    def _pass_on(self, body: bytes) -> tuple[int, bytes]:
        upstream = http.client.HTTPConnection(self.target, timeout=60)
        upstream.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        return answer.status, content

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _reset(self) -> None:
        # Without lingering, closing sends RST in place of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_arguments: object) -> None:
        """Nothing: the headers hold signatures."""


def _refusal(code: str) -> bytes:
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>injected</Message></Error>"
        "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    ).encode()
