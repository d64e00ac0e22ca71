# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a run a rollback has to leave as it is, as messages. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._permission_sets.catalog import OWNER_TAG_KEY
from ..._policy.three_way import withheld
from ..model.operations import ATTACH_POLICY, CREATE_PRINCIPAL
from ..model.ownership import is_named_for
from ..model.state import ROLE, Observed
from ..plan.absent import uses
from ..plan.ownership import used_by
from ..records.snapshot import Snapshot
from . import others, parts


def kept(observed: Observed, snapshot: Snapshot) -> Iterator[str]:
    """What of the run a rollback has to leave, said to the user."""
    reasons = keeps(observed, snapshot)
    if reasons:
        yield f"{observed.arn} was not deleted: {'; '.join(reasons)}"
    if snapshot.exists and not observed.exists and not parts.deleted_by_run(snapshot):
        yield f"{snapshot.arn} was not created again: it is gone, and the run did not delete it"
    yield from _unusable(observed, snapshot)
    yield from _withheld(observed, snapshot)
    yield from _standing_again(observed, snapshot)
    yield from _theirs(observed, snapshot)
    yield from _used_elsewhere(observed, snapshot)
    for own in observed.own_policies:
        if own.arn in snapshot.policy_arns and not is_named_for(observed, own):
            yield (
                f"{own.arn} was left in place: its tags do not say that it is this collection's policy for this "
                f"{observed.kind}"
            )


def _unusable(observed: Observed, snapshot: Snapshot) -> Iterator[str]:
    """What would be put back, and nobody can attach any more."""
    for arn in observed.unusable:
        gone = "that policy does not exist any more, or AWS does not let it be attached"
        if arn in snapshot.attached and not observed.is_attached(arn):
            yield (
                f"{arn} was not attached to {snapshot.arn} again: {gone}. Attach what has taken its place manually, if it is "
                "still needed"
            )
        if arn == snapshot.boundary and observed.exists:
            stays = f"{observed.boundary_arn} stays" if observed.boundary_arn else "there is still none"
            yield (
                f"the permissions boundary {arn} of {observed.arn} was not set again: {gone}, so {stays}. Create that policy "
                "again and roll back again, or set another boundary manually"
            )
        elif arn == snapshot.boundary:
            yield (
                f"{snapshot.arn} was not created again: its permissions boundary was {arn}, and {gone}. Create that policy "
                "again and roll back again"
            )


def _standing_again(observed: Observed, snapshot: Snapshot) -> Iterator[str]:
    """What the run deleted, and somebody has created anew in another form."""
    again = [
        f"inline policy {name} of {observed.arn}"
        for name in snapshot.inline
        if others.stands_again_inline(observed, snapshot, name)
    ]
    again += [arn for arn in snapshot.policy_arns if others.stands_again(observed, snapshot.history(arn))]
    for what in again:
        yield (
            f"{what} was not put back: the run deleted it, and somebody, or a later run, has created it anew with other "
            "content since. Review it, and add manually what is still missing"
        )


def _theirs(observed: Observed, snapshot: Snapshot) -> Iterator[str]:
    """The policies of the run's that stay for what somebody has put into them."""
    attached = parts.touched(snapshot, ATTACH_POLICY, "PolicyArn")
    for arn in dict.fromkeys((*snapshot.policy_arns, *attached)):
        own, of_the_run = observed.own_policy(arn), snapshot.history(arn).is_of_the_run
        there = own is not None or observed.is_attached(arn)
        touched = of_the_run or (arn in attached and observed.is_attached(arn))
        if not there or not touched or not others.stays_attached(observed, snapshot, arn):
            continue
        added = others.added_managed(observed, snapshot, arn)
        cause = (
            "it cannot be read"
            if added is None
            else "somebody, or a later run, has put statements into it since the run"
        )
        is_alone = own is not None and is_named_for(observed, own) and observed.other_uses(own) <= 0
        rest = "Of what the run wrote nothing is left in force in it. " if of_the_run and added and is_alone else ""
        what = "neither detached nor deleted" if of_the_run else "not detached"
        yield f"{arn} was {what}: {cause}. {rest}Review it, and remove it manually if it is no longer needed"


def _used_elsewhere(observed: Observed, snapshot: Snapshot) -> Iterator[str]:
    """The policies of the run's that somebody else has come to use, and that are at most detached."""
    for own in observed.own_policies:
        is_shared = snapshot.history(own.arn).is_of_the_run and observed.other_uses(own) > 0
        if is_shared and is_named_for(observed, own) and not others.stays_attached(observed, snapshot, own.arn):
            yield (
                f"{own.arn} was not deleted: {used_by(observed, own, ())}, which would lose it. Where it is no longer needed, "
                "detach it there or set another permissions boundary, and roll back again"
            )


def _withheld(observed: Observed, snapshot: Snapshot) -> Iterator[str]:
    if not observed.exists or not snapshot.exists:
        return
    places = [(f"inline policy {name}", documents) for name, documents in parts.inline_documents(observed, snapshot)]
    places += [("trust policy", documents) for documents in parts.trust_documents(observed, snapshot)]
    for where, documents in places:
        for statement in withheld(*documents):
            yield (
                f"statement {statement} of the {where} of {observed.arn} was not put back: after the run somebody, or "
                "a later run, has changed, restricted or removed what allows the same, and this statement would void "
                "that. Review the policy, and add the statement manually if it is still wanted"
            )


def keeps(observed: Observed, snapshot: Snapshot) -> tuple[str, ...]:
    """Why a principal that the snapshot does not know is not deleted; empty if it is, or if it was there before."""
    if snapshot.exists or not observed.exists:
        return ()
    if not parts.created_here(observed, snapshot):
        return (f"the run did not create the {observed.kind}, or its tag {OWNER_TAG_KEY} is gone",)
    attached = parts.touched(snapshot, ATTACH_POLICY, "PolicyArn")
    gone = [arn for arn in attached if not others.stays_attached(observed, snapshot, arn)]
    ours = [policy.name for policy in observed.inline if others.added_inline(snapshot, policy) == []]
    reasons = [f"policy {policy.arn} is attached" for policy in observed.attached if policy.arn not in gone]
    reasons += [f"inline policy {policy.name} exists" for policy in observed.inline if policy.name not in ours]
    if observed.kind == ROLE:
        created = [made.arguments.get("AssumeRolePolicyDocument") for made in snapshot.of(*CREATE_PRINCIPAL)]
        theirs = others.added_since(created, observed.trust) != []
        reasons += ["its trust policy contains statements that the run did not write"] if theirs else []
    return (*reasons, *uses(observed))
