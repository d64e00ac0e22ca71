# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules 1-5, 30-43 and 63-68 where one step more or less would change the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import arns, assume, principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.conditions import holds
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import (
    Context,
    Known,
    Perhaps,
    PerhapsLike,
    State,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.documents import load
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.errors import UnreadableDocumentError
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.patterns import includes, matches, overlaps

from tests.unit.policy.rules.asking import AWS, BACKUP, OTHER, RESTORE_ROLE, ROLE, SERVICE, document, trust

T, F, U = 2, 0, 1
KEY = "aws:Key"


def nested(levels: int) -> Any:
    deep: Any = "x"
    for _level in range(levels - 1):
        deep = {"a": deep}
    return deep


def test_r1_a_document_may_have_fifty_levels_and_no_more():
    assert load(nested(50)) == nested(50)
    with pytest.raises(UnreadableDocumentError, match="nested too deeply"):
        load(nested(51))


def test_r1_a_number_may_be_as_large_as_json_numbers_are():
    assert load({"a": 2**1024 - 1}) == {"a": 2**1024 - 1}
    with pytest.raises(UnreadableDocumentError):
        load({"a": 2**1024})


@pytest.mark.parametrize("stored", [" {}", "\n%7B%7D ", {"a": [None, True, 1.5, "x"]}])
def test_r1_blanks_around_a_document_and_every_kind_of_value_are_read(stored: Any):
    assert load(stored) == (stored if isinstance(stored, dict) else {})


def test_r1_a_document_that_is_text_of_percent_signs_only_in_the_middle_is_taken_as_it_stands():
    assert load(json.dumps({"Sid": "%41"})) == {"Sid": "%41"}


CASES: list[tuple[str, Any, Any, int]] = [
    ("R41 Null in capitals, either value", {"Null": {KEY: ["TRUE", "False"]}}, State.UNKNOWN, T),
    ("R41 Null in capitals, absent", {"Null": {KEY: "TRUE"}}, None, T),
    ("R41 Null in capitals, known", {"Null": {KEY: "FALSE"}}, "x", T),
    ("R41 Null of neither", {"Null": {KEY: "x"}}, State.UNKNOWN, U),
    ("R31 Null of both, absent", {"Null": {KEY: ["true", "false"]}}, None, T),
    ("R31 Null of both, known", {"Null": {KEY: ["true", "false"]}}, "x", T),
    ("R34,35 ForAllValues of no number, present", {"ForAllValues:NumericEquals": {KEY: "ten"}}, State.PRESENT, U),
    ("R68 like ours in capitals", {"StringEqualsIgnoreCase": {KEY: "arn:xy"}}, PerhapsLike(("ARN:X*",)), U),
    ("R15 text before and behind a variable", {"StringEquals": {KEY: "a${aws:username}bc"}}, "aannbc", T),
    ("R35 a set of some is no set of none", {"Null": {KEY: "true"}}, ["a"], F),
    ("R39 five parts of an ARN", {"ArnLike": {KEY: "arn:aws:s3:::*"}}, "arn:aws:s3::x", U),
    ("R39 five parts of an ARN in the policy", {"ArnLike": {KEY: "arn:aws:s3:*:*"}}, "arn:aws:s3:::x", U),
    ("R39 colons in the last part", {"ArnLike": {KEY: "arn:aws:sns:::a:b"}}, "arn:aws:sns:::a:b", T),
    ("R39 colons in the last part, another", {"ArnLike": {KEY: "arn:aws:sns:::a:b"}}, "arn:aws:sns:::a:c", F),
    ("R39 a star before the last part's colons", {"ArnLike": {KEY: "arn:aws:sns:::a*c"}}, "arn:aws:sns:::a:b:c", T),
    ("R39 a part that differs", {"ArnLike": {KEY: "arn:aws:sns:x::a"}}, "arn:aws:sns:y::a", F),
    ("R39 five parts asked of six in the policy", {"ArnLike": {KEY: "arn:aws:s3:*:*:*"}}, "arn:aws:s3::x", U),
    ("R39 no part at all", {"ArnNotLike": {KEY: "arn:aws:s3:::x"}}, "", U),
    ("R43 what lax readers take for base64", {"BinaryEquals": {KEY: "Y Q=="}}, "YQ==", U),
    ("R43 the same bytes in two spellings", {"BinaryEquals": {KEY: "YR=="}}, "YQ==", T),
    ("R38 StringLike of one character, present", {"StringLike": {KEY: "?*"}}, State.PRESENT, U),
    ("R34 one star among others, present", {"StringLike": {KEY: ["a", "*"]}}, State.PRESENT, T),
    ("R34 ForAnyValue of anything, present", {"ForAnyValue:StringLike": {KEY: "*"}}, State.PRESENT, T),
    ("R33 StringEqualsIfExists of anything, unknown", {"StringEqualsIfExists": {KEY: "*"}}, State.UNKNOWN, U),
    ("R68 perhaps sent, Null of either", {"Null": {KEY: ["true", "false"]}}, Perhaps("1"), T),
    ("R68 perhaps sent, Null", {"Null": {KEY: "true"}}, Perhaps("1"), U),
    ("R68 perhaps sent, negated", {"StringNotEquals": {KEY: "2"}}, Perhaps("1"), T),
    ("R40 a number's sign", {"NumericEquals": {KEY: "+10"}}, "10", T),
    ("R40 a number below nought", {"NumericLessThan": {KEY: "0"}}, "-1", T),
    ("R40 a point and nothing before it", {"NumericEquals": {KEY: ".5"}}, "0.5", T),
    ("R40 a point and nothing behind it", {"NumericEquals": {KEY: "5."}}, "5", T),
    ("R40 a negative exponent", {"NumericEquals": {KEY: "5E-1"}}, "0.5", T),
    ("R40 a month only, and its first day", {"DateEquals": {KEY: "2026-03"}}, "2026-03-01T00:00:00Z", T),
    ("R40 hours are not minutes", {"DateEquals": {KEY: "2026-01-02T05:06Z"}}, "2026-01-02T06:05Z", F),
    ("R40 an offset to the west", {"DateEquals": {KEY: "2026-01-02T03:04:05-01:30"}}, "2026-01-02T04:34:05Z", T),
    ("R40 a fraction beyond the other", {"DateLessThan": {KEY: "2026-01-02T03:04:05.2Z"}}, "2026-01-02T03:04:05.1Z", T),
    ("R40 four digits on both sides", {"DateEquals": {KEY: "2025"}}, "2025", U),
    ("R40 four digits are a number", {"NumericEquals": {KEY: "2025"}}, "2025", T),
    ("R42 the last of a network", {"IpAddress": {KEY: "10.0.0.0/30"}}, "10.0.0.3", T),
    ("R42 the one behind a network", {"IpAddress": {KEY: "10.0.0.0/30"}}, "10.0.0.4", F),
]


@pytest.mark.parametrize(
    ("condition", "key", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_conditions(condition: Any, key: Any, expected: int):
    assert holds(condition, Context({KEY: key, "aws:username": "ann"}), variables=True).value == expected


def test_r7_r26_what_looks_like_a_variable_in_a_bool_is_literal_without_the_2012_version():
    context = Context({KEY: "true", "yes": "true"})
    (leaf,) = holds({"Bool": {KEY: "${yes}"}}, context, variables=False).leaves
    assert "whether variables work" not in leaf
    (leaf,) = holds({"Bool": {KEY: "${yes}"}}, context, variables=True).leaves
    assert "whether variables work" in leaf


def test_r6_no_condition_is_met_and_r37_a_set_needs_a_set_operator():
    assert holds(None, Context(), variables=True).value == T
    assert holds({}, Context(), variables=True).value == T


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("x", Known(("x",))),
        ("", Known(("",))),
        (True, Known(("true",))),
        (0, Known(("0",))),
        (["a", "b"], Known(("a", "b"), True)),
        ([], State.ABSENT),
        (None, State.ABSENT),
        (State.PRESENT, State.PRESENT),
        (Perhaps("x"), Perhaps("x")),
    ],
)
def test_r30_what_is_given_of_a_key_is_what_is_known_of_it(given: Any, known: Any):
    assert Context({"AWS:Key": given}).get("aws:KEY") == known
    assert Context().get("aws:Key") is State.UNKNOWN


SESSION = principals.session(f"arn:aws:sts::{OTHER}:assumed-role/Impersonation/appliance")
USER = principals.user(f"arn:aws:iam::{OTHER}:user/ann")
CONTEXT: list[tuple[str, principals.Caller, dict[str, Any]]] = [
    (
        "R63 a role",
        ROLE,
        {
            "sts:ExternalId": Known(("an-id",)),
            "aws:SecureTransport": Known(("true",)),
            "aws:PrincipalArn": Known((ROLE.arn,)),
            "aws:PrincipalAccount": Known((OTHER,)),
            "aws:PrincipalType": Known(("AssumedRole",)),
            "aws:PrincipalIsAWSService": Known(("false",)),
            "aws:PrincipalServiceName": State.ABSENT,
            "aws:SourceAccount": State.ABSENT,
            "aws:SourceArn": State.ABSENT,
            "aws:username": State.ABSENT,
            "aws:ResourceAccount": Known(("111122223333",)),
            "aws:PrincipalOrgID": State.UNKNOWN,
            "aws:PrincipalTag/team": State.UNKNOWN,
            "aws:MultiFactorAuthPresent": State.UNKNOWN,
            "aws:SourceIp": State.UNKNOWN,
        },
    ),
    (
        "R63 a session",
        SESSION,
        {"aws:PrincipalArn": State.PRESENT, "aws:PrincipalType": Known(("AssumedRole",)), "aws:PrincipalAccount": Known((OTHER,))},
    ),
    ("R63 a user", USER, {"aws:PrincipalArn": Known((USER.arn,)), "aws:PrincipalType": Known(("User",))}),
    ("R70 an account", principals.account(OTHER), {"aws:PrincipalArn": State.UNKNOWN, "aws:PrincipalAccount": Known((OTHER,))}),
    (
        "R68 a service",
        BACKUP,
        {
            "aws:PrincipalIsAWSService": Known(("true",)),
            "aws:PrincipalServiceName": Known(("backup.amazonaws.com",)),
            "aws:PrincipalOrgID": State.ABSENT,
            "aws:SourceAccount": Perhaps("111122223333"),
            "aws:PrincipalAccount": Perhaps("111122223333"),
            "aws:SecureTransport": Known(("true",)),
            "aws:PrincipalArn": State.UNKNOWN,
            "aws:SourceOrgID": State.UNKNOWN,
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("caller", "known"), [case[1:] for case in CONTEXT], ids=[case[0] for case in CONTEXT])
def test_what_is_known_of_a_request_to_assume_the_role(caller: principals.Caller, known: dict[str, Any]):
    context = assume.context_of(caller, "111122223333", "an-id", {"aws:Told": "x"})
    assert {name: context.get(name) for name in known} == known
    assert context.get("aws:Told") == Known(("x",))


def test_r63_what_is_told_of_a_request_counts_more_than_what_is_taken_for_granted():
    for caller in (ROLE, BACKUP):
        context = assume.context_of(caller, "111122223333", None, {"aws:SecureTransport": "false"})
        assert context.get("aws:SecureTransport") == Known(("false",))
        assert context.get("sts:ExternalId") is State.ABSENT
    asked = StoredPolicy("", document(trust({AWS: OTHER}, Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})))
    verdicts = [
        assume.trusts(asked, RESTORE_ROLE, ROLE, None, {"aws:SourceVpc": vpc}).verdict for vpc in ("vpc-1", "2")
    ]
    assert verdicts == ["allowed", "implicit_deny"]
    assert assume.trusts(asked, RESTORE_ROLE, ROLE).verdict == "conditional"


@pytest.mark.parametrize(
    ("who", "caller"),
    [
        (f"arn:aws:iam::{OTHER}:role/a/b", principals.role(f"arn:aws:iam::{OTHER}:role/a/b")),
        (f"arn:aws:iam::{OTHER}:user/a", principals.user(f"arn:aws:iam::{OTHER}:user/a")),
        (SESSION.arn, SESSION),
        (OTHER, principals.account(OTHER)),
        (OTHER + "0", principals.service(OTHER + "0")),
        ("backup.amazonaws.com", BACKUP),
        (f"arn:aws:iam::{OTHER}:root", principals.Caller("root", f"arn:aws:iam::{OTHER}:root", OTHER)),
    ],
)
def test_r46_r70_who_asks_is_known_by_kind_arn_and_account(who: str, caller: principals.Caller):
    assert principals.parse(who) == caller


@pytest.mark.parametrize(
    ("value", "account", "inside"),
    [
        (OTHER, OTHER, ""),
        (f"arn:aws:iam::{OTHER}:root", OTHER, OTHER),
        (f"arn:aws-cn:iam::{OTHER}:root", OTHER, OTHER),
        (f"arn:aws:sts::{OTHER}:root", "", OTHER),
        (f"urn:aws:iam::{OTHER}:root", "", OTHER),
        (f"arn:aws:iam::{OTHER}:root:x", "", OTHER),
        (f"arn:aws:iam::{OTHER}:role/root", "", OTHER),
        (f"arn:aws:iam::{OTHER}", "", ""),
        (f"arn:aws:iam::{OTHER}:role/a:b", "", OTHER),
        (OTHER[1:], "", ""),
    ],
)
def test_r46_which_account_an_entry_stands_for_and_which_one_it_lies_in(value: str, account: str, inside: str):
    assert (principals.account_of(value), arns.account_in(value)) == (account, inside)


GRADES: list[tuple[str, Any, principals.Caller, tuple[int, int, int]]] = [
    ("R46 nobody", {"Effect": "Allow"}, ROLE, (F, F, F)),
    ("R45 everyone", trust("*"), ROLE, (T, F, F)),
    ("R46 its account", trust({AWS: OTHER}), ROLE, (F, F, T)),
    ("R64 the role by its ARN", trust({AWS: ROLE.arn}), ROLE, (F, T, F)),
    ("R64 its session", trust({AWS: SESSION.arn}), SESSION, (T, F, F)),
    ("R64 a session by its role's ARN", trust({AWS: f"arn:aws:iam::{OTHER}:role/Impersonation"}), SESSION, (F, T, F)),
    ("R64 a user", trust({AWS: USER.arn}), USER, (T, F, F)),
    ("R46 all at once", trust({AWS: ["*", OTHER, ROLE.arn]}), ROLE, (T, T, T)),
    ("R48 a session that nobody can tell", trust({AWS: SESSION.arn.replace("Imp", "imp")}), ROLE, (U, F, F)),
    ("R45 a wildcard for the session", trust({AWS: SESSION.arn[:-1] + "?"}), ROLE, (F, F, F)),
    ("R48 a session with no name", trust({AWS: SESSION.arn.removesuffix("appliance")}), SESSION, (F, F, F)),
    ("R49 a service without a name", trust({SERVICE: ""}), ROLE, (F, F, F)),
    ("R49 a service", trust({SERVICE: "backup.amazonaws.com"}), BACKUP, (T, F, F)),
    ("R49 everyone and a service", trust("*"), BACKUP, (U, F, F)),
    ("R70 an account, one of its roles", trust({AWS: ROLE.arn}), principals.account(OTHER), (F, F, F)),
    ("R52 both elements", trust("*", NotPrincipal="*"), ROLE, (U, U, U)),
    ("R52 Allow for all but others", {"Effect": "Allow", "NotPrincipal": {AWS: "777788889999"}}, ROLE, (T, F, F)),
    ("R5 no text", trust({AWS: [7]}), ROLE, (U, U, U)),
]


@pytest.mark.parametrize(
    ("statement", "caller", "grades"), [case[1:] for case in GRADES], ids=[case[0] for case in GRADES]
)
def test_in_which_grades_a_statement_names_a_caller(statement: Any, caller: principals.Caller, grades: tuple[int, ...]):
    how = principals.names(statement, caller)
    assert (how.direct.value, how.by_role.value, how.account.value) == grades
    assert how.any.value == max(grades)


@pytest.mark.parametrize(
    ("statement", "leaf"),
    [
        (trust("*", NotPrincipal="*"), "Principal and NotPrincipal together"),
        (trust(7), "a Principal that cannot be read"),
        (trust({AWS: [7]}), "a principal that is not a string"),
        ({"Effect": "Deny", "NotPrincipal": {}}, "a NotPrincipal that is empty or cannot be read"),
        ({"Effect": "Deny", "NotPrincipal": {AWS: OTHER}}, "NotPrincipal lists a part of account, role and session"),
        (trust({AWS: SESSION.arn.replace("Imp", "imp")}), "the session name"),
    ],
    ids=["R52", "R5", "R5 entry", "R52 empty", "R52 part", "R48"],
)
def test_why_it_is_open_whom_a_statement_names(statement: Any, leaf: str):
    assert principals.names(statement, ROLE).any.leaves == {leaf}


def test_r70_what_one_principal_is_denied_is_told_by_its_name():
    how = principals.names({"Effect": "Deny", "Principal": {AWS: ROLE.arn}}, principals.account(OTHER))
    assert how.account.leaves == {f"only for {ROLE.arn}"}


@pytest.mark.parametrize(
    ("pattern", "universe", "all_of_it", "some_of_it"),
    [
        ("a*", "a*", True, True),
        ("a*", "*", False, True),
        ("*", "", True, True),
        ("", "", True, True),
        ("", "*", False, True),
        ("a", "a", True, True),
        ("a", "b", False, False),
        ("a", "?", False, True),
        ("??", "a*", False, True),
        ("??", "a?", True, True),
        ("a?", "??", False, True),
        ("a*c", "a*b", False, False),
        ("*a*", "b*", False, True),
        ("*a", "a*", False, True),
        ("ab*", "a", False, False),
        ("a**", "a***", True, True),
        ("?*", "?*", True, True),
        ("??*", "?*", False, True),
        ("ab", "a*c*", False, False),
    ],
    ids=lambda value: f"R20 {value}",
)
def test_a_pattern_takes_all_or_some_of_what_another_one_takes(
    pattern: str, universe: str, all_of_it: bool, some_of_it: bool
):
    assert (includes(pattern, universe), overlaps(pattern, universe)) == (all_of_it, some_of_it)


WILDCARDS = [
    ("R8 without wildcards", "a.b", "a.b", True),
    ("R8 a dot is a dot", "a.b", "axb", False),
    ("R8 a star stands for nothing too", "a*", "a", True),
    ("R8 a star takes line ends", "a*b", "a\n\nb", True),
    ("R8 one character is exactly one", "a?", "a", False),
    ("R8 one character, and no more", "a?", "abc", False),
    ("R8 the whole text", "a*", "ba", False),
    ("R8 upper and lower case differ", "A*", "ab", False),
    ("R8 a bracket is a bracket", "[ab]*", "a", False),
]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"), [case[1:] for case in WILDCARDS], ids=[case[0] for case in WILDCARDS]
)
def test_wildcards(pattern: str, text: str, expected: bool):
    assert matches(pattern, text) is expected
