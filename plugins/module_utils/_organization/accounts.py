# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts that an inventory means: from what is stored of the organization if that is enough, else read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import cached, selection
from .gather import Gathering
from .state import Member, Organization


@dataclass(frozen=True, slots=True)
class AccountQuery:
    """``source``: what the credentials and the endpoint are taken from, as far as it is no secret."""

    selection: selection.Selection
    with_tags: bool
    with_email: bool
    source: str


@dataclass(frozen=True, slots=True)
class QueryResult:
    """``to_store``: what is worth storing, None if it is what was stored already."""

    organization: Organization
    members: tuple[Member, ...]
    to_store: dict[str, Any] | None


def find(gathering: Gathering, stored: Any, query: AccountQuery) -> QueryResult:
    """All of the accounts that are meant. Raises RestoreAccessError. Makes no call if ``stored`` has all that it takes."""
    organization = cached.from_json(stored, query.source, with_email=query.with_email)
    fresh = organization is None
    if organization is None:
        organization = gathering.organization()
    members = selection.candidates(organization, query.selection)
    if query.with_tags and any(member.tags is None for member in members):
        members, fresh = gathering.with_tags(members), True
        organization = organization.with_members(members)
    to_store = cached.as_json(organization, query.source, with_email=query.with_email) if fresh else None
    return QueryResult(organization, selection.by_tags(members, query.selection), to_store)
