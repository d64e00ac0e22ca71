# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A snapshot as ``snapshot`` writes it, checked and made into data that a rollback is planned from. Pure."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict, TypeVar

from ..._errors import OptionError
from ..._policy.documents import Json, load
from ..._policy.errors import UnreadableDocumentError
from ..model.operations import (
    ATTACH_POLICY,
    ATTACHMENTS,
    CREATE_POLICY,
    CREATE_POLICY_VERSION,
    DELETE_INLINE_POLICY,
    DELETE_POLICY,
    DETACH_POLICY,
    ON_MANAGED_POLICY,
    PERMISSIONS,
    PUT_BOUNDARY,
    PUT_INLINE_POLICY,
    SET_DEFAULT_POLICY_VERSION,
    SETTINGS,
    TAG,
    TRUST,
    UNTAG,
    UPDATE_TRUST_POLICY,
)
from ..model.own_policies import of_policy
from ..model.state import ROLE, USER, VERSION_ID, Desired, Observed, Operation, PrincipalKind
from .diff import by_layer, readable

SNAPSHOT_SCHEMA = 2
_Kind = TypeVar("_Kind")


class DeletedVersion(TypedDict):
    """A policy version that a plan prunes, as a snapshot keeps it."""

    policy_arn: str
    version_id: str
    document: object


@dataclass(frozen=True, slots=True)
class Made:
    """An operation that the run was about to make. ``name``: as IAM spells it."""

    name: str
    target: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class OwnPolicy:
    """Our managed policy before the run. ``versions``: their IDs."""

    arn: str
    default_version: str
    versions: tuple[str, ...]
    document: Any
    description: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A principal before a run, and what the run was about to do. ``inline``, ``documents``: by name, by ARN.

    ``pruned``: the documents of policy versions that had to go, by version ID, oldest first; ``pruned_of``: the same, by
    policy.
    """

    account_id: str
    kind: PrincipalKind
    name: str
    arn: str
    exists: bool
    path: str
    trust: Any
    inline: Mapping[str, Any]
    documents: Mapping[str, Any]
    attached: tuple[str, ...]
    boundary: str | None
    tags: Mapping[str, str]
    description: str
    max_session_duration: int
    own_policy: OwnPolicy | None
    pruned: Mapping[str, Any]
    pruned_of: Mapping[str, Mapping[str, Any]]
    made: tuple[Made, ...]
    own_parts: tuple[OwnPolicy, ...] = ()

    def of(self, *names: str) -> tuple[Made, ...]:
        """The operations of these names, in order."""
        return tuple(one for one in self.made if one.name in names)

    @property
    def known_versions(self) -> tuple[str, ...]:
        """IDs that still mean what they meant: none once the policy was deleted, for IAM then begins anew with v1.

        A run that created a policy which was there before found that somebody had deleted it meanwhile.
        """
        if self.own_policy is None or self.of(DELETE_POLICY, CREATE_POLICY):
            return ()
        return self.own_policy.versions

    @property
    def policy_arn(self) -> str | None:
        """The managed policy that the run worked on, if it did on one; the first of several."""
        if self.own_policy is not None:
            return self.own_policy.arn
        return next((one.target for one in self.of(CREATE_POLICY)), None)

    @property
    def part_arns(self) -> tuple[str, ...]:
        """The further ones."""
        known = [one.arn for one in self.own_parts] + [one.target for one in self.of(CREATE_POLICY)]
        return tuple(arn for arn in dict.fromkeys(known) if arn != self.policy_arn)

    def of_policy(self, arn: str) -> Snapshot:
        """What it says of this one of several policies, as if there was no other."""
        ours = next((one for one in (self.own_policy, *self.own_parts) if one is not None and one.arn == arn), None)
        made = tuple(one for one in self.made if one.target == arn or one.name not in ON_MANAGED_POLICY)
        return replace(self, own_policy=ours, pruned=dict(self.pruned_of.get(arn, {})), made=made)


def snapshot(
    observed: Observed,
    desired: Desired,
    operations: Sequence[Operation],
    deleted_versions: Sequence[DeletedVersion],
) -> dict[str, Any]:
    """The observed state written down, and what was about to be done to it, from which it can be put back.

    ``deleted_versions``: policy versions that the plan prunes, with their documents.
    """
    return {
        "schema_version": SNAPSHOT_SCHEMA,
        "account_id": observed.account.account_id,
        "arn": observed.arn,
        "principal_type": observed.kind,
        "name": observed.name,
        "exists": observed.exists,
        "unique_id": observed.unique_id,
        **by_layer(observed, desired),
        "own_policy": _as_written(_first(observed)),
        "own_parts": [_as_written(of_policy(observed, part.arn)) for part in observed.own_parts],
        "deleted_policy_versions": list(deleted_versions),
        "operations": [
            {"operation": one.name, "target": one.target, "arguments": dict(one.arguments)} for one in operations
        ],
    }


def _first(observed: Observed) -> Observed:
    return observed if observed.own_policy is None else of_policy(observed, observed.own_policy.arn)


def _as_written(observed: Observed) -> dict[str, Any] | None:
    own, ownership = observed.own_policy, observed.ownership
    if own is None:
        return None
    return {
        "arn": own.arn,
        "default_version": next((one.version_id for one in own.versions if one.is_default), ""),
        "versions": [one.version_id for one in own.versions],
        "document": readable(own.document),
        # Only read where the policy is about to be deleted.
        "description": ownership.policy_description,
        "tags": dict(ownership.policy_tags),
    }


def read(given: object) -> Snapshot:
    """Raises OptionError for what is no snapshot of this version."""
    if not isinstance(given, Mapping) or "schema_version" not in given:
        raise OptionError("snapshot is none: it takes what restore_role returned as previous, or a file that holds it.")
    if given["schema_version"] != SNAPSHOT_SCHEMA:
        raise OptionError(
            f"snapshot has schema_version {reprlib.repr(given['schema_version'])}, and this version of the collection reads "
            f"{SNAPSHOT_SCHEMA}. Roll back with the version that wrote it."
        )
    try:
        return _snapshot(given)
    except (AttributeError, KeyError, TypeError, ValueError, UnreadableDocumentError) as error:
        raise OptionError(f"snapshot cannot be read: {type(error).__name__}, {error}. Was it edited?") from None


def _snapshot(given: Mapping[str, Any]) -> Snapshot:
    settings, permissions = given[SETTINGS], {one: _document(found) for one, found in given[PERMISSIONS].items()}
    if given["principal_type"] not in (ROLE, USER):
        raise ValueError("principal_type")
    boundary, attached = settings.get("permissions_boundary"), _texts(given[ATTACHMENTS])
    if not permissions.keys() >= set(attached):
        raise ValueError("an attached policy without its document")
    return Snapshot(
        account_id=_text(given, "account_id"),
        kind=given["principal_type"],
        name=_text(given, "name"),
        arn=_text(given, "arn"),
        exists=_as(bool, given["exists"]),
        path=_text({"path": "/", **settings}, "path"),
        trust=_document(given[TRUST]),
        inline={name: found for name, found in permissions.items() if not name.startswith("arn:")},
        documents={name: found for name, found in permissions.items() if name.startswith("arn:")},
        attached=attached,
        boundary=None if boundary is None else _as(str, boundary),
        tags=_tags(settings.get("tags", {})),
        description=_text({"description": "", **settings}, "description"),
        max_session_duration=_as(int, settings.get("max_session_duration", 3600)),
        own_policy=_own_policy(given["own_policy"]),
        pruned={
            _version(one["version_id"]): _document(one["document"])
            for one in _as(list, given["deleted_policy_versions"])
        },
        pruned_of=_by_policy(given["deleted_policy_versions"]),
        made=tuple(_made(one) for one in _as(list, given["operations"])),
        # Snapshots of earlier versions of this collection have none.
        own_parts=tuple(_of_one(one) for one in _as(list, given.get("own_parts", []))),
    )


def _by_policy(deleted: list[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in deleted:
        found.setdefault(_text(one, "policy_arn"), {})[_version(one["version_id"])] = _document(one["document"])
    return found


def _own_policy(given: Mapping[str, Any] | None) -> OwnPolicy | None:
    return None if given is None else _of_one(given)


def _of_one(given: Mapping[str, Any]) -> OwnPolicy:
    return OwnPolicy(
        arn=_text(given, "arn"),
        default_version=_version(given["default_version"]),
        versions=tuple(_version(one) for one in _as(list, given["versions"])),
        document=_document(given["document"]),
        description=_text(given, "description"),
        tags=_tags(given["tags"]),
    )


# What a rollback reads of each operation, and of what kind it is.
_READ: dict[str, dict[str, type]] = {
    **dict.fromkeys(ATTACH_POLICY, {"PolicyArn": str}),
    **dict.fromkeys(DETACH_POLICY, {"PolicyArn": str}),
    **dict.fromkeys(PUT_INLINE_POLICY, {"PolicyName": str, "PolicyDocument": str}),
    **dict.fromkeys(DELETE_INLINE_POLICY, {"PolicyName": str}),
    **dict.fromkeys(PUT_BOUNDARY, {"PermissionsBoundary": str}),
    **dict.fromkeys(TAG, {"Tags": list}),
    **dict.fromkeys(UNTAG, {"TagKeys": list}),
    UPDATE_TRUST_POLICY: {"PolicyDocument": str},
    CREATE_POLICY_VERSION: {"PolicyDocument": str},
    SET_DEFAULT_POLICY_VERSION: {"VersionId": str},
}


def _made(given: Mapping[str, Any]) -> Made:
    name, arguments = _text(given, "operation"), dict(given["arguments"])
    for key, kind in _READ.get(name, {}).items():
        _as(kind, arguments[key])
    for tag in arguments["Tags"] if name in TAG else ():
        _text(tag, "Key"), _text(tag, "Value")
    _texts(arguments["TagKeys"] if name in UNTAG else [])
    return Made(name, _text(given, "target"), arguments)


def _as(kind: type[_Kind], value: object) -> _Kind:
    # To Python a truth value is a number as well.
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise TypeError(f"{type(value).__name__} in place of {kind.__name__}")
    return value


def _text(given: Mapping[str, Any], key: str) -> str:
    return _as(str, given[key])


def _texts(given: object) -> tuple[str, ...]:
    return tuple(_as(str, one) for one in _as(list, given))


def _tags(given: Mapping[str, Any]) -> dict[str, str]:
    return {_as(str, key): _as(str, value) for key, value in given.items()}


def _version(given: object) -> str:
    found = _as(str, given)
    if not VERSION_ID.fullmatch(found):
        raise ValueError("version_id")
    return found


def _document(given: object) -> Any:
    """A document, or the text of one that could not be read when it was written down."""
    return given if isinstance(given, str) else load(given)
