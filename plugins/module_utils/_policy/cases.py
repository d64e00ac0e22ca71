# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A question in cases: every state of the open keys, and every part of a set of resources, that its statements tell apart (rule 77).

A key is gone through where two of the open conditions ask about it: what only one of them asks about cannot decide. In each
case a key has a value that stands for all which the conditions cannot tell from it, so that what is the same in every case is
the same for every request that may be meant.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from . import arns, conditions, operators
from .cells import MOST_CELLS, Steps, addresses, numbers, steps, texts
from .conditions import Asked
from .context import (
    Comparison,
    Context,
    Key,
    Known,
    Like,
    Perhaps,
    PerhapsLike,
    State,
    Supposed,
    kind_of,
    may_have_many_values,
)
from .documents import element
from .matching import Request, Statement, covered, entries
from .operators import Family
from .patterns import Tokens, literal, tokens
from .variables import resolve

# More than people's policies need, and little enough for any document.
MOST_CASES: Final = 256
# Statements, entries and values that are looked at in all the cases together.
_MOST_LOOKED_AT = 8192
_MOST_MEMBERS = 5
_COLONS = 5
# A text that is no value of any kind but text.
_ODD = "no value of the kind"
_COMPARED: frozenset[Family] = frozenset({"text", "folded", "pattern"})
_TEXTS: frozenset[Family] = frozenset({"text", "folded", "pattern", "arn"})

# A statement that is open, with how its Resource is read.
Open: TypeAlias = "tuple[Statement, arns.PolicyKind]"


@dataclass(frozen=True, slots=True)
class Cases:
    """``of``: what is gone through, as displayed; ``requests``: one for each case."""

    of: tuple[str, ...]
    requests: Iterator[Request]


def of(request: Request, open_: Sequence[Open], others: int = 0) -> Cases | None:
    """None where there is nothing to go through, or too much. ``others``: how many statements are looked at beside those that are open."""
    most = min(MOST_CASES, _MOST_LOOKED_AT // (others + sum(_size(statement) for statement, _kind in open_) or 1))
    states = _states(request.context, [statement for statement, _kind in open_])
    resources = _resources(request, open_)
    taken: dict[str, tuple[Key | Supposed, ...]] = {}
    if resources and len(resources) > most:
        resources = None
    number = len(resources or "1")
    for key, each in sorted(states.items(), key=lambda pair: len(pair[1])):
        if number * len(each) <= most:
            taken[key] = each
            number *= len(each)
    compared = _compared(request.context, [statement for statement, _kind in open_])
    compared = compared[: max((most // number).bit_length() - 1, 0)]
    if not taken and not resources and not compared:
        return None
    named = (*sorted(taken), *dict.fromkeys(text for _what, _how, text in compared))
    return Cases(
        (*named, *(("the resource",) if resources else ())),
        _requests(request, taken, resources or (request.resource,), compared),
    )


def may_help(open_: Sequence[Open]) -> bool:
    """Whether any two conditions could have to do with each other: one statement alone is met or not, as a rule."""
    if len(open_) > 1:
        return True
    conditioned = [element(statement.body, "Condition") for statement, _kind in open_]
    return any(isinstance(condition, Mapping) and len(condition) > 1 for condition in conditioned)


def _size(statement: Statement) -> int:
    values = sum(len(asked.values) for asked in conditions.asked(element(statement.body, "Condition")))
    return 1 + len(entries(statement)) + values


def _requests(
    request: Request,
    states: dict[str, tuple[Key | Supposed, ...]],
    resources: Sequence[str],
    compared: Sequence[Comparison],
) -> Iterator[Request]:
    for each in itertools.product(*states.values()):
        keys = {key.lower(): state for key, state in zip(states, each, strict=True)}
        for truths in itertools.product((False, True), repeat=len(compared)):
            context = request.context.supposing(keys, dict(zip(compared, truths, strict=True)))
            for resource in resources:
                yield replace(request, resource=resource, context=context)


def _compared(context: Context, statements: Sequence[Statement]) -> list[Comparison]:
    """Texts with a variable of unknown value that two statements compare with the same: they are met there, or are not."""
    found: Counter[Comparison] = Counter()
    for statement in statements:
        texts_ = {(*arns.OF_RESOURCE, entry) for entry in entries(statement)}
        for asked in conditions.asked(element(statement.body, "Condition")):
            # Of several values each is compared by itself.
            if asked.operator.family in _COMPARED and not asked.quantifier:
                texts_ |= {(asked.key.lower(), asked.operator.family, value) for value in asked.values}
        found.update(each for each in texts_ if resolve(each[-1], context, enabled=statement.variables).leaves)
    return sorted(each for each, number in found.items() if number > 1)


@dataclass(frozen=True, slots=True)
class _Use:
    """What one statement asks of a key."""

    asked: Asked
    variables: bool


def _states(context: Context, statements: Sequence[Statement]) -> dict[str, tuple[Key | Supposed, ...]]:
    """The states of each open key that two conditions ask about."""
    uses: dict[str, list[_Use]] = defaultdict(list)
    spelt: dict[str, str] = {}
    for statement in statements:
        for asked in conditions.asked(element(statement.body, "Condition")):
            key = asked.key.lower()
            uses[key].append(_Use(asked, statement.variables))
            spelt.setdefault(key, asked.key)
    found = {}
    for key, each in uses.items():
        if len(each) > 1 and context.is_open(key):
            states = _states_of(key, each, context)
            if states:
                found[spelt[key]] = states
    return found


def _states_of(key: str, uses: Sequence[_Use], context: Context) -> tuple[Key | Supposed, ...] | None:
    state = context.get(key)
    if isinstance(state, Perhaps):
        return State.ABSENT, Supposed(Known((state.value,)))
    within = state.patterns if isinstance(state, Like | PerhapsLike) else ()
    values = _values(key, uses, context, within)
    if not values or len(values) > MOST_CELLS:
        return None
    known = [Known((value,)) for value in values]
    if may_have_many_values(key) and not within:
        known = [Known(members, True) for members in _sets(values)]
    absent = () if state is State.PRESENT or isinstance(state, Like) else (State.ABSENT,)
    return *absent, *map(Supposed, known)


def _sets(values: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Of a key with many values it matters which cells its values are of."""
    members = [value for value in values if value != ""]
    if len(members) <= _MOST_MEMBERS:
        for size in range(1, len(members) + 1):
            yield from itertools.combinations(members, size)
        # What is empty counts for nothing beside others, and alone is as good as no key.
        yield ("",)


def _values(key: str, uses: Sequence[_Use], context: Context, within: Sequence[str]) -> Sequence[str] | None:
    """One value for all that the operators cannot tell apart; None where they are of different kinds, or too many."""
    families = {use.asked.operator.family for use in uses} - {"null"}
    kind = kind_of(key)
    if kind == "bool":
        return ("true", "false")
    if families <= _TEXTS:
        return _of_texts(uses, context, tuple(within), is_arn=kind == "arn")
    if len(families) > 1 or (within and families != {"address"}):
        return None
    (family,) = families
    written = [value for use in uses if use.asked.operator.family == family for value in use.asked.values]
    values = _of_family(family, written, within)
    # Of a key that nobody here knows the value may be anything, which leaves such an operator open.
    return values if kind == family or not values else [*values, _ODD, ""]


def _of_family(family: Family, written: Sequence[str], within: Sequence[str]) -> Sequence[str]:
    """None at all where there are too many, or where nothing is known of such values."""
    if family == "bool":
        return ("true", "false")
    if family == "address":
        networks = [network for value in (*written, *within) if (network := operators.network_of(value))]
        inside = [network for value in within if (network := operators.network_of(value))]
        found = addresses(networks) or ()
        return [address for address in found if not inside or operators.is_within(address, inside)]
    read = {"number": operators.number, "date": operators.moment}.get(family)
    points = numbers([point for value in written if (point := read(value)) is not None]) if read else None
    # Four digits alone could be a year.
    return [f"{point:f}" if "." in f"{point:f}" else f"{point:f}.0" for point in points or ()]


def _of_texts(uses: Sequence[_Use], context: Context, within: tuple[str, ...], *, is_arn: bool) -> Sequence[str] | None:
    asked = [(use, value) for use in uses if use.asked.operator.family != "null" for value in use.asked.values]
    patterns = [pattern for use, value in asked if (pattern := _pattern(use, value, context)) is not None]
    inside = [_arn(tokens(pattern)) for pattern in within] or [_ARN] * is_arn
    return texts(tuple(dict.fromkeys([_NOTHING, _ARN, *patterns])), tuple(inside))


def _pattern(use: _Use, value: str, context: Context) -> Steps | None:
    operator = use.asked.operator
    resolved = resolve(value, context, enabled=use.variables and operator.variables)
    # With a variable of unknown value, or without one that is absent, it says the same of every value.
    if resolved.tokens is None:
        return None
    if operator.family == "arn":
        return _arn(resolved.tokens)
    if operator.family == "pattern":
        return steps(resolved.tokens)
    return steps(literal(operators.plain(resolved.tokens)), folded=operator.family == "folded")


def _arn(pattern: Tokens) -> Steps:
    """Part by part: a wildcard stays inside its part, except in the last. What has not six parts is taken as a whole."""
    colons = [place for place, mark in enumerate(pattern) if mark == ":"]
    if len(colons) < _COLONS:
        return steps(pattern)
    last = colons[_COLONS - 1] + 1
    return steps(pattern[:last], ":") + steps(pattern[last:])


_ARN: Final = _arn(tokens("arn:*:*:*:*:*"))
_NOTHING: Final[Steps] = ()


def _resources(request: Request, open_: Sequence[Open]) -> tuple[str, ...] | None:
    """One resource of each part of the set that the statements tell apart; None where it is one, or all are treated alike."""
    universe = arns.universe(request.resource)
    if universe is None:
        return None
    cut = [statement for statement, kind in open_ if covered(statement, request, kind).is_unknown]
    if len(cut) < 2:
        return None
    patterns = dict.fromkeys(
        reading
        for statement in cut
        for entry in entries(statement)
        for reading in arns.readings(entry, request.resource, request.context, variables=statement.variables)
    )
    return texts(tuple(patterns), (universe,))
