# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What IAM Access Analyzer calls an error, a warning or a suggestion, and what the engine makes of it, in an Allow and in a Deny.

The names are those of AWS's policy validation check reference. AWS stores most of such statements all the same: where it says
what they do, that is decided, and else they are open.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import ask

TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
KNOWN: dict[str, Any] = {
    "aws:username": "orders",
    "aws:SecureTransport": "true",
    "aws:PrincipalArn": "arn:aws:iam::111122223333:role/Restore",
    "aws:TagKeys": ["a"],
    "aws:SourceIp": "10.0.0.1",
    "aws:CurrentTime": "2026-01-01T00:00:00Z",
    "aws:MultiFactorAuthAge": "10",
    "aws:gone": None,
}
MEETS, MEETS_NOTHING, OPEN = "meets", "meets nothing", "open"
VERDICTS = {
    MEETS: ({"allowed"}, {"explicit_deny"}),
    MEETS_NOTHING: ({"implicit_deny"}, {"allowed"}),
    OPEN: ({"conditional", "unreadable"}, {"conditional", "unreadable"}),
}
WITHOUT: Any = object()


def condition(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def table(name: str) -> dict[str, Any]:
    return {"Resource": f"arn:aws:dynamodb:eu-west-1:111122223333:table/{name}"}


CHECKS: list[tuple[str, dict[str, Any], str]] = [
    ("Error: data type mismatch", {"Action": 7}, OPEN),
    ("Error: data type mismatch in a list", {"Action": ["dynamodb:*", {}]}, OPEN),
    ("Error: data type mismatch in a condition", condition("StringEquals", "aws:username", {}), OPEN),
    ("Error: duplicate keys with different case", {"Action": WITHOUT, "ACTION": "dynamodb:*", "action": "*"}, OPEN),
    ("Error: invalid action", {"Action": "dynamodb:"}, MEETS_NOTHING),
    ("Error: invalid action without a service", {"Action": "DeleteTable"}, MEETS_NOTHING),
    ("Error: invalid service in action", {"Action": "dynamo:DeleteTable"}, MEETS_NOTHING),
    ("Error: invalid ARN account", {"Resource": "arn:aws:dynamodb:*:1111:table/orders"}, MEETS_NOTHING),
    ("Error: invalid ARN prefix", {"Resource": "aws:dynamodb:*:111122223333:table/orders"}, MEETS_NOTHING),
    ("Error: invalid ARN Region", {"Resource": "arn:aws:dynamodb:ireland:*:table/orders"}, MEETS_NOTHING),
    ("Error: invalid ARN resource", {"Resource": "arn:aws:dynamodb:*:*:t*/orders"}, OPEN),
    ("Error: invalid ARN service case", {"Resource": "arn:aws:DynamoDB:*:*:table/orders"}, MEETS),
    ("Error: invalid partition", {"Resource": "arn:aaa:dynamodb:*:*:table/orders"}, MEETS_NOTHING),
    ("Error: missing ARN field", {"Resource": "arn:aws:dynamodb:*:table/orders"}, OPEN),
    ("Error: missing ARN Region", {"Resource": "arn:aws:dynamodb::111122223333:table/orders"}, MEETS_NOTHING),
    ("Error: invalid condition data type, boolean", condition("Bool", "aws:SecureTransport", "yes"), OPEN),
    ("Error: invalid condition data type, number", condition("NumericLessThan", "aws:MultiFactorAuthAge", "ten"), OPEN),
    ("Error: invalid condition data type, date", condition("DateLessThan", "aws:CurrentTime", "soon"), OPEN),
    ("Error: invalid condition data type, address", condition("IpAddress", "aws:SourceIp", "home"), OPEN),
    ("Error: invalid condition data type, ARN", condition("ArnLike", "aws:PrincipalArn", "role/Restore"), OPEN),
    ("Error: invalid condition key format", condition("StringEquals", "username", "orders"), OPEN),
    ("Error: invalid condition multiple Boolean", condition("Bool", "aws:SecureTransport", ["true", "false"]), MEETS),
    ("Error: invalid condition operator", condition("StringIs", "aws:username", "orders"), OPEN),
    ("Error: invalid global condition key", condition("StringEquals", "aws:nothing", "orders"), OPEN),
    ("Error: missing action", {"Action": WITHOUT}, OPEN),
    ("Error: missing resource", {"Resource": WITHOUT}, OPEN),
    ("Error: missing qualifier", condition("StringEquals", "aws:TagKeys", "a"), OPEN),
    ("Error: missing tag key in condition", condition("StringEquals", "aws:PrincipalTag/", "a"), OPEN),
    ("Error: Null with IfExists", condition("NullIfExists", "aws:username", "false"), OPEN),
    ("Error: unsupported element combination, actions", {"NotAction": "s3:*"}, OPEN),
    ("Error: unsupported element combination, resources", {"NotResource": "arn:aws:s3:::*"}, OPEN),
    ("Error: invalid variable for operator", condition("IpAddress", "aws:SourceIp", "${aws:SourceIp}"), OPEN),
    ("Error: missing brace in variable", table("${aws:username"), MEETS_NOTHING),
    ("Error: missing quote in variable", table("${aws:gone, orders}"), OPEN),
    ("Error: unsupported symbol in variable", table("${aws:gone, 'or*ders'}"), MEETS_NOTHING),
    ("Error: unsupported space in variable", table("${aws: username}"), OPEN),
    ("Error: empty variable", table("${}"), OPEN),
    ("Error: variable unsupported in element", {"Action": "${aws:username}:*"}, OPEN),
    ("Error: variable unsupported in version", {"Version": "2008-10-17", **table("${aws:username}")}, MEETS_NOTHING),
    ("Warning: missing version", {"Version": WITHOUT}, MEETS),
    ("Warning: not a multivalued key", condition("ForAnyValue:StringEquals", "aws:username", "orders"), MEETS),
    ("Warning: Null with qualifier, all values", condition("ForAllValues:Null", "aws:username", "true"), MEETS),
    ("Warning: Null with qualifier, any value", condition("ForAnyValue:Null", "aws:username", "false"), MEETS_NOTHING),
    ("Warning: private IP address", condition("IpAddress", "aws:SourceIp", "10.0.0.0/8"), MEETS),
    ("Warning: type mismatch", condition("NumericEquals", "aws:MultiFactorAuthAge", 10), MEETS),
    ("Warning: type mismatch Boolean", condition("Bool", "aws:SecureTransport", True), MEETS),
    ("Warning: wildcard without like operator", condition("StringEquals", "aws:username", "ord*"), MEETS_NOTHING),
    ("Suggestion: empty array action", {"Action": []}, MEETS_NOTHING),
    ("Suggestion: empty array resource", {"Resource": []}, MEETS_NOTHING),
    ("Suggestion: empty array condition", condition("StringEquals", "aws:username", []), OPEN),
    ("Suggestion: empty array condition, any", condition("ForAnyValue:StringEquals", "aws:TagKeys", []), MEETS_NOTHING),
    ("Suggestion: empty array condition, all", condition("ForAllValues:StringEquals", "aws:gone", []), MEETS),
    (
        "Suggestion: empty array condition, all, sent",
        condition("ForAllValues:StringEquals", "aws:TagKeys", []),
        MEETS_NOTHING,
    ),
    ("Suggestion: empty array condition, if it exists", condition("StringEqualsIfExists", "aws:gone", []), MEETS),
    ("Suggestion: empty object condition", {"Condition": {}}, MEETS),
    ("Suggestion: empty object condition, operator", {"Condition": {"StringEquals": {}}}, MEETS),
    ("Suggestion: empty Sid value", {"Sid": ""}, MEETS),
    ("Suggestion: redundant action", {"Action": ["dynamodb:*", "dynamodb:DeleteTable"]}, MEETS),
    ("Suggestion: redundant condition value", condition("StringEquals", "aws:username", ["orders", "orders"]), MEETS),
    ("Suggestion: redundant resource", {"Resource": ["*", TABLE]}, MEETS),
]


def made(effect: str, change: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Version and statement."""
    whole = {"Version": "2012-10-17", "Effect": effect, "Action": "dynamodb:*", "Resource": "*", **change}
    kept = {name: value for name, value in whole.items() if value is not WITHOUT}
    return kept.pop("Version", WITHOUT), kept


def verdict(*documents: tuple[Any, dict[str, Any]]) -> str:
    policies = [
        {"Statement": [statement], **({} if version is WITHOUT else {"Version": version})}
        for version, statement in documents
    ]
    return ask.may("dynamodb:DeleteTable", TABLE, identity=policies, context=KNOWN).verdict


@pytest.mark.parametrize(("change", "expected"), [case[1:] for case in CHECKS], ids=[case[0] for case in CHECKS])
def test_what_access_analyzer_finds(change: dict[str, Any], expected: str):
    allow, deny = VERDICTS[expected]
    assert verdict(made("Allow", change)) in allow
    assert verdict(("2012-10-17", EVERYTHING), made("Deny", change)) in deny


@pytest.mark.parametrize("change", [{"Effect": WITHOUT}, {"Effect": "Permit"}, {"Effect": "allow"}])
def test_error_missing_or_invalid_effect(change: dict[str, Any]):
    assert verdict(made("Allow", change)) == "unreadable"
    assert verdict(("2012-10-17", EVERYTHING), made("Allow", change)) == "unreadable"


def test_error_a_version_that_there_is_none_knows_no_variables():
    assert verdict(("2026-01-01", {**EVERYTHING, **table("${aws:username}")})) == "implicit_deny"
    assert verdict(("2026-01-01", EVERYTHING)) == "allowed"
