# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which accounts of an organization are meant. Pure.

Of each kind of include that is given, one entry has to match; one entry of any exclude that matches is enough.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .._errors import OptionError
from .state import ROOT_PATH, Member, Organization

_UNIT_ID = re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}")
_MOST_NAMED = 10


@dataclass(frozen=True)
class Selection:
    """Units are IDs or paths; names and tag values are shell patterns, in which upper and lower case matter."""

    include_units: tuple[str, ...]
    exclude_units: tuple[str, ...]
    include_ids: tuple[str, ...]
    exclude_ids: tuple[str, ...]
    include_names: tuple[str, ...]
    exclude_names: tuple[str, ...]
    include_tags: Mapping[str, tuple[str, ...]]
    exclude_tags: Mapping[str, tuple[str, ...]]
    states: tuple[str, ...]

    @property
    def asks_for_tags(self) -> bool:
        return bool(self.include_tags or self.exclude_tags)


def candidates(organization: Organization, chosen: Selection) -> tuple[Member, ...]:
    """The accounts that everything but their tags speaks for. Raises OptionError for a unit or ID that is not there."""
    included = _units(organization, chosen.include_units, "include_ous")
    excluded = _units(organization, chosen.exclude_units, "exclude_ous")
    for name, ids in (("include_account_ids", chosen.include_ids), ("exclude_account_ids", chosen.exclude_ids)):
        _check_ids(organization, ids, name)

    def meant(member: Member) -> bool:
        above = {unit.unit_id for unit in organization.path_to(member.unit_id)}
        return (
            member.state in chosen.states
            and (not chosen.include_units or not above.isdisjoint(included))
            and above.isdisjoint(excluded)
            and (not chosen.include_ids or member.account_id in chosen.include_ids)
            and member.account_id not in chosen.exclude_ids
            and (not chosen.include_names or _matches(member.name, chosen.include_names))
            and not _matches(member.name, chosen.exclude_names)
        )

    return tuple(member for member in organization.members if meant(member))


def by_tags(members: Iterable[Member], chosen: Selection) -> tuple[Member, ...]:
    """Those whose tags have every key and value that is included, and none that is excluded."""

    def meant(member: Member) -> bool:
        tags = member.tags or {}
        has_all = all(key in tags and _matches(tags[key], values) for key, values in chosen.include_tags.items())
        has_any = any(key in tags and _matches(tags[key], values) for key, values in chosen.exclude_tags.items())
        return has_all and not has_any

    return tuple(member for member in members if meant(member))


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _check_ids(organization: Organization, ids: Iterable[str], option: str) -> None:
    there = {member.account_id for member in organization.members}
    for account_id in ids:
        if account_id not in there:
            raise OptionError(
                f"{option} contains {account_id}, but the organization {organization.header.organization_id} has no "
                "such account. Correct the ID, or remove it if the account has left."
            )


def _units(organization: Organization, entries: Iterable[str], option: str) -> frozenset[str]:
    return frozenset(_unit(organization, entry, option) for entry in entries)


def _unit(organization: Organization, entry: str, option: str) -> str:
    """The ID of the unit that an ID or a path names."""
    if _UNIT_ID.fullmatch(entry):
        ids = [entry] if entry in organization.units else []
    else:
        path = ROOT_PATH + entry.strip("/")
        ids = [unit.unit_id for unit in organization.units.values() if unit.path == path]
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise OptionError(f"{option} contains {entry!r}, which is the path of {' and '.join(ids)}. Use the ID.")
    raise OptionError(
        f"{option} contains {entry!r}, but the organization {organization.header.organization_id} has no such "
        f"organizational unit. {_known(organization, entry)}"
    )


def _known(organization: Organization, entry: str) -> str:
    paths = sorted(unit.path for unit in organization.units.values())
    near = difflib.get_close_matches(ROOT_PATH + entry.strip("/"), paths, n=3)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    return f"Use an ID or a path. Known paths: {', '.join(paths[:_MOST_NAMED])}{more}."
