# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine and AWS's simulator side by side: what comes of the two, and why they can differ. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..._policy import evaluate, verdicts
from ..._policy.verdicts import Decision
from .results import Disagreement

_NOT_SIMULATED = (evaluate.RCP, evaluate.KEY, evaluate.VAULT)


def stricter(evaluated: Sequence[Decision], simulated: Sequence[Decision]) -> tuple[Decision, ...]:
    """Of each two decisions the one that stands more in the way; the engine's, which says more, if they are equal."""
    pairs = zip(evaluated, simulated, strict=True)
    return tuple(evaluate.worst([engine, simulator]) for engine, simulator in pairs)


def completed(
    simulated: Sequence[Decision], not_simulated: Sequence[Decision], by_engine: Collection[str]
) -> tuple[Decision, ...]:
    """The simulator's decisions with what it does not see. ``by_engine``: actions that a policy can grant which it does not see."""
    pairs = zip(simulated, not_simulated, strict=True)
    return tuple(
        engine if engine.requirement in by_engine and _by_identity(simulator) else evaluate.worst([simulator, engine])
        for simulator, engine in pairs
    )


def _by_identity(simulator: Decision) -> bool:
    """Whether it found no more than that no policy of the principal allows it, or that its boundary does not.

    The policy of a key can grant that by itself, and the engine has read both. It overrides no Deny and no service control
    policy (rules 58, 72), which the engine may not have been provided with, and answers nothing that the simulator left open.
    """
    return simulator.verdict == verdicts.IMPLICIT_DENY and simulator.layer != evaluate.SCP


def disagreements(evaluated: Sequence[Decision], simulated: Sequence[Decision]) -> list[Disagreement]:
    """Every requirement on which the two say different things."""
    return [
        {
            "requirement": engine.requirement,
            "evaluate": engine.verdict,
            "simulate": simulator.verdict,
            "reason": _why(engine, simulator),
        }
        for engine, simulator in zip(evaluated, simulated, strict=True)
        if not _agree(engine, simulator)
    ]


def _agree(engine: Decision, simulator: Decision) -> bool:
    # A layer that nobody provided to the engine is not what the two can disagree on.
    as_far_as_provided = verdicts.ALLOWED if engine.depends_on_not_provided else engine.verdict
    return as_far_as_provided == simulator.verdict


def _why(engine: Decision, simulator: Decision) -> str:
    if engine.layer in _NOT_SIMULATED:
        return "the simulator does not look at resource control policies, key policies and vault policies"
    if simulator.verdict == verdicts.UNREADABLE:
        return "the simulator gave no answer for this action"
    if simulator.layer == evaluate.SCP:
        return "the simulator sees the account's service control policies; the engine only those that are provided"
    if simulator.verdict == verdicts.CONDITIONAL:
        return f"the simulator lacks the value of a condition key: {'; '.join(simulator.conditions)}"
    if engine.verdict == verdicts.CONDITIONAL:
        return (
            "the engine asks about every resource and request, and finds that it depends on "
            f"{'; '.join(engine.conditions)}; the simulator asks about one resource and takes a key without a value as "
            "absent"
        )
    if engine.verdict == verdicts.UNREADABLE:
        return f"the engine could not read what decides: {engine.reason}"
    if simulator.verdict == verdicts.ALLOWED and engine.layer == evaluate.BOUNDARY:
        return "the engine finds that the permissions boundary does not allow it, and the simulator does not"
    return "the two read the same policies differently: use the stricter verdict, and report it to this collection's maintainers"
