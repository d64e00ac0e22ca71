# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run writes down: the snapshot before its first change, and a line in the journal for every operation."""

from __future__ import annotations

import json
import resource
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import Operation
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import (
    journal as recording,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import (
    snapshot_files,
)

from tests.unit.memory_iam import IamError, MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import READS, rolled_back, run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, WISH, account, role
from tests.unit.principal.test_interrupted import Killed, essence, stop_after
from tests.unit.principal.test_reliability import first, lost

FILE = f"111122223333-role-{worlds.NAME}.json"


def recorded(directory: Path, run_id: str = "one", **more: Any) -> dict[str, Any]:
    where = {"snapshot_directory": str(directory / "snapshots"), "journal_directory": str(directory / "journal")}
    return {**WISH, **where, "run_id": run_id, **more}


def journal(directory: Path) -> list[dict[str, Any]]:
    text = (directory / "journal" / "111122223333.jsonl").read_text()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def outcomes(directory: Path) -> list[tuple[str, str]]:
    return [(line["outcome"], line["operation"]) for line in journal(directory)]


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
    begun, made = journal(tmp_path)
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
    written = snapshot_files.find(str(tmp_path / "snapshots" / "one"), "role", worlds.NAME, None)
    rolled_back(iam, {"name": worlds.NAME}, written)
    assert essence(iam) == essence(MemoryIam())


def test_an_unfinished_line_does_not_spoil_the_next(tmp_path: Path):
    """A crash may have left it."""
    path = tmp_path / "journal.jsonl"
    recording.append(str(path), {"number": 1})
    path.write_text(path.read_text() + '{"numb')
    recording.append(str(path), {"number": 2})
    assert path.read_text().splitlines() == ['{"number": 1}', '{"numb', '{"number": 2}']


def test_a_failed_operation_is_in_the_journal_with_its_code(tmp_path: Path):
    iam = account(BACKUP)
    iam.fail = lambda operation, _arguments: IamError("AccessDenied", "no") if operation.startswith("Update") else None
    with pytest.raises(RestoreAccessError):
        run(iam, recorded(tmp_path))
    assert journal(tmp_path)[-1]["code"] == "AccessDenied"


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
        run(account(BACKUP), recorded(tmp_path, f"run-{number}", snapshots_kept=2))
    left = sorted(str(one.relative_to(tmp_path / "snapshots")) for one in tmp_path.glob("snapshots/*/*"))
    assert left == ["run-0/222233334444-role-Other.json", f"run-2/{FILE}", f"run-3/{FILE}"]
    assert not (tmp_path / "snapshots" / "run-1").exists()


def test_snapshots_of_one_run_id_count_among_those_kept(tmp_path: Path):
    """Those of similar names do not."""
    like = tmp_path / "snapshots" / "one" / f"111122223333-role-{worlds.NAME}.2.json"
    like.parent.mkdir(parents=True)
    like.write_text("{}")
    written = [run(account(BACKUP), recorded(tmp_path, snapshots_kept=2))["snapshot_file"] for _number in range(4)]
    assert sorted(map(str, tmp_path.glob("snapshots/*/*"))) == sorted([str(like), *written[2:]])


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
    assert run(iam, recorded(tmp_path, "new", snapshots_kept=1))["changed"]
    assert writes(iam) == ["UpdateAssumeRolePolicy"]


def test_a_disk_that_takes_only_part_of_a_line_recorded_nothing(tmp_path: Path):
    path = tmp_path / "journal.jsonl"
    recording.append(str(path), {"number": 1})
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 5, most[1]))
    try:
        with pytest.raises(OSError, match="No space left"):
            recording.append(str(path), {"number": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    recording.append(str(path), {"number": 3})
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
            assert isinstance(found, dict)
            assert found["arn"] == f"arn:aws:iam::111122223333:role/{name}"


def test_a_snapshot_never_takes_the_place_of_another(tmp_path: Path):
    first = run(account(BACKUP), recorded(tmp_path))["snapshot_file"]
    second = run(account(BACKUP), recorded(tmp_path))["snapshot_file"]
    assert first != second
    with pytest.raises(RestoreAccessError, match="holds 2 snapshots"):
        snapshot_files.find(str(tmp_path / "snapshots" / "one"), "role", worlds.NAME, None)
    assert snapshot_files.find(second, "role", worlds.NAME, None)


@pytest.mark.parametrize(
    ("content", "words"),
    [("{", "is no JSON"), ("[" * 200_000, "is no JSON"), (None, "cannot be read"), ('"' * 17_000_000, "is larger")],
)
def test_a_file_that_is_no_snapshot_is_refused(tmp_path: Path, content: str | None, words: str):
    path = tmp_path / "file.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(RestoreAccessError, match=words):
        snapshot_files.find(str(path), "role", worlds.NAME, None)
