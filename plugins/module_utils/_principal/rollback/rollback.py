# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main line of a rollback: observe → plan from a snapshot → the same apply and reading back as for converge."""

from __future__ import annotations

from dataclasses import replace

from ..._policy.errors import UnreadableDocumentError
from ..apply.converge import Run, perform, pruned_versions, result_of
from ..apply.replan import Planned, Work
from ..apply.results import ROLLED_BACK, PlanResult, RestoreRoleResult
from ..model.state import Desired, ManagedPolicy, Observed, Operation, OwnPolicy, PolicyVersion, PrincipalError
from ..observe import principal
from ..observe.session import Session, check_account, check_not_protected, reading
from ..plan.predict import after
from ..records.recorded_run import RecordedRun
from ..records.snapshot import PolicyHistory, Snapshot
from . import identity, left, plan
from .guard import Guarded


def rollback(session: Session, desired: Desired, recorded: RecordedRun, run: Run) -> RestoreRoleResult:
    """The module's result. Of ``desired`` only which principal is meant counts. ``recorded``: the run to undo.

    Raises RestoreAccessError; its facts tell truthfully what was done before it.
    """
    snapshot = recorded.snapshot
    plans = _Plans(desired, snapshot)
    work = Work(
        plan=lambda: reading(session, snapshot.arn, lambda: _plan(session, plans, run), run.waiting),
        describe=lambda planned: _result(planned, plans, recorded, run),
        remaining=lambda: _remaining(session, plans),
    )
    return perform(session, snapshot.arn, work, run)


class _Plans:
    """The plans of one rollback. What is planned for the same state again, as for the result, is not evaluated again."""

    def __init__(self, desired: Desired, snapshot: Snapshot) -> None:
        self.desired = desired
        self.snapshot = snapshot
        self._last: tuple[Observed, Guarded] | None = None

    def of(self, observed: Observed) -> Guarded:
        """Raises PrincipalError."""
        known = plan.prepared(observed, self.snapshot)
        if self._last is None or self._last[0] != known:
            self._last = (known, _guarded(known, self.snapshot, self.desired))
        return self._last[1]


def _remaining(session: Session, plans: _Plans) -> tuple[Observed, tuple[Operation, ...]]:
    observed = _observe(session, plans.desired, plans.snapshot)
    return observed, plans.of(observed).operations


def _guarded(observed: Observed, snapshot: Snapshot, desired: Desired) -> Guarded:
    """Raises PrincipalError."""
    try:
        return plan.guarded(observed, snapshot, allow_privileged=desired.allow_privileged)
    except UnreadableDocumentError as error:
        raise PrincipalError(
            f"The snapshot of {snapshot.arn} contains a policy that cannot be restored ({error}). Nothing was "
            "changed. Restore that policy manually."
        ) from None


def _plan(session: Session, plans: _Plans, run: Run) -> Planned:
    desired, snapshot = plans.desired, plans.snapshot
    _check(desired, snapshot)
    observed = _observe(session, desired, snapshot)
    check_account(observed, run.account_id)
    check_account(observed, snapshot.account_id)
    identity.check(observed, snapshot)
    check_not_protected(observed)
    operations = plans.of(observed).operations
    prepared = plan.prepared(observed, snapshot)
    future = after(prepared, operations)
    first = next(iter(snapshot.policy_arns), None)
    gone = None if first is None or observed.own_policy(first) else first
    return Planned(prepared, operations, future, pruned_versions(session.iam, operations), gone)


def _check(desired: Desired, snapshot: Snapshot) -> None:
    # IAM does not tell upper from lower case in names.
    if (desired.kind, desired.name.lower()) != (snapshot.kind, snapshot.name.lower()):
        raise PrincipalError(
            f"The snapshot is of {snapshot.arn}, but name and principal_type specify the {desired.kind} "
            f"{desired.name}. Nothing was changed. Use the snapshot of that one, or set name and principal_type to "
            "match."
        )


def _observe(session: Session, desired: Desired, snapshot: Snapshot) -> Observed:
    arns = snapshot.policy_arns
    name = arns[0].rsplit("/", 1)[-1] if arns else ""
    observed = principal.observe(session.iam, session.account, desired.kind, desired.name, (name,), None)
    if not observed.exists:
        observed = _at(observed, snapshot.path)
    observed = principal.with_uses(session.iam, observed, *arns)
    own = tuple(_with_new(session, policy, snapshot.history(policy.arn)) for policy in observed.own_policies)
    observed = replace(observed, own_policies=own)
    attach, boundary = plan.to_use(observed, snapshot)
    if attach or boundary:
        observed = principal.with_policies_to_use(session.iam, observed, attach, boundary)
    former = plan.former_boundary(observed, snapshot)
    return principal.with_former_boundary(session.iam, observed, former) if former else observed


def _with_new(session: Session, own: OwnPolicy, history: PolicyHistory) -> OwnPolicy:
    if history.before is None:
        return own
    versions = _read_new(session, own.stored, history.known_versions)
    return replace(own, stored=replace(own.stored, versions=versions))


def _read_new(session: Session, own: ManagedPolicy, known: tuple[str, ...]) -> tuple[PolicyVersion, ...]:
    """The versions, with the document of each that came since the snapshot: it tells whose it is."""
    return tuple(
        version
        if version.version_id in known
        else replace(version, document=principal.read_version(session.iam, own.arn, version.version_id))
        for version in own.versions
    )


def _at(observed: Observed, path: str) -> Observed:
    return Observed(observed.account, observed.kind, observed.name, False, path=path)


def _result(planned: Planned, plans: _Plans, recorded: RecordedRun, run: Run) -> PlanResult:
    result = result_of(planned, plans.desired, check_mode=run.check_mode)
    # What is left in place, and why, is told by what was read last.
    last, snapshot = planned.future, recorded.snapshot
    observed = (
        replace(planned.observed, detached=last.detached, unusable=last.unusable, boundaries=last.boundaries)
        if last.exists
        else planned.observed
    )
    withheld = plans.of(observed).withheld
    # What a restore needs is not what was asked for: nothing is evaluated.
    return {
        **result,
        "drift": [],
        "findings": [],
        "unresolved": [],
        "missing_permissions": [],
        "state": ROLLED_BACK,
        "missing_permissions_policy": {},
        "compliant": not planned.operations,
        "left_in_place": [
            *left.kept(observed, snapshot),
            *(each.message(observed) for each in withheld),
            *recorded.notes,
        ],
    }
