# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's policy simulator: what to ask it, and its answers as decisions.

One request asks about every action on every resource that a restore needs, if AWS takes them together. The simulator
knows the account's identity policies, boundary and service control policies; it knows no trust policy, no policy of a KMS
key or backup vault and no resource control policy, and takes a condition key that it is given no value for as absent.
Source: IAM API reference, SimulatePrincipalPolicy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..._aws.calls import CallError, marked_pages
from ..._aws.partitions import home_region
from ..._policy import evaluate, verdicts
from ..._policy.context import Given
from ..._policy.verdicts import Decision
from ..model.scope import Scope
from ..model.state import Observed
from ..requirements import questions
from ..requirements.known import GRANT, OF_A_GRANT, Requester, of_principal
from ..requirements.questions import Question
from .results import SIMULATE

_PAGE = 1000
# The simulator fills these in from the principal itself.
_FILLED_IN = frozenset({"aws:PrincipalAccount", "aws:PrincipalType", "aws:userid", "aws:username"})

_VERDICTS: dict[str, verdicts.Verdict] = {
    "allowed": verdicts.ALLOWED,
    "explicitDeny": verdicts.EXPLICIT_DENY,
    "implicitDeny": verdicts.IMPLICIT_DENY,
}

# PolicyType to leave out → the layer that it is.
_KINDS = {"scp": evaluate.SCP, "permission-boundary": evaluate.BOUNDARY}

_REASONS = {
    evaluate.IDENTITY: "the simulator denies it",
    evaluate.SCP: "the simulator denies it: a service control policy of the organization does not allow it",
    evaluate.BOUNDARY: "the simulator denies it: the permissions boundary does not allow it",
}

_NOT_TOGETHER = frozenset({"InvalidInput", "InvalidInputException"})

_DENIED = (verdicts.EXPLICIT_DENY, verdicts.IMPLICIT_DENY)

_Results = Mapping[str, Mapping[str, Any]]


def simulate(client: Any, observed: Observed, actions: Sequence[str], scope: Scope) -> tuple[Decision, ...]:
    """The simulator's decision on each action. One request, and more only where they tell more: for IAM's own Region if
    another is given, and where something is denied without a place, one each that leaves a kind of policies out, if this
    botocore can ask for that. It tells whether they are what denies.

    Raises CallError.
    """
    decisions = _decisions(observed, actions, scope, _results(client, observed, actions, scope, {}))
    for kind, layer in _KINDS.items():
        if not any(map(_is_unplaced, decisions)) or "PolicyExclusionList" not in _parameters(client):
            return decisions
        without = _results(client, observed, actions, scope, {"PolicyExclusionList": [{"PolicyType": kind}]})
        pairs = zip(decisions, _decisions(observed, actions, scope, without), strict=True)
        decisions = tuple(
            _placed(decision, layer) if _is_unplaced(decision) and other.met else decision for decision, other in pairs
        )
    return decisions


def _is_unplaced(decision: Decision) -> bool:
    return decision.verdict in _DENIED and decision.layer == evaluate.IDENTITY


def _placed(decision: Decision, layer: str) -> Decision:
    return replace(decision, layer=layer, reason=_REASONS[layer])


def _results(
    client: Any, observed: Observed, actions: Sequence[str], scope: Scope, more: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Action → its EvaluationResult. IAM itself is called in its home Region, whatever the Region of a restore."""
    home = [action for action in actions if action.startswith("iam:")] if len(scope.regions) == 1 else []
    away = [action for action in actions if action not in home]
    results: dict[str, dict[str, Any]] = {}
    for part in filter(None, (home, away)):
        results |= _ask(client, observed, part, scope, more)
    return results


def _parameters(client: Any) -> Iterable[str]:
    members: Iterable[str] = client.meta.service_model.operation_model("SimulatePrincipalPolicy").input_shape.members
    return members


def arguments(observed: Observed, actions: Sequence[str], scope: Scope) -> dict[str, Any]:
    """The request. ``*`` is among the resources, for the actions without resource types."""
    requester = Requester.of(observed)
    asked = [question for action in actions for question in questions.asked(action, requester, scope)]
    known: dict[str, Given] = {}
    for action in actions:
        known |= of_principal(action, requester)
    if GRANT in actions:
        known |= OF_A_GRANT
    if scope.narrow:
        # One request holds one value of each key; the engine asks about every service and Region.
        region = next(iter(scope.regions), None)
        known["kms:ViaService"] = questions.services_on_data(observed.account.partition, region)[0]
    if len(scope.regions) == 1:
        is_home = all(action.startswith("iam:") for action in actions)
        known["aws:RequestedRegion"] = home_region(observed.account.partition) if is_home else scope.regions[0]
    return {
        "PolicySourceArn": observed.arn,
        "ActionNames": list(actions),
        "ResourceArns": list(dict.fromkeys(question.resource for question in asked)),
        "ContextEntries": [
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in sorted(known.items())
            if isinstance(value, str) and key not in _FILLED_IN
        ],
        "MaxItems": _PAGE,
    }


def _ask(
    client: Any, observed: Observed, actions: Sequence[str], scope: Scope, more: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """One request, in two halves if AWS does not take these actions together ("different authorization information")."""
    try:
        return _pages(client, observed.arn, {**arguments(observed, actions, scope), **more})
    except CallError as error:
        if error.code not in _NOT_TOGETHER or len(actions) == 1:
            raise
    half = len(actions) // 2
    first, second = actions[:half], actions[half:]
    return _ask(client, observed, first, scope, more) | _ask(client, observed, second, scope, more)


def _pages(client: Any, arn: str, request: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Action → its EvaluationResult, the resource-specific results of every page put together."""
    results: dict[str, dict[str, Any]] = {}
    for page in marked_pages(client, "SimulatePrincipalPolicy", arn, request):
        for result in page["EvaluationResults"]:
            before = results.get(result["EvalActionName"], {}).get("ResourceSpecificResults", [])
            specific = [*before, *result.get("ResourceSpecificResults", [])]
            results[result["EvalActionName"]] = {**result, "ResourceSpecificResults": specific}
    return results


def _decisions(observed: Observed, actions: Sequence[str], scope: Scope, results: _Results) -> tuple[Decision, ...]:
    """One decision per action. An action that the simulator left out is unreadable."""

    def answer(question: Question) -> Decision:
        return _decision(question, _on(results, question))

    return questions.decide_each(actions, observed, scope, answer)


def _on(results: _Results, question: Question) -> Mapping[str, Any] | None:
    """The answer to one question: that on its resource, else the action's as a whole."""
    result = results.get(question.action)
    if result is None:
        return None
    entries = result["ResourceSpecificResults"]
    specific = [entry for entry in entries if entry["EvalResourceName"] == question.resource]
    if not specific:
        return result
    own = {"EvalDecision": specific[0]["EvalResourceDecision"], **specific[0]}
    # Only the action as a whole says what the organization allows.
    return {**own, "OrganizationsDecisionDetail": result.get("OrganizationsDecisionDetail", {})}


def _denied(result: Mapping[str, Any]) -> bool:
    return bool(result["EvalDecision"] != "allowed")


def _decision(question: Question, result: Mapping[str, Any] | None) -> Decision:
    if result is None:
        reason = "the simulator gave no answer"
        return Decision(question.action, verdicts.UNREADABLE, reason, resource=question.resource, method=SIMULATE)
    verdict = _VERDICTS[result["EvalDecision"]]
    layer = _layer(result)
    reason = _REASONS[layer] if _denied(result) else "the simulator allows it"
    matched = [statement for statement in result.get("MatchedStatements", []) if statement.get("SourcePolicyId")]
    missing = tuple(
        f"{key} (the simulator was given no value for it)" for key in result.get("MissingContextValues", [])
    )
    if missing:
        # The simulator takes a key without a value as absent, which denies what a real request may be allowed.
        verdict, reason = verdicts.CONDITIONAL, "the simulator decided without knowing every condition key"
    return Decision(
        question.action,
        verdict,
        reason,
        layer=layer,
        policy=matched[0]["SourcePolicyId"] if matched else "",
        places=tuple(f"{entry.get('SourcePolicyType', '')} policy {entry['SourcePolicyId']}" for entry in matched),
        conditions=missing,
        resource=question.resource,
        method=SIMULATE,
    )


def _layer(result: Mapping[str, Any]) -> str:
    """Where the simulator says that it is denied; the identity layer where it does not say."""
    by_organization = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations")
    by_boundary = result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary")
    if _denied(result) and by_organization is False:
        return evaluate.SCP
    return evaluate.BOUNDARY if _denied(result) and by_boundary is False else evaluate.IDENTITY
