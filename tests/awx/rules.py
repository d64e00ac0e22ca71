# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWX refuses, as far as data can tell: each function returns the problems it finds, as messages. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import Environment, meta

Item = Mapping[str, Any]

TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "textarea": (str,),
    "password": (str,),
    "integer": (int,),
    "float": (float, int),
    "multiplechoice": (str,),
    "multiselect": (str,),
}
_SEVERAL = ("multiplechoice", "multiselect")
_KEYS = {
    "question_name",
    "question_description",
    "variable",
    "type",
    "required",
    "min",
    "max",
    "choices",
    "default",
    "new_question",
}
# What AWX itself sets for a job, and so lets no credential type set.
_RESERVED = {
    "PATH",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "JOB_ID",
    "INVENTORY_ID",
    "MAX_EVENT_RES",
    "PROJECT_REVISION",
    "AWX_HOST",
}
_PROHIBITED_IN_SOURCE_VARS = {"HOME", "USER", "_", "TERM", "PATH"}
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_RRULE = re.compile(
    r"DTSTART(;TZID=[A-Za-z_/]+)?:\d{8}T\d{6}Z? RRULE:FREQ=(?!SECONDLY)[A-Z]+;(.*;)?INTERVAL=[1-9]\d*(;.*)?"
)


def survey(spec: Any) -> list[str]:
    """Problems of a survey_spec."""
    if not isinstance(spec, Mapping) or set(spec) != {"name", "description", "spec"}:
        return ["a survey has name, description and spec"]
    questions = spec["spec"]
    if not isinstance(questions, Sequence) or isinstance(questions, str) or not questions:
        return ["spec is a list of questions"]
    problems = [
        f"question {number}: {problem}" for number, entry in enumerate(questions) for problem in question(entry)
    ]
    counted = Counter(question.get("variable") for question in questions if isinstance(question, Mapping))
    return problems + [f"variable {name} is asked for {number} times" for name, number in counted.items() if number > 1]


def question(value: Any) -> list[str]:
    """Problems of one question."""
    if not isinstance(value, Mapping):
        return ["it is no mapping"]
    missing = {"question_name", "question_description", "variable", "type", "required"} - set(value)
    if missing:
        return [f"it has no {', '.join(sorted(missing))}"]
    return [
        *_shape(value),
        *(_limits(value) if value["type"] in TYPES else ()),
        *(_default(value) if value["type"] in TYPES else ()),
    ]


def _shape(item: Item) -> Iterator[str]:
    if set(item) - _KEYS:
        yield f"unknown: {', '.join(sorted(set(item) - _KEYS))}"
    if item["type"] not in TYPES:
        yield f"there is no type {item['type']}"
    if not isinstance(item["required"], bool):
        yield "required is no boolean"
    if not _NAME.fullmatch(str(item["variable"])):
        yield f"{item['variable']} is no name of a variable"
    if not item["question_name"]:
        yield "its name is empty"


def _limits(item: Item) -> Iterator[str]:
    for key in ("min", "max"):
        value = item.get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            yield f"{key} is neither an integer nor null"
    choices = item.get("choices")
    if (item["type"] in _SEVERAL) != bool(choices):
        yield "choices belong to multiplechoice and multiselect, and these cannot do without"
    elif choices and not (isinstance(choices, list) and all(isinstance(choice, str) for choice in choices)):
        yield "choices must be a list of strings"


def _default(item: Item) -> Iterator[str]:
    if "default" not in item:
        return
    default = item["default"]
    if not isinstance(default, TYPES[item["type"]]) or isinstance(default, bool):
        yield f"default {default!r} is none of type {item['type']}"
        return
    picked = default.split("\n") if item["type"] == "multiselect" else [default]
    if item["type"] in _SEVERAL and not set(picked) <= set(item.get("choices") or ()):
        yield f"default {default!r} is none of the choices"
    if item["type"] in ("text", "textarea", "password"):
        yield from (f"default is out of {key}" for key in ("min", "max") if _outside(key, item.get(key), len(default)))


def _outside(key: str, limit: int | None, value: int) -> bool:
    return limit is not None and (value < limit if key == "min" else value > limit)


def credential_type(item: Item) -> list[str]:
    """Problems of a custom credential type."""
    return list(_credential_type(item))


def _credential_type(item: Item) -> Iterator[str]:
    if item["kind"] not in ("cloud", "net"):
        yield f"kind {item['kind']}: AWX takes cloud and net only"
    fields = {field["id"]: field for field in item["inputs"]["fields"]}
    for name, field in fields.items():
        if (
            name == "tower"
            or not _NAME.fullmatch(name)
            or field.get("type") not in ("string", "boolean")
            or not field.get("label")
        ):
            yield f"field {name} has no good id, type or label"
    for name in set(item["inputs"].get("required", ())) - set(fields):
        yield f"required {name} is no field"
    for kind, texts in item["injectors"].items():
        if kind not in ("env", "extra_vars", "file"):
            yield f"there is no injector {kind}"
        for key, text in texts.items():
            if kind == "env" and (key in _RESERVED or key.startswith("ANSIBLE_") or not _NAME.fullmatch(key)):
                yield f"environment variable {key} is not for a credential to set"
            # Jinja finds what a template takes from outside.
            for name in (
                meta.find_undeclared_variables(Environment(autoescape=True).parse(text)) - set(fields) - {"tower"}
            ):
                yield f"{key} takes {name}, which is no field"


def workflow(item: Item, asks: Mapping[str, Item]) -> list[str]:
    """Problems of the nodes of a workflow. ``asks``: the job templates by name, for what may be given at launch."""
    return list(_workflow(item, asks))


def _workflow(item: Item, asks: Mapping[str, Item]) -> Iterator[str]:
    nodes = {node["identifier"]: node for node in item["simplified_workflow_nodes"]}
    if len(nodes) < len(item["simplified_workflow_nodes"]):
        yield "two nodes have one identifier"
    reached: set[str] = set()
    for name, node in nodes.items():
        edges = [to for kind in ("success_nodes", "failure_nodes", "always_nodes") for to in node.get(kind, ())]
        reached |= set(edges)
        yield from (f"{name} leads to {to}, which is no node" for to in edges if to not in nodes)
        if len(edges) > len(set(edges)):
            yield f"{name} leads to one node in two ways"
        if ("approval_node" in node) == ("unified_job_template" in node):
            yield f"{name} is a job or an approval"
        elif "unified_job_template" in node:
            yield from (f"{name}: {problem}" for problem in _launch(node, asks))
    yield from (f"{name} is in a circle" for name in _in_a_circle(nodes))
    if len(set(nodes) - reached) != 1:
        yield "one node begins"


def _launch(node: Item, asks: Mapping[str, Item]) -> Iterator[str]:
    template = asks.get(node["unified_job_template"])
    if template is None:
        yield f"there is no job template {node['unified_job_template']}"
        return
    for key in ("job_slice_count", "limit", "job_type", "diff_mode", "inventory"):
        if key in node and not template.get(f"ask_{key}_on_launch"):
            yield f"{template['name']} does not ask for {key} on launch"
    asked = {question["variable"]: question for question in template.get("survey_spec", {}).get("spec", ())}
    for key, value in node.get("extra_data", {}).items():
        choices = asked.get(key, {}).get("choices")
        if key not in asked and not template.get("ask_variables_on_launch"):
            yield f"{template['name']} asks for no {key}"
        elif choices and not set(value if isinstance(value, list) else [value]) <= set(choices):
            yield f"{value!r} is none of the choices of {key}"
    given = node.get("extra_data", {})
    for name, entry in asked.items():
        if entry["required"] and "default" not in entry and name not in given:
            yield f"{template['name']} must be told {name}"


def _in_a_circle(nodes: Mapping[str, Item]) -> Iterator[str]:
    for name in nodes:
        seen: set[str] = set()
        ahead = [name]
        while ahead:
            node = nodes.get(ahead.pop(), {})
            for to in (to for kind in ("success_nodes", "failure_nodes", "always_nodes") for to in node.get(kind, ())):
                if to not in seen:
                    seen.add(to)
                    ahead.append(to)
        if name in seen:
            yield name


def schedule(item: Item) -> list[str]:
    """Problems of a schedule's rule: it needs a start and an interval."""
    return [] if _RRULE.fullmatch(item["rrule"]) else [f"rrule {item['rrule']} is none that AWX takes"]


def source_vars(item: Item) -> list[str]:
    """Problems of an inventory source from a project, whose variables are environment variables."""
    return [f"{name} is prohibited" for name in item["source_vars"] if name in _PROHIBITED_IN_SOURCE_VARS]


def pattern(item: Item, directory: str) -> list[str]:
    """Problems of a pattern.json. ``directory``: the name of the pattern's directory."""
    return list(_pattern(item, directory))


def _pattern(item: Item, directory: str) -> Iterator[str]:
    texts = ("schema_version", "name", "title", "description", "short_description")
    yield from (f"{key} must be a string" for key in texts if not isinstance(item.get(key), str) or not item[key])
    if item["name"] != directory or not re.fullmatch("[a-z0-9_]{1,64}", item["name"]):
        yield "name is not that of the directory, or not made of up to 64 of a-z0-9_"
    if len(item["title"]) > 64:
        yield "title is longer than 64 characters"
    if item["short_description"].endswith("."):
        yield "short_description is no sentence"
    resources = item["aap_resources"]
    for key in ("controller_project", "controller_execution_environment"):
        if key in resources or key == "controller_project":
            yield from _described(key, resources.get(key, {}))
    templates = resources.get("controller_job_templates") or ()
    if sum(bool(template.get("primary")) for template in templates) != 1:
        yield "one job template is the primary one"
    labels = {label for template in templates for label in template.get("labels", ())}
    if labels - set(resources.get("controller_labels", ())):
        yield "labels are not in controller_labels"
    for template in templates:
        yield from (f"{template.get('name')}: {problem}" for problem in _pattern_template(template))


def _described(what: str, item: Item) -> Iterator[str]:
    if not item.get("name") or len(item["name"]) > 200 or not item.get("description"):
        yield f"{what} has no name of up to 200 characters, or no description"


def _pattern_template(template: Item) -> Iterator[str]:
    yield from _described("it", template)
    if not re.fullmatch(r"[a-z0-9_]+\.ya?ml", template.get("playbook", "")):
        yield "playbook is the name of a file in the pattern's directory of playbooks"
    # It goes to the API as it is, and there they are a text.
    if not isinstance(template.get("extra_vars", ""), str):
        yield "extra_vars must be a string"
    if "survey" in template:
        yield from survey(template["survey"])
        yield from (
            f"default of {entry['variable']} must be a string"
            for entry in template["survey"].get("spec", ())
            if not isinstance(entry.get("default", ""), str)
        )
