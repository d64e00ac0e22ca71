# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way to AWS: through TLS, and as far away as AWS is.

A relay passes on bytes, so that signatures stay what they are. Being far away takes a round trip for the connection, and half of
one for whatever goes in either direction, the TLS handshake included; TLS ends behind that.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from botocore.httpsession import get_cert_path

from tests.emulator.organization import Organization
from tests.emulator.tls import Authority

_HOST = "127.0.0.1"
_CHUNK = 65536


@dataclass(frozen=True)
class Link:
    """``milliseconds``: of a round trip. ``direct``: with nothing in between."""

    name: str
    tls: bool = False
    milliseconds: int = 0

    @property
    def direct(self) -> bool:
        return self.name == "direct"

    @property
    def title(self) -> str:
        if self.direct:
            return "Straight to the emulator"
        return f"By {'HTTPS' if self.tls else 'HTTP'} through a relay, {self.milliseconds} ms for a round trip"


def parse(name: str) -> Link:
    """``direct``, or scheme and milliseconds, such as ``https:80``. Raises ValueError."""
    if name == "direct":
        return Link(name)
    scheme, _colon, milliseconds = name.partition(":")
    if scheme not in ("http", "https"):
        raise ValueError(name)
    return Link(name, scheme == "https", int(milliseconds))


@contextlib.contextmanager
def reached(organization: Organization, link: Link, directory: Path) -> Iterator[tuple[Organization, dict[str, str]]]:
    """The same organization at the other end of the link, and what the environment needs for it."""
    if link.direct:
        yield organization, {}
        return
    context, environment = _certificates(directory) if link.tls else (None, {})
    upstream = urlsplit(organization.server.endpoint)
    with _relay(str(upstream.hostname), int(upstream.port or 80), context, link.milliseconds / 1000) as port:
        endpoint = f"{'https' if link.tls else 'http'}://{_HOST}:{port}"
        yield replace(organization, server=replace(organization.server, endpoint=endpoint)), environment


def _certificates(directory: Path) -> tuple[ssl.SSLContext, dict[str, str]]:
    """Checked against the usual bundle with one more certificate in it, since its size is what loading it costs."""
    authority = Authority(directory, "benchmark")
    bundle = directory / "bundle.pem"
    bundle.write_text(Path(get_cert_path(True)).read_text() + authority.bundle.read_text())
    return authority.server_context(_HOST), {"AWS_CA_BUNDLE": str(bundle)}


@contextlib.contextmanager
def _relay(host: str, port: int, context: ssl.SSLContext | None, delay: float) -> Iterator[int]:
    """Its port. It runs in a thread: whoever measures only waits."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers = contextlib.AsyncExitStack()

    async def start() -> int:
        end = await servers.enter_async_context(_listening(host, port, context, 0))
        return await servers.enter_async_context(_listening(_HOST, end, None, delay)) if delay else end

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(_stop(servers), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(servers: contextlib.AsyncExitStack) -> None:
    await servers.aclose()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextlib.asynccontextmanager
async def _listening(host: str, port: int, context: ssl.SSLContext | None, delay: float) -> AsyncIterator[int]:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(delay)
        to_reader, to_writer = await asyncio.open_connection(host, port)
        with contextlib.suppress(OSError):
            await asyncio.gather(_pump(reader, to_writer, delay / 2), _pump(to_reader, writer, delay / 2))

    server = await asyncio.start_server(connected, _HOST, 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Each chunk ``delay`` seconds after it came, however many are on their way."""
    loop = asyncio.get_running_loop()
    on_their_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            when, chunk = await on_their_way.get()
            await asyncio.sleep(when - loop.time())
            if not chunk:
                writer.close()
                return
            writer.write(chunk)
            await writer.drain()

    arriving = asyncio.create_task(arrive())
    try:
        while chunk := await reader.read(_CHUNK):
            on_their_way.put_nowait((loop.time() + delay, chunk))
    finally:
        on_their_way.put_nowait((loop.time() + delay, b""))
        await arriving
