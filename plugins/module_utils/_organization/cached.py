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
        units = [Unit(**one) for one in stored["units"]]
        return Organization(
            header=Header(**stored["header"]),
            policy_types=dict(stored["policy_types"]),
            units={one.unit_id: one for one in units},
            members=tuple(Member(**one) for one in stored["members"]),
        )
    except (KeyError, TypeError):
        return None
