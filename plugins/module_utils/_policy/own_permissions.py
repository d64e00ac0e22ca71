# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which statements of a managed or inline policy are this collection's own, told by Sid and form. Pure.

As in a trust policy, a Sid alone proves nothing. Ours is an Allow of actions on resources, with no condition but one that we
write there. Anything more under our Sid (a Deny, NotAction, NotResource, another condition) is somebody's: it stays as it is,
and ours gets another Sid of the family.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .canonical import atoms, canonical, contains
from .documents import Json, element, statements
from .own_trust import free_sid, in_family
from .statements import is_allow, label, with_statements

# Of a condition: operator and key, in lower case.
Keys = frozenset[tuple[str, str]]
_ELEMENTS = frozenset({"sid", "effect", "action", "resource", "condition"})


def keys_of(statement: Json) -> Keys | None:
    """What the condition asks about; empty for none, None for what cannot be read."""
    value = element(statement, "Condition") if isinstance(statement, Mapping) else None
    if value is None:
        return frozenset()
    if not isinstance(value, Mapping) or not all(isinstance(keys, Mapping) for keys in value.values()):
        return None
    return frozenset((operator.lower(), str(key).lower()) for operator, keys in value.items() for key in _named(keys))


def _named(keys: Json) -> Iterable[str]:
    return keys if isinstance(keys, Mapping) else ()


def is_own_form(statement: Json, keys: Keys | None, elements: Iterable[str] = ()) -> bool:
    """Whether we may have written it. ``keys``: those that we write there, None for any; ``elements``: further ones of ours."""
    if not is_allow(statement):
        return False
    names = [name.lower() for name in statement]
    if len(set(names)) < len(names) or not {*_ELEMENTS, *elements}.issuperset(names):
        return False
    keys_there = keys_of(statement)
    return keys_there is not None and (keys is None or keys_there <= keys)


def is_own(statement: Json, own: Mapping[str, Json]) -> bool:
    """Whether a statement is ``own``, or an earlier form of it. Of both only what they say counts."""
    if is_own_form(statement, keys_of(dict(own)) or frozenset(), (name.lower() for name in own)):
        return True
    return atoms(statement, variables=True) == atoms(dict(own), variables=True)


def is_of(name: str, sid: str) -> bool:
    """Whether a statement's label is ``sid``, or one that takes its place where that is somebody else's."""
    return name == sid or (name != _base(sid) and in_family(name, _base(sid)))


def _base(sid: str) -> str:
    # CloudrestoreAdditional12 is no other place of CloudrestoreAdditional1.
    return f"{sid}No" if sid[-1:].isdigit() else sid


def places(body: Sequence[Json], own: Mapping[str, Json], sids: Iterable[str], prefix: str) -> list[int]:
    """Where ``own`` stands, in whatever earlier form. ``sids``: of all of ours; ``prefix``: of those that nobody else has."""
    sid, taken = str(own["Sid"]), {str(own["Sid"]), *sids}
    names = [label(statement, index) for index, statement in enumerate(body)]
    exact = [index for index, name in enumerate(names) if name == sid]
    own_places = [index for index in exact if is_own(body[index], own)]
    if own_places or not (exact or sid.startswith(prefix)):
        return own_places
    family = [index for index, name in enumerate(names) if is_of(name, sid) and name not in taken]
    return [index for index in family if is_own(body[index], own)]


def merged_own(existing: Mapping[str, Json], own: Sequence[Mapping[str, Json]], prefix: str) -> dict[str, Json]:
    """``existing`` with each of ``own`` in the place of its earlier form, or at the end under a Sid that nobody has.

    Every other statement, and every other element of the document, stays as it is and where it is.
    """
    body, sids = list(statements(existing)), [str(statement["Sid"]) for statement in own]
    for statement in own:
        own_places, written = places(body, statement, sids, prefix), _as_written(body, statement, sids, prefix)
        if own_places:
            body[own_places[0]] = written
            body = [present for index, present in enumerate(body) if index not in own_places[1:]]
        else:
            body.append(written)
    return with_statements(existing, body)


def written_sid(existing: Mapping[str, Json], own: Mapping[str, Json], sids: Sequence[str], prefix: str) -> str:
    """The Sid under which ``own`` is, or would be, in ``existing``. ``sids``: of all of ours."""
    return str(_as_written(statements(existing), own, sids, prefix)["Sid"])


def without_own(
    existing: Mapping[str, Json], own: Sequence[Mapping[str, Json]], sids: Sequence[str], prefix: str
) -> dict[str, Json]:
    """``existing`` without any of ``own``, in whatever earlier form. ``sids``: of all of ours."""
    body = list(statements(existing))
    gone = {index for statement in own for index in places(body, statement, sids, prefix)}
    return with_statements(existing, [present for index, present in enumerate(body) if index not in gone])


def _as_written(body: Sequence[Json], own: Mapping[str, Json], sids: Sequence[str], prefix: str) -> dict[str, Json]:
    own_places = places(body, own, sids, prefix)
    if own_places:
        return {**own, "Sid": label(body[own_places[0]], own_places[0])}
    return {**own, "Sid": _free([label(present, at) for at, present in enumerate(body)], own, sids)}


def _free(taken: Sequence[str], own: Mapping[str, Json], sids: Sequence[str]) -> str:
    sid = str(own["Sid"])
    return sid if sid not in taken else free_sid([*taken, *sids, _base(sid)], _base(sid))


def stands(document: Mapping[str, Json], own: Mapping[str, Json], prefix: str) -> bool:
    """Whether ``own`` is there as we write it, and no earlier form of it says anything else."""
    body, meaning = statements(document), atoms(dict(own), variables=True)
    earlier = places(body, own, (), prefix)
    return contains(document, own) and all(atoms(body[index], variables=True) == meaning for index in earlier)


def denials(document: Mapping[str, Json], own: Sequence[Mapping[str, Json]]) -> tuple[str, ...]:
    """The statements that refuse something, or cannot be read, and that are none of ``own``, by their labels."""
    ours = canonical({"Version": "2012-10-17", "Statement": [dict(statement) for statement in own]})
    return tuple(
        label(statement, index)
        for index, statement in enumerate(statements(document))
        if not is_allow(statement) and not atoms(statement, variables=True) <= ours
    )
