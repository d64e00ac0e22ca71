# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan that undoes a run: observed state and snapshot in, ordered operations out. Pure.

What the run changed its journal says, and ``Snapshot.made`` holds. Only that is put back, and only as far as it still is as
the run left it: what somebody else has changed since stays. So a rollback that stops half-way is finished by the next one,
and one of a run that stopped half-way undoes what that had done.

Order as in ``plan``: boundary → what grants → trust → what no longer grants → the rest → the principal. A trust policy that gets
tighter goes before what grants, and one that lets somebody in again after what is to be taken from the role.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ..._policy.covers import beyond
from ..model.operations import (
    ATTACH_POLICY,
    CREATE_POLICY,
    create_principal,
    delete_principal,
)
from ..model.state import ROLE, Limits, ManagedPolicy, Observed, Operation, OwnPolicy
from ..plan.predict import after
from ..records.snapshot import PolicyHistory, Snapshot
from ..requirements.privileges import Baseline
from . import guard, left, others, parts, plan_policy
from .guard import Guarded
from .parts import REASON


def guarded(observed: Observed, snapshot: Snapshot, *, allow_privileged: bool) -> Guarded:
    """What brings ``observed`` back to ``snapshot``, and what is withheld of it; empty if nothing of the run is left.

    Raises UnreadableDocumentError for a document of the snapshot that cannot be put back.
    """
    baseline = Baseline(prepared(observed, snapshot))
    return guard.guarded(baseline, snapshot, tuple(_operations(baseline, snapshot)), allow_privileged=allow_privileged)


def to_use(observed: Observed, snapshot: Snapshot) -> tuple[tuple[str, ...], str | None]:
    """The managed policies that would be attached, and the one that would be set as boundary, of which nobody has read what they
    say now, or whether they are still there."""
    known = prepared(observed, snapshot)
    created = [one.target for one in _on_policies(plan_policy.revives, known, snapshot) if one.name == CREATE_POLICY]
    again = not observed.exists and parts.deleted_by_run(snapshot)
    if not observed.exists and not again:
        return (), None
    arns = (str(one.arguments["PolicyArn"]) for one in parts.attaches(known, snapshot))
    unread = tuple(arn for arn in arns if arn not in created and observed.own_policy(arn) is None)
    return unread, snapshot.boundary if again or list(parts.sets_boundary(known, snapshot)) else None


def former_boundary(observed: Observed, snapshot: Snapshot) -> str | None:
    """The boundary of before the run that nobody has read: by what it says the guard tells what the role could do then."""
    arn = snapshot.boundary
    known = arn == observed.boundary_arn or any(policy.arn == arn for policy in observed.boundaries)
    return None if known or not observed.exists or observed.kind != ROLE else arn


def prepared(observed: Observed, snapshot: Snapshot) -> Observed:
    """``observed`` with the documents that the snapshot knows, from which the state after a rollback is predicted."""
    known = {**snapshot.documents} | {policy.arn: policy.document for policy in observed.detached}
    detached = tuple(ManagedPolicy(arn, document) for arn, document in known.items())
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


def _operations(baseline: Baseline, snapshot: Snapshot) -> Iterator[Operation]:
    observed = baseline.observed
    if not observed.exists:
        yield from _on_policies(plan_policy.revives, observed, snapshot)
        if _is_created_again(observed, snapshot):
            yield create_principal(observed, parts.created_arguments(snapshot), f"{REASON}: the run deleted it")
            observed = replace(observed, path=snapshot.path)
            yield from parts.attaches(observed, snapshot)
            yield from parts.puts_inline(observed, snapshot)
        yield from _on_policies(_deletes(snapshot), observed, snapshot)
        return
    yield from _in_order(baseline, snapshot)
    yield from parts.settings(observed, snapshot)
    yield from parts.tags(observed, snapshot)
    if parts.created_here(observed, snapshot) and not left.keeps(observed, snapshot):
        yield delete_principal(observed, f"{REASON}: the run created it, and nothing else uses it")


def _is_created_again(observed: Observed, snapshot: Snapshot) -> bool:
    """Without its boundary it would be wider open than it was."""
    return parts.deleted_by_run(snapshot) and snapshot.boundary not in observed.unusable


def _in_order(baseline: Baseline, snapshot: Snapshot) -> Iterator[Operation]:
    """What bears on who may do what: stopped half-way, the role is no wider open than the worse of before and after."""
    observed = baseline.observed
    boundary, trust = list(parts.sets_boundary(observed, snapshot)), list(parts.trust(observed, snapshot))
    first, late = ([], boundary) if baseline.gained(after(observed, boundary)) else (boundary, [])
    making_room, detaches, attaches = _attachments(observed, snapshot)
    revives = list(_on_policies(plan_policy.revives, observed, snapshot))
    writes = _denying_first(baseline, [*attaches, *parts.puts_inline(observed, snapshot)])
    grants = [*revives, *making_room, *writes]
    takes = [
        *detaches,
        *parts.deletes_inline(observed, snapshot),
        *_on_policies(_deletes(snapshot), observed, snapshot),
    ]
    tightens, opens = _change_of_trust(observed, trust)
    # Whom the trust policy allows again is not to find what only the run's callers had; whom it no longer allows, nothing new.
    if opens and (baseline.privileges if tightens else baseline.privileges_of(after(observed, grants))):
        order = [*first, *grants, *takes, *trust]
        if tightens:
            order = [*first, *making_room, *takes, *trust, *revives, *writes]
    elif tightens:
        # The first boundary of a role only narrows.
        order = [*first, *trust] if observed.boundary_arn is None else [*trust, *first]
        order += [*grants, *takes]
    else:
        order = [*first, *grants, *trust, *takes]
    yield from order
    yield from late
    yield from parts.removes_boundary(observed, snapshot)


def _attachments(observed: Observed, snapshot: Snapshot) -> tuple[list[Operation], list[Operation], list[Operation]]:
    """What is detached to make room, what is detached beside, and what is attached again."""
    attaches, detaches = list(parts.attaches(observed, snapshot)), list(parts.detaches(observed, snapshot))
    # Where the run detached first to make room, so does what undoes it.
    full = len(observed.attached) + len(attaches) > Limits().attached_per_role
    return (detaches, [], attaches) if attaches and full else ([], detaches, attaches)


def _denying_first(baseline: Baseline, writes: list[Operation]) -> list[Operation]:
    """What makes the role able to change IAM comes after what keeps it from that."""
    observed = baseline.observed
    if len(writes) < 2 or observed.kind != ROLE:
        return writes
    return sorted(writes, key=lambda write: bool(baseline.gained(after(observed, [write]))))


def _change_of_trust(observed: Observed, trust: Sequence[Operation]) -> tuple[bool, bool]:
    """Whether somebody may no longer assume the role, and whether somebody may who may not now."""
    if not trust:
        return False, False
    future = after(observed, trust).trust
    return bool(beyond(observed.trust, future, observed.arn)), bool(beyond(future, observed.trust, observed.arn))


def _on_policies(
    plan: Callable[[Observed, PolicyHistory], Iterator[Operation]], observed: Observed, snapshot: Snapshot
) -> Iterator[Operation]:
    """``plan``: for one policy of ours."""
    for arn in snapshot.policy_arns:
        yield from plan(observed, snapshot.history(arn))


def _deletes(snapshot: Snapshot) -> Callable[[Observed, PolicyHistory], Iterator[Operation]]:
    """Of policies that are attached to the principal only those that are detached before, and nothing of somebody's."""
    detached = parts.touched(snapshot, ATTACH_POLICY, "PolicyArn")

    def plan(observed: Observed, history: PolicyHistory) -> Iterator[Operation]:
        if history.is_of_the_run and others.stays_attached(observed, snapshot, history.arn):
            yield from plan_policy.leaves(observed, history, others.added_managed(observed, snapshot, history.arn))
        elif history.arn in detached or not observed.is_attached(history.arn):
            yield from plan_policy.deletes(observed, history)

    return plan
