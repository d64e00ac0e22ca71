# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that say which permission sets are asked for: the catalogue's, and the user's own given as data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .._checks import at_most
from .._errors import OptionError
from .._permission_sets.catalog import (
    APPLIANCE_IMPERSONATION,
    OWN,
    PERMISSION_SETS,
    SID_PREFIX_CUSTOM,
    Permission,
    PermissionSet,
)

SETS_SPEC: dict[str, Any] = {
    "permission_sets": {
        "type": "list",
        "elements": "str",
        "choices": sorted(PERMISSION_SETS),
        "default": ["dynamodb_restore"],
    },
    "restore_role_arns": {"type": "list", "elements": "str", "default": []},
    "custom_permission_sets": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "actions": {"type": "list", "elements": "str", "required": True},
            "resources": {"type": "list", "elements": "str", "default": []},
            "source": {"type": "str", "default": ""},
            "product_version": {"type": "str", "default": ""},
            "page": {"type": "str", "default": ""},
            "page_updated": {"type": "str", "default": ""},
        },
    },
}

_IMPERSONATION = APPLIANCE_IMPERSONATION.name
_ROLES = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}|[0-9?*]*[*][0-9?*]*):role/[A-Za-z0-9_+=,.@/*?-]+")
_SET_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
# No wildcard: what a wildcard stands for, nobody can evaluate one by one.
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
# Each is asked about by itself. Ten policies of names of forty characters have no more.
_MOST_PAIRS = 20_000
_RESOURCE = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[^:\s]*:[^:\s]*:\S+")


def chosen(params: Mapping[str, Any]) -> tuple[PermissionSet, ...]:
    """The permission sets asked for, the user's own after the catalogue's. Raises OptionError."""
    at_most("custom_permission_sets", params["custom_permission_sets"])
    at_most("custom_permission_sets, all actions", _all(params, "actions"))
    at_most("custom_permission_sets, all resources", _all(params, "resources"))
    _check_pairs(params["custom_permission_sets"])
    roles = restore_roles(params)
    of_catalogue = [PERMISSION_SETS[name] for name in dict.fromkeys(params["permission_sets"])]
    of_catalogue = [
        replace(permission_set, resources=roles) if permission_set.name == _IMPERSONATION else permission_set
        for permission_set in of_catalogue
    ]
    own = [_own(entry, number) for number, entry in enumerate(params["custom_permission_sets"], start=1)]
    names = [permission_set.name for permission_set in own]
    sids: dict[str, str] = {}
    for permission_set in own:
        name, sid = permission_set.name, permission_set.sid
        if name in PERMISSION_SETS or names.count(name) > 1:
            raise OptionError(
                f"custom_permission_sets: the name {name!r} is already used. Choose another name for the set."
            )
        if sid in sids:
            raise OptionError(
                f"custom_permission_sets: the sets {sids[sid]} and {name} would both have the Sid {sid}, which must "
                "be unique in a policy. Rename one of them."
            )
        sids[sid] = name
    return (*of_catalogue, *own)


def _check_pairs(entries: Iterable[Mapping[str, Any]]) -> None:
    pairs = sum(len(entry["actions"]) * max(1, len(entry["resources"])) for entry in entries)
    if pairs > _MOST_PAIRS:
        raise OptionError(
            f"custom_permission_sets has {pairs:,} pairs of an action and a resource. At most {_MOST_PAIRS:,} are "
            "allowed: use patterns for the resources, such as arn:aws:s3:::exports-*."
        )


def _all(params: Mapping[str, Any], key: str) -> list[str]:
    return [value for entry in params["custom_permission_sets"] for value in entry[key]]


def restore_roles(params: Mapping[str, Any]) -> tuple[str, ...]:
    """What the Impersonation role may assume; empty for any role, as the guide has it. Raises OptionError."""
    arns = tuple(dict.fromkeys(params["restore_role_arns"]))
    if arns and _IMPERSONATION not in params["permission_sets"]:
        raise OptionError(
            f"restore_role_arns applies to the permission set {_IMPERSONATION}, which permission_sets does not contain."
        )
    for arn in arns:
        if not _ROLES.fullmatch(arn):
            raise OptionError(
                f"restore_role_arns contains {arn!r}. Entries must be ARNs of roles, or patterns such as "
                "arn:aws:iam::*:role/NAME."
            )
    return arns


def _own(entry: Mapping[str, Any], number: int) -> PermissionSet:
    where = f"custom_permission_sets, entry {number}"
    name = entry["name"]
    if not _SET_NAME.fullmatch(name):
        raise OptionError(
            f"{where}: name is {name!r}. It must consist of lowercase letters, digits and _, beginning with a letter."
        )
    actions = tuple(dict.fromkeys(entry["actions"]))
    if not actions:
        raise OptionError(f"{where} ({name}): actions is empty; set at least one, such as dynamodb:DescribeTable.")
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise OptionError(
                f"{where} ({name}): actions contains {action!r}. Entries must be full action names without "
                "wildcards, such as dynamodb:DescribeTable, so that each can be evaluated."
            )
    for resource in entry["resources"]:
        if not _RESOURCE.fullmatch(resource):
            raise OptionError(
                f"{where} ({name}): resources contains {resource!r}. Entries must be ARNs, which may contain wildcards."
            )
    return PermissionSet(
        name=name,
        sid=SID_PREFIX_CUSTOM + "".join(word.capitalize() for word in name.split("_")),
        title=name,
        source=entry["source"],
        product_version=entry["product_version"],
        page=entry["page"],
        page_updated=entry["page_updated"],
        permissions=tuple(Permission(action, (), OWN, f"The permission set {name} requires it.") for action in actions),
        resources=tuple(dict.fromkeys(entry["resources"])),
    )


def own_resources(sets: Iterable[PermissionSet]) -> dict[str, tuple[str, ...]]:
    """Action → the resources that sets of the user's own name for it, where no other set asks for it on more."""
    named: dict[str, tuple[str, ...]] = {}
    whole: set[str] = set()
    for permission_set in sets:
        if permission_set.resources:
            for action in permission_set.actions:
                named[action] = tuple(dict.fromkeys((*named.get(action, ()), *permission_set.resources)))
        else:
            whole.update(permission_set.actions)
    return {action: resources for action, resources in named.items() if action not in whole}


def consequences(sets: Iterable[PermissionSet]) -> dict[str, str]:
    """Action → what fails without it, by every set that asks for it."""
    texts_of: dict[str, list[str]] = {}
    for permission_set in sets:
        for permission in permission_set.permissions:
            texts_of.setdefault(permission.action, []).append(permission.without)
    return {action: " ".join(dict.fromkeys(texts)) for action, texts in texts_of.items()}
