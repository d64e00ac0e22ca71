# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The 35 actions of a DynamoDB restore, in the order of the vendor's guide. Data only."""

from __future__ import annotations

from .model import (
    BUILD,
    CLEAN_UP,
    COPY,
    GUIDE,
    KEY,
    PREFLIGHT,
    PRINCIPAL,
    RECOVERY_POINT,
    RESTORE,
    ROLE,
    SETTINGS,
    SID_PREFIX_PERMISSIONS,
    TABLE,
    VAULT,
    Permission,
    PermissionSet,
)

_PERMISSIONS = (
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
        "The copied recovery point stays behind and keeps costing storage.",
    ),
    Permission("backup:DescribeCopyJob", (), COPY, "The appliance cannot see the copy finish, and times out."),
    Permission(
        "backup:DescribeRecoveryPoint",
        (RECOVERY_POINT,),
        PREFLIGHT,
        "The appliance cannot read the recovery point it is to restore from.",
    ),
    Permission("backup:DescribeRestoreJob", (), RESTORE, "The appliance cannot see the restore job finish."),
    Permission("backup:ListBackupVaults", (), PREFLIGHT, "No vault can be found or offered for selection."),
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
        "The state of point-in-time recovery cannot be read, so it is not restored.",
    ),
    Permission("dynamodb:DescribeTable", (TABLE,), PREFLIGHT, "The appliance cannot see the table become active."),
    Permission(
        "dynamodb:DescribeTimeToLive",
        (TABLE,),
        SETTINGS,
        "The time-to-live setting cannot be read, so it is not restored.",
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
        "Capacity, streams, table class and deletion protection are not restored.",
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
    Permission("iam:PassRole", (ROLE,), RESTORE, "The role cannot be passed to AWS Backup, so no job starts."),
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
    Permission("kms:ListKeys", (), PREFLIGHT, "No encryption key can be offered for selection."),
)

DYNAMODB_RESTORE = PermissionSet(
    name="dynamodb_restore",
    sid=SID_PREFIX_PERMISSIONS + "DynamodbRestore",
    title="DynamoDB restore",
    source=GUIDE,
    product_version=BUILD,
    page="role_permissions_restore_dynamo",
    page_updated="2025-02-10",
    permissions=_PERMISSIONS,
)
