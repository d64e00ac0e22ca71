# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every requirement of a restore evaluated, with what was read of the account and of policies outside it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeVar

from ..._permission_sets import catalog
from ..._policy import assume, evaluate, principals, trust, verdicts
from ..._policy.context import Given
from ..._policy.evaluate import NotRead, Policies
from ..._policy.matching import Request, StoredPolicy
from ..._policy.principals import Caller
from ..._policy.resource_policy import may_use_key, may_use_vault
from ..._policy.verdicts import Decision, Verdict
from ..model.scope import Scope
from ..model.state import ROLE, Desired, Observed
from ..requirements import questions
from ..requirements.decisions import account_decisions, trust_policy_decisions
from ..requirements.known import of_assuming
from ..requirements.questions import Question
from .outside_policies import (
    APPLIANCE_IS_AN_ACCOUNT,
    APPLIANCE_NOT_PROVIDED,
    KEYS_NOT_PROVIDED,
    OutsidePolicies,
    is_not_provided,
)
from .stated import as_stated
from .tagged_resources import asked_for, explained

APPLIANCE_CAN_CALL: Final = verdicts.APPLIANCE_CAN_CALL

_Layer = TypeVar("_Layer")


def all_decisions(observed: Observed, desired: Desired, outside: OutsidePolicies) -> tuple[Decision, ...]:
    """Trust, the appliance's own side, then one decision per action. Raises nothing, whatever the documents hold.

    With what was stated, if it is among ``outside``; ``stated.explained`` says where that decided.
    """
    if not observed.exists:
        return account_decisions(observed, desired)
    return trust_decisions(observed, desired, outside) + action_decisions(observed, desired, outside)


def trust_decisions(observed: Observed, desired: Desired, outside: OutsidePolicies) -> tuple[Decision, ...]:
    """Who may assume the principal, and whether the appliance's own policies let it call."""
    appliance = desired.trust.appliance if desired.trust is not None else ()
    calls = tuple(_can_call(arn, observed, desired, outside) for arn in appliance)
    bounded = {arn for arn, own in outside.appliance.items() if own is not None and own.boundary is not None}
    known = partial(_known_of, observed=observed, outside=outside)
    by_trust = trust_policy_decisions(observed, desired, known, bounded)
    return tuple(_with_rcps(decision, observed, outside) for decision in by_trust) + calls


def _known_of(who: str, observed: Observed, outside: OutsidePolicies) -> dict[str, Given]:
    """What is known of the request of an appliance or a service, as the options name it: what was stated, and what was read."""
    is_service = trust.caller_of(who).kind == principals.SERVICE
    stated = outside.stated.service if is_service else outside.stated.appliance
    return {**as_stated(stated), **of_assuming(who, observed, outside.memberships)}


def _with_rcps(decision: Decision, observed: Observed, outside: OutsidePolicies) -> Decision:
    """A service has no policies of its own that could be evaluated apart, so its decision holds the RCPs (rules 59, 68)."""
    allowed = decision.verdict == verdicts.ALLOWED or decision.asked_for
    if decision.requirement != verdicts.SERVICE_MAY_ASSUME or not allowed:
        return decision
    caller, policy = principals.service(decision.subject), StoredPolicy("", observed.trust)
    known = _known_of(decision.subject, observed, outside)
    if decision.asked_for:
        known |= trust.sent_for(policy, observed.arn, decision.subject, known) or {}
    assumed = assume.may_assume(policy, observed.arn, caller, rcps=_if_provided(outside.rcps), more=known)
    assumed = _depending_on(assumed, (outside.rcps,))
    if not decision.asked_for:
        return worst(decision, replace(assumed, requirement=decision.requirement, subject=decision.subject))
    if assumed.met or assumed.depends_on_not_provided:
        return replace(
            decision,
            conditions=(*decision.conditions, *assumed.conditions),
            not_provided=(*decision.not_provided, *assumed.not_provided),
        )
    return replace(assumed, requirement=decision.requirement, subject=decision.subject)


def action_decisions(observed: Observed, desired: Desired, outside: OutsidePolicies) -> tuple[Decision, ...]:
    """One decision per action, by every layer: what the principal holds, and policies outside the account."""
    layers = _Layers.of(observed, outside, observed.policies)
    return questions.decide_each(desired.actions, observed, desired.scope, layers.answer)


def outside_decisions(observed: Observed, desired: Desired, outside: OutsidePolicies) -> tuple[Decision, ...]:
    """The same without the principal's own policies: what AWS's simulator does not see.

    Evaluated as a whole are named keys, since a key's policy can grant by itself, and all resources of a kind, since the
    simulator takes a pattern for the name of one resource.
    """
    apart = _Layers.of(observed, outside, Policies(None))
    whole = _Layers.of(observed, outside, observed.policies)

    def answer(question: Question) -> Decision:
        is_pattern = "*" in question.resource and question.resource != "*"
        return (whole if is_pattern or _by_key(question.action, outside) else apart).answer(question)

    return questions.decide_each(desired.actions, observed, desired.scope, answer)


def _by_key(action: str, outside: OutsidePolicies) -> bool:
    return bool(outside.keys) and catalog.KEY in questions.kinds(action)


def decided_by_key_policy(desired: Desired, outside: OutsidePolicies) -> frozenset[str]:
    """The actions that a key policy can grant by itself, where key policies were read."""
    return frozenset(action for action in desired.actions if _by_key(action, outside))


def tags_asked_for(observed: Observed, desired: Desired, outside: OutsidePolicies) -> tuple[str, ...]:
    """ARNs of the resources whose tags are to be read, since a statement depends on them."""
    layers = _Layers.of(observed, outside, observed.policies)
    return asked_for(observed, desired, outside, layers.leaves)


@dataclass(frozen=True)
class _Layers:
    """Every layer that was provided, for however many questions."""

    caller: Caller
    policies: Policies
    outside: OutsidePolicies
    stated: Mapping[str, Given]

    @classmethod
    def of(cls, observed: Observed, outside: OutsidePolicies, own: Policies) -> _Layers:
        make = principals.role if observed.kind == ROLE else principals.user
        more = {"unique_id": observed.unique_id, "has_boundary": observed.boundary_arn is not None}
        policies = replace(own, scps=_if_provided(outside.scps), rcps=_if_provided(outside.rcps))
        return cls(make(observed.arn, **more), policies, outside, as_stated(outside.stated.principal))

    def answer(self, question: Question) -> Decision:
        layers = [self.outside.scps, self.outside.rcps if evaluate.reached_by_rcps(question.action) else None]
        is_read = question.resource in self.outside.keys or self.outside.without_keys
        if catalog.KEY in questions.kinds(question.action) and not is_read:
            layers.append(KEYS_NOT_PROVIDED)  # rule 60
        decision = replace(_depending_on(self._decide(question), layers), subject="")
        return explained(decision, question, self.outside.unread_tags)

    def leaves(self, question: Question) -> Iterator[str]:
        """What the statements depend on that may match, whatever else decides."""
        request = Request(question.action, question.resource, question.context, self.caller)
        layers = [
            *self.policies.layers,
            *(evaluate.layer(evaluate.VAULT, own) for own in self._vault_policies(question)),
        ]
        if question.resource in self.outside.keys:
            layers.append(evaluate.layer(evaluate.KEY, self.outside.keys[question.resource]))
        for each in layers:
            for match in evaluate.value_of(each, request).matches:
                yield from match.leaves

    def _decide(self, question: Question) -> Decision:
        context = question.context.completed(self.stated) if self.stated else question.context
        request = (question.action, question.resource, self.caller, context)
        if question.resource in self.outside.keys:
            return may_use_key(self.policies, self.outside.keys[question.resource], *request)
        by_vault = [may_use_vault(self.policies, policy, *request) for policy in self._vault_policies(question)]
        if by_vault:
            return evaluate.worst(by_vault)
        return evaluate.worst([evaluate.may(self.policies, question.action, question.resource, context)])

    def _vault_policies(self, question: Question) -> list[StoredPolicy | NotRead | None]:
        """Of the vault itself; for a recovery point, whose ARN does not name its vault, of every vault that was read."""
        if questions.is_recovery_point(question.resource):
            return list(self.outside.vaults.values())
        return [policy for arn, policy in self.outside.vaults.items() if arn == question.resource]


def _if_provided(layer: _Layer) -> _Layer | None:
    return None if is_not_provided(layer) else layer


def _depending_on(decision: Decision, layers: Iterable[object]) -> Decision:
    """Allowed by all that was read is conditional, as long as one of ``layers`` was not provided."""
    reasons = tuple(layer.reason for layer in layers if is_not_provided(layer))
    if decision.verdict != verdicts.ALLOWED or not reasons:
        return decision
    return replace(
        decision, verdict=verdicts.CONDITIONAL, reason=_NOT_ALL_PROVIDED, conditions=reasons, not_provided=reasons
    )


_NOT_ALL_PROVIDED = "allowed by every policy that was read, but not every policy that applies was provided"


def _can_call(arn: str, observed: Observed, desired: Desired, outside: OutsidePolicies) -> Decision:
    """Whether the Impersonation role's own policies let it assume the role: the half that the trust policy cannot show."""
    own = outside.appliance.get(arn)
    if own is None:
        return _without_policies(arn, observed, desired, outside)
    policies = replace(own, scps=_if_provided(own.scps), rcps=_if_provided(outside.rcps))
    external_id = desired.trust.external_id if desired.trust else None
    caller = principals.role(arn, has_boundary=own.boundary is not None)
    known = _known_of(arn, observed, outside)
    if caller.account_id == observed.account.account_id:
        # Inside one account a trust policy that names the role grants by itself (rule 64).
        trust_policy = StoredPolicy("", observed.trust)
        decision = assume.may_assume(
            trust_policy, observed.arn, caller, own=policies, external_id=external_id, more=known
        )
    else:
        context = assume.context_of(caller, observed.account.account_id, external_id, known)
        decision = evaluate.may(policies, assume.ASSUME_ROLE, observed.arn, context)
    decision = _depending_on(decision, (own.scps, outside.rcps))
    return replace(decision, requirement=APPLIANCE_CAN_CALL, subject=arn)


def _without_policies(appliance: str, observed: Observed, desired: Desired, outside: OutsidePolicies) -> Decision:
    """The same of an account, of a role whose policies were not provided, or of one that does not exist."""
    if appliance in outside.appliance:
        reason = f"the Impersonation role {appliance} does not exist"
        return Decision(APPLIANCE_CAN_CALL, verdicts.IMPLICIT_DENY, reason, appliance, evaluate.IDENTITY)
    account_id = principals.account_of(appliance)
    reason = (APPLIANCE_IS_AN_ACCOUNT if account_id else APPLIANCE_NOT_PROVIDED).reason
    unknown = Decision(
        APPLIANCE_CAN_CALL,
        verdicts.UNREADABLE,
        reason,
        appliance,
        evaluate.IDENTITY,
        conditions=(reason,),
        not_provided=(reason,),
    )
    # What the organization of the restore role's account says is known all the same.
    caller = principals.account(account_id) if account_id else principals.role(appliance)
    external_id = desired.trust.external_id if desired.trust else None
    known = _known_of(appliance, observed, outside)
    context = assume.context_of(caller, observed.account.account_id, external_id, known)
    rcps_alone = Policies(None, rcps=_if_provided(outside.rcps))
    decision = evaluate.may(rcps_alone, assume.ASSUME_ROLE, observed.arn, context)
    return worst(unknown, replace(decision, requirement=APPLIANCE_CAN_CALL, subject=appliance))


def is_drift(decision: Decision) -> bool:
    """Not met, for another reason than that it was asked for so, or that a layer outside the account was not provided."""
    return not decision.settled and not decision.depends_on_not_provided


def not_evaluated(decisions: tuple[Decision, ...], scope: Scope, outside: OutsidePolicies) -> list[str]:
    """What the verdicts say nothing about, because it was not provided or not asked for."""
    reasons = {reason for decision in decisions for reason in decision.not_provided}
    if not outside.vaults:
        reasons.add(
            "access policies of backup vaults were not read" + _how("vaults", scope.vaults, "check_vault_policies")
        )
    # Unlike a key's, a vault's policy can only take away, so that one that could not be read is told and no more (rule 61).
    reasons |= {policy.reason for policy in outside.vaults.values() if isinstance(policy, NotRead)}
    reasons |= set(outside.unread_tags.values())
    return sorted(reasons)


def _how(option: str, named: tuple[str, ...], check: str) -> str:
    return f": {check} is off" if named else f": no {option} are set"


def worst(first: Decision, second: Decision) -> Decision:
    """The one that stands more in the way; the first if they are equal."""
    return evaluate.worst([first, second])


def counts(decisions: tuple[Decision, ...]) -> dict[Verdict, int]:
    """Verdict → how many requirements have it."""
    return {verdict: sum(decision.verdict == verdict for decision in decisions) for verdict in verdicts.SEVERITY}
