# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Three-valued logic: true, false, and unknown with what it depends on (rules 71, 77).

Unknown is never rounded to either side. Correlations are not seen here: "if x" or "if not x" stays unknown, until a question
is gone through in cases (``cases``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

FALSE, UNKNOWN, TRUE = 0, 1, 2


# Each question makes hundreds; a dataclass that is frozen takes four times as long to make.
class Answer(NamedTuple):
    """``value``: FALSE, UNKNOWN or TRUE. ``leaves``: what an unknown depends on, as displayed; empty where decided."""

    value: int
    leaves: frozenset[str] = frozenset()

    @property
    def is_true(self) -> bool:
        return self.value == TRUE

    @property
    def is_false(self) -> bool:
        return self.value == FALSE

    @property
    def is_unknown(self) -> bool:
        return self.value == UNKNOWN


YES = Answer(TRUE)
NO = Answer(FALSE)


def unknown(*leaves: str) -> Answer:
    return Answer(UNKNOWN, frozenset(leaves))


def truth(value: bool) -> Answer:
    return YES if value else NO


def negate(answer: Answer) -> Answer:
    """NOT: true and false change places (rule 71)."""
    return Answer(TRUE - answer.value, answer.leaves)


def every(answers: Iterable[Answer]) -> Answer:
    """AND, the least of the three (rules 71, 77). One FALSE decides it; else it is unknown because of every unknown."""
    leaves: list[frozenset[str]] = []
    for answer in answers:
        if answer.value == FALSE:
            return NO
        if answer.value == UNKNOWN:
            leaves.append(answer.leaves)
    return Answer(UNKNOWN, frozenset().union(*leaves)) if leaves else YES


def some(answers: Iterable[Answer]) -> Answer:
    """OR, the greatest of the three (rules 71, 77). One TRUE decides it; else it is unknown because of every unknown."""
    leaves: list[frozenset[str]] = []
    for answer in answers:
        if answer.value == TRUE:
            return YES
        if answer.value == UNKNOWN:
            leaves.append(answer.leaves)
    return Answer(UNKNOWN, frozenset().union(*leaves)) if leaves else NO
