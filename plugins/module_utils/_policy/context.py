# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of a request's condition keys (rule 30)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias


class State(Enum):
    """A key's state where it has no known value."""

    ABSENT = "absent"
    PRESENT = "present"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Known:
    """A key with known values. ``multivalued``: whether it is a set, such as aws:TagKeys."""

    values: tuple[str, ...]
    multivalued: bool = False


@dataclass(frozen=True, slots=True)
class Perhaps:
    """A key that is either absent or has this value, such as aws:SourceAccount of a service's call.

    ``was_read``: whether the value is one that was read, so that nobody can state another.
    """

    value: str
    was_read: bool = False


@dataclass(frozen=True, slots=True)
class PerhapsLike:
    """A key that is either absent or matches one of these patterns, such as aws:SourceArn of a service's call."""

    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """A key that has one value, which matches one of these patterns: a name with wildcards, or a network of addresses."""

    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Supposed:
    """A key in one case of several: conditions cannot tell its value from this one. A variable can, and stays open."""

    known: Known


@dataclass(frozen=True, slots=True)
class Stated:
    """What a user says of a key. It counts only as far as nothing was read: see ``Context.completed``."""

    value: Given


Key: TypeAlias = "Known | Like | Perhaps | PerhapsLike | State"


# What is compared, by what, and the text with the variable.
Comparison: TypeAlias = tuple[str, str, str]
Kind: TypeAlias = Literal["bool", "number", "date", "address", "arn"]
Several: TypeAlias = Sequence[str]
Given: TypeAlias = "str | bool | int | float | Several | State | Like | Perhaps | PerhapsLike | Stated | None"
_REST = "/*"


class Context:
    """Key → what is known of it; names are compared without regard to case (rule 30), and a key not provided is UNKNOWN.

    From a plain dict: a string, number or boolean is a known value, a list a known set, None an absent key;
    State.PRESENT and State.UNKNOWN are themselves, Like a value known by its pattern, Perhaps and PerhapsLike a key that may
    be sent. ``aws:PrincipalTag/*`` is said of every key of that name that is not provided. What is Stated is left to
    ``completed``.
    """

    def __init__(self, values: Mapping[str, Given] | None = None) -> None:
        self._keys: dict[str, Key | Supposed] = {
            name.lower(): _key(value) for name, value in (values or {}).items() if not isinstance(value, Stated)
        }
        self._met: Mapping[Comparison, bool] = {}

    def completed(self, values: Mapping[str, Given]) -> Context:
        """The same with those of ``values`` that are Stated, where nothing decides the key by itself."""
        stated = {name: value.value for name, value in values.items() if isinstance(value, Stated)}
        more = {name.lower(): _key(value) for name, value in stated.items() if self._is_open_to(name, _key(value))}
        if not more:
            return self
        return self.supposing(more)

    def supposing(self, keys: Mapping[str, Key | Supposed], met: Mapping[Comparison, bool] | None = None) -> Context:
        """The same with these keys as they are said to be. ``keys``: names in lower case. ``met``: see ``is_met``."""
        supposing = Context()
        supposing._keys = {**self._keys, **keys}
        supposing._met = {**self._met, **(met or {})}
        return supposing

    def is_met(self, comparison: Comparison) -> bool | None:
        """Whether, in one case of several, something meets a text with a variable of unknown value; None where nobody says so."""
        return self._met.get(comparison)

    def is_open(self, name: str) -> bool:
        """Whether nobody knows its value."""
        key = self.get(name)
        return not isinstance(key, Known) and key is not State.ABSENT

    def _is_open_to(self, name: str, stated: Key) -> bool:
        key = self.get(name)
        if isinstance(key, Perhaps) and key.was_read:
            return stated is State.ABSENT or (isinstance(stated, Known) and stated.values == (key.value,))
        return self.is_open(name)

    def get(self, name: str) -> Key | Supposed:
        name = name.lower()
        if name in self._keys:
            return self._keys[name]
        kind, _slash, tag = name.partition("/")
        return self._keys.get(kind + _REST, State.UNKNOWN) if tag else State.UNKNOWN


# Condition keys of AWS that are sets; of other services' keys nobody here knows which are.
_OF_AWS = ("aws:", "iam:", "sts:")
_SETS = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "aws:vpceorgpaths",
        "sts:transitivetagkeys",
    }
)


def may_have_many_values(name: str) -> bool:
    """Whether a key may have many values (rule 37). Source: IAM User Guide, AWS global condition context keys."""
    name = name.lower()
    return not name.startswith(_OF_AWS) or name in _SETS


# What the values of AWS's own keys are, where that is no text of any kind. Source: the same page.
_KINDS: Mapping[str, Kind] = {
    "aws:currenttime": "date",
    "aws:epochtime": "date",
    "aws:multifactorauthage": "number",
    "aws:multifactorauthpresent": "bool",
    "aws:principalarn": "arn",
    "aws:principalisawsservice": "bool",
    "aws:securetransport": "bool",
    "aws:sourcearn": "arn",
    "aws:sourceip": "address",
    "aws:tokenissuetime": "date",
    "aws:viaawsservice": "bool",
    "aws:vpcsourceip": "address",
}


def kind_of(name: str) -> Kind | None:
    """Of what kind a key's values are; None where nobody here knows."""
    return _KINDS.get(name.lower())


def _key(value: Given) -> Key:
    if value is None:
        return State.ABSENT
    if isinstance(value, Stated):
        raise TypeError("what is stated is left to Context.completed")
    if isinstance(value, (State, Like, Perhaps, PerhapsLike)):
        return value
    if isinstance(value, (str, bool, int, float)):
        return Known((scalar(value),))
    # An empty set is the same as no key at all (rule 35).
    return Known(tuple(scalar(member) for member in value), True) if value else State.ABSENT


def scalar(value: str | bool | int | float) -> str:
    """A value as the text that IAM compares: numbers and booleans are strings there (rule 3)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
