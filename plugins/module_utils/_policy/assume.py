# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""May a caller assume a role? The role's trust policy, and the caller's own side where that has a say (rules 63-70).

"Rule N" here, and in all of this package, is number N of docs/iam_rules.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from . import facts, verdicts
from .arns import account_in
from .context import Context, Given, State, Stated
from .evaluate import NOT_PROVIDED, RCP, TRUST, NotRead, Policies, Value, conclude, layer, value_of
from .evaluate import decide as decide_layers
from .matching import Request, StoredPolicy
from .principals import ROOT, SERVICE, Caller
from .resource_policy import by_name, granted_across, granted_in_account, layers_of
from .truth import Answer, every
from .verdicts import Decision

ASSUME_ROLE = "sts:AssumeRole"
# No external ID that anybody uses: AWS takes no blank in one.
ANY_ID = "just any"


def context_of(caller: Caller, role_account: str, external_id: str | None, more: Mapping[str, Given]) -> Context:
    """What is known of the request; all else is unknown (rules 63, 68). ``more``: known by whoever asks."""
    known: dict[str, Given] = {"sts:ExternalId": external_id or None, "aws:SecureTransport": "true"}
    known |= facts.of_requester(caller, role_account) | facts.of_resource(role_account)
    if caller.kind != SERVICE:
        # sts:AssumeRole takes no request without a session name, whose value the caller chooses.
        known["sts:RoleSessionName"] = State.PRESENT
    return Context(known | {key: value for key, value in more.items() if not isinstance(value, Stated)}).completed(more)


def trusts(
    trust: StoredPolicy,
    role_arn: str,
    caller: Caller,
    external_id: str | None = None,
    more: Mapping[str, Given] | None = None,
) -> Decision:
    """The role's side alone: does its trust policy allow ``caller`` to assume it, by itself or through its account?"""

    def decide(known: Mapping[str, Given]) -> Decision:
        context = context_of(caller, account_in(role_arn), external_id, known)
        return decide_layers(Request(ASSUME_ROLE, role_arn, context, caller), [layer(TRUST, trust)], _every_layer)

    return _whatever_is_sent(decide, caller, role_arn, more or {})


def _whatever_is_sent(
    decide: Callable[[Mapping[str, Given]], Decision], caller: Caller, role_arn: str, known: Mapping[str, Given]
) -> Decision:
    """A service's request is decided where it comes out the same, whatever the service sends."""
    decision = decide(known)
    if caller.kind != SERVICE or decision.verdict != verdicts.CONDITIONAL:
        return decision
    each = [decide({**known, **sent}) for sent in facts.ways_to_send(known, account_in(role_arn))]
    same = len({way.verdict for way in each}) == 1
    return each[0] if same and each[0].verdict != verdicts.CONDITIONAL else decision


def _every_layer(request: Request, values: Sequence[Value]) -> Decision:
    allow = every(value.allow for value in values)
    return conclude(ASSUME_ROLE, request.resource, allow, values, _subject(request.caller))


def ignores_external_id(trust: StoredPolicy, role_arn: str, caller: Caller, others: Iterable[str] = ()) -> bool:
    """Whether ``caller`` may assume the role, for certain, without an external ID, with just any or with one of ``others`` (rule 69)."""
    values = _without_the_id(trust, role_arn, caller, (None, ANY_ID, *others))
    return any(value.allow.is_true and value.deny.is_false for value in values)


def _without_the_id(
    trust: StoredPolicy, role_arn: str, caller: Caller, instead: Iterable[str | None]
) -> Iterator[Value]:
    parsed, account = layer(TRUST, trust), account_in(role_arn)
    for sent in instead:
        context = context_of(caller, account, sent, {})
        yield value_of(parsed, Request(ASSUME_ROLE, role_arn, context, caller))


def may_assume(
    trust: StoredPolicy,
    role_arn: str,
    caller: Caller,
    *,
    own: Policies | NotRead | None = None,
    external_id: str | None = None,
    rcps: tuple[StoredPolicy, ...] | NotRead | None = None,
    more: Mapping[str, Given] | None = None,
) -> Decision:
    """Both sides. ``own``: the caller's policies; None for a service, which needs none (rule 68)."""
    # The root user cannot assume a role, whatever the trust policy says (rule 62).
    if caller.kind == ROOT:
        reason = "the root user of an account cannot assume a role"
        return Decision(ASSUME_ROLE, verdicts.IMPLICIT_DENY, reason, caller.arn, resource=role_arn)

    def decide(known: Mapping[str, Given]) -> Decision:
        return _both_sides(
            trust, role_arn, caller, own, rcps, context_of(caller, account_in(role_arn), external_id, known)
        )

    return _whatever_is_sent(decide, caller, role_arn, more or {})


def _both_sides(
    trust: StoredPolicy,
    role_arn: str,
    caller: Caller,
    own: Policies | NotRead | None,
    rcps: tuple[StoredPolicy, ...] | NotRead | None,
    context: Context,
) -> Decision:
    request = Request(ASSUME_ROLE, role_arn, context, caller)
    owners = [layer(RCP, rcps), layer(TRUST, trust)]
    if caller.kind == SERVICE:
        return decide_layers(request, owners, _every_layer)
    account = account_in(role_arn)

    def together(_case: Request, values: Sequence[Value]) -> Decision:
        *own_values, owner, value = values
        allow = every((_granted(value, by_name(own_values), caller, role_arn), owner.allow))
        # What it may do by its own policies does not matter before the role trusts it (rule 65).
        first = caller.account_id == account and value.allow.is_false
        ordered = [value, *own_values, owner] if first else values
        return conclude(ASSUME_ROLE, role_arn, allow, ordered, _subject(caller))

    policies = own if isinstance(own, Policies) else Policies(_unread(own, caller))
    return decide_layers(request, [*layers_of(policies, caller, account), *owners], together)


def _unread(own: NotRead | None, caller: Caller) -> NotRead:
    reason = f"needs sts:AssumeRole in account {caller.account_id}, whose policies were not read"
    return own or NotRead(NOT_PROVIDED, reason)


def _granted(trust: Value, sides: dict[str, Value], caller: Caller, role_arn: str) -> Answer:
    # Another account's caller needs both sides (rule 66).
    if caller.account_id != account_in(role_arn):
        return granted_across(trust, sides)
    # A role that would assume itself is a caller like any other (rule 67).
    return granted_in_account(trust, sides, caller)


def trust_value(
    trust: StoredPolicy, role_arn: str, caller: Caller, external_id: str | None, more: Mapping[str, Given]
) -> Value:
    """What the trust policy by itself says of the caller's request."""
    context = context_of(caller, account_in(role_arn), external_id, more)
    return value_of(layer(TRUST, trust), Request(ASSUME_ROLE, role_arn, context, caller))


def _subject(caller: Caller | None) -> str:
    return "" if caller is None else caller.service or caller.arn or caller.account_id
