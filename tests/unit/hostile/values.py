# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values that nobody means, and that an option, an answer of AWS or a file can hold all the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

MEGABYTE = 1_000_000
MANY = 100_000
LEVELS = 10_000

TEXTS: dict[str, str] = {
    "empty": "",
    "blank": " \t",
    "a megabyte": "a" * MEGABYTE,
    "half a character": "a\ud800b",
    "no character": "a\ufffe\uffff\U0010ffffb",
    "right to left": "a\u202egnp.exe\u2066",
    "zero width": "al\u200blow\ufeff\U000e0041",
    "NUL": "a\x00b",
    "clear the screen": "\x1b[2J\x1b]0;title\x07\x9b31m",
    "lines": "a\r\nb\u2028c",
    "Jinja": "{{ lookup('pipe', 'id') }}{% raw %}",
    "markup": "</script><img src=x onerror=alert(1)>&amp;]]>",
    "Markdown": "| a | [x](javascript:1) `b` @all",
    "formula": "=cmd|' /C calc'!A0",
    "shell": "$(id); `id` ' \" && id",
    "variable": "${aws:username}",
    "other digits": "\uff11\uff12\uff13\uff14" * 3,
    "upwards": "../../../etc/passwd",
    "no user": "~no-such-user-here/x",
}


def deep_list() -> Any:
    value: Any = "x"
    for _level in range(LEVELS):
        value = [value]
    return value


def deep_dict() -> Any:
    value: Any = "x"
    for _level in range(LEVELS):
        value = {"a": value}
    return value


# Made anew for each use: a value that is nested so deeply is best not left around.
SHAPES: dict[str, Callable[[], Any]] = {
    "null": lambda: None,
    "a boolean": lambda: True,
    "not a number": lambda: float("nan"),
    "infinite": lambda: float("inf"),
    "beyond 64 bits": lambda: 2**70,
    "beyond a double": lambda: -(10**400),
    "an empty list": lambda: [],
    "an empty object": lambda: {},
    "a long list": lambda: ["a"] * MANY,
    "a long list of names": lambda: [f"a{number}" for number in range(MANY)],
    "a long list of accounts": lambda: [f"{number:012d}" for number in range(MANY)],
    "a list of anything": lambda: [None, 1, {}, [], "a\ud800"],
    "an object of many": lambda: {f"a{number}": number for number in range(MANY)},
    "an object with other keys": lambda: {1: 2, None: 3},
    "a deep list": deep_list,
    "a deep object": deep_dict,
}


def each() -> Iterator[tuple[str, Any]]:
    """Every value, with what to call it."""
    yield from TEXTS.items()
    yield from ((name, make()) for name, make in SHAPES.items())


def few() -> Iterator[tuple[str, Any]]:
    """One of each kind, all of them small or deep, for where there are many places to put them."""
    for name in ("empty", "half a character", "NUL", "clear the screen", "markup"):
        yield name, TEXTS[name]
    for name in ("null", "not a number", "beyond a double", "an empty list", "an empty object", "a list of anything"):
        yield name, SHAPES[name]()
    yield "a deep list", deep_list()


def some() -> Iterator[tuple[str, Any]]:
    """These, and what is large."""
    yield from few()
    yield "a megabyte", TEXTS["a megabyte"]
    yield "a long list of names", SHAPES["a long list of names"]()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every value inside ``value``."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def with_value(whole: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of ``whole`` with ``new`` at ``path``."""
    if not path:
        return new
    copy = dict(whole) if isinstance(whole, dict) else list(whole)
    copy[path[0]] = with_value(whole[path[0]], path[1:], new)
    return copy


def without(whole: Any, path: tuple[Any, ...]) -> Any:
    """A copy of ``whole`` without what is at ``path``."""
    copy = dict(whole) if isinstance(whole, dict) else list(whole)
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = without(whole[path[0]], path[1:])
    return copy


def is_fit_for_output(result: Any) -> bool:
    """Whether it can be handed on as JSON, by any program."""
    json.loads(json.dumps(result, allow_nan=False))
    return True
