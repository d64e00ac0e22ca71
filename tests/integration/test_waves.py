# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Converge in waves on the sample fleet: a fault in the second wave stops it, the commands that it ends with go on and back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, client, dump, inventory, root
from tests.emulator.recorder import Recording, recorded

# In the order of the inventory, which is not that of the waves.
CASES = ("no-backup-trust", "no-appliance-trust", "no-role", "three-missing", "wrong-external-id")
CANARY, FAULTY, FINE, PENDING = CASES[2], CASES[0], CASES[1], CASES[3:]
# As an operator would write it into the file of a rollout. A name with a blank has to be quoted in every command.
NAMES = {"three-missing": "Prod Data"}
ROLLOUT = {
    "restore_access_canary": "pilot",
    "restore_access_waves": [2, "100%"],
    "restore_access_stop_after": 1,
    "restore_access_max_changes": "100%",
}


def part(organization: Organization, *wanted: str) -> Organization:
    accounts = [replace(organization.account(case), case=NAMES.get(case, case)) for case in wanted]
    return Organization(organization.server, tuple(accounts), organization.automation)


def grouped(organization: Organization) -> dict[str, Any]:
    return {**inventory(organization), "pilot": {"hosts": {CANARY: {}}}, "others": {"hosts": {FINE: {}}}}


def deny(organization: Organization, case: str, denied: bool) -> None:
    """What the automation itself may do in the account: with it, whoever converges there is refused in the middle."""
    account_id = organization.account(case).account_id
    iam = client(organization.server, "iam", root(organization.server, account_id))
    named = {"RoleName": cases.MEMBER_ROLE, "PolicyName": "guardrail"}
    statement = {"Effect": "Deny", "Action": "iam:UpdateAssumeRolePolicy", "Resource": "*"}
    if denied:
        iam.put_role_policy(**named, PolicyDocument=json.dumps(cases.document(statement)))
    else:
        iam.delete_role_policy(**named)


@dataclass
class Story:
    organization: Organization
    directory: Path
    outcome: playbook.Outcome
    recording: Recording
    before: dict[str, Any]

    def entries(self) -> dict[str, dict[str, Any]]:
        assert self.outcome.report is not None, self.outcome.output
        return {account["host"]: account for account in self.outcome.report["accounts"]}

    @property
    def text(self) -> str:
        return " ".join(self.outcome.output.split())

    def commands(self) -> list[str]:
        """Go on as a check, go on, go back as a check, go back."""
        return re.findall(r"^ *(ansible-playbook .*)$", self.outcome.output, re.M)

    def account_id(self, host: str) -> str:
        return self.organization.account(host).account_id

    def run(self, line: str, organization: Organization | None = None) -> tuple[int, str]:
        environment = playbook.ansible_environment(organization or self.organization) | FLEET
        done = playbook.command(["sh", "-c", line], self.directory, environment)
        return done.returncode, done.stdout + done.stderr


FLEET = {"ANSIBLE_STDOUT_CALLBACK": "cloudrestore.aws.fleet"}


@pytest.fixture(scope="module")
def story(enforced: Organization, tmp_path_factory: pytest.TempPathFactory) -> Story:
    organization, directory = part(enforced, *CASES), tmp_path_factory.mktemp("waves")
    before = {account.case: dump(enforced.server, account.account_id) for account in organization.accounts}
    deny(organization, FAULTY, True)
    with recorded(organization) as (through, recording):
        outcome = playbook.run(
            through, "converge", directory, "-e", json.dumps(ROLLOUT), extra=FLEET, of=grouped(organization)
        )
        return Story(organization, directory, outcome, recording, before)


def test_the_canary_comes_first_and_each_wave_is_told(story: Story):
    assert "Runs in 3 waves of 1, 2, 2 accounts." in story.text
    assert "Wave 1 of 3: 1 account, 1 converged. 4 accounts left." in story.text
    assert "Wave 2 of 3: 2 accounts, 1 converged, 1 failed. 2 accounts left." in story.text
    assert "Wave 3" not in story.text
    written = [account for account, action in story.recording.calls if re.search(":(Create|Put|Attach|Update)", action)]
    assert written[0] == story.account_id(CANARY)


def test_what_was_not_begun_is_pending_and_untouched(story: Story):
    entries = story.entries()
    pending = [NAMES.get(case, case) for case in PENDING]
    assert {host: (entry["status"], entry["wave"]) for host, entry in entries.items()} == {
        CANARY: ("converged", 1),
        FAULTY: ("failed", 2),
        FINE: ("converged", 2),
        **dict.fromkeys(pending, ("pending", 3)),
    }
    for host in pending:
        # The plan that counted the changes read it, and nothing of that is told as a result of the run.
        assert entries[host]["message"] == "not begun: the run was stopped after wave 2 of 3"
        assert entries[host]["changes"] == []
        assert story.recording.writes(story.account_id(host)) == []


def test_the_run_is_one_run(story: Story):
    """One report, and one set of snapshots, whose name is that of the run."""
    assert len(list(story.directory.glob("converge-*.json"))) == 1
    (run,) = (story.directory / "snapshots").iterdir()
    found = {entry["snapshot"]["file"].rpartition("/")[0] for entry in story.entries().values() if "snapshot" in entry}
    assert found == {str(run)}
    assert len(list(story.directory.glob("converge-*.html"))) == 1


def test_it_ends_with_an_error_that_says_what_is_done_and_what_is_not(story: Story):
    assert story.outcome.returncode == 2
    told = "Stopped after wave 2 of 3: 1 account has a problem, and restore_access_stop_after is 1. 3 accounts done, 2 not begun."
    assert story.outcome.report is not None
    assert story.outcome.report["notes"] == [told]
    assert told in story.text
    assert "This run fails for 3 of 5 accounts: 1 failed, 2 pending." in story.text
    assert story.text.endswith("5 accounts: 2 converged, 2 pending, 1 failed")


def test_the_commands_that_it_ends_with_go_on_and_back(story: Story):
    """Run by a shell as they are printed, the cause put right in between."""
    check, on, back_check, back = story.commands()
    deny(story.organization, FAULTY, False)
    pending = {NAMES.get(case, case): story.account_id(NAMES.get(case, case)) for case in PENDING}
    with recorded(story.organization) as (through, recording):
        code, output = story.run(check, through)
        assert code == 0, output
        assert output.strip().endswith("2 accounts: 2 drifted"), output
        code, output = story.run(on, through)
        assert code == 0, output
        assert output.strip().endswith("2 accounts: 2 converged"), output
        assert {account for account, _action in recording.calls} - {""} <= {
            *pending.values(),
            cases.MANAGEMENT_ACCOUNT,
            cases.APPLIANCE_ACCOUNT,
        }
    assert story.run(back_check)[0] == 0
    code, output = story.run(back)
    assert code == 0, output
    now = {host: dump(story.organization.server, story.account_id(host)) for host in story.before}
    changed = {host for host in now if now[host] != story.before[host]}
    assert changed == {*pending}, output


@pytest.mark.parametrize("name", ["converge", "drift_report"])
def test_a_plan_that_touches_too_many_accounts_is_refused(enforced: Organization, tmp_path: Path, name: str):
    organization = part(enforced, "five-versions", "with-path", "compliant")
    with recorded(organization) as (through, recording):
        outcome = playbook.run(
            through, name, tmp_path, "-e", "restore_access_max_changes=1", "-e", "restore_access_waves=1"
        )
    assert outcome.returncode == 2
    told = "Too many accounts to change: 2 of 3 accounts would be changed, and restore_access_max_changes is 1."
    assert outcome.report is not None
    assert outcome.report["notes"][0].startswith(told)
    assert "has changed nothing" in outcome.output
    assert [recording.writes(account.account_id) for account in organization.accounts] == [[], [], []]
    assert outcome.statuses == {"five-versions": "drifted", "with-path": "drifted", "compliant": "compliant"}
    assert {account["check_mode"] for account in outcome.report["accounts"]} == {True}


def test_an_account_that_cannot_be_reached_counts_and_keeps_its_exit_code(enforced: Organization, tmp_path: Path):
    organization = part(enforced, "compliant", "wildcard")
    lost = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9, "account_id": "210000000099"}
    of = {**inventory(organization), "lost": {"hosts": {"lost": lost}}}
    rollout = ("-e", "restore_access_canary=lost", "-e", "restore_access_stop_after=1%")
    outcome = playbook.run(organization, "converge", tmp_path, *rollout, of=of)
    assert outcome.returncode == 4, outcome.output
    assert outcome.statuses == {"lost": "unreachable", "compliant": "pending", "wildcard": "pending"}


def test_check_mode_looks_at_every_account_and_says_its_wave(enforced: Organization, tmp_path: Path):
    organization = part(enforced, "refuses-assume-role", "compliant")
    rollout = ("-e", "restore_access_waves=1", "-e", "restore_access_stop_after=1")
    outcome = playbook.run(organization, "converge", tmp_path, "--check", *rollout)
    assert outcome.returncode == 2
    assert outcome.statuses == {"refuses-assume-role": "failed", "compliant": "compliant"}
    assert outcome.report is not None
    assert [account["wave"] for account in outcome.report["accounts"]] == [1, 2]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            ["restore_access_canary=pilot", "--limit", f"{FINE},{FAULTY}"],
            "pilot contains none of the 2 hosts of this run",
        ),
        (
            ["restore_access_canary=all:!pilot"],
            "restore_access_canary must be a number of accounts, 1 or more, or names",
        ),
    ],
)
def test_what_cannot_be_is_told_once_before_any_call(
    enforced: Organization, tmp_path: Path, given: list[str], words: str
):
    """Other values that cannot be are in tests/unit/test_rollout.py."""
    organization = part(enforced, *CASES)
    with recorded(organization) as (through, recording):
        outcome = playbook.run(through, "converge", tmp_path, "-e", *given, extra=FLEET, of=grouped(organization))
    assert (outcome.returncode, outcome.report) == (2, None)
    assert outcome.output.count(words) == 1, outcome.output
    assert recording.calls == []
