# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main line for one principal in one account: observe → plan → apply → read back → result."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..._errors import RestoreAccessError
from ..._policy.verdicts import Decision
from ..model.operations import DELETE_POLICY_VERSION
from ..model.own_policies import arn_of
from ..model.results import principal_result
from ..model.state import MANAGED, Desired, Limits, Observed, Operation, OwnPolicy, PrincipalError
from ..observe import principal, serialized
from ..observe.session import (
    NotSettledError,
    Session,
    check_account,
    check_not_protected,
    check_not_the_caller,
    reading,
)
from ..observe.waiting import Waiting
from ..plan import absent, approval, ownership, quotas
from ..plan.approval import Approval
from ..plan.attached import check_attached
from ..plan.permissions import former_beyond, leftovers, own_parts, surplus, why_to_write, without_theirs
from ..plan.plan import plan
from ..plan.predict import after
from ..plan.withheld import with_reasons
from ..records.diff import by_layer, diff
from ..records.protocol import NoRecords, Records
from ..records.snapshot import DeletedVersion, snapshot
from ..requirements import decisions, findings
from .replan import Planned, Work, confirmed, read_back, replan
from .results import ABSENT, PRESENT, AppliedResult, PlanResult, RestoreRoleResult, SnapshotPlaces


@dataclass(frozen=True)
class Run:
    """How to go about it. Times in seconds; ``account_id``: the account that is meant, None for any.

    ``limited_to``: the name of the one principal that AWS lets the session change, as policies spell it; empty for any.
    ``approval``: of the one plan that may be carried out; None for whatever is planned.
    """

    check_mode: bool
    wait: bool
    wait_timeout: float
    account_id: str | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    records: Records = field(default_factory=NoRecords)
    limited_to: str = ""
    approval: Approval | None = None

    @property
    def waiting(self) -> Waiting:
        return Waiting(self.wait_timeout, self.clock, self.sleep)


def converge(session: Session, desired: Desired, run: Run) -> RestoreRoleResult:
    """The module's result. Raises RestoreAccessError; its facts tell truthfully what was done before it."""
    named = f"{desired.kind} {desired.path or '/'}{desired.name}"
    work = Work(
        plan=lambda: reading(session, named, lambda: _plan(session, desired, run.account_id), run.waiting),
        describe=lambda planned: result_of(planned, desired, check_mode=run.check_mode),
        remaining=lambda: _remaining(session, desired),
    )
    return perform(session, named, work, run)


def _remaining(session: Session, desired: Desired) -> tuple[Observed, tuple[Operation, ...]]:
    return _operations(session.iam, _observe(session, desired), desired, Limits())


def _operations(
    iam: Any, observed: Observed, desired: Desired, limits: Limits
) -> tuple[Observed, tuple[Operation, ...]]:
    """The plan, in which every managed policy that it writes to is ours. Who uses one is asked only where it is written."""
    _check_former(iam, observed, desired)
    try:
        operations = plan(observed, desired, limits)
    except PrincipalError:
        # Somebody else's policy has to be left alone whatever is in it, and that is said first.
        _owned(iam, observed, desired, observed.own_policies)
        raise
    if not desired.present:
        return observed, operations
    content = ownership.rewritten(operations)
    observed = _owned(iam, observed, desired, ownership.written(observed, operations), content)
    check_attached(observed, operations, desired)
    return observed, ownership.with_marks(observed, operations)


def _owned(
    iam: Any, observed: Observed, desired: Desired, policies: Sequence[OwnPolicy], content: Collection[str] = ()
) -> Observed:
    """With the use of each. Raises PrincipalError for the first that is somebody else's, and says who uses it.

    ``content``: the ARNs of those whose content is to change.
    """
    for own in policies:
        observed = observed if own.use else principal.with_policy_use(iam, observed, own.arn)
        theirs = ownership.not_ours(observed, desired, own.arn, content)
        if theirs is not None:
            users = _users(iam, observed, theirs)
            _check_settled(observed, theirs, users)
            taken = principal.policy_names(iam, observed.account)
            raise PrincipalError(ownership.message(observed, desired, theirs, users, taken))
    return observed


def _check_settled(observed: Observed, own: OwnPolicy, users: Sequence[str]) -> None:
    """Raises NotSettledError where what counts as use by others is none: uses are counted and listed one after the other."""
    others = ownership.others(observed, users)
    if observed.other_uses(own) < 0 or (users and not others):
        raise NotSettledError(
            f"Account {observed.account.account_id}, {observed.arn}: IAM's answers about who uses policy {own.arn} "
            "are inconsistent, as can happen while someone changes that. Nothing was changed. Run again."
        )


def _check_former(iam: Any, observed: Observed, desired: Desired) -> None:
    """Raises PrincipalError where a policy that is not rewritten any more gives what a shorter restore_role_arns takes back."""
    for own, roles in former_beyond(observed, desired) if desired.present else ():
        raise PrincipalError(ownership.beyond_message(observed, own, roles, _users(iam, observed, own)))


def _users(iam: Any, observed: Observed, own: OwnPolicy) -> tuple[str, ...]:
    return principal.users_of_policy(iam, own.arn) if observed.other_uses(own) > 0 else ()


def perform(session: Session, named: str, work: Work, run: Run) -> RestoreRoleResult:
    """The result of ``work``: planned only in check mode, else carried out and read back. Raises RestoreAccessError."""
    work = replace(work, approved=run.approval is not None)
    planned = work.plan()
    _check_name(planned, run)
    _check_approved(session, named, planned, run)
    if planned.operations:
        reading(session, named, lambda: check_not_the_caller(session, planned.observed))
    if run.check_mode:
        return _with_observed({**work.describe(planned), **SnapshotPlaces()}, planned.observed)
    planned = reading(session, named, lambda: confirmed(session, planned, work.plan, run.waiting))
    _check_approved(session, named, planned, run)
    if not planned.operations:
        return _with_observed({**work.describe(planned), **SnapshotPlaces()}, planned.observed)
    try:
        made = _recorded(session, work, planned, run)
        applied: AppliedResult = {**made, **_places(run.records)}
    except RestoreAccessError as error:
        # What was changed until then can be undone as well.
        places = _places(run.records) if error.facts.get("changed") else {}
        raise RestoreAccessError(error.message, {**error.facts, **places}) from None
    shown = read_back(work, run.waiting, applied) if run.wait else None
    return _with_observed(applied, shown)


def _recorded(session: Session, work: Work, planned: Planned, run: Run) -> PlanResult:
    """What ``replan`` comes to. What ends the process ends no journal: that tells the next run that it was stopped."""
    try:
        made = replan(session, work, planned, run.waiting, run.records)
    except RestoreAccessError:
        run.records.ended()
        raise
    run.records.ended()
    return made


def _with_observed(result: AppliedResult, observed: Observed | None) -> RestoreRoleResult:
    return {**result, "observed": serialized.written(observed) if observed else None}


def _check_approved(session: Session, named: str, planned: Planned, run: Run) -> None:
    approved = run.approval
    if approved is not None:
        reading(session, named, lambda: approval.check(approved, planned.observed, planned.operations))


def _check_name(planned: Planned, run: Run) -> None:
    """IAM finds a principal by its name in any case, and a policy allows the one that it spells out."""
    observed = planned.observed
    if planned.operations and observed.exists and run.limited_to not in ("", observed.name):
        raise RestoreAccessError(
            f"{observed.arn}: name is {run.limited_to}, but IAM spells it {observed.name}. Because of the session "
            f"policy, AWS would refuse every change. Nothing was changed. Set name: {observed.name}, or "
            "assume_role_session_policy: false."
        )


def _places(records: Records) -> SnapshotPlaces:
    places: SnapshotPlaces = {}
    if records.snapshot_file:
        places["snapshot_file"] = records.snapshot_file
    if records.snapshot_s3:
        places["snapshot_s3"] = records.snapshot_s3
    if records.snapshot_s3_version_id:
        places["snapshot_s3_version_id"] = records.snapshot_s3_version_id
    if records.snapshot_sha256:
        places["snapshot_sha256"] = records.snapshot_sha256
    return places


def _plan(session: Session, desired: Desired, account_id: str | None) -> Planned:
    observed, operations = _operations(session.iam, _observe(session, desired, account_id), desired, Limits())
    future = after(observed, operations)
    prunes_version = any(operation.name == DELETE_POLICY_VERSION for operation in operations) and desired.present
    if prunes_version or quotas.violations(future, operations, Limits()):
        # The defaults are the least an account has: only beyond them do its real limits matter.
        real = principal.quotas(session.iam, observed.account)
        observed, operations = _operations(session.iam, observed, desired, real)
        future = after(observed, operations)
        broken = quotas.violations(future, operations, real)
        if broken:
            raise PrincipalError("Nothing was changed: " + "; ".join(broken) + ".")
    arn = arn_of(observed, desired)
    gone = None if desired.present or observed.own_policy(arn) else arn
    return Planned(observed, operations, future, pruned_versions(session.iam, operations), gone)


def _observe(session: Session, desired: Desired, account_id: str | None = None) -> Observed:
    """The principal, and what the plan turns out to need beside it."""
    boundary = desired.boundary_arn or None
    iam = session.iam
    names = (desired.policy_name, desired.former_policy_name)
    observed = principal.observe(iam, session.account, desired.kind, desired.name, names, boundary)
    check_account(observed, account_id)
    check_not_protected(observed)
    arn = arn_of(observed, desired)
    if not desired.present:
        observed = principal.with_uses(iam, observed, arn)
        if desired.former_policy_name and not (observed.own_policies or observed.former_policies):
            former = observed.account.arn("policy", "/", desired.former_policy_name)
            observed = principal.with_former_policy(iam, observed, former, present=False)
        for own in observed.former_policies:
            # What they give to this principal is taken back as well, whoever else uses them.
            observed = principal.with_policy_use(iam, observed, own.arn)
        return _every_part(iam, observed, desired)
    if desired.policy_type != MANAGED:
        return observed
    if observed.own_policy(arn) is None and why_to_write(observed, desired) is not None:
        observed = principal.with_own_policies(iam, observed, [arn])
    return _parts_planned(iam, observed, desired)


def _parts_planned(iam: Any, observed: Observed, desired: Desired) -> Observed:
    """With the parts of our policy that the plan would make but that may be there, and the use of those to be deleted."""
    asked: set[str] = set()
    while desired.has_lists and why_to_write(observed, desired) is not None:
        parts = [part for part in own_parts(observed, desired) if part.number > 1 and part.stored is None]
        unknown = [part.arn for part in parts if part.arn not in asked]
        if not unknown:
            break
        asked.update(unknown)
        observed = principal.with_own_policies(iam, observed, unknown)
    for own in surplus(observed, desired):
        observed = principal.with_policy_use(iam, observed, own.arn)
    return without_theirs(observed, desired)


def _every_part(iam: Any, observed: Observed, desired: Desired) -> Observed:
    """With every part of our policy. One that is not attached is looked for only where there were parts, or are to be."""
    first = arn_of(observed, desired)
    parts = [own.arn for own in observed.own_policies if own.arn != first]
    for arn in parts:
        observed = principal.with_policy_use(iam, observed, arn)
    number = 2
    while parts or desired.has_lists:
        arn = arn_of(observed, desired, number)
        if observed.own_policy(arn) is None:
            observed = principal.with_policy_use(iam, observed, arn)
        if observed.own_policy(arn) is None:
            break
        number += 1
    return observed


def pruned_versions(iam: Any, operations: tuple[Operation, ...]) -> tuple[DeletedVersion, ...]:
    """The policy versions that operations delete, with their documents. Raises CallError."""
    result: list[DeletedVersion] = []
    for operation in operations:
        if operation.name == DELETE_POLICY_VERSION:
            version = str(operation.arguments["VersionId"])
            document = principal.read_version(iam, operation.target, version)
            result.append({"policy_arn": operation.target, "version_id": version, "document": document})
    return tuple(result)


def result_of(planned: Planned, desired: Desired, *, check_mode: bool) -> PlanResult:
    """What a plan comes to, as the module returns it."""
    observed, future = planned.observed, planned.future
    decided = _evaluated(observed, desired)
    missing = decisions.missing_permissions(decided, desired)
    before = by_layer(observed, desired)
    # Where nothing is to be done, which is most accounts on most days, the future need not be evaluated as well.
    left, later = (_evaluated(future, desired), by_layer(future, desired)) if planned.operations else (decided, before)
    left = with_reasons(left, observed, desired)
    return {
        "changed": bool(planned.operations),
        "check_mode": check_mode,
        "state": PRESENT if desired.present else ABSENT,
        "principal": principal_result(future if future.exists else observed),
        "compliant": not planned.operations and all(decision.settled for decision in left),
        "changes": [operation.as_dict() for operation in planned.operations],
        "drift": decisions.unsettled_results(decided),
        "findings": [finding.as_dict() for finding in findings.of_trust(observed, desired)],
        "unresolved": decisions.unsettled_results(left),
        "left_in_place": list(leftovers(observed, desired) if desired.present else absent.leftovers(observed, desired)),
        "missing_permissions": missing,
        "missing_permissions_policy": decisions.missing_permissions_policy(observed, desired) if missing else {},
        "before": before,
        "after": later,
        "diff": diff(observed.arn, before, later),
        "previous": snapshot(observed, desired, planned.operations, planned.deleted_versions),
        "plan": approval.digests(observed, planned.operations),
    }


def _evaluated(observed: Observed, desired: Desired) -> tuple[Decision, ...]:
    return decisions.account_decisions(observed, desired) if desired.present else ()
