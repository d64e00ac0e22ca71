# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fifty accounts, four of them broken in four ways: the others are right, and the exit code says so."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build, client, root
from tests.emulator.recorder import Recording, recorded
from tests.emulator.server import Server

ACCOUNTS = 50
REFUSES, SILENT, VANISHES, GARBLED = "refuses", "silent", "vanishes", "garbled"
KINDS = ("compliant", "three-missing", "no-backup-trust", "no-role", "wildcard")
# So that an account that does not answer is given up in seconds.
IMPATIENT = {"restore_access_aws_config": {"read_timeout": 1, "retries": {"max_attempts": 2}}}


def fifty() -> tuple[cases.Account, ...]:
    templates = {account.case: account for account in cases.ACCOUNTS}
    compliant = templates["compliant"]
    broken = {
        REFUSES: {"trusts_management": False},
        SILENT: {"host_vars": IMPATIENT},
        VANISHES: {},
        GARBLED: {
            "principal": replace(compliant.principal or cases.Principal(), inline={"theirs": cases.allow("s3:*")})
        },
    }
    rows = [
        replace(compliant, case=name, number=number, **more) for number, (name, more) in enumerate(broken.items(), 20)
    ]
    for number in range(24, 20 + ACCOUNTS):
        template = templates[KINDS[number % len(KINDS)]]
        rows.append(replace(template, case=f"{template.case}-{number}", number=number))
    return tuple(rows)


@dataclass
class Story:
    organization: Organization
    outcome: playbook.Outcome

    def entry(self, host: str) -> dict[str, Any]:
        assert self.outcome.report is not None
        return next(account for account in self.outcome.report["accounts"] if account["host"] == host)


@pytest.fixture(scope="module")
def story(ministack: Server, tmp_path_factory: pytest.TempPathFactory) -> Story:
    ministack.reset()
    organization = build(ministack, fifty())
    at = {account.account_id: account.case for account in organization.accounts}
    gone: list[str] = []

    def before(account: str, action: str) -> None:
        if at.get(account) == SILENT and action == "iam:ListRolePolicies":
            time.sleep(10)
        if at.get(account) == VANISHES and action == "iam:ListAttachedRolePolicies" and not gone:
            gone.append(account)
            _delete_role(organization, account)

    def after(account: str, action: str, answer: bytes) -> bytes:
        if at.get(account) == GARBLED and action == "iam:GetRolePolicy":
            return re.sub(
                rb"<PolicyDocument>.*</PolicyDocument>", b"<PolicyDocument>%7Bnot json</PolicyDocument>", answer
            )
        return answer

    with recorded(organization, Recording(before=before, after=after)) as (through, _recording):
        directory: Path = tmp_path_factory.mktemp("fifty")
        arguments = ("--forks", "8", "-e", "restore_access_verify=false")
        progress = {"ANSIBLE_CALLBACKS_ENABLED": "cloudrestore.aws.progress", "CLOUDRESTORE_PROGRESS_INTERVAL": "1"}
        return Story(organization, playbook.run(through, "converge", directory, *arguments, extra=progress))


def _delete_role(organization: Organization, account_id: str) -> None:
    iam = client(organization.server, "iam", root(organization.server, account_id))
    name = {"RoleName": cases.RESTORE_ROLE}
    for policy in iam.list_attached_role_policies(**name)["AttachedPolicies"]:
        iam.detach_role_policy(**name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(**name)


def test_every_other_account_is_what_it_should_be(story: Story):
    expected = {account.case: account.after for account in story.organization.accounts}
    # A role that somebody deletes while it is read is looked up again, and made anew.
    broken = {REFUSES: "failed", SILENT: "failed", VANISHES: "converged", GARBLED: "blocked"}
    assert len(expected) == ACCOUNTS
    assert story.outcome.statuses == expected | broken


def test_progress_is_told_from_time_to_time_and_at_the_end(story: Story):
    told = re.findall(r"^Converge: (\d+) of 50 accounts, (\d+) drifted, (\d+) failed", story.outcome.output, re.M)
    assert len(told) > 1
    # Those that were changed, the one that vanished, and the one that cannot be fixed.
    changed = sum(1 for account in story.organization.accounts if account.after == "converged") + 2
    assert told[-1] == ("50", str(changed), "2")


def test_the_exit_code_says_that_not_all_went_well(story: Story):
    assert story.outcome.returncode == 2


@pytest.mark.parametrize(
    ("host", "words"),
    [
        (REFUSES, ["sts:AssumeRole", "was refused", "trust policy must allow the caller"]),
        (SILENT, ["iam:ListRolePolicies", "cannot be reached"]),
    ],
)
def test_each_broken_account_says_what_is_wrong_and_where(story: Story, host: str, words: list[str]):
    entry = story.entry(host)
    assert entry["account_id"] in entry["message"]
    for word in [*words, cases.RESTORE_ROLE]:
        assert word in entry["message"]
    assert "Traceback" not in story.outcome.output


def test_an_unreadable_policy_is_named(story: Story):
    """It makes nothing allowed or denied."""
    entry = story.entry(GARBLED)
    assert {(blocked["verdict"], blocked["policy"]) for blocked in entry["unresolved"]} == {("unreadable", "theirs")}
    assert entry["changes"] == []


def test_a_second_run_over_the_others_changes_nothing(story: Story, tmp_path: Path):
    others = tuple(account for account in story.organization.accounts if "-" in account.case and account.number < 34)
    again = playbook.run(
        replace(story.organization, accounts=others), "converge", tmp_path, "-e", "restore_access_verify=false"
    )
    assert set(again.statuses.values()) == {"compliant"}
    assert again.returncode == 0
