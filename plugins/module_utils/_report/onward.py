# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a run that was stopped goes on, or back, as lines for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .commands import Run, go_on, note
from .schema import PENDING, Command, Entry
from .text import counted
from .undo import undo_of


def lines(accounts: Sequence[Entry], run: Run) -> list[str]:
    """None unless accounts were not begun."""
    pending = [entry["host"] for entry in accounts if entry["status"] == PENDING]
    if not pending:
        return []
    number = counted(len(pending), "account")
    commands = go_on(pending, run)
    what = f"To continue with {number} not begun, once the problems are fixed"
    told = list(_lines(what, commands, note(commands, pending, run)))
    for undo in undo_of(accounts, run):
        changed = f"To undo what this run changed in {counted(undo['accounts'], 'account')}"
        told += _lines(changed, undo["commands"], undo["note"])
    return told


def _lines(what: str, commands: Sequence[Command], said: str) -> Iterator[str]:
    """``said``: what to do first, or why there is no command."""
    if not commands:
        yield f"{what}: {said}"
        return
    yield f"{what}, first as a check:{f' {said}' if said else ''}"
    # As they are, so that they can be copied: a command that cannot be shown is none.
    yield from (f"  {command['text']}" for command in commands)
