# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a plan to a state that IAM shows: apply it, plan anew where the account has changed under it, read back.

A plan is made anew, a bounded number of times, if somebody else edited the trust policy, made or removed something that
the plan rests on, or if an answer was lost, so that only reading tells whether the operation was made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias, get_args

from ..._aws.calls import NOT_FOUND, CallError
from ..._aws.explain import explain
from ..._errors import RestoreAccessError
from ..._policy.canonical import same_document
from ..._policy.three_way import put_back
from ..model.operations import (
    CREATE_POLICY,
    CREATE_POLICY_VERSION,
    CREATE_PRINCIPAL,
    DELETE_POLICY_VERSION,
    UPDATE_TRUST_POLICY,
)
from ..model.state import Observed, Operation, PrincipalError
from ..observe import principal
from ..observe.session import SETTLING, Session
from ..observe.waiting import Pauses, Waiting
from ..plan import approval
from ..records.protocol import NotRecordedError, Records
from ..records.snapshot import DeletedVersion
from .apply import ApplyStoppedError, TrustChangedError, apply
from .results import AppliedResult, FailureFacts, PlanResult

MOST_PLANS = 5
_MOVED: Final = (
    "The remaining operations are not those that were approved: the account has changed since the plan was made."
)
# What of the result holds whatever became of the plan.
_KnownBefore: TypeAlias = Literal[
    "check_mode", "state", "principal", "drift", "findings", "before", "previous", "missing_permissions"
]
_KNOWN_BEFORE: Final[tuple[_KnownBefore, ...]] = get_args(_KnownBefore)
# Somebody else was faster: they made, removed or is just changing what the plan was about to.
_OVERTAKEN = NOT_FOUND | {
    "ConcurrentModification",
    "ConcurrentModificationException",
    "DeleteConflict",
    "EntityAlreadyExists",
    "EntityTemporarilyUnmodifiable",
}


@dataclass(frozen=True)
class Planned:
    """``observed``: before the first change. ``future``: after the last. ``deleted_versions``: with their documents.

    ``gone_policy``: ARN of a managed policy that would be deleted, had IAM not said that it does not exist.
    """

    observed: Observed
    operations: tuple[Operation, ...]
    future: Observed
    deleted_versions: tuple[DeletedVersion, ...] = ()
    gone_policy: str | None = None


@dataclass(frozen=True)
class Work:
    """``plan`` observes and plans; it raises RestoreAccessError. ``describe``: the result of a plan that was made.

    ``remaining``: the principal as IAM shows it now, and what is still to do. Raises CallError or PrincipalError. ``approved``: whether
    the plan was approved, so that what it holds is all that is done.
    """

    plan: Callable[[], Planned]
    describe: Callable[[Planned], PlanResult]
    remaining: Callable[[], tuple[Observed, tuple[Operation, ...]]]
    approved: bool = False


@dataclass(frozen=True)
class _Progress:
    """What was done so far. ``doubtful``: operations of which only a lost answer could have told."""

    before: Observed
    done: tuple[Operation, ...] = ()
    deleted_versions: tuple[DeletedVersion, ...] = ()
    doubtful: tuple[Operation, ...] = field(default=())

    def with_plan(self, planned: Planned) -> Planned:
        versions = (*self.deleted_versions, *planned.deleted_versions)
        return Planned(self.before, (*self.done, *planned.operations), planned.future, versions)

    def with_done(self, operations: tuple[Operation, ...]) -> _Progress:
        made = {_call(operation) for operation in operations}
        doubtful = tuple(operation for operation in self.doubtful if _call(operation) not in made)
        return replace(self, done=(*self.done, *operations), doubtful=doubtful)


def _call(operation: Operation) -> tuple[str, ...]:
    """What a later plan would make again, were it not made: what is written may differ by then."""
    subject = (str(operation.arguments.get(name, "")) for name in ("PolicyArn", "PolicyName", "VersionId"))
    return (operation.name, operation.target, *subject)


def confirmed(session: Session, planned: Planned, plan: Callable[[], Planned], waiting: Waiting) -> Planned:
    """``planned``, or another plan if what it takes for absent, principal or policy, is there at a second look.

    IAM can answer for a while that something does not exist; nothing is created, and no success reported, on one such
    answer. Raises CallError, and PrincipalError where the answers go on to contradict each other.
    """
    pauses, seen = Pauses(min(waiting.timeout, SETTLING), waiting), False
    while there_after_all := _there_after_all(session, planned):
        if seen and not pauses.wait():
            account = planned.observed.account.account_id
            raise PrincipalError(
                f"Account {account}, {planned.observed.arn}: IAM reports alternately that {there_after_all} exists "
                "and that it does not, as it can for a while after someone created or deleted it. Nothing was "
                "changed. Run again."
            )
        seen, planned = True, plan()
    return planned


def _there_after_all(session: Session, planned: Planned) -> str:
    """What the plan takes for absent and a second look finds; empty if the looks agree. Raises CallError."""
    observed = planned.observed
    if not observed.exists and principal.exists(session.iam, observed.kind, observed.name):
        return f"the {observed.kind}"
    if planned.gone_policy and principal.policy_exists(session.iam, planned.gone_policy):
        return f"policy {planned.gone_policy}"
    return ""


def replan(session: Session, work: Work, planned: Planned, waiting: Waiting, records: Records) -> PlanResult:
    """The result once every operation has been made. Raises RestoreAccessError, whose facts are what is true by then."""
    progress, last = _Progress(planned.observed), None
    approved = planned.operations
    pauses = Pauses(waiting.timeout, waiting)
    for _number in range(MOST_PLANS):
        whole = progress.with_plan(planned)
        result = work.describe(whole)
        try:
            if planned.operations:
                records.snapshot(result["previous"])
            apply(session.iam, planned.observed, planned.operations, waiting, records, progress.done)
        except NotRecordedError as error:
            raise _unrecorded(progress, whole, result, error) from None
        except ApplyStoppedError as stopped:
            progress = progress.with_done(stopped.done)
            if not _worth_planning_anew(stopped) or _same(stopped, last):
                raise _failure(progress, whole, stopped, result) from None
            known = len(progress.done)
            progress, planned = _plan_anew(progress, whole, stopped, result, work)
            # Their answers were lost, and the account has told: now the journal can.
            for operation in progress.done[known:]:
                created = planned.observed.unique_id if operation.name in CREATE_PRINCIPAL else ""
                records.made(operation, "", created)
            if work.approved and approval.beyond(approved, planned.operations):
                raise _failure(progress, whole, stopped, result, _MOVED, moved=True) from None
            last = stopped
            pauses.wait()
        else:
            return result
    if not planned.operations:
        return work.describe(progress.with_plan(planned))
    raise _failure(progress, whole, last, result) if last else RuntimeError("no plan was tried")


def _worth_planning_anew(stopped: ApplyStoppedError) -> bool:
    cause = stopped.cause
    if not isinstance(cause, CallError):
        return isinstance(cause, TrustChangedError)
    # Another run at the same account may have used up the last version; what is permanent fails the same way once more.
    full = cause.code == "LimitExceeded" and stopped.failed.name == CREATE_POLICY_VERSION
    return cause.uncertain or cause.code in _OVERTAKEN or full


def _same(stopped: ApplyStoppedError, last: ApplyStoppedError | None) -> bool:
    """Whether a plan made from what is there now failed in the very same way: then it is no matter of timing."""
    if last is None or not isinstance(stopped.cause, CallError) or not isinstance(last.cause, CallError):
        return False
    return (stopped.failed, stopped.cause.code) == (last.failed, last.cause.code)


def _plan_anew(
    progress: _Progress, whole: Planned, stopped: ApplyStoppedError, result: PlanResult, work: Work
) -> tuple[_Progress, Planned]:
    doubtful = (*progress.doubtful, stopped.failed) if stopped.uncertain else progress.doubtful
    try:
        planned = work.plan()
    except RestoreAccessError as error:
        unread = f"It could not be read again: {error.message.removesuffix('.')}."
        raise _failure(replace(progress, doubtful=doubtful), whole, stopped, result, unread) from None
    confirmed = tuple(operation for operation in doubtful if _is_made(operation, planned))
    done, doubtful = (
        (*progress.done, *confirmed),
        tuple(operation for operation in doubtful if operation not in confirmed),
    )
    # A version that was pruned is no longer there to be read.
    pruned = {
        (operation.target, operation.arguments["VersionId"])
        for operation in done
        if operation.name == DELETE_POLICY_VERSION
    }
    versions = tuple(
        version for version in whole.deleted_versions if (version["policy_arn"], version["version_id"]) in pruned
    )
    return _Progress(_before(progress.before, planned.observed, done, doubtful), done, versions, doubtful), planned


def _is_made(operation: Operation, planned: Planned) -> bool:
    """Whether what IAM shows is what the operation, whose answer was lost, would have brought about."""
    if any(_call(planned_operation) == _call(operation) for planned_operation in planned.operations):
        return False
    if operation.name == CREATE_PRINCIPAL.role:
        sent = operation.arguments["AssumeRolePolicyDocument"]
        return planned.observed.created_here and same_document(planned.observed.trust, sent)
    if operation.name == CREATE_POLICY:
        own = planned.observed.own_policy(operation.target)
        return own is not None and same_document(own.stored.document, operation.arguments["PolicyDocument"])
    return True


def _before(
    before: Observed, observed: Observed, done: tuple[Operation, ...], doubtful: tuple[Operation, ...]
) -> Observed:
    """The state before our first change, with what somebody else has changed since, so that no rollback undoes it."""
    if not (done or doubtful):
        return observed
    if not observed.exists:
        return before
    if not before.exists:
        created = any(operation.name in CREATE_PRINCIPAL for operation in done)
        # Somebody else made the principal: of ours there is no more in it than our policy.
        return before if created else replace(observed, own_policies=before.own_policies)
    written = next(
        (
            operation.arguments["PolicyDocument"]
            for operation in reversed(done)
            if operation.name == UPDATE_TRUST_POLICY
        ),
        None,
    )
    without_ours = None if written is None else put_back(before.trust, written, observed.trust)
    return replace(before, trust=observed.trust if without_ours is None else without_ours)


def _failure(
    progress: _Progress,
    whole: Planned,
    stopped: ApplyStoppedError,
    result: PlanResult,
    why: str = "",
    *,
    moved: bool = False,
) -> RestoreAccessError:
    """``why``: it was not tried again, if it is for another reason than the failure itself; a sentence. ``moved``: away from the approved plan."""
    done = [operation.as_dict() for operation in progress.done]
    unknown = [operation.as_dict() for operation in progress.doubtful]
    undone = [
        operation.as_dict() for operation in (stopped.failed, *stopped.left) if operation not in progress.doubtful
    ]
    state = f"{len(done)} of {len(whole.operations)} operations were made" if done else "Nothing was changed"
    if unknown:
        names = ", ".join(f"{operation['operation']} on {operation['target']}" for operation in unknown)
        state = f"{len(done)} of {len(whole.operations)} operations were made; it is not known whether {names} was made"
    to_go_on = "make a new plan and have it approved" if moved else "run again to continue"
    message = f"{_cause(stopped, whole.observed)}{f' {why}' if why else ''} {state}; {to_go_on}."
    # What is true of the whole plan is not true of a part of it.
    failed: FailureFacts = {
        "changed": bool(done or unknown),
        "changes": done,
        "not_done": undone,
        "unconfirmed": unknown,
    }
    return RestoreAccessError(message, {**{key: result[key] for key in _KNOWN_BEFORE}, **failed})


def _cause(stopped: ApplyStoppedError, observed: Observed) -> str:
    account = observed.account.account_id
    if isinstance(stopped.cause, CallError):
        return explain(stopped.cause, account, observed.arn)
    return f"Account {account}, {observed.arn}: {stopped.cause}."


def _unrecorded(progress: _Progress, whole: Planned, result: PlanResult, error: NotRecordedError) -> RestoreAccessError:
    left = whole.operations[len(progress.done) :]
    return _failure(progress, whole, ApplyStoppedError((), left[0], left[1:], error), result)


def read_back(work: Work, waiting: Waiting, result: AppliedResult) -> Observed:
    """What IAM shows once it shows what was written: it is eventually consistent, and a read after a write can be stale."""
    pauses = Pauses(waiting.timeout, waiting)
    while True:
        shown, left = _shown_by_iam(work, result)
        if shown is not None and not left:
            return shown
        if not pauses.wait():
            account, arn = result["principal"]["account_id"], result["principal"]["arn"]
            message = (
                f"Account {account}, {arn}: IAM accepted every operation, but does not return all changes after "
                f"{waiting.timeout:g} seconds: {left}. Run again to check, or raise wait_timeout."
            )
            raise RestoreAccessError(message, {**result})


def _shown_by_iam(work: Work, result: AppliedResult) -> tuple[Observed | None, str]:
    """The principal as IAM shows it now, None if it cannot be told, and what of it is still different."""
    try:
        observed, operations = work.remaining()
    except PrincipalError as error:
        return None, str(error)
    except CallError as error:
        if error.code in NOT_FOUND:
            return None, str(error)
        account, arn = result["principal"]["account_id"], result["principal"]["arn"]
        message = f"{explain(error, account, arn)} Every operation was made, but could not be read back."
        raise RestoreAccessError(message, {**result}) from None
    return observed, ", ".join(f"{operation.name} on {operation.target}" for operation in operations)
