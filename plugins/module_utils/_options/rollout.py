# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run in waves: which accounts come first, how many at a time, and when no further wave starts. Pure.

The variables are the playbooks', not the modules': one process sees one account.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

from .._errors import OptionError
from .._printable import printable
from .._report.commands import limit_of
from .._report.schema import STATUSES, Status
from .._report.text import counted
from .limits import Limit, limit
from .role import CANARY, MAX_CHANGES, STOP_AFTER, WAVES

_MOST_WAVES: Final = 1000
_NUMBER: Final = re.compile(r"[0-9]{1,7}", re.ASCII)
# What Ansible reads as more than a name, and what is a template.
_PATTERN: Final = re.compile(r"[*?\[\]{}%]|(?:^|:)[!&~@]")
_WAVES_TAKE: Final = (
    "a list, or a string with commas, of numbers of accounts and percentages of all accounts of the run, such as 1, "
    '10, "25%", "100%"; the last one is repeated until all accounts are done'
)
_CANARY_TAKES: Final = (
    "a number of accounts, 1 or more, or names of hosts or groups of the inventory, separated by commas, without "
    "patterns"
)

Value = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the four variables say. ``canary``: names, or a number as text; empty if there is none."""

    waves: tuple[Limit, ...] = ()
    canary: tuple[str, ...] = ()
    stop_after: Limit | None = None
    max_changes: Limit | None = None

    def __bool__(self) -> bool:
        return self != Asked()


class Rollout(TypedDict):
    """A run in waves as far as it is. ``order``: all hosts, the canary's first. ``hosts``: a pattern for them in this order; empty if it
    is their own. ``waves``: how many hosts each has; none without waves. ``begun``: how many waves. ``wrong``: accounts so far that are
    not as they should be. ``line``: on the last wave. ``stopped``: why no further wave starts; empty if one does."""

    order: list[str]
    hosts: str
    waves: list[int]
    stop_after: str
    max_changes: str
    begun: int
    wrong: int
    line: str
    stopped: str


def asked(value: Value) -> Asked:
    """``value``: what the variable of this name is, None where it is not set; empty text is that of a field which nobody filled in.

    Raises OptionError for what cannot be.
    """
    return Asked(
        _waves(value(WAVES)),
        _canary(value(CANARY)),
        _limit(STOP_AFTER, value(STOP_AFTER), 1),
        _limit(MAX_CHANGES, value(MAX_CHANGES), 0),
    )


def _is_set(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _limit(name: str, value: Any, least: int) -> Limit | None:
    return limit(name, value, least) if _is_set(value) else None


def _waves(value: Any) -> tuple[Limit, ...]:
    if not _is_set(value):
        return ()
    entries = _listed(value)
    try:
        found = tuple(limit(WAVES, entry) for entry in entries)
    except OptionError:
        found = ()
    if not found or len(found) > _MOST_WAVES:
        raise OptionError(f"{WAVES} must be {_WAVES_TAKE}. It is {printable(repr(value))}.")
    return found


def _listed(value: Any) -> list[Any]:
    """A list, one value, or the text of several, as somebody types them behind ``-e``."""
    if isinstance(value, str):
        text = value.strip()
        text = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        return [entry.strip().strip("'\"") for entry in text.split(",")]
    return list(value) if isinstance(value, Sequence) else [value]


def _canary(value: Any) -> tuple[str, ...]:
    if not _is_set(value):
        return ()
    entries = _listed(value)
    right = all(isinstance(entry, (int, str)) and not isinstance(entry, bool) for entry in entries)
    names = tuple(str(entry).strip() for entry in entries)
    if (
        not right
        or not names
        or not all(names)
        or any(_PATTERN.search(name) or not name.isprintable() for name in names)
    ):
        raise OptionError(f"{CANARY} must be {_CANARY_TAKES}. It is {printable(repr(value))}.")
    return names


def rollout(wanted: Asked, hosts: Sequence[str], members: Callable[[str], Collection[str] | None]) -> Rollout:
    """How the run over ``hosts`` begins. ``members``: the hosts that a name of the inventory stands for, None if it has no such name.

    Raises OptionError for a canary that is none of this run, and for a threshold that could never stop anything.
    """
    if wanted.stop_after and not wanted.waves and not wanted.canary:
        raise OptionError(
            f"{STOP_AFTER} stops a run between two waves, but this run has a single wave. Set {WAVES} or {CANARY} as "
            "well. Nothing was done."
        )
    order, first, pattern = list(hosts), 0, ""
    names = _names(wanted.canary, members)
    if names:
        chosen = _chosen(names, hosts, members)
        order = [*(host for host in hosts if host in chosen), *(host for host in hosts if host not in chosen)]
        first, pattern = len(chosen), _pattern(order)
    elif wanted.canary:
        first = min(int(wanted.canary[0]), len(order))
    in_waves = wanted.waves or wanted.canary
    return {
        "order": order,
        "hosts": pattern,
        "waves": sizes(len(order), first, wanted.waves) if in_waves else [],
        "stop_after": str(wanted.stop_after or ""),
        "max_changes": str(wanted.max_changes or ""),
        "begun": 0,
        "wrong": 0,
        "line": "",
        "stopped": "",
    }


def _names(canary: Sequence[str], members: Callable[[str], Collection[str] | None]) -> Sequence[str]:
    """The canary as names; none if it is a number. A host may have an account's ID as its name, which comes first."""
    if len(canary) != 1 or not _NUMBER.fullmatch(canary[0]) or members(canary[0]) is not None:
        return canary
    if int(canary[0]) == 0:
        raise OptionError(f"{CANARY} must be {_CANARY_TAKES}. It is 0.")
    return ()


def _chosen(names: Sequence[str], hosts: Sequence[str], members: Callable[[str], Collection[str] | None]) -> set[str]:
    known = {name: members(name) for name in names}
    unknown = [name for name, found in known.items() if found is None]
    if unknown:
        raise OptionError(
            f"{CANARY}: the inventory has no host or group {', '.join(unknown)}. Correct the name. Nothing was done."
        )
    chosen = {host for found in known.values() for host in found or ()} & {*hosts}
    if not chosen:
        raise OptionError(
            f"{CANARY}: {', '.join(names)} contains none of the {counted(len(hosts), 'host')} of this run "
            "(restore_access_hosts and --limit), so no account would come first. Select one of its hosts as well, or "
            f"leave {CANARY} empty. Nothing was done."
        )
    return chosen


def _pattern(order: Sequence[str]) -> str:
    pattern = limit_of(order)
    if not pattern:
        raise OptionError(
            f"{CANARY}: hosts whose names contain , * ? [ ] or begin with ! & ~ @ cannot be ordered. Rename them in "
            f"the inventory, or set {CANARY} to a number. Nothing was done."
        )
    return pattern


def sizes(accounts: int, first: int, waves: Sequence[Limit]) -> list[int]:
    """How many accounts each wave has, together ``accounts``. ``first``: those of the canary, 0 if there is none.

    As Ansible's ``serial``: percentages are of all accounts, and the last size is that of all waves after it.
    """
    result = [first] if first else []
    left, number = accounts - first, 0
    while left > 0:
        size = min(waves[min(number, len(waves) - 1)].size(accounts), left) if waves else left
        result.append(size)
        left, number = left - size, number + 1
    return result


def hosts_of(begun: Mapping[str, Any], wave: int) -> list[str]:
    """Those of wave number ``wave``, from 1. ``begun``: a rollout."""
    before = sum(begun["waves"][: wave - 1])
    return list(begun["order"][before : before + begun["waves"][wave - 1]])


def after_wave(before: Rollout, statuses: Mapping[str, Status], wrong: Collection[str]) -> Rollout:
    """The rollout with one more wave. ``statuses``: of its hosts. ``wrong``: the statuses that no account should have."""
    number, total = before["begun"] + 1, len(before["waves"])
    counts = Counter(statuses.values())
    told = ", ".join(f"{counts[status]} {status}" for status in STATUSES[::-1] if counts[status])
    not_right = before["wrong"] + sum(status in wrong for status in statuses.values())
    left = sum(before["waves"][number:])
    after: Rollout = {
        **before,
        "begun": number,
        "wrong": not_right,
        "line": f"Wave {number} of {total}: {counted(len(statuses), 'account')}, {told}. {counted(left, 'account')} left.",
    }
    return {**after, "stopped": _stopped(after, left)}


def _stopped(now: Rollout, left: int) -> str:
    if not now["stop_after"] or not left:
        return ""
    accounts = len(now["order"])
    if not limit(STOP_AFTER, now["stop_after"]).is_reached(now["wrong"], accounts):
        return ""
    how = "has a problem" if now["wrong"] == 1 else "have problems"
    return (
        f"Stopped after wave {now['begun']} of {len(now['waves'])}: {counted(now['wrong'], 'account')} {how}, and "
        f"{STOP_AFTER} is {now['stop_after']}. {counted(accounts - left, 'account')} done, {left} not begun."
    )


def placed(now: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    """Host → number of its wave, and why nothing was done there; empty if it was begun. ``now``: a rollout, or an empty mapping."""
    found: dict[str, tuple[int, str]] = {}
    for number in range(1, len(now.get("waves") or ()) + 1):
        why = (
            f"not begun: the run was stopped after wave {now['begun']} of {len(now['waves'])}"
            if number > now["begun"]
            else ""
        )
        found.update(dict.fromkeys(hosts_of(now, number), (number, why)))
    return found


def refusal(maximum: Any, changes: int, unknown: int, accounts: int) -> str:
    """Why a run that would change so many accounts is refused; empty if it is not. ``maximum``: of MAX_CHANGES.

    ``unknown``: accounts of which nobody knows whether they would be changed. They count, since a run may come to them.
    """
    most = _limit(MAX_CHANGES, maximum, 0)
    if most is None or not most.is_exceeded(changes + unknown, accounts):
        return ""
    unseen = f", {unknown} could not be examined and may be changed too" if unknown else ""
    return (
        f"Too many accounts to change: {changes} of {counted(accounts, 'account')} would be changed{unseen}, and {MAX_CHANGES} is {most}. "
        "Look at the report; then select fewer accounts with --limit, or raise the limit."
    )
