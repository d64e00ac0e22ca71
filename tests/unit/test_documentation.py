# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is written in more than one place says the same in each."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.organization import POLICIES_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.plan import PLAN_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.report_history import HISTORY_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import INFO_SPEC, VERIFY_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import operator_actions
from ansible_collections.cloudrestore.aws.plugins.module_utils._version import VERSION
from ansible_collections.cloudrestore.aws.plugins.modules import (
    organization_policies_info,
    principal_policies_info,
    report_history,
    restore_plan,
    restore_role,
    restore_role_verify,
)

from tests import documents
from tests.generate.documentation import options_of

ROOT = Path(__file__).parents[2]
ROLE = ROOT / "roles" / "restore_access"
CONNECTION = {"profile", "region", "endpoint_url", "aws_config"}
# A code of MFA works once: the role gets one session with it, and hands its credentials to the modules in place of a profile.
ONCE_FOR_ALL = {"assume_role_mfa_serial", "assume_role_mfa_code"}

MODULES: dict[str, tuple[Any, dict[str, Any]]] = {
    "restore_role": (restore_role, RESTORE_ROLE_SPEC),
    "restore_role_verify": (restore_role_verify, VERIFY_SPEC),
    "principal_policies_info": (principal_policies_info, INFO_SPEC),
    "report_history": (report_history, HISTORY_SPEC),
    "restore_plan": (restore_plan, PLAN_SPEC),
    "organization_policies_info": (organization_policies_info, POLICIES_SPEC),
}
OPTIONS = [(module, name) for module, (_shell, spec) in MODULES.items() for name in sorted(spec)]
ARGUMENT_SPECS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]
# The playbooks decide on drift and findings, once every account is done; what was observed goes from one module to the next.
OF_THE_ROLE = {
    "approved_plan": {"what": "was approved"},
    "fail_on_drift": False,
    "fail_on_findings": "none",
    "observed": {"what": "was read"},
}
# Ansible's words for a bool, in small letters.
ON_OR_OFF = ["true", "false", "yes", "no", "on", "off", "1", "0"]
# What the role makes of its variables for which module.
HANDED_ON = {
    "restore_role": partial(role.restore_role_options, approved=OF_THE_ROLE["approved_plan"]),
    "restore_role_verify": partial(role.verify_options, observed=OF_THE_ROLE["observed"]),
}


def documented(module: str) -> dict[str, Any]:
    return options_of(MODULES[module][0].DOCUMENTATION)


def facts(option: dict[str, Any]) -> dict[str, Any]:
    documented = {
        key: option[key] for key in ("type", "elements", "choices", "default", "aliases", "required") if option.get(key)
    }
    parts = option.get("suboptions") or option.get("options") or {}
    return (
        documented
        | ({"choices": sorted(documented["choices"])} if "choices" in documented else {})
        | ({"suboptions": {name: facts(part) for name, part in parts.items()}} if parts else {})
    )


def test_the_version_is_that_of_the_collection():
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert galaxy["version"] == VERSION


@pytest.mark.parametrize(("module", "name"), OPTIONS)
def test_each_option_is_documented_as_the_module_takes_it(module: str, name: str):
    assert facts(documented(module)[name]) == facts(MODULES[module][1][name])


@pytest.mark.parametrize("module", MODULES)
def test_no_option_is_documented_that_the_module_does_not_take(module: str):
    assert set(documented(module)) == set(MODULES[module][1])


@pytest.mark.parametrize("module", HANDED_ON)
def test_the_role_passes_on_what_it_takes(module: str):
    """Each variable as the option of its name, and nothing that nobody set."""
    own = {name for name in OF_THE_ROLE if name in MODULES[module][1]}
    wanted = (set(MODULES[module][1]) - ONCE_FOR_ALL - own) | CONNECTION
    passed = HANDED_ON[module]({f"restore_access_{name}": name for name in wanted})
    assert {name: passed.pop(name) for name in own} == {name: OF_THE_ROLE[name] for name in own}
    assert passed == {name: name for name in wanted}
    assert {f"restore_access_{name}" for name in wanted} <= set(ARGUMENT_SPECS["main"]["options"])
    assert set(HANDED_ON[module]({})) == own


def test_the_role_knows_what_is_for_verify_only():
    """And what it takes."""
    options = ARGUMENT_SPECS["main"]["options"]
    first = {f"restore_access_{name}" for name in MODULES["restore_role"][1].keys() | CONNECTION}
    later = {name: option for name, option in options.items() if name not in first}
    expected = {
        name: tuple(option.get("choices", ON_OR_OFF))
        for name, option in later.items()
        if option["type"] in ("bool", "str")
    }
    assert expected == role.TAKES


def of_every_plugin() -> dict[str, dict[str, Any]]:
    """Path below ``plugins`` → its documentation."""
    found = {}
    for path in sorted((ROOT / "plugins").glob("*/*.py")):
        text = re.search(r'^DOCUMENTATION = r"""(.*?)"""', path.read_text(), re.DOTALL | re.MULTILINE)
        if text and path.parent.name != "doc_fragments":
            found[f"{path.parent.name}/{path.name}"] = yaml.safe_load(text[1])
    for path in sorted((ROOT / "plugins").glob("*/*.yml")):
        found[f"{path.parent.name}/{path.name}"] = yaml.safe_load(path.read_text())["DOCUMENTATION"]
    return found


def test_every_plugin_has_notes_and_tells_where_to_go_on():
    documented = of_every_plugin()
    assert {name.split("/")[0] for name in documented} == {"callback", "filter", "inventory", "lookup", "modules"}
    assert [name for name, text in documented.items() if not (text.get("notes") and text.get("seealso"))] == []


def test_where_a_default_differs_from_amazon_aws_the_first_line_says_so():
    """Taking away what nobody asked for is the default there, and never here."""
    options = documented("restore_role")
    for name in ("purge_policies", "purge_tags"):
        first = options[name]["description"][0]
        assert options[name]["default"] is False
        assert "The default is V(false), unlike in M(amazon.aws.iam_role)" in first


def test_the_modules_that_call_aws_are_in_the_action_group():
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
        ("Converge a role, also", "present", "role"),
        ("`state: absent`, also", "absent", "role"),
        ("Check mode, user", "check", "user"),
        ("Converge a user, also", "present", "user"),
        ("Roll back, in addition to the actions for converge and `state: absent`", "rollback", "role"),
        ("Verify with `method: simulate` or `both`, also", "simulate", "role"),
        ("Verify with `check_key_policies`, also", "check_key_policies", "role"),
        ("Verify with `check_vault_policies`, also", "check_vault_policies", "user"),
        ("Verify where policies ask for tags of what is named, also", "resource_tags", "role"),
    ],
)
def test_the_guide_lists_the_actions_that_the_automation_needs(row: str, mode: str, kind: str):
    (actions,) = [cells[1] for cells in documents.rows(documents.guide("operator")) if cells[0] == row]
    listed = set(re.findall("`([a-z]+:[A-Z][A-Za-z]+)`", actions))
    needed = set(operator_actions(mode, kind))
    assert listed == (needed if mode == "check" else needed - set(operator_actions("check", kind)))
