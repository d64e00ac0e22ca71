# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The archive for Galaxy holds what it should, and what is installed from it works without the checkout."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.emulator import playbook
from tests.emulator.organization import Organization
from tests.emulator.server import ROOT

PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
# They take what other jobs of an AWX workflow have left; the tests of those workflows run them.
OF_A_WORKFLOW = {"decide", "merge_reports"}
LIMIT = ("--limit", "compliant,three-missing,localhost")
NEWER = {"name": "next", "actions": ["dynamodb:DescribeTable"]}
# Each playbook with its arguments, in the order in which they can follow each other, and the statuses that it then reports.
STORY: dict[str, tuple[dict[str, object], dict[str, str] | None]] = {
    "drift_report": ({}, {"compliant": "compliant", "three-missing": "drifted"}),
    "converge": ({}, {"compliant": "compliant", "three-missing": "converged"}),
    "verify": ({}, {"compliant": "compliant", "three-missing": "compliant"}),
    "upgrade_report": ({"restore_access_newer_permission_set": NEWER}, {}),
    "export_templates": ({"restore_access_template_dir": "{directory}/templates"}, None),
    "finish": (
        {"restore_access_dead_run": "{run}", "restore_access_snapshot_directory": "{directory}/converge/snapshots"},
        {"three-missing": "converged"},
    ),
    "rollback": ({"restore_access_snapshot": "{snapshots}"}, {}),
}
IN_THE_WORKSHOP_ONLY = {
    ".ci/run",
    ".editorconfig",
    ".gitignore",
    ".pre-commit-config.yaml",
    ".yamllint",
    "antsibull-nox.toml",
    "galaxy.yml",
    "noxfile.py",
}
KINDS = ("action", "callback", "filter", "inventory", "lookup", "modules")


def command(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = playbook.ansible_environment_without_aws() | {"ANSIBLE_COLLECTIONS_PATH": str(installed)}
    return playbook.command(arguments, installed, environment, seconds=600)


def documented() -> dict[str, list[str]]:
    """Kind of plugin → its names, by the files in the repository."""
    imports: dict[str, set[str]] = {}
    for kind in KINDS:
        for path in (ROOT / "plugins" / kind).iterdir():
            if path.suffix in {".py", ".yml"} and "DOCUMENTATION" in path.read_text():
                imports.setdefault("module" if kind == "modules" else kind, set()).add(path.stem)
    return {kind: sorted(names) for kind, names in imports.items()}


def test_the_archive_holds_what_the_repository_holds(installed: Path):
    """And nothing else."""
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    known = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")
    expected = {name for name in known if name and (ROOT / name).exists()} - IN_THE_WORKSHOP_ONLY
    expected = {name for name in expected if not name.startswith(".github/")}
    (built,) = installed.glob("*.tar.gz")
    with tarfile.open(built) as archive:
        names = {member.name for member in archive.getmembers() if member.isfile()}
    assert names - expected == {"FILES.json", "MANIFEST.json"}
    assert expected - names == set()
    assert names >= {"README.md", "LICENSE", "CHANGELOG.md", "requirements.txt", "roles/restore_access/README.md"}


def test_every_plugin_and_the_role_show_their_documentation(installed: Path):
    of = documented()
    assert set(of) == {"callback", "filter", "inventory", "lookup", "module"}
    for kind, names in {**of, "role": ["restore_access"]}.items():
        done = command(installed, "ansible-doc", "-t", kind, *(f"cloudrestore.aws.{name}" for name in names))
        assert done.returncode == 0, done.stderr
        assert "ERROR" not in done.stderr
        for name in names:
            assert f"cloudrestore.aws.{name}" in done.stdout
        assert str(installed) in done.stdout
        assert str(ROOT) not in done.stdout


def test_what_is_listed_is_what_is_documented(installed: Path):
    for kind, names in documented().items():
        done = command(installed, "ansible-doc", "-t", kind, "--list", "--json", "cloudrestore.aws")
        assert sorted(json.loads(done.stdout)) == [f"cloudrestore.aws.{name}" for name in names]


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_every_playbook_is_found_by_its_name(name: str, installed: Path):
    done = command(installed, "ansible-playbook", "-i", "orders,", "--syntax-check", f"cloudrestore.aws.{name}")
    assert done.returncode == 0, done.stderr


def test_every_playbook_works_on_the_embedded_fleet(enforced: Organization, installed: Path, tmp_path: Path):
    assert set(PLAYBOOKS) - set(STORY) <= OF_A_WORKFLOW
    for name, (variables, statuses) in STORY.items():
        snapshots = next(iter(sorted((tmp_path / "converge" / "snapshots").glob("*"))), "")
        given = json.dumps(variables).replace("{directory}", str(tmp_path)).replace("{snapshots}", str(snapshots))
        given = given.replace("{run}", Path(snapshots).name)
        only = {"ANSIBLE_COLLECTIONS_PATH": str(installed)}
        limit = ("--limit", "three-missing,localhost") if name in ("finish", "rollback") else LIMIT
        outcome = playbook.run(enforced, name, tmp_path / name, *limit, "-e", given, extra=only)
        assert outcome.returncode == 0, outcome.output
        if statuses is not None:
            assert outcome.statuses == (statuses or outcome.statuses)
    templates = sorted(path.suffixes[0] for path in (tmp_path / "templates").iterdir())
    assert templates == [".cloudformation", ".documents", ".tf"]


def test_its_metadata_is_that_of_galaxy_yml(installed: Path):
    there = installed / "ansible_collections" / "cloudrestore" / "aws"
    manifest = json.loads((there / "MANIFEST.json").read_text())["collection_info"]
    ours = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert {key: manifest[key] for key in ("namespace", "name", "version", "dependencies")} == {
        key: ours[key] for key in ("namespace", "name", "version", "dependencies")
    }
