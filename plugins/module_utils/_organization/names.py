# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of accounts as hosts: whoever may name an account must not reach another's host, group or variables by it. Pure.

A name that could is not made better, which would be another name that somebody can aim at: the account is a host by its ID.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from .._errors import OptionError
from .._printable import printable, shortened

# What Ansible makes by itself: two groups, and the host that it runs on (ansible.constants.LOCALHOST).
RESERVED = frozenset({"all", "ungrouped", "localhost", "127.0.0.1", "::1"})
_OF_PATTERNS = re.compile(r"[,:&!~*?\[\]]")
# Ansible reads host_vars/NAME as it stands: these are the files of another host or group, or all of them.
_OF_PATHS = re.compile(r"/|^\.\.?$|\.(?:ya?ml|json)$")
# Up to ansible-core 2.18 every name is rendered that is not marked as unsafe, and those of hosts and groups bear no mark.
_OF_TEMPLATES = re.compile(r"\{[{%#]")
_OF_AN_ACCOUNT = re.compile(r"(?:account-)?([0-9]{12})")
# No file in host_vars has a longer name with what Ansible puts behind it.
_MOST_BYTES = 250
_MOST_TOLD, _MOST_SHOWN = 10, 60
_CURE = "Rename the account, or set hostname to id or to a template that holds account_id."


@dataclass(frozen=True, slots=True)
class Naming:
    """``hosts``: account ID → name of its host, each another. ``warnings``: whose name was not used, why, and the cure."""

    hosts: Mapping[str, str]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Taken:
    """What the inventory holds besides. ``hosts``: name → the account ID that other sources give the host, "" if none."""

    groups: Collection[str]
    hosts: Mapping[str, str]


def host_names(wanted: Mapping[str, str], taken: Taken) -> Naming:
    """``wanted``: account ID → the name that ``hostname`` makes of it, whatever that is.

    It depends on the names, and neither on their order nor on which other names were set aside. Raises OptionError where groups
    have the name of an account by its ID as well, which no account can bring about.
    """
    alike: dict[str, list[str]] = defaultdict(list)
    for account_id in sorted(wanted):
        alike[wanted[account_id]].append(account_id)
    hosts: dict[str, str] = {}
    malformed: list[str] = []
    collisions: dict[str, str] = {}
    for name, account_ids in alike.items():
        for account_id in account_ids:
            hosts[account_id] = name
            if name == account_id and name not in taken.groups:
                continue
            hosts[account_id] = _by_id(account_id, taken)
            if flaw := flaw_of(name):
                malformed.append(f"{account_id} ({_quoted(name)} {flaw})")
            elif collision := _collision(name, account_ids, taken):
                collisions[name] = collision
            else:
                hosts[account_id] = name
    return Naming(hosts, (*_told(malformed), *_first(list(collisions.values()))))


def flaw_of(name: str) -> str:
    """What keeps a name from being that of one host wherever Ansible or a person writes it down; empty if nothing does."""
    if not name:
        return "is empty"
    if not name.isprintable() or any(map(str.isspace, name)):
        return "contains a space or an invisible character"
    if _OF_PATTERNS.search(name) or name[0] in "-@":
        return "contains what --limit would take as a pattern or an option"
    if _OF_PATHS.search(name):
        return "is the path of another file in host_vars"
    if _OF_TEMPLATES.search(name):
        return "is a template"
    return "is too long" if len(name.encode()) > _MOST_BYTES else ""


def is_unfit(group: str) -> bool:
    """Whether Ansible would take this name of a group for a path to the variables of others, or for a template."""
    return bool(_OF_PATHS.search(group) or _OF_TEMPLATES.search(group))


def told_of_groups(refused: Iterable[str]) -> Iterator[str]:
    """A warning of groups that templates would make, and that there are not."""
    if refused:
        listed = _listed(sorted(map(printable, refused)), ", ")
        yield (
            f"keyed_groups or groups would replace a host or create a loop of groups. Left out: {listed}. Set a "
            "prefix in keyed_groups, and use no data of an account in parent_group."
        )


def _by_id(account_id: str, taken: Taken) -> str:
    for name in (account_id, f"account-{account_id}"):
        if name not in taken.groups:
            return name
    raise OptionError(
        f"There are groups {account_id} and account-{account_id}, and account {account_id} needs one of the names."
    )


def _collision(name: str, account_ids: list[str], taken: Taken) -> str:
    """A warning for all accounts of a name that is somebody else's; empty if it is their own."""
    owner = _owner(name, account_ids, taken)
    if not owner:
        return ""
    wrong = [account_id for account_id in account_ids if account_id != name] or account_ids
    given = f"account {wrong[0]}" if len(wrong) == 1 else f"the accounts {_listed(wrong, ' and ')}"
    cure = f"{'It is a host' if len(wrong) == 1 else 'Each is a host'} by the account ID instead. {_CURE}"
    return f"hostname evaluates to {_quoted(name)} for {given}, {owner}. {cure}"


def _owner(name: str, account_ids: list[str], taken: Taken) -> str:
    """Why a name is not that of one account alone; empty if it is."""
    identity = _OF_AN_ACCOUNT.fullmatch(name)
    if identity and [identity[1]] != account_ids:
        return f"but that is the name of account {identity[1]}"
    if name in RESERVED:
        return "but Ansible reserves that name"
    if name in taken.groups:
        return "but there is a group of that name"
    if len(account_ids) > 1:
        # Whichever of them kept it would have the host_vars of the other.
        return "so they could not be told apart"
    if taken.hosts.get(name, account_ids[0]) == account_ids[0]:
        return ""
    who = f"is account {taken.hosts[name]}" if taken.hosts[name] else "has no account_id to show that it is the same"
    return f"but another source of the inventory has a host of that name, which {who}"


def _told(malformed: list[str]) -> Iterator[str]:
    if malformed:
        listed = _listed(sorted(malformed), ", ")
        yield (
            "hostname evaluates to names that Ansible does not treat as one host. The account ID is used instead "
            f"for: {listed}. {_CURE}"
        )


def _first(warnings: list[str]) -> Iterator[str]:
    yield from sorted(warnings)[:_MOST_TOLD]
    if len(warnings) > _MOST_TOLD:
        yield f"hostname evaluates to {len(warnings) - _MOST_TOLD} more names that do not identify one account. {_CURE}"


def _listed(parts: list[str], between: str) -> str:
    more = f" and {len(parts) - _MOST_TOLD} more" if len(parts) > _MOST_TOLD else ""
    return f"{between.join(parts[:_MOST_TOLD])}{more}"


def _quoted(name: str) -> str:
    return f"'{shortened(printable(name), _MOST_SHOWN)}'"
