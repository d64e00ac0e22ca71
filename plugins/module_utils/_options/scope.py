# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that say which tables, vaults, keys and Regions a restore is about: specification, and values checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from .._checks import MOST_ENTRIES, at_most
from .._errors import OptionError
from .._principal.model.scope import Scope

# From options and from what the user's own permission sets name: see Scope.own.
ScopeOf = Callable[[Mapping[str, Any], Mapping[str, tuple[str, ...]]], Scope]
PermissionsScope = Literal["documented", "scoped"]
DOCUMENTED: Final = "documented"
SCOPED: Final = "scoped"

SCOPE_SPEC: dict[str, Any] = {
    "permissions_scope": {"type": "str", "choices": [DOCUMENTED, SCOPED], "default": DOCUMENTED},
    "tables": {"type": "list", "elements": "str", "default": []},
    "vaults": {"type": "list", "elements": "str", "default": []},
    # Not a secret, whatever its name looks like: ARNs.
    "kms_keys": {"type": "list", "elements": "str", "no_log": False},
    "regions": {"type": "list", "elements": "str", "default": []},
    "pass_role_arns": {"type": "list", "elements": "str", "default": [], "no_log": False},
}

# Sources: the API references of DynamoDB (TableName), AWS Backup (BackupVaultName) and KMS (KeyId).
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}|arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[A-Za-z0-9_.-]{3,255}")
_VAULT = re.compile(r"[A-Za-z0-9_-]{2,50}|arn:aws[a-z-]*:backup:[a-z0-9-]+:[0-9]{12}:backup-vault:[A-Za-z0-9_-]{2,50}")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]+")


def named(params: Mapping[str, Any], own: Mapping[str, tuple[str, ...]]) -> Scope:
    """What the options name. ``own``: see Scope. Raises OptionError, naming the option and what it takes."""
    permissions_scope: PermissionsScope = params["permissions_scope"]
    # Each table and vault is asked about in each Region.
    where = max(len(params["regions"]), 1)
    for option in ("tables", "vaults", "kms_keys", "regions"):
        at_most(option, params[option] or (), MOST_ENTRIES // where if option in ("tables", "vaults") else MOST_ENTRIES)
    _each("tables", params["tables"], _TABLE, "names or ARNs of DynamoDB tables")
    _each("vaults", params["vaults"], _VAULT, "names or ARNs of backup vaults")
    _each(
        "kms_keys",
        params["kms_keys"] or (),
        _KEY,
        "key ARNs, arn:aws:kms:REGION:ACCOUNT:key/ID; IAM policies do not support aliases",
    )
    _each("regions", params["regions"], _REGION, "names of AWS Regions")
    _each("pass_role_arns", params["pass_role_arns"], _ROLE, "role ARNs, arn:aws:iam::ACCOUNT:role/NAME")
    return Scope(
        tables=tuple(dict.fromkeys(params["tables"])),
        vaults=tuple(dict.fromkeys(params["vaults"])),
        keys=tuple(dict.fromkeys(params["kms_keys"] or ())),
        regions=tuple(dict.fromkeys(params["regions"])),
        roles=tuple(dict.fromkeys(params["pass_role_arns"])),
        own=own,
        narrow=permissions_scope == SCOPED,
    )


def of_permissions(params: Mapping[str, Any], own: Mapping[str, tuple[str, ...]]) -> Scope:
    """What permissions are written for, and what they are evaluated against before they are: everything, unless scoped.

    Raises OptionError.
    """
    scope = named(params, own)
    return scope if scope.narrow else Scope(own=own)


def _each(option: str, values: Sequence[str], pattern: re.Pattern[str], takes: str) -> None:
    for value in values:
        if not pattern.fullmatch(value):
            raise OptionError(f"{option} contains {value!r}. Entries must be {takes}.")
