# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main line of verify, for one principal in one account: observe → judge → result. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..._policy.evaluate import NotRead
from ..._policy.verdicts import Decision
from ..model.results import principal_result
from ..model.state import Desired, Observed, PrincipalError
from ..observe import principal as observe
from ..observe import resource_policies
from ..observe.session import Session, check_account, reading
from ..requirements import decisions as judge
from ..requirements import findings, questions
from ..requirements.questions import Scope
from . import comparison as disagreements
from . import decisions as verify
from . import simulator as simulate
from .outside_policies import Surroundings

EVALUATE, SIMULATE, BOTH = "evaluate", "simulate", "both"


@dataclass(frozen=True)
class Examination:
    """How to go about it. ``around``: as given; the policies of keys and vaults are read if asked for.

    ``account_id``: the account that is meant, None for any. ``observed``: the principal as it was read already.
    """

    scope: Scope
    around: Surroundings
    method: str = EVALUATE
    check_key_policies: bool = False
    check_vault_policies: bool = False
    account_id: str | None = None
    observed: Observed | None = None


@dataclass(frozen=True)
class _Judged:
    decisions: tuple[Decision, ...]
    disagreements: list[dict[str, str]]


def examine(session: Session, desired: Desired, how: Examination) -> dict[str, Any]:
    """The module's result. Raises RestoreAccessError."""
    named = f"{desired.kind} {desired.path or '/'}{desired.name}"
    observed = reading(session, named, lambda: _observe(session, desired, how))
    observed = replace(observed, account=replace(observed.account, organization_id=how.around.organization_id))
    around = reading(session, observed.arn, lambda: _with_resource_policies(session, observed, how))
    judged = reading(session, observed.arn, lambda: _judge(session, observed, desired, how, around))
    return result(observed, desired, how, around, judged.decisions) | {"disagreements": judged.disagreements}


def _observe(session: Session, desired: Desired, how: Examination) -> Observed:
    observed = _read_already(desired, how.observed) if how.observed else _read(session, desired)
    check_account(observed, how.account_id)
    if observed.exists and desired.path not in (None, observed.path):
        raise PrincipalError(
            f"{observed.arn} exists under the path {observed.path}, not {desired.path}. Give path: {observed.path}, or "
            "another name."
        )
    questions.check_scope(observed, how.scope)
    return observed


def _read(session: Session, desired: Desired) -> Observed:
    return observe.observe(session.iam, session.account, desired.kind, desired.name, "", None)


def _read_already(desired: Desired, given: Observed) -> Observed:
    # IAM does not tell upper from lower case in names.
    if (given.kind, given.name.lower()) != (desired.kind, desired.name.lower()):
        raise PrincipalError(
            f"observed is of {given.arn}, and the {desired.kind} {desired.name} was asked for. Give what restore_role "
            "returned for it, or leave observed out."
        )
    return given


def _with_resource_policies(session: Session, observed: Observed, how: Examination) -> Surroundings:
    keys = how.scope.keys if how.check_key_policies else ()
    vaults = questions.vault_arns(observed, how.scope) if how.check_vault_policies else ()
    return replace(
        how.around,
        keys=resource_policies.key_policies(session.client, keys),
        vaults=resource_policies.vault_policies(session.client, vaults),
    )


def _judge(session: Session, observed: Observed, desired: Desired, how: Examination, around: Surroundings) -> _Judged:
    if how.method == EVALUATE or not observed.exists:
        return _Judged(verify.decisions(observed, desired, how.scope, around), [])
    # The simulator knows the service control policies: the engine needs none to be given.
    known = replace(around, scps=None) if isinstance(around.scps, NotRead) else around
    trust = verify.trust_decisions(observed, desired, around)
    simulated = simulate.run(session.iam, observed, desired.actions, how.scope)
    if how.method == SIMULATE:
        outside = verify.around_only(observed, desired, how.scope, known)
        by_key = verify.judged_by_key_policy(desired, around)
        pairs = zip(simulated, outside, strict=True)
        merged = tuple(
            engine if engine.requirement in by_key else verify.worst(simulator, engine) for simulator, engine in pairs
        )
        return _Judged(trust + merged, [])
    evaluated = verify.actions(observed, desired, how.scope, known)
    return _Judged(
        trust + disagreements.stricter(evaluated, simulated), disagreements.disagreements(evaluated, simulated)
    )


def result(
    observed: Observed, desired: Desired, how: Examination, around: Surroundings, found: tuple[Decision, ...]
) -> dict[str, Any]:
    """The decisions as the module returns them."""
    drift = tuple(one for one in found if verify.is_drift(one))
    return {
        "principal": principal_result(observed),
        "exists": observed.exists,
        "method": how.method,
        "compliant": all(one.met for one in found),
        "drifted": bool(drift),
        "requirements": [_requirement(one, desired) for one in found],
        "summary": verify.counts(found),
        "missing_permissions": judge.missing_permissions(drift, desired),
        "missing_permissions_policy": judge.missing_permissions_policy(observed, desired),
        "findings": [one.as_dict() for one in findings.findings(observed, desired, found)],
        "not_judged": verify.not_judged(found, how.scope, around),
    }


def _requirement(decision: Decision, desired: Desired) -> dict[str, Any]:
    return {**decision.explained(), "drift": verify.is_drift(decision), "consequence": _consequence(decision, desired)}


def _consequence(decision: Decision, desired: Desired) -> str:
    """What fails without it; empty where nothing does."""
    name = decision.requirement
    return "" if decision.met else desired.without.get(name, _OF_TRUST.get(name, ""))


_OF_TRUST = {
    "appliance_may_assume": "The appliance cannot enter the account: no restore can begin.",
    "appliance_can_call": "The appliance cannot enter the account: no restore can begin.",
    "backup_service_may_assume": "AWS Backup cannot act under the role: its copy and restore jobs fail.",
}
