# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report in so few words that a workflow can hand it on: a set_stats artifact, a notification. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._errors import RestoreAccessError
from .entry import NEEDS_ATTENTION, STATUSES

MOST_BYTES = 2000
_MOST_CAUSES = 8
_LONGEST = 160


def summary(report: Mapping[str, Any]) -> dict[str, Any]:
    """Less than 2 kB as JSON, however many accounts. Causes that do not fit are counted in ``other_causes``."""
    counts = report["summary"]
    causes = [
        {"cause": _short(one["cause"]), "status": one["status"], "accounts": len(one["hosts"])}
        for one in report["causes"][:_MOST_CAUSES]
    ]
    result = {
        "generated_at": _short(report["generated_at"]),
        **{name: counts[name] for name in ("accounts", *STATUSES)},
        "needs_attention": sum(counts[name] for name in NEEDS_ATTENTION),
        "causes": causes,
        "other_causes": len(report["causes"]) - len(causes),
    }
    if "comparison" in report:
        result["comparison"] = dict(report["comparison"]["summary"])
    return _fitting(result)


def total(parts: Sequence[Any]) -> dict[str, Any]:
    """The summaries of the slices of a job as one, in the same shape and as small.

    Raises RestoreAccessError if one of ``parts`` is none: they come from the artifacts of other jobs.
    """
    for number, part in enumerate(parts):
        if not _is_summary(part):
            raise RestoreAccessError(
                f"Number {number} of the summaries that fleet_summary was given is none of this collection's."
            )
    causes = _together(cause for part in parts for cause in part["causes"])
    counts = {name: sum(part[name] for part in parts) for name in ("accounts", *STATUSES)}
    result = {
        "generated_at": max((part["generated_at"] for part in parts), default=""),
        **counts,
        "needs_attention": sum(counts[name] for name in NEEDS_ATTENTION),
        "causes": causes[:_MOST_CAUSES],
        "other_causes": sum(part["other_causes"] for part in parts) + len(causes[_MOST_CAUSES:]),
    }
    return _fitting(result)


def _is_summary(part: Any) -> bool:
    if not isinstance(part, Mapping) or not isinstance(part.get("generated_at"), str):
        return False
    counts = all(_is_count(part.get(name)) for name in ("accounts", *STATUSES, "other_causes"))
    causes = part.get("causes")
    return counts and isinstance(causes, Sequence) and all(map(_is_cause, causes))


def _is_cause(one: Any) -> bool:
    whole = isinstance(one, Mapping) and isinstance(one.get("cause"), str) and _is_count(one.get("accounts"))
    return whole and one.get("status") in STATUSES


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _together(causes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each cause once, with the accounts of all slices; in the order of a report."""
    found: dict[tuple[str, str], int] = {}
    for one in causes:
        key = one["status"], one["cause"]
        found[key] = found.get(key, 0) + one["accounts"]
    ordered = sorted(found.items(), key=lambda one: (STATUSES.index(one[0][0]), -one[1], one[0][1]))
    return [{"cause": cause, "status": status, "accounts": accounts} for (status, cause), accounts in ordered]


def _fitting(result: dict[str, Any]) -> dict[str, Any]:
    """The same with so many causes as there is room for."""
    while result["causes"] and len(json.dumps(result)) >= MOST_BYTES:
        result["causes"].pop()
        result["other_causes"] += 1
    return result


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
