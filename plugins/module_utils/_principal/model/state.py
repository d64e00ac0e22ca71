# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Observed and desired state of a principal, and the operations between them. Data only.

Documents are kept as IAM returned them (normally a dict) and never changed in place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias, TypedDict

from ..._aws.account import Account
from ..._permission_sets.catalog import SID_PREFIX_CUSTOM
from ..._policy.documents import Json
from ..._policy.errors import CollectionError
from ..._policy.evaluate import Policies
from ..._policy.matching import StoredPolicy
from ..._policy.trust import DesiredTrust
from .scope import EVERYTHING, Scope
from .tags import say_created_here

PrincipalKind: TypeAlias = Literal["role", "user"]
ROLE: Final = "role"
USER: Final = "user"
PolicyType: TypeAlias = Literal["managed", "inline"]
MANAGED: Final = "managed"
INLINE: Final = "inline"
Match: TypeAlias = Literal["effect", "exact"]
EFFECT: Final = "effect"
EXACT: Final = "exact"
# The layer of a principal that an operation changes.
Layer: TypeAlias = Literal["trust", "permissions", "attachments", "settings"]
# Source: the IAM API reference, PolicyVersion.
VERSION_ID = re.compile(r"v([1-9][0-9]{0,8})(\.[A-Za-z0-9-]*)?")


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """``document``: only known where a snapshot holds it."""

    version_id: str
    is_default: bool
    document: object = None

    @property
    def number(self) -> int:
        """IAM numbers versions upwards and never uses a number twice, so the lowest is the oldest."""
        match = VERSION_ID.fullmatch(self.version_id)
        return int(match[1]) if match else 0


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy and the document of its default version. ``versions``: only read for our own policy."""

    arn: str
    document: object
    versions: tuple[PolicyVersion, ...] = ()

    @property
    def name(self) -> str:
        return self.arn.rsplit("/", 1)[-1]

    @property
    def stored(self) -> StoredPolicy:
        return StoredPolicy(self.arn, self.document)

    @property
    def default_version(self) -> str:
        return next((version.version_id for version in self.versions if version.is_default), "")

    @property
    def spare_versions(self) -> tuple[PolicyVersion, ...]:
        """All but the default one, oldest first."""
        spare = (version for version in self.versions if not version.is_default)
        return tuple(sorted(spare, key=lambda version: version.number))


@dataclass(frozen=True, slots=True)
class PolicyUse:
    """What ``iam:GetPolicy`` tells of a managed policy beside its versions. ``attachments``: to principals and groups.

    ``boundary_of``: how many principals it is the permissions boundary of.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    attachments: int = 0
    boundary_of: int = 0

    @property
    def created_here(self) -> bool:
        return say_created_here(self.tags)


@dataclass(frozen=True, slots=True)
class OwnPolicy:
    """A managed policy under a name of ours, as it stands. ``use``: None where it was not asked for."""

    stored: ManagedPolicy
    use: PolicyUse | None = None

    @property
    def arn(self) -> str:
        return self.stored.arn

    @property
    def created_here(self) -> bool:
        return self.use is not None and self.use.created_here


@dataclass(frozen=True, slots=True)
class Group:
    """A group of an IAM user, with what its policies say."""

    name: str
    attached: tuple[ManagedPolicy, ...]
    inline: tuple[StoredPolicy, ...]

    @property
    def policies(self) -> tuple[StoredPolicy, ...]:
        prefix = f"group {self.name}: "
        stored = [policy.stored for policy in self.attached] + list(self.inline)
        return tuple(StoredPolicy(prefix + policy.name, policy.document) for policy in stored)


@dataclass(frozen=True, slots=True)
class PrincipalUse:
    """What else depends on the principal; only read to decide whether it may be deleted."""

    instance_profiles: tuple[str, ...] = ()
    access_keys: int = 0
    console_password: bool = False
    mfa_devices: int = 0


@dataclass(frozen=True, slots=True)
class Observed:
    """One principal as it stands. With ``exists`` False only ``account``, ``own_policies`` and ``boundaries`` count.

    ``own_policies``: the managed policies under our name that were read, the one that has the name itself first, then its
    further parts, where one cannot hold everything. ``former_policies``: of the name that earlier versions gave, by its tags
    the principal's, attached to it, and not among those, since others use it or there is one of the present name.
    ``detached``: policies that a rollback attaches again, as they are now, or else as its snapshot has them; ``unusable``: ARNs of
    those that it cannot attach, or set as boundary, since they are gone or IAM lets nobody attach them any more.
    ``resource_tags``: ARN of what requests are about → its tags, of those only that a policy asked for and that were read.
    """

    account: Account
    kind: PrincipalKind
    name: str
    exists: bool
    path: str = "/"
    unique_id: str = ""
    trust: object = None
    description: str = ""
    max_session_duration: int = 3600
    boundary_arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    attached: tuple[ManagedPolicy, ...] = ()
    inline: tuple[StoredPolicy, ...] = ()
    groups: tuple[Group, ...] = ()
    boundaries: tuple[ManagedPolicy, ...] = ()
    own_policies: tuple[OwnPolicy, ...] = ()
    former_policies: tuple[OwnPolicy, ...] = ()
    use: PrincipalUse = PrincipalUse()
    detached: tuple[ManagedPolicy, ...] = ()
    unusable: tuple[str, ...] = ()
    resource_tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return self.account.arn(self.kind, self.path, self.name)

    @property
    def created_here(self) -> bool:
        return self.exists and say_created_here(self.tags)

    @property
    def identity(self) -> tuple[StoredPolicy, ...]:
        """Every policy that grants or denies to the principal: attached, inline, and of its groups (rule 55)."""
        groups = tuple(policy for group in self.groups for policy in group.policies)
        return tuple(policy.stored for policy in self.attached) + self.inline + groups

    @property
    def boundary(self) -> StoredPolicy | None:
        return None if self.boundary_arn is None else self.boundary_document(self.boundary_arn)

    @property
    def policies(self) -> Policies:
        """The layers inside the account. What an organization adds is not among them."""
        return Policies(self.identity, self.boundary)

    def boundary_document(self, arn: str) -> StoredPolicy:
        document = next((policy.document for policy in self.boundaries if policy.arn == arn), None)
        return StoredPolicy(arn, document)

    def is_attached(self, arn: str) -> bool:
        return any(policy.arn == arn for policy in self.attached)

    def own_policy(self, arn: str) -> OwnPolicy | None:
        return next((policy for policy in self.own_policies if policy.arn == arn), None)

    def with_own_policy(self, own: OwnPolicy) -> Observed:
        """With this one in the place of the one of its ARN, or after all others."""
        if self.own_policy(own.arn) is None:
            return replace(self, own_policies=(*self.own_policies, own))
        return replace(
            self, own_policies=tuple(own if policy.arn == own.arn else policy for policy in self.own_policies)
        )

    def other_uses(self, own: OwnPolicy) -> int:
        """How often a policy of ours is used but by being attached to this principal; its use must have been read."""
        use = own.use or PolicyUse()
        return use.attachments + use.boundary_of - int(self.exists and self.is_attached(own.arn))


@dataclass(frozen=True, slots=True)
class Desired:
    """What the user asked for. None means: leave as it is. ``path`` None: any, and ``/`` on creation.

    ``statements``: of the permission sets, on every resource; ``scope`` may narrow them. ``without``: action → what fails
    without it. ``restore_roles``: what the appliance's role may assume, where the user lists it. ``policy_name``: of a managed
    policy; ``former_policy_name``: that of earlier versions, empty where the user names the policy.
    """

    kind: PrincipalKind
    name: str
    path: str | None
    present: bool
    match: Match
    actions: tuple[str, ...]
    statements: tuple[Mapping[str, Json], ...]
    additional_statements: tuple[Mapping[str, Json], ...]
    trust: DesiredTrust | None
    purge_trust: bool
    policy_type: PolicyType
    policy_name: str
    inline_name: str
    purge_policies: bool
    description: str | None
    max_session_duration: int | None
    boundary_arn: str | None
    tags: Mapping[str, str] | None
    purge_tags: bool
    scope: Scope = EVERYTHING
    without: Mapping[str, str] = field(default_factory=dict)
    restore_roles: tuple[str, ...] = ()
    allow_widening: bool = False
    allow_privileged: bool = False
    adopt_policy: bool = False
    former_policy_name: str = ""

    @property
    def has_custom_sets(self) -> bool:
        """Whether there are permission sets of the user's own."""
        return any(str(statement["Sid"]).startswith(SID_PREFIX_CUSTOM) for statement in self.statements)

    @property
    def has_lists(self) -> bool:
        """Whether something is asked for that may be longer than one policy, and is split then."""
        return bool(self.restore_roles) or self.has_custom_sets

    @property
    def own_statements(self) -> tuple[Mapping[str, Json], ...]:
        return self.statements + self.additional_statements

    def bounded(self, observed: Observed) -> Observed:
        """``observed`` with the permissions boundary that is asked for, if only that it has none."""
        return observed if self.boundary_arn is None else replace(observed, boundary_arn=self.boundary_arn or None)


OperationName: TypeAlias = Literal[
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreatePolicy",
    "CreatePolicyVersion",
    "CreateRole",
    "CreateUser",
    "DeletePolicy",
    "DeletePolicyVersion",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DeleteUser",
    "DeleteUserPermissionsBoundary",
    "DeleteUserPolicy",
    "DetachRolePolicy",
    "DetachUserPolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
    "SetDefaultPolicyVersion",
    "TagPolicy",
    "TagRole",
    "TagUser",
    "UntagPolicy",
    "UntagRole",
    "UntagUser",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
]


class OperationResult(TypedDict):
    """An operation as results list it: what was or would be called, on which ARN, and why."""

    operation: OperationName
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One IAM API call: ``name`` as IAM spells it, its ``arguments``, on what, in which layer, and why."""

    name: OperationName
    arguments: Mapping[str, Json]
    target: str
    layer: Layer
    reason: str

    def as_dict(self) -> OperationResult:
        return {"operation": self.name, "target": self.target, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Limits:
    """Quotas of an account (``iam:GetAccountSummary``). The defaults are AWS's; an account's can only be higher."""

    managed_policy_size: int = 6144
    role_inline_size: int = 10240
    user_inline_size: int = 2048
    trust_size: int = 2048
    versions_per_policy: int = 5
    attached_per_role: int = 10
    attached_per_user: int = 10


# The keys of iam:GetAccountSummary that hold each limit.
SUMMARY_KEYS = {
    "managed_policy_size": "PolicySizeQuota",
    "role_inline_size": "RolePolicySizeQuota",
    "user_inline_size": "UserPolicySizeQuota",
    "trust_size": "AssumeRolePolicySizeQuota",
    "versions_per_policy": "VersionsPerPolicyQuota",
    "attached_per_role": "AttachedPoliciesPerRoleQuota",
    "attached_per_user": "AttachedPoliciesPerUserQuota",
}


class PrincipalError(CollectionError):
    """A state from which no plan can be made; the message says what was found and what to do."""
