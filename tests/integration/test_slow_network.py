# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet in which the connections of 5 % of the accounts are taken and never answered: the run ends, and by when was stated before.

ACCOUNTS=500, else 20. The figures are written to .build/slow_network.json, what they are compared with stands in guide_reliability.rst.
"""

from __future__ import annotations

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build, client, fill, root
from tests.emulator.recorder import Recording, recorded
from tests.emulator.server import BUILD, Server
from tests.integration.test_storm import AT_ONCE, Member

ACCOUNTS = int(os.environ.get("ACCOUNTS", "20"))
EVERY, FORKS = 20, 13
TIMEOUT = 20 if ACCOUNTS > 100 else 5


@pytest.fixture(scope="module")
def fleet(ministack: Server) -> Organization:
    ministack.reset()
    members = tuple(Member(f"host-{number:04}", number, "", "", "", cases.Principal()) for number in range(ACCOUNTS))
    organization = replace(build(ministack, ()), accounts=members)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(
            pool.map(lambda member: fill(client(ministack, "iam", root(ministack, member.account_id)), member), members)
        )
    return organization


def test_a_share_of_connections_that_fail_costs_their_share_of_the_time(fleet: Organization, tmp_path: Path):
    silent = {member.account_id for member in fleet.accounts[::EVERY]}
    over = threading.Event()

    def before(account: str, _action: str) -> None:
        if account in silent:
            over.wait(3600)

    apart = [
        "--forks",
        str(FORKS),
        "-e",
        f"restore_access_timeout={TIMEOUT}",
        "-e",
        "restore_access_appliance_assume_role_arn=",
    ]
    begun = time.monotonic()
    with recorded(fleet, Recording(before=before)) as (through, _recording):
        outcome = playbook.run(through, "drift_report", tmp_path, *apart, seconds=3600)
        over.set()
    seconds = time.monotonic() - begun
    figures = {
        "accounts": ACCOUNTS,
        "silent": len(silent),
        "forks": FORKS,
        "timeout": TIMEOUT,
        "seconds": round(seconds),
    }
    (BUILD / "slow_network.json").write_text(json.dumps(figures) + "\n")
    assert outcome.statuses == {
        member.case: "failed" if member.account_id in silent else "compliant" for member in fleet.accounts
    }
    assert outcome.report is not None
    messages = [entry["message"] for entry in outcome.report["accounts"] if entry["status"] == "failed"]
    assert all("the account timed out at sts:AssumeRole" in message for message in messages)
