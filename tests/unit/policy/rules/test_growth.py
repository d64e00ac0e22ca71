# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""R8: the work is proportional to the size of the document, whatever it is made of.

Work is counted, not timed: every line of the engine that runs, up to a managed policy's 6,144 characters.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import PERMISSION_SETS
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, patterns, principals, verdicts
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import Context
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import Policies, may
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.scope import EVERYTHING
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import Observed
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.requirements import questions

from tests.unit.policy.rules.asking import ALL_TABLES, RESTORE_ROLE, TABLE, allow, deny, document, stored, trust

pytestmark = pytest.mark.slow

WHOLE = 6144
# Work for four times the size, beyond which it grows faster than the document; a little more than 4 for rounding.
MOST = 4.4
ENGINE = "/module_utils/_policy/"


def work(run: Callable[[], object]) -> int:
    """How many lines of the engine run."""
    count = 0

    def line(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return line

    def call(frame: FrameType, _event: str, _argument: object) -> Any:
        return line if ENGINE in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def repeated(unit: str) -> Callable[[int], str]:
    return lambda size: (unit * size)[:size]


HOSTILE = {
    "stars": "*",
    "question marks": "?",
    "?*": "?*",
    "*?": "*?",
    "*a": "*a",
    "*e and *l": "*e*l",
    "colons": ":",
    "*:": "*:",
    "?:": "?:",
    "*/": "*/",
    "variables": "${aws:username}",
    "unknown variables": "${aws:userid}",
    "literal stars": "${*}",
    "unterminated variables": "${",
    "defaults": "${aws:gone, '*'}",
    "closing braces": "}${",
}
HEADS = {
    "whole": "",
    "in the last part": "arn:aws:dynamodb:*:*:table/",
    "running on": "arn:aws:dyn*:",
    "in upper case": "ARN:AWS:DYNAMODB*:",
}
KNOWN = {
    "aws:username": "Orders",
    "aws:gone": None,
    "aws:Key": "arn:aws:iam::111122223333:role/Orders",
    "aws:Set": ["a", "b"],
}


def ask(statement: dict[str, Any], resource: str) -> object:
    return may(Policies((stored(allow(), statement),)), "dynamodb:DescribeTable", resource, Context(KNOWN))


def grows_with_the_document(of_size: Callable[[int], Callable[[], object]]) -> None:
    small, large = work(of_size(WHOLE // 4)), work(of_size(WHOLE))
    # A smaller document may be decided at its first characters: a few steps per character are never too many.
    assert 0 < large <= max(MOST * small, 8 * WHOLE)
    assert large <= 40 * WHOLE


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", ["Action", "NotAction"])
def test_an_action(name: str, unit: str):
    text = repeated(unit)
    rest = {"Effect": "Deny", "Resource": "*"}
    grows_with_the_document(lambda size: lambda: ask({**rest, name: text(size)}, TABLE))


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("resource", [TABLE, ALL_TABLES, "*"], ids=["one table", "all tables", "no types"])
def test_a_resource(resource: str, head: str, unit: str):
    text = repeated(unit)
    grows_with_the_document(lambda size: lambda: ask(deny("*", head + text(size)), resource))
    grows_with_the_document(
        lambda size: lambda: ask({"Effect": "Deny", "Action": "*", "NotResource": head + text(size)}, resource)
    )


OPERATORS = [
    "StringEquals",
    "StringLike",
    "ArnLike",
    "ArnNotLike",
    "NumericLessThan",
    "DateEquals",
    "IpAddress",
    "BinaryEquals",
]


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("operator", OPERATORS)
def test_a_condition(operator: str, unit: str):
    text = repeated(unit)
    for key in ("aws:Key", "aws:Unknown"):
        grows_with_the_document(lambda size, key=key: lambda: ask(deny(Condition={operator: {key: text(size)}}), TABLE))


def _spelt(name: str, number: int) -> str:
    """``name`` in the upper and lower case that the bits of ``number`` say."""
    return "".join(character.upper() if number >> place & 1 else character for place, character in enumerate(name))


# What there can be many of, about as many as fit into the size.
MANY: dict[str, Callable[[int], dict[str, Any]]] = {
    "actions": lambda size: deny([f"dynamodb:{number}*" for number in range(size // 16)]),
    "resources": lambda size: deny("*", [f"arn:aws:s3:::{number}*" for number in range(size // 20)]),
    "resources that match in part": lambda size: deny("*", [f"{TABLE}{number}*" for number in range(size // 64)]),
    "resources with variables": lambda size: deny("*", ["arn:aws:dynamodb:*:*:table/${aws:userid}"] * (size // 42)),
    "values": lambda size: deny(Condition={"StringLike": {"aws:Key": ["*x"] * (size // 5)}}),
    "values for a set": lambda size: deny(Condition={"ForAllValues:StringLike": {"aws:Set": ["*x"] * (size // 5)}}),
    "values that cannot be read": lambda size: deny(Condition={"NumericNotEquals": {"aws:Key": ["x"] * (size // 4)}}),
    "keys": lambda size: deny(Condition={"Bool": {f"aws:{number}": "true" for number in range(size // 18)}}),
    "operators": lambda size: deny(Condition={f"Bool{number}": {"a": "b"} for number in range(size // 18)}),
    "spellings": lambda size: deny(**{_spelt("notprincipal", number): "" for number in range(size // 17)}),
    "elements": lambda size: deny(**{f"x{number}": "" for number in range(size // 8)}),
}


@pytest.mark.parametrize("make", MANY.values(), ids=MANY)
def test_many(make: Callable[[int], dict[str, Any]]):
    grows_with_the_document(lambda size: lambda: ask(make(size), ALL_TABLES))


@pytest.mark.parametrize("name", ["Principal", "NotPrincipal"])
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize(
    "entry", ["444455556666", "arn:aws:sts::444455556666:assumed-role/R/x*", "AROAX", "*", "a:b:*"]
)
def test_many_principals(entry: str, effect: str, name: str):
    def of_size(size: int) -> Callable[[], object]:
        entries = {"AWS": [entry] * (size // (len(entry) + 3))}
        policy = StoredPolicy("", document({"Effect": effect, "Action": "*", name: entries}))
        return lambda: assume.trusts(policy, RESTORE_ROLE, principals.role("arn:aws:iam::444455556666:role/R"))

    grows_with_the_document(of_size)


@pytest.mark.parametrize(
    "statement",
    [allow(), deny(Condition={"Bool": {"aws:Unknown": "true"}}), {}, "x", trust("*")],
    ids=["Allow", "open Deny", "empty", "text", "trust"],
)
def test_many_statements(statement: Any):
    def of_size(size: int) -> Callable[[], object]:
        policies = Policies((stored(*[statement] * (size // 40)),))
        return lambda: may(policies, "dynamodb:DescribeTable", TABLE, Context())

    grows_with_the_document(of_size)


@pytest.mark.parametrize("unit", ["*", "?*", "?*?*", "*?", "*a"])
def test_r8_a_whole_policy_of_wildcards_against_every_action_of_a_restore(unit: str):
    """6,144 characters as one resource, for all 35 actions and every kind of resource they have."""
    role = Observed(Account("aws", "111122223333"), "role", "Restore", True)
    actions = PERMISSION_SETS["dynamodb_restore"].actions

    def of_size(size: int) -> Callable[[], object]:
        text = repeated(unit)(size)
        policies = Policies((stored(allow(text, "arn:*:*:*:*:" + text), allow("*", text)),))
        return lambda: questions.decide(actions, role, policies, EVERYTHING)

    grown = work(of_size(WHOLE)) / work(of_size(WHOLE // 4))
    assert grown <= MOST
    decisions = questions.decide(actions, role, Policies((stored(allow("*", repeated(unit)(WHOLE))),)), EVERYTHING)
    assert {decision.verdict for decision in decisions} <= set(verdicts.SEVERITY)


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_r20_a_pattern_and_a_universe_take_one_step_per_character(unit: str):
    pattern = repeated(unit)(WHOLE)
    for universe in (ALL_TABLES, "*" * 40, "?*" * 20, "*a" * 20):
        assert work(lambda universe=universe: patterns.overlaps(pattern, universe)) <= 12 * WHOLE
        assert work(lambda universe=universe: patterns.includes(pattern, universe)) <= 12 * WHOLE
        assert work(lambda universe=universe: patterns.matches(pattern, universe)) <= 12 * WHOLE
