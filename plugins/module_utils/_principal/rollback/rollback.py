# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main line of a rollback: observe → plan from a snapshot → the same apply and reading back as for converge."""

from __future__ import annotations

from dataclasses import replace

from ..._policy.errors import UnreadableDocumentError
from ..apply.converge import Run, perform, pruned_versions, result_of
from ..apply.replan import Planned, Work
from ..apply.results import ROLLED_BACK, PlanResult, RestoreRoleResult
from ..model.state import Desired, ManagedPolicy, Observed, Operation, PolicyVersion, PrincipalError
from ..observe import principal
from ..observe.session import Session, check_account, check_not_protected, reading
from ..plan.predict import after
from ..records.snapshot import Snapshot
from . import plan


def rollback(session: Session, desired: Desired, snapshot: Snapshot, run: Run) -> RestoreRoleResult:
    """The module's result. Of ``desired`` only which principal is meant counts.

    Raises RestoreAccessError; its facts tell truthfully what was done before it.
    """
    work = Work(
        plan=lambda: reading(session, snapshot.arn, lambda: _plan(session, desired, snapshot, run), run.waiting),
        describe=lambda planned: _result(result_of(planned, desired, check_mode=run.check_mode), planned, snapshot),
        remaining=lambda: _remaining(session, desired, snapshot),
    )
    return perform(session, snapshot.arn, work, run)


def _remaining(session: Session, desired: Desired, snapshot: Snapshot) -> tuple[Observed, tuple[Operation, ...]]:
    observed = _observe(session, desired, snapshot)
    return observed, plan.operations(observed, snapshot)


def _plan(session: Session, desired: Desired, snapshot: Snapshot, run: Run) -> Planned:
    _check(desired, snapshot)
    observed = _observe(session, desired, snapshot)
    check_account(observed, run.account_id)
    check_account(observed, snapshot.account_id)
    check_not_protected(observed)
    operations = plan.operations(observed, snapshot)
    prepared = plan.prepared(observed, snapshot)
    try:
        future = after(prepared, operations)
    except UnreadableDocumentError as error:
        raise PrincipalError(
            f"The snapshot of {snapshot.arn} holds a policy that cannot be put back ({error}). Nothing was changed. Put that "
            "policy back by hand."
        ) from None
    gone = None if observed.own_policy else snapshot.policy_arn
    return Planned(prepared, operations, future, pruned_versions(session.iam, operations), gone)


def _check(desired: Desired, snapshot: Snapshot) -> None:
    # IAM does not tell upper from lower case in names.
    if (desired.kind, desired.name.lower()) != (snapshot.kind, snapshot.name.lower()):
        raise PrincipalError(
            f"The snapshot is of {snapshot.arn}, and the {desired.kind} {desired.name} was asked for. Nothing was changed. "
            "Give the snapshot of that one, or its name and principal_type."
        )


def _observe(session: Session, desired: Desired, snapshot: Snapshot) -> Observed:
    arn = snapshot.policy_arn
    name = arn.rsplit("/", 1)[-1] if arn else ""
    observed = principal.observe(session.iam, session.account, desired.kind, desired.name, name, None)
    if not observed.exists:
        observed = _at(observed, snapshot.path)
    observed = principal.with_ownership(session.iam, observed, arn or desired.own_policy_arn(observed.account))
    for part in snapshot.part_arns:
        observed = principal.with_part(session.iam, observed, part)
    own = observed.own_policy
    return replace(
        observed,
        own_policy=None if own is None else _with_new(session, own, snapshot),
        own_parts=tuple(_with_new(session, one, snapshot) for one in observed.own_parts),
    )


def _with_new(session: Session, own: ManagedPolicy, snapshot: Snapshot) -> ManagedPolicy:
    of_it = snapshot.of_policy(own.arn)
    if of_it.own_policy is None:
        return own
    return replace(own, versions=_read_new(session, own, of_it.known_versions))


def _read_new(session: Session, own: ManagedPolicy, known: tuple[str, ...]) -> tuple[PolicyVersion, ...]:
    """The versions, with the document of each that came since the snapshot: it tells whose it is."""
    return tuple(
        one
        if one.version_id in known
        else replace(one, document=principal.read_version(session.iam, own.arn, one.version_id))
        for one in own.versions
    )


def _at(observed: Observed, path: str) -> Observed:
    return Observed(observed.account, observed.kind, observed.name, False, path=path)


def _result(result: PlanResult, planned: Planned, snapshot: Snapshot) -> PlanResult:
    kept = plan.keeps(planned.observed, snapshot)
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
        "kept": [f"{planned.observed.arn} was not deleted: {'; '.join(kept)}"] if kept else [],
    }
