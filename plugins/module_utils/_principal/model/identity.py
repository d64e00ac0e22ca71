# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which principal is meant, before anything was read of it, and which hosts mean the same one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """``account_id``: empty where only the credentials tell it. ``name``: without its path."""

    account_id: str
    kind: str
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        """IAM takes names that differ in upper and lower case only for one, under whatever path."""
        return self.account_id, self.kind, self.name.lower()

    def __str__(self) -> str:
        return f"{self.kind} {self.name} in account {self.account_id}"


def shared(principals: Iterable[tuple[str, Identity]]) -> list[tuple[Identity, list[str]]]:
    """Each principal that several hosts stand for, with these hosts. ``principals``: host and principal of each."""
    hosts: dict[tuple[str, str, str], list[str]] = {}
    named: dict[tuple[str, str, str], Identity] = {}
    for host, principal in principals:
        if principal.account_id:
            hosts.setdefault(principal.key, []).append(host)
            named.setdefault(principal.key, principal)
    return [(named[key], together) for key, together in hosts.items() if len(together) > 1]


def told(principal: Identity, hosts: Sequence[str]) -> str:
    """Why several hosts must not stand for one principal; the beginning of a sentence."""
    shown = ", ".join(hosts[:_MOST_NAMED])
    more = f" and {len(hosts) - _MOST_NAMED} more" if len(hosts) > _MOST_NAMED else ""
    return f"{len(hosts)} hosts stand for {principal}: {shown}{more}. Each would undo what the other does"
