# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of our managed policies holds which statements, where the list of restore roles is longer than one policy. Pure.

A role stays in the policy that holds it, so that one more, or one less, changes one policy. Only where the list has become so
short that fewer policies do, the last of them goes, and what it held moves into the room of the others.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..._permission_sets import catalog
from ..._policy.documents import Json, as_list, element, load, size, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.own_permissions import is_of, is_own_form, merged_own
from ..._policy.statements import document as new_document
from ..._policy.statements import label
from ..model import own_policies
from ..model.state import EXACT, MANAGED, Desired, Limits, ManagedPolicy, Observed, OwnPolicy
from ..requirements.statements import own_statements

_SID = catalog.APPLIANCE_IMPERSONATION.sid
_SIDS = frozenset({_SID, _SID + "Own"})
# Of every account: no quota that could be raised.
_LONGEST = Limits().managed_policy_size


@dataclass(frozen=True)
class Part:
    """One policy of ours as it is to be. ``stored``: as it is, None if it does not exist. ``listing``: Sid of the statement
    that has to hold exactly its roles, empty for none."""

    number: int
    name: str
    arn: str
    statements: tuple[Mapping[str, Json], ...]
    stored: ManagedPolicy | None
    listing: str = ""


def parts(observed: Observed, desired: Desired, first_arn: str) -> tuple[Part, ...]:
    """At least one. ``first_arn``: of the policy that policy_name names."""
    own = own_statements(observed, desired)
    listing = next((statement for statement in own if desired.restore_roles and statement["Sid"] in _SIDS), None)
    if listing is None or desired.policy_type != MANAGED:
        return (Part(1, own_policies.own_name(observed, desired), first_arn, own, _stored(observed, first_arn)),)
    others = tuple(statement for statement in own if statement is not listing)
    space = _Space(observed, desired, listing, others)
    placed = _placed([str(arn) for arn in as_list(listing["Resource"])], space)
    return tuple(space.part(number, held, first_arn) for number, held in sorted(placed.items()))


def surplus(observed: Observed, desired: Desired, used: Sequence[Part], *, written: bool) -> tuple[OwnPolicy, ...]:
    """Parts that are to hold nothing any more. With ``match: effect`` only while the roles are listed: else nobody asked.

    ``written``: whether ``used`` will hold what they are to; if not, only parts whose roles they hold already.
    """
    if not (desired.restore_roles or desired.match == EXACT) or desired.policy_type != MANAGED:
        return ()
    arns = {part.arn for part in used}
    others = tuple(own for own in observed.own_policies if own.arn not in arns)
    held = {arn for part in used if part.stored for arn in listed(part.stored.document)}
    return tuple(own for own in others if written or held.issuperset(listed(own.stored.document)))


def gives_up(part: Part) -> bool:
    """Whether roles that the policy lists are to be in it no longer."""
    held = listed(part.stored.document) if part.stored is not None and part.listing else []
    return not set(held) <= set(listed(new_document(part.statements)))


def beyond(policies: Iterable[OwnPolicy], desired: Desired) -> tuple[str, ...]:
    """Roles that these policies of ours list and the user no longer does."""
    if not desired.restore_roles:
        return ()
    held = dict.fromkeys(arn for own in policies for arn in listed(own.stored.document))
    return tuple(arn for arn in held if arn not in desired.restore_roles)


def _stored(observed: Observed, arn: str) -> ManagedPolicy | None:
    own = observed.own_policy(arn)
    return own.stored if own else None


@dataclass(frozen=True)
class _Space:
    observed: Observed
    desired: Desired
    listing: Mapping[str, Json]
    others: tuple[Mapping[str, Json], ...]

    @property
    def held(self) -> dict[int, list[str]]:
        """Part → roles that it lists, lowest number first; the first part even if it does not exist."""
        stored = {number: listed(policy.document) for number, policy in self._stored().items()}
        return dict(sorted({1: list[str](), **stored}.items()))

    def room(self, number: int) -> int:
        """Characters for roles."""
        empty = new_document(self._statements(number, []))
        stored = self._stored().get(number)
        if stored is not None and self.desired.match != EXACT:
            # Of one that cannot be read the plan says so.
            with contextlib.suppress(UnreadableDocumentError):
                empty = merged_own(load(stored.document), self._statements(number, []), catalog.SID_PREFIX_PERMISSIONS)
        return _LONGEST - size(empty)

    def part(self, number: int, held: list[str], first_arn: str) -> Part:
        arn = first_arn if number == 1 else own_policies.arn_of(self.observed, self.desired, number)
        name = own_policies.name_of(own_policies.own_name(self.observed, self.desired), number)
        own = self._statements(number, held) if held else list(self.others)
        return Part(number, name, arn, tuple(own), self._stored().get(number), str(self.listing["Sid"]))

    def _statements(self, number: int, held: list[str]) -> list[Mapping[str, Json]]:
        resources: Json = held[0] if len(held) == 1 else [*held]
        listing = {**self.listing, "Resource": resources}
        return [*(self.others if number == 1 else ()), listing]

    def _stored(self) -> dict[int, ManagedPolicy]:
        ours = [own.stored for own in self.observed.own_policies]
        name = own_policies.own_name(self.observed, self.desired)
        numbered = {own_policies.number_of(policy.name, name): policy for policy in ours}
        return {number: policy for number, policy in numbered.items() if number is not None}


def _placed(roles: Sequence[str], space: _Space) -> dict[int, list[str]]:
    """Part → its roles, in the order in which they were given."""
    held = space.held
    free = {number: space.room(number) for number in _needed(roles, space)}
    where = {arn: number for number in reversed(free) for arn in held.get(number, ())}
    placed: dict[int, list[str]] = {number: [] for number in free}
    left = []
    for arn in roles:
        number = where.get(arn)
        if number is not None and free[number] >= _cost(arn):
            placed[number].append(arn)
            free[number] -= _cost(arn)
        else:
            left.append(arn)
    for arn in left:
        number = next((part for part, room in free.items() if room >= _cost(arn)), None)
        if number is None:
            number = next(part for part in _numbers(held) if part not in free)
            free[number], placed[number] = space.room(number), []
        placed[number].append(arn)
        free[number] -= _cost(arn)
    return placed


def _needed(roles: Sequence[str], space: _Space) -> list[int]:
    """The fewest parts that hold everything, those first that are there."""
    numbers = _numbers(space.held)
    parts = [next(numbers)]
    room = space.room(parts[0])
    for arn in roles:
        if room < _cost(arn):
            parts.append(next(numbers))
            room = space.room(parts[-1])
        room -= _cost(arn)
    return parts


def _numbers(held: Mapping[int, object]) -> Iterator[int]:
    yield from held
    number = 1
    while True:
        number += 1
        if number not in held:
            yield number


def _cost(arn: str) -> int:
    return len(json.dumps(arn)) + 1


def listed(document: object) -> list[str]:
    """The restore roles that a policy of ours lists."""
    try:
        body = enumerate(statements(load(document)))
    except UnreadableDocumentError:
        return []
    return [
        str(arn)
        for index, statement in body
        if isinstance(statement, Mapping) and _is_listing(statement, label(statement, index))
        for arn in as_list(element(statement, "Resource"))
    ]


def _is_listing(statement: Json, name: str) -> bool:
    # What a Deny refuses, or a condition restricts, under our Sid is not held.
    return any(is_of(name, sid) for sid in _SIDS) and is_own_form(statement, frozenset())
