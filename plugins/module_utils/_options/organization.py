# SPDX-License-Identifier: GPL-3.0-or-later
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
from .._organization.accounts import AccountQuery
from .._organization.hosts import BY_OU, BY_STATE, BY_TAGS
from .._organization.selection import Selection
from .account import ASSUME_SPEC, assume_role
from .session_policy import of_organization

ACTIVE = "ACTIVE"
STATES = (ACTIVE, "CLOSED", "PENDING_ACTIVATION", "PENDING_CLOSURE", "SUSPENDED")
GROUPINGS = (BY_OU, BY_STATE, BY_TAGS)

# Of the module organization_policies_info.
POLICIES_SPEC: dict[str, Any] = {
    **ASSUME_SPEC,
    "run_id": {"type": "str"},
    "account_ids": {"type": "list", "elements": "str", "default": []},
}

# Every option of the inventory plugin that this file reads.
INVENTORY_OPTIONS = (
    "assume_role_arn",
    "assume_role_external_id",
    "assume_role_session_name",
    "assume_role_session_policy",
    "assume_role_source_identity",
    "assume_role_tags",
    "assume_role_mfa_serial",
    "assume_role_mfa_code",
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


def account_query(options: Mapping[str, Any], profile: str | None, connection: Connection) -> AccountQuery:
    """``given``: the plugin's options by name, those of INVENTORY_OPTIONS."""
    accounts = selection(options)
    groupings = _choices(options, "group_by", GROUPINGS)
    return AccountQuery(
        selection=accounts,
        with_tags=bool(options["tags"]) or accounts.asks_for_tags or BY_TAGS in groupings,
        with_email=bool(options["email"]),
        source=json.dumps([options["assume_role_arn"], profile, connection.endpoint_url, connection.region]),
    )


def selection(options: Mapping[str, Any]) -> Selection:
    """``given``: the plugin's options by name; None and a missing one are the same."""
    return Selection(
        include_units=_texts(options, "include_ous"),
        exclude_units=_texts(options, "exclude_ous"),
        include_ids=account_ids(options, "include_account_ids"),
        exclude_ids=account_ids(options, "exclude_account_ids"),
        include_names=_texts(options, "include_names"),
        exclude_names=_texts(options, "exclude_names"),
        include_tags=_tags(options, "include_tags"),
        exclude_tags=_tags(options, "exclude_tags"),
        states=_choices(options, "states", STATES) or (ACTIVE,),
    )


def assume_organization_role(options: Mapping[str, Any]) -> AssumeRole | None:
    """The role to read the organization with, for as long as any role may be assumed: thousands of calls take a while."""
    role = assume_role(options, of_organization(options))
    return None if role is None else replace(role, seconds=_LONGEST)


def account_ids(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The 12-digit IDs of an option."""
    ids = _texts(options, name)
    for account_id in ids:
        if not ACCOUNT_ID.fullmatch(account_id):
            raise OptionError(
                f"{name} contains {account_id!r}. Each entry must be a 12-digit account ID, in quotes, so that YAML "
                "keeps a leading zero."
            )
    return ids


def _texts(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    entries = options.get(name) or []
    if isinstance(entries, str) or not isinstance(entries, Sequence):
        raise OptionError(f"{name} must be a list.")
    if any(isinstance(entry, Mapping | list) or entry is None or entry == "" for entry in entries):
        raise OptionError(f"{name} must be a list of strings, none of them empty.")
    return tuple(str(entry) for entry in entries)


def _choices(options: Mapping[str, Any], name: str, choices: Sequence[str]) -> tuple[str, ...]:
    entries = _texts(options, name)
    for entry in entries:
        if entry not in choices:
            raise OptionError(f"{name} contains {entry!r}. Choices: {', '.join(choices)}.")
    return entries


def _tags(options: Mapping[str, Any], name: str) -> dict[str, tuple[str, ...]]:
    patterns = options.get(name) or {}
    if not isinstance(patterns, Mapping):
        raise OptionError(f"{name} must be a dictionary: tag key to value pattern, or to a list of them.")
    result = {}
    for key, value in patterns.items():
        values = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        if not values or any(isinstance(pattern, Mapping | list) or pattern is None for pattern in values):
            raise OptionError(f"{name}, tag {key}: set a value pattern or a list of them. '*' matches any value.")
        result[str(key)] = tuple(str(pattern) for pattern in values)
    return result
