# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's policy simulator: what to ask it, its answers as decisions, and where it and the engine disagree.

One request asks about every action on every resource that a restore needs. The simulator knows the account's identity
policies, boundary and service control policies; it knows no trust policy, no policy of a KMS key or backup vault and no
resource control policy, and takes a condition key that it is given no value for as absent.
Source: IAM API reference, SimulatePrincipalPolicy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._calls import call
from .._policy import evaluate, verdicts
from .._policy.context import Given
from .._policy.verdicts import Decision
from . import questions
from .questions import Question, Scope
from .state import Observed

METHOD = "simulate"
_PAGE = 1000
# The simulator fills these in from the principal itself.
_FILLED_IN = frozenset({"aws:PrincipalAccount", "aws:PrincipalType", "aws:username"})

_VERDICTS = {
    "allowed": verdicts.ALLOWED,
    "explicitDeny": verdicts.EXPLICIT_DENY,
    "implicitDeny": verdicts.IMPLICIT_DENY,
}

_DENIED = (verdicts.EXPLICIT_DENY, verdicts.IMPLICIT_DENY)

_Results = Mapping[str, Mapping[str, Any]]


def run(client: Any, observed: Observed, actions: Sequence[str], scope: Scope) -> tuple[Decision, ...]:
    """The simulator's decision on each action. One call, and where something is denied a second one that leaves the
    service control policies out, if this botocore can ask for that: it tells whether they are what denies.

    Raises CallFailed.
    """
    request = arguments(observed, actions, scope)
    first = _ask(client, observed.arn, request)
    found = decisions(observed, actions, scope, first, {})
    if all(one.verdict not in _DENIED for one in found) or "PolicyExclusionList" not in _parameters(client):
        return found
    without_scps = _ask(client, observed.arn, {**request, "PolicyExclusionList": [{"PolicyType": "scp"}]})
    return decisions(observed, actions, scope, first, without_scps)


def _parameters(client: Any) -> Iterable[str]:
    members: Iterable[str] = client.meta.service_model.operation_model("SimulatePrincipalPolicy").input_shape.members
    return members


def arguments(observed: Observed, actions: Sequence[str], scope: Scope) -> dict[str, Any]:
    """The request. ``*`` is among the resources, for the actions without resource types."""
    asked = [one for action in actions for one in questions.asked(action, observed, scope)]
    known: dict[str, Given] = {}
    for action in actions:
        known |= questions.known_keys(action, observed, scope)
    if scope.narrow:
        # One request holds one value of each key; the engine asks about every service and Region.
        known["kms:ViaService"] = questions.services_on_data(observed, next(iter(scope.regions), None))[0]
    if len(scope.regions) == 1:
        known["aws:RequestedRegion"] = scope.regions[0]
    return {
        "PolicySourceArn": observed.arn,
        "ActionNames": list(actions),
        "ResourceArns": list(dict.fromkeys(one.resource for one in asked)),
        "ContextEntries": [
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in sorted(known.items())
            if isinstance(value, str) and key not in _FILLED_IN
        ],
        "MaxItems": _PAGE,
    }


def _ask(client: Any, arn: str, request: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Action → its EvaluationResult, the resource-specific results of every page put together."""
    found: dict[str, dict[str, Any]] = {}
    marker: dict[str, str] = {}
    while True:
        page = call(client, "iam", "SimulatePrincipalPolicy", arn, {**request, **marker})
        for result in page["EvaluationResults"]:
            before = found.get(result["EvalActionName"], {}).get("ResourceSpecificResults", [])
            specific = [*before, *result.get("ResourceSpecificResults", [])]
            found[result["EvalActionName"]] = {**result, "ResourceSpecificResults": specific}
        if not page.get("IsTruncated"):
            return found
        marker = {"Marker": page["Marker"]}


def decisions(
    observed: Observed, actions: Sequence[str], scope: Scope, results: _Results, without_scps: _Results
) -> tuple[Decision, ...]:
    """One decision per action. An action that the simulator left out is unreadable."""

    def answer(one: Question) -> Decision:
        result, other = _on(results, one), _on(without_scps, one)
        return _decision(
            one, result, result is not None and _denied(result) and other is not None and not _denied(other)
        )

    return tuple(questions.decide_one(action, observed, scope, answer) for action in actions)


def _on(results: _Results, one: Question) -> Mapping[str, Any] | None:
    """The answer to one question: that on its resource, else the action's as a whole."""
    result = results.get(one.action)
    if result is None:
        return None
    specific = [entry for entry in result["ResourceSpecificResults"] if entry["EvalResourceName"] == one.resource]
    if not specific:
        return result
    own = {"EvalDecision": specific[0]["EvalResourceDecision"], **specific[0]}
    # Only the action as a whole says what the organization allows.
    return {**own, "OrganizationsDecisionDetail": result.get("OrganizationsDecisionDetail", {})}


def _denied(result: Mapping[str, Any]) -> bool:
    return bool(result["EvalDecision"] != "allowed")


def _decision(one: Question, result: Mapping[str, Any] | None, by_scp: bool) -> Decision:
    if result is None:
        reason = "the simulator gave no answer"
        return Decision(one.action, verdicts.UNREADABLE, reason, resource=one.resource, method=METHOD)
    verdict = _VERDICTS[result["EvalDecision"]]
    layer, reason = _layer_and_reason(result, by_scp)
    matched = [statement for statement in result.get("MatchedStatements", []) if statement.get("SourcePolicyId")]
    missing = tuple(
        f"{key} (the simulator was given no value for it)" for key in result.get("MissingContextValues", [])
    )
    if missing:
        # The simulator takes a key without a value as absent, which denies what a real request may be allowed.
        verdict, reason = verdicts.CONDITIONAL, "the simulator decided without knowing every condition key"
    return Decision(
        one.action,
        verdict,
        reason,
        layer=layer,
        policy=matched[0]["SourcePolicyId"] if matched else "",
        places=tuple(f"{entry.get('SourcePolicyType', '')} policy {entry['SourcePolicyId']}" for entry in matched),
        conditions=missing,
        resource=one.resource,
        method=METHOD,
    )


def _layer_and_reason(result: Mapping[str, Any], by_scp: bool) -> tuple[str, str]:
    if not _denied(result):
        return evaluate.IDENTITY, "the simulator allows it"
    if by_scp or result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False:
        return evaluate.SCP, "the simulator denies it: a service control policy of the organization does not allow it"
    if result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary") is False:
        return evaluate.BOUNDARY, "the simulator denies it: the permissions boundary does not allow it"
    return evaluate.IDENTITY, "the simulator denies it"
