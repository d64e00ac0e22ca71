# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet converged by the real playbook while 5 % of all API calls fail, at random and in every way of microburst.

Run after run, each on the accounts that the one before has not brought to an end, until there are none; after each run every
account's entry in the report is compared with what the account really holds. ACCOUNTS=1000, else 60. The figures are
written to .build/storm.json.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, faults, playbook
from tests.emulator.organization import Organization, build, fill
from tests.emulator.scenarios import FOREIGN, THEIRS, Account, run
from tests.emulator.server import BUILD, Server

ACCOUNTS = int(os.environ.get("ACCOUNTS", "60"))
SHARE = 0.05
MOST_RUNS = 12
# Accounts of one job.
SLICE = 125
AT_ONCE = 16
GOOD = {"converged", "compliant"}
OPTIONS = {"appliance_external_id": cases.EXTERNAL_ID}


@dataclass(frozen=True)
class Member(cases.Account):
    """One of more accounts than the sample organization has numbers for."""

    @property
    def account_id(self) -> str:
        return f"36{self.number:010d}"


# What is left to do when it begins: everything, some statements and actions, a policy with no room for a version, nothing.
STATES: tuple[cases.Principal | None, ...] = (
    None,
    cases.Principal(
        trust=(FOREIGN, cases.BACKUP), managed={"theirs": (cases.allow(*cases.ACTIONS[3:]),)}, inline={"theirs": THEIRS}
    ),
    cases.Principal(
        trust=(*cases.TRUST, FOREIGN),
        managed={cases.OWN_POLICY: tuple(cases.allow(*cases.ACTIONS[:number]) for number in (5, 10, 15, 20, 25))},
        inline={"theirs": THEIRS},
    ),
    cases.Principal(trust=(*cases.TRUST, FOREIGN), inline={"theirs": THEIRS}),
)


@dataclass(frozen=True)
class Run:
    """``left``: by host, the operations that were left to do before it and after it, as a look without faults finds them."""

    number: int
    outcome: playbook.Outcome
    left_before: dict[str, list[str]]
    left_after: dict[str, list[str]]
    seconds: float

    @property
    def entries(self) -> list[dict[str, Any]]:
        assert self.outcome.report is not None, self.outcome.output
        accounts: list[dict[str, Any]] = self.outcome.report["accounts"]
        return accounts

    def told_rightly(self, entry: dict[str, Any]) -> str:
        """What is wrong in an account's entry; empty if nothing is."""
        before, after = set(self.left_before[entry["host"]]), set(self.left_after[entry["host"]])
        changes = {change["operation"] for change in entry["changes"]}
        made = before - after
        if entry["status"] not in GOOD | {"failed"}:
            return "no such status was to be expected"
        if entry["status"] in GOOD and (after or (entry["status"] == "converged") != bool(changes)):
            return f"success, and {after} is left"
        if not changes <= made:
            return f"{changes - made} is told and was not made"
        unsaid = [operation for operation in made - changes if f"whether {operation}" not in entry["message"]]
        if unsaid:
            return f"{unsaid} was made and is not told"
        if entry["status"] == "failed" and not entry["message"]:
            return "no reason"
        return ""


@dataclass(frozen=True)
class Story:
    organization: Organization
    runs: list[Run]
    straight: dict[str, Account]


def weather() -> list[faults.Rule]:
    """Each way of failing with its part of the share."""
    part = SHARE / len(faults.MICROBURST)
    return [{"service": "*", "probability": part, **effect} for effect in faults.MICROBURST.values()]


def left_to_do(straight: dict[str, Account]) -> dict[str, list[str]]:
    def of(item: tuple[str, Account]) -> tuple[str, list[str]]:
        return item[0], [change["operation"] for change in run(item[1], OPTIONS, check=True)["changes"]]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(pool.map(of, straight.items()))


def sliced(organization: Organization, place: Path) -> playbook.Outcome:
    """The accounts in jobs side by side, as AWX slices a fleet, and their reports as one."""
    number = -(-len(organization.accounts) // SLICE)

    def job(part: int) -> playbook.Outcome:
        mine = replace(organization, accounts=organization.accounts[part::number])
        # The appliance's own side is read once for the whole fleet, and is not what this is about.
        apart = ["--forks", "4", "-e", "restore_access_appliance_assume_role_arn="]
        return playbook.run(mine, "converge", place / str(part), *apart, seconds=3600)

    with ThreadPoolExecutor(number) as pool:
        done = list(pool.map(job, range(number)))
    entries = [entry for each in done for entry in (each.report or {"accounts": []})["accounts"]]
    output = "\n".join(each.output for each in done)
    return playbook.Outcome(done[0].command, max(each.returncode for each in done), output, {"accounts": entries})


def runs(organization: Organization, straight: dict[str, Account], directory: Path) -> Iterator[Run]:
    left, accounts = left_to_do(straight), organization.accounts
    for number in range(MOST_RUNS):
        begun = time.monotonic()
        outcome = sliced(replace(organization, accounts=accounts), directory / str(number))
        seconds = time.monotonic() - begun
        after = left_to_do({account.case: straight[account.case] for account in accounts})
        done = Run(number, outcome, left, after, seconds)
        yield done
        ended_well = {entry["host"] for entry in done.entries if entry["status"] in GOOD}
        left, accounts = after, tuple(account for account in accounts if account.case not in ended_well)
        if not accounts:
            return


@pytest.fixture(scope="module")
def story(ministack: Server, tmp_path_factory: pytest.TempPathFactory) -> Story:
    ministack.reset()
    members = tuple(
        Member(f"host-{number:04}", number, "", "", "", STATES[number % len(STATES)]) for number in range(ACCOUNTS)
    )
    straight = {member.case: Account(ministack.endpoint, member.account_id) for member in members}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda member: fill(straight[member.case].iam, member), members))
    organization = replace(build(ministack, ()), accounts=members)
    with faults.above(ministack) as sky:
        sky.rules("POST", weather())
        stormy = replace(organization, server=replace(ministack, endpoint=sky.endpoint))
        done = list(runs(stormy, straight, tmp_path_factory.mktemp("storm")))
    (BUILD / "storm.json").write_text(json.dumps(figures(done), indent=2) + "\n")
    return Story(organization, done, straight)


def figures(done: list[Run]) -> dict[str, Any]:
    return {
        "accounts": ACCOUNTS,
        "runs": [
            {
                "accounts": len(each.entries),
                "statuses": dict(Counter(entry["status"] for entry in each.entries)),
                "entries that are wrong": sum(bool(each.told_rightly(entry)) for entry in each.entries),
                "seconds": round(each.seconds),
            }
            for each in done
        ],
    }


def test_the_report_is_right_about_every_account(story: Story):
    wrong = [
        (run.number, entry["host"], entry["status"], run.told_rightly(entry), entry["message"])
        for run in story.runs
        for entry in run.entries
        if run.told_rightly(entry)
    ]
    assert wrong == []


def test_each_run_reports_each_account_once_and_ends_accordingly(story: Story):
    for each in story.runs:
        assert sorted(entry["host"] for entry in each.entries) == sorted(each.left_after), each.outcome.output
        assert (each.outcome.returncode == 0) == all(entry["status"] in GOOD for entry in each.entries)


def test_faults_did_come_up(story: Story):
    assert any(entry["status"] == "failed" for each in story.runs for entry in each.entries)


def test_all_converge_in_the_end_and_nothing_of_others_is_lost(story: Story):
    assert [host for host, left in left_to_do(story.straight).items() if left] == []
    for number, account in enumerate(story.straight.values()):
        if STATES[number % len(STATES)] is not None:
            trust = account.iam.get_role(RoleName=cases.RESTORE_ROLE)["Role"]["AssumeRolePolicyDocument"]
            inline = account.iam.get_role_policy(RoleName=cases.RESTORE_ROLE, PolicyName="theirs")["PolicyDocument"]
            assert (FOREIGN in trust["Statement"], inline) == (True, THEIRS)
