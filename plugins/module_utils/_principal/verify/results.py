# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What restore_role_verify and principal_policies_info return. Keys as RETURN documents them; a test compares the two."""

from __future__ import annotations

from typing import Final, Literal, NotRequired, TypeAlias, TypedDict

from ..._policy.documents import Json
from ..._policy.verdicts import Decision, Method, Verdict
from ..model.results import DecisionResult, FindingResult, PrincipalResult, decision_result

# The option ``method``.
VerifyMethod: TypeAlias = Literal["evaluate", "simulate", "both"]
EVALUATE: Final = "evaluate"
SIMULATE: Final = "simulate"
BOTH: Final = "both"

# In place of it, where the appliance itself tries to assume the role.
PROBE: Final = "probe"

ProbeOutcome: TypeAlias = Literal["assumed", "denied", "unreadable", "not_applicable"]

CANNOT_ENTER: Final = "The appliance cannot access the account: no restore can start."


class RequirementResult(DecisionResult):
    """A requirement explained. ``drift``: whether a restore could fail on it; ``consequence``: what fails then.

    ``fixable``: whether a run of restore_role with the same options would fix it. ``accepted``: by whom, until when and why; the
    module says, see ``_accepted_risks``.
    """

    resource: str
    places: list[str]
    conditions: list[str]
    method: Method
    asked_for: bool
    stated: list[str]
    drift: bool
    fixable: bool
    consequence: str
    accepted: str


class VerifiedFinding(FindingResult):
    """``accepted``: as of a requirement."""

    accepted: str


class Disagreement(TypedDict):
    """A requirement on which the engine and the simulator differ: both verdicts, and why that can be."""

    requirement: str
    evaluate: Verdict
    simulate: Verdict
    reason: str


class ProbeResult(TypedDict):
    """What became of the attempt to assume the role."""

    outcome: ProbeOutcome
    role_arn: str
    caller: str
    error: str
    remedy: str


class _VerifiedResult(TypedDict):
    """Whatever the method."""

    principal: PrincipalResult
    method: Literal[VerifyMethod, "probe"]
    compliant: bool
    drifted: bool
    requirements: list[RequirementResult]
    summary: dict[Verdict, int]
    missing_permissions: list[str]
    missing_permissions_policy: dict[str, Json]
    findings: list[VerifiedFinding]
    not_evaluated: list[str]
    disagreements: list[Disagreement]


class VerifyResult(_VerifiedResult):
    """Of restore_role_verify. ``session_policy``: whether one limited the session in the account; the module adds it."""

    exists: bool
    session_policy: NotRequired[bool]


class ProbedResult(_VerifiedResult):
    """Of restore_role_verify with probe_assume_role, which reads nothing of the account."""

    probe: ProbeResult


class PolicyResult(TypedDict):
    """A policy as it is written in options and results."""

    name: str
    document: object


class PrincipalPoliciesResult(TypedDict):
    """Of principal_policies_info. ``trust``: None for a user; ``boundary``: None if there is none."""

    principal: PrincipalResult
    exists: bool
    trust: object
    identity: list[PolicyResult]
    boundary: PolicyResult | None


def requirement_result(decision: Decision, *, drift: bool, fixable: bool, consequence: str) -> RequirementResult:
    return {
        **decision_result(decision),
        "resource": decision.resource,
        "places": list(decision.places),
        "conditions": list(decision.conditions),
        "method": decision.method,
        "asked_for": decision.asked_for,
        "stated": list(decision.stated),
        "drift": drift,
        "fixable": fixable,
        "consequence": consequence,
        "accepted": "",
    }
