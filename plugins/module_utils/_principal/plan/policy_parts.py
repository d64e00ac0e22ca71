# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of our managed policies holds which statements, where a list of the user's is longer than one policy. Pure.

Lists are restore_role_arns and custom_permission_sets. What they name stays in the policy that holds it, so that one more, or one
less, changes one policy. Only where a list has become so short that fewer policies do, the last of them goes, and what it held
moves into the room of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from ..._permission_sets import catalog
from ..._policy.documents import Json, as_list, element, load, size, statements, statements_in
from ..._policy.errors import UnreadableDocumentError
from ..._policy.own_permissions import is_of, is_own_form, merged_own, without_own, written_sid
from ..._policy.statements import document as new_document
from ..._policy.statements import label
from ..model import own_policies
from ..model.state import EXACT, MANAGED, Desired, ManagedPolicy, Observed, OwnPolicy
from ..requirements.statements import own_statements
from .blocks import LISTING_SIDS, LONGEST, Block, Pair, blocks, cost, former, frame, held, is_split, pairs

# Items of each block, in the order of the blocks.
_Lists = list[list[str]]
_PREFIX = catalog.SID_PREFIX_PERMISSIONS


@dataclass(frozen=True)
class Part:
    """One policy of ours as it is to be. ``stored``: as it is, None if it does not exist. ``lists``: Sids of the statements
    that have to hold exactly their lists; ``gone``: statements of lists of which it holds nothing any more.
    """

    number: int
    name: str
    arn: str
    statements: tuple[Mapping[str, Json], ...]
    stored: ManagedPolicy | None
    lists: tuple[str, ...] = ()
    gone: tuple[Mapping[str, Json], ...] = ()


def parts(observed: Observed, desired: Desired, first_arn: str) -> tuple[Part, ...]:
    """At least one. ``first_arn``: of the policy that policy_name names."""
    own = own_statements(observed, desired)
    split = [one for one in own if desired.policy_type == MANAGED and is_split(one, desired)]
    if not split:
        return (Part(1, own_policies.own_name(observed, desired), first_arn, own, _stored(observed, first_arn)),)
    # The list of roles last, which has always been there.
    split.sort(key=lambda statement: str(statement["Sid"]) in LISTING_SIDS)
    others = tuple(statement for statement in own if statement not in split)
    cut = tuple(blocks(split, (str(statement["Sid"]) for statement in own)))
    space = _Space(observed, desired, cut, others)
    return tuple(space.part(number, lists, first_arn) for number, lists in sorted(_placed(space).items()))


def surplus(observed: Observed, desired: Desired, used: Sequence[Part], *, written: bool) -> tuple[OwnPolicy, ...]:
    """Parts that are to hold nothing any more. With ``match: effect`` only while lists are given: else nobody asked.

    ``written``: whether ``used`` will hold what they are to; if not, only parts whose content they hold already.
    """
    if not (desired.has_lists or desired.match == EXACT) or desired.policy_type != MANAGED:
        return ()
    arns = {part.arn for part in used}
    others = tuple(own for own in observed.own_policies if own.arn not in arns)
    present: set[Pair] = set().union(*(_pairs(part.stored) for part in used if part.stored))
    return tuple(own for own in others if written or present.issuperset(_pairs(own.stored)))


def _pairs(stored: ManagedPolicy) -> set[Pair]:
    """What a policy of ours allows under the Sids of lists, whichever were given."""
    return pairs(statement for _name, statement in _named(stored.document))


def fewer_would_do(observed: Observed, desired: Desired, used: Sequence[Part]) -> bool:
    """Whether custom_permission_sets have become so small that there are more policies of ours than they need."""
    return desired.has_custom_sets and desired.policy_type == MANAGED and len(observed.own_policies) > len(used)


def gives_up(part: Part) -> bool:
    """Whether what the policy holds of a list is to be in it no longer."""
    if part.stored is None or not (part.lists or part.gone):
        return False
    sids = [str(statement["Sid"]) for statement in part.statements]
    present = [statement for statement in part.statements if statement["Sid"] in part.lists]
    stored = [one for own in (*present, *part.gone) for one in held(part.stored.document, own, sids)]
    return not pairs(stored) <= pairs(present)


def beyond(policies: Iterable[OwnPolicy], desired: Desired) -> tuple[str, ...]:
    """Roles that these policies of ours list and the user no longer does."""
    if not desired.restore_roles:
        return ()
    there = dict.fromkeys(arn for own in policies for arn in listed(own.stored.document))
    return tuple(arn for arn in there if arn not in desired.restore_roles)


def _stored(observed: Observed, arn: str) -> ManagedPolicy | None:
    own = observed.own_policy(arn)
    return own.stored if own else None


class _Room(Protocol):
    """What parts are filled by."""

    @property
    def blocks(self) -> Sequence[Block]:
        """What is to be put into the parts."""

    @property
    def stored(self) -> Mapping[int, object]:
        """The parts that are there, by their number."""

    def room(self, number: int) -> int:
        """What is free in a part, in characters."""

    def frame(self, number: int, block: Block) -> int:
        """What a list takes by itself in a part, in characters."""


@dataclass(frozen=True)
class _Empty:
    """Nothing is there yet. ``others``: what has to be in the first part."""

    blocks: Sequence[Block]
    others: Sequence[Mapping[str, Json]]
    stored: Mapping[int, object] = field(default_factory=dict)

    def room(self, number: int) -> int:
        others = self.others if number == 1 else ()
        # The first statement of all has no comma before it.
        return LONGEST - size(new_document(others)) + (not others)

    def frame(self, _number: int, block: Block) -> int:
        return frame(block.statement, block.axis)


def policies_for(document: object) -> int | None:
    """How many managed policies it takes to hold what one document of ours holds; None if no number does."""
    try:
        body = [one for one in statements(load(document)) if isinstance(one, Mapping)]
    except UnreadableDocumentError:
        return None
    split = [one for _name, one in _named(document) if {"Sid", "Action", "Resource"} <= one.keys()]
    others = [one for one in body if one not in split]
    filling = _filled(_Empty(blocks(split, (name for name, _one in _named(document))), others))
    return None if any(room < 0 for room in filling.free.values()) else len(filling.free)


def has_lists(document: object) -> bool:
    """Whether a document of ours holds something of custom_permission_sets."""
    return any(name.startswith(catalog.SID_PREFIX_CUSTOM) for name, _statement in _named(document))


def has_resources(document: object) -> bool:
    """Whether a set of the user's own in it names several resources, so that patterns would make it shorter."""
    custom = [one for name, one in _named(document) if _is_custom(one, name)]
    return any(len(as_list(element(one, "Resource"))) > 1 for one in custom)


def has_additional(document: object) -> bool:
    """Whether it holds statements that are neither of a permission set nor of a list of roles; so does what cannot be read."""
    try:
        names = [label(one, index) for index, one in enumerate(statements(load(document)))]
    except UnreadableDocumentError:
        return True
    return any(not name.startswith(_PREFIX) or name.startswith(f"{_PREFIX}Additional") for name in names)


def longest(document: object) -> str:
    """The longest action or resource that a document of ours holds of a list; empty for none."""
    items = {item for _name, one in _named(document) for pair in pairs([one]) for item in pair}
    return max(items, key=len, default="")


def _named(document: object) -> list[tuple[str, dict[str, Json]]]:
    """The statements of lists in our form, with their labels; none of a document that cannot be read."""
    body = [(label(one, index), one) for index, one in enumerate(statements_in(document))]
    return [
        (name, one) for name, one in body if isinstance(one, dict) and (_is_listing(one, name) or _is_custom(one, name))
    ]


def _is_custom(statement: Json, name: str) -> bool:
    return name.startswith(catalog.SID_PREFIX_CUSTOM) and is_own_form(statement, None)


@dataclass(frozen=True)
class _Space:
    """``blocks``: the lists that are to be placed; ``others``: our other statements, which are in the first part."""

    observed: Observed
    desired: Desired
    blocks: tuple[Block, ...]
    others: tuple[Mapping[str, Json], ...]

    @cached_property
    def stored(self) -> dict[int, ManagedPolicy]:
        """Part → the policy that is there, lowest number first."""
        ours = [own.stored for own in self.observed.own_policies]
        name = own_policies.own_name(self.observed, self.desired)
        numbered = {own_policies.number_of(policy.name, name): policy for policy in ours}
        return dict(sorted((number, policy) for number, policy in numbered.items() if number is not None))

    @cached_property
    def sids(self) -> list[str]:
        return [*(str(statement["Sid"]) for statement in self.others), *(block.sid for block in self.blocks)]

    def held(self, number: int, block: Block) -> list[str]:
        """What the part lists of ``block`` so far, under this Sid or a former one."""
        stored = self.stored.get(number)
        if stored is None:
            return []
        ours = [block.statement, *former(stored.document, block, self.sids)]
        found = [statement for own in ours for statement in held(stored.document, own, self.sids)]
        return [str(item) for statement in found for item in as_list(element(statement, block.axis))]

    def room(self, number: int) -> int:
        """Characters for lists and their statements."""
        base = self._base(number)
        # The first statement of all has no comma before it.
        return LONGEST - size(base) + (not statements(base))

    def frame(self, number: int, block: Block) -> int:
        stored = self.stored.get(number)
        sid = block.sid
        if stored is not None and self.desired.match != EXACT:
            try:
                sid = written_sid(load(stored.document), block.statement, self.sids, _PREFIX)
            except UnreadableDocumentError:
                # Of one that cannot be read the plan says so.
                sid = block.sid
        return frame({**block.statement, "Sid": sid}, block.axis)

    def _base(self, number: int) -> Mapping[str, Json]:
        """The policy without any list."""
        others = self.others if number == 1 else ()
        stored = self.stored.get(number)
        if stored is None or self.desired.match == EXACT:
            return new_document(others)
        try:
            current = load(stored.document)
        except UnreadableDocumentError:
            return new_document(others)
        ours = [own for block in self.blocks for own in (block.statement, *former(current, block, self.sids))]
        return merged_own(without_own(current, ours, self.sids, _PREFIX), others, _PREFIX)

    def part(self, number: int, lists: _Lists, first_arn: str) -> Part:
        arn = first_arn if number == 1 else own_policies.arn_of(self.observed, self.desired, number)
        name = own_policies.name_of(own_policies.own_name(self.observed, self.desired), number)
        present = [block.holding(items) for block, items in zip(self.blocks, lists, strict=True) if items]
        stored = self.stored.get(number)
        gone = [block.statement for block, items in zip(self.blocks, lists, strict=True) if not items]
        if stored is not None:
            gone += [own for block in self.blocks for own in former(stored.document, block, self.sids)]
        own = (*(self.others if number == 1 else ()), *present)
        return Part(number, name, arn, own, stored, tuple(str(one["Sid"]) for one in present), tuple(gone))


def _placed(space: _Space) -> dict[int, _Lists]:
    """Part → what it holds of each list, in the order in which it was given."""
    filling = _Filling(space, _needed(space))
    left = []
    for index, block in enumerate(space.blocks):
        where = {item: number for number in reversed(filling.free) for item in space.held(number, block)}
        for item in block.items:
            number = where.get(item)
            if number is None or not filling.takes(number, index, item):
                left.append((index, item))
    for index, item in left:
        if not any(filling.takes(number, index, item) for number in filling.free):
            filling.add(filling.opened(), index, item)
    return {number: lists for number, lists in filling.placed.items() if number == 1 or any(lists)}


def _needed(space: _Space) -> list[int]:
    """The fewest parts that hold everything, those first that are there."""
    return list(_filled(space).free)


def _filled(space: _Room) -> _Filling:
    """Every list in the order in which it was given, into the first part that has room."""
    filling = _Filling(space, [])
    filling.opened()
    for index, block in enumerate(space.blocks):
        for item in block.items:
            if not any(filling.takes(number, index, item) for number in filling.free):
                filling.add(filling.opened(), index, item)
    return filling


class _Filling:
    """Parts while they are filled: the room that is left in each, and what it holds."""

    def __init__(self, space: _Room, numbers: Sequence[int]) -> None:
        self._space = space
        self._frames: dict[tuple[int, int], int] = {}
        self.free: dict[int, int] = {number: space.room(number) for number in numbers}
        self.placed: dict[int, _Lists] = {number: [[] for _block in space.blocks] for number in numbers}

    def takes(self, number: int, index: int, item: str) -> bool:
        """Whether there was room for the item in the part, where it is now."""
        if self.free[number] < self._cost(number, index, item):
            return False
        self.add(number, index, item)
        return True

    def add(self, number: int, index: int, item: str) -> None:
        self.free[number] -= self._cost(number, index, item)
        self.placed[number][index].append(item)

    def opened(self) -> int:
        """One more part: the first that is there and not in use, else a new one."""
        number = next(part for part in _numbers(self._space.stored) if part not in self.free)
        self.free[number] = self._space.room(number)
        self.placed[number] = [[] for _block in self._space.blocks]
        return number

    def _cost(self, number: int, index: int, item: str) -> int:
        # The first of a list brings its statement.
        if self.placed[number][index]:
            return cost(item)
        if (number, index) not in self._frames:
            self._frames[number, index] = self._space.frame(number, self._space.blocks[index])
        return cost(item) + self._frames[number, index]


def _numbers(stored: Mapping[int, object]) -> Iterator[int]:
    """The first part even if it does not exist, then those that are there, then new ones."""
    yield 1
    yield from (number for number in stored if number != 1)
    number = 1
    while True:
        number += 1
        if number not in stored:
            yield number


def listed(document: object) -> list[str]:
    """The restore roles that a policy of ours lists."""
    listings = [statement for name, statement in _named(document) if _is_listing(statement, name)]
    return [str(arn) for statement in listings for arn in as_list(element(statement, "Resource"))]


def _is_listing(statement: Json, name: str) -> bool:
    # What a Deny refuses, or a condition restricts, under our Sid is not held.
    return any(is_of(name, sid) for sid in LISTING_SIDS) and is_own_form(statement, frozenset())
