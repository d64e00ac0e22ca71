# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""R1, R5: whatever is stored gets a verdict, and what cannot be read allows nothing and is never passed over."""

from __future__ import annotations

from typing import Any

from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, principals, verdicts
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.policy.rules.asking import (
    ALLOWED,
    IMPERSONATION,
    MAY_ASSUME,
    RESTORE_ROLE,
    TABLE,
    UNREADABLE,
    allow,
    ask,
    enter,
    stored,
    trust,
)

MANY = settings(max_examples=300, deadline=None, derandomize=True)

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
def test_r1_whatever_was_stored_gets_a_verdict(stored: Any):
    for layers in ({}, {"boundary": StoredPolicy("b", stored)}, {"scps": ((StoredPolicy("s", stored),),)}):
        assert ask((StoredPolicy("p", stored),), **layers).verdict in verdicts.SEVERITY
    trust = StoredPolicy("", stored)
    for caller in (principals.role("arn:aws:iam::444455556666:role/R"), principals.service("backup.amazonaws.com")):
        assert assume.trusts(trust, RESTORE_ROLE, caller, "an-id").verdict in verdicts.SEVERITY


def readable(name: str, junk: Any) -> bool:
    """Whether IAM's grammar has a meaning for it."""
    texts = junk if isinstance(junk, list) else [junk]
    if name == "Effect":
        return junk in ("Allow", "Deny")
    if name in ("Action", "Resource"):
        return all(isinstance(text, str) for text in texts)
    return isinstance(junk, dict) and all(isinstance(keys, dict) for keys in junk.values())


@MANY
@given(st.sampled_from(["Effect", "Action", "Resource", "Condition"]), JUNK)
def test_r5_a_statement_that_cannot_be_read_never_allows(name: str, junk: Any):
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", name: junk}
    if not readable(name, junk):
        assert ask([statement]).verdict != ALLOWED
        assert ask([allow()], boundary=[statement]).verdict != ALLOWED


@MANY
@given(st.sampled_from(["Effect", "Action", "Resource", "Condition"]), JUNK)
def test_r5_a_deny_that_cannot_be_read_is_not_passed_over(name: str, junk: Any):
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", name: junk}
    if not readable(name, junk):
        assert ask([allow(), statement]).verdict != ALLOWED


@MANY
@given(JUNK)
def test_r1_a_document_that_cannot_be_read_leaves_its_layer_open(junk: Any):
    if not isinstance(junk, dict) or not any(name.lower() == "statement" for name in junk):
        for layers in ({"boundary": StoredPolicy("b", junk)}, {"scps": ((StoredPolicy("s", junk),),)}):
            assert ask([allow()], **layers).verdict == UNREADABLE
        assert ask((stored(allow()), StoredPolicy("p", junk))).verdict == UNREADABLE


@MANY
@given(st.sampled_from(["Principal", "NotPrincipal"]), st.sampled_from(["Allow", "Deny"]), JUNK)
def test_r5_whatever_stands_for_a_principal_gets_a_verdict(name: str, effect: str, junk: Any):
    statement = {"Effect": effect, "Action": "sts:AssumeRole", name: junk}
    for who in (
        principals.role(IMPERSONATION),
        principals.service("backup.amazonaws.com"),
        principals.account("1" * 12),
    ):
        decision = enter([trust({"AWS": "444455556666"}), statement], who, own=MAY_ASSUME)
        assert decision.verdict in verdicts.SEVERITY
        if effect == "Deny" and not isinstance(junk, str | dict):
            assert decision.verdict != ALLOWED


BASES = [
    "StringEquals",
    "StringLike",
    "ArnLike",
    "Bool",
    "NumericEquals",
    "DateEquals",
    "IpAddress",
    "BinaryEquals",
    "Null",
]
OPERATOR = st.builds(
    lambda prefix, base, negated, suffix: prefix + (base.replace("E", "NotE", 1) if negated else base) + suffix,
    st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]),
    st.sampled_from(BASES),
    st.booleans(),
    st.sampled_from(["", "IfExists"]),
)
VALUE = st.one_of(
    st.text(max_size=12),
    st.text("0123456789-:T.Z+/e_", max_size=25),
    st.sampled_from(
        [
            "\ud800",
            "${*}",
            "${",
            "${a, 'b'}",
            "1e400",
            "9" * 400,
            "::/0",
            "1970-01-01T00:00:00+14:00",
            "0001-01-01",
            "9999-12-31T23:59:59-23:59",
        ]
    ),
)


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(
    OPERATOR,
    st.one_of(VALUE, JUNK, st.lists(VALUE, max_size=3)),
    st.one_of(VALUE, st.lists(VALUE, max_size=3), st.none()),
)
def test_r5_whatever_is_compared_gets_an_answer(operator: str, written: Any, known: Any):
    decision = ask([allow(Condition={operator: {"aws:Key": written}})], context={"aws:Key": known, "a": None})
    assert decision.verdict in verdicts.SEVERITY
    # And knowing it is no other than not knowing it, but for what was left open.
    before = ask([allow(Condition={operator: {"aws:Key": written}})], context={"a": None})
    if before.verdict == ALLOWED and not isinstance(known, list):
        assert decision.verdict == ALLOWED
