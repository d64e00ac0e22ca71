# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who ran what: the runs that a report is of, as the report tells them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .commands import Run
from .merge import Part
from .schema import NOT_EXAMINED, Entry, Report, RunRecord, Undo
from .text import counted
from .undo import undo_of

_CHECK, _APPLY = "check", "apply"


def runs_of(parts: Sequence[Part], accounts: Sequence[Entry], run: Run, when: str) -> list[RunRecord]:
    """Those of the parts, and the own one if there is one that anything is known of. ``when``: the time of this report."""
    own = [] if run.merged or not run.versions else [_record(accounts, run, when)]
    undone = undo_of(accounts, run) if run.merged else []
    told = [record for part in sorted(parts, key=lambda part: part.generated_at) for record in part.runs]
    # Snapshots stand with the accounts, whatever a part says of its run: each goes to the run that has its name.
    return [*(_with(record, undone) for record in told), *own]


def _with(record: RunRecord, undone: Sequence[Undo]) -> RunRecord:
    own = [undo for undo in undone if undo["snapshots"].rpartition("/")[2] == record["run_id"]]
    return {**record, "undo": own}


def _record(accounts: Sequence[Entry], run: Run, when: str) -> RunRecord:
    return {
        "name": run.name,
        "run_id": run.run_id,
        "caller": run.caller,
        "mode": _mode(accounts, run),
        "generated_at": when,
        "inventory": list(run.inventory),
        "limit": run.limit,
        "options": " ".join([*run.given.arguments, *run.given.own]),
        "secrets": list(run.given.secrets),
        "plan": run.plan,
        "versions": dict(run.versions),
        "undo": undo_of(accounts, run),
    }


def _mode(accounts: Sequence[Entry], run: Run) -> str:
    """A playbook may read only, whatever its command line says."""
    examined = [entry["check_mode"] for entry in accounts if entry["status"] not in NOT_EXAMINED]
    return _CHECK if run.check or (examined and all(examined)) else _APPLY


def told(record: RunRecord) -> str:
    """``Run converge-20260131T120000Z (converge, apply), by arn:aws:sts::111122223333:assumed-role/Ops/jane``"""
    first = f"Run {record['run_id']}" if record["run_id"] else "Run"
    by = f", by {record['caller']}" if record["caller"] else ""
    plan = f", as planned in {record['plan']}" if record["plan"] else ""
    return f"{first} ({record['name']}, {record['mode']}){by}{plan}"


def undoing(report: Report) -> list[tuple[str, str]]:
    """A sentence on each run that can be undone, with the command that shows what that would change; empty where there is none."""
    return [
        (
            f"To undo it in {counted(undo['accounts'], 'account')}, from {undo['snapshots']}, first as a check",
            undo["commands"][0]["text"] if undo["commands"] else "",
        )
        for record in report["runs"]
        for undo in record["undo"]
    ]
