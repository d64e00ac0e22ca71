# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the playbook rollback takes from a survey is what a run wrote: people can type anything into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

PLAYBOOK = Path(__file__).parents[2] / "playbooks" / "rollback.yml"
FILE = "111122223333-role-VeeamDynamoDBRestore.json"


def takes(typed: Any) -> bool:
    """Whether every condition of the task holds."""
    loader = DataLoader()
    play = loader.load_from_file(str(PLAYBOOK), trusted_as_template=True)[-1]
    (task,) = (task for task in play["tasks"] if task["name"] == "Make sure that it is what a run wrote")
    known = {"restore_access_snapshot": typed, "restore_access_snapshot_directory": "/runner/reports/snapshots"}
    templar = Templar(loader, task["vars"] | known)
    return all(templar.evaluate_conditional(condition) for condition in task["ansible.builtin.assert"]["that"])


@pytest.mark.parametrize(
    "typed",
    [
        "s3://my-cloudrestore-reports/cloudrestore/snapshots/converge-job-101",
        "s3://my-cloudrestore-reports/cloudrestore/snapshots/converge-job-101/",
        f"s3://my-cloudrestore-reports/cloudrestore/snapshots/converge-job-101/{FILE}",
        f"s3://my-cloudrestore-reports/converge-20260101T120000Z/{FILE.removesuffix('.json')}~2.json",
        "s3://abc/rollback-job-7",
        "/runner/reports/snapshots/converge-job-101",
        f"/runner/reports/snapshots/converge-job-101/{FILE}",
    ],
)
def test_what_a_run_wrote_is_taken(typed: str):
    assert takes(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "anything",
        "",
        "/etc/passwd",
        "reports/snapshots/../../theirs",
        "/runner/reports/snapshots/../theirs/one",
        "/runner/reports/snapshots",
        "/runner/reports/snapshots-2/one",
        f"/runner/project/{FILE}",
        "https://example.com/converge-job-101",
        "s3://my-cloudrestore-reports",
        "s3://my-cloudrestore-reports/",
        "s3://my-cloudrestore-reports/cloudrestore/..",
        "s3://my-cloudrestore-reports/cloudrestore/converge-job-101\n",
        "s3://my-cloudrestore-reports/cloudrestore/converge job",
        "s3://Bucket/converge-job-101",
        " s3://my-cloudrestore-reports/cloudrestore/converge-job-101",
        "{{ lookup('file', '/etc/passwd') }}",
        {"schema_version": 3, "trust": {}},
        ["s3://my-cloudrestore-reports/cloudrestore/converge-job-101"],
        7,
    ],
    ids=str,
)
def test_anything_else_is_refused(typed: Any):
    assert not takes(typed)
