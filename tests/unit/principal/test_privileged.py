# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nobody new is let into a role that can change IAM; one that holds all of an appliance's workloads is no such role."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets import all_workloads
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    PERMISSION_SETS,
    SID_SERVICE,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.privileges import OF_AN_APPLIANCE

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, GRANTED, OPTIONS, account, refused, role

DATA = Path(__file__).parents[2] / "data"
ALL_WORKLOADS: list[str] = json.loads((DATA / "all_workloads.json").read_text())["actions"]
OWN = f"arn:aws:iam::111122223333:role/{worlds.NAME}"
DENY_IAM = {"Sid": "NoIam", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}
POWER_USER = worlds.document(
    {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
    worlds.allow(
        ["iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles", "account:ListRegions"]
    ),
)


BUCKETS = [f"arn:aws:s3:::bucket-{number}" for number in range(120)]
OTHERS_ROLES = [f"arn:aws:iam::999988887777:role/their-{number}" for number in range(120)]


def when(action: str, operator: str, key: str, value: str) -> dict[str, Any]:
    return {**worlds.allow(action), "Condition": {operator: {key: value}}}


def deny(action: str, operator: str, key: str, value: str) -> dict[str, Any]:
    return {**when(action, operator, key, value), "Effect": "Deny"}


PASS_TO_BACKUP = {**worlds.allow("iam:PassRole"), "Condition": {"StringLike": {"iam:PassedToService": "backup*"}}}
MANAGED = "arn:aws:iam::aws:policy/"
ADMINISTRATOR = MANAGED + "AdministratorAccess"


def closed(*statements: dict[str, Any], **more: Any) -> MemoryIam:
    """A role that the appliance may not assume yet, with what a restore needs and these statements beside it."""
    return account(BACKUP, inline={"restore": GRANTED, "more": worlds.document(*statements)}, **more)


def kept_out(iam: MemoryIam, **options: Any) -> str:
    """Why the appliance is not let in; empty if it is. Check mode says the same, and a second run changes nothing."""
    planned = run(iam, {**OPTIONS, **options}, check=True)
    result = run(iam, {**OPTIONS, **options})
    assert [planned["changes"], planned["unresolved"]] == [result["changes"], result["unresolved"]]
    assert run(iam, {**OPTIONS, **options})["changes"] == []
    reasons = [one["reason"] for one in result["unresolved"] if one["requirement"] == "appliance_may_assume"]
    assert (worlds.APPLIANCE in json.dumps(role(iam).trust)) is not bool(reasons)
    return reasons[0] if reasons else ""


@pytest.mark.parametrize(
    "statement",
    [
        worlds.allow("*"),
        worlds.allow("*:*"),
        worlds.allow("iam:*"),
        worlds.allow("iam:Create*"),
        worlds.allow("iam:putrolepolicy", OWN),
        worlds.allow("iam:PutRolePolicy", "arn:aws:iam::*:role/app-*"),
        worlds.allow("iam:AttachRolePolicy"),
        worlds.allow("iam:UpdateAssumeRolePolicy", "arn:aws:iam::111122223333:role/Admin"),
        worlds.allow("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/ops/*"),
        worlds.allow("iam:AddUserToGroup"),
        worlds.allow("iam:SetDefaultPolicyVersion"),
        worlds.allow(["iam:PassRole", "lambda:*"]),
        worlds.allow(["iam:PassRole", "cloudformation:CreateStack"]),
        {"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:*", "NotResource": "arn:aws:iam::111122223333:role/Admin"},
        {**worlds.allow("iam:*"), "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        worlds.allow("iam:PutRolePolicy", "arn:aws:iam::*:r?le/app-*"),
        worlds.allow("iam:PutUserPolicy", "arn:aws:i*:*:1111*:user/ops"),
        # As the engine reads what stands before the name (rules 12 to 14).
        worlds.allow("iam:PutRolePolicy", "arn:aws:IAM::111122223333:role/Admin"),
        worlds.allow("iam:PutRolePolicy", "ARN:aws:iam::111122223333:role/Admin"),
        worlds.allow("iam:PutRolePolicy", "arn:AWS:iam::111122223333:role/Admin"),
        worlds.allow("iam:PutRolePolicy", "arn:aws:iam:*:role/Admin"),
        worlds.allow("iam:PutRolePolicy", "arn:aws:*:role/Admin"),
        worlds.allow("iam:PutRolePolicy", "arn:*:role/${aws:PrincipalTag/team}"),
        worlds.allow("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/app/${aws:PrincipalTag/team}"),
        # However many others are named.
        worlds.allow("iam:PutRolePolicy", [*BUCKETS, "arn:aws:iam::111122223333:role/Admin"]),
        worlds.allow("iam:PutRolePolicy", [*OTHERS_ROLES, "arn:aws:iam::111122223333:role/Admin"]),
        worlds.allow(["iam:PassRole", "lambda:*"], [*BUCKETS, *OTHERS_ROLES, "arn:aws:iam::111122223333:role/Admin"]),
        worlds.allow("iam:UpdateSAMLProvider", "arn:aws:iam::111122223333:saml-provider/Corporate"),
        worlds.allow("iam:CreateOpenIDConnectProvider"),
        worlds.allow("iam:AddClientIDToOpenIDConnectProvider"),
        worlds.allow("iam:UpdateOpenIDConnectProviderThumbprint"),
        worlds.allow("iam:DeleteRolePolicy", OWN),
        worlds.allow("iam:DetachRolePolicy"),
        worlds.allow("iam:DetachGroupPolicy"),
        worlds.allow("iam:RemoveUserFromGroup"),
    ],
)
def test_nobody_new_is_let_into_a_role_that_can_change_iam(statement: dict[str, Any]):
    """However it may: everything, in part, on itself, on others, under a condition, or through what runs code for it."""
    reason = kept_out(closed(statement))
    assert f"{OWN} can change IAM (" in reason
    assert "statement #0 of the policy more" in reason
    assert "set allow_privileged: true" in reason
    assert kept_out(closed(statement), allow_privileged=True) == ""


@pytest.mark.parametrize(
    "statements",
    [
        (),
        (worlds.allow(["iam:Get*", "iam:List*", "iam:CreateServiceLinkedRole", "iam:TagRole"]),),
        (worlds.allow("*"), DENY_IAM),
        tuple(POWER_USER["Statement"]),
        (PASS_TO_BACKUP, worlds.allow("lambda:*")),
        (worlds.allow("iam:PutRolePolicy", "arn:aws:iam::*:role/aws-service-role/fsx.amazonaws.com/*"),),
        (worlds.allow("iam:CreatePolicyVersion", "arn:aws:iam::999999999999:policy/theirs"),),
        ({**worlds.allow("iam:AttachRolePolicy"), "Condition": {"ArnEquals": {"iam:PolicyARN": worlds.APPLIANCE}}},),
        ({**worlds.allow("iam:CreateAccessKey"), "Condition": {"StringEquals": {"aws:PrincipalArn": "x"}}},),
        (when("iam:PutRolePolicy", "StringLike", "iam:PolicyARN", "*"),),
        (when("iam:CreateAccessKey", "Null", "iam:PermissionsBoundary", "false"),),
        (worlds.allow("iam:AttachRolePolicy"), deny("iam:AttachRolePolicy", "StringLike", "iam:PolicyARN", "*")),
        (
            worlds.allow("iam:PutRolePolicy"),
            deny("iam:PutRolePolicy", "StringLike", "iam:PermissionsBoundary", "*"),
            DENY_IAM,
        ),
        (worlds.allow(["iam:PassRole", "lambda:*"], OWN), worlds.allow("lambda:*")),
        (worlds.allow("iam:PassRole", "arn:aws:iam::999999999999:role/theirs"), worlds.allow("lambda:*")),
        (worlds.allow("iam:PassRole"), worlds.allow("ec2:Describe*")),
        (worlds.allow("iam:PassRole"), worlds.allow("s3:*", "arn:aws:lambda:*:*:function:app-*")),
        (worlds.allow(["sts:AssumeRole", "iam:CreateRole", "iam:CreateUser", "iam:CreatePolicy", "iam:DeletePolicy"]),),
    ],
)
def test_what_cannot_change_iam_is_no_reason(statements: tuple[dict[str, Any], ...]):
    assert kept_out(closed(*(statements or (worlds.allow("s3:GetObject"),)))) == ""


@pytest.mark.parametrize(
    "statements",
    [
        # Tags can be changed, and a session's name is its caller's to choose.
        (when("iam:*", "StringEquals", "aws:PrincipalTag/admin", "true"),),
        (when("iam:*", "StringLike", "aws:userid", "*:admin"),),
        (worlds.allow("iam:*"), deny("iam:*", "StringNotEquals", "aws:PrincipalTag/admin", "true")),
        (when("iam:AttachRolePolicy", "ArnEquals", "iam:PolicyARN", MANAGED + "IAMFullAccess"),),
        (when("iam:AttachUserPolicy", "StringLike", "iam:PolicyARN", MANAGED + "IAM*"),),
        (when("iam:AttachGroupPolicy", "ArnNotEquals", "iam:PolicyARN", ADMINISTRATOR),),
        (
            worlds.allow("iam:AttachRolePolicy"),
            deny("iam:AttachRolePolicy", "ArnEquals", "iam:PolicyARN", ADMINISTRATOR),
        ),
        (when("iam:AttachRolePolicy", "ArnLike", "iam:PolicyARN", "arn:aws:iam::111122223333:policy/*"),),
        (when("iam:DetachRolePolicy", "StringLike", "iam:PolicyARN", "*"),),
        (when("iam:PutRolePolicy", "Null", "iam:PermissionsBoundary", "false"),),
        (when("iam:PutRolePolicy", "Null", "iam:PermissionsBoundary", "true"),),
        (when("iam:AttachRolePolicy", "ArnEquals", "iam:PermissionsBoundary", MANAGED + "AdministratorAccess"),),
        (when("iam:DeleteUserPermissionsBoundary", "StringNotLike", "iam:PermissionsBoundary", "*Strict"),),
    ],
)
def test_what_some_request_may_do_counts(statements: tuple[dict[str, Any], ...]):
    """Which policy is attached, and to whom, is the caller's to choose."""
    assert "can change IAM (" in kept_out(closed(*statements))


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ({"Action": "iam:AttachRolePolicy"}, [OWN, "arn:aws:iam::111122223333:role/cloudrestore*"]),
        ({"Action": "iam:AttachUserPolicy"}, ["arn:aws:iam::111122223333:user/cloud*"]),
        ({"Action": "iam:AttachUserPolicy"}, ["arn:aws:iam::111122223333:user/????????????????"]),
    ],
)
def test_a_guardrail_for_some_names_leaves_the_others_open(allowed: dict[str, Any], refused: list[str]):
    """Whichever names it refuses, by a Deny or by NotResource."""
    deny_some = {"Sid": "NotThese", "Effect": "Deny", "Action": "iam:*", "Resource": refused}
    assert "can change IAM (" in kept_out(closed({"Effect": "Allow", "Resource": "*", **allowed}, deny_some))
    assert "can change IAM (" in kept_out(closed({"Effect": "Allow", "NotResource": refused, **allowed}))


@pytest.mark.parametrize(("but", "can"), [("role/app-*", True), ("role/*", False), ("*", False)])
def test_of_more_roles_than_are_asked_about_one_by_one_none_is_passed_over(but: str, can: bool):
    """Only the last of them is not denied."""
    apps = [f"arn:aws:iam::111122223333:role/app-{number}" for number in range(120)]
    refused = {"Sid": "But", "Effect": "Deny", "Action": "iam:*", "Resource": f"arn:aws:iam::111122223333:{but}"}
    allowed = worlds.allow("iam:PutRolePolicy", [*apps, "arn:aws:iam::111122223333:role/Admin"])
    assert ("can change IAM (" in kept_out(closed(allowed, refused))) is can


@pytest.mark.parametrize(("but", "can"), [("arn:aws:lambda:*:*:function:app-*", True), ("*", False)])
def test_nor_is_what_runs_code_on_one_of_many_resources(but: str, can: bool):
    functions = [f"arn:aws:lambda:us-east-1:111122223333:function:app-{number}" for number in range(120)]
    allowed = worlds.allow(["lambda:UpdateFunctionConfiguration"], [*functions, functions[0].replace("app-0", "admin")])
    refused = {"Sid": "But", "Effect": "Deny", "Action": "lambda:*", "Resource": but}
    assert ("can change IAM (" in kept_out(closed(worlds.allow("iam:PassRole"), allowed, refused))) is can


PASSING = [
    "apigateway:PUT",
    "autoscaling:CreateLaunchConfiguration",
    "cloudformation:CreateChangeSet",
    "cloudformation:UpdateStack",
    "codebuild:UpdateProject",
    "datapipeline:CreatePipeline",
    "ec2:AssociateIamInstanceProfile",
    "ec2:RunInstances",
    "ecs:RunTask",
    "glue:CreateDevEndpoint",
    "glue:UpdateJob",
    "iam:AddRoleToInstanceProfile",
    "lambda:UpdateFunctionConfiguration",
    "sagemaker:CreateNotebookInstance",
    "scheduler:CreateSchedule",
    "ssm:StartAutomationExecution",
]


@pytest.mark.parametrize("action", PASSING)
def test_whatever_runs_under_a_role_that_is_passed_counts(action: str):
    assert f"can change IAM ({action}" in kept_out(closed(worlds.allow("iam:PassRole"), worlds.allow(action)))


@pytest.mark.parametrize(
    "statements",
    [
        (worlds.allow(["iam:PassRole", "iam:GetRole"]), worlds.allow("lambda:*")),
        (worlds.allow(["iam:PassRole", "backup:StartRestoreJob"]), worlds.allow("lambda:*")),
        (worlds.allow([one for one in worlds.ACTIONS if one != "kms:Decrypt"]), worlds.allow("lambda:*")),
        (worlds.allow([*worlds.ACTIONS, "s3:ListBucket"]), worlds.allow("lambda:*")),
        (worlds.allow("iam:Pass*"), worlds.allow("lambda:CreateFunction", "arn:aws:lambda:*:*:function:app-*")),
        (worlds.allow("iam:PassRole", "arn:aws:iam::111122223333:role/Admin"), worlds.allow("glue:*")),
        (when("iam:PassRole", "StringLike", "iam:PassedToService", "lambda*"), worlds.allow("lambda:*")),
    ],
)
def test_only_the_passing_of_a_whole_restore_is_none(statements: tuple[dict[str, Any], ...]):
    """On everything, and to any service, beside something that runs code: whoever wrote it."""
    assert "can change IAM (" in kept_out(closed(*statements))
    whole = worlds.allow([one.upper() for one in worlds.ACTIONS])
    assert kept_out(closed(whole, worlds.allow("lambda:*"))) == ""


@pytest.mark.parametrize("service", ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"])
def test_in_china_a_service_has_two_names(service: str):
    iam = MemoryIam(partition="aws-cn")
    passing = when("iam:PassRole", "StringEquals", "iam:PassedToService", service)
    policies = {"restore": GRANTED, "more": worlds.document(passing, worlds.allow("ec2:RunInstances"))}
    iam.add(Principal("Role", worlds.NAME, trust=worlds.document(BACKUP), inline=policies))
    appliance = worlds.APPLIANCE.replace("arn:aws:", "arn:aws-cn:")
    (left,) = run(iam, {"name": worlds.NAME, "appliance_principals": [appliance]})["unresolved"]
    assert "can change IAM (ec2:RunInstances" in left["reason"]


def test_administrator_access_counts_and_power_user_access_does_not():
    iam = account(BACKUP, inline={"restore": GRANTED})
    role(iam).attached = [iam.add_policy("AdministratorAccess", EVERYTHING, owner="aws")]
    assert ADMINISTRATOR in kept_out(iam)
    role(iam).attached = [iam.add_policy("PowerUserAccess", POWER_USER, owner="aws")]
    assert kept_out(iam) == ""


def test_a_boundary_takes_it_away_and_one_that_is_to_go_does_not():
    iam = closed(worlds.allow("iam:*"))
    boundary = iam.add_policy("Boundary", GRANTED)
    role(iam).boundary = boundary
    assert "do not set permissions_boundary, or set allow_privileged" in refused(iam, permissions_boundary="").message
    assert kept_out(iam) == ""
    other = closed(worlds.allow("iam:*"))
    assert kept_out(other, permissions_boundary=other.add_policy("Boundary", GRANTED)) == ""


def test_one_role_for_all_workloads_is_no_surprise():
    """Three policies with the whole list of the vendor's guide, beside every permission set there is."""
    every = sorted({action for one in PERMISSION_SETS.values() for action in one.actions} | set(ALL_WORKLOADS))
    assert len(ALL_WORKLOADS) > 440
    thirds = {f"part{number}": worlds.document(worlds.allow(every[number::3])) for number in range(3)}
    assert kept_out(account(BACKUP, inline=thirds)) == ""
    beyond = {**thirds, "beyond": worlds.document(worlds.allow("iam:CreateAccessKey"))}
    assert "iam:CreateAccessKey" in kept_out(account(BACKUP, inline=beyond))


@pytest.mark.parametrize("left_out", ["iam:CreateInstanceProfile", "fsx:CreateBackup", "sqs:SendMessage"])
def test_a_part_of_what_an_appliance_needs_is_a_surprise(left_out: str):
    part = [action for action in ALL_WORKLOADS if action != left_out]
    assert "iam:AttachRolePolicy" in kept_out(account(BACKUP, inline={"part": worlds.document(worlds.allow(part))}))


def test_its_actions_of_iam_alone_are_a_surprise():
    of_iam = [action for action in ALL_WORKLOADS if action.startswith("iam:")]
    assert "iam:AttachRolePolicy" in kept_out(closed(worlds.allow(of_iam)))


def test_one_role_for_all_workloads_may_be_narrower():
    """An organization that lets it work only on what has a boundary, or in some Regions, has not made it worse."""
    of_iam = worlds.allow(
        [action for action in ALL_WORKLOADS if action.startswith("iam:")], "arn:aws:iam::*:role/veeam-*"
    )
    bounded = {**of_iam, "Condition": {"StringEquals": {"iam:PermissionsBoundary": MANAGED + "Strict"}}}
    profiles = worlds.allow("iam:*InstanceProfile*", "arn:aws:iam::*:instance-profile/veeam-*")
    reading = worlds.allow(["iam:List*", "iam:Get*", "iam:CreateServiceLinkedRole", "iam:Simulate*"])
    plain = worlds.allow(
        [action for action in ALL_WORKLOADS if action.startswith("iam:")], "arn:aws:iam::*:role/veeam-*"
    )
    rest = [action for action in ALL_WORKLOADS if not action.startswith("iam:")]
    others = {**worlds.allow(rest), "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}}
    for statement in (of_iam, plain):
        policies = {"iam": worlds.document(statement, profiles, reading, bounded), "rest": worlds.document(others)}
        assert kept_out(account(BACKUP, inline=policies)) == ""


def test_the_list_is_the_guides():
    assert sorted(all_workloads.ALL_WORKLOADS) == sorted(ALL_WORKLOADS)
    assert {
        "ec2:AssociateIamInstanceProfile",
        "ec2:RunInstances",
        "iam:AddRoleToInstanceProfile",
        "iam:AttachRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePolicy",
    } == OF_AN_APPLIANCE


@pytest.mark.parametrize("name", sorted(PERMISSION_SETS))
def test_a_permission_set_by_itself_is_none(name: str):
    iam = account(BACKUP, inline={"set": worlds.document(worlds.allow(list(PERMISSION_SETS[name].actions)))})
    assert kept_out(iam) == ""


def test_who_was_let_in_already_stays_and_is_repaired():
    """Nobody new: the appliance in another statement, a role of two appliances of which one is new."""
    iam = account(APPLIANCE, BACKUP, inline={"all": EVERYTHING})
    assert kept_out(iam) == ""
    second = "arn:aws:iam::444455556666:role/Second"
    both = {"appliance_principals": [worlds.APPLIANCE, second]}
    found = run(iam, {**OPTIONS, **both})
    assert [(one["subject"], "can change IAM" in one["reason"]) for one in found["unresolved"]] == [(second, True)]
    exact = run(iam, {**OPTIONS, **both, "match": "exact"})
    assert second not in json.dumps(role(iam).trust)
    assert {one["subject"] for one in exact["unresolved"]} == {second}
    assert run(iam, {**OPTIONS, **both, "match": "exact"})["changes"] == []


def test_a_service_is_somebody_new_as_well():
    iam = account(APPLIANCE, inline={"all": EVERYTHING})
    (left,) = run(iam, OPTIONS)["unresolved"]
    assert (left["requirement"], left["policy"], left["statement"]) == ("backup_service_may_assume", "all", "#0")
    assert writes(iam) == []


def test_with_purge_trust_nothing_is_written():
    """Else it would lock out whoever is there and let nobody in."""
    iam = account(BACKUP, worlds.admit({"AWS": "555566667777"}), inline={"all": EVERYTHING})
    before = role(iam).trust
    assert kept_out(iam, purge_trust=True)
    assert role(iam).trust == before
    assert kept_out(iam, purge_trust=True, allow_privileged=True) == ""


@pytest.mark.parametrize("more", [{}, {"allow_privileged": True}])
def test_what_is_to_be_purged_goes_before_anybody_is_let_in(more: dict[str, Any]):
    iam = account(BACKUP, inline={"all": EVERYTHING})
    asked = {**OPTIONS, "purge_policies": True, **more}
    changes = [one["operation"] for one in run(iam, asked)["changes"]]
    assert changes.index("DeleteRolePolicy") < changes.index("UpdateAssumeRolePolicy")
    assert worlds.APPLIANCE in json.dumps(role(iam).trust)
    assert run(iam, asked)["changes"] == []


def test_with_nobody_new_what_is_purged_goes_last():
    """A restore may depend on it."""
    elsewhere = {**BACKUP, "Condition": {"StringEquals": {"aws:SourceAccount": "999988887777"}}}
    iam = account(APPLIANCE, elsewhere, inline={"all": EVERYTHING})
    more = {"service_principals": [], "appliance_external_id": "id", "purge_policies": True}
    changes = [one["operation"] for one in run(iam, {**OPTIONS, **more, "match": "exact"})["changes"]]
    assert changes.index("UpdateAssumeRolePolicy") < changes.index("DeleteRolePolicy")


def test_whom_only_a_deny_keeps_out_is_somebody_new():
    """The statement would let the appliance in on the day that somebody takes the Deny away."""
    barred = {"Sid": "Barred", "Effect": "Deny", "Principal": {"AWS": worlds.APPLIANCE}, "Action": "sts:AssumeRole"}
    iam = account(BACKUP, barred, inline={"all": EVERYTHING})
    (left,) = [one for one in run(iam, OPTIONS)["unresolved"] if one["requirement"] == "appliance_may_assume"]
    assert "can change IAM" in left["reason"]
    assert writes(iam) == []


def test_what_the_options_grant_counts_too():
    """Of a role that is there, and of one that is to be made."""
    granting = {"additional_statements": [worlds.allow("iam:CreateAccessKey")]}
    there = refused(account(BACKUP), **granting)
    assert (
        "cannot change IAM so far, and what the options grant would allow it to change IAM (iam:CreateAccessKey)"
        in there.message
    )
    iam = MemoryIam()
    error = refused(iam, **granting)
    assert (
        "does not exist, and what the options grant would allow it to change IAM (iam:CreateAccessKey)" in error.message
    )
    assert writes(iam) == []
    assert run(iam, {**OPTIONS, **granting, "allow_privileged": True})["changed"]


def test_a_policy_that_cannot_be_read_is_a_finding_and_no_reason():
    iam = account(BACKUP, inline={"restore": GRANTED, "odd": "{"})
    result = run(iam, OPTIONS)
    assert result["unresolved"] == [] or all("can change IAM" not in one["reason"] for one in result["unresolved"])
    (found,) = [one for one in result["findings"] if one["finding"] == "privileges_not_known"]
    assert (found["severity"], found["policy"]) == ("medium", "odd")


def test_a_user_has_nobody_to_let_in():
    """Whatever its groups hold."""
    iam = MemoryIam()
    iam.add(Principal("Group", "Operators", inline={"all": EVERYTHING}))
    iam.add(Principal("User", worlds.NAME, groups=["Operators"]))
    assert run(iam, {"name": worlds.NAME, "principal_type": "user"})["unresolved"] == []


def test_who_is_in_already_is_narrowed_where_somebody_new_is_kept_out():
    """AWS Backup's condition is written as asked for, and the appliance stays out."""
    iam = account({**BACKUP, "Sid": SID_SERVICE}, inline={"all": EVERYTHING})
    assert kept_out(iam, backup_source_account_condition=True)
    (statement,) = role(iam).trust["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_a_part_of_ours_that_could_change_iam_goes_before_anybody_is_let_in():
    """One that a shorter set needs no more is detached before the trust policy allows somebody new."""
    many = [f"ec2:{'A' * 30}{number:04d}" for number in range(250)]

    def asked(actions: list[str], *appliances: str) -> dict[str, Any]:
        own = {"name": "own", "actions": actions, "resources": []}
        return {**OPTIONS, "appliance_principals": list(appliances), "custom_permission_sets": [own]}

    iam, second = MemoryIam(), "arn:aws:iam::444455556666:role/Second"
    of_iam = ["iam:CreateAccessKey", "iam:PutUserPolicy", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy"]
    run(iam, asked(many, worlds.APPLIANCE))
    run(iam, {**asked([*many, *of_iam], worlds.APPLIANCE), "allow_privileged": True})
    _ours, further = role(iam).attached
    assert "iam:" in json.dumps(iam.policies[further].versions)
    changes = [one["operation"] for one in run(iam, asked(many[:3], worlds.APPLIANCE, second))["changes"]]
    assert further not in role(iam).attached
    assert changes.index("DetachRolePolicy") < changes.index("UpdateAssumeRolePolicy")
    assert second in json.dumps(role(iam).trust)
