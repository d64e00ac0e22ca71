# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every documented return value has a sample, and the module's code produces exactly that sample."""

from __future__ import annotations

import contextlib
import tempfile
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.modules import restore_role

from tests.unit.memory_iam import IamError, MemoryIam, Principal
from tests.unit.memory_s3 import MemoryS3
from tests.unit.principal import worlds
from tests.unit.principal.running import Services, run

DOCUMENTED = yaml.safe_load(restore_role.RETURN)
WHEN = datetime(2026, 1, 31, 12, tzinfo=UTC)
OPTIONS = {"name": worlds.NAME, "appliance_principals": [worlds.APPLIANCE], "policy_name": None}
APPLIANCE = worlds.admit({"AWS": worlds.APPLIANCE})
BACKUP = worlds.admit({"Service": "backup.amazonaws.com"})
NEEDED = [
    "backup*:*",
    "dynamodb:*",
    "ec2:DescribeRegions",
    "iam:Get*",
    "iam:List*",
    "iam:PassRole",
    "iam:Simulate*",
    "kms:*",
]
EVERYTHING = worlds.document(worlds.allow(NEEDED))


def account(*trust: dict[str, Any], **inline: dict[str, Any]) -> MemoryIam:
    iam = MemoryIam()
    iam.add(Principal("Role", worlds.NAME, trust=worlds.document(*trust), inline=dict(inline)))
    return iam


def no_backup_trust() -> dict[str, Any]:
    return run(account(APPLIANCE, everything=EVERYTHING), OPTIONS)


def two_missing() -> dict[str, Any]:
    granted = [action for action in worlds.ACTIONS if action not in ("iam:PassRole", "kms:CreateGrant")]
    return run(account(APPLIANCE, BACKUP, most=worlds.document(worlds.allow(granted))), OPTIONS)


def denied() -> dict[str, Any]:
    guardrail = worlds.document({"Sid": "NoGrants", "Effect": "Deny", "Action": "kms:CreateGrant", "Resource": "*"})
    return run(account(APPLIANCE, BACKUP, everything=EVERYTHING, guardrail=guardrail), OPTIONS)


def left_open() -> dict[str, Any]:
    theirs = {**APPLIANCE, "Sid": "Theirs"}
    return run(account(theirs, BACKUP, everything=EVERYTHING), {**OPTIONS, "appliance_external_id": "an-id"})


def not_ours() -> dict[str, Any]:
    return run(account(APPLIANCE, BACKUP), {**OPTIONS, "state": "absent"})


def stopped_half_way() -> dict[str, Any]:
    iam = MemoryIam()
    refuse = IamError("AccessDenied", "not authorized to perform: iam:AttachRolePolicy")
    iam.fail = lambda operation, _arguments: refuse if operation == "AttachRolePolicy" else None
    with pytest.raises(RestoreAccessError) as stopped:
        run(iam, OPTIONS)
    return stopped.value.facts


def answer_lost() -> dict[str, Any]:
    iam = MemoryIam()
    lost = IamError("ServiceFailure", "")
    lost.response["ResponseMetadata"] = {"HTTPStatusCode": 500}
    gone = False

    def fail(operation: str, _arguments: dict[str, Any]) -> IamError | None:
        nonlocal gone
        gone = gone or operation == "AttachRolePolicy"
        return lost if gone else None

    iam.fail = fail
    with pytest.raises(RestoreAccessError) as stopped:
        run(iam, OPTIONS)
    assert "whether AttachRolePolicy" in stopped.value.message
    return stopped.value.facts


def written_down() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory, contextlib.chdir(directory):
        given = {**OPTIONS, "snapshot_directory": "reports/snapshots", "run_id": "change-4711"}
        return run(account(APPLIANCE, everything=EVERYTHING), given, services=Services(now=lambda: WHEN))


def put_into_s3() -> dict[str, Any]:
    given = {"snapshot_s3_bucket": "example-snapshots", "snapshot_s3_prefix": "restore/", "run_id": "change-4711"}
    services = Services(MemoryS3(), now=lambda: WHEN)
    return run(account(APPLIANCE, everything=EVERYTHING), OPTIONS | given, services=services)


SCENES = {
    "findings": left_open,
    "missing_permissions": two_missing,
    "missing_permissions_policy": two_missing,
    "unresolved": denied,
    "left_in_place": not_ours,
    "not_done": stopped_half_way,
    "snapshot_file": written_down,
    "snapshot_s3": put_into_s3,
    "snapshot_s3_version_id": put_into_s3,
    "snapshot_sha256": written_down,
    "unconfirmed": answer_lost,
}


# What the session has, and not the plan: test_session_policy.py and test_deadline.py.
@pytest.mark.parametrize("key", sorted(set(DOCUMENTED) - {"connection_failure", "session_policy"}))
def test_the_sample_is_what_the_code_produces(key: str):
    scene = SCENES.get(key, no_backup_trust)
    assert scene()[key] == DOCUMENTED[key]["sample"]


@pytest.mark.parametrize(
    "scene", [no_backup_trust, two_missing, denied, not_ours, stopped_half_way, answer_lost, written_down, put_into_s3]
)
def test_nothing_is_returned_that_is_not_documented(scene: Any):
    # changed and diff are Ansible's own.
    assert set(scene()) - {"changed", "diff"} <= set(DOCUMENTED)


@pytest.mark.parametrize(
    "scene", [no_backup_trust, two_missing, denied, not_ours, stopped_half_way, answer_lost, written_down, put_into_s3]
)
def test_what_every_plan_returns_is_returned_where_it_stops(scene: Any):
    """As documented."""
    whenever = {key for key, entry in DOCUMENTED.items() if entry["returned"] == "when a plan could be made"}
    assert {"changes", "previous", "check_mode"} <= whenever <= set(scene())


@pytest.mark.parametrize("key", sorted(DOCUMENTED))
def test_contains_names_what_the_sample_has(key: str):
    entry = DOCUMENTED[key]
    sample = entry["sample"][0] if entry.get("elements") == "dict" else entry["sample"]
    if isinstance(sample, dict) and "contains" in entry:
        assert set(entry["contains"]) == set(sample)
