# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What undoes a run in each part of a principal: attachments, inline policies, trust, boundary, settings, tags. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..._policy.documents import Json, load, statements, text
from ..._policy.three_way import put_back
from ..model.operations import (
    ATTACH_POLICY,
    CREATE_PRINCIPAL,
    DELETE_BOUNDARY,
    DELETE_INLINE_POLICY,
    DELETE_PRINCIPAL,
    DETACH_POLICY,
    PUT_BOUNDARY,
    PUT_INLINE_POLICY,
    TAG,
    UNTAG,
    UPDATE_ROLE,
    UPDATE_TRUST_POLICY,
    Names,
    attach_policy,
    delete_boundary,
    delete_inline_policy,
    detach_policy,
    listed_tags,
    put_boundary,
    put_inline_policy,
    tag,
    untag,
    update_role,
    update_trust_policy,
)
from ..model.state import ROLE, Observed, Operation
from ..records.snapshot import Snapshot
from . import others

REASON = "rollback"


def created_arguments(snapshot: Snapshot) -> dict[str, Json]:
    arguments: dict[str, Json] = {"Path": snapshot.path, "Tags": listed_tags(snapshot.tags)}
    if snapshot.boundary:
        arguments["PermissionsBoundary"] = snapshot.boundary
    if snapshot.kind == ROLE:
        arguments["AssumeRolePolicyDocument"] = _text(snapshot.trust)
        arguments["MaxSessionDuration"] = snapshot.max_session_duration
        if snapshot.description:
            arguments["Description"] = snapshot.description
    return arguments


def _text(document: Any) -> str:
    return document if isinstance(document, str) else text(document)


def touched(snapshot: Snapshot, names: Names, argument: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(made.arguments[argument]) for made in snapshot.of(*names)))


def _touched_inline(snapshot: Snapshot) -> tuple[str, ...]:
    names = (
        *touched(snapshot, PUT_INLINE_POLICY, "PolicyName"),
        *touched(snapshot, DELETE_INLINE_POLICY, "PolicyName"),
    )
    return tuple(dict.fromkeys(names))


def attaches(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    for arn in touched(snapshot, DETACH_POLICY, "PolicyArn"):
        again = others.stands_again(observed, snapshot.history(arn))
        if arn in snapshot.attached and not observed.is_attached(arn) and not again and arn not in observed.unusable:
            yield attach_policy(observed, arn, f"{REASON}: {arn}")


def detaches(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    for arn in touched(snapshot, ATTACH_POLICY, "PolicyArn"):
        is_new = arn not in snapshot.attached or snapshot.history(arn).is_of_the_run
        if is_new and observed.is_attached(arn) and not others.stays_attached(observed, snapshot, arn):
            yield detach_policy(observed, arn, f"{REASON}: {arn}")


def puts_inline(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    for name, documents in inline_documents(observed, snapshot):
        document = put_back(*documents)
        if document is not None:
            yield put_inline_policy(observed, name, _text(document), f"{REASON}: {name}")


def inline_documents(observed: Observed, snapshot: Snapshot) -> Iterator[tuple[str, tuple[object, object, object]]]:
    """Of each inline policy that is to be as it was: what it said before, what the run wrote, and what it says now."""
    deleted = touched(snapshot, DELETE_INLINE_POLICY, "PolicyName")
    for name in _touched_inline(snapshot):
        current = next((policy.document for policy in observed.inline if policy.name == name), None)
        # One that the run wrote and that is gone somebody else has deleted.
        if name not in snapshot.inline or (current is None and name not in deleted):
            continue
        if others.stands_again_inline(observed, snapshot, name):
            continue
        puts = reversed(snapshot.of(*PUT_INLINE_POLICY))
        written = next(
            (made.arguments["PolicyDocument"] for made in puts if made.arguments["PolicyName"] == name), None
        )
        yield name, (snapshot.inline[name], written, current)


def deletes_inline(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    for policy in observed.inline:
        added = others.added_inline(snapshot, policy)
        if added == []:
            yield delete_inline_policy(observed, policy.name, f"{REASON}: {policy.name}")
        elif added and added != statements(load(policy.document)):
            document = text({**load(policy.document), "Statement": added})
            yield put_inline_policy(observed, policy.name, document, f"{REASON}: {policy.name}")


def trust(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    for documents in trust_documents(observed, snapshot):
        document = put_back(*documents)
        if document is not None:
            yield update_trust_policy(observed, _text(document), REASON)


def trust_documents(observed: Observed, snapshot: Snapshot) -> Iterator[tuple[object, object, object]]:
    """As of an inline policy, where the run wrote the trust policy of a role that was there before."""
    written = snapshot.of(UPDATE_TRUST_POLICY)
    if written and snapshot.exists:
        yield snapshot.trust, written[-1].arguments["PolicyDocument"], observed.trust


def sets_boundary(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    put = snapshot.of(*PUT_BOUNDARY)
    left = put[-1].arguments["PermissionsBoundary"] if put else None
    touched = put or snapshot.of(*DELETE_BOUNDARY)
    before = snapshot.boundary
    # Nothing takes the place of one that is gone: what bounds the principal now stays.
    if before is None or before in observed.unusable:
        return
    if touched and before != left and observed.boundary_arn == left:
        yield put_boundary(observed, before, REASON)


def removes_boundary(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    put = snapshot.of(*PUT_BOUNDARY)
    ours = put and observed.boundary_arn == put[-1].arguments["PermissionsBoundary"]
    if ours and snapshot.exists and snapshot.boundary is None:
        yield delete_boundary(observed, REASON)


def settings(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    updates = snapshot.of(UPDATE_ROLE)
    if not updates:
        return
    before: dict[str, Json] = {"Description": snapshot.description, "MaxSessionDuration": snapshot.max_session_duration}
    current: dict[str, Json] = {
        "Description": observed.description,
        "MaxSessionDuration": observed.max_session_duration,
    }
    written = updates[-1].arguments
    back = {key: before[key] if current[key] == written.get(key) else current[key] for key in current}
    if back != current:
        yield update_role(observed, back, REASON)


def tags(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    if not snapshot.exists:
        return
    tagged = [entry for made in snapshot.of(*TAG) for entry in _listed(made.arguments["Tags"])]
    written = {str(entry["Key"]): entry["Value"] for entry in tagged}
    removed = [str(key) for made in snapshot.of(*UNTAG) for key in _listed(made.arguments["TagKeys"])]
    before = {key.lower(): key for key in snapshot.tags}
    added = [key for key, value in written.items() if key.lower() not in before and observed.tags.get(key) == value]
    if added:
        yield untag(observed, added, f"{REASON}: {', '.join(added)}")
    touched = dict.fromkeys(before[key.lower()] for key in (*written, *removed) if key.lower() in before)
    back = {key: snapshot.tags[key] for key in touched if _is_as_written(observed, key, written)}
    if back:
        yield tag(observed, back, f"{REASON}: {', '.join(sorted(back))}")


def _listed(value: Json) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_as_written(observed: Observed, key: str, written: dict[str, Any]) -> bool:
    """Whether the run's value, or the gap that it left, is still there under a tag key in any case."""
    current = {name: value for name, value in observed.tags.items() if name.lower() == key.lower()}
    run = {name: value for name, value in written.items() if name.lower() == key.lower()}
    return current == run


def deleted_by_run(snapshot: Snapshot) -> bool:
    return snapshot.exists and bool(snapshot.of(*DELETE_PRINCIPAL))


def created_here(observed: Observed, snapshot: Snapshot) -> bool:
    return not snapshot.exists and bool(snapshot.of(*CREATE_PRINCIPAL)) and observed.created_here
