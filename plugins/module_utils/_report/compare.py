# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report beside an earlier one: what is new, what is fixed, what is still open, and what nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .columns import standing
from .entry import NEEDS_ATTENTION, NOT_EXAMINED

KINDS = ("new", "fixed", "still_open", "unknown")
_NOT_EXAMINED_NOW = "not examined"


def compare(accounts: Sequence[Mapping[str, Any]], previous: Mapping[str, Any]) -> dict[str, Any]:
    """``previous``: an earlier report. A host is the same account in both.

    What was open then in an account that could not be examined now is ``unknown``, not fixed.
    """
    before = {entry["host"]: entry for entry in previous["accounts"]}
    now = {entry["host"]: entry for entry in accounts}
    found = [_account(entry, before.get(host)) for host, entry in sorted(now.items())]
    return {
        "previous_generated_at": previous["generated_at"],
        "summary": {kind: sum(len(one[kind]) for one in found) for kind in KINDS},
        "accounts": [one for one in found if any(one[kind] for kind in KINDS)],
        "added": sorted(now.keys() - before.keys()),
        "gone": sorted(before.keys() - now.keys()),
    }


def _account(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    new, old = problems(now), problems(before) if before else []
    were, are = set(old), set(new)
    gone = [one for one in old if one not in are]
    # Whether the account could be examined is known at any rate; all else is only if it was.
    lost = {one for one in gone if now["status"] in NOT_EXAMINED and one != _NOT_EXAMINED_NOW}
    return {
        "host": now["host"],
        "account_id": now["account_id"],
        "new": [one for one in new if one not in were],
        "fixed": [one for one in gone if one not in lost],
        "still_open": [one for one in new if one in were],
        "unknown": [one for one in gone if one in lost],
    }


def problems(entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with an account, by name: requirements (with their subject), or that it could not be examined."""
    if entry["status"] in NOT_EXAMINED:
        return [_NOT_EXAMINED_NOW]
    found = [
        f"{one['requirement']} ({one['subject']})" if one["subject"] else one["requirement"] for one in standing(entry)
    ]
    if not found and entry["status"] in NEEDS_ATTENTION:
        found = [change["operation"] for change in entry["changes"]]
    return list(dict.fromkeys(found))
