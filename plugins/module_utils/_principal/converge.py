# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main line for one principal in one account: observe → plan → apply → read back → result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .._calls import NOT_FOUND, CallFailed
from .._errors import RestoreAccessError
from .._explain import explain
from .._policy.verdicts import Decision
from . import findings, handover, judge, layers, limits, observe, plan_absent
from .apply import ApplyStopped, Pauses, apply
from .plan import plan
from .plan_permissions import own_policy_arn, why_to_write
from .predict import after
from .session import Session, check_account, reading
from .state import MANAGED, Desired, Limits, Observed, Operation, PrincipalError

# What of the result holds whatever became of the plan.
_KNOWN_BEFORE = ("check_mode", "state", "principal", "drift", "findings", "before", "previous", "missing_permissions")


@dataclass(frozen=True)
class Run:
    """How to go about it. Times in seconds; ``account_id``: the account that is meant, None for any."""

    check_mode: bool
    wait: bool
    wait_timeout: float
    account_id: str | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class _Planned:
    observed: Observed
    operations: tuple[Operation, ...]
    future: Observed
    deleted_versions: list[dict[str, Any]] = field(default_factory=list)


def converge(session: Session, desired: Desired, run: Run) -> dict[str, Any]:
    """The module's result. Raises RestoreAccessError; its facts tell truthfully what was done before it."""
    named = f"{desired.kind} {desired.path or '/'}{desired.name}"
    planned = reading(session, named, lambda: _plan(session, desired, run.account_id))
    result = {"check_mode": run.check_mode, **_result(planned, desired)}
    if run.check_mode or not planned.operations:
        return result | {"observed": handover.written(planned.observed)}
    _apply(session, planned, run, result)
    shown = _read_back(session, desired, run, result) if run.wait else None
    return result | {"observed": handover.written(shown) if shown else None}


def _plan(session: Session, desired: Desired, account_id: str | None) -> _Planned:
    observed = _observe(session, desired, account_id)
    operations = plan(observed, desired, Limits())
    future = after(observed, operations)
    gives_up_version = any(operation.name == "DeletePolicyVersion" for operation in operations) and desired.present
    if gives_up_version or limits.violations(future, operations, Limits()):
        # The defaults are the least an account has: only beyond them do its real limits matter.
        real = observe.quotas(session.iam, observed.account)
        operations = plan(observed, desired, real)
        future = after(observed, operations)
        broken = limits.violations(future, operations, real)
        if broken:
            raise PrincipalError("Nothing was changed: " + "; ".join(broken) + ".")
    return _Planned(observed, operations, future, _versions_given_up(session.iam, operations))


def _observe(session: Session, desired: Desired, account_id: str | None = None) -> Observed:
    """The principal, and what the plan turns out to need beside it."""
    boundary = desired.boundary_arn or None
    iam = session.iam
    observed = observe.observe(iam, session.account, desired.kind, desired.name, desired.policy_name, boundary)
    check_account(observed, account_id)
    arn = own_policy_arn(observed, desired)
    if not desired.present:
        return observe.with_ownership(iam, observed, arn)
    managed = desired.policy_type == MANAGED
    if managed and observed.own_policy is None and why_to_write(observed, desired) is not None:
        return observe.with_own_policy(iam, observed, arn)
    return observed


def _versions_given_up(iam: Any, operations: tuple[Operation, ...]) -> list[dict[str, Any]]:
    result = []
    for operation in operations:
        if operation.name == "DeletePolicyVersion":
            version = str(operation.arguments["VersionId"])
            document = observe.read_version(iam, operation.target, version)
            result.append({"policy_arn": operation.target, "version_id": version, "document": document})
    return result


def _result(planned: _Planned, desired: Desired) -> dict[str, Any]:
    observed, future = planned.observed, planned.future
    found = _judged(observed, desired)
    missing = judge.missing_permissions(found, desired)
    before = layers.layers(observed, desired)
    # Where nothing is to be done, which is most accounts on most days, the future need not be judged as well.
    left, later = (_judged(future, desired), layers.layers(future, desired)) if planned.operations else (found, before)
    return {
        "changed": bool(planned.operations),
        "state": "present" if desired.present else "absent",
        "principal": judge.principal(future if future.exists else observed),
        "compliant": not planned.operations and all(one.met for one in found),
        "changes": [operation.as_dict() for operation in planned.operations],
        "drift": judge.as_results(found),
        "findings": [one.as_dict() for one in findings.of_trust(observed, desired)],
        "unresolved": judge.as_results(left),
        "kept": list(plan_absent.leftovers(observed, desired)) if not desired.present else [],
        "missing_permissions": missing,
        "missing_permissions_policy": judge.missing_permissions_policy(observed, desired) if missing else {},
        "before": before,
        "after": later,
        "diff": layers.diff(observed.arn, before, later),
        "previous": layers.snapshot(observed, desired, planned.deleted_versions),
    }


def _judged(observed: Observed, desired: Desired) -> tuple[Decision, ...]:
    return judge.decisions(observed, desired) if desired.present else ()


def _apply(session: Session, planned: _Planned, run: Run, result: dict[str, Any]) -> None:
    try:
        apply(session.iam, planned.operations, run.wait_timeout, run.clock, run.sleep)
    except ApplyStopped as stopped:
        done = [operation.as_dict() for operation in stopped.done]
        undone = [operation.as_dict() for operation in (stopped.failed, *stopped.left)]
        account = planned.observed.account.account_id
        state = f"{len(done)} of {len(planned.operations)} operations were made" if done else "Nothing was changed"
        message = f"{explain(stopped.cause, account, planned.observed.arn)} {state}; run again to continue."
        # What is true of the whole plan is not true of a part of it.
        facts = {key: result[key] for key in _KNOWN_BEFORE}
        facts |= {"changed": bool(done), "changes": done, "not_done": undone}
        raise RestoreAccessError(message, facts) from None


def _read_back(session: Session, desired: Desired, run: Run, result: dict[str, Any]) -> Observed:
    """Wait until IAM shows what was written: it is eventually consistent, and a read after a write can be stale."""
    pauses = Pauses(run.wait_timeout, run.clock, run.sleep)
    while True:
        shown, left = _shown_by_iam(session, desired, result)
        if shown is not None and not left:
            return shown
        if not pauses.wait():
            message = (
                f"Every operation on {result['principal']['arn']} was accepted, but after {run.wait_timeout:g} seconds "
                f"IAM still does not show it: {left}. Run again to check, or raise wait_timeout."
            )
            raise RestoreAccessError(message, result)


def _shown_by_iam(session: Session, desired: Desired, result: dict[str, Any]) -> tuple[Observed | None, str]:
    """The principal as IAM shows it now, and what of it is still different; None if it cannot be told."""
    try:
        observed = _observe(session, desired)
        operations = plan(observed, desired, Limits())
    except PrincipalError as error:
        return None, str(error)
    except CallFailed as error:
        if error.code in NOT_FOUND:
            return None, str(error)
        account, arn = result["principal"]["account_id"], result["principal"]["arn"]
        message = f"{explain(error, account, arn)} Every operation was made, but could not be read back."
        raise RestoreAccessError(message, result) from None
    return observed, ", ".join(f"{operation.name} on {operation.target}" for operation in operations)
