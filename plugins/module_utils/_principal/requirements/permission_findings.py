# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings in what a restore principal holds: on whose policies it depends, and what it can do beyond a restore. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..._policy import evaluate, verdicts
from ..._policy.context import Context
from ..._policy.evaluate import IDENTITY, Policies
from ..._policy.matching import StoredPolicy
from ..._policy.verdicts import Decision
from ..model.own_policies import number_of
from ..model.results import HIGH, LOW, MEDIUM
from ..model.state import ROLE, Desired, Observed
from . import privileges, questions
from .finding import Finding
from .known import Requester, of_principal

# With this on every user of the account one becomes any of them, administrators included.
_TAKES_OVER = "iam:CreateAccessKey"
_FEW = 5


def of_permissions(observed: Observed, desired: Desired, decisions: Sequence[Decision]) -> Iterator[Finding]:
    if not observed.exists:
        return
    yield from _denied_beside_aws_backup(observed, decisions)
    yield from _more_than_a_restore(observed)
    yield from _granted_by_others(observed, desired)


def _denied_beside_aws_backup(observed: Observed, decisions: Sequence[Decision]) -> Iterator[Finding]:
    """AWS's own policy for AWS Backup is attached and allows it, and a Deny takes it away again."""
    own = [policy.stored for policy in observed.attached if _is_aws_backups(policy.arn)]
    by_place: dict[tuple[str, str, str], list[Decision]] = {}
    for decision in decisions:
        if decision.verdict == verdicts.EXPLICIT_DENY and any(_allows(policy, decision) for policy in own):
            by_place.setdefault((decision.layer, decision.policy, decision.statement), []).append(decision)
    for (layer, policy, statement), denied in by_place.items():
        actions = [decision.requirement for decision in denied]
        message = (
            f"Statement {statement} of the {verdicts.policy_name(layer, policy)} denies {_few(actions)} to {observed.arn}, "
            f"although {', '.join(allowing.name for allowing in own)} allows it: restores by AWS Backup fail."
        )
        remedy = "Exempt the principal from the Deny, for example by a condition on aws:PrincipalArn."
        yield Finding("denied_beside_aws_backup_policy", HIGH, layer, policy, statement, message, remedy)


def _is_aws_backups(arn: str) -> bool:
    return ":iam::aws:policy/" in arn and arn.rsplit("/", 1)[-1].startswith("AWSBackup")


def _allows(policy: StoredPolicy, decision: Decision) -> bool:
    policies = Policies((policy,))
    return not evaluate.grants(policies, decision.requirement, decision.resource or "*", Context()).is_false


def _more_than_a_restore(observed: Observed) -> Iterator[Finding]:
    users = observed.account.arn("user", "/", "*")
    context = Context(of_principal(_TAKES_OVER, Requester.of(observed)))
    decision = evaluate.may(observed.policies, _TAKES_OVER, users, context)
    if decision.verdict == verdicts.ALLOWED:
        message = (
            f"Statement {decision.statement} of the policy {decision.policy} allows {observed.arn} {_TAKES_OVER} for "
            "every user: whoever may assume it can take over the account. No restore needs that."
        )
        remedy = (
            "Converge with match: exact, which grants the actions of a restore in a separate policy, and detach this "
            "one."
        )
        yield Finding(
            "more_than_a_restore_needs", MEDIUM, decision.layer, decision.policy, decision.statement, message, remedy
        )


def of_privileges(observed: Observed, desired: Desired) -> Iterator[Finding]:
    """A role of which nobody can say whether it can change IAM counts as one that cannot."""
    unread = privileges.unknown(observed, desired) if desired.kind == ROLE else ()
    for policy, statement in dict.fromkeys((decision.policy, decision.statement) for decision in unread):
        message = (
            f"Statement {statement} of the policy {policy} cannot be read, so it is not known whether {observed.arn} "
            "can change IAM. It was treated as a role that cannot."
        )
        remedy = "Review the policy before you allow another principal to assume the role."
        yield Finding("privileges_not_known", MEDIUM, IDENTITY, policy, statement, message, remedy)


def _granted_by_others(observed: Observed, desired: Desired) -> Iterator[Finding]:
    """Policies of others without which an action would not be granted: whoever changes them breaks restores."""
    of_others = set(questions.granted(desired.actions, observed, desired.scope))
    of_others -= questions.granted(desired.actions, _own_alone(observed, desired), desired.scope)
    for policy in observed.identity:
        alone = replace(observed, attached=(), inline=(policy,), groups=())
        actions = sorted(of_others & questions.granted(desired.actions, alone, desired.scope))
        if actions:
            owner = "AWS owns it" if ":iam::aws:policy/" in policy.name else "this collection does not own it"
            message = (
                f"{len(actions)} of the {len(desired.actions)} actions ({_few(actions)}) are granted to {observed.arn} by "
                f"the policy {policy.name}, and not by this collection's own: {owner}, so it can change at any time."
            )
            remedy = (
                "Leave it and run verify regularly, or converge with match: exact to grant the actions in this "
                "collection's own policy."
            )
            yield Finding("granted_by_others", LOW, IDENTITY, policy.name, "", message, remedy)


def _own_alone(observed: Observed, desired: Desired) -> Observed:
    names = (desired.policy_name, desired.former_policy_name)
    return replace(
        observed,
        attached=tuple(policy for policy in observed.attached if any(number_of(policy.name, name) for name in names)),
        inline=tuple(policy for policy in observed.inline if policy.name == desired.inline_name),
        groups=(),
    )


def _few(actions: Sequence[str]) -> str:
    more = f" and {len(actions) - _FEW} more" if len(actions) > _FEW else ""
    return ", ".join(actions[:_FEW]) + more
