# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role in a play of somebody's own: in the worker, and where its modules have to run as modules, with the same results."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization

ROLE = "cloudrestore.aws.restore_access"
CASES = ("compliant", "explicit-deny", "no-backup-trust")
# What a module says of how it was run, and of the warnings that Ansible makes of its own.
NOT_COMPARED = {"options", "invocation", "deprecations", "warnings", "ansible_facts"}


def variables(account: cases.Account) -> dict[str, Any]:
    return {
        "account_id": account.account_id,
        "restore_access_name": (account.principal or cases.Principal()).name,
        "restore_access_assume_role_arn": f"arn:aws:iam::{account.account_id}:role/{cases.MEMBER_ROLE}",
        "restore_access_appliance_principals": [cases.APPLIANCE_ARN],
        "restore_access_appliance_external_id": cases.EXTERNAL_ID,
        "restore_access_verify": True,
    }


def told(
    organization: Organization, directory: Path, *arguments: str, ends_well: bool = True, **play: Any
) -> dict[str, dict[str, Any]]:
    """What the role registers, by account; with its output under ``""`` if it does not end well."""
    results = directory / "results"
    results.mkdir(parents=True)
    hosts = {case: variables(organization.account(case)) for case in CASES}
    tasks: list[dict[str, Any]] = [
        {"ansible.builtin.include_role": {"name": ROLE, "rolespec_validate": False}},
        playbook.written("{{ restore_access_result | to_json }}", f"{results}/{{{{ inventory_hostname }}}}"),
    ]
    body = {"hosts": "all", "gather_facts": False, "connection": "local", "tasks": tasks, **play}
    shared = {"restore_access_report_dir": str(directory / "reports"), "ansible_python_interpreter": sys.executable}
    inventory = {"all": {"hosts": hosts, "vars": shared}}
    done = playbook.run_plays(organization, [body], inventory, directory, *arguments)
    assert (done.returncode == 0) == ends_well, done.stdout
    output = {} if ends_well else {"": {"output": done.stdout}}
    return output | {path.name: json.loads(path.read_text()) for path in results.iterdir()}


def compared(result: dict[str, Any]) -> dict[str, Any]:
    # From ansible-core 2.21 on it says of a module's result within another one as well that it did not fail.
    verification = {"failed": False} | {
        key: value for key, value in result["verification"].items() if key not in NOT_COMPARED
    }
    return {key: value for key, value in result.items() if key not in NOT_COMPARED} | {"verification": verification}


@pytest.fixture(scope="module")
def checked(enforced: Organization, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return told(enforced, tmp_path_factory.mktemp("worker"), "--check")


def test_both_modules_have_their_say(checked: dict[str, dict[str, Any]]):
    assert set(checked) == set(CASES)
    assert [checked[case]["check_mode"] for case in CASES] == [True, True, True]
    assert checked["no-backup-trust"]["changes"]
    assert not checked["no-backup-trust"]["verification"].get("failed")
    assert checked["explicit-deny"]["unresolved"]
    drift = [each for each in checked["explicit-deny"]["verification"]["requirements"] if each["drift"]]
    assert [each["requirement"] for each in drift] == ["kms:CreateGrant"]


def test_as_modules_they_say_the_same(enforced: Organization, checked: dict[str, dict[str, Any]], tmp_path: Path):
    modules = told(enforced, tmp_path, "--check", environment={"CLOUDRESTORE_TEST": "1"})
    assert {case: compared(result) for case, result in modules.items()} == {
        case: compared(result) for case, result in checked.items()
    }


def test_what_is_wrong_with_one_host_is_told_there_and_stops_no_other(enforced: Organization, tmp_path: Path):
    wrong = {"restore_access_tags": "{{ {'team': team} if inventory_hostname == 'compliant' else {} }}"}
    results = told(enforced, tmp_path, "--check", vars=wrong)
    assert results["compliant"]["msg"].startswith("restore_access_tags: 'team' is undefined.")
    assert results["explicit-deny"]["unresolved"]


def test_defaults_of_the_modules_hold_for_what_the_role_runs(enforced: Organization, tmp_path: Path):
    """As the README of the role says of ``module_defaults``."""
    elsewhere = {"group/cloudrestore.aws.aws": {"endpoint_url": "http://127.0.0.1:9", "region": "us-east-1"}}
    results = told(enforced, tmp_path, "--check", module_defaults=elsewhere, ends_well=False)
    assert "Nothing was done for any of 3 hosts" in results[""]["output"]
    assert "127.0.0.1:9" in results[""]["output"]
