# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carrying out a plan, operation by operation, and saying how far it came if one fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._aws.calls import NOT_FOUND, CallError, call
from ..._aws.explain import ORPHAN
from ..._policy.errors import CollectionError
from ..model.operations import CREATE_PRINCIPAL, DELETE_PRINCIPAL, UPDATE_TRUST_POLICY
from ..model.state import Observed, Operation
from ..observe.waiting import Pauses, Waiting
from ..records.protocol import NotRecordedError, Records
from .invalid_principal import somebodys_statement

# A principal that was created a moment ago is known to IAM within seconds; one that is mistyped never is.
_NEW_PRINCIPAL = 30.0
# The calls after which the trust policy is no longer what it was, whoever wrote it.
_ENDS_TRUST = frozenset({DELETE_PRINCIPAL.role, UPDATE_TRUST_POLICY})


class TrustChangedError(CollectionError):
    """The trust policy is no longer the one that the plan was made from."""


class ApplyStoppedError(CollectionError):
    """An operation failed. ``done`` were made, ``failed`` was not, ``left`` were not tried."""

    def __init__(
        self,
        done: Sequence[Operation],
        failed: Operation,
        left: Sequence[Operation],
        cause: CallError | NotRecordedError | TrustChangedError,
    ):
        super().__init__(str(cause))
        self.done = tuple(done)
        self.failed = failed
        self.left = tuple(left)
        self.cause = cause

    @property
    def uncertain(self) -> bool:
        """Whether the operation may have been made all the same: not if it failed at what is read right before it."""
        cause = self.cause
        return isinstance(cause, CallError) and cause.uncertain and cause.action == f"iam:{self.failed.name}"


def apply(
    client: Any,
    observed: Observed,
    operations: Sequence[Operation],
    waiting: Waiting,
    records: Records,
    made: Sequence[Operation] = (),
) -> None:
    """Make every operation in order. ``observed``: what the plan was made from; ``made``: by this run, before it.

    Raises ApplyStoppedError at the first failure.

    botocore has repeated what is worth repeating (throttling, 5xx, connections) by then. What it does not know is that IAM
    is eventually consistent: see _too_new.
    """
    created = {operation.target for operation in made if operation.name.startswith("Create")}
    for index, operation in enumerate(operations):
        try:
            _make(client, observed, operation, created, waiting, records)
        except (CallError, NotRecordedError, TrustChangedError) as error:
            raise ApplyStoppedError(operations[:index], operation, operations[index + 1 :], error) from None
        if operation.name.startswith("Create"):
            created.add(operation.target)


def _make(
    client: Any, observed: Observed, operation: Operation, created: set[str], waiting: Waiting, records: Records
) -> None:
    if operation.name in _ENDS_TRUST:
        _check_trust(client, observed, operation)
    records.begun(operation)
    fresh = bool(created & {operation.target, str(operation.arguments.get("PolicyArn", ""))})
    pauses = Pauses(waiting.timeout if fresh else min(waiting.timeout, _NEW_PRINCIPAL), waiting)
    while True:
        try:
            answer = call(client, "iam", operation.name, operation.target, operation.arguments)
            break
        except CallError as error:
            if not _too_new(error, fresh) or not pauses.wait():
                records.failed(operation, error.code, error.uncertain)
                if operation.name == UPDATE_TRUST_POLICY:
                    error.statement = somebodys_statement(error.message, observed.trust)
                raise
    records.made(
        operation, str(answer.get("ResponseMetadata", {}).get("RequestId", "")), _created_id(operation, answer)
    )


def _created_id(operation: Operation, answer: Mapping[str, Any]) -> str:
    """The unique ID of the principal that was created; empty for what creates none."""
    if operation.name not in CREATE_PRINCIPAL:
        return ""
    title = "Role" if operation.name == CREATE_PRINCIPAL.role else "User"
    created = answer.get(title)
    # What was made was made: an answer without it is no reason to fail.
    return str(created.get(f"{title}Id", "")) if isinstance(created, Mapping) else ""


def _too_new(error: CallError, fresh: bool) -> bool:
    """Whether IAM may only not know yet what exists: of this very plan, or a principal that a trust policy names."""
    if error.code == "MalformedPolicyDocument":
        return "invalid principal" in error.message.lower() and not ORPHAN.search(error.message)
    return fresh and error.code in NOT_FOUND


def _check_trust(client: Any, observed: Observed, operation: Operation) -> None:
    """IAM replaces a trust policy whole, deletes a role with it, and knows no condition on either: it is read again, late.

    Raises TrustChangedError for one that somebody edited, or whose role was deleted and made again.
    """
    role = call(client, "iam", "GetRole", operation.target, {"RoleName": observed.name})["Role"]
    if (role.get("AssumeRolePolicyDocument"), role.get("RoleId", "")) != (observed.trust, observed.unique_id):
        raise TrustChangedError(f"the trust policy of {observed.arn} was changed by someone else in the meantime")
