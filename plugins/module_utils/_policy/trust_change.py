# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to write into a trust policy so that it meets what is asked for, and loosens nothing that stands there. Pure.

A ratchet: every Deny stays, no condition goes from a statement that stood, nobody's principals are taken out, and nobody is
allowed to assume the role but by what the options ask for. Where that would walk around a restriction, nothing is written
for that principal, and the restriction is returned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from . import trust
from .arns import account_in
from .canonical import contains, equal, principal_id
from .documents import Json, statements
from .own_trust import TrustForm, form_of, free_sid, own_statements, with_principals, without_orphans
from .principals import Caller, account, account_of, parse
from .restrictions import EXTERNAL_ID, SOURCE_ACCOUNT, Restriction, denials, restrictions
from .statements import document as new_document
from .statements import label
from .trust import DesiredTrust


@dataclass(frozen=True, slots=True)
class TrustChange:
    """``document``: to be written; None where what is stored will do. ``sids``: of the statements that are new or differ.

    ``restrictions``: in whose way nothing was written. With any of them a requirement stays unmet.
    """

    document: dict[str, Json] | None
    sids: tuple[str, ...] = ()
    restrictions: tuple[Restriction, ...] = ()


@dataclass(frozen=True, slots=True)
class _Target:
    """One of our statements as the options ask for it. ``keys``: the condition keys that we may write there."""

    sid: str
    statement: Mapping[str, Json]
    form: TrustForm
    keys: frozenset[str]


def merged_trust(
    document: Mapping[str, Json], wanted: DesiredTrust, role_arn: str, *, exact: bool, allow_widening: bool = False
) -> TrustChange:
    """Not exact: a requirement that any statement meets needs nothing, unless one of ours lets in more than was asked for.
    Exact: ours have to stand as we write them. ``allow_widening``: restrictions are walked around."""
    body, found = list(statements(document)), dict[tuple[str, str], Restriction]()
    # A statement that is repaired may have met another requirement as well, until now.
    for _round in range(_MOST_ROUNDS):
        before = list(body)
        for target in _targets(wanted, role_arn):
            body, blocked = _Merge(document, body, wanted, role_arn, exact, allow_widening).with_target(target)
            found |= {(one.principal, one.statement): one for one in blocked}
        if body == before:
            break
    if body == list(statements(document)):
        return TrustChange(None, restrictions=tuple(found.values()))
    body = _without_orphans(body, wanted)
    old = list(statements(document))
    sids = tuple(label(one, index) for index, one in enumerate(body) if one not in old)
    return TrustChange(_with_body(document, body), sids, tuple(found.values()))


_MOST_ROUNDS = 4


def exclusive_trust(
    document: Mapping[str, Json] | None, wanted: DesiredTrust, role_arn: str, *, allow_widening: bool = False
) -> TrustChange:
    """Our statements and no other. ``document``: None where what is stored cannot be read, so that it may hold a Deny."""
    exclusive = new_document(wanted.own(account_in(role_arn)))
    sids = tuple(target.sid for target in _targets(wanted, role_arn))
    if document is None:
        unread = Restriction(", ".join((*wanted.appliance, *wanted.services)), "", (), is_deny=True)
        return TrustChange(exclusive, sids) if allow_widening else TrustChange(None, (), (unread,))
    if equal(document, exclusive):
        return TrustChange(None)
    found = [] if allow_widening else list(_in_the_way(document, wanted, role_arn))
    return TrustChange(None, (), tuple(found)) if found else TrustChange(exclusive, sids)


def _in_the_way(document: Mapping[str, Json], wanted: DesiredTrust, role_arn: str) -> Iterator[Restriction]:
    for target in _targets(wanted, role_arn):
        for principal in target.form.principals:
            caller = _caller(principal)
            # A Deny refuses requests that would be let in once it is gone.
            yield from denials(document, principal, caller, role_arn)
            if not _is_met(document, wanted, role_arn, principal):
                yield from restrictions(document, principal, caller, role_arn, _asked_for(target))


def _targets(wanted: DesiredTrust, role_arn: str) -> tuple[_Target, ...]:
    found = []
    for statement in wanted.own(account_in(role_arn)):
        form = form_of(statement)
        if form is None:  # only if own() wrote what form_of does not know
            raise ValueError(f"no statement of ours: {statement}")
        pinned = {SOURCE_ACCOUNT} if wanted.pinned else set()
        keys = frozenset({EXTERNAL_ID} if form.kind == "aws" else pinned)
        found.append(_Target(str(statement["Sid"]), statement, form, keys))
    return tuple(found)


def _caller(who: str) -> Caller:
    """A role, an account as a whole, or a service, as the options name it."""
    return account(account_of(who)) if account_of(who) else parse(who)


def _asked_for(target: _Target) -> frozenset[str]:
    return frozenset({target.form.key} - {""})


def _is_met(document: Mapping[str, Json], wanted: DesiredTrust, role_arn: str, principal: str) -> bool:
    return principal not in _unmet(document, wanted, role_arn)


def _unmet(document: Mapping[str, Json], wanted: DesiredTrust, role_arn: str) -> list[str]:
    """The principals asked for that no Allow statement lets in as asked for. A Deny cannot be granted away."""
    decisions = trust.decide(trust.allows_only(document), wanted, role_arn)
    asked = (*wanted.appliance, *wanted.services)
    return [who for who, decision in zip(asked, decisions, strict=True) if not decision.settled]


@dataclass(frozen=True, slots=True)
class _Merge:
    """One step: what of one target is missing in ``body``, put there."""

    document: Mapping[str, Json]
    body: list[Json]
    wanted: DesiredTrust
    role_arn: str
    exact: bool
    allow_widening: bool

    def with_target(self, target: _Target) -> tuple[list[Json], list[Restriction]]:
        own = own_statements(self.body, target.sid, target.form, target.keys)
        unmet = _unmet(self._current, self.wanted, self.role_arn)
        repaired, to_admit = self._needed(target, own, unmet)
        if not to_admit:
            return self.body, []
        blocked = {} if self.allow_widening else self._blocked(target, [who for who in to_admit if who in unmet])
        to_admit = [who for who in to_admit if who not in blocked]
        # The statement that restricts may be ours, from a time when another condition was asked for.
        repaired = {index: form for index, form in repaired.items() if not any(map(form.names, blocked))}
        found = [one for several in blocked.values() for one in several]
        return (self._written(target, own, repaired, to_admit) if to_admit else self.body), found

    @property
    def _current(self) -> dict[str, Json]:
        return _with_body(self.document, self.body)

    def _needed(
        self, target: _Target, own: Mapping[int, TrustForm], unmet: Sequence[str]
    ) -> tuple[dict[int, TrustForm], list[str]]:
        """Statements of ours whose condition has to change for these principals, and whom a statement of ours has to name."""
        listed, form = target.form.principals, target.form
        other = {
            index: one for index, one in own.items() if not one.same_condition(form) and any(map(one.names, listed))
        }
        if self.exact:
            return (other, list(listed)) if other or not contains(self._current, target.statement) else ({}, [])
        loose = self._too_loose()
        repaired = {
            index: one
            for index, one in other.items()
            if label(self.body[index], index) in loose or any(one.names(who) for who in unmet)
        }
        needed = [who for who in listed if who in unmet or any(one.names(who) for one in repaired.values())]
        return repaired, needed

    def _too_loose(self) -> frozenset[str]:
        current = self._current
        return frozenset(
            (
                *trust.unenforced(current, self.wanted, self.role_arn),
                *trust.unpinned(current, self.wanted, self.role_arn),
            )
        )

    def _blocked(self, target: _Target, unmet: Sequence[str]) -> dict[str, list[Restriction]]:
        found = {
            who: list(restrictions(self.document, who, _caller(who), self.role_arn, _asked_for(target)))
            for who in unmet
        }
        return {who: several for who, several in found.items() if several}

    def _written(
        self, target: _Target, own: Mapping[int, TrustForm], repaired: Mapping[int, TrustForm], to_admit: Sequence[str]
    ) -> list[Json]:
        body = list(self.body)
        emptied = [index for index in repaired if not self._left(repaired[index], to_admit)]
        for index, form in repaired.items():
            if left := self._left(form, to_admit):
                body[index] = with_principals(_mapping(body[index]), form.kind, left)
        home = next(
            (index for index, form in own.items() if index not in repaired and form.same_condition(target.form)), None
        )
        if home is not None:
            new = [who for who in to_admit if not own[home].names(who)]
            listed = [*without_orphans(own[home].principals), *new]
            body[home] = with_principals(_mapping(body[home]), target.form.kind, listed)
        else:
            body = self._with_new(target, body, emptied, to_admit)
        gone = set(emptied) if home is not None else set(emptied[1:])
        return [statement for index, statement in enumerate(body) if index not in gone]

    def _with_new(
        self, target: _Target, body: list[Json], emptied: Sequence[int], to_admit: Sequence[str]
    ) -> list[Json]:
        """Our statement, in the place of one that it replaces, or at the end under a Sid that nobody has."""
        # Whoever is let in already by somebody else's statement is named in ours all the same: statements of others change.
        blocked_or_met = [who for who in target.form.principals if who in to_admit or self._may_be_named(target, who)]
        names = [label(one, index) for index, one in enumerate(body) if index not in emptied]
        fresh = with_principals(
            {**target.statement, "Sid": free_sid(names, target.sid)}, target.form.kind, blocked_or_met
        )
        if emptied:
            return [*body[: emptied[0]], fresh, *body[emptied[0] + 1 :]]
        return [*body, fresh]

    def _may_be_named(self, target: _Target, who: str) -> bool:
        return self.allow_widening or _is_met(self._current, self.wanted, self.role_arn, who)

    def _left(self, form: TrustForm, to_admit: Sequence[str]) -> list[str]:
        """Whom a statement still names once ours have moved out of it: principals that the options do not name."""
        moved = {principal_id(form.kind, who) for who in to_admit}
        return [who for who in without_orphans(form.principals) if principal_id(form.kind, who) not in moved]


def _mapping(statement: Json) -> Mapping[str, Json]:
    if not isinstance(statement, Mapping):  # a form was read of it
        raise TypeError("a statement that is no object")
    return statement


def _without_orphans(body: Sequence[Json], wanted: DesiredTrust) -> list[Json]:
    """Once the document is written, IAM refuses it for a principal that was deleted: ours must not hold one then."""
    kept: list[Json] = []
    for index, statement in enumerate(body):
        form = form_of(statement) if wanted.is_own_sid(label(statement, index)) else None
        if form is None or len(without_orphans(form.principals)) == len(form.principals):
            kept.append(statement)
        elif living := without_orphans(form.principals):
            kept.append(with_principals(_mapping(statement), form.kind, living))
    return kept


def _with_body(document: Mapping[str, Json], body: Sequence[Json]) -> dict[str, Json]:
    result = {key: value for key, value in document.items() if key.lower() != "statement"}
    result["Statement"] = list(body)
    return result


def without_own(document: Mapping[str, Json], wanted: DesiredTrust) -> TrustChange:
    """``document`` without our statements: all of them where the options name no appliance, else what names those asked for.

    What is not in our form, under whatever Sid, stays: a Deny, or a statement to which somebody added a condition.
    """
    body: list[Json] = []
    changed: list[str] = []
    for index, statement in enumerate(statements(document)):
        name = label(statement, index)
        form = form_of(statement) if wanted.is_own_sid(name) else None
        if form is None or form.key not in ("", EXTERNAL_ID, SOURCE_ACCOUNT):
            body.append(statement)
            continue
        asked = wanted.appliance if form.kind == "aws" else wanted.services
        left = [who for who in without_orphans(form.principals) if asked and not _is_one_of(who, form.kind, asked)]
        if left == list(form.principals):
            body.append(statement)
            continue
        changed.append(name)
        if left:
            body.append(with_principals(_mapping(statement), form.kind, left))
    return TrustChange(_with_body(document, body) if changed else None, tuple(changed))


def _is_one_of(who: str, kind: str, asked: Sequence[str]) -> bool:
    return principal_id(kind, who) in {principal_id(kind, one) for one in asked}
