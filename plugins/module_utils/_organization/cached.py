# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An organization as JSON for Ansible's inventory cache, and back. No credentials, and no more than was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from .state import Header, Member, Organization, Unit

_SCHEMA = 1


def as_json(organization: Organization, source: str, *, with_email: bool) -> dict[str, Any]:
    """``source``: where it was read, so that what was read elsewhere is not taken for it."""
    # An address nobody asked for is personal data that nobody needs to keep.
    members = organization.members if with_email else [replace(member, email="") for member in organization.members]
    return {
        "schema_version": _SCHEMA,
        "source": source,
        "with_email": with_email,
        "header": asdict(organization.header),
        "policy_types": dict(organization.policy_types),
        "units": [asdict(unit) for unit in organization.units.values()],
        "members": [asdict(member) for member in members],
    }


def from_json(stored: Any, source: str, *, with_email: bool) -> Organization | None:
    """The organization; None if this is not of this version, was read elsewhere, or lacks what is asked for."""
    if not isinstance(stored, Mapping) or stored.get("schema_version") != _SCHEMA or stored.get("source") != source:
        return None
    if with_email and not stored.get("with_email"):
        return None
    try:
        organization = Organization(
            header=Header(**stored["header"]),
            policy_types=dict(stored["policy_types"]),
            units={unit["unit_id"]: Unit(**unit) for unit in stored["units"]},
            members=tuple(Member(**member) for member in stored["members"]),
        )
        return organization if _is_sound(organization) else None
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _is_sound(organization: Organization) -> bool:
    """Whether it is what ``as_json`` wrote, and not what somebody made of it. Raises KeyError or TypeError if it is not."""
    known: set[str | None] = {None}
    for unit in organization.units.values():
        # Parents stand before their children, so that there is no circle.
        if unit.parent not in known or not _are_texts(unit.unit_id, unit.name, unit.path):
            return False
        known.add(unit.unit_id)
    for member in organization.members:
        tags = [part for pair in member.tags.items() for part in pair] if member.tags is not None else []
        if not _are_texts(
            member.account_id, member.partition, member.name, member.email, member.state, member.unit_id, *tags
        ):
            return False
    header = organization.header
    return _are_texts(header.organization_id, header.management_account_id) and all(
        member.unit_id in organization.units for member in organization.members
    )


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)
