# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One factory for each IAM operation that a plan can hold. IAM's call names and arguments are spelled here and nowhere else.

Where IAM has one call for roles and one for users, both names stand together, and the principal's kind chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from ..._permission_sets.catalog import OWNER_TAG_KEY, OWNER_TAG_VALUE
from ..._policy.documents import Json
from .ownership import mark
from .state import ROLE, Desired, Layer, Observed, Operation, OperationName

TRUST: Final = "trust"
PERMISSIONS: Final = "permissions"
ATTACHMENTS: Final = "attachments"
SETTINGS: Final = "settings"

POLICY_DESCRIPTION = "Permissions for DynamoDB restores, kept by the Ansible collection cloudrestore.aws"


class Names(NamedTuple):
    """The names of one operation: on a role, and on a user."""

    role: OperationName
    user: OperationName


CREATE_PRINCIPAL: Final = Names("CreateRole", "CreateUser")
DELETE_PRINCIPAL: Final = Names("DeleteRole", "DeleteUser")
PUT_BOUNDARY: Final = Names("PutRolePermissionsBoundary", "PutUserPermissionsBoundary")
DELETE_BOUNDARY: Final = Names("DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary")
TAG: Final = Names("TagRole", "TagUser")
UNTAG: Final = Names("UntagRole", "UntagUser")
PUT_INLINE_POLICY: Final = Names("PutRolePolicy", "PutUserPolicy")
DELETE_INLINE_POLICY: Final = Names("DeleteRolePolicy", "DeleteUserPolicy")
ATTACH_POLICY: Final = Names("AttachRolePolicy", "AttachUserPolicy")
DETACH_POLICY: Final = Names("DetachRolePolicy", "DetachUserPolicy")

UPDATE_ROLE: Final = "UpdateRole"
UPDATE_TRUST_POLICY: Final = "UpdateAssumeRolePolicy"
CREATE_POLICY: Final = "CreatePolicy"
CREATE_POLICY_VERSION: Final = "CreatePolicyVersion"
SET_DEFAULT_POLICY_VERSION: Final = "SetDefaultPolicyVersion"
DELETE_POLICY_VERSION: Final = "DeletePolicyVersion"
DELETE_POLICY: Final = "DeletePolicy"
TAG_POLICY: Final = "TagPolicy"
UNTAG_POLICY: Final = "UntagPolicy"
ON_MANAGED_POLICY: Final[frozenset[OperationName]] = frozenset(
    {
        CREATE_POLICY,
        CREATE_POLICY_VERSION,
        DELETE_POLICY,
        DELETE_POLICY_VERSION,
        SET_DEFAULT_POLICY_VERSION,
        TAG_POLICY,
        UNTAG_POLICY,
    }
)


def create_principal(observed: Observed, arguments: Mapping[str, Json], reason: str) -> Operation:
    """CreateRole or CreateUser. ``arguments``: all but the name."""
    return _on_principal(observed, CREATE_PRINCIPAL, SETTINGS, reason, **arguments)


def delete_principal(observed: Observed, reason: str) -> Operation:
    """DeleteRole or DeleteUser."""
    return _on_principal(observed, DELETE_PRINCIPAL, SETTINGS, reason)


def update_role(observed: Observed, settings: Mapping[str, Json], reason: str) -> Operation:
    """``settings``: Description and MaxSessionDuration, always both: IAM sets a duration left out back to one hour."""
    return _operation_on(observed, UPDATE_ROLE, SETTINGS, reason, **settings)


def update_trust_policy(observed: Observed, document: str, reason: str) -> Operation:
    """UpdateAssumeRolePolicy."""
    return _operation_on(observed, UPDATE_TRUST_POLICY, TRUST, reason, PolicyDocument=document)


def put_boundary(observed: Observed, arn: str, reason: str) -> Operation:
    """PutRolePermissionsBoundary or PutUserPermissionsBoundary."""
    return _on_principal(observed, PUT_BOUNDARY, SETTINGS, reason, PermissionsBoundary=arn)


def delete_boundary(observed: Observed, reason: str) -> Operation:
    """DeleteRolePermissionsBoundary or DeleteUserPermissionsBoundary."""
    return _on_principal(observed, DELETE_BOUNDARY, SETTINGS, reason)


def tag(observed: Observed, tags: Mapping[str, str], reason: str) -> Operation:
    """TagRole or TagUser."""
    return _on_principal(observed, TAG, SETTINGS, reason, Tags=listed_tags(tags))


def untag(observed: Observed, keys: list[str], reason: str) -> Operation:
    """UntagRole or UntagUser."""
    return _on_principal(observed, UNTAG, SETTINGS, reason, TagKeys=[*keys])


def put_inline_policy(observed: Observed, name: str, document: str, reason: str) -> Operation:
    """PutRolePolicy or PutUserPolicy."""
    return _on_principal(observed, PUT_INLINE_POLICY, PERMISSIONS, reason, PolicyName=name, PolicyDocument=document)


def delete_inline_policy(observed: Observed, name: str, reason: str) -> Operation:
    """DeleteRolePolicy or DeleteUserPolicy."""
    return _on_principal(observed, DELETE_INLINE_POLICY, PERMISSIONS, reason, PolicyName=name)


def attach_policy(observed: Observed, arn: str, reason: str) -> Operation:
    """AttachRolePolicy or AttachUserPolicy."""
    return _on_principal(observed, ATTACH_POLICY, ATTACHMENTS, reason, PolicyArn=arn)


def detach_policy(observed: Observed, arn: str, reason: str) -> Operation:
    """DetachRolePolicy or DetachUserPolicy."""
    return _on_principal(observed, DETACH_POLICY, ATTACHMENTS, reason, PolicyArn=arn)


def create_policy(arn: str, document: str, tags: Mapping[str, str], description: str, reason: str) -> Operation:
    """``arn``: the one that the managed policy is to have; its name and its path are in it."""
    path, _slash, name = arn.partition(":policy")[2].rpartition("/")
    arguments: dict[str, Json] = {"PolicyName": name, "PolicyDocument": document}
    arguments |= {"Description": description} if description else {}
    arguments["Tags"] = listed_tags(tags)
    arguments |= {"Path": f"{path}/"} if path else {}
    return Operation(CREATE_POLICY, arguments, arn, PERMISSIONS, reason)


def create_policy_version(arn: str, document: str, reason: str, *, default: bool = True) -> Operation:
    return _on_policy(arn, CREATE_POLICY_VERSION, reason, PolicyDocument=document, SetAsDefault=default)


def set_default_policy_version(arn: str, version_id: str, reason: str) -> Operation:
    return _on_policy(arn, SET_DEFAULT_POLICY_VERSION, reason, VersionId=version_id)


def delete_policy_version(arn: str, version_id: str, reason: str) -> Operation:
    return _on_policy(arn, DELETE_POLICY_VERSION, reason, VersionId=version_id)


def delete_policy(arn: str, reason: str) -> Operation:
    return _on_policy(arn, DELETE_POLICY, reason)


def tag_policy(arn: str, tags: Mapping[str, str], reason: str) -> Operation:
    return _on_policy(arn, TAG_POLICY, reason, Tags=listed_tags(tags))


def untag_policy(arn: str, keys: list[str], reason: str) -> Operation:
    return _on_policy(arn, UNTAG_POLICY, reason, TagKeys=[*keys])


def policy_tags(observed: Observed, desired: Desired) -> dict[str, str]:
    """The tags that a managed policy of ours is created with."""
    return {**(desired.tags or {}), **mark(observed)}


def owner_tags(desired: Desired) -> dict[str, str]:
    """The tags that a principal of ours is created with, the owner's mark among them."""
    return {**(desired.tags or {}), OWNER_TAG_KEY: OWNER_TAG_VALUE}


def listed_tags(tags: Mapping[str, str]) -> list[Json]:
    """As IAM's calls take them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _on_principal(observed: Observed, names: Names, layer: Layer, reason: str, **arguments: Json) -> Operation:
    name = names.role if observed.kind == ROLE else names.user
    return _operation_on(observed, name, layer, reason, **arguments)


def _operation_on(observed: Observed, name: OperationName, layer: Layer, reason: str, **arguments: Json) -> Operation:
    key = "RoleName" if observed.kind == ROLE else "UserName"
    return Operation(name, {key: observed.name, **arguments}, observed.arn, layer, reason)


def _on_policy(arn: str, name: OperationName, reason: str, **arguments: Json) -> Operation:
    return Operation(name, {"PolicyArn": arn, **arguments}, arn, PERMISSIONS, reason)
