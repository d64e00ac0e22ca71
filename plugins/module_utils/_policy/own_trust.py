# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which statements of a trust policy are this collection's own, told by Sid and form. Pure.

A Sid alone proves nothing: anybody may write a Deny, or add a condition, under it. Ours is a statement in exactly the form
that we write: Allow, sts:AssumeRole, AWS or service principals, and at most the condition that is ours. Anything more in it
makes it somebody's, and it stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .canonical import principal_id
from .documents import Json, as_list, element
from .principals import UNIQUE_ID
from .statements import is_allow, label

ASSUME_ROLE = "sts:assumerole"
_OURS = "stringequals"
_ASKS_FOR_A_TEXT = frozenset(
    f"{operator}{ending}" for operator in (_OURS, "stringequalsignorecase", "stringlike") for ending in ("", "ifexists")
)
_ELEMENTS = frozenset({"sid", "effect", "principal", "action", "condition"})


@dataclass(frozen=True, slots=True)
class TrustForm:
    """A statement that allows sts:AssumeRole and says no more. ``kind``: ``aws`` or ``service``.

    ``key``: the one condition key that it asks a value of, in lower case, with its ``values``; empty for none.
    """

    kind: str
    principals: tuple[str, ...]
    key: str = ""
    values: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[object]:
        return frozenset(principal_id(self.kind, principal) for principal in self.principals)

    def names(self, principal: str) -> bool:
        return principal_id(self.kind, principal) in self.ids

    def is_same(self, first: str, second: str) -> bool:
        return principal_id(self.kind, first) == principal_id(self.kind, second)

    def same_condition(self, other: TrustForm) -> bool:
        return (self.key, self.values) == (other.key, other.values)


def form_of(statement: Json) -> TrustForm | None:
    """The form of one statement; None if anything in it is not of that form."""
    if not is_allow(statement):
        return None
    names = [name.lower() for name in statement]
    if len(set(names)) < len(names) or not _ELEMENTS.issuperset(names):
        return None
    actions = as_list(element(statement, "Action"))
    if len(actions) != 1 or not isinstance(actions[0], str) or actions[0].lower() != ASSUME_ROLE:
        return None
    principal, condition = element(statement, "Principal"), _condition(element(statement, "Condition"))
    if not isinstance(principal, Mapping) or len(principal) != 1 or condition is None:
        return None
    ((kind, entries),) = principal.items()
    listed = as_list(entries)
    if kind.lower() not in ("aws", "service") or not listed or not all(isinstance(entry, str) for entry in listed):
        return None
    return TrustForm(kind.lower(), tuple(str(entry) for entry in listed), *condition)


def _condition(value: Json) -> tuple[str, frozenset[str]] | None:
    """Key and values of a condition that asks for some value of one key; an empty key for no condition, None for any other."""
    if value is None or value == {}:
        return "", frozenset()
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    ((operator, keys),) = value.items()
    if operator.lower() not in _ASKS_FOR_A_TEXT or not isinstance(keys, Mapping) or len(keys) != 1:
        return None
    ((key, raw),) = keys.items()
    values = as_list(raw)
    # A policy variable has a value of somebody else's choosing.
    if not values or not all(isinstance(value, str) and "${" not in value for value in values):
        return None
    # Ours is StringEquals: what another operator says is never the same.
    said = "" if operator.lower() == _OURS else f"{operator.lower()} "
    return key.lower(), frozenset(f"{said}{value}" for value in values)


def in_family(name: str, sid: str) -> bool:
    """Whether a statement's label is ``sid``, or one of those that take its place where it is somebody else's."""
    return name == sid or re.fullmatch(re.escape(sid) + r"([2-9]|[1-9][0-9])", name) is not None


def free_sid(taken: Sequence[str], sid: str) -> str:
    """The first Sid of the family that no statement has; ``taken``: the labels of all of them."""
    return next(name for name in _family(sid) if name not in taken)


def _family(sid: str) -> Iterator[str]:
    yield sid
    number = 2
    while True:
        yield f"{sid}{number}"
        number += 1


def own_statements(body: Sequence[Json], sid: str, kind: str, keys: frozenset[str]) -> dict[int, TrustForm]:
    """Index → form, of our statements of this Sid. ``kind``: of principals; ``keys``: the condition keys that we write there."""
    forms = {
        index: form_of(statement) for index, statement in enumerate(body) if in_family(label(statement, index), sid)
    }
    return {
        index: form
        for index, form in forms.items()
        if form is not None and form.kind == kind and form.key in keys | {""}
    }


def without_orphans(principals: Sequence[str]) -> list[str]:
    """The principals without the unique IDs of deleted ones: they allow nobody, and IAM does not store them again."""
    return [principal for principal in principals if not UNIQUE_ID.fullmatch(principal)]


def with_principals(statement: Mapping[str, Json], kind: str, principals: Sequence[str]) -> dict[str, Json]:
    """The statement with these principals in place of its own; all else as it is."""
    entries: Json = principals[0] if len(principals) == 1 else list(principals)
    name = "AWS" if kind == "aws" else "Service"
    key = next(key for key in statement if key.lower() == "principal")
    return {**statement, key: {name: entries}}
