# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A snapshot as ``snapshot`` writes it, checked and made into data that a rollback is planned from. Pure."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    TAG_POLICY,
    TRUST,
    UNTAG,
    UNTAG_POLICY,
    UPDATE_TRUST_POLICY,
)
from ..model.state import ROLE, USER, VERSION_ID, Desired, Observed, Operation, OwnPolicy, PolicyUse, PrincipalKind
from .chain import UNIQUE_ID
from .diff import by_layer, readable

SNAPSHOT_SCHEMA = 3
_Kind = TypeVar("_Kind")


class DeletedVersion(TypedDict):
    """A policy version that a plan prunes, as a snapshot keeps it."""

    policy_arn: str
    version_id: str
    document: object


@dataclass(frozen=True, slots=True)
class Made:
    """An operation that the run made, or may have made. ``name``: as IAM spells it.

    ``unique_id``: of the principal that it created; empty where the journal does not say.
    """

    name: str
    target: str
    arguments: Mapping[str, Json]
    unique_id: str = ""


@dataclass(frozen=True, slots=True)
class PolicyBefore:
    """A managed policy of ours before the run. ``versions``: their IDs."""

    arn: str
    default_version: str
    versions: tuple[str, ...]
    document: Any
    description: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PolicyHistory:
    """What a snapshot says of one managed policy of ours. ``before``: None if it was not there.

    ``pruned``: the documents of its versions that had to go, by version ID, oldest first; ``made``: operations on it.
    """

    arn: str
    before: PolicyBefore | None
    pruned: Mapping[str, Any]
    made: tuple[Made, ...]

    def of(self, *names: str) -> tuple[Made, ...]:
        """The operations of these names, in order."""
        return tuple(made for made in self.made if made.name in names)

    @property
    def is_of_the_run(self) -> bool:
        """Whether the run created it: also one that was there before, if somebody had deleted it meanwhile."""
        return bool(self.of(CREATE_POLICY)) and not self.of(DELETE_POLICY)

    @property
    def known_versions(self) -> tuple[str, ...]:
        """IDs that still mean what they meant: none once the policy was deleted, for IAM then begins anew with v1."""
        return () if self.before is None or self.of(DELETE_POLICY, CREATE_POLICY) else self.before.versions


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A principal before a run, and what the run did. ``inline``, ``documents``: by name, by ARN.

    ``made``: by the journal; as read from the snapshot alone it is what the run was about to do. ``own_policies``: the one that
    policy_name names first. ``pruned``: ARN → version ID → document, oldest first, of the
    policy versions that had to go.
    """

    account_id: str
    kind: PrincipalKind
    name: str
    arn: str
    exists: bool
    unique_id: str
    path: str
    trust: Any
    inline: Mapping[str, Any]
    documents: Mapping[str, Any]
    attached: tuple[str, ...]
    boundary: str | None
    tags: Mapping[str, str]
    description: str
    max_session_duration: int
    own_policies: tuple[PolicyBefore, ...]
    pruned: Mapping[str, Mapping[str, Any]]
    made: tuple[Made, ...]

    def of(self, *names: str) -> tuple[Made, ...]:
        """The operations of these names, in order."""
        return tuple(made for made in self.made if made.name in names)

    @property
    def policy_arns(self) -> tuple[str, ...]:
        """The managed policies that the run wrote, created or deleted; without ``-partN`` first."""
        return tuple(sorted(dict.fromkeys(made.target for made in self.of(*ON_MANAGED_POLICY)), key=len))

    def history(self, arn: str) -> PolicyHistory:
        """What it says of one managed policy of ours."""
        before = next((policy for policy in self.own_policies if policy.arn == arn), None)
        made = tuple(made for made in self.made if made.target == arn and made.name in ON_MANAGED_POLICY)
        return PolicyHistory(arn, before, self.pruned.get(arn, {}), made)


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
        UNIQUE_ID: observed.unique_id,
        **by_layer(observed, desired),
        "own_policies": [_as_written(own) for own in observed.own_policies],
        "deleted_policy_versions": list(deleted_versions),
        "operations": [
            {"operation": operation.name, "target": operation.target, "arguments": dict(operation.arguments)}
            for operation in operations
        ],
    }


def _as_written(own: OwnPolicy) -> dict[str, Any]:
    stored, use = own.stored, own.use or PolicyUse()
    return {
        "arn": own.arn,
        "default_version": stored.default_version,
        "versions": [version.version_id for version in stored.versions],
        "document": readable(stored.document),
        # Only read where the policy is about to be deleted.
        "description": use.description,
        "tags": dict(use.tags),
    }


def read(saved: object) -> Snapshot:
    """Raises OptionError for what is no snapshot of this version."""
    if not isinstance(saved, Mapping) or "schema_version" not in saved:
        raise OptionError("snapshot is not a snapshot: it must be what a run wrote before its first change.")
    if saved["schema_version"] != SNAPSHOT_SCHEMA:
        raise OptionError(
            f"snapshot has schema_version {reprlib.repr(saved['schema_version'])}, and this version of the collection reads "
            f"{SNAPSHOT_SCHEMA}. Roll back with the version that wrote it."
        )
    try:
        return _snapshot(saved)
    except (AttributeError, KeyError, TypeError, ValueError, UnreadableDocumentError) as error:
        raise OptionError(f"snapshot cannot be read: {type(error).__name__}, {error}. Was it edited?") from None


def _snapshot(saved: Mapping[str, Any]) -> Snapshot:
    settings, permissions = saved[SETTINGS], {name: _document(text) for name, text in saved[PERMISSIONS].items()}
    if saved["principal_type"] not in (ROLE, USER):
        raise ValueError("principal_type")
    boundary, attached = settings.get("permissions_boundary"), _texts(saved[ATTACHMENTS])
    if not permissions.keys() >= set(attached):
        raise ValueError("an attached policy without its document")
    return Snapshot(
        account_id=_text(saved, "account_id"),
        kind=saved["principal_type"],
        name=_text(saved, "name"),
        arn=_text(saved, "arn"),
        exists=_as(bool, saved["exists"]),
        unique_id=_text({UNIQUE_ID: "", **saved}, UNIQUE_ID),
        path=_text({"path": "/", **settings}, "path"),
        trust=_document(saved[TRUST]),
        inline={name: document for name, document in permissions.items() if not name.startswith("arn:")},
        documents={name: document for name, document in permissions.items() if name.startswith("arn:")},
        attached=attached,
        boundary=None if boundary is None else _as(str, boundary),
        tags=_tags(settings.get("tags", {})),
        description=_text({"description": "", **settings}, "description"),
        max_session_duration=_as(int, settings.get("max_session_duration", 3600)),
        own_policies=tuple(_policy_before(policy) for policy in _as(list, saved["own_policies"])),
        pruned=_by_policy(_as(list, saved["deleted_policy_versions"])),
        made=tuple(made(operation) for operation in _as(list, saved["operations"])),
    )


def _by_policy(deleted: list[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    by_policy: dict[str, dict[str, Any]] = {}
    for version in deleted:
        documents = by_policy.setdefault(_text(version, "policy_arn"), {})
        documents[_version(version["version_id"])] = _document(version["document"])
    return by_policy


def _policy_before(policy: Mapping[str, Any]) -> PolicyBefore:
    return PolicyBefore(
        arn=_text(policy, "arn"),
        default_version=_version(policy["default_version"]),
        versions=tuple(_version(version_id) for version_id in _as(list, policy["versions"])),
        document=_document(policy["document"]),
        description=_text(policy, "description"),
        tags=_tags(policy["tags"]),
    )


# What a rollback reads of each operation, and of what kind it is.
_READ: dict[str, dict[str, type]] = {
    **dict.fromkeys(ATTACH_POLICY, {"PolicyArn": str}),
    **dict.fromkeys(DETACH_POLICY, {"PolicyArn": str}),
    **dict.fromkeys(PUT_INLINE_POLICY, {"PolicyName": str, "PolicyDocument": str}),
    **dict.fromkeys(DELETE_INLINE_POLICY, {"PolicyName": str}),
    **dict.fromkeys(PUT_BOUNDARY, {"PermissionsBoundary": str}),
    **dict.fromkeys((*TAG, TAG_POLICY), {"Tags": list}),
    **dict.fromkeys((*UNTAG, UNTAG_POLICY), {"TagKeys": list}),
    UPDATE_TRUST_POLICY: {"PolicyDocument": str},
    **dict.fromkeys((CREATE_POLICY, CREATE_POLICY_VERSION), {"PolicyDocument": str}),
    SET_DEFAULT_POLICY_VERSION: {"VersionId": str},
}


def made(operation: Mapping[str, Any]) -> Made:
    """An operation as a snapshot or a journal holds it. Raises what a wrong type or a missing key raises."""
    name, arguments = _text(operation, "operation"), dict(operation["arguments"])
    for key, kind in _READ.get(name, {}).items():
        _as(kind, arguments[key])
    for tag in arguments["Tags"] if name in (*TAG, TAG_POLICY) else ():
        _text(tag, "Key"), _text(tag, "Value")
    _texts(arguments["TagKeys"] if name in (*UNTAG, UNTAG_POLICY) else [])
    return Made(name, _text(operation, "target"), arguments, _text({UNIQUE_ID: "", **operation}, UNIQUE_ID))


def _as(kind: type[_Kind], value: object) -> _Kind:
    # To Python a truth value is a number as well.
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise TypeError(f"{type(value).__name__} in place of {kind.__name__}")
    return value


def _text(entry: Mapping[str, Any], key: str) -> str:
    return _as(str, entry[key])


def _texts(values: object) -> tuple[str, ...]:
    return tuple(_as(str, value) for value in _as(list, values))


def _tags(tags: Mapping[str, Any]) -> dict[str, str]:
    return {_as(str, key): _as(str, value) for key, value in tags.items()}


def _version(value: object) -> str:
    version_id = _as(str, value)
    if not VERSION_ID.fullmatch(version_id):
        raise ValueError("version_id")
    return version_id


def _document(value: object) -> Any:
    """A document, or the text of one that could not be read when it was written down."""
    return value if isinstance(value, str) else load(value)
