# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""R77: a question is decided where it comes out the same in every case of what is open, and only there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import cases, principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import Context, Like, Perhaps, State
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import Policies, grants
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.resource_policy import may_use_key, may_use_vault

from tests.unit.policy.rules.asking import (
    ACCOUNT,
    ACTION,
    ALL_TABLES,
    ALLOWED,
    BACKUP,
    CONDITIONAL,
    EXPLICIT,
    IMPERSONATION,
    IMPLICIT,
    MAY_ASSUME,
    RESTORE_ROLE,
    TABLE,
    allow,
    ask,
    deny,
    enter,
    never,
    stored,
    trust,
)

YES = allow()
TEAM, USER = "aws:PrincipalTag/Team", "aws:username"
MFA, AGE, NOW, IP, TAGS = (
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:CurrentTime",
    "aws:SourceIp",
    "aws:TagKeys",
)


def if_(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {operator: {key: list(values)}}


def table(name: str, region: str = "*") -> str:
    return f"arn:aws:dynamodb:{region}:111122223333:table/{name}"


# Of each pair of conditions one is met, whatever the key is: kind of key, first, second.
EITHER: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("a text", if_("StringEquals", TEAM, "a"), if_("StringNotEquals", TEAM, "a")),
    ("a text in any case", if_("StringEqualsIgnoreCase", TEAM, "k"), if_("StringNotEqualsIgnoreCase", TEAM, "K")),
    ("a pattern", if_("StringLike", TEAM, "a*", "b?"), if_("StringNotLike", TEAM, "a*", "b?")),
    ("a wider pattern", if_("StringLike", TEAM, "a*"), if_("StringNotLike", TEAM, "ab*")),
    ("a text and its pattern", if_("StringLike", TEAM, "a*"), if_("StringNotEquals", TEAM, "ab")),
    ("no key", if_("Null", TEAM, "true"), if_("Null", TEAM, "false")),
    ("no key and any text", if_("Null", TEAM, "true"), if_("StringLike", TEAM, "*")),
    ("an empty text is none", if_("Null", TEAM, "true"), if_("StringLike", TEAM, "?*")),
    ("IfExists", if_("StringEqualsIfExists", TEAM, "a"), if_("StringNotEquals", TEAM, "a")),
    (
        "an ARN",
        if_("ArnLike", "aws:PrincipalArn", "*:*:*:*:*:a*"),
        if_("ArnNotLike", "aws:PrincipalArn", "*:*:*:*:*:a*"),
    ),
    ("an address", if_("IpAddress", IP, "10.0.0.0/8"), if_("NotIpAddress", IP, "10.1.0.0/16")),
    ("a boolean", if_("Bool", MFA, "true"), if_("BoolIfExists", MFA, "false")),
    ("a number", if_("NumericLessThan", AGE, "10"), if_("NumericGreaterThanEqualsIfExists", AGE, "10")),
    (
        "a date",
        if_("DateLessThan", NOW, "2024-01-01"),
        if_("DateGreaterThanEqualsIfExists", NOW, "2024-01-01T00:00:00Z"),
    ),
    ("a set", if_("ForAllValues:StringEquals", TAGS, "a"), if_("ForAnyValue:StringNotEquals", TAGS, "a")),
    ("a set with one of", if_("ForAnyValue:StringEquals", TAGS, "a"), if_("ForAllValues:StringNotEquals", TAGS, "a")),
]
# Of each pair neither need be met, or both can be.
NEITHER: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("another text", if_("StringEquals", TEAM, "a"), if_("StringNotEquals", TEAM, "a", "b")),
    ("a text in another case", if_("StringEquals", TEAM, "a", "A"), if_("StringNotEqualsIgnoreCase", TEAM, "a", "ab")),
    ("the Kelvin sign", if_("StringEquals", TEAM, "k", "K"), if_("StringNotEqualsIgnoreCase", TEAM, "k")),
    ("a narrower pattern", if_("StringLike", TEAM, "ab*"), if_("StringNotLike", TEAM, "a*")),
    ("a key that is absent", if_("Bool", MFA, "true"), if_("Bool", MFA, "false")),
    ("a number between", if_("NumericLessThan", AGE, "10"), if_("NumericGreaterThanEqualsIfExists", AGE, "11")),
    ("an address of version 6", if_("IpAddress", IP, "10.0.0.0/8"), if_("IpAddress", IP, "0.0.0.0/0")),
    ("a key of unknown kind", if_("Bool", "x:y", "true"), if_("BoolIfExists", "x:y", "false")),
    ("some of a set", if_("ForAllValues:StringEquals", TAGS, "a"), if_("ForAllValues:StringNotEquals", TAGS, "a")),
    ("two keys", if_("StringEquals", TEAM, "a"), if_("StringNotEquals", USER, "a")),
    ("an operator that is none", if_("StringSame", TEAM, "a"), if_("StringNotSame", TEAM, "a")),
]


@pytest.mark.parametrize(("first", "second"), [case[1:] for case in EITHER], ids=[case[0] for case in EITHER])
def test_r77_one_of_two_conditions_is_always_met(first: Any, second: Any):
    assert ask([allow(Condition=first), allow(Condition=second)]).verdict == ALLOWED
    assert ask([YES, deny(Condition=first), deny(Condition=second)]).verdict == EXPLICIT
    assert ask([YES], boundary=[allow(Condition=first), allow(Condition=second)]).verdict == ALLOWED
    assert ask([allow(Condition=first)]).verdict == CONDITIONAL
    assert ask([YES, deny(Condition=second)]).verdict == CONDITIONAL


@pytest.mark.parametrize(("first", "second"), [case[1:] for case in NEITHER], ids=[case[0] for case in NEITHER])
def test_r77_two_conditions_that_need_not_be_met(first: Any, second: Any):
    unmet = ask([allow(Condition=first), allow(Condition=second)]).verdict
    assert unmet in (CONDITIONAL, "unreadable")
    assert ask([YES, deny(Condition=first), deny(Condition=second)]).verdict == unmet


# What is asked for and what is refused, or asked for twice, can never be met together.
NEVER: list[tuple[str, list[Any], dict[str, Any]]] = [
    (
        "an Allow and a Deny",
        [allow(Condition=if_("StringEquals", TEAM, "a")), deny(Condition=if_("StringLike", TEAM, "a*"))],
        {},
    ),
    ("two operators", [allow(Condition={**if_("StringEquals", TEAM, "a"), **if_("StringLike", TEAM, "b*")})], {}),
    (
        "two layers",
        [allow(Condition=if_("StringEquals", TEAM, "a"))],
        {"boundary": [allow(Condition=if_("StringEquals", TEAM, "b"))]},
    ),
    (
        "an SCP",
        [allow(Condition=if_("IpAddress", IP, "10.0.0.0/8"))],
        {"scps": ((stored(YES, deny(Condition=if_("NotIpAddress", IP, "192.0.2.0/24"))),),)},
    ),
]


@pytest.mark.parametrize(("identity", "layers"), [case[1:] for case in NEVER], ids=[case[0] for case in NEVER])
def test_r77_what_can_never_be_met_together_is_denied(identity: Any, layers: Any):
    assert ask(identity, **layers).verdict == IMPLICIT


RESOURCES: list[tuple[str, list[Any], str]] = [
    (
        "some tables and the rest",
        [allow("*", table("a*")), {"Effect": "Allow", "Action": "*", "NotResource": table("a*")}],
        ALLOWED,
    ),
    (
        "some and most others",
        [allow("*", table("a*")), {"Effect": "Allow", "Action": "*", "NotResource": table("a?*")}],
        ALLOWED,
    ),
    (
        "some and not all others",
        [allow("*", table("a?*")), {"Effect": "Allow", "Action": "*", "NotResource": table("a*")}],
        CONDITIONAL,
    ),
    (
        "denied in two parts",
        [YES, deny("*", table("a*")), {"Effect": "Deny", "Action": "*", "NotResource": table("a*")}],
        EXPLICIT,
    ),
    ("allowed where it is denied", [allow("*", table("ab*")), deny("*", table("a*"))], IMPLICIT),
    ("allowed beside where it is denied", [allow("*", table("a*")), deny("*", table("ab*"))], CONDITIONAL),
    (
        "by Region",
        [allow("*", table("*", "eu-*")), {"Effect": "Allow", "Action": "*", "NotResource": table("*", "eu-*")}],
        ALLOWED,
    ),
    (
        "a table under a condition, and all under the opposite",
        [
            allow("*", table("a*"), Condition=if_("Bool", MFA, "true")),
            {"Effect": "Allow", "Action": "*", "NotResource": table("a*")},
            allow(Condition=if_("BoolIfExists", MFA, "false")),
        ],
        ALLOWED,
    ),
]


@pytest.mark.parametrize(("identity", "verdict"), [case[1:] for case in RESOURCES], ids=[case[0] for case in RESOURCES])
def test_r77_statements_that_cut_a_set_of_resources(identity: Any, verdict: str):
    assert ask(identity, resource=ALL_TABLES).verdict == verdict


OWN = table("${aws:username}")
NOT_OWN = {"Effect": "Allow", "Action": "*", "NotResource": OWN}
VARIABLES: list[tuple[str, list[Any], dict[str, Any], str]] = [
    ("allowed and denied by one", [allow("*", OWN), deny("*", OWN)], {}, IMPLICIT),
    ("the opposite of it", [allow("*", OWN), NOT_OWN], {}, CONDITIONAL),
    (
        "the opposite, or no user",
        [allow("*", OWN), NOT_OWN, allow(Condition=if_("StringLikeIfExists", USER, "a"))],
        {},
        CONDITIONAL,
    ),
    ("two of them", [allow("*", OWN), deny("*", table("${aws:PrincipalTag/Team}"))], {}, CONDITIONAL),
    (
        "compared with a key",
        [
            allow(Condition=if_("StringEquals", TEAM, "${aws:username}")),
            allow(Condition=if_("StringNotEquals", TEAM, "${aws:username}")),
        ],
        {},
        ALLOWED,
    ),
    (
        "compared with a key that is known",
        [
            allow(Condition=if_("StringEquals", TEAM, "${aws:username}")),
            allow(Condition=if_("StringNotEquals", TEAM, "${aws:username}")),
        ],
        {TEAM: "a"},
        ALLOWED,
    ),
    (
        "of a key that conditions ask about as well",
        [
            allow(Condition=if_("StringEquals", USER, "a")),
            allow(Condition=if_("StringNotEquals", USER, "a")),
            deny("*", OWN),
        ],
        {},
        CONDITIONAL,
    ),
    (
        "a value among those that are not told apart",
        [
            deny("*", OWN),
            allow(Condition=if_("StringNotEquals", USER, "x")),
            allow(Condition=if_("StringEquals", USER, "x")),
        ],
        {},
        CONDITIONAL,
    ),
]


@pytest.mark.parametrize("resource", [TABLE, ALL_TABLES])
@pytest.mark.parametrize(
    ("identity", "known", "verdict"), [case[1:] for case in VARIABLES], ids=[case[0] for case in VARIABLES]
)
def test_r77_variables(identity: Any, known: Any, verdict: str, resource: str):
    assert ask(identity, resource=resource, context=known).verdict == verdict


def test_r77_the_opposite_of_a_variable_where_it_has_a_value():
    """Without one nobody knows what a NotResource means (rule 17)."""
    named = if_("Null", USER, "false")
    some_user = [
        allow("*", OWN, Condition=named),
        {**NOT_OWN, "Condition": named},
        allow(Condition=if_("Null", USER, "true")),
    ]
    assert ask(some_user).verdict == ALLOWED


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        (State.UNKNOWN, CONDITIONAL),
        (State.PRESENT, ALLOWED),
        (Perhaps("true"), CONDITIONAL),
    ],
)
def test_r77_only_the_states_that_a_key_may_have_are_gone_through(known: Any, verdict: str):
    statements = [allow(Condition=if_("Bool", MFA, "true")), allow(Condition=if_("Bool", MFA, "false"))]
    assert ask(statements, context={MFA: known}).verdict == verdict


def test_r77_within_what_is_known_of_a_key():
    either = [
        allow(Condition=if_("IpAddress", IP, "10.0.0.0/9")),
        allow(Condition=if_("IpAddress", IP, "10.128.0.0/9")),
    ]
    assert ask(either, context={IP: Like(("10.0.0.0/8",))}).verdict == ALLOWED
    assert ask(either, context={IP: Like(("10.0.0.0/8", "192.0.2.0/24"))}).verdict == CONDITIONAL
    named = [allow(Condition=if_("StringLike", TEAM, "ab*")), allow(Condition=if_("StringNotLike", TEAM, "ab*", "c*"))]
    assert ask(named, context={TEAM: Like(("a*",))}).verdict == ALLOWED
    assert ask(named, context={TEAM: Like(("c*",))}).verdict == IMPLICIT


def test_r77_a_verdict_by_cases_names_what_it_went_through_and_where():
    mixed = ask(
        [
            allow(Condition=if_("Bool", MFA, "true"), Sid="A"),
            allow(Condition=if_("BoolIfExists", MFA, "false"), Sid="B"),
        ]
    )
    assert mixed.reason == f"allowed in each case, whatever {MFA} may be"
    assert {place.rpartition(" ")[2] for place in mixed.places} == {"A", "B"}
    assert (mixed.conditions, mixed.layer, mixed.resource) == ((), "identity", TABLE)
    denied = ask(
        [YES, deny("*", table("a*")), {"Effect": "Deny", "Action": "*", "NotResource": table("a*")}],
        resource=ALL_TABLES,
    )
    assert denied.reason == "a Deny applies in each case, whatever the resource may be"
    assert denied.resource == ALL_TABLES
    neither = ask([allow("*", OWN), deny("*", OWN)])
    assert neither.reason == f"in each case no policy allows it, or a Deny applies, whatever {OWN} may be"


def test_r77_too_many_cases_are_left_open():
    number = cases.MOST_CASES.bit_length()
    keys = [f"aws:PrincipalTag/{place}" for place in range(number)]
    statements = [YES, *(deny(Condition=if_("Null", key, value)) for key in keys for value in ("true", "false"))]
    # One key alone decides it, and is among those that are gone through.
    assert ask(statements).verdict == EXPLICIT
    chained = [allow(Condition={"Null": dict.fromkeys(keys, "true")})]
    chained += [allow(Condition=if_("Null", key, "false")) for key in keys]
    assert ask(chained).verdict == CONDITIONAL
    assert ask([allow(Condition={"Null": dict.fromkeys(keys[:3], "true")}), *chained[1:]]).verdict == ALLOWED


def test_r77_what_an_organization_exempts_is_not_taken_for_any_principal():
    """A case that stands for many callers is not that of a service-linked role."""
    scps = ((stored(deny()),),)
    arn = "arn:aws:iam::111122223333:role/aws-service-role/x"
    either = [
        allow(Condition=if_("ArnEquals", "aws:PrincipalArn", arn)),
        allow(Condition=if_("ArnNotEquals", "aws:PrincipalArn", arn)),
    ]
    assert ask(either, scps=scps).verdict == EXPLICIT


EITHER_MFA = (if_("Bool", MFA, "true"), if_("BoolIfExists", MFA, "false"))


def test_r77_trust_policies_are_decided_by_cases_too():
    each = [trust({"AWS": IMPERSONATION}, Condition=condition) for condition in EITHER_MFA]
    assert enter(each, own=MAY_ASSUME).verdict == ALLOWED
    assert enter(each[:1], own=MAY_ASSUME).verdict == CONDITIONAL
    denied = [trust({"AWS": IMPERSONATION}), *(never("*", Condition=condition) for condition in EITHER_MFA)]
    assert enter(denied, own=MAY_ASSUME).verdict == EXPLICIT
    of_service = [trust({"Service": "backup.amazonaws.com"}, Condition=condition) for condition in EITHER_MFA]
    assert enter(of_service, BACKUP).verdict == ALLOWED


def test_r77_keys_and_vaults_are_decided_by_cases_too():
    caller = principals.role(RESTORE_ROLE)
    key, vault = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k", f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:v"
    own = Policies((stored(*(allow(Condition=condition) for condition in EITHER_MFA)),))
    everyone = stored(trust({"AWS": ACCOUNT}) | {"Action": "*"})
    assert may_use_key(own, everyone, "kms:Decrypt", key, caller, Context()).verdict == ALLOWED
    assert may_use_vault(own, None, "backup:StartRestoreJob", vault, caller, Context()).verdict == ALLOWED


def test_r77_what_policies_grant_is_decided_by_cases_too():
    either = Policies((stored(*(allow(Condition=condition) for condition in EITHER_MFA), deny()),))
    assert grants(either, ACTION, TABLE, Context()).is_true
    never_met = Policies((stored(allow(Condition={**if_("StringEquals", TEAM, "a"), **if_("StringLike", TEAM, "b")})),))
    assert grants(never_met, ACTION, TABLE, Context()).is_false
    assert grants(Policies((stored(allow(Condition=EITHER_MFA[0])),)), ACTION, TABLE, Context()).is_unknown
