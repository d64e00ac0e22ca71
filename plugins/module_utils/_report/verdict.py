# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict for a whole fleet in one line. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from .._policy import verdicts
from .._principal.verify.probe import REQUIREMENT as PROBE
from .entry import taken_back
from .requirements import left_open, open_as_asked_for
from .schema import (
    ACCEPTED,
    BLOCKED,
    CONVERGED,
    DRIFTED,
    EXPOSED,
    FAILED,
    NEEDS_ATTENTION,
    PENDING,
    ROLLED_BACK,
    UNREACHABLE,
    Entry,
    Report,
)
from .text import counted


def headline(report: Report) -> str:
    evaluated = [entry for entry in report["accounts"] if entry["status"] != ROLLED_BACK and not taken_back(entry)]
    counts = Counter[str](entry["status"] for entry in evaluated)
    total, wrong = len(report["accounts"]), sum(counts[status] for status in NEEDS_ATTENTION)
    if not total:
        return "No account was examined."
    if of_probes := probes(report):
        return of_probes
    undone = _undone(report["accounts"])
    if not evaluated:
        return undone.strip()
    accepted = _accepted(counts[ACCEPTED])
    if not wrong:
        right = len(evaluated) - counts[ACCEPTED]
        ready = f"{right} of {total} accounts {_is(right)}" if undone or accepted else _all(total)
        all_well = f"{ready} ready for a restore.{accepted}" if right else accepted.strip()
        return f"{all_well}{_fixed(counts)}{undone}{unproved(report)}"
    not_ready, not_examined = counts[BLOCKED] + counts[DRIFTED], counts[FAILED] + counts[UNREACHABLE]
    if total == 1:
        how = "is not ready for a restore" if not_ready else "could not be examined"
        how = "is ready for a restore, but exposed" if counts[EXPOSED] else how
        how = "was not begun" if counts[PENDING] else how
        return f"The one account {how}.{unproved(report)}"
    parts = [
        (not_ready, f"{_is(not_ready)} not ready for a restore"),
        (not_examined, "could not be examined"),
        (counts[PENDING], "not begun"),
        (counts[EXPOSED], f"{_is(counts[EXPOSED])} exposed"),
    ]
    told = [(number, how) for number, how in parts if number]
    first = f"{told[0][0]} of {total} accounts {told[0][1]}"
    return f"{', '.join([first, *(f'{number} {how}' for number, how in told[1:])])}.{accepted}{_fixed(counts)}{undone}{unproved(report)}"


def _accepted(number: int) -> str:
    return f" The problems of {counted(number, 'account')} are accepted." if number else ""


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _all(total: int) -> str:
    return "The one account is" if total == 1 else f"All {total} accounts are"


def _fixed(counts: Mapping[str, int]) -> str:
    return f" This run fixed {counted(counts[CONVERGED], 'account')}." if counts[CONVERGED] else ""


def _undone(accounts: Sequence[Entry]) -> str:
    """Sentences with a blank before each on the accounts of which nothing was evaluated, since something was taken back there."""
    back = [entry for entry in accounts if entry["status"] == ROLLED_BACK]
    absent = [entry for entry in accounts if taken_back(entry)]
    told = []
    if back:
        which = _all(len(back)) if len(back) == len(accounts) else f"{counted(len(back), 'account')} {_is(len(back))}"
        told.append(f"{which} {'to be ' if _is_planned(back) else ''}rolled back")
    if absent:
        where = counted(len(absent), "account")
        if len(absent) == len(accounts):
            where = "the one account" if len(absent) == 1 else f"all {where}"
        told.append(f"What this collection added {'is to be' if _is_planned(absent) else 'was'} removed in {where}")
    return "".join(f" {each}; whether a restore works there was not evaluated." for each in told)


def _is_planned(entries: Sequence[Entry]) -> bool:
    return any(entry["check_mode"] and entry["changes"] for entry in entries)


def unproved(report: Report) -> str:
    """Sentences with a blank before each on what is not sure: accounts that are right only as far as is known, or where the run
    itself could have done more than it had to."""
    right = [
        entry["requirements"] for entry in report["accounts"] if entry["status"] not in NEEDS_ATTENTION - {EXPOSED}
    ]
    unknown = sum(
        any(left_open(each) and not open_as_asked_for(each) for each in requirements) for requirements in right
    )
    pinned = sum(any(map(open_as_asked_for, requirements)) for requirements in right)
    outside = (
        f" {counted(unknown, 'account')} {_is(unknown)} unproven: policies outside the account were not provided."
        if unknown
        else ""
    )
    verb = "allows" if pinned == 1 else "allow"
    asked = (
        f" {counted(pinned, 'account')} {verb} AWS Backup to assume the role only if it sends aws:SourceAccount, as "
        "the options require."
    )
    return outside + (asked if pinned else "") + _without_session_policy(report)


def _without_session_policy(report: Report) -> str:
    number = sum(entry.get("without_session_policy", False) for entry in report["accounts"])
    which = counted(number, "account")
    why = "it assumed no role, or assume_role_session_policy is false"
    return f" In {which} no session policy limited what the run may call: {why}." if number else ""


def probes(report: Report) -> str:
    """A sentence on the accounts in which sts:AssumeRole was tried, and nothing else; empty if it was in none."""
    every = [
        requirement["verdict"]
        for entry in report["accounts"]
        for requirement in entry["requirements"]
        if requirement["requirement"] == PROBE
    ]
    asked = [verdict for verdict in every if verdict != verdicts.NOT_APPLICABLE]
    if not every:
        return ""
    entered = asked.count(verdicts.ALLOWED)
    return f"The appliance assumed the restore role in {entered} of {counted(len(asked), 'account')}. Nothing else was evaluated."
