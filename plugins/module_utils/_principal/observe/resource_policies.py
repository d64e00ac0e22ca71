# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading the policies of KMS keys and backup vaults that a restore uses, each in its own Region."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..._aws.calls import CallError, call
from ..._aws.explain import DENIED
from ..._policy.arns import region_in
from ..._policy.evaluate import MISSING, REFUSED, NotRead
from ..._policy.matching import StoredPolicy

# A client of a service in a Region.
ClientOf = Callable[[str, str], Any]

_GONE = frozenset({"NotFoundException", "ResourceNotFoundException"})


def key_policies(client_of: ClientOf, arns: Iterable[str]) -> dict[str, StoredPolicy | NotRead]:
    """ARN → the key's policy (a key has exactly one, called default). Raises CallError for all but a refusal."""
    return {arn: _key_policy(client_of, arn) for arn in arns}


def _key_policy(client_of: ClientOf, arn: str) -> StoredPolicy | NotRead:
    arguments = {"KeyId": arn, "PolicyName": "default"}
    try:
        answer = call(client_of("kms", region_in(arn)), "kms", "GetKeyPolicy", arn, arguments)
    except CallError as error:
        if error.code in _GONE:
            return NotRead(MISSING, f"the KMS key {arn} does not exist")
        return _refused(error)
    return StoredPolicy(arn, answer["Policy"])


def vault_policies(client_of: ClientOf, arns: Iterable[str]) -> dict[str, StoredPolicy | NotRead | None]:
    """ARN → the vault's access policy, None if it has none. Raises CallError for all but a refusal."""
    return {arn: _vault_policy(client_of, arn) for arn in arns}


def _vault_policy(client_of: ClientOf, arn: str) -> StoredPolicy | NotRead | None:
    arguments = {"BackupVaultName": arn.rsplit(":", 1)[-1]}
    try:
        answer = call(client_of("backup", region_in(arn)), "backup", "GetBackupVaultAccessPolicy", arn, arguments)
    except CallError as error:
        # AWS Backup says the same of a vault without a policy and of one that does not exist yet.
        return None if error.code in _GONE else _refused(error)
    return StoredPolicy(arn, answer["Policy"]) if answer.get("Policy") else None


def _refused(error: CallError) -> NotRead:
    if error.code not in DENIED:
        raise error
    return NotRead(
        REFUSED,
        f"the automation's credentials are not allowed to call {error.action} on {error.target}: grant it, or leave it out",
    )
