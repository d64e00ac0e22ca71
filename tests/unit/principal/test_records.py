# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run writes down: the snapshot before its first change, and a line in the journal for every operation."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import socket as sockets
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import Operation
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import (
    chain,
    journal_files,
    snapshot_files,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import (
    journal as recording,
)

from tests.unit.memory_iam import IamError, MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import READS, run, undone, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, OPTIONS, account, role
from tests.unit.principal.test_interrupted import Killed, essence, stop_after
from tests.unit.principal.test_reliability import first, lost

FILE = f"111122223333-role-{worlds.NAME}.json"


def recorded(directory: Path, run_id: str = "one", **more: Any) -> dict[str, Any]:
    where = {"snapshot_directory": str(directory / "snapshots"), "journal_directory": str(directory / "journal")}
    return {**OPTIONS, **where, "run_id": run_id, **more}


def journal(directory: Path) -> list[dict[str, Any]]:
    text = (directory / "journal" / "111122223333.jsonl").read_text()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def outcomes(directory: Path) -> list[tuple[str, str]]:
    return [(line["outcome"], line["operation"]) for line in journal(directory) if "operation" in line]


def test_the_snapshot_is_written_before_the_first_change(tmp_path: Path):
    iam = MemoryIam()
    path = tmp_path / "snapshots" / "one" / FILE
    there: list[bool] = []
    iam.fail = lambda operation, _arguments: None if operation.startswith(READS) else there.append(path.exists())
    result = run(iam, recorded(tmp_path))
    assert there == [True, True, True]
    assert result["snapshot_file"] == str(path)
    written = json.loads(path.read_text())
    assert {key: written[key] for key in result["previous"]} == result["previous"]
    assert (written["run_id"], stat.S_IMODE(path.stat().st_mode)) == ("one", 0o600)
    assert stat.S_IMODE((tmp_path / "journal" / "111122223333.jsonl").stat().st_mode) == 0o600


def test_check_mode_and_a_run_without_changes_write_nothing(tmp_path: Path):
    run(account(), recorded(tmp_path))
    run(MemoryIam(), recorded(tmp_path), check=True)
    assert list(tmp_path.iterdir()) == []


def test_the_journal_tells_who_changed_what_when(tmp_path: Path):
    run(account(BACKUP), recorded(tmp_path))
    snapshot, begun, made, ended = journal(tmp_path)
    assert (snapshot["outcome"], ended["outcome"]) == ("snapshot", "ended")
    assert begun["caller"] == "arn:aws:sts::111122223333:assumed-role/Admin/session"
    assert (begun["outcome"], begun["operation"], begun["run_id"]) == ("begun", "UpdateAssumeRolePolicy", "one")
    assert worlds.APPLIANCE in begun["arguments"]["PolicyDocument"]
    assert (made["outcome"], made["target"]) == ("made", begun["target"])
    assert begun["time"] <= made["time"]


@pytest.mark.parametrize("count", range(3))
def test_after_a_crash_the_journal_and_the_snapshot_are_valid(tmp_path: Path, count: int):
    iam = MemoryIam()
    stop_after(iam, count)
    with pytest.raises(Killed):
        run(iam, recorded(tmp_path))
    made = [operation for outcome, operation in outcomes(tmp_path) if outcome == "made"]
    assert made == ["CreatePolicy", "CreateRole", "AttachRolePolicy"][:count]
    assert outcomes(tmp_path)[-1][0] == "begun"
    iam.fail = lambda _operation, _arguments: None
    undone(iam, {"name": worlds.NAME, "snapshot": str(tmp_path / "snapshots" / "one")})
    assert essence(iam) == essence(MemoryIam())


def test_an_unfinished_line_does_not_spoil_the_next(tmp_path: Path):
    """A crash may have left it."""
    path = tmp_path / "journal.jsonl"
    journal_files.append(str(path), b'{"number": 1}\n')
    path.write_text(path.read_text() + '{"numb')
    journal_files.append(str(path), b'{"number": 2}\n')
    assert path.read_text().splitlines() == ['{"number": 1}', '{"numb', '{"number": 2}']


def test_a_failed_operation_is_in_the_journal_with_its_code(tmp_path: Path):
    iam = account(BACKUP)
    iam.fail = lambda operation, _arguments: IamError("AccessDenied", "no") if operation.startswith("Update") else None
    with pytest.raises(RestoreAccessError):
        run(iam, recorded(tmp_path))
    assert journal(tmp_path)[-2]["code"] == "AccessDenied"


def test_an_operation_whose_answer_was_lost_is_in_the_journal(
    tmp_path: Path,
):
    """First as such, and as made once the account tells."""
    iam = account(BACKUP)
    add = role(iam).trust["Statement"].append
    iam.fail = first("UpdateAssumeRolePolicy", lost(), lambda: add(APPLIANCE))
    run(iam, recorded(tmp_path))
    assert [outcome for outcome, _operation in outcomes(tmp_path)] == ["begun", "unconfirmed", "made"]


def test_who_changes_is_asked_once(tmp_path: Path):
    """Also where there is no answer."""
    asked = []

    def caller() -> str:
        asked.append(True)
        raise CallError("sts:GetCallerIdentity", "the caller", "ConnectTimeoutError", "no way")

    records = recording.FileRecords(recording.Where("one", journal=str(tmp_path)), caller)
    operation = Operation("TagRole", {}, "arn", "settings", "a test")
    records.begun(operation)
    records.made(operation, "id")
    assert len(asked) == 1


@pytest.mark.parametrize("what", ["snapshots", "journal"])
def test_nothing_is_changed_that_cannot_be_written_down(tmp_path: Path, what: str):
    iam = MemoryIam()
    (tmp_path / what).write_text("a file is in the way")
    with pytest.raises(RestoreAccessError) as refused:
        run(iam, recorded(tmp_path))
    assert writes(iam) == []
    assert f"cannot be written below {tmp_path / what}" in refused.value.message
    assert "Nothing was changed" in refused.value.message


def test_the_oldest_snapshots_of_a_principal_go(tmp_path: Path):
    """Those of other principals stay."""
    other = tmp_path / "snapshots" / "run-0" / "222233334444-role-Other.json"
    other.parent.mkdir(parents=True)
    other.write_text("{}")
    for number in range(4):
        run(account(BACKUP), recorded(tmp_path, f"run-{number}", snapshots_retained=2))
    left = sorted(str(one.relative_to(tmp_path / "snapshots")) for one in tmp_path.glob("snapshots/*/*"))
    kept = [f"run-{number}/{name}" for number in (2, 3) for name in (FILE, f"{FILE}l")]
    assert left == ["run-0/222233334444-role-Other.json", *kept]
    assert not (tmp_path / "snapshots" / "run-1").exists()


def test_snapshots_of_one_run_id_count_among_those_kept(tmp_path: Path):
    """Those of similar names do not."""
    like = tmp_path / "snapshots" / "one" / f"111122223333-role-{worlds.NAME}.2.json"
    like.parent.mkdir(parents=True)
    like.write_text("{}")
    written = [run(account(BACKUP), recorded(tmp_path, snapshots_retained=2))["snapshot_file"] for _number in range(4)]
    kept = [name for path in written[2:] for name in (path, f"{path}l")]
    assert sorted(map(str, tmp_path.glob("snapshots/*/*"))) == sorted([str(like), *kept])


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError])
def test_an_old_snapshot_that_cannot_be_removed_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
):
    """Nor does one that goes meanwhile."""
    run(account(BACKUP), recorded(tmp_path, "old"))
    iam = account(BACKUP)

    def fail(_path: str) -> float:
        raise error

    monkeypatch.setattr("os.path.getmtime", fail)
    assert run(iam, recorded(tmp_path, "new", snapshots_retained=1))["changed"]
    assert writes(iam) == ["UpdateAssumeRolePolicy"]


def test_a_disk_that_takes_only_part_of_a_line_recorded_nothing(tmp_path: Path):
    path = tmp_path / "journal.jsonl"
    journal_files.append(str(path), b'{"number": 1}\n')
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 5, most[1]))
    try:
        with pytest.raises(OSError, match="No space left"):
            journal_files.append(str(path), b'{"number": 2}\n')
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    journal_files.append(str(path), b'{"number": 3}\n')
    assert path.read_text().splitlines()[::2] == ['{"number": 1}', '{"number": 3}']


def test_a_run_holds_snapshots_of_principals_of_similar_names(tmp_path: Path):
    names = ["b", "a-role-b", "b.2", "B.3"]
    iam = MemoryIam()
    for name in names:
        run(iam, recorded(tmp_path, name=name, policy_name=f"of-{name}"))
    run(iam, recorded(tmp_path, name="a-role-b", principal_type="user", policy_name="of-user"))
    for name in names:
        for account_id in (None, "111122223333"):
            found = snapshot_files.find(str(tmp_path / "snapshots" / "one"), "role", name.lower(), account_id)
            assert json.loads(found.content)["arn"] == f"arn:aws:iam::111122223333:role/{name}"


def test_a_snapshot_never_takes_the_place_of_another(tmp_path: Path):
    first = run(account(BACKUP), recorded(tmp_path))["snapshot_file"]
    second = run(account(BACKUP), recorded(tmp_path))["snapshot_file"]
    assert first != second
    with pytest.raises(RestoreAccessError, match="contains 2 snapshots"):
        snapshot_files.find(str(tmp_path / "snapshots" / "one"), "role", worlds.NAME, None)
    assert snapshot_files.find(second, "role", worlds.NAME, None)


@pytest.mark.parametrize("content", ["{", "[" * 200_000, "\ud800"])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: str):
    """Whatever its journal says."""
    path = tmp_path / "file.json"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    digest = chain.sha256(path.read_bytes())
    line = {"schema_version": chain.JOURNAL_SCHEMA, "outcome": "snapshot", "snapshot": {"sha256": digest}}
    (tmp_path / "file.jsonl").write_bytes(chain.line(line, None) + b"\n")
    with pytest.raises(RestoreAccessError, match="is not the JSON that a run wrote"):
        undone(MemoryIam(), {"name": worlds.NAME, "snapshot": str(path)})


@pytest.mark.parametrize("ending", ["", "l"])
def test_a_file_larger_than_any_that_a_run_writes_is_refused(tmp_path: Path, ending: str):
    """It is not read, nor is what has no end."""
    path = tmp_path / "file.json"
    path.write_text("{}")
    with open(f"{path}{ending}", "wb") as file:
        file.truncate(17_000_000)
    with pytest.raises(RestoreAccessError, match=f"file.json{ending} is larger than any file that a run writes"):
        snapshot_files.find(str(path), "role", worlds.NAME, None)
    with pytest.raises(RestoreAccessError, match=r"/dev/zero cannot be read \(it is not a regular file"):
        snapshot_files.find("/dev/zero", "role", worlds.NAME, None)


def test_what_is_not_there_cannot_be_read(tmp_path: Path):
    with pytest.raises(RestoreAccessError, match=r"cannot be read \(No such file"):
        snapshot_files.find(str(tmp_path / "file.json"), "role", worlds.NAME, None)


# The journal's file


def at_the_journal(directory: Path) -> Path:
    """Where the run would write its account's journal."""
    (directory / "journal").mkdir()
    return directory / "journal" / "111122223333.jsonl"


def symbolic_link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "theirs")
    (path.parent.parent / "theirs").write_text("theirs")


def dangling_link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "nowhere")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def directory(path: Path) -> None:
    path.mkdir()


def hard_link(path: Path) -> None:
    theirs = path.parent.parent / "theirs"
    theirs.write_text("theirs")
    theirs.chmod(0o640)
    path.hardlink_to(theirs)


def socket(path: Path) -> None:
    with contextlib.closing(sockets.socket(sockets.AF_UNIX)) as one:
        # The path of a socket is short.
        here = Path.cwd()
        os.chdir(path.parent)
        one.bind(path.name)
        os.chdir(here)


@pytest.mark.parametrize("there", [symbolic_link, dangling_link, hard_link, pipe, directory, socket])
def test_a_journal_is_a_file_and_nothing_else(tmp_path: Path, there: Any):
    """Nothing is written where a link leads, nothing is waited for, and nothing is changed in the account."""
    path = at_the_journal(tmp_path)
    there(path)
    before = {path: (path.read_text(), path.stat().st_mode) for path in tmp_path.glob("theirs")}
    iam = account(BACKUP)
    with pytest.raises(
        RestoreAccessError, match="the journal cannot be written below .*Nothing was changed"
    ) as refused:
        run(iam, recorded(tmp_path))
    assert f"below {tmp_path}/journal ({path}: " in refused.value.message
    assert "Move that away, or set another journal_directory" in refused.value.message
    assert writes(iam) == []
    assert {path: (path.read_text(), path.stat().st_mode) for path in tmp_path.glob("theirs")} == before
    assert not (tmp_path / "nowhere").exists()


def another_owner(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Of this file only."""
    fstat, ours = os.fstat, path.stat().st_ino

    def told(descriptor: int) -> os.stat_result:
        found = fstat(descriptor)
        values = list(found)
        values[stat.ST_UID] += 1000 if found.st_ino == ours else 0
        return os.stat_result(values)

    monkeypatch.setattr("os.fstat", told)


def test_a_journal_of_another_user_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whoever owns it reads it, whatever its mode."""
    path = at_the_journal(tmp_path)
    path.write_text("theirs\n")
    path.chmod(0o666)
    another_owner(monkeypatch, path)
    iam = account(BACKUP)
    us, owner = os.geteuid(), os.geteuid() + 1000
    with pytest.raises(
        RestoreAccessError, match=f"it belongs to user {owner}, and this process runs as {us}.*Move that away"
    ):
        run(iam, recorded(tmp_path))
    assert (writes(iam), path.read_text()) == ([], "theirs\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o666


def test_a_file_system_that_gives_files_another_owner_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """NFS, for root; a directory of the host in a container."""
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    for run_id in ("one", "two"):
        run(account(BACKUP), recorded(tmp_path, run_id))
    assert {line["run_id"] for line in journal(tmp_path)} == {"one", "two"}
    assert [path.name for path in (tmp_path / "journal").iterdir()] == ["111122223333.jsonl"]


def test_a_link_to_the_journal_that_is_made_meanwhile_stops_the_run(tmp_path: Path):
    """Beside the snapshot as well: the first line is written to a new file, the others to the one that is there."""
    iam, beside = MemoryIam(), tmp_path / "snapshots" / "one" / f"{FILE}l"

    def fail(operation: str, _arguments: dict[str, Any]) -> None:
        if operation == "CreatePolicy":
            (tmp_path / "another").hardlink_to(beside)

    iam.fail = fail
    with pytest.raises(RestoreAccessError, match="has another name, by a hard link") as refused:
        run(iam, recorded(tmp_path))
    assert writes(iam) == ["CreatePolicy"]
    assert f"({beside}: " in refused.value.message
    assert "Move that away, or set another snapshot_directory" in refused.value.message


ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may write to a file of this mode")


@pytest.mark.parametrize("mode", [0o644, 0o666, pytest.param(0o400, marks=ONLY_ROOT), 0o755])
def test_a_journal_that_is_there_is_for_its_owner_from_now_on(tmp_path: Path, mode: int):
    path = at_the_journal(tmp_path)
    path.write_text("earlier\n")
    path.chmod(mode)
    run(account(BACKUP), recorded(tmp_path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("earlier\n{")


def test_the_directory_of_a_new_file_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Not that of one that is there: that costs time, and changes nothing."""
    synced: list[str] = []
    fsync = os.fsync

    def seen(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", seen)
    run(account(BACKUP), recorded(tmp_path))
    directories = {str(tmp_path / "journal"), str(tmp_path / "snapshots" / "one")}
    assert directories <= set(synced)
    synced.clear()
    journal_files.append(str(tmp_path / "journal" / "111122223333.jsonl"), b"{}\n")
    assert synced == [str(tmp_path / "journal" / "111122223333.jsonl")]


def test_the_journal_beside_a_snapshot_begins_with_it(tmp_path: Path):
    """A file that somebody has put there before is no part of it."""
    there = tmp_path / "snapshots" / "one" / f"{FILE}l"
    there.parent.mkdir(parents=True)
    there.write_text("{}\n")
    iam = account(BACKUP)
    with pytest.raises(RestoreAccessError, match="the journal cannot be written below .*File exists") as refused:
        run(iam, recorded(tmp_path))
    assert f"below {tmp_path}/snapshots ({there}: File exists)" in refused.value.message
    assert "Move that away, or set another snapshot_directory" in refused.value.message
    assert (writes(iam), there.read_text()) == ([], "{}\n")


@pytest.mark.parametrize("there", [symbolic_link, dangling_link, hard_link, pipe, directory, socket])
def test_whatever_is_there_is_named_with_the_option_that_put_it_there(tmp_path: Path, there: Any):
    """Both journals are written, and each in a directory of its own option."""
    path = tmp_path / "snapshots" / "one" / f"{FILE}l"
    path.parent.mkdir(parents=True)
    there(path)
    iam = account(BACKUP)
    with pytest.raises(RestoreAccessError) as refused:
        run(iam, recorded(tmp_path))
    assert f"the journal cannot be written below {tmp_path}/snapshots ({path}: File exists)" in refused.value.message
    assert "Move that away, or set another snapshot_directory" in refused.value.message
    assert writes(iam) == []


@pytest.mark.parametrize("what", ["snapshot", "journal"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO])
def test_what_to_do_depends_on_what_is_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, code: int
):
    fsync, where = os.fsync, {"snapshot": ".snapshot-", "journal": "journal/"}[what]

    def fail(descriptor: int) -> None:
        if where in os.readlink(f"/proc/self/fd/{descriptor}"):
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", fail)
    iam = account(BACKUP)
    with pytest.raises(RestoreAccessError) as refused:
        run(iam, recorded(tmp_path))
    way = (
        "Make room"
        if code in (errno.ENOSPC, errno.EDQUOT)
        else "Make it a directory that the user who runs Ansible can write to"
    )
    assert f"{way}, or set another {what}_directory" in refused.value.message
    assert writes(iam) == []


def test_a_run_id_that_is_taken_by_a_file_is_named(tmp_path: Path):
    """It is where the directory of the run would be."""
    there = tmp_path / "snapshots" / "one"
    there.parent.mkdir()
    there.write_text("")
    with pytest.raises(RestoreAccessError, match="the snapshot cannot be written below .*File exists") as refused:
        run(account(BACKUP), recorded(tmp_path))
    assert f"({there}: File exists)" in refused.value.message
    assert "Move that away, or set another snapshot_directory" in refused.value.message
