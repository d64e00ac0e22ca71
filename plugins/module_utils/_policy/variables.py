# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy variables, ``${key}`` and ``${key, 'default'}``, replaced by what is known of the request (rules 15, 23-28)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .context import Context, Known, State, Supposed
from .patterns import STAR, Tokens, literal, tokens

# A variable, or what is written like one.
_WRITTEN = re.compile(r"\$\{[^}]*\}")
# Written ${*}, ${?} and ${$} (rule 24).
_LITERALS = {"*", "?", "$"}
# A key's name has no blanks; a default stands in quotes behind a comma and a blank.
_FORM = re.compile(r"([^\s,'\"{}$*?]+)(?:, '([^']*)')?")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A text with its variables replaced. ``tokens`` is None if it has no value; ``leaves`` says why that is unknown.

    ``widest``: the text with a star for each variable of unknown value; empty if a variable is absent. ``sure``: whether every
    variable has some value, though it is not known which.
    """

    tokens: Tokens | None
    leaves: frozenset[str] = frozenset()
    widest: Tokens = ()
    sure: bool = False


def replaced(text: str, by: str) -> str:
    """``text`` with ``by`` in the place of each variable, or of what is written like one."""
    # Behind the last brace nothing is, and a search there would begin anew at each "${".
    end = text.rfind("}") + 1
    return _WRITTEN.sub(by, text[:end]) + text[end:]


def resolve(text: str, context: Context, *, enabled: bool) -> Resolved:
    """``text`` as a pattern. ``enabled``: whether the document's Version knows variables (rule 7).

    Text that comes from a variable is literal: its stars are no wildcards (rule 15).
    """
    if not enabled or "${" not in text:
        whole = tokens(text)
        return Resolved(whole, widest=whole)
    parts = list(_parts(text, context))
    # An absent variable decides that there is no value, whatever the others would be (rule 16).
    if any(part.tokens is None and not part.leaves for part in parts):
        return Resolved(None)
    leaves = frozenset().union(*(part.leaves for part in parts))
    widest = tuple(token for part in parts for token in ((STAR,) if part.tokens is None else part.tokens))
    sure = all(part.sure or part.tokens is not None for part in parts)
    return Resolved(None if leaves else widest, leaves, widest, sure)


def _parts(text: str, context: Context) -> Iterator[Resolved]:
    """The text between the variables, and each of them, in order."""
    at = 0
    while (start := text.find("${", at)) >= 0:
        end = text.find("}", start)
        # An unterminated variable is literal (rule 28).
        if end < 0:
            break
        yield Resolved(tokens(text[at:start]))
        yield _variable(text[start + 2 : end], context)
        at = end + 1
    yield Resolved(tokens(text[at:]))


def _variable(name: str, context: Context) -> Resolved:
    if name in _LITERALS:
        return Resolved(literal(name))
    form = _FORM.fullmatch(name)
    # Of any other form AWS does not say what it means (rule 25).
    if form is None:
        return Resolved(None, frozenset({f"the variable ${{{name}}}, in a form that AWS does not document"}))
    key, default = form.groups()
    state = context.get(key)
    if isinstance(state, Supposed):
        # Any of the values that conditions cannot tell from this one; from an empty string they tell every other.
        return Resolved(None, frozenset({f"the variable ${{{name}}}"}), sure=any(state.known.values))
    if isinstance(state, Known):
        # A multivalued key has no value here (rule 23).
        value = None if state.multivalued else state.values[0]
    elif state is State.ABSENT:
        value = None
    else:
        return Resolved(None, frozenset({f"the variable ${{{name}}}"}))
    # An empty string is as good as none (rule 35).
    return Resolved(literal(value or default)) if value or default else Resolved(None)
