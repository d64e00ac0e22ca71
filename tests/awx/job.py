# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One job as AWX runs it: a private data directory, ansible-runner over it, and what is read back before it is deleted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jq
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tests.awx.configuration import Configuration, Item
from tests.emulator.organization import Credentials
from tests.emulator.playbook import ansible_environment_without_aws, command
from tests.emulator.server import BUILD, ROOT

AWS = "Amazon Web Services"


@dataclass(frozen=True)
class Controller:
    """What an AWX is set up with. ``hosts``: of the inventory, with their variables. ``keys``: what was typed into the
    credential for AWS. ``machine``: environment of the machine that the jobs run on."""

    configuration: Configuration
    hosts: Mapping[str, Mapping[str, Any]]
    keys: Credentials
    machine: Mapping[str, str]
    directory: Path


@dataclass(frozen=True)
class Launch:
    """One job to run. ``answers``: to the survey, over its defaults. ``piece``: number of the slice and how many there are."""

    template: str
    number: int
    answers: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    piece: tuple[int, int] = (1, 1)
    job_type: str = ""
    limit: str = ""
    verbosity: int = 1


@dataclass(frozen=True)
class Job:
    """What AWX keeps of a job."""

    launch: Launch
    status: str
    artifacts: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    output: str
    files: Mapping[str, str]

    @property
    def ended_well(self) -> bool:
        return self.status == "successful"

    @property
    def said(self) -> str:
        """Whatever anybody could read of it."""
        return "\n".join(
            (self.output, json.dumps(list(self.events)), json.dumps(dict(self.artifacts)), *self.files.values())
        )

    @property
    def messages(self) -> str:
        """What its tasks ended with."""
        results = [event["event_data"].get("res") or {} for event in self.events if "event_data" in event]
        return "\n".join(str(result.get("msg", "")) for result in results if isinstance(result, Mapping))

    @property
    def nodes(self) -> set[str]:
        """Names of the nodes that Automation Platform counts as managed indirectly."""
        queries = yaml.safe_load((ROOT / "extensions" / "audit" / "event_query.yml").read_text())
        results = [
            (queries[data["resolved_action"]]["query"], data["res"])
            for data in (event.get("event_data", {}) for event in self.events)
            if "res" in data and data.get("resolved_action") in queries
        ]
        return {node["name"] for query, result in results for node in jq.compile(query).input_value(result).all()}


class _Unsafe(str):
    pass


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_representer(_Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text)))


def _unsafe(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_unsafe(key): _unsafe(element) for key, element in value.items()}
    if isinstance(value, list):
        return [_unsafe(element) for element in value]
    return _Unsafe(value) if isinstance(value, str) else value


def asked(template: Item) -> dict[str, Any]:
    """What a survey adds if nobody answers it otherwise."""
    variables = {}
    for question in template.get("survey_spec", {}).get("spec", ()):
        if "default" in question:
            several = question["type"] == "multiselect"
            variables[question["variable"]] = question["default"].split("\n") if several else question["default"]
    return variables


def injected(configuration: Configuration, template: Item, keys: Credentials) -> tuple[dict[str, str], dict[str, str]]:
    """Environment and extra vars of the template's credentials."""
    environment: dict[str, str] = {}
    variables: dict[str, str] = {}
    for name in template.get("credentials", ()):
        credential = configuration.named("controller_credentials", name)
        if credential["credential_type"] == AWS:
            environment |= {"AWS_ACCESS_KEY_ID": keys.access_key_id, "AWS_SECRET_ACCESS_KEY": keys.secret_access_key}
            if keys.session_token:
                environment |= {"AWS_SECURITY_TOKEN": keys.session_token, "AWS_SESSION_TOKEN": keys.session_token}
            continue
        kind = configuration.named("controller_credential_types", credential["credential_type"])
        # AWX leaves out what was not filled in; a template sees it as nothing.
        given = {key: value for key, value in credential["inputs"].items() if value}
        for into, texts in ((environment, "env"), (variables, "extra_vars")):
            for key, text in kind["injectors"].get(texts, {}).items():
                into[key] = ImmutableSandboxedEnvironment().from_string(text).render(**given)
    return environment, variables


def inventory(controller: Controller, name: str, piece: tuple[int, int]) -> str:
    """The inventory script; slice n of N has every Nth host of the sorted ones, from the nth."""
    number, of = piece
    mine = sorted(controller.hosts)[number - 1 :: of]
    variables = controller.configuration.named("controller_inventories", name)["variables"]
    awx = {"remote_tower_enabled": "true", "remote_host_enabled": "true"}
    content = {
        "all": {"hosts": mine, "vars": variables},
        "_meta": {
            "hostvars": {
                host: {**controller.hosts[host], **awx, "remote_tower_id": index, "remote_host_id": index}
                for index, host in enumerate(mine, 1)
            }
        },
    }
    return f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(content)!r})\n"


def run(controller: Controller, launch: Launch) -> Job:
    template = controller.configuration.templates[launch.template]
    place = controller.directory / f"awx_{launch.number}"
    for name in ("inventory", "env", "project", "cp"):
        (place / name).mkdir(parents=True)
    # A project is a checkout of the repository.
    (place / "project" / "extensions").symlink_to(ROOT / "extensions")
    script = place / "inventory" / "hosts"
    script.write_text(inventory(controller, template["inventory"], launch.piece))
    script.chmod(0o700)
    environment, of_credentials = injected(controller.configuration, template, controller.keys)
    (place / "env" / "credential").write_text(yaml.dump(_unsafe(of_credentials), Dumper=_Dumper))
    variables = {
        **template.get("extra_vars", {}),
        **asked(template),
        **launch.variables,
        **launch.answers,
        **_of_awx(launch),
    }
    (place / "env" / "extravars").write_text(yaml.dump(_unsafe(variables), Dumper=_Dumper))
    (place / "env" / "cmdline").write_text(" ".join(_arguments(template, launch, place)))
    (place / "env" / "settings").write_text(json.dumps({"job_timeout": 600, "suppress_ansible_output": True}))
    (place / "env" / "envvars").write_text(yaml.safe_dump(_environment(controller, launch) | environment))
    words = [
        sys.executable,
        "-m",
        "ansible_runner",
        "run",
        str(place),
        "-p",
        template["playbook"],
        "--ident",
        str(launch.number),
    ]
    done = command(words, place, ansible_environment_without_aws(), seconds=600)
    return _read_back(launch, place, done)


def _of_awx(launch: Launch) -> dict[str, Any]:
    facts = {
        "job_id": launch.number,
        "job_launch_type": "workflow",
        "job_template_name": launch.template,
        "inventory_id": 2,
    }
    return {f"{prefix}_{key}": value for prefix in ("awx", "tower") for key, value in facts.items()}


def _arguments(template: Item, launch: Launch, place: Path) -> list[str]:
    check = (launch.job_type or template["job_type"]) == "check"
    return [
        *(["--check"] if check else []),
        *(["-l", launch.limit] if launch.limit else []),
        *("-u", "root"),
        *(["--diff"] if template.get("diff_mode") else []),
        *(
            f"--forks={template.get('forks', 5)}",
            f"-{'v' * launch.verbosity}",
            "-e",
            f"@{place / 'env' / 'credential'}",
        ),
    ]


def _environment(controller: Controller, launch: Launch) -> dict[str, str]:
    return {
        "AWX_PRIVATE_DATA_DIR": "/runner",
        "JOB_ID": str(launch.number),
        "INVENTORY_ID": "2",
        "PROJECT_REVISION": "0" * 40,
        "MAX_EVENT_RES": "700000",
        "AWX_HOST": "https://towerhost",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_FORCE_COLOR": "True",
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        "ANSIBLE_COLLECTIONS_PATH": str(BUILD / "collections"),
        "ANSIBLE_HOME": str(BUILD / "ansible"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **controller.machine,
    }


def _read_back(launch: Launch, place: Path, done: subprocess.CompletedProcess[str]) -> Job:
    results = place / "artifacts" / str(launch.number)
    events = [json.loads(path.read_text()) for path in sorted((results / "job_events").glob("*.json"), key=_number)]
    assert events, done.stdout + done.stderr
    stats = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
    artifacts = stats[0].get("artifact_data", {}) if stats else {}
    written = [path for path in (place / "project").rglob("*") if path.is_file() and not path.is_symlink()]
    return Job(
        launch,
        (results / "status").read_text(),
        artifacts,
        events,
        (results / "stdout").read_text() + done.stdout + done.stderr,
        {str(path.relative_to(place / "project")): path.read_text() for path in written},
    )


def _number(path: Path) -> int:
    return int(path.name.split("-")[0])
