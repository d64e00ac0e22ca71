# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main job on either emulator: from drift to converged, as check mode predicted, and then nothing more to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import operator_actions

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, dump
from tests.emulator.recorder import Recording, recorded


@dataclass
class Story:
    """Runs one after the other, the calls each made, and every account's content around them."""

    organization: Organization
    drift: playbook.Outcome
    first: playbook.Outcome
    second: playbook.Outcome
    verified: playbook.Outcome
    calls: dict[str, Recording]
    at_start: dict[str, Any]
    after_drift: dict[str, Any]
    at_end: dict[str, Any]


def contents(organization: Organization) -> dict[str, Any]:
    return {account.case: dump(organization.server, account.account_id) for account in organization.accounts}


@pytest.fixture(scope="module")
def story(organization: Organization, tmp_path_factory: pytest.TempPathFactory) -> Story:
    directory: Path = tmp_path_factory.mktemp("fleet")
    calls: dict[str, Recording] = {}
    outcomes: dict[str, playbook.Outcome] = {}
    states = {"start": contents(organization)}
    steps = {"drift": "drift_report", "first": "converge", "second": "converge", "verified": "verify"}
    for step, name in steps.items():
        with recorded(organization) as (through, recording):
            outcomes[step] = playbook.run(through, name, directory / step)
        calls[step] = recording
        states[step] = contents(organization)
    return Story(
        organization,
        outcomes["drift"],
        outcomes["first"],
        outcomes["second"],
        outcomes["verified"],
        calls,
        states["start"],
        states["drift"],
        states["verified"],
    )


def test_the_drift_report_knows_every_account_for_what_it_is(story: Story):
    assert story.drift.statuses == {account.case: account.before for account in story.organization.accounts}


def test_the_drift_report_only_reads_and_changes_nothing(story: Story):
    for account in story.organization.accounts:
        assert story.calls["drift"].writes(account.account_id) == []
    assert story.after_drift == story.at_start


def test_the_first_run_converges_every_account_that_can_be(story: Story):
    assert story.first.statuses == {account.case: account.after for account in story.organization.accounts}


def test_check_mode_named_exactly_the_operations_that_were_made(story: Story):
    assert story.drift.changes == story.first.changes
    for account in story.organization.accounts:
        assert story.calls["first"].writes(account.account_id) == story.drift.changes[account.case]
    assert any(story.drift.changes.values())


def test_the_second_run_changes_nothing(story: Story):
    assert not any(story.second.changes.values())
    for account in story.organization.accounts:
        assert story.calls["second"].writes(account.account_id) == []
    settled = {"converged": "compliant"}
    assert story.second.statuses == {
        account.case: settled.get(account.after, account.after) for account in story.organization.accounts
    }


def test_verify_reads_only_and_finds_what_the_second_run_found(story: Story):
    for account in story.organization.accounts:
        assert story.calls["verified"].writes(account.account_id) == []
    assert story.verified.statuses == story.second.statuses
    assert story.verified.returncode == 2


def test_verify_evaluates_every_requirement(story: Story):
    """It names the place of what is not met."""
    assert story.verified.report is not None
    entries = {account["host"]: account for account in story.verified.report["accounts"]}
    assert {
        len(entries[account.case]["requirements"])
        for account in story.organization.accounts
        if account.after != "failed"
    } == {
        37,
        38,
    }
    (denied,) = [requirement for requirement in entries["explicit-deny"]["requirements"] if requirement["drift"]]
    assert denied["places"] == ["identity policy guardrail, statement NoGrants"]
    # The appliance's policies were read in its own account, so that only the organization's are left to be given.
    can_call = next(
        requirement
        for requirement in entries["compliant"]["requirements"]
        if requirement["requirement"] == "appliance_can_call"
    )
    assert (can_call["verdict"], can_call["policy"]) == ("conditional", "assume")


def test_converge_verifies_what_it_has_converged(story: Story):
    assert story.first.report is not None
    for entry in story.first.report["accounts"]:
        if entry["status"] == "converged":
            assert not any(requirement["drift"] for requirement in entry["requirements"]), entry["host"]
            assert len(entry["requirements"]) >= 37


def test_a_converged_role_takes_six_calls_in_check_mode(story: Story):
    account = story.organization.account("compliant").account_id
    assert story.calls["drift"].of(account) == [
        "sts:AssumeRole",
        "iam:GetRole",
        "iam:ListAttachedRolePolicies",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:ListRolePolicies",
    ]


def test_our_own_policy_takes_no_more_calls(story: Story):
    """Verify takes none at all."""
    # The second run finds the role with nothing but this collection's policy, applies nothing, and verifies.
    account = story.organization.account("no-role").account_id
    calls = story.calls["second"].of(account)
    assert calls[:2] == ["sts:AssumeRole", "iam:GetRole"]
    assert len(calls) == 6


def test_only_the_documented_actions_are_called(story: Story):
    for account in story.organization.accounts:
        kind = account.principal.kind if account.principal else "role"
        for step, mode in (("drift", "check"), ("first", "present"), ("second", "present")):
            called = {action for action in story.calls[step].of(account.account_id) if action.startswith("iam:")}
            assert called <= set(operator_actions(mode, kind))


def test_everything_of_others_is_still_there(story: Story):
    before = story.at_start["foreign-content"]["roles"][cases.RESTORE_ROLE]
    after = story.at_end["foreign-content"]["roles"][cases.RESTORE_ROLE]
    assert after["trust"]["Statement"][: len(before["trust"]["Statement"])] == before["trust"]["Statement"]
    assert set(before["attached"]) < set(after["attached"])
    assert (after["inline"], after["tags"]) == (before["inline"], before["tags"])
    for arn, versions in story.at_start["foreign-content"]["policies"].items():
        assert story.at_end["foreign-content"]["policies"][arn] == versions


def test_accounts_without_drift_are_not_touched(story: Story):
    for account in story.organization.accounts:
        if account.before != "drifted":
            assert story.at_end[account.case] == story.at_start[account.case]


def test_the_version_that_was_given_up_is_in_the_result(story: Story):
    assert story.first.changes["five-versions"] == ["TagPolicy", "DeletePolicyVersion", "CreatePolicyVersion"]
    versions = story.at_end["five-versions"]["policies"]
    (arn,) = versions
    assert sorted(versions[arn]) == ["v2", "v3", "v4", "v5", "v6"]


def test_the_exit_code_is_honest(story: Story):
    refusing = any(account.after == "failed" for account in story.organization.accounts)
    assert story.drift.returncode == (2 if refusing else 0)
    # Blocked accounts cannot be converged, and converge says so.
    assert (story.first.returncode, story.second.returncode) == (2, 2)
