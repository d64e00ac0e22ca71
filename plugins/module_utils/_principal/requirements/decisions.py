# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A state evaluated against everything a restore requires of the principal, inside its account. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import partial

from ..._policy import evaluate, trust, verdicts
from ..._policy.documents import Json
from ..._policy.statements import document as new_document
from ..._policy.verdicts import Decision
from ..model.results import DecisionResult, decision_result
from ..model.state import ROLE, Desired, Observed
from . import questions, statements
from .known import of_assuming


def account_decisions(observed: Observed, desired: Desired) -> tuple[Decision, ...]:
    """Trust first, then one decision per action."""
    if not observed.exists:
        return tuple(_without_principal(observed, desired))
    by_action = questions.decide(desired.actions, observed, observed.policies, desired.scope)
    return trust_policy_decisions(observed, desired) + by_action


def trust_policy_decisions(
    observed: Observed,
    desired: Desired,
    known: Callable[[str], trust.Known] | None = None,
    bounded: Container[str] = (),
) -> tuple[Decision, ...]:
    """Whether the appliance and AWS Backup may assume the role, by its trust policy; not applicable to a user.

    ``known``: who, as the options name it → what is known of its request, by default from the account alone; ``bounded``: those
    that have a permissions boundary.
    """
    if desired.kind != ROLE or desired.trust is None:
        reason = "an IAM user is not assumed: it has no trust policy"
        names = (verdicts.APPLIANCE_MAY_ASSUME, verdicts.SERVICE_MAY_ASSUME)
        return tuple(Decision(name, verdicts.NOT_APPLICABLE, reason, layer=trust.LAYER) for name in names)
    by_account = partial(of_assuming, observed=observed, memberships={})
    return trust.decide(observed.trust, desired.trust, observed.arn, known or by_account, bounded)


def _without_principal(observed: Observed, desired: Desired) -> list[Decision]:
    reason = f"the {observed.kind} {observed.name} does not exist"
    by_trust = []
    if desired.trust is not None:
        subjects = [(verdicts.APPLIANCE_MAY_ASSUME, arn) for arn in desired.trust.appliance]
        subjects += [(verdicts.SERVICE_MAY_ASSUME, service) for service in desired.trust.services]
        by_trust = [Decision(name, verdicts.IMPLICIT_DENY, reason, subject, trust.LAYER) for name, subject in subjects]
    return by_trust + [
        Decision(action, verdicts.IMPLICIT_DENY, reason, "", evaluate.IDENTITY) for action in desired.actions
    ]


def missing_permissions(decisions: tuple[Decision, ...], desired: Desired) -> list[str]:
    """The actions that are not allowed, whatever the reason."""
    return [
        decision.requirement for decision in decisions if not decision.met and decision.requirement in desired.actions
    ]


def missing_permissions_policy(observed: Observed, desired: Desired) -> dict[str, Json]:
    """A policy document that grants exactly what no policy grants yet; empty if nothing is to be granted.

    On everything, as the vendor's guide has it, or, where the question was narrowed, on the resources asked about. An
    action that is granted, but denied elsewhere or cut by a boundary, is not in it: granting would not help.
    """
    scope = desired.scope
    missing: dict[str, tuple[str, ...]] = dict.fromkeys(desired.actions, statements.EVERY_RESOURCE)
    if observed.exists:
        missing = questions.not_granted(desired.actions, observed, scope)
    if not missing:
        return {}
    if scope.narrow:
        return new_document(list(statements.narrow(_SID, list(missing), observed, scope)))
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for action, resources in missing.items():
        granted = resources if scope.names_resources else scope.own.get(action, statements.EVERY_RESOURCE)
        by_resources.setdefault(granted, []).append(action)
    return new_document(
        [
            statements.allow(_SID + (str(number + 1) if number else ""), actions, resources)
            for number, (resources, actions) in enumerate(by_resources.items())
        ]
    )


_SID = "CloudrestoreMissing"


def unsettled_results(decisions: tuple[Decision, ...]) -> list[DecisionResult]:
    """Those on which something is to be fixed."""
    return [decision_result(decision) for decision in decisions if not decision.settled]
