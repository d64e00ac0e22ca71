# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Single jobs and the inventory source of the configuration data: what people type in stays text, and what cannot be stored is reported."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.awx import configuration, job
from tests.awx.job import Controller, Job, Launch
from tests.awx.stage import BUCKET, MANAGEMENT_ROLE, Stage, documented, set_up
from tests.emulator import cases, fleet
from tests.emulator.desk import desk
from tests.emulator.organization import client, root
from tests.emulator.server import ROOT, Server

TYPED = "{{ lookup('env', 'AWS_SECRET_ACCESS_KEY') }}"
# What the rollback says instead of the text, since that is not of the form that a run writes.
REFUSED = "restore_access_snapshot must be the artifact snapshots of the jobs of a run"
TEMPLATES = configuration.load().templates


def typed_in() -> Iterator[tuple[str, dict[str, Any]]]:
    """(job template, answers): the text in every place where people can type one.

    The hosts by themselves: where none is found, nothing else is looked at.
    """
    for name, template in TEMPLATES.items():
        texts = [
            question["variable"]
            for question in template.get("survey_spec", {}).get("spec", ())
            if question["type"] in ("text", "textarea")
        ]
        for chosen in (
            {text for text in texts if text != "restore_access_hosts"},
            {"restore_access_hosts"} & set(texts),
        ):
            if chosen:
                yield name, dict.fromkeys(sorted(chosen), TYPED)


@pytest.fixture(scope="module")
def stage(ministack: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with set_up(ministack, tmp_path_factory.mktemp("jobs"), "no-backup-trust") as made:
        yield made


def run(controller: Controller, launches: Sequence[Launch]) -> list[Job]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda launch: job.run(controller, launch), launches))


def test_what_is_typed_into_a_survey_stays_text(stage: Stage):
    launches = [
        Launch(name, number, {**answers, "restore_access_report_formats": ["json"]}, job_type="run", verbosity=3)
        for number, (name, answers) in enumerate(typed_in(), 1)
    ]
    jobs = run(stage.controller, launches)
    assert len(jobs) == 7
    for ended in jobs:
        assert not ended.ended_well, ended.launch
        assert (REFUSED if "restore_access_snapshot" in ended.launch.answers else TYPED) in ended.messages, ended.output
    said = "\n".join([*(job.said for job in jobs), *stage.objects().values()])
    assert [secret for secret in stage.secrets if secret in said] == []
    assert stage.writes == {}


def test_nothing_is_changed_where_the_snapshot_cannot_be_kept(stage: Stage, tmp_path: Path):
    policy = documented("user.json")
    policy["Statement"] = [statement for statement in policy["Statement"] if statement["Sid"] != "KeepReports"]
    with user_with(stage, policy):
        controller = replace(stage.controller, directory=tmp_path)
        launches = [Launch(f"cloudrestore {name}", number) for number, name in enumerate(("converge", "drift report"))]
        jobs = run(controller, launches)
    converge, report = jobs
    assert [job.ended_well for job in jobs] == [False, False]
    assert f"the snapshot cannot be written to the bucket {BUCKET} (AccessDenied" in converge.messages
    assert "s3:PutObject" in converge.messages
    assert stage.writes == {}
    # A report that was made is reported, even if it could not be uploaded.
    for ran, status in ((converge, "failed"), (report, "drifted")):
        assert f"The report cannot be uploaded to the bucket {BUCKET}" in ran.messages
        (summary,) = ran.artifacts.values()
        assert summary[status] == 1
        assert {"objects", "snapshots", "journal"} & set(summary) == set()
    # What Automation Platform counts: the role of each account, although its whole results are in files.
    (account,) = stage.organization.accounts
    assert report.nodes == {f"arn:aws:iam::{account.account_id}:role/{cases.RESTORE_ROLE}"}


@contextlib.contextmanager
def user_with(stage: Stage, policy: Mapping[str, Any]) -> Iterator[None]:
    """The automation's user has another policy for a while."""
    iam = client(stage.server, "iam", root(stage.server, cases.MANAGEMENT_ACCOUNT))
    for document in (policy, documented("user.json")):
        iam.put_user_policy(UserName=cases.AUTOMATION_USER, PolicyName="assume", PolicyDocument=json.dumps(document))
        if document is policy:
            yield


def test_the_organization_is_read_through_the_management_role(stage: Stage, tmp_path: Path):
    """With the external ID, and the policy of the document."""
    iam = client(stage.server, "iam", root(stage.server, cases.MANAGEMENT_ACCOUNT))
    answers = {"restore_access_check_organization_policies": "true", "restore_access_report_bucket": ""}
    texts = []
    for number, sid in enumerate(("", "ReadTheOrganization")):
        policy = documented("management.json")
        policy["Statement"] = [
            statement | {"Effect": "Deny" if statement["Sid"] == sid else "Allow"} for statement in policy["Statement"]
        ]
        iam.put_role_policy(RoleName=MANAGEMENT_ROLE, PolicyName="organization", PolicyDocument=json.dumps(policy))
        controller = replace(stage.controller, directory=tmp_path)
        texts.append(job.run(controller, Launch("cloudrestore verify", number, answers)).messages)
    # None of the sample's accounts is in the emulator's organization; only who has read it knows that.
    words = "is not among the accounts that were read of the organization"
    assert [words in text for text in texts] == [True, False]
    assert "organizations:" in texts[1]
    assert "was refused" in texts[1]


def test_the_document_has_the_same_fields_as_the_data():
    loaded = configuration.load()
    kind = loaded.named("controller_credential_types", "cloudrestore AWS fleet")
    inputs = kind["inputs"] | {
        "fields": [{k: v for k, v in field.items() if k != "help_text"} for field in kind["inputs"]["fields"]]
    }
    assert documented("inputs.yml", {}) == inputs
    assert documented("injectors.yml", {}) == kind["injectors"]
    (source,) = loaded.kinds["controller_inventory_sources"].values()
    assert documented("source_vars.yml", {}) == source["source_vars"]


def test_the_inventory_source_lists_what_awx_would_import(moto: Server, tmp_path: Path):
    moto.reset()
    organization = fleet.organizations(moto.endpoint)
    organization.create_organization(FeatureSet="ALL")
    for name in ("orders", "pay & ship"):
        organization.create_account(AccountName=name, Email=f"{name[:3]}@example.com")
    arn, external_id = f"arn:aws:iam::{fleet.MANAGEMENT}:role/Reader", "an-external-id"
    loaded = configuration.load(
        cloudrestore_management_role_arn=arn,
        cloudrestore_external_id=external_id,
        cloudrestore_member_role="Operator",
    )
    (source,) = loaded.kinds["controller_inventory_sources"].values()
    with desk(tmp_path, moto) as (here, weather):
        command = ["ansible-inventory", "--list", "--export", "-i", str(ROOT / source["source_path"])]
        done = here.run(*command, **source["source_vars"], ANSIBLE_INVENTORY_UNPARSED_FAILED="True")
    assert done.returncode == 0, done.errors
    hosts = json.loads(done.output)["_meta"]["hostvars"]
    assert sorted(name.rpartition("-")[0] for name in hosts) == ["master", "orders", "pay-ship"]
    for name, host in hosts.items():
        assert host["restore_access_assume_role_arn"] == f"arn:aws:iam::{host['account_id']}:role/Operator"
        assert name.endswith(host["account_id"])
    # AWX keeps what is no plain text as it is, and a playbook would then see a dictionary.
    assert "__ansible_unsafe" not in done.output
    ((_operation, asked),) = [call for call in weather.calls if call[0] == "sts:AssumeRole"]
    assert (asked["RoleArn"], asked["ExternalId"]) == (arn, external_id)
