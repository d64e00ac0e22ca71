# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules 26, 27 and 29-44: conditions over keys that are known, absent, present or unknown."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.conditions import holds
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import (
    Context,
    Like,
    Perhaps,
    PerhapsLike,
    State,
)

T, F, U = 2, 0, 1
ABSENT, PRESENT, UNKNOWN = None, State.PRESENT, State.UNKNOWN
KEY = "aws:Key"
OURS = PerhapsLike(("arn:*:*:*:111122223333:*",))

# Every operator with a value of the policy, a request value that meets it, and one that does not.
OPERATORS: list[tuple[str, Any, str, str]] = [
    ("StringEquals", "a", "a", "A"),
    ("StringEqualsIgnoreCase", "a", "A", "b"),
    ("StringLike", "a*", "ab", "ba"),
    ("ArnEquals", "arn:aws:s3:::a*", "arn:aws:s3:::ab", "arn:aws:s3:::b"),
    ("ArnLike", "arn:aws:s3:::a*", "arn:aws:s3:::ab", "arn:aws:s3:::b"),
    ("Bool", "true", "TRUE", "false"),
    ("BinaryEquals", "YQ==", "YQ==", "Yg=="),
    ("IpAddress", "10.0.0.0/8", "10.1.2.3", "11.1.2.3"),
    ("NumericEquals", "10", "10.0", "11"),
    ("NumericLessThan", "10", "9", "10"),
    ("NumericLessThanEquals", "10", "10", "11"),
    ("NumericGreaterThan", "10", "11", "10"),
    ("NumericGreaterThanEquals", "10", "10", "9"),
    ("DateEquals", "2026-01-02", "2026-01-02T00:00:00Z", "2026-01-03"),
    ("DateLessThan", "2026-01-02", "2026-01-01T23:59:59Z", "2026-01-02"),
    ("DateLessThanEquals", "2026-01-02", "2026-01-02", "2026-01-03"),
    ("DateGreaterThan", "2026-01-02", "2026-01-03", "2026-01-02"),
    ("DateGreaterThanEquals", "2026-01-02", "2026-01-02", "2026-01-01"),
]
NEGATED: list[tuple[str, Any, str, str]] = [
    ("StringNotEquals", "a", "b", "a"),
    ("StringNotEqualsIgnoreCase", "a", "b", "A"),
    ("StringNotLike", "a*", "ba", "ab"),
    ("ArnNotEquals", "arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::a"),
    ("ArnNotLike", "arn:aws:s3:::a*", "arn:aws:s3:::b", "arn:aws:s3:::ab"),
    ("NotIpAddress", "10.0.0.0/8", "11.1.2.3", "10.1.2.3"),
    ("NumericNotEquals", "10", "11", "10"),
    ("DateNotEquals", "2026-01-02", "2026-01-03", "2026-01-02"),
]


def value(condition: Any, key: Any, **more: Any) -> int:
    return holds(condition, Context({KEY: key, **more}), variables=True).value


def expectations() -> list[tuple[str, str, Any, Any, int]]:
    values = []
    for name, written, good, bad in [*OPERATORS, *NEGATED]:
        negated = (name, written, good, bad) in NEGATED
        rows = [
            (f"R29,38 {name}: met", name, good, T),
            (f"R29,38 {name}: not met", name, bad, F),
            (f"R31 {name}: absent", name, ABSENT, T if negated else F),
            (f"R33 {name}: unknown", name, UNKNOWN, U),
            (f"R34 {name}: present", name, PRESENT, U),
            (f"R44 {name}: in upper case", name.upper(), good, T),
            (f"R31 {name}IfExists: absent", name + "IfExists", ABSENT, T),
            (f"R31 {name}IfExists: met", name + "IfExists", good, T),
            (f"R31 {name}IfExists: not met", name + "IfExists", bad, F),
            (f"R33 {name}IfExists: unknown", name + "IfExists", UNKNOWN, U),
            (f"R36 ForAllValues:{name}: all", "ForAllValues:" + name, [good, good], T),
            (f"R36 ForAllValues:{name}: some", "ForAllValues:" + name, [good, bad], F),
            (f"R31,35 ForAllValues:{name}: none", "ForAllValues:" + name, [], T),
            (f"R36 ForAnyValue:{name}: some", "ForAnyValue:" + name, [bad, good], T),
            (f"R36 ForAnyValue:{name}: no one", "ForAnyValue:" + name, [bad, bad], F),
            (f"R31,35 ForAnyValue:{name}: none", "ForAnyValue:" + name, [], F),
            (f"R37 {name}: a set without a set operator", name, [good], U),
            (f"R37 ForAllValues:{name}: one value", "ForAllValues:" + name, good, T),
            (f"R32 ForAnyValue:{name}IfExists: absent", f"ForAnyValue:{name}IfExists", ABSENT, U),
            (f"R32 ForAllValues:{name}IfExists: absent", f"ForAllValues:{name}IfExists", ABSENT, T),
        ]
        values += [(case, operator, written, key, expected) for case, operator, key, expected in rows]
    return values


@pytest.mark.parametrize(
    ("operator", "written", "key", "expected"),
    [case[1:] for case in expectations()],
    ids=[case[0] for case in expectations()],
)
def test_every_operator_in_every_state(operator: str, written: Any, key: Any, expected: int):
    assert value({operator: {KEY: written}}, key) == expected


CASES: list[tuple[str, Any, Any, int]] = [
    ("R29 all operators", {"StringEquals": {KEY: "a"}, "StringLike": {KEY: "b*"}}, "a", F),
    ("R29 all keys", {"StringEquals": {KEY: "a", "aws:Other": "b"}}, "a", F),
    ("R29 any value", {"StringEquals": {KEY: ["b", "a"]}}, "a", T),
    ("R29 none of the values", {"StringNotEquals": {KEY: ["b", "a"]}}, "a", F),
    ("R29 neither of the values", {"StringNotEquals": {KEY: ["b", "c"]}}, "a", T),
    ("R5,29 no value at all", {"StringEquals": {KEY: []}}, "a", U),
    ("R5,29 no value at all, negated", {"StringNotEquals": {KEY: []}}, "a", U),
    ("R5 a value that is null", {"StringEquals": {KEY: None}}, "a", U),
    ("R5 a value that is null, negated", {"StringNotEquals": {KEY: None}}, "a", U),
    ("R5 a list with a null in it", {"StringNotEquals": {KEY: ["b", None]}}, "a", U),
    ("R5 Null takes no IfExists", {"NullIfExists": {KEY: "true"}}, ABSENT, U),
    ("R31 Null for any value never is", {"ForAnyValue:Null": {KEY: "false"}}, ["a"], F),
    ("R31 Null for any value, unknown", {"ForAnyValue:Null": {KEY: ["true", "false"]}}, UNKNOWN, F),
    ("R5 an empty list for any value", {"ForAnyValue:StringEquals": {KEY: []}}, "a", F),
    ("R5 an empty list for any value, unknown", {"ForAnyValue:StringNotEquals": {KEY: []}}, UNKNOWN, F),
    ("R5 an empty list for all values", {"ForAllValues:StringEquals": {KEY: []}}, ["a"], F),
    ("R5 an empty list for all values, absent", {"ForAllValues:StringEquals": {KEY: []}}, ABSENT, T),
    ("R5 an empty list for all values, unknown", {"ForAllValues:StringEquals": {KEY: []}}, UNKNOWN, U),
    ("R5 an empty list if there is a key", {"StringEqualsIfExists": {KEY: []}}, "a", F),
    ("R5 an empty list if there is a key, present", {"StringEqualsIfExists": {KEY: []}}, PRESENT, F),
    ("R5 an empty list if there is a key, absent", {"StringEqualsIfExists": {KEY: []}}, ABSENT, T),
    ("R5 an empty list if there is a key, sent or not", {"StringEqualsIfExists": {KEY: []}}, Perhaps("a"), U),
    ("R5 an empty list if there is any, unknown", {"ForAnyValue:StringEqualsIfExists": {KEY: []}}, UNKNOWN, U),
    ("R5 an empty list if there is any, known", {"ForAnyValue:StringEqualsIfExists": {KEY: []}}, ["a"], F),
    ("R5 an empty list of Null", {"Null": {KEY: []}}, "a", U),
    ("R35 Null true, an empty string", {"Null": {KEY: "true"}}, "", T),
    ("R35 Null false, an empty string", {"Null": {KEY: "false"}}, "", F),
    ("R35 Null false, an empty string in a set", {"Null": {KEY: "false"}}, ["", "a"], T),
    ("R35 an empty string for any value", {"ForAnyValue:StringLike": {KEY: "*"}}, "", F),
    ("R35 an empty string for all values", {"ForAllValues:StringEquals": {KEY: "a"}}, "", T),
    ("R41 Null of what is neither", {"Null": {KEY: "yes"}}, "a", U),
    ("R41 Null of what is neither, beside what is met", {"Null": {KEY: ["yes", "false"]}}, "a", T),
    ("R41 no boolean in the policy", {"Bool": {KEY: "yes"}}, "yes", U),
    ("R41 no boolean in the request", {"Bool": {KEY: "true"}}, "1", U),
    ("R40 hour 24", {"DateLessThan": {KEY: "2026-01-02T24:00:00Z"}}, "2026-01-01", U),
    ("R40 minute 60", {"DateNotEquals": {KEY: "2026-01-02T23:60Z"}}, "2026-01-01", U),
    ("R40 second 60", {"DateNotEquals": {KEY: "2026-01-02T23:59:60Z"}}, "2026-01-01", U),
    ("R40 a zone of 24 hours", {"DateLessThan": {KEY: "2026-01-02T00:00:00+24:00"}}, "2026-01-01", U),
    ("R40 a zone of 60 minutes", {"DateLessThan": {KEY: "2026-01-02T00:00:00+01:60"}}, "2026-01-01", U),
    ("R40 month 13", {"DateLessThan": {KEY: "2026-13-02"}}, "2026-01-01", U),
    ("R40 an offset", {"DateEquals": {KEY: "2026-01-02T01:30:00+01:30"}}, "2026-01-02", T),
    ("R40 a negative offset", {"DateEquals": {KEY: "2026-01-01T22:30:00-01:30"}}, "2026-01-02", T),
    ("R40 a month", {"DateEquals": {KEY: "2026-02"}}, "2026-02-01T00:00Z", T),
    ("R40 before 1970", {"DateLessThan": {KEY: "0"}}, "1969-12-31T23:59:59.5Z", T),
    ("R40 a second of 1970", {"DateEquals": {KEY: "90061.25"}}, "1970-01-02T01:01:01.25Z", T),
    ("R39 an ARN of nothing", {"ArnNotLike": {KEY: "a:b:c:d:e:f"}}, "arn:aws:s3:::x", U),
    ("R39 what is no ARN beside one", {"ArnLike": {KEY: ["*", "arn:aws:s3:::*"]}}, "arn:aws:s3:::x", T),
    ("R43 no base64 in the request", {"BinaryEquals": {KEY: "YQ=="}}, "no base64!", U),
    ("R42 no address in the request", {"NotIpAddress": {KEY: "10.0.0.0/8"}}, "home", U),
    ("R25 a variable in the name of a key", {"StringEquals": {"aws:PrincipalTag/${aws:username}": "a"}}, "a", U),
    ("R37 an open key that may be a set", {"StringLikeIfExists": {"dynamodb:Attributes": "*"}}, "a", U),
    ("R37 an open set of AWS's", {"StringLikeIfExists": {"aws:TagKeys": "*"}}, "a", U),
    ("R37 an open key that is no set", {"StringLikeIfExists": {"aws:SourceVpc": "*"}}, "a", T),
    ("R37 an open set with a set operator", {"ForAllValues:StringLike": {"aws:TagKeys": "*"}}, "a", T),
    ("R30 like: all met", {"StringLike": {KEY: "backup.*"}}, Like(("backup.*.com",)), T),
    ("R30 like: none met", {"StringLike": {KEY: "s3.*"}}, Like(("backup.*.com",)), F),
    ("R30 like: some met", {"StringLike": {KEY: "backup.eu*"}}, Like(("backup.*.com",)), U),
    ("R30 like: each met by another value", {"StringLike": {KEY: ["a*", "b*"]}}, Like(("a-*", "b-*")), T),
    ("R30 like: one of two met", {"StringLike": {KEY: "a*"}}, Like(("a-*", "b-*")), U),
    ("R30 like: negated, all met", {"StringNotLike": {KEY: "backup.*"}}, Like(("backup.*.com",)), F),
    ("R30 like: negated, none met", {"StringNotLike": {KEY: "s3.*"}}, Like(("backup.*.com",)), T),
    ("R30 like: a name is equal", {"StringEquals": {KEY: "a-1"}}, Like(("a-1",)), T),
    ("R30 like: in other case", {"StringEqualsIgnoreCase": {KEY: "A-1"}}, Like(("a-1",)), T),
    ("R30 like: a pattern is never all equal", {"StringEquals": {KEY: "a-1"}}, Like(("a-?",)), U),
    (
        "R30 like: a pattern in other case is never all equal",
        {"StringEqualsIgnoreCase": {KEY: "A-1"}},
        Like(("a-?",)),
        U,
    ),
    ("R30 like: another name in other case", {"StringEqualsIgnoreCase": {KEY: "B-1"}}, Like(("a-1",)), F),
    ("R30 like: half a network", {"IpAddress": {KEY: "10.1.0.0/17"}}, Like(("10.1.0.0/16",)), U),
    ("R30 like: the other half of a network", {"IpAddress": {KEY: "10.1.128.0/17"}}, Like(("10.1.0.0/16",)), U),
    ("R30 like: no number", {"NumericEquals": {KEY: "1"}}, Like(("1*",)), U),
    ("R30 like: Null", {"Null": {KEY: "true"}}, Like(("a*",)), F),
    ("R30 like: an ARN", {"ArnLike": {KEY: "arn:*:s3:::*"}}, Like(("arn:aws:s3:::a*",)), T),
    ("R30 like: another ARN", {"ArnLike": {KEY: "arn:*:sqs:*:*:*"}}, Like(("arn:aws:s3:::a*",)), F),
    ("R30 like: an ARN and what is none", {"ArnNotLike": {KEY: "s3"}}, Like(("arn:aws:s3:::a*",)), U),
    ("R30 like: no ARN", {"ArnLike": {KEY: "arn:aws:s3:::a*"}}, Like(("AROA*",)), U),
    ("R30 like: a network in a network", {"IpAddress": {KEY: "10.0.0.0/8"}}, Like(("10.1.0.0/16",)), T),
    ("R30 like: a network beside a network", {"NotIpAddress": {KEY: "10.0.0.0/8"}}, Like(("11.1.0.0/16",)), T),
    ("R30 like: a network around a network", {"IpAddress": {KEY: "10.1.0.0/24"}}, Like(("10.1.0.0/16",)), U),
    ("R30 like: a network of version 6", {"IpAddress": {KEY: "2001:db8::/32"}}, Like(("2001:db8:1::/48",)), T),
    ("R30 like: networks of two versions", {"IpAddress": {KEY: "2001:db8::/32"}}, Like(("10.1.0.0/16",)), F),
    ("R31 Null for all values", {"ForAllValues:Null": {KEY: "true"}}, ["a"], T),
    ("R5 one set operator, not two", {"ForAllValues:ForAnyValue:StringEquals": {KEY: "a"}}, ["a"], U),
    ("R5 one IfExists, not two", {"StringEqualsIfExistsIfExists": {KEY: "a"}}, "a", U),
    ("R30 case of the key", {"StringEquals": {"AWS:kEY": "a"}}, "a", T),
    ("R31 Null true, absent", {"Null": {KEY: "true"}}, ABSENT, T),
    ("R31 Null true, known", {"Null": {KEY: "true"}}, "a", F),
    ("R31 Null false, absent", {"Null": {KEY: "false"}}, ABSENT, F),
    ("R31 Null false, known", {"Null": {KEY: "false"}}, "a", T),
    ("R34 Null true, present", {"Null": {KEY: "true"}}, PRESENT, F),
    ("R34 Null false, present", {"Null": {KEY: "false"}}, PRESENT, T),
    ("R33,40 no number, unknown", {"NumericEquals": {KEY: ["ten", "x"]}}, UNKNOWN, U),
    ("R33,40 no number beside one, unknown", {"NumericEquals": {KEY: ["ten", "10"]}}, UNKNOWN, U),
    ("R33,40 no number, negated, unknown", {"NumericNotEquals": {KEY: "ten"}}, UNKNOWN, U),
    ("R33,40 no number, IfExists, unknown", {"NumericEqualsIfExists": {KEY: "ten"}}, UNKNOWN, U),
    ("R33,40 no number for a set, unknown", {"ForAllValues:NumericEquals": {KEY: "ten"}}, UNKNOWN, U),
    ("R34,40 no date, present", {"DateLessThan": {KEY: "soon"}}, PRESENT, U),
    ("R33,40 four digits, unknown", {"DateLessThan": {KEY: "2025"}}, UNKNOWN, U),
    ("R33,42 no network, unknown", {"IpAddress": {KEY: "home"}}, UNKNOWN, U),
    ("R33,42 a network, unknown", {"IpAddress": {KEY: "10.0.0.0/8"}}, UNKNOWN, U),
    ("R33 Null, unknown", {"Null": {KEY: "true"}}, UNKNOWN, U),
    ("R41 Null, either value", {"Null": {KEY: ["true", "false"]}}, UNKNOWN, T),
    ("R41 Null, unquoted", {"Null": {KEY: True}}, ABSENT, T),
    ("R35 Null true, empty set", {"Null": {KEY: "true"}}, [], T),
    ("R33 StringLikeIfExists of anything, unknown", {"StringLikeIfExists": {KEY: "*"}}, UNKNOWN, T),
    ("R33 StringLike of anything, unknown", {"StringLike": {KEY: "*"}}, UNKNOWN, U),
    ("R34 StringLike of anything, present", {"StringLike": {KEY: "*"}}, PRESENT, T),
    ("R34 StringNotLike of anything, present", {"StringNotLike": {KEY: "*"}}, PRESENT, F),
    ("R31 StringNotLike of anything, absent", {"StringNotLike": {KEY: "*"}}, ABSENT, T),
    ("R34,35 ForAllValues:StringNotLike of anything", {"ForAllValues:StringNotLike": {KEY: "*"}}, PRESENT, U),
    ("R34 ForAllValues:StringLike of anything", {"ForAllValues:StringLike": {KEY: "*"}}, PRESENT, T),
    ("R33 ForAllValues:StringLike of anything, unknown", {"ForAllValues:StringLike": {KEY: "*"}}, UNKNOWN, T),
    ("R33 ForAnyValue:StringNotLike of anything, unknown", {"ForAnyValue:StringNotLike": {KEY: "*"}}, UNKNOWN, F),
    ("R33 StringNotLikeIfExists of anything, unknown", {"StringNotLikeIfExists": {KEY: "*"}}, UNKNOWN, U),
    ("R35 empty strings only", {"ForAllValues:StringEquals": {KEY: "a"}}, ["", ""], T),
    ("R35 an empty string among others", {"ForAllValues:StringEquals": {KEY: "a"}}, ["", "a"], T),
    ("R35 an empty string in ForAllValues", {"ForAllValues:StringEquals": {KEY: "a"}}, [""], T),
    ("R35 an empty string in ForAnyValue", {"ForAnyValue:StringEquals": {KEY: "a"}}, [""], F),
    ("R36 ForAllValues of a negated operator", {"ForAllValues:StringNotEquals": {KEY: ["a", "b"]}}, ["c", "d"], T),
    ("R36 ForAnyValue of a negated operator", {"ForAnyValue:StringNotEquals": {KEY: ["a"]}}, ["a", "c"], T),
    ("R38 StringEquals takes no wildcard", {"StringEquals": {KEY: "a*"}}, "ab", F),
    ("R38 StringEquals of a star", {"StringEquals": {KEY: "a*"}}, "a*", T),
    ("R38 StringLike is about the whole text", {"StringLike": {KEY: "b"}}, "abc", F),
    ("R38 StringLike across colons", {"StringLike": {KEY: "arn:*:x"}}, "arn:aws:iam::x", T),
    ("R38 StringLike minds the case", {"StringLike": {KEY: "A*"}}, "ab", F),
    (
        "R39 a wildcard stays in its part",
        {"ArnLike": {KEY: "arn:aws:*:1:role/y:z"}},
        "arn:aws:iam::1:role/y:z",
        F,
    ),
    (
        "R39 the last part is free",
        {"ArnLike": {KEY: "arn:aws:iam::*:role/*"}},
        "arn:aws:iam::111122223333:role/a:b/c",
        T,
    ),
    ("R39 ARNs mind the case", {"ArnLike": {KEY: "arn:aws:iam::*:role/A"}}, "arn:aws:iam::111122223333:role/a", F),
    ("R39 no ARN in the request", {"ArnLike": {KEY: "arn:aws:s3:::*"}}, "x", U),
    ("R39 no ARN in the request, negated", {"ArnNotLike": {KEY: "arn:aws:s3:::*"}}, "x", U),
    ("R39 no ARN in the policy", {"ArnLike": {KEY: "*"}}, "arn:aws:s3:::x", U),
    ("R40 a number that is none", {"NumericEquals": {KEY: "ten"}}, "10", U),
    ("R40 a number that is none, negated", {"NumericNotEquals": {KEY: "ten"}}, "10", U),
    ("R40 decimals", {"NumericLessThan": {KEY: "0.10"}}, "0.099", T),
    ("R40 no infinity", {"NumericLessThan": {KEY: "Infinity"}}, "1", U),
    ("R40 an unquoted number", {"NumericEquals": {KEY: 10}}, "10", T),
    ("R40 epoch and ISO", {"DateEquals": {KEY: "2026-01-02T03:04:05Z"}}, "1767323045", T),
    ("R40 ISO and epoch", {"DateEquals": {KEY: 1767323045}}, "2026-01-02T03:04:05Z", T),
    ("R40 an offset", {"DateEquals": {KEY: "2026-01-02T04:04:05+01:00"}}, "2026-01-02T03:04:05Z", T),
    ("R40 no zone is UTC", {"DateEquals": {KEY: "2026-01-02T03:04:05"}}, "2026-01-02T03:04:05Z", T),
    ("R40 fractions", {"DateGreaterThan": {KEY: "2026-01-02T03:04:05.25Z"}}, "2026-01-02T03:04:05.5Z", T),
    ("R40 minutes only", {"DateEquals": {KEY: "2026-01-02T03:04Z"}}, "2026-01-02T03:04:00Z", T),
    ("R40 four digits", {"DateGreaterThan": {KEY: "2025"}}, "2026-01-02", U),
    ("R40 four digits, unquoted", {"DateLessThan": {KEY: 2025}}, "2026-01-02", U),
    ("R40 four digits in the request", {"DateEquals": {KEY: "2026-01-02"}}, "2026", U),
    ("R40 five digits are seconds", {"DateGreaterThan": {KEY: "20250"}}, "2026-01-02", T),
    ("R40 seconds before 1970", {"DateLessThan": {KEY: "-5"}}, "1969-12-31", T),
    ("R40 fractions of seconds", {"DateEquals": {KEY: "1767323045.5"}}, "2026-01-02T03:04:05.5Z", T),
    ("R40 a fraction of many digits", {"DateEquals": {KEY: "2026-01-02T03:04:05.12345678901Z"}}, "2026-01-02", F),
    ("R40 a year and a month", {"DateEquals": {KEY: "2026-01"}}, "2026-01-01", T),
    ("R40 no date", {"DateLessThan": {KEY: "soon"}}, "2026-01-02", U),
    ("R40 no date, negated", {"DateNotEquals": {KEY: "soon"}}, "2026-01-02", U),
    ("R40 a number with an underscore is none", {"NumericEquals": {KEY: "1_0"}}, "10", U),
    ("R40 a number with a blank is none", {"NumericEquals": {KEY: " 10"}}, "10", U),
    ("R40 digits of other scripts are none", {"NumericEquals": {KEY: "\u0661\u0660"}}, "10", U),
    ("R40 an exponent", {"NumericEquals": {KEY: "1e1"}}, "10", T),
    ("R40 an exponent beyond all reason", {"NumericLessThan": {KEY: "1e999999999"}}, "10", U),
    ("R40 the request's number is none", {"NumericNotEquals": {KEY: "10"}}, "ten", U),
    ("R40 one of several numbers", {"NumericEquals": {KEY: ["ten", 10]}}, "10", T),
    ("R40 none of several numbers, one unreadable", {"NumericNotEquals": {KEY: ["ten", 11]}}, "10", U),
    ("R40 equal to one of several, negated", {"NumericNotEquals": {KEY: ["ten", 10]}}, "10", F),
    ("R40 four digits, negated", {"DateNotEquals": {KEY: "2025"}}, "2026-01-02", U),
    ("R40 a date that does not exist", {"DateEquals": {KEY: "2026-02-30"}}, "2026-02-28", U),
    ("R41 an unquoted boolean", {"Bool": {KEY: True}}, "true", T),
    ("R41 case of a boolean", {"Bool": {KEY: "True"}}, "true", T),
    ("R42 a bare address", {"IpAddress": {KEY: "10.1.2.3"}}, "10.1.2.3", T),
    ("R42 host bits", {"IpAddress": {KEY: "10.1.2.3/8"}}, "10.9.9.9", T),
    ("R42 version 6", {"IpAddress": {KEY: "2001:db8::/32"}}, "2001:0db8:0::1", T),
    ("R42 addresses, not text", {"IpAddress": {KEY: "2001:db8::1"}}, "2001:0db8:0:0:0:0:0:1", T),
    ("R42 version 4 and version 6", {"IpAddress": {KEY: "::/0"}}, "10.1.2.3", F),
    ("R42 version 4 and version 6, negated", {"NotIpAddress": {KEY: "::/0"}}, "10.1.2.3", T),
    ("R42 the other address of a pair", {"IpAddress": {KEY: "10.1.2.3"}}, "10.1.2.4", F),
    ("R42 any of several", {"IpAddress": {KEY: ["::/0", "10.0.0.0/8"]}}, "10.1.2.3", T),
    ("R42 none of several", {"NotIpAddress": {KEY: ["::/0", "10.0.0.0/8"]}}, "10.1.2.3", F),
    ("R42 a bare version 6 address", {"NotIpAddress": {KEY: "2001:db8::1"}}, "2001:db8::2", T),
    ("R42 a netmask is no prefix length", {"IpAddress": {KEY: "10.0.0.0/255.0.0.0"}}, "10.1.2.3", U),
    ("R42 a prefix length that is too long", {"IpAddress": {KEY: "10.0.0.0/33"}}, "10.0.0.0", U),
    ("R42 the request's address is none", {"NotIpAddress": {KEY: "10.0.0.0/8"}}, "AWS Internal", U),
    ("R42 no network", {"IpAddress": {KEY: "home"}}, "10.1.2.3", U),
    ("R42 no network, negated", {"NotIpAddress": {KEY: "home"}}, "10.1.2.3", U),
    ("R43 base64 by its bytes", {"BinaryEquals": {KEY: "QmluYXJ5"}}, "QmluYXJ5", T),
    ("R43 what is no base64, by its text", {"BinaryEquals": {KEY: "no base64!"}}, "no base64!", U),
    ("R43 base64 written without its padding, by its text", {"BinaryEquals": {KEY: "YQ"}}, "YQ==", U),
    ("R43 what no encoding takes", {"BinaryEquals": {KEY: "\ud800"}}, "\ud800", U),
    ("R44 an operator in lower case", {"forallvalues:stringequalsifexists": {KEY: "a"}}, ["a"], T),
    ("R5 an operator that is none", {"StringEqualish": {KEY: "a"}}, "a", U),
    ("R5 a value that is an object", {"StringEquals": {KEY: {"a": "b"}}}, "a", U),
    ("R5 an operator that holds no object", {"StringEquals": "a"}, "a", U),
    ("R5 one known failure decides all the same", {"StringEquals": {KEY: "b"}, "Nope": {KEY: "a"}}, "a", F),
    ("R68 like ours, StringLike", {"StringLike": {KEY: "arn:aws:backup:*:111122223333:*"}}, OURS, U),
    ("R68 like another's, StringLike", {"StringLike": {KEY: "arn:aws:backup:*:444455556666:*"}}, OURS, F),
    ("R68 like ours, ArnLike", {"ArnLike": {KEY: "arn:aws:backup:*:111122223333:*"}}, OURS, U),
    ("R68 like another's, ArnLike", {"ArnLike": {KEY: "arn:aws:backup:*:444455556666:*"}}, OURS, F),
    ("R68 like another's, negated", {"ArnNotLike": {KEY: "arn:aws:backup:*:444455556666:*"}}, OURS, T),
    ("R68 like ours, negated", {"ArnNotLike": {KEY: "arn:aws:backup:*:111122223333:*"}}, OURS, U),
    ("R68 like another's, IfExists", {"ArnLikeIfExists": {KEY: "arn:aws:backup:*:444455556666:*"}}, OURS, U),
    ("R68 equal to another's", {"StringEquals": {KEY: "arn:aws:backup:eu-west-1:444455556666:job:1"}}, OURS, F),
    ("R68 equal to one of ours", {"StringEquals": {KEY: "arn:aws:backup:eu-west-1:111122223333:job:1"}}, OURS, U),
    ("R68 equal but for case", {"StringEqualsIgnoreCase": {KEY: "ARN:aws:x:y:111122223333:z"}}, OURS, U),
    ("R68 no ARN at all", {"ArnLike": {KEY: "*"}}, OURS, U),
    ("R68 another operator", {"NumericEquals": {KEY: "1"}}, OURS, U),
    ("R68 whether it is sent", {"Null": {KEY: "false"}}, OURS, U),
    ("R68 perhaps sent, and fits", {"StringEqualsIfExists": {KEY: "1"}}, Perhaps("1"), T),
    ("R68 perhaps sent, and would fit", {"StringEquals": {KEY: "1"}}, Perhaps("1"), U),
    ("R68 perhaps sent, never fits", {"StringEquals": {KEY: "2"}}, Perhaps("1"), F),
    ("R26 a variable in a string", {"StringEquals": {KEY: "${aws:username}"}}, "ann", T),
    (
        "R26 a variable in an ARN",
        {"ArnLike": {KEY: "arn:aws:iam::1:user/${aws:username}"}},
        "arn:aws:iam::1:user/ann",
        T,
    ),
    ("R26 a variable in a Bool matters", {"Bool": {KEY: "${aws:yes}"}}, "true", U),
    ("R26 a variable in a Bool does not matter", {"Bool": {KEY: "${aws:yes}"}}, "false", F),
    ("R26 a variable in a Bool beside a value that fits", {"Bool": {KEY: ["${aws:yes}", "true"]}}, "true", T),
    ("R26 a variable in binary is literal", {"BinaryEquals": {KEY: "${aws:yes}"}}, "true", U),
    ("R26 a variable in Null is literal", {"Null": {KEY: "${aws:yes}"}}, ABSENT, U),
    ("R26 a variable in a number is literal", {"NumericEquals": {KEY: "${aws:ten}"}}, "10", U),
    ("R26 a variable in a date is literal", {"DateEquals": {KEY: "${aws:ten}"}}, "10", U),
    ("R26 a variable in an address is literal", {"IpAddress": {KEY: "${aws:ten}"}}, "10.0.0.1", U),
    ("R27 an absent variable", {"StringEquals": {KEY: "${aws:gone}"}}, "", F),
    ("R27 an absent variable, negated", {"StringNotEquals": {KEY: "${aws:gone}"}}, "x", T),
    ("R27 an unknown variable", {"StringEquals": {KEY: "${aws:userid}"}}, "x", U),
    ("R27 an unknown variable beside a value that fits", {"StringEquals": {KEY: ["${aws:userid}", "x"]}}, "x", T),
    ("R15 a star from a variable is literal", {"StringLike": {KEY: "${aws:star}"}}, "x", F),
    ("R24 a literal star", {"StringLike": {KEY: "a${*}"}}, "a*", T),
    ("R24 a literal star is none", {"StringLike": {KEY: "a${*}"}}, "ab", F),
]


@pytest.mark.parametrize(
    ("condition", "key", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_conditions(condition: Any, key: Any, expected: int):
    more = {
        "aws:username": "ann",
        "aws:yes": "true",
        "aws:ten": "10",
        "aws:star": "*",
        "aws:gone": None,
        "aws:Other": "x",
    }
    assert value(condition, key, **more) == expected


def test_r7_variables_are_literal_without_the_2012_version():
    condition = {"StringEquals": {KEY: "${aws:username}"}}
    assert holds(condition, Context({KEY: "${aws:username}"}), variables=False).value == T


@pytest.mark.parametrize(
    ("given", "written"),
    [(True, "true"), (False, "false"), (10, "10"), (10.0, "10.0"), ("x", "x")],
    ids=["R3 true", "R3 false", "R3 a whole number", "R3 a decimal", "R3 text"],
)
def test_numbers_and_booleans_are_text(given: Any, written: str):
    assert holds({"StringEquals": {KEY: given}}, Context({KEY: written}), variables=True).value == T
    assert holds({"StringEquals": {KEY: written}}, Context({KEY: given}), variables=True).value == T


def test_r75_an_open_condition_says_what_it_hangs_on():
    held = holds({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.1"]}}, Context(), variables=True)
    assert held.leaves == {"aws:SourceIp (IpAddress 10.0.0.0/8, 192.0.2.1)"}
