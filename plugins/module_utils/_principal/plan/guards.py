# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies that ``purge_policies`` leaves in place for a Deny in them. Pure.

Whatever the policies that are left allow: the policy of a bucket, a queue, a secret or another role may allow the principal
something by itself, and only such a Deny is in the way (rules 64, 72). One that a policy that is left says as well guards nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..._policy.covers import covers
from ..._policy.documents import Json, load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.matching import StoredPolicy
from ..._policy.statements import ALLOW, DENY, effect, label


class Guard(NamedTuple):
    """A policy, and why it stays, as the user is told."""

    policy: StoredPolicy
    why: str


def guards(going: Iterable[StoredPolicy], left: Iterable[StoredPolicy]) -> tuple[Guard, ...]:
    """Those of ``going`` that have to stay. ``left``: the policies without them."""
    denied = [one for policy in left for one in _denials(policy)]
    return tuple(guard for policy in going if (guard := _guard(policy, denied)) is not None)


def _denials(policy: StoredPolicy) -> Iterator[Json]:
    try:
        yield from (one for one in statements(load(policy.document)) if effect(one) == DENY)
    except UnreadableDocumentError:
        return


def _guard(policy: StoredPolicy, denied: Sequence[Json]) -> Guard | None:
    try:
        body = list(statements(load(policy.document)))
    except UnreadableDocumentError:
        return Guard(policy, "it cannot be read")
    for index, statement in enumerate(body):
        said = effect(statement)
        if said == DENY and not any(covers(one, statement) for one in denied):
            return Guard(policy, f"its statement {label(statement, index)} denies something")
        if said not in (ALLOW, DENY):
            return Guard(policy, f"its statement {label(statement, index)} cannot be read")
    return None
