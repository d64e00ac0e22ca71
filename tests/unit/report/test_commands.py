# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A command selects the accounts it is shown for, says what the run was given, shows no secret, and looks before it changes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, html_page
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run, limit_of, play, why_none
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.given import ExtraVars, Given, given
from hypothesis import given as drawn
from hypothesis import strategies as st

from tests.unit.report import fleets

ROOT = Path(__file__).parents[3]
ODD = [
    *(
        "Sandbox, Production",
        "!a",
        "&a",
        "~a",
        "web*",
        "@file",
        "a[1:3]",
        "a?",
        "all",
        "ungrouped",
        "",
        " a",
        "a ",
        "a\nb",
        "a\x1b[2J",
        "a\u202eb",
    ),
]
SELECTED = [
    "orders",
    "orders all",
    "Prod Data",
    "a:b",
    "::1",
    "-e",
    "R&D",
    "it's",
    "$(id)",
    "`id`",
    "a;b",
    "a/b",
    "a@b",
    "a~",
    "Zürich",
    "a'; rm -rf /",
]


@pytest.mark.parametrize("host", ODD)
def test_a_name_that_is_a_pattern_gets_no_command(host: str):
    """It could reach other accounts; and what cannot be seen may end the line, or a terminal's pasting."""
    assert play("converge", [host], Run()) == limit_of([host]) == ""
    assert play("converge", ["orders", host], Run()) == ""
    assert why_none(["orders", host], Run()).startswith("No --limit can select only")
    assert why_none(["orders", host], Run()).isprintable()


def selected(limit: str, hosts: list[str]) -> list[str]:
    """What Ansible makes of ``--limit``, where there are groups of all sorts."""
    inventory = InventoryManager(DataLoader(), sources=[])
    for group in ("orders all", "fleet", "a"):
        inventory.add_group(group)
    for host in hosts:
        inventory.add_host(host, "fleet")
    inventory.reconcile_inventory()
    inventory.subset(limit)
    return sorted(host.name for host in inventory.get_hosts("all"))


@pytest.mark.parametrize("host", SELECTED)
def test_a_limit_takes_its_host_alone_and_nothing_once_it_is_gone(host: str):
    others = [other for other in (*SELECTED, *ODD) if other not in ("", "all", host)]
    assert selected(limit_of([host]), [host, *others]) == [host]
    assert selected(limit_of([host, "payments"]), [host, "payments", *others]) == sorted([host, "payments"])
    if host != "orders all":  # the name of a group there
        assert selected(limit_of([host]), ["payments"]) == []


@drawn(
    st.lists(st.text(max_size=4), min_size=1, max_size=4, unique=True),
    st.lists(st.text(min_size=1, max_size=3), unique=True),
)
def test_a_limit_takes_the_hosts_it_is_made_for_or_there_is_none(hosts: list[str], others: list[str]):
    limit = limit_of(hosts)
    assert not limit or selected(
        limit, [*hosts, *(other for other in others if other not in ("all", *hosts))]
    ) == sorted(hosts)


@pytest.mark.parametrize("host", SELECTED)
def test_a_command_is_quoted_for_a_shell(host: str, tmp_path: Path):
    run = Run(
        ("my inventory.yml", "$(touch pwned),"), given([], [ExtraVars("a=$(touch pwned) b='x y'", {"a": "", "b": ""})])
    )
    words = sh(play("converge", [host], run, "--check"), tmp_path)
    limit = limit_of([host])
    assert words == [
        *("-i", "my inventory.yml", "-i", "$(touch pwned),", "cloudrestore.aws.converge"),
        *([f"--limit={limit}"] if host.startswith("-") else ["--limit", limit]),
        *("-e", "a=$(touch pwned) b='x y'", "--check"),
    ]
    assert not (tmp_path / "pwned").exists()


def sh(command: str, directory: Path, **environment: str) -> list[str]:
    """The words that ansible-playbook gets where a shell runs the command."""
    program = directory / "ansible-playbook"
    program.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    program.chmod(0o755)
    path = {"PATH": f"{directory}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", command], cwd=directory, env=path | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\0")[:-1]


SECRETS: list[tuple[str, dict[str, Any]]] = [
    ("restore_access_mfa_code=123456", {"restore_access_mfa_code": "123456"}),
    ("x=1 db_password=hunter22", {"x": "1", "db_password": "hunter22"}),
    ('{"aws": {"SecretAccessKey": "hunter22"}}', {"aws": {"SecretAccessKey": "hunter22"}}),
    ("restore_access_endpoint_url=http://u:hunter22@proxy", {"restore_access_endpoint_url": "http://u:hunter22@proxy"}),
    (
        '{"restore_access_aws_config": {"proxies": {"https": "u:hunter22@p:80"}}}',
        {"restore_access_aws_config": {"proxies": {"https": "u:hunter22@p:80"}}},
    ),
    ("who=AKIAIOSFODNN7EXAMPLE", {"who": "AKIAIOSFODNN7EXAMPLE"}),
    ("hook=https://h/?token=hunter22", {"hook": "https://h/?token=hunter22"}),
    ('{"vaulted": "encrypted"}', {"vaulted": object()}),
]


@pytest.mark.parametrize(("text", "content"), SECRETS)
def test_a_secret_is_in_no_command_and_asked_for_instead(text: str, content: dict[str, Any], tmp_path: Path):
    run = Run(given=given([], [ExtraVars(text, content)]))
    line = play("converge", ["orders"], run)
    (name,) = run.given.secrets
    for secret in ("123456", "hunter22", "AKIA", "encrypted"):
        assert secret not in line
    program = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert program.returncode != 0
    assert f"{name}: set it first" in program.stderr
    plain = isinstance(content[name], str)
    words = sh(line, tmp_path, **{name: "s3cret" if plain else '["s3cret"]'})
    assert words[-1] == (f"{name}='s3cret'" if plain else json.dumps({name: ["s3cret"]}))
    assert ("x" not in content) or '{"x": "1"}' in words


PLAIN: list[tuple[str, dict[str, Any] | None]] = [
    ("@vars/with secrets.yml", None),
    (
        "restore_access_name=Veeam restore_access_snapshot_kms_key_id=alias/x",
        {"restore_access_name": "Veeam", "restore_access_snapshot_kms_key_id": "alias/x"},
    ),
    ('{"restore_access_pass_role_arns": ["a"]}', {"restore_access_pass_role_arns": ["a"]}),
    (
        "restore_access_appliance_external_id=the-external-id",
        {"restore_access_appliance_external_id": "the-external-id"},
    ),
    ("restore_access_report_dir=/srv/reports", {"restore_access_report_dir": "/srv/reports"}),
]


@pytest.mark.parametrize(("text", "content"), PLAIN)
def test_what_is_no_secret_is_said_as_it_was(text: str, content: dict[str, Any] | None):
    told = given(["--vault-id", "dev@prompt"], [ExtraVars(text, content)])
    assert shlex.split(" ".join(told.arguments)) == ["--vault-id", "dev@prompt", "-e", text]
    assert told.secrets == ()


def test_what_cannot_be_seen_is_written_out():
    told = given([], [ExtraVars('{"a": "x\u202e\n"}', {"a": "x\u202e\n"})])
    assert shlex.split(" ".join(told.arguments)) == ["-e", '{"a": "x\\u202e\\n"}']
    assert play("converge", ["orders"], Run(("in\x1bventory",))) == ""


def test_every_option_that_a_specification_hides_is_a_secret_and_no_other():
    role = yaml.safe_load((ROOT / "roles" / "restore_access" / "meta" / "argument_specs.yml").read_text())
    options = {f"restore_access_{name}": option for name, option in RESTORE_ROLE_SPEC.items()}
    for entry_point in role["argument_specs"].values():
        options |= entry_point["options"]
    hidden = {name for name in options if given([], [ExtraVars("x", {name: "x"})]).secrets}
    assert hidden == {name for name, option in options.items() if option.get("no_log")}


CAUSE = [{"host": host, "result": fleets.three_missing()} for host in ("orders", "Prod Data")]


def test_a_cause_is_looked_at_before_it_is_fixed():
    run = Run(("i.yml",), Given(("-e", "a=1")))
    (cause,) = html_page.data(fleets.report(CAUSE), run)["causes"]
    start = "ansible-playbook -i i.yml cloudrestore.aws.converge --limit 'Prod Data,orders' -e a=1"
    assert cause["commands"] == [
        {"step": "check", "text": f"{start} --check --diff"},
        {"step": "apply", "text": start},
    ]
    assert cause["note"] == ""


MANY = sorted([*(f"account {number:05}: it's" for number in range(700)), "HOSTS", "$(touch pwned)"])


def test_the_names_of_many_accounts_go_through_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """No terminal cuts it short, and Ansible takes from it these hosts alone."""
    (cause,) = html_page.data(
        fleets.report([{"host": host, "result": fleets.three_missing()} for host in MANY]), Run()
    )["causes"]
    check, apply = [command["text"] for command in cause["commands"]]
    assert check == f"{apply} --check --diff"
    assert max(map(len, apply.split("\n"))) < 200
    assert sh(apply, tmp_path) == ["-i", "INVENTORY", "cloudrestore.aws.converge", "--limit", "@cloudrestore-hosts.txt"]
    monkeypatch.chdir(tmp_path)
    assert selected("@cloudrestore-hosts.txt", [*MANY, "account 00001", "orders", "a*", "!a"]) == MANY
    assert not (tmp_path / "pwned").exists()


def test_without_its_file_of_names_a_command_runs_nothing(tmp_path: Path):
    (tmp_path / "cloudrestore-hosts.txt").mkdir()
    line = play("converge", MANY, Run())
    program = tmp_path / "ansible-playbook"
    program.write_text("#!/bin/sh\ntouch ran\n")
    program.chmod(0o755)
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    assert subprocess.run(["sh", "-c", line], cwd=tmp_path, env=path, capture_output=True, check=False).returncode != 0
    assert not (tmp_path / "ran").exists()


def test_in_awx_no_command_is_shown():
    """It is started by a template, with the same limit."""
    data = html_page.data(fleets.report(CAUSE), Run(in_awx=True))
    assert "ansible-playbook" not in json.dumps(data)
    assert data["causes"][0]["note"].endswith(
        "launch the job template, first as a check, with the limit Prod Data,orders"
    )


def test_a_merged_report_says_what_only_its_parts_knew(tmp_path: Path):
    part = json.loads(build.as_json(fleets.report(CAUSE)))
    run = Run(given=Given(("-e", "of=the-merge")))
    built = build.build(fleets.params(parts=[part], formats=["html"], results=None), "1.2.3", fleets.WHEN, (), run)
    (page,) = built.content.values()
    assert b"of=the-merge" not in page
    assert b"Add the inventory and the -e options of the runs in this report." in page
