# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a principal can do that makes it more than a restore role: change IAM, and so come to do everything. Pure.

A role that holds what an appliance needs for all its workloads, which an organization may give it as one role, is none of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..._permission_sets.catalog import PERMISSION_SETS
from ..._permission_sets.privileges import (
    CHANGES_IAM,
    COMPANIONS,
    OF_AN_APPLIANCE,
    PASS_ROLE,
    RUNS_CODE,
    ResourceType,
)
from ..._policy import evaluate, verdicts
from ..._policy.context import Context, Given
from ..._policy.documents import Json, as_list, element, load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.evaluate import Policies
from ..._policy.matching import StoredPolicy
from ..._policy.statements import ALLOW, effect, with_statements
from ..._policy.statements import document as new_document
from ..._policy.verdicts import Decision
from ..model.state import Desired, Observed
from . import questions

# Whatever is allowed on this one, which nobody names, is allowed on others.
_ANY_NAME = "cloudrestore-any"
_MOST_RESOURCES = 100
_HELD = (verdicts.ALLOWED, verdicts.CONDITIONAL)
# AWS gives service-linked roles their permissions; nobody can assume one.
_OF_SERVICES = ":role/aws-service-role/"


def privileges(observed: Observed, desired: Desired) -> tuple[Decision, ...]:
    """What the principal can do that changes IAM, if only under a condition, with what a run would grant; none for a restore role.

    An action that depends on a policy that cannot be read is not among them: see ``unknown``.
    """
    asked = _Asked(observed, desired)
    changes = [asked.worst(action, kind) for action, kind in CHANGES_IAM.items()]
    held = [decision for decision in (*changes, *asked.by_passing()) if decision.verdict in _HELD]
    if {decision.requirement for decision in held} <= OF_AN_APPLIANCE and _is_the_appliances(asked):
        return ()
    return tuple(held)


def unknown(observed: Observed, desired: Desired) -> tuple[Decision, ...]:
    """The actions of which nobody can say whether the principal can do them, since a policy cannot be read."""
    asked = _Asked(observed, desired)
    changes = (asked.worst(action, kind) for action, kind in CHANGES_IAM.items())
    return tuple(decision for decision in changes if decision.verdict == verdicts.UNREADABLE)


def _is_the_appliances(asked: _Asked) -> bool:
    return all(asked.worst(action, kind).verdict == verdicts.ALLOWED for action, kind in COMPANIONS.items())


class _Asked:
    """Questions to the principal as it would be once the trust policy is written."""

    def __init__(self, observed: Observed, desired: Desired) -> None:
        self._observed = observed
        own = StoredPolicy(desired.policy_name, new_document(desired.own_statements))
        self._identity = (*observed.identity, own) if desired.own_statements else observed.identity
        boundary = observed.boundary if desired.boundary_arn is None else None
        if desired.boundary_arn:
            boundary = observed.boundary_document(desired.boundary_arn)
        self._policies = Policies(self._identity, boundary)
        # A restore passes roles to AWS Backup, by a statement without a condition: that by itself is no surprise.
        self._passing = Policies(tuple(map(_without_a_restores, self._identity)), boundary)
        self._named = list(_named_resources(self._identity, observed.account.account_id))

    def worst(self, action: str, kind: ResourceType, more: dict[str, Given] | None = None) -> Decision:
        """The decision on the resource on which most is allowed."""
        context, policies = Context(self._known(action) | (more or {})), self._passing if more else self._policies
        decisions = [evaluate.may(policies, action, resource, context) for resource in self._resources(action, kind)]
        return min(decisions, key=lambda decision: _ORDER.index(decision.verdict))

    def by_passing(self) -> Iterator[Decision]:
        """What runs code under a role that is passed to it."""
        for action, service in RUNS_CODE.items():
            decision = evaluate.may(self._policies, action, "*", Context(self._known(action)))
            if decision.verdict in _HELD:
                passed = self.worst(PASS_ROLE, "role", {"iam:PassedToService": service})
                if passed.verdict in _HELD:
                    yield decision

    def _known(self, action: str) -> dict[str, Given]:
        """The request is the caller's to choose: no boundary, and the policy that allows the most."""
        partition = self._observed.account.partition
        return {
            **questions.known_keys(action, self._observed),
            "iam:PermissionsBoundary": None,
            "iam:PolicyARN": f"arn:{partition}:iam::aws:policy/AdministratorAccess",
        }

    def _resources(self, action: str, kind: ResourceType) -> Sequence[str]:
        any_name = self._observed.account.arn(kind, "/", _ANY_NAME)
        own = [self._observed.arn] if kind == self._observed.kind and action != PASS_ROLE else []
        named = [arn for arn in self._named if f":{kind}/" in arn and _OF_SERVICES not in arn]
        return (any_name, *own, *named[:_MOST_RESOURCES])


def _without_a_restores(policy: StoredPolicy) -> StoredPolicy:
    """The policy without the Allow statements that name nothing but actions of permission sets, iam:PassRole among others."""
    try:
        document = load(policy.document)
    except UnreadableDocumentError:
        return policy
    left = [statement for statement in statements(document) if not _is_of_a_set(statement)]
    return StoredPolicy(policy.name, with_statements(document, left))


def _is_of_a_set(statement: Json) -> bool:
    actions = as_list(element(statement, "Action")) if isinstance(statement, Mapping) else ()
    named = {action.lower() if isinstance(action, str) else "" for action in actions}
    return effect(statement) == ALLOW and len(named) > 1 and named <= _OF_SETS


_OF_SETS = {action.lower() for permission_set in PERMISSION_SETS.values() for action in permission_set.actions}

# What allows the most first.
_ORDER = (
    verdicts.ALLOWED,
    verdicts.CONDITIONAL,
    verdicts.UNREADABLE,
    verdicts.IMPLICIT_DENY,
    verdicts.EXPLICIT_DENY,
)


def _named_resources(policies: Sequence[StoredPolicy], account_id: str) -> Iterator[str]:
    """The entries of Resource that name something of IAM in this account, patterns among them."""
    for policy in policies:
        try:
            body = statements(load(policy.document))
        except UnreadableDocumentError:
            continue
        for statement in body:
            for entry in as_list(element(statement, "Resource")) if isinstance(statement, Mapping) else ():
                parts = entry.split(":", 5) if isinstance(entry, str) else []
                if len(parts) == 6 and parts[2] == "iam" and parts[4] in (account_id, "*", ""):
                    yield ":".join((*parts[:4], account_id, parts[5]))
