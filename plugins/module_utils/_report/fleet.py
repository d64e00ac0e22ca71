# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The results of many accounts as one report. Pure: results in, a JSON-ready dict out (docs/report.schema.json)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import compare
from .causes import causes
from .entry import STATUSES, account, status

__all__ = ["SCHEMA_VERSION", "STATUSES", "account", "assemble", "status"]

SCHEMA_VERSION = 1


def assemble(
    accounts: Sequence[Mapping[str, Any]],
    version: str,
    generated_at: str,
    *,
    title: str = "",
    notes: Sequence[str] = (),
    previous: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Worst accounts first, by host name within a status.

    ``accounts``: entries. ``version``: of the collection. ``generated_at``: UTC, ISO 8601. ``previous``: an earlier report.
    """
    ordered = sorted(accounts, key=lambda one: (STATUSES.index(one["status"]), one["host"]))
    counts = {name: sum(one["status"] == name for one in ordered) for name in STATUSES}
    result = {
        "schema_version": SCHEMA_VERSION,
        "collection_version": version,
        "generated_at": generated_at,
        "title": title,
        "summary": {"accounts": len(ordered), **counts},
        "causes": causes(ordered),
        "notes": list(notes),
        "accounts": ordered,
    }
    return result | ({"comparison": compare.compare(ordered, previous)} if previous is not None else {})
