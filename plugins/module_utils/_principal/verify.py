# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every requirement of a restore judged, with what was read of the account and of what surrounds it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._policy import assume, evaluate, principals, verdicts
from .._policy.evaluate import Levels, NotRead, Policies
from .._policy.matching import StoredPolicy
from .._policy.resource_policy import may_use_key, may_use_vault
from .._policy.verdicts import Decision
from . import judge, questions
from .findings import findings
from .questions import Scope
from .state import ROLE, Desired, Observed

APPLIANCE_CAN_CALL = "appliance_can_call"


@dataclass(frozen=True)
class Surroundings:
    """What bears on the principal from outside its own policies.

    ``scps`` and ``rcps``: None if the account belongs to no organization. ``appliance``: ARN of an Impersonation role →
    its policies. ``keys`` and ``vaults``: ARN → policy, None for a vault that has none; only of those that were named.
    """

    scps: Levels | NotRead | None
    rcps: tuple[StoredPolicy, ...] | NotRead | None
    appliance: Mapping[str, Policies] = field(default_factory=dict)
    keys: Mapping[str, StoredPolicy | NotRead] = field(default_factory=dict)
    vaults: Mapping[str, StoredPolicy | NotRead | None] = field(default_factory=dict)


def decisions(observed: Observed, desired: Desired, scope: Scope, around: Surroundings) -> tuple[Decision, ...]:
    """Trust, the appliance's own side, then one decision per action. Raises nothing, whatever the documents hold."""
    if not observed.exists:
        return judge.decisions(observed, desired)
    trust = judge.trust_decisions(observed, desired)
    calls = tuple(_can_call(who, observed, desired, around) for who in _impersonation_roles(desired))
    policies = replace(observed.policies, scps=around.scps, rcps=around.rcps)
    actions = questions.decide(desired.actions, observed, policies, scope)
    return (*trust, *calls, *(_with_resource_policies(one, observed, policies, scope, around) for one in actions))


def _impersonation_roles(desired: Desired) -> tuple[str, ...]:
    named = desired.trust.appliance if desired.kind == ROLE and desired.trust is not None else ()
    return tuple(who for who in named if not principals.account_of(who))


def _can_call(who: str, observed: Observed, desired: Desired, around: Surroundings) -> Decision:
    """Whether the Impersonation role's own policies let it assume the role: the half that the trust policy cannot show."""
    own: Policies | NotRead = around.appliance.get(who) or NotRead(
        f"appliance_policies does not hold the policies of {who}: it needs sts:AssumeRole on {observed.arn}"
    )
    if isinstance(own, NotRead):
        own = Policies(own)
    external_id = desired.trust.external_id if desired.trust else None
    context = assume.context_of(principals.role(who), observed.account.account_id, external_id, {})
    found = evaluate.may(own, assume.ASSUME_ROLE, observed.arn, context)
    return replace(found, requirement=APPLIANCE_CAN_CALL, subject=who)


def _with_resource_policies(
    decision: Decision, observed: Observed, policies: Policies, scope: Scope, around: Surroundings
) -> Decision:
    """The same action on the keys and vaults that were named, with their own policies read."""
    action = decision.requirement
    caller = principals.role(observed.arn) if observed.kind == ROLE else principals.user(observed.arn)
    caller = replace(caller, unique_id=observed.unique_id, has_boundary=observed.boundary_arn is not None)
    context = questions.context(action, observed, scope)
    asked = set(questions.resources(action, observed, scope))
    found = [
        may_use_key(policies, policy, action, arn, caller, context)
        for arn, policy in around.keys.items()
        if arn in asked
    ]
    found += [
        may_use_vault(policies, policy, action, arn, caller, context)
        for arn, policy in around.vaults.items()
        if arn in asked
    ]
    # A key policy can grant by itself, so that for keys its answer takes the place of the first one.
    first = [] if any(arn in asked for arn in around.keys) else [decision]
    return evaluate.worst([*first, *(replace(one, subject="") for one in found)])


def result(observed: Observed, desired: Desired, scope: Scope, around: Surroundings) -> dict[str, Any]:
    """The module's result."""
    found = decisions(observed, desired, scope, around)
    counts = {verdict: sum(one.verdict == verdict for one in found) for verdict in verdicts.SEVERITY}
    return {
        "principal": judge.principal(observed),
        "compliant": all(one.met for one in found),
        "drifted": any(_is_drift(one) for one in found),
        "requirements": [one.explained() for one in found],
        "summary": counts,
        "missing_permissions": judge.missing_permissions(found, desired),
        "missing_permissions_policy": judge.missing_permissions_policy(observed, desired, scope),
        "findings": findings(observed, desired),
    }


def _is_drift(decision: Decision) -> bool:
    """Not met, for another reason than that a layer outside the account was not given."""
    return not decision.met and not (decision.verdict == verdicts.UNREADABLE and not decision.places)
