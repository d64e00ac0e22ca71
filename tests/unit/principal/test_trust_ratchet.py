# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A trust policy only gets tighter: what somebody has put into it stays, and is not walked around."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    SID_APPLIANCE,
    SID_SERVICE,
)

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, OPTIONS, account, role

SERVICE = {"Service": "backup.amazonaws.com"}
OTHER = "arn:aws:iam::777788889999:role/Other"
AN_ID = {"StringEquals": {"sts:ExternalId": "an-id"}}


def allowing(principal: Any, condition: dict[str, Any] | None = None, sid: str = "", **more: Any) -> dict[str, Any]:
    statement = worlds.admit(principal, **more)
    return statement | ({"Condition": condition} if condition else {}) | ({"Sid": sid} if sid else {})


def denying(principal: Any, sid: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Deny", "Principal": principal, "Action": "sts:AssumeRole"}


def trust(iam: MemoryIam) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = role(iam).trust["Statement"]
    return statements


def blocked(iam: MemoryIam, **options: Any) -> str:
    """The reason of the one requirement that a run leaves unmet; check mode says the same, and nothing is written."""
    before = [dict(statement) for statement in trust(iam)]
    foretold = run(iam, {**OPTIONS, **options}, check=True)
    result = run(iam, {**OPTIONS, **options})
    assert trust(iam) == before
    assert "UpdateAssumeRolePolicy" not in writes(iam)
    assert result["unresolved"] == foretold["unresolved"]
    assert result["compliant"] is False
    (requirement,) = result["unresolved"]
    assert requirement["layer"] == "trust"
    return str(requirement["reason"])


# A Deny under our Sid


@pytest.mark.parametrize("match", ["effect", "exact"])
@pytest.mark.parametrize(
    ("sid", "principal", "met"),
    [(SID_APPLIANCE, {"AWS": OTHER}, BACKUP), (SID_APPLIANCE, "*", BACKUP), (SID_SERVICE, {"AWS": OTHER}, APPLIANCE)],
)
def test_a_deny_under_our_sid_stays(match: str, sid: str, principal: Any, met: dict[str, Any]):
    deny = denying(principal, sid)
    iam = account(deny, met)
    run(iam, {**OPTIONS, "match": match})
    assert deny in trust(iam)
    assert f"{sid}2" in [statement.get("Sid") for statement in trust(iam)]
    assert run(iam, {**OPTIONS, "match": match})["changed"] is False


def test_absent_leaves_a_deny_under_our_sid():
    deny = denying({"AWS": OTHER}, SID_APPLIANCE)
    iam = account(deny, allowing({"AWS": worlds.APPLIANCE}, sid=f"{SID_APPLIANCE}2"), BACKUP)
    run(iam, {**OPTIONS, "state": "absent"})
    assert trust(iam) == [deny, BACKUP]


def test_making_it_exclusive_leaves_a_deny_of_the_appliance():
    iam = account(APPLIANCE, BACKUP, denying({"AWS": worlds.APPLIANCE}, "Theirs"))
    result = run(iam, {**OPTIONS, "purge_trust": True})
    assert "purge_trust: true would remove it" in result["unresolved"][0]["reason"]
    assert writes(iam) == []
    run(iam, {**OPTIONS, "purge_trust": True, "allow_widening": True})
    assert [statement["Sid"] for statement in trust(iam)] == [SID_APPLIANCE, SID_SERVICE]


def test_making_it_exclusive_takes_a_deny_of_others_away():
    """Nobody whom it refuses is allowed by what is left."""
    iam = account(APPLIANCE, BACKUP, denying({"AWS": OTHER}, "Theirs"))
    assert run(iam, {**OPTIONS, "purge_trust": True})["unresolved"] == []
    assert [statement["Sid"] for statement in trust(iam)] == [SID_APPLIANCE, SID_SERVICE]


# Conditions that somebody added


ADDED = {
    "an address": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    "an organization": {"StringEquals": {"aws:PrincipalOrgID": "o-sample12345"}},
    "a session name": {"StringLike": {"sts:RoleSessionName": "restore-*"}},
    "an expiry date": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
    "an endpoint": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    "what cannot be read": {"NoSuchOperator": {"aws:SourceIp": "x"}},
}


@pytest.mark.parametrize("sid", [SID_APPLIANCE, "Theirs"])
@pytest.mark.parametrize("external_id", [None, "an-id"])
@pytest.mark.parametrize("added", ADDED)
def test_a_condition_that_somebody_added_is_not_walked_around(added: str, external_id: str | None, sid: str):
    condition = {**ADDED[added], **(AN_ID if external_id and "StringEquals" not in ADDED[added] else {})}
    iam = account(allowing({"AWS": worlds.APPLIANCE}, condition, sid), BACKUP)
    options = {"appliance_external_id": external_id} if external_id else {}
    reason = blocked(iam, **options)
    assert f"Statement {sid} of the trust policy of arn:aws:iam::111122223333:role/{worlds.NAME}" in reason
    assert "set allow_widening: true" in reason
    assert next(iter(next(iter(ADDED[added].values())))) in reason
    run(iam, {**OPTIONS, **options, "allow_widening": True})
    assert allowing({"AWS": worlds.APPLIANCE}, condition, sid) in trust(iam)
    assert run(iam, {**OPTIONS, **options})["unresolved"] == []


@pytest.mark.parametrize(
    ("condition", "way"),
    [
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, "set backup_source_account_condition: true"),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:backup:*:111122223333:*"}}, "change the statement manually"),
    ],
)
@pytest.mark.parametrize("sid", [SID_SERVICE, "Theirs"])
def test_nor_is_one_for_aws_backup(sid: str, condition: dict[str, Any], way: str):
    reason = blocked(account(APPLIANCE, allowing(SERVICE, condition, sid)))
    assert way in reason
    assert ("backup_source_account_condition" in reason) is ("SourceAccount" in str(condition))


def test_one_session_of_the_appliance_is_a_restriction():
    session = "arn:aws:sts::444455556666:assumed-role/VeeamImpersonation/nightly"
    assert "in some sessions" in blocked(account(allowing({"AWS": session}), BACKUP))


@pytest.mark.parametrize("more", [{}, {"match": "exact", "policy_type": "inline", "policy_name": "restore"}])
@pytest.mark.parametrize("operator", ["StringLike", "StringLikeIfExists"])
def test_a_condition_that_any_session_name_meets_is_none(operator: str, more: dict[str, Any]):
    """sts:AssumeRole takes no request without one."""
    iam = account(allowing({"AWS": worlds.APPLIANCE}, {operator: {"sts:RoleSessionName": "*"}}, "Theirs"), BACKUP)
    assert run(iam, {**OPTIONS, **more})["unresolved"] == []
    assert run(iam, {**OPTIONS, **more})["compliant"] is True


@pytest.mark.parametrize("everyone", ["*", {"AWS": "444455556666"}])
def test_everyone_narrowed_to_the_appliance_is_a_restriction(everyone: Any):
    condition = {"ArnEquals": {"aws:PrincipalArn": worlds.APPLIANCE}, **ADDED["an address"]}
    assert "aws:SourceIp" in blocked(account(allowing(everyone, condition), BACKUP))


@pytest.mark.parametrize("everyone", ["*", {"AWS": "*"}, {"AWS": "444455556666"}])
@pytest.mark.parametrize(
    "pattern", ["role/VeeamImpersonation*", "role/Veeam*", "role/*Impersonation", "role/?eeamImpersonation"]
)
@pytest.mark.parametrize("operator", ["ArnLike", "ArnEquals", "StringLike"])
def test_nor_is_one_by_a_pattern_of_its_name_walked_around(operator: str, pattern: str, everyone: Any):
    condition = {operator: {"aws:PrincipalArn": f"arn:aws:iam::444455556666:{pattern}"}, **ADDED["an address"]}
    assert "aws:SourceIp" in blocked(account(allowing(everyone, condition), BACKUP))


@pytest.mark.parametrize("everyone", ["*", {"AWS": "*"}, {"AWS": "444455556666"}])
@pytest.mark.parametrize(
    "narrowed",
    [
        {"StringEquals": {"aws:PrincipalAccount": "444455556666"}},
        {"StringEquals": {"AWS:principalaccount": ["444455556666", "777788889999"]}},
        {"StringLike": {"aws:PrincipalAccount": "44445555*"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:*"}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}},
        {"StringLike": {"aws:PrincipalArn": "arn:*:iam::444455556666:user/*"}},
    ],
)
@pytest.mark.parametrize("added", ["an address", "a session name", "an expiry date"])
def test_everyone_narrowed_to_an_account_is_a_restriction_of_that_account(
    added: str, narrowed: dict[str, Any], everyone: Any
):
    iam = account(allowing(everyone, {**ADDED[added], **narrowed}, "Theirs"), BACKUP)
    if "StringLike" in ADDED[added] and "StringLike" in narrowed:
        role(iam).trust["Statement"][0]["Condition"] = {
            "StringLike": {**ADDED[added]["StringLike"], **narrowed["StringLike"]}
        }
    assert "Theirs" in blocked(iam, appliance_principals=["444455556666"])


@pytest.mark.parametrize(
    "everyone", ["*", {"AWS": "*"}, {"AWS": "444455556666"}, {"AWS": "arn:aws:iam::444455556666:root"}]
)
@pytest.mark.parametrize("pattern", ["role/*", "user/*", ["role/*", "user/ops"]])
@pytest.mark.parametrize("more", [{}, {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}])
def test_all_roles_of_an_account_are_not_the_account(more: dict[str, Any], pattern: Any, everyone: Any):
    arns = [f"arn:aws:iam::444455556666:{name}" for name in ([pattern] if isinstance(pattern, str) else pattern)]
    iam = account(allowing(everyone, {"ArnLike": {"aws:PrincipalArn": arns}, **more}, "Theirs"), BACKUP)
    assert "Theirs" in blocked(iam, appliance_principals=["444455556666"])


@pytest.mark.parametrize("condition", [{}, {"StringEquals": {"aws:SourceAccount": "111122223333"}}])
def test_everyone_narrowed_to_aws_backup_alone_is_no_restriction(condition: dict[str, Any]):
    narrowed = {
        "StringEquals": {"aws:PrincipalServiceName": "backup.amazonaws.com", **condition.get("StringEquals", {})}
    }
    iam = account(APPLIANCE, allowing("*", narrowed, "Theirs"))
    assert run(iam, {**OPTIONS, "backup_source_account_condition": bool(condition)})["unresolved"] == []


@pytest.mark.parametrize("named", ["*", {"AWS": "*"}])
@pytest.mark.parametrize("key", ["aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"])
def test_nor_is_everyone_narrowed_to_aws_backup_walked_around(key: str, named: Any):
    operator = "StringEquals" if key.endswith("Name") else "ForAnyValue:StringEquals"
    condition = {
        operator: {key: "backup.amazonaws.com"},
        "ArnLike": {"aws:SourceArn": "arn:aws:backup:*:111122223333:*"},
    }
    assert "Theirs" in blocked(account(APPLIANCE, allowing(named, condition, "Theirs")))


@pytest.mark.parametrize(
    "narrowed",
    [
        {"StringEquals": {"aws:PrincipalAccount": "777788889999"}},
        {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Ops"}},
        {"StringLike": {"aws:PrincipalArn": "*"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-sample12345"}},
    ],
)
def test_what_is_no_restriction_of_an_account_blocks_nothing(narrowed: dict[str, Any]):
    iam = account(allowing("*", {**ADDED["an address"], **narrowed}, "Theirs"), BACKUP)
    result = run(iam, {**OPTIONS, "appliance_principals": ["444455556666"]})
    assert (result["unresolved"], len(trust(iam))) == ([], 3)


@pytest.mark.parametrize("pattern", ["arn:aws:iam::444455556666:role/*", "arn:aws:iam::444455556666:*", "*"])
def test_a_pattern_of_every_name_singles_nobody_out(pattern: str):
    condition = {"StringLike": {"aws:PrincipalArn": pattern}, **ADDED["an address"]}
    assert run(account(allowing({"AWS": "444455556666"}, condition), BACKUP), OPTIONS)["unresolved"] == []


@pytest.mark.parametrize(
    "beside",
    [
        allowing({"AWS": worlds.APPLIANCE}, {"StringEquals": {"sts:ExternalId": "of-another-appliance"}}),
        allowing({"AWS": OTHER}, ADDED["an address"]),
        allowing({"AWS": "444455556666"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        allowing("*", ADDED["an organization"]),
        allowing({"AWS": "*"}, {"ArnEquals": {"aws:PrincipalArn": OTHER}, **ADDED["an address"]}),
    ],
)
def test_what_is_no_restriction_of_the_appliance_blocks_nothing(beside: dict[str, Any]):
    iam = account(beside, BACKUP)
    assert run(iam, {**OPTIONS, "appliance_external_id": "an-id"})["unresolved"] == []
    assert beside in trust(iam)


# The external ID


@pytest.mark.parametrize("nothing", [{"appliance_external_id": ""}, {}])
@pytest.mark.parametrize("match", ["effect", "exact"])
@pytest.mark.parametrize("sid", [SID_APPLIANCE, "Theirs"])
def test_an_empty_external_id_takes_none_away(sid: str, match: str, nothing: dict[str, Any]):
    iam = account(allowing({"AWS": worlds.APPLIANCE}, AN_ID, sid), BACKUP)
    assert "set appliance_external_id to the ID that the appliance sends" in blocked(iam, match=match, **nothing)


def test_another_external_id_becomes_the_one_asked_for():
    iam = account(
        allowing({"AWS": worlds.APPLIANCE}, {"StringEquals": {"sts:ExternalId": "mistyped"}}, SID_APPLIANCE), BACKUP
    )
    assert run(iam, {**OPTIONS, "appliance_external_id": "an-id"})["unresolved"] == []
    assert trust(iam) == [allowing({"AWS": worlds.APPLIANCE}, AN_ID, SID_APPLIANCE), BACKUP]


# Conditions that the plain request happens to meet


EXACT = {"match": "exact", "policy_type": "inline", "policy_name": "restore"}
PURGE = {"purge_trust": True}
MET_WITHOUT_AN_ID = {
    "if it exists": {"StringEqualsIfExists": {"sts:ExternalId": "an-id"}},
    "any but one": {"StringNotEquals": {"sts:ExternalId": "leaked-id"}},
    "none at all": {"Null": {"sts:ExternalId": "true"}},
    "every one of none": {"ForAllValues:StringEquals": {"sts:ExternalId": "an-id"}},
}
MET_WITHOUT_AN_ACCOUNT = {
    "if it exists": {"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}},
    "any but one": {"StringNotEquals": {"aws:SourceAccount": "222233334444"}},
    "any ARN but one": {"ArnNotLike": {"aws:SourceArn": "arn:aws:backup:*:222233334444:*"}},
}


@pytest.mark.parametrize(("more", "option"), [(EXACT, "match: exact"), (PURGE, "purge_trust")])
@pytest.mark.parametrize("sid", [SID_APPLIANCE, "Theirs"])
@pytest.mark.parametrize("condition", MET_WITHOUT_AN_ID)
def test_a_condition_that_is_met_without_an_id_stays(condition: str, sid: str, more: dict[str, Any], option: str):
    iam = account(allowing({"AWS": worlds.APPLIANCE}, MET_WITHOUT_AN_ID[condition], sid), BACKUP)
    reason = blocked(iam, appliance_external_id="", **more)
    assert f"Statement {sid} of the trust policy" in reason
    assert f"do not use {option}" in reason
    assert run(iam, OPTIONS)["unresolved"] == []
    run(iam, {**OPTIONS, **more, "allow_widening": True})
    assert run(iam, {**OPTIONS, **more})["unresolved"] == []


@pytest.mark.parametrize("more", [EXACT, PURGE])
@pytest.mark.parametrize("sid", [SID_SERVICE, "Theirs"])
@pytest.mark.parametrize("condition", MET_WITHOUT_AN_ACCOUNT)
def test_nor_does_one_of_aws_backup_go(condition: str, sid: str, more: dict[str, Any]):
    iam = account(APPLIANCE, allowing(SERVICE, MET_WITHOUT_AN_ACCOUNT[condition], sid))
    reason = blocked(iam, **more)
    assert ("set backup_source_account_condition: true" in reason) is ("SourceAccount" in str(trust(iam)))
    assert run(iam, OPTIONS)["unresolved"] == []


@pytest.mark.parametrize("more", [EXACT, PURGE])
@pytest.mark.parametrize("condition", MET_WITHOUT_AN_ID)
def test_where_everything_is_allowed_already_nothing_is_in_the_way(condition: str, more: dict[str, Any]):
    narrower = allowing({"AWS": worlds.APPLIANCE}, MET_WITHOUT_AN_ID[condition], "Theirs")
    iam = account(APPLIANCE, narrower, BACKUP)
    assert run(iam, {**OPTIONS, **more})["unresolved"] == []
    assert run(iam, {**OPTIONS, **more})["changed"] is False


@pytest.mark.parametrize("more", [EXACT, PURGE])
@pytest.mark.parametrize("condition", MET_WITHOUT_AN_ID)
def test_with_an_id_asked_for_the_condition_on_it_is_repaired(condition: str, more: dict[str, Any]):
    iam = account(allowing({"AWS": worlds.APPLIANCE}, MET_WITHOUT_AN_ID[condition], SID_APPLIANCE), BACKUP)
    assert run(iam, {**OPTIONS, **more, "appliance_external_id": "an-id"})["unresolved"] == []
    assert allowing({"AWS": worlds.APPLIANCE}, AN_ID) in [
        {key: value for key, value in statement.items() if key != "Sid"} for statement in trust(iam)
    ]


def test_our_new_statement_does_not_name_whom_somebody_restricts():
    """Another principal needs it, and the one that is restricted is allowed well enough."""
    restricted = allowing({"AWS": OTHER}, MET_WITHOUT_AN_ID["any but one"], "Theirs")
    iam = account(restricted, BACKUP)
    options = {**OPTIONS, "appliance_principals": [OTHER, worlds.APPLIANCE]}
    assert run(iam, options)["unresolved"] == []
    assert trust(iam) == [restricted, BACKUP, allowing({"AWS": worlds.APPLIANCE}, sid=SID_APPLIANCE)]
    assert run(iam, options)["changed"] is False


# What purge_trust does, and says that it does not do


STRANGER = allowing({"AWS": OTHER}, sid="Stranger")
REDUNDANT: tuple[tuple[dict[str, Any], Any, dict[str, Any]], ...] = (
    ({"appliance_external_id": "an-id"}, {"AWS": worlds.APPLIANCE}, {"StringNotEquals": {"sts:ExternalId": "an-id"}}),
    ({"appliance_external_id": "an-id"}, {"AWS": worlds.APPLIANCE}, {"Null": {"sts:ExternalId": "true"}}),
    (
        {"backup_source_account_condition": True},
        SERVICE,
        {"StringNotEquals": {"aws:SourceAccount": "111122223333"}},
    ),
    ({}, SERVICE, {"StringEquals": {"sts:ExternalId": "which-it-never-sends"}}),
    (
        {"appliance_external_id": "an-id"},
        {"AWS": worlds.APPLIANCE},
        {"StringNotEquals": {"sts:ExternalId": "an-id"}, "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    ),
)


@pytest.mark.parametrize(("options", "principal", "condition"), REDUNDANT)
def test_a_deny_of_what_is_not_asked_for_stops_no_purge(
    options: dict[str, Any], principal: Any, condition: dict[str, Any]
):
    deny = {**denying(principal, "Deny"), "Condition": condition}
    iam = account(allowing({"AWS": worlds.APPLIANCE}, AN_ID if "appliance_external_id" in options else None), BACKUP)
    role(iam).trust["Statement"] += [STRANGER, deny]
    result = run(iam, {**OPTIONS, **options, **PURGE})
    assert result["unresolved"] == []
    assert [statement["Sid"] for statement in trust(iam)] == [SID_APPLIANCE, SID_SERVICE]
    assert run(iam, {**OPTIONS, **options, **PURGE})["compliant"] is True


@pytest.mark.parametrize(
    ("principal", "condition"),
    [
        ({"AWS": worlds.APPLIANCE}, {"StringEquals": {"sts:ExternalId": "leaked-id"}}),
        (SERVICE, {"StringEquals": {"aws:SourceAccount": "222233334444"}}),
    ],
)
def test_a_purge_that_is_stopped_is_told_of_where_the_requirement_is_met(principal: Any, condition: dict[str, Any]):
    deny = {**denying(principal, "Deny"), "Condition": condition}
    iam = account(APPLIANCE, BACKUP, STRANGER, deny)
    reason = blocked(iam, **PURGE)
    assert "Statement Deny of the trust policy" in reason
    assert "do not use purge_trust" in reason
    assert run(iam, OPTIONS)["compliant"] is True
    assert STRANGER in trust(iam)


def test_a_purge_that_is_stopped_for_one_says_so_of_all_who_need_it():
    deny = {
        **denying({"AWS": worlds.APPLIANCE}, "Deny"),
        "Condition": {"StringEquals": {"sts:ExternalId": "leaked-id"}},
    }
    iam = account(APPLIANCE, deny)
    result = run(iam, {**OPTIONS, **PURGE})
    assert {requirement["requirement"]: requirement["statement"] for requirement in result["unresolved"]} == {
        "appliance_may_assume": "Deny",
        "backup_service_may_assume": "Deny",
    }


# Ways out that work


def test_no_external_id_helps_aws_backup():
    reason = blocked(account(APPLIANCE, allowing(SERVICE, AN_ID, "Theirs")))
    assert "appliance_external_id" not in reason
    assert "change the statement manually" in reason


def test_the_condition_on_the_account_helps_aws_backup_only():
    other = "batchoperations.s3.amazonaws.com"
    condition = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    iam = account(APPLIANCE, BACKUP, allowing({"Service": other}, condition, "Theirs"))
    reason = blocked(iam, service_principals=["backup.amazonaws.com", other])
    assert "backup_source_account_condition" not in reason


# Principals that somebody added


def test_a_principal_that_somebody_added_stays_and_is_a_finding():
    ours = allowing({"AWS": [OTHER, worlds.APPLIANCE]}, sid=SID_APPLIANCE)
    iam = account(ours, BACKUP)
    result = run(iam, {**OPTIONS, "match": "exact", "policy_type": "inline", "policy_name": "restore"})
    assert ours in trust(iam)
    (finding,) = [finding for finding in result["findings"] if finding["finding"] == "principal_not_asked_for"]
    assert (finding["statement"], OTHER in finding["message"]) == (SID_APPLIANCE, True)


def test_the_appliance_joins_those_who_stand_in_our_statement():
    iam = account(allowing({"AWS": OTHER}, sid=SID_APPLIANCE), BACKUP)
    run(iam, OPTIONS)
    assert trust(iam) == [allowing({"AWS": [OTHER, worlds.APPLIANCE]}, sid=SID_APPLIANCE), BACKUP]


def test_ours_moves_out_where_the_external_id_has_to_change():
    old = {"StringEquals": {"sts:ExternalId": "of-before"}}
    iam = account(allowing({"AWS": [worlds.APPLIANCE, OTHER]}, old, SID_APPLIANCE), BACKUP)
    options = {**OPTIONS, "appliance_external_id": "an-id"}
    run(iam, options)
    assert trust(iam) == [
        allowing({"AWS": OTHER}, old, SID_APPLIANCE),
        BACKUP,
        allowing({"AWS": worlds.APPLIANCE}, AN_ID, f"{SID_APPLIANCE}2"),
    ]
    assert run(iam, options)["changed"] is False
    run(iam, {**options, "state": "absent"})
    assert trust(iam) == [allowing({"AWS": OTHER}, old, SID_APPLIANCE), BACKUP]


@pytest.mark.parametrize(
    "more",
    [
        {"Action": ["sts:AssumeRole", "sts:TagSession"]},
        {"Action": "sts:*"},
        {"Principal": {"AWS": [OTHER], "Service": "ec2.amazonaws.com"}},
    ],
)
def test_more_than_we_write_under_our_sid_is_theirs(more: dict[str, Any]):
    theirs = {**allowing({"AWS": OTHER}, sid=SID_APPLIANCE), **more}
    iam = account(theirs, BACKUP)
    run(iam, OPTIONS)
    assert trust(iam) == [theirs, BACKUP, allowing({"AWS": worlds.APPLIANCE}, sid=f"{SID_APPLIANCE}2")]
    run(iam, {**OPTIONS, "state": "absent"})
    assert trust(iam) == [theirs, BACKUP]


@pytest.mark.parametrize("principals", [["AROAEXAMPLE1", OTHER], ["AIDAEXAMPLE1"], "AROAEXAMPLE1"])
@pytest.mark.parametrize(
    ("sid", "condition"),
    [
        (SID_APPLIANCE, ADDED["an organization"]),
        (SID_APPLIANCE, ADDED["an address"]),
        (SID_APPLIANCE, {"StringEquals": {"aws:SourceAccount": "111122223333"}}),
        (SID_SERVICE, None),
        ("Theirs", None),
    ],
)
def test_a_deleted_principal_in_a_statement_of_somebodys_stays(
    sid: str, condition: dict[str, Any] | None, principals: Any
):
    theirs = allowing({"AWS": principals}, condition, sid)
    iam = account(theirs, BACKUP)
    result = run(iam, OPTIONS)
    assert theirs in trust(iam)
    assert "orphaned_principal" in [finding["finding"] for finding in result["findings"]]


@pytest.mark.parametrize("condition", [None, AN_ID])
def test_a_deleted_principal_in_a_statement_of_ours_goes(condition: dict[str, Any] | None):
    iam = account(allowing({"AWS": ["AROAEXAMPLE1", OTHER]}, condition, SID_APPLIANCE), BACKUP)
    run(iam, {**OPTIONS, "appliance_external_id": "another-id"})
    assert trust(iam)[0] == allowing({"AWS": OTHER}, condition, SID_APPLIANCE)
