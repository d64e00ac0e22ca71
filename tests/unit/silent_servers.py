# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers on 127.0.0.1 that take connections and do not answer as AWS does, each in its own way."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n"
# At once on closing, whatever was sent before.
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Server:
    """``answer``: gets each connection, the first request of it, and the number of the connection, from 1."""

    answer: Callable[[socket.socket, bytes, int], None]
    requests: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if request := _whole(connection):
                self.requests.append(request)
                self.answer(connection, request, len(self.requests))


def _whole(connection: socket.socket) -> bytes:
    """A request with its body, which can come in a packet of its own; what came of one that is none of HTTP."""
    request = connection.recv(65536)
    while b"\r\n\r\n" in request:
        head, _blank, body = request.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *([0-9]+)", head)
        if length is None or len(body) >= int(length[1]) or not (more := connection.recv(65536)):
            break
        request += more
    return request


@contextlib.contextmanager
def running(answer: Callable[[socket.socket, bytes, int], None] | None = None) -> Iterator[Server]:
    """``answer``: None for a server that takes every connection and never answers."""
    server = Server(answer or (lambda _connection, _request, _number: hold(server)))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]

        def accept() -> None:
            with contextlib.suppress(OSError):
                while not server.over.is_set():
                    connection, _address = listening.accept()
                    threading.Thread(target=server.serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()


def hold(server: Server) -> None:
    """Nothing, for as long as the test lasts."""
    server.over.wait(120)


def reset(connection: socket.socket, _request: bytes, _number: int) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def answered(connection: socket.socket, body: bytes) -> None:
    connection.sendall(_HEAD % len(body) + body)


def trickled(connection: socket.socket, server: Server) -> None:
    """A byte now and then: no pause between two of them is ever too long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not server.over.wait(0.2):
        connection.sendall(b"x")
