# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules 1-28: documents, actions, resources and variables."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy

from tests.unit.policy.rules.asking import (
    ACTION,
    ALL_TABLES,
    ALLOWED,
    CONDITIONAL,
    EXPLICIT,
    IMPLICIT,
    TABLE,
    UNREADABLE,
    allow,
    ask,
    deny,
    document,
)

WHOLE = document(allow())
DOCUMENTS: list[tuple[str, Any, str]] = [
    ("R1 a dict", WHOLE, ALLOWED),
    ("R1 JSON text", json.dumps(WHOLE), ALLOWED),
    ("R1 URL-encoded JSON text", quote(json.dumps(WHOLE)), ALLOWED),
    ("R1 no JSON", "{Statement", UNREADABLE),
    ("R1 a list", [WHOLE], UNREADABLE),
    ("R1 nothing", None, UNREADABLE),
    ("R1 a number", 7, UNREADABLE),
    ("R2 one statement as an object", {"Version": "2012-10-17", "Statement": allow()}, ALLOWED),
    ("R2 an empty list of statements", document(), IMPLICIT),
    ("R1 no Statement", {"Version": "2012-10-17"}, UNREADABLE),
    ("R1 a Statement that is null", {"Statement": None}, UNREADABLE),
    ("R1 a misspelt Statement", {"Statements": [allow()]}, UNREADABLE),
    ("R1 an empty object", {}, UNREADABLE),
    ("R1 empty text", "", UNREADABLE),
    ("R1 JSON text of something else", "7", UNREADABLE),
    ("R1 URL-encoded text of no JSON", "%7Bx", UNREADABLE),
    ("R1 bytes", b"{}", UNREADABLE),
    ("R1 an element twice", '{"Statement": [], "Statement": []}', UNREADABLE),
    ("R1 no number", '{"Statement": NaN}', UNREADABLE),
    ("R1 a number beyond all numbers", '{"Statement": 1e999}', UNREADABLE),
    ("R1 a number of 5,000 digits", '{"Statement": ' + "9" * 5000 + "}", UNREADABLE),
    ("R1 lists within lists", "[" * 100_000, UNREADABLE),
    ("R1 objects within objects", '{"Statement":' * 60 + "1" + "}" * 60, UNREADABLE),
    ("R1 a name that is not a string", {7: "x", "Statement": []}, UNREADABLE),
    ("R2 a statement in a list in a list", {"Statement": [[allow()]]}, UNREADABLE),
    ("R2 lists", document(allow(["s3:*", "dynamodb:*"], ["arn:aws:s3:::x", "*"])), ALLOWED),
    ("R4 element names in lower case", {"statement": {"effect": "Allow", "action": "*", "resource": "*"}}, ALLOWED),
    ("R4 the exact name wins", document({**allow(), "action": "s3:*"}), ALLOWED),
    ("R4 the effect is exact", document({**allow(), "Effect": "allow"}), UNREADABLE),
    ("R5 no Effect", document({"Action": "*", "Resource": "*"}), UNREADABLE),
    ("R5 no Action", document({"Effect": "Allow", "Resource": "*"}), CONDITIONAL),
    ("R5 no Action in a Deny", document(allow(), {"Effect": "Deny", "Resource": "*"}), CONDITIONAL),
    ("R5 a Condition that is a list", document(allow(Condition=[])), CONDITIONAL),
    ("R5 a Condition that is a list, in a Deny", document(allow(), deny(Condition=[1])), CONDITIONAL),
    ("R5 an unknown operator", document(allow(Condition={"StringSortOfLike": {"a:b": "c"}})), CONDITIONAL),
    ("R5 an unknown operator in a Deny", document(allow(), deny(Condition={"Nope": {"a:b": "c"}})), CONDITIONAL),
    ("R5 an action that is a number", document(allow([7])), CONDITIONAL),
    ("R5 a resource that is an object", document(allow("*", {"a": "b"})), CONDITIONAL),
    ("R5 a statement that is text", document("allow everything"), UNREADABLE),
    ("R5 beside an Allow it may still deny", document(allow(), "garbage"), UNREADABLE),
    ("R5 an Effect that is null", document({**allow(), "Effect": None}), UNREADABLE),
    ("R5 an Effect in a list", document({**allow(), "Effect": ["Allow"]}), UNREADABLE),
    ("R5 an Action that is null", document(allow(None, NotAction="s3:*")), UNREADABLE),
    ("R5 a Condition that is null", document(allow(Condition=None)), UNREADABLE),
    ("R5 a Condition that is null, in a Deny", document(allow(), deny(Condition=None)), UNREADABLE),
    ("R5 a Condition that is false", document(allow(Condition=False)), CONDITIONAL),
    ("R5 a Condition that is empty text", document(allow(Condition="")), CONDITIONAL),
    ("R5 an operator that is null", document(allow(Condition={"StringEquals": None})), CONDITIONAL),
    ("R5 a Resource that is null", document({"Effect": "Allow", "Action": "*", "Resource": None}), UNREADABLE),
    ("R5 both Resource and NotResource", document(allow(NotResource="x")), CONDITIONAL),
    ("R5 a resource in a list in a list", document(allow("*", [["*"]])), CONDITIONAL),
    ("R5 an empty NotAction", document({"Effect": "Allow", "NotAction": [], "Resource": "*"}), CONDITIONAL),
    ("R5 an empty NotResource", document({"Effect": "Allow", "Action": "*", "NotResource": []}), CONDITIONAL),
    ("R2 an empty list of resources", document(allow("*", [])), IMPLICIT),
    (
        "R5 an empty NotAction in a Deny",
        document(allow(), {"Effect": "Deny", "NotAction": [], "Resource": "*"}),
        CONDITIONAL,
    ),
    ("R5 an unreadable Deny of other actions", document(allow(), deny("s3:*", Condition=[1])), ALLOWED),
    ("R5 unreadable conditions of what is sure to fail", document(allow("s3:*", Condition=[1])), IMPLICIT),
    (
        "R4 a name in two spellings, none exact",
        document({"EFFECT": "Allow", "effect": "Deny", "Action": "*", "Resource": "*"}),
        UNREADABLE,
    ),
    ("R4 other spellings beside the exact name", document({**allow(), "ACTION": "s3:*", "action": "ec2:*"}), ALLOWED),
    ("R4 Statement in lower case", {"statement": [allow()]}, ALLOWED),
    ("R7 version in lower case", {"version": "2012-10-17", "Statement": [allow()]}, ALLOWED),
    ("R5 no Resource in an identity policy", document({"Effect": "Allow", "Action": "*"}), CONDITIONAL),
    ("R6 an empty Condition", document(allow(Condition={})), ALLOWED),
    ("R6 an empty operator", document(allow(Condition={"StringEquals": {}})), ALLOWED),
    ("R6 unknown elements", {**WHOLE, "Id": "x", "Comment": 7}, ALLOWED),
    ("R6 unknown elements of a statement", document(allow(Comment="x", Sid="")), ALLOWED),
    ("R3 an unquoted boolean", document(allow(Condition={"Bool": {"aws:SecureTransport": True}})), ALLOWED),
]


@pytest.mark.parametrize(("stored", "verdict"), [case[1:] for case in DOCUMENTS], ids=[case[0] for case in DOCUMENTS])
def test_documents(stored: Any, verdict: str):
    decision = ask((StoredPolicy("p", stored),), context={"aws:SecureTransport": "true"})
    assert decision.verdict == verdict


ACTIONS: list[tuple[str, Any, str]] = [
    ("R9 exact", "dynamodb:DescribeTable", ALLOWED),
    ("R9 case", "DynamoDB:describetable", ALLOWED),
    ("R9 star", "*", ALLOWED),
    ("R9 two stars", "**", ALLOWED),
    ("R9 star on both sides", "*:*", ALLOWED),
    ("R9 service", "dynamodb:*", ALLOWED),
    ("R9 prefix", "dynamodb:Desc*", ALLOWED),
    ("R9 infix", "dynamodb:*Table", ALLOWED),
    ("R9 one character", "dynamodb:DescribeTabl?", ALLOWED),
    ("R9 one character too many", "dynamodb:DescribeTable?", IMPLICIT),
    ("R9 a wildcard in the service", "dynamo*:DescribeTable", ALLOWED),
    ("R9 a wildcard across the colon", "dyn*Table", ALLOWED),
    ("R9 another service", "dax:*", IMPLICIT),
    ("R9 a blank in front", " dynamodb:DescribeTable", IMPLICIT),
    ("R9 two in one text", "dynamodb:DescribeTable,dynamodb:ListTables", IMPLICIT),
    ("R9 nothing after the colon", "dynamodb:", IMPLICIT),
    ("R9 no colon", "DescribeTable", IMPLICIT),
    ("R9 empty", "", IMPLICIT),
    ("R9 an empty list", [], IMPLICIT),
    ("R8 a dot is a dot", "dynamodb.DescribeTable", IMPLICIT),
    ("R8 a bracket is a bracket", "dynamodb:[D]escribeTable", IMPLICIT),
    ("R2 any of a list", ["s3:*", "dynamodb:D*"], ALLOWED),
]


@pytest.mark.parametrize(("action", "verdict"), [case[1:] for case in ACTIONS], ids=[case[0] for case in ACTIONS])
def test_actions(action: Any, verdict: str):
    assert ask([allow(action)]).verdict == verdict


@pytest.mark.parametrize(
    ("action", "verdict"),
    [case[1:] for case in ACTIONS if case[1] != []],
    ids=["R10 not: " + case[0] for case in ACTIONS if case[1] != []],
)
def test_not_action_is_the_reverse(action: Any, verdict: str):
    statement = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
    assert ask([statement]).verdict == {ALLOWED: IMPLICIT, IMPLICIT: ALLOWED}[verdict]


MORE_ACTIONS: list[tuple[str, list[Any], str]] = [
    ("R10 NotAction of several", [{"Effect": "Allow", "NotAction": ["s3:*", "dynamodb:*"], "Resource": "*"}], IMPLICIT),
    (
        "R10 Deny with NotAction spares what it names",
        [allow(), {"Effect": "Deny", "NotAction": "dynamodb:*", "Resource": "*"}],
        ALLOWED,
    ),
    (
        "R10 Deny with NotAction denies the rest",
        [allow(), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}],
        EXPLICIT,
    ),
    ("R10 both Action and NotAction", [allow(NotAction="s3:*")], CONDITIONAL),
    ("R10 both, in a Deny", [allow(), deny(NotAction="s3:*")], CONDITIONAL),
]


@pytest.mark.parametrize(
    ("statements", "verdict"), [case[1:] for case in MORE_ACTIONS], ids=[case[0] for case in MORE_ACTIONS]
)
def test_more_actions(statements: list[Any], verdict: str):
    assert ask(statements).verdict == verdict


VAULT = "arn:aws:backup:eu-west-1:111122223333:backup-vault:Main"
# rules and words, entry of Resource, resource asked about, what it says as an Allow
RESOURCES: list[tuple[str, Any, str, str]] = [
    ("R12 exact", TABLE, TABLE, ALLOWED),
    ("R12 all stars", "*", TABLE, ALLOWED),
    ("R12 stars in parts", "arn:*:dynamodb:*:*:table/*", TABLE, ALLOWED),
    ("R12 a star inside a part", "arn:aws:dynamodb:eu-*-1:111122223333:table/Orders", TABLE, ALLOWED),
    ("R12 one character inside a part", "arn:aws:dynamodb:eu-west-?:111122223333:table/Orders", TABLE, ALLOWED),
    ("R12 last part: slashes and colons", "arn:aws:backup:*:*:backup*Main", VAULT, CONDITIONAL),
    ("R18 a star for the type and more", "arn:aws:dynamodb:*:*:tab*", TABLE, CONDITIONAL),
    ("R12 last part: a colon", "arn:aws:backup:*:*:backup-vault:*", VAULT, ALLOWED),
    ("R12 another table", "arn:aws:dynamodb:*:*:table/Other", TABLE, IMPLICIT),
    ("R12 another Region", "arn:aws:dynamodb:us-east-1:*:table/*", TABLE, IMPLICIT),
    ("R12 another account", "arn:aws:dynamodb:*:222233334444:table/*", TABLE, IMPLICIT),
    ("R12 a star that would have to run on", "arn:aws:dynamodb:eu*:table/Orders", TABLE, CONDITIONAL),
    ("R12 a star that would have to run on, service", "arn:aws:dyn*:table/Orders", TABLE, CONDITIONAL),
    ("R12 a star inside a part never runs on", "arn:aws:dyn*b:111122223333:table/Orders", TABLE, IMPLICIT),
    ("R12,14 a star that runs on, in upper case", "ARN:AWS:DYN*:table/Orders", TABLE, CONDITIONAL),
    ("R12,14 a star that runs on, another table", "arn:aws:dyn*:table/orders", TABLE, IMPLICIT),
    ("R12,14 a star that runs on, case of the type", "arn:aws:dyn*:Table/Orders", TABLE, IMPLICIT),
    ("R12 a star that runs on over three parts", "arn:aws*:table/Orders", TABLE, CONDITIONAL),
    ("R12 a question mark never runs on", "arn:aws:dynamodb:?????????:table/Orders", TABLE, IMPLICIT),
    ("R13 empty", "", TABLE, IMPLICIT),
    ("R13 only a service", "dynamodb", TABLE, IMPLICIT),
    ("R12 one character", "?", TABLE, IMPLICIT),
    ("R12 colons only", ":::::", TABLE, IMPLICIT),
    ("R20 indexes are no tables", "arn:aws:dynamodb:*:*:table/*/index/*", ALL_TABLES, IMPLICIT),
    ("R20 a Region in part", "arn:aws:dynamodb:eu-*:*:table/*", ALL_TABLES, CONDITIONAL),
    ("R20 one character of a name", "arn:aws:dynamodb:*:*:table/?", ALL_TABLES, CONDITIONAL),
    ("R20 nothing but question marks", "arn:aws:dynamodb:*:*:table/???", ALL_TABLES, CONDITIONAL),
    ("R19 one character where there are no types", "?", "*", IMPLICIT),
    ("R13 only arn:*", "arn:*", TABLE, ALLOWED),
    ("R13 short, padded", "arn:aws:dynamodb:*", TABLE, ALLOWED),
    ("R13 short, padded without a star", "arn:aws:dynamodb", TABLE, ALLOWED),
    ("R13 short, another service", "arn:aws:s3", TABLE, IMPLICIT),
    ("R13 five parts", "arn:aws:dynamodb:*:table/Orders", TABLE, CONDITIONAL),
    ("R13 five parts without a star", "arn:aws:dynamodb:eu-west-1:table/Orders", TABLE, IMPLICIT),
    ("R14 case of partition, service, Region", "ARN:AWS:DynamoDB:EU-West-1:111122223333:table/Orders", TABLE, ALLOWED),
    ("R14 case of the resource", "arn:aws:dynamodb:*:*:table/orders", TABLE, IMPLICIT),
    ("R14 case of the type", "arn:aws:dynamodb:*:*:Table/Orders", TABLE, IMPLICIT),
    ("R18 a wildcard in the type", "arn:aws:dynamodb:*:*:t*/Orders", TABLE, CONDITIONAL),
    ("R18 one character of the type", "arn:aws:dynamodb:*:*:tabl?/Orders", TABLE, CONDITIONAL),
    ("R18 a star for all of the last part", "arn:aws:dynamodb:*:*:*", TABLE, ALLOWED),
    ("R19 all stars where there are no types", "*", "*", ALLOWED),
    ("R19 two stars", "**", "*", ALLOWED),
    ("R19 an ARN where there are no types", ALL_TABLES, "*", IMPLICIT),
    ("R19 arn:* where there are no types", "arn:*", "*", IMPLICIT),
    ("R20 the whole universe", ALL_TABLES, ALL_TABLES, ALLOWED),
    ("R20 more than the universe", "arn:aws:dynamodb:*:*:*", ALL_TABLES, ALLOWED),
    ("R20 a part of it", "arn:aws:dynamodb:*:111122223333:table/Orders*", ALL_TABLES, CONDITIONAL),
    ("R20 one of it", TABLE, ALL_TABLES, CONDITIONAL),
    ("R20 one Region of it", "arn:aws:dynamodb:eu-west-1:111122223333:table/*", ALL_TABLES, CONDITIONAL),
    ("R20 at least one character", "arn:aws:dynamodb:*:111122223333:table/?*", ALL_TABLES, CONDITIONAL),
    ("R20 disjoint account", "arn:aws:dynamodb:*:222233334444:table/*", ALL_TABLES, IMPLICIT),
    ("R20 disjoint service", "arn:aws:kms:*:111122223333:key/*", ALL_TABLES, IMPLICIT),
    ("R20 disjoint type", "arn:aws:dynamodb:*:111122223333:global-table/*", ALL_TABLES, IMPLICIT),
    ("R20 several that cover it together, one of them whole", [TABLE, ALL_TABLES], ALL_TABLES, ALLOWED),
    ("R20 several parts", [TABLE, TABLE + "2"], ALL_TABLES, CONDITIONAL),
]


@pytest.mark.parametrize(
    ("entry", "resource", "verdict"), [case[1:] for case in RESOURCES], ids=[case[0] for case in RESOURCES]
)
def test_resources(entry: Any, resource: str, verdict: str):
    assert ask([allow("*", entry)], resource=resource).verdict == verdict


_AS_DENY = {ALLOWED: EXPLICIT, IMPLICIT: ALLOWED, CONDITIONAL: CONDITIONAL}


@pytest.mark.parametrize(
    ("entry", "resource", "verdict"), [case[1:] for case in RESOURCES], ids=["denied " + case[0] for case in RESOURCES]
)
def test_resources_in_a_deny(entry: Any, resource: str, verdict: str):
    assert ask([allow(), deny("*", entry)], resource=resource).verdict == _AS_DENY[verdict]


_AS_NOT = {ALLOWED: IMPLICIT, IMPLICIT: ALLOWED, CONDITIONAL: CONDITIONAL}


@pytest.mark.parametrize(
    ("entry", "resource", "verdict"),
    [case[1:] for case in RESOURCES],
    ids=["R17 not: " + case[0] for case in RESOURCES],
)
def test_not_resource_is_the_reverse(entry: Any, resource: str, verdict: str):
    statement = {"Effect": "Allow", "Action": "*", "NotResource": entry}
    assert ask([statement], resource=resource).verdict == _AS_NOT[verdict]


NAMED = {"aws:username": "Orders", "aws:PrincipalTag/Star": "*", "aws:TagKeys": ["Orders"], "aws:empty": ""}
PREFIX = "arn:aws:dynamodb:*:*:table/"
VARIABLES: list[tuple[str, str, str]] = [
    ("R15 a variable in the last part", PREFIX + "${aws:username}", ALLOWED),
    ("R15 a variable in another part is literal", "arn:aws:${aws:username}:*:*:table/Orders", IMPLICIT),
    ("R15 a star from a variable is literal", PREFIX + "${aws:PrincipalTag/Star}", IMPLICIT),
    ("R15 a star after a variable is none", PREFIX + "${aws:username}*", ALLOWED),
    ("R12,15 a variable beside both wildcards", "arn:aws:dynamodb:eu-west-?:*:table/${aws:username}", ALLOWED),
    ("R16 a variable without a value", PREFIX + "${aws:absent}", IMPLICIT),
    ("R16 a variable of unknown value", PREFIX + "${aws:userid}", CONDITIONAL),
    ("R16 a variable of unknown value, another service", "arn:aws:s3:::${aws:userid}/*", IMPLICIT),
    ("R16 a variable of unknown value that cannot help", PREFIX + "Other${aws:userid}", IMPLICIT),
    ("R16 unknown and absent variables", PREFIX + "${aws:userid}${aws:absent}", IMPLICIT),
    ("R16,35 a variable whose value is empty", PREFIX + "Orders${aws:empty}", IMPLICIT),
    ("R13,16 a variable beside a star that may run on", "arn:aws:dynamodb*:table/${aws:username}", CONDITIONAL),
    ("R13,16 an absent variable beside such a star", "arn:aws:dynamodb*:table/${aws:absent}", IMPLICIT),
    ("R23 a blank in a variable", PREFIX + "${ aws:username }", CONDITIONAL),
    ("R24 a literal star beside a star", PREFIX + "Or*${$}", IMPLICIT),
    ("R28 unterminated, behind a variable", PREFIX + "${aws:username}${", IMPLICIT),
    ("R25 a default with a quote in it", PREFIX + "${aws:absent, 'it''s'}", CONDITIONAL),
    ("R25 a default of unknown need", PREFIX + "${aws:userid, 'Orders'}", CONDITIONAL),
    ("R23 case of the key", PREFIX + "${AWS:UserName}", ALLOWED),
    ("R23 a multivalued key has no value", PREFIX + "${aws:TagKeys}", IMPLICIT),
    ("R24 a literal star", PREFIX + "Orders${*}", IMPLICIT),
    ("R24 a literal question mark", PREFIX + "Order${?}", IMPLICIT),
    ("R24 a literal dollar", PREFIX + "${$}", IMPLICIT),
    ("R25 a default that is used", PREFIX + "${aws:absent, 'Orders'}", ALLOWED),
    ("R25 a default that is not used", PREFIX + "${aws:username, 'Other'}", ALLOWED),
    ("R25 a default for an empty value", PREFIX + "${aws:empty, 'Orders'}", ALLOWED),
    ("R25 a default that does not fit", PREFIX + "${aws:absent, 'Other'}", IMPLICIT),
    ("R25 a default written without a blank", PREFIX + "${aws:absent,'Orders'}", CONDITIONAL),
    ("R25 a star in a default is literal", PREFIX + "${aws:absent, '*'}", IMPLICIT),
    ("R28 unterminated", PREFIX + "${aws:username", IMPLICIT),
]


@pytest.mark.parametrize(("entry", "verdict"), [case[1:] for case in VARIABLES], ids=[case[0] for case in VARIABLES])
def test_variables(entry: str, verdict: str):
    assert ask([allow("*", entry)], context={**NAMED, "aws:absent": None}).verdict == verdict


@pytest.mark.parametrize("version", [None, "2008-10-17", "2024-01-01"], ids=["R7 missing", "R7 2008", "R7 any other"])
def test_variables_exist_only_in_the_2012_version(version: str | None):
    entry = PREFIX + "${aws:username}"
    assert ask([allow("*", entry)], context=NAMED, version=version).verdict == IMPLICIT
    literal = "arn:aws:dynamodb:eu-west-1:111122223333:table/${aws:username}"
    assert ask([allow("*", entry)], resource=literal, context=NAMED, version=version).verdict == ALLOWED


@pytest.mark.parametrize(
    ("entry", "verdict"),
    [
        (PREFIX + "${aws:absent}", CONDITIONAL),
        (PREFIX + "${aws:userid}", CONDITIONAL),
        (PREFIX + "${aws:username}", IMPLICIT),
        (PREFIX + "${aws:PrincipalTag/Star}", ALLOWED),
        ("arn:aws:s3:::${aws:username}", ALLOWED),
        ("arn:aws:s3:::${aws:absent}", CONDITIONAL),
    ],
    ids=[
        "R17 absent variable",
        "R17 unknown variable",
        "R17 known variable",
        "R17 known variable, another table",
        "R17 known variable, another service",
        "R17 absent variable, another service",
    ],
)
def test_not_resource_with_a_variable(entry: str, verdict: str):
    statement = {"Effect": "Allow", "Action": "*", "NotResource": entry}
    assert ask([statement], context={**NAMED, "aws:absent": None}).verdict == verdict


def test_r8_a_policy_of_nothing_but_wildcards_is_walked_in_bounded_steps():
    hostile = "*a" * 3000
    assert ask([allow(hostile), allow("*", "arn:aws:dynamodb:*:*:table/" + hostile)], action=ACTION).verdict == IMPLICIT
