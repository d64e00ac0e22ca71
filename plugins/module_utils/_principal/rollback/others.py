# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody else has put, since the run, into the policies that the run made: it stays in force. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..._policy.canonical import contains
from ..._policy.documents import Json, load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.matching import StoredPolicy
from ..._policy.statements import document as new_document
from ..._policy.statements import is_allow
from ..._policy.three_way import is_same
from ..model.operations import (
    CREATE_POLICY,
    CREATE_POLICY_VERSION,
    DELETE_INLINE_POLICY,
    DELETE_POLICY,
    PUT_INLINE_POLICY,
)
from ..model.state import Observed
from ..records.snapshot import PolicyHistory, Snapshot


def added_inline(snapshot: Snapshot, stored: StoredPolicy) -> list[Json] | None:
    """What somebody else has put into an inline policy that the run made; None where it did not, or cannot be told."""
    puts = [made.arguments for made in snapshot.of(*PUT_INLINE_POLICY) if made.arguments["PolicyName"] == stored.name]
    if not puts or stored.name in snapshot.inline:
        return None
    return added_since([arguments["PolicyDocument"] for arguments in puts], stored.document)


def added_since(written: Sequence[object], current: object) -> list[Json] | None:
    """The statements of ``current`` that none of the documents ``written`` says; None where that cannot be told."""
    try:
        body = [statement for document in written for statement in statements(load(document))]
        ours = new_document([statement for statement in body if isinstance(statement, dict)])
        return [
            statement
            for statement in statements(load(current))
            if not (isinstance(statement, dict) and contains(ours, statement))
        ]
    except UnreadableDocumentError:
        return None


def stands_again_inline(observed: Observed, snapshot: Snapshot, name: str) -> bool:
    """Whether somebody has created an inline policy that the run deleted anew, and says something else in it."""
    current = next((policy.document for policy in observed.inline if policy.name == name), None)
    made = [
        one for one in snapshot.of(*PUT_INLINE_POLICY, *DELETE_INLINE_POLICY) if one.arguments["PolicyName"] == name
    ]
    if current is None or not made or made[-1].name not in DELETE_INLINE_POLICY or name not in snapshot.inline:
        return False
    return not is_same(snapshot.inline[name], current)


def stands_again(observed: Observed, history: PolicyHistory) -> bool:
    """Whether somebody has created a managed policy of ours that the run deleted anew, and says something else in it."""
    own, before = observed.own_policy(history.arn), history.before
    if own is None or before is None or not history.of(DELETE_POLICY):
        return False
    # What an earlier rollback began to create again says what one of its versions said.
    writes = history.of(CREATE_POLICY, CREATE_POLICY_VERSION)
    known = [before.document, *history.pruned.values(), *(made.arguments["PolicyDocument"] for made in writes)]
    return not any(is_same(document, own.stored.document) for document in known)


def added_managed(observed: Observed, snapshot: Snapshot, arn: str) -> list[Json] | None:
    """What somebody else has put into a managed policy that the run wrote or attached; None where that cannot be told.

    Only what is in force counts: the version that is the default.
    """
    own = observed.own_policy(arn)
    stored = own.stored if own else next((policy for policy in observed.attached if policy.arn == arn), None)
    history = snapshot.history(arn)
    known = [made.arguments["PolicyDocument"] for made in history.of(CREATE_POLICY, CREATE_POLICY_VERSION)]
    if history.before is not None and not history.is_of_the_run:
        known.append(history.before.document)
    # Of what was neither there before nor written nobody knows what it said.
    return added_since(known, stored.document) if stored is not None and known else []


def stays_attached(observed: Observed, snapshot: Snapshot, arn: str) -> bool:
    """Whether a policy that the run attached stays, for what somebody has put into it.

    One that was there before the run stays only for what may refuse something: detached, it would be missed.
    """
    added = added_managed(observed, snapshot, arn)
    if added is None or snapshot.history(arn).is_of_the_run:
        return added != []
    return not all(map(is_allow, added))
