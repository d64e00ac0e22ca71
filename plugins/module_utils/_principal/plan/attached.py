# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A policy of ours that is there and not attached: attached, it would grant whatever somebody has put into it meanwhile. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from ..._policy.canonical import contains
from ..._policy.covers import covers
from ..._policy.documents import Json, as_list, element, load, statements
from ..._policy.statements import DENY, effect, label
from ..._policy.statements import document as new_document
from ..model.operations import ATTACH_POLICY
from ..model.state import Desired, Observed, Operation, PrincipalError
from ..requirements.privileges import privileges
from ..requirements.statements import own_statements
from .predict import after

_MOST_PARTS = 20_000


def check_attached(observed: Observed, operations: Sequence[Operation], desired: Desired) -> None:
    """Raises PrincipalError where ``operations`` attach one that then allows what the options do not ask for."""
    arns = [str(made.arguments["PolicyArn"]) for made in operations if made.name in ATTACH_POLICY]
    if desired.allow_widening or not any(observed.own_policy(arn) for arn in arns):
        return
    later, asked = after(observed, operations), own_statements(observed, desired)
    if desired.allow_privileged and privileges(later):
        # Whoever may change IAM can give itself the rest.
        return
    for own in filter(None, map(later.own_policy, arns)):
        if observed.own_policy(own.arn) and (name := _not_asked_for(own.stored.document, asked)):
            raise PrincipalError(
                f"Policy {own.arn} is not attached to {observed.arn}, and its statement {name} allows what the options do not "
                "ask for. Attaching the policy would grant it, so nothing was changed. Remove the statement, set match: exact "
                "to replace it, set another policy_name, or set allow_widening: true to attach the policy as it is."
            )


def _not_asked_for(document: object, asked: Sequence[Mapping[str, Json]]) -> str:
    """The label of the first statement that allows, or may allow, more than ``asked``; empty for none."""
    # The plan refuses one that cannot be read.
    for index, one in enumerate(statements(load(document))):
        if effect(one) != DENY and not _is_asked_for(one, asked):
            return label(one, index)
    return ""


def _is_asked_for(statement: Json, asked: Sequence[Mapping[str, Json]]) -> bool:
    """Whether all of it is, in one statement or in several, such as what is narrower now than it was."""
    if not isinstance(statement, Mapping):
        return False
    if contains(new_document(asked), statement):
        return True
    wide = [dict(one) for one in asked]
    return all(any(covers(one, part) for one in wide) for part in _parts(statement))


def _parts(statement: Mapping[str, Json]) -> Iterator[Json]:
    """A statement for each action on each resource; itself where there are too many, or what is said by Not…."""
    lists = [list(as_list(element(statement, name))) for name in ("Action", "Resource")]
    if not all(lists) or len(lists[0]) * len(lists[1]) > _MOST_PARTS:
        yield dict(statement)
        return
    rest = {key: value for key, value in statement.items() if key.lower() not in ("action", "resource", "sid")}
    for action, resource in itertools.product(*lists):
        yield {**rest, "Action": action, "Resource": resource}
