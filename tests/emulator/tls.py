# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTPS on a loopback address and a free port, with certificates of authorities that nobody else knows."""

from __future__ import annotations

import contextlib
import datetime
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

CALLER = "arn:aws:iam::111122223333:user/automation"
_ANSWER = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult>"
    f"<Arn>{CALLER}</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
).encode()


class Authority:
    """A certificate authority. ``bundle``: its own certificate, as a file that servers are checked against."""

    def __init__(self, directory: Path, name: str) -> None:
        self._authority = trustme.CA(organization_name=name)
        self.bundle = directory / f"{name}.pem"
        self._authority.cert_pem.write_to_path(str(self.bundle))

    def server_context(self, host: str = "localhost", *, expired: bool = False) -> ssl.SSLContext:
        """What a server at ``host`` shows."""
        now = datetime.datetime.now(datetime.UTC)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        not_after = now - datetime.timedelta(days=1) if expired else now + datetime.timedelta(days=7)
        certificate = self._authority.issue_cert(host, not_before=now - datetime.timedelta(days=9), not_after=not_after)
        certificate.configure_cert(context)
        return context


class _Sts(BaseHTTPRequestHandler):
    """Answers GetCallerIdentity, whatever it is asked."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(_ANSWER)))
        self.end_headers()
        self.wfile.write(_ANSWER)

    def log_message(self, *_arguments: object) -> None:
        """Nothing: the headers hold signatures."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_arguments: object) -> None:
        """Nothing: that a client hangs up on a certificate is what it is here for."""


@contextlib.contextmanager
def sts(context: ssl.SSLContext) -> Iterator[str]:
    """The endpoint of an STS that shows the certificate in ``context``."""
    server = _Server(("127.0.0.1", 0), _Sts)
    # The handshake is left to the thread of each connection: a client that does not finish it keeps nobody else waiting.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
