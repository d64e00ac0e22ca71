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

from tests.emulator import cases, examples
from tests.emulator.organization import Organization, client
from tests.emulator.playbook import ansible_environment
from tests.emulator.server import ROOT, Server


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


def commands(inventory_name: str = "inventory.yml") -> list[list[str]]:
    """The README's ansible-playbook commands with this inventory, in order."""
    text = (ROOT / "README.md").read_text().replace(" \\\n", " ")
    return [
        line.split() for line in re.findall(r"^\$ (ansible-playbook .*)$", text, re.M) if inventory_name in line.split()
    ]


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


def follow(command: list[str], organization: Organization, installed: Path) -> tuple[int, dict[str, str]]:
    """Run one of them in the directory of the installed collection. Returns its exit code, and host → status."""
    environment = ansible_environment(organization) | {
        "ANSIBLE_COLLECTIONS_PATH": str(installed),
        "PWD": str(installed),
    }
    done = subprocess.run(
        command,
        cwd=installed,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    (path,) = (installed / "reports").glob("*.json")
    report = json.loads(path.read_text())
    path.unlink()
    return done.returncode, {one["host"]: one["status"] for one in report["accounts"]}


def test_the_recipe_leads_from_drift_to_converged_and_back(enforced: Organization, installed: Path):
    (installed / "inventory.yml").write_text(inventory(enforced))
    *first, with_the_organization, back = commands()
    assert [follow(command, enforced, installed) for command in first] == [
        (0, {"orders": "drifted", "payments": "compliant"}),
        (0, {"orders": "drifted"}),
        (0, {"orders": "converged"}),
        (0, {"orders": "compliant", "payments": "compliant"}),
        (0, {"orders": "compliant", "payments": "compliant"}),
    ]
    # There is no AWS Organizations here to read the policies of: that ends the run with an error, and says so.
    code, statuses = follow(with_the_organization, enforced, installed)
    assert (code, statuses) == (2, {"orders": "failed", "payments": "failed"})
    (run,) = [one.name for one in (installed / "reports" / "snapshots").iterdir()]
    back = [word.replace("snapshots/RUN", f"snapshots/{run}") for word in back]
    assert follow(back, enforced, installed) == (0, {"orders": "drifted"})
    assert follow([word for word in back if word != "--check"], enforced, installed) == (0, {"orders": "converged"})


def test_the_examples_of_the_role_s_readme_run_one_after_the_other(enforced: Organization, tmp_path: Path):
    text = (ROOT / "roles" / "restore_access" / "README.md").read_text()
    books = re.findall(r"```yaml\n(- name: .*?)```", text, re.S)
    account = enforced.account("no-backup-trust")
    hosts = {"restore_accounts": {"hosts": {"orders": {"account_id": account.account_id}}}}
    (tmp_path / "hosts.json").write_text(json.dumps(hosts))
    command = ["ansible-playbook", "-i", "hosts.json", "-e", f"restore_access_name={cases.RESTORE_ROLE}", "play.yml"]
    changed = []
    # Converge, verify; and verify an account in which a restore would fail.
    for book, case in [(books[0], account), (books[1], account), (books[1], enforced.account("three-missing"))]:
        (tmp_path / "play.yml").write_text(book)
        (tmp_path / "hosts.json").write_text(json.dumps(hosts).replace(account.account_id, case.account_id))
        done = subprocess.run(
            command, cwd=tmp_path, env=ansible_environment(enforced), capture_output=True, text=True, timeout=300
        )
        changed += re.findall(r"^orders +: ok=\d+ +changed=(\d) .*failed=(\d)", done.stdout, re.M)
    assert changed == [("1", "0"), ("0", "0"), ("0", "1")]
    # The example sends no external ID, and this account's trust policy asks for one.
    assert "Not met: appliance_may_assume, backup:StartRestoreJob, iam:PassRole, kms:CreateGrant" in done.stdout
    assert len(books) == 2


def test_the_first_account_takes_nothing_but_credentials(ministack: Server, installed: Path):
    ministack.reset()
    account = Organization(ministack, (), examples.build(ministack))
    iam = client(ministack, "iam", account.automation)
    trust = cases.document(cases.admit({"AWS": cases.APPLIANCE_ARN}))
    iam.create_role(RoleName=cases.RESTORE_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    seen = [follow(command, account, installed) for command in commands("orders,")]
    assert seen == [(0, {"orders": "drifted"}), (0, {"orders": "drifted"}), (0, {"orders": "converged"})]
