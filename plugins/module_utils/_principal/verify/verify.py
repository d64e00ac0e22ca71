# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main line of verify, for one principal in one account: observe → evaluate → result. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ..._policy import verdicts
from ..._policy.arns import account_in
from ..._policy.evaluate import NotRead
from ..._policy.matching import StoredPolicy
from ..._policy.verdicts import Decision
from ..model.results import principal_result
from ..model.state import Desired, Observed, PrincipalError
from ..observe import resource_policies
from ..observe.principal import observe
from ..observe.resource_tags import resource_tags
from ..observe.session import Session, check_account, reading
from ..requirements import findings, questions
from ..requirements.decisions import missing_permissions, missing_permissions_policy
from . import comparison, decisions
from .fixable import about, fixed_by_a_run
from .outside_policies import OutsidePolicies, not_provided
from .results import (
    CANNOT_ENTER,
    EVALUATE,
    SIMULATE,
    Disagreement,
    RequirementResult,
    VerifyMethod,
    VerifyResult,
    requirement_result,
)
from .simulator import simulate
from .stated import NOTHING, explained


@dataclass(frozen=True)
class VerifyOptions:
    """How to go about it. ``outside``: as provided; the policies of keys and vaults are read if asked for.

    ``account_id``: the account that is meant, None for any. ``observed``: the principal as it was read already.
    ``key_policies``: ARN of a KMS key → its policy, read elsewhere: nobody reads that of another account's key.
    """

    outside: OutsidePolicies
    method: VerifyMethod = EVALUATE
    check_key_policies: bool = False
    check_vault_policies: bool = False
    account_id: str | None = None
    observed: Observed | None = None
    key_policies: Mapping[str, StoredPolicy] = field(default_factory=dict)


@dataclass(frozen=True)
class _Evaluated:
    decisions: tuple[Decision, ...]
    disagreements: list[Disagreement]


def verify(session: Session, desired: Desired, options: VerifyOptions) -> VerifyResult:
    """The module's result. Raises RestoreAccessError."""
    title = f"{desired.kind} {desired.path or '/'}{desired.name}"
    observed = reading(session, title, lambda: _observed(session, desired, options))
    observed = replace(observed, account=replace(observed.account, membership=options.outside.membership))
    outside = reading(session, observed.arn, lambda: _with_resource_policies(session, observed, desired, options))
    observed, outside = _with_tags(session, observed, desired, outside)
    # The simulator knows the service control policies: the engine need not be provided with any.
    known = replace(outside, scps=None) if options.method != EVALUATE and isinstance(outside.scps, NotRead) else outside
    evaluated = reading(session, observed.arn, lambda: _evaluated(session, observed, desired, options.method, known))
    return _result(observed, desired, options.method, known, evaluated)


def _observed(session: Session, desired: Desired, options: VerifyOptions) -> Observed:
    observed = _read_already(desired, options.observed) if options.observed else _read(session, desired)
    check_account(observed, options.account_id)
    if observed.exists and desired.path not in (None, observed.path):
        raise PrincipalError(
            f"{observed.arn} exists under the path {observed.path}, not {desired.path}. Set path: {observed.path}, "
            "or another name."
        )
    questions.check_scope(observed, desired.scope)
    return observed


def _read(session: Session, desired: Desired) -> Observed:
    return observe(session.iam, session.account, desired.kind, desired.name, (), None)


def _read_already(desired: Desired, observed: Observed) -> Observed:
    # IAM does not tell upper from lower case in names.
    if (observed.kind, observed.name.lower()) != (desired.kind, desired.name.lower()):
        raise PrincipalError(
            f"observed is of {observed.arn}, but the options specify the {desired.kind} {desired.name}. Use what "
            "restore_role returned for it, or omit observed."
        )
    return observed


def _with_resource_policies(
    session: Session, observed: Observed, desired: Desired, options: VerifyOptions
) -> OutsidePolicies:
    given, named = options.key_policies, desired.scope.keys if options.check_key_policies else ()
    keys = tuple(arn for arn in named if arn not in given)
    own = [arn for arn in keys if account_in(arn) == observed.account.account_id]
    vaults = questions.vault_arns(observed, desired.scope) if options.check_vault_policies else ()
    return replace(
        options.outside,
        keys={
            **{arn: not_provided(arn) for arn in keys if arn not in own},
            **resource_policies.key_policies(session.client, own),
            **given,
        },
        vaults=resource_policies.vault_policies(session.client, vaults),
    )


def _with_tags(
    session: Session, observed: Observed, desired: Desired, outside: OutsidePolicies
) -> tuple[Observed, OutsidePolicies]:
    """The tags of tables, vaults and keys as well, of those only on which a policy that was read depends."""
    tags = resource_tags(session.client, decisions.tags_asked_for(observed, desired, outside))
    return replace(observed, resource_tags=tags.read), replace(outside, unread_tags=tags.unread)


def _evaluated(
    session: Session, observed: Observed, desired: Desired, method: VerifyMethod, outside: OutsidePolicies
) -> _Evaluated:
    if method == EVALUATE or not observed.exists:
        return _Evaluated(_explained(decisions.all_decisions, observed, desired, outside), [])
    trust = _explained(decisions.trust_decisions, observed, desired, outside)
    simulated = simulate(session.iam, observed, desired.actions, desired.scope)
    if method == SIMULATE:
        not_simulated = _explained(decisions.outside_decisions, observed, desired, outside)
        by_key = decisions.decided_by_key_policy(desired, outside)
        return _Evaluated(trust + comparison.completed(simulated, not_simulated, by_key), [])
    evaluated = _explained(decisions.action_decisions, observed, desired, outside)
    return _Evaluated(trust + comparison.stricter(evaluated, simulated), comparison.disagreements(evaluated, simulated))


def _explained(
    decide: Callable[[Observed, Desired, OutsidePolicies], tuple[Decision, ...]],
    observed: Observed,
    desired: Desired,
    outside: OutsidePolicies,
) -> tuple[Decision, ...]:
    """What ``decide`` decides, each with what it owes to what was stated."""
    made = decide(observed, desired, outside)
    if not outside.stated:
        return made
    return explained(made, decide(observed, desired, replace(outside, stated=NOTHING)), outside.stated)


def _result(
    observed: Observed, desired: Desired, method: VerifyMethod, outside: OutsidePolicies, evaluated: _Evaluated
) -> VerifyResult:
    made = evaluated.decisions
    drift = tuple(decision for decision in made if decisions.is_drift(decision))
    fixed = fixed_by_a_run(observed, desired, outside, drift)
    return {
        "principal": principal_result(observed),
        "exists": observed.exists,
        "method": method,
        "compliant": all(decision.met for decision in made),
        "drifted": bool(drift),
        "requirements": [_requirement(decision, desired, about(decision) in fixed) for decision in made],
        "summary": decisions.counts(made),
        "missing_permissions": missing_permissions(drift, desired),
        "missing_permissions_policy": missing_permissions_policy(observed, desired),
        "findings": [
            {**finding.as_dict(), "accepted": ""} for finding in findings.by_severity(observed, desired, made)
        ],
        "not_evaluated": decisions.not_evaluated(made, desired.scope, outside),
        "disagreements": evaluated.disagreements,
    }


def _requirement(decision: Decision, desired: Desired, fixable: bool) -> RequirementResult:
    drift = decisions.is_drift(decision)
    consequence = _consequence(decision, desired) if drift else ""
    return requirement_result(decision, drift=drift, fixable=fixable, consequence=consequence)


def _consequence(decision: Decision, desired: Desired) -> str:
    """What fails where it is not met."""
    name = decision.requirement
    return desired.without.get(name, _WITHOUT_TRUST.get(name, ""))


_WITHOUT_TRUST = {
    verdicts.APPLIANCE_MAY_ASSUME: CANNOT_ENTER,
    decisions.APPLIANCE_CAN_CALL: CANNOT_ENTER,
    verdicts.SERVICE_MAY_ASSUME: "AWS Backup cannot assume the role: its copy and restore jobs fail.",
}
