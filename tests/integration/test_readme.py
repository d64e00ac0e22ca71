# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The README's recipe for a real account, followed to the letter with the installed collection, and run on its own inventory."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization
from tests.emulator.server import ROOT


def inventory(organization: Organization) -> str:
    """The README's inventory with accounts, and an external ID, that exist here."""
    (text,) = re.findall(r"<!-- tested: inventory.yml -->\n```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
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
    """The README's ansible-playbook commands, in order."""
    printed = re.findall(r"^\$ (ansible-playbook -i inventory\.yml .*)$", (ROOT / "README.md").read_text(), re.M)
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
