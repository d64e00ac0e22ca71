# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong in a fleet, by cause instead of by account: the same cause in 300 accounts is told once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import sentences
from .columns import KNOWN, standing
from .entry import NEEDS_ATTENTION, NOT_EXAMINED, STATUSES, taken_back
from .text import counted, masked, printable

_ORDER = {column.requirement: number for number, column in enumerate(KNOWN)}
_SEVERITIES = ("high", "medium", "low")


@dataclass
class _Group:
    """What the accounts of one cause have in common, and which they are."""

    sample: list[Mapping[str, Any]] = field(default_factory=list)
    hosts: dict[str, str] = field(default_factory=dict)
    lacking: Counter[str] = field(default_factory=Counter)
    requirements: dict[str, None] = field(default_factory=dict)


def causes(accounts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """``cause`` (a sentence; ACCOUNT stands for the account's own ID), ``status`` (the worst of its accounts),
    ``requirements``, ``hosts``. The worst first, and among those what most accounts have."""
    groups: dict[tuple[str, ...], _Group] = {}
    for entry in accounts:
        for key, decision in _reasons(entry) if entry["status"] in NEEDS_ATTENTION else ():
            group = groups.setdefault(key, _Group())
            group.hosts[entry["host"]] = entry["status"]
            if decision:
                group.sample.append(decision)
                group.lacking[entry["host"]] += 1
                group.requirements[decision["requirement"]] = None
    found = [_cause(key, group) for key, group in groups.items()]
    return sorted(found, key=lambda one: (STATUSES.index(one["status"]), -len(one["hosts"]), one["cause"]))


def _reasons(entry: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any] | None]]:
    """A key for each reason why the account needs attention, with the decision behind it if there is one."""
    if entry["status"] in NOT_EXAMINED:
        yield (entry["status"], masked(entry["message"], entry["account_id"])), None
        return
    if taken_back(entry):
        yield ("absent", sentences.operations(entry)), None
        return
    found = standing(entry)
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for one in found:
        place = masked(one["policy"], entry["account_id"]), one["statement"]
        groups.setdefault((one["verdict"], masked(one["reason"], entry["account_id"]), *place), []).append(one)
    for key, members in groups.items():
        names = list(dict.fromkeys(one["requirement"] for one in members))
        # Accounts lack different actions for the same reason; of trust, who is not let in is what it is about.
        about = "" if any(":" in name for name in names) else " ".join(names)
        yield from (((*key, about), one) for one in members)
    if not found:
        yield ("change", sentences.operations(entry)), None


def _cause(key: tuple[str, ...], group: _Group) -> dict[str, Any]:
    names = sorted(group.requirements, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    if len(key) > 2:
        verdict, reason, policy, statement, _about = key
        place = sentences.place(group.sample, policy, statement)
        text = f"{_lacking(names, group.lacking)}: {verdict.replace('_', ' ')} ({place}{reason})"
    elif key[0] == "absent":
        text = f"what this collection put there is to be taken back: {key[1]}"
    elif key[0] == "change":
        text = f"every requirement is met, but not as it was asked for: {key[1] or 'see the account'}"
    else:
        text = key[1]
    return {
        "cause": printable(text),
        "status": min(group.hosts.values(), key=STATUSES.index),
        "requirements": names,
        "hosts": sorted(group.hosts),
    }


def _lacking(names: Sequence[str], per_host: Mapping[str, int]) -> str:
    """The requirements in short; accounts can lack different ones for the same reason."""
    least, most = min(per_host.values()), max(per_host.values())
    if most == len(names) == least:
        return sentences.requirements(names)
    if len(names) <= sentences.MANY_ACTIONS:
        return f"some of {sentences.requirements(names)}"
    return f"{least} to {most} requirements" if least < most else f"{counted(least, 'requirement')} of {len(names)}"


def finding_groups(accounts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """``finding``, ``severity``, ``hosts``: what nobody's restore fails on yet. The most severe first."""
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for entry in accounts:
        for one in entry["findings"]:
            groups.setdefault((one.get("finding", ""), one.get("severity", "")), {})[entry["host"]] = None
    found = [{"finding": key[0], "severity": key[1], "hosts": sorted(hosts)} for key, hosts in groups.items()]
    return sorted(found, key=lambda one: (_rank(str(one["severity"])), -len(one["hosts"]), one["finding"]))


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)
