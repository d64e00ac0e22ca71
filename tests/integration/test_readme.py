# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The README's recipe for a real account, followed to the letter: built, installed, and run on its own inventory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emulator import cases
from tests.emulator.organization import Organization
from tests.emulator.playbook import ansible_environment
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
    found = re.findall(r"^\$ (ansible-playbook -i inventory\.yml .*)$", (ROOT / "README.md").read_text(), re.M)
    return [line.split() for line in found]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the collection as `ansible-galaxy` builds and installs it."""
    where = tmp_path_factory.mktemp("installed")
    # A collection that is found elsewhere already would not be installed.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in (
        ["ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(where)],
        [
            "ansible-galaxy",
            "collection",
            "install",
            "--offline",
            "--no-deps",
            "-p",
            str(where),
            "cloudrestore-aws-0.1.0.tar.gz",
        ],
    ):
        subprocess.run(command, cwd=where, env=environment, check=True, capture_output=True, text=True)
    return where


def test_the_archive_holds_the_product_and_nothing_of_the_workshop(installed: Path):
    collection = installed / "ansible_collections" / "cloudrestore" / "aws"
    names = {path.name for path in collection.iterdir()}
    assert {"plugins", "roles", "playbooks", "meta", "README.md", "LICENSE", "CHANGELOG.md"} <= names
    assert not {name for name in names if name.startswith(".venv")} | (names & {".build", "reports", ".git"})
    assert (collection / "roles" / "restore_access" / "README.md").exists()


def test_the_recipe_leads_from_drift_to_converged(enforced: Organization, installed: Path):
    (installed / "inventory.yml").write_text(inventory(enforced))
    environment = ansible_environment(enforced) | {"ANSIBLE_COLLECTIONS_PATH": str(installed), "PWD": str(installed)}
    seen = []
    for command in commands():
        done = subprocess.run(
            command,
            cwd=installed,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        (path,) = (installed / "reports").glob(f"{command[3].rsplit('.', 1)[-1]}-*.json")
        report = json.loads(path.read_text())
        path.unlink()
        seen.append({one["host"]: one["status"] for one in report["accounts"]})
    assert seen == [
        {"orders": "drifted", "payments": "compliant"},
        {"orders": "drifted"},
        {"orders": "converged"},
        {"orders": "compliant", "payments": "compliant"},
        {"orders": "compliant", "payments": "compliant"},
    ]
