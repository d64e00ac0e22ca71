# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The direction of imports: the contracts in pyproject.toml hold, and each one breaks when an arrow is turned round."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("importlinter", reason="import-linter is among the checks of tests/requirements.txt")

ROOT = Path(__file__).parents[2]
LOGIC = "plugins/module_utils"
# Contract → a file, and an import in it that the contract forbids.
TURNED_ROUND = {
    "plugins": (f"{LOGIC}/_printable.py", "from ..plugin_utils import _lookup"),
    "rooms": (f"{LOGIC}/_aws/account.py", "from .._principal.model import state"),
    "principal": (f"{LOGIC}/_principal/model/scope.py", "from ..plan import quotas"),
    "policy": (f"{LOGIC}/_policy/truth.py", "from .. import _printable"),
    "clients": (f"{LOGIC}/_principal/plan/quotas.py", "from ..._aws.calls import call"),
    "ansible": (f"{LOGIC}/_principal/plan/quotas.py", "from ansible.errors import AnsibleError"),
}


@pytest.fixture(name="copied")
def _copied(tmp_path: Path) -> Path:
    """The collection's plugins and the contracts, where a test may change them."""
    collection = tmp_path / "ansible_collections/cloudrestore/aws"
    shutil.copytree(ROOT / "plugins", collection / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", collection)
    return collection


def _broken(collection: Path) -> list[str]:
    """The names of the contracts that do not hold."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    # Of this path only: where a namespace package is found twice, the other one would be looked at as well.
    ran = subprocess.run(
        command,
        cwd=collection,
        env={**os.environ, "PYTHONPATH": str(collection.parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    broken = re.findall(r"^(.*) BROKEN(?: \(.*\))?$", ran.stdout, re.MULTILINE)
    assert (ran.returncode != 0) == bool(broken), ran.stdout + ran.stderr
    return broken


def _contracts(collection: Path) -> dict[str, str]:
    """ID → name, of each contract in pyproject.toml."""
    text = (collection / "pyproject.toml").read_text(encoding="utf-8")
    return dict(re.findall(r'^id = "(.*)"\nname = "(.*)"$', text, re.MULTILINE))


def test_every_contract_is_tried(copied: Path):
    assert _contracts(copied).keys() == TURNED_ROUND.keys()
    assert _broken(copied) == []


@pytest.mark.parametrize("contract", TURNED_ROUND)
def test_an_arrow_turned_round_is_noticed(copied: Path, contract: str):
    file, wrong = TURNED_ROUND[contract]
    path = copied / file
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("from __future__ import annotations\n", f"from __future__ import annotations\n\n{wrong}\n")
    )
    assert wrong in path.read_text(encoding="utf-8")
    assert _contracts(copied)[contract] in _broken(copied)


def test_every_room_says_what_it_is_for():
    """In a line of its own, and with its place in the tree of plugins/README.md."""
    tree = (ROOT / "plugins" / "README.md").read_text(encoding="utf-8").split("## The tree")[1].split("\n## ")[0]
    logic = ROOT / LOGIC
    rooms = {path.parent for path in logic.rglob("*.py")} - {logic}
    assert len(rooms) > 12
    for room in sorted(rooms):
        title, _blank, line = (room / "README.md").read_text(encoding="utf-8").rstrip("\n").split("\n")
        assert (title, line.endswith(".")) == (f"# {room.name}", True)
        assert f" {room.name}/ " in tree
