# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said about one requirement: a verdict, always with the reason and the place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Verdict: TypeAlias = Literal["allowed", "conditional", "implicit_deny", "explicit_deny", "not_applicable", "unreadable"]
ALLOWED: Final = "allowed"
CONDITIONAL: Final = "conditional"
IMPLICIT_DENY: Final = "implicit_deny"
EXPLICIT_DENY: Final = "explicit_deny"
NOT_APPLICABLE: Final = "not_applicable"
UNREADABLE: Final = "unreadable"

Method: TypeAlias = Literal["evaluate", "simulate", "probe"]

# From what stands most in the way to what does not.
SEVERITY: Final[tuple[Verdict, ...]] = (EXPLICIT_DENY, IMPLICIT_DENY, UNREADABLE, CONDITIONAL, ALLOWED, NOT_APPLICABLE)

_LAYER_NAMES = {"scp": "SCP", "rcp": "RCP"}

MET: Final[frozenset[Verdict]] = frozenset({ALLOWED, NOT_APPLICABLE})

APPLIANCE_CAN_CALL: Final = "appliance_can_call"
APPLIANCE_MAY_ASSUME = "appliance_may_assume"
SERVICE_MAY_ASSUME = "backup_service_may_assume"


@dataclass(frozen=True, slots=True)
class Decision:
    """One requirement evaluated. ``subject`` says about whom or what, if the requirement alone does not.

    ``layer``: trust, identity, boundary, and so on. ``policy``: ARN or inline name. ``statement``: Sid, else ``#index``.
    ``places``: every statement that has a part in it. ``conditions``: what a conditional verdict depends on.
    ``resource``: the ARN, or the pattern of ARNs, that was asked about. ``method``: ``evaluate`` or ``simulate``.
    ``asked_for``: whether a conditional verdict depends on nothing but a condition that the user asked for.
    ``not_provided``: those of ``conditions`` that say that a layer was not provided. ``stated``: condition keys by which it was
    decided, with the values that the user stated.
    """

    requirement: str
    verdict: Verdict
    reason: str
    subject: str = ""
    layer: str = ""
    policy: str = ""
    statement: str = ""
    places: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    resource: str = ""
    method: Method = "evaluate"
    asked_for: bool = False
    not_provided: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()

    @property
    def met(self) -> bool:
        return self.verdict in MET

    @property
    def settled(self) -> bool:
        """Met, or open in the way that was asked for: there is nothing to fix."""
        return self.met or self.asked_for

    @property
    def depends_on_not_provided(self) -> bool:
        """Whether nothing stands in the way but layers that were not provided."""
        return bool(self.conditions) and set(self.conditions) <= set(self.not_provided)


def policy_name(layer: str, policy: str = "") -> str:
    """A policy with its layer, as messages name it: ``SCP p-1``, ``SCP p-1 at level 2``, ``identity policy backup``, ``trust policy``."""
    kind, _space, level = layer.partition(" ")
    name = _LAYER_NAMES.get(kind, f"{kind} policy".strip())
    return " ".join(filter(None, (name, policy, f"at {level}" if level else "")))
