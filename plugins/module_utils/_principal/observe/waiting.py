# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting: how long, by which clock, and in which steps. Seconds throughout."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 10.0


@dataclass(frozen=True)
class Waiting:
    """``timeout``: how long to wait for IAM to show what was written."""

    timeout: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Pauses:
    """Growing pauses that end at a deadline: ``wait()`` is False once the time is up."""

    def __init__(self, timeout: float, waiting: Waiting) -> None:
        self._waiting = waiting
        self._deadline = waiting.clock() + timeout
        self._pause = _FIRST_PAUSE

    def wait(self) -> bool:
        left = self._deadline - self._waiting.clock()
        if left <= 0:
            return False
        self._waiting.sleep(min(self._pause, left))
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        return True
