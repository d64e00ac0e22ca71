# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trusts that somebody has hardened by hand, converged by the playbook where IAM is enforced: nobody new may assume the role."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, assume, build, client, root
from tests.emulator.server import Server

ROLE = "arn:aws:iam::{}:role/" + cases.RESTORE_ROLE
DENY = {
    "Sid": "CloudrestoreAppliance",
    "Effect": "Deny",
    "Principal": {"AWS": cases.APPLIANCE_ARN},
    "Action": "sts:AssumeRole",
}
ELSEWHERE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringEquals": {"sts:ExternalId": cases.EXTERNAL_ID}}
HARDENED = cases.admit({"AWS": cases.APPLIANCE_ARN}, sid="CloudrestoreAppliance") | {"Condition": ELSEWHERE}


@pytest.fixture
def fleet(ministack: Server) -> Organization:
    ministack.reset()
    return build(ministack)


def _set_trust(fleet: Organization, case: str, *statements: dict[str, Any]) -> str:
    account_id = fleet.account(case).account_id
    iam = client(fleet.server, "iam", root(fleet.server, account_id))
    document = json.dumps(cases.document(*statements))
    iam.update_assume_role_policy(RoleName=cases.RESTORE_ROLE, PolicyDocument=document)
    return account_id


def _trust(fleet: Organization, account_id: str) -> list[dict[str, Any]]:
    iam = client(fleet.server, "iam", root(fleet.server, account_id))
    statements: list[dict[str, Any]] = iam.get_role(RoleName=cases.RESTORE_ROLE)["Role"]["AssumeRolePolicyDocument"][
        "Statement"
    ]
    return statements


def _appliance_gets_in(fleet: Organization, account_id: str) -> bool:
    keys = assume(fleet.server, root(fleet.server, cases.APPLIANCE_ACCOUNT), cases.APPLIANCE_ARN)
    try:
        assume(fleet.server, keys, ROLE.format(account_id), external_id=cases.EXTERNAL_ID)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


def _run(fleet: Organization, tmp_path: Path, *more: str) -> playbook.Outcome:
    return playbook.run(fleet, "converge", tmp_path, "--limit", "compliant,localhost", *more)


def test_a_deny_under_our_sid_still_keeps_the_appliance_out(fleet: Organization, tmp_path: Path):
    account_id = _set_trust(fleet, "compliant", DENY, cases.BACKUP)
    outcome = _run(fleet, tmp_path)
    assert outcome.statuses == {"compliant": "blocked"}, outcome.output
    assert DENY in _trust(fleet, account_id)
    assert not _appliance_gets_in(fleet, account_id)


def test_an_address_that_somebody_asked_for_is_kept(fleet: Organization, tmp_path: Path):
    account_id = _set_trust(fleet, "compliant", HARDENED, cases.BACKUP)
    outcome = _run(fleet, tmp_path / "first")
    assert outcome.statuses == {"compliant": "blocked"}, outcome.output
    assert outcome.changes == {"compliant": []}
    assert "set allow_widening: true" in " ".join(outcome.output.split())
    assert _trust(fleet, account_id) == [HARDENED, cases.BACKUP]
    widened = _run(fleet, tmp_path / "second", "-e", "restore_access_allow_widening=true")
    assert widened.statuses == {"compliant": "converged"}, widened.output
    assert HARDENED in _trust(fleet, account_id)
    assert _appliance_gets_in(fleet, account_id)


def test_an_empty_survey_field_takes_no_external_id_away(fleet: Organization, tmp_path: Path):
    account_id = _set_trust(
        fleet,
        "compliant",
        cases.admit({"AWS": cases.APPLIANCE_ARN}, external_id=cases.EXTERNAL_ID, sid="CloudrestoreAppliance"),
        cases.BACKUP,
    )
    before = _trust(fleet, account_id)
    outcome = _run(fleet, tmp_path, "-e", json.dumps({"restore_access_appliance_external_id": ""}))
    assert outcome.statuses == {"compliant": "blocked"}, outcome.output
    assert _trust(fleet, account_id) == before
