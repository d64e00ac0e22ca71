# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The embedded AWS: MiniStack with IAM enforced, and moto as the second opinion, each as a process of its own.

A server listens on 127.0.0.1 and a free port only, and is stopped by the process ID it was started under, also when
the block around it fails or the process is told to end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".build"
_PATIENCE = 90.0


@dataclass(frozen=True)
class Server:
    """A running emulator. ``enforces_iam``: whether it refuses what IAM would refuse."""

    name: str
    endpoint: str
    pid: int
    log: Path
    reset_path: str
    enforces_iam: bool

    def reset(self) -> None:
        """Forget every account."""
        request = urllib.request.Request(self.endpoint + self.reset_path, method="POST")  # noqa: S310 (our own URL)
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            pass


class ServerNotStarted(Exception):
    """The emulator did not answer; the message holds the end of its log."""


@contextlib.contextmanager
def ministack() -> Iterator[Server]:
    """MiniStack with AUTH=true: it checks signatures and enforces identity, trust and boundary policies."""
    port = _free_port()
    environment = {"AUTH": "true", "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}
    command = [_python(), "-m", "ministack"]
    with _running("ministack", command, environment, port, "/_ministack/health", "/_ministack/reset", True) as server:
        yield server


@contextlib.contextmanager
def moto() -> Iterator[Server]:
    """moto in server mode: another author's IAM, which checks documents strictly and enforces nothing."""
    port = _free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running("moto", command, {}, port, "/moto-api/", "/moto-api/reset", False) as server:
        yield server


@contextlib.contextmanager
def microburst(upstream: str) -> Iterator[str]:
    """The endpoint of microburst in front of an emulator, or of a proxy; its rules are set through it."""
    port = _free_port()
    command = [_python(), "-m", "microburst", "--host", "127.0.0.1", "--port", str(port), "--upstream", upstream]
    with _running("microburst", command, {}, port, "/_microburst/health", "", False) as running:
        yield running.endpoint


def _python() -> str:
    """That of the emulators' virtual environment."""
    python = Path(os.environ.get("EMULATOR_PYTHON", ROOT / ".venv-emulator" / "bin" / "python"))
    if not python.exists():
        raise ServerNotStarted(f"{python} does not exist. Run `make setup`, or set EMULATOR_PYTHON.")
    return str(python)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _running(
    name: str, command: list[str], extra: dict[str, str], port: int, health: str, reset: str, enforces: bool
) -> Iterator[Server]:
    BUILD.mkdir(exist_ok=True)
    log = BUILD / f"{name}-{port}.log"
    # The caller's own AWS settings are none of the emulator's business.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    with log.open("wb") as output, _ended_by_signals():
        process = subprocess.Popen(
            command, env=environment | extra, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        server = Server(name, f"http://127.0.0.1:{port}", process.pid, log, reset, enforces)
        try:
            _wait(server, process, health)
            yield server
        finally:
            _stop(process)


def _wait(server: Server, process: subprocess.Popen[bytes], health: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(server.endpoint + health, timeout=5):  # noqa: S310 (our own URL)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    tail = server.log.read_text(errors="replace")[-2000:]
    raise ServerNotStarted(f"{server.name} did not answer at {server.endpoint}. The end of its log:\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block as an exception, so that the server is stopped before this process is gone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: Any) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
