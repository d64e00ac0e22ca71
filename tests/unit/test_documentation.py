# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is written in more than one place says the same in each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.doc_fragments.assume_role import ModuleDocFragment
from ansible_collections.cloudrestore.aws.plugins.module_utils._catalog import operator_actions
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import ARGUMENT_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._version import VERSION
from ansible_collections.cloudrestore.aws.plugins.modules import restore_role

ROOT = Path(__file__).parents[2]
ROLE = ROOT / "roles" / "restore_access"
CONNECTION = {"profile", "region", "endpoint_url"}

DOCUMENTED = (
    yaml.safe_load(restore_role.DOCUMENTATION)["options"] | yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
)
SPECIFIED = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]


def facts(option: dict[str, Any]) -> dict[str, Any]:
    found = {
        key: option[key] for key in ("type", "elements", "choices", "default", "aliases", "required") if option.get(key)
    }
    return found | ({"choices": sorted(found["choices"])} if "choices" in found else {})


def test_the_version_is_that_of_the_collection():
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert galaxy["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("name", sorted(ARGUMENT_SPEC))
def test_each_option_is_documented_as_the_module_takes_it(name: str):
    assert facts(DOCUMENTED[name]) == facts(ARGUMENT_SPEC[name])


def test_no_option_is_documented_that_the_module_does_not_take():
    assert set(DOCUMENTED) == set(ARGUMENT_SPEC)


@pytest.mark.parametrize("name", sorted(ARGUMENT_SPEC))
def test_the_role_takes_each_option_of_the_module(name: str):
    specified, taken = facts(SPECIFIED[f"restore_access_{name}"]), facts(ARGUMENT_SPEC[name])
    # The role leaves defaults and aliases to the module; a default of its own is in defaults/main.yml.
    for key in ("type", "elements", "choices"):
        assert specified.get(key) == taken.get(key)


def test_the_role_passes_on_what_it_takes():
    _guard, task = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text())
    passed = task["cloudrestore.aws.restore_role"]
    assert set(passed) == set(ARGUMENT_SPEC) | CONNECTION
    for name, value in passed.items():
        assert re.fullmatch(
            rf"{{{{ restore_access_{name}( \| default\(account_id\))?( \| default\(omit\))? }}}}", value
        )
    assert set(SPECIFIED) == {f"restore_access_{name}" for name in passed}


def test_the_guard_against_mistyped_variables_knows_every_variable():
    known = set(yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["restore_access_known"])
    used = {"restore_access_known"}
    for path in [*(ROOT / "playbooks").rglob("*.yml"), *ROLE.rglob("tasks/*.yml")]:
        used |= set(re.findall(r"\brestore_access_[a-z_]+", path.read_text()))
    assert known == set(SPECIFIED) | used


def test_every_variable_of_the_role_is_in_its_readme():
    readme = (ROLE / "README.md").read_text()
    missing = [name for name in SPECIFIED if f"`{name}`" not in readme]
    assert missing == []


def test_the_modules_that_call_aws_are_members_of_the_action_group():
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    # The others take no connection options: what the group sets would be an error for them.
    modules = {
        path.stem
        for path in (ROOT / "plugins" / "modules").glob("*.py")
        if "- amazon.aws.common.modules" in path.read_text()
    }
    listed, metadata = set(), []
    for entry in runtime["action_groups"]["aws"]:
        metadata.append(entry) if isinstance(entry, dict) else listed.add(entry)
    assert listed == modules
    assert metadata == [{"metadata": {"extend_group": ["amazon.aws.aws"]}}]


@pytest.mark.parametrize(
    ("row", "mode", "kind"),
    [
        ("Check mode, role", "check", "role"),
        ("To converge a role, also", "present", "role"),
        ("To take it back (`state: absent`), also", "absent", "role"),
        ("Check mode, user", "check", "user"),
        ("To converge a user, also", "present", "user"),
    ],
)
def test_the_readme_lists_the_actions_that_the_automation_needs(row: str, mode: str, kind: str):
    readme = (ROOT / "README.md").read_text()
    (line,) = [one for one in readme.splitlines() if one.startswith(f"| {row} |")]
    listed = set(re.findall("`(iam:[A-Za-z]+)`", line))
    needed = set(operator_actions(mode, kind))
    assert listed == (needed if mode == "check" else needed - set(operator_actions("check", kind)))
