# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What results of several modules have in common: the principal, a decision, a finding. Keys as RETURN documents them."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, TypedDict

from ..._policy.verdicts import Decision, Verdict
from .state import Observed

Severity: TypeAlias = Literal["high", "medium", "low"]
HIGH: Final = "high"
MEDIUM: Final = "medium"
LOW: Final = "low"

FindingName: TypeAlias = Literal[
    "appliance_not_provided",
    "denied_beside_aws_backup_policy",
    "external_id_for_a_service",
    "external_id_not_enforced",
    "external_id_not_provided",
    "granted_by_others",
    "more_than_a_restore_needs",
    "orphaned_principal",
    "principal_not_asked_for",
    "privileges_not_known",
    "source_account_not_enforced",
    "trust_to_a_whole_account",
    "trust_to_an_organization",
    "trust_to_everyone",
]

# The most severe first.
SEVERITIES: Final[tuple[Severity, ...]] = (HIGH, MEDIUM, LOW)


class PrincipalResult(TypedDict):
    """The role or user that a result is about."""

    account_id: str
    arn: str
    name: str
    path: str
    principal_type: str


class DecisionResult(TypedDict):
    """One requirement evaluated: the verdict, the reason and the place."""

    requirement: str
    subject: str
    verdict: Verdict
    reason: str
    layer: str
    policy: str
    statement: str


class FindingResult(TypedDict):
    """Something that somebody should look at: its severity, its place and its remedy."""

    finding: FindingName
    severity: Severity
    layer: str
    policy: str
    statement: str
    message: str
    remedy: str
    statement_sha256: str


def principal_result(observed: Observed) -> PrincipalResult:
    return {
        "account_id": observed.account.account_id,
        "arn": observed.arn,
        "name": observed.name,
        "path": observed.path,
        "principal_type": observed.kind,
    }


def decision_result(decision: Decision) -> DecisionResult:
    return {
        "requirement": decision.requirement,
        "subject": decision.subject,
        "verdict": decision.verdict,
        "reason": decision.reason,
        "layer": decision.layer,
        "policy": decision.policy,
        "statement": decision.statement,
    }
