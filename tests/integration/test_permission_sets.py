# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A newer list of permissions, and a scoped role, on an AWS that enforces IAM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, assume, build, client, dump, root
from tests.emulator.recorder import recorded
from tests.emulator.server import Server

NEWER = {"name": "newer", "actions": [*cases.ACTIONS[:20], "kms:GenerateDataKey", "kms:RetireGrant"]}
LIMIT = "compliant,wildcard,three-missing,no-role,iam-user"


@pytest.fixture
def fresh(ministack: Server) -> Organization:
    ministack.reset()
    return build(ministack)


def test_the_upgrade_report_says_what_a_newer_list_needs(fresh: Organization, tmp_path: Path):
    """It touches nothing."""
    accounts = [account for account in fresh.accounts if account.case in LIMIT.split(",")]
    before = [dump(fresh.server, account.account_id) for account in accounts]
    newer = json.dumps({"restore_access_newer_permission_set": NEWER})
    with recorded(fresh) as (through, recording):
        outcome = playbook.run(through, "upgrade_report", tmp_path, "--limit", LIMIT + ",localhost", "-e", newer)
    assert outcome.returncode == 0, outcome.output
    assert [recording.writes(account.account_id) for account in accounts] == [[]] * len(accounts)
    assert [dump(fresh.server, account.account_id) for account in accounts] == before
    assert outcome.report is not None
    missing = {account["host"]: account["missing_permissions"] for account in outcome.report["accounts"]}
    assert missing["compliant"] == missing["iam-user"] == ["kms:GenerateDataKey", "kms:RetireGrant"]
    assert missing["wildcard"] == []
    assert missing["three-missing"] == ["backup:StartRestoreJob", "kms:GenerateDataKey", "kms:RetireGrant"]
    assert missing["no-role"] == NEWER["actions"]
    assert outcome.statuses["compliant"] == "drifted"
    assert outcome.statuses["wildcard"] == "compliant"
    assert "kms:RetireGrant: missing in 4 of 5 accounts" in outcome.output


def test_the_upgrade_report_asks_for_the_newer_list(fresh: Organization, tmp_path: Path):
    outcome = playbook.run(fresh, "upgrade_report", tmp_path, "--limit", "compliant,localhost")
    assert outcome.returncode == 2
    assert "restore_access_newer_permission_set" in outcome.output


def test_a_scoped_role_does_what_it_is_for_and_nothing_beside_it(fresh: Organization, tmp_path: Path):
    scope = {"restore_access_permissions_scope": "scoped", "restore_access_tables": ["orders"]}
    variables = ["--limit", "no-role,localhost", "-e", json.dumps(scope)]
    outcome = playbook.run(fresh, "converge", tmp_path / "first", *variables)
    assert outcome.statuses == {"no-role": "converged"}
    again = playbook.run(fresh, "converge", tmp_path / "second", *variables)
    assert again.statuses == {"no-role": "compliant"}
    restore = _as_the_appliance(fresh, fresh.account("no-role").account_id)
    dynamodb = client(fresh.server, "dynamodb", restore)
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.describe_table(TableName="orders")
    assert dynamodb.list_tables()["TableNames"] == []
    with pytest.raises(dynamodb.exceptions.ClientError, match="AccessDenied"):
        dynamodb.describe_table(TableName="other")


def _as_the_appliance(organization: Organization, account_id: str) -> Any:
    appliance = assume(organization.server, root(organization.server, cases.APPLIANCE_ACCOUNT), cases.APPLIANCE_ARN)
    arn = f"arn:aws:iam::{account_id}:role/{cases.RESTORE_ROLE}"
    return assume(organization.server, appliance, arn, cases.EXTERNAL_ID)
