# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A value of every cell: whatever conditions tell apart, one of the values is told apart in the same way."""

from __future__ import annotations

import ipaddress
import itertools
from decimal import Decimal

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.cells import (
    MOST_CELLS,
    addresses,
    numbers,
    steps,
    texts,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.patterns import matches, tokens
from hypothesis import given, settings
from hypothesis import strategies as st

PATTERN = st.text("ab*?", max_size=5)
SHORT = ["".join(text) for length in range(6) for text in itertools.product("abz", repeat=length)]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(PATTERN, min_size=1, max_size=3), st.lists(PATTERN, max_size=2))
def test_every_text_has_one_like_it(patterns: list[str], within: list[str]):
    found = texts(
        tuple(steps(tokens(pattern)) for pattern in patterns), tuple(steps(tokens(pattern)) for pattern in within)
    )
    assert found is not None
    inside = [text for text in SHORT if not within or any(matches(pattern, text) for pattern in within)]
    seen = {tuple(matches(pattern, text) for pattern in patterns) for text in found}
    assert {tuple(matches(pattern, text) for pattern in patterns) for text in inside} <= seen
    assert all(not within or any(matches(pattern, text) for pattern in within) for text in found)


def test_upper_and_lower_case_are_told_apart_where_patterns_do():
    exact, folded = steps(tokens("k")), steps(tokens("k"), folded=True)
    assert {"k", "K", "\u212a", ""} <= set(texts((exact, steps(tokens("K")), folded, ())) or ())
    assert texts((steps(tokens("ß"), folded=True),)) is None


def test_a_sealed_wildcard_takes_none_of_its_characters():
    found = set(texts((steps(tokens("a/b")), steps(tokens("a*b"))), (steps(tokens("a*b"), "/"),)) or ())
    assert "a/b" not in found
    assert len(found) == 1


@pytest.mark.parametrize("pattern", ["a" * 3000, "*a" * 450 + "b", "".join(map(chr, range(32, 127)))])
def test_what_takes_too_long_is_left_open(pattern: str):
    assert texts((steps(tokens(pattern)), steps(tokens("*" + pattern)))) is None


def test_numbers_stand_for_all_between_them():
    found = numbers([Decimal(10), Decimal("10.5"), Decimal(10)])
    assert sorted(found or ()) == [Decimal(9), Decimal(10), Decimal("10.25"), Decimal("10.5"), Decimal("11.5")]
    assert numbers([]) is None
    assert numbers([Decimal(1), Decimal("1e900")]) is None
    assert numbers([Decimal(number) for number in range(MOST_CELLS)]) is None


def test_addresses_stand_for_all_that_networks_tell_apart():
    networks = [
        ipaddress.ip_network(written) for written in ("10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "2001:db8::/32")
    ]
    found = [ipaddress.ip_address(address) for address in addresses(networks) or ()]
    seen = {tuple(address in network for network in networks) for address in found}
    for written in ("9.9.9.9", "10.0.0.1", "10.1.2.3", "10.9.9.9", "11.0.0.0", "::1", "2001:db8::1", "ffff::"):
        address = ipaddress.ip_address(written)
        assert tuple(address in network for network in networks) in seen
    assert addresses([ipaddress.ip_network(f"10.{number}.0.0/16") for number in range(0, 100, 2)]) is None
