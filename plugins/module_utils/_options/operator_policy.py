# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The least policy for the automation itself: what this collection calls in an account, on what. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .._checks import PARTITION, matching
from .._errors import OptionError
from .._permission_sets.catalog import DEFAULT_POLICY_NAME, OPERATOR, OperatorMode, operator_actions
from .._policy.documents import Json
from .._policy.statements import document
from .._principal.model.own_policies import derived_name, name_of
from .account import expected_account
from .restore_role import POLICY_NAME, RESTORE_ROLE_SPEC, name_and_path

MODES: tuple[OperatorMode, ...] = tuple(dict.fromkeys(mode for need in OPERATOR for mode in need.modes))
OPERATOR_SPEC: dict[str, Any] = {
    **{name: RESTORE_ROLE_SPEC[name] for name in ("account_id", "principal_type")},
    "name": {"type": "str", "aliases": ["role_name"]},
    "policy_name": {"type": "str"},
    "partition": {"type": "str", "default": "aws"},
    "assume_role_arns": {"type": "list", "elements": "str", "default": []},
}

_READS = re.compile(r"iam:(Get|List|Simulate)")
_SID = "CloudrestoreOperator"
READS, PRINCIPAL, POLICY, ENTER = "Reads", "Principal", "Policy", "Enter"


def operator_policy(names: Sequence[str], params: Mapping[str, Any]) -> dict[str, Json]:
    """One document for all of the modes named. ``params``: validated options. Raises OptionError.

    Reads are on everything, since policies of others are read as well. Writes are on the principal and on this
    collection's policy only, if the principal is named.
    """
    modes = [_mode(name) for name in names]
    matching("partition", params["partition"], PARTITION, "aws, aws-cn, aws-us-gov and the like")
    if params["policy_name"] is not None:
        matching("policy_name", params["policy_name"], *POLICY_NAME)
    expected_account(params)
    groups = grouped(modes, params["principal_type"])
    if ENTER in groups and not params["assume_role_arns"]:
        raise OptionError(
            f"The mode {_entering(modes)} requires assume_role_arns: the roles that are assumed in the accounts, or "
            "a pattern such as arn:aws:iam::*:role/OrganizationAccountAccessRole."
        )
    if not groups:
        raise OptionError(f"Name at least one mode: {', '.join(MODES)}.")
    resources = _resources(params)
    return document(
        [
            {"Sid": _SID + what, "Effect": "Allow", "Action": list(members), "Resource": resources[what]}
            for what, members in groups.items()
        ]
    )


def _mode(name: str) -> OperatorMode:
    for mode in MODES:
        if mode == name:
            return mode
    raise OptionError(f"Unknown mode {name!r}. The modes are {', '.join(MODES)}.")


def _entering(modes: Sequence[OperatorMode]) -> OperatorMode:
    return next(mode for mode in modes if ENTER in grouped([mode], "role"))


def grouped(modes: Sequence[OperatorMode], kind: str) -> dict[str, list[str]]:
    """What the modes need for a ``kind`` of principal, by what it is done to: READS, PRINCIPAL, POLICY or ENTER."""
    groups: dict[str, list[str]] = {}
    for action in sorted({action for mode in modes for action in operator_actions(mode, kind)}):
        groups.setdefault(_what(action, kind), []).append(action)
    return groups


def _what(action: str, kind: str) -> str:
    if action.startswith("sts:"):
        return ENTER
    if not action.startswith("iam:") or _READS.match(action):
        return READS
    return PRINCIPAL if kind.capitalize() in action else POLICY


def _resources(params: Mapping[str, Any]) -> dict[str, Json]:
    enter: Json = list(params["assume_role_arns"])
    if params["name"] is None:
        return {READS: "*", ENTER: enter, PRINCIPAL: "*", POLICY: "*"}
    name, path = name_and_path(params["name"], None)
    head = f"arn:{params['partition']}:iam::{expected_account(params) or '*'}:"
    return {
        READS: "*",
        ENTER: enter,
        PRINCIPAL: principal_resources(head, params["principal_type"], name, path),
        POLICY: [resource for own in _policy_names(params, name) for resource in policy_resources(head, own)],
    }


def _policy_names(params: Mapping[str, Any], name: str) -> list[str]:
    """The one given, or the one that is made of the principal's and the one that earlier versions gave."""
    own: str | None = params["policy_name"]
    return [own] if own else [derived_name(params["principal_type"], name), DEFAULT_POLICY_NAME]


def principal_resources(head: str, kind: str, name: str, path: str | None) -> list[Json]:
    """The role or user. Without a path, an existing one is taken under whatever path it has."""
    return [f"{head}{kind}{each_path}{name}" for each_path in ([path] if path else ["/", "/*/"])]


def policy_resources(head: str, policy_name: str) -> list[Json]:
    """Our policy, and the further parts that there are where one policy cannot hold everything."""
    names = [policy_name, name_of(policy_name, 0).removesuffix("0") + "*"]
    return [f"{head}policy{path}{name}" for name in names for path in ("/", "/*/")]
