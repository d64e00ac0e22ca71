# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of ``restore_role``: their specification, and their values checked and made into a desired state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from .._checks import matching
from .._errors import OptionError
from .._permission_sets.catalog import DEFAULT_POLICY_NAME, PermissionSet
from .._policy.documents import Json
from .._principal.model.own_policies import derived_name
from .._principal.model.state import EFFECT, EXACT, INLINE, MANAGED, ROLE, USER, Desired
from .account import ASSUME_SPEC, TIMEOUT_SPEC
from .approved_plan import APPROVED_PLAN_SPEC
from .permission_sets import SETS_SPEC, chosen, consequences, own_resources, restore_roles
from .records import RECORDS_SPEC
from .scope import SCOPE_SPEC, ScopeOf, of_permissions
from .statements import additional_statements
from .tags import tags
from .trust import TRUST_SPEC, trust

State = Literal["present", "absent"]
PRESENT: Final = "present"
ABSENT: Final = "absent"

RESTORE_ROLE_SPEC: dict[str, Any] = {
    **ASSUME_SPEC,
    "name": {"type": "str", "required": True, "aliases": ["role_name"]},
    "account_id": {"type": "str"},
    "path": {"type": "str"},
    "principal_type": {"type": "str", "choices": [ROLE, USER], "default": ROLE},
    "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
    "match": {"type": "str", "choices": [EFFECT, EXACT], "default": EFFECT},
    "description": {"type": "str"},
    "max_session_duration": {"type": "int"},
    "permissions_boundary": {"type": "str", "aliases": ["boundary"]},
    **SETS_SPEC,
    **SCOPE_SPEC,
    "additional_statements": {"type": "list", "elements": "dict", "default": []},
    "policy_type": {"type": "str", "choices": [MANAGED, INLINE], "default": MANAGED},
    "policy_name": {"type": "str"},
    **TRUST_SPEC,
    "purge_trust": {"type": "bool", "default": False},
    "allow_widening": {"type": "bool", "default": False},
    "allow_privileged": {"type": "bool", "default": False},
    "adopt_policy": {"type": "bool", "default": False},
    "purge_policies": {"type": "bool", "default": False},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    **TIMEOUT_SPEC,
    "snapshot": {"type": "raw"},
    **APPROVED_PLAN_SPEC,
    **RECORDS_SPEC,
}

# Source: the IAM API reference (CreateRole, CreatePolicy).
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_PATH = re.compile(r"/|/[!-~]{1,510}/")
POLICY_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}"), "1-128 letters, digits and _+=,.@-"
_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+")
_DESCRIPTION = re.compile("[\t\n\r\x20-\x7e\xa1-\xff]{0,1000}")
_LONGEST_WAIT = 86_400


def desired_state(params: Mapping[str, Any], scope_of: ScopeOf = of_permissions) -> Desired:
    """The desired state that the options describe. ``scope_of``: what it is about, by the options.

    Raises OptionError, naming the option and what it takes.
    """
    state: State = params["state"]
    name, path = name_and_path(params["name"], params["path"])
    if params["policy_name"] is not None:
        matching("policy_name", params["policy_name"], *POLICY_NAME)
    matching("description", params["description"], _DESCRIPTION, "at most 1,000 printable Latin-1 characters")
    if params["permissions_boundary"]:
        matching(
            "permissions_boundary", params["permissions_boundary"], _POLICY_ARN, "the ARN of a managed policy, or ''"
        )
    _check_session_duration(params["max_session_duration"])
    sets = chosen(params)
    statements = tuple(_allow(permission_set) for permission_set in sets)
    additional = additional_statements(params["additional_statements"], {permission_set.sid for permission_set in sets})
    if params["match"] == EXACT and state == PRESENT and not (statements or additional):
        raise OptionError(
            "match: exact with neither permission_sets nor additional_statements requires an empty policy, which IAM "
            "does not accept. Set one of them, or use match: effect."
        )
    return Desired(
        kind=params["principal_type"],
        name=name,
        path=path,
        present=state == PRESENT,
        match=params["match"],
        actions=tuple(dict.fromkeys(action for permission_set in sets for action in permission_set.actions)),
        statements=statements,
        additional_statements=additional,
        trust=trust(params) if params["principal_type"] == ROLE else None,
        purge_trust=params["purge_trust"],
        allow_widening=params["allow_widening"],
        allow_privileged=params["allow_privileged"],
        adopt_policy=params["adopt_policy"],
        policy_type=params["policy_type"],
        policy_name=params["policy_name"] or derived_name(params["principal_type"], name),
        inline_name=params["policy_name"] or DEFAULT_POLICY_NAME,
        former_policy_name="" if params["policy_name"] else DEFAULT_POLICY_NAME,
        purge_policies=params["purge_policies"],
        description=params["description"],
        max_session_duration=params["max_session_duration"],
        boundary_arn=params["permissions_boundary"],
        tags=tags(params["tags"]),
        purge_tags=params["purge_tags"],
        scope=scope_of(params, own_resources(sets)),
        without=consequences(sets),
        restore_roles=restore_roles(params),
    )


def wait_timeout(params: Mapping[str, Any]) -> int:
    """Seconds. Raises OptionError."""
    seconds: int = params["wait_timeout"]
    if not 0 <= seconds <= _LONGEST_WAIT:
        raise OptionError(f"wait_timeout is {str(seconds)[:20]}; it must be 0 to {_LONGEST_WAIT:,} seconds.")
    return seconds


def name_and_path(option: str, path: str | None) -> tuple[str, str | None]:
    """A name that may be PATH/NAME as name and path, ``/`` at both ends; None for any path. Raises OptionError."""
    before, slash, name = option.rpartition("/")
    matching("name", name, _NAME, "1-64 letters, digits and _+=,.@-, after an optional PATH/")
    inline = f"/{before.strip('/')}/" if slash and before.strip("/") else ("/" if slash else None)
    if path is not None and not path.endswith("/"):
        path += "/"
    if path is not None and inline not in (None, path):
        raise OptionError(f"name contains the path {inline}, but path is {path}. Set only one of them.")
    chosen = path if path is not None else inline
    matching("path", chosen, _PATH, "/, or up to 512 printable characters that begin and end with /")
    return name, chosen


def _check_session_duration(value: int | None) -> None:
    if value is not None and not 3600 <= value <= 43200:
        raise OptionError(f"max_session_duration is {str(value)[:20]}; it must be 3,600 to 43,200 seconds.")


def _allow(permission_set: PermissionSet) -> dict[str, Json]:
    resources: list[Json] = list(permission_set.resources)
    return {
        "Sid": permission_set.sid,
        "Effect": "Allow",
        "Action": list(permission_set.actions),
        "Resource": (resources[0] if len(resources) == 1 else resources) if resources else "*",
    }
