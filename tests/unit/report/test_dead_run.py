# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What became of each account of a run that died, from real journals that were cut off after any line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleLookupError
from ansible_collections.cloudrestore.aws.plugins.lookup import dead_run as lookup
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import dead_run
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.entry import entry_of

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run

OPTIONS = {"name": worlds.NAME, "appliance_principals": [worlds.APPLIANCE], "policy_name": None}
HOST = dead_run.Host("orders", "111122223333", "role", worlds.NAME)
MADE = ["CreatePolicy", "CreateRole", "AttachRolePolicy"]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run that created everything left."""
    directory = tmp_path_factory.mktemp("snapshots")
    run(MemoryIam(), {**OPTIONS, "snapshot_directory": str(directory), "run_id": "converge-1"})
    return {path.name: path.read_bytes() for path in (directory / "converge-1").iterdir()}


def cut(left: dict[str, bytes], number: int) -> dict[str, bytes]:
    """The same after as many lines of the journal."""
    lines = {name: b"".join(content.splitlines(keepends=True)[:number]) for name, content in left.items()}
    return {name: lines[name] if name.endswith(".jsonl") else content for name, content in left.items()}


def of(files: dict[str, bytes], host: dead_run.Host = HOST, name: str = "converge-1") -> dead_run.Account:
    (account,) = dead_run.accounts(name, [host], files)
    return account


def names(operations: list[dict[str, str]]) -> list[str]:
    return [one["operation"] for one in operations]


def test_a_run_that_came_to_its_end_is_done(left: dict[str, bytes]):
    account = of(left)
    assert (account.became, account.changed, names(account.result["changes"])) == ("done", True, MADE)
    assert entry_of("orders", "", account.result)["status"] == "converged"


@pytest.mark.parametrize(
    ("lines", "made", "unconfirmed"),
    [(1, 0, []), (2, 0, MADE[:1]), (3, 1, []), (4, 1, MADE[1:2]), (5, 2, []), (6, 2, MADE[2:]), (7, 3, [])],
)
def test_one_that_was_stopped_says_what_was_made_and_what_may_have_been(
    left: dict[str, bytes], lines: int, made: int, unconfirmed: list[str]
):
    """After any line of its journal, the last one included, which says that it ended."""
    account = of(cut(left, lines))
    assert account.became == "stopped"
    assert account.changed == bool(made or unconfirmed)
    assert (names(account.result["changes"]), names(account.result["unconfirmed"])) == (MADE[:made], unconfirmed)
    assert f"{made} of 3 operations were made" in account.result["msg"]
    assert entry_of("orders", "", account.result)["status"] == "failed"


def test_a_run_that_ended_before_all_was_made_is_not_done(left: dict[str, bytes]):
    """Its snapshot has the whole plan."""
    (snapshot,) = (name for name in left if name.endswith(".json"))
    more = json.loads(left[snapshot])
    more["operations"].append({"operation": "TagRole", "target": "x", "arguments": {}})
    account = of({**left, snapshot: json.dumps(more).encode()})
    assert (account.became, account.result["failed"]) == ("stopped", True)
    assert "ended before all was done: 3 of 4 operations were made" in account.result["msg"]


def test_a_snapshot_without_a_journal_is_of_a_run_that_changed_nothing(left: dict[str, bytes]):
    account = of({name: content for name, content in left.items() if name.endswith(".json")})
    assert (account.became, account.changed) == ("stopped", False)


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\xff\xff\n", b'{"outcome": "begun"}\n'])
def test_a_journal_that_cannot_be_read_may_hide_changes(left: dict[str, bytes], content: bytes):
    broken = {name: content if name.endswith(".jsonl") else kept for name, kept in left.items()}
    account = of(broken)
    assert (account.became, account.changed) == ("stopped", True)
    assert "it is not known" in account.result["msg"]


@pytest.mark.parametrize("other", [{"account_id": "999988887777"}, {"account_id": ""}, {"kind": "user"}, {"name": "x"}])
def test_an_account_of_which_nothing_is_left_is_to_be_examined(left: dict[str, bytes], other: dict[str, Any]):
    host = dead_run.Host(
        **{"host": "orders", "account_id": "111122223333", "kind": "role", "name": worlds.NAME} | other
    )
    account = of(left, host)
    assert (account.became, account.changed, account.result["failed"]) == ("untouched", False, True)
    assert dead_run.strangers([host], left) == [name for name in left if name.endswith(".json")]


@pytest.mark.parametrize("name", [worlds.NAME.upper(), f"backup/{worlds.NAME}"])
def test_a_principal_is_found_by_its_name_in_any_case_and_path(left: dict[str, bytes], name: str):
    assert of(left, dead_run.Host("orders", "111122223333", "role", name)).became == "done"


def test_a_rollback_that_is_done_says_nothing_of_a_restore(left: dict[str, bytes]):
    assert entry_of("orders", "", of(left, name="rollback-1").result)["status"] == "rolled_back"


def test_accounts_that_are_done_are_in_no_command_to_go_on(left: dict[str, bytes]):
    other = dead_run.Host("other", "999988887777", "role", worlds.NAME)
    found = dead_run.accounts("converge-1", [HOST, other], left)
    commands = [line for line in dead_run.lines(found, "snapshots/converge-1", Run(), []) if line.startswith("ansible")]
    assert commands == [
        "ansible-playbook -i INVENTORY cloudrestore.aws.converge --limit other --check --diff",
        "ansible-playbook -i INVENTORY cloudrestore.aws.converge --limit other",
        "ansible-playbook -i INVENTORY cloudrestore.aws.rollback --limit orders -e restore_access_snapshot=snapshots/converge-1 --check --diff",
        "ansible-playbook -i INVENTORY cloudrestore.aws.rollback --limit orders -e restore_access_snapshot=snapshots/converge-1",
    ]
    assert dead_run.lines(found[:1], "x", Run(), ["a.json"])[:2] == [
        "1 accounts done, 0 stopped in the middle, 0 not begun or without a change.",
        "There is no host for a.json, which the run changed.",
    ]


def test_the_sample_of_the_lookup_is_what_it_returns(tmp_path: Path):
    (tmp_path / "converge-20260101T120000Z").mkdir()
    accounts = [{"host": "orders", "account_id": "111122223333", "name": "VeeamDynamoDBRestore"}]
    returned = lookup.LookupModule().run([str(tmp_path / "converge-20260101T120000Z")], {}, accounts=accounts)
    assert returned == yaml.safe_load(lookup.RETURN)["_raw"]["sample"]


def test_a_run_that_is_not_there_is_an_error(tmp_path: Path):
    with pytest.raises(AnsibleLookupError, match="Set it to the directory of a run"):
        lookup.LookupModule().run([str(tmp_path / "none")], {})


@pytest.mark.parametrize(
    "entered",
    [
        "arn:aws:iam::111122223333:role/Operator",
        ["arn:aws:iam::999988887777:role/First", "arn:aws:iam::111122223333:role/Operator"],
    ],
)
def test_an_account_is_known_by_the_role_that_is_assumed_in_it(left: dict[str, bytes], tmp_path: Path, entered: Any):
    """Else what the run changed there would be told as an account without a change."""
    place = tmp_path / "converge-1"
    place.mkdir()
    for name, content in left.items():
        (place / name).write_bytes(content)
    accounts = [{"host": "orders", "account_id": "", "assume_role_arn": entered, "name": worlds.NAME}]
    (returned,) = lookup.LookupModule().run([str(place)], {}, accounts=accounts)
    assert returned["results"]["orders"]["changed"]
    assert returned["lines"][0] == "1 accounts done, 0 stopped in the middle, 0 not begun or without a change."
