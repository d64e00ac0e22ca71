# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore asks of IAM: which action on which resources, and what is known of the request (rules 19-22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import _catalog
from .._policy import evaluate
from .._policy.context import Context, Given
from .._policy.evaluate import Policies
from .._policy.truth import every
from .._policy.verdicts import Decision
from .state import ROLE, Account, Observed

_KINDS = {
    permission.action: permission.resource_kinds
    for permission_set in _catalog.PERMISSION_SETS.values()
    for permission in permission_set.permissions
}
_ANYTHING = ("*",)


@dataclass(frozen=True)
class Scope:
    """Which resources and Regions the question is about: ARNs; where none are named, all of that kind in the account."""

    tables: tuple[str, ...] = ()
    vaults: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


EVERYTHING = Scope()


def resources(action: str, observed: Observed, scope: Scope) -> tuple[str, ...]:
    """ARNs, or patterns for all of a kind, that ``action`` has to be allowed on; ``*`` if it has no resource types."""
    kinds = _KINDS.get(action, ())
    return tuple(arn for kind in kinds for arn in _of_kind(kind, observed, scope)) or _ANYTHING


def _of_kind(kind: str, observed: Observed, scope: Scope) -> Sequence[str]:
    named = {_catalog.TABLE: scope.tables, _catalog.VAULT: scope.vaults, _catalog.KEY: scope.keys}.get(kind, ())
    if named:
        return named
    if kind in (_catalog.ROLE, _catalog.PRINCIPAL):
        # The role's own ARN is known, so the question is exact (rule 22); a user hands over some role.
        is_own = observed.kind == ROLE or kind == _catalog.PRINCIPAL
        return (observed.arn if is_own else observed.account.arn("role", "/", "*"),)
    return _universes(kind, observed.account)


def _universes(kind: str, account: Account) -> tuple[str, ...]:
    """All of a kind in the account (rule 20). DynamoDB's own backups are recovery points with ARNs of their own."""
    head = f"arn:{account.partition}"
    tail = f"*:{account.account_id}"
    return {
        _catalog.TABLE: (f"{head}:dynamodb:{tail}:table/*",),
        _catalog.VAULT: (f"{head}:backup:{tail}:backup-vault:*",),
        _catalog.RECOVERY_POINT: (f"{head}:backup:{tail}:recovery-point:*", f"{head}:dynamodb:{tail}:table/*/backup/*"),
        _catalog.KEY: (f"{head}:kms:{tail}:key/*",),
    }[kind]


def context(action: str, observed: Observed, scope: Scope) -> Context:
    """What is known of the request. Everything else is unknown, and what hangs on it is conditional."""
    is_role = observed.kind == ROLE
    known: dict[str, Given] = {
        "aws:PrincipalArn": observed.arn,
        "aws:PrincipalAccount": observed.account.account_id,
        "aws:PrincipalType": "AssumedRole" if is_role else "User",
        "aws:PrincipalIsAWSService": "false",
        "aws:SecureTransport": "true",
        "aws:username": None if is_role else observed.name,
    }
    if action == "iam:PassRole":
        known["iam:PassedToService"] = _catalog.BACKUP_SERVICE
    if len(scope.regions) == 1 and not action.startswith("iam:"):
        known["aws:RequestedRegion"] = scope.regions[0]
    return Context(known)


def decide(actions: Sequence[str], observed: Observed, policies: Policies, scope: Scope) -> tuple[Decision, ...]:
    """One decision per action, over all the resources it needs. Raises nothing."""
    return tuple(_decide(action, observed, policies, scope) for action in actions)


def _decide(action: str, observed: Observed, policies: Policies, scope: Scope) -> Decision:
    known = context(action, observed, scope)
    found = [evaluate.may(policies, action, resource, known) for resource in resources(action, observed, scope)]
    return evaluate.worst(found)


def granted(actions: Sequence[str], observed: Observed, scope: Scope) -> frozenset[str]:
    """The actions that the principal's own policies allow without any condition, Deny statements left aside.

    This is what a policy of ours can bring about; a Deny or a boundary it cannot.
    """
    policies = Policies(observed.identity)
    return frozenset(action for action in actions if _is_granted(action, observed, policies, scope))


def _is_granted(action: str, observed: Observed, policies: Policies, scope: Scope) -> bool:
    known = context(action, observed, scope)
    asked = resources(action, observed, scope)
    return every(evaluate.grants(policies, action, resource, known) for resource in asked).is_true
