# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore needs, as data: permission sets, trust, and what this collection itself needs.

The actions come from the backup vendor's guide (build 10.0.0.232); resource kinds from AWS's service
authorization reference, narrowed to what a restore really touches. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass

# The steps of a restore, in the order in which they run.
PREFLIGHT = "preflight"
COPY = "copy"
RESTORE = "restore"
SETTINGS = "settings"
CLEAN_UP = "clean_up"

STEPS: dict[str, str] = {
    PREFLIGHT: "Preflight and pickers",
    COPY: "Copy to another Region, and its clean-up",
    RESTORE: "Create the table and restore its data",
    SETTINGS: "Put the settings back",
    CLEAN_UP: "Clean up after a failed restore",
}

# Resource kinds. An action with none has no resource-level permissions: IAM evaluates it on "*".
TABLE = "table"
VAULT = "backup_vault"
RECOVERY_POINT = "recovery_point"
KEY = "kms_key"
ROLE = "role"
PRINCIPAL = "principal"

ASSUME_ROLE = "sts:AssumeRole"
BACKUP_SERVICE = "backup.amazonaws.com"

# Sids are how a later run knows its own statements again: never change one.
SID_APPLIANCE = "CloudrestoreAppliance"
SID_SERVICE = "CloudrestoreBackupService"
SID_PREFIX_PERMISSIONS = "Cloudrestore"
DEFAULT_POLICY_NAME = "CloudrestoreRestoreAccess"

# A role, user or policy carries this tag only if this collection created it; `state: absent` deletes nothing without it.
OWNER_TAG_KEY = "cloudrestore.aws:created-by"
OWNER_TAG_VALUE = "restore_role"


@dataclass(frozen=True, slots=True)
class Permission:
    """One action: the kinds of resource it touches, the restore step that needs it, what fails without it."""

    action: str
    resource_kinds: tuple[str, ...]
    step: str
    without: str


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A named list of permissions and where it was read: ``source`` (product and build), ``page``, its date."""

    name: str
    sid: str
    title: str
    source: str
    page: str
    page_updated: str
    permissions: tuple[Permission, ...]

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(permission.action for permission in self.permissions)


_GUIDE = "Veeam Backup for AWS guide, build 10.0.0.232"

_DYNAMODB_RESTORE = (
    Permission(
        "backup-storage:MountCapsule",
        (),
        COPY,
        "A backup vault that the restore has to create cannot be bound to its storage, so the copy stops.",
    ),
    Permission(
        "backup:CopyFromBackupVault",
        (RECOVERY_POINT,),
        COPY,
        "The recovery point cannot be copied out of its vault to the target Region.",
    ),
    Permission(
        "backup:CopyIntoBackupVault",
        (VAULT,),
        COPY,
        "The vault in the target Region does not accept the copied recovery point.",
    ),
    Permission("backup:CreateBackupVault", (VAULT,), COPY, "No temporary vault can be made in the target Region."),
    Permission("backup:DeleteBackupVault", (VAULT,), COPY, "The temporary vault stays behind after the restore."),
    Permission(
        "backup:DeleteRecoveryPoint",
        (RECOVERY_POINT,),
        COPY,
        "The copied recovery point stays behind and goes on costing storage.",
    ),
    Permission("backup:DescribeCopyJob", (), COPY, "The appliance cannot see the copy finish, and times out."),
    Permission(
        "backup:DescribeRecoveryPoint",
        (RECOVERY_POINT,),
        PREFLIGHT,
        "The appliance cannot read the recovery point it is to restore from.",
    ),
    Permission("backup:DescribeRestoreJob", (), RESTORE, "The appliance cannot see the restore job finish."),
    Permission("backup:ListBackupVaults", (), PREFLIGHT, "No vault can be found or offered for choice."),
    Permission(
        "backup:ListTags",
        (RECOVERY_POINT, VAULT),
        PREFLIGHT,
        "The tags of the recovery point cannot be read, so the restore point is not recognised.",
    ),
    Permission("backup:StartCopyJob", (RECOVERY_POINT,), COPY, "A restore to another Region cannot begin."),
    Permission("backup:StartRestoreJob", (RECOVERY_POINT,), RESTORE, "No restore can begin at all."),
    Permission(
        "backup:TagResource",
        (RECOVERY_POINT, VAULT),
        COPY,
        "The vault and the copy cannot be tagged, so the clean-up does not find them.",
    ),
    Permission("dynamodb:DeleteTable", (TABLE,), CLEAN_UP, "A half-restored table stays behind after a failure."),
    Permission(
        "dynamodb:DescribeContinuousBackups",
        (TABLE,),
        SETTINGS,
        "The state of point-in-time recovery cannot be read, so it is not put back.",
    ),
    Permission("dynamodb:DescribeTable", (TABLE,), PREFLIGHT, "The appliance cannot see the table become active."),
    Permission(
        "dynamodb:DescribeTimeToLive",
        (TABLE,),
        SETTINGS,
        "The time-to-live setting cannot be read, so it is not put back.",
    ),
    Permission("dynamodb:ListTables", (), PREFLIGHT, "A clash with an existing table name is not seen beforehand."),
    Permission(
        "dynamodb:RestoreTableFromAwsBackup",
        (TABLE,),
        RESTORE,
        "AWS Backup may not create the table from the recovery point.",
    ),
    Permission("dynamodb:TagResource", (TABLE,), SETTINGS, "The restored table comes back without its tags."),
    Permission(
        "dynamodb:UpdateContinuousBackups",
        (TABLE,),
        SETTINGS,
        "The restored table comes back without point-in-time recovery.",
    ),
    Permission(
        "dynamodb:UpdateTable",
        (TABLE,),
        SETTINGS,
        "Capacity, streams, table class and deletion protection are not put back.",
    ),
    Permission("dynamodb:UpdateTimeToLive", (TABLE,), SETTINGS, "The restored table comes back without time to live."),
    Permission("ec2:DescribeRegions", (), PREFLIGHT, "The list of Regions is empty: no target can be chosen."),
    Permission(
        "iam:GetContextKeysForPrincipalPolicy",
        (PRINCIPAL,),
        PREFLIGHT,
        "The appliance's own permission check fails before it begins.",
    ),
    Permission("iam:GetRole", (ROLE,), PREFLIGHT, "The appliance cannot read the role it is to pass to AWS Backup."),
    Permission("iam:ListAccountAliases", (), PREFLIGHT, "The account is shown without its name."),
    Permission("iam:PassRole", (ROLE,), RESTORE, "The role cannot be handed to AWS Backup, so no job starts."),
    Permission(
        "iam:SimulatePrincipalPolicy",
        (PRINCIPAL,),
        PREFLIGHT,
        "The appliance cannot test the permissions and reports all of them as missing.",
    ),
    Permission("kms:CreateGrant", (KEY,), RESTORE, "DynamoDB may not use the key of an encrypted table."),
    Permission("kms:Decrypt", (KEY,), RESTORE, "The data of an encrypted recovery point cannot be read."),
    Permission("kms:DescribeKey", (KEY,), PREFLIGHT, "The chosen encryption key cannot be checked."),
    Permission("kms:ListAliases", (), PREFLIGHT, "Encryption keys are offered without their names."),
    Permission("kms:ListKeys", (), PREFLIGHT, "No encryption key can be offered for choice."),
)

_SETS = (
    PermissionSet(
        name="dynamodb_restore",
        sid=SID_PREFIX_PERMISSIONS + "DynamodbRestore",
        title="DynamoDB restore",
        source=_GUIDE,
        page="role_permissions_restore_dynamo",
        page_updated="2025-02-10",
        permissions=_DYNAMODB_RESTORE,
    ),
    PermissionSet(
        name="appliance_impersonation",
        sid=SID_PREFIX_PERMISSIONS + "ApplianceImpersonation",
        title="Impersonation role of the appliance",
        source=_GUIDE,
        page="byb_roles",
        page_updated="2025-04-30",
        permissions=(
            Permission(ASSUME_ROLE, (ROLE,), PREFLIGHT, "The appliance cannot enter any account it restores into."),
        ),
    ),
)

PERMISSION_SETS: dict[str, PermissionSet] = {permission_set.name: permission_set for permission_set in _SETS}


@dataclass(frozen=True, slots=True)
class OperatorNeed:
    """One action this collection calls in an account: in which modes, and for which kind of principal.

    ``modes``: ``check`` (reads only), ``present`` and ``absent`` (applied), ``rollback``, and verify's options ``simulate``,
    ``check_key_policies`` and ``check_vault_policies``. A need of ``check`` holds in all of them.
    ``only_for``: empty for both kinds of principal, else ``role`` or ``user``.
    """

    action: str
    modes: tuple[str, ...]
    only_for: str = ""


def _reads(only_for: str, *names: str) -> tuple[OperatorNeed, ...]:
    return tuple(OperatorNeed(f"iam:{name}", ("check",), only_for) for name in names)


def _writes(only_for: str, modes: tuple[str, ...], *names: str) -> tuple[OperatorNeed, ...]:
    return tuple(OperatorNeed(f"iam:{name}", modes, only_for) for name in names)


_BOTH = ("present", "absent")

OPERATOR: tuple[OperatorNeed, ...] = (
    *_reads("role", "GetRole", "ListAttachedRolePolicies", "ListRolePolicies", "GetRolePolicy"),
    *_reads("role", "ListInstanceProfilesForRole"),
    *_reads("user", "GetUser", "ListAttachedUserPolicies", "ListUserPolicies", "GetUserPolicy"),
    *_reads("user", "ListGroupsForUser", "ListAttachedGroupPolicies", "ListGroupPolicies", "GetGroupPolicy"),
    *_reads("user", "ListAccessKeys", "ListMFADevices", "GetLoginProfile"),
    *_reads("", "GetPolicy", "GetPolicyVersion", "ListPolicyVersions", "ListPolicies", "GetAccountSummary"),
    *_writes("role", ("present",), "CreateRole", "UpdateRole", "TagRole", "UntagRole", "AttachRolePolicy"),
    *_writes("role", ("present",), "PutRolePolicy", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"),
    *_writes("role", _BOTH, "UpdateAssumeRolePolicy", "DetachRolePolicy", "DeleteRolePolicy"),
    *_writes("role", ("absent",), "DeleteRole"),
    *_writes("user", ("present",), "CreateUser", "TagUser", "UntagUser", "AttachUserPolicy", "PutUserPolicy"),
    *_writes("user", ("present",), "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"),
    *_writes("user", _BOTH, "DetachUserPolicy", "DeleteUserPolicy"),
    *_writes("user", ("absent",), "DeleteUser"),
    *_writes("", ("present",), "CreatePolicy", "CreatePolicyVersion", "TagPolicy"),
    *_writes("", _BOTH, "DeletePolicyVersion"),
    *_writes("", ("absent",), "DeletePolicy"),
    # Beside what present and absent need.
    OperatorNeed("iam:SetDefaultPolicyVersion", ("rollback",)),
    OperatorNeed("iam:SimulatePrincipalPolicy", ("simulate",)),
    OperatorNeed("kms:GetKeyPolicy", ("check_key_policies",)),
    OperatorNeed("backup:GetBackupVaultAccessPolicy", ("check_vault_policies",)),
)


def operator_actions(mode: str, principal_type: str) -> tuple[str, ...]:
    """The actions the automation needs in one account for ``mode``, one of OperatorNeed's, sorted."""
    return tuple(
        sorted(
            need.action
            for need in OPERATOR
            if need.only_for in ("", principal_type) and ("check" in need.modes or mode in need.modes)
        )
    )
