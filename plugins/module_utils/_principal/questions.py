# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore asks of IAM: which action on which resources, and what is known of the request (rules 19-22)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .. import _catalog
from .._partitions import home_region
from .._policy import evaluate
from .._policy.context import Context, Given
from .._policy.evaluate import Policies
from .._policy.verdicts import Decision
from .state import ROLE, Observed

_KINDS = {
    permission.action: permission.resource_kinds
    for permission_set in _catalog.PERMISSION_SETS.values()
    for permission in permission_set.permissions
}
_ANYTHING = "*"


@dataclass(frozen=True)
class Scope:
    """Which resources and Regions the question is about; where none are named, all of that kind in the account.

    ``tables`` and ``vaults``: names or ARNs. ``keys``: ARNs of KMS keys.
    """

    tables: tuple[str, ...] = ()
    vaults: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


EVERYTHING = Scope()


@dataclass(frozen=True)
class Question:
    """May the principal do ``action`` on ``resource``? An ARN, a pattern for all of a kind, or ``*`` (rules 19, 20)."""

    action: str
    resource: str
    context: Context


def kinds(action: str) -> tuple[str, ...]:
    """The kinds of resource that ``action`` touches; none for an action without resource types."""
    return _KINDS.get(action, ())


def asked(action: str, observed: Observed, scope: Scope) -> tuple[Question, ...]:
    """Every question whose answer has to be yes so that ``action`` is allowed as a restore needs it (rule 21)."""
    resources = tuple(arn for kind in kinds(action) for arn in _of_kind(kind, observed, scope))
    return tuple(
        Question(action, resource, _context(action, region, observed))
        for resource in resources or (_ANYTHING,)
        for region in _regions(action, resource, observed, scope)
    )


def resources(action: str, observed: Observed, scope: Scope) -> tuple[str, ...]:
    """ARNs, or patterns for all of a kind, that ``action`` has to be allowed on; ``*`` if it has no resource types."""
    return tuple(dict.fromkeys(one.resource for one in asked(action, observed, scope)))


def _of_kind(kind: str, observed: Observed, scope: Scope) -> Sequence[str]:
    account = observed.account
    if kind in (_catalog.ROLE, _catalog.PRINCIPAL):
        # The role's own ARN is known, so the question is exact (rule 22); a user hands over some role.
        is_own = observed.kind == ROLE or kind == _catalog.PRINCIPAL
        return (observed.arn if is_own else account.arn("role", "/", "*"),)
    if kind == _catalog.KEY and scope.keys:
        return scope.keys
    named = {_catalog.TABLE: scope.tables, _catalog.VAULT: scope.vaults}.get(kind) or ("*",)
    found = []
    for region in scope.regions or ("*",):
        head = f"arn:{account.partition}:{{}}:{region}:{account.account_id}:"
        found += [one for name in named for one in _arns(kind, head, name)]
    return tuple(dict.fromkeys(found))


def vault_arns(observed: Observed, scope: Scope) -> tuple[str, ...]:
    """The vaults that are named, each in a known Region."""
    found = _of_kind(_catalog.VAULT, observed, scope) if scope.vaults else ()
    return tuple(arn for arn in found if "*" not in arn)


def _arns(kind: str, head: str, name: str) -> tuple[str, ...]:
    """Of one resource by its name, or of all (rule 20). DynamoDB's own backups are recovery points with ARNs of their own."""
    if name.startswith("arn:"):
        return (name,)
    return {
        _catalog.TABLE: (head.format("dynamodb") + f"table/{name}",),
        _catalog.VAULT: (head.format("backup") + f"backup-vault:{name}",),
        _catalog.RECOVERY_POINT: (
            head.format("backup") + "recovery-point:*",
            head.format("dynamodb") + "table/*/backup/*",
        ),
        _catalog.KEY: (head.format("kms") + "key/*",),
    }[kind]


def is_recovery_point(resource: str) -> bool:
    """Whether an ARN, or a pattern of ARNs, is one of recovery points, DynamoDB's own backups among them."""
    return ":recovery-point:" in resource or (":table/" in resource and "/backup/" in resource)


def _regions(action: str, resource: str, observed: Observed, scope: Scope) -> Sequence[str | None]:
    """Where the request goes; None for a Region that is not known."""
    if action.startswith("iam:"):
        return (home_region(observed.account.partition),)
    region = resource.split(":")[3] if resource.startswith("arn:") else "*"
    if region == "*":
        return scope.regions or (None,)
    return (region,)


def _context(action: str, region: str | None, observed: Observed) -> Context:
    """What is known of the request. Everything else is unknown, and what hangs on it is conditional."""
    return Context(known_keys(action, observed) | ({"aws:RequestedRegion": region} if region else {}))


# A restore works on what its own account owns. Not every service sends aws:ResourceAccount; these do.
_NAMING_THE_OWNER = ("dynamodb:", "kms:")


def known_keys(action: str, observed: Observed) -> dict[str, Given]:
    """The condition keys whose value, or absence, is known of any such request."""
    is_role = observed.kind == ROLE
    known: dict[str, Given] = {
        "aws:PrincipalArn": observed.arn,
        "aws:PrincipalAccount": observed.account.account_id,
        "aws:PrincipalType": "AssumedRole" if is_role else "User",
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalServiceName": None,
        "aws:SecureTransport": "true",
        "aws:username": None if is_role else observed.name,
    }
    if observed.account.organization_id:
        known["aws:PrincipalOrgID"] = observed.account.organization_id
    if action.startswith(_NAMING_THE_OWNER):
        known["aws:ResourceAccount"] = observed.account.account_id
    if action == "iam:PassRole":
        known["iam:PassedToService"] = _catalog.BACKUP_SERVICE
    if action.startswith("kms:"):
        known["kms:CallerAccount"] = observed.account.account_id
    return known


def decide(actions: Sequence[str], observed: Observed, policies: Policies, scope: Scope) -> tuple[Decision, ...]:
    """One decision per action, over all the resources it needs. Raises nothing."""

    def answer(one: Question) -> Decision:
        return evaluate.may(policies, one.action, one.resource, one.context)

    return tuple(decide_one(action, observed, scope, answer) for action in actions)


def decide_one(action: str, observed: Observed, scope: Scope, answer: Callable[[Question], Decision]) -> Decision:
    """The decision on one action, where ``answer`` decides one question: the one that stands most in the way."""
    return evaluate.worst([answer(one) for one in asked(action, observed, scope)])


def granted(actions: Sequence[str], observed: Observed, scope: Scope) -> frozenset[str]:
    """The actions that the principal's own policies allow without any condition, Deny statements left aside.

    This is what a policy of ours can bring about; a Deny or a boundary it cannot.
    """
    return frozenset(actions) - frozenset(not_granted(actions, observed, scope))


def not_granted(actions: Sequence[str], observed: Observed, scope: Scope) -> dict[str, tuple[str, ...]]:
    """The other actions, each with the resources on which it is not allowed in that way."""
    policies = Policies(observed.identity)
    found = {}
    for action in actions:
        questions = asked(action, observed, scope)
        if open_ := [one.resource for one in questions if not _is_granted(one, policies)]:
            found[action] = tuple(dict.fromkeys(open_))
    return found


def _is_granted(one: Question, policies: Policies) -> bool:
    return evaluate.grants(policies, one.action, one.resource, one.context).is_true
