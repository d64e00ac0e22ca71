# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Backup allowed to assume the role for its own account only, brought about by the playbooks where IAM is enforced."""

from __future__ import annotations

import json
from pathlib import Path

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, dump

CASES = ("no-role", "no-backup-trust", "compliant")
ASKED = {"restore_access_backup_source_account_condition": True}


def test_what_is_asked_for_is_written_once_and_then_left_alone(enforced: Organization, tmp_path: Path):
    arguments = ["--limit", ",".join((*CASES, "localhost")), "-e", json.dumps(ASKED)]
    first = playbook.run(enforced, "converge", tmp_path / "first", *arguments)
    assert first.returncode == 0, first.output
    # Somebody else's statement is not touched without being asked for.
    assert first.statuses == dict(zip(CASES, ("converged", "converged", "compliant"), strict=True))
    for case in CASES[:2]:
        account_id = enforced.account(case).account_id
        trust = dump(enforced.server, account_id)["roles"][cases.RESTORE_ROLE]["trust"]
        (ours,) = [statement for statement in trust["Statement"] if "Service" in statement["Principal"]]
        assert ours["Condition"] == {"StringEquals": {"aws:SourceAccount": account_id}}
    again = playbook.run(enforced, "converge", tmp_path / "again", *arguments)
    assert (again.returncode, again.changes) == (0, {case: [] for case in CASES})
    assert again.report is not None
    decisions = {
        entry["host"]: [
            requirement
            for requirement in entry["requirements"]
            if requirement["requirement"] == "backup_service_may_assume"
        ]
        for entry in again.report["accounts"]
    }
    asked = ["backup_source_account_condition" in decision["reason"] for case in CASES for decision in decisions[case]]
    assert asked == [True, True, False]
    assert {decision["verdict"] for case in CASES[:2] for decision in decisions[case]} == {"conditional"}
    assert not any(decision["drift"] for case in CASES for decision in decisions[case])
    assert (
        "2 accounts allow AWS Backup to assume the role only if it sends aws:SourceAccount, as the options require."
        in again.output
    )
    findings = {
        entry["host"]: [finding["finding"] for finding in entry["findings"]] for entry in again.report["accounts"]
    }
    assert "source_account_not_enforced" in findings["compliant"]
