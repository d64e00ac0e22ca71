# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The workflows of the configuration data, followed from a drifted fleet to a compliant one, in one job or in slices."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.awx import configuration, job, workflow
from tests.awx.job import Controller, Job, Launch
from tests.awx.stage import Stage, set_up
from tests.awx.workflow import FAILED, SUCCESSFUL, Run
from tests.emulator import cases, server
from tests.emulator.organization import client, dump, root
from tests.emulator.server import Server

WHOLE, SLICED = "cloudrestore drift to verified", "cloudrestore drift to verified, sliced"
FLEET = ("compliant", "no-role", "no-backup-trust", "no-appliance-trust", "wrong-external-id", "three-missing")
DRIFTED = set(FLEET) - {"compliant"}
JSON_ONLY = {"restore_access_report_formats": ["json"]}
# The summaries are all there is then.
NO_BUCKET = JSON_ONLY | {"restore_access_report_bucket": ""}
UNDO = {"snapshots", "journal"}
TO_VERIFIED = [
    ("drift_report", FAILED),
    *((node, SUCCESSFUL) for node in ("decide", "approve", "converge", "verify", "report")),
]


@dataclass
class Story:
    """A workflow from drift to verified. ``before``: artifacts and writes at the time of the approval; ``objects``: the bucket.

    ``more``: what was run after it.
    """

    run: Run
    before: list[tuple[Mapping[str, Any], dict[str, list[str]]]]
    writes: dict[str, list[str]]
    objects: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    report: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def look_back(self, stage: Stage) -> None:
        """At the bucket, and at the credentials that were in use."""
        artifacts = self.run.nodes["report"].artifacts
        (key,) = [artifact for artifact in artifacts if artifact.startswith("cloudrestore_fleet_verify_")]
        self.report = stage.fetched(artifacts[key]["objects"]["json"])
        self.objects, self.secrets = stage.objects(), stage.secrets


def followed(stage: Stage, name: str) -> Story:
    before: list[tuple[Mapping[str, Any], dict[str, list[str]]]] = []

    def approve(artifacts: Mapping[str, Any]) -> bool:
        before.append((artifacts, stage.writes))
        return True

    run = workflow.follow(stage.controller, name, approve, answers=JSON_ONLY)
    return Story(run, before, stage.writes)


def not_asked(_artifacts: Mapping[str, Any]) -> bool:
    raise AssertionError("there is nothing to approve")


def with_all_well(stage: Stage, directory: Path) -> Story:
    """From drift to verified, and once more when all is well."""
    story = followed(stage, WHOLE)
    controller = replace(stage.controller, directory=directory)
    story.more["again"] = workflow.follow(controller, WHOLE, not_asked, answers=NO_BUCKET)
    story.more["writes"] = stage.writes
    return story


@dataclass
class Trouble:
    """Workflows that do not end well: declined, of a fleet with nothing to approve, and a decision on half of the reports."""

    declined: Run
    asked: list[Mapping[str, Any]]
    broken: Run
    late: Job
    writes: dict[str, list[str]]
    moved: Run
    written: dict[str, list[str]]


def with_trouble(stage: Stage, directory: Path) -> Trouble:
    asked: list[Mapping[str, Any]] = []

    def decline(artifacts: Mapping[str, Any]) -> bool:
        asked.append(artifacts)
        return False

    def edited(_artifacts: Mapping[str, Any]) -> bool:
        (account,) = [account for account in stage.organization.accounts if account.case == "no-backup-trust"]
        iam = client(stage.server, "iam", root(stage.server, account.account_id))
        iam.tag_role(RoleName=cases.RESTORE_ROLE, Tags=[{"Key": "edited", "Value": "after the drift report"}])
        return True

    def of(*names: str) -> Controller:
        hosts = {name: host for name, host in stage.controller.hosts.items() if name in names}
        return replace(stage.controller, hosts=hosts, directory=directory / names[-1])

    declined = workflow.follow(of("explicit-deny", "no-backup-trust"), WHOLE, decline, answers=NO_BUCKET)
    small = of("explicit-deny", "refuses-assume-role")
    broken = workflow.follow(small, WHOLE, not_asked, answers=NO_BUCKET)
    (summary,) = broken.nodes["drift_report"].artifacts.values()
    half = {"cloudrestore_drift_report_7": {**summary, "accounts": 1, "drifted": 1, "blocked": 0, "failed": 0}}
    late = job.run(small, Launch("cloudrestore decide", 950, variables=half))
    writes = stage.writes
    moved = workflow.follow(
        replace(of("no-backup-trust"), directory=directory / "moved"), WHOLE, edited, answers=JSON_ONLY
    )
    return Trouble(declined, asked, broken, late, writes, moved, stage.writes)


@pytest.fixture(scope="module")
def stories(ministack: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Story, Trouble]:
    """Side by side, since a job that is not sliced keeps one processor busy."""
    place = tmp_path_factory.mktemp("awx")
    with (
        server.ministack() as other,
        set_up(ministack, place / "whole", *FLEET) as fleet,
        set_up(other, place / "trouble", "no-backup-trust", "explicit-deny", "refuses-assume-role") as small,
        ThreadPoolExecutor(2) as pool,
    ):
        well = pool.submit(with_all_well, fleet, place / "again")
        trouble = pool.submit(with_trouble, small, place / "trouble")
        story = well.result()
        story.look_back(fleet)
        return story, trouble.result()


@pytest.fixture(scope="module")
def whole(stories: tuple[Story, Trouble]) -> Story:
    return stories[0]


@pytest.fixture(scope="module")
def trouble(stories: tuple[Story, Trouble]) -> Trouble:
    return stories[1]


@pytest.fixture(scope="module")
def sliced(ministack: Server, stories: object, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """In slices, and rolled back then: one slice as a check, then all of them."""
    with set_up(ministack, tmp_path_factory.mktemp("sliced"), *FLEET) as stage:
        at_start = contents(stage)
        story = followed(stage, SLICED)
        story.more["changed"] = contents(stage) != at_start
        first = {case for case in sorted(FLEET)[::3] if case in DRIFTED}
        for number, kind, limit in ((900, "check", first), (901, "run", DRIFTED)):
            answers = {"restore_access_snapshot": snapshots_of(story.run)}
            launch = Launch(
                "cloudrestore rollback",
                number,
                answers,
                JSON_ONLY,
                job_type=kind,
                limit=",".join(sorted(limit)),
                verbosity=3,
            )
            story.more[kind] = job.run(stage.controller, launch)
            story.more[f"as before after {kind}"] = contents(stage) == at_start
        story.look_back(stage)
    return story


def contents(stage: Stage) -> dict[str, Any]:
    """The principals of each account, without the role that the automation comes in by."""
    stored = {account.case: dump(stage.server, account.account_id) for account in stage.organization.accounts}
    for content in stored.values():
        content["roles"].pop(cases.MEMBER_ROLE)
    return stored


def artifacts_of(run: Run, node: str) -> list[Mapping[str, Any]]:
    """The summaries that the jobs of a node handed on."""
    return [value for job in run.nodes[node].jobs for key, value in job.artifacts.items()]


def snapshots_of(run: Run) -> str:
    """The one place that every job of converge that changed something hands on."""
    (place,) = {artifact["snapshots"] for artifact in artifacts_of(run, "converge") if "snapshots" in artifact}
    return str(place)


@pytest.fixture(params=[WHOLE, SLICED])
def story(request: pytest.FixtureRequest) -> Story:
    told: Story = request.getfixturevalue("whole" if request.param == WHOLE else "sliced")
    return told


def test_the_way_leads_over_approval_to_a_fleet_that_is_ready(story: Story):
    """Decision, approval, converge, verify."""
    assert story.run.path == TO_VERIFIED
    assert story.run.status == SUCCESSFUL
    assert story.report["summary"] == story.report["summary"] | {"accounts": len(FLEET), "compliant": len(FLEET)}


def test_nothing_is_changed_before_it_is_approved(story: Story):
    """And then only what had drifted."""
    ((artifacts, writes),) = story.before
    assert writes == {}
    (decision,) = [value for key, value in artifacts.items() if key.startswith("cloudrestore_decision_")]
    assert decision == {"converge": True, "accounts": 6, "drifted": len(DRIFTED), "blocked": 0, "not_examined": 0}
    assert set(story.writes) == DRIFTED


def test_what_is_approved_is_one_plan_that_converge_carries_out(story: Story):
    """Of all slices."""
    ((artifacts, _writes),) = story.before
    handed_on = artifacts["restore_access_plan"]
    plan = json.loads(story.objects[handed_on["plan"].removeprefix("s3://cloudrestore-reports/")])
    assert {account["host"] for account in plan["accounts"]} == set(FLEET)
    approved = {
        account["host"]: [operation["operation"] for operation in account["operations"]] for account in plan["accounts"]
    }
    done: dict[str, list[str]] = {}
    for converged in story.run.nodes["converge"].jobs:
        report = next(text for name, text in converged.files.items() if name.endswith("Z.json"))
        done |= {
            account["host"]: [change["operation"] for change in account["changes"]]
            for account in json.loads(report)["accounts"]
        }
    assert done == approved
    assert {host for host, operations in done.items() if operations} == DRIFTED


def test_an_account_edited_after_the_approval_is_not_touched(trouble: Trouble):
    assert ("converge", FAILED) in trouble.moved.path
    assert trouble.written == trouble.writes
    (converged,) = trouble.moved.nodes["converge"].jobs
    assert "no longer matches the plan: its settings changed" in converged.said


def test_drift_is_told_as_drift_and_not_as_failure(story: Story):
    assert story.run.told == [("cloudrestore drift", "decide"), ("cloudrestore drift", "approve")]


def test_the_slices_of_a_job_share_the_accounts(sliced: Story):
    """Each has every third one, and none is lost."""
    hosts = sorted(FLEET)
    for node in ("drift_report", "converge", "verify"):
        jobs = sliced.run.nodes[node].jobs
        assert [job.launch.piece for job in jobs] == [(1, 3), (2, 3), (3, 3)]
        assert [examined(job) for job in jobs] == [set(hosts[number::3]) for number in range(3)]
        # Three keys for three jobs: the artifacts of none take the place of another's.
        assert len({key for job in jobs for key in job.artifacts}) == 3


def examined(job: Job) -> set[str]:
    report = next(text for name, text in job.files.items() if name.endswith("Z.json"))
    return {account["host"] for account in json.loads(report)["accounts"]}


def test_in_slices_or_not_the_merged_report_says_the_same(whole: Story, sliced: Story):
    assert essence(whole.report) == essence(sliced.report)
    assert {account["host"] for account in whole.report["accounts"]} == set(FLEET)


def essence(report: Mapping[str, Any]) -> dict[str, Any]:
    # Each job of slices is a run of its own.
    return {key: value for key, value in report.items() if key not in ("generated_at", "runs", "history")}


def test_the_snapshots_of_all_slices_are_in_one_place(sliced: Story):
    """Each slice has its journal."""
    place = snapshots_of(sliced.run)
    assert re.fullmatch(r"s3://cloudrestore-reports/cloudrestore/snapshots/converge-job-\d+", place)
    changed = {account.account_id for account in cases.ACCOUNTS if account.case in DRIFTED}
    objects = [key for key in sliced.objects if f"s3://cloudrestore-reports/{key}".startswith(f"{place}/")]
    # A snapshot, and beside it the journal of the run.
    for form in (".json", ".jsonl"):
        names = sorted(key.rsplit("/", 1)[1] for key in objects if key.endswith(form))
        assert [name.split("-")[0] for name in names] == sorted(changed)
    journals = [artifact["journal"] for artifact in artifacts_of(sliced.run, "converge")]
    assert len(set(journals)) == 3
    texts = [sliced.objects[journal.removeprefix("s3://cloudrestore-reports/")] for journal in journals]
    lines = [json.loads(line) for text in texts for line in text.splitlines()]
    assert {line["run_id"] for line in lines} == {place.rsplit("/", 1)[1]}
    made = {line["account_id"] for line in lines if line["outcome"] == "made" and line["request_id"]}
    assert made == changed


def test_only_a_job_that_changed_something_hands_on_snapshots(story: Story):
    """And a journal."""
    jobs = [*story.run.jobs, *(job for job in story.more.values() if isinstance(job, Job))]
    told = [
        (job.launch.template, job.launch.job_type)
        for job in jobs
        for value in job.artifacts.values()
        if UNDO & set(value)
    ]
    converged = [("cloudrestore converge", "")] * len(story.run.nodes["converge"].jobs)
    assert told == converged + ([("cloudrestore rollback", "run")] if "run" in story.more else [])
    assert all(set(artifact) >= UNDO for artifact in artifacts_of(story.run, "converge"))


def test_when_all_is_well_nobody_is_asked(whole: Story):
    """Nothing is changed, and it takes no bucket."""
    again: Run = whole.more["again"]
    assert again.path == [("drift_report", SUCCESSFUL), ("report_unchanged", SUCCESSFUL)]
    assert (again.status, again.told) == (SUCCESSFUL, [])
    (summary,) = artifacts_of(again, "report_unchanged")
    assert (summary["accounts"], summary["compliant"]) == (len(FLEET), len(FLEET))
    assert whole.more["writes"] == whole.writes


def test_the_run_is_undone_from_the_snapshots_of_all_slices(sliced: Story):
    assert sliced.more["changed"]
    assert (sliced.more["check"].status, sliced.more["as before after check"]) == (SUCCESSFUL, False)
    assert (sliced.more["run"].status, sliced.more["as before after run"]) == (SUCCESSFUL, True)


def test_every_job_template_was_run(whole: Story, sliced: Story):
    jobs = [*whole.run.jobs, sliced.more["run"]]
    assert {job.launch.template for job in jobs} == set(configuration.load().templates)


def test_the_drift_report_shows_what_would_be_changed(whole: Story):
    (report,) = whole.run.nodes["drift_report"].jobs
    results = [
        event["event_data"]["res"]
        for event in report.events
        if event["event"] == "runner_on_ok" and event.get("event_data")
    ]
    assert sum(bool(result.get("diff")) for result in results) >= len(DRIFTED)
    written = ("reports/drift_report-", "reports/plan-drift_report-", "reports/history/drift_report-")
    assert all(any(name.startswith(start) for name in report.files) for start in written)
    assert set(report.files) == {name for name in report.files if name.startswith(written)}


def test_artifacts_are_small_and_say_where_the_rest_is(story: Story):
    for done in story.run.jobs:
        assert len(json.dumps(done.artifacts)) < 6000, done.launch.template
        summaries = [value for name, value in done.artifacts.items() if name != "restore_access_plan"]
        for summary in summaries:
            for url in [*summary.get("objects", {}).values(), *([summary["journal"]] if "journal" in summary else [])]:
                assert url.removeprefix("s3://cloudrestore-reports/") in story.objects


def test_no_secret_is_in_anything_that_a_job_leaves(story: Story):
    """No event, no artifact, no file, and not the bucket."""
    jobs = [*story.run.jobs, *(job for job in story.more.values() if isinstance(job, Job))]
    said = {f"{job.launch.template} {job.launch.number}": job.said for job in jobs}
    assert len(story.secrets) > 6
    leaks = [
        (place, secret) for place, text in (said | story.objects).items() for secret in story.secrets if secret in text
    ]
    assert leaks == []


def test_drift_that_is_not_approved_ends_the_workflow_as_failed(trouble: Trouble):
    """The drift stays."""
    run = trouble.declined
    way = [("drift_report", FAILED), ("decide", SUCCESSFUL), ("approve", FAILED), ("report_unchanged", FAILED)]
    assert (run.path, run.status) == (way, FAILED)
    # One blocked account does not keep the drifted one from being fixed, and is counted for whoever approves.
    counts = {"converge": True, "accounts": 2, "drifted": 1, "blocked": 1, "not_examined": 0}
    assert [asked["cloudrestore_decision_103"] for asked in trouble.asked] == [counts]
    assert trouble.writes == {}
    assert "2 of 2 accounts need attention" in run.nodes["report_unchanged"].jobs[0].messages


def test_an_account_that_is_blocked_is_a_failure_and_no_drift(trouble: Trouble):
    """As is one that cannot be read."""
    run = trouble.broken
    assert run.path == [("drift_report", FAILED), ("decide", FAILED), ("report_unchanged", FAILED)]
    assert (run.status, run.told) == (FAILED, [("cloudrestore failure", "workflow")])
    words = "No account has drifted in a way that a run could fix. 1 blocked, 1 failed"
    assert words in run.nodes["decide"].jobs[0].messages


def test_drift_in_some_accounts_is_no_decision_for_all(trouble: Trouble):
    """The reports are of some accounts only."""
    assert not trouble.late.ended_well
    assert "about 1 accounts, and the inventory has 2: a slice has no report" in trouble.late.messages
