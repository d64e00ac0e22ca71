# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accounts as hosts: the variables that each gets, and the groups it goes into. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._errors import OptionError
from .state import Member, Organization

# What the inventory can group accounts by.
BY_OU, BY_STATE, BY_TAGS = "ou", "state", "tags"
# Anything that Jinja could take for a template, its header for other delimiters included.
_MARKUP = re.compile(r"[{]|^\s*#\s*jinja2", re.IGNORECASE)
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/[A-Za-z0-9_+=,.@/-]+")
_NOT_IN_A_GROUP_NAME = re.compile(r"[^A-Za-z0-9_]")


def variables(organization: Organization, member: Member, *, with_email: bool) -> dict[str, Any]:
    """What a host knows about its account. ``account_tags`` is only there where the tags were read."""
    header, path = organization.header, organization.path_to(member.unit_id)
    result: dict[str, Any] = {
        "account_id": member.account_id,
        "account_name": member.name,
        "account_state": member.state,
        "account_partition": member.partition,
        "account_is_management": member.account_id == header.management_account_id,
        "organization_id": header.organization_id,
        "ou_path": path[-1].path,
        "ou_ids": [unit.unit_id for unit in path],
    }
    if with_email:
        result["account_email"] = member.email
    if member.tags is not None:
        result["account_tags"] = dict(sorted(member.tags.items()))
    return result


def unit_groups(organization: Organization) -> dict[str, str]:
    """Unit ID → name of its group; the root has none, since everything is in it.

    Two paths that come out as one name get the IDs of their units at the end, and so does a path that comes out as such a name:
    one group never stands for two units.
    """
    plain = {unit.unit_id: _name(f"ou{unit.path}") for unit in organization.units.values() if unit.parent is not None}
    exact = {unit_id: _name(f"{name}_{unit_id}") for unit_id, name in plain.items()}
    taken = Counter([*plain.values(), *exact.values()])
    return {unit_id: name if taken[name] == 1 else exact[unit_id] for unit_id, name in plain.items()}


def groups(member: Member, by: Iterable[str], of_units: Mapping[str, str]) -> list[str]:
    """The groups an account is put into directly. ``of_units``: what unit_groups returned."""
    names = []
    for kind in by:
        if kind == BY_OU and member.unit_id in of_units:
            names.append(of_units[member.unit_id])
        elif kind == BY_STATE:
            names.append(_name(f"state_{member.state.lower()}"))
        elif kind == BY_TAGS:
            tags = sorted((member.tags or {}).items())
            names += [_name(f"tag_{key}_{value}" if value else f"tag_{key}") for key, value in tags]
    return names


def group_tree(organization: Organization, member: Member, of_units: Mapping[str, str]) -> list[tuple[str, str]]:
    """(group, its child group) for the units above an account, from the top down."""
    path = [of_units[unit.unit_id] for unit in organization.path_to(member.unit_id) if unit.unit_id in of_units]
    return list(zip(path, path[1:], strict=False))


def check_role(arn: str, member: Member) -> None:
    """Raises OptionError for what is not the ARN of a role in this account."""
    match = _ROLE_ARN.fullmatch(arn)
    if match is None or match[1] != member.account_id:
        raise OptionError(
            f"member_role_arn evaluates to {arn!r} for account {member.account_id}. It must be the ARN of a role in "
            "that account, such as arn:aws:iam::{{ account_id }}:role/OrganizationAccountAccessRole, or empty to "
            "assume no role."
        )


def group_names(organization: Organization, members: Iterable[Member], by: Sequence[str]) -> set[str]:
    """Every group that the accounts are in by themselves."""
    of_units = unit_groups(organization)
    found: set[str] = set()
    for member in members:
        found.update(groups(member, by, of_units))
        found.update(name for pair in group_tree(organization, member, of_units) for name in pair)
    return found


def is_ordinary(text: str) -> bool:
    """Whether a text of AWS's can do no harm as a template, and may leave Ansible as plain text."""
    return not _MARKUP.search(text)


def _name(text: str) -> str:
    return _NOT_IN_A_GROUP_NAME.sub("_", text)
