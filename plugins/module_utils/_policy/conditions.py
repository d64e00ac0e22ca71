# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Condition element: every operator over keys that are known, absent, present or unknown (rules 29-44).

"Rule N" here, and in all of this package, is number N of docs/iam_rules.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import operators
from .context import Context, Key, Known, Like, Perhaps, PerhapsLike, State, Supposed, may_have_many_values
from .documents import Json, as_list
from .operators import Operator
from .truth import NO, YES, Answer, every, negate, some, truth, unknown
from .variables import Resolved, resolve

_FOR_ALL, _FOR_ANY = "forallvalues:", "foranyvalue:"
_IF_EXISTS = "ifexists"


@dataclass(frozen=True, slots=True)
class _Test:
    """One operator on one key: its parts, and the policy's values as text. ``many``: whether the key may have many values."""

    key: str
    operator: Operator
    quantifier: str
    if_exists: bool
    values: tuple[str, ...]
    leaf: str
    context: Context
    variables: bool
    many: bool


def holds(condition: Json, context: Context, *, variables: bool) -> Answer:
    """Whether a Condition element is met: all operators and all keys, any of a key's values (rules 6, 29).

    ``variables``: whether the document's Version knows variables. Raises nothing; what cannot be read is unknown.
    """
    if condition is None:
        return YES
    if not isinstance(condition, Mapping):
        return unknown("a Condition that is not an object")
    return every(_tests(condition, context, variables))


def _tests(condition: Mapping[str, Json], context: Context, variables: bool) -> Iterator[Answer]:
    for name, keys in condition.items():
        if not isinstance(keys, Mapping):
            yield unknown(f"a condition {name} that is not an object")
            continue
        for key, raw in keys.items():
            yield _test(name, key, raw, context, variables)


def _test(name: str, key: str, raw: Json, context: Context, variables: bool) -> Answer:
    quantifier, base, if_exists = _parts(name)
    operator = operators.BY_NAME.get(base)
    values = [operators.text(value) for value in as_list(raw)]
    flaw = _flaw(key, operator, values, raw, quantifier, if_exists)
    if operator is None or flaw:
        return unknown(f"{key} ({name}: {flaw})")
    texts = tuple(value for value in values if value is not None)
    leaf, many = f"{key} ({name} {', '.join(texts)})", may_have_many_values(key)
    test = _Test(key.lower(), operator, quantifier, if_exists, texts, leaf, context, variables, many)
    state = context.get(key)
    if isinstance(state, Supposed):
        state = state.known
    return _in_state(test, state) if texts else _without_values(test, state)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a condition asks of a key: an operator, negated or not, and the policy's values."""

    key: str
    operator: Operator
    quantifier: str
    values: tuple[str, ...]


def asked(condition: Json) -> Iterator[Asked]:
    """Everything that a Condition element asks and that can be read."""
    for name, keys in condition.items() if isinstance(condition, Mapping) else ():
        quantifier, base, _if_exists = _parts(name)
        operator = operators.BY_NAME.get(base)
        if operator is None or not isinstance(keys, Mapping):
            continue
        for key, raw in keys.items():
            texts = tuple(text for text in map(operators.text, as_list(raw)) if text is not None)
            yield Asked(key, operator, quantifier, texts)


def _flaw(
    key: str, operator: Operator | None, values: list[str | None], raw: Json, quantifier: str, if_exists: bool
) -> str:
    """Why nobody can say what it asks for; empty if it can be read (rule 5)."""
    if operator is None:
        return "the operator is not one of IAM's"
    if operator is operators.NULL and if_exists:
        return "AWS does not document Null with IfExists"
    if "${" in key:
        return "AWS documents no variable in the name of a key"
    if raw is None or None in values:
        return "a value is not a string"
    # One page of AWS's says that such a condition has no effect, another that no request meets it.
    return "" if values or quantifier or (if_exists and operator is not operators.NULL) else "it has no values"


def _without_values(test: _Test, key: Key) -> Answer:
    """An empty list: met by no request with ForAnyValue, and else only by one without the key.

    Source: IAM Access Analyzer's policy checks, the suggestions about an empty array.
    """
    if test.operator is operators.NULL:
        return _null(test, key)
    if test.quantifier == _FOR_ANY:
        return _absent(test) if test.if_exists and key is not State.PRESENT and not isinstance(key, Known) else NO
    if key is State.UNKNOWN or isinstance(key, Perhaps | PerhapsLike):
        return unknown(test.leaf)
    return truth(_is_null(key))


def _parts(name: str) -> tuple[str, str, bool]:
    """Quantifier, base operator and IfExists of an operator's name, in lower case (rule 44)."""
    base = name.lower()
    quantifier = next((prefix for prefix in (_FOR_ALL, _FOR_ANY) if base.startswith(prefix)), "")
    base = base.removeprefix(quantifier)
    return quantifier, base.removesuffix(_IF_EXISTS), base.endswith(_IF_EXISTS)


def _in_state(test: _Test, key: Key) -> Answer:
    if test.operator is operators.NULL:
        return _null(test, key)
    if isinstance(key, Known):
        return _known(test, key)
    if isinstance(key, Perhaps):
        return _same(test, _absent(test), _known(test, Known((key.value,))))
    if isinstance(key, Like):
        return _one_of(test, key.patterns)
    if isinstance(key, PerhapsLike):
        return _same(test, _absent(test), _one_of(test, key.patterns))
    if key is State.ABSENT:
        return _absent(test)
    if test.many and not test.quantifier:
        # Many values without a set operator: see _known.
        return unknown(test.leaf)
    present = _present(test)
    if key is State.PRESENT:
        return present
    # Unknown, unless it comes out the same for no value at all and for every value (rule 33).
    return _same(test, _absent(test), present)


def _same(test: _Test, first: Answer, second: Answer) -> Answer:
    return first if first == second and not first.is_unknown else unknown(test.leaf)


def _null(test: _Test, key: Key) -> Answer:
    """``true`` asks for an absent key, ``false`` for a present one; several values are either of them (rules 31, 41).

    With a set operator it is always met, or never: IAM Access Analyzer's policy checks, "Null with qualifier".
    """
    if test.quantifier:
        return truth(test.quantifier == _FOR_ALL)
    if key is State.UNKNOWN or isinstance(key, Perhaps | PerhapsLike):
        asked = {value.lower() for value in test.values}
        return YES if asked >= {"true", "false"} else unknown(test.leaf)
    wanted = "true" if _is_null(key) else "false"
    return some(
        truth(value.lower() == wanted) if _is_readable(test, value) else unknown(test.leaf) for value in test.values
    )


def _is_null(key: Key) -> bool:
    """A key of which all that is there is an empty string is a null data set, as one that is absent (rule 35)."""
    return key is State.ABSENT or (isinstance(key, Known) and not any(key.values))


def _is_readable(test: _Test, value: str) -> bool:
    """Whether a value, of the request or of the policy, is of the kind that the operator compares."""
    return test.operator.is_kind is None or test.operator.is_kind(value)


def _absent(test: _Test) -> Answer:
    """Rules 31 and 32."""
    if test.quantifier == _FOR_ANY:
        return unknown(f"{test.leaf}: AWS does not document what it means without the key") if test.if_exists else NO
    return truth(test.if_exists or test.quantifier == _FOR_ALL or test.operator.negated)


def _present(test: _Test) -> Answer:
    """With a value that is not known, only a pattern of stars decides (rules 33, 34)."""
    operator = test.operator
    if test.quantifier == _FOR_ALL and (operator.negated or operator.takes_anything is None):
        # The value may be an empty string, which counts as an empty set (rule 35).
        return unknown(test.leaf)
    if operator.takes_anything is not None and any(operator.takes_anything(value) for value in test.values):
        return truth(not operator.negated)
    return unknown(test.leaf)


def _one_of(test: _Test, patterns: tuple[str, ...]) -> Answer:
    """With one value that matches a pattern: decided where each pattern is wholly met by a value of the policy, or where
    none of them can be met by any."""
    answers = [some(_of_pattern(test, pattern, written) for written in test.values) for pattern in patterns]
    met = answers[0] if all(answer == answers[0] for answer in answers) else unknown(test.leaf)
    return negate(met) if test.operator.negated else met


def _of_pattern(test: _Test, pattern: str, written: str) -> Answer:
    operator = test.operator
    if operator.may_meet is None or operator.meets_all is None:
        return unknown(test.leaf)
    resolved = resolve(written, test.context, enabled=test.variables and operator.variables)
    if _has_no_value(resolved):
        return NO
    if not _is_readable(test, pattern) or not _is_readable(test, operators.plain(resolved.widest)):
        return unknown(test.leaf)
    if not operator.may_meet(resolved.widest, pattern):
        return NO
    if resolved.tokens is not None and operator.meets_all(resolved.tokens, pattern):
        return YES
    return unknown(test.leaf)


def _known(test: _Test, key: Known) -> Answer:
    if not test.quantifier:
        # AWS asks for a set operator, and does not say what becomes of a set without one (rule 37).
        if key.multivalued:
            return unknown(f"{test.leaf}: the key has many values and the operator is none for sets")
        return _one(test, key.values[0])
    # An empty string counts as an empty set (rule 35).
    answers = (_one(test, value) for value in key.values if value != "")
    return every(answers) if test.quantifier == _FOR_ALL else some(answers)


def _one(test: _Test, value: str) -> Answer:
    """One request value against the policy's values: any of them, or for a negated operator none (rules 29, 36)."""
    met = some(_against(test, value, written) for written in test.values)
    return negate(met) if test.operator.negated else met


def _against(test: _Test, value: str, written: str) -> Answer:
    enabled = test.variables and test.operator.variables
    pattern = resolve(written, test.context, enabled=enabled)
    if pattern.tokens is None:
        # An absent variable equals nothing; one of unknown value leaves this value open (rule 27).
        if _has_no_value(pattern):
            return NO
        met = None if test.quantifier else test.context.is_met((test.key, test.operator.family, written))
        return unknown(*(f"{test.leaf}: {leaf}" for leaf in pattern.leaves)) if met is None else truth(met)
    # What is not of the operator's kind AWS does not say how to compare (rules 39-43).
    if not _is_readable(test, value) or not _is_readable(test, operators.plain(pattern.tokens)):
        return unknown(test.leaf)
    met = test.operator.compare(value, pattern.tokens)
    if met is None:
        return unknown(f"{test.leaf}: four digits are a year or seconds")
    if met and enabled and test.operator is operators.BOOL and "${" in written:
        return unknown(f"{test.leaf}: whether variables work in a Bool")
    return truth(met)


def _has_no_value(resolved: Resolved) -> bool:
    """For want of a variable that is absent."""
    return resolved.tokens is None and not resolved.leaves
