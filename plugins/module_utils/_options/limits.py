# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many accounts of a run: a number, or a percentage of them all. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from .._errors import OptionError
from .._printable import printable

_TAKES: Final = "a number of accounts, {} or more, or a percentage of all accounts of the run, {} to 100%"
# More accounts than any organization has; a longer number is a mistake, and costs time to read.
_NUMBER: Final = re.compile(r"[0-9]{1,7}", re.ASCII)
_PERCENTAGE: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?) ?%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limit:
    """``amount``: accounts, or hundredths of all accounts of the run if ``of_all``."""

    amount: Fraction
    of_all: bool = False

    def of(self, accounts: int) -> Fraction:
        """How many of ``accounts`` it comes to, not rounded."""
        return self.amount * accounts / 100 if self.of_all else self.amount

    def is_reached(self, count: int, accounts: int) -> bool:
        """Whether ``count`` of ``accounts`` are as many, or more. None at all are never."""
        return count > 0 and count >= self.of(accounts)

    def is_exceeded(self, count: int, accounts: int) -> bool:
        """Whether ``count`` of ``accounts`` are more."""
        return count > self.of(accounts)

    def size(self, accounts: int) -> int:
        """Whole accounts, rounded down as Ansible's ``serial`` does, and one at least."""
        return max(int(self.of(accounts)), 1)

    def __str__(self) -> str:
        number = str(int(self.amount)) if self.amount == int(self.amount) else str(float(self.amount))
        return f"{number}%" if self.of_all else number


def limit(name: str, value: Any, least: int = 1) -> Limit:
    """``value``: as 10, "10", "25%" or "2.5%". ``least``: whether it may be 0. Raises OptionError, naming the variable ``name``."""
    text = str(value).strip() if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    percentage = _PERCENTAGE.fullmatch(text)
    if percentage:
        found = Limit(Fraction(percentage[1]), of_all=True)
    elif _NUMBER.fullmatch(text):
        found = Limit(Fraction(int(text)))
    else:
        raise refused(name, value, least)
    # Of a percentage whatever is more than nothing comes to an account at least.
    too_small = found.amount < least if not found.of_all else least > 0 and not found.amount
    if too_small or (found.of_all and found.amount > 100):
        raise refused(name, value, least)
    return found


def refused(name: str, value: Any, least: int = 1) -> OptionError:
    takes = _TAKES.format(least, f"{least}%")
    return OptionError(f"{name} must be {takes}. It is {printable(repr(value))}.")
