# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which resources' tags a policy asks for, and what is said where they could not be known. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from ..._policy import facts
from ..._policy.arns import account_in
from ..._policy.documents import load
from ..._policy.errors import UnreadableDocumentError
from ..._policy.matching import StoredPolicy
from ..._policy.verdicts import Decision
from ..model.state import Desired, Observed
from ..observe.resource_tags import is_readable
from ..requirements import questions
from ..requirements.known import Requester
from ..requirements.questions import Question
from .outside_policies import OutsidePolicies

_KEY = facts.RESOURCE_TAG.lower()


def asked_for(
    observed: Observed, desired: Desired, outside: OutsidePolicies, leaves: Callable[[Question], Iterable[str]]
) -> tuple[str, ...]:
    """ARNs of this account's resources on whose tags a statement depends, for what a restore does with them.

    ``leaves``: what the statements depend on that may match a question.
    """
    if not observed.exists:
        return ()
    candidates = [question for question in _questions(observed, desired) if _is_candidate(question, observed)]
    if not candidates or not any(_mentions(policy) for policy in _policies(observed, outside)):
        return ()
    asked = (question.resource for question in candidates if _depends_on_tags(leaves(question)))
    return tuple(dict.fromkeys(asked))


def explained(decision: Decision, question: Question, unread: Mapping[str, str]) -> Decision:
    """With why the tags do not decide it, where it depends on them. ``unread``: ARN → why its tags are not known."""
    if not _depends_on_tags(decision.conditions):
        return decision
    why = _why(question, unread)
    return replace(decision, reason=f"{decision.reason}; {why}") if why else decision


def _why(question: Question, unread: Mapping[str, str]) -> str:
    action, resource = question.action, question.resource
    if not is_readable(resource):
        return ""
    if not facts.sees_tags_of(action, resource):
        return f"it is not known which tags AWS evaluates for {action}, which creates the resource"
    if resource in unread:
        return unread[resource]
    return _BY_ACCOUNT if facts.counts_tags_by_account(resource) else ""


_BY_ACCOUNT = (
    "DynamoDB evaluates the tags of tables only where attribute-based access control is on, which no API returns. "
    "Check the settings in its console, and set the tag in context"
)


def _questions(observed: Observed, desired: Desired) -> Iterator[Question]:
    requester = Requester.of(observed)
    for action in desired.actions:
        yield from questions.asked(action, requester, desired.scope)


def _is_candidate(question: Question, observed: Observed) -> bool:
    resource = question.resource
    is_own = is_readable(resource) and account_in(resource) == observed.account.account_id
    return is_own and facts.sees_tags_of(question.action, resource)


def _policies(observed: Observed, outside: OutsidePolicies) -> Iterator[object]:
    """Every policy that was read and bears on what the principal does."""
    yield from (*observed.identity, observed.boundary)
    levels: object = outside.scps
    for level in (*(levels if isinstance(levels, tuple) else ()), outside.rcps):
        yield from level if isinstance(level, tuple) else ()
    yield from (*outside.keys.values(), *outside.vaults.values())


def _mentions(policy: object) -> bool:
    if not isinstance(policy, StoredPolicy):
        return False
    try:
        return _KEY in str(load(policy.document)).lower()
    except UnreadableDocumentError:
        # All of it is open, whatever the tags.
        return False


def _depends_on_tags(leaves: Iterable[str]) -> bool:
    return any(_KEY in leaf.lower() for leaf in leaves)
