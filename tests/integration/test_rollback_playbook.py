# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbook rollback: from a converged fleet back to what it was, as check mode said, and forward again.

The commands are those of guide_reliability.rst: check mode reads the snapshots from S3, the rollback those on the disk.

On moto, which knows SetDefaultPolicyVersion as AWS does; MiniStack does not.
"""

from __future__ import annotations

import json
import re
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import documents
from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build, client, dump
from tests.emulator.server import Server
from tests.integration.test_kill_and_race import essence

DOCUMENT = documents.text("reliability")


def as_documented(name: str, number: int, directory: Path, run: str = "", hosts: str = "") -> list[str]:
    """The options of the document's command for a playbook, with what exists here in place of its examples."""
    commands = re.findall(rf"^ *\$ ansible-playbook cloudrestore\.aws\.{name} -i inventory\.yml (.*)$", DOCUMENT, re.M)
    here = {
        "my-snapshots": "snapshots",
        "RUN": run,
        "reports/": f"{directory}/",
        "--limit orders": f"--limit {hosts},localhost",
    }
    text: str = commands[number]
    for theirs, ours in here.items():
        text = text.replace(theirs, ours)
    return text.split()


@dataclass
class Story:
    """Converge, rollback in check mode, rollback, converge again; what the accounts held before and after each."""

    organization: Organization
    directory: Path
    outcomes: dict[str, playbook.Outcome]
    states: dict[str, dict[str, Any]]


def contents(organization: Organization) -> dict[str, Any]:
    stored = {account.case: essence(dump(organization.server, account.account_id)) for account in organization.accounts}
    for account in stored.values():
        for principal in (*account["roles"].values(), *account["users"].values()):
            principal["attached"].sort()
    return stored


@pytest.fixture(scope="module")
def story(moto: Server, tmp_path_factory: pytest.TempPathFactory) -> Story:
    moto.reset()
    organization = build(moto)
    directory = tmp_path_factory.mktemp("rollback")
    states, outcomes = {"start": contents(organization)}, {}
    client(moto, "s3", organization.automation).create_bucket(Bucket="snapshots")
    outcomes["converge"] = playbook.run(organization, "converge", directory, *as_documented("converge", 0, directory))
    (run,) = (directory / "snapshots").iterdir()
    changed = ",".join(host for host, changes in outcomes["converge"].changes.items() if changes)
    states["converge"] = contents(organization)
    predict, back = (as_documented("rollback", number, directory, run.name, changed) for number in range(2))
    for step, name, more in (
        # As a job of AWX, whose survey takes what a run wrote.
        ("predicted", "rollback", [*predict, "-e", "awx_job_id=7"]),
        ("rollback", "rollback", back),
        ("again", "converge", ["-e", "restore_access_run_id=again"]),
    ):
        outcomes[step] = playbook.run(organization, name, directory / step, *more)
        states[step] = contents(organization)
    return Story(organization, directory, outcomes, states)


def test_a_rollback_brings_every_account_back_as_check_mode_said(story: Story):
    assert story.outcomes["rollback"].returncode == 0, story.outcomes["rollback"].output
    assert story.states["predicted"] == story.states["converge"] != story.states["start"]
    assert story.states["rollback"] == story.states["start"]
    assert story.outcomes["predicted"].changes == story.outcomes["rollback"].changes
    assert "SetDefaultPolicyVersion" in story.outcomes["rollback"].changes["five-versions"]
    for step in ("predicted", "rollback"):
        assert set(story.outcomes[step].statuses.values()) == {"rolled_back"}
    assert "DeleteRole" in story.outcomes["rollback"].changes["no-role"]


def test_converging_again_gives_what_was_before_the_rollback(story: Story):
    first, again = story.states["converge"], story.states["again"]
    # Of five versions the oldest had given way; it came back as the youngest, so another one gives way now.
    assert {case: stored for case, stored in again.items() if case != "five-versions"} == {
        case: stored for case, stored in first.items() if case != "five-versions"
    }
    assert story.outcomes["again"].changes == story.outcomes["converge"].changes


def test_each_changed_account_has_a_snapshot_and_a_journal(story: Story):
    """Only their owner can read them."""
    (run,) = (story.directory / "snapshots").iterdir()
    assert run.name.startswith("converge-")
    outcome = story.outcomes["converge"]
    changed = {story.organization.account(case).account_id for case, made in outcome.changes.items() if made}
    assert {path.name.split("-")[0] for path in run.iterdir()} == changed
    for account_id in changed:
        journal = story.directory / "journal" / f"{account_id}.jsonl"
        lines = [json.loads(line) for line in journal.read_text().splitlines()]
        case = next(account.case for account in story.organization.accounts if account.account_id == account_id)
        assert [line["operation"] for line in lines if line["outcome"] == "made"] == outcome.changes[case]
        assert all(line["request_id"] for line in lines if line["outcome"] == "made")
        assert f"role/{cases.MEMBER_ROLE}".split("/")[1] in lines[0]["caller"]
        assert (lines[0]["run_id"], stat.S_IMODE(journal.stat().st_mode)) == (run.name, 0o600)


def test_the_documented_look_into_the_journal_shows_the_changes(story: Story):
    (command,) = re.findall(r"^ *\$ (grep .*?) +#", DOCUMENT, re.M)
    account_id = story.organization.account("no-role").account_id
    asked = command.replace("111122223333", account_id).replace("reports/", f"{story.directory}/")
    shown = subprocess.run(asked, shell=True, capture_output=True, text=True, check=True).stdout  # noqa: S602 (our own)
    made = [json.loads(line)["operation"] for line in shown.splitlines()]
    assert made == story.outcomes["converge"].changes["no-role"]


def test_without_a_snapshot_the_playbook_says_what_to_give(story: Story):
    outcome = playbook.run(story.organization, "rollback", story.directory / "none")
    assert outcome.returncode != 0
    assert "Set restore_access_snapshot" in outcome.output


def test_a_survey_takes_nothing_that_no_run_wrote(story: Story):
    typed = ["-e", "awx_job_id=7", "-e", "restore_access_snapshot=/etc/passwd"]
    outcome = playbook.run(story.organization, "rollback", story.directory / "typed", *typed)
    assert outcome.returncode != 0
    assert "restore_access_snapshot must be the artifact snapshots of the jobs of a run" in outcome.output
