# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The workflows of the repository: they run what the Makefile has, with code that nobody can exchange, and may do no more than they must."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# What a job may write, beside reading the repository.
MAY = {
    "docs": {"deploy": {"pages", "id-token"}},
    "release": {"build": {"id-token", "attestations"}, "draft": {"contents"}},
}


def of(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit(path: Path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())
    assert used
    for action, version in used:
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", version), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_but_for_the_jobs_that_must_write(path: Path):
    workflow = of(path)
    assert workflow["permissions"] == {"contents": "read"}
    writes = {
        name: {what for what, how in job.get("permissions", {}).items() if how == "write"}
        for name, job in workflow["jobs"].items()
    }
    assert {name: what for name, what in writes.items() if what} == MAY.get(path.stem, {})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_runs_targets_that_there_are(path: Path):
    steps = [step for job in of(path)["jobs"].values() for step in job.get("steps", ())]
    commands = [step["run"] for step in steps if "run" in step]
    targets = {target for command in commands for target in re.findall(r"\bmake ([a-z -]+)$", command.strip())}
    assert {name for target in targets for name in target.split()} <= TARGETS


def test_the_check_is_the_one_of_the_repository():
    runs = [step.get("run") for step in of(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["check"]["steps"]]
    assert ".ci/run" in runs
