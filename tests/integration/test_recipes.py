# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The recipes in READMEs, documents and guides, run as they are printed. What test_readme.py follows is not repeated here."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import documents
from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, client, root
from tests.emulator.server import ROOT, Server
from tests.integration.test_readme import STARTED, inventory, one_account

# The last one leaves a fleet in which nothing is to be done.
NAMES = ("operator", "templates", "least_privilege", "fleet", "drift_report", "rollback", "getting_started", "rollout")
DOCUMENTS = [documents.guide(name) for name in NAMES]
# What ends with an error here, and why.
ENDS_WITH_AN_ERROR = {
    "guide_drift_report": "cloudrestore.aws.verify",  # an account has no restore role yet
    "guide_getting_started": "check_organization_policies",  # there is no AWS Organizations to read the policies of
}


def commands(path: Path) -> list[str]:
    text = documents.text(path.stem.removeprefix("guide_"))
    printed = re.findall(r"^ *\$ (ansible-(?:playbook|inventory) .*|ansible localhost .*)$", text, re.M)
    if path != STARTED:
        return printed
    return [command for command in printed if not re.search(r" -i (orders,|inventory\.json) |playbook -i", command)]


def first_commands() -> list[str]:
    return re.findall(r"^ *\$ (ansible-playbook -i orders, .*)$", documents.text("getting_started"), re.M)


def yaml_with(guide: str, name: str) -> dict[str, Any]:
    """The one block of YAML in the guide that sets this variable."""
    blocks = map(yaml.safe_load, documents.blocks(documents.guide(guide), "yaml"))
    (block,) = [block for block in blocks if isinstance(block, dict) and name in block]
    return dict(block)


class Desk:
    """A directory with an inventory, and the credentials of the organization's automation."""

    def __init__(self, directory: Path, organization: Organization) -> None:
        self.directory, self._environment = directory, playbook.ansible_environment(organization)

    def run(self, command: str) -> tuple[int, str]:
        done = playbook.command(shlex.split(command), self.directory, self._environment)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def desk(enforced: Organization, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("recipes"), enforced)
    (made.directory / "inventory").mkdir()
    for name in ("inventory.yml", "inventory/inventory.yml"):
        (made.directory / name).write_text(inventory(enforced))
    newer = yaml_with("least_privilege", "restore_access_newer_permission_set")
    newer["restore_access_newer_permission_set"]["actions"] += ["dynamodb:DescribeExport"]
    (made.directory / "newer.yml").write_text(yaml.safe_dump(newer))
    return made


def bucket(organization: Organization) -> str:
    """The one in the guides, which the automation may use."""
    server, keys = organization.server, root(organization.server, cases.MANAGEMENT_ACCOUNT)
    client(server, "s3", keys).create_bucket(Bucket="my-reports")
    allowed = json.dumps(cases.allow("s3:*"))
    user = {"UserName": cases.AUTOMATION_USER, "PolicyName": "reports"}
    client(server, "iam", keys).put_user_policy(**user, PolicyDocument=allowed)
    return "my-reports"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_command_runs_as_printed(desk: Desk, enforced: Organization, path: Path):
    lines = commands(path)
    if "snapshots/RUN" in path.read_text():
        where = f"-e restore_access_report_bucket={bucket(enforced)}" if "s3://" in path.read_text() else ""
        code, output = desk.run(f"ansible-playbook -i inventory cloudrestore.aws.converge {where}")
        assert code == 0, output
        run = max(path.name for path in (desk.directory / "reports" / "snapshots").glob("converge-*"))
        lines = [line.replace("snapshots/RUN", f"snapshots/{run}") for line in lines]
    assert lines
    for command in lines:
        plans = sorted((desk.directory / "reports").glob("plan-drift_report-*.json"))
        command = command.replace("plan-drift_report-TIME.json", plans[-1].name if plans else "")
        code, output = desk.run(command)
        expected = 2 if ENDS_WITH_AN_ERROR.get(path.stem, "no such word") in command else 0
        assert code == expected, f"{command}\n{output}"
        # A warning about an inventory, or a message about a variable, is not what a recipe ends in.
        assert not re.search(r"Unable to parse|No such variable|is undefined", output), f"{command}\n{output}"


def test_the_impersonation_role_is_kept_to_the_fleet(enforced: Organization, tmp_path: Path):
    """By the variables in the document."""
    variables = yaml_with("least_privilege", "restore_access_service_principals")
    account = f"arn:aws:iam::{cases.APPLIANCE_ACCOUNT}:role/{cases.MEMBER_ROLE}"
    host = {**variables, "restore_access_assume_role_arn": account, "account_id": cases.APPLIANCE_ACCOUNT}
    (tmp_path / "inventory.json").write_text(json.dumps({"all": {"hosts": {"appliance": host}}}))
    iam = client(enforced.server, "iam", root(enforced.server, cases.APPLIANCE_ACCOUNT))
    trust = iam.get_role(RoleName=cases.APPLIANCE_ROLE)["Role"]["AssumeRolePolicyDocument"]
    exact = "-e restore_access_match=exact -e restore_access_purge_policies=true"
    code, output = Desk(tmp_path, enforced).run(f"ansible-playbook -i inventory.json cloudrestore.aws.converge {exact}")
    assert code == 0, output
    assert iam.get_role(RoleName=cases.APPLIANCE_ROLE)["Role"]["AssumeRolePolicyDocument"] == trust
    arn = f"arn:aws:iam::{cases.APPLIANCE_ACCOUNT}:policy/Cloudrestore-role-{cases.APPLIANCE_ROLE}"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    (statement,) = document["Statement"]
    named = re.findall(r"arn:aws:iam::\d{12}:role/VeeamDynamoDBRestore", json.dumps(variables))
    assert len(named) == 2
    assert statement["Resource"] == named
    assert iam.list_role_policies(RoleName=cases.APPLIANCE_ROLE)["PolicyNames"] == []


def test_the_examples_of_the_role_s_readme_run_in_order(enforced: Organization, tmp_path: Path):
    """One after the other."""
    text = (ROOT / "roles" / "restore_access" / "README.md").read_text()
    converge, verify = re.findall(r"```yaml\n(- name: .*?)```", text, re.S)
    outcomes = []
    for book, case in [(converge, "no-backup-trust"), (verify, "no-backup-trust"), (verify, "three-missing")]:
        (tmp_path / "play.yml").write_text(book)
        # The sample's appliance sends an external ID, which nobody takes out of a trust policy.
        known = {"restore_access_appliance_external_id": cases.EXTERNAL_ID}
        hosts = {"orders": {"account_id": enforced.account(case).account_id, **known}}
        (tmp_path / "hosts.json").write_text(json.dumps({"restore_accounts": {"hosts": hosts}}))
        _code, output = Desk(tmp_path, enforced).run("ansible-playbook -i hosts.json play.yml")
        outcomes += re.findall(r"^orders +: ok=\d+ +changed=(\d) .*failed=(\d)", output, re.M)
    assert outcomes == [("1", "0"), ("0", "0"), ("0", "1")]
    # The example sends no external ID, and this account's trust policy asks for one.
    assert "Not met: backup:StartRestoreJob, iam:PassRole, kms:CreateGrant" in output


def test_the_first_account_takes_nothing_but_credentials(ministack: Server, tmp_path: Path):
    account, _iam = one_account(ministack)
    outcomes = [Desk(tmp_path, account).run(command) for command in first_commands()]
    assert [code for code, _output in outcomes] == [0, 0, 0]
    lines = [re.findall(r"1 account: 1 (\w+)", output) for _code, output in outcomes]
    assert lines == [["drifted"], ["drifted"], ["converged"]]
