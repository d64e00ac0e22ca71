# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore needs, as data: permission sets, trust, and what this collection itself needs.

The actions come from the backup vendor's guide (build 10.0.0.232), one file of ``_permission_sets`` for each job of the
appliance; resource kinds from AWS's service authorization reference, narrowed to what the job really touches. Nothing
here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .appliance import APPLIANCE_IMPERSONATION, ASSUME_ROLE, ORGANIZATION_RESCAN
from .beyond_the_guide import AWS_ENCRYPTED_VAULT, AWS_NATIVE_BACKUP
from .dynamodb_backup import DYNAMODB_BACKUP_MANUAL, DYNAMODB_BACKUP_POLICY
from .dynamodb_restore import DYNAMODB_RESTORE
from .model import (
    ARNS,
    KEY,
    OWN,
    PRINCIPAL,
    RECOVERY_POINT,
    ROLE,
    SID_PREFIX_CUSTOM,
    SID_PREFIX_PERMISSIONS,
    STEPS,
    TABLE,
    VAULT,
    Permission,
    PermissionSet,
)

__all__ = [
    "APPLIANCE_IMPERSONATION",
    "ARNS",
    "ASSUME_ROLE",
    "KEY",
    "OWN",
    "PRINCIPAL",
    "RECOVERY_POINT",
    "ROLE",
    "SID_PREFIX_CUSTOM",
    "SID_PREFIX_PERMISSIONS",
    "STEPS",
    "TABLE",
    "VAULT",
    "Permission",
    "PermissionSet",
]

BACKUP_SERVICE = "backup.amazonaws.com"

# Sids are how a later run knows its own statements again: never change one.
SID_APPLIANCE = "CloudrestoreAppliance"
SID_SERVICE = "CloudrestoreBackupService"
# Only where AWS Backup's own statement has a condition that is not for the others.
SID_OTHER_SERVICES = "CloudrestoreOtherServices"
DEFAULT_POLICY_NAME = "CloudrestoreRestoreAccess"

# A role, user or policy carries this tag only if this collection created it; `state: absent` deletes nothing without it.
OWNER_TAG_KEY = "cloudrestore.aws:created-by"
OWNER_TAG_VALUE = "restore_role"
# Beside it, on a managed policy: whose it is. Without it, it is that of the one principal that uses it.
PRINCIPAL_TAG_KEY = "cloudrestore.aws:principal"

_SETS = (
    DYNAMODB_RESTORE,
    DYNAMODB_BACKUP_POLICY,
    DYNAMODB_BACKUP_MANUAL,
    ORGANIZATION_RESCAN,
    APPLIANCE_IMPERSONATION,
    AWS_ENCRYPTED_VAULT,
    AWS_NATIVE_BACKUP,
)

PERMISSION_SETS: dict[str, PermissionSet] = {permission_set.name: permission_set for permission_set in _SETS}

# Action → the kinds of resource that it touches; none for an action without resource types.
RESOURCE_KINDS = {
    permission.action: permission.resource_kinds
    for permission_set in PERMISSION_SETS.values()
    for permission in permission_set.permissions
}


OperatorMode = Literal[
    "check",
    "present",
    "absent",
    "rollback",
    "restore_role_arns",
    "simulate",
    "check_key_policies",
    "check_vault_policies",
    "resource_tags",
    "enter",
    "assume_role_tags",
    "assume_role_source_identity",
    "principal_policies",
    "organization",
]
# Whom a need is for: a kind of principal, or both where it is empty.
OnlyFor = Literal["", "role", "user"]


@dataclass(frozen=True, slots=True)
class OperatorNeed:
    """One action this collection calls in an account: in which modes, and for which kind of principal.

    ``modes``: ``check`` (reads only), ``present`` and ``absent`` (applied), ``rollback``, ``restore_role_arns`` (the Impersonation
    role's list, or sets of the user's own, where they are split over policies), verify's options ``simulate``,
    ``check_key_policies`` and ``check_vault_policies``, and ``resource_tags``, where policies ask for the tags of what verify is
    about. A need of ``check`` holds in all of them. By themselves stand ``enter``, ``assume_role_tags`` and
    ``assume_role_source_identity`` (the caller's own account), ``principal_policies`` (the appliance's) and ``organization`` (the
    management account).
    ``only_for``: empty for both kinds of principal, else ``role`` or ``user``.
    """

    action: str
    modes: tuple[OperatorMode, ...]
    only_for: OnlyFor = ""


def _reads(only_for: OnlyFor, *names: str) -> tuple[OperatorNeed, ...]:
    return tuple(OperatorNeed(f"iam:{name}", ("check",), only_for) for name in names)


def _needs(only_for: OnlyFor, modes: tuple[OperatorMode, ...], *names: str) -> tuple[OperatorNeed, ...]:
    return tuple(OperatorNeed(f"iam:{name}", modes, only_for) for name in names)


def _in_the_organization(*names: str) -> tuple[OperatorNeed, ...]:
    return tuple(OperatorNeed(f"organizations:{name}", ("organization",)) for name in names)


_BOTH: tuple[OperatorMode, ...] = ("present", "absent")

OPERATOR: tuple[OperatorNeed, ...] = (
    *_reads("role", "GetRole", "ListAttachedRolePolicies", "ListRolePolicies", "GetRolePolicy"),
    *_reads("role", "ListInstanceProfilesForRole"),
    *_reads("user", "GetUser", "ListAttachedUserPolicies", "ListUserPolicies", "GetUserPolicy"),
    *_reads("user", "ListGroupsForUser", "ListAttachedGroupPolicies", "ListGroupPolicies", "GetGroupPolicy"),
    *_reads("user", "ListAccessKeys", "ListMFADevices", "GetLoginProfile"),
    *_reads("", "GetPolicy", "GetPolicyVersion", "ListPolicyVersions", "ListPolicies", "GetAccountSummary"),
    *_reads("", "ListEntitiesForPolicy"),
    *_needs("role", ("present",), "CreateRole", "UpdateRole", "TagRole", "UntagRole", "AttachRolePolicy"),
    *_needs("role", ("present",), "PutRolePolicy", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"),
    *_needs("role", _BOTH, "UpdateAssumeRolePolicy", "DetachRolePolicy", "DeleteRolePolicy"),
    *_needs("role", ("absent",), "DeleteRole"),
    *_needs("user", ("present",), "CreateUser", "TagUser", "UntagUser", "AttachUserPolicy", "PutUserPolicy"),
    *_needs("user", ("present",), "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"),
    *_needs("user", _BOTH, "DetachUserPolicy", "DeleteUserPolicy"),
    *_needs("user", ("absent",), "DeleteUser"),
    *_needs("", ("present",), "CreatePolicy", "CreatePolicyVersion", "TagPolicy"),
    *_needs("", _BOTH, "DeletePolicyVersion"),
    *_needs("", ("absent",), "DeletePolicy"),
    # Beside what present and absent need.
    OperatorNeed("iam:SetDefaultPolicyVersion", ("rollback",)),
    OperatorNeed("iam:UntagPolicy", ("rollback",)),
    # Beside what present needs: a list that becomes shorter needs fewer policies.
    OperatorNeed("iam:DeletePolicy", ("restore_role_arns",)),
    OperatorNeed("iam:SimulatePrincipalPolicy", ("simulate",)),
    OperatorNeed("kms:GetKeyPolicy", ("check_key_policies",)),
    OperatorNeed("backup:GetBackupVaultAccessPolicy", ("check_vault_policies",)),
    OperatorNeed("backup:ListTags", ("resource_tags",)),
    OperatorNeed("dynamodb:ListTagsOfResource", ("resource_tags",)),
    OperatorNeed("kms:ListResourceTags", ("resource_tags",)),
    OperatorNeed(ASSUME_ROLE, ("enter",)),
    OperatorNeed("sts:TagSession", ("assume_role_tags",)),
    OperatorNeed("sts:SetSourceIdentity", ("assume_role_source_identity",)),
    *_needs(
        "role", ("principal_policies",), "GetRole", "ListAttachedRolePolicies", "ListRolePolicies", "GetRolePolicy"
    ),
    *_needs(
        "user", ("principal_policies",), "GetUser", "ListAttachedUserPolicies", "ListUserPolicies", "GetUserPolicy"
    ),
    *_needs("user", ("principal_policies",), "ListGroupsForUser", "ListAttachedGroupPolicies", "ListGroupPolicies"),
    *_needs("user", ("principal_policies",), "GetGroupPolicy"),
    *_needs("", ("principal_policies",), "GetPolicy", "GetPolicyVersion"),
    *_in_the_organization(
        "DescribeOrganization", "ListRoots", "ListAccountsForParent", "ListOrganizationalUnitsForParent"
    ),
    *_in_the_organization(
        "ListTagsForResource", "ListPolicies", "ListTargetsForPolicy", "DescribePolicy", "ListParents"
    ),
    *_in_the_organization("ListPoliciesForTarget", "DescribeAccount", "DescribeOrganizationalUnit"),
)
# Not in an account that a restore is about, so that what is read there is not needed.
_ELSEWHERE: frozenset[OperatorMode] = frozenset(
    {"enter", "assume_role_tags", "assume_role_source_identity", "principal_policies", "organization"}
)


def operator_actions(mode: OperatorMode, principal_type: str) -> tuple[str, ...]:
    """The actions the automation needs in one account for ``mode``, sorted."""
    return tuple(
        sorted(
            need.action
            for need in OPERATOR
            if need.only_for in ("", principal_type)
            and (mode in need.modes or ("check" in need.modes and mode not in _ELSEWHERE))
        )
    )
