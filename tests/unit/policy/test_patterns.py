# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wildcards as IAM has them (rules 8, 9, 20)."""

from __future__ import annotations

import itertools
import time

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.ask import may
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy, parse
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.patterns import (
    covers_everything,
    includes,
    literal,
    matches,
    overlaps,
    tokens,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st


def obviously_matches(pattern: str, text: str) -> bool:
    """The definition, written down without a thought for speed."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(obviously_matches(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and obviously_matches(pattern[1:], text[1:])


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.text("ab*?", max_size=7), st.text("ab*?", max_size=7))
def test_it_agrees_with_the_definition(pattern: str, text: str):
    assert matches(pattern, text) == obviously_matches(pattern, text)


def obviously_overlap(pattern: str, other: str) -> bool:
    if not pattern or not other:
        return not (pattern + other).strip("*")
    if pattern[0] == "*":
        return obviously_overlap(pattern[1:], other) or obviously_overlap(pattern, other[1:])
    if other[0] == "*":
        return obviously_overlap(pattern, other[1:]) or obviously_overlap(pattern[1:], other)
    return (pattern[0] == other[0] or "?" in (pattern[0], other[0])) and obviously_overlap(pattern[1:], other[1:])


def obviously_overlap_unless_sealed(pattern: str, universe: str) -> bool:
    """Where the universe's stars take no slash."""
    if not pattern or not universe:
        return not (pattern + universe).strip("*")
    if pattern[0] == "*":
        return obviously_overlap_unless_sealed(pattern[1:], universe) or obviously_overlap_unless_sealed(
            pattern, universe[1:]
        )
    if universe[0] == "*":
        return obviously_overlap_unless_sealed(pattern, universe[1:]) or (
            pattern[0] != "/" and obviously_overlap_unless_sealed(pattern[1:], universe)
        )
    alike = pattern[0] == universe[0] or "?" in (pattern[0], universe[0])
    return alike and obviously_overlap_unless_sealed(pattern[1:], universe[1:])


def obviously_includes(pattern: str, universe: str) -> bool:
    """A star of the universe is taken by a star only."""
    if not pattern:
        return not universe
    if pattern[0] == "*":
        return any(obviously_includes(pattern[1:], universe[start:]) for start in range(len(universe) + 1))
    alike = bool(universe) and universe[0] != "*" and pattern[0] in ("?", universe[0])
    return alike and obviously_includes(pattern[1:], universe[1:])


SHORT = ["".join(characters) for length in range(4) for characters in itertools.product("a/*?", repeat=length)]


@pytest.mark.parametrize("pattern", SHORT)
def test_each_short_pattern_agrees_with_the_definitions(pattern: str):
    """Beside each other one, as a text and as tokens."""
    for written in (pattern, tokens(pattern)):
        for other in SHORT:
            assert matches(written, other) is obviously_matches(pattern, other)
            assert overlaps(written, other) is obviously_overlap(pattern, other)
            assert overlaps(written, other, "/") is obviously_overlap_unless_sealed(pattern, other)
            assert includes(written, other) is obviously_includes(pattern, other)


def test_what_is_literal_has_no_wildcards():
    for text in SHORT:
        assert [other for other in SHORT if matches(literal(text), other)] == [text]


PATTERNS = st.text("ab*?", max_size=7)


# A piece of a pattern, of one that includes it, and of a text that both match.
PIECES = st.lists(
    st.sampled_from(
        [
            *((letter, wider, letter) for letter in "ab" for wider in (letter, "?", "*")),
            *(("?", wider, letter) for letter in "ab" for wider in "?*"),
            *(("*", "*", text) for text in ("", "a", "ba", "abb")),
        ]
    ),
    max_size=7,
)


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(PATTERNS, PATTERNS)
def test_two_patterns_have_a_text_in_common(pattern: str, other: str):
    assert overlaps(pattern, other) == obviously_overlap(pattern, other)


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(PIECES, st.none() | PATTERNS)
def test_what_includes_a_pattern_matches_all_its_texts(pieces: list[tuple[str, str, str]], other: str | None):
    narrow, wider, text = ("".join(piece[number] for piece in pieces) for number in range(3))
    other = wider if other is None else other
    assert matches(narrow, text)
    assume(includes(other, narrow) or matches(other, text))
    assert matches(other, text)
    assert overlaps(other, narrow)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(PATTERNS)
def test_every_pattern_includes_itself_unless_it_asks_for_more(pattern: str):
    assert includes("*", pattern)
    assert includes(pattern + "*", pattern)
    assert includes("*" + pattern, pattern)
    assert overlaps(pattern, pattern)


@pytest.mark.parametrize(
    ("pattern", "universe", "expected"),
    [
        ("a/b", "a*", False),
        ("a/*", "a*", False),
        ("ab", "a*", True),
        ("a*b", "a*", True),
        ("/", "?", True),
        ("a/*", "a/*", True),
    ],
)
def test_a_sealed_character_is_not_taken_by_the_universes_stars(pattern: str, universe: str, expected: bool):
    assert overlaps(pattern, universe, sealed="/") is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("?", "", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("a*", "a\nb", True),
        ("A", "a", False),
        ("*b", "ab*b", True),
    ],
)
def test_only_star_and_question_mark_are_special(pattern: str, text: str, expected: bool):
    assert matches(pattern, text) is expected


def action_is_covered(pattern: str, action: str) -> bool:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": pattern, "Resource": "*"}}
    (statement,) = parse("identity", StoredPolicy("one", document))
    return statement.actions.cover(action).is_true


@pytest.mark.parametrize("pattern", ["*", "**", "*:*", "kms:*", "KMS:createGRANT", "k?s:Create*", "*Grant"])
def test_an_action_is_covered(pattern: str):
    assert action_is_covered(pattern, "kms:CreateGrant")


@pytest.mark.parametrize(
    "pattern", ["", "kms", "kms:", " kms:CreateGrant", "kms:CreateGrant,kms:Decrypt", "kms:Create"]
)
def test_an_action_is_not_covered(pattern: str):
    assert not action_is_covered(pattern, "kms:CreateGrant")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("*", True), ("***", True), ("", False), ("?", False), ("*a", False), ("*X", False), ("X", False)],
)
def test_covering_everything(pattern: str, expected: bool):
    assert covers_everything(pattern) is expected


def test_a_hostile_pattern_ends():
    assert not matches("*a" * 3000, "a" * 2999)
    assert matches("*a" * 200 + "*", "a" * 6000)


@pytest.mark.parametrize("element", ["Action", "NotAction", "Resource", "NotResource"])
def test_r8_what_begins_like_a_variable_a_hundred_thousand_times_ends(element: str):
    """Nothing in it ends one: a search for each end anew would take minutes."""
    text = "arn:aws:dynamodb:" + "${" * 100_000
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", element: text}
    statement = {name: value for name, value in statement.items() if name == element or f"Not{name}" != element}
    document = {"Version": "2012-10-17", "Statement": statement}
    before = time.process_time()
    may("dynamodb:DescribeTable", "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders", identity=[document])
    assert time.process_time() - before < 3
