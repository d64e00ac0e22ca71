# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the main lines need of an account's session, and the message for a call of it that failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ..._aws.account import Account
from ..._aws.calls import NOT_FOUND, CallError
from ..._aws.explain import explain
from ..._errors import RestoreAccessError
from ..._policy.arns import account_in
from ..._policy.principals import are_one
from ..model.protected import what_it_is
from ..model.state import ROLE, Observed, PrincipalError
from .waiting import Pauses, Waiting

_Read = TypeVar("_Read")
_MOST_READS = 4
# IAM lists what was made a moment ago, and says for some seconds that it does not exist, or the other way round.
SETTLING = 10.0


class NotSettledError(PrincipalError):
    """IAM's answers to one reading contradict each other, as while a change spreads, or while somebody makes one."""


class Session(Protocol):
    """An account's clients, and where it is. Its methods raise CallError."""

    @property
    def iam(self) -> Any:
        """The client of IAM."""

    def client(self, service: str, region: str | None = None) -> Any:
        """That of another service."""

    def account(self) -> Account:
        """Which account it is, and in which partition."""

    def caller(self) -> str:
        """The ARN that the calls are made with."""


def reading(session: Session, principal: str, read: Callable[[], _Read], waiting: Waiting | None = None) -> _Read:
    """What ``read`` returns. Raises RestoreAccessError, naming account and principal, for what it raises.

    ``waiting``: to wait for IAM to agree with itself, some seconds at most; None not to wait.
    """
    try:
        return _settled(read, Pauses(min(waiting.timeout, SETTLING), waiting) if waiting else None)
    except PrincipalError as error:
        failure = RestoreAccessError(str(error))
    except CallError as error:
        failure = RestoreAccessError(explain(error, _account_id(session, error), principal))
    # Not chained: the cause may hold what must not be printed.
    raise failure


def _settled(read: Callable[[], _Read], pauses: Pauses | None) -> _Read:
    """What ``read`` returns, begun anew where something went or came between two of its calls, as in two runs at once."""
    before: tuple[str, ...] = ()
    for _attempt in range(_MOST_READS - 1):
        try:
            return read()
        except (CallError, NotSettledError) as error:
            amiss = _amiss(error)
            if not amiss or (amiss == before and not (pauses and pauses.wait())):
                raise
            before = amiss
    return read()


def _amiss(error: CallError | NotSettledError) -> tuple[str, ...]:
    """What another reading may find in order; empty if none will."""
    if isinstance(error, NotSettledError):
        return (str(error),)
    return (error.action, error.target) if error.code in NOT_FOUND else ()


def _account_id(session: Session, failure: CallError) -> str:
    if failure.action.startswith("sts:"):
        return account_in(failure.target)
    try:
        return session.account().account_id
    except CallError:
        return ""


def check_account(observed: Observed, account_id: str | None) -> None:
    """Raises PrincipalError if the credentials lead to another account than ``account_id``; None stands for any."""
    actual = observed.account.account_id
    if account_id not in (None, actual):
        raise PrincipalError(
            f"The credentials belong to account {actual}, but account_id is {account_id}. Nothing was changed. Check "
            "assume_role_arn, the profile and the inventory."
        )


def check_not_protected(observed: Observed) -> None:
    """Raises PrincipalError for a role that administers the account, whose path only AWS tells."""
    what = what_it_is(observed.name, observed.path) if observed.exists and observed.kind == ROLE else ""
    if what:
        raise PrincipalError(
            f"{observed.arn} is {what}. Whoever may assume it could administer the account, so it must not be used "
            "for restores. Nothing was changed. Set name to the restore role."
        )


def check_not_the_caller(session: Session, observed: Observed) -> None:
    """Raises PrincipalError for the principal by which the run has entered the account, and CallError.

    With an assumed role its ARN tells; else one sts:GetCallerIdentity, so that this is asked only where something is to be changed.
    """
    try:
        caller = session.caller()
    except CallError as error:
        # Which account it is, is known by now.
        error.target = observed.arn
        raise
    if are_one(caller, observed.arn):
        raise PrincipalError(
            f"{observed.arn} is the {observed.kind} that this run uses in the account (sts:GetCallerIdentity: "
            f"{caller}). Whoever may use it could do what the run can, so it must not be used for restores. Nothing "
            f"was changed. Set name to the restore {observed.kind}."
        )
