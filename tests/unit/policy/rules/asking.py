# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Short words for the tables of cases. Each case names the rules it shows: ``R12`` or ``R12,13``."""

from __future__ import annotations

from typing import Any

from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import Context
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import NotRead, Policies, may
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy

ALLOWED, CONDITIONAL, UNREADABLE = "allowed", "conditional", "unreadable"
IMPLICIT, EXPLICIT = "implicit_deny", "explicit_deny"

ACTION = "dynamodb:DescribeTable"
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders"
ALL_TABLES = "arn:aws:dynamodb:*:111122223333:table/*"


def document(*statements: Any, version: str | None = "2012-10-17") -> dict[str, Any]:
    body: dict[str, Any] = {"Statement": list(statements)}
    return body | ({"Version": version} if version else {})


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def stored(*statements: Any, version: str | None = "2012-10-17", name: str = "policy") -> StoredPolicy:
    return StoredPolicy(name, document(*statements, version=version))


def policies(given: Any) -> Any:
    """A layer from statements, or whatever else stands for a layer."""
    return (stored(*given),) if isinstance(given, list) else given


def ask(
    identity: Any,
    action: str = ACTION,
    resource: str = TABLE,
    context: dict[str, Any] | None = None,
    version: str | None = "2012-10-17",
    **layers: Any,
) -> Any:
    """The verdict on one question. ``identity``: statements; other layers as Policies takes them, or statements."""
    own = (stored(*identity, version=version),) if isinstance(identity, list) else identity
    boundary = layers.pop("boundary", None)
    if isinstance(boundary, list):
        boundary = stored(*boundary, name="boundary")
    all_policies = Policies(own, boundary, **{name: policies(value) for name, value in layers.items()})
    return may(all_policies, action, resource, Context(context))


ACCOUNT, OTHER = "111122223333", "444455556666"
RESTORE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup/Restore"
IMPERSONATION = f"arn:aws:iam::{OTHER}:role/service/Impersonation"
NEIGHBOUR = f"arn:aws:iam::{ACCOUNT}:role/Neighbour"
MAY_ASSUME = [allow("sts:AssumeRole")]

# Words of trust policies, and who asks.
AWS, SERVICE = "AWS", "Service"
BACKUP = principals.service("backup.amazonaws.com")
ROLE = principals.role(IMPERSONATION)
ID = {"StringEquals": {"sts:ExternalId": "an-id"}}


def trust(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


def never(principal: Any, **more: Any) -> dict[str, Any]:
    return {**trust(principal, **more), "Effect": "Deny"}


def enter(
    statements: list[Any],
    caller: Any = None,
    own: Any = None,
    external_id: str | None = None,
    more: dict[str, Any] | None = None,
    **own_layers: Any,
) -> Any:
    """The verdict on assuming RESTORE_ROLE. ``own``: statements of the caller's identity layer, or NotRead."""
    who = caller if caller is not None else principals.role(IMPERSONATION)
    boundary = own_layers.pop("boundary", None)
    if isinstance(boundary, list):
        boundary = stored(*boundary, name="boundary")
    rcps = policies(own_layers.pop("rcps", None))
    if own is not None and not isinstance(own, NotRead):
        own = Policies(policies(own), boundary, **{name: policies(value) for name, value in own_layers.items()})
    trust_policy = StoredPolicy("", document(*statements))
    return assume.may_assume(trust_policy, RESTORE_ROLE, who, own=own, external_id=external_id, rcps=rcps, more=more)
