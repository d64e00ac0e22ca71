# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a user gets on a bad day: one clear message that says what was asked, of what, where, and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import operator_actions

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build, client, dump, root
from tests.emulator.server import Server

NOBODY = "arn:aws:iam::444455556666:role/DoesNotExist"


def options(organization: Organization, case: str, **more: Any) -> dict[str, Any]:
    """What the role passes on for an account."""
    account_id = organization.account(case).account_id
    return {
        "name": cases.RESTORE_ROLE,
        "assume_role_arn": f"arn:aws:iam::{account_id}:role/{cases.MEMBER_ROLE}",
        "appliance_principals": [cases.APPLIANCE_ARN],
        "appliance_external_id": cases.EXTERNAL_ID,
        **more,
    }


def let_member_role(organization: Organization, case: str, document: dict[str, Any]) -> None:
    """What the automation may do in an account from now on."""
    owner = root(organization.server, organization.account(case).account_id)
    client(organization.server, "iam", owner).put_role_policy(
        RoleName=cases.MEMBER_ROLE, PolicyName="administrator", PolicyDocument=json.dumps(document)
    )


@pytest.fixture
def fresh(ministack: Server) -> Organization:
    ministack.reset()
    return build(ministack)


def account_of(organization: Organization, case: str) -> dict[str, Any]:
    return dump(organization.server, organization.account(case).account_id)


BAD_OPTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": "no spaces"}, ["name is 'no spaces'", "1-64"]),
    ({"appliance_principals": ["12345"]}, ["appliance_principals", "12-digit"]),
    ({"appliance_principals": [cases.APPLIANCE_ARN + "!"]}, ["appliance_principals", "Impersonation role"]),
    ({"assume_role_arn": "OrganizationAccountAccessRole"}, ["assume_role_arn", "arn:aws:iam::ACCOUNT:role/NAME"]),
    (
        {"account_id": "12345", "assume_role_arn": "arn:aws:iam::12345:role/Operator"},
        ["account_id is '12345'", "12-digit"],
    ),
    ({"permissions_boundary": "Boundary"}, ["permissions_boundary", "ARN of a managed policy"]),
    ({"match": "roughly"}, ["match", "effect"]),
    ({"endpoint_url": "http://127.0.0.1:9"}, ["endpoint cannot be reached", "endpoint_url"]),
    ({"name": f"backup/{cases.RESTORE_ROLE}"}, ["exists under the path /, not /backup/", "Set path: /"]),
    ({"name": f"backup/{cases.RESTORE_ROLE}", "state": "absent"}, ["exists under the path /, not /backup/"]),
    ({"endpoint_url": "nonsense"}, ["AWS SDK cannot be set up", "Invalid endpoint: nonsense"]),
    ({"aws_config": {"nonsense": 1}}, ["aws_config cannot be used", "'nonsense'"]),
    ({"additional_statements": [{"Effect": "Allow", "Action": 7, "Resource": "*"}]}, ["entry 1", "malformed"]),
    # By the name that amazon.aws.iam_role has for it.
    ({"boundary": "arn:aws:iam::aws:policy/DoesNotExist"}, ["iam:GetPolicy", "policy/DoesNotExist"]),
]


def test_bad_input_gets_one_clear_message_and_changes_nothing(fresh: Organization, tmp_path: Path):
    before = account_of(fresh, "no-backup-trust")
    given = [options(fresh, "no-backup-trust", **bad) for bad, _words in BAD_OPTIONS]
    results, output = playbook.run_tasks(fresh, given, tmp_path)
    for (bad, words), result in zip(BAD_OPTIONS, results, strict=True):
        assert result["failed"], bad
        assert not result.get("changed"), bad
        for word in words:
            assert word in result["msg"], (bad, result["msg"])
    assert "Traceback" not in output
    assert account_of(fresh, "no-backup-trust") == before


NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
CREDENTIALS: list[tuple[dict[str, str], dict[str, str], list[str]]] = [
    (NO_KEYS, {}, ["no complete AWS credentials", "profile"]),
    (NO_KEYS, {"profile": "no-such-profile"}, ["no-such-profile", "Check the profile option"]),
    ({"AWS_SECRET_ACCESS_KEY": "mistyped"}, {}, ["did not accept the credentials", "secret_key"]),
    ({"AWS_ACCESS_KEY_ID": "AKIAUNKNOWNUNKNOWN00"}, {}, ["did not accept the credentials", "access_key"]),
]


@pytest.mark.parametrize(("environment", "more", "words"), CREDENTIALS)
def test_bad_credentials_are_told_apart(
    enforced: Organization, tmp_path: Path, environment: dict[str, str], more: dict[str, str], words: list[str]
):
    given = options(enforced, "compliant", **more)
    (result,), output = playbook.run_tasks(enforced, [given], tmp_path, extra=environment)
    assert result["failed"]
    for word in words:
        assert word in result["msg"], result["msg"]
    assert "Traceback" not in output


def test_no_region_is_needed(enforced: Organization, tmp_path: Path):
    given = options(enforced, "compliant", endpoint_url=enforced.server.endpoint)
    (result,), _output = playbook.run_tasks(enforced, [given], tmp_path, "--check", extra={"AWS_REGION": ""})
    assert not result.get("failed"), result.get("msg")
    assert result["compliant"]


def test_what_the_operator_lacks_is_named_with_its_place(fresh: Organization, tmp_path: Path):
    let_member_role(fresh, "compliant", cases.allow("iam:GetRole"))
    let_member_role(fresh, "no-role", cases.allow(*operator_actions("check", "role")))
    given = [options(fresh, "compliant"), options(fresh, "no-role")]
    (reading, writing), _output = playbook.run_tasks(fresh, given, tmp_path)
    assert "Account 210000000001" in reading["msg"]
    assert "not allowed to call iam:ListAttachedRolePolicies on arn:aws:iam::210000000001:role/" in reading["msg"]
    assert "Account 210000000003" in writing["msg"]
    assert "not allowed to call iam:CreatePolicy on arn:aws:iam::210000000003:policy/" in writing["msg"]
    assert "Nothing was changed" in writing["msg"]
    assert writing["changes"] == []


@pytest.mark.parametrize("mode", ["check", "present", "absent"])
def test_the_operator_permissions_of_the_catalogue_suffice(fresh: Organization, tmp_path: Path, mode: str):
    case = {"check": "foreign-content", "present": "no-role", "absent": "five-versions"}[mode]
    let_member_role(fresh, case, cases.allow(*operator_actions(mode, "role")))
    given = options(fresh, case, state="absent" if mode == "absent" else "present")
    (result,), _output = playbook.run_tasks(fresh, [given], tmp_path, *(["--check"] if mode == "check" else []))
    assert not result.get("failed"), result.get("msg")
    assert result["changes"]


def test_a_change_that_stops_half_way_can_be_finished(fresh: Organization, tmp_path: Path):
    """It is told."""
    refused = cases.document(
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:AttachRolePolicy", "Resource": "*"},
    )
    let_member_role(fresh, "no-role", refused)
    (stopped,), _output = playbook.run_tasks(fresh, [options(fresh, "no-role")], tmp_path / "stopped")
    assert stopped["failed"]
    assert stopped["changed"]
    assert [change["operation"] for change in stopped["changes"]] == ["CreatePolicy", "CreateRole"]
    assert [change["operation"] for change in stopped["not_done"]] == ["AttachRolePolicy"]
    assert "2 of 3 operations were made; run again to continue" in stopped["msg"]

    let_member_role(fresh, "no-role", cases.allow("*"))
    (finished,), _output = playbook.run_tasks(fresh, [options(fresh, "no-role")], tmp_path / "finished")
    assert [change["operation"] for change in finished["changes"]] == ["AttachRolePolicy"]
    assert finished["unresolved"] == []


def test_a_policy_of_aws_with_our_name_is_not_taken_for_ours(fresh: Organization, tmp_path: Path):
    theirs = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    owner = root(fresh.server, fresh.account("with-path").account_id)
    client(fresh.server, "iam", owner).attach_role_policy(RoleName=cases.RESTORE_ROLE, PolicyArn=theirs)
    given = options(fresh, "with-path", policy_name="ReadOnlyAccess")
    (result,), _output = playbook.run_tasks(fresh, [given], tmp_path)
    assert not result.get("failed"), result.get("msg")
    ours = "arn:aws:iam::210000000016:policy/ReadOnlyAccess"
    assert result["after"]["attachments"] == [ours, theirs]


def test_a_name_of_another_policy_is_told_before_any_write(fresh: Organization, tmp_path: Path):
    """Another policy of the account has that name."""
    owner = root(fresh.server, fresh.account("with-path").account_id)
    client(fresh.server, "iam", owner).create_policy(
        PolicyName=cases.OWN_POLICY, Path="/elsewhere/", PolicyDocument=json.dumps(cases.allow("s3:*"))
    )
    before = account_of(fresh, "with-path")
    (result,), _output = playbook.run_tasks(fresh, [options(fresh, "with-path")], tmp_path)
    assert f"policy/elsewhere/{cases.OWN_POLICY}" in result["msg"]
    assert f"set policy_name: {cases.OWN_POLICY}-2, or adopt_policy: true" in result["msg"]
    assert account_of(fresh, "with-path") == before


def test_an_account_with_wrong_variables_stops_no_others(fresh: Organization, tmp_path: Path):
    broken = {"restore_access_match": "roughly"}
    accounts = tuple(
        account if account.case != "compliant-rewritten" else cases.Account(**{**vars(account), "host_vars": broken})
        for account in fresh.accounts
    )
    fleet = Organization(fresh.server, accounts, fresh.automation)
    outcome = playbook.run(fleet, "drift_report", tmp_path)
    expected = {account.case: account.before for account in fresh.accounts} | {"compliant-rewritten": "failed"}
    assert outcome.statuses == expected
    assert outcome.returncode == 2


def test_a_mistyped_variable_or_a_wrong_account_changes_nothing(fresh: Organization, tmp_path: Path):
    astray = {"restore_access_assume_role_arn": f"arn:aws:iam::210000000004:role/{cases.MEMBER_ROLE}"}
    undefined = {"restore_access_tags": {"owner": "{{ ownr }}"}}
    broken = {
        "no-role": {"restore_access_appliance_externalid": "mistyped"},
        "three-missing": astray,
        "compliant": undefined,
        "no-backup-trust": {"restore_access_verify": "maybe"},
        "foreign-content": {"restore_access_method": "{{ mthod }}"},
        "five-versions": {"restore_access_tables": {"of": "no list"}},
    }
    accounts = tuple(
        cases.Account(**{**vars(account), "host_vars": broken[account.case]})
        for account in fresh.accounts
        if account.case in broken
    )
    before = account_of(fresh, "no-role"), account_of(fresh, "no-backup-trust")
    outcome = playbook.run(Organization(fresh.server, accounts, fresh.automation), "converge", tmp_path)
    assert outcome.report is not None
    messages = {account["host"]: account["message"] for account in outcome.report["accounts"]}
    assert "Unknown variable: restore_access_appliance_externalid" in messages["no-role"]
    assert "belong to account 210000000004, but account_id is 210000000007" in messages["three-missing"]
    assert "'ownr' is undefined. A variable of this host uses it in a template" in messages["compliant"]
    assert "Set it in the inventory" in messages["compliant"]
    assert "restore_access_verify must be one of true, false," in messages["no-backup-trust"]
    assert "'mthod' is undefined. A variable of this host" in messages["foreign-content"]
    assert "argument 'tables' is of type dict" in messages["five-versions"]
    assert outcome.returncode == 2
    assert (account_of(fresh, "no-role"), account_of(fresh, "no-backup-trust")) == before


def test_the_play_fails_on_drift_if_asked_to(fresh: Organization, tmp_path: Path):
    arguments = ["--limit", "no-role,compliant"]
    relaxed = playbook.run(fresh, "drift_report", tmp_path, *arguments)
    strict = playbook.run(fresh, "drift_report", tmp_path, *arguments, "-e", "restore_access_fail_on_drift=true")
    assert (relaxed.returncode, strict.returncode) == (0, 2)
    assert relaxed.report is not None
    assert relaxed.report["summary"]["accounts"] == 2


def test_a_switch_that_is_neither_on_nor_off_is_not_off(fresh: Organization, tmp_path: Path):
    outcome = playbook.run(fresh, "drift_report", tmp_path, "-e", "restore_access_fail_on_drift=ture")
    assert outcome.returncode == 2
    assert outcome.report is None
    assert (
        "restore_access_fail_on_drift and restore_access_check_organization_policies must be true or false."
        in outcome.output
    )
    assert "ture and not set" in outcome.output
