# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which run a rollback undoes is what was asked for, what its journal leaves open is said, and it is there until the end."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import sentences

from tests.unit.hostile import hosts
from tests.unit.memory_iam import IamError
from tests.unit.principal import worlds
from tests.unit.principal.running import run, validated
from tests.unit.principal.scenes import OPTIONS
from tests.unit.principal.test_recorded_run import ACCOUNT, FILE, Place, ready, recorded
from tests.unit.report import fleets

OF_TWO = "belong to run one, but are stored under the name of run two. Nothing was changed. To undo run one, use the place where that"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return recorded(tmp_path)


def second(place: Place) -> Path:
    """The snapshot of another run, in whose place those of the first are put."""
    options = {"tags": {"team": "again"}, "snapshot_directory": str(place.directory / "snapshots"), "run_id": "two"}
    run(place.iam, {**OPTIONS, **options, **place.options}, services=place.services)
    two = place.directory / "snapshots" / "two" / FILE
    for path in (two, Path(f"{two}l")):
        shutil.copy(place.snapshot.parent / path.name, path)
    return two


# Which run


@pytest.mark.parametrize("signed", [False, True])
def test_the_pair_of_another_run_is_refused_by_file_as_by_directory(tmp_path: Path, signed: bool):
    """It is whole, and signed with the right key."""
    place = recorded(tmp_path, **({"snapshot_kms_key_id": "key"} if signed else {}))
    two = second(place)
    for given in (two, two.parent, f"{two.parent}/", f"{two.parent}/../two/{FILE}", f"{two.parent}//./{FILE}"):
        place.refuses(OF_TWO, str(given))


def test_the_pair_of_another_run_is_refused_in_a_bucket(place: Place):
    objects = place.services.s3.objects
    for name in (FILE, f"{FILE}l"):
        objects[f"restore/two/{name}"] = objects[f"restore/one/{name}"]
    for uri in ("s3://records/restore/two", "s3://records/restore/two/", f"s3://records/restore/two/{FILE}"):
        place.refuses(OF_TWO, uri)


def test_a_relative_path_is_of_the_run_whose_directory_it_is(place: Place, monkeypatch: pytest.MonkeyPatch):
    two = second(place)
    monkeypatch.chdir(two.parent)
    for given in (FILE, f"./{FILE}", ".", f"../two/{FILE}"):
        place.refuses(OF_TWO, given)
    for given in ("../one", f"../one/{FILE}"):
        assert place.undo(given, check=True)["changed"]


def test_a_link_of_another_name_is_refused_and_the_message_says_so(place: Place):
    """Whoever can make one would choose which run is undone. One whose name is the run's leads to that run."""
    latest = place.snapshot.parent.with_name("two")
    latest.symlink_to("one")
    for given in (latest, latest / FILE):
        place.refuses(f"{OF_TWO} run wrote them, not a copy or a link with another name", str(given))
    archive = place.directory / "archive"
    shutil.move(place.snapshot.parent, archive)
    place.snapshot.parent.symlink_to(archive)
    assert place.undo(check=True)["changed"]


def test_a_snapshot_that_was_moved_is_taken_in_a_directory_of_its_run(place: Place):
    elsewhere, other = place.directory / "elsewhere" / "one", place.directory / "other"
    for directory in (elsewhere, other):
        shutil.copytree(place.snapshot.parent, directory)
    place.refuses("belong to run one, but are stored under the name of run other", str(other / FILE))
    place.undo(str(elsewhere / FILE))
    assert place.iam.contents() == ready().contents()


def test_a_second_snapshot_of_the_same_run_is_its_own(place: Place):
    """Of a run that was given the same run_id once more."""
    options = {"tags": {"team": "again"}, "snapshot_directory": str(place.directory / "snapshots"), "run_id": "one"}
    again = run(place.iam, {**OPTIONS, **options}, services=place.services)["snapshot_file"]
    assert again.endswith("~2.json")
    assert [one["operation"] for one in place.undo(again)["changes"]] == ["TagRole"]


# A journal that is cut off


@pytest.mark.parametrize("count", range(1, 9))
def test_result_and_report_say_that_a_journal_has_no_end(place: Place, count: int):
    """Also where nothing is left to undo. It cannot be told from a run that was killed."""
    place.journal.write_bytes(b"".join(place.journal.read_bytes().splitlines(keepends=True)[:count]))
    for check in (True, False):
        result = place.undo(check=check)
        assert f"{place.journal} has no end (the run was stopped, or lines are missing)" in result["left_in_place"][-1]
        (entry,) = fleets.report([{"host": "a", "account_id": ACCOUNT, "result": result}])["accounts"]
        assert "has no end" in sentences.what(entry)


def test_of_a_journal_that_has_an_end_nothing_is_said(place: Place):
    assert place.undo()["left_in_place"] == []


@pytest.mark.parametrize("count", [1, 9])
def test_the_module_warns_of_a_journal_without_an_end(place: Place, count: int):
    whole = place.journal.read_bytes().splitlines(keepends=True)
    place.journal.write_bytes(b"".join(whole[:count]))
    place.iam.__class__ = hosts.Iam
    given = {"name": worlds.NAME, "snapshot": str(place.snapshot)}
    host = hosts.Host(validated(RESTORE_ROLE_SPEC, given), hosts.clients(iam=place.iam))
    result = _tasks.restore_role(host)
    assert [f"{one}." for one in result["left_in_place"]] == host.warnings
    assert "has no end" in host.warnings[0]


# Snapshots that are kept


def test_the_snapshot_that_is_being_undone_stays(place: Place):
    """A rollback that failed on its way is finished from it."""
    refused = IamError("AccessDenied", "no")
    place.iam.fail = lambda name, _arguments: refused if name == "DetachRolePolicy" else None
    more = {"snapshot_directory": str(place.directory / "snapshots"), "snapshots_retained": 1}
    with pytest.raises(RestoreAccessError, match="not allowed to call iam:DetachRolePolicy"):
        place.undo(**more)
    place.iam.fail = lambda _name, _arguments: None
    place.undo(**more, run_id="once-more")
    assert place.iam.contents() == ready().contents()
    assert (place.snapshot.exists(), place.journal.exists()) == (True, True)


@pytest.mark.parametrize("spelled", ["relative", "through a link", "with dots", "by its directory"])
def test_it_stays_however_its_path_is_spelled(place: Place, monkeypatch: pytest.MonkeyPatch, spelled: str):
    monkeypatch.chdir(place.directory)
    Path("elsewhere").symlink_to("snapshots")
    given = {
        "relative": f"snapshots/one/{FILE}",
        "through a link": f"elsewhere/one/{FILE}",
        "with dots": f"snapshots/../snapshots/one/{FILE}",
        "by its directory": "snapshots/one/",
    }
    place.undo(given[spelled], snapshot_directory=str(place.directory / "snapshots"), snapshots_retained=1)
    assert (place.snapshot.exists(), place.journal.exists()) == (True, True)


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_other_old_snapshots_go_all_the_same(place: Place, kept: int):
    """By age, with the one that is undone, if it is too old, beside those that are kept."""
    snapshots = place.directory / "snapshots"
    for number in range(3):
        other = snapshots / f"other-{number}" / FILE
        other.parent.mkdir()
        other.write_text("{}")
        os.utime(other, (1_000_000_000 + number, 1_000_000_000 + number))
    os.utime(place.snapshot, (900_000_000, 900_000_000))
    place.undo(snapshot_directory=str(snapshots), snapshots_retained=kept)
    left = sorted(path.parent.name for path in snapshots.glob("*/*.json"))
    assert left == ["back", "one", *[f"other-{number}" for number in (0, 1, 2)[4 - kept :]]]


def test_a_later_run_removes_it_as_any_other(place: Place):
    """Once it was undone, it is an old snapshot."""
    more = {"snapshot_directory": str(place.directory / "snapshots"), "snapshots_retained": 1}
    place.undo(**more)
    run(place.iam, {**OPTIONS, **more, "run_id": "three"}, services=place.services)
    assert [path.parent.name for path in (place.directory / "snapshots").glob("*/*.json")] == ["three"]
