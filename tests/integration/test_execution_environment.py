# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ansible-builder makes of this collection: its needs beside those of amazon.aws, and a build that holds both."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import ansible_collections.amazon.aws
import yaml

from tests.emulator.server import ROOT

BUILDER = Path(sys.executable).parent / "ansible-builder"


def builder(*arguments: str, cwd: Path) -> str:
    done = subprocess.run([str(BUILDER), *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def needs(lines: list[str]) -> set[tuple[str, str]]:
    """(requirement, collection) of each line that introspect prints."""
    return {
        (what.strip(), collection)
        for what, _from, collection in (line.partition("# from collection ") for line in lines)
    }


def test_what_the_collection_needs_goes_into_the_environment(tmp_path: Path):
    """Beside what amazon.aws needs."""
    installed = tmp_path / "ansible_collections"
    for name, where in (("cloudrestore/aws", ROOT), ("amazon/aws", Path(ansible_collections.amazon.aws.__path__[0]))):
        (installed / name).parent.mkdir(parents=True)
        (installed / name).symlink_to(where)
    introspected = yaml.safe_load(builder("introspect", str(tmp_path), cwd=tmp_path))
    ours = {(line, "cloudrestore.aws") for line in (ROOT / "requirements.txt").read_text().splitlines()[1:]}
    python = needs(introspected["python"])
    assert {entry for entry in python if entry[1] == "cloudrestore.aws"} == ours
    assert {entry for entry in python if entry[1] == "amazon.aws"}
    # Nothing of the operating system but what amazon.aws asks for, and that for its tests.
    assert {collection for _what, collection in needs(introspected["system"])} <= {"amazon.aws"}


def test_ansible_builder_takes_the_environment_s_definition(tmp_path: Path):
    builder("create", "-f", str(ROOT / "execution-environment.yml"), "-c", "context", cwd=tmp_path)
    (build,) = [path for path in (tmp_path / "context").iterdir() if path.name in ("Containerfile", "Dockerfile")]
    assert "ansible-core>=2.19.4,<2.22" in build.read_text()
    wanted = yaml.safe_load((tmp_path / "context" / "_build" / "requirements.yml").read_text())["collections"]
    dependencies = yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]
    versions = {entry["name"]: entry.get("version") for entry in wanted}
    assert dependencies.items() <= versions.items()
    assert set(versions) - set(dependencies) == {
        yaml.safe_load((ROOT / "galaxy.yml").read_text())["repository"] + ".git"
    }
