# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rule 78, R78: the laws of monotonicity on generated documents; and that nothing stored makes the engine raise."""

from __future__ import annotations

from typing import Any

from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, principals, verdicts
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.policy.rules.asking import ALLOWED, RESTORE_ROLE, TABLE, ask

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
    found: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Deny"]))}
    found[draw(st.sampled_from(["Action", "NotAction"]))] = draw(
        st.sampled_from(["*", "dynamodb:*", "s3:*", ["dynamodb:D*", "kms:*"]])
    )
    found[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(st.sampled_from(RESOURCES))
    if draw(st.booleans()):
        found["Condition"] = draw(st.sampled_from(CONDITIONS))
    return found


def context() -> st.SearchStrategy[dict[str, Any]]:
    values = {name: st.sampled_from([None, *choices]) for name, choices in KEYS.items()}
    return st.fixed_dictionaries({}, optional=values)


identities = st.lists(statement(), max_size=4)
boundaries = st.none() | st.lists(statement(), min_size=1, max_size=2)
_MORE_ALLOWED = [verdicts.EXPLICIT_DENY, verdicts.IMPLICIT_DENY, verdicts.CONDITIONAL, verdicts.ALLOWED]


def rank(verdict: str) -> int:
    return _MORE_ALLOWED.index(verdicts.CONDITIONAL if verdict == verdicts.UNREADABLE else verdict)


@MANY
@given(identities, boundaries, statement("Allow"), context())
def test_an_allow_more_never_makes_anything_less_allowed(identity: Any, boundary: Any, more: Any, known: Any):
    before = ask(identity, boundary=boundary, context=known).verdict
    assert rank(ask([*identity, more], boundary=boundary, context=known).verdict) >= rank(before)


@MANY
@given(identities, boundaries, statement("Deny"), context())
def test_a_deny_more_never_makes_anything_more_allowed(identity: Any, boundary: Any, more: Any, known: Any):
    before = ask(identity, boundary=boundary, context=known).verdict
    assert rank(ask([*identity, more], boundary=boundary, context=known).verdict) <= rank(before)


@MANY
@given(identities, boundaries, context(), st.sampled_from(sorted(KEYS)), st.data())
def test_learning_a_key_never_flips_what_was_decided(identity: Any, boundary: Any, known: Any, key: str, data: Any):
    known = {name: value for name, value in known.items() if name != key}
    before = ask(identity, boundary=boundary, context=known).verdict
    learned = ask(
        identity, boundary=boundary, context={**known, key: data.draw(st.sampled_from([None, *KEYS[key]]))}
    ).verdict
    if before in (verdicts.ALLOWED, verdicts.EXPLICIT_DENY):
        assert learned == before
    if before == verdicts.IMPLICIT_DENY:
        # What may have been denied as well can turn out to be.
        assert learned in (verdicts.IMPLICIT_DENY, verdicts.EXPLICIT_DENY)


NAMES = [
    "Version",
    "Statement",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Principal",
    "Sid",
]
WORDS = [
    "Allow",
    "Deny",
    "*",
    "2012-10-17",
    "dynamodb:DescribeTable",
    TABLE,
    "StringEquals",
    "aws:SourceIp",
    "${",
    "${aws:a}",
    "",
]
JUNK: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, *WORDS]), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(JUNK)
def test_whatever_was_stored_gets_a_verdict(stored: Any):
    for layers in ({}, {"boundary": StoredPolicy("b", stored)}, {"scps": ((StoredPolicy("s", stored),),)}):
        assert ask((StoredPolicy("p", stored),), **layers).verdict in verdicts.SEVERITY
    trust = StoredPolicy("", stored)
    for caller in (principals.role("arn:aws:iam::444455556666:role/R"), principals.service("backup.amazonaws.com")):
        assert assume.trusts(trust, RESTORE_ROLE, caller, "an-id").verdict in verdicts.SEVERITY


@MANY
@given(st.sampled_from(["Effect", "Action", "Resource", "Condition"]), JUNK)
def test_a_statement_that_cannot_be_read_never_allows(name: str, junk: Any):
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", name: junk}
    readable = {
        "Effect": junk in ("Allow", "Deny"),
        "Action": isinstance(junk, str) or (isinstance(junk, list) and all(isinstance(one, str) for one in junk)),
        "Resource": isinstance(junk, str) or (isinstance(junk, list) and all(isinstance(one, str) for one in junk)),
        "Condition": junk is None or isinstance(junk, dict),
    }[name]
    if not readable:
        assert ask([statement]).verdict != ALLOWED
