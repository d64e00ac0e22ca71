# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every run ends, and says so: accounts that are not answered in time, and a network that answers nobody."""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build, client, dump, root
from tests.emulator.recorder import Recording, recorded
from tests.emulator.server import Server
from tests.unit import silent_servers

SILENT, LOST, MODULE, GOOD = "silent", "lost", "as-a-module", "no-role"
# An answer is waited for longer than the account has time, so that the write is the last thing that it sends.
TIMEOUT = 5
SOON = {"restore_access_timeout": TIMEOUT, "restore_access_aws_config": {"read_timeout": TIMEOUT + 1}}


@dataclass
class Story:
    organization: Organization
    outcome: playbook.Outcome
    recording: Recording
    directory: Path

    def entry(self, host: str) -> dict[str, Any]:
        assert self.outcome.report is not None, self.outcome.output
        return next(account for account in self.outcome.report["accounts"] if account["host"] == host)


@pytest.fixture(scope="module")
def story(ministack: Server, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Nothing of one account is answered, of two others not one change, which is made; the fourth is as ever."""
    directory = tmp_path_factory.mktemp("ends")
    python = directory / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (template,) = (account for account in cases.ACCOUNTS if account.case == GOOD)
    more = {SILENT: SOON, LOST: SOON, MODULE: {**SOON, "ansible_python_interpreter": str(python)}, GOOD: {}}
    members = tuple(
        replace(template, case=name, number=number, host_vars=variables)
        for number, (name, variables) in enumerate(more.items(), 60)
    )
    ministack.reset()
    organization = build(ministack, members)
    at = {account.account_id: account.case for account in members}
    over = threading.Event()

    def before(account: str, _action: str) -> None:
        if at.get(account) == SILENT:
            over.wait(60)

    def after(account: str, action: str, answer: bytes) -> bytes:
        if at.get(account) in (LOST, MODULE) and action == "iam:CreateRole":
            over.wait(60)
        return answer

    with recorded(organization, Recording(before=before, after=after)) as (through, recording):
        outcome = playbook.run(through, "converge", directory, "--forks", "4")
        over.set()
    return Story(organization, outcome, recording, directory)


def test_one_account_that_is_not_answered_harms_no_other(story: Story):
    assert story.outcome.statuses == {SILENT: "failed", LOST: "failed", MODULE: "failed", GOOD: "converged"}
    assert story.outcome.returncode == 2


def test_it_says_what_it_waited_for_and_what_to_do(story: Story):
    entry = story.entry(SILENT)
    member = story.organization.account(SILENT)
    assert entry["message"].startswith(
        f"Account {member.account_id}, role /{cases.RESTORE_ROLE}: the account timed out at sts:"
    )
    assert f"no answer came within the {TIMEOUT} seconds" in entry["message"]
    assert "raise timeout" in entry["message"]


@pytest.mark.parametrize("host", [LOST, MODULE])
def test_a_change_without_an_answer_is_made_once_and_may_have_been_made(story: Story, host: str):
    """In Ansible's worker and as a module alike. The journal is ended."""
    account_id = story.organization.account(host).account_id
    lines = [
        json.loads(line) for line in (story.directory / "journal" / f"{account_id}.jsonl").read_text().splitlines()
    ]
    assert [(line["outcome"], line.get("operation")) for line in lines if line["outcome"] != "snapshot"] == [
        ("begun", "CreatePolicy"),
        ("made", "CreatePolicy"),
        ("begun", "CreateRole"),
        ("unconfirmed", "CreateRole"),
        ("ended", None),
    ]
    message = story.entry(host)["message"]
    assert "whether CreateRole on" in message
    assert f"within the {TIMEOUT} seconds" in message
    assert cases.RESTORE_ROLE in str(dump(story.organization.server, account_id))


# A network that answers nobody

HOSTS, FORKS, AFTER = 9, 2, 3
IDENTITY = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/a</Arn><UserId>AIDA</UserId>"
    b"<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def fleet(server: silent_servers.Server, variables: dict[str, Any]) -> dict[str, Any]:
    hosts = {f"account-{number}": {"account_id": f"{500000000000 + number}"} for number in range(HOSTS)}
    shared = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "restore_access_assume_role_arn": "arn:aws:iam::{{ account_id }}:role/Automation",
        "restore_access_appliance_principals": [cases.APPLIANCE_ARN],
        "restore_access_endpoint_url": server.url,
        "restore_access_timeout": 2,
        **variables,
    }
    return {"all": {"hosts": hosts, "vars": shared}}


@pytest.mark.parametrize("given_up_after", [AFTER, 0])
def test_what_nobody_is_answered_for_is_not_tried_for_everybody(
    enforced: Organization, tmp_path: Path, given_up_after: int
):
    """They share the network, and not their own fate: those that are not tried any more say so."""

    def answer(connection: socket.socket, request: bytes, _number: int) -> None:
        if b"Action=GetCallerIdentity" in request:
            silent_servers.answered(connection, IDENTITY)
        else:
            silent_servers.hold(server)

    with silent_servers.running(answer) as server:
        variables = {"restore_access_give_up_after": given_up_after}
        outcome = playbook.run(enforced, "drift_report", tmp_path, "--forks", str(FORKS), of=fleet(server, variables))
    assert outcome.report is not None, outcome.output
    messages = [entry["message"] for entry in outcome.report["accounts"]]
    tried = {match[0] for request in server.requests if (match := re.search(rb"5000000000\d\d", request))}
    given_up = [message for message in messages if message.startswith("Nothing was done for this account")]
    assert set(outcome.statuses.values()) == {"failed"}
    assert len(tried) + len(given_up) == HOSTS
    if not given_up_after:
        assert given_up == []
        return
    # Those that were being tried when the last one of them failed are let be.
    assert AFTER <= len(tried) < AFTER + FORKS
    assert f"{AFTER} accounts in a row" in given_up[0]
    assert f"127.0.0.1:{server.port} cannot be reached (OutOfTime" in given_up[0]


# A slice without accounts

SLICE = {
    "awx_job_id": 7,
    "awx_job_template_name": "cloudrestore verify",
    "awx_workflow_job_name": "cloudrestore verify",
}
WHOLE = SLICE | {"awx_workflow_job_name": "cloudrestore drift to verified"}


@pytest.mark.parametrize(
    ("name", "variables", "hosts", "ends_well"),
    [
        ("verify", SLICE, "production", True),
        ("verify", SLICE, "prodcution", False),
        ("verify", WHOLE, "production", False),
        ("merge_reports", WHOLE, "production", False),
    ],
)
def test_a_slice_without_accounts_ends_well_and_hides_no_mistake(
    enforced: Organization, tmp_path: Path, name: str, variables: dict[str, Any], hosts: str, ends_well: bool
):
    """Only a slice, and only for a group that is there: whoever merges has all accounts to count."""
    of = {"all": {"hosts": {"orders": {"account_id": "111122223333"}}, "children": {"production": {}}}}
    given = json.dumps(variables | {"restore_access_hosts": hosts})
    outcome = playbook.run(enforced, name, tmp_path, "-e", given, of=of)
    assert (outcome.returncode == 0) == ends_well, outcome.output
    assert outcome.report is None


# What a run that died left behind


def test_finish_tells_what_became_of_each_account_of_a_run(story: Story, tmp_path: Path):
    """From what is in the directory of the reports: it makes no call."""
    (run,) = (story.directory / "snapshots").iterdir()
    where = ["-e", f"restore_access_snapshot_directory={run.parent}", "-e", f"restore_access_dead_run={run.name}"]
    unreachable = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    outcome = playbook.run(story.organization, "finish", tmp_path, *where, extra=unreachable)
    assert outcome.statuses == {SILENT: "failed", LOST: "failed", MODULE: "failed", GOOD: "converged"}
    assert outcome.returncode == 2
    written = (tmp_path / f"finish-{run.name}.txt").read_text().splitlines()
    assert written[0] == "1 accounts done, 2 stopped in the middle, 1 not begun or without a change."
    check, apply = (line for line in written if "cloudrestore.aws.converge" in line)
    assert f"--limit {LOST},{MODULE},{SILENT}" in apply
    assert "--check" in check
    look, undo = (line for line in written if "cloudrestore.aws.rollback" in line)
    assert f"restore_access_snapshot={run}" in undo
    assert "--check" in look
    assert f"--limit {LOST},{MODULE},{GOOD}" in undo


def test_finish_reads_what_lies_in_a_bucket(enforced: Organization, tmp_path: Path):
    """As after a job of AWX, whose directory is gone."""
    server, management = enforced.server, root(enforced.server, cases.MANAGEMENT_ACCOUNT)
    client(server, "s3", management).create_bucket(Bucket="my-reports")
    user = {"UserName": cases.AUTOMATION_USER, "PolicyName": "reports"}
    client(server, "iam", management).put_user_policy(**user, PolicyDocument=json.dumps(cases.allow("s3:*")))
    one = replace(enforced, accounts=(enforced.account("three-missing"),))
    bucket = ["-e", "restore_access_report_bucket=my-reports"]
    made = playbook.run(one, "converge", tmp_path / "job", *bucket, "-e", "restore_access_run_id=converge-job-7")
    assert made.returncode == 0, made.output
    outcome = playbook.run(one, "finish", tmp_path / "later", *bucket, "-e", "restore_access_dead_run=converge-job-7")
    assert outcome.statuses == {"three-missing": "converged"}, outcome.output
    assert outcome.changes == made.changes
    told = (tmp_path / "later" / "finish-converge-job-7.txt").read_text()
    assert "restore_access_snapshot=s3://my-reports/cloudrestore/snapshots/converge-job-7" in told
