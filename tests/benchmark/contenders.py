# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is compared: the recipe people use today, this collection, and the floor; and Ansible by itself, for scale."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmark import fleet
from tests.emulator import cases

CHECK, APPLY = "drift check", "first apply"
JOBS = (CHECK, APPLY)

_MEMBER_ARN = "arn:aws:iam::{{ account_id }}:role/" + cases.MEMBER_ROLE


@dataclass(frozen=True)
class Contender:
    """``command``: (directory for its files, number of accounts, job, forks) → what to run."""

    key: str
    title: str
    command: Callable[[Path, int, str, int], list[str]]


def inventory(accounts: int) -> dict[str, Any]:
    hosts = {f"account-{number:05d}": {"account_id": fleet.account_id(number)} for number in range(accounts)}
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "restore_access_name": cases.RESTORE_ROLE,
        "restore_access_assume_role_arn": _MEMBER_ARN,
        "restore_access_appliance_principals": [cases.APPLIANCE_ARN],
        "restore_access_appliance_external_id": cases.EXTERNAL_ID,
    }
    return {"all": {"hosts": hosts, "vars": variables}}


def _recipe() -> list[dict[str, Any]]:
    keys = {
        "access_key": "{{ session.sts_creds.access_key }}",
        "secret_key": "{{ session.sts_creds.secret_key }}",
        "session_token": "{{ session.sts_creds.session_token }}",
    }
    role = {
        "name": cases.RESTORE_ROLE,
        "assume_role_policy_document": json.dumps(fleet.TRUST),
        "managed_policies": [f"arn:aws:iam::{{{{ account_id }}}}:policy/{cases.OWN_POLICY}"],
        "create_instance_profile": False,
    }
    return [
        {
            "amazon.aws.sts_assume_role": {"role_arn": _MEMBER_ARN, "role_session_name": "recipe"},
            "register": "session",
            # It has no check mode: without this its credentials would be undefined under --check.
            "check_mode": False,
            "changed_when": False,
        },
        {"amazon.aws.iam_managed_policy": {"name": cases.OWN_POLICY, "policy": json.dumps(fleet.PERMISSIONS), **keys}},
        {"amazon.aws.iam_role": role | keys},
    ]


def _one_task() -> list[dict[str, Any]]:
    options = {
        "name": "{{ restore_access_name }}",
        "assume_role_arn": "{{ restore_access_assume_role_arn }}",
        "appliance_principals": "{{ restore_access_appliance_principals }}",
        "appliance_external_id": "{{ restore_access_appliance_external_id }}",
    }
    return [{"cloudrestore.aws.restore_role": options}]


def _debug() -> list[dict[str, Any]]:
    return [{"ansible.builtin.debug": {"msg": "{{ account_id }}"}}]


def _playbook(tasks: list[dict[str, Any]]) -> Callable[[Path, int, str, int], list[str]]:
    def command(directory: Path, accounts: int, job: str, forks: int) -> list[str]:
        book = directory / "book.json"
        book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        return _ansible(directory, accounts, forks) + (["--check"] if job == CHECK else []) + [str(book)]

    return command


def _own_playbook(directory: Path, accounts: int, job: str, forks: int) -> list[str]:
    name = "drift_report" if job == CHECK else "converge"
    where = ["-e", f"restore_access_report_dir={directory}"]
    return [*_ansible(directory, accounts, forks), *where, f"cloudrestore.aws.{name}"]


def _ansible(directory: Path, accounts: int, forks: int) -> list[str]:
    hosts = directory / "inventory.json"
    hosts.write_text(json.dumps(inventory(accounts)))
    return ["ansible-playbook", "-i", str(hosts), "--forks", str(forks)]


def _floor(_directory: Path, accounts: int, job: str, forks: int) -> list[str]:
    return [sys.executable, "-m", "tests.benchmark.floor", str(accounts), job, str(forks)]


CONTENDERS = (
    Contender("a", "(a) amazon.aws: sts_assume_role, iam_managed_policy, iam_role", _playbook(_recipe())),
    Contender("b", "(b) cloudrestore.aws: restore_role", _playbook(_one_task())),
    Contender("p", "(b) cloudrestore.aws: playbook drift_report or converge, with its report", _own_playbook),
    Contender("c", "(c) floor: boto3 in threads, the calls of restore_role", _floor),
    Contender("d", "for scale: one debug task", _playbook(_debug())),
)
