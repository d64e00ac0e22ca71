# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A role made from a template is found compliant, and converge then changes nothing; on either emulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint import lint

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build, client, root
from tests.emulator.server import Server

SCOPED = {"restore_access_permissions_scope": "scoped", "restore_access_tables": ["orders"]}
VARIABLES = {"documented": {}, "scoped": SCOPED}
CASE = "no-role"


def export(organization: Organization, directory: Path, variables: dict[str, Any]) -> dict[str, Any]:
    """The files that the playbook writes, by the last part of their names."""
    given = ["-e", json.dumps({**variables, "restore_access_template_dir": str(directory / "out")})]
    outcome = playbook.run(organization, "export_templates", directory, "--limit", f"{CASE},localhost", *given)
    assert outcome.returncode == 0, outcome.output
    return {
        path.name.removeprefix(cases.RESTORE_ROLE + "."): json.loads(path.read_text())
        for path in (directory / "out").iterdir()
    }


@pytest.fixture
def fresh(request: pytest.FixtureRequest) -> Organization:
    running: Server = request.getfixturevalue(request.param)
    running.reset()
    return build(running)


@pytest.mark.parametrize(("fresh", "scope"), [("ministack", "scoped"), ("moto", "documented")], indirect=["fresh"])
def test_a_deployed_template_is_compliant_and_stays_as_it_is(fresh: Organization, tmp_path: Path, scope: str):
    files = export(fresh, tmp_path / "export", VARIABLES[scope])
    assert set(files) == {"documents.json", "cloudformation.json", "tf.json"}
    template = json.dumps(files["cloudformation.json"])
    assert lint(template) == []

    account_id = fresh.account(CASE).account_id
    stacks = client(fresh.server, "cloudformation", root(fresh.server, account_id))
    name = f"restore-role-{scope}"
    stacks.create_stack(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    (stack,) = stacks.describe_stacks(StackName=name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    assert outputs["RoleArn"] == f"arn:aws:iam::{account_id}:role/{cases.RESTORE_ROLE}"

    arguments = ["--limit", f"{CASE},localhost", "-e", json.dumps(VARIABLES[scope])]
    asked = {name.removeprefix("restore_access_"): value for name, value in VARIABLES[scope].items()}
    asked |= {
        "name": cases.RESTORE_ROLE,
        "assume_role_arn": f"arn:aws:iam::{account_id}:role/{cases.MEMBER_ROLE}",
        "appliance_principals": [cases.APPLIANCE_ARN],
        "appliance_external_id": cases.EXTERNAL_ID,
        "organization_policies": {"service_control_policies": None, "resource_control_policies": None},
    }
    (verified,), output = playbook.run_tasks(fresh, [asked], tmp_path / "verify", module="restore_role_verify")
    assert not verified.get("failed"), output
    assert (verified["drifted"], verified["missing_permissions"]) == (False, [])
    exact = ["-e", "restore_access_match=exact"]
    converged = playbook.run(fresh, "converge", tmp_path / "converge", *arguments, *exact)
    assert converged.statuses == {CASE: "compliant"}, converged.output
    assert converged.changes == {CASE: []}
