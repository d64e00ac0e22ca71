# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Former reports as a line over time: how many accounts were how, since when each cause is there, and how long it took to fix one. Pure.

An account is known by the ARN of its principal, whatever its host was called. Where a report does not know the ARN, since nothing could be read,
the account is the one that had this host, or else this account ID, in another report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from .comparison import accepted_problems, problems
from .merge import part_of
from .schema import (
    ACCEPTED,
    BLOCKED,
    COMPLIANT,
    DRIFTED,
    NOT_EXAMINED,
    STATUSES,
    Cause,
    Counts,
    Entry,
    History,
    Moment,
    Report,
    Status,
)
from .shape import records, text
from .text import counted

# How many reports are looked at: three months of nights.
MOST = 90
# The lines that people look at.
SHOWN: tuple[Literal["compliant", "drifted", "blocked", "accepted"], ...] = (COMPLIANT, DRIFTED, BLOCKED, ACCEPTED)
_DAY = 86400
_LEAST_DAYS = 0.1

# Account → problem → when it was first seen.
_Since: TypeAlias = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Then:
    """An account in one report. ``open``, ``accepted``: names of problems. ``known``: whether what is not among them is fixed."""

    host: str
    account_id: str
    arn: str
    status: Status
    open: tuple[str, ...]
    accepted: tuple[str, ...]
    known: bool


@dataclass(frozen=True)
class Look:
    """One report. ``when``: UTC, ISO 8601."""

    when: str
    accounts: tuple[Then, ...]


def short(when: str, accounts: Iterable[Entry]) -> dict[str, Any]:
    """What a history needs of a report, some 200 bytes for each account, to be kept as JSON."""
    return {"history_version": 1, "generated_at": when, "accounts": [vars(_then(entry)) for entry in accounts]}


def look_of(report: Any, name: str) -> Look:
    """A report in short, or a whole one. ``name``: what to call it in a message. Raises RestoreAccessError if it is neither."""
    if isinstance(report, Mapping) and report.get("history_version") == 1:
        found = [_read(each) for each in records(report, "accounts")]
        return Look(text(report.get("generated_at")), tuple(then for then in found if then is not None))
    part = part_of(report, name)
    return Look(part.generated_at, tuple(map(_then, part.accounts)))


def _read(each: Mapping[str, Any]) -> Then | None:
    status = next((status for status in STATUSES if status == each.get("status")), None)
    if status is None:
        return None
    return Then(
        text(each.get("host")),
        text(each.get("account_id")),
        text(each.get("arn")),
        status,
        _texts(each.get("open")),
        _texts(each.get("accepted")),
        bool(each.get("known")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(text, value)) if isinstance(value, (list, tuple)) else ()


def _then(entry: Entry) -> Then:
    return Then(
        entry["host"],
        entry["account_id"],
        entry["arn"],
        entry["status"],
        tuple(problems(entry)),
        tuple(accepted_problems(entry)),
        entry["status"] not in NOT_EXAMINED and entry["evaluated"],
    )


def history_of(looks: Sequence[Look], causes: Sequence[Cause], accounts: Sequence[Entry]) -> History:
    """``looks``: any order, the report of ``causes`` and ``accounts`` among them."""
    ordered = sorted({look.when: look for look in looks}.values(), key=lambda look: look.when)
    key_of = _keys(ordered)
    since: _Since = {}
    durations: list[float] = []
    for look in ordered:
        for then in look.accounts:
            durations += _step(since.setdefault(key_of(then), {}), then, look.when)
    return {
        "runs": [_moment(look) for look in ordered],
        "causes": _first_seen(causes, accounts, since, key_of),
        "fixed": len(durations),
        "mean_seconds_to_fix": round(sum(durations) / len(durations)) if durations else 0,
    }


def _step(open_: dict[str, str], then: Then, when: str) -> list[float]:
    """One more look at an account. ``open_``: since when each of its problems is there. Returns for how many seconds each was that is gone now."""
    for problem in then.open:
        open_.setdefault(problem, when)
    if not then.known:
        return []
    # What is accepted is not fixed; that it could not be examined is over.
    there = {*then.open, *then.accepted}
    return [_seconds(open_.pop(problem), when) for problem in list(open_) if problem not in there]


def _seconds(first: str, last: str) -> float:
    try:
        return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
    except (TypeError, ValueError):
        return 0.0


def _keys(looks: Sequence[Look]) -> Callable[[Then], str]:
    by_host: dict[tuple[str, str], str] = {}
    by_account: dict[str, set[str]] = {}
    for then in (then for look in looks for then in look.accounts if then.arn):
        by_host[then.account_id, then.host] = then.arn
        by_account.setdefault(then.account_id, set()).add(then.arn)

    def key(then: Then) -> str:
        alone = by_account.get(then.account_id, set()) if then.account_id else set()
        return (
            then.arn
            or by_host.get((then.account_id, then.host))
            or (next(iter(alone)) if len(alone) == 1 else f"{then.account_id}/{then.host}")
        )

    return key


def _moment(look: Look) -> Moment:
    counts = Counter[str](then.status for then in look.accounts)
    numbers: Counts = {"accounts": len(look.accounts), **{status: counts[status] for status in STATUSES}}  # type: ignore[typeddict-item]
    return {"generated_at": look.when, **numbers}


def _first_seen(
    causes: Sequence[Cause], accounts: Sequence[Entry], since: _Since, key_of: Callable[[Then], str]
) -> list[str]:
    """When each cause was first seen in one of its accounts, without a pause since; empty if that is not known."""
    entries = {entry["host"]: _then(entry) for entry in accounts}
    found = []
    for cause in causes:
        asked = frozenset(cause["requirements"])
        times = [
            since.get(key_of(entries[host]), {}).get(problem, "")
            for host in cause["hosts"]
            for problem in entries[host].open
            if not asked or problem.split(" ")[0] in asked
        ]
        found.append(min(filter(None, times), default=""))
    return found


def seen(report: Report, number: int) -> str:
    """``since 2026-01-01 (30 days)`` of the report's cause number ``number``; empty if it is not known, and on a first look."""
    told = report.get("history")
    first = told["causes"][number] if told else ""
    if not told or not first or len(told["runs"]) < 2:
        return ""
    before = " or before" if first == told["runs"][0]["generated_at"] else ""
    days = int(_seconds(first, report["generated_at"]) // _DAY)
    return f"since {first[:10]}{before}" + (f" ({counted(days, 'day')})" if days else "")


def in_short(report: Report) -> str:
    """``12 runs since 2026-01-01: compliant 3 to 9, drifted 5 to 1; 7 problems fixed, in 2.5 days on average``; empty without former runs, and
    where no account ever was in one of these statuses, as in reports of rollbacks.
    """
    told = report.get("history")
    if not told or len(told["runs"]) < 2:
        return ""
    first, last = told["runs"][0], told["runs"][-1]
    lines = [
        f"{status} {first[status]} to {last[status]}" for status in SHOWN if any(run[status] for run in told["runs"])
    ]
    if not lines:
        return ""
    fixed = f"; {counted(told['fixed'], 'problem')} fixed{_on_average(told)}" if told["fixed"] else ""
    return f"{len(told['runs'])} runs since {first['generated_at'][:10]}: {', '.join(lines)}{fixed}"


def _on_average(told: History) -> str:
    """Nothing where it would come to no days."""
    days = told["mean_seconds_to_fix"] / _DAY
    return f", in {days:.1f} days on average" if days >= _LEAST_DAYS else ""
