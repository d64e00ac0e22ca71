# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""May a principal do an action on a resource? All layers together, as IAM puts them together (rules 54-62, 71-76).

"Rule N" here, and in all of this package, is number N of docs/iam_rules.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal, NamedTuple, TypeAlias

from . import arns, cases, verdicts
from .context import Context, Known
from .matching import Match, Request, Statement, StoredPolicy, match_all, parse
from .principals import SESSION as SESSION_CALLER
from .truth import NO, YES, Answer, every, some, unknown
from .verdicts import Decision

LayerKind: TypeAlias = Literal["identity", "boundary", "session", "scp", "rcp", "key", "vault", "trust"]
IDENTITY: Final = "identity"
BOUNDARY: Final = "boundary"
SESSION: Final = "session"
SCP: Final = "scp"
RCP: Final = "rcp"
KEY: Final = "key"
VAULT: Final = "vault"
TRUST: Final = "trust"
_OF_RESOURCES = (KEY, VAULT, TRUST)

# Nobody provided it, and nobody was asked to look for it.
NOT_PROVIDED: Final = "not_provided"
# Whoever looked was not allowed to read it, or did not reach it.
REFUSED: Final = "refused"
# What it would belong to does not exist.
MISSING: Final = "missing"
NotReadKind: TypeAlias = Literal["not_provided", "refused", "missing"]

# With it begin the names of service-linked roles, and of no others.
_SERVICE_LINKED = "AWSServiceRoleFor"
# Services of a restore that no RCP reaches (rule 59).
_BEYOND_RCPS = ("backup", "backup-storage", "ec2", "iam")


@dataclass(frozen=True, slots=True)
class NotRead:
    """A layer that exists, or may exist, and was not read: unknown, never true. ``reason``: as displayed."""

    kind: NotReadKind
    reason: str

    @property
    def is_not_provided(self) -> bool:
        return self.kind == NOT_PROVIDED


Levels = tuple[tuple[StoredPolicy, ...], ...]


@dataclass(frozen=True)
class Policies:
    """Every layer that bears on a principal; None where a layer does not exist (rules 56-58), as for the root user (rule 62).

    ``scps``: per level of the organization (root, each OU, account) the policies attached there. ``scps`` and ``rcps``
    are None also for the management account, which neither binds, and ``rcps`` for a key that AWS manages.
    """

    identity: tuple[StoredPolicy, ...] | NotRead | None
    boundary: StoredPolicy | NotRead | None = None
    session: tuple[StoredPolicy, ...] | None = None
    scps: Levels | NotRead | None = None
    rcps: tuple[StoredPolicy, ...] | NotRead | None = None

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, parsed once for however many questions."""
        layers = [layer(IDENTITY, self.identity), layer(BOUNDARY, self.boundary), layer(SESSION, self.session)]
        if self.scps == ():
            layers.append(layer(SCP, NotRead(MISSING, "no level of the organization was provided")))
        elif isinstance(self.scps, tuple):
            layers += [layer(SCP, level, number) for number, level in enumerate(self.scps, start=1)]
        else:
            layers.append(layer(SCP, self.scps))
        return (*layers, layer(RCP, self.rcps))


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer, parsed.

    ``statements`` is None for a layer that does not exist; ``not_read`` says why it could not be read. ``level``: of an
    organization's SCPs, counted from 1 at its root; 0 for all other layers.
    """

    kind: LayerKind
    statements: tuple[Statement, ...] | None
    level: int = 0
    not_read: NotRead | None = None

    @property
    def name(self) -> str:
        """As it is displayed."""
        return _name(self.kind, self.level)

    @property
    def policy_kind(self) -> arns.PolicyKind:
        """By which an entry of Resource is read."""
        if self.kind == SCP:
            return arns.SCP
        return arns.RESOURCE_POLICY if self.kind in _OF_RESOURCES else arns.IDENTITY


def layer(kind: LayerKind, stored: StoredPolicy | Sequence[StoredPolicy] | NotRead | None, level: int = 0) -> Layer:
    if stored is None:
        return Layer(kind, None, level)
    if isinstance(stored, NotRead):
        return Layer(kind, (), level, stored)
    policies = (stored,) if isinstance(stored, StoredPolicy) else stored
    name = _name(kind, level)
    return Layer(kind, tuple(statement for policy in policies for statement in parse(name, policy)), level)


def _name(kind: LayerKind, level: int) -> str:
    return f"{kind} level {level}" if level else kind


class Value(NamedTuple):
    """What one layer says: ``allow`` and ``deny``, and the statements behind them."""

    layer: Layer
    allow: Answer
    deny: Answer
    matches: tuple[Match, ...]


# How the layers of a question make its verdict.
Together: TypeAlias = Callable[[Request, Sequence[Value]], Decision]


def value_of(layer: Layer, request: Request) -> Value:
    """A layer that does not exist allows; one that was not read is unknown on both sides (rules 54, 56-58)."""
    if layer.statements is None or _is_exempt(layer, request):
        return Value(layer, YES, NO, ())
    value = _said(layer, request)
    # Of a service-linked role that is only known by its session nobody can say whether the layer binds it.
    if layer.kind in (SCP, RCP) and _may_be_service_linked(request):
        who = request.caller.arn if request.caller else ""
        reason = (
            f"it is not known whether {who} belongs to a service-linked role, to which no {layer.kind.upper()} applies"
        )
        return Value(layer, some((value.allow, unknown(reason))), every((value.deny, unknown(reason))), value.matches)
    return value


def _said(layer: Layer, request: Request) -> Value:
    if layer.not_read:
        open_ = unknown(f"{layer.not_read.reason} [{layer.name}]")
        return Value(layer, _allow(layer, open_), open_, ())
    matches = tuple(match_all(layer.statements or (), request, layer.policy_kind))
    # A statement of unknown effect may be either (rule 5).
    allow = some(match.answer for match in matches if match.statement.effect != "Deny")
    deny = some(match.answer for match in matches if match.statement.effect != "Allow")
    return Value(layer, _allow(layer, allow), deny, matches)


def _allow(layer: Layer, answer: Answer) -> Answer:
    # RCPFullAWSAccess gives the Allow, so that in an RCP only Deny counts (rule 59).
    return YES if layer.kind == RCP else answer


def _is_exempt(layer: Layer, request: Request) -> bool:
    """An organization binds no service-linked role, and its RCPs reach only some services (rules 58, 59)."""
    if layer.kind not in (SCP, RCP):
        return False
    who = request.context.get("aws:PrincipalArn")
    if isinstance(who, Known) and ":role/aws-service-role/" in who.values[0]:
        return True
    return layer.kind == RCP and not reached_by_rcps(request.action)


def _may_be_service_linked(request: Request) -> bool:
    caller = request.caller
    return caller is not None and caller.kind == SESSION_CALLER and f":assumed-role/{_SERVICE_LINKED}" in caller.arn


def reached_by_rcps(action: str) -> bool:
    """Whether a resource control policy can bear on an action at all (rule 59)."""
    name = action.lower()
    return name.split(":")[0] not in _BEYOND_RCPS and name != "kms:retiregrant"


def may(policies: Policies, action: str, resource: str, context: Context) -> Decision:
    """The verdict on one action and one resource, by the principal's own layers (rules 54-59). Raises nothing, whatever they hold."""
    return decide(Request(action, resource, context), policies.layers, _every_layer)


def _every_layer(request: Request, values: Sequence[Value]) -> Decision:
    return conclude(request.action, request.resource, every(value.allow for value in values), values)


def decide(request: Request, layers: Sequence[Layer], together: Together) -> Decision:
    """The verdict by ``together``. What is open in it is gone through in cases, if anything can come of that (rule 77)."""
    values = [value_of(layer, request) for layer in layers]
    decision = together(request, values)
    if decision.verdict != verdicts.CONDITIONAL:
        return decision
    open_ = [(match.statement, value.layer.policy_kind) for value in values for match in value.matches if match.leaves]
    if not cases.may_help(open_):
        return decision
    # What does not match while a key is open does not match in any case either.
    left = [_narrowed(value) for value in values]
    split = cases.of(request, open_, sum(len(layer.statements or ()) for layer in left) - len(open_))
    if split is None:
        return decision
    each = (together(case, [value_of(layer, case) for layer in left]) for case in split.requests)
    return agreed(decision, each, " and ".join(split.of))


def _narrowed(value: Value) -> Layer:
    if value.layer.statements is None or value.layer.not_read:
        return value.layer
    left = (match.statement for match in value.matches if match.leaves or not match.answer.is_false)
    return replace(value.layer, statements=tuple(left))


_DENIED = (verdicts.EXPLICIT_DENY, verdicts.IMPLICIT_DENY)
_ONE_FOR_ALL = {
    verdicts.ALLOWED: "allowed in each case",
    verdicts.EXPLICIT_DENY: "a Deny applies in each case",
    verdicts.IMPLICIT_DENY: "in each case no policy allows it, or a Deny applies",
}


def agreed(decision: Decision, cases: Iterable[Decision], of: str) -> Decision:
    """What is decided alike in all ``cases`` of it, with the places in all of them; else ``decision``. ``of``: as displayed."""
    made: list[Decision] = []
    for case in cases:
        is_open = case.verdict != verdicts.ALLOWED and case.verdict not in _DENIED
        if is_open or (made and (case.verdict in _DENIED) != (made[0].verdict in _DENIED)):
            return decision
        made.append(case)
    if not made:
        return decision
    verdict = max((case.verdict for case in made), key=verdicts.SEVERITY.index)
    first = next(case for case in made if case.verdict == verdict)
    return replace(
        first,
        reason=f"{_ONE_FOR_ALL[verdict]}, whatever {of} may be",
        places=tuple(dict.fromkeys(place for case in made for place in case.places)),
        resource=decision.resource,
    )


def grants(policies: Policies, action: str, resource: str, context: Context) -> Answer:
    """Whether the identity layer allows it, every Deny and every other layer left aside."""
    identity = policies.layers[0]
    answer = value_of(identity, Request(action, resource, context)).allow
    if not answer.is_unknown:
        return answer
    verdict = decide(Request(action, resource, context), (identity,), _denies_aside).verdict
    return YES if verdict == verdicts.ALLOWED else NO if verdict in _DENIED else answer


def _denies_aside(request: Request, values: Sequence[Value]) -> Decision:
    allowing = [value._replace(deny=NO) for value in values]
    return conclude(request.action, request.resource, every(value.allow for value in allowing), allowing)


def conclude(action: str, resource: str, allow: Answer, values: Sequence[Value], subject: str = "") -> Decision:
    """Rules 72-74: ``allow`` as the layers make it together; any of ``values`` may deny."""
    asked, deny = _Asked(action, resource, subject), some(value.deny for value in values)
    if deny.is_true:
        return _explicit_deny(asked, values)
    if allow.is_false:
        return _implicit_deny(asked, values, deny)
    if allow.is_true and deny.is_false:
        return _allowed(asked, values)
    decision = _conditional(asked, values, allow, deny)
    return replace(decision, not_provided=_not_provided(values, decision.conditions))


class _Asked(NamedTuple):
    """What a decision is about."""

    action: str
    resource: str
    subject: str

    def decision(
        self,
        verdict: verdicts.Verdict,
        reason: str,
        at: tuple[str, str, str] = ("", "", ""),
        places: tuple[str, ...] = (),
        leaves: tuple[str, ...] = (),
    ) -> Decision:
        """``at``: layer, policy and statement."""
        return Decision(self.action, verdict, reason, self.subject, *at, places, leaves, self.resource)


def _explicit_deny(asked: _Asked, values: Sequence[Value]) -> Decision:
    """Names every Deny that applies (rule 76)."""
    denying = [
        match
        for value in values
        for match in value.matches
        if match.statement.effect == "Deny" and match.answer.is_true
    ]
    return _at(denying, asked, verdicts.EXPLICIT_DENY, "an explicit Deny applies, which no Allow can override")


def _implicit_deny(asked: _Asked, values: Sequence[Value], deny: Answer) -> Decision:
    """Names the first layer that fails, and what nearly allows it there (rule 76)."""
    failing = next((value for value in values if value.allow.is_false), values[-1])
    near = [match for match in failing.matches if match.near and match.statement.effect == "Allow"]
    reason = _REASONS.get(failing.layer.kind, f"no policy of the layer {failing.layer.name} allows it")
    if failing.layer.kind == SCP and not failing.layer.statements:
        reason = f"{failing.layer.name} of the organization has no policy, so nothing is allowed below it"
    if near:
        nearly = "but not for this resource or under these conditions"
        of_trust = failing.layer.kind == TRUST
        reason = (
            f"a statement names this principal, {nearly}" if of_trust else f"{reason}; a statement names it, {nearly}"
        )
    if deny.is_unknown:
        reason += "; a Deny may apply as well"
    names = {statement.policy for statement in failing.layer.statements or ()}
    policy = names.pop() if failing.layer.kind == BOUNDARY and len(names) == 1 else ""
    at = (failing.layer.name, policy, "")
    return asked.decision(verdicts.IMPLICIT_DENY, reason, at, _places(near))


_REASONS: dict[LayerKind, str] = {
    IDENTITY: "no attached, inline or group policy allows it",
    BOUNDARY: "the permissions boundary does not allow it, so no policy of the principal can grant it",
    TRUST: "no statement names this principal",
}


def _allowed(asked: _Asked, values: Sequence[Value]) -> Decision:
    """Names one Allow of every layer (rule 76)."""
    allowing = [
        match
        for value in values
        for match in value.matches
        if match.statement.effect == "Allow" and match.answer.is_true
    ]
    one_each = list({match.statement.layer: match for match in reversed(allowing)}.values())[::-1]
    reason = "allowed on every resource that was evaluated" if "*" in asked.resource else "allowed"
    if not one_each:
        return asked.decision(verdicts.ALLOWED, reason)
    return _at(one_each, asked, verdicts.ALLOWED, reason)


def _conditional(asked: _Asked, values: Sequence[Value], allow: Answer, deny: Answer) -> Decision:
    leaves = tuple(sorted(allow.leaves | deny.leaves))
    # Only what decides: beside an Allow that holds, another one that may hold does not matter (rule 75).
    deciding = [match for value in values for match in value.matches if not match.leaves.isdisjoint(leaves)]
    if not deciding:
        for value in values:
            if value.layer.not_read and _is_open(value, leaves):
                reason = value.layer.not_read.reason
                return asked.decision(verdicts.UNREADABLE, reason, (value.layer.name, "", ""), leaves=leaves)
        return asked.decision(verdicts.CONDITIONAL, "; ".join(leaves), leaves=leaves)
    if all(match.statement.flaw for match in deciding):
        return _at(deciding, asked, verdicts.UNREADABLE, deciding[0].statement.flaw, leaves)
    reason = "allowed only under a condition, or on some resources"
    if allow.is_true:
        reason = "allowed, unless a Deny applies that depends on a condition or a resource"
    return _at(deciding, asked, verdicts.CONDITIONAL, reason, leaves)


def _is_open(value: Value, leaves: tuple[str, ...]) -> bool:
    return not (value.allow.leaves | value.deny.leaves).isdisjoint(leaves)


def _not_provided(values: Sequence[Value], leaves: tuple[str, ...]) -> tuple[str, ...]:
    unread = [value for value in values if value.layer.not_read and value.layer.not_read.is_not_provided]
    said = frozenset[str]().union(*(value.allow.leaves | value.deny.leaves for value in unread))
    return tuple(leaf for leaf in leaves if leaf in said)


def _places(matches: Iterable[Match]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.statement.place for match in matches))


def _at(
    matches: Sequence[Match], asked: _Asked, verdict: verdicts.Verdict, reason: str, leaves: tuple[str, ...] = ()
) -> Decision:
    first = matches[0].statement
    at = (first.layer, first.policy, first.label)
    return asked.decision(verdict, reason, at, _places(matches), leaves)


def worst(decisions: Sequence[Decision]) -> Decision:
    """The decision on several resources that all must be allowed: the one that stands most in the way (rule 21).

    With it, what stands in the way equally on the others: their places and conditions.
    """
    first = min(decisions, key=lambda decision: verdicts.SEVERITY.index(decision.verdict))
    same = [decision for decision in decisions if decision.verdict == first.verdict]
    places = dict.fromkeys(place for decision in same for place in decision.places)
    conditions = {leaf for decision in same for leaf in decision.conditions}
    not_provided = {leaf for decision in same for leaf in decision.not_provided}
    return replace(
        first,
        places=tuple(places),
        conditions=tuple(sorted(conditions)),
        not_provided=tuple(sorted(not_provided)),
    )
