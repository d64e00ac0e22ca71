# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""R72, R73: where everything is known, the engine says what plain two-valued logic says, written down once more here."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.policy.rules.asking import ALLOWED, EXPLICIT, IMPLICIT, TABLE, ask, stored

ACTION = "dynamodb:DescribeTable"
KEYS: dict[str, list[Any]] = {
    "aws:SourceIp": ["10.1.2.3", "192.0.2.1", None],
    "aws:username": ["Orders", "ann", None],
    "aws:MultiFactorAuthAge": ["10", "3600", None],
    "aws:TagKeys": [["a"], ["a", "b"], ["c"], None],
}


def glob(pattern: str, text: str) -> bool:
    written = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(written, text, re.DOTALL) is not None


COMPARE: dict[str, Any] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": lambda value, wanted: glob(wanted, value),
    "NumericLessThan": lambda value, wanted: float(value) < float(wanted),
    "IpAddress": lambda value, wanted: ipaddress.ip_address(value) in ipaddress.ip_network(wanted),
}
VALUES = {
    "StringEquals": ("aws:username", ["Orders", "ann", "bob"]),
    "StringLike": ("aws:username", ["Ord*", "a?n", "*", "bob"]),
    "NumericLessThan": ("aws:MultiFactorAuthAge", ["11", "4000", "5"]),
    "IpAddress": ("aws:SourceIp", ["10.0.0.0/8", "192.0.2.0/24", "0.0.0.0/0"]),
}
NEGATIONS = {"StringEquals": "StringNotEquals", "StringLike": "StringNotLike", "IpAddress": "NotIpAddress"}


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, list[str], Any]:
    """Operator, key, values, and what it says of the key's value or its absence."""
    base = draw(st.sampled_from(sorted(VALUES)))
    key, values = VALUES[base]
    wanted = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
    negated = base in NEGATIONS and draw(st.booleans())
    if_exists = draw(st.booleans())

    def holds_for(value: str) -> bool:
        return any(COMPARE[base](value, each) for each in wanted) != negated

    def says(value: Any) -> bool:
        return (if_exists or negated) if value is None else holds_for(value)

    return (NEGATIONS[base] if negated else base) + ("IfExists" if if_exists else ""), key, wanted, says


@st.composite
def sets(draw: st.DrawFn) -> tuple[str, str, list[str], Any]:
    every, negated = draw(st.booleans()), draw(st.booleans())
    wanted = draw(st.lists(st.sampled_from(["a", "b", "x"]), min_size=1, max_size=2))

    def says(values: Any) -> bool:
        met = [(value in wanted) != negated for value in values or ()]
        return all(met) if every else any(met)

    operator = "StringNotEquals" if negated else "StringEquals"
    return ("ForAllValues:" if every else "ForAnyValue:") + operator, "aws:TagKeys", wanted, says


@st.composite
def absences(draw: st.DrawFn) -> tuple[str, str, list[str], Any]:
    key, wanted = draw(st.sampled_from(sorted(KEYS))), draw(st.sampled_from(["true", "false"]))
    return "Null", key, [wanted], lambda value: (value is None) == (wanted == "true")


@st.composite
def statements(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """A statement, and whether it applies in a context."""
    actions = draw(
        st.lists(st.sampled_from(["*", "s3:*", "DYNAMODB:desc*", "dynamodb:?escribeTable"]), min_size=1, max_size=2)
    )
    resources = draw(
        st.lists(
            st.sampled_from(
                [
                    "*",
                    TABLE,
                    "arn:aws:dynamodb:*:111122223333:table/O*",
                    "arn:aws:s3:::*",
                    "arn:aws:dynamodb:us-*:*:table/*",
                ]
            ),
            min_size=1,
            max_size=2,
        )
    )
    not_action, not_resource = draw(st.booleans()), draw(st.booleans())
    asked = draw(
        st.lists(st.one_of(conditions(), sets(), absences()), max_size=2, unique_by=lambda condition: condition[0])
    )

    def applies(context: dict[str, Any]) -> bool:
        action = any(glob(action.lower(), ACTION.lower()) for action in actions) != not_action
        resource = any(resource == "*" or arn(resource) for resource in resources) != not_resource
        return action and resource and all(says(context[key]) for _operator, key, _wanted, says in asked)

    body = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "NotAction" if not_action else "Action": actions,
        "NotResource" if not_resource else "Resource": resources,
        "Condition": {operator: {key: wanted} for operator, key, wanted, _says in asked},
    }
    return body, applies


def arn(entry: str) -> bool:
    parts, wanted = TABLE.split(":", 5), entry.split(":", 5)
    return all(glob(pattern_part, part) for pattern_part, part in zip(wanted, parts, strict=True))


LAYER = st.lists(statements(), max_size=3)


def verdict(layers: list[Any], context: dict[str, Any]) -> str:
    applying = [[body["Effect"] for body, applies in layer if applies(context)] for layer in layers]
    if any("Deny" in effects for effects in applying):
        return EXPLICIT
    return ALLOWED if all("Allow" in effects for effects in applying) else IMPLICIT


@settings(max_examples=250, deadline=None, derandomize=True)
@given(
    LAYER,
    LAYER | st.none(),
    st.lists(LAYER, max_size=2),
    st.fixed_dictionaries({key: st.sampled_from(v) for key, v in KEYS.items()}),
)
def test_r73_where_all_is_known_it_agrees_with_two_valued_logic(
    identity: Any, boundary: Any, levels: Any, context: Any
):
    more: dict[str, Any] = {}
    if boundary is not None:
        more["boundary"] = [body for body, _applies in boundary]
    if levels:
        more["scps"] = tuple((stored(*[body for body, _applies in level]),) for level in levels)
    layers = [identity, *([] if boundary is None else [boundary]), *levels]
    decision = ask([body for body, _applies in identity], ACTION, TABLE, context, **more)
    assert decision.verdict == verdict(layers, context)
