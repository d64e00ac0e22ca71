# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user states of the requests, since nobody can read it. It decides verdicts, and nothing that is written. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ..._policy import verdicts
from ..._policy.context import Given, Like, Stated
from ..._policy.verdicts import Decision

APPLIANCE: Final = "appliance"
SERVICE: Final = "service"
PRINCIPAL: Final = "principal"


@dataclass(frozen=True)
class StatedFacts:
    """Condition key, in lower case → value, of the requests of each. What was read of a request counts more."""

    appliance: Mapping[str, Given] = field(default_factory=dict)
    service: Mapping[str, Given] = field(default_factory=dict)
    principal: Mapping[str, Given] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.appliance or self.service or self.principal)

    def of(self, requirement: str) -> Mapping[str, Given]:
        """Those on which a requirement may depend."""
        if requirement == verdicts.SERVICE_MAY_ASSUME:
            return self.service
        return self.appliance if requirement in _OF_APPLIANCE else self.principal


_OF_APPLIANCE = frozenset({verdicts.APPLIANCE_MAY_ASSUME, verdicts.APPLIANCE_CAN_CALL})
NOTHING: Final = StatedFacts()


def as_stated(facts: Mapping[str, Given]) -> dict[str, Given]:
    """As the engine takes them: only where nothing was read."""
    return {key: Stated(value) for key, value in facts.items()}


def explained(decisions: Sequence[Decision], without: Iterable[Decision], stated: StatedFacts) -> tuple[Decision, ...]:
    """``decisions`` with what was stated, beside those ``without`` it: each that differs says by which of it."""
    return tuple(
        _explained(decision, plain, stated.of(decision.requirement))
        for decision, plain in zip(decisions, without, strict=True)
    )


def _explained(decision: Decision, plain: Decision, facts: Mapping[str, Given]) -> Decision:
    if (decision.verdict, decision.conditions) == (plain.verdict, plain.conditions):
        return decision
    leaves = " ".join(plain.conditions).lower()
    used = tuple(_shown(key, value) for key, value in facts.items() if key in leaves)
    reason = f"{decision.reason}; based on stated values: {', '.join(used)}"
    return replace(decision, reason=reason, stated=used) if used else decision


def _shown(key: str, value: Given) -> str:
    if value is None:
        return f"{key} absent"
    values = value.patterns if isinstance(value, Like) else value if isinstance(value, list) else (value,)
    return f"{key} {', '.join(map(str, values))}"
