# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The argument specs of the role: its modules' specifications and documentation, and what restore_access.yml says of the role alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import VERIFY_SPEC
from ansible_collections.cloudrestore.aws.plugins.modules import restore_role, restore_role_verify

from tests.generate.documentation import OWN, options_of, paragraphs
from tests.generate.references import of_the_role

SOURCE = Path(__file__).with_name("restore_access.yml")
DEFAULTS = Path(__file__).parents[2] / "roles" / "restore_access" / "defaults" / "main.yml"
RESTORE_ROLE, RESTORE_ROLE_VERIFY = f"{OWN}restore_role", f"{OWN}restore_role_verify"
_DOCUMENTED = {
    RESTORE_ROLE: options_of(restore_role.DOCUMENTATION),
    RESTORE_ROLE_VERIFY: options_of(restore_role_verify.DOCUMENTATION),
}
_SPECS = {RESTORE_ROLE: RESTORE_ROLE_SPEC, RESTORE_ROLE_VERIFY: VERIFY_SPEC}
# Defaults and aliases are the module's: those of an argument spec would only be shown.
_FACTS = ("type", "elements", "required", "choices", "no_log")


def argument_specs() -> dict[str, dict[str, Any]]:
    """Both entry points, as ``meta/argument_specs.yml`` has them. Raises ValueError for what does not fit together."""
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    of_role = dict(source["options"])
    own = [name for name, stated in of_role.items() if "type" in stated]
    main = [
        name for name in {**RESTORE_ROLE_SPEC, **VERIFY_SPEC, **dict.fromkeys(own)} if _variable(name) in role.NAMES
    ]
    if {*map(_variable, main)} != role.NAMES or not {*of_role} <= {*main}:
        wrong = sorted(({_variable(name) for name in {*main, *of_role}}) ^ role.NAMES)
        raise ValueError(f"{SOURCE.name} and _options/role.py do not have the same variables: {', '.join(wrong)}")
    entries = {
        "main": (main, (RESTORE_ROLE, RESTORE_ROLE_VERIFY)),
        "verify": ([name for name in main if name in {*VERIFY_SPEC, *role.CONNECTION}], (RESTORE_ROLE_VERIFY,)),
    }
    return {
        entry: source["entries"][entry] | {"options": dict(_options(names, modules, of_role))}
        for entry, (names, modules) in entries.items()
    }


def _variable(name: str) -> str:
    return role.PREFIX + name


def _options(
    names: Collection[str], modules: Collection[str], of_role: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    entry = {*map(_variable, names)}
    defaults = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    for name in names:
        stated = of_role.get(name, {})
        module = next((module for module in modules if name in _SPECS[module]), None)
        if module is None:
            yield _variable(name), _facts(stated) | {"description": paragraphs(stated["description"])}
            continue
        if name not in _DOCUMENTED[module]:
            raise ValueError(f"The documentation of {module} does not have its option {name}.")
        option = _option(_SPECS[module][name], _as_in_the_role(name, _DOCUMENTED[module][name], stated), module, entry)
        default = defaults.get(_variable(name))
        if default is not None and "{{" not in str(default):
            option = {key: value for key, value in option.items() if key != "required"} | {"default": default}
        yield _variable(name), option


def _as_in_the_role(name: str, documented: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """The documentation of a module's option, with what is different in the role."""
    text = paragraphs(documented["description"])
    for said in stated.get("replaced", []):
        if sum(paragraph.count(said["module"]) for paragraph in text) != 1:
            raise ValueError(f"{SOURCE.name}, {name}: the module does not say, or not just once: {said['module']}")
        text = [paragraph.replace(said["module"], said["role"]) for paragraph in text]
    return {**documented, "description": [*text, *paragraphs(stated.get("added", []))]}


def _option(
    spec: Mapping[str, Any], documented: Mapping[str, Any], module: str, entry: Collection[str]
) -> dict[str, Any]:
    text = [of_the_role(paragraph, module, entry) for paragraph in paragraphs(documented["description"])]
    option = _facts(spec) | {"description": [*text, *_default(spec.get("default"))]}
    if "options" in spec:
        suboptions = documented["suboptions"]
        option["options"] = {
            name: _facts(suboption)
            | {
                "description": [
                    of_the_role(text, module, entry) for text in paragraphs(suboptions[name]["description"])
                ]
            }
            for name, suboption in spec["options"].items()
        }
    return option


def _facts(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {fact: spec[fact] for fact in _FACTS if spec.get(fact)}


def _default(value: Any) -> list[str]:
    """What the module does where the variable is not set, as a paragraph; none where its description says it."""
    if value is None or value == "":
        return []
    if value == []:
        return ["Default: an empty list."]
    shown = value if isinstance(value, list) else [value]
    return [f"Default: {', '.join(f'V({str(one).lower() if isinstance(one, bool) else one})' for one in shown)}."]
