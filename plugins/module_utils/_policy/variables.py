# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy variables, ``${key}`` and ``${key, 'default'}``, replaced by what is known of the request (rules 15, 23-28)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .context import Context, Known, State
from .patterns import Tokens, literal, tokens

_LITERALS = {"*", "?", "$"}
# The default is quoted; AWS documents a blank after the comma (rule 25).
_DEFAULT = re.compile(r"([^,]*),( ?)'([^']*)'")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A text with its variables replaced. ``tokens`` is None if it has no value; ``leaves`` says why that is unknown."""

    tokens: Tokens | None
    leaves: frozenset[str] = frozenset()


def resolve(text: str, context: Context, *, enabled: bool) -> Resolved:
    """``text`` as a pattern. ``enabled``: whether the document's Version knows variables (rule 7).

    Text that comes from a variable is literal: its stars are no wildcards (rule 15).
    """
    if not enabled or "${" not in text:
        return Resolved(tokens(text))
    found: Tokens = ()
    leaves: frozenset[str] = frozenset()
    absent = False
    rest = text
    while "${" in rest:
        before, _, after = rest.partition("${")
        name, closed, rest_after = after.partition("}")
        if not closed:
            break  # an unterminated variable is literal (rule 28)
        part = _variable(name, context)
        found += tokens(before) + (part.tokens or ())
        leaves |= part.leaves
        absent = absent or (part.tokens is None and not part.leaves)
        rest = rest_after
    if absent or leaves:
        # An absent variable decides that there is no value, whatever the others would be (rule 16).
        return Resolved(None, frozenset() if absent else leaves)
    return Resolved(found + tokens(rest))


def _variable(name: str, context: Context) -> Resolved:
    if name in _LITERALS:
        return Resolved(literal(name))
    default = _DEFAULT.fullmatch(name)
    key = default[1] if default else name
    state = context.get(key.strip())
    if isinstance(state, Known):
        # A multivalued key has no value here (rule 23).
        value = None if state.multivalued else state.values[0]
    elif state is State.ABSENT:
        value = None
    else:
        return Resolved(None, frozenset({f"the variable ${{{name}}}"}))
    if value:
        return Resolved(literal(value))
    if default and default[2]:
        return Resolved(literal(default[3]))
    if default:
        return Resolved(None, frozenset({f"the variable ${{{name}}}, whose default is written without a blank"}))
    return Resolved(None)
