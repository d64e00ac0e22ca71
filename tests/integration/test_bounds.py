# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bounds of the controller against everything that whoever starts a job can set. Nothing is called: no AWS is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization

OTHER = "arn:aws:iam::999900001111:role/Stranger"
ACCOUNTS = {"CLOUDRESTORE_ALLOWED_APPLIANCE_ACCOUNTS": cases.APPLIANCE_ACCOUNT}
NO_WIDENING = {"CLOUDRESTORE_ALLOW_WIDENING": "false", "CLOUDRESTORE_ALLOW_PRIVILEGED": "false"}
WIDER = {"CLOUDRESTORE_ALLOWED_APPLIANCE_ACCOUNTS": "999900001111", "CLOUDRESTORE_ALLOW_WIDENING": "true"}
GIVEN = {
    "name": "Restore",
    "appliance_principals": [cases.APPLIANCE_ARN],
    # Whoever gets past the bounds fails here.
    "endpoint_url": "http://127.0.0.1:9",
    "region": "us-east-1",
    "access_key": "AKIAEXAMPLEEXAMPLE00",
    "secret_key": "not-a-secret",
    "aws_config": {"retries": {"max_attempts": 1}},
}
BEYOND = "No option, inventory or extra variable can override it."


def messages(
    directory: Path,
    environment: dict[str, str],
    *tasks: dict[str, Any],
    arguments: tuple[str, ...] = (),
    play: dict[str, Any] | None = None,
    host: dict[str, Any] | None = None,
) -> list[str]:
    """What restore_role says in each task; the play, its inventory and an ansible.cfg, if any, are in ``directory``."""
    book = []
    for number, one in enumerate(tasks):
        keywords = {key: value for key, value in one.items() if key != "options"}
        given = {key: value for key, value in (GIVEN | one.get("options", {})).items() if value is not None}
        book.append(
            {"cloudrestore.aws.restore_role": given, "register": f"r{number}", "ignore_errors": True, **keywords}
        )
    said = ", ".join(f"r{number}.msg | default('')" for number in range(len(tasks)))
    book.append(playbook.written(f"{{{{ [{said}] | to_json }}}}", directory / "said.json"))
    plays = [{"hosts": "all", "gather_facts": False, "connection": "local", "tasks": book, **(play or {})}]
    (directory / "book.json").write_text(json.dumps(plays))
    hosts = {
        "all": {"hosts": {"here": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", **(host or {})}}}
    }
    (directory / "inventory.json").write_text(json.dumps(hosts))
    command = ["ansible-playbook", "-i", str(directory / "inventory.json"), *arguments, str(directory / "book.json")]
    done = playbook.command(command, directory, playbook.ansible_environment_without_aws() | environment)
    assert (directory / "said.json").exists(), done.stdout + done.stderr
    found: list[str] = json.loads((directory / "said.json").read_text())
    return found


def test_no_way_of_setting_an_option_goes_beyond_a_bound(tmp_path: Path):
    """Options, -e, host variables, module defaults, and wherever the module runs; check mode says the same."""
    beyond = {"appliance_principals": [OTHER]}
    no_appliance = {"appliance_principals": None}
    found = messages(
        tmp_path,
        ACCOUNTS | NO_WIDENING,
        {},
        {"options": beyond},
        {"options": beyond, "check_mode": True},
        {"options": {"appliance_principals": "{{ of_extra }}"}},
        {"options": {"appliance_principals": "{{ of_host }}"}},
        {"options": no_appliance, "module_defaults": {"group/cloudrestore.aws.aws": beyond}},
        {"options": no_appliance, "module_defaults": {"cloudrestore.aws.restore_role": beyond}},
        {"options": beyond, "environment": WIDER},
        {"options": beyond, "environment": WIDER, "delegate_to": "localhost"},
        {"options": beyond, "async": 30, "poll": 1},
        {"options": beyond, "vars": {"ansible_python_interpreter": "/usr/bin/python3"}},
        {"options": {"allow_widening": "{{ of_widening }}"}},
        {"options": {"allow_privileged": "yes"}, "environment": WIDER},
        {"options": {"debug_botocore_endpoint_logs": True, **beyond}},
        arguments=(
            "-e",
            json.dumps(
                {"of_extra": [OTHER], "of_widening": True, **WIDER, "allowed_appliance_accounts": "999900001111"}
            ),
        ),
        play={"environment": WIDER},
        host={"of_host": [OTHER]},
    )
    assert BEYOND not in found[0]
    assert [BEYOND in one for one in found[1:]] == [True] * (len(found) - 1), found
    assert "allowed_appliance_accounts is 444455556666" in found[1]
    assert "the environment variable CLOUDRESTORE_ALLOWED_APPLIANCE_ACCOUNTS" in found[1]


@pytest.mark.parametrize(
    "adjacent", ["", "[cloudrestore_aws]\nallowed_appliance_accounts = 999900001111\nallow_widening = true\n"]
)
def test_an_ansible_cfg_beside_the_playbook_widens_nothing(tmp_path: Path, adjacent: str):
    """It is not read where ANSIBLE_CONFIG names another, and narrows the environment where it is."""
    (tmp_path / "ansible.cfg").write_text(adjacent)
    bounded = tmp_path / "bounded.cfg"
    bounded.write_text("[cloudrestore_aws]\nallowed_appliance_accounts = 444455556666\nallow_widening = false\n")
    tasks = ({"options": {"appliance_principals": [OTHER]}}, {"options": {"allow_widening": True}})
    found = messages(tmp_path, {"ANSIBLE_CONFIG": str(bounded)}, *tasks)
    assert all(BEYOND in one and f"[cloudrestore_aws] of {bounded}" in one for one in found), found
    by_environment = messages(tmp_path, ACCOUNTS | NO_WIDENING, *tasks)
    assert all(BEYOND in one for one in by_environment), by_environment


def test_a_bound_that_cannot_be_read_stops_everything(tmp_path: Path):
    (found,) = messages(tmp_path, {"CLOUDRESTORE_ALLOWED_APPLIANCE_ACCOUNTS": "all"}, {})
    assert "The bound allowed_appliance_accounts, set by the environment variable" in found


def test_the_playbooks_report_the_bounds_and_what_went_beyond(enforced: Organization, tmp_path: Path):
    limit = ("--limit", "no-backup-trust,localhost")
    wider = ("-e", json.dumps({"restore_access_appliance_principals": [OTHER], **WIDER}))
    refused = playbook.run(enforced, "converge", tmp_path / "refused", *limit, *wider, extra=ACCOUNTS)
    assert (refused.statuses, refused.changes) == ({"no-backup-trust": "failed"}, {"no-backup-trust": []}), (
        refused.output
    )
    assert BEYOND in " ".join(refused.output.split())
    kept = playbook.run(enforced, "converge", tmp_path / "kept", *limit, extra=ACCOUNTS | NO_WIDENING)
    assert kept.statuses == {"no-backup-trust": "converged"}, kept.output
    assert kept.report is not None
    assert {one["bound"]: one["value"] for one in kept.report["bounds"]} == {
        "allowed_appliance_accounts": "444455556666",
        "allow_widening": "false",
        "allow_privileged": "false",
    }
    assert "Bound: allowed_appliance_accounts is 444455556666" in " ".join(kept.output.split())


def test_no_fact_is_stated_where_the_controller_does_not_allow_it(enforced: Organization, tmp_path: Path):
    arguments = (
        "--limit",
        "compliant,localhost",
        "-e",
        json.dumps({"restore_access_context": {"aws:SourceIp": "192.0.2.1"}}),
    )
    closed = playbook.run(enforced, "verify", tmp_path, *arguments, extra={"CLOUDRESTORE_ALLOW_STATED_FACTS": "false"})
    assert closed.statuses == {"compliant": "failed"}, closed.output
    assert "context is set, which the controller does not allow" in " ".join(closed.output.split())
    # What it asks for is not held against the other bounds: looking lets nobody in.
    looking = playbook.run(enforced, "verify", tmp_path / "looking", *arguments, extra=WIDER | NO_WIDENING)
    assert looking.statuses == {"compliant": "compliant"}, looking.output
