# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The README's example and the recipe for a fleet in "Getting started", followed to the letter, the latter with the installed collection."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests import documents
from tests.emulator import cases, examples, playbook
from tests.emulator.organization import Organization, client
from tests.emulator.server import ROOT, Server

STARTED = documents.guide("getting_started")


def inventory(organization: Organization) -> str:
    """The guide's inventory with accounts, and an external ID, that exist here."""
    text = documents.tested(STARTED, "inventory.yml")
    ours = {
        "111122223333": organization.account("no-role").account_id,
        "222233334444": organization.account("compliant").account_id,
        "the-external-id-of-your-appliance": cases.EXTERNAL_ID,
    }
    for theirs, here in ours.items():
        assert text.count(theirs) == 1
        text = text.replace(theirs, here)
    return text


def commands() -> list[list[str]]:
    """The guide's ansible-playbook commands, in order."""
    printed = re.findall(r"^ *\$ (ansible-playbook -i inventory\.yml .*)$", STARTED.read_text(), re.M)
    return [line.split() for line in printed]


def test_the_recipe_leads_from_drift_to_converged(enforced: Organization, installed: Path):
    (installed / "inventory.yml").write_text(inventory(enforced))
    environment = playbook.ansible_environment(enforced) | {
        "ANSIBLE_COLLECTIONS_PATH": str(installed),
        "PWD": str(installed),
    }
    seen = []
    for command in commands():
        done = playbook.command(command, installed, environment)
        assert done.returncode == 0, done.stdout
        (path,) = (installed / "reports").glob(f"{command[3].rsplit('.', 1)[-1]}-*.json")
        report = json.loads(path.read_text())
        path.unlink()
        seen.append({account["host"]: account["status"] for account in report["accounts"]})
    assert seen == [
        {"orders": "drifted", "payments": "compliant"},
        {"orders": "drifted"},
        {"orders": "converged"},
        {"orders": "compliant", "payments": "compliant"},
        {"orders": "compliant", "payments": "compliant"},
    ]


def marked(name: str) -> str:
    """A block of the README."""
    (text,) = re.findall(rf"<!-- tested: {name} -->\n```\w+\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    return str(text)


def one_account(server: Server) -> tuple[Organization, Any]:
    """With credentials of its own and a restore role that only the appliance may assume, and a client of its IAM."""
    server.reset()
    account = Organization(server, (), examples.build(server).default)
    iam = client(server, "iam", account.automation)
    trust = json.dumps(cases.document(cases.admit({"AWS": cases.APPLIANCE_ARN})))
    iam.create_role(RoleName=cases.RESTORE_ROLE, AssumeRolePolicyDocument=trust)
    return account, iam


def test_the_example_on_the_front_page_prints_what_stands_there(ministack: Server, tmp_path: Path):
    """In an account in which nothing is missing but that AWS Backup may assume the role."""
    account, iam = one_account(ministack)
    actions = json.dumps(cases.allow(*cases.ACTIONS))
    iam.put_role_policy(RoleName=cases.RESTORE_ROLE, PolicyName="restore", PolicyDocument=actions)
    (tmp_path / "check.yml").write_text(marked("check.yml"))
    command = ["ansible-playbook", "check.yml", "--check", "--diff"]
    done = playbook.command(command, tmp_path, playbook.ansible_environment(account))
    assert done.returncode == 0, done.stdout
    assert marked("output").strip() in done.stdout
    assert len(marked("check.yml").splitlines()) == 8
