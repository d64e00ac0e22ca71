# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said about one requirement: a verdict, always with the reason and the place."""

from __future__ import annotations

from dataclasses import dataclass

ALLOWED = "allowed"
CONDITIONAL = "conditional"
IMPLICIT_DENY = "implicit_deny"
EXPLICIT_DENY = "explicit_deny"
NOT_APPLICABLE = "not_applicable"
UNREADABLE = "unreadable"

MET = frozenset({ALLOWED, NOT_APPLICABLE})

APPLIANCE_MAY_ASSUME = "appliance_may_assume"
SERVICE_MAY_ASSUME = "backup_service_may_assume"


@dataclass(frozen=True, slots=True)
class Decision:
    """One requirement judged. ``subject`` says about whom or what, if the requirement alone does not.

    ``layer``: trust, identity, boundary, or empty. ``policy``: ARN or inline name. ``statement``: Sid, else ``#index``.
    """

    requirement: str
    verdict: str
    reason: str
    subject: str = ""
    layer: str = ""
    policy: str = ""
    statement: str = ""

    @property
    def met(self) -> bool:
        return self.verdict in MET

    def as_dict(self) -> dict[str, str]:
        return {
            "requirement": self.requirement,
            "subject": self.subject,
            "verdict": self.verdict,
            "reason": self.reason,
            "layer": self.layer,
            "policy": self.policy,
            "statement": self.statement,
        }
