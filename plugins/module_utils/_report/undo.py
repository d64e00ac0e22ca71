# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How what a run changed is undone: the rollback of its snapshots, for the fleet and for each account. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from .commands import Run, checked_first, note
from .schema import Command, Entry, Undo

# As a run writes it: snapshot_files.py and snapshot_s3.py. What somebody edited into a report is none.
_SNAPSHOT = re.compile(
    r"(.*/)?[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}/[0-9]{12}-(role|user)-[A-Za-z0-9_+=,.@-]{1,64}(~[0-9]{1,9})?\.json"
)
# What Ansible evaluates in a variable of the command line.
_TEMPLATE = re.compile(r"\{[{%#]")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@+-]+")
_RUN_ID = "restore_access_run_id"


def place_of(entry: Entry, run: Run) -> str:
    """The directory, or the prefix in S3, of the run whose snapshot the account has; empty if it has none that a rollback takes."""
    snapshot = entry.get("snapshot")
    if snapshot is None:
        return ""
    # The directory of a job of AWX is gone with the job.
    both = (snapshot["s3"], snapshot["file"]) if run.in_awx else (snapshot["file"], snapshot["s3"])
    return next((path.rpartition("/")[0] for path in both if _is_of_a_run(path)), "")


def _is_of_a_run(path: str) -> bool:
    return bool(_SNAPSHOT.fullmatch(path)) and path.isprintable() and not _TEMPLATE.search(path)


def undo_of(accounts: Sequence[Entry], run: Run) -> list[Undo]:
    """One for each run that wrote snapshots; in a report of one run that is one, or none."""
    hosts: dict[str, list[str]] = {}
    for entry in accounts:
        place = place_of(entry, run)
        if place:
            hosts.setdefault(place, []).append(entry["host"])
    return [_undo(place, sorted(names), run) for place, names in sorted(hosts.items())]


def _undo(place: str, hosts: Sequence[str], run: Run) -> Undo:
    commands = rollback(place, hosts, run)
    return {"snapshots": place, "accounts": len(hosts), "commands": commands, "note": note(commands, hosts, run)}


def rollback(place: str, hosts: Sequence[str], run: Run) -> list[Command]:
    """First what it would change, then the same that changes it."""
    # As JSON where Ansible would take the text apart.
    given = (
        f"restore_access_snapshot={place}"
        if _PLAIN.fullmatch(place)
        else json.dumps({"restore_access_snapshot": place})
    )
    flags = ["-e", given]
    if any(_RUN_ID in argument for argument in run.given.arguments):
        # The rollback is a run of its own.
        flags += ["-e", f"{_RUN_ID}=rollback-{place.rpartition('/')[2]}"[:88]]
    return checked_first("rollback", hosts, run, *flags)
