# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What DynamoDB backups need, by policy and by hand, in the order of the vendor's guide. Data only."""

from __future__ import annotations

from .model import (
    BACKUP,
    BUILD,
    CLEAN_UP,
    COPY,
    EVENTS,
    GUIDE,
    KEY,
    PREFLIGHT,
    PRINCIPAL,
    QUEUE,
    RECOVERY_POINT,
    ROLE,
    RULE,
    SID_PREFIX_PERMISSIONS,
    TABLE,
    TOPIC,
    VAULT,
    Permission,
    PermissionSet,
)

_PERMISSIONS = (
    Permission(
        "backup-storage:MountCapsule", (), COPY, "A vault that has to be created cannot be bound to its storage."
    ),
    Permission(
        "backup:CopyFromBackupVault", (RECOVERY_POINT,), COPY, "The recovery point cannot be copied out of its vault."
    ),
    Permission(
        "backup:CopyIntoBackupVault",
        (VAULT,),
        COPY,
        "The vault in the other Region or account does not accept the copy.",
    ),
    Permission("backup:CreateBackupVault", (VAULT,), BACKUP, "No vault can be made for the backups."),
    Permission("backup:DeleteBackupVault", (VAULT,), CLEAN_UP, "A vault that is no longer needed stays behind."),
    Permission(
        "backup:DeleteRecoveryPoint",
        (RECOVERY_POINT,),
        CLEAN_UP,
        "Backups outlive their retention and keep costing storage.",
    ),
    Permission(
        "backup:DescribeBackupJob", (), BACKUP, "The appliance cannot see the backup job finish, and times out."
    ),
    Permission("backup:DescribeCopyJob", (), COPY, "The appliance cannot see the copy job finish, and times out."),
    Permission(
        "backup:DescribeRecoveryPoint",
        (RECOVERY_POINT,),
        BACKUP,
        "The appliance cannot read the backup that it has made.",
    ),
    Permission(
        "backup:DescribeRegionSettings",
        (),
        BACKUP,
        "Whether AWS Backup is switched on for DynamoDB in the Region cannot be read.",
    ),
    Permission("backup:ListBackupVaults", (), PREFLIGHT, "No vault can be offered for selection."),
    Permission(
        "backup:ListRecoveryPointsByBackupVault",
        (VAULT,),
        BACKUP,
        "The backups in a vault cannot be listed, so retention is not kept.",
    ),
    Permission(
        "backup:ListTags",
        (RECOVERY_POINT, VAULT),
        BACKUP,
        "The tags of backups cannot be read, so the appliance does not know its own.",
    ),
    Permission("backup:StartBackupJob", (VAULT,), BACKUP, "No backup can begin at all."),
    Permission("backup:StartCopyJob", (RECOVERY_POINT,), COPY, "No copy can begin."),
    Permission("backup:StopBackupJob", (), BACKUP, "A backup job that was cancelled runs on."),
    Permission(
        "backup:TagResource",
        (RECOVERY_POINT, VAULT),
        BACKUP,
        "Backups cannot be tagged, so the appliance does not find them again.",
    ),
    Permission(
        "backup:UntagResource", (RECOVERY_POINT, VAULT), BACKUP, "Tags that no longer hold stay on the backups."
    ),
    Permission(
        "backup:UpdateRegionSettings",
        (),
        BACKUP,
        "AWS Backup cannot be switched on for DynamoDB in a Region where it is off.",
    ),
    Permission(
        "dynamodb:DescribeContinuousBackups",
        (TABLE,),
        BACKUP,
        "The state of point-in-time recovery is not kept with the backup.",
    ),
    Permission("dynamodb:DescribeTable", (TABLE,), PREFLIGHT, "The tables to back up cannot be read."),
    Permission(
        "dynamodb:DescribeTimeToLive", (TABLE,), BACKUP, "The time-to-live setting is not kept with the backup."
    ),
    Permission("dynamodb:ListTables", (), PREFLIGHT, "No table can be found or offered for selection."),
    Permission(
        "dynamodb:ListTagsOfResource",
        (TABLE,),
        BACKUP,
        "Tables cannot be chosen by tag, and their tags are not kept with the backup.",
    ),
    Permission("dynamodb:StartAwsBackupJob", (TABLE,), BACKUP, "AWS Backup may not back the table up."),
    Permission("ec2:DescribeAvailabilityZones", (), PREFLIGHT, "The Availability Zones of a Region cannot be listed."),
    Permission("ec2:DescribeRegions", (), PREFLIGHT, "The list of Regions is empty: none can be chosen."),
    Permission("events:DeleteRule", (RULE,), EVENTS, "The rule that reports backup events stays behind."),
    Permission("events:DescribeRule", (RULE,), EVENTS, "Whether the rule for backup events is there cannot be read."),
    Permission("events:ListTargetsByRule", (RULE,), EVENTS, "Where the rule sends backup events cannot be read."),
    Permission(
        "events:PutRule",
        (RULE,),
        EVENTS,
        "No rule for backup events can be made, so the appliance does not notice them.",
    ),
    Permission("events:PutTargets", (RULE,), EVENTS, "Backup events are sent nowhere."),
    Permission("events:RemoveTargets", (RULE,), EVENTS, "The rule cannot be emptied, so it cannot be deleted either."),
    Permission(
        "iam:GetContextKeysForPrincipalPolicy",
        (PRINCIPAL,),
        PREFLIGHT,
        "The appliance's own permission check fails before it begins.",
    ),
    Permission(
        "iam:GetRole", (ROLE,), PREFLIGHT, "The appliance cannot read the role that it is to pass to AWS Backup."
    ),
    Permission("iam:ListAccountAliases", (), PREFLIGHT, "The account is shown without its name."),
    Permission("iam:PassRole", (ROLE,), BACKUP, "The role cannot be passed to AWS Backup, so no backup job starts."),
    Permission(
        "iam:SimulatePrincipalPolicy",
        (PRINCIPAL,),
        PREFLIGHT,
        "The appliance cannot test the permissions and reports all of them as missing.",
    ),
    Permission("kms:Decrypt", (KEY,), BACKUP, "The data of an encrypted table cannot be read."),
    Permission("kms:DescribeKey", (KEY,), PREFLIGHT, "The chosen encryption key cannot be checked."),
    Permission("sns:CreateTopic", (TOPIC,), EVENTS, "No topic for backup events can be made."),
    Permission("sns:DeleteTopic", (TOPIC,), EVENTS, "The topic for backup events stays behind."),
    Permission(
        "sns:ListSubscriptionsByTopic", (TOPIC,), EVENTS, "Whether the queue is subscribed to the topic cannot be read."
    ),
    Permission("sns:ListTopics", (), EVENTS, "A topic that exists already is not found."),
    Permission("sns:SetTopicAttributes", (TOPIC,), EVENTS, "The topic cannot be opened to backup events."),
    Permission("sns:Subscribe", (TOPIC,), EVENTS, "The queue gets no backup events."),
    Permission("sns:Unsubscribe", (), EVENTS, "The subscription of the queue stays behind."),
    Permission("sqs:CreateQueue", (QUEUE,), EVENTS, "No queue for backup events can be made."),
    Permission("sqs:DeleteMessage", (QUEUE,), EVENTS, "Backup events that were handled come again."),
    Permission("sqs:DeleteQueue", (QUEUE,), EVENTS, "The queue for backup events stays behind."),
    Permission("sqs:ListQueues", (), EVENTS, "A queue that exists already is not found."),
    Permission("sqs:ReceiveMessage", (QUEUE,), EVENTS, "The appliance does not notice what becomes of backups."),
    Permission("sqs:SetQueueAttributes", (QUEUE,), EVENTS, "The queue cannot be opened to the topic."),
)

# Only what runs by itself watches for events and keeps retention.
_ONLY_BY_POLICY = frozenset(
    {
        "backup:ListRecoveryPointsByBackupVault",
        "dynamodb:ListTables",
        "ec2:DescribeAvailabilityZones",
        "iam:ListAccountAliases",
    }
)
_ONLY_BY_HAND = frozenset(
    {"backup-storage:MountCapsule", "backup:CreateBackupVault", "backup:DeleteBackupVault", "kms:DescribeKey"}
)

DYNAMODB_BACKUP_POLICY = PermissionSet(
    name="dynamodb_backup_policy",
    sid=SID_PREFIX_PERMISSIONS + "DynamodbBackupPolicy",
    title="DynamoDB backup by policy",
    source=GUIDE,
    product_version=BUILD,
    page="role_permissions_backup_dynamo",
    page_updated="2025-04-28",
    permissions=tuple(permission for permission in _PERMISSIONS if permission.action not in _ONLY_BY_HAND),
)

DYNAMODB_BACKUP_MANUAL = PermissionSet(
    name="dynamodb_backup_manual",
    sid=SID_PREFIX_PERMISSIONS + "DynamodbBackupManual",
    title="DynamoDB backup by hand",
    source=GUIDE,
    product_version=BUILD,
    page="role_permissions_backup_dynamo",
    page_updated="2025-04-28",
    permissions=tuple(
        permission
        for permission in _PERMISSIONS
        if permission.step != EVENTS and permission.action not in _ONLY_BY_POLICY
    ),
)
