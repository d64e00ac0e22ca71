# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a command costs: CPU time of it and all its descendants, wall time, and the memory of the command itself."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tests.emulator.server import ROOT

_GLANCE = 0.05


@dataclass(frozen=True)
class Cost:
    """``cpu``, ``wall``: seconds. ``memory``: the most that the first process alone had resident, in MB."""

    cpu: float
    wall: float
    memory: float


def measure(command: list[str], environment: dict[str, str], log: Path) -> Cost:
    """Raises RuntimeError, with the end of the output, if the command fails."""
    start = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        peak = _Peak(process.pid)
        # Its children's time is in it, and their children's, since each process waits for its own.
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - start
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}:\n{log.read_text(errors='replace')[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak.megabytes())


class _Peak:
    """Looks at a process's high-water mark until it is gone. ``ru_maxrss`` would take its largest descendant's."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._kilobytes = 0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while True:
            try:
                match = re.search(r"VmHWM:\s+(\d+) kB", self._status.read_text())
            except OSError:
                return
            if not match:
                return
            self._kilobytes = int(match[1])
            time.sleep(_GLANCE)

    def megabytes(self) -> float:
        self._thread.join()
        return self._kilobytes / 1000
