# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waves in a sliced job of AWX: a slice that stops stops no other, and the merged report says what is left to do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tests.awx import job
from tests.awx.job import Launch
from tests.awx.stage import set_up
from tests.emulator.server import Server

# In this order: the first, third and fifth are one slice, the others are the other one. Its second account refuses.
FLEET = (
    "compliant",
    "no-appliance-trust",
    "no-backup-trust",
    "refuses-assume-role",
    "three-missing",
    "wrong-external-id",
)
CONVERGE = "cloudrestore converge"
WAVES = {"restore_access_waves": "1", "restore_access_stop_after": "1", "restore_access_report_formats": ["json"]}


def test_a_slice_that_stops_stops_no_other(ministack: Server, tmp_path: Path):
    with set_up(ministack, tmp_path, *FLEET) as stage, ThreadPoolExecutor(2) as pool:
        launches = [Launch(CONVERGE, 101 + piece, WAVES, piece=(piece, 2)) for piece in (1, 2)]
        one, other = pool.map(lambda launch: job.run(stage.controller, launch), launches)
        assert (one.ended_well, other.ended_well) == (True, False), one.output + other.output
        assert "Runs in 3 waves of 1, 1, 1 accounts." in one.messages
        assert "Stopped after wave 2 of 3: 1 account has a problem" in other.messages
        assert "launch the job template, first as a check, with the limit wrong-external-id" in other.messages
        assert set(stage.writes) == {"no-appliance-trust", "no-backup-trust", "three-missing"}
        merge = {"restore_access_merge": ["converge"], "restore_access_report_formats": ["json"]}
        later = replace(stage.controller, directory=tmp_path / "later")
        both = {**one.artifacts, **other.artifacts}
        merged = job.run(later, Launch("cloudrestore merge reports", 103, merge, both))
        assert not merged.ended_well
        assert "2 of 6 accounts need attention" in merged.messages
        (key,) = merged.artifacts
        assert {
            entry["host"]: entry["status"]
            for entry in stage.fetched(merged.artifacts[key]["objects"]["json"])["accounts"]
        } == {
            "refuses-assume-role": "failed",
            "wrong-external-id": "pending",
            "no-appliance-trust": "converged",
            "no-backup-trust": "converged",
            "three-missing": "converged",
            "compliant": "compliant",
        }
        on = job.run(later, Launch(CONVERGE, 104, WAVES, limit="wrong-external-id"))
        assert on.ended_well, on.output
        assert set(stage.writes) == {*FLEET} - {"compliant", "refuses-assume-role"}
