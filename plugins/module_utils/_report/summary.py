# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report in so few words that a workflow can hand it on: a set_stats artifact, a notification. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

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
    while causes and len(json.dumps(result)) >= MOST_BYTES:
        causes.pop()
        result["other_causes"] += 1
    return result


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
