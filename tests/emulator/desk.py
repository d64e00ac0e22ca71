# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Working on the organization of ``fleet`` with Ansible's own commands, as somebody with a directory and credentials does."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.emulator import organizations_proxy, playbook
from tests.emulator.fleet import KEYS
from tests.emulator.organization import Credentials, Organization
from tests.emulator.organizations_proxy import Weather
from tests.emulator.server import Server

INVENTORY = "organization_accounts.yml"


@dataclass(frozen=True)
class Done:
    """How a command ended. ``errors``: without the line breaks that Ansible puts into messages."""

    returncode: int
    output: str
    errors: str


@dataclass(frozen=True)
class Listed:
    """What ansible-inventory exported."""

    done: Done
    content: dict[str, Any]

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        hostvars: dict[str, dict[str, Any]] = self.content["_meta"]["hostvars"]
        return hostvars

    @property
    def account_ids(self) -> set[str]:
        return {host["account_id"] for host in self.hosts.values()}

    def in_group(self, group: str) -> set[str]:
        """The hosts of a group and of the groups in it."""
        members = set(self.content[group].get("hosts", []))
        for child in self.content[group].get("children", []):
            members |= self.in_group(child)
        return members


@dataclass(frozen=True)
class Desk:
    """A directory in which somebody works, with an inventory and credentials."""

    directory: Path
    server: Server

    def run(self, *command: str, **more: str) -> Done:
        keys = Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"])
        environment = playbook.ansible_environment(Organization(self.server, (), keys)) | more
        done = playbook.command(command, self.directory, environment)
        return Done(done.returncode, done.stdout, " ".join(done.stderr.split()))

    def write(self, **options: Any) -> None:
        inventory = {"plugin": "cloudrestore.aws.organization_accounts", **options}
        (self.directory / INVENTORY).write_text(json.dumps(inventory))

    def list(self, *arguments: str, **more: str) -> Listed:
        done = self.run("ansible-inventory", "-i", INVENTORY, *arguments, "--list", "--export", **more)
        return Listed(done, json.loads(done.output) if done.output.startswith("{") else {})

    def listed(self, **options: Any) -> Listed:
        """The inventory with these options, which must be in order."""
        self.write(**options)
        content = self.list()
        assert (content.done.returncode, content.done.errors) == (0, "")
        return content


@contextlib.contextmanager
def desk(directory: Path, server: Server, weather: Weather | None = None) -> Iterator[tuple[Desk, Weather]]:
    weather = weather or Weather()
    with organizations_proxy.behind(server, weather) as endpoint:
        yield Desk(directory, replace(server, endpoint=endpoint)), weather
