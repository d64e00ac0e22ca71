# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs that are killed after any operation, and that meet somebody who edits by hand at any moment, against an emulator."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, faults
from tests.emulator.organization import dump
from tests.emulator.scenarios import Account, fresh, run
from tests.emulator.server import BUILD, ROOT, Server

IDS = itertools.count(340000000000)
HAND = cases.admit({"AWS": "arn:aws:iam::888877776666:root"}, sid="ByHand")


@pytest.fixture
def sky(ministack: Server) -> Iterator[faults.Sky]:
    """With the proxy of ours alone: nothing is to fail here."""
    ministack.reset()
    weather = faults.Weather()
    with faults.behind(ministack, weather) as endpoint:
        yield faults.Sky(ministack, endpoint, weather)


# Kill


def start(endpoint: str, account_id: str, options: dict[str, Any]) -> subprocess.Popen[str]:
    """restore_role in a process of its own."""
    given = {"name": cases.RESTORE_ROLE, "appliance_principals": [cases.APPLIANCE_ARN], **options}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.emulator.one_account"],
        env={**os.environ, "PYTHONPATH": f"{BUILD / 'collections'}{os.pathsep}{ROOT}"},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"endpoint": endpoint, "account_id": account_id, "options": given}))
    process.stdin.close()
    process.stdin = None
    return process


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    result: dict[str, Any] = json.loads(output)
    assert not result.get("failed"), result["msg"]
    return result


def killed_after(sky: faults.Sky, account_id: str, count: int, options: dict[str, Any]) -> None:
    """Kill -9 once the emulator has carried out ``count`` changes, before the answer to the last goes out."""
    made = [0]
    process = start(sky.endpoint, account_id, options)

    def kill(_account: str, _action: str) -> None:
        made[0] += 1
        if made[0] == count:
            os.kill(process.pid, signal.SIGKILL)

    sky.weather.after_write = kill
    process.communicate(timeout=120)
    sky.weather.after_write = lambda _account, _action: None
    assert process.returncode == -signal.SIGKILL


def essence(contents: dict[str, Any]) -> dict[str, Any]:
    """Without the numbers of policy versions, which IAM never gives back."""
    policies = {
        arn: sorted(
            json.dumps([version["default"], version["document"]], sort_keys=True) for version in versions.values()
        )
        for arn, versions in contents["policies"].items()
    }
    return {**contents, "policies": policies}


@pytest.mark.parametrize(
    ("scenario", "count"),
    [("a role is missing", 1), ("a role is missing", 2), ("a role is missing", 3)]
    + [
        pytest.param(scenario, count, marks=[] if count == 2 else pytest.mark.soak)
        for scenario in ("three actions are missing", "five versions")
        for count in (1, 2, 3)
    ],
)
def test_killed_after_any_operation_the_next_run_finishes(sky: faults.Sky, tmp_path: Path, scenario: str, count: int):
    """Everything can be undone."""
    _session, straight = fresh(sky.server, sky.endpoint, scenario, IDS)
    account_id = straight.account_id
    before = dump(sky.server, account_id)
    where = {"snapshot_directory": str(tmp_path / "snapshots"), "journal_directory": str(tmp_path)}
    killed_after(sky, account_id, count, {**where, "run_id": "killed"})
    finish(start(sky.endpoint, account_id, {**where, "run_id": "finished"}))
    assert run(straight, {}, check=True)["changes"] == []

    lines = [json.loads(line) for line in (tmp_path / f"{account_id}.jsonl").read_text().splitlines()]
    # A run's first line is of its snapshot, and its last of its end.
    lines = [line for line in lines if "operation" in line]
    killed = [(line["outcome"], line["operation"]) for line in lines if line["run_id"] == "killed"]
    assert [outcome for outcome, _operation in killed] == ["begun", "made"] * (count - 1) + ["begun"]
    begun = {line["operation"] for line in lines if line["outcome"] == "begun"}
    assert begun == set(sky.weather.writes(account_id))
    if scenario == "five versions":
        return  # MiniStack has no SetDefaultPolicyVersion: see test_rollback_playbook, on moto
    # The snapshots undo the two runs, the last one first.
    for run_id in ("finished", "killed"):
        place = tmp_path / "snapshots" / run_id
        if place.exists():
            finish(start(sky.server.endpoint, account_id, {"snapshot": str(place)}))
    assert essence(dump(sky.server, account_id)) == essence(before)


# Edits by hand


def statements(straight: Account) -> list[Any]:
    left: list[Any] = straight.iam.get_role(RoleName=cases.RESTORE_ROLE)["Role"]["AssumeRolePolicyDocument"][
        "Statement"
    ]
    return left


def edit_by_hand(straight: Account) -> None:
    document = cases.document(*statements(straight), HAND)
    straight.iam.update_assume_role_policy(RoleName=cases.RESTORE_ROLE, PolicyDocument=json.dumps(document))


def test_an_edit_by_hand_at_any_moment_of_a_run_is_kept(sky: faults.Sky):
    session, straight = fresh(sky.server, sky.endpoint, "three actions are missing", IDS)
    run(session, {})
    calls = list(sky.weather.calls[session.account_id])
    # Between the last reading and the write IAM offers nothing that would tell: one call, as short as can be.
    blind = calls.index("UpdateAssumeRolePolicy")
    for moment in range(len(calls)):
        session, straight = fresh(sky.server, sky.endpoint, "three actions are missing", IDS)
        account = session.account_id

        def before(asked: str, _action: str, number: int, at: int = moment, account: Account = straight) -> None:
            if number == at and asked == account.account_id and not getattr(account, "edited", False):
                account.edited = True  # type: ignore[attr-defined]
                edit_by_hand(account)

        sky.weather.before = before
        result = run(session, {})
        sky.weather.before = lambda _account, _action, _number: None
        assert result["unresolved"] == []
        assert run(straight, {}, check=True)["changes"] == [], calls[moment]
        assert (HAND in statements(straight)) == (moment != blind), (moment, sky.weather.calls[account])
