# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report is on disk whole or not at all, and for its owner only."""

from __future__ import annotations

import errno
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, files

from tests.unit.report import fleets


def built(directory: Path, **given: Any) -> build.Built:
    params = fleets.params(results=fleets.small(), directory=str(directory), name="drift_report", **given)
    return build.build(params, fleets.VERSION, fleets.WHEN)


def test_each_format_has_a_file_that_only_its_owner_reads(tmp_path: Path):
    result = built(tmp_path / "a" / "reports", formats=list(build.FORMATS))
    files.write(result.content)
    assert {path.name for path in (tmp_path / "a" / "reports").iterdir()} == {
        f"drift_report-2026-01-31T120000Z.{ending}" for ending in ("json", "html", "md", "csv", "xml")
    }
    assert {path.stat().st_mode & 0o777 for path in result.content} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "a", tmp_path / "a" / "reports")} == {0o700}


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path):
    tmp_path.chmod(0o755)
    files.write(built(tmp_path).content)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "report.json"
    path.write_bytes(b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RestoreAccessError, match=r"report\.json cannot be written: No space left"):
        files.write({path: b"new"})
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_and_what_it_leads_to_is_not_written(tmp_path: Path):
    target, link = tmp_path / "theirs", tmp_path / "report.json"
    target.write_bytes(b"theirs")
    link.symlink_to(target)
    files.write({link: b"ours"})
    assert (target.read_bytes(), link.read_bytes(), link.is_symlink()) == (b"theirs", b"ours", False)


def test_the_same_input_at_the_same_time_changes_nothing(tmp_path: Path):
    first = built(tmp_path, formats=list(build.FORMATS))
    assert files.differs(first.content)
    files.write(first.content)
    assert not files.differs(built(tmp_path, formats=list(build.FORMATS)).content)
    assert files.differs(built(tmp_path, title="another").content)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "../x"}, "name is '../x'"),
        ({"name": ".hidden"}, "name is '.hidden'"),
        ({"generated_at": "yesterday"}, "generated_at is 'yesterday'"),
    ],
)
def test_a_value_that_cannot_be_is_refused(tmp_path: Path, given: dict[str, str], words: str):
    with pytest.raises(RestoreAccessError, match="it must be") as error:
        build.build(fleets.params(results=[], directory=str(tmp_path), **given), fleets.VERSION, fleets.WHEN)
    assert words in error.value.message


def large(path: Path) -> None:
    path.write_bytes(b'{"a": "' + b"x" * 40_000_000 + b'"}')


def just_too_large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(16 * 1024 * 1024 + 1)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def gone(path: Path) -> None:
    path.symlink_to("nowhere")


def theirs(path: Path) -> None:
    """The same content, where a link leads."""
    other = path.parent / "theirs"
    other.write_bytes(b"ours")
    path.symlink_to(other)


def longer(path: Path) -> None:
    path.write_bytes(b"ours" * 2)


def shorter(path: Path) -> None:
    path.write_bytes(b"our")


@pytest.mark.parametrize("there", [large, just_too_large, pipe, endless, gone, theirs, longer, shorter])
def test_whatever_is_where_a_report_goes_is_replaced(tmp_path: Path, there: Any):
    """It is not waited for, and not read further than the report is long."""
    path = tmp_path / "report.json"
    there(path)
    tracemalloc.start()
    assert files.differs({path: b"ours"})
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000
    files.write({path: b"ours"})
    assert not files.differs({path: b"ours"})
    assert (path.is_symlink(), path.is_file(), path.read_bytes()) == (False, True, b"ours")


def test_a_directory_where_a_report_goes_is_told(tmp_path: Path):
    (tmp_path / "report.json").mkdir()
    assert files.differs({tmp_path / "report.json": b"ours"})
    with pytest.raises(RestoreAccessError, match=r"report\.json cannot be written: Is a directory"):
        files.write({tmp_path / "report.json": b"ours"})


def test_a_report_larger_than_what_is_read_back_is_the_same_as_itself(tmp_path: Path):
    """A page of a large fleet, written once more."""
    content = {tmp_path / "report.html": b"x" * (16 * 1024 * 1024 + 1)}
    files.write(content)
    assert not files.differs(content)


@pytest.mark.parametrize("there", [large, just_too_large, pipe, endless])
def test_what_is_larger_than_any_report_is_not_read(tmp_path: Path, there: Any):
    """What it holds would cost many times its size. Nor is waited for what is no file."""
    path = tmp_path / "drift_report-20260101T000000Z.json"
    there(path)
    tracemalloc.start()
    with pytest.raises(
        RestoreAccessError, match=r"The report .* cannot be read: .*(larger than 16 MB|not a regular file)"
    ):
        built(tmp_path, parts=[str(path)])
    for previous in (path, tmp_path):
        (warning,) = built(tmp_path, previous=str(previous)).warnings
        assert "This report is not compared with an earlier one." in warning
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


def test_the_largest_report_is_read(tmp_path: Path):
    path = tmp_path / "earlier.json"
    whole = build.as_json(fleets.report(fleets.small()))
    path.write_bytes(whole + b" " * (16 * 1024 * 1024 - len(whole)))
    assert built(tmp_path, previous=str(path)).report["comparison"]["gone"] == []


@pytest.mark.parametrize("version", [None, "v1"])
def test_a_report_tells_where_a_snapshot_is_and_its_digest(version: str | None):
    result = fleets.no_backup_trust(check=False)
    places = {"snapshot_sha256": "0f", "snapshot_file": "reports/a.json", "snapshot_s3": "s3://a/b.json"}
    result |= places | ({"snapshot_s3_version_id": version} if version else {})
    (entry,) = fleets.report([{"host": "a", "result": result}])["accounts"]
    assert entry["snapshot"] == {
        "sha256": "0f",
        "file": "reports/a.json",
        "s3": "s3://a/b.json",
        "s3_version_id": version or "",
    }


def test_without_a_snapshot_a_report_tells_of_none():
    (entry,) = fleets.report([{"host": "a", "result": fleets.no_backup_trust(check=False)}])["accounts"]
    assert "snapshot" not in entry
