# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a run that was stopped goes on, or back, as lines for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .commands import Command, Run, asked_again, go_back, go_on, why_none
from .schema import PENDING, Entry
from .text import counted, printable


def lines(accounts: Sequence[Entry], run: Run) -> list[str]:
    """None unless accounts were not begun."""
    pending = [entry["host"] for entry in accounts if entry["status"] == PENDING]
    if not pending:
        return []
    number = counted(len(pending), "account")
    told = list(
        _told(f"To go on with {number} not begun, once what is wrong is put right", pending, go_on(pending, run), run)
    )
    for place, hosts in _changed(accounts).items():
        told += _told(
            f"To undo what this run changed in {counted(len(hosts), 'account')}", hosts, go_back(hosts, place, run), run
        )
    return told


def _told(what: str, hosts: Sequence[str], commands: Sequence[Command], run: Run) -> Iterator[str]:
    if not commands:
        yield f"{what}: {why_none(hosts, run)}"
        return
    secret = asked_again(run)
    yield f"{what}, first as a check:{f' {secret}' if secret else ''}"
    # As they are, so that they can be copied: a command that cannot be shown is none.
    yield from (f"  {command['text']}" for command in commands)


def _changed(accounts: Sequence[Entry]) -> dict[str, list[str]]:
    """Directory or prefix of snapshots → the hosts whose accounts this run changed, in their order."""
    found: dict[str, list[str]] = {}
    for entry in accounts:
        snapshot = entry.get("snapshot")
        if snapshot and entry["changes"] and not entry["check_mode"]:
            place = (snapshot["file"] or snapshot["s3"]).rpartition("/")[0]
            found.setdefault(place, []).append(entry["host"])
    return {place: hosts for place, hosts in found.items() if place and printable(place) == place}
