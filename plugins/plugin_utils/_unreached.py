# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the accounts of one play share though nothing else: the way to AWS. The workers tell each other whether it is open.

Each account has a worker of its own, which is gone when it is done. So each leaves a line in a file of the play, in the directory that a
run of Ansible has for itself; the last lines tell the next one. Whatever is wrong with the file, the account is tried.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from . import _kept

# A line is one write, so that those of two workers do not mix.
_LONGEST: Final = 1000
REACHED: Final = "reached"
# More accounts than are tried at once.
_LOOKED_AT: Final = 500


@dataclass(frozen=True)
class Way:
    """How the accounts of a play are reached that have the same connection options. ``after``: how many in a row; 0 for never."""

    path: Path
    after: int

    def cause(self) -> dict[str, str] | None:
        """Why no further account is to be tried; None to try it. It is that of the last account, and the same for all before it."""
        if self.after < 1:
            return None
        try:
            lines = _last(self.path, self.after)
        except OSError:
            return None
        return same(lines, self.after)

    def note(self, failure: Mapping[str, Any] | None, begun: float) -> None:
        """``failure``: ``connection_failure`` of the account's result, None if AWS has answered it. ``begun``: when, by ``clock``.

        While an account waits for nothing, others may be answered: then the way is open, and it is this account's own affair. Else a few of
        these would, in the end, hold every worker, and fail one after the other.
        """
        if self.after < 1:
            return
        line = json.dumps(
            {REACHED: clock()} if failure is None else {key: str(value)[:200] for key, value in failure.items()}
        )
        try:
            if failure is not None and self._last_reached() > begun:
                return
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb", 0) as file:
                file.write(line[:_LONGEST].encode() + b"\n")
        except OSError:
            # Then every account is tried, as without this.
            return

    def _last_reached(self) -> float:
        """When an account was answered last."""
        try:
            lines = _last(self.path, _LOOKED_AT)
        except FileNotFoundError:
            return 0.0
        return max((_reached(line) for line in lines), default=0.0)


def clock() -> float:
    """Seconds that all processes of the machine count alike."""
    return time.monotonic()


def way(play: str, connection: Mapping[str, Any], after: int) -> Way:
    """``play``: its ID in this run of Ansible. ``connection``: options that lead somewhere else where they differ."""
    key = hashlib.sha256(repr((play, sorted(connection.items()))).encode()).hexdigest()[:32]
    return Way(_kept.directory() / f"way-{key}", after)


def _last(path: Path, number: int) -> list[bytes]:
    """The last lines, without what is of a longer one. Raises OSError."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - number * (_LONGEST + 1)))
        return file.read().split(b"\n")[:-1][-number:]


def same(lines: Iterable[bytes], number: int) -> dict[str, str] | None:
    """The last of these failures, if there are as many and all are of one kind: the same error at the same endpoint."""
    found = [_failure(line) for line in lines]
    kinds = {(one["endpoint"], one["code"]) if one else None for one in found}
    return found[-1] if len(found) >= number and len(kinds) == 1 else None


def _reached(line: bytes) -> float:
    try:
        return float(json.loads(line)[REACHED])
    except (KeyError, RecursionError, TypeError, ValueError):
        return 0.0


def _failure(line: bytes) -> dict[str, str] | None:
    try:
        found = json.loads(line)
        return {key: str(found[key]) for key in ("endpoint", "code", "message")}
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
