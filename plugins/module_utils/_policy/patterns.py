# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM's wildcards: ``*`` for any text, ``?`` for exactly one character, and nothing else special (rules 8, 9).

A pattern is a string, or, where a policy variable has put literal text into it, a tuple of characters in which a
wildcard is one of the objects STAR and ONE (rule 15). No regular expression is made of policy text.
"""

from __future__ import annotations

import re
from enum import Enum


class Wildcard(Enum):
    STAR = "*"
    ONE = "?"


STAR, ONE = Wildcard.STAR, Wildcard.ONE
_WILDCARDS = {"*": STAR, "?": ONE}
_STARS = re.compile(r"\*+")

Tokens = tuple[str | Wildcard, ...]


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
    return _walk(pattern, literal(text))


def includes(pattern: str | Tokens, universe: str) -> bool:
    """Whether ``pattern`` matches everything that ``universe`` matches (rule 20).

    A wildcard of the universe stands for any text, so only a star can take it in.
    """
    if pattern == "*":
        return True
    if isinstance(pattern, str) and _is_plain(pattern):
        return pattern == universe
    return _walk(pattern, tokens(universe))


def overlaps(pattern: str | Tokens, universe: str, sealed: str = "") -> bool:
    """Whether some text matches both patterns (rule 20). ``sealed``: characters that the universe's stars do not take."""
    if isinstance(pattern, str) and _is_plain(pattern) and _is_plain(universe):
        return pattern == universe
    return _common(_as_tokens(pattern), tokens(_STARS.sub("*", universe)), sealed)


def _as_tokens(pattern: str | Tokens) -> Tokens:
    return tokens(pattern) if isinstance(pattern, str) else pattern


def _walk(pattern: str | Tokens, text: Tokens) -> bool:
    """Whether the pattern's tokens take those of ``text``; a star of ``text`` is taken only by a star.

    All places in ``text`` that can be reached are one integer: its bit n says that the first n tokens can be taken.
    So it takes one step per token of the pattern, whatever the pattern is made of.
    """
    places = _places(text)
    end = 1 << len(text)
    single = (end - 1) & ~places.get(STAR, 0)
    reached = 1
    for token in _as_tokens(pattern):
        if token is STAR:
            reached = _onwards(reached, end)
        else:
            reached = (reached & (single if token is ONE else places.get(token, 0))) << 1
        if not reached:
            return False
    return bool(reached & end)


def _common(pattern: Tokens, universe: Tokens, sealed: str) -> bool:
    """The same walk, but wildcards of ``universe`` take something of the pattern as well. No two stars in a row there."""
    places = _places(universe)
    stars, ones = places.pop(STAR, 0), places.pop(ONE, 0)
    end = 1 << len(universe)
    single = (end - 1) & ~stars
    reached = 1 | (stars & 1) << 1
    for token in pattern:
        if token is STAR:
            reached = _onwards(reached, end)
        else:
            taken = single if token is ONE else places.get(token, 0) | ones
            staying = 0 if isinstance(token, str) and token in sealed else stars
            reached = (reached & taken) << 1 | reached & staying
        # A star of the universe may take nothing more.
        reached |= (reached & stars) << 1
        if not reached:
            return False
    return bool(reached & end)


def _places(text: Tokens) -> dict[str | Wildcard, int]:
    found: dict[str | Wildcard, int] = {}
    for place, token in enumerate(text):
        found[token] = found.get(token, 0) | 1 << place
    return found


def _onwards(reached: int, end: int) -> int:
    """The first place that is reached, and all behind it."""
    return (end << 1) - (reached & -reached)


def action_matches(pattern: str, action: str) -> bool:
    """Whether an entry of Action covers ``action``: the whole ``service:name``, in upper or lower case (rule 9)."""
    return matches(pattern.lower(), action.lower())


def covers_everything(pattern: str) -> bool:
    """Whether ``pattern`` is nothing but stars, and so matches every text."""
    return pattern != "" and pattern.strip("*") == ""
