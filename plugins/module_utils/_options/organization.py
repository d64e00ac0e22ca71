# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that say which accounts of an organization are meant, checked. Raises OptionError."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._aws.session import AssumeRole, Connection
from .._checks import ACCOUNT_ID
from .._errors import OptionError
from .._organization.accounts import Wanted
from .._organization.hosts import BY_OU, BY_STATE, BY_TAGS
from .._organization.selection import Selection
from .account import ASSUME_SPEC, assume_role

ACTIVE = "ACTIVE"
STATES = (ACTIVE, "CLOSED", "PENDING_ACTIVATION", "PENDING_CLOSURE", "SUSPENDED")
GROUPINGS = (BY_OU, BY_STATE, BY_TAGS)

# Of the module organization_policies_info.
POLICIES_SPEC: dict[str, Any] = {
    **ASSUME_SPEC,
    "account_ids": {"type": "list", "elements": "str", "default": []},
}

# Every option of the inventory plugin that this file reads.
INVENTORY_OPTIONS = (
    "assume_role_arn",
    "assume_role_external_id",
    "assume_role_session_name",
    "email",
    "exclude_account_ids",
    "exclude_names",
    "exclude_ous",
    "exclude_tags",
    "group_by",
    "include_account_ids",
    "include_names",
    "include_ous",
    "include_tags",
    "states",
    "tags",
)

_LONGEST = 3600


def account_query(given: Mapping[str, Any], profile: str | None, connection: Connection) -> Wanted:
    """``given``: the plugin's options by name, those of INVENTORY_OPTIONS."""
    chosen = selection(given)
    by = _choices(given, "group_by", GROUPINGS)
    return Wanted(
        selection=chosen,
        with_tags=bool(given["tags"]) or chosen.asks_for_tags or BY_TAGS in by,
        with_email=bool(given["email"]),
        source=json.dumps([given["assume_role_arn"], profile, connection.endpoint_url, connection.region]),
    )


def selection(given: Mapping[str, Any]) -> Selection:
    """``given``: the plugin's options by name; None and a missing one are the same."""
    return Selection(
        include_units=_texts(given, "include_ous"),
        exclude_units=_texts(given, "exclude_ous"),
        include_ids=account_ids(given, "include_account_ids"),
        exclude_ids=account_ids(given, "exclude_account_ids"),
        include_names=_texts(given, "include_names"),
        exclude_names=_texts(given, "exclude_names"),
        include_tags=_tags(given, "include_tags"),
        exclude_tags=_tags(given, "exclude_tags"),
        states=_choices(given, "states", STATES) or (ACTIVE,),
    )


def assume_organization_role(given: Mapping[str, Any]) -> AssumeRole | None:
    """The role to read the organization with, for as long as any role may be assumed: thousands of calls take a while."""
    found = assume_role(given)
    return None if found is None else replace(found, seconds=_LONGEST)


def account_ids(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The 12-digit IDs of an option."""
    found = _texts(given, name)
    for one in found:
        if not ACCOUNT_ID.fullmatch(one):
            raise OptionError(
                f"{name} holds {one!r}. Each entry is a 12-digit account ID, in quotes, so that YAML keeps a leading zero."
            )
    return found


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = given.get(name) or []
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise OptionError(f"{name} has to be a list.")
    if any(isinstance(one, Mapping | list) or one is None or one == "" for one in found):
        raise OptionError(f"{name} has to be a list of texts, none of them empty.")
    return tuple(str(one) for one in found)


def _choices(given: Mapping[str, Any], name: str, choices: Sequence[str]) -> tuple[str, ...]:
    found = _texts(given, name)
    for one in found:
        if one not in choices:
            raise OptionError(f"{name} holds {one!r}. It takes: {', '.join(choices)}.")
    return found


def _tags(given: Mapping[str, Any], name: str) -> dict[str, tuple[str, ...]]:
    found = given.get(name) or {}
    if not isinstance(found, Mapping):
        raise OptionError(f"{name} has to be a dictionary: tag key to value pattern, or to a list of them.")
    result = {}
    for key, value in found.items():
        values = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        if not values or any(isinstance(one, Mapping | list) or one is None for one in values):
            raise OptionError(f"{name}, tag {key}: give a value pattern, or a list of them. '*' stands for any value.")
        result[str(key)] = tuple(str(one) for one in values)
    return result
