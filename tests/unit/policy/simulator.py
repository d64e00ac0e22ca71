# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random questions of which something is open, and by plain two-valued logic what each request that may be meant would get.

It shares no code with the engine. A completion of a question gives every open key one of the values that its conditions
could tell apart, or none, and in place of a set of resources one resource; there are more of them than are needed, not fewer.
"""

from __future__ import annotations

import copy
import ipaddress
import itertools
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

ACTION = "dynamodb:DescribeTable"
TABLES = "arn:aws:dynamodb:*:111122223333:table/*"
_TABLE = "arn:aws:dynamodb:{}:111122223333:table/{}"
TABLE = _TABLE.format("eu-west-1", "ann")
_ENTRIES = [_TABLE.format("*", name) for name in ("a*", "an*", "*n", "ann", "b*", "*")]
_IN_REGIONS = [_TABLE.format(region, "*") for region in ("eu-*", "eu-west-1", "us-*")]
_WITH_VARIABLES = [
    _TABLE.format("*", name) for name in ("${aws:username}", "${aws:username}*", "${aws:PrincipalTag/Team}")
]
CONCRETE = [
    _TABLE.format(region, name)
    for region in ("eu-west-1", "eu-west-2", "us-east-1", "sa-east-1")
    for name in ("a", "an", "ann", "ax", "anx", "axn", "b", "bn", "bob", "n", "xn", "x", "annx", "z", "z9")
]

# What a key may be; the last of the values is one that no condition names.
KEYS: dict[str, list[Any]] = {
    "aws:username": ["ann", "an", "a", "bob", "b", "axn", "x", "Ann", "BOB", "a*", "A*", "an*", "AN*", "z9"],
    "aws:PrincipalTag/Team": ["ann", "an", "a", "bob", "", "Ann", "BOB", "a*", "A*", "z9"],
    "aws:SourceVpce": ["vpce-1", "vpce-2", "z9"],
    "aws:SourceIp": ["10.1.2.3", "10.9.9.9", "192.0.2.1", "2001:db8::1"],
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:MultiFactorAuthAge": ["5", "10", "50", "100", "500"],
    "aws:CurrentTime": ["2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2026-06-01T00:00:00Z"],
    "aws:TagKeys": [list(members) for size in (1, 2, 3) for members in itertools.combinations(["a", "b", "z9"], size)],
}


# A star that a variable has put into a text, which is no wildcard.
_STAR = "\ue000"


@lru_cache(maxsize=10_000)
def glob(pattern: str, text: str) -> bool:
    written = "".join({"*": ".*", "?": ".", _STAR: "[*]"}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(written, text, re.DOTALL) is not None


@lru_cache(maxsize=10_000)
def _in_network(value: str, wanted: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted)


_COMPARE: dict[str, Any] = {
    "StringEquals": lambda value, wanted: value == wanted.replace(_STAR, "*"),
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.replace(_STAR, "*").lower(),
    "StringLike": lambda value, wanted: glob(wanted, value),
    "NumericLessThan": lambda value, wanted: float(value) < float(wanted),
    "NumericGreaterThanEquals": lambda value, wanted: float(value) >= float(wanted),
    "DateLessThan": lambda value, wanted: value < wanted,
    "DateGreaterThanEquals": lambda value, wanted: value >= wanted,
    "IpAddress": _in_network,
    "Bool": lambda value, wanted: value == wanted,
}
_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NotIpAddress": "IpAddress",
}
_STRINGS = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringEqualsIfExists",
]
_ASKED: dict[str, tuple[list[str], list[str]]] = {
    "aws:username": (_STRINGS, ["ann", "a*", "an*", "bob"]),
    "aws:PrincipalTag/Team": (_STRINGS, ["ann", "a*", "bob", "${aws:username}"]),
    "aws:SourceVpce": (["StringEquals", "StringNotEquals", "StringNotEqualsIfExists"], ["vpce-1", "vpce-2"]),
    "aws:SourceIp": (["IpAddress", "NotIpAddress"], ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/24"]),
    "aws:MultiFactorAuthPresent": (["Bool", "BoolIfExists"], ["true", "false"]),
    "aws:MultiFactorAuthAge": (["NumericLessThan", "NumericGreaterThanEquals"], ["10", "100"]),
    "aws:CurrentTime": (["DateLessThan", "DateGreaterThanEquals"], ["2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]),
    "aws:TagKeys": (
        [
            "ForAllValues:StringEquals",
            "ForAnyValue:StringEquals",
            "ForAllValues:StringNotEquals",
            "ForAnyValue:StringNotEquals",
        ],
        ["a", "b"],
    ),
}
Statement = dict[str, Any]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """``layers``: the identity's statements, then a boundary's where there is one. ``known``: what is read of the keys."""

    layers: tuple[list[Statement], ...]
    resource: str
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def open_keys(self) -> list[str]:
        written = str(self.layers)
        return [key for key in KEYS if key in written and key not in self.known]


def questions(number: int, seed: int) -> Iterator[Question]:
    choose = random.Random(seed)  # noqa: S311
    return (_question(choose) for _number in range(number))


def _question(choose: random.Random) -> Question:
    # Statements that have something to do with each other: few keys, and few entries.
    keys = choose.sample(sorted(KEYS), choose.choice([1, 1, 2, 2, 3]))
    entries = ["*", *choose.sample(_ENTRIES + _IN_REGIONS, 2), choose.choice(_WITH_VARIABLES)]
    layers = [_layer(choose, keys, entries, 5)]
    if choose.random() < 0.25:
        layers.append(_layer(choose, keys, entries, 3))
    known = {key: choose.choice([None, *values]) for key, values in KEYS.items() if choose.random() < 0.15}
    return Question(tuple(layers), choose.choice([TABLE, TABLES]), known)


def _layer(choose: random.Random, keys: list[str], entries: list[str], most: int) -> list[Statement]:
    layer = [_statement(choose, keys, entries) for _number in range(choose.randint(1, most))]
    # As people write them: one for a case, and one for the opposite.
    return layer + [_turned(choose, choose.choice(layer)) for _once in range(choose.random() < 0.35)]


_OPPOSITES = {
    **_NEGATIONS,
    **{positive: negative for negative, positive in _NEGATIONS.items()},
    "NumericLessThan": "NumericGreaterThanEquals",
    "NumericGreaterThanEquals": "NumericLessThan",
    "DateLessThan": "DateGreaterThanEquals",
    "DateGreaterThanEquals": "DateLessThan",
    "StringEqualsIfExists": "StringNotEquals",
    "StringNotEqualsIfExists": "StringEquals",
    "ForAllValues:StringEquals": "ForAnyValue:StringNotEquals",
    "ForAnyValue:StringNotEquals": "ForAllValues:StringEquals",
    "ForAllValues:StringNotEquals": "ForAnyValue:StringEquals",
    "ForAnyValue:StringEquals": "ForAllValues:StringNotEquals",
}
_TRUTHS = {"true": "false", "false": "true"}


def _turned(choose: random.Random, statement: Statement) -> Statement:
    """The same statement for the opposite of one of its tests, or of its resources; or of the other effect."""
    turned = copy.deepcopy(statement)
    tests = list(statement.get("Condition", {}).items())
    if tests and choose.random() < 0.8:
        operator, wanted = choose.choice(tests)
        del turned["Condition"][operator]
        if operator not in _OPPOSITES:
            wanted = {key: [_TRUTHS.get(value, value) for value in values] for key, values in wanted.items()}
        turned["Condition"][_OPPOSITES.get(operator, operator)] = wanted
    elif statement.get("Resource", "*") == "*" or choose.random() < 0.3:
        turned["Effect"] = "Allow" if statement["Effect"] == "Deny" else "Deny"
    else:
        name, other = ("Resource", "NotResource") if "Resource" in statement else ("NotResource", "Resource")
        turned[other] = turned.pop(name)
    return turned


def _statement(choose: random.Random, keys: list[str], entries: list[str]) -> Statement:
    body: Statement = {"Effect": choose.choice(["Allow", "Allow", "Allow", "Deny"]), "Action": "*"}
    body[choose.choice(["Resource"] * 4 + ["NotResource"])] = choose.choice(["*", "*", *entries[1:]])
    if body.get("NotResource") == "*":
        body["Resource"] = body.pop("NotResource")
    for key in choose.sample(keys, choose.choice([0, 1, 1, 1, 2]) if len(keys) > 1 else choose.choice([0, 1, 1])):
        body.setdefault("Condition", {}).update([_test(choose, key)])
    return body


def _test(choose: random.Random, key: str) -> tuple[str, dict[str, list[str]]]:
    if choose.random() < 0.15:
        return "Null", {key: [choose.choice(["true", "false"])]}
    operators, values = _ASKED[key]
    return choose.choice(operators), {key: choose.sample(values, choose.choice([1, 1, 1, 2]))}


def completions(question: Question) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every request that may be meant: a resource, and every key's value, or None for a key that is absent."""
    resources = CONCRETE if question.resource == TABLES else [question.resource]
    for values in itertools.product(*([None, *KEYS[key]] for key in question.open_keys)):
        for resource in resources:
            yield resource, {**question.known, **dict(zip(question.open_keys, values, strict=True))}


def truths(question: Question) -> set[bool]:
    """What the requests that may be meant get; both, as soon as two of them differ."""
    seen: set[bool] = set()
    for resource, values in completions(question):
        # Of a NotResource whose variable is absent nobody knows what it means: both readings may be meant.
        for reading in sorted({False, "NotResource" in str(question.layers)}):
            seen.add(_allows(question, resource, values, reading))
        if len(seen) > 1:
            break
    return seen


def _allows(question: Question, resource: str, values: Values, reading: bool) -> bool:
    """By two-valued logic, where everything is known. ``reading``: whether a NotResource without its variable applies."""
    for layer in question.layers:
        effects = {statement["Effect"] for statement in layer if _applies(statement, resource, values, reading)}
        if "Deny" in effects or "Allow" not in effects:
            return False
    return True


def _applies(statement: Statement, resource: str, values: Values, reading: bool) -> bool:
    negated = "NotResource" in statement
    pattern = _replaced(statement["NotResource" if negated else "Resource"], values)
    covered = pattern is not None and glob(pattern, resource)
    if not (reading if negated and pattern is None else covered != negated):
        return False
    return all(
        _met(operator, values.get(key), wanted, values)
        for operator, tests in statement.get("Condition", {}).items()
        for key, wanted in tests.items()
    )


def _replaced(text: str, values: Values) -> str | None:
    for name in re.findall(r"\$\{([^}]*)\}", text):
        if not values.get(name):
            return None
        text = text.replace(f"${{{name}}}", values[name].replace("*", _STAR))
    return text


def _met(operator: str, value: Any, wanted: list[str], values: Values) -> bool:
    quantifier, _colon, name = operator.rpartition(":")
    if_exists, name = name.endswith("IfExists"), name.removesuffix("IfExists")
    if name == "Null":
        return ("false" if value else "true") in wanted
    base, negated = _NEGATIONS.get(name, name), name in _NEGATIONS
    if value is None:
        return quantifier == "ForAllValues" or (not quantifier and (negated or if_exists))
    patterns = [pattern for pattern in (_replaced(each, values) for each in wanted) if pattern is not None]
    met = [
        any(_COMPARE[base](each, pattern) for pattern in patterns) != negated
        for each in (value if isinstance(value, list) else [value])
    ]
    return all(met) if quantifier == "ForAllValues" else any(met)
