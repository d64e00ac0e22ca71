# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far a run over many accounts has come, as a line for a log. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_CONVERGES: Final = frozenset({"cloudrestore.aws.restore_access", "cloudrestore.aws.restore_role"})
_VERIFIES: Final = frozenset({"cloudrestore.aws.restore_role_verify"})
WORK: Final = _CONVERGES | _VERIFIES


def what(action: str, args: Mapping[str, Any], check_mode: bool, of_play: Mapping[str, Any]) -> str:
    """What a task does with each account; empty for one that is about none.

    ``args``: as the task has them. ``of_play``: the play's own variables, by which a rollback is told from a run.
    """
    # The look at all hosts at once is no work on any.
    if action not in WORK or args.get("fleet"):
        return ""
    if action in _VERIFIES or args.get("part") == "verify":
        return "Verify"
    if args.get("snapshot") or of_play.get("restore_access_report_name") == "rollback":
        return "Rollback"
    return "Drift report" if check_mode else "Converge"


def has_drifted(returned: Mapping[str, Any]) -> bool:
    """Whether an account is to be counted as drifted. ``returned``: of restore_role or restore_role_verify."""
    return bool(returned.get("changes") or returned.get("unresolved") or returned.get("drifted"))


@dataclass
class Progress:
    """Accounts counted as they come in. ``started``, ``shown``: seconds, of one clock; ``every``: seconds between lines.

    ``step``: accounts between two lines, which bounds their number.
    """

    what: str
    total: int
    started: float
    every: float
    step: int = 1
    shown: float = 0.0
    told: int = 0
    done: int = 0
    skipped: int = 0
    drifted: int = 0
    failed: int = 0

    def count(self, *, drifted: bool, failed: bool, skipped: bool = False) -> None:
        self.done += 1
        self.skipped += skipped
        self.drifted += drifted and not failed
        self.failed += failed

    def due(self, now: float) -> bool:
        """Whether it is time for a line: at the interval, and at the end of a run that was long enough to have one."""
        last = self.shown or self.started
        at_interval = now - last >= self.every and self.done - self.told >= self.step
        return at_interval or (self.done >= self.total and self.shown > 0)

    def line(self, now: float) -> str:
        """``Converge: 120 of 500 accounts, 14 drifted, 1 failed, 00:40 elapsed, about 02:07 left``."""
        self.shown, self.told = now, self.done
        elapsed = now - self.started
        counts = f"{self.what}: {self.done} of {self.total} accounts, {self.drifted} drifted, {self.failed} failed"
        left = elapsed / self.done * (self.total - self.done) if self.done else 0.0
        ahead = f", about {_clock(left)} left" if self.done < self.total else ""
        return f"{counts}, {_clock(elapsed)} elapsed{ahead}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"
