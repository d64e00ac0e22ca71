# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS's own documents ask for beyond the vendor's 35 actions, opt-in. Data only."""

from __future__ import annotations

from .model import COPY, KEY, RESTORE, SID_PREFIX_PERMISSIONS, TABLE, TABLE_BACKUP, Permission, PermissionSet

AWS_ENCRYPTED_VAULT = PermissionSet(
    name="aws_encrypted_vault",
    sid=SID_PREFIX_PERMISSIONS + "AwsEncryptedVault",
    title="A backup vault with a key of the customer",
    source="AWS Knowledge Center",
    product_version="AWS Backup",
    page="https://repost.aws/knowledge-center/backup-vault-access-denied",
    page_updated="2026-11-24",
    permissions=(
        Permission(
            "kms:GenerateDataKey", (KEY,), COPY, "No vault can be made that is encrypted with a customer's key."
        ),
        Permission(
            "kms:RetireGrant",
            (KEY,),
            COPY,
            "The grant of a new vault on a customer's key cannot be retired in time.",
        ),
    ),
)

_ITEMS = "AWS Backup cannot put the items of a DynamoDB-native backup back into the table."

AWS_NATIVE_BACKUP = PermissionSet(
    name="aws_native_backup",
    sid=SID_PREFIX_PERMISSIONS + "AwsNativeBackup",
    title="Restore of DynamoDB's own backups, made without AWS Backup's advanced features",
    source="AWS managed policy AWSBackupServiceRolePolicyForRestores",
    product_version="v36",
    page="arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
    page_updated="2026-08-27",
    permissions=(
        Permission("dynamodb:BatchWriteItem", (TABLE,), RESTORE, _ITEMS),
        Permission("dynamodb:DeleteItem", (TABLE,), RESTORE, _ITEMS),
        Permission("dynamodb:GetItem", (TABLE,), RESTORE, _ITEMS),
        Permission("dynamodb:PutItem", (TABLE,), RESTORE, _ITEMS),
        Permission("dynamodb:Query", (TABLE,), RESTORE, _ITEMS),
        Permission(
            "dynamodb:RestoreTableFromBackup",
            (TABLE, TABLE_BACKUP),
            RESTORE,
            "A DynamoDB-native backup cannot be restored at all.",
        ),
        Permission("dynamodb:Scan", (TABLE,), RESTORE, _ITEMS),
        Permission("dynamodb:UpdateItem", (TABLE,), RESTORE, _ITEMS),
    ),
)
