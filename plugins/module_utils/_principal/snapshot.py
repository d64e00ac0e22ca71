# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A snapshot as ``layers.snapshot`` wrote it, checked and made into data that a rollback is planned from. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import OptionError
from .._policy.documents import Json
from .layers import SNAPSHOT_SCHEMA
from .operations import ATTACHMENTS, PERMISSIONS, SETTINGS, TRUST
from .state import ROLE, USER

_KIND = re.compile("(Role|User)")


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

    ``given_up``: the documents of policy versions that had to go, by version ID, oldest first.
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
    made: tuple[Made, ...]

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
        """The managed policy that the run worked on, if it did on one."""
        if self.own_policy is not None:
            return self.own_policy.arn
        return next((one.target for one in self.of("CreatePolicy")), None)


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
        made=tuple(
            Made(_KIND.sub("{}", one["operation"], count=1), str(one["target"]), dict(one["arguments"]))
            for one in given["operations"]
        ),
    )


def _own_policy(given: Mapping[str, Any] | None) -> OwnPolicy | None:
    if given is None:
        return None
    return OwnPolicy(
        arn=str(given["arn"]),
        default_version=str(given["default_version"]),
        versions=tuple(str(one) for one in given["versions"]),
        document=given["document"],
        description=str(given["description"]),
        tags={str(key): str(value) for key, value in given["tags"].items()},
    )
