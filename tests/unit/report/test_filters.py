# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report counts every account, worst first, and says in a line what there is to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.cloudrestore.aws.plugins.filter import fleet as shell
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import table
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.schema import STATUSES
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.status import status_of

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import run

ROOT = Path(__file__).parents[3]
OPTIONS = {"name": worlds.NAME, "appliance_principals": [worlds.APPLIANCE]}
TRUST = worlds.document(worlds.admit({"AWS": worlds.APPLIANCE}), worlds.admit({"Service": "backup.amazonaws.com"}))


def account(**principal: Any) -> MemoryIam:
    iam = MemoryIam()
    iam.add(
        Principal(
            "Role", worlds.NAME, **({"trust": TRUST, "inline": {"all": worlds.document(worlds.allow("*"))}} | principal)
        )
    )
    return iam


DENY = worlds.document({"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*", "Sid": "NoKeys"})


def fleet_of_each_status() -> dict[str, dict[str, Any]]:
    blocked = account()
    blocked.principals["Role", worlds.NAME].inline["deny"] = DENY
    return {
        "compliant": run(account(), OPTIONS, check=True),
        "drifted": run(MemoryIam(), OPTIONS, check=True),
        "blocked": run(blocked, OPTIONS, check=True),
        "failed": {"failed": True, "msg": "Account 111122223333: no credentials"},
    }


def hostvars() -> dict[str, dict[str, Any]]:
    answered = {
        host: {"account_id": "111122223333", "restore_access_result": result}
        for host, result in fleet_of_each_status().items()
    }
    return {**answered, "silent": {"account_id": "777788889999"}}


def test_each_account_is_counted_under_its_status():
    """None is left out."""
    report = shell.fleet_report(list(hostvars()), hostvars())
    assert report["summary"] == {
        "accounts": 5,
        "unreachable": 1,
        "failed": 1,
        "blocked": 1,
        "drifted": 1,
        "pending": 0,
        "exposed": 0,
        "accepted": 0,
        "rolled_back": 0,
        "converged": 0,
        "compliant": 1,
    }
    statuses = {account["host"]: account["status"] for account in report["accounts"]}
    assert statuses.pop("silent") == "unreachable"
    assert all(host == status for host, status in statuses.items())
    assert [account["host"] for account in report["accounts"]] == [
        "silent",
        "failed",
        "blocked",
        "drifted",
        "compliant",
    ]


def test_after_an_apply_what_was_drift_is_converged():
    assert status_of(run(MemoryIam(), OPTIONS)) == "converged"


def test_the_table_says_in_a_line_what_there_is_to_say():
    lines = table.lines(shell.fleet_report(list(hostvars()), hostvars()), 200)
    text = {line.split()[0]: line for line in lines if line}
    assert "no credentials" in text["failed"]
    assert "kms:Decrypt: explicit deny (identity policy deny, statement NoKeys" in text["blocked"]
    assert "37 requirements: implicit deny (the role VeeamDynamoDBRestore does not exist)" in text["drifted"]
    assert text["compliant"].endswith("compliant")
    assert lines[-1] == "5 accounts: 1 compliant, 1 drifted, 1 blocked, 1 failed, 1 unreachable"


@pytest.mark.parametrize("width", [80, 120, 200])
def test_lines_keep_to_the_width(width: int):
    lines = table.lines(shell.fleet_report(list(hostvars()), hostvars()), width)
    assert max(len(line) for line in lines) <= width


def test_wrong_input_is_refused_by_name():
    with pytest.raises(AnsibleFilterError, match="fleet_report expects a list"):
        shell.fleet_report("one-host", {})
    with pytest.raises(AnsibleFilterError, match="fleet_table expects the result"):
        shell.fleet_table({"something": "else"})
    with pytest.raises(AnsibleFilterError, match="fleet_summary expects a list"):
        shell.fleet_summary({"accounts": 3})
    with pytest.raises(AnsibleFilterError, match="summary number 0"):
        shell.fleet_summary([{"accounts": 3}])


def test_the_results_for_the_report_carry_what_is_known():
    """Of each host."""
    given = {
        "one": {
            "account_id": "111122223333",
            "ou_path": "/Workloads",
            "restore_access_verification": {"requirements": []},
        },
        "two": {},
    }
    assert shell.fleet_results(["one", "two"], given) == [
        {"host": "one", "account_id": "111122223333", "ou": "/Workloads", "verification": '{"requirements": []}'},
        {"host": "two", "account_id": "", "ou": ""},
    ]
    with pytest.raises(AnsibleFilterError, match="fleet_results expects a list"):
        shell.fleet_results("one-host", {})


def test_the_sample_of_the_summary_is_what_the_code_produces():
    def part(hosts: int, drifted: int, when: str) -> dict[str, Any]:
        cause = "backup_service_may_assume: implicit deny (trust policy: no statement names this principal)"
        counts = {
            **dict.fromkeys(STATUSES, 0),
            "accounts": hosts,
            "drifted": drifted,
            "compliant": hosts - drifted,
        }
        causes = [{"cause": cause, "status": "drifted", "accounts": drifted}]
        return {"generated_at": when, **counts, "needs_attention": drifted, "causes": causes, "other_causes": 0}

    documented = yaml.safe_load((ROOT / "plugins" / "filter" / "fleet_summary.yml").read_text())
    given = [part(2, 1, "2026-01-31T12:00:05Z"), part(3, 1, "2026-01-31T12:00:00Z")]
    assert shell.fleet_summary(given) == documented["RETURN"]["_value"]["sample"]
