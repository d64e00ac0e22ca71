# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of a drift report, approved, is what converge carries out: no more, no less, and nothing anywhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, client, dump, root
from tests.emulator.recorder import recorded
from tests.integration.test_kill_and_race import essence

PLANNED = ("three-missing", "no-backup-trust", "no-role", "compliant")
LATER = "compliant-rewritten"
ENTER = f"arn:aws:iam::{{{{ account_id }}}}:role/{cases.MEMBER_ROLE}"


Planned = tuple[Organization, Path]


def inventory(organization: Organization, *of: str) -> dict[str, Any]:
    shared = {
        "restore_access_appliance_principals": [cases.APPLIANCE_ARN],
        "restore_access_appliance_external_id": cases.EXTERNAL_ID,
        "restore_access_assume_role_arn": ENTER,
    }
    hosts = {case: {"account_id": organization.account(case).account_id} for case in of}
    return {"all": {"hosts": hosts, "vars": shared}}


def iam(organization: Organization, case: str) -> Any:
    return client(organization.server, "iam", root(organization.server, organization.account(case).account_id))


def contents(organization: Organization, case: str) -> Any:
    return essence(dump(organization.server, organization.account(case).account_id))


@pytest.fixture(scope="module")
def planned(enforced: Organization, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """The plan of four accounts, as all tests but the last leave them."""
    directory = tmp_path_factory.mktemp("report")
    outcome = playbook.run(enforced, "drift_report", directory, of=inventory(enforced, *PLANNED))
    (plan,) = directory.glob("plan-drift_report-*.json")
    assert f"-e restore_access_plan={plan}" in " ".join(outcome.output.split())
    return enforced, plan


def test_other_options_than_those_of_the_plan_do_nothing(planned: Planned, tmp_path: Path):
    organization, plan = planned
    before = {case: contents(organization, case) for case in PLANNED}
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    given = {"restore_access_plan": str(plan), "restore_access_additional_statements": [statement]}
    hosts = inventory(organization, *PLANNED)
    outcome = playbook.run(organization, "converge", tmp_path / "apply", "-e", json.dumps(given), of=hosts)
    assert set(outcome.statuses.values()) == {"failed"}
    assert {case: contents(organization, case) for case in PLANNED} == before
    assert "the operations are not, because the options" in " ".join(outcome.output.split())


@pytest.mark.parametrize("of", ["edited", "digest", "missing", "looked_at"])
def test_a_plan_that_is_not_the_approved_one_ends_the_run(planned: Planned, tmp_path: Path, of: str):
    """Before any account is entered."""
    organization, plan = planned
    given: dict[str, Any] = {"restore_access_plan": str(plan)}
    if of == "edited":
        document = json.loads(plan.read_text())
        document["accounts"].append(document["accounts"][0])
        given["restore_access_plan"] = str(tmp_path / "edited.json")
        (tmp_path / "edited.json").write_text(json.dumps(document))
    elif of == "digest":
        given["restore_access_plan"] = {"plan": str(plan), "sha256": "0" * 64}
    elif of == "missing":
        given["restore_access_plan"] = f"{plan}.not_there"
    else:
        given["restore_access_fleet"] = {"approved": {}, "duplicates": {}, "rollout": {}, "kept_in": "0" * 32}
    before = {case: contents(organization, case) for case in PLANNED}
    hosts = inventory(organization, *PLANNED)
    outcome = playbook.run(organization, "converge", tmp_path / "apply", "-e", json.dumps(given), of=hosts)
    assert outcome.returncode == 2
    told = " ".join(outcome.output.split())
    words = {
        "edited": "hosts stand for",
        "digest": "is not the one that was approved",
        "missing": "cannot be read",
        "looked_at": "was not read for this host",
    }
    assert words[of] in told
    assert {case: contents(organization, case) for case in PLANNED} == before


def test_what_was_approved_is_done_and_nothing_else(planned: Planned, tmp_path: Path):
    """One account was edited after the approval, and another was in no plan: both are as they were, and no call is made in the latter."""
    organization, plan = planned
    approved = {account["host"]: account["operations"] for account in json.loads(plan.read_text())["accounts"]}
    assert {host: bool(operations) for host, operations in approved.items()} == {
        "three-missing": True, "no-backup-trust": True, "no-role": True, "compliant": False,
    }  # fmt: skip
    edited = iam(organization, "no-backup-trust")
    edited.update_role(RoleName=cases.RESTORE_ROLE, Description="edited between approval and apply")
    before = {case: contents(organization, case) for case in ("no-backup-trust", LATER, "compliant")}
    hosts = inventory(organization, *PLANNED, LATER)
    carried_out = ["-e", f"restore_access_plan={plan}"]
    expected = dict.fromkeys(("no-backup-trust", LATER), "failed")
    foreseen = playbook.run(organization, "converge", tmp_path / "check", "--check", *carried_out, of=hosts)
    assert foreseen.statuses == expected | {"three-missing": "drifted", "no-role": "drifted", "compliant": "compliant"}

    with recorded(organization) as (through, recording):
        outcome = playbook.run(through, "converge", tmp_path / "apply", *carried_out, of=hosts)
    assert outcome.returncode == 2
    assert outcome.statuses == expected | {
        "three-missing": "converged", "no-role": "converged", "compliant": "compliant",
    }  # fmt: skip
    assert outcome.report is not None
    told = {entry["host"]: entry["message"] for entry in outcome.report["accounts"]}
    assert "no longer matches the plan: its settings changed. Nothing was changed." in told["no-backup-trust"]
    assert "nothing was done, because it is not in the plan" in told[LATER]
    assert {case: contents(organization, case) for case in before} == before
    later = organization.account(LATER).account_id
    assert [action for account_id, action in recording.calls if account_id == later] == []
    for case in ("three-missing", "no-role"):
        journal = next((tmp_path / "apply" / "journal").glob(f"{organization.account(case).account_id}.jsonl"))
        made = [json.loads(line) for line in journal.read_text().splitlines()]
        done = [(one["operation"], one["target"], one["arguments"]) for one in made if one["outcome"] == "begun"]
        assert done == [(one["operation"], one["target"], one["arguments"]) for one in approved[case]]
