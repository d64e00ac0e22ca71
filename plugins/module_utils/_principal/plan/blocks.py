# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements of ours whose list may be split over several policies: what they list, and where it stands already. Pure.

A statement allows each of its actions on each of its resources, so that either list may be split: the longer one is. Where the
other alone leaves too little room beside it in a policy, the statement is first cut along that one.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..._permission_sets import catalog
from ..._policy.documents import Json, as_list, element, size, statements_in
from ..._policy.own_permissions import places
from ..._policy.own_trust import free_sid
from ..._policy.statements import document as new_document
from ..._policy.statements import label
from ..model.state import Desired, Limits

Axis: TypeAlias = Literal["Action", "Resource"]
Pair: TypeAlias = tuple[str, str]

_LISTING = catalog.APPLIANCE_IMPERSONATION.sid
# In both scopes.
LISTING_SIDS = frozenset({_LISTING, _LISTING + "Own"})
# Of every account: no quota that could be raised.
LONGEST = Limits().managed_policy_size
# About what a policy takes around the two lists of one statement.
_FRAME = 150
_BLOCK = "Block"


@dataclass(frozen=True)
class Block:
    """``statement``, whose list ``axis`` may be split; ``base``: the Sid of the statement that it was cut from."""

    statement: Mapping[str, Json]
    axis: Axis
    base: str

    @property
    def sid(self) -> str:
        return str(self.statement["Sid"])

    @property
    def items(self) -> list[str]:
        return [str(item) for item in as_list(self.statement[self.axis])]

    def holding(self, items: Sequence[str]) -> Mapping[str, Json]:
        """The statement for these items of it only."""
        one = self.axis == "Resource" and len(items) == 1
        return {**self.statement, self.axis: items[0] if one else [*items]}

    def is_former(self, name: str) -> bool:
        """Whether a statement of ours with this label was one of the same list, in another cut or scope."""
        if self.base in LISTING_SIDS:
            return name in LISTING_SIDS
        return re.fullmatch(f"{re.escape(self.base)}{_BLOCK}[0-9]+", name) is not None


def is_split(statement: Mapping[str, Json], desired: Desired) -> bool:
    """Whether a statement of ours is one whose list the user gives: restore_role_arns, or of custom_permission_sets."""
    sid = str(statement["Sid"])
    if sid in LISTING_SIDS:
        return bool(desired.restore_roles)
    return sid.startswith(catalog.SID_PREFIX_CUSTOM) and statement not in desired.additional_statements


def blocks(split: Iterable[Mapping[str, Json]], taken: Iterable[str]) -> list[Block]:
    """At least one of each statement. ``taken``: the Sids of all of ours."""
    sids = [*taken]
    result: list[Block] = []
    for statement in split:
        for block in _cut(statement, sids):
            sids.append(block.sid)
            result.append(block)
    return result


def _cut(statement: Mapping[str, Json], taken: Sequence[str]) -> Iterator[Block]:
    axis, other, sid = _axes(statement)
    whole = as_list(statement[other])
    for number, chunk in enumerate(_chunks(whole, _cuts(statement, axis, other)), start=1):
        if number == 1:
            name = sid
        else:
            name = free_sid(taken, f"{sid}{_BLOCK}{number}")
        value = statement[other] if len(chunk) == len(whole) else chunk
        yield Block({**statement, "Sid": name, other: value}, axis, sid)


def _axes(statement: Mapping[str, Json]) -> tuple[Axis, Axis, str]:
    sid = str(statement["Sid"])
    if _length(as_list(statement["Resource"])) >= _length(as_list(statement["Action"])):
        return "Resource", "Action", sid
    return "Action", "Resource", sid


def _length(items: Sequence[Json]) -> int:
    return sum(map(cost, items))


def _cuts(statement: Mapping[str, Json], axis: Axis, other: Axis) -> int:
    """Into how many along ``other`` a statement is cut, so that it takes the fewest policies."""
    if size(new_document([statement])) <= LONGEST:
        return 1
    long, short = _length(as_list(statement[axis])), _length(as_list(statement[other]))
    room = LONGEST - _FRAME

    def policies(cuts: int) -> float:
        left = room - short / cuts
        return cuts * math.ceil(long / left) if left > 0 else math.inf

    return min(range(1, 2 + 2 * short // room), key=policies)


def _chunks(items: Sequence[Json], count: int) -> list[list[Json]]:
    """At most as many, about as long as each other."""
    total, before = _length(items), 0
    result: list[list[Json]] = [[] for _chunk in range(count)]
    for item in items:
        result[before * count // total].append(item)
        before += cost(item)
    return [chunk for chunk in result if chunk]


def cost(item: Json) -> int:
    """Characters that one more in a list takes."""
    return len(json.dumps(item)) + 1


def frame(statement: Mapping[str, Json], axis: Axis) -> int:
    """Characters that a statement takes without its list."""
    return len(json.dumps({**statement, axis: []}, separators=(",", ":"))) + 1


def held(document: object, own: Mapping[str, Json], sids: Sequence[str]) -> Iterator[Mapping[str, Json]]:
    """The statements that are ``own`` in whatever earlier form; none of a document that cannot be read."""
    body = statements_in(document)
    for index in places(body, own, sids, catalog.SID_PREFIX_PERMISSIONS):
        statement = body[index]
        if isinstance(statement, Mapping):
            yield statement


def former(document: object, block: Block, sids: Sequence[str]) -> list[Mapping[str, Json]]:
    """``block`` under each label that one of the same list has in ``document``, and none of ours has any more."""
    names = dict.fromkeys(label(statement, index) for index, statement in enumerate(statements_in(document)))
    return [{**block.statement, "Sid": name} for name in names if block.is_former(name) and name not in sids]


def pairs(held_statements: Iterable[Mapping[str, Json]]) -> set[Pair]:
    """Each action on each resource that they allow."""
    return {
        (str(action), str(resource))
        for statement in held_statements
        for action in as_list(element(statement, "Action"))
        for resource in as_list(element(statement, "Resource"))
    }
