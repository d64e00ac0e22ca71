# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An account as the cases need it, as IAM kept in memory: the restore role is right but for what the case says; with
what is asked for and the policies outside the account."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    OWNER_TAG_KEY,
    OWNER_TAG_VALUE,
)

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import run

ACCOUNT = "111122223333"
OPTIONS: dict[str, Any] = {"name": worlds.NAME, "appliance_principals": [worlds.APPLIANCE]}
NO_ORGANIZATION: dict[str, Any] = {"service_control_policies": None, "resource_control_policies": None}
APPLIANCE = worlds.admit({"AWS": worlds.APPLIANCE})
BACKUP = worlds.admit({"Service": "backup.amazonaws.com"})
EVERYTHING = worlds.document(worlds.allow("*"))
GRANTED = worlds.document({"Sid": "Restore", **worlds.allow(worlds.ACTIONS)})
NO_GRANTS = worlds.document({"Sid": "NoGrants", "Effect": "Deny", "Action": "kms:CreateGrant", "Resource": "*"})
# What this collection created.
OURS = {OWNER_TAG_KEY: OWNER_TAG_VALUE}


def account(*trust: dict[str, Any], inline: dict[str, Any] | None = None, **more: Any) -> MemoryIam:
    """An account with the restore role: by default with the trust and the permissions of the vendor's guide."""
    iam = MemoryIam(ACCOUNT)
    document = worlds.document(*(trust or (APPLIANCE, BACKUP)))
    policies = {"restore": GRANTED} if inline is None else inline
    iam.add(Principal("Role", worlds.NAME, trust=document, inline=policies, **more))
    return iam


def role(iam: MemoryIam) -> Principal:
    return iam.principals["Role", worlds.NAME]


def refused(iam: MemoryIam, **more: Any) -> RestoreAccessError:
    """The error with which restore_role ends for this account and these options beside the usual ones."""
    with pytest.raises(RestoreAccessError) as caught:
        run(iam, {**OPTIONS, **more})
    return caught.value


def without(*actions: str) -> dict[str, Any]:
    """The permissions of the vendor's guide without some."""
    return worlds.document(
        {"Sid": "Restore", **worlds.allow([action for action in worlds.ACTIONS if action not in actions])}
    )


def appliance_policies(*identity: dict[str, Any], organization: Any = None) -> dict[str, Any]:
    """An entry of ``appliance_policies``, as principal_policies_info returns it."""
    documents = identity or (worlds.document(worlds.allow("sts:AssumeRole")),)
    return {
        "principal": {"arn": worlds.APPLIANCE},
        "identity": [{"name": f"p{number}", "document": document} for number, document in enumerate(documents)],
        "boundary": None,
        "organization_policies": organization or NO_ORGANIZATION,
    }


# Everything from outside the account is known, so that a verdict is the account's own.
GIVEN: dict[str, Any] = {
    **OPTIONS,
    "organization_policies": NO_ORGANIZATION,
    "appliance_policies": [appliance_policies()],
    "kms_keys": [],
}


def verdicts(result: dict[str, Any]) -> dict[str, str]:
    return {requirement["requirement"]: requirement["verdict"] for requirement in result["requirements"]}


def of(result: dict[str, Any], requirement: str) -> dict[str, Any]:
    (decision,) = [decision for decision in result["requirements"] if decision["requirement"] == requirement]
    return dict(decision)


def not_allowed(result: dict[str, Any]) -> dict[str, str]:
    return {name: verdict for name, verdict in verdicts(result).items() if verdict != "allowed"}


def scp(*levels: Any, rcps: Any = None) -> dict[str, Any]:
    """The option organization_policies: one SCP for each level, called level0 and so on."""
    return {
        "service_control_policies": [[{"name": f"level{n}", "document": level}] for n, level in enumerate(levels)],
        "resource_control_policies": rcps,
    }
