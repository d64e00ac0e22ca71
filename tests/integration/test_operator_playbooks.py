# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every playbook with exactly what operator_policy prints, in the caller's account, in each member account and the appliance's.

On an AWS that enforces IAM. First everything works; then each account lacks one action, and what its report says names it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.lookup import operator_policy

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build, client, root
from tests.emulator.server import Server

CASES = ("no-role", "foreign-content", "no-backup-trust", "three-missing", "iam-user")
LIMIT = ["--limit", ",".join((*CASES, "localhost"))]
UPGRADE = {"name": "newer", "actions": [*cases.ACTIONS[:20], "kms:GenerateDataKey"]}
MODES = {
    "drift_report": ["check"],
    "upgrade_report": ["check"],
    "converge": ["present"],
    "verify": ["check"],
    "rollback": ["present", "absent", "rollback"],
}
# What is taken away in which account, of what the playbook calls there. The upgrade report calls what the drift report does.
LACKING = {
    "drift_report": (
        "iam:GetRole",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:GetPolicy",
        "iam:GetUser",
    ),
    "converge": (
        "iam:CreateRole",
        "iam:GetRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
    ),
    "verify": (
        "iam:GetPolicy",
        "iam:ListAttachedRolePolicies",
        "iam:GetPolicyVersion",
        "iam:ListRolePolicies",
        "iam:ListGroupsForUser",
    ),
    "rollback": (
        "iam:DeleteRole",
        "iam:DeletePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:DetachRolePolicy",
        "iam:DetachUserPolicy",
    ),
}


def printed(*modes: str, **options: Any) -> dict[str, Any]:
    """What the lookup prints."""
    (text,) = operator_policy.LookupModule().run(list(modes), {}, **options)
    return dict(text)


def allow(fleet: Organization, account_id: str, policy: Mapping[str, Any]) -> None:
    """The member role of an account may do this, and nothing else."""
    iam = client(fleet.server, "iam", root(fleet.server, account_id))
    iam.put_role_policy(RoleName=cases.MEMBER_ROLE, PolicyName="administrator", PolicyDocument=json.dumps(policy))


def enter(fleet: Organization, hosts: Sequence[str]) -> None:
    """The automation's own user may enter these accounts and the appliance's, and do nothing else."""
    ids = [*(fleet.account(host).account_id for host in hosts), cases.APPLIANCE_ACCOUNT]
    policy = printed(
        "enter", assume_role_arns=[f"arn:aws:iam::{account_id}:role/{cases.MEMBER_ROLE}" for account_id in ids]
    )
    iam = client(fleet.server, "iam", root(fleet.server, cases.MANAGEMENT_ACCOUNT))
    iam.put_user_policy(UserName=cases.AUTOMATION_USER, PolicyName="assume", PolicyDocument=json.dumps(policy))


def least(fleet: Organization, case: str, modes: Sequence[str], lacking: str = "") -> None:
    """A member account with what the lookup prints for the modes, but for one action."""
    account = fleet.account(case)
    principal = account.principal or cases.Principal()
    options = {"name": principal.name, "principal_type": principal.kind, "account_id": account.account_id}
    statements = [
        {**statement, "Action": [action for action in statement["Action"] if action != lacking]}
        for statement in printed(*modes, **options)["Statement"]
    ]
    # The emulator asks about a policy that is created as if it had no ARN; AWS goes by the ARN that it gets.
    created = {"Effect": "Allow", "Action": ["iam:CreatePolicy"], "Resource": "*"}
    more = [created] if "present" in modes else []
    allow(fleet, account.account_id, {"Version": "2012-10-17", "Statement": [*statements, *more]})


def restrict(fleet: Organization, name: str, lacking: Sequence[str] = ("",) * len(CASES)) -> None:
    for case, action in zip(CASES, lacking, strict=True):
        least(fleet, case, MODES[name], action)


def messages(outcome: playbook.Outcome) -> dict[str, str]:
    assert outcome.report is not None, outcome.output
    return {account["host"]: account["message"] for account in outcome.report["accounts"]}


@pytest.fixture(scope="module")
def fleet(ministack: Server) -> Organization:
    ministack.reset()
    built = build(ministack)
    enter(built, CASES)
    allow(built, cases.APPLIANCE_ACCOUNT, printed("principal_policies", name=cases.APPLIANCE_ROLE))
    return replace(built, accounts=tuple(built.account(case) for case in CASES))


def variables(name: str, where: Path) -> list[str]:
    given: dict[str, Any] = {"restore_access_newer_permission_set": UPGRADE} if name == "upgrade_report" else {}
    if name == "rollback":
        given["restore_access_snapshot"] = str(next((where / "snapshots").glob("converge-*")))
    return [*LIMIT, "-e", json.dumps(given)]


def test_every_playbook_needs_what_is_printed(fleet: Organization, tmp_path: Path):
    """It names what it lacks."""
    where = tmp_path / "reports"
    for name in ("drift_report", "upgrade_report", "converge", "verify", "rollback"):
        # First without one action each, so that what there is to do is still there for the run that may do it.
        if name in LACKING:
            restrict(fleet, name, LACKING[name])
            lacking = playbook.run(fleet, name, tmp_path / f"{name}-lacking", *variables(name, where))
            assert lacking.statuses == dict.fromkeys(CASES, "failed"), (name, lacking.output)
            told = messages(lacking)
            for case, action in zip(CASES, LACKING[name], strict=True):
                assert f"Grant {action} to the role or user" in told[case], (name, case)
                assert fleet.account(case).account_id in told[case]
        restrict(fleet, name)
        whole = playbook.run(fleet, name, where, *variables(name, where))
        assert whole.returncode == 0, (name, whole.output)
        assert "failed" not in whole.statuses.values(), (name, whole.output)
        if name in ("converge", "verify"):
            # The Impersonation role's own policies were read in the appliance's account.
            assert _can_call(whole) == ["conditional"] * (len(CASES) - 1), name


def _can_call(outcome: playbook.Outcome) -> list[str]:
    assert outcome.report is not None
    every = [requirement for entry in outcome.report["accounts"] for requirement in entry["requirements"]]
    return [decision["verdict"] for decision in every if decision["requirement"] == "appliance_can_call"]


def test_an_account_that_may_not_be_entered_says_so(fleet: Organization, tmp_path: Path):
    """The others go on."""
    restrict(fleet, "drift_report")
    enter(fleet, CASES[1:])
    outcome = playbook.run(fleet, "drift_report", tmp_path, *LIMIT)
    enter(fleet, CASES)
    assert outcome.statuses[CASES[0]] == "failed"
    assert "failed" not in {outcome.statuses[case] for case in CASES[1:]}
    assert "The caller needs sts:AssumeRole on this role" in messages(outcome)[CASES[0]]


def test_templates_are_exported_without_any_permission(fleet: Organization, tmp_path: Path):
    enter(fleet, ())
    given = ["-e", json.dumps({"restore_access_template_dir": str(tmp_path / "out")})]
    outcome = playbook.run(fleet, "export_templates", tmp_path, *LIMIT, *given)
    enter(fleet, CASES)
    assert outcome.returncode == 0, outcome.output
    assert len(list((tmp_path / "out").iterdir())) == 3
