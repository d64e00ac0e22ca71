# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to write into a trust policy so that it meets what is asked for, and loosens nothing that stands there. Pure.

A ratchet: every Deny stays, no condition goes from a statement that stood, nobody's principals are taken out, and nobody is
allowed to assume the role but by what the options ask for. Where that would walk around a restriction, nothing is written
for that principal, and the restriction is returned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from . import trust
from .arns import account_in
from .canonical import contains, equal, principal_id
from .documents import Json, statements
from .own_trust import TrustForm, form_of, free_sid, own_statements, with_principals, without_orphans
from .restrictions import EXTERNAL_ID, SOURCE_ACCOUNT, Restriction, allows_all, asked_of, denials, restrictions
from .statements import document as new_document
from .statements import label, with_statements
from .trust import DesiredTrust


@dataclass(frozen=True, slots=True)
class TrustChange:
    """``document``: to be written; None where what is stored will do. ``sids``: of the statements that are new or differ.

    ``restrictions``: in whose way nothing was written. ``newcomers``: for whom nothing was written, since the role is none to
    let anybody new into. With any of them a requirement stays unmet.
    """

    document: dict[str, Json] | None
    sids: tuple[str, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    newcomers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Target:
    """One of our statements as the options ask for it. ``keys``: the condition keys that we may write there."""

    sid: str
    statement: Mapping[str, Json]
    form: TrustForm
    keys: frozenset[str]

    @property
    def asked_for(self) -> dict[str, str]:
        """Condition key, in lower case, → the value that the options ask for."""
        # A statement of ours asks for one value, or for none.
        return dict(zip((self.form.key,), self.form.values, strict=False))


def merged_trust(
    document: Mapping[str, Json], desired: DesiredTrust, role_arn: str, *, exact: bool, allow_widening: bool = False
) -> TrustChange:
    """``exact``: ours must stand as we write them; else a requirement that any statement meets needs nothing, unless one of
    ours allows more than was asked for. ``allow_widening``: restrictions are walked around."""
    body, in_the_way = list(statements(document)), dict[tuple[str, str], Restriction]()
    # A statement that is repaired may have met another requirement as well, until now.
    unmet = _unmet(document, desired, role_arn)
    for _round in range(_MOST_ROUNDS):
        before = body
        for target in _targets(desired, role_arn):
            step = _Merge(document, body, unmet, desired, role_arn, exact, allow_widening)
            written, blocked = step.with_target(target)
            if written != body:
                body, unmet = written, _unmet(with_statements(document, written), desired, role_arn)
            in_the_way |= {(restriction.principal, restriction.statement): restriction for restriction in blocked}
        if body is before:
            break
    if body == list(statements(document)):
        return TrustChange(None, restrictions=tuple(in_the_way.values()))
    body = _without_orphans(body, desired)
    old = list(statements(document))
    sids = tuple(label(statement, index) for index, statement in enumerate(body) if statement not in old)
    return TrustChange(with_statements(document, body), sids, tuple(in_the_way.values()))


_MOST_ROUNDS = 4


def exclusive_trust(
    document: Mapping[str, Json] | None, desired: DesiredTrust, role_arn: str, *, allow_widening: bool = False
) -> TrustChange:
    """Our statements and no other. ``document``: None where what is stored cannot be read, so that it may hold a Deny."""
    exclusive = new_document(desired.own(account_in(role_arn)))
    sids = tuple(target.sid for target in _targets(desired, role_arn))
    if document is None:
        unread = tuple(Restriction(who, "", (), is_deny=True) for who in (*desired.appliance, *desired.services))
        return TrustChange(exclusive, sids) if allow_widening else TrustChange(None, (), unread)
    if equal(document, exclusive):
        return TrustChange(None)
    in_the_way = () if allow_widening else tuple(_in_the_way(document, desired, role_arn))
    return TrustChange(None, (), in_the_way) if in_the_way else TrustChange(exclusive, sids)


def _in_the_way(document: Mapping[str, Json], desired: DesiredTrust, role_arn: str) -> Iterator[Restriction]:
    for target in _targets(desired, role_arn):
        for principal in target.form.principals:
            caller = trust.caller_of(principal)
            # A Deny refuses requests that would be allowed once it is gone.
            yield from denials(document, principal, caller, role_arn, asked_of(caller, target.asked_for))
            yield from _walked_around(document, principal, target, role_arn)


def _walked_around(
    document: Mapping[str, Json], principal: str, target: _Target, role_arn: str
) -> Iterator[Restriction]:
    """What our statement for the principal would walk around: nothing where each request that it allows is allowed already.

    That the plain request is allowed does not say so: it may be since a condition is met without its key.
    """
    caller = trust.caller_of(principal)
    if not allows_all(document, caller, role_arn, asked_of(caller, target.asked_for)):
        yield from restrictions(document, principal, caller, role_arn, frozenset(target.asked_for))


def _targets(desired: DesiredTrust, role_arn: str) -> tuple[_Target, ...]:
    targets = []
    for statement in desired.own(account_in(role_arn)):
        form = form_of(statement)
        if form is None:  # only if own() wrote what form_of does not know
            raise ValueError(f"no statement of ours: {statement}")
        pinned = {SOURCE_ACCOUNT} if desired.pinned else set()
        keys = frozenset({EXTERNAL_ID} if form.kind == "aws" else pinned)
        targets.append(_Target(str(statement["Sid"]), statement, form, keys))
    return tuple(targets)


def _unmet(document: Mapping[str, Json], desired: DesiredTrust, role_arn: str) -> list[str]:
    """The principals asked for that no Allow statement allows as asked for. A Deny cannot be granted away."""
    decisions = trust.decide(trust.allows_only(document), desired, role_arn)
    asked = (*desired.appliance, *desired.services)
    return [who for who, decision in zip(asked, decisions, strict=True) if not decision.settled]


@dataclass(frozen=True, slots=True)
class _Merge:
    """One step: what of one target is missing in ``body``, put there."""

    document: Mapping[str, Json]
    body: list[Json]
    unmet: Sequence[str]
    desired: DesiredTrust
    role_arn: str
    exact: bool
    allow_widening: bool

    def with_target(self, target: _Target) -> tuple[list[Json], list[Restriction]]:
        own = own_statements(self.body, target.sid, target.form.kind, target.keys)
        repaired, to_allow = self._needed(target, own)
        if not to_allow:
            return self.body, []
        restricted = {} if self.allow_widening else self._restricted(target)
        blocked = [who for who in to_allow if who in restricted]
        to_allow = [who for who in to_allow if who not in restricted]
        # The statement that restricts may be ours, from a time when another condition was asked for.
        repaired = {index: form for index, form in repaired.items() if not any(map(form.names, blocked))}
        # Whoever is allowed already by somebody else's statement is named in ours all the same: statements of others change.
        nameable = [who for who in target.form.principals if who not in restricted]
        body = self._written(target, own, repaired, to_allow, nameable) if to_allow else self.body
        return body, [restriction for who in blocked for restriction in restricted[who]]

    @property
    def _current(self) -> dict[str, Json]:
        return with_statements(self.document, self.body)

    def _needed(self, target: _Target, own: Mapping[int, TrustForm]) -> tuple[dict[int, TrustForm], list[str]]:
        """Statements of ours whose condition has to change for these principals, and whom a statement of ours has to name."""
        listed, form = target.form.principals, target.form
        differing = {
            index: other
            for index, other in own.items()
            if not other.same_condition(form) and any(map(other.names, listed))
        }
        if self.exact:
            return (differing, list(listed)) if differing or not contains(self._current, target.statement) else ({}, [])
        loose = self._too_loose() if differing else frozenset()
        repaired = {
            index: other
            for index, other in differing.items()
            if label(self.body[index], index) in loose or any(map(other.names, self.unmet))
        }
        needed = [who for who in listed if who in self.unmet or any(other.names(who) for other in repaired.values())]
        return repaired, needed

    def _too_loose(self) -> frozenset[str]:
        current = self._current
        return frozenset(
            (
                *trust.unenforced(current, self.desired, self.role_arn),
                *trust.unpinned(current, self.desired, self.role_arn),
            )
        )

    def _restricted(self, target: _Target) -> dict[str, list[Restriction]]:
        """By principal, what is not to be walked around. As it all stood before: a step may have opened what the next looks at."""
        by_principal = {
            who: list(_walked_around(self.document, who, target, self.role_arn)) for who in target.form.principals
        }
        return {who: several for who, several in by_principal.items() if several}

    def _written(
        self,
        target: _Target,
        own: Mapping[int, TrustForm],
        repaired: Mapping[int, TrustForm],
        to_allow: Sequence[str],
        nameable: Sequence[str],
    ) -> list[Json]:
        body = list(self.body)
        emptied = [index for index in repaired if not self._left(repaired[index], to_allow)]
        for index, form in repaired.items():
            if left := self._left(form, to_allow):
                body[index] = with_principals(_mapping(body[index]), form.kind, left)
        # None of those that are repaired: their condition is another one.
        home = next((index for index, form in own.items() if form.same_condition(target.form)), None)
        if home is not None:
            new = [who for who in to_allow if not own[home].names(who)]
            listed = [*without_orphans(own[home].principals), *new]
            body[home] = with_principals(_mapping(body[home]), target.form.kind, listed)
        else:
            body = _with_new(target, body, emptied, nameable)
        gone = set(emptied) if home is not None else set(emptied[1:])
        return [statement for index, statement in enumerate(body) if index not in gone]

    def _left(self, form: TrustForm, to_allow: Sequence[str]) -> list[str]:
        """Whom a statement still names once ours have moved out of it: principals that the options do not name."""
        moved = {principal_id(form.kind, who) for who in to_allow}
        return [who for who in without_orphans(form.principals) if principal_id(form.kind, who) not in moved]


def _with_new(target: _Target, body: list[Json], emptied: Sequence[int], named: Sequence[str]) -> list[Json]:
    """Our statement, in the place of one that it replaces, or at the end under a Sid that nobody has."""
    names = [label(statement, index) for index, statement in enumerate(body) if index not in emptied]
    fresh = with_principals({**target.statement, "Sid": free_sid(names, target.sid)}, target.form.kind, named)
    if emptied:
        return [*body[: emptied[0]], fresh, *body[emptied[0] + 1 :]]
    return [*body, fresh]


def _mapping(statement: Json) -> Mapping[str, Json]:
    """A statement of which a form was read, and which so is an object."""
    return cast("Mapping[str, Json]", statement)


def _without_orphans(body: Sequence[Json], desired: DesiredTrust) -> list[Json]:
    """Once the document is written, IAM refuses it for a principal that was deleted: ours must not hold one then.

    What somebody put a condition into is theirs, and stays for them to clear up.
    """
    own = own_statements(body, desired.sid_appliance, "aws", frozenset({EXTERNAL_ID}))
    kept: list[Json] = []
    for index, statement in enumerate(body):
        form = own.get(index)
        if form is None or len(without_orphans(form.principals)) == len(form.principals):
            kept.append(statement)
        elif living := without_orphans(form.principals):
            kept.append(with_principals(_mapping(statement), form.kind, living))
    return kept


def without_own(document: Mapping[str, Json], desired: DesiredTrust) -> TrustChange:
    """``document`` without our statements: all of them where the options name no appliance, else what names those asked for.

    What is not in our form, under whatever Sid, stays: a Deny, or a statement to which somebody added a condition.
    """
    body: list[Json] = []
    changed: list[str] = []
    for index, statement in enumerate(statements(document)):
        name = label(statement, index)
        form = form_of(statement) if desired.is_own_sid(name) else None
        if form is None or form.key not in ("", EXTERNAL_ID, SOURCE_ACCOUNT):
            body.append(statement)
            continue
        asked = desired.appliance if form.kind == "aws" else desired.services
        left = [who for who in without_orphans(form.principals) if asked and not _is_one_of(who, form.kind, asked)]
        if left == list(form.principals):
            body.append(statement)
            continue
        changed.append(name)
        if left:
            body.append(with_principals(_mapping(statement), form.kind, left))
    return TrustChange(with_statements(document, body) if changed else None, tuple(changed))


def _is_one_of(who: str, kind: str, asked: Sequence[str]) -> bool:
    return principal_id(kind, who) in {principal_id(kind, principal) for principal in asked}
