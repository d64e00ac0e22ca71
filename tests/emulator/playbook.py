# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running this collection's playbooks on the sample organization, with the automation user's credentials only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator.organization import Organization, environment, inventory
from tests.emulator.server import BUILD, ROOT

_COMPILED = Path(__file__).with_name("compiled")
_PYTHON = ["-e", "ansible_python_interpreter={{ ansible_playbook_python }}"]


@dataclass(frozen=True)
class Outcome:
    """How a playbook ended. ``report``: what it wrote, or None."""

    command: list[str]
    returncode: int
    output: str
    report: dict[str, Any] | None

    @property
    def statuses(self) -> dict[str, str]:
        """Host → status."""
        assert self.report is not None, self.output
        return {account["host"]: account["status"] for account in self.report["accounts"]}

    @property
    def changes(self) -> dict[str, list[str]]:
        """Host → operations."""
        assert self.report is not None, self.output
        return {
            account["host"]: [change["operation"] for change in account["changes"]]
            for account in self.report["accounts"]
        }


def ansible_environment(organization: Organization) -> dict[str, str]:
    """The caller's environment without its AWS settings, and with those of the organization."""
    return ansible_environment_without_aws() | environment(organization)


def ansible_environment_without_aws() -> dict[str, str]:
    """The caller's environment without its AWS settings, and without its Ansible settings.

    Nor with what keeps Python from writing down what it compiles: each run would compile botocore anew.
    """
    left = ("AWS_", "ANSIBLE_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    # `make matrix` sets this: some amazon.aws use what the core beside them deprecates.
    stays = "ANSIBLE_DEPRECATION_WARNINGS"
    inherited = {key: value for key, value in os.environ.items() if key == stays or not key.startswith(left)}
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(BUILD / "collections"),
        "ANSIBLE_HOME": str(BUILD / "ansible"),
        # For `written`.
        "ANSIBLE_FILTER_PLUGINS": str(Path(__file__).with_name("filters")),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        # Nothing of the caller's own AWS set-up may be found.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    # The benchmark measures what its users have; a test is not kept waiting for what Ansible compiles.
    in_a_test = "PYTEST_VERSION" in os.environ
    return inherited | own | ({"PYTHONPATH": str(_COMPILED)} if in_a_test else {})


def run(
    organization: Organization,
    name: str,
    directory: Path,
    *arguments: str,
    extra: dict[str, str] | None = None,
    seconds: float = 600,
    of: dict[str, Any] | None = None,
) -> Outcome:
    """Run ``cloudrestore.aws.NAME``; its report goes into ``directory``. ``extra``: environment variables on top.

    ``seconds``: how long it may take. ``of``: the inventory, if it is not that of the whole organization.
    """
    directory.mkdir(parents=True, exist_ok=True)
    hosts = directory / "inventory.json"
    hosts.write_text(json.dumps(of or inventory(organization), indent=2) + "\n")
    before = set(directory.glob(f"{name}-*.json"))
    where = ["-e", f"restore_access_report_dir={directory}"]
    command = ["ansible-playbook", "-i", str(hosts), *where, *arguments, f"cloudrestore.aws.{name}"]
    done = _ansible(command, organization, extra, seconds)
    written = sorted(set(directory.glob(f"{name}-*.json")) - before)
    report = json.loads(written[-1].read_text()) if written else None
    return Outcome(command, done.returncode, done.stdout, report)


def command(
    words: Sequence[str], directory: Path, environment: Mapping[str, str], *, seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """A command in a directory, with nothing to read from and nothing but ``environment``. However it ends is told."""
    return subprocess.run(
        words,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def _ansible(
    command: list[str], organization: Organization, extra: dict[str, str] | None, seconds: float = 600
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=ansible_environment(organization) | (extra or {}),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )


def run_tasks(
    organization: Organization,
    options: list[dict[str, Any]],
    directory: Path,
    *arguments: str,
    extra: dict[str, str] | None = None,
    module: str = "restore_role",
) -> tuple[list[dict[str, Any]], str]:
    """Run ``module`` once for each of ``options``. Returns the result of each, and Ansible's whole output."""
    directory.mkdir(parents=True, exist_ok=True)
    results = directory / "results.json"
    tasks: list[dict[str, Any]] = [
        {f"cloudrestore.aws.{module}": option, "register": f"r{number}", "ignore_errors": True}
        for number, option in enumerate(options)
    ]
    gathered = ", ".join(f"r{number}" for number in range(len(options)))
    tasks.append(written(f"{{{{ [{gathered}] | to_json }}}}", results))
    book = directory / "book.json"
    book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    command = ["ansible-playbook", "-i", "localhost,", "-c", "local", *_PYTHON, *arguments, str(book)]
    done = _ansible(command, organization, extra)
    assert results.exists(), done.stdout
    results_of_hosts: list[dict[str, Any]] = json.loads(results.read_text())
    return results_of_hosts, done.stdout


def written(content: str, path: Path | str) -> dict[str, Any]:
    """A task for `run_plays` that writes what the template ``content`` comes to into a file, in check mode as well."""
    return {
        "ansible.builtin.debug": {"msg": "{{ text_to_write | written_to(path_to_write) }}"},
        "vars": {"text_to_write": content, "path_to_write": str(path)},
        "no_log": True,
    }


def run_plays(
    organization: Organization,
    plays: list[dict[str, Any]],
    hosts: dict[str, Any],
    directory: Path,
    *arguments: str,
    extra: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a playbook given as data, on an inventory given as data."""
    directory.mkdir(parents=True, exist_ok=True)
    book, where = directory / "book.json", directory / "inventory.json"
    book.write_text(json.dumps(plays))
    where.write_text(json.dumps(hosts))
    return _ansible(["ansible-playbook", "-i", str(where), *arguments, str(book)], organization, extra)
