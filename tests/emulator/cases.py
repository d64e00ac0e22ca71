# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sample organization as data: sixteen member accounts, each with one thing that real accounts have.

Written without the product's own catalogue, so that the two can disagree.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data"
ACTIONS: list[str] = json.loads((DATA / "permission_sets.json").read_text())["permission_sets"]["dynamodb_restore"][
    "actions"
]

MANAGEMENT_ACCOUNT = "123456789012"
APPLIANCE_ACCOUNT = "444455556666"
AUTOMATION_USER = "fleet-automation"
MEMBER_ROLE = "OrganizationAccountAccessRole"
APPLIANCE_ROLE = "VeeamImpersonation"
APPLIANCE_ARN = f"arn:aws:iam::{APPLIANCE_ACCOUNT}:role/{APPLIANCE_ROLE}"
RESTORE_ROLE = "VeeamDynamoDBRestore"
RESTORE_USER = "dynamodb-restore"
OWN_POLICY = f"Cloudrestore-role-{RESTORE_ROLE}"
OWN_TAGS = [{"Key": "cloudrestore.aws:created-by", "Value": "restore_role"}]
EXTERNAL_ID = "sample-external-id-1"

Document = dict[str, Any]


def document(*statements: Mapping[str, Any]) -> Document:
    return {"Version": "2012-10-17", "Statement": [dict(statement) for statement in statements]}


def allow(*actions: str, sid: str = "Restore") -> Document:
    return document({"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": "*"})


def admit(principal: Any, *, external_id: str | None = None, sid: str = "") -> Document:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return statement | ({"Sid": sid} if sid else {})


APPLIANCE = admit({"AWS": APPLIANCE_ARN}, external_id=EXTERNAL_ID)
BACKUP = admit({"Service": "backup.amazonaws.com"})
TRUST = (APPLIANCE, BACKUP)
GRANTED: dict[str, tuple[Document, ...]] = {"restore-permissions": (allow(*ACTIONS),)}


@dataclass(frozen=True)
class Principal:
    """A restore role or user before anything is done. ``managed``: name → documents, oldest version first."""

    kind: str = "role"
    name: str = RESTORE_ROLE
    path: str = "/"
    trust: tuple[Document, ...] = TRUST
    managed: Mapping[str, tuple[Document, ...]] = field(default_factory=lambda: dict(GRANTED))
    inline: Mapping[str, Document] = field(default_factory=dict)
    groups: Mapping[str, Document] = field(default_factory=dict)
    boundary: Document | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """One member account. ``before``/``after``: its status in a report, before and after it was converged."""

    case: str
    number: int
    description: str
    before: str
    after: str
    principal: Principal | None = field(default_factory=Principal)
    host_vars: Mapping[str, Any] = field(default_factory=dict)
    trusts_management: bool = True
    needs_enforcement: bool = False

    @property
    def account_id(self) -> str:
        return f"21{self.number:010d}"


_KMS = [action for action in ACTIONS if action.startswith("kms:")]
_NOT_KMS = [action for action in ACTIONS if not action.startswith("kms:")]
_BACKUP = [action for action in ACTIONS if action.startswith("backup")]
_THREE = ("backup:StartRestoreJob", "iam:PassRole", "kms:CreateGrant")

_REWRITTEN = Principal(
    trust=(
        admit({"AWS": f"arn:aws:iam::{APPLIANCE_ACCOUNT}:root"}, external_id=EXTERNAL_ID, sid="WholeAccount"),
        admit({"Service": ["ec2.amazonaws.com", "backup.amazonaws.com"]}, sid="Services"),
    ),
    managed={
        "one-service-each": (
            document(
                {"Effect": "Allow", "Action": [action.upper() for action in _BACKUP], "Resource": ["*"]},
                {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
            ),
        )
    },
    inline={
        "the-rest": document(
            {"Effect": "Allow", "Action": ["iam:*", "ec2:Describe*"], "Resource": "*"},
            *({"Effect": "Allow", "Action": action, "Resource": "*"} for action in _KMS),
        )
    },
)

_FOREIGN = Principal(
    trust=(
        admit({"Service": "ec2.amazonaws.com"}, sid="BackupWorkers"),
        admit({"Service": "batchoperations.s3.amazonaws.com"}),
        admit(
            {"AWS": f"arn:aws:iam::{APPLIANCE_ACCOUNT}:root"}, external_id="of-another-appliance", sid="OtherAppliance"
        ),
    ),
    managed={"someone-elses": (allow("s3:GetObject", "s3:ListBucket", sid="Theirs"),)},
    inline={"someone-elses-inline": allow("logs:PutLogEvents", sid="Theirs")},
    tags={"team": "platform", "cost-centre": "4711"},
)


def _version(number: int) -> Document:
    return allow(*ACTIONS[:number], sid="CloudrestoreDynamodbRestore")


ACCOUNTS = (
    Account("compliant", 1, "as the vendor's guide has it", "compliant", "compliant"),
    Account("compliant-rewritten", 2, "compliant, but written quite differently", "compliant", "compliant", _REWRITTEN),
    Account("no-role", 3, "no restore role at all", "drifted", "converged", None),
    Account(
        "no-backup-trust",
        4,
        "AWS Backup may not assume the role",
        "drifted",
        "converged",
        Principal(trust=(APPLIANCE,)),
    ),
    Account(
        "no-appliance-trust", 5, "the appliance may not assume it", "drifted", "converged", Principal(trust=(BACKUP,))
    ),
    Account(
        "wrong-external-id",
        6,
        "the appliance's statement asks for another external ID",
        "drifted",
        "converged",
        Principal(trust=(admit({"AWS": APPLIANCE_ARN}, external_id="mistyped", sid="CloudrestoreAppliance"), BACKUP)),
    ),
    Account(
        "three-missing",
        7,
        "three of the 35 actions are missing",
        "drifted",
        "converged",
        Principal(managed={"restore-permissions": (allow(*(action for action in ACTIONS if action not in _THREE)),)}),
    ),
    Account(
        "wildcard",
        8,
        "a wildcard policy covers everything: no drift under match: effect, drift under match: exact",
        "compliant",
        "compliant",
        Principal(managed={"everything": (allow("*"),)}),
    ),
    Account(
        "explicit-deny",
        9,
        "someone denies kms:CreateGrant, which cannot be granted away",
        "blocked",
        "blocked",
        Principal(
            inline={
                "guardrail": document(
                    {"Sid": "NoGrants", "Effect": "Deny", "Action": "kms:CreateGrant", "Resource": "*"}
                )
            }
        ),
    ),
    Account(
        "boundary-without-kms",
        10,
        "a permissions boundary cuts kms",
        "blocked",
        "blocked",
        Principal(boundary=allow(*_NOT_KMS, sid="Boundary")),
    ),
    Account(
        "foreign-content",
        11,
        "statements, policies and tags of others, and little else",
        "drifted",
        "converged",
        _FOREIGN,
    ),
    Account(
        "five-versions",
        12,
        "this collection's policy has five versions, none of them complete",
        "drifted",
        "converged",
        Principal(managed={OWN_POLICY: tuple(_version(number) for number in (5, 10, 15, 20, 25))}),
    ),
    Account(
        "orphaned-principal",
        13,
        "the trust policy names the unique ID of a role that was deleted",
        "drifted",
        "converged",
        Principal(trust=(admit({"AWS": "AROAZSAMPLEORPHANROLE"}, external_id=EXTERNAL_ID), BACKUP)),
    ),
    Account(
        "refuses-assume-role",
        14,
        "the organization's role does not trust the management account",
        "failed",
        "failed",
        trusts_management=False,
        needs_enforcement=True,
    ),
    Account(
        "iam-user",
        15,
        "restores run under an IAM user, which gets a part of the actions from a group",
        "drifted",
        "converged",
        Principal("user", RESTORE_USER, trust=(), managed={}, groups={"restore-operators": allow(*_NOT_KMS)}),
        {"restore_access_principal_type": "user", "restore_access_name": RESTORE_USER},
    ),
    Account(
        "with-path",
        16,
        "the role is under /backup/ and holds nothing",
        "drifted",
        "converged",
        Principal(path="/backup/", managed={}),
        {"restore_access_name": f"backup/{RESTORE_ROLE}"},
    ),
)
