# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules by which the data for controllers is checked do find what AWX refuses."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.awx import configuration, rules

CONFIGURATION = configuration.load()
GOOD = {
    "question_name": "Name",
    "question_description": "Enter a name.",
    "variable": "restore_access_name",
    "type": "text",
    "required": True,
}
CHOICE = GOOD | {"type": "multiplechoice", "choices": ["a", "b"]}
WORKFLOW = CONFIGURATION.workflows["cloudrestore drift to verified"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ([], "no mapping"),
        ({key: value for key, value in GOOD.items() if key != "required"}, "no required"),
        (GOOD | {"type": "date"}, "no type date"),
        (GOOD | {"required": "yes"}, "required is no boolean"),
        (GOOD | {"variable": "two words"}, "no name of a variable"),
        (GOOD | {"question_name": ""}, "name is empty"),
        (GOOD | {"regex": ".*"}, "unknown: regex"),
        (GOOD | {"min": "1"}, "min is neither"),
        (GOOD | {"max": True}, "max is neither"),
        (GOOD | {"choices": ["a"]}, "choices belong to"),
        (CHOICE | {"choices": []}, "cannot do without"),
        (CHOICE | {"choices": [1, 2]}, "must be a list of strings"),
        (CHOICE | {"default": "c"}, "none of the choices"),
        (CHOICE | {"type": "multiselect", "default": "a\nc"}, "none of the choices"),
        (CHOICE | {"type": "multiselect", "default": ["a"]}, "none of type multiselect"),
        (GOOD | {"default": 5}, "none of type text"),
        (GOOD | {"type": "integer", "default": "5"}, "none of type integer"),
        (GOOD | {"type": "integer", "default": True}, "none of type integer"),
        (GOOD | {"default": "name", "max": 3}, "out of max"),
        (GOOD | {"default": "", "min": 1}, "out of min"),
    ],
)
def test_a_question_that_awx_refuses_is_found(question: Any, words: str):
    (problem,) = [problem for problem in rules.question(question) if words in problem]
    assert rules.survey({"name": "", "description": "", "spec": [question]}) == [f"question 0: {problem}"]


@pytest.mark.parametrize(
    "question",
    [
        GOOD,
        GOOD | {"min": None, "max": 8, "default": "name"},
        GOOD | {"type": "float", "default": 0.5, "min": 0},
        CHOICE | {"type": "multiselect", "default": "a\nb"},
    ],
)
def test_a_question_that_awx_takes_has_no_problem(question: dict[str, Any]):
    assert rules.question(question) == []


@pytest.mark.parametrize(
    "spec", [None, [], {"name": "", "description": ""}, {"name": "", "description": "", "spec": []}]
)
def test_a_survey_without_its_three_parts_is_found(spec: Any):
    assert rules.survey(spec)


def test_a_variable_that_is_asked_for_twice_is_found():
    (problem,) = rules.survey({"name": "", "description": "", "spec": [GOOD, GOOD]})
    assert "asked for 2 times" in problem


def nodes(**changes: dict[str, Any]) -> dict[str, Any]:
    workflow = copy.deepcopy(dict(WORKFLOW))
    for node in workflow["simplified_workflow_nodes"]:
        node |= changes.get(node["identifier"], {})
    return workflow


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        (nodes(decide={"success_nodes": ["nowhere"]}), "decide leads to nowhere"),
        (nodes(report={"success_nodes": ["drift_report"]}), "report is in a circle"),
        (nodes(report={"identifier": "decide"}), "two nodes have one identifier"),
        (nodes(decide={"unified_job_template": "none"}), "no job template none"),
        (nodes(decide={"job_slice_count": 3}), "cloudrestore decide does not ask for job_slice_count"),
        (nodes(decide={"extra_data": {"restore_access_name": "a"}}), "cloudrestore decide asks for no"),
        (nodes(report={"extra_data": {"restore_access_merge": ["all"]}}), "none of the choices"),
        (nodes(decide={"unified_job_template": "cloudrestore rollback"}), "must be told restore_access_snapshot"),
        (nodes(approve={"unified_job_template": "cloudrestore decide"}), "approve is a job or an approval"),
        (nodes(drift_report={"failure_nodes": []}), "one node begins"),
        (nodes(drift_report={"success_nodes": ["decide"]}), "leads to one node in two ways"),
    ],
)
def test_a_workflow_that_awx_refuses_is_found(workflow: dict[str, Any], words: str):
    assert any(words in problem for problem in rules.workflow(workflow, CONFIGURATION.templates))


def kind(**changes: Any) -> dict[str, Any]:
    (credential_type,) = CONFIGURATION.kinds["controller_credential_types"].values()
    return copy.deepcopy(dict(credential_type)) | changes


@pytest.mark.parametrize(
    ("described", "words"),
    [
        (kind(kind="ssh"), "kind ssh"),
        (kind(injectors={"env": {"AWS_REGION": "{{ area }}"}}), "AWS_REGION takes area"),
        (kind(injectors={"env": {"PATH": "/"}}), "PATH is not for a credential"),
        (kind(injectors={"env": {"ANSIBLE_HOME": "/"}}), "ANSIBLE_HOME is not for a credential"),
        (kind(injectors={"variables": {}}), "no injector variables"),
        (kind(inputs={"fields": [{"id": "tower", "type": "string", "label": "a"}], "required": ["b"]}), "required b"),
        (kind(inputs={"fields": [{"id": "tower", "type": "string", "label": "a"}]}), "field tower"),
    ],
)
def test_a_credential_type_that_awx_refuses_is_found(described: dict[str, Any], words: str):
    assert any(words in problem for problem in rules.credential_type(described))


@pytest.mark.parametrize(
    "rrule",
    [
        "RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART:20260101T000000Z RRULE:FREQ=DAILY",
        "DTSTART:20260101T000000Z RRULE:FREQ=SECONDLY;INTERVAL=1",
        "DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=0",
    ],
)
def test_a_schedule_that_awx_refuses_is_found(rrule: str):
    assert rules.schedule({"rrule": rrule})


def pattern(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(configuration.pattern()) | changes


def with_templates(**changes: Any) -> dict[str, Any]:
    content = pattern()
    for template in content["aap_resources"]["controller_job_templates"]:
        template |= changes
    return content


@pytest.mark.parametrize(
    ("described", "words"),
    [
        (pattern(name="another"), "name is not that of the directory"),
        (pattern(name="Not Good"), "name is not"),
        (pattern(title="t" * 65), "title"),
        (pattern(short_description="A sentence."), "short_description"),
        (pattern(aap_resources={}), "controller_project"),
        (with_templates(primary=True), "one job template is the primary one"),
        (with_templates(playbook="no/where.yml"), "playbook"),
        (with_templates(labels=["restores"]), "controller_labels"),
        (with_templates(survey={"name": ""}), "a survey has"),
        (with_templates(extra_vars={"a": 1}), "extra_vars"),
    ],
)
def test_a_pattern_that_a_hub_refuses_is_found(described: dict[str, Any], words: str):
    assert any(words in problem for problem in rules.pattern(described, "restore_access"))
