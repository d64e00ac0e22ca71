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
    kept = organization.members if with_email else [replace(one, email="") for one in organization.members]
    return {
        "schema_version": _SCHEMA,
        "source": source,
        "with_email": with_email,
        "header": asdict(organization.header),
        "policy_types": dict(organization.policy_types),
        "units": [asdict(one) for one in organization.units.values()],
        "members": [asdict(one) for one in kept],
    }


def from_json(stored: Any, source: str, *, with_email: bool) -> Organization | None:
    """The organization; None if this is not of this version, was read elsewhere, or lacks what is asked for."""
    if not isinstance(stored, Mapping) or stored.get("schema_version") != _SCHEMA or stored.get("source") != source:
        return None
    if with_email and not stored.get("with_email"):
        return None
    try:
        found = Organization(
            header=Header(**stored["header"]),
            policy_types=dict(stored["policy_types"]),
            units={one["unit_id"]: Unit(**one) for one in stored["units"]},
            members=tuple(Member(**one) for one in stored["members"]),
        )
        return found if _is_sound(found) else None
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _is_sound(found: Organization) -> bool:
    """Whether it is what ``as_json`` wrote, and not what somebody made of it. Raises KeyError or TypeError if it is not."""
    known: set[str | None] = {None}
    for unit in found.units.values():
        # Parents stand before their children, so that there is no circle.
        if unit.parent not in known or not _are_texts(unit.unit_id, unit.name, unit.path):
            return False
        known.add(unit.unit_id)
    for one in found.members:
        tags = [part for pair in one.tags.items() for part in pair] if one.tags is not None else []
        if not _are_texts(one.account_id, one.partition, one.name, one.email, one.state, one.unit_id, *tags):
            return False
    header = found.header
    return _are_texts(header.organization_id, header.management_account_id) and all(
        one.unit_id in found.units for one in found.members
    )


def _are_texts(*values: object) -> bool:
    return all(isinstance(one, str) for one in values)
