# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many accounts of a run: numbers and percentages, what is none of both, and when one is reached."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.limits import limit
from hypothesis import given
from hypothesis import strategies as st

NAME = "restore_access_stop_after"
ACCOUNTS = st.integers(1, 5000)
PERCENTAGES = st.integers(1, 10_000).map(lambda hundredths: f"{hundredths / 100:.2f}%")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        ("10", "10"),
        (" 7 ", "7"),
        ("007", "7"),
        ("25%", "25%"),
        ("2.5 %", "2.5%"),
        ("100%", "100%"),
        ("0.5%", "0.5%"),
    ],
)
def test_a_number_or_a_percentage(value: Any, text: str):
    assert str(limit(NAME, value)) == text
    assert limit(NAME, text) == limit(NAME, value)


IMPOSSIBLE = [
    *(
        True,
        False,
        1.5,
        -1,
        "-1",
        "+1",
        "1e3",
        "1_000",
        "1,5",
        "ten",
        "1 2",
        "10 percent",
        None,
        [],
        {},
        [5],
        "99999999",
    ),
    *("101%", "120%", "-5%", "%", "5%%", "1.%", "0%", "0", 0, "\u0661", "{{ 5 }}", "nan%", "inf"),
]


@pytest.mark.parametrize("value", IMPOSSIBLE, ids=repr)
def test_anything_else_is_refused_with_what_it_takes(value: Any):
    with pytest.raises(OptionError) as refused:
        limit(NAME, value)
    assert refused.value.message.startswith(
        f"{NAME} must be a number of accounts, 1 or more, or a percentage of all accounts of the run, 1% to 100%. It is "
    )


def test_none_at_all_is_a_limit_where_it_makes_sense():
    for nothing in (0, "0", "0%"):
        allowed = limit(NAME, nothing, 0)
        assert not allowed.is_exceeded(0, 10)
        assert allowed.is_exceeded(1, 10)


@pytest.mark.parametrize(
    ("value", "accounts", "first"),
    [("3", 500, 3), ("5%", 500, 25), ("5%", 16, 1), ("50%", 3, 2), ("100%", 7, 7), ("33.3%", 3, 1)],
)
def test_it_is_reached_by_the_first_that_is_as_many(value: str, accounts: int, first: int):
    found = limit(NAME, value)
    assert [count for count in range(accounts + 1) if found.is_reached(count, accounts)][0] == first


@given(PERCENTAGES, ACCOUNTS)
def test_a_percentage_of_accounts_is_never_none_and_never_more_than_all(value: str, accounts: int):
    assert 1 <= limit(NAME, value).size(accounts) <= accounts


@given(PERCENTAGES | st.integers(1, 5000), ACCOUNTS, st.integers(0, 5000))
def test_what_exceeds_a_limit_has_reached_it(value: Any, accounts: int, count: int):
    found = limit(NAME, value)
    assert found.is_reached(count, accounts) or not found.is_exceeded(count, accounts)
    assert not found.is_reached(0, accounts)
