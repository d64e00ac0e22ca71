# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stdout callback fleet: a run over many accounts on one screen, the verdict last, and any other playbook told reasonably."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build
from tests.emulator.server import Server

FLEET = {"ANSIBLE_STDOUT_CALLBACK": "cloudrestore.aws.fleet"}
MOST_LINES = 60
ACCOUNTS = 40
KINDS = (*["compliant"] * 8, "three-missing", "explicit-deny")
REFUSING = 5


def forty() -> tuple[cases.Account, ...]:
    """Most are in order; each tenth lacks something, each tenth is blocked, and five refuse."""
    templates = {account.case: account for account in cases.ACCOUNTS}
    kinds = [KINDS[number % len(KINDS)] for number in range(ACCOUNTS - REFUSING)] + ["refuses-assume-role"] * REFUSING
    return tuple(replace(templates[kind], case=f"{kind}-{at}", number=100 + at) for at, kind in enumerate(kinds))


@dataclass(frozen=True)
class Story:
    outcome: playbook.Outcome

    @property
    def lines(self) -> list[str]:
        return self.outcome.output.splitlines()


@pytest.fixture(scope="module")
def story(ministack: Server, tmp_path_factory: pytest.TempPathFactory) -> Story:
    ministack.reset()
    often = FLEET | {"CLOUDRESTORE_PROGRESS_INTERVAL": "0"}
    return Story(playbook.run(build(ministack, forty()), "verify", tmp_path_factory.mktemp("forty"), extra=often))


def test_many_accounts_fit_a_screen_and_end_with_their_code(story: Story):
    """Nothing in it comes once for each account."""
    assert len(story.lines) <= MOST_LINES, story.outcome.output
    assert story.outcome.returncode == 2
    assert "compliant-0" not in story.outcome.output.split("STATUS  ")[0]
    assert not re.search(r"^(ok|skipping|fatal): |PLAY RECAP|TASK \[", story.outcome.output, re.M)


def test_progress_has_at_most_ten_lines_and_the_last(story: Story):
    told = re.findall(r"^Verify: (\d+) of 40 accounts, (\d+) drifted, (\d+) failed", story.outcome.output, re.M)
    assert 1 < len(told) <= 11
    assert told[-1] == ("40", "6", "5")


def test_the_same_refusal_is_told_of_three_accounts_and_counted(story: Story):
    told = [line for line in story.lines if re.match(r"refuses-assume-role-\d+: Account ", line)]
    assert len(told) == 3
    (more,) = [line for line in story.lines if "2 more hosts with the message of refuses-assume-role-" in line]
    assert more.count("refuses-assume-role") == 3


def test_the_table_is_text_and_the_verdict_comes_last(story: Story):
    (head,) = [line for line in story.lines if line.startswith("STATUS")]
    assert head == "STATUS   ACCOUNTS  CAUSE, AND WHERE"
    assert '"STATUS' not in story.outcome.output
    *_rest, first, second, last = story.lines
    assert {Path(line.removeprefix("Report: ")).suffix for line in (first, second)} == {".json", ".html"}
    assert last == "40 accounts: 29 compliant, 3 drifted, 3 blocked, 5 failed"


def test_it_says_once_why_the_run_ends_with_an_error(story: Story):
    ended = [line for line in story.lines if line.startswith("This run fails for")]
    assert ended == [
        "This run fails for 11 of 40 accounts: 5 failed, 3 blocked, 3 drifted. See the lines above and the report."
    ]


def test_ansible_s_own_output_ends_with_one_task_for_all(enforced: Organization, tmp_path: Path):
    outcome = playbook.run(enforced, "verify", tmp_path)
    assert outcome.returncode == 2
    assert outcome.output.count("FAILED! =>") == 2, "one account refuses, and the run ends with an error"
    assert outcome.output.count("TASK [Fail if ") == 4
    assert not re.search(r"^TASK \[.*\n\n", outcome.output, re.M), "a task of which nothing is said"


def test_the_sample_fleet_fits_a_screen_and_shows_its_diff(enforced: Organization, tmp_path: Path):
    arguments = ("--check", "--diff", "--limit", "compliant,no-backup-trust,localhost")
    outcome = playbook.run(enforced, "converge", tmp_path, *arguments, extra=FLEET)
    assert outcome.returncode == 0
    assert '+      "Sid": "CloudrestoreBackupService",' in outcome.output
    assert "\nno-backup-trust: cloudrestore.aws.restore_access : " in outcome.output
    assert "\nwould change: " in outcome.output
    assert len(outcome.output.splitlines()) <= MOST_LINES
    assert outcome.output.splitlines()[-1] == "2 accounts: 1 compliant, 1 drifted"


# The rest needs no AWS: modules that refuse their options, a report of results that are given, and other people's tasks.

GIVEN: dict[str, Any] = {
    "changes": [],
    "changed": False,
    "principal": {"account_id": "111122223333", "arn": "a"},
    "check_mode": True,
}
REPORT: list[dict[str, Any]] = [
    {
        "cloudrestore.aws.restore_role_report": {
            "results": [{"host": "orders", "result": GIVEN}],
            "directory": "{{ dir }}",
        },
        "register": "written",
        "run_once": True,
    },
    {"ansible.builtin.debug": {"msg": "{{ written.lines }}"}, "run_once": True},
    {"ansible.builtin.debug": {"var": "written.report"}, "run_once": True},
]
OTHERS: list[dict[str, Any]] = [
    {"name": "Say it", "ansible.builtin.debug": {"msg": "hello\x1b[2J of {{ inventory_hostname }}"}},
    {"name": "Command", "ansible.builtin.command": "true"},
    {"name": "Ask", "ansible.builtin.assert": {"that": False, "fail_msg": "not so"}, "ignore_errors": True},
    {"name": "Break", "ansible.builtin.command": "ls /does/not/exist", "when": "inventory_hostname == 'host1'"},
]
REFUSED: list[dict[str, Any]] = [{"cloudrestore.aws.restore_role": {"name": "no spaces"}, "ignore_errors": True}]


def command_for(tasks: list[dict[str, Any]], directory: Path, *arguments: str, hosts: int = 2) -> list[str]:
    play = {"name": "Anything", "hosts": "all", "gather_facts": False, "connection": "local", "tasks": tasks}
    (directory / "play.json").write_text(json.dumps([play]))
    inventory = "".join(f"host{number}," for number in range(hosts))
    given = ("-e", f"dir={directory}", "-e", "ansible_python_interpreter={{ ansible_playbook_python }}")
    return ["ansible-playbook", "-i", inventory, *given, *arguments, str(directory / "play.json")]


def output_of(tasks: list[dict[str, Any]], directory: Path, *arguments: str) -> tuple[int, str]:
    environment = playbook.ansible_environment_without_aws() | FLEET
    done = playbook.command(command_for(tasks, directory, *arguments), directory, environment)
    return done.returncode, done.stdout


def test_other_tasks_are_told_by_what_they_change_and_fail(tmp_path: Path):
    code, output = output_of(OTHERS, tmp_path)
    lines = output.splitlines()
    assert code == 2
    assert {"host0: hello\\x1b[2J of host0", "host1: not so ...ignoring", "changed: Command (host0, host1)"} <= set(
        lines
    )
    assert "\x1b" not in output
    assert "fatal: [host1]: FAILED! =>" in output
    assert "ls: " in output, "what a command says of its failure is shown whole"
    assert lines[-1] == "2 hosts: 1 failed (host1), 2 changed (host0, host1)"


def test_a_report_is_shown_once_and_as_text(tmp_path: Path):
    code, output = output_of(REPORT, tmp_path)
    assert code == 0
    assert output.count("orders  111122223333  compliant") == 1
    assert output.splitlines()[-1] == "1 account: 1 compliant"


def test_with_v_ansible_s_own_output_comes_before_the_verdict(tmp_path: Path):
    _code, output = output_of(REPORT, tmp_path, "-v")
    assert "TASK [cloudrestore.aws.restore_role_report]" in output
    assert output.index("PLAY RECAP") < output.rindex("Report: ")
    assert output.splitlines()[-1] == "1 account: 1 compliant"


def test_on_a_terminal_progress_is_written_over(tmp_path: Path):
    leader, follower = pty.openpty()
    environment = playbook.ansible_environment_without_aws() | FLEET | {"TERM": "xterm", "COLUMNS": "60"}
    command = command_for(REFUSED, tmp_path, hosts=12)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower, env=environment
    ) as process:
        os.close(follower)
        output = ""
        # A terminal whose other end is closed ends with an error on Linux.
        try:
            while chunk := os.read(leader, 65536):
                output += chunk.decode()
        except OSError:
            pass
        process.wait(60)
    os.close(leader)
    drawn = re.findall(r"(Converge: \d+ of 12 accounts[^\r\n\x1b]*)\x1b\[K\r(?!\n)", output)
    assert drawn, output
    assert all(len(line) < 60 for line in drawn)
    assert (
        output.count("Converge: 12 of 12 accounts, 0 drifted, 12 failed, ")
        - len([line for line in drawn if line.startswith("Converge: 12 of 12")])
        == 1
    )


def test_in_awx_it_comes_again_and_nothing_is_written_over(tmp_path: Path):
    """ansible-runner has a terminal of its own and puts a callback of its own over this one."""
    command_for([*REFUSED, *REPORT], tmp_path)
    (tmp_path / "project").mkdir()
    (tmp_path / "play.json").rename(tmp_path / "project" / "play.json")
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts").write_text("host0\nhost1\n")
    (tmp_path / "env").mkdir()
    extra = {"dir": str(tmp_path), "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (tmp_path / "env" / "extravars").write_text(json.dumps(extra))
    environment = playbook.ansible_environment_without_aws() | FLEET | {"CLOUDRESTORE_PROGRESS_INTERVAL": "0"}
    runner = [str(Path(sys.executable).parent / "ansible-runner"), "run", "-p", "play.json", str(tmp_path)]
    done = playbook.command(runner, tmp_path, environment)
    assert done.returncode == 0, done.stdout
    assert "Converge: 1 of 2 accounts, 0 drifted, 1 failed" in done.stdout
    assert "\x1b[K\r" not in done.stdout
    assert [line for line in done.stdout.splitlines() if line][-1] == "1 account: 1 compliant"
