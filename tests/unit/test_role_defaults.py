# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the role puts snapshots if nobody says so: beside the reports, in the bucket too if the reports go to one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from tests.core import templates

DEFAULTS = Path(__file__).parents[2] / "roles" / "restore_access" / "defaults" / "main.yml"
REPORTS = {"restore_access_report_bucket": "reports"}
ELSEWHERE = {"restore_access_snapshot_s3_bucket": "snapshots"}
PREFIX = {"restore_access_report_prefix": "restore"}


@pytest.mark.parametrize(
    ("given", "bucket", "prefix"),
    [
        ({}, "", ""),
        (PREFIX, "", ""),
        ({"restore_access_report_bucket": ""}, "", ""),
        ({"restore_access_report_bucket": None}, "", ""),
        (REPORTS, "reports", "cloudrestore/snapshots"),
        (REPORTS | PREFIX, "reports", "restore/snapshots"),
        (REPORTS | {"restore_access_report_prefix": "restore/"}, "reports", "restore/snapshots"),
        (REPORTS | {"restore_access_report_prefix": "/a/b//"}, "reports", "a/b/snapshots"),
        (REPORTS | ELSEWHERE, "snapshots", ""),
        (REPORTS | {"restore_access_snapshot_s3_bucket": ""}, "", ""),
        (REPORTS | {"restore_access_snapshot_s3_prefix": "own"}, "reports", "own"),
        (ELSEWHERE | PREFIX, "snapshots", ""),
    ],
)
def test_snapshots_go_to_the_bucket_of_the_reports(given: dict[str, Any], bucket: str, prefix: str):
    """Unless another place is named."""
    loader = DataLoader()
    defaults = templates(loader, DEFAULTS)
    templar = Templar(loader, defaults | given)
    names = ("restore_access_snapshot_s3_bucket", "restore_access_snapshot_s3_prefix")
    templated = [templar.template(given.get(name, defaults[name])) for name in names]
    assert templated == [bucket, prefix]
