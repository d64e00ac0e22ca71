# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with one host, the first of the play above all, is no other host's affair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import playbook
from tests.emulator.organization import Organization

BROKEN: dict[str, dict[str, Any]] = {
    "aaa-unreachable": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9},
    "aab-no-account": {"account_id": "{{ nope }}"},
    "aac-not-a-list": {"restore_access_appliance_principals": "notalist"},
    "aad-no-role": {"restore_access_assume_role_arn": "nonsense"},
}


def fleet(organization: Organization) -> Organization:
    """The broken hosts come first, in the play as in the alphabet."""
    good = [organization.account(case) for case in ("compliant", "wildcard")]
    others = [account for account in organization.accounts if account not in good]
    broken = [
        replace(account, case=name, host_vars=more)
        for account, (name, more) in zip(others, BROKEN.items(), strict=False)
    ]
    return replace(organization, accounts=(*broken, *good))


@pytest.mark.parametrize("name", ["verify", "drift_report"])
def test_the_others_are_evaluated_and_the_broken_say_why(enforced: Organization, tmp_path: Path, name: str):
    outcome = playbook.run(fleet(enforced), name, tmp_path)
    assert outcome.statuses == {
        "aaa-unreachable": "unreachable",
        "aab-no-account": "failed",
        "aac-not-a-list": "failed",
        "aad-no-role": "failed",
        "compliant": "compliant",
        "wildcard": "compliant",
    }
    assert outcome.report is not None
    messages = {account["host"]: account["message"] for account in outcome.report["accounts"]}
    assert "nope" in messages["aab-no-account"]
    assert "notalist" in messages["aac-not-a-list"] or "appliance_principals" in messages["aac-not-a-list"]
    assert "assume_role_arn contains 'nonsense'" in messages["aad-no-role"]
    assert outcome.returncode in (2, 4, 6)


def test_the_appliance_s_policies_are_read_whoever_is_first(enforced: Organization, tmp_path: Path):
    """Whatever the first account is."""
    outcome = playbook.run(fleet(enforced), "verify", tmp_path)
    assert outcome.report is not None
    (entry,) = [account for account in outcome.report["accounts"] if account["host"] == "compliant"]
    (requirement,) = [
        requirement for requirement in entry["requirements"] if requirement["requirement"] == "appliance_can_call"
    ]
    assert (requirement["verdict"], requirement["policy"]) == ("conditional", "assume")


@pytest.mark.parametrize("arguments", [("--tags", "report"), ("--skip-tags", "x")])
def test_tags_would_leave_everything_out_and_are_refused(
    enforced: Organization, tmp_path: Path, arguments: tuple[str, str]
):
    outcome = playbook.run(enforced, "verify", tmp_path, *arguments)
    assert outcome.returncode == 2
    assert "These playbooks have no tags" in outcome.output


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("restore_access_report_formats=pdf", "pdf"),
        (f"restore_access_report_dir={__file__}/reports", "cannot be written"),
    ],
    ids=["format", "directory"],
)
def test_a_report_that_cannot_be_kept_ends_the_run_first(
    enforced: Organization, tmp_path: Path, variable: str, words: str
):
    """Before anything is changed."""
    outcome = playbook.run(enforced, "converge", tmp_path, "-e", variable)
    assert outcome.returncode == 2
    assert words in outcome.output
    assert "Restore principal of the account" not in outcome.output


def test_an_earlier_play_s_results_are_not_taken_for_this_one_s(enforced: Organization, tmp_path: Path):
    only = replace(enforced, accounts=(enforced.account("no-backup-trust"),))
    quiet = ("-e", "restore_access_verify=false", "-e", "restore_access_fail_on_drift=false")
    both = playbook.run(only, "converge", tmp_path, *quiet, "cloudrestore.aws.verify")
    # The playbooks run in the order in which they are named: verify, then converge.
    assert both.statuses == {"no-backup-trust": "converged"}
    assert both.returncode == 0
