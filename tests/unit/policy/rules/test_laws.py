# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""R78: the laws of monotonicity on generated documents: more statements, more keys, more layers."""

from __future__ import annotations

from typing import Any

from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import principals, verdicts
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import State
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import NotRead
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.policy.rules.asking import (
    ALL_TABLES,
    IMPERSONATION,
    MAY_ASSUME,
    TABLE,
    ask,
    enter,
    stored,
)

MANY = settings(max_examples=300, deadline=None, derandomize=True)

KEYS = {
    "aws:SourceIp": ["10.1.2.3", "192.0.2.1"],
    "aws:username": ["Orders", "ann"],
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:PrincipalTag/Team": ["backup", "other"],
    "aws:TagKeys": [["a"], ["a", "b"], ["c"]],
}
CONDITIONS: list[dict[str, Any]] = [
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"StringNotEqualsIfExists": {"aws:PrincipalTag/Team": "backup"}},
    {"StringEquals": {"aws:PrincipalTag/Team": "${aws:username}"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
    {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}},
    {"Null": {"aws:SourceIp": "false"}},
    {"Nonsense": {"aws:SourceIp": "x"}},
]
RESOURCES = [
    "*",
    TABLE,
    "arn:aws:dynamodb:*:*:table/${aws:username}",
    "arn:aws:dynamodb:*:*:t*/x",
    "arn:aws:dynamodb:eu*:table/Orders",
]


@st.composite
def statement(draw: st.DrawFn, effect: str | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Deny"]))}
    body[draw(st.sampled_from(["Action", "NotAction"]))] = draw(
        st.sampled_from(["*", "dynamodb:*", "s3:*", ["dynamodb:D*", "kms:*"]])
    )
    body[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(st.sampled_from(RESOURCES))
    if draw(st.booleans()):
        body["Condition"] = draw(st.sampled_from(CONDITIONS))
    return body


def context() -> st.SearchStrategy[dict[str, Any]]:
    values = {name: st.sampled_from([None, *choices]) for name, choices in KEYS.items()}
    return st.fixed_dictionaries({}, optional=values)


identities = st.lists(statement(), max_size=4)
layers = st.fixed_dictionaries(
    {},
    optional={
        "boundary": st.lists(statement(), min_size=1, max_size=2),
        "session": st.lists(statement(), min_size=1, max_size=2),
        "scps": st.lists(st.lists(statement(), max_size=2), min_size=1, max_size=2),
        "rcps": st.lists(statement("Deny"), max_size=2),
    },
)
_MORE_ALLOWED = [verdicts.EXPLICIT_DENY, verdicts.IMPLICIT_DENY, verdicts.CONDITIONAL, verdicts.ALLOWED]
DECIDED = (verdicts.ALLOWED, verdicts.EXPLICIT_DENY)
RESOURCE = st.sampled_from([TABLE, ALL_TABLES])


def rank(verdict: str) -> int:
    return _MORE_ALLOWED.index(verdicts.CONDITIONAL if verdict == verdicts.UNREADABLE else verdict)


def judged(identity: Any, around: dict[str, Any], resource: str, known: dict[str, Any]) -> str:
    around = dict(around)
    if "scps" in around:
        around["scps"] = tuple((stored(*level),) for level in around["scps"])
    return str(ask(identity, resource=resource, context=known, **around).verdict)


def with_one_more(around: dict[str, Any], place: str, more: Any) -> dict[str, Any]:
    """The same layers with a statement more in one of them."""
    added = [*around[place][:-1], [*around[place][-1], more]] if place == "scps" else [*around[place], more]
    return {**around, place: added}


def with_place(*left_out: str) -> st.SearchStrategy[tuple[dict[str, Any], str]]:
    """Layers, and one that is there: the identity's policies, or one of these layers."""
    return layers.flatmap(
        lambda around: st.tuples(
            st.just(around), st.sampled_from(["identity", *(name for name in around if name not in left_out)])
        )
    )


def one_more(identity: Any, around: dict[str, Any], place: str, more: Any) -> tuple[Any, dict[str, Any]]:
    return ([*identity, more], around) if place == "identity" else (identity, with_one_more(around, place, more))


@MANY
@given(identities, with_place(), statement("Allow"), context(), RESOURCE)
def test_r78_an_allow_more_never_makes_anything_less_allowed(
    identity: Any, placed: Any, more: Any, known: Any, resource: str
):
    around, place = placed
    before = judged(identity, around, resource, known)
    assert rank(judged(*one_more(identity, around, place, more), resource, known)) >= rank(before)


@MANY
@given(identities, with_place(), statement("Deny"), context(), RESOURCE)
def test_r78_a_deny_more_never_makes_anything_more_allowed(
    identity: Any, placed: Any, more: Any, known: Any, resource: str
):
    around, place = placed
    before = judged(identity, around, resource, known)
    assert rank(judged(*one_more(identity, around, place, more), resource, known)) <= rank(before)


def consistent(before: str, after: str) -> bool:
    """Whether ``after`` is what ``before`` can become when more is known."""
    if before in DECIDED:
        return after == before
    # What may have been denied as well can turn out to be.
    return before != verdicts.IMPLICIT_DENY or after in (verdicts.IMPLICIT_DENY, verdicts.EXPLICIT_DENY)


@MANY
@given(identities, layers, context(), st.sampled_from(sorted(KEYS)), RESOURCE, st.data())
def test_r78_learning_a_key_never_flips_what_was_decided(
    identity: Any, around: Any, known: Any, key: str, resource: str, data: Any
):
    known = {name: value for name, value in known.items() if name != key}
    before = judged(identity, around, resource, known)
    value = data.draw(st.sampled_from(KEYS[key]))
    for less, more in (
        (State.UNKNOWN, None),
        (State.UNKNOWN, State.PRESENT),
        (State.UNKNOWN, value),
        (State.PRESENT, value),
    ):
        before = judged(identity, around, resource, {**known, key: less})
        assert consistent(before, judged(identity, around, resource, {**known, key: more}))


@MANY
@given(identities, layers, context(), st.sampled_from(["Orders", "x", "O"]))
def test_r78_what_holds_for_all_tables_holds_for_each(identity: Any, around: Any, known: Any, name: str):
    before = judged(identity, around, ALL_TABLES, known)
    table = ALL_TABLES.replace("*", "eu-west-1", 1).replace("*", name)
    assert consistent(before, judged(identity, around, table, known))


@MANY
@given(identities, with_place("session"), context(), st.booleans())
def test_r78_reading_a_layer_never_flips_what_was_decided(identity: Any, placed: Any, known: Any, of_one_level: bool):
    around, place = placed
    after = judged(identity, around, TABLE, known)
    unread = NotRead("refused", "no right to read it")
    if place == "identity":
        before = judged(unread, around, TABLE, known)
    elif place == "scps":
        levels = tuple((stored(*level),) for level in around["scps"])
        scps = (*levels[:-1], unread) if of_one_level else unread
        before = str(ask(identity, context=known, **{**around, "scps": scps}).verdict)
    else:
        before = judged(identity, {**around, place: unread}, TABLE, known)
    assert consistent(before, after)


TRUSTED = st.sampled_from(
    [
        "*",
        {"AWS": "444455556666"},
        {"AWS": IMPERSONATION},
        {"AWS": ["arn:aws:sts::444455556666:assumed-role/Impersonation/x", "777788889999"]},
        {"Service": "backup.amazonaws.com"},
    ]
)
TRUST_CONDITIONS = [
    {"StringEquals": {"sts:ExternalId": "an-id"}},
    {"StringNotEquals": {"sts:ExternalId": "an-id"}},
    {"StringLikeIfExists": {"aws:SourceIp": "*"}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"ArnLike": {"aws:SourceArn": "arn:aws:backup:*:111122223333:*"}},
    {"StringEquals": {"aws:SourceAccount": "111122223333"}},
]


@st.composite
def trust_statement(draw: st.DrawFn, effect: str | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    statement["Action"] = draw(st.sampled_from(["sts:AssumeRole", "sts:*", "sts:TagSession"]))
    statement[draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))] = draw(TRUSTED)
    if draw(st.booleans()):
        statement["Condition"] = draw(st.sampled_from(TRUST_CONDITIONS))
    return statement


CALLERS = st.sampled_from(
    [principals.role(IMPERSONATION), principals.service("backup.amazonaws.com"), principals.account("444455556666")]
)


@MANY
@given(st.lists(trust_statement(), max_size=3), trust_statement(), CALLERS, st.sampled_from([None, "an-id", "x"]))
def test_r78_the_same_laws_hold_for_trust(statements: Any, more: Any, caller: Any, external_id: Any):
    before = rank(enter(statements, caller, own=MAY_ASSUME, external_id=external_id).verdict)
    after = rank(enter([*statements, more], caller, own=MAY_ASSUME, external_id=external_id).verdict)
    assert after >= before if more["Effect"] == "Allow" else after <= before


@MANY
@given(st.lists(trust_statement(), max_size=3), st.sampled_from(["10.1.2.3", "192.0.2.1", None]))
def test_r78_learning_who_the_session_is_and_where_from_never_flips_what_was_decided(statements: Any, address: Any):
    role = principals.role(IMPERSONATION)
    before = enter(statements, role, own=MAY_ASSUME).verdict
    assert consistent(before, enter(statements, role, own=MAY_ASSUME, more={"aws:SourceIp": address}).verdict)
    session = principals.session("arn:aws:sts::444455556666:assumed-role/Impersonation/x")
    assert consistent(
        before, enter(statements, session, own=MAY_ASSUME, more={"aws:PrincipalArn": IMPERSONATION}).verdict
    )
