# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What reports leave for the history goes into a bucket, and comes back from it on another machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils import _former_reports
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, history
from ansible_collections.cloudrestore.aws.plugins.modules import report_history

from tests.unit.memory_iam import IamError
from tests.unit.memory_s3 import MemoryS3
from tests.unit.report import fleets

PLACE = ("reports", "cloudrestore/history")


def night(day: int) -> str:
    return f"2026-01-{day:02}T02:00:00Z"


def report(directory: Path, day: int) -> build.Built:
    """One night's, which leaves its short file in ``directory``."""
    params = fleets.params(
        results=fleets.small(), history=str(directory), directory=str(directory / "reports"), generated_at=night(day)
    )
    built = build.build(params, "0.1.0", night(day))
    build.files.write(built.content)
    return built


def test_each_job_has_its_own_directory_and_all_have_one_history(tmp_path: Path):
    s3 = MemoryS3(page=7)
    for day in range(1, 11):
        directory = tmp_path / str(day)
        assert _former_reports.fetch(s3, *PLACE, str(directory), "restore_access") == day - 1
        told = report(directory, day).report["history"]["runs"]
        assert [one["generated_at"] for one in told] == [night(before) for before in range(1, day + 1)]
        sample = yaml.safe_load(report_history.RETURN)["files"]["sample"]
        assert _former_reports.keep(s3, *PLACE, str(directory), "restore_access") == sample
    assert _former_reports.fetch(s3, *PLACE, str(tmp_path / "10"), "restore_access") == 0
    assert len(s3.objects) == 10


def test_only_the_newest_are_fetched_and_none_that_is_no_report(tmp_path: Path):
    s3 = MemoryS3(page=50)
    short = json.dumps(history.short(night(1), [])).encode()
    for number in range(history.MOST + 10):
        s3.objects[f"cloudrestore/history/verify-2026-01-31T{number:06}Z.json"] = short
    for other in (
        "verify-x.json",
        "verify-../x.json",
        "verified-2026-01-31T000000Z.json",
        "verify-2026-01-31T000000Z.json/x",
    ):
        s3.objects[f"cloudrestore/history/{other}"] = b"{}"
    assert _former_reports.fetch(s3, *PLACE, str(tmp_path), "verify") == history.MOST
    names = sorted(path.name for path in tmp_path.iterdir())
    assert (names[0], names[-1]) == ("verify-2026-01-31T000010Z.json", "verify-2026-01-31T000099Z.json")


def test_without_a_report_nothing_is_put(tmp_path: Path):
    s3 = MemoryS3()
    assert _former_reports.keep(s3, *PLACE, str(tmp_path / "not-there"), "verify") == 0
    assert s3.objects == {}


def test_a_bucket_that_refuses_is_told_with_what_to_grant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    s3 = MemoryS3()
    report(tmp_path, 1)
    s3.fail.append(IamError("AccessDenied", "not authorized to perform: s3:PutObject"))
    with pytest.raises(
        RestoreAccessError, match="cannot be uploaded to s3://reports/cloudrestore/history/.*Grant s3:ListBucket"
    ):
        _former_reports.keep(s3, *PLACE, str(tmp_path), "restore_access")

    def refused(**_arguments: str) -> None:
        raise IamError("AccessDenied", "not authorized to perform: s3:ListBucket")

    monkeypatch.setattr(s3, "list_objects_v2", refused)
    with pytest.raises(RestoreAccessError, match="Earlier reports in s3://reports/cloudrestore/history cannot be read"):
        _former_reports.fetch(s3, *PLACE, str(tmp_path), "restore_access")
