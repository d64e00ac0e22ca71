# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text from outside made safe to show: in one line, with nothing in it that steers a terminal, and of bounded length."""

from __future__ import annotations

import unicodedata
from typing import Final

ANY_ACCOUNT: Final = "ACCOUNT"
# Control characters, those that turn the direction of writing, line separators, halves of a character, private use.
_UNSHOWN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})


def printable(text: str) -> str:
    """The text in one line; what cannot be seen is written as an escape, so that it can."""
    if text.isprintable():
        return text
    return "".join(
        _escaped(character) if unicodedata.category(character) in _UNSHOWN else character for character in text
    )


def _escaped(character: str) -> str:
    if character == "\n":
        return " "
    return f"\\u{ord(character):04x}" if ord(character) > 0xFF else f"\\x{ord(character):02x}"


def without_account(text: str, account_id: str) -> str:
    """The text with ACCOUNT in place of an account's own ID, so that what is the same in each account of a fleet reads the same."""
    return text.replace(account_id, ANY_ACCOUNT) if len(account_id) == 12 and account_id.isdigit() else text


def shortened(text: str, most: int) -> str:
    """The text without its middle where it is longer than ``most`` characters: beginning and end are what says most."""
    if len(text) <= most:
        return text
    left_out = f" ... ({len(text) - most} characters left out) ... "
    end = most // 4
    return text[: most - end] + left_out + text[len(text) - end :]
