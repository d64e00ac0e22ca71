# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The canonical form of a policy document: equal for two documents of the same meaning, different for any other.

A document is taken apart into atoms, each of one effect, one principal, one action, one resource and one set of
conditions. How the document was written (order, lists, duplicates, split or merged statements, Sids, the case of
actions) leaves no trace in the set of its atoms. What cannot be taken apart without changing its meaning (NotAction,
NotPrincipal, NotResource, conditions) stays whole, and what cannot be read is kept as it stands. One wildcard that
includes another entry is not worked out: that is a question for an evaluation, not for a form.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple

from .documents import Json, as_list, element, load, statements
from .errors import CollectionError, UnreadableDocumentError

# No wildcard and no other service: "arn:aws:iam::*:root" is not everyone (rule 46).
_ROOT_ARN = re.compile(r"arn:[^:]*:iam::([0-9]{12}):root")
_WITH_VARIABLES = "2012-10-17"
# What an operator may have around it.
_BASE = re.compile(r"^for(all|any)values?:|ifexists$")
# IAM's own limits keep a document's product far below this; beyond it a statement is compared as a whole.
_MOST_ATOMS = 50_000


# A long list of actions on a long list of resources is thousands of them: a frozen dataclass takes four times as long to make.
class Atom(NamedTuple):
    """``variables``: whether ``${`` in it is a variable; None where there is none, so that Version does not matter."""

    effect: str
    principal: Hashable
    action: Hashable
    resource: Hashable
    condition: Hashable
    variables: bool | None


def equal(first: Mapping[str, Json], second: Mapping[str, Json]) -> bool:
    """Whether two documents mean the same, however they are written."""
    return canonical(first) == canonical(second)


def same_document(first: object, second: object) -> bool:
    """``equal``, of documents as they are stored. What cannot be read is the same as itself only."""
    try:
        return equal(load(first), load(second))
    except UnreadableDocumentError:
        return first == second


def contains(document: Mapping[str, Json], statement: Mapping[str, Json]) -> bool:
    """Whether ``document`` says all that ``statement`` says, in one statement or in several.

    ``statement`` is read as one of the current policy language, in which variables exist.
    """
    return atoms(dict(statement), variables=True) <= canonical(document)


def canonical(document: Mapping[str, Json]) -> frozenset[Atom]:
    """The atoms of every statement. Raises nothing on any document that ``load`` returns."""
    variables = element(document, "Version") == _WITH_VARIABLES  # rule 7
    return frozenset(itertools.chain.from_iterable(_atoms(statement, variables) for statement in statements(document)))


def atoms(statement: Json, *, variables: bool) -> frozenset[Atom]:
    """The atoms of one statement. ``variables``: whether the document's Version knows policy variables."""
    return frozenset(_atoms(statement, variables))


def readable(statement: Json) -> bool:
    """Whether every part of the statement has a form that IAM documents."""
    return all(atom.effect for atom in atoms(statement, variables=True))


def _atoms(statement: Json, variables: bool) -> Iterable[Atom]:
    effect = element(statement, "Effect") if isinstance(statement, Mapping) else None
    parts = _parts(statement) if isinstance(statement, Mapping) and effect in ("Allow", "Deny") else None
    if parts is None:
        return [_opaque(statement, variables)]
    principals, actions, resources, condition = parts
    in_condition = _holds_variable(condition)
    if len(principals) * len(actions) * len(resources) > _MOST_ATOMS:
        version = variables if in_condition or _holds_variable(resources) else None
        return [Atom(str(effect), principals, actions, resources, condition, version)]
    # Variables exist in Resource and in Condition only (rules 15, 26).
    versions = {resource: variables if in_condition or _holds_variable(resource) else None for resource in resources}
    product = itertools.product(principals, actions, resources)
    return [Atom(str(effect), who, action, what, condition, versions[what]) for who, action, what in product]


_Side = frozenset[Hashable]
_Parts = tuple[_Side, _Side, _Side, Hashable]


def _parts(statement: Mapping[str, Json]) -> _Parts | None:
    """Principals, actions and resources, each in canonical form, and the condition; None if it cannot be read."""
    try:
        principals = _either(
            _principals(element(statement, "Principal")), _principals(element(statement, "NotPrincipal"))
        )
        actions = _either(_strings(statement, "Action", fold=True), _strings(statement, "NotAction", fold=True))
        resources = _either(_strings(statement, "Resource"), _strings(statement, "NotResource"))
        condition = _condition(element(statement, "Condition"))
    except _UnreadablePartError:
        return None
    # An empty list names nothing; as a product it would make the statement vanish.
    if not (principals and actions and resources):
        return None
    # As sets, so that entries written twice do not count towards the product.
    return frozenset(principals), frozenset(actions), frozenset(resources), condition


class _UnreadablePartError(CollectionError):
    """A part of the statement has no form that IAM documents."""


def _either(plain: list[Hashable] | None, negated: list[Hashable] | None) -> list[Hashable]:
    """The entries one by one, or those of a Not element as one: splitting that would turn OR into AND."""
    if plain is not None and negated is not None:
        raise _UnreadablePartError
    if negated is not None:
        return [("not", frozenset(negated))] if negated else []
    return [None] if plain is None else plain


def _strings(statement: Mapping[str, Json], name: str, *, fold: bool = False) -> list[Hashable] | None:
    value = element(statement, name)
    if value is None:
        return None
    entries = as_list(value)
    if not all(isinstance(entry, str) for entry in entries):
        raise _UnreadablePartError
    return [str(entry).lower() if fold else str(entry) for entry in entries]


def _principals(value: Json) -> list[Hashable] | None:
    if value is None:
        return None
    if value == "*":
        return [principal_id("AWS", "*")]
    if not isinstance(value, Mapping):
        raise _UnreadablePartError
    pairs = [(kind, entry) for kind, entries in value.items() for entry in as_list(entries)]
    if not all(isinstance(entry, str) for _kind, entry in pairs):
        raise _UnreadablePartError
    return [principal_id(kind, str(entry)) for kind, entry in pairs]


def principal_id(kind: str, value: str) -> Hashable:
    """One principal. An account's ID and its root ARN, in any partition, are the same one (rules 45, 46, 49)."""
    # The name of the kind is an element's name, whose case does not matter (rule 4).
    kind = kind.lower()
    if kind == "service":
        return (kind, value.lower())
    root = _ROOT_ARN.fullmatch(value) if kind == "aws" else None
    return (kind, root[1] if root else value)


def _condition(value: Json) -> Hashable:
    """Operators and keys are told apart without regard to case, values are exact; an empty operator says nothing."""
    if value is None:
        return frozenset()
    if not isinstance(value, Mapping) or not all(isinstance(keys, Mapping) for keys in value.values()):
        raise _UnreadablePartError
    return frozenset(
        (operator.lower(), key.lower(), frozenset(_folded(operator, _value(value)) for value in as_list(values)))
        for operator, keys in value.items()
        if isinstance(keys, Mapping)
        for key, values in keys.items()
    )


def _folded(operator: str, value: str) -> str:
    """Truth values are compared without regard to case (rule 41); a variable in one stays as it stands."""
    is_truth = _BASE.sub("", operator.lower()) in ("bool", "null")
    return value.lower() if is_truth and "${" not in value else value


def _value(value: Json) -> str:
    """A condition's value as the text that IAM compares: numbers and booleans are strings there (rule 3)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _UnreadablePartError


def _opaque(statement: Json, variables: bool) -> Atom:
    """A statement that cannot be read: equal only to itself."""
    written = json.dumps(statement, sort_keys=True)
    return Atom("", None, written, None, None, variables if "${" in written else None)


def _holds_variable(part: object) -> bool:
    if isinstance(part, str):
        return "${" in part
    return isinstance(part, tuple | frozenset) and any(_holds_variable(member) for member in part)
