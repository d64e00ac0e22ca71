# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbook verify with the appliance's own credentials: each restore role is assumed for real, where IAM is enforced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, assume, root
from tests.emulator.recorder import recorded

EXPECTED = {
    "compliant": "compliant",
    "with-path": "compliant",
    "wrong-external-id": "blocked",
    "no-role": "blocked",
    "iam-user": "compliant",
    # The automation may not enter this account; the appliance may.
    "refuses-assume-role": "compliant",
}
PROBE = ["--limit", ",".join((*EXPECTED, "localhost")), "-e", "restore_access_probe_assume_role=true"]


def test_the_appliance_finds_out_where_it_gets_in(enforced: Organization, tmp_path: Path):
    keys = assume(enforced.server, root(enforced.server, cases.APPLIANCE_ACCOUNT), cases.APPLIANCE_ARN)
    extra = {
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_SESSION_TOKEN": str(keys.session_token),
    }
    with recorded(replace(enforced, automation=keys)) as (through, recording):
        outcome = playbook.run(through, "verify", tmp_path, "--check", *PROBE, extra=extra)
    assert outcome.statuses == EXPECTED, outcome.output
    assert outcome.returncode == 2
    assert "The appliance assumed the restore role in 3 of 5 accounts. Nothing else was evaluated." in outcome.output
    # Nothing but the attempts: no policy is read, and nothing is done in a session.
    assert {action for _account, action in recording.calls} == {"sts:AssumeRole", "sts:GetCallerIdentity"}
    assert outcome.report is not None
    written = str(outcome.report) + outcome.output
    assert recording.secrets
    assert not any(secret in written for secret in (*keys.secrets, *recording.secrets))


def test_the_automation_is_told_that_it_is_not_the_appliance(enforced: Organization, tmp_path: Path):
    outcome = playbook.run(enforced, "verify", tmp_path, "--limit", "compliant,localhost", *PROBE[2:])
    assert outcome.statuses == {"compliant": "failed"}
    assert f"arn:aws:iam::{cases.MANAGEMENT_ACCOUNT}:user/{cases.AUTOMATION_USER}" in outcome.output
    assert "only with the appliance's own credentials" in " ".join(outcome.output.split())
