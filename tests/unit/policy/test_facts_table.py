# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of condition keys, row by row."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import facts, principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import (
    Context,
    Like,
    Perhaps,
    PerhapsLike,
    State,
    Stated,
    may_have_many_values,
)

ROLE = "arn:aws:iam::444455556666:role/service/Appliance"
USER = "arn:aws:iam::444455556666:user/ops/ann"
SESSION = "arn:aws:sts::444455556666:assumed-role/Appliance/session"
PLACE = facts.Membership("o-own", "o-own/r-own/ou-own/")
BY_PRINCIPALS: dict[str, Any] = {
    "aws:PrincipalAccount": "444455556666",
    "aws:PrincipalIsAWSService": "false",
    "aws:PrincipalServiceName": None,
    "aws:PrincipalServiceNamesList": None,
    "aws:SourceAccount": None,
    "aws:SourceArn": None,
    "aws:SourceOrgID": None,
    "aws:SourceOrgPaths": None,
}
OF_SERVICE: dict[str, Any] = {
    "aws:PrincipalIsAWSService": "true",
    "aws:PrincipalServiceName": "backup.amazonaws.com",
    "aws:PrincipalOrgID": None,
    "aws:PrincipalOrgPaths": None,
    "aws:SourceAccount": Perhaps("111122223333"),
    "aws:PrincipalAccount": Perhaps("111122223333"),
    "aws:SourceArn": PerhapsLike(("arn:*:*:*:111122223333:*", "arn:*:*:*::*")),
}


@pytest.mark.parametrize(
    ("caller", "known"),
    [
        (
            principals.role(ROLE, unique_id="AROAX"),
            {
                "aws:PrincipalArn": ROLE,
                "aws:PrincipalType": "AssumedRole",
                "aws:username": None,
                "aws:userid": Like(("AROAX:*",)),
            },
        ),
        (principals.role(ROLE), {"aws:PrincipalArn": ROLE, "aws:PrincipalType": "AssumedRole", "aws:username": None}),
        (
            principals.session(SESSION),
            {"aws:PrincipalArn": State.PRESENT, "aws:PrincipalType": "AssumedRole", "aws:username": None},
        ),
        (
            principals.user(USER, unique_id="AIDAX"),
            {"aws:PrincipalArn": USER, "aws:PrincipalType": "User", "aws:username": "ann", "aws:userid": "AIDAX"},
        ),
        (principals.user(USER), {"aws:PrincipalArn": USER, "aws:PrincipalType": "User", "aws:username": "ann"}),
        (principals.account("444455556666"), {}),
    ],
)
def test_what_is_known_of_a_principal(caller: principals.Caller, known: dict[str, Any]):
    assert facts.of_caller(caller) == BY_PRINCIPALS | known
    organization = {"aws:PrincipalOrgID": "o-own", "aws:PrincipalOrgPaths": ["o-own/r-own/ou-own/"]}
    assert facts.of_caller(caller, PLACE) == BY_PRINCIPALS | known | organization
    assert facts.of_requester(caller, "111122223333") == facts.of_caller(caller)


def test_what_is_known_of_a_service():
    assert facts.of_service("backup.amazonaws.com", "111122223333") == OF_SERVICE
    in_organization = facts.of_service("backup.amazonaws.com", "111122223333", PLACE)
    assert in_organization == OF_SERVICE | {"aws:SourceOrgID": Perhaps("o-own")}
    assert facts.of_requester(principals.service("backup.amazonaws.com"), "111122223333") == OF_SERVICE
    assert facts.without_principal() == {"aws:username": None, "aws:PrincipalTag/*": None, **facts.LONG_TERM_KEYS}


def test_a_service_says_for_whom_it_acts_in_four_ways():
    account, arn, no_arn = {"aws:SourceAccount": "111122223333"}, Like(OF_SERVICE["aws:SourceArn"].patterns), None
    nothing = {"aws:SourceAccount": None, "aws:SourceOrgID": None, "aws:SourceOrgPaths": None}
    ways = ({**each, "aws:SourceArn": sent} for each in (account, nothing) for sent in (arn, no_arn))
    assert facts.ways_to_send(OF_SERVICE, "111122223333") == tuple(ways)
    with_place = facts.ways_to_send({**OF_SERVICE, "aws:SourceOrgID": Perhaps("o-own")}, "111122223333")
    assert [way["aws:SourceOrgID"] for way in with_place] == ["o-own", "o-own", None, None]
    # What is known for certain stays as it is.
    certain = facts.ways_to_send({**OF_SERVICE, "aws:SourceAccount": "999988887777"}, "111122223333")
    assert certain == ({"aws:SourceArn": arn}, {"aws:SourceArn": None})
    assert facts.ways_to_send({**OF_SERVICE, "aws:SourceAccount": None, "aws:SourceArn": "arn:x"}, "111122223333") == (
        {},
    )


def test_what_is_known_of_a_resource():
    assert facts.of_resource("111122223333") == {"aws:ResourceAccount": "111122223333"}
    assert facts.of_resource("111122223333", PLACE, {"Team": "a", "tEAM": "b", "x": ""}) == {
        "aws:ResourceAccount": "111122223333",
        "aws:ResourceOrgID": "o-own",
        "aws:ResourceOrgPaths": ["o-own/r-own/ou-own/"],
        "aws:ResourceTag/*": None,
        "aws:resourcetag/team": State.UNKNOWN,
        "aws:resourcetag/x": "",
    }
    assert facts.of_organization(facts.NOT_KNOWN) == {}


KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234"
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"


@pytest.mark.parametrize(
    ("action", "resource", "known"),
    [
        ("kms:Decrypt", KEY, {"aws:ResourceTag/*": None, "aws:resourcetag/team": "a"}),
        # A grant on a key is no key.
        ("kms:CreateGrant", KEY, {"aws:ResourceTag/*": None, "aws:resourcetag/team": "a"}),
        ("dynamodb:GetItem", TABLE, {"aws:ResourceTag/*": None, "aws:resourcetag/team": Perhaps("a", True)}),
        ("dynamodb:RestoreTableFromAwsBackup", TABLE, {}),
        ("DynamoDB:createtable", TABLE, {}),
        ("backup:CreateBackupVault", "arn:aws:backup:eu-west-1:111122223333:backup-vault:x", {}),
        ("kms:Decrypt", TABLE, {}),
        ("kms:Decrypt", "*", {}),
    ],
)
def test_tags_that_were_read_are_those_of_the_request(action: str, resource: str, known: dict[str, Any]):
    assert facts.of_tagged(action, resource, {"Team": "a"}) == known


def test_what_is_fixed_by_how_a_request_is_made():
    session_only = (
        "FederatedProvider",
        "MultiFactorAuthAge",
        "MultiFactorAuthPresent",
        "SourceIdentity",
        "TokenIssueTime",
    )
    long_term, called = dict(facts.LONG_TERM_KEYS), dict(facts.CALLED_DIRECTLY)
    assert long_term == {f"aws:{name}": None for name in session_only}
    directly = {"aws:CalledVia": None, "aws:CalledViaFirst": None, "aws:CalledViaLast": None}
    assert called == {**directly, "aws:ViaAWSService": "false"}


SETS = ["CalledVia", "PrincipalOrgPaths", "PrincipalServiceNamesList", "ResourceOrgPaths", "SourceOrgPaths", "TagKeys"]


@pytest.mark.parametrize(
    ("name", "many"),
    [
        *((f"aws:{name}", True) for name in [*SETS, "VpceOrgPaths"]),
        ("sts:TransitiveTagKeys", True),
        ("AWS:TAGKEYS", True),
        ("dynamodb:Attributes", True),
        ("kms:EncryptionContextKeys", True),
        ("aws:PrincipalOrgID", False),
        ("aws:PrincipalTag/a", False),
        ("sts:ExternalId", False),
        ("iam:PassedToService", False),
        ("STS:externalid", False),
    ],
)
def test_which_keys_may_have_many_values(name: str, many: bool):
    assert may_have_many_values(name) is many


def test_what_is_stated_counts_where_nothing_is_decided():
    known: dict[str, Any] = {
        "a:known": "x",
        "a:absent": None,
        "a:tag/*": None,
        "a:perhaps": Perhaps("x"),
        "a:like": Like(("x*",)),
        "a:present": State.PRESENT,
    }
    named = ("known", "absent", "tag/one", "perhaps", "like", "present", "unknown")
    stated = {f"A:{name}": Stated("y") for name in named}
    completed = Context(known).completed({**stated, "a:other": "not stated"})
    plain, decided = Context(known), Context({"k": "y"}).get("k")
    left = {name: completed.get(f"a:{name}") for name in named}
    assert left == {
        **{name: plain.get(f"a:{name}") for name in named[:3]},
        **dict.fromkeys(named[3:], decided),
    }
    assert completed.get("a:other") is State.UNKNOWN
    assert plain.completed({"a:known": Stated("y")}) is plain
    with pytest.raises(TypeError, match="left to Context.completed"):
        Context().completed({"a:key": Stated(Stated("y"))})


@pytest.mark.parametrize(
    ("value", "stays"), [("x", "x"), (None, None), ("y", Perhaps("x", True)), (["x", "y"], Perhaps("x", True))]
)
def test_of_a_value_that_was_read_only_its_absence_can_be_stated(value: Any, stays: Any):
    key = Context({"a:read": Perhaps("x", True)}).completed({"a:read": Stated(value)}).get("a:read")
    assert key == Context({"a:read": stays}).get("a:read")
