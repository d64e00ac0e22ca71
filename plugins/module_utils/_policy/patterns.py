# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM's wildcards: ``*`` for any text, ``?`` for exactly one character, and nothing else special (rules 8, 9)."""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Whether ``pattern`` matches the whole of ``text``, case-sensitively.

    Two pointers and one place to come back to: at most len(pattern) * len(text) steps, whatever the pattern. No
    regular expression is made of policy text.
    """
    at, seen = 0, 0
    star, resume = -1, 0
    while seen < len(text):
        # A star first: it is a wildcard even where the text holds a star too.
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, seen
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[seen]):
            at, seen = at + 1, seen + 1
        elif star >= 0:
            resume += 1
            at, seen = star + 1, resume
        else:
            return False
    return covers_everything(pattern[at:] + "*")


def action_matches(pattern: str, action: str) -> bool:
    """Whether an entry of Action covers ``action``: the whole ``service:name``, in upper or lower case (rule 9)."""
    return matches(pattern.lower(), action.lower())


def covers_everything(pattern: str) -> bool:
    """Whether ``pattern`` is nothing but stars, and so matches every text."""
    return pattern != "" and pattern.strip("*") == ""
