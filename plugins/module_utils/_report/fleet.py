# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Sequence

from .._accepted_risks import Risk
from .accepted import day_of, in_report
from .causes import causes_of
from .comparison import compare
from .merge import Part
from .schema import SCHEMA_VERSION, STATUSES, BoundResult, Counts, Entry, Report, RunRecord, Status
from .text import counted


def assemble(
    accounts: Sequence[Entry],
    version: str,
    generated_at: str,
    *,
    title: str = "",
    notes: Sequence[str] = (),
    previous: Part | None = None,
    bounds: Sequence[BoundResult] = (),
    risks: Sequence[Risk] = (),
    runs: Sequence[RunRecord] = (),
) -> Report:
    """Worst accounts first, by host name within a status.

    ``version``: of the collection. ``generated_at``: UTC, ISO 8601. ``previous``: an earlier report. ``bounds``: of the controller.
    ``risks``: all that are accepted in one of the accounts. ``runs``: what is known of the runs that the accounts are of.
    """
    ordered = sorted(accounts, key=lambda entry: (STATUSES.index(entry["status"]), entry["host"]))
    report: Report = {
        "schema_version": SCHEMA_VERSION,
        "collection_version": version,
        "generated_at": generated_at,
        "title": title,
        "summary": _counts(ordered),
        "causes": causes_of(ordered),
        "notes": [*notes, *_shared(ordered)],
        "bounds": list(bounds),
        "accepted_risks": in_report(ordered, risks, day_of(generated_at)),
        "runs": list(runs),
        "accounts": ordered,
    }
    if previous is not None:
        report["comparison"] = compare(ordered, previous)
    return report


def _shared(accounts: Sequence[Entry]) -> list[str]:
    """That an account with several principals is counted for each of them, in a sentence; none where each has one."""
    known = [entry["account_id"] for entry in accounts if entry["account_id"]]
    different = len(set(known))
    if different == len(known):
        return []
    return [
        f"An account with several principals counts once for each: {len(known)} principals in {counted(different, 'account')}."
    ]


def _counts(accounts: Sequence[Entry]) -> Counts:
    def count(status: Status) -> int:
        return sum(entry["status"] == status for entry in accounts)

    return {
        "accounts": len(accounts),
        "unreachable": count("unreachable"),
        "failed": count("failed"),
        "blocked": count("blocked"),
        "drifted": count("drifted"),
        "pending": count("pending"),
        "exposed": count("exposed"),
        "accepted": count("accepted"),
        "rolled_back": count("rolled_back"),
        "converged": count("converged"),
        "compliant": count("compliant"),
    }
