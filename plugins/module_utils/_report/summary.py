# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report in so few words that a workflow can hand it on: a set_stats artifact, a notification. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict, TypeGuard

from .._errors import RestoreAccessError
from .schema import ACCEPTED, NEEDS_ATTENTION, PENDING, STATUSES, Counts, KindCounts, Report, Status
from .sentences import bounds

MOST_BYTES = 2000
_MOST_CAUSES = 8
_MOST_BOUNDS = 6
_LONGEST = 160
# Statuses that a part of an earlier version has no count of.
_LATER = {ACCEPTED: 0, PENDING: 0}


class CountedCause(TypedDict):
    cause: str
    status: Status
    accounts: int


class _Compared(TypedDict, total=False):
    comparison: KindCounts


class Summary(Counts, _Compared):
    """Less than MOST_BYTES as JSON."""

    generated_at: str
    needs_attention: int
    causes: list[CountedCause]
    other_causes: int
    bounds: list[str]


def summary_of(report: Report) -> Summary:
    """However many accounts, it is small. Causes that do not fit are counted in ``other_causes``."""
    causes: list[CountedCause] = [
        {"cause": _short(cause["cause"]), "status": cause["status"], "accounts": len(cause["hosts"])}
        for cause in report["causes"]
    ]
    told = [_short(bound) for bound in bounds(report)]
    summary = _summary(_short(report["generated_at"]), report["summary"], causes, told)
    if "comparison" in report:
        summary["comparison"] = report["comparison"]["summary"]
    return _fitting(summary)


def total(parts: Sequence[Any]) -> Summary:
    """The summaries of the slices of a job as one, in the same shape and as small.

    Raises RestoreAccessError if one of ``parts`` is none: they come from the artifacts of other jobs.
    """
    summaries: list[Summary] = []
    for number, part in enumerate(parts):
        if not _is_summary(part):
            raise RestoreAccessError(f"fleet_summary: summary number {number} is not one of this collection.")
        summaries.append(part)
    counts: Counts = {
        "accounts": sum(part["accounts"] for part in summaries),
        "unreachable": sum(part["unreachable"] for part in summaries),
        "failed": sum(part["failed"] for part in summaries),
        "blocked": sum(part["blocked"] for part in summaries),
        "drifted": sum(part["drifted"] for part in summaries),
        # A part from before there were any has none.
        "pending": sum(part.get("pending", 0) for part in summaries),
        "exposed": sum(part["exposed"] for part in summaries),
        "accepted": sum(part.get("accepted", 0) for part in summaries),
        "rolled_back": sum(part["rolled_back"] for part in summaries),
        "converged": sum(part["converged"] for part in summaries),
        "compliant": sum(part["compliant"] for part in summaries),
    }
    causes = _together(cause for part in summaries for cause in part["causes"])
    # Of a part from before there were bounds nobody knows any.
    told = list(dict.fromkeys(_short(str(bound)) for part in summaries for bound in part.get("bounds") or ()))
    summary = _summary(max((part["generated_at"] for part in summaries), default=""), counts, causes, told)
    summary["other_causes"] += sum(part["other_causes"] for part in summaries)
    return _fitting(summary)


def _summary(generated_at: str, counts: Counts, causes: Sequence[CountedCause], told: Sequence[str]) -> Summary:
    return {
        "generated_at": generated_at,
        "accounts": counts["accounts"],
        "unreachable": counts["unreachable"],
        "failed": counts["failed"],
        "blocked": counts["blocked"],
        "drifted": counts["drifted"],
        "pending": counts["pending"],
        "exposed": counts["exposed"],
        "accepted": counts["accepted"],
        "rolled_back": counts["rolled_back"],
        "converged": counts["converged"],
        "compliant": counts["compliant"],
        "needs_attention": sum(counts[status] for status in NEEDS_ATTENTION),
        "causes": list(causes[:_MOST_CAUSES]),
        "other_causes": len(causes[_MOST_CAUSES:]),
        "bounds": list(told[:_MOST_BOUNDS]),
    }


def _is_summary(part: Any) -> TypeGuard[Summary]:
    if not isinstance(part, Mapping) or not isinstance(part.get("generated_at"), str):
        return False
    counts = all(_is_count(part.get(name, _LATER.get(name))) for name in ("accounts", *STATUSES, "other_causes"))
    causes = part.get("causes")
    return counts and isinstance(causes, Sequence) and all(map(_is_cause, causes))


def _is_cause(cause: Any) -> bool:
    whole = isinstance(cause, Mapping) and isinstance(cause.get("cause"), str) and _is_count(cause.get("accounts"))
    return whole and cause.get("status") in STATUSES


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _together(causes: Iterable[CountedCause]) -> list[CountedCause]:
    """Each cause once, with the accounts of all slices; in the order of a report."""
    accounts: dict[tuple[Status, str], int] = {}
    for cause in causes:
        key = cause["status"], cause["cause"]
        accounts[key] = accounts.get(key, 0) + cause["accounts"]
    counted: list[CountedCause] = [
        {"cause": cause, "status": status, "accounts": number} for (status, cause), number in accounts.items()
    ]
    return sorted(counted, key=lambda cause: (STATUSES.index(cause["status"]), -cause["accounts"], cause["cause"]))


def _fitting(summary: Summary) -> Summary:
    """The same with so many causes as there is room for."""
    while summary["causes"] and len(json.dumps(summary)) >= MOST_BYTES:
        summary["causes"].pop()
        summary["other_causes"] += 1
    return summary


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
