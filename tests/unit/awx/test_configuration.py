# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is shipped for controllers is what AWX takes: surveys, credential type, workflows, schedules, references, the pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role

from tests import documents
from tests.awx import configuration, rules
from tests.awx.configuration import MODULES, PATTERN, Item
from tests.emulator.server import ROOT

CONFIGURATION = configuration.load()
OBJECTS = [(kind, name) for kind, items in CONFIGURATION.kinds.items() for name in items]
TEMPLATES = list(CONFIGURATION.templates)
BUILT_IN = {"controller_credential_types": {"Amazon Web Services"}}
# Field → the kind of what it names.
REFERENCES = {
    "credential_type": "controller_credential_types",
    "credential": "controller_credentials",
    "credentials": "controller_credentials",
    "default_environment": "controller_execution_environments",
    "execution_environment": "controller_execution_environments",
    "inventory": "controller_inventories",
    "project": "controller_projects",
    "source_project": "controller_projects",
    **{f"notification_templates_{kind}": "controller_notifications" for kind in ("success", "error", "approvals")},
}
ROLE_VARIABLES = yaml.safe_load((ROOT / "roles" / "restore_access" / "vars" / "main.yml").read_text())
PLAYBOOK_VARIABLES = {*role.NAMES, *ROLE_VARIABLES["restore_access_others"]}


def surveys() -> Iterator[tuple[str, Item]]:
    for kind in ("controller_templates", "controller_workflows"):
        for name, item in CONFIGURATION.kinds[kind].items():
            if "survey_spec" in item:
                yield name, item["survey_spec"]


def installed() -> bool:
    """The package `ansible` brings awx.awx, as it brings amazon.aws; a later one may not."""
    try:
        return find_spec("ansible_collections.awx.awx") is not None
    except ModuleNotFoundError:
        return False


with_awx_awx = pytest.mark.skipif(not installed(), reason="awx.awx is not installed")


def spec(module: str) -> dict[str, Any]:
    """The options of a module of awx.awx, from its documentation."""
    shell = import_module(f"ansible_collections.awx.awx.plugins.modules.{module}")
    return _as_spec(yaml.safe_load(shell.DOCUMENTATION)["options"])


def _as_spec(options: dict[str, Any]) -> dict[str, Any]:
    keys = ("type", "elements", "choices", "required", "aliases")
    return {name: {key: option[key] for key in keys if option.get(key)} for name, option in options.items()}


def problems(module: str, given: Item) -> list[str]:
    messages: list[str] = ArgumentSpecValidator(spec(module)).validate(dict(given)).error_messages
    return messages


@with_awx_awx
@pytest.mark.parametrize(("kind", "name"), OBJECTS)
def test_each_object_is_one_that_its_module_takes(kind: str, name: str):
    given = dict(CONFIGURATION.named(kind, name))
    given.pop("simplified_workflow_nodes", None)
    assert problems(MODULES[kind], given) == []


@with_awx_awx
@pytest.mark.parametrize("name", CONFIGURATION.workflows)
def test_each_node_is_one_that_its_module_takes(name: str):
    for node in CONFIGURATION.workflows[name]["simplified_workflow_nodes"]:
        assert problems("workflow_job_template_node", {"workflow_job_template": name, **node}) == []


@pytest.mark.parametrize(("kind", "name"), OBJECTS)
def test_whatever_an_object_names_is_there(kind: str, name: str):
    credential = CONFIGURATION.named(kind, name)
    for field, of in REFERENCES.items():
        named = credential.get(field, [])
        for each in named if isinstance(named, list) else [named]:
            assert each in CONFIGURATION.kinds[of] or each in BUILT_IN.get(of, ()), field


@pytest.mark.parametrize(("name", "survey"), list(surveys()))
def test_each_survey_asks_for_what_the_playbooks_take(name: str, survey: Item):
    """AWX takes it as it is."""
    assert rules.survey(survey) == []
    assert {question["variable"] for question in survey["spec"]} <= PLAYBOOK_VARIABLES


def test_variables_set_for_accounts_and_jobs_are_known():
    """The playbooks take them."""
    given = set(CONFIGURATION.named("controller_inventories", "AWS accounts")["variables"])
    for template in CONFIGURATION.templates.values():
        given |= set(template.get("extra_vars", ()))
    for credential_type in CONFIGURATION.kinds["controller_credential_types"].values():
        given |= set(credential_type["injectors"]["extra_vars"])
    assert given <= PLAYBOOK_VARIABLES


def test_the_credential_type_is_one_that_awx_takes():
    (credential_type,) = CONFIGURATION.kinds["controller_credential_types"].values()
    assert rules.credential_type(credential_type) == []


def test_no_secret_is_in_the_data():
    for credential in CONFIGURATION.kinds["controller_credentials"].values():
        kind = CONFIGURATION.kinds["controller_credential_types"].get(credential["credential_type"])
        known = {field["id"] for field in kind["inputs"]["fields"] if not field.get("secret")} if kind else set()
        assert set(credential.get("inputs", ())) <= known
    # Without this a second run would take the keys away that were typed in.
    assert CONFIGURATION.named("controller_credentials", "cloudrestore automation")["update_secrets"] is False


@pytest.mark.parametrize("name", CONFIGURATION.workflows)
def test_each_workflow_is_one_that_awx_takes(name: str):
    assert rules.workflow(CONFIGURATION.workflows[name], CONFIGURATION.templates) == []


def test_the_sliced_workflow_is_the_other_one_in_slices():
    whole, sliced = (workflow["simplified_workflow_nodes"] for workflow in CONFIGURATION.workflows.values())
    assert [{key: value for key, value in node.items() if key != "job_slice_count"} for node in sliced] == whole
    in_slices = {node["identifier"] for node in sliced if node.get("job_slice_count", 1) > 1}
    assert in_slices == {"drift_report", "converge", "verify"}


def test_schedules_are_ones_that_awx_takes():
    """Of things that are there."""
    there = {*CONFIGURATION.templates, *CONFIGURATION.workflows, *CONFIGURATION.kinds["controller_inventory_sources"]}
    for schedule in CONFIGURATION.kinds["controller_schedules"].values():
        assert rules.schedule(schedule) == []
        assert schedule["unified_job_template"] in there


def test_the_inventory_source_is_a_file_of_the_project():
    """It gets what the file asks for."""
    (source,) = CONFIGURATION.kinds["controller_inventory_sources"].values()
    assert rules.source_vars(source) == []
    plugin = (ROOT / "plugins" / "inventory" / "organization_accounts.py").read_text()
    asked = set(re.findall(r"CLOUDRESTORE_[A-Z_]*[A-Z]", plugin)) | set(
        re.findall("'(CLOUDRESTORE_[A-Z_]+)'", (ROOT / source["source_path"]).read_text())
    )
    assert set(source["source_vars"]) == asked | {"AWS_REGION"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_playbook_imports_the_one_of_the_collection(name: str):
    path = ROOT / CONFIGURATION.templates[name]["playbook"]
    assert path.parent == PATTERN / "playbooks"
    (play,) = yaml.safe_load(path.read_text())
    imported = play["ansible.builtin.import_playbook"]
    assert imported == f"cloudrestore.aws.{path.stem}"
    assert (ROOT / "playbooks" / f"{path.stem}.yml").exists()


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_argument_spec_has_what_the_job_template_gives(name: str):
    """Of each playbook."""
    template = CONFIGURATION.templates[name]
    path = ROOT / template["playbook"]
    (spec_,) = yaml.safe_load(path.with_suffix(".meta.yml").read_text())["argument_specs"].values()
    questions = {question["variable"]: question for question in template.get("survey_spec", {}).get("spec", ())}
    assert set(spec_["options"]) == set(questions) | set(template.get("extra_vars", ()))
    for variable, question in questions.items():
        option = spec_["options"][variable]
        assert option["description"] == question["question_description"]
        assert bool(option.get("required")) == (question["required"] and "default" not in question)
        assert option["type"] == "bool" or option.get("choices") == question.get("choices")
        assert (option["type"] == "list") == (question["type"] == "multiselect")


def test_the_pattern_holds_the_same_job_templates():
    resources = configuration.pattern()["aap_resources"]
    by_name = {template["name"]: template for template in resources["controller_job_templates"]}
    assert list(by_name) == TEMPLATES
    for name, template in CONFIGURATION.templates.items():
        in_pattern = by_name[name]
        assert f"extensions/patterns/restore_access/playbooks/{in_pattern['playbook']}" == template["playbook"]
        assert in_pattern.get("survey") == template.get("survey_spec")
        assert yaml.safe_load(in_pattern.get("extra_vars", "{}")) == template.get("extra_vars", {})
        assert in_pattern.get("ask_credential_on_launch", False) == bool(template.get("credentials"))
        for key in ("description", "job_type", "diff_mode", "forks", "timeout"):
            assert in_pattern.get(key) == template.get(key)
        assert in_pattern["ask_inventory_on_launch"]
    image = CONFIGURATION.named("controller_execution_environments", "cloudrestore")["image"]
    assert resources["controller_execution_environment"]["image_name"] in image


def test_the_pattern_is_one_that_a_hub_takes():
    assert rules.pattern(configuration.pattern(), PATTERN.name) == []
    assert (PATTERN / "README.md").exists()
    playbooks = {
        template["playbook"] for template in configuration.pattern()["aap_resources"]["controller_job_templates"]
    }
    there = {path.name for path in (PATTERN / "playbooks").glob("*.yml")}
    assert there == playbooks | {playbook.replace(".yml", ".meta.yml") for playbook in playbooks}


def test_every_name_of_a_job_template_is_in_the_document():
    document = documents.guide("awx").read_text()
    assert [name for kind, name in OBJECTS if name not in document] == []


def test_no_survey_sets_what_must_be_looked_at_for_one_account():
    asked = {question["variable"] for _name, survey in surveys() for question in survey["spec"]}
    assert not asked & {"restore_access_allow_widening", "restore_access_allow_privileged"}
