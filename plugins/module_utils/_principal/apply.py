# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carrying out a plan, operation by operation, and saying how far it came if one fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from .._calls import NOT_FOUND, CallFailed, call
from .state import Operation

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 10.0


class ApplyStopped(Exception):
    """An operation failed. ``done`` were made, ``failed`` was not, ``left`` were not tried."""

    def __init__(self, done: Sequence[Operation], failed: Operation, left: Sequence[Operation], cause: CallFailed):
        super().__init__(str(cause))
        self.done = tuple(done)
        self.failed = failed
        self.left = tuple(left)
        self.cause = cause


class Pauses:
    """Growing pauses that end at a deadline: ``wait()`` is False once the time is up. Seconds throughout."""

    def __init__(self, timeout: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._deadline = clock() + timeout
        self._pause = _FIRST_PAUSE

    def wait(self) -> bool:
        left = self._deadline - self._clock()
        if left <= 0:
            return False
        self._sleep(min(self._pause, left))
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        return True


def apply(
    client: Any,
    operations: Sequence[Operation],
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Make every operation in order. Raises ApplyStopped at the first that fails for good.

    IAM is eventually consistent: a call on something that this very plan has just created can be told NoSuchEntity.
    Only then is it repeated, for up to ``timeout`` seconds.
    """
    created: set[str] = set()
    for index, operation in enumerate(operations):
        fresh = bool(created & {operation.target, str(operation.arguments.get("PolicyArn", ""))})
        pauses = Pauses(timeout if fresh else 0, clock, sleep)
        while True:
            try:
                call(client, "iam", operation.name, operation.target, operation.arguments)
                break
            except CallFailed as error:
                if error.code in NOT_FOUND and pauses.wait():
                    continue
                raise ApplyStopped(operations[:index], operation, operations[index + 1 :], error) from None
        if operation.name.startswith("Create"):
            created.add(operation.target)
