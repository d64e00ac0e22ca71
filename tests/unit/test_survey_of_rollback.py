# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the playbook rollback takes from a survey is what a run wrote: people can type anything into it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.records import record_options
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import snapshot_s3

from tests.core import holds, templates
from tests.unit.memory_s3 import MemoryS3
from tests.unit.principal.running import validated

PLAYBOOK = Path(__file__).parents[2] / "playbooks" / "rollback.yml"
FILE = "111122223333-role-VeeamDynamoDBRestore.json"


def takes(typed: Any, directory: str = "/runner/reports/snapshots") -> bool:
    """Whether every condition of the task holds. ``directory``: where the runs write."""
    loader = DataLoader()
    play = templates(loader, PLAYBOOK)[-1]
    (task,) = (task for task in play["tasks"] if task["name"] == "Make sure that it has the form that a run writes")
    known = {"restore_access_snapshot": typed, "restore_access_snapshot_directory": directory}
    return all(holds(loader, condition, task["vars"] | known) for condition in task["ansible.builtin.assert"]["that"])


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
    "directory",
    [
        "snapshots",
        "x/",
        "x//",
        "./x",
        "~/x",
        "~/x/",
        "~",
        "$HOME/x",
        "${HOME}/x/",
        "~nobody/x",
        "/",
        "/a b/(c)+",
        "a.b",
    ],
)
def test_what_a_run_wrote_there_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, directory: str):
    """However the directory was given, and so it is as it was given."""
    monkeypatch.setenv("HOME", str(tmp_path))
    written = validated(RESTORE_ROLE_SPEC, {"name": "Any", "snapshot_directory": directory})["snapshot_directory"]
    for place in (written, directory):
        for typed in (os.path.join(place, "converge-job-101"), os.path.join(place, "converge-job-101", FILE)):
            assert takes(typed, directory), typed
    for typed in (
        f"{written}-2/converge-job-101",
        f"x/{written}/converge-job-101",
        os.path.join(written, "..", "x", "one"),
    ):
        assert not takes(typed, directory), typed


@pytest.mark.parametrize(
    "prefix", ["", "a", "a/b", "/a/", "cloudrestore/snapshots", "a!_.*'()=@+-", ".", "..", "a//b", "//", "a//"]
)
def test_what_a_run_wrote_to_s3_is_taken(prefix: str):
    """Or the run takes no such prefix."""
    given = {"name": "Any", "snapshot_s3_bucket": "records", "snapshot_s3_prefix": prefix, "run_id": "converge-job-101"}
    try:
        where = record_options(validated(RESTORE_ROLE_SPEC, given))
    except OptionError as refused:
        assert "//" in prefix
        assert "without two consecutive slashes" in refused.message
        return
    put = snapshot_s3.write(MemoryS3(), "records", where.prefix, where.run_id, FILE, b"{}", None)
    assert takes(put.uri)
    assert takes(os.path.dirname(put.uri))


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
