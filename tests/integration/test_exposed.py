# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles that are open to others: a restore works, and the playbooks say so in the report and in how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build, client, root
from tests.emulator.server import Server

EVERYONE = cases.admit({"AWS": "*"}, sid="Everyone")
ACCOUNT = cases.admit({"AWS": f"arn:aws:iam::{cases.APPLIANCE_ACCOUNT}:root"}, external_id=cases.EXTERNAL_ID, sid="All")
CHOSEN = ("--limit", "compliant,wildcard,no-role,localhost")


@pytest.fixture(scope="module")
def fleet(ministack: Server) -> Organization:
    """An administrator's role that everyone may assume, and a restore role that a whole account may."""
    ministack.reset()
    fleet = build(ministack)
    for case, statement in (("wildcard", EVERYONE), ("compliant", ACCOUNT)):
        iam = client(fleet.server, "iam", root(fleet.server, fleet.account(case).account_id))
        document = json.dumps(cases.document(*cases.TRUST, statement))
        iam.update_assume_role_policy(RoleName=cases.RESTORE_ROLE, PolicyDocument=document)
    return fleet


@pytest.mark.parametrize(
    ("name", "severity", "statuses", "code"),
    [
        ("verify", None, ["compliant", "exposed"], 2),
        ("verify", "none", ["compliant", "exposed"], 0),
        ("verify", "medium", ["exposed", "exposed"], 2),
        ("drift_report", None, ["compliant", "exposed"], 0),
        ("drift_report", "high", ["compliant", "exposed"], 2),
        ("converge", None, ["compliant", "exposed"], 0),
    ],
)
def test_how_a_run_ends(fleet: Organization, tmp_path: Path, name: str, severity: str, statuses: list[str], code: int):
    """Worse comes first: an account with drift is no less drifted."""
    wanted = ["-e", f"restore_access_fail_on_findings={severity}"] if severity else []
    lenient = ["-e", "restore_access_fail_on_drift=false"]
    limit = ("--limit", "compliant,wildcard,localhost") if name == "converge" else CHOSEN
    outcome = playbook.run(fleet, name, tmp_path, *limit, *lenient, *wanted)
    found = outcome.statuses
    assert [found["compliant"], found["wildcard"]] == statuses, outcome.output
    assert outcome.returncode == code, outcome.output
    assert found.get("no-role", "drifted") == "drifted"
    assert "Statement Everyone of the trust policy" in " ".join(outcome.output.split())


def test_a_severity_that_does_not_exist_is_refused(fleet: Organization, tmp_path: Path):
    outcome = playbook.run(fleet, "verify", tmp_path, *CHOSEN, "-e", "restore_access_fail_on_findings=hihg")
    assert outcome.returncode == 2
    assert outcome.report is None
    assert "restore_access_fail_on_findings must be none, high or medium. It is hihg." in outcome.output


def test_nobody_new_gets_into_an_administrators_role(ministack: Server, tmp_path: Path):
    """The role of the sample that can do everything, and does not trust the appliance yet."""
    ministack.reset()
    fleet = build(ministack)
    iam = client(fleet.server, "iam", root(fleet.server, fleet.account("wildcard").account_id))
    document = json.dumps(cases.document(cases.BACKUP))
    iam.update_assume_role_policy(RoleName=cases.RESTORE_ROLE, PolicyDocument=document)
    limit = ("--limit", "wildcard,localhost")
    refused = playbook.run(fleet, "converge", tmp_path / "refused", *limit)
    assert (refused.statuses, refused.changes) == ({"wildcard": "blocked"}, {"wildcard": []}), refused.output
    assert "set allow_privileged: true" in " ".join(refused.output.split())
    let_in = playbook.run(fleet, "converge", tmp_path / "in", *limit, "-e", "restore_access_allow_privileged=true")
    assert let_in.statuses == {"wildcard": "converged"}, let_in.output
