# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MFA: a code works once, so that a fleet gets one session before it comes to any account, and nothing shows it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import playbook, sts_proxy
from tests.emulator.organization import Organization
from tests.integration.test_bad_days import options
from tests.integration.test_secrets import written

CASES = ("compliant", "no-role", "iam-user")
MFA = {"assume_role_mfa_serial": sts_proxy.MFA_DEVICE, "assume_role_mfa_code": "012345"}
OF_THE_ROLE = [f"-e{json.dumps({f'restore_access_{name}': value for name, value in MFA.items()})}"]


def some(organization: Organization, endpoint: str) -> Organization:
    accounts = tuple(organization.account(case) for case in CASES)
    return replace(organization, accounts=accounts, server=replace(organization.server, endpoint=endpoint))


@pytest.mark.parametrize("name", ["drift_report", "verify"])
def test_one_session_serves_every_account(enforced: Organization, tmp_path: Path, name: str):
    with sts_proxy.behind(enforced) as (endpoint, desk):
        outcome = playbook.run(some(enforced, endpoint), name, tmp_path, "-vvv", *OF_THE_ROLE)
    assert [asked["TokenCode"] for asked in desk.with_mfa] == ["012345"], outcome.output
    assert [account["message"] for account in outcome.report["accounts"] if account["status"] == "failed"] == []
    assert len(desk.asked) >= len(CASES)
    assert set(desk.keys) <= desk.mfa_keys
    everything = outcome.output + written(tmp_path)
    assert len(desk.secrets) == 2
    assert [secret for secret in desk.secrets | desk.mfa_keys if secret in everything] == []


def test_batches_of_a_play_of_ones_own_share_the_session(enforced: Organization, tmp_path: Path):
    play = {
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        "serial": 1,
        "tasks": [{"ansible.builtin.import_role": {"name": "cloudrestore.aws.restore_access"}}],
    }
    with sts_proxy.behind(enforced) as (endpoint, desk):
        done = playbook.run_plays(
            some(enforced, endpoint),
            [play],
            playbook.inventory(some(enforced, endpoint)),
            tmp_path,
            "--check",
            *OF_THE_ROLE,
            "-erestore_access_report_dir=reports",
        )
    assert len(desk.with_mfa) == 1, done.stdout
    assert len(desk.asked) == len(CASES)
    assert set(desk.keys) <= desk.mfa_keys


def test_a_code_that_does_not_work_ends_the_run_and_says_so(enforced: Organization, tmp_path: Path):
    """Before anything else is asked."""
    with sts_proxy.behind(enforced) as (endpoint, desk):
        wrong = {"restore_access_assume_role_mfa_serial": "arn:aws:iam::999988887777:mfa/other"}
        outcome = playbook.run(some(enforced, endpoint), "verify", tmp_path, *OF_THE_ROLE, f"-e{json.dumps(wrong)}")
    assert outcome.returncode != 0
    assert "sts:GetSessionToken with MFA was refused" in " ".join(outcome.output.split())
    assert not re.search(r"\b012345\b", outcome.output.replace(" ".join(outcome.command), ""))
    assert desk.asked == []


def test_a_single_module_takes_serial_and_code(enforced: Organization, tmp_path: Path):
    """And is told when a code was used before."""
    with sts_proxy.behind(enforced) as (endpoint, desk):
        through = some(enforced, endpoint)
        given: list[dict[str, Any]] = [
            options(through, "compliant", **MFA),
            options(through, "compliant", **MFA),
            options(through, "compliant", **{**MFA, "assume_role_mfa_code": 12345}),
            options(through, "compliant", assume_role_mfa_code="012345"),
        ]
        results, output = playbook.run_tasks(through, given, tmp_path / "run", "-vvv", "--check")
    assert [bool(result.get("failed")) for result in results] == [False, True, True, True]
    assert "works once" in results[1]["msg"]
    assert "six digits" in results[2]["msg"]
    assert "assume_role_mfa_serial is not" in results[3]["msg"]
    assert len(desk.with_mfa) == 2
    (tmp_path / "run" / "book.json").unlink()
    everything = output + written(tmp_path)
    assert [secret for secret in desk.secrets | {"012345"} if secret in everything] == []
