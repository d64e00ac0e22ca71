# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Acting as the appliance: into every restore principal, calling every action of a restore that has an API call.

What counts is whether IAM lets a call through: "no such table" is a call that was let through, AccessDenied is not.
The emulator asks IAM before it looks for the operation, so it evaluates four that it does not carry out; a caller
without any permission, who is refused all of them, shows that.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.emulator import cases
from tests.emulator.organization import REGION, Credentials, Organization, assume, client, root
from tests.emulator.server import Server

PERMITTED = "permitted"
REFUSED = "refused"
EVALUATED = "evaluated"
# The emulator lets through a caller that holds no permission at all, so its answer says nothing.
NOT_ENFORCED = "not enforced"
# AWS checks the action inside another call (iam:PassRole) or within its own services; no API call bears its name.
NO_API = "no API call"

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_NOT_CARRIED_OUT = ("InvalidAction", "UnknownOperation", "No route for")

_TABLE, _VAULT = "orders", "restores"
_SHOWN = 3


@dataclass(frozen=True)
class Visit:
    """What the appliance met in one account. ``entered``: whether it got in; ``why_not``: IAM's words if it did not."""

    case: str
    account_id: str
    entered: bool
    why_not: str
    actions: dict[str, str]

    @property
    def let_through(self) -> bool:
        """In, and never refused. Whether AWS Backup may assume the role as well is another question."""
        return self.entered and REFUSED not in self.actions.values()

    @property
    def refused(self) -> list[str]:
        return [action for action, answer in self.actions.items() if answer == REFUSED]

    @property
    def summary(self) -> str:
        """One line: in or not, and how many calls were let through."""
        if not self.entered:
            return "not let in"
        counts = Counter(self.actions.values())
        tried = counts[PERMITTED] + counts[REFUSED]
        return f"{counts[PERMITTED]} of {tried} calls permitted" + _some(self.refused)


def _some(refused: list[str]) -> str:
    if not refused:
        return ""
    more = f" and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
    return f", refused: {', '.join(refused[:_SHOWN])}{more}"


def _calls(account_id: str, principal_arn: str, key_id: str) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Action → (service, boto3 method, arguments). What is deleted comes last."""
    table = {"TableName": _TABLE}
    table_arn = f"arn:aws:dynamodb:{REGION}:{account_id}:table/{_TABLE}"
    vault = {"BackupVaultName": _VAULT}
    vault_arn = f"arn:aws:backup:{REGION}:{account_id}:backup-vault:{_VAULT}"
    point = {
        "RecoveryPointArn": f"arn:aws:backup:{REGION}:{account_id}:recovery-point:11111111-2222-3333-4444-555555555555"
    }
    role = {"IamRoleArn": principal_arn}
    copy = {"SourceBackupVaultName": _VAULT, "DestinationBackupVaultArn": vault_arn, **point, **role}
    recovery = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    time_to_live = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "expires"}}
    principal = {"PolicySourceArn": principal_arn}
    grant = {"KeyId": key_id, "GranteePrincipal": principal_arn, "Operations": ["Decrypt"]}
    return {
        "ec2:DescribeRegions": ("ec2", "describe_regions", {}),
        "iam:GetRole": ("iam", "get_role", {"RoleName": principal_arn.rsplit("/", 1)[-1]}),
        "iam:ListAccountAliases": ("iam", "list_account_aliases", {}),
        "iam:GetContextKeysForPrincipalPolicy": ("iam", "get_context_keys_for_principal_policy", principal),
        "iam:SimulatePrincipalPolicy": (
            "iam",
            "simulate_principal_policy",
            {**principal, "ActionNames": ["backup:StartRestoreJob"]},
        ),
        "backup:CreateBackupVault": ("backup", "create_backup_vault", vault),
        "backup:ListBackupVaults": ("backup", "list_backup_vaults", {}),
        "backup:ListTags": ("backup", "list_tags", {"ResourceArn": vault_arn}),
        "backup:TagResource": ("backup", "tag_resource", {"ResourceArn": vault_arn, "Tags": {"by": "appliance"}}),
        "backup:DescribeRecoveryPoint": ("backup", "describe_recovery_point", {**vault, **point}),
        "backup:StartCopyJob": ("backup", "start_copy_job", copy),
        "backup:DescribeCopyJob": ("backup", "describe_copy_job", {"CopyJobId": "copy"}),
        "backup:StartRestoreJob": (
            "backup",
            "start_restore_job",
            {**point, **role, "Metadata": {"targetTableName": "restored"}},
        ),
        "backup:DescribeRestoreJob": ("backup", "describe_restore_job", {"RestoreJobId": "restore"}),
        "dynamodb:ListTables": ("dynamodb", "list_tables", {}),
        "dynamodb:DescribeTable": ("dynamodb", "describe_table", table),
        "dynamodb:DescribeContinuousBackups": ("dynamodb", "describe_continuous_backups", table),
        "dynamodb:UpdateContinuousBackups": ("dynamodb", "update_continuous_backups", {**table, **recovery}),
        "dynamodb:DescribeTimeToLive": ("dynamodb", "describe_time_to_live", table),
        "dynamodb:UpdateTimeToLive": ("dynamodb", "update_time_to_live", {**table, **time_to_live}),
        "dynamodb:UpdateTable": ("dynamodb", "update_table", {**table, "BillingMode": "PAY_PER_REQUEST"}),
        "dynamodb:TagResource": (
            "dynamodb",
            "tag_resource",
            {"ResourceArn": table_arn, "Tags": [{"Key": "by", "Value": "appliance"}]},
        ),
        "kms:ListKeys": ("kms", "list_keys", {}),
        "kms:ListAliases": ("kms", "list_aliases", {}),
        "kms:DescribeKey": ("kms", "describe_key", {"KeyId": key_id}),
        "kms:CreateGrant": ("kms", "create_grant", grant),
        "kms:Decrypt": ("kms", "decrypt", {"CiphertextBlob": b"nothing that was encrypted", "KeyId": key_id}),
        "dynamodb:DeleteTable": ("dynamodb", "delete_table", table),
        "backup:DeleteRecoveryPoint": ("backup", "delete_recovery_point", {**vault, **point}),
        "backup:DeleteBackupVault": ("backup", "delete_backup_vault", vault),
    }


def visit_all(organization: Organization) -> list[Visit]:
    """Every account, from the Impersonation role's own session."""
    server = organization.server
    appliance = assume(server, root(server, cases.APPLIANCE_ACCOUNT), cases.APPLIANCE_ARN)
    open_to_all = _not_enforced(server, cases.MANAGEMENT_ACCOUNT)
    return [_visit(server, appliance, account, open_to_all) for account in organization.accounts]


def _visit(server: Server, appliance: Credentials, account: cases.Account, open_to_all: set[str]) -> Visit:
    principal = account.principal or cases.Principal()
    arn = f"arn:aws:iam::{account.account_id}:{principal.kind}{principal.path}{principal.name}"
    try:
        credentials = _enter(server, appliance, account.account_id, principal, arn)
    except ClientError as error:
        return Visit(account.case, account.account_id, False, str(error), {})
    try:
        answers = _try(server, credentials, account.account_id, arn)
    finally:
        _leave(server, account.account_id, principal, credentials)
    telling = {action: NOT_ENFORCED if action in open_to_all else answer for action, answer in answers.items()}
    return Visit(account.case, account.account_id, True, "", telling)


def _enter(
    server: Server, appliance: Credentials, account_id: str, principal: cases.Principal, arn: str
) -> Credentials:
    if principal.kind == "role":
        return assume(server, appliance, arn, cases.EXTERNAL_ID)
    # A restore under an IAM user runs with one-time access keys, which are deleted afterwards.
    key = client(server, "iam", root(server, account_id)).create_access_key(UserName=principal.name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def _leave(server: Server, account_id: str, principal: cases.Principal, credentials: Credentials) -> None:
    if principal.kind == "user":
        iam = client(server, "iam", root(server, account_id))
        iam.delete_access_key(UserName=principal.name, AccessKeyId=credentials.access_key_id)


def _try(server: Server, credentials: Credentials, account_id: str, arn: str) -> dict[str, str]:
    key_id = _prepare(server, account_id)
    calls = _calls(account_id, arn, key_id)
    clients = {service: client(server, service, credentials) for service in {call[0] for call in calls.values()}}
    result = {
        action: _answer(clients[service], method, arguments) for action, (service, method, arguments) in calls.items()
    }
    return {action: result.get(action, NO_API) for action in cases.ACTIONS}


def _prepare(server: Server, account_id: str) -> str:
    """A table to restore over and a key to use, as the account's owner has them. Returns the key's ID."""
    owner = root(server, account_id)
    dynamodb = client(server, "dynamodb", owner)
    if _TABLE not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(
            TableName=_TABLE,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    key_id: str = client(server, "kms", owner).create_key()["KeyMetadata"]["KeyId"]
    return key_id


def _answer(service: Any, method: str, arguments: dict[str, Any]) -> str:
    try:
        getattr(service, method)(**arguments)
    except ClientError as error:
        return REFUSED if error.response["Error"]["Code"] in _DENIED else PERMITTED
    return PERMITTED


def _not_enforced(server: Server, account_id: str) -> set[str]:
    """The actions whose answers say nothing: a role without a single permission may call them too."""
    owner = root(server, account_id)
    iam = client(server, "iam", owner)
    trust = cases.document(cases.admit({"AWS": f"arn:aws:iam::{account_id}:root"}))
    iam.create_role(RoleName="nobody", AssumeRolePolicyDocument=json.dumps(trust))
    arn = f"arn:aws:iam::{account_id}:role/nobody"
    answers = _try(server, assume(server, owner, arn), account_id, arn)
    iam.delete_role(RoleName="nobody")
    return {action for action, answer in answers.items() if answer == PERMITTED}


def not_carried_out(organization: Organization) -> list[str]:
    """The actions that the emulator evaluates but does not implement: even root is told that there is no such call."""
    server, account_id = organization.server, cases.MANAGEMENT_ACCOUNT
    owner = root(server, account_id)
    arn = f"arn:aws:iam::{account_id}:role/nobody"
    refused = []
    for action, (service, method, arguments) in _calls(account_id, arn, _prepare(server, account_id)).items():
        try:
            getattr(client(server, service, owner), method)(**arguments)
        except ClientError as error:
            if any(words in str(error) for words in _NOT_CARRIED_OUT):
                refused.append(action)
    return refused


def total(visits: Iterable[Visit]) -> dict[str, list[str]]:
    """The 35 actions by what their answers are worth: EVALUATED by IAM, not enforced, or no API call."""
    entered = [visit for visit in visits if visit.entered]
    by_kind: dict[str, list[str]] = {}
    for action in cases.ACTIONS:
        answers = {visit.actions[action] for visit in entered}
        kind = next((kind for kind in (NO_API, NOT_ENFORCED) if kind in answers), EVALUATED)
        by_kind.setdefault(kind, []).append(action)
    return by_kind
