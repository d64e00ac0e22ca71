# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies that ``purge_policies`` leaves in place for a Deny in them. Pure.

Whatever the policies that are left allow: the policy of a bucket, a queue, a secret or another role may allow the principal
something by itself, and only such a Deny is in the way (rules 64, 72).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..._policy.documents import load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.matching import StoredPolicy
from ..._policy.statements import DENY, effect, label


class Guard(NamedTuple):
    """A policy, and its statement by Sid or ``#index``; empty where the document cannot be read."""

    policy: StoredPolicy
    statement: str


def guards(going: Iterable[StoredPolicy]) -> tuple[Guard, ...]:
    """Those that have to stay."""
    return tuple(guard for policy in going if (guard := _guard(policy)) is not None)


def _guard(policy: StoredPolicy) -> Guard | None:
    try:
        body = list(statements(load(policy.document)))
    except UnreadableDocumentError:
        return Guard(policy, "")
    # What cannot be read may be a Deny.
    denying = (index for index, statement in enumerate(body) if effect(statement) in (DENY, None))
    index = next(denying, None)
    return None if index is None else Guard(policy, label(body[index], index))
