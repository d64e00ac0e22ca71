# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM's wildcards: ``*`` for any text, ``?`` for exactly one character, and nothing else special (rules 8, 9).

A pattern is a string, or, where a policy variable has put literal text into it, a tuple of characters in which a
wildcard is one of the objects STAR and ONE (rule 15). No regular expression is made of policy text.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum


class Wildcard(Enum):
    STAR = "*"
    ONE = "?"


STAR, ONE = Wildcard.STAR, Wildcard.ONE
_WILDCARDS = {"*": STAR, "?": ONE}

Tokens = tuple[str | Wildcard, ...]


def tokens(pattern: str) -> Tokens:
    """The pattern as single characters and wildcards."""
    return tuple(_WILDCARDS.get(character, character) for character in pattern)


def literal(text: str) -> Tokens:
    """``text`` in which nothing is a wildcard."""
    return tuple(text)


def matches(pattern: str | Tokens, text: str) -> bool:
    """Whether ``pattern`` matches the whole of ``text``, case-sensitively (rule 8)."""
    if isinstance(pattern, str):
        if "*" not in pattern and "?" not in pattern:
            return pattern == text
        pattern = tokens(pattern)
    return _walk(pattern, text)


def includes(pattern: str | Tokens, universe: str | Tokens) -> bool:
    """Whether ``pattern`` matches everything that ``universe`` matches (rule 20).

    A wildcard of the universe stands for any text, so only a star can take it in.
    """
    return _walk(_as_tokens(pattern), _as_tokens(universe))


def _as_tokens(pattern: str | Tokens) -> Tokens:
    return tokens(pattern) if isinstance(pattern, str) else pattern


def _walk(pattern: Tokens, text: Sequence[str | Wildcard]) -> bool:
    """Two pointers and one place to come back to: at most len(pattern) * len(text) steps, whatever the pattern."""
    at, seen = 0, 0
    star, resume = -1, 0
    while seen < len(text):
        if at < len(pattern) and pattern[at] is STAR:
            star, resume = at, seen
            at += 1
        elif at < len(pattern) and _takes(pattern[at], text[seen]):
            at, seen = at + 1, seen + 1
        elif star >= 0:
            resume += 1
            at, seen = star + 1, resume
        else:
            return False
    return all(token is STAR for token in pattern[at:])


def _takes(token: str | Wildcard, character: str | Wildcard) -> bool:
    if token is ONE:
        return character is not STAR
    return token == character


def overlaps(first: str | Tokens, second: str | Tokens, sealed: str = "") -> bool:
    """Whether some text matches both patterns (rule 20). ``sealed``: characters that stars of ``second`` do not take.

    len(first) * len(second) steps.
    """
    one, two = _as_tokens(first), _as_tokens(second)
    # row[j]: whether what is left of `one` and two[j:] have a text in common; filled from the ends.
    row = [False] * len(two) + [True]
    for j in range(len(two) - 1, -1, -1):
        row[j] = two[j] is STAR and row[j + 1]
    for token in reversed(one):
        below, row = row, [False] * (len(two) + 1)
        row[len(two)] = token is STAR and below[len(two)]
        for j in range(len(two) - 1, -1, -1):
            row[j] = _common(token, two[j], below[j], row[j + 1], below[j + 1], sealed)
    return row[0]


def _common(
    one: str | Wildcard, two: str | Wildcard, rest_of_two: bool, rest_of_one: bool, both: bool, sealed: str
) -> bool:
    """``rest_of_two``: in common once ``one`` is done; ``rest_of_one``: once ``two`` is; ``both``: once both are."""
    if two is STAR:
        takes = not isinstance(one, str) or one not in sealed
        return rest_of_one or (takes and rest_of_two) or (one is STAR and rest_of_two)
    if one is STAR:
        return rest_of_two or rest_of_one
    return both and (one is ONE or two is ONE or one == two)


def action_matches(pattern: str, action: str) -> bool:
    """Whether an entry of Action covers ``action``: the whole ``service:name``, in upper or lower case (rule 9)."""
    return matches(pattern.lower(), action.lower())


def covers_everything(pattern: str) -> bool:
    """Whether ``pattern`` is nothing but stars, and so matches every text."""
    return pattern != "" and pattern.strip("*") == ""
