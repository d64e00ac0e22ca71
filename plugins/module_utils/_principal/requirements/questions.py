# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore asks of IAM: which action on which resources, and what is known of the request (rules 19-22)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..._aws.account import Account
from ..._aws.partitions import home_region, regions
from ..._permission_sets import catalog
from ..._permission_sets.model import ResourceKind
from ..._policy import evaluate
from ..._policy.arns import region_in
from ..._policy.context import Context, Given
from ..._policy.evaluate import Policies
from ..._policy.verdicts import Decision
from ..model.scope import Scope
from ..model.state import ROLE, Observed, PrincipalError
from .known import ON_DATA, SERVICES_ON_DATA, Requester, of_restore, service_names

_ANYTHING = "*"


@dataclass(frozen=True)
class Question:
    """May the principal do ``action`` on ``resource``? An ARN, a pattern for all of a kind, or ``*``."""

    action: str
    resource: str
    context: Context


def check_scope(observed: Observed, scope: Scope) -> None:
    """Raises PrincipalError if something in the scope is not in the principal's account."""
    account_id = observed.account.account_id
    if foreign := scope.foreign(account_id):
        raise PrincipalError(
            f"{', '.join(foreign)} is not in account {account_id}. A restore works on tables and vaults of the "
            "account it runs in, and passes a role of it: set those, or leave the option empty."
        )


def kinds(action: str) -> tuple[ResourceKind, ...]:
    """The kinds of resource that ``action`` touches; none for an action without resource types."""
    return catalog.RESOURCE_KINDS.get(action, ())


def asked(action: str, principal: Observed | Requester, scope: Scope) -> tuple[Question, ...]:
    """Every question whose answer must be yes so that ``action`` is allowed as a restore needs it (rule 21).

    Who asks about many actions makes one Requester of the principal.
    """
    return _asked(action, principal if isinstance(principal, Requester) else Requester.of(principal), scope)


# The plan asks them, and the result of the plan asks them again.
@lru_cache(maxsize=1024)
def _asked(action: str, requester: Requester, scope: Scope) -> tuple[Question, ...]:
    named = scope.own.get(action) or tuple(arn for kind in kinds(action) for arn in _of_kind(kind, requester, scope))
    return tuple(
        Question(action, resource, Context(known))
        for resource in named or (_ANYTHING,)
        for region in _regions(action, resource, requester, scope)
        for known in _known(action, resource, region, requester, scope)
    )


def resources(action: str, observed: Observed, scope: Scope) -> tuple[str, ...]:
    """ARNs, or patterns for all of a kind, that ``action`` must be allowed on; ``*`` if it has no resource types."""
    return tuple(dict.fromkeys(question.resource for question in asked(action, observed, scope)))


def _of_kind(kind: ResourceKind, observed: Observed | Requester, scope: Scope) -> Sequence[str]:
    account = observed.account
    if kind == catalog.ROLE and scope.roles:
        return scope.roles
    if kind in (catalog.ROLE, catalog.PRINCIPAL):
        # The role's own ARN is known, so the question is exact (rule 22); a user passes some role.
        is_own = observed.kind == ROLE or kind == catalog.PRINCIPAL
        return (observed.arn if is_own else account.arn("role", "/", "*"),)
    if kind == catalog.KEY and scope.keys:
        return scope.keys
    named = {catalog.TABLE: scope.tables, catalog.VAULT: scope.vaults}.get(kind) or (_ANYTHING,)
    in_regions = scope.regions or (_ANYTHING,)
    return tuple(
        dict.fromkeys(arn for region in in_regions for name in named for arn in _arns(kind, account, region, name))
    )


def vault_arns(observed: Observed, scope: Scope) -> tuple[str, ...]:
    """The vaults that are named, each in a known Region."""
    vaults = _of_kind(catalog.VAULT, observed, scope) if scope.vaults else ()
    return tuple(arn for arn in vaults if "*" not in arn)


def _arns(kind: ResourceKind, account: Account, region: str, name: str) -> tuple[str, ...]:
    """Of one resource by its name, or of all (rule 20)."""
    if name.startswith("arn:"):
        return (name,)
    return tuple(
        f"arn:{account.partition}:" + template.format(region=region, account=account.account_id, name=name)
        for template in catalog.ARNS[kind]
    )


def is_recovery_point(resource: str) -> bool:
    """Whether an ARN, or a pattern of ARNs, is one of recovery points, DynamoDB's own backups among them."""
    return ":recovery-point:" in resource or (":table/" in resource and "/backup/" in resource)


def _regions(action: str, resource: str, observed: Requester, scope: Scope) -> Sequence[str | None]:
    """Where the request goes; None for a Region that is not known."""
    if action.startswith(("iam:", "organizations:")):
        return (home_region(observed.account.partition),)
    region = region_in(resource) if resource.startswith("arn:") else "*"
    if region == "*":
        return scope.regions or (None,)
    return (region,)


def _known(
    action: str, resource: str, region: str | None, requester: Requester, scope: Scope
) -> list[dict[str, Given]]:
    """What is known of each such request: in a narrow scope one for every service through which the key may be used."""
    known = of_restore(action, resource, region, requester)
    if not scope.narrow or action not in ON_DATA:
        return [known]
    return [known | {"kms:ViaService": service} for service in services_on_data(requester.account.partition, region)]


def services_on_data(partition: str, region: str | None) -> tuple[str, ...]:
    """The services that use a key in the principal's name, as KMS names them. ``region``: None for any."""
    names = (region,) if region else regions(partition)
    return tuple(
        known for service in SERVICES_ON_DATA for name in names for known in service_names(service, name, partition)
    )


def decide(actions: Sequence[str], observed: Observed, policies: Policies, scope: Scope) -> tuple[Decision, ...]:
    """One decision per action, over all the resources it needs. Raises nothing."""

    def answer(question: Question) -> Decision:
        return evaluate.may(policies, question.action, question.resource, question.context)

    return decide_each(actions, observed, scope, answer)


def decide_each(
    actions: Sequence[str], observed: Observed, scope: Scope, answer: Callable[[Question], Decision]
) -> tuple[Decision, ...]:
    """The decision on each action, where ``answer`` decides one question: the one that stands most in the way."""
    requester = Requester.of(observed)
    return tuple(
        evaluate.worst([answer(question) for question in _asked(action, requester, scope)]) for action in actions
    )


def granted(actions: Sequence[str], observed: Observed, scope: Scope) -> frozenset[str]:
    """The actions that the principal's own policies allow without any condition, Deny statements left aside.

    This is what a policy of ours can bring about; a Deny or a boundary it cannot.
    """
    return frozenset(actions) - frozenset(not_granted(actions, observed, scope))


def not_granted(actions: Sequence[str], observed: Observed, scope: Scope) -> dict[str, tuple[str, ...]]:
    """The other actions, each with the resources on which it is not allowed in that way."""
    policies, requester = Policies(observed.identity), Requester.of(observed)
    missing = {}
    for action in actions:
        questions = _asked(action, requester, scope)
        if open_ := [question.resource for question in questions if not _is_granted(question, policies)]:
            missing[action] = tuple(dict.fromkeys(open_))
    return missing


def _is_granted(question: Question, policies: Policies) -> bool:
    return evaluate.grants(policies, question.action, question.resource, question.context).is_true
