# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a permission set is made of: steps, kinds of resource and their ARNs, and the two dataclasses. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

# The steps of a restore, in the order in which they run; then those of the other jobs of an appliance.
PREFLIGHT: Final = "preflight"
COPY: Final = "copy"
RESTORE: Final = "restore"
SETTINGS: Final = "settings"
CLEAN_UP: Final = "clean_up"
BACKUP: Final = "backup"
EVENTS: Final = "events"
ORGANIZATION: Final = "organization"
OWN: Final = "own"
Step = Literal[
    "preflight",
    "copy",
    "restore",
    "settings",
    "clean_up",
    "backup",
    "events",
    "organization",
    "own",
]

STEPS: dict[Step, str] = {
    PREFLIGHT: "Preflight and pickers",
    COPY: "Copy to another Region, and its clean-up",
    RESTORE: "Create the table and restore its data",
    SETTINGS: "Put the settings back",
    CLEAN_UP: "Clean up after a failed restore",
    BACKUP: "Back tables up",
    EVENTS: "Notice what becomes of backups",
    ORGANIZATION: "Rescan the organization",
    OWN: "What a permission set of the user's own is for",
}

# Resource kinds. An action with none has no resource-level permissions: IAM evaluates it on "*".
TABLE: Final = "table"
VAULT: Final = "backup_vault"
RECOVERY_POINT: Final = "recovery_point"
TABLE_BACKUP: Final = "table_backup"
KEY: Final = "kms_key"
ROLE: Final = "role"
PRINCIPAL: Final = "principal"
RESTORE_ROLES: Final = "restore_roles"
RULE: Final = "event_rule"
TOPIC: Final = "topic"
QUEUE: Final = "queue"
MEMBER: Final = "organization_account"
UNIT: Final = "organizational_unit"
ORGANIZATION_ROOT: Final = "organization_root"
ResourceKind = Literal[
    "table",
    "backup_vault",
    "recovery_point",
    "table_backup",
    "kms_key",
    "role",
    "principal",
    "restore_roles",
    "event_rule",
    "topic",
    "queue",
    "organization_account",
    "organizational_unit",
    "organization_root",
]

# Kind → its ARNs after "arn:PARTITION:". Source: AWS's service authorization reference. DynamoDB's own backups are
# recovery points with ARNs of their own. ROLE and PRINCIPAL are not here: the principal's ARN is known.
ARNS: dict[ResourceKind, tuple[str, ...]] = {
    TABLE: ("dynamodb:{region}:{account}:table/{name}",),
    VAULT: ("backup:{region}:{account}:backup-vault:{name}",),
    RECOVERY_POINT: (
        "backup:{region}:{account}:recovery-point:{name}",
        "dynamodb:{region}:{account}:table/*/backup/{name}",
    ),
    TABLE_BACKUP: ("dynamodb:{region}:{account}:table/*/backup/{name}",),
    KEY: ("kms:{region}:{account}:key/{name}",),
    # What the appliance enters: roles of any account.
    RESTORE_ROLES: ("iam::*:role/{name}",),
    RULE: ("events:{region}:{account}:rule/{name}",),
    TOPIC: ("sns:{region}:{account}:{name}",),
    QUEUE: ("sqs:{region}:{account}:{name}",),
    MEMBER: ("organizations::{account}:account/{name}",),
    UNIT: ("organizations::{account}:ou/{name}",),
    ORGANIZATION_ROOT: ("organizations::{account}:root/{name}",),
}

SID_PREFIX_PERMISSIONS = "Cloudrestore"
# Of the user's own sets.
SID_PREFIX_CUSTOM = SID_PREFIX_PERMISSIONS + "Own"


@dataclass(frozen=True, slots=True)
class Permission:
    """One action: the kinds of resource it touches, the step that needs it, what fails without it."""

    action: str
    resource_kinds: tuple[ResourceKind, ...]
    step: Step
    without: str


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A named list of permissions and where it was read: ``source``, ``product_version``, ``page`` and the page's date.

    ``page_updated``: the date that the page bears; of a page without one, the day on which it was read.
    ``resources``: the resources that the set grants on and is evaluated on; empty for the kinds of each permission.
    """

    name: str
    sid: str
    title: str
    source: str
    product_version: str
    page: str
    page_updated: str
    permissions: tuple[Permission, ...]
    resources: tuple[str, ...] = ()

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(permission.action for permission in self.permissions)


GUIDE = "Veeam Backup for AWS guide"
BUILD = "10.0.0.232"
