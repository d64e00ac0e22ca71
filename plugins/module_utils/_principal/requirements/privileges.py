# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a principal can do that makes it more than a restore role: change IAM, and so come to do everything. Pure.

A role that holds what an appliance needs for all its workloads, which an organization may give it as one role, is none of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import islice

from ..._aws.partitions import dns_suffixes
from ..._permission_sets.all_workloads import ALL_WORKLOADS
from ..._permission_sets.catalog import PERMISSION_SETS
from ..._permission_sets.privileges import (
    CHANGES_IAM,
    OF_AN_APPLIANCE,
    PASS_ROLE,
    RUNS_CODE,
    WITH_BOUNDARY,
    WITH_POLICY_ARN,
    ResourceType,
)
from ..._policy import evaluate, verdicts
from ..._policy.context import Context, Given, PerhapsLike, State
from ..._policy.documents import Json, as_list, element, load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.evaluate import Policies
from ..._policy.matching import Statement, StoredPolicy
from ..._policy.statements import ALLOW, effect, is_allow, with_statements
from ..._policy.variables import replaced
from ..._policy.verdicts import Decision
from ..model.state import Desired, Observed
from .known import Requester, of_principal

# Whatever is allowed on one of these, which nobody names, is allowed on others. They share neither their beginning nor their length:
# a pattern that leaves out one's own, as guardrails do, does not leave out all of them.
_ANY_NAMES = ("cloudrestore-any", "x", "A.longer-name_that,nobody=has@any+where")
_MOST_RESOURCES = 100
_EVERYTHING = "arn:*:*:*:*:*"
_HELD = (verdicts.ALLOWED, verdicts.CONDITIONAL)
# AWS gives service-linked roles their permissions; nobody can assume one.
_OF_SERVICES = ":role/aws-service-role/"


def privileges(observed: Observed) -> tuple[Decision, ...]:
    """What the principal can do that changes IAM, if only under a condition; none for a restore role.

    An action that depends on a policy that cannot be read is not among them: see ``unknown``.
    """
    return _able(observed)[1]


def _able(observed: Observed) -> tuple[tuple[Decision, ...], tuple[Decision, ...]]:
    """All that it can do that changes IAM, and what of that is more than an appliance's role can do."""
    asked = _Asked(observed)
    able = tuple(asked.able())
    return able, () if _names(able) <= OF_AN_APPLIANCE and asked.is_the_appliances() else able


def gained(before: Observed, later: Observed) -> tuple[Decision, ...]:
    """``privileges`` of ``later`` where ``before`` has none: what neither it, nor an appliance's role in its place, could do."""
    baseline = Baseline(before)
    # Most plans lead to a role that has none: then there is nothing to compare.
    return baseline.gained(later) if not _only_narrows(before, later) and baseline.privileges_of(later) else ()


class Baseline:
    """A state with which later ones are compared. What each of them can do is evaluated once, and only where it counts."""

    def __init__(self, observed: Observed) -> None:
        self.observed = observed
        self._known: list[tuple[object, tuple[Decision, ...], tuple[Decision, ...]]] = []

    @property
    def privileges(self) -> tuple[Decision, ...]:
        """``privileges`` of the state itself."""
        return self.privileges_of(self.observed)

    def privileges_of(self, later: Observed) -> tuple[Decision, ...]:
        """``privileges`` of another state of the same principal."""
        return self._evaluated(later)[1]

    def gained(self, later: Observed, on_the_way: Observed | None = None) -> tuple[Decision, ...]:
        """As the function ``gained``, from this state. ``on_the_way``: a state between them that gains nothing either."""
        if _only_narrows(self.observed, later) or self.privileges:
            return ()
        could = _names(self._evaluated(self.observed)[0])
        if on_the_way and _only_narrows(on_the_way, later) and _names(self._evaluated(on_the_way)[0]) <= could:
            return ()
        return tuple(decision for decision in self.privileges_of(later) if decision.requirement not in could)

    def _evaluated(self, state: Observed) -> tuple[tuple[Decision, ...], tuple[Decision, ...]]:
        """What it can do that changes IAM, and its ``privileges``."""
        bearing = (state.identity, state.boundary, Requester.of(state))
        for known, able, held in self._known:
            if known == bearing:
                return able, held
        able, held = _able(state)
        self._known.append((bearing, able, held))
        return able, held


def _names(decisions: Iterable[Decision]) -> set[str]:
    return {decision.requirement for decision in decisions}


def _only_narrows(before: Observed, later: Observed) -> bool:
    """Whether it is plain without an evaluation that ``later`` can do no more: it lacks only what allows, or has its first boundary."""
    ours, theirs = before.identity, later.identity
    if (ours, before.boundary) == (theirs, later.boundary):
        return True
    if Requester.of(before) != Requester.of(later) or before.boundary not in (None, later.boundary):
        return False
    gone = (policy.document for policy in ours if policy not in theirs)
    return all(policy in ours for policy in theirs) and all(map(_only_allows, gone))


def _only_allows(document: object) -> bool:
    try:
        return all(map(is_allow, statements(load(document))))
    except UnreadableDocumentError:
        return False


def unknown(observed: Observed, desired: Desired) -> tuple[Decision, ...]:
    """The actions of which nobody can say whether the principal can do them, since a policy cannot be read.

    Under the boundary that is asked for: with one to be taken away, what it refuses counts.
    """
    asked = _Asked(desired.bounded(observed))
    changes = (asked.worst(action, kind) for action, kind in CHANGES_IAM.items())
    return tuple(decision for decision in changes if decision.verdict == verdicts.UNREADABLE)


class _Asked:
    """Questions to the principal by its own policies and its boundary."""

    def __init__(self, observed: Observed) -> None:
        self._observed = observed
        self._requester = Requester.of(observed)
        self._policies = observed.policies
        # A restore passes roles to AWS Backup, by a statement without a condition: that by itself is no surprise.
        self._passing = Policies(tuple(map(_without_a_restores, observed.identity)), observed.boundary)

    def able(self) -> Iterator[Decision]:
        """What it can do that changes IAM, an appliance's role or not."""
        changes = (self.worst(action, kind) for action, kind in CHANGES_IAM.items())
        yield from (decision for decision in changes if decision.verdict in _HELD)
        yield from self._by_passing()

    def is_the_appliances(self) -> bool:
        """Whether it can do all that an appliance needs for all its workloads, on something, if only under a condition."""
        return all(self._on_anything(action) is not None for action in ALL_WORKLOADS)

    def worst(self, action: str, kind: ResourceType, more: Mapping[str, Given] | None = None) -> Decision:
        """The decision on the resource on which most is allowed, or on the first on which it simply is."""
        return _most(self._may(action, resource, more) for resource in self._resources(action, kind))

    def _by_passing(self) -> Iterator[Decision]:
        """What runs code under a role that is passed to it."""
        # Most principals pass no role to anybody but for a restore: one question in place of a hundred.
        if self.worst(PASS_ROLE, "role", {"iam:PassedToService": State.UNKNOWN}).verdict not in _HELD:
            return
        for service, actions in RUNS_CODE.items():
            passed = self._passed_to(service)
            if passed.verdict in _HELD:
                for decision in filter(None, map(self._on_anything, actions)):
                    yield replace(decision, places=tuple(dict.fromkeys((*decision.places, *passed.places))))

    def _passed_to(self, service: str) -> Decision:
        names = (f"{service}.{suffix}" for suffix in dns_suffixes(self._observed.account.partition))
        return _most(self.worst(PASS_ROLE, "role", {"iam:PassedToService": name}) for name in names)

    def _on_anything(self, action: str) -> Decision | None:
        """The decision on everything, or on some resource that a policy names; None where nothing allows it."""
        allowing = list(self._allowing(action))
        for resource in ("*", *_first(_named(allowing), _EVERYTHING)) if allowing else ():
            decision = self._may(action, resource)
            if decision.verdict in _HELD:
                return decision
        return None

    def _allowing(self, action: str) -> Iterator[Statement]:
        """The statements that may allow the action on something."""
        for statement in self._policies.layers[0].statements or ():
            if statement.effect == ALLOW and not statement.actions.cover(action).is_false:
                yield statement

    def _may(self, action: str, resource: str, more: Mapping[str, Given] | None = None) -> Decision:
        known, policies = self._known(action) | dict(more or {}), self._passing if more else self._policies
        decision = evaluate.may(policies, action, resource, Context(known))
        if action in WITH_POLICY_ARN and decision.verdict in _HELD:
            # There is a policy, and it has an ARN of one: what is open by either, and only that, is open.
            narrower = evaluate.may(policies, action, resource, Context({**known, "iam:PolicyARN": self._any_policy()}))
            return decision if narrower.verdict in _HELD else narrower
        return decision

    def _known(self, action: str) -> dict[str, Given]:
        """The request is the caller's to choose: whatever policy to attach, whoever's boundary or none."""
        return {
            **of_principal(action, self._requester),
            "iam:PermissionsBoundary": State.UNKNOWN if action in WITH_BOUNDARY else None,
            "iam:PolicyARN": State.PRESENT if action in WITH_POLICY_ARN else None,
        }

    def _any_policy(self) -> PerhapsLike:
        partition, account_id = self._observed.account.partition, self._observed.account.account_id
        return PerhapsLike(tuple(f"arn:{partition}:iam::{owner}:policy/*" for owner in ("aws", account_id)))

    def _resources(self, action: str, kind: ResourceType) -> Sequence[str]:
        account, itself = self._observed.account, self._observed.arn
        own = [itself] if kind == self._observed.kind and action != PASS_ROLE else []
        allowing = list(self._allowing(action))
        if not allowing:
            return (account.arn(kind, "/", _ANY_NAMES[0]),)
        here = (_here(entry, kind, account.account_id) for entry in _named(allowing))
        arns = dict.fromkeys(f"arn:{account.partition}:iam::{account.account_id}:{name}" for name in here if name)
        # Who passes itself comes to hold what it holds.
        named = (arn for arn in arns if _OF_SERVICES not in arn and (action != PASS_ROLE or arn != itself))
        anybody = (account.arn(kind, "/", name) for name in _ANY_NAMES)
        return (*anybody, *own, *_first(named, account.arn(kind, "/", "*")))


def _here(entry: str, kind: ResourceType, account_id: str) -> str:
    """What an entry of Resource names after its last colon, if that may be of this type and in this account; else empty.

    Whether the entry covers it is for the engine to say, which knows how AWS reads odd spellings (rules 12 to 14).
    """
    # A variable may stand for any name.
    head, _colon, name = replaced(entry, "*").rpartition(":")
    of_kind = name.split("/")[0]
    if of_kind != kind and not {"*", "?"} & {*of_kind}:
        return ""
    parts = head.lower().split(":")
    elsewhere = len(parts) != 5 or not fnmatchcase("iam", parts[2]) or not fnmatchcase(account_id, parts[4] or "*")
    # A star may run on past a colon.
    return "" if elsewhere and "*" not in head else name


def _named(allowing: Iterable[Statement]) -> Iterator[str]:
    """The ARNs among the entries of Resource, patterns among them."""
    entries = (entry for statement in allowing for entry in as_list(element(statement.body, "Resource")))
    yield from dict.fromkeys(entry for entry in entries if isinstance(entry, str) and ":" in entry)


def _first(resources: Iterable[str], all_of_them: str) -> Iterator[str]:
    """As many as there is time to ask about, and the pattern of all of them where there are more: none is passed over."""
    left = iter(resources)
    yield from islice(left, _MOST_RESOURCES)
    if next(left, None) is not None:
        yield all_of_them


def _most(decisions: Iterable[Decision]) -> Decision:
    """The one that allows the most, of at least one; none is made after one that simply allows."""
    most: Decision | None = None
    for decision in decisions:
        if most is None or _ORDER.index(decision.verdict) < _ORDER.index(most.verdict):
            most = decision
        if decision.verdict == verdicts.ALLOWED:
            break
    if most is None:
        raise ValueError("no decision")
    return most


def _without_a_restores(policy: StoredPolicy) -> StoredPolicy:
    """The policy without the Allow statements of a restore: all of a permission set, iam:PassRole among it, and nothing else."""
    try:
        document = load(policy.document)
    except UnreadableDocumentError:
        return policy
    left = [statement for statement in statements(document) if not _is_a_restores(statement)]
    return StoredPolicy(policy.name, with_statements(document, left))


def _is_a_restores(statement: Json) -> bool:
    actions = as_list(element(statement, "Action")) if isinstance(statement, Mapping) else ()
    named = {action.lower() if isinstance(action, str) else "" for action in actions}
    return effect(statement) == ALLOW and named <= _OF_SETS and any(named >= whole for whole in _PASSING)


_SETS = [frozenset(action.lower() for action in one.actions) for one in PERMISSION_SETS.values()]
_OF_SETS = frozenset[str]().union(*_SETS)
# By less than all of it nobody can tell that the passing is a restore's.
_PASSING = [actions for actions in _SETS if PASS_ROLE.lower() in actions]

# What allows the most first.
_ORDER = (
    verdicts.ALLOWED,
    verdicts.CONDITIONAL,
    verdicts.UNREADABLE,
    verdicts.IMPLICIT_DENY,
    verdicts.EXPLICIT_DENY,
)
