# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine against plain two-valued logic on random questions: never wrong, and seldom open for nothing."""

from __future__ import annotations

import pytest

from tests.unit.policy.imprecision import Measured, answer
from tests.unit.policy.simulator import TABLE, TABLES, Question, truths

# Of the conditional verdicts. Before questions were gone through in cases it was a fifth to a sixth.
MOST = 0.04


def test_random_questions_are_never_answered_wrongly():
    measured = Measured(100, seed=5)
    assert measured.wrong == []
    assert measured.conditional > 40
    assert measured.share <= MOST


@pytest.mark.slow
def test_many_random_questions_are_never_answered_wrongly():
    """By thousands, as a module of its own: see imprecision.py."""
    measured = Measured(200, seed=23)
    assert measured.wrong == []
    assert measured.conditional > 80
    assert measured.share <= MOST


def test_the_measure_tells_what_is_open_for_nothing():
    """On an engine that would leave everything open it would find them."""
    either = [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"aws:SourceVpce": ["vpce-1"]}}}
        for operator in ("StringEquals", "StringNotEquals")
    ]
    assert truths(Question((either,), TABLE)) == {True}
    assert truths(Question((either[:1],), TABLE)) == {True, False}
    assert truths(Question((either,), TABLES, {"aws:SourceVpce": None})) == {True}
    assert [answer(Question((layer,), TABLE)).verdict for layer in (either, either[:1])] == ["allowed", "conditional"]
