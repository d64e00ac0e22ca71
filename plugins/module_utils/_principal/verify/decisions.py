# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every requirement of a restore judged, with what was read of the account and of what surrounds it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from ..._permission_sets import catalog
from ..._policy import assume, evaluate, principals, trust, verdicts
from ..._policy.evaluate import NotRead, Policies
from ..._policy.matching import StoredPolicy
from ..._policy.principals import Caller
from ..._policy.resource_policy import may_use_key, may_use_vault
from ..._policy.verdicts import Decision
from ..model.state import ROLE, Desired, Observed
from ..requirements import decisions as judge
from ..requirements import questions
from ..requirements.questions import Question, Scope
from . import outside_policies as surroundings
from .outside_policies import Surroundings

APPLIANCE_CAN_CALL = "appliance_can_call"

_Layer = TypeVar("_Layer")


def decisions(observed: Observed, desired: Desired, scope: Scope, around: Surroundings) -> tuple[Decision, ...]:
    """Trust, the appliance's own side, then one decision per action. Raises nothing, whatever the documents hold."""
    if not observed.exists:
        return judge.decisions(observed, desired)
    return trust_decisions(observed, desired, around) + actions(observed, desired, scope, around)


def trust_decisions(observed: Observed, desired: Desired, around: Surroundings) -> tuple[Decision, ...]:
    """Who may assume the principal, and whether the appliance's own policies let it call."""
    wanted = desired.trust.appliance if desired.trust is not None else ()
    calls = tuple(_can_call(who, observed, desired, around) for who in wanted)
    return tuple(_with_rcps(one, observed, around) for one in judge.trust_decisions(observed, desired)) + calls


def _with_rcps(decision: Decision, observed: Observed, around: Surroundings) -> Decision:
    """A service has no policies of its own that could be judged apart, so its decision holds the RCPs (rules 59, 68)."""
    allowed = decision.verdict == verdicts.ALLOWED or decision.asked_for
    if decision.requirement != verdicts.SERVICE_MAY_ASSUME or not allowed:
        return decision
    caller, policy = principals.service(decision.subject), StoredPolicy("", observed.trust)
    sent = trust.sent_for(observed.arn) if decision.asked_for else {}
    found = assume.may_assume(policy, observed.arn, caller, rcps=_if_given(around.rcps), more=sent)
    found = _hanging_on(found, (around.rcps,))
    if not decision.asked_for:
        return worst(decision, replace(found, requirement=decision.requirement, subject=decision.subject))
    if found.met or surroundings.hangs_on_not_given(found):
        return replace(
            decision,
            conditions=(*decision.conditions, *found.conditions),
            not_provided=(*decision.not_provided, *found.not_provided),
        )
    return replace(found, requirement=decision.requirement, subject=decision.subject)


def actions(observed: Observed, desired: Desired, scope: Scope, around: Surroundings) -> tuple[Decision, ...]:
    """One decision per action, by every layer: what the principal holds, and what surrounds it."""
    judged = _Judged.of(observed, around, observed.policies)
    return tuple(questions.decide_one(action, observed, scope, judged.answer) for action in desired.actions)


def around_only(observed: Observed, desired: Desired, scope: Scope, around: Surroundings) -> tuple[Decision, ...]:
    """The same, by what surrounds the principal alone, its own policies left aside: what AWS's simulator does not see.

    Judged as a whole are named keys, since a key's policy can grant by itself, and all resources of a kind, since the
    simulator takes a pattern for the name of one resource.
    """
    outside = _Judged.of(observed, around, Policies(None))
    whole = _Judged.of(observed, around, observed.policies)

    def answer(one: Question) -> Decision:
        as_a_whole = _by_key(one.action, around) or ("*" in one.resource and one.resource != "*")
        return (whole if as_a_whole else outside).answer(one)

    return tuple(questions.decide_one(action, observed, scope, answer) for action in desired.actions)


def _by_key(action: str, around: Surroundings) -> bool:
    return bool(around.keys) and catalog.KEY in questions.kinds(action)


def judged_by_key_policy(desired: Desired, around: Surroundings) -> frozenset[str]:
    """The actions whose decision rests on key policies that were read."""
    return frozenset(action for action in desired.actions if _by_key(action, around))


@dataclass(frozen=True)
class _Judged:
    """Every layer that was given, for however many questions."""

    caller: Caller
    policies: Policies
    around: Surroundings

    @classmethod
    def of(cls, observed: Observed, around: Surroundings, own: Policies) -> _Judged:
        make = principals.role if observed.kind == ROLE else principals.user
        more = {"unique_id": observed.unique_id, "has_boundary": observed.boundary_arn is not None}
        policies = replace(own, scps=_if_given(around.scps), rcps=_if_given(around.rcps))
        return cls(make(observed.arn, **more), policies, around)

    def answer(self, one: Question) -> Decision:
        outside = [self.around.scps, self.around.rcps if evaluate.reached_by_rcps(one.action) else None]
        if catalog.KEY in questions.kinds(one.action) and not (self.around.keys or self.around.without_keys):
            outside.append(surroundings.KEYS_NOT_READ)  # rule 60
        return replace(_hanging_on(self._decide(one), outside), subject="")

    def _decide(self, one: Question) -> Decision:
        asked = (one.action, one.resource, self.caller, one.context)
        if one.resource in self.around.keys:
            return may_use_key(self.policies, self.around.keys[one.resource], *asked)
        found = [may_use_vault(self.policies, policy, *asked) for policy in self._vault_policies(one)]
        return evaluate.worst(found or [evaluate.may(self.policies, one.action, one.resource, one.context)])

    def _vault_policies(self, one: Question) -> list[StoredPolicy | NotRead | None]:
        """Of the vault itself; for a recovery point, whose ARN does not name its vault, of every vault that was read."""
        if questions.is_recovery_point(one.resource):
            return list(self.around.vaults.values())
        return [policy for arn, policy in self.around.vaults.items() if arn == one.resource]


def _if_given(layer: _Layer) -> _Layer | None:
    return None if _is_not_given(layer) else layer


def _is_not_given(layer: object) -> bool:
    return isinstance(layer, NotRead) and layer.is_not_provided


def _hanging_on(decision: Decision, outside: Iterable[object]) -> Decision:
    """Allowed by all that was read is not allowed, as long as a layer was not given: it hangs on that."""
    reasons = tuple(layer.reason for layer in outside if isinstance(layer, NotRead) and _is_not_given(layer))
    if decision.verdict != verdicts.ALLOWED or not reasons:
        return decision
    return replace(
        decision, verdict=verdicts.CONDITIONAL, reason=_NOT_ALL_GIVEN, conditions=reasons, not_provided=reasons
    )


_NOT_ALL_GIVEN = "allowed by every policy that was read, but not every policy that bears on it was given"


def _can_call(who: str, observed: Observed, desired: Desired, around: Surroundings) -> Decision:
    """Whether the Impersonation role's own policies let it assume the role: the half that the trust policy cannot show."""
    own = around.appliance.get(who)
    if own is None:
        return _without_policies(who, observed, desired, around)
    given = replace(own, scps=_if_given(own.scps), rcps=_if_given(around.rcps))
    external_id = desired.trust.external_id if desired.trust else None
    caller = principals.role(who)
    if caller.account_id == observed.account.account_id:
        # Inside one account a trust policy that names the role grants by itself (rule 64).
        policy = StoredPolicy("", observed.trust)
        found = assume.may_assume(policy, observed.arn, caller, own=given, external_id=external_id)
    else:
        context = assume.context_of(caller, observed.account.account_id, external_id, {})
        found = evaluate.may(given, assume.ASSUME_ROLE, observed.arn, context)
    return replace(_hanging_on(found, (own.scps, around.rcps)), requirement=APPLIANCE_CAN_CALL, subject=who)


def _without_policies(who: str, observed: Observed, desired: Desired, around: Surroundings) -> Decision:
    """The same of an account, of a role whose policies were not given, or of one that does not exist."""
    if who in around.appliance:
        reason = f"the Impersonation role {who} does not exist"
        return Decision(APPLIANCE_CAN_CALL, verdicts.IMPLICIT_DENY, reason, who, evaluate.IDENTITY)
    is_account = bool(principals.account_of(who))
    reason = (surroundings.APPLIANCE_IS_AN_ACCOUNT if is_account else surroundings.APPLIANCE_NOT_GIVEN).reason
    unknown = Decision(
        APPLIANCE_CAN_CALL,
        verdicts.UNREADABLE,
        reason,
        who,
        evaluate.IDENTITY,
        conditions=(reason,),
        not_provided=(reason,),
    )
    # What the organization of the restore role's account says is known all the same.
    caller = principals.account(principals.account_of(who)) if is_account else principals.role(who)
    external_id = desired.trust.external_id if desired.trust else None
    context = assume.context_of(caller, observed.account.account_id, external_id, {})
    outside = Policies(None, rcps=_if_given(around.rcps))
    found = evaluate.may(outside, assume.ASSUME_ROLE, observed.arn, context)
    return worst(unknown, replace(found, requirement=APPLIANCE_CAN_CALL, subject=who))


def is_drift(decision: Decision) -> bool:
    """Not met, for another reason than that it was asked for so, or that a layer outside the account was not given."""
    return not decision.settled and not surroundings.hangs_on_not_given(decision)


def not_judged(found: tuple[Decision, ...], scope: Scope, around: Surroundings) -> list[str]:
    """What the verdicts say nothing about, in words, because it was not given or not asked for."""
    said = {reason for one in found for reason in one.not_provided}
    if not around.vaults:
        said.add(
            "access policies of backup vaults were not read" + _how("vaults", scope.vaults, "check_vault_policies")
        )
    # Unlike a key's, a vault's policy can only take away, so that one that could not be read is told and no more (rule 61).
    said |= {policy.reason for policy in around.vaults.values() if isinstance(policy, NotRead)}
    return sorted(said)


def _how(option: str, named: tuple[str, ...], check: str) -> str:
    return f": {check} is off" if named else f": {option} names none"


def worst(first: Decision, second: Decision) -> Decision:
    """The one that stands more in the way; the first if they are equal."""
    return evaluate.worst([first, second])


def counts(found: tuple[Decision, ...]) -> dict[str, int]:
    """Verdict → how many requirements have it."""
    return {verdict: sum(one.verdict == verdict for one in found) for verdict in verdicts.SEVERITY}
