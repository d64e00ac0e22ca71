# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies that ``purge_policies`` leaves in place: a Deny in them refuses what the policies that are left would allow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..._policy.alike import alike
from ..._policy.documents import Json, load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.matching import StoredPolicy
from ..._policy.statements import DENY, effect, is_allow, label


class Guard(NamedTuple):
    """A policy, and its statement by Sid or ``#index``; empty where the document cannot be read."""

    policy: StoredPolicy
    statement: str


def guards(going: Sequence[StoredPolicy], left: Sequence[StoredPolicy]) -> tuple[Guard, ...]:
    """Those of ``going`` that have to stay. ``left``: the policies without them. What stays may itself allow something."""
    staying: list[Guard] = []
    allowing = [statement for policy in left for statement in _allows(policy)]
    while True:
        rest = [policy for policy in going if policy not in [guard.policy for guard in staying]]
        found = [guard for policy in rest if (guard := _guard(policy, allowing)) is not None]
        if not found:
            return tuple(staying)
        staying += found
        allowing += [statement for guard in found for statement in _allows(guard.policy)]


def _guard(policy: StoredPolicy, allowing: Sequence[Json]) -> Guard | None:
    try:
        body = list(statements(load(policy.document)))
    except UnreadableDocumentError:
        return Guard(policy, "")
    for index, statement in enumerate(body):
        # What cannot be read may be a Deny.
        denies = effect(statement) in (DENY, None)
        if denies and any(alike(statement, other) for other in allowing):
            return Guard(policy, label(statement, index))
    return None


def _allows(policy: StoredPolicy) -> list[Json]:
    try:
        # Which statements an unreadable one has nobody can say; nothing is allowed by it.
        return [statement for statement in statements(load(policy.document)) if is_allow(statement)]
    except UnreadableDocumentError:
        return []
