# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line that says how far a run has come."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.progress import Progress, what

ROLE, MODULE, JUDGE = (f"cloudrestore.aws.{name}" for name in ("restore_access", "restore_role", "restore_role_verify"))
ROLLBACK = {"restore_access_report_name": "rollback"}


def after(progress: Progress, count: int, **outcome: bool) -> Progress:
    for _number in range(count):
        progress.count(**{"drifted": False, "failed": False, **outcome})
    return progress


def test_the_line_tells_what_is_done_and_how_long_it_takes():
    """About how long the rest takes."""
    progress = after(after(Progress("Converge", 500, 100.0, 10), 105), 14, drifted=True)
    after(progress, 1, failed=True)
    assert progress.line(140.0) == (
        "Converge: 120 of 500 accounts, 14 drifted, 1 failed, 00:40 elapsed, about 02:07 left"
    )
    after(progress, 380)
    assert progress.line(3800.0) == "Converge: 500 of 500 accounts, 14 drifted, 1 failed, 1:01:40 elapsed"


def test_a_line_is_due_at_the_interval_and_at_the_end():
    """At the end of a long run."""
    progress = after(Progress("Verify", 3, 100.0, 10), 1)
    assert not progress.due(109.0)
    assert progress.due(110.0)
    progress.line(110.0)
    assert not progress.due(119.0)
    after(progress, 2)
    assert progress.due(111.0)


def test_a_short_run_prints_nothing():
    progress = after(Progress("Verify", 3, 100.0, 10), 3)
    assert not progress.due(104.0)


@pytest.mark.parametrize(
    ("action", "args", "check", "of_play", "told"),
    [
        (ROLE, {}, False, {}, "Converge"),
        (MODULE, {}, True, {"restore_access_report_name": "drift_report"}, "Drift report"),
        (ROLE, {"part": "verify"}, False, {}, "Verify"),
        (JUDGE, {}, True, {}, "Verify"),
        (ROLE, {}, False, ROLLBACK, "Rollback"),
        (ROLE, {}, True, ROLLBACK, "Rollback"),
        (MODULE, {"snapshot": "snapshots/converge-1"}, False, {}, "Rollback"),
        (ROLE, {"fleet": True}, False, ROLLBACK, ""),
        ("ansible.builtin.debug", {}, False, ROLLBACK, ""),
    ],
)
def test_it_says_what_is_done(action: str, args: dict[str, Any], check: bool, of_play: dict[str, Any], told: str):
    assert what(action, args, check, of_play) == told
