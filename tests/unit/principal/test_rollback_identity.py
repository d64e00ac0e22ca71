# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback is about the role or user that the run was about, and never about another one created later under its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, undone, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, OPTIONS, OURS, account, role
from tests.unit.principal.test_interrupted import Killed, stop_after
from tests.unit.principal.test_reliability import create_role_as_asked, first, lost
from tests.unit.principal.test_rollback_parts import USER, WHO, changed

BEFORE, LATER = "AROAEXAMPLEBEFORE", "AROAEXAMPLELATER"


def refuses(iam: MemoryIam, undo: Any) -> str:
    """Done or looked at, and nothing is written. ``undo``: takes ``check``."""
    before = iam.contents()
    messages = set()
    for check in (True, False):
        start = len(iam.calls)
        with pytest.raises(RestoreAccessError) as refused:
            undo(check=check)
        assert (writes(iam, start), iam.contents()) == ([], before)
        messages.add(refused.value.message)
    (message,) = messages
    return message


def another(iam: MemoryIam, kind: str = "Role", **more: Any) -> None:
    """Somebody deletes the principal, and creates one of the same name."""
    trust = worlds.document(APPLIANCE, BACKUP) if kind == "Role" else None
    values = {"trust": trust, "unique_id": LATER, **more}
    iam.principals[kind, worlds.NAME] = Principal(kind, worlds.NAME, **values)


def in_files(directory: Path, iam: MemoryIam, **more: Any) -> Any:
    """A run with its records in a directory; what undoes it."""
    where = {"snapshot_directory": str(directory), "run_id": "one"}
    run(iam, {**OPTIONS, **where, **more})
    return undoing(directory, iam, **more)


def undoing(directory: Path, iam: MemoryIam, **more: Any) -> Any:
    kind = {key: more[key] for key in ("principal_type",) if key in more}
    return lambda check=False: undone(iam, {**WHO, **kind, "snapshot": str(directory / "one")}, check=check)


@pytest.mark.parametrize("kind", ["Role", "User"])
@pytest.mark.parametrize("tags", [{}, OURS])
def test_one_created_later_under_the_name_is_left_alone(kind: str, tags: dict[str, str]):
    """Whatever it holds, and whoever made it."""
    iam = MemoryIam()
    iam.add(Principal(kind, worlds.NAME, trust=worlds.document(BACKUP), inline={"a": EVERYTHING}, unique_id=BEFORE))
    asked: dict[str, Any] = USER if kind == "User" else {}
    previous = changed(iam, **asked, purge_policies=True)
    attached = iam.principals[kind, worlds.NAME].attached
    another(iam, kind, tags=tags, attached=list(attached))
    message = refuses(iam, lambda check: rolled_back(iam, {**WHO, **asked}, previous, check=check))
    named = f"Account {iam.account_id}: arn:aws:iam::{iam.account_id}:{kind.lower()}/{worlds.NAME} is not the {kind.lower()}"
    assert message.startswith(named)
    assert f"the unique ID {BEFORE}" in message
    assert f"now has the unique ID {LATER}" in message


def test_the_same_one_is_rolled_back_and_a_second_time_left_as_it_is():
    iam = account(BACKUP, unique_id=BEFORE)
    previous = changed(iam)
    assert rolled_back(iam, WHO, previous)["changed"] is True
    assert rolled_back(iam, WHO, previous)["changed"] is False


def test_a_snapshot_without_an_id_is_undone_as_before():
    iam = account(BACKUP, unique_id=BEFORE)
    previous = changed(iam)
    del previous["unique_id"]
    role(iam).unique_id = LATER
    assert rolled_back(iam, WHO, previous)["changed"] is True


@pytest.mark.parametrize("kind", ["role", "user"])
def test_one_that_the_run_created_is_known_by_what_iam_answered(tmp_path: Path, kind: str):
    iam, asked = MemoryIam(), {"principal_type": kind}
    undo = in_files(tmp_path, iam, **asked)
    (principal,) = iam.principals.values()
    created = principal.unique_id
    principal.unique_id = LATER
    message = refuses(iam, undo)
    assert f"the run created it with the unique ID {created}, " in message
    assert f"now has the unique ID {LATER}" in message
    principal.unique_id = created
    undo()
    assert iam.contents() == MemoryIam().contents()
    assert undo()["changed"] is False


def test_a_journal_without_the_id_is_undone_as_before(tmp_path: Path):
    """As an earlier version wrote it: its chain holds, and it says nothing of an ID."""
    iam = MemoryIam()
    create = iam._createx

    def without_id(*given: Any, **arguments: Any) -> dict[str, Any]:
        create(*given, **arguments)
        return {}

    vars(iam)["create_role"] = lambda **arguments: iam._call(
        "CreateRole", lambda **a: without_id("Role", **a), **arguments
    )
    undo = in_files(tmp_path, iam)
    assert "unique_id" not in (tmp_path / "one" / f"{iam.account_id}-role-{worlds.NAME}.jsonl").read_text()
    role(iam).unique_id = LATER
    undo()
    assert iam.contents() == MemoryIam().contents()


def test_so_it_is_after_a_run_that_was_killed(tmp_path: Path):
    """The answer to CreateRole is written down before anything else is called."""
    iam = MemoryIam()
    stop_after(iam, 2)
    with pytest.raises(Killed):
        in_files(tmp_path, iam)
    iam.fail = lambda _operation, _arguments: None
    undo = undoing(tmp_path, iam)
    created = role(iam).unique_id
    another(iam, tags=OURS)
    assert created in refuses(iam, undo)
    role(iam).unique_id = created
    undo()
    assert iam.contents() == MemoryIam().contents()


def test_a_killed_run_at_another_one_is_not_undone(tmp_path: Path):
    iam = account(BACKUP, unique_id=BEFORE)
    stop_after(iam, 1)
    with pytest.raises(Killed):
        in_files(tmp_path, iam, description="ours")
    iam.fail = lambda _operation, _arguments: None
    another(iam)
    assert BEFORE in refuses(iam, undoing(tmp_path, iam, description="ours"))


def test_one_whose_creation_was_told_by_the_account_only_is_known(tmp_path: Path):
    """The answer to CreateRole was lost."""
    iam = MemoryIam()
    iam.fail = first("CreateRole", lost(), create_role_as_asked(iam))
    undo = in_files(tmp_path, iam)
    created_id, role(iam).unique_id = role(iam).unique_id, LATER
    assert created_id in refuses(iam, undo)


def test_what_a_rollback_created_again_is_no_stranger(tmp_path: Path):
    """It has another ID than what the run had deleted, and is finished by the next rollback."""
    iam = MemoryIam()
    run(iam, OPTIONS)
    before = iam.contents()
    undo = in_files(tmp_path, iam, state="absent")
    stop_after(iam, 2)
    with pytest.raises(Killed):
        undo()
    iam.fail = lambda _operation, _arguments: None
    undo()
    assert iam.contents() == before
    assert undo()["changed"] is False


def deleted_and_brought_back(**options: Any) -> tuple[MemoryIam, dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The account before the runs, the snapshot of a run, and that of the one after it that deleted the role, and is undone."""
    iam = MemoryIam()
    run(iam, OPTIONS)
    before = iam.contents()
    earlier, absent = changed(iam, **options), changed(iam, state="absent")
    rolled_back(iam, WHO, absent)
    return iam, before, earlier, absent


@pytest.mark.parametrize(
    "options",
    [
        {"description": "new", "max_session_duration": 7200},
        {"appliance_principals": ["777788889999"]},
        {"appliance_external_id": "an-external-id", "tags": {"team": "x"}},
    ],
)
def test_after_a_rollback_brought_it_back_an_earlier_run_is_undone(options: dict[str, Any]):
    """It came back with what that run had done in it."""
    iam, before, earlier, _absent = deleted_and_brought_back(**options)
    expected = rolled_back(iam, WHO, earlier, check=True)
    assert rolled_back(iam, WHO, earlier)["changes"] == expected["changes"] != []
    assert iam.contents()["principals"] == before["principals"]
    assert rolled_back(iam, WHO, earlier)["changed"] is False


def test_a_tag_since_it_was_brought_back_changes_nothing():
    iam, _before, _earlier, absent = deleted_and_brought_back(description="new")
    run(iam, {**OPTIONS, "tags": {"team": "x"}})
    assert rolled_back(iam, WHO, absent)["changed"] is False


@pytest.mark.parametrize(
    "theirs",
    [
        {"trust": worlds.document(APPLIANCE)},
        {"path": "/theirs/"},
        {"boundary": "arn:aws:iam::111122223333:policy/Theirs"},
        {"tags": {"team": "x"}},
    ],
)
def test_one_of_another_form_is_not_what_a_rollback_brought_back(theirs: dict[str, Any]):
    iam, _before, earlier, _absent = deleted_and_brought_back(description="new")
    iam.add_policy("Theirs", EVERYTHING)
    another(iam, **{"trust": role(iam).trust, "tags": OURS, **theirs})
    message = refuses(iam, lambda check: rolled_back(iam, WHO, earlier, check=check))
    assert LATER in message
    assert "it is not known whether anything of that run is in it" in message


@pytest.mark.parametrize("theirs", [{"tags": {"team": "theirs"}}, {"trust": worlds.document(BACKUP)}])
def test_what_somebody_created_in_place_of_the_deleted_one_is(tmp_path: Path, theirs: dict[str, Any]):
    iam = MemoryIam()
    run(iam, OPTIONS)
    tags = dict(role(iam).tags)
    undo = in_files(tmp_path, iam, state="absent")
    another(iam, **{"tags": tags, **theirs})
    assert LATER in refuses(iam, undo)
