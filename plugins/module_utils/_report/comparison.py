# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report beside an earlier one: what is new, what is fixed, what is still open, and what nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from . import sentences
from .merge import Part
from .requirements import accepted, unmet
from .schema import (
    EXPOSED,
    KINDS,
    NEEDS_ATTENTION,
    NOT_EXAMINED,
    Change,
    ComparedAccount,
    Comparison,
    Decision,
    Entry,
    Finding,
    Kind,
)
from .text import counted

_NOT_EXAMINED_NOW = "not examined"


def compare(accounts: Sequence[Entry], previous: Part) -> Comparison:
    """``previous``: an earlier report. A host is the same account in both.

    What was open then in an account that could not be examined now is ``unknown``, not fixed.
    """
    before = {entry["host"]: entry for entry in previous.accounts}
    now = {entry["host"]: entry for entry in accounts}
    compared = [_account(entry, before.get(host)) for host, entry in sorted(now.items())]

    def count(kind: Kind) -> int:
        return sum(len(account[kind]) for account in compared)

    return {
        "previous_generated_at": previous.generated_at,
        "summary": {
            "new": count("new"),
            "fixed": count("fixed"),
            "still_open": count("still_open"),
            "unknown": count("unknown"),
        },
        "other_plans": sum(1 for account in compared if account["plan"]),
        "accounts": [account for account in compared if account["plan"] or any(account[kind] for kind in KINDS)],
        "added": sorted(now.keys() - before.keys()),
        "gone": sorted(before.keys() - now.keys()),
    }


def counts_of(comparison: Comparison) -> str:
    """``2 new, 1 fixed, 3 still open, 0 unknown, another plan for 4 accounts``"""
    counts = [f"{comparison['summary'][kind]} {kind.replace('_', ' ')}" for kind in KINDS]
    others = comparison["other_plans"]
    return ", ".join([*counts, *([f"another plan for {counted(others, 'account')}"] if others else [])])


def _account(now: Entry, before: Entry | None) -> ComparedAccount:
    new, old = problems(now), problems(before) if before else []
    # What is accepted now is not fixed.
    were, are = set(old), {*new, *accepted_problems(now)}
    gone = [problem for problem in old if problem not in are]
    # That the account could not be examined is known at any rate, and still open; all else is known only if it was.
    lost = now["status"] in NOT_EXAMINED
    return {
        "host": now["host"],
        "account_id": now["account_id"],
        "new": [problem for problem in new if problem not in were],
        "fixed": [] if lost else gone,
        "still_open": [problem for problem in new if problem in were],
        "unknown": gone if lost else [],
        "plan": _plan(now, before) if before else [],
    }


def _plan(now: Entry, before: Entry) -> list[str]:
    """What is in one plan of the account and not in the other. Empty unless both reports have one."""
    digests = now.get("plan_sha256"), before.get("plan_sha256")
    if None in digests or digests[0] == digests[1]:
        return []
    here, there = (list(map(_operation, entry["changes"])) for entry in (now, before))
    differ = [f"+ {one}" for one in here if one not in there] + [f"- {one}" for one in there if one not in here]
    return differ or ["the same operations, with other arguments"]


def _operation(change: Change) -> str:
    return f"{change['operation']} on {change['target']}"


def problems(entry: Entry) -> list[str]:
    """What is wrong with an account, by name: requirements (with their subject), or that it could not be examined."""
    if entry["status"] in NOT_EXAMINED:
        return [_NOT_EXAMINED_NOW]
    if entry["status"] == EXPOSED:
        findings = sentences.exposing(entry)
        return list(dict.fromkeys(map(_finding, findings)))
    names = list(map(_requirement, unmet(entry)))
    if not names and entry["status"] in NEEDS_ATTENTION:
        names = [change["operation"] for change in entry["changes"]]
    return list(dict.fromkeys(names))


def accepted_problems(entry: Entry) -> list[str]:
    """What would be wrong with it, if nobody accepted it."""
    findings = [finding for finding in entry["findings"] if finding["accepted"]]
    return [*map(_requirement, accepted(entry)), *map(_finding, findings)]


def _requirement(decision: Decision) -> str:
    return f"{decision['requirement']} ({decision['subject']})" if decision["subject"] else decision["requirement"]


def _finding(finding: Finding) -> str:
    return f"{finding['finding']} ({finding['statement']})"
