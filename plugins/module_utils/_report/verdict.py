# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict for a whole fleet in one line. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .._policy import verdicts
from .._principal.verify.probe import REQUIREMENT as PROBE
from .entry import (
    BLOCKED,
    CONVERGED,
    DRIFTED,
    FAILED,
    NEEDS_ATTENTION,
    ROLLED_BACK,
    UNREACHABLE,
    not_judged,
    pinned_by_wish,
    taken_back,
)
from .text import counted


def headline(report: Mapping[str, Any]) -> str:
    judged = [one for one in report["accounts"] if one["status"] != ROLLED_BACK and not taken_back(one)]
    counts = Counter(one["status"] for one in judged)
    total, wrong = len(report["accounts"]), sum(counts[name] for name in NEEDS_ATTENTION)
    if not total:
        return "No account was examined."
    if of_probes := probes(report):
        return of_probes
    undone = _undone(report["accounts"])
    if not judged:
        return undone.strip()
    if not wrong:
        ready = f"{len(judged)} of {total} accounts {_is(len(judged))}" if undone else _all(total)
        return f"{ready} ready for a restore.{_mended(counts)}{undone}{unproved(report)}"
    not_ready, not_examined = counts[BLOCKED] + counts[DRIFTED], counts[FAILED] + counts[UNREACHABLE]
    if total == 1:
        return f"The one account {'is not ready for a restore' if not_ready else 'could not be examined'}.{unproved(report)}"
    parts = [f"{not_ready} of {total} accounts {_is(not_ready)} not ready for a restore"] if not_ready else []
    if not_examined:
        parts.append(f"{not_examined}{'' if not_ready else f' of {total} accounts'} could not be examined")
    return f"{', '.join(parts)}.{_mended(counts)}{undone}{unproved(report)}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _all(total: int) -> str:
    return "The one account is" if total == 1 else f"All {total} accounts are"


def _mended(counts: Mapping[str, int]) -> str:
    return f" This run mended {counted(counts[CONVERGED], 'account')}." if counts[CONVERGED] else ""


def _undone(accounts: Sequence[Mapping[str, Any]]) -> str:
    """Sentences with a blank before each on the accounts of which nothing was judged, since something was taken back there."""
    back = [one for one in accounts if one["status"] == ROLLED_BACK]
    absent = [one for one in accounts if taken_back(one)]
    ways = ((back, "rolled back"), (absent, "rid of what this collection put there"))
    return "".join(_without_verdict(found, how, len(accounts)) for found, how in ways if found)


def _without_verdict(found: Sequence[Mapping[str, Any]], how: str, total: int) -> str:
    number = len(found)
    which = _all(total) if number == total else f"{counted(number, 'account')} {_is(number)}"
    planned = "to be " if any(one["check_mode"] and one["changes"] for one in found) else ""
    return f" {which} {planned}{how}; whether a restore works there was not judged."


def unproved(report: Mapping[str, Any]) -> str:
    """Sentences with a blank before each, if there are accounts that are as they have to be only as far as is known."""
    right = [entry["requirements"] for entry in report["accounts"] if entry["status"] not in NEEDS_ATTENTION]
    found = sum(any(not_judged(one) and not pinned_by_wish(one) for one in each) for each in right)
    pinned = sum(any(map(pinned_by_wish, each)) for each in right)
    outside = f" {counted(found, 'account')} not proved: policies from outside were not given." if found else ""
    verb = "lets" if pinned == 1 else "let"
    asked = f" {counted(pinned, 'account')} {verb} AWS Backup in only if it sends aws:SourceAccount, as asked for."
    return outside + (asked if pinned else "")


def probes(report: Mapping[str, Any]) -> str:
    """A sentence on the accounts in which the way in was tried, and nothing else; empty if it was in none."""
    every = [one for entry in report["accounts"] for one in entry["requirements"] if one["requirement"] == PROBE]
    asked = [one["verdict"] for one in every if one["verdict"] != verdicts.NOT_APPLICABLE]
    if not every:
        return ""
    entered = asked.count(verdicts.ALLOWED)
    return f"The appliance assumed the restore role in {entered} of {counted(len(asked), 'account')}. Nothing else was judged."
