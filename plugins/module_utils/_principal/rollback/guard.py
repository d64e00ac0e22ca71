# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No rollback makes a role able to change IAM for somebody who could not do that by it before the run. Pure.

Converge refuses what would; a rollback has more to do, such as taking back whom the run let in, and so leaves out only what
would give that: a policy stays detached, an inline policy away, a boundary in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..._policy.covers import beyond
from ..._policy.matching import StoredPolicy
from ..._policy.verdicts import Decision
from ..model.operations import ATTACH_POLICY, DELETE_BOUNDARY, DETACH_POLICY, ON_MANAGED_POLICY, PUT_BOUNDARY
from ..model.state import ROLE, ManagedPolicy, Observed, Operation
from ..plan.predict import after
from ..records.snapshot import Snapshot
from ..requirements.privileges import Baseline, privileges

_FEW = 3


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is left out. ``subject``: the policy, or the boundary. ``gains``: what the role could do with it.

    ``opened``: the statements of the trust policy, by label, that allow others than before; none where the role itself could
    not change IAM before the run. ``lost``: the boundary of then, where it is gone, so that nobody knows whether it could.
    """

    subject: str
    operations: tuple[Operation, ...]
    gains: tuple[Decision, ...]
    opened: tuple[str, ...]
    lost: str | None = None

    def message(self, observed: Observed) -> str:
        actions = ", ".join(decision.requirement for decision in self.gains[:_FEW])
        more = f" and {len(self.gains) - _FEW} more" if len(self.gains) > _FEW else ""
        why, way = self._why(observed)
        return (
            f"{self.subject} of {observed.arn} was not rolled back: the role cannot change IAM now and could then "
            f"({actions}{more}), and {why}. {way}, and roll back again; or set allow_privileged: true"
        )

    def _why(self, observed: Observed) -> tuple[str, str]:
        if self.lost:
            return (
                "it is not known whether the role could before the run: its permissions boundary was "
                f"{self.lost}, which does not exist any more",
                "Create that policy again with the content that it had",
            )
        if not self.opened:
            return (
                "it could not before the run",
                f"Check what has changed since, such as the content of a policy or the boundary of {observed.name}",
            )
        labels = ", ".join(filter(None, self.opened))
        by = f" (statement {labels})" if labels else ""
        return (
            f"its trust policy allows others to assume it than the one before the run did{by}",
            "Take them out of the trust policy first",
        )


@dataclass(frozen=True, slots=True)
class Guarded:
    """``operations``: what is left of a plan."""

    operations: tuple[Operation, ...]
    withheld: tuple[Withheld, ...] = ()


def guarded(
    baseline: Baseline, snapshot: Snapshot, operations: Sequence[Operation], *, allow_privileged: bool
) -> Guarded:
    """The plan without what would make the role able to change IAM, unless it was before the run, for the same callers.

    ``baseline``: what is there, with the documents from which the state after the plan is predicted.
    Raises UnreadableDocumentError.
    """
    observed = baseline.observed
    whole = Guarded(tuple(operations))
    future = after(observed, operations)
    # Nobody assumes a user, and converge asks this of roles only.
    if observed.kind != ROLE or allow_privileged or not future.exists or not baseline.gained(future):
        return whole
    opened = beyond(future.trust, snapshot.trust, observed.arn) if snapshot.exists else ("",)
    before = _before(observed, snapshot)
    if not opened and privileges(before):
        return whole
    guarded = _without(baseline, operations, opened)
    lost = None if opened else _lost(observed, before)
    return Guarded(guarded.operations, tuple(replace(each, lost=lost) for each in guarded.withheld))


def _lost(observed: Observed, before: Observed) -> str | None:
    """The boundary of before, where it is gone and nothing else kept the role from changing IAM."""
    boundary = before.boundary
    if boundary is None or boundary.document is not None or boundary.name == observed.boundary_arn:
        return None
    return boundary.name if privileges(replace(before, boundary_arn=None)) else None


def _without(baseline: Baseline, operations: Sequence[Operation], opened: tuple[str, ...]) -> Guarded:
    """One by one, in order: what is left gives nothing at any moment, also where it is stopped half-way."""
    left: list[Operation] = []
    away: dict[str, tuple[list[Operation], tuple[Decision, ...]]] = {}
    state = baseline.observed
    for operation in operations:
        subject = _subject(operation)
        if subject in away:
            # What follows rests on it: a version that stays the default cannot be deleted, for one.
            away[subject][0].append(operation)
            continue
        later = after(state, [operation])
        gains = baseline.gained(later, state)
        if gains:
            away[subject] = ([operation], gains)
        else:
            state = later
            left.append(operation)
    withheld = (Withheld(subject, tuple(those), gains, opened) for subject, (those, gains) in away.items())
    return Guarded(tuple(left), tuple(withheld))


def _subject(operation: Operation) -> str:
    if operation.name in (*ATTACH_POLICY, *DETACH_POLICY):
        return f"policy {operation.arguments['PolicyArn']}"
    if operation.name in ON_MANAGED_POLICY:
        return f"policy {operation.target}"
    if operation.name in (*PUT_BOUNDARY, *DELETE_BOUNDARY):
        return "the permissions boundary"
    if "PolicyName" in operation.arguments:
        return f"inline policy {operation.arguments['PolicyName']}"
    return operation.name


def _before(observed: Observed, snapshot: Snapshot) -> Observed:
    """The role as the snapshot has it. A boundary whose content nobody knows any more gives nothing."""
    return replace(
        observed,
        exists=True,
        path=snapshot.path,
        trust=snapshot.trust,
        boundary_arn=snapshot.boundary,
        tags=snapshot.tags,
        attached=tuple(ManagedPolicy(arn, snapshot.documents[arn]) for arn in snapshot.attached),
        inline=tuple(StoredPolicy(name, document) for name, document in snapshot.inline.items()),
    )
