# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state that operations lead to. Pure: gives check mode its ``after`` and the verdicts on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from ..._policy.documents import Json, load
from ..._policy.matching import StoredPolicy
from ..model.state import (
    USER,
    ManagedPolicy,
    Observed,
    Operation,
    OperationName,
    OwnPolicy,
    PolicyUse,
    PolicyVersion,
)

_Arguments = Mapping[str, Json]


def after(observed: Observed, operations: Sequence[Operation]) -> Observed:
    """``observed`` as it stands once IAM has carried out ``operations`` in order."""
    for operation in operations:
        observed = _EFFECTS[operation.name](observed, operation.arguments)
    return observed


def _create(observed: Observed, arguments: _Arguments) -> Observed:
    trust = None if observed.kind == USER else load(arguments["AssumeRolePolicyDocument"])
    return replace(
        observed,
        exists=True,
        path=str(arguments["Path"]),
        trust=trust,
        description=str(arguments.get("Description", "")),
        max_session_duration=cast(int, arguments.get("MaxSessionDuration", 3600)),
        boundary_arn=cast("str | None", arguments.get("PermissionsBoundary")),
        tags=_tags(arguments),
    )


def _delete(observed: Observed, _arguments: _Arguments) -> Observed:
    return Observed(
        observed.account,
        observed.kind,
        observed.name,
        False,
        path=observed.path,
        own_policies=observed.own_policies,
    )


def _update(observed: Observed, arguments: _Arguments) -> Observed:
    return replace(
        observed,
        description=str(arguments["Description"]),
        max_session_duration=cast(int, arguments["MaxSessionDuration"]),
    )


def _trust(observed: Observed, arguments: _Arguments) -> Observed:
    return replace(observed, trust=load(arguments["PolicyDocument"]))


def _put_boundary(observed: Observed, arguments: _Arguments) -> Observed:
    return replace(observed, boundary_arn=str(arguments["PermissionsBoundary"]))


def _delete_boundary(observed: Observed, _arguments: _Arguments) -> Observed:
    return replace(observed, boundary_arn=None)


def _tag(observed: Observed, arguments: _Arguments) -> Observed:
    new = _tags(arguments)
    replaced = {key.lower() for key in new}
    return replace(observed, tags={k: v for k, v in observed.tags.items() if k.lower() not in replaced} | new)


def _untag(observed: Observed, arguments: _Arguments) -> Observed:
    gone = cast("list[str]", arguments["TagKeys"])
    return replace(observed, tags={key: value for key, value in observed.tags.items() if key not in gone})


def _tags(arguments: _Arguments) -> dict[str, str]:
    return {str(tag["Key"]): str(tag["Value"]) for tag in cast("list[dict[str, Json]]", arguments.get("Tags", []))}


def _put_inline(observed: Observed, arguments: _Arguments) -> Observed:
    new = StoredPolicy(str(arguments["PolicyName"]), load(arguments["PolicyDocument"]))
    if all(policy.name != new.name for policy in observed.inline):
        return replace(observed, inline=(*observed.inline, new))
    return replace(observed, inline=tuple(new if policy.name == new.name else policy for policy in observed.inline))


def _delete_inline(observed: Observed, arguments: _Arguments) -> Observed:
    return replace(
        observed, inline=tuple(policy for policy in observed.inline if policy.name != arguments["PolicyName"])
    )


def _attach(observed: Observed, arguments: _Arguments) -> Observed:
    # Our own policy, or in a rollback one that was detached.
    known = (*(own.stored for own in observed.own_policies), *observed.detached)
    new = next(policy for policy in known if policy.arn == arguments["PolicyArn"])
    return replace(observed, attached=(*observed.attached, new))


def _detach(observed: Observed, arguments: _Arguments) -> Observed:
    return replace(
        observed, attached=tuple(policy for policy in observed.attached if policy.arn != arguments["PolicyArn"])
    )


def _create_policy(observed: Observed, arguments: _Arguments) -> Observed:
    arn = observed.account.arn("policy", str(arguments.get("Path", "/")), str(arguments["PolicyName"]))
    document = load(arguments["PolicyDocument"])
    made = ManagedPolicy(arn, document, (PolicyVersion("v1", True),))
    return observed.with_own_policy(OwnPolicy(made, PolicyUse(_tags(arguments), str(arguments.get("Description", "")))))


def _meant(observed: Observed, arguments: _Arguments) -> ManagedPolicy:
    return next(own.stored for own in observed.own_policies if own.arn == arguments["PolicyArn"])


def _create_version(observed: Observed, arguments: _Arguments) -> Observed:
    own = _meant(observed, arguments)
    newest = max((version.number for version in own.versions), default=0) + 1
    document = load(arguments["PolicyDocument"])
    if not arguments.get("SetAsDefault"):
        added = PolicyVersion(f"v{newest}", False, document)
        return _with_own(observed, replace(own, versions=(*own.versions, added)))
    versions = tuple(replace(version, is_default=False) for version in own.versions)
    return _with_own(observed, ManagedPolicy(own.arn, document, (*versions, PolicyVersion(f"v{newest}", True))))


def _delete_version(observed: Observed, arguments: _Arguments) -> Observed:
    own = _meant(observed, arguments)
    kept = tuple(version for version in own.versions if version.version_id != arguments["VersionId"])
    return _with_own(observed, replace(own, versions=kept))


def _set_default(observed: Observed, arguments: _Arguments) -> Observed:
    own, chosen = _meant(observed, arguments), arguments["VersionId"]
    versions = tuple(replace(version, is_default=version.version_id == chosen) for version in own.versions)
    document = next(version.document for version in versions if version.is_default)
    return _with_own(observed, replace(own, versions=versions, document=document))


def _with_own(observed: Observed, own: ManagedPolicy) -> Observed:
    attached = tuple(own if policy.arn == own.arn else policy for policy in observed.attached)
    ours = tuple(replace(policy, stored=own) if policy.arn == own.arn else policy for policy in observed.own_policies)
    return replace(observed, own_policies=ours, attached=attached)


def _tag_policy(observed: Observed, arguments: _Arguments) -> Observed:
    own = next(own for own in observed.own_policies if own.arn == arguments["PolicyArn"])
    use = own.use or PolicyUse()
    return observed.with_own_policy(replace(own, use=replace(use, tags={**use.tags, **_tags(arguments)})))


def _untag_policy(observed: Observed, arguments: _Arguments) -> Observed:
    own = next(own for own in observed.own_policies if own.arn == arguments["PolicyArn"])
    use, gone = own.use or PolicyUse(), cast("list[str]", arguments["TagKeys"])
    left = {key: value for key, value in use.tags.items() if key not in gone}
    return observed.with_own_policy(replace(own, use=replace(use, tags=left)))


def _delete_policy(observed: Observed, arguments: _Arguments) -> Observed:
    left = tuple(own for own in observed.own_policies if own.arn != arguments["PolicyArn"])
    return replace(observed, own_policies=left)


_EFFECTS: dict[OperationName, Callable[[Observed, _Arguments], Observed]] = {
    "CreateRole": _create,
    "CreateUser": _create,
    "DeleteRole": _delete,
    "DeleteUser": _delete,
    "UpdateRole": _update,
    "UpdateAssumeRolePolicy": _trust,
    "PutRolePermissionsBoundary": _put_boundary,
    "PutUserPermissionsBoundary": _put_boundary,
    "DeleteRolePermissionsBoundary": _delete_boundary,
    "DeleteUserPermissionsBoundary": _delete_boundary,
    "TagRole": _tag,
    "TagUser": _tag,
    "UntagRole": _untag,
    "UntagUser": _untag,
    "PutRolePolicy": _put_inline,
    "PutUserPolicy": _put_inline,
    "DeleteRolePolicy": _delete_inline,
    "DeleteUserPolicy": _delete_inline,
    "AttachRolePolicy": _attach,
    "AttachUserPolicy": _attach,
    "DetachRolePolicy": _detach,
    "DetachUserPolicy": _detach,
    "CreatePolicy": _create_policy,
    "TagPolicy": _tag_policy,
    "UntagPolicy": _untag_policy,
    "CreatePolicyVersion": _create_version,
    "SetDefaultPolicyVersion": _set_default,
    "DeletePolicyVersion": _delete_version,
    "DeletePolicy": _delete_policy,
}
