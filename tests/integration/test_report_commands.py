# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands that a report's page shows, run by a shell as they are: on the accounts they are shown for, with what the run was given."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import playbook
from tests.emulator.organization import Organization, build, dump
from tests.emulator.server import Server
from tests.integration.test_kill_and_race import essence

# Account → the name that somebody gave its host.
NAMES = {"compliant": "orders", "no-backup-trust": "orders all", "three-missing": "Prod Data"}
TEXT = 'it\'s $(touch pwned) "quoted" `touch pwned`'
SECRET = "hunter22hunter22"
GIVEN = (
    *("-e", json.dumps({"note": TEXT, "restore_access_report_formats": ["json", "html"]})),
    *("-e", f"database_password={SECRET} restore_access_match=effect"),
)


def called(organization: Organization) -> Organization:
    """Some of its accounts, by the names of NAMES."""
    few = [replace(account, case=NAMES[account.case]) for account in organization.accounts if account.case in NAMES]
    return Organization(organization.server, tuple(few), organization.automation)


@pytest.fixture(scope="module")
def named(enforced: Organization) -> Organization:
    return called(enforced)


def page_of(directory: Path, name: str = "drift_report") -> tuple[str, dict[str, Any]]:
    """The newest page, and what it is made of."""
    page = max(directory.glob(f"{name}-*.html")).read_text()
    data: dict[str, Any] = json.loads(page.split('id="data">', 1)[1].split("</script>", 1)[0])
    return page, data


def test_each_command_runs_on_the_accounts_it_is_shown_for(named: Organization, tmp_path: Path):
    assert playbook.run(named, "drift_report", tmp_path, *GIVEN).returncode == 0
    page, data = page_of(tmp_path)
    assert SECRET not in page
    hosts = [account[0] for account in data["accounts"]]
    causes = [cause for cause in data["causes"] if cause["commands"]]
    assert {hosts[place] for cause in causes for place in cause["hosts"]} == {"orders all", "Prod Data"}
    environment = playbook.ansible_environment(named)
    for number, cause in enumerate(causes):
        assert [command["step"] for command in cause["commands"]] == ["check", "apply"]
        assert "database_password" in cause["note"]
        line = cause["commands"][0]["text"]
        unset = shell(line, tmp_path, environment)
        assert unset.returncode != 0
        assert "database_password: set it first" in unset.stderr
        where = tmp_path / str(number)
        done = shell(
            # So that each has a report of its own.
            f"{line} -e restore_access_report_dir={where}",
            tmp_path,
            environment | {"database_password": "another one"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (written,) = where.glob("converge-*.json")
        accounts = json.loads(written.read_text())["accounts"]
        assert {account["host"] for account in accounts} == {hosts[place] for place in cause["hosts"]}
        assert {account["check_mode"] for account in accounts} == {True}
        # What was given is given again, and again.
        assert "touch pwned" in next(where.glob("converge-*.html")).read_text()
    assert not list(tmp_path.rglob("pwned"))


def shell(line: str, directory: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return playbook.command(["sh", "-c", line], directory, environment)


def test_a_job_of_awx_shows_no_command(named: Organization, tmp_path: Path):
    """Nobody starts it by one."""
    assert playbook.run(named, "drift_report", tmp_path, "-e", "awx_job_id=7").returncode == 0
    page, data = page_of(tmp_path)
    assert "ansible-playbook" not in page
    assert {tuple(cause["commands"]) for cause in data["causes"]} == {()}
    assert all("launch the job template, first as a check, with the limit" in cause["note"] for cause in data["causes"])


def test_what_the_page_says_undoes_a_run_undoes_it(moto: Server, tmp_path: Path):
    """Who ran it is told beside it. On moto, which knows SetDefaultPolicyVersion as AWS does."""
    moto.reset()
    few = called(build(moto))
    start = essences(few)
    outcome = playbook.run(few, "converge", tmp_path, *GIVEN, extra={"database_password": SECRET})
    assert outcome.returncode == 0, outcome.output
    changed = essences(few)
    page, data = page_of(tmp_path, "converge")
    assert SECRET not in page
    (run,) = data["runs"]
    assert run["caller"].startswith("arn:aws:iam::")
    assert (run["mode"], run["name"], run["secrets"]) == ("apply", "converge", ["database_password"])
    assert {"ansible-core", "boto3", "cloudrestore.aws", "python"} == set(run["versions"])
    assert f"Run {run['run_id']} (converge, apply), by {run['caller']}" in outcome.output
    (undo,) = run["undo"]
    assert undo["accounts"] == 2
    environment = playbook.ansible_environment(few) | {"database_password": "another one"}
    check, apply = [command["text"] for command in undo["commands"]]
    looked = shell(check, tmp_path, environment)
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert essences(few) == changed != start
    done = shell(apply, tmp_path, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert essences(few) == start
    assert not list(tmp_path.rglob("pwned"))


def essences(organization: Organization) -> dict[str, Any]:
    return {one.case: essence(dump(organization.server, one.account_id)) for one in organization.accounts}
