# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A module's logic run in Ansible's worker says and does the same as the module run as a module.

Every scenario runs twice, each time from the same start: in the worker, and as a module because of an ``environment:``.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build, dump, inventory
from tests.emulator.server import Server
from tests.integration import parity_scenarios

WAYS = ("worker", "environment")
AS_MODULES = {"environment": {"PARITY": "1"}}
# IAM makes up an ID for each principal that is created.
_DIGEST = re.compile(r'("(?:principal|trust|permissions)": )"[0-9a-f]{64}"')
_UNIQUE_ID = re.compile(r"\bA(?:RO|ID)A[A-Z0-9]{12,}\b")
_GATHER = (
    "{% set found = {} %}{% for host in groups['all'] %}{% for name in names %}{% if name in hostvars[host] %}"
    "{% set _ = found.update({host ~ ' ' ~ name: hostvars[host][name]}) %}{% endif %}{% endfor %}{% endfor %}"
    "{{ found | to_json }}"
)


@dataclass(frozen=True)
class Told:
    """What one way of running it brought: results by host and scenario, and the console."""

    results: dict[str, Any]
    output: str


def tell(organization: Organization, way: str, directory: Path, plays: list[dict[str, Any]], **more: Any) -> Told:
    hosts = inventory(organization)
    hosts["all"] = {"hosts": {"localhost": {}}, "vars": {"ansible_connection": "local"}}
    hosts["all"]["vars"]["ansible_python_interpreter"] = "{{ ansible_playbook_python }}"
    if way == "interpreter":
        other = directory / "python"
        directory.mkdir(parents=True, exist_ok=True)
        other.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        other.chmod(0o755)
        more["arguments"] = ["-e", f"ansible_python_interpreter={other}"]
    environment = AS_MODULES if way == "environment" else {}
    results = directory / "results.json"
    gather = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"names": registered(plays), "ansible_python_interpreter": sys.executable},
        "tasks": [playbook.written(_GATHER, results)],
    }
    arguments = more.pop("arguments", [])
    done = playbook.run_plays(
        organization,
        [*({**play, **environment} for play in plays), gather],
        hosts,
        directory,
        "-vvv",
        *arguments,
        **more,
    )
    assert results.exists(), done.stdout
    return Told(json.loads(without_ids(results.read_text())), done.stdout)


def both_ways(
    organization: Organization, directory: Path, plays: list[dict[str, Any]], **more: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What comes of plays that change nothing, in the worker and as modules, in one run of Ansible."""
    as_modules = [{**play, **AS_MODULES} for play in json.loads(json.dumps(plays).replace('"s_', '"m_'))]
    told = tell(organization, "worker", directory, [*plays, *as_modules], **more)
    worker = {name: result for name, result in told.results.items() if " s_" in name}
    module = {name.replace(" m_", " s_"): result for name, result in told.results.items() if " m_" in name}
    # An item of a loop is a run of its own.
    assert used_as_modules(told.output) >= sum(len(result.get("results", [1])) for result in module.values())
    return worker, module


def without_ids(text: str) -> str:
    """Unique IDs by order of appearance, and no digest of them."""
    seen: dict[str, str] = {}
    text = _DIGEST.sub(r'\1""', text)
    return _UNIQUE_ID.sub(lambda match: seen.setdefault(match[0], f"ID{len(seen)}"), text)


def registered(plays: list[dict[str, Any]]) -> list[str]:
    return sorted(set(re.findall(r'"register": "(\w+)"', json.dumps(plays))))


@dataclass(frozen=True)
class Left(Told):
    """And the accounts afterwards."""

    accounts: dict[str, Any]


@pytest.fixture(scope="module")
def told(ministack: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Left]:
    directory = tmp_path_factory.mktemp("parity")
    outcomes = {}
    for way in WAYS:
        ministack.reset()
        organization = build(ministack)
        told = tell(organization, way, directory / way, parity_scenarios.plays(organization))
        accounts = {account.case: dump(organization.server, account.account_id) for account in organization.accounts}
        left = json.loads(without_ids(json.dumps(accounts, default=str)))
        outcomes[way] = Left(told.results, told.output, left)
    return outcomes


def used_as_modules(output: str) -> int:
    return len(re.findall(r"Using module file \S+/cloudrestore/aws/plugins/modules/", output))


def test_it_runs_in_the_worker_and_as_a_module_as_it_is_meant_to(told: dict[str, Left]):
    # What is left to the module: options that something is amiss with.
    assert used_as_modules(told["worker"].output) == parity_scenarios.LEFT_TO_THE_MODULE
    assert used_as_modules(told["environment"].output) > 40


def test_every_result_is_the_same(told: dict[str, Left]):
    worker, module = (told[way].results for way in WAYS)
    assert list(worker) == list(module)
    assert len(worker) > 40
    differing = [name for name in worker if json.dumps(worker[name]) != json.dumps(module[name])]
    for name in differing:
        assert json.dumps(worker[name], indent=1) == json.dumps(module[name], indent=1), (name, differing)


def test_the_accounts_are_left_the_same(told: dict[str, Left]):
    assert told["worker"].accounts == told["environment"].accounts


def test_the_scenarios_tell_something(told: dict[str, Left]):
    results = {name.split(" s_")[-1]: result for name, result in told["worker"].results.items()}
    failed = [name for name, result in results.items() if result.get("failed")]
    changed = [name for name, result in results.items() if result.get("changed")]
    assert (len(failed) > 8, len(changed) > 12) == (True, True)
    assert any(result.get("warnings") for result in results.values())
    assert len(results["loop"]["results"]) == 2
    assert [result["changed"] for result in results["mixed_loop"]["results"]] == [True, True, True]
    assert "127.0.0.1:9" in results["group_default"]["msg"]
    assert results["module_default"]["changed"]


@pytest.mark.parametrize("way", WAYS)
def test_no_log_and_masked_options_hide_the_same(told: dict[str, Left], way: str):
    output, results = told[way].output, json.dumps(told[way].results)
    for secret in parity_scenarios.SECRETS:
        assert secret not in output
        assert secret not in results
    assert parity_scenarios.CENSORED_NAME not in output
    assert output.count('"censored"') == told["worker"].output.count('"censored"') > 0


def test_with_another_interpreter_it_is_a_module(ministack: Server, tmp_path: Path):
    ministack.reset()
    organization = build(ministack)
    plays = parity_scenarios.one(organization)
    outcomes = {way: tell(organization, way, tmp_path / way, plays) for way in ("worker", "interpreter")}
    assert [used_as_modules(told.output) for told in outcomes.values()] == [0, 1]
    assert outcomes["worker"].results == outcomes["interpreter"].results


def test_async_and_become_are_left_to_the_module(ministack: Server, tmp_path: Path):
    ministack.reset()
    organization = build(ministack)
    # By default the jobs' directory is under ~, which is another one for the module than for the worker if HOME is set.
    own = {"ANSIBLE_ASYNC_DIR": str(tmp_path / "async")}
    told = tell(organization, "worker", tmp_path, parity_scenarios.of_a_module_only(organization), extra=own)
    assert used_as_modules(told.output) == 2
    assert told.results["localhost s_async"]["compliant"] is False


@pytest.fixture(scope="module")
def only_read(ministack: Server) -> Organization:
    """For what is in check mode."""
    ministack.reset()
    return build(ministack)


def _soak(environment: dict[str, str]) -> Any:
    return pytest.param(environment, marks=pytest.mark.soak)


@pytest.mark.parametrize(
    "environment",
    [
        _soak({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}),
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "no-such-profile"},
        _soak({"AWS_ACCESS_KEY_ID": ""}),
        _soak({"AWS_SECRET_ACCESS_KEY": "mistyped"}),
        _soak({"AWS_REGION": ""}),
        {"AWS_CA_BUNDLE": "/no/such/file"},
        {"AWS_ENDPOINT_URL": "", "AWS_URL": "http://127.0.0.1:9"},
        _soak({"ANSIBLE_DEBUG_BOTOCORE_LOGS": "true"}),
    ],
)
def test_the_environment_s_credentials_are_taken_alike(
    only_read: Organization, tmp_path: Path, environment: dict[str, str]
):
    """As is its region."""
    worker, module = both_ways(only_read, tmp_path, parity_scenarios.one(only_read), extra=environment)
    assert worker == module
    assert worker


def test_the_credentials_of_one_loop_item_do_not_reach_the_next(ministack: Server, tmp_path: Path):
    ministack.reset()
    organization = build(ministack)
    profiles = tmp_path / "credentials"
    key = organization.automation
    profiles.write_text(
        f"[fleet]\naws_access_key_id={key.access_key_id}\naws_secret_access_key={key.secret_access_key}\n"
        "[stranger]\naws_access_key_id=AKIAUNKNOWNUNKNOWN00\naws_secret_access_key=unknown\n"
    )
    profiles.chmod(0o600)
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SHARED_CREDENTIALS_FILE": str(profiles)}
    plays = parity_scenarios.profiles(organization, ["fleet", "stranger", "", "fleet"])
    worker, module = both_ways(organization, tmp_path, plays, extra=nobody)
    assert worker == module
    (result,) = worker.values()
    assert [bool(loop_result.get("failed")) for loop_result in result["results"]] == [False, True, True, False]
    assert "no complete AWS credentials" in result["results"][2]["msg"]
    assert cases.RESTORE_ROLE in result["results"][3]["principal"]["arn"]
