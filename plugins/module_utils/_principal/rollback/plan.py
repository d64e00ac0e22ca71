# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan that undoes a run: observed state and snapshot in, ordered operations out. Pure.

What the run changed its journal says, and ``Snapshot.made`` holds. Only that is put back, and only as far as it still is as
the run left it: what somebody else has changed since stays. So a rollback that stops half-way is finished by the next one,
and one of a run that stopped half-way undoes what that had done.

Order as in ``plan``: boundary → what grants → trust → what no longer grants → the rest → the principal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..._permission_sets.catalog import OWNER_TAG_KEY
from ..._policy.canonical import contains
from ..._policy.documents import Json, load, statements, text
from ..._policy.errors import UnreadableDocumentError
from ..._policy.matching import StoredPolicy
from ..._policy.statements import document as new_document
from ..._policy.three_way import put_back, withheld
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
    create_principal,
    delete_boundary,
    delete_inline_policy,
    delete_principal,
    detach_policy,
    listed_tags,
    put_boundary,
    put_inline_policy,
    tag,
    untag,
    update_role,
    update_trust_policy,
)
from ..model.ownership import is_named_for
from ..model.state import ROLE, Limits, ManagedPolicy, Observed, Operation, OwnPolicy
from ..plan.absent import uses
from ..records.snapshot import PolicyHistory, Snapshot
from . import plan_policy

REASON = "rollback"


def operations(observed: Observed, snapshot: Snapshot) -> tuple[Operation, ...]:
    """What brings ``observed`` back to ``snapshot``; empty if nothing of the run is left."""
    return tuple(_operations(prepared(observed, snapshot), snapshot))


def prepared(observed: Observed, snapshot: Snapshot) -> Observed:
    """``observed`` with the documents that the snapshot knows, from which the state after a rollback is predicted."""
    detached = tuple(ManagedPolicy(arn, document) for arn, document in snapshot.documents.items())
    own = tuple(_with_documents(policy, snapshot.history(policy.arn)) for policy in observed.own_policies)
    return replace(observed, own_policies=own, detached=detached)


def _with_documents(own: OwnPolicy, history: PolicyHistory) -> OwnPolicy:
    before = history.before
    if before is None:
        return own
    known = {**history.pruned, before.default_version: before.document}
    versions = tuple(
        version if version.document is not None else replace(version, document=known.get(version.version_id))
        for version in own.stored.versions
    )
    return replace(own, stored=replace(own.stored, versions=versions))


def _operations(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    if not observed.exists:
        yield from _on_policies(plan_policy.revives, observed, snapshot)
        if _deleted_by_run(snapshot):
            yield create_principal(observed, _created(snapshot), f"{REASON}: the run deleted it")
            observed = replace(observed, path=snapshot.path)
            yield from _attach(observed, snapshot)
            yield from _put_inline(observed, snapshot)
        yield from _on_policies(_deletes(snapshot), observed, snapshot)
        return
    yield from _set_boundary(observed, snapshot)
    yield from _on_policies(plan_policy.revives, observed, snapshot)
    attaches, detaches = list(_attach(observed, snapshot)), list(_detach(observed, snapshot))
    # Where the run detached first to make room, so does what undoes it.
    full = len(observed.attached) + len(attaches) > Limits().attached_per_role
    making_room = detaches if attaches and full else []
    yield from (*making_room, *attaches)
    yield from _put_inline(observed, snapshot)
    yield from _trust(observed, snapshot)
    yield from (detach for detach in detaches if detach not in making_room)
    yield from _delete_inline(observed, snapshot)
    yield from _on_policies(_deletes(snapshot), observed, snapshot)
    yield from _remove_boundary(observed, snapshot)
    yield from _settings(observed, snapshot)
    yield from _tags(observed, snapshot)
    if _created_here(observed, snapshot) and not keeps(observed, snapshot):
        yield delete_principal(observed, f"{REASON}: the run created it, and nothing else uses it")


def _on_policies(
    plan: Callable[[Observed, PolicyHistory], Iterator[Operation]], observed: Observed, snapshot: Snapshot
) -> Iterator[Operation]:
    """``plan``: for one policy of ours."""
    for arn in snapshot.policy_arns:
        yield from plan(observed, snapshot.history(arn))


def _deletes(snapshot: Snapshot) -> Callable[[Observed, PolicyHistory], Iterator[Operation]]:
    """Of policies that are attached to the principal only those that are detached before."""
    detached = _touched(snapshot, ATTACH_POLICY, "PolicyArn")

    def plan(observed: Observed, history: PolicyHistory) -> Iterator[Operation]:
        if history.arn in detached or not observed.is_attached(history.arn):
            yield from plan_policy.deletes(observed, history)

    return plan


def _created(snapshot: Snapshot) -> dict[str, Json]:
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


def _touched(snapshot: Snapshot, names: Names, argument: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(made.arguments[argument]) for made in snapshot.of(*names)))


def _touched_inline(snapshot: Snapshot) -> tuple[str, ...]:
    names = (
        *_touched(snapshot, PUT_INLINE_POLICY, "PolicyName"),
        *_touched(snapshot, DELETE_INLINE_POLICY, "PolicyName"),
    )
    return tuple(dict.fromkeys(names))


def _attach(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    for arn in _touched(snapshot, DETACH_POLICY, "PolicyArn"):
        if arn in snapshot.attached and not observed.is_attached(arn):
            yield attach_policy(observed, arn, f"{REASON}: {arn}")


def _detach(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    for arn in _touched(snapshot, ATTACH_POLICY, "PolicyArn"):
        is_new = arn not in snapshot.attached or snapshot.history(arn).is_of_the_run
        if is_new and observed.is_attached(arn):
            yield detach_policy(observed, arn, f"{REASON}: {arn}")


def _put_inline(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    for name, documents in _inline_documents(observed, snapshot):
        document = put_back(*documents)
        if document is not None:
            yield put_inline_policy(observed, name, _text(document), f"{REASON}: {name}")


def _inline_documents(observed: Observed, snapshot: Snapshot) -> Iterator[tuple[str, tuple[object, object, object]]]:
    """Of each inline policy that is to be as it was: what it said before, what the run wrote, and what it says now."""
    deleted = _touched(snapshot, DELETE_INLINE_POLICY, "PolicyName")
    for name in _touched_inline(snapshot):
        current = next((policy.document for policy in observed.inline if policy.name == name), None)
        # One that the run wrote and that is gone somebody else has deleted.
        if name not in snapshot.inline or (current is None and name not in deleted):
            continue
        puts = reversed(snapshot.of(*PUT_INLINE_POLICY))
        written = next(
            (made.arguments["PolicyDocument"] for made in puts if made.arguments["PolicyName"] == name), None
        )
        yield name, (snapshot.inline[name], written, current)


def _delete_inline(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    for policy in observed.inline:
        added = _added_inline(snapshot, policy)
        if added == []:
            yield delete_inline_policy(observed, policy.name, f"{REASON}: {policy.name}")
        elif added and added != statements(load(policy.document)):
            document = text({**load(policy.document), "Statement": added})
            yield put_inline_policy(observed, policy.name, document, f"{REASON}: {policy.name}")


def _added_inline(snapshot: Snapshot, stored: StoredPolicy) -> list[Json] | None:
    """What somebody else has put into an inline policy that the run made; None where it did not, or cannot be told."""
    puts = [made.arguments for made in snapshot.of(*PUT_INLINE_POLICY) if made.arguments["PolicyName"] == stored.name]
    if not puts or stored.name in snapshot.inline:
        return None
    return _added_since([arguments["PolicyDocument"] for arguments in puts], stored.document)


def _added_since(written: Sequence[object], current: object) -> list[Json] | None:
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


def _trust(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    for documents in _trust_documents(observed, snapshot):
        document = put_back(*documents)
        if document is not None:
            yield update_trust_policy(observed, _text(document), REASON)


def _trust_documents(observed: Observed, snapshot: Snapshot) -> Iterator[tuple[object, object, object]]:
    """As of an inline policy, where the run wrote the trust policy of a role that was there before."""
    written = snapshot.of(UPDATE_TRUST_POLICY)
    if written and snapshot.exists:
        yield snapshot.trust, written[-1].arguments["PolicyDocument"], observed.trust


def _set_boundary(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    put = snapshot.of(*PUT_BOUNDARY)
    left = put[-1].arguments["PermissionsBoundary"] if put else None
    touched = put or snapshot.of(*DELETE_BOUNDARY)
    before = snapshot.boundary
    if touched and before is not None and before != left and observed.boundary_arn == left:
        yield put_boundary(observed, before, REASON)


def _remove_boundary(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    put = snapshot.of(*PUT_BOUNDARY)
    ours = put and observed.boundary_arn == put[-1].arguments["PermissionsBoundary"]
    if ours and snapshot.exists and snapshot.boundary is None:
        yield delete_boundary(observed, REASON)


def _settings(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
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


def _tags(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
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


def _deleted_by_run(snapshot: Snapshot) -> bool:
    return snapshot.exists and bool(snapshot.of(*DELETE_PRINCIPAL))


def _created_here(observed: Observed, snapshot: Snapshot) -> bool:
    return not snapshot.exists and bool(snapshot.of(*CREATE_PRINCIPAL)) and observed.created_here


def kept(observed: Observed, snapshot: Snapshot) -> Iterator[str]:
    """What of the run a rollback has to leave, said to the user."""
    reasons = keeps(observed, snapshot)
    if reasons:
        yield f"{observed.arn} was not deleted: {'; '.join(reasons)}"
    if snapshot.exists and not observed.exists and not _deleted_by_run(snapshot):
        yield f"{snapshot.arn} was not created again: it is gone, and the run did not delete it"
    yield from _withheld(observed, snapshot)
    for own in observed.own_policies:
        if own.arn in snapshot.policy_arns and not is_named_for(observed, own):
            yield (
                f"{own.arn} was left in place: its tags do not say that it is this collection's policy for this "
                f"{observed.kind}"
            )


def _withheld(observed: Observed, snapshot: Snapshot) -> Iterator[str]:
    if not observed.exists or not snapshot.exists:
        return
    places = [(f"inline policy {name}", documents) for name, documents in _inline_documents(observed, snapshot)]
    places += [("trust policy", documents) for documents in _trust_documents(observed, snapshot)]
    for where, documents in places:
        for statement in withheld(*documents):
            yield (
                f"statement {statement} of the {where} of {observed.arn} was not put back: after the run somebody, or "
                "a later run, has changed, restricted or removed what allows the same, and this statement would void "
                "that. Review the policy, and add the statement by hand if it is still wanted"
            )


def keeps(observed: Observed, snapshot: Snapshot) -> tuple[str, ...]:
    """Why a principal that the snapshot does not know is not deleted; empty if it is, or if it was there before."""
    if snapshot.exists or not observed.exists:
        return ()
    if not _created_here(observed, snapshot):
        return (f"the run did not create the {observed.kind}, or its tag {OWNER_TAG_KEY} is gone",)
    gone = _touched(snapshot, ATTACH_POLICY, "PolicyArn")
    ours = [policy.name for policy in observed.inline if _added_inline(snapshot, policy) == []]
    reasons = [f"policy {policy.arn} is attached" for policy in observed.attached if policy.arn not in gone]
    reasons += [f"inline policy {policy.name} exists" for policy in observed.inline if policy.name not in ours]
    if observed.kind == ROLE:
        created = [made.arguments.get("AssumeRolePolicyDocument") for made in snapshot.of(*CREATE_PRINCIPAL)]
        theirs = _added_since(created, observed.trust) != []
        reasons += ["its trust policy contains statements that the run did not write"] if theirs else []
    return (*reasons, *uses(observed))
