# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a terminal is told while a run goes on: each message of a few hosts, and how many more hosts have it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .text import counted, first_few, masked, printable

_ACCOUNT = re.compile(r"\b[0-9]{12}\b")
_FEW_HOSTS = 5
# Of a task, so that a fleet in which every account fails differently still leaves the screen to the report.
_MOST_LINES = 12


@dataclass
class Told:
    """The messages of one play. ``same``: of how many hosts the same message is told, in one task."""

    same: int = 3
    told: int = 0
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _first: dict[str, list[str]] = field(default_factory=dict)
    _more: dict[str, list[str]] = field(default_factory=dict)

    def tells(self, host: str, message: str) -> bool:
        """Whether this is to be shown. What is not is counted; the same of the same host is neither, in later tasks too."""
        key = _shared(host, message)
        if (host, key) in self._seen:
            return False
        self._seen.add((host, key))
        first, more = self._first.setdefault(key, []), self._more.setdefault(key, [])
        shown = len(first) < self.same and self.told < _MOST_LINES
        (first if shown else more).append(host)
        self.told += shown
        return shown

    def rest(self) -> list[str]:
        """Lines on the hosts of this task that were not shown."""
        known = [(first, self._more[key]) for key, first in self._first.items() if first and self._more[key]]
        lines = [
            f"{counted(len(more), 'more host')} with the message of {printable(first[0])}: {_hosts(more)}"
            for first, more in known
        ]
        others = [host for key, first in self._first.items() if not first for host in self._more[key]]
        if others:
            lines.append(f"{counted(len(others), 'more host')} with other messages: {_hosts(others)}")
        self._first, self._more, self.told = {}, {}, 0
        return lines


def _shared(host: str, message: str) -> str:
    """The message without what differs from host to host."""
    return masked(_ACCOUNT.sub("ACCOUNT", message.replace(host, "HOST")), "")


def changed(task: str, hosts: Sequence[str], check_mode: bool) -> str:
    """``changed: TASK (orders, billing)``."""
    return f"{'would change' if check_mode else 'changed'}: {printable(task)} ({_hosts(hosts)})"


def _hosts(hosts: Sequence[str]) -> str:
    return first_few([printable(host) for host in sorted(hosts)], _FEW_HOSTS)


def recap(hosts: Mapping[str, Mapping[str, int]]) -> str:
    """All hosts of a run in one line. ``hosts``: what Ansible counts of each, such as ``failures``."""
    parts = [counted(len(hosts), "host")]
    for key, how in (("unreachable", "unreachable"), ("failures", "failed"), ("changed", "changed")):
        names = [host for host, counts in hosts.items() if counts.get(key)]
        if names:
            parts.append(f"{len(names)} {how} ({_hosts(names)})")
    return f"{parts[0]}: {', '.join(parts[1:]) or 'nothing changed, nothing failed'}"


def shown(text: str) -> str:
    """The text line by line, with nothing in it that steers a terminal."""
    return _harmless(text.replace("\r\n", "\n").expandtabs())


def _harmless(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))


def safe_diff(diff: Mapping[str, Any]) -> dict[str, Any]:
    """A diff of a result, its texts safe to show. Tabs and carriage returns may be all that differs, and are written out."""
    return {key: _harmless(value) if isinstance(value, str) else value for key, value in diff.items()}


@dataclass(frozen=True)
class Ending:
    """What a run ends with: where its report is, and the verdict. ``table``: what is shown at once."""

    table: tuple[str, ...]
    paths: tuple[str, ...]
    verdict: str

    @property
    def last(self) -> list[str]:
        return [*(f"Report: {path}" for path in self.paths), self.verdict]


def ending(returned: Mapping[str, Any]) -> Ending | None:
    """The result of restore_role_report in two parts; None if it reports on nothing."""
    lines = [printable(str(line)) for line in returned.get("lines") or ()]
    if not lines or not returned.get("statuses"):
        return None
    paths = returned.get("report") or {}
    return Ending(tuple(lines[:-1]), tuple(printable(str(path)) for path in paths.values()), lines[-1])
