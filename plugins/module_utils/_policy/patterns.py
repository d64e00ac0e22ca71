# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM's wildcards: ``*`` for any text, ``?`` for exactly one character, and nothing else special (rules 8, 9).

A pattern is a string, or, where a policy variable has put literal text into it, a tuple of characters in which a
wildcard is one of the objects STAR and ONE (rule 15). No regular expression is made of policy text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TypeAlias


class Wildcard(Enum):
    STAR = "*"
    ONE = "?"


STAR, ONE = Wildcard.STAR, Wildcard.ONE
_WILDCARDS = {"*": STAR, "?": ONE}
_STARS = re.compile(r"\*+")

Tokens: TypeAlias = "tuple[str | Wildcard, ...]"


def tokens(pattern: str) -> Tokens:
    """The pattern as single characters and wildcards."""
    return tuple([_WILDCARDS.get(character, character) for character in pattern])


def literal(text: str) -> Tokens:
    """``text`` in which nothing is a wildcard."""
    return tuple(text)


def _is_plain(pattern: str) -> bool:
    return "*" not in pattern and "?" not in pattern


def matches(pattern: str | Tokens, text: str) -> bool:
    """Whether ``pattern`` matches the whole of ``text``, case-sensitively (rule 8)."""
    if isinstance(pattern, str) and _is_plain(pattern):
        return pattern == text
    return _walk(_as_tokens(pattern), _of_text(text))


def includes(pattern: str | Tokens, universe: str) -> bool:
    """Whether ``pattern`` matches everything that ``universe`` matches (rule 20).

    A wildcard of the universe stands for any text, so only a star can take it in.
    """
    if pattern == "*":
        return True
    if isinstance(pattern, str) and _is_plain(pattern):
        return pattern == universe
    return _walk(_as_tokens(pattern), _of_universe(universe))


def overlaps(pattern: str | Tokens, universe: str, sealed: str = "") -> bool:
    """Whether some text matches both patterns (rule 20). ``sealed``: characters that the universe's stars do not take."""
    if isinstance(pattern, str) and _is_plain(pattern) and _is_plain(universe):
        return pattern == universe
    return _common(_as_tokens(pattern), _of_universe(universe), sealed)


def _as_tokens(pattern: str | Tokens) -> Tokens:
    return tokens(pattern) if isinstance(pattern, str) else pattern


@dataclass(frozen=True, slots=True)
class _Places:
    """Where each token stands in a text: bit n of ``at[token]`` is set if the token is the text's n-th. ``end``: behind all.

    A set of places is one integer, so that a walk takes one step per token of the pattern, whatever both are made of.
    """

    at: Mapping[str | Wildcard, int]
    end: int

    def onwards(self, reached: int) -> int:
        """The first place of ``reached``, and all behind it: what a star can come to."""
        return (self.end << 1) - (reached & -reached)


def _places(text: Tokens) -> _Places:
    places: dict[str | Wildcard, int] = {}
    for place, token in enumerate(text):
        places[token] = places.get(token, 0) | 1 << place
    return _Places(places, 1 << len(text))


# What is asked about is the same few texts for every entry of every policy.
@lru_cache(maxsize=1024)
def _of_text(text: str) -> _Places:
    return _places(literal(text))


@lru_cache(maxsize=1024)
def _of_universe(universe: str) -> _Places:
    return _places(tokens(_STARS.sub("*", universe)))


def _walk(pattern: Tokens, text: _Places) -> bool:
    """Whether the pattern's tokens take those of ``text``; a star of ``text`` is taken only by a star."""
    single = (text.end - 1) & ~text.at.get(STAR, 0)
    reached = 1
    for token in pattern:
        if token is STAR:
            reached = text.onwards(reached)
        else:
            reached = (reached & (single if token is ONE else text.at.get(token, 0))) << 1
        if not reached:
            return False
    return bool(reached & text.end)


def _common(pattern: Tokens, universe: _Places, sealed: str) -> bool:
    """The same walk, but wildcards of ``universe`` take something of the pattern as well."""
    stars, ones = universe.at.get(STAR, 0), universe.at.get(ONE, 0)
    single = (universe.end - 1) & ~stars
    reached = 1 | (stars & 1) << 1
    for token in pattern:
        if token is STAR:
            reached = universe.onwards(reached)
        else:
            taken = single if token is ONE else (universe.at.get(token, 0) | ones) & single
            staying = 0 if isinstance(token, str) and token in sealed else stars
            reached = (reached & taken) << 1 | reached & staying
        # A star of the universe may take nothing more; there are no two of them in a row.
        reached |= (reached & stars) << 1
        if not reached:
            return False
    return bool(reached & universe.end)


def covers_everything(pattern: str) -> bool:
    """Whether ``pattern`` is nothing but stars, and so matches every text."""
    return pattern != "" and pattern.strip("*") == ""
