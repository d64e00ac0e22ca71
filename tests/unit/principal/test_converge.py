# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main line, case by case: what is done, in which order, and what is said."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.apply.invalid_principal import (
    somebodys_statement,
)

from tests.unit.memory_iam import IamError, MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, OPTIONS, OURS, account, refused, role

# The right account


def test_another_account_than_the_one_meant_is_not_touched():
    iam = account(BACKUP)
    error = refused(iam, account_id="999988887777")
    assert "belong to account 111122223333, but account_id is 999988887777" in error.message
    assert writes(iam) == []
    assert run(iam, {**OPTIONS, "account_id": "111122223333"})["changed"]


def test_another_account_is_told_before_all_that_is_wrong_in_it():
    iam = account(inline={})
    iam.add_policy(DEFAULT_POLICY_NAME, EVERYTHING, path="/elsewhere/")
    assert "but account_id is 999988887777" in refused(iam, account_id="999988887777").message


# What a restore needs


def test_a_role_that_does_not_exist_is_created_whole():
    iam = MemoryIam()
    options = {**OPTIONS, "appliance_external_id": "an-id", "path": "/backup/", "tags": {"team": "backup"}}
    result = run(iam, options)
    assert writes(iam) == ["CreatePolicy", "CreateRole", "AttachRolePolicy"]
    made = role(iam)
    assert (made.path, made.tags) == ("/backup/", {"team": "backup", **OURS})
    assert result["compliant"] is False
    assert run(iam, options)["compliant"] is True


def test_a_user_gets_permissions_and_no_trust_and_no_access_key():
    iam = MemoryIam()
    run(iam, {**OPTIONS, "principal_type": "user"})
    assert writes(iam) == ["CreatePolicy", "CreateUser", "AttachUserPolicy"]
    made = iam.principals["User", worlds.NAME]
    assert (made.trust, made.access_keys) == (None, 0)


def test_what_a_group_grants_a_user_is_no_drift():
    iam = MemoryIam()
    iam.add(Principal("Group", "Operators", inline={"all": EVERYTHING}))
    iam.add(Principal("User", worlds.NAME, groups=["Operators"]))
    assert run(iam, {**OPTIONS, "principal_type": "user"})["compliant"]


@pytest.mark.parametrize(
    "granted",
    [
        worlds.document(worlds.allow("*")),
        worlds.document(worlds.allow(["backup*", "dynamodb:*", "ec2:*", "iam:*", "kms:*"], ["*"])),
        worlds.document(*(worlds.allow(action.swapcase(), "**") for action in worlds.ACTIONS)),
        {"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}},
        worlds.document(worlds.allow("*", Condition={"Bool": {"aws:SecureTransport": True}})),
        worlds.document({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::theirs/*"}),
        worlds.document(
            worlds.allow(["backup*", "ec2:*", "iam:*", "kms:*", "dynamodb:ListTables"]),
            worlds.allow("dynamodb:*", "arn:aws:dynamodb:*:111122223333:table/*"),
        ),
    ],
)
def test_however_the_actions_are_granted_it_is_no_drift(granted: dict[str, Any]):
    assert run(account(inline={"theirs": granted}), OPTIONS)["compliant"]


@pytest.mark.parametrize(
    "granted",
    [
        worlds.document(worlds.allow("*", "arn:aws:dynamodb:*:*:table/*")),
        worlds.document(worlds.allow("*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
        worlds.document({"Effect": "Allow", "NotAction": "kms:Decrypt", "Resource": "*"}),
        worlds.document({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:dynamodb:*:*:table/secret"}),
    ],
)
def test_what_is_granted_less_clearly_is_drift(granted: dict[str, Any]):
    iam = account(inline={"theirs": granted})
    assert run(iam, OPTIONS)["drift"]
    assert writes(iam) == ["CreatePolicy", "AttachRolePolicy"]


def test_exact_asks_for_our_own_policy_whatever_else_grants():
    iam = account()
    assert run(iam, {**OPTIONS, "match": "exact"})["changed"]
    assert "CreatePolicy" in writes(iam)
    assert "UpdateAssumeRolePolicy" not in writes(iam)


def test_exact_takes_back_what_was_added_to_our_policy():
    iam = MemoryIam()
    run(iam, OPTIONS)
    arn = iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(worlds.allow([*worlds.ACTIONS, "s3:*"])), **OURS)
    assert run(iam, OPTIONS)["changed"] is False
    assert run(iam, {**OPTIONS, "match": "exact"})["changed"] is True
    policy = iam.policies[arn]
    assert "s3:*" not in str(policy.versions[policy.default])


@pytest.mark.parametrize("policy_type", ["managed", "inline"])
def test_additional_statements_that_move_up_are_all_there(policy_type: str):
    """One run is enough."""
    iam = account(inline={})
    first, second, third = (worlds.allow(f"s3:{name}Object") for name in ("Get", "Put", "Delete"))
    run(iam, {**OPTIONS, "policy_type": policy_type, "additional_statements": [first, second]})
    options = {**OPTIONS, "policy_type": policy_type, "additional_statements": [second, third]}
    run(iam, options)
    assert run(iam, options)["changed"] is False


def test_a_statement_that_only_our_outdated_one_held_is_there():
    """An additional statement; one run is enough."""
    iam = MemoryIam()
    run(iam, OPTIONS)
    outdated = worlds.allow([*worlds.ACTIONS[:20], "s3:GetObject"], Sid="CloudrestoreDynamodbRestore")
    iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(outdated), **OURS)
    options = {**OPTIONS, "additional_statements": [worlds.allow("s3:GetObject")]}
    run(iam, options)
    assert run(iam, options)["changed"] is False


# Trust


def test_our_statement_is_repaired_and_a_foreign_one_is_reported():
    loose = worlds.admit({"AWS": worlds.APPLIANCE}, Sid="Theirs")
    ours = worlds.admit({"AWS": worlds.APPLIANCE}, Sid="CloudrestoreAppliance")
    options = {**OPTIONS, "appliance_external_id": "an-id"}

    repaired = account(ours, BACKUP)
    run(repaired, options)
    assert role(repaired).trust["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": "an-id"}}
    assert len(role(repaired).trust["Statement"]) == 2

    left = account(loose, BACKUP)
    (finding,) = run(left, options)["findings"]
    assert role(left).trust["Statement"][0] == loose
    assert (finding["finding"], finding["statement"]) == ("external_id_not_enforced", "Theirs")
    assert "without the required external ID" in finding["message"]


@pytest.mark.parametrize(
    "condition",
    [{"StringLike": {"sts:ExternalId": "*"}}, {"StringEqualsIfExists": {"sts:ExternalId": "an-id"}}],
)
def test_a_condition_that_no_external_id_fails_enforces_none(condition: dict[str, Any]):
    """Any ID meets it, or none at all."""
    loose = worlds.admit({"AWS": worlds.APPLIANCE}, Condition=condition)
    options = {**OPTIONS, "appliance_external_id": "an-id"}

    repaired = account({**loose, "Sid": "CloudrestoreAppliance"}, BACKUP)
    run(repaired, options)
    assert role(repaired).trust["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": "an-id"}}

    (finding,) = run(account({**loose, "Sid": "Theirs"}, BACKUP), options)["findings"]
    assert (finding["finding"], finding["statement"]) == ("external_id_not_enforced", "Theirs")


def test_our_statement_loses_a_deleted_principal_on_a_write():
    ours = worlds.admit({"AWS": [worlds.APPLIANCE, "AROAEXAMPLEOFADELETED"]}, Sid="CloudrestoreAppliance")
    whole = account(ours, BACKUP)
    assert run(whole, OPTIONS)["changed"] is False
    iam = account(ours)
    run(iam, OPTIONS)
    assert "AROAEXAMPLEOFADELETED" not in str(role(iam).trust)


def test_a_foreign_statement_keeps_its_place_and_its_form():
    foreign = [worlds.admit({"Service": "ec2.amazonaws.com"}, Sid=""), {**BACKUP, "Action": ["STS:AssumeRole"]}]
    iam = account(*foreign)
    run(iam, OPTIONS)
    assert role(iam).trust["Statement"][:2] == foreign
    assert [statement.get("Sid") for statement in role(iam).trust["Statement"][2:]] == ["CloudrestoreAppliance"]


def test_what_a_repaired_statement_met_is_met_by_another():
    ours = worlds.admit({"AWS": worlds.APPLIANCE, "Service": "backup.amazonaws.com"}, Sid="CloudrestoreAppliance")
    iam = account(ours)
    options = {**OPTIONS, "appliance_external_id": "an-id"}
    assert run(iam, options)["unresolved"] == []
    assert run(iam, options)["changed"] is False


def test_others_under_a_sid_of_ours_stay():
    """IAM takes a Sid once, but whoever stands under it may be somebody's."""
    ours = worlds.admit({"AWS": worlds.APPLIANCE}, Sid="CloudrestoreAppliance")
    theirs = worlds.admit({"AWS": "777788889999"}, Sid="CloudrestoreAppliance")
    iam = account(ours, theirs, BACKUP)
    options = {**OPTIONS, "match": "exact"}
    run(iam, options)
    assert role(iam).trust["Statement"] == [ours, theirs, BACKUP]
    assert run(iam, options)["changed"] is False


def test_purge_trust_makes_it_exclusive():
    iam = account(APPLIANCE, BACKUP, worlds.admit({"AWS": "777788889999"}))
    run(iam, {**OPTIONS, "purge_trust": True})
    assert [statement["Sid"] for statement in role(iam).trust["Statement"]] == [
        "CloudrestoreAppliance",
        "CloudrestoreBackupService",
    ]


def test_an_unreadable_trust_policy_is_never_replaced_unasked():
    iam = account()
    role(iam).trust = "{not json"
    error = refused(iam)
    assert "cannot be read" in error.message
    assert "purge_trust: true" in error.message
    assert writes(iam) == []
    # It may hold a Deny.
    assert run(iam, {**OPTIONS, "purge_trust": True})["unresolved"] != []
    assert writes(iam) == []
    run(iam, {**OPTIONS, "purge_trust": True, "allow_widening": True})
    assert len(role(iam).trust["Statement"]) == 2


def test_a_unique_id_of_someone_deleted_is_warned_about():
    iam = account(APPLIANCE, BACKUP, worlds.admit({"AWS": "AROAEXAMPLEOFADELETED"}, Sid="Orphan"))
    (finding,) = run(iam, OPTIONS, check=True)["findings"]
    assert (finding["finding"], finding["statement"]) == ("orphaned_principal", "Orphan")
    assert "AROAEXAMPLEOFADELETED" in finding["message"]


@pytest.mark.parametrize(
    ("statement", "name", "severity"),
    [
        (worlds.admit("*"), "trust_to_everyone", "high"),
        (worlds.admit({"AWS": "444455556666"}), "trust_to_a_whole_account", "medium"),
        (worlds.admit({"AWS": "555566667777"}), "trust_to_a_whole_account", "low"),
        (
            worlds.admit({"Service": "backup.amazonaws.com"}, Condition=worlds.WITH_ID),
            "external_id_for_a_service",
            "high",
        ),
        (worlds.admit({"AWS": "AIDAEXAMPLEOFADELETED"}), "orphaned_principal", "medium"),
    ],
)
def test_what_somebody_should_look_at(statement: dict[str, Any], name: str, severity: str):
    findings = run(account(APPLIANCE, BACKUP, {**statement, "Sid": "Odd"}), OPTIONS, check=True)["findings"]
    assert (name, severity, "Odd") in [
        (finding["finding"], finding["severity"], finding["statement"]) for finding in findings
    ]
    assert "Odd" in findings[0]["message"]


def test_without_appliance_principals_the_result_says_so():
    """It says what was not looked at."""
    (finding,) = run(account(), {"name": worlds.NAME, "appliance_principals": []})["findings"]
    assert finding["finding"] == "appliance_not_provided"


def test_a_statement_that_asks_for_an_id_unasked_is_reported():
    """The user gives no external ID."""
    ours = worlds.admit({"AWS": worlds.APPLIANCE}, Sid="CloudrestoreAppliance", Condition=worlds.WITH_ID)
    result = run(account(ours, BACKUP), OPTIONS, check=True)
    (finding,) = result["findings"]
    assert finding["finding"] == "external_id_not_provided"
    assert "requires an external ID, and none is set" in result["drift"][0]["reason"]


# What cannot be granted away


def test_a_deny_and_a_boundary_are_reported_and_left_alone():
    """Their place is told."""
    deny = worlds.document({"Sid": "NoGrants", "Effect": "Deny", "Action": "kms:CreateGrant", "Resource": "*"})
    iam = account(inline={"all": EVERYTHING, "guardrail": deny})
    role(iam).boundary = iam.add_policy(
        "Boundary", worlds.document(worlds.allow(["backup*", "dynamodb:*", "ec2:*", "iam:*", "kms:C*"]))
    )
    result = run(iam, OPTIONS)
    assert writes(iam) == []
    places = {
        blocked["requirement"]: (blocked["verdict"], blocked["policy"], blocked["statement"])
        for blocked in result["unresolved"]
    }
    assert places["kms:CreateGrant"] == ("explicit_deny", "guardrail", "NoGrants")
    assert places["kms:Decrypt"] == ("implicit_deny", role(iam).boundary, "")
    assert result["missing_permissions_policy"] == {}


def test_an_unreadable_policy_neither_allows_nor_denies():
    iam = account(inline={"all": EVERYTHING, "broken": "{not json"})
    result = run(iam, OPTIONS)
    assert {blocked["verdict"] for blocked in result["unresolved"]} == {"unreadable"}
    assert result["compliant"] is False


# Settings


def test_a_setting_that_is_not_asked_for_keeps_its_value():
    iam = account(description="theirs", seconds=7200)
    run(iam, {**OPTIONS, "description": "ours"})
    assert (role(iam).description, role(iam).seconds) == ("ours", 7200)


def test_tags_of_others_go_only_with_purge_tags_and_ours_never():
    iam = account(tags={"team": "theirs", "keep": "no", **OURS})
    run(iam, {**OPTIONS, "tags": {"team": "ours"}})
    assert role(iam).tags == {"team": "ours", "keep": "no", **OURS}
    run(iam, {**OPTIONS, "tags": {"team": "ours"}, "purge_tags": True})
    assert role(iam).tags == {"team": "ours", **OURS}


def test_purge_policies_detaches_a_managed_policy_only():
    """It never deletes one."""
    iam = account()
    theirs = iam.add_policy("Theirs", EVERYTHING)
    role(iam).attached = [theirs]
    run(iam, {**OPTIONS, "purge_policies": True})
    assert writes(iam) == ["CreatePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeleteRolePolicy"]
    assert theirs in iam.policies
    assert run(iam, {**OPTIONS, "purge_policies": True})["compliant"]


def test_a_tag_key_in_other_case_is_the_same_tag():
    iam = account(tags={"Team": "theirs", "Same": "as asked"})
    options = {**OPTIONS, "tags": {"team": "ours", "same": "as asked"}, "purge_tags": True}
    expected = run(iam, options, check=True)
    run(iam, options)
    assert writes(iam) == ["TagRole"]
    assert role(iam).tags == expected["after"]["settings"]["tags"] == {"Same": "as asked", "team": "ours"}
    assert run(iam, options)["changed"] is False


@pytest.mark.parametrize(("before", "asked"), [({}, {"team": "backup"}), ({"team": "backup"}, {"team": "ops"})])
def test_what_a_policy_allows_by_a_tag_is_told_by_the_tags_that_a_run_leaves(
    before: dict[str, str], asked: dict[str, str]
):
    if_backup = {"StringEquals": {"aws:PrincipalTag/Team": "backup"}}
    by_tag = worlds.document(worlds.allow(worlds.ACTIONS, Condition=if_backup))
    iam = account(inline={"by-tag": by_tag}, tags=before)
    first = run(iam, {**OPTIONS, "tags": asked})
    assert bool({"CreatePolicy", "CreatePolicyVersion"} & {one["operation"] for one in first["changes"]}) is (
        asked["team"] != "backup"
    )
    again = run(iam, {**OPTIONS, "tags": asked})
    assert (again["changes"], again["drift"]) == ([], [])


def test_stale_tags_go_before_new_ones_come():
    """More than IAM takes are refused."""
    iam = account(tags={f"theirs{number}": "" for number in range(50)})
    error = refused(iam, tags={"team": "ours"})
    assert "would have 51 tags, but IAM allows 50" in error.message
    assert writes(iam) == []
    run(iam, {**OPTIONS, "tags": {"team": "ours"}, "purge_tags": True})
    assert role(iam).tags == {"team": "ours"}


# Eventual consistency and failure


def test_a_write_is_repeated_until_iam_knows_what_is_new():
    iam = MemoryIam()
    unknown = iter([True, True, False])
    iam.fail = lambda operation, _arguments: (
        IamError("NoSuchEntity", "not yet") if operation == "AttachRolePolicy" and next(unknown) else None
    )
    result = run(iam, OPTIONS)
    assert [change["operation"] for change in result["changes"]] == ["CreatePolicy", "CreateRole", "AttachRolePolicy"]
    assert writes(iam).count("AttachRolePolicy") == 3


def test_waiting_ends_when_what_was_written_reads_back():
    iam = MemoryIam()
    stale = iter([True, True, True, False])
    seen = [0]

    def fail(operation: str, _arguments: dict[str, Any]) -> IamError | None:
        if operation == "GetRole" and "CreateRole" in writes(iam) and next(stale, False):
            seen[0] += 1
            return IamError("NoSuchEntity", "a stale read")
        return None

    iam.fail = fail
    assert run(iam, OPTIONS)["changed"]
    assert seen[0] == 3


def test_waiting_in_vain_ends_with_the_whole_result():
    iam = MemoryIam()
    iam.fail = lambda operation, _arguments: (
        IamError("NoSuchEntity", "stale") if operation == "GetRole" and "CreateRole" in writes(iam) else None
    )
    error = refused(iam, wait_timeout=30)
    assert "does not return all changes after 30 seconds" in error.message
    assert len(error.facts["changes"]) == 3
    assert run(MemoryIam(), {**OPTIONS, "wait": False})["changed"]


def test_a_principal_that_iam_rejects_is_told_with_what_to_check():
    iam = account(BACKUP)
    rejected = IamError("MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"' + worlds.APPLIANCE + '"')
    iam.fail = lambda operation, _arguments: rejected if operation == "UpdateAssumeRolePolicy" else None
    error = refused(iam)
    assert worlds.APPLIANCE in error.message
    assert "does not exist: check its account ID, path and name" in error.message
    assert error.facts["changed"] is False


@pytest.mark.parametrize(
    ("principal", "listed", "sid", "named"),
    [
        (
            {"AWS": "arn:aws:iam::777788889999:root"},
            "arn:aws:iam::777788889999:root",
            "Partner",
            "statement Partner of",
        ),
        ({"AWS": ["arn:aws:iam::111122223333:role/Here", "777788889999"]}, "777788889999", "", "statement #1 of"),
        ({"Service": "gone.amazonaws.com"}, "gone.amazonaws.com", "Theirs", "statement Theirs of"),
    ],
)
def test_one_in_somebodys_statement_is_told_with_that_statement(
    principal: dict[str, Any], listed: str, sid: str, named: str
):
    iam = account(BACKUP, {**worlds.admit(principal), **({"Sid": sid} if sid else {})})
    told = f'Invalid principal in policy: "{next(iter(principal))}":"{listed}"'
    rejected = IamError("MalformedPolicyDocument", told)
    iam.fail = lambda operation, _arguments: rejected if operation == "UpdateAssumeRolePolicy" else None
    error = refused(iam)
    assert named in error.message
    assert "manually, then run again" in error.message
    assert "appliance_principals" not in error.message


@pytest.mark.parametrize(
    ("statement", "theirs"),
    [
        (worlds.admit({"Service": "gone.amazonaws.com"}, Sid="CloudrestoreOtherServices"), ""),
        (worlds.admit({"Service": "gone.amazonaws.com"}, Sid="CloudrestoreBackupService2"), ""),
        (worlds.admit({"Service": "gone.amazonaws.com"}, Sid="CloudrestoreAppliances"), "CloudrestoreAppliances"),
        (
            worlds.admit(
                {"Service": "gone.amazonaws.com"},
                Sid="CloudrestoreBackupService",
                Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}},
            ),
            "CloudrestoreBackupService",
        ),
    ],
)
def test_whose_statement_it_is_is_told_by_sid_and_form(statement: dict[str, Any], theirs: str):
    answer = 'Invalid principal in policy: "SERVICE":"gone.amazonaws.com"'
    assert somebodys_statement(answer, worlds.document(BACKUP, statement)) == theirs
    assert somebodys_statement("Syntax error", worlds.document(BACKUP, statement)) == ""
    assert somebodys_statement(answer, "{") == ""


def test_a_denied_read_is_never_taken_for_an_absence():
    iam = account()
    iam.fail = lambda operation, _arguments: IamError("AccessDenied", "no") if operation == "ListRolePolicies" else None
    error = refused(iam)
    assert "not allowed to call iam:ListRolePolicies" in error.message
    assert writes(iam) == []
