# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every example in the documentation runs as it is printed, on accounts that have the IDs of the examples."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator import cases, examples, playbook
from tests.emulator.examples import Profiles, Task
from tests.emulator.organization import Credentials, Organization
from tests.emulator.server import ROOT, Server

OF_THE_ORGANIZATION = ["organization_policies_info", "account_policies", "account_policies_read"]
IN_NO_PLAY = ["organization_accounts", "progress", "fleet"]
IN_ACCOUNTS = [path.stem for path in examples.files() if path.stem not in [*OF_THE_ORGANIZATION, *IN_NO_PLAY]]

# Play → task → its result.
Results = dict[str, dict[str, dict[str, Any]]]


def test_every_module_and_plugin_has_examples():
    assert [path.stem for path in examples.files() if not examples.documentation(path, "EXAMPLES")] == []


@dataclass(frozen=True)
class Desk:
    """A directory in which somebody works, with credentials in an AWS configuration file."""

    directory: Path
    server: Server

    def run(self, *words: str, **more: str) -> tuple[int, str]:
        """Exit code and standard output."""
        keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
        everything = playbook.ansible_environment(Organization(self.server, (), Credentials("", "")))
        environment = {name: value for name, value in everything.items() if name not in keys}
        environment["AWS_CONFIG_FILE"] = str(self.directory / "aws.ini")
        done = playbook.command(words, self.directory, environment | more)
        return done.returncode, done.stdout


def desk(directory: Path, server: Server, profiles: Profiles) -> Desk:
    profiles.write(directory / "aws.ini")
    return Desk(directory, server)


def run(here: Desk, plays: dict[str, list[Task]], **variables: Any) -> Results:
    """Each list of tasks as a play of its own, on a host with the variables that the examples leave to the reader."""
    host = {
        **examples.VARIABLES,
        **variables,
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    book = [{"name": name, "hosts": "orders", "gather_facts": False, "tasks": tasks} for name, tasks in plays.items()]
    (here.directory / "hosts.json").write_text(json.dumps({"all": {"hosts": {"orders": host}}}))
    (here.directory / "book.json").write_text(json.dumps(book))
    words = ("ansible-playbook", "-i", "hosts.json", "book.json")
    _code, output = here.run(*words, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json")
    assert "{\n" in output, output
    document = json.loads(output[output.index("{\n") :])
    results = {
        play["play"]["name"]: {task["task"]["name"]: task["hosts"]["orders"] for task in play["tasks"]}
        for play in document["plays"]
    }
    # The play ends with the first task that fails, and the output is long.
    failed = [
        (play, name, result.get("msg", "hidden by no_log"))
        for play in results
        for name, result in results[play].items()
        if result.get("failed")
    ]
    assert failed == []
    return results


def went_through(results: dict[str, dict[str, Any]], tasks: list[Task]) -> None:
    """Every task was run, and none failed or was skipped, one with ``ignore_errors`` included."""
    names = [task["name"] for task in tasks]
    assert [name for name in results if name != "Before"] == names
    for name in names:
        assert {"failed", "skipped", "unreachable"} & {key for key, value in results[name].items() if value} == set()


@pytest.fixture(scope="module")
def in_accounts(ministack: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path]:
    ministack.reset()
    directory = tmp_path_factory.mktemp("examples")
    plays = {name: examples.BEFORE.get(name, []) + examples.tasks(name) for name in IN_ACCOUNTS}
    return run(desk(directory, ministack, examples.build(ministack)), plays), directory


@pytest.mark.parametrize("name", IN_ACCOUNTS)
def test_the_examples_run_as_printed(in_accounts: tuple[Results, Path], name: str):
    went_through(in_accounts[0][name], examples.tasks(name))


def test_the_examples_bring_about_what_they_say(in_accounts: tuple[Results, Path]):
    results, directory = in_accounts
    unchanged = [name for name, result in results["restore_role"].items() if not result["changed"]]
    # The example before it has undone that run already.
    assert unchanged == ["Undo the run from the bucket"]
    was, is_again = (results["restore_role"]["Undo the run"][key]["trust"] for key in ("before", "after"))
    kept = results["restore_role"]["Converge, and record what is needed to undo it"]
    assert (was, is_again) == (kept["after"]["trust"], kept["before"]["trust"])
    assert was != is_again
    assert {path.name for path in (directory / "reports" / "snapshots").iterdir()} >= {"change-4711"}
    (written,) = directory.glob("*.cloudformation.json")
    assert "AWS::IAM::Role" in written.read_text()
    merged = results["restore_role_report"]["Merge the reports of the slices of a job"]
    assert Path(merged["report"]["json"]).name.startswith("whole_fleet-")


@pytest.fixture(scope="module")
def fleet(moto: Server) -> examples.Fleet:
    moto.reset()
    return examples.build_organization(moto)


@pytest.mark.parametrize("name", OF_THE_ORGANIZATION)
def test_the_examples_of_an_organization_run_with_other_ids(
    moto: Server, fleet: examples.Fleet, tmp_path: Path, name: str
):
    """With the IDs of one's own."""
    tasks = yaml.safe_load(fleet.here(json.dumps(examples.tasks(name))))
    before = [examples.restore_role()] if name == "account_policies_read" else []
    account = fleet.ids[examples.ACCOUNT] if name == "account_policies" else examples.MANAGEMENT
    results = run(desk(tmp_path, moto, fleet.profiles), {name: before + tasks}, account_id=account)
    went_through(results[name], tasks)
    if name == "account_policies":
        (shown,) = [result["msg"] for result in results[name].values() if "msg" in result]
        assert len(shown["service_control_policies"]) == 3


def test_the_examples_of_the_inventory_list_their_accounts(moto: Server, fleet: examples.Fleet, tmp_path: Path):
    path = ROOT / "plugins" / "inventory" / "organization_accounts.py"
    documents = examples.inventories(fleet.here(examples.documentation(path, "EXAMPLES")))
    here, listed = desk(tmp_path, moto, fleet.profiles), []
    for document in documents:
        (name,) = [word for line in document.splitlines() for word in line.split() if word.endswith("accounts.yml:")]
        (tmp_path / name.rstrip(":")).write_text(document)
        words = ("ansible-inventory", "-i", name.rstrip(":"), "--list")
        code, output = here.run(*words)
        assert code == 0
        listed.append(json.loads(output))
    orders, invoices = fleet.ids["111122223333"], fleet.ids["222233334444"]
    assert [set(inventory["_meta"]["hostvars"]) for inventory in listed] == [
        {"orders", "invoices"},
        {f"orders-{orders}", f"invoices-{invoices}"},
    ]
    assert set(listed[1]["team_sales"]["hosts"]) == {f"orders-{orders}", f"invoices-{invoices}"}
    assert listed[1]["_meta"]["hostvars"][f"orders-{orders}"]["restore_access_name"] == cases.RESTORE_ROLE


@pytest.mark.parametrize("name", ["progress", "fleet"])
def test_the_example_of_a_callback_shows_how_far_a_run_is(ministack: Server, tmp_path: Path, name: str):
    ministack.reset()
    here = desk(tmp_path, ministack, examples.build(ministack))
    path = ROOT / "plugins" / "callback" / f"{name}.py"
    settings = yaml.safe_load(examples.documentation(path, "EXAMPLES"))["ansible.cfg"]
    # A line from time to time is none in a run as short as this.
    (tmp_path / "ansible.cfg").write_text(settings.replace("interval = 30", "interval = 0"))
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [examples.restore_role()]}
    (tmp_path / "play.json").write_text(json.dumps([play]))
    python = "ansible_python_interpreter={{ ansible_playbook_python }}"
    words = ("ansible-playbook", "-i", "localhost,", "-c", "local", "-e", python, "play.json")
    assert "1 of 1 accounts" in here.run(*words)[1]
