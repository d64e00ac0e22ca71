# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the proxies of the tests have in common: a loopback address and a free port, and requests passed on byte for byte.

Requests are signed, so that nothing of them may change on the way, the Host header included.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.emulator.server import Server


@dataclass(frozen=True)
class Answer:
    """``headers``: in order. Those that belong to the connection are left out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes


class Proxy(BaseHTTPRequestHandler):
    """``target``: host and port behind it. What a proxy does with a request is its do_POST, and its do_GET if it has one."""

    target: str
    protocol_version = "HTTP/1.1"
    # One packet for each answer: two would wait for each other's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def pass_on(self, body: bytes, called_as: str | None = None) -> Answer:
        """``called_as``: the host that the signature was made for, if it is not the one in the request."""
        upstream = http.client.HTTPConnection(self.target, timeout=60)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() == "content-length":
                value = str(len(body))
            upstream.putheader(name, (called_as or value) if name.lower() == "host" else value)
        upstream.endheaders(body)
        response = upstream.getresponse()
        of_the_connection = ("content-length", "transfer-encoding", "connection", "date", "server")
        headers = tuple((name, value) for name, value in response.getheaders() if name.lower() not in of_the_connection)
        answer = Answer(response.status, headers, response.read())
        upstream.close()
        return answer

    def answer(self, answer: Answer) -> None:
        # Who waited in vain is gone by now.
        with contextlib.suppress(ConnectionError):
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)
            self.wfile.flush()

    def log_message(self, *_arguments: object) -> None:
        """Nothing: the headers hold signatures."""


@contextlib.contextmanager
def in_front_of(server: Server, proxy: type[Proxy], **facts: Any) -> Iterator[str]:
    """The endpoint of a proxy that has ``facts`` as attributes."""
    handler = type(proxy.__name__, (proxy,), {"target": urlsplit(server.endpoint).netloc, **facts})
    serving = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}"
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join()
