# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong in a fleet, by cause instead of by account: the same cause in 300 accounts is told once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypedDict

from . import sentences
from .entry import taken_back
from .requirements import KNOWN, accepted, is_action, unmet
from .schema import EXPOSED, NEEDS_ATTENTION, NOT_EXAMINED, SEVERITIES, STATUSES, Cause, Decision, Entry, Status
from .text import counted, masked, printable

_ORDER = {column.requirement: number for number, column in enumerate(KNOWN)}


@dataclass(frozen=True)
class _NotExamined:
    """The account could not be examined."""

    status: Status
    message: str


@dataclass(frozen=True)
class _TakenBack:
    """What this collection put there is still to be taken back."""

    operations: str


@dataclass(frozen=True)
class _Changes:
    """Every requirement is met, or what is not is accepted, but there are changes to make."""

    operations: str
    accepted: bool


@dataclass(frozen=True)
class _Unmet:
    """Requirements that are not met on the same ground. ``about``: requirements of trust, told apart from each other."""

    ground: sentences.Ground
    about: str = ""


@dataclass(frozen=True)
class _Exposed:
    """A restore works, and so does something that nobody asked for."""

    message: str


_Key: TypeAlias = "_NotExamined | _TakenBack | _Changes | _Unmet | _Exposed"


class FindingGroup(TypedDict):
    """The same finding in one or more accounts."""

    finding: str
    severity: str
    hosts: list[str]


@dataclass
class _Group:
    """What the accounts of one cause have in common, and which they are."""

    decisions: list[Decision] = field(default_factory=list)
    statuses: dict[str, Status] = field(default_factory=dict)
    lacking: Counter[str] = field(default_factory=Counter)
    requirements: dict[str, None] = field(default_factory=dict)


def causes_of(accounts: Sequence[Entry]) -> list[Cause]:
    """The worst first, and among those what most accounts have. ``status``: the worst of a cause's accounts."""
    groups: dict[_Key, _Group] = {}
    for entry in accounts:
        for key, decision in _reasons(entry) if entry["status"] in NEEDS_ATTENTION else ():
            group = groups.setdefault(key, _Group())
            group.statuses[entry["host"]] = entry["status"]
            if decision:
                group.decisions.append(decision)
                group.lacking[entry["host"]] += 1
                group.requirements[decision["requirement"]] = None
    causes = [_cause(key, group) for key, group in groups.items()]
    return sorted(causes, key=lambda cause: (STATUSES.index(cause["status"]), -len(cause["hosts"]), cause["cause"]))


def _reasons(entry: Entry) -> Iterator[tuple[_Key, Decision | None]]:
    """A key for each reason why the account needs attention, with the decision behind it if there is one."""
    if entry["status"] in NOT_EXAMINED:
        yield _NotExamined(entry["status"], masked(entry["message"], entry["account_id"])), None
        return
    if taken_back(entry):
        yield _TakenBack(sentences.operations(entry)), None
        return
    if entry["status"] == EXPOSED:
        for finding in sentences.exposing(entry):
            yield _Exposed(masked(sentences.looked_at(finding), entry["account_id"])), None
        return
    decisions = unmet(entry)
    groups: dict[sentences.Ground, list[Decision]] = {}
    for decision in decisions:
        ground = sentences.ground_of(decision)
        shared = replace(
            ground,
            reason=masked(ground.reason, entry["account_id"]),
            policy=masked(ground.policy, entry["account_id"]),
        )
        groups.setdefault(shared, []).append(decision)
    for ground, members in groups.items():
        names = list(dict.fromkeys(member["requirement"] for member in members))
        # Accounts lack different actions for the same reason; of trust, who may not assume the role is what it is about.
        about = "" if any(map(is_action, names)) else " ".join(names)
        yield from ((_Unmet(ground, about), member) for member in members)
    if not decisions:
        yield _Changes(sentences.operations(entry), bool(accepted(entry))), None


def _cause(key: _Key, group: _Group) -> Cause:
    names = sorted(group.requirements, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    return {
        "cause": printable(_sentence(key, names, group)),
        "status": min(group.statuses.values(), key=STATUSES.index),
        "requirements": names,
        "hosts": sorted(group.statuses),
    }


def _sentence(key: _Key, names: Sequence[str], group: _Group) -> str:
    match key:
        case _NotExamined() | _Exposed():
            return key.message
        case _TakenBack():
            return f"what this collection added is to be removed: {key.operations}"
        case _Changes():
            met = (
                "unmet requirements are accepted, and a run would fix them"
                if key.accepted
                else "every requirement is met, but not as the options require"
            )
            return f"{met}: {key.operations or 'see the account'}"
        case _Unmet():
            return sentences.told(_lacking(names, group.lacking), key.ground, group.decisions)


def _lacking(names: Sequence[str], per_host: Mapping[str, int]) -> str:
    """The requirements in short; accounts can lack different ones for the same reason."""
    least, most = min(per_host.values()), max(per_host.values())
    if most == len(names) == least:
        return sentences.requirements(names)
    if len(names) <= sentences.MANY_ACTIONS:
        return f"some of {sentences.requirements(names)}"
    return f"{least} to {most} requirements" if least < most else f"{counted(least, 'requirement')} of {len(names)}"


def finding_groups(accounts: Sequence[Entry]) -> list[FindingGroup]:
    """What nobody's restore fails on yet, and nobody accepts. The most severe first."""
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for entry in accounts:
        for finding in (finding for finding in entry["findings"] if not finding["accepted"]):
            groups.setdefault((finding["finding"], finding["severity"]), {})[entry["host"]] = None
    listed: list[FindingGroup] = [
        {"finding": finding, "severity": severity, "hosts": sorted(hosts)}
        for (finding, severity), hosts in groups.items()
    ]
    return sorted(listed, key=lambda group: (_rank(group["severity"]), -len(group["hosts"]), group["finding"]))


def _rank(severity: str) -> int:
    return next((rank for rank, known in enumerate(SEVERITIES) if known == severity), len(SEVERITIES))
