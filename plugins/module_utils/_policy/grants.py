# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which actions do these policies grant, beyond doubt?

``decide`` is the one question the planner asks about permissions. It is sound and deliberately narrow: an action is
``allowed`` only through an unconditional Allow on ``*`` that no Deny touches and no permissions boundary cuts.
Whatever is less clear is ``conditional`` or ``unreadable``, never allowed. The policy engine takes this function over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from . import verdicts
from .documents import Json, UnreadableDocument, load, statements
from .statements import effect, label, names_action, unconditional_on_everything
from .verdicts import Decision

IDENTITY = "identity"
BOUNDARY = "boundary"


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A policy as IAM returned it. ``name``: ARN or inline name; ``document``: dict, JSON text, or anything stored."""

    name: str
    document: object


@dataclass(frozen=True, slots=True)
class _Statement:
    layer: str
    policy: str
    label: str
    body: Mapping[str, Json]
    effect: str
    clear: bool


@dataclass(frozen=True, slots=True)
class _Unread:
    layer: str
    policy: str
    label: str
    reason: str


def decide(
    actions: Sequence[str], identity: Sequence[StoredPolicy], boundary: StoredPolicy | None = None
) -> tuple[Decision, ...]:
    """One decision per action, in the order given. Raises nothing, whatever the documents hold."""
    read: list[_Statement] = []
    unread: list[_Unread] = []
    layers = [(IDENTITY, policy) for policy in identity] + ([(BOUNDARY, boundary)] if boundary else [])
    for layer, policy in layers:
        for item in _parse(layer, policy):
            if isinstance(item, _Unread):
                unread.append(item)
            else:
                read.append(item)
    return tuple(_judge(action, read, unread, boundary) for action in actions)


def _parse(layer: str, policy: StoredPolicy) -> Iterator[_Statement | _Unread]:
    try:
        found = statements(load(policy.document))
    except UnreadableDocument as error:
        yield _Unread(layer, policy.name, "", str(error))
        return
    for index, body in enumerate(found):
        name, how = label(body, index), effect(body)
        if not isinstance(body, Mapping) or how is None or names_action(body, "") is None:
            yield _Unread(layer, policy.name, name, "the statement has no form that IAM documents")
        else:
            yield _Statement(layer, policy.name, name, body, how, unconditional_on_everything(body))


def _judge(
    action: str, read: Sequence[_Statement], unread: Sequence[_Unread], boundary: StoredPolicy | None
) -> Decision:
    touching = [statement for statement in read if names_action(statement.body, action)]
    denies = sorted((one for one in touching if one.effect == "Deny"), key=lambda one: not one.clear)
    if denies and denies[0].clear:
        return _at(denies[0], action, verdicts.EXPLICIT_DENY, "denied on every resource, whatever else allows it")
    if unread:
        first = unread[0]
        return Decision(action, verdicts.UNREADABLE, first.reason, "", first.layer, first.policy, first.label)
    problem = _missing_allow(action, IDENTITY, touching, "")
    if problem is None and boundary is not None:
        problem = _missing_allow(action, BOUNDARY, touching, boundary.name)
    if problem is not None:
        return problem
    if denies:
        return _at(denies[0], action, verdicts.CONDITIONAL, "denied on some resources or under a condition")
    grant = next(one for one in touching if one.layer == IDENTITY and one.effect == "Allow" and one.clear)
    return _at(grant, action, verdicts.ALLOWED, "allowed on every resource")


def _missing_allow(action: str, layer: str, touching: Sequence[_Statement], policy: str) -> Decision | None:
    """None if the layer clearly allows the action; else what to say about it."""
    allows = [one for one in touching if one.layer == layer and one.effect == "Allow"]
    if any(one.clear for one in allows):
        return None
    if allows:
        return _at(allows[0], action, verdicts.CONDITIONAL, "allowed only on some resources or under a condition")
    if layer == BOUNDARY:
        reason = "the permissions boundary does not allow it, so no policy of the principal can grant it"
    else:
        reason = "no attached, inline or group policy allows it"
    return Decision(action, verdicts.IMPLICIT_DENY, reason, "", layer, policy, "")


def _at(statement: _Statement, action: str, verdict: str, reason: str) -> Decision:
    return Decision(action, verdict, reason, "", statement.layer, statement.policy, statement.label)


def grants_clearly(actions: Sequence[str], identity: Sequence[StoredPolicy]) -> frozenset[str]:
    """The actions that an unconditional Allow on ``*`` of these policies covers, Deny statements left aside.

    This is what a policy of ours can bring about; a Deny or a boundary it cannot.
    """
    clear = [
        item.body
        for policy in identity
        for item in _parse(IDENTITY, policy)
        if isinstance(item, _Statement) and item.effect == "Allow" and item.clear
    ]
    return frozenset(action for action in actions if any(names_action(body, action) for body in clear))
