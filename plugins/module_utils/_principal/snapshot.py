# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A snapshot as ``layers.snapshot`` wrote it, checked and made into data that a rollback is planned from. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._errors import OptionError
from .._policy.documents import Json
from .layers import SNAPSHOT_SCHEMA
from .operations import ATTACHMENTS, PERMISSIONS, SETTINGS, TRUST
from .state import ROLE, USER

_KIND = re.compile("(Role|User)")
_IS_OF_POLICY = re.compile("(Create|Delete)Policy|(Create|Delete|SetDefault)PolicyVersion")


@dataclass(frozen=True, slots=True)
class Made:
    """An operation that the run was about to make. ``name``: with ``{}`` where IAM says Role or User."""

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

    ``given_up``: the documents of policy versions that had to go, by version ID, oldest first; ``given_up_of``: the same, by
    policy.
    """

    account_id: str
    kind: str
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
    given_up: Mapping[str, Any]
    given_up_of: Mapping[str, Mapping[str, Any]]
    made: tuple[Made, ...]
    own_parts: tuple[OwnPolicy, ...] = ()

    def of(self, name: str) -> tuple[Made, ...]:
        """The operations of this name, in order."""
        return tuple(one for one in self.made if one.name == name)

    @property
    def known_versions(self) -> tuple[str, ...]:
        """IDs that still mean what they meant: none once the policy was deleted, for IAM then begins anew with v1."""
        if self.own_policy is None or self.of("DeletePolicy"):
            return ()
        return self.own_policy.versions

    @property
    def policy_arn(self) -> str | None:
        """The managed policy that the run worked on, if it did on one; the first of several."""
        if self.own_policy is not None:
            return self.own_policy.arn
        return next((one.target for one in self.of("CreatePolicy")), None)

    @property
    def part_arns(self) -> tuple[str, ...]:
        """The further ones."""
        known = [one.arn for one in self.own_parts] + [one.target for one in self.of("CreatePolicy")]
        return tuple(arn for arn in dict.fromkeys(known) if arn != self.policy_arn)

    def of_policy(self, arn: str) -> Snapshot:
        """What it says of this one of several policies, as if there was no other."""
        ours = next((one for one in (self.own_policy, *self.own_parts) if one is not None and one.arn == arn), None)
        made = tuple(one for one in self.made if one.target == arn or not _IS_OF_POLICY.fullmatch(one.name))
        return replace(self, own_policy=ours, given_up=dict(self.given_up_of.get(arn, {})), made=made)


def read(given: object) -> Snapshot:
    """Raises OptionError for what is no snapshot of this version."""
    if not isinstance(given, Mapping) or "schema_version" not in given:
        raise OptionError("snapshot is none: it takes what restore_role returned as previous, or a file that holds it.")
    if given["schema_version"] != SNAPSHOT_SCHEMA:
        raise OptionError(
            f"snapshot has schema_version {given['schema_version']!r}, and this version of the collection reads "
            f"{SNAPSHOT_SCHEMA}. Roll back with the version that wrote it."
        )
    try:
        return _snapshot(given)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise OptionError(f"snapshot cannot be read: {type(error).__name__}, {error}. Was it edited?") from None


def _snapshot(given: Mapping[str, Any]) -> Snapshot:
    settings, permissions = given[SETTINGS], dict(given[PERMISSIONS])
    if given["principal_type"] not in (ROLE, USER):
        raise ValueError("principal_type")
    return Snapshot(
        account_id=str(given["account_id"]),
        kind=given["principal_type"],
        name=str(given["name"]),
        arn=str(given["arn"]),
        exists=bool(given["exists"]),
        path=str(settings.get("path", "/")),
        trust=given[TRUST],
        inline={name: found for name, found in permissions.items() if not name.startswith("arn:")},
        documents={name: found for name, found in permissions.items() if name.startswith("arn:")},
        attached=tuple(str(arn) for arn in given[ATTACHMENTS]),
        boundary=settings.get("permissions_boundary"),
        tags={str(key): str(value) for key, value in settings.get("tags", {}).items()},
        description=str(settings.get("description", "")),
        max_session_duration=int(settings.get("max_session_duration", 3600)),
        own_policy=_own_policy(given["own_policy"]),
        given_up={str(one["version_id"]): one["document"] for one in given["deleted_policy_versions"]},
        given_up_of=_by_policy(given["deleted_policy_versions"]),
        made=tuple(
            Made(_KIND.sub("{}", one["operation"], count=1), str(one["target"]), dict(one["arguments"]))
            for one in given["operations"]
        ),
        # Snapshots of earlier versions of this collection have none.
        own_parts=tuple(_of_one(one) for one in given.get("own_parts", ())),
    )


def _by_policy(deleted: list[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in deleted:
        found.setdefault(str(one["policy_arn"]), {})[str(one["version_id"])] = one["document"]
    return found


def _own_policy(given: Mapping[str, Any] | None) -> OwnPolicy | None:
    return None if given is None else _of_one(given)


def _of_one(given: Mapping[str, Any]) -> OwnPolicy:
    return OwnPolicy(
        arn=str(given["arn"]),
        default_version=str(given["default_version"]),
        versions=tuple(str(one) for one in given["versions"]),
        document=given["document"],
        description=str(given["description"]),
        tags={str(key): str(value) for key, value in given["tags"].items()},
    )
