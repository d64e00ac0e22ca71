# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each module does, from its options to its result, for whatever context runs it.

A context is the little that the logic needs of its surroundings: an Ansible module is one, see ``_module``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from time import sleep
from typing import Any, Protocol

from . import _former_reports
from ._accepted_risks import Risk, acceptance, accepted_risks, expired
from ._aws.deadline import Deadline
from ._aws.mfa import credentials
from ._aws.session import Connection, Session
from ._errors import RestoreAccessError
from ._options import plan as plan_options
from ._options import report_history as history_options
from ._options import rollout, session_policy
from ._options.account import (
    assume_role,
    check_not_protected,
    expected_account,
    mfa,
    partition_of,
    session_name,
    timeout,
)
from ._options.approved_plan import approved_plan
from ._options.organization import account_ids, assume_organization_role
from ._options.records import key_region, record_options
from ._options.restore_role import desired_state, name_and_path, wait_timeout
from ._options.verify import probed_account, state_to_verify, verify_options
from ._organization.gather import Gathering, patient
from ._plans import document, places
from ._plans.document import Plan
from ._plans.places import Clients, Place
from ._policy.arns import partition_in
from ._principal.apply.converge import Run, converge
from ._principal.model.results import SEVERITIES
from ._principal.model.state import Desired
from ._principal.records.journal import FileRecords, Where
from ._principal.records.recorded_run import RecordedRun, Sources, find
from ._principal.records.signing import Key
from ._principal.records.snapshot_s3 import Bounds
from ._principal.rollback.rollback import rollback
from ._principal.verify.info import principal_policies
from ._principal.verify.probe import probe
from ._principal.verify.verify import verify
from ._printable import printable, shortened
from ._version import VERSION

_LONGEST_WARNING = 2000
_MOST_SHOWN = 5


class ModuleContext(Protocol):
    """What a task knows of where it runs."""

    @property
    def params(self) -> Mapping[str, Any]:
        """The validated options."""

    @property
    def check_mode(self) -> bool:
        """Whether nothing is to be changed."""

    def connection(self) -> Connection:
        """amazon.aws's connection options, resolved."""

    def warn(self, message: str) -> None:
        """Shows a warning of the task."""


def restore_role(context: ModuleContext) -> dict[str, Any]:
    """Raises RestoreAccessError."""
    desired, account_id, where = _of_restore_role(context.params)
    with _deadline(context.params) as deadline:
        result = _restored(context, deadline, desired, account_id, where)
    for finding in result["findings"]:
        context.warn(printable(shortened(f"{finding['message']} {finding['remedy']}", _LONGEST_WARNING)))
    return result


def _restored(
    context: ModuleContext, deadline: Deadline | None, desired: Desired, account_id: str | None, where: Where
) -> dict[str, Any]:
    params, start = context.params, _start(context, deadline)
    s3, key = partial(start.client, "s3"), _key(start, where.key_id)
    before = None if params["snapshot"] is None else _recorded(context, desired, account_id, where, s3, key)
    policy = session_policy.of_restore_role(params, desired, context.check_mode, before.snapshot if before else None)
    assume = assume_role(params, policy)
    session = start.entering(assume)
    records = FileRecords(where, session.caller, s3=s3, key=key, undone=before.place if before else None)
    run = Run(
        context.check_mode,
        params["wait"],
        wait_timeout(params),
        account_id,
        sleep=deadline.sleep if deadline else sleep,
        records=records,
        limited_to=desired.name if policy else "",
        approval=approved_plan(params["approved_plan"]),
    )
    result = converge(session, desired, run) if before is None else rollback(session, desired, before, run)
    return {**result, "session_policy": bool(assume and assume.policy)}


@contextmanager
def _deadline(params: Mapping[str, Any]) -> Iterator[Deadline | None]:
    """Of all that the account is asked. Whether it could be reached goes into the facts: those who share the way may share that.

    Raises OptionError.
    """
    deadline = _time_of(params)
    try:
        yield deadline
    except RestoreAccessError as error:
        if deadline is None or not (deadline.unreached or deadline.has_answers):
            raise
        failure = deadline.unreached.as_dict() if deadline.unreached else {}
        raise RestoreAccessError(error.message, {**error.facts, "connection_failure": failure}) from None


def _of_restore_role(params: Mapping[str, Any]) -> tuple[Desired, str | None, Where]:
    """The desired state, the account that is meant, and where records go. Raises OptionError."""
    desired = desired_state(params)
    # An inventory puts account_id into assume_role_arn as well: a mistyped one is named before what it made of the ARN.
    account_id = expected_account(params)
    check_not_protected(params, desired.name, desired.path)
    # Of which the time that the account has is made.
    wait_timeout(params)
    return desired, account_id, record_options(params)


def check_restore_role(params: Mapping[str, Any]) -> None:
    """Raises OptionError for options by which no account could be worked on. Makes no call."""
    _of_restore_role(params)
    approved_plan(params["approved_plan"])
    _check_start(params)


def check_restore_role_verify(params: Mapping[str, Any]) -> None:
    """The same for ``restore_role_verify``."""
    state_to_verify(params)
    verify_options(params)
    accepted_risks(params["accepted_risks"])
    _check_start(params)


def _check_start(params: Mapping[str, Any]) -> None:
    timeout(params)
    mfa(params)
    assume_role(params)


def caller(connection: Connection, params: Mapping[str, Any]) -> str:
    """The ARN that the run starts as; one GetCallerIdentity. ``params``: options of ``restore_role``. Raises CallError."""
    return Session(replace(connection, deadline=_time_of(params)), None, partition_of(params)).caller()


def _time_of(params: Mapping[str, Any]) -> Deadline | None:
    """From now on. Raises OptionError."""
    seconds = timeout(params)
    return Deadline(seconds) if seconds else None


def _key(start: Session, key_id: str | None) -> Key | None:
    return None if key_id is None else Key(key_id, cache(partial(start.client, "kms", key_region(key_id))))


def _recorded(
    context: ModuleContext,
    desired: Desired,
    account_id: str | None,
    where: Where,
    s3: Callable[[], Any],
    key: Key | None,
) -> RecordedRun:
    sources = Sources(s3, Bounds(where.bucket, where.prefix), key)
    run = find(context.params["snapshot"], desired.kind, desired.name, account_id, sources)
    for note in run.notes:
        context.warn(f"{note}.")
    return run


def restore_role_verify(context: ModuleContext) -> dict[str, Any]:
    """Raises RestoreAccessError, with the whole result among its facts if it is drift or findings that it fails on."""
    params = context.params
    desired, risks = state_to_verify(params), accepted_risks(params["accepted_risks"])
    with _deadline(params) as deadline:
        result = {"changed": False, **_verified(context, deadline, desired)}
    _accept(result, risks, context)
    return checked(result, params)


def _verified(context: ModuleContext, deadline: Deadline | None, desired: Desired) -> dict[str, Any]:
    params = context.params
    if params["probe_assume_role"]:
        # The role that the automation assumes is not meant here: this is about what the appliance may assume.
        appliance = Session(replace(context.connection(), deadline=deadline), None, partition_of(params))
        return {**probe(appliance, desired, probed_account(params), session_name(params))}
    assume = assume_role(params, session_policy.of_verify(params))
    session = _start(context, deadline).entering(assume)
    return {
        **verify(session, desired, verify_options(params)),
        "session_policy": bool(assume and assume.policy),
    }


def _accept(result: Mapping[str, Any], risks: Sequence[Risk], context: ModuleContext) -> None:
    """Says of each requirement that a restore could fail on, and of each finding, by whom it is accepted."""
    account_id, today = result["principal"]["account_id"], datetime.now(UTC).date()
    unmet = [requirement for requirement in result["requirements"] if requirement["drift"]]
    problems = [*unmet, *result["findings"]]
    for problem in problems:
        problem["accepted"] = acceptance(problem, account_id, risks, today)
    for risk in expired(problems, account_id, risks, today):
        context.warn(printable(f"Account {account_id}: {risk.what} was {risk.told}. It is no longer accepted."))


def checked(result: dict[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """What was verified. Raises RestoreAccessError, with it among the facts, if it is what the options fail on.

    What is accepted stays what it is, and nothing fails on it.
    """
    unmet = [each for each in result["requirements"] if each["drift"] and not each["accepted"]]
    failures = [_drift(result, unmet)] if unmet and params["fail_on_drift"] else []
    failures += [
        _findings(result, exposing) for exposing in [_at_least(params["fail_on_findings"], result)] if exposing
    ]
    if failures:
        raise RestoreAccessError(" ".join(failures), result)
    return result


def _at_least(severity: str, result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The findings of this severity or a higher one; of ``none`` there are none."""
    counted = SEVERITIES[: SEVERITIES.index(severity) + 1] if severity in SEVERITIES else ()
    return [finding for finding in result["findings"] if finding["severity"] in counted and not finding["accepted"]]


def _findings(result: Mapping[str, Any], exposing: Sequence[Mapping[str, Any]]) -> str:
    principal = result["principal"]
    shown = " ".join(f"{finding['message']} {finding['remedy']}" for finding in exposing[:_MOST_SHOWN])
    more = f" And {len(exposing) - _MOST_SHOWN} more." if len(exposing) > _MOST_SHOWN else ""
    return (
        f"Account {principal['account_id']}, {principal['arn']} is exposed, and fail_on_findings is set: "
        f"{shown}{more} All are in findings of the result."
    )


def _drift(result: Mapping[str, Any], unmet: Sequence[Mapping[str, Any]]) -> str:
    principal = result["principal"]
    names = [f"{requirement['requirement']} ({requirement['verdict'].replace('_', ' ')})" for requirement in unmet]
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    shown = ", ".join(names[:_MOST_SHOWN]) + more
    return (
        f"Account {principal['account_id']}, {principal['arn']}: a restore could fail. Not met: {shown}. The reasons "
        "are in requirements of the result, with layer, policy and statement. restore_role fixes what can be granted."
    )


def principal_policies_info(context: ModuleContext) -> dict[str, Any]:
    """Raises RestoreAccessError."""
    params = context.params
    name, _path = name_and_path(params["name"], None)
    expected = expected_account(params)
    session = _start(context).entering(assume_role(params, session_policy.of_principal_policies_info(params)))
    policies = principal_policies(session, params["principal_type"], name, expected)
    return {"changed": False, "principal_policies": policies}


def organization_policies_info(context: ModuleContext) -> dict[str, Any]:
    """Raises RestoreAccessError."""
    only = account_ids(context.params, "account_ids")
    assume = assume_organization_role(context.params)
    session = Session(patient(context.connection()), assume, partition_of(context.params), mfa(context.params))
    return {"changed": False, "organization_policies": Gathering(session).policies(only)}


def restore_plan(context: ModuleContext) -> dict[str, Any]:
    """Raises RestoreAccessError."""
    params = context.params
    target = plan_options.target(params)
    made_at = params["generated_at"] or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    clients = _plan_clients(context.connection(), "aws", params["kms_key_id"] or None)
    if params["parts"]:
        plan = document.merged([places.read(place, clients) for place in plan_options.parts(params)], made_at)
    else:
        head: document.Head = {
            "name": target.name,
            "made_at": made_at,
            "run_id": params["run_id"] or "",
            "collection_version": VERSION,
            "caller": params["caller"],
            "inventory": params["inventory"],
            "limit": params["limit"],
            "options": {},
        }
        plan = document.made(head, params["accounts"])
    accounts = len(plan.accounts) + len(plan.not_planned)
    refused = rollout.refusal(params["max_changes"], plan.to_change, len(plan.not_planned), accounts)
    if refused:
        raise RestoreAccessError(refused)
    summary = {
        "accounts": len(plan.accounts),
        "to_change": plan.to_change,
        "operations": plan.operations,
        "not_planned": len(plan.not_planned),
    }
    kept = {} if context.check_mode else places.keep(plan, target, clients)
    return {"changed": False, "summary": summary, **kept}


def report_history(context: ModuleContext) -> dict[str, Any]:
    """Raises RestoreAccessError."""
    given = history_options.history(context.params)
    if context.check_mode:
        return {"changed": False, "files": 0}
    client = Session(context.connection(), None, "aws").client("s3")
    fetched = context.params["state"] == history_options.FETCHED
    return {"changed": False, "files": (_former_reports.fetch if fetched else _former_reports.keep)(client, *given)}


def read_plan(place: Place, connection: Connection, partition: str, key_id: str | None) -> Plan:
    """The plan that is to be carried out. Raises OptionError."""
    return places.read(place, _plan_clients(connection, partition, key_id))


def _plan_clients(connection: Connection, partition: str, key_id: str | None) -> Clients:
    start = Session(connection, None, partition)
    return Clients(cache(partial(start.client, "s3")), _key(start, key_id))


def mfa_session(terms: Sequence[str], connection: Connection) -> dict[str, str]:
    """Credentials as the modules' connection options name them, or ``failure`` alone. ``terms``: serial and code of a device.

    Raises RestoreAccessError for terms that cannot be right.
    """
    serial, code = [*terms, "", ""][:2]
    device = mfa({"assume_role_mfa_serial": serial, "assume_role_mfa_code": code})
    if device is None or len(terms) != len((serial, code)):
        raise RestoreAccessError(
            "It requires two terms: the serial number of an MFA device and the code that it shows."
        )
    return credentials(connection, device, partition_in(serial) or "aws")


def _start(context: ModuleContext, deadline: Deadline | None = None) -> Session:
    """The credentials that the run starts with, before any role is assumed."""
    # An inventory puts account_id into assume_role_arn as well: a mistyped one is named before what it made of the ARN.
    expected_account(context.params)
    connection = replace(context.connection(), deadline=deadline)
    return Session(connection, None, partition_of(context.params), mfa(context.params))
