# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict for a whole fleet in one line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._policy import verdicts
from .._principal.probe import REQUIREMENT as PROBE
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
)
from .text import counted


def headline(report: Mapping[str, Any]) -> str:
    counts = report["summary"]
    total, wrong = counts["accounts"], sum(counts[name] for name in NEEDS_ATTENTION)
    if not total:
        return "No account was examined."
    if of_probes := probes(report):
        return of_probes
    back = counts[ROLLED_BACK]
    if not wrong and back == total:
        return f"{_all(total)} {_back(report)}."
    if not wrong:
        ready = f"{total - back} of {total} accounts {_is(total - back)}" if back else _all(total)
        return f"{ready} ready for a restore.{_mended(counts)}{_rolled_back(report)}{unproved(report)}"
    not_ready, not_examined = counts[BLOCKED] + counts[DRIFTED], counts[FAILED] + counts[UNREACHABLE]
    if total == 1:
        return f"The one account {'is not ready for a restore' if not_ready else 'could not be examined'}.{unproved(report)}"
    parts = [f"{not_ready} of {total} accounts {_is(not_ready)} not ready for a restore"] if not_ready else []
    if not_examined:
        parts.append(f"{not_examined}{'' if not_ready else f' of {total} accounts'} could not be examined")
    return f"{', '.join(parts)}.{_mended(counts)}{_rolled_back(report)}{unproved(report)}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _all(total: int) -> str:
    return "The one account is" if total == 1 else f"All {total} accounts are"


def _mended(counts: Mapping[str, int]) -> str:
    return f" This run mended {counted(counts[CONVERGED], 'account')}." if counts[CONVERGED] else ""


def _rolled_back(report: Mapping[str, Any]) -> str:
    found = report["summary"][ROLLED_BACK]
    return f" {counted(found, 'account')} {_is(found)} {_back(report)}." if found else ""


def _back(report: Mapping[str, Any]) -> str:
    found = [entry for entry in report["accounts"] if entry["status"] == ROLLED_BACK]
    how = "to be rolled back" if any(one["check_mode"] and one["changes"] for one in found) else "rolled back"
    return f"{how}; whether a restore works there was not judged"


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
