# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An organization as it was read: root, organizational units and member accounts. Data only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

ROOT_PATH = "/"


@dataclass(frozen=True, slots=True)
class Header:
    """What every member account may learn about its organization. ``all_features``: not consolidated billing only."""

    organization_id: str
    management_account_id: str
    all_features: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """The root or an organizational unit. ``path``: names from below the root down, ``/`` for the root itself."""

    unit_id: str
    parent: str | None
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Member:
    """One account. ``state``: as AWS spells it; ``tags``: None where they were not read."""

    account_id: str
    partition: str
    name: str
    email: str = field(repr=False)
    state: str
    unit_id: str
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Organization:
    """``units`` by ID, parents before children; ``policy_types``: policy type → its status at the root."""

    header: Header
    policy_types: Mapping[str, str]
    units: Mapping[str, Unit]
    members: tuple[Member, ...]

    def path_to(self, unit_id: str) -> tuple[Unit, ...]:
        """The units from the root down to this one."""
        unit = self.units[unit_id]
        above = self.path_to(unit.parent) if unit.parent is not None else ()
        return (*above, unit)

    def with_members(self, members: Iterable[Member]) -> Organization:
        """The same organization, these accounts in place of those with the same ID."""
        newer = {member.account_id: member for member in members}
        return replace(self, members=tuple(newer.get(member.account_id, member) for member in self.members))
