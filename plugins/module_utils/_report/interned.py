# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values written down once, however many accounts have them. Pure; page/data.js reads it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Private-use character before one letter: a = the account's ID, h = its host, x = the character itself.
MARK = "\ue000"
_SHORTEST = 4

LIST, DICT, PLAIN = 0, 1, 2


class Interner:
    """A table of values; ``intern`` gives the place of a value in it.

    In it a list is [0, place...], a mapping [1, place of key, place of value...], any other value [2, value]. An
    account's own ID and host name are left out of its strings, so that most accounts share theirs.
    """

    def __init__(self) -> None:
        self.table: list[Any] = []
        self._places: dict[Any, int] = {}

    def intern(self, value: Any, account_id: str, host: str) -> int:
        if isinstance(value, str):
            return self._place(_without(value, account_id, host))
        if isinstance(value, Mapping):
            pairs = [
                place for pair in value.items() for place in (self.intern(part, account_id, host) for part in pair)
            ]
            return self._place((DICT, *pairs))
        if isinstance(value, (list, tuple)):
            return self._place((LIST, *(self.intern(item, account_id, host) for item in value)))
        return self._place((PLAIN, value))

    def _place(self, key: Any) -> int:
        # True and 1 are equal, and mean different things.
        place = self._places.setdefault((type(key[-1]) if key and key[0] == PLAIN else None, key), len(self.table))
        if place == len(self.table):
            self.table.append(key)
        return place


def _without(text: str, account_id: str, host: str) -> str:
    if MARK in text:
        text = text.replace(MARK, f"{MARK}x")
    for name, letter in ((account_id, "a"), (host, "h")):
        if len(name) >= _SHORTEST and MARK not in name:
            text = text.replace(name, f"{MARK}{letter}")
    return text
