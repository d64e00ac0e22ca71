# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The permissions part of the plan: our policy written, versioned and attached; foreign ones purged if asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..._policy.canonical import contains
from ..._policy.documents import Json, load, text
from ..._policy.errors import UnreadableDocumentError
from ..._policy.matching import StoredPolicy
from ..._policy.statements import document as new_document
from ..model.operations import (
    POLICY_DESCRIPTION,
    attach_policy,
    create_policy,
    create_policy_version,
    delete_inline_policy,
    delete_policy,
    delete_policy_version,
    detach_policy,
    policy_tags,
    put_inline_policy,
)
from ..model.own_policies import arn_of, own_arns
from ..model.ownership import is_named_for
from ..model.state import EXACT, MANAGED, Desired, Limits, ManagedPolicy, Observed, Operation, OwnPolicy
from ..requirements import questions
from ..requirements.statements import own_statements
from . import policy_parts
from .guards import Guard, guards
from .own_document import OthersStatements, statements_of_others, target_document
from .predict import after

_NOT_NEEDED = "restore_role_arns is short enough for fewer policies"
_FEWER = "custom_permission_sets are small enough for fewer policies"


def operations(observed: Observed, desired: Desired, limits: Limits) -> Iterator[Operation]:
    """What makes the principal hold the permission sets. Nothing if they are granted already and ``match: effect``."""
    reason = why_to_write(observed, desired)
    if desired.policy_type != MANAGED:
        yield from () if reason is None else _inline(observed, desired, reason)
        return
    yield from () if reason is None else _managed(observed, desired, limits, reason)
    for own, stays in _surplus_that_stays(observed, desired):
        if stays.document is not None:
            yield from new_version(
                own.stored, text(stays.document), limits, f"{_not_needed(desired)}; {stays.why}, and is left in place"
            )


def why_to_write(observed: Observed, desired: Desired) -> str | None:
    """The reason why our own policy must be looked at, or None if it can stay as it is."""
    if desired.match == EXACT:
        return "match: exact"
    kept = _kept(observed, desired)
    granted = questions.granted(desired.actions, kept, desired.scope)
    missing = [action for action in desired.actions if action not in granted]
    if missing:
        return f"not granted: {', '.join(missing)}"
    if gone := policy_parts.beyond(kept.own_policies, desired):
        return f"restore_role_arns no longer contains {', '.join(gone[:3])}" + (
            f" and {len(gone) - 3} more" * (len(gone) > 3)
        )
    absent = [
        statement
        for statement in desired.additional_statements
        if not any(_holds(policy, statement) for policy in kept.identity)
    ]
    if absent:
        names = ", ".join(str(statement["Sid"]) for statement in absent)
        return f"additional_statements not found in any policy: {names}"
    if len(kept.own_policies) > 1 and policy_parts.fewer_would_do(kept, desired, own_parts(kept, desired)):
        return _FEWER
    return None


def _not_needed(desired: Desired) -> str:
    return _FEWER if desired.has_custom_sets and not desired.restore_roles else _NOT_NEEDED


def _kept(observed: Observed, desired: Desired) -> Observed:
    """What stays of the principal's policies: with purge_policies only ours do."""
    if not desired.purge_policies:
        return observed
    ours = own_arns(observed, desired)
    return replace(
        observed,
        attached=tuple(p for p in observed.attached if p.arn in ours and desired.policy_type == MANAGED),
        inline=tuple(p for p in observed.inline if p.name == desired.inline_name and desired.policy_type != MANAGED),
    )


def _holds(policy: StoredPolicy, statement: object) -> bool:
    try:
        return contains(load(policy.document), statement)  # type: ignore[arg-type]
    except UnreadableDocumentError:
        return False


def _managed(observed: Observed, desired: Desired, limits: Limits, reason: str) -> Iterator[Operation]:
    # One that gives roles up comes after those that take them: stopped in between, the principal has lost none.
    for part in sorted(own_parts(observed, desired), key=policy_parts.gives_up):
        if part.stored is None:
            document = text(new_document(part.statements))
            yield create_policy(part.arn, document, policy_tags(observed, desired), POLICY_DESCRIPTION, reason)
        else:
            to_write = target_document(
                part.stored.document,
                part.statements,
                desired,
                part.arn,
                managed=True,
                lists=part.lists,
                gone=part.gone,
            )
            if to_write is not None:
                yield from new_version(part.stored, text(to_write), limits, reason)
        if not observed.is_attached(part.arn):
            yield attach_policy(observed, part.arn, f"policy {part.arn} is not attached")


def own_parts(observed: Observed, desired: Desired) -> tuple[policy_parts.Part, ...]:
    """Our policies as they are to be."""
    return policy_parts.parts(observed, desired, arn_of(observed, desired))


def new_version(
    own: ManagedPolicy, document: str, limits: Limits, reason: str, of_version: str = ""
) -> Iterator[Operation]:
    """A new default version. ``of_version``: the reason for deleting the oldest, where there is no room for one more."""
    if len(own.versions) >= limits.versions_per_policy:
        oldest = own.spare_versions[0].version_id
        why = f"the policy has {len(own.versions)} versions, the maximum in IAM; {oldest} is the oldest not in use"
        yield delete_policy_version(own.arn, oldest, of_version or why)
    yield create_policy_version(own.arn, document, reason)


def _inline(observed: Observed, desired: Desired, reason: str) -> Iterator[Operation]:
    stored = next((policy for policy in observed.inline if policy.name == desired.inline_name), None)
    if stored is None:
        document: dict[str, Json] | None = new_document(own_statements(observed, desired))
    else:
        own = own_statements(observed, desired)
        where = f"{desired.inline_name} of {observed.arn}"
        document = target_document(stored.document, own, desired, where, managed=False)
    if document is not None:
        yield put_inline_policy(observed, desired.inline_name, text(document), reason)


def purges(observed: Observed, desired: Desired) -> Iterator[Operation]:
    """With ``purge_policies``: foreign policies detached (never deleted) and foreign inline policies deleted.

    Whatever was asked: parts of ours that hold nothing any more are detached.
    """
    for own in _surplus_that_goes(observed, desired):
        if observed.is_attached(own.arn):
            yield detach_policy(observed, own.arn, _not_needed(desired))
    staying = [guard.policy.name for guard in guarding(observed, desired)]
    yield from (operation for name, operation in _foreign(observed, desired) if name not in staying)


def _foreign(observed: Observed, desired: Desired) -> Iterator[tuple[str, Operation]]:
    """What purge_policies is about, by ARN or name, with the operation that takes it away."""
    kept = _kept(observed, desired)
    for policy in observed.attached:
        if policy not in kept.attached:
            yield policy.arn, detach_policy(observed, policy.arn, f"purge_policies: {policy.arn}")
    for inline in observed.inline:
        if inline not in kept.inline:
            yield inline.name, delete_inline_policy(observed, inline.name, f"purge_policies: {inline.name}")


def guarding(observed: Observed, desired: Desired) -> tuple[Guard, ...]:
    """The policies that purge_policies leaves in place for a Deny in them, unless ``allow_widening`` is set."""
    foreign = dict(_foreign(observed, desired))
    if not foreign or desired.allow_widening:
        return ()
    own = (*(policy.stored for policy in observed.attached), *observed.inline)
    left = after(observed, [*operations(observed, desired, Limits()), *foreign.values()])
    return guards([policy for policy in own if policy.name in foreign], left.identity)


def surplus(observed: Observed, desired: Desired) -> tuple[OwnPolicy, ...]:
    """Parts that are not needed any more, by their names: whose each is tells its use."""
    if not own_arns(observed, desired)[1:]:
        return ()
    written = why_to_write(observed, desired) is not None
    return policy_parts.surplus(observed, desired, own_parts(observed, desired), written=written)


def without_theirs(observed: Observed, desired: Desired) -> Observed:
    """Without those of them that are somebody's: for a policy that need not be written, a name like ours says nothing."""
    theirs = [own.arn for own in surplus(observed, desired) if not is_named_for(observed, own)]
    return replace(observed, own_policies=tuple(own for own in observed.own_policies if own.arn not in theirs))


def _surplus_that_goes(observed: Observed, desired: Desired) -> Iterator[OwnPolicy]:
    for own in surplus(observed, desired):
        if is_named_for(observed, own) and not _others(observed, desired, own).why:
            yield own


def _surplus_that_stays(observed: Observed, desired: Desired) -> Iterator[tuple[OwnPolicy, OthersStatements]]:
    """Parts of ours in which somebody has written: they lose what this collection wrote, and nothing else."""
    for own in surplus(observed, desired):
        others = _others(observed, desired, own)
        if is_named_for(observed, own) and others.why:
            yield own, others


def _others(observed: Observed, desired: Desired, own: OwnPolicy) -> OthersStatements:
    return statements_of_others(own.stored.document, own_statements(observed, desired), desired)


def leftovers(observed: Observed, desired: Desired) -> tuple[str, ...]:
    """What ``present`` has to leave in place, as messages."""
    surplus_ones = [
        f"{own.arn} was neither detached nor deleted: {stays.why}. Move it into another policy{stays.way}"
        for own, stays in _surplus_that_stays(observed, desired)
    ]
    purged = [
        f"{policy.name} was not purged: {why}. Check what it is for, and set allow_widening: true to remove it"
        for policy, why in guarding(observed, desired)
    ]
    return (*surplus_ones, *purged)


def former_beyond(observed: Observed, desired: Desired) -> tuple[tuple[OwnPolicy, tuple[str, ...]], ...]:
    """The former policies that stay attached and list roles which restore_role_arns does not have, with these roles."""
    stays = [policy.arn for policy in _kept(observed, desired).attached]
    former = (own for own in observed.former_policies if own.arn in stays)
    return tuple((own, gone) for own in former if (gone := policy_parts.beyond([own], desired)))


def deletions(observed: Observed, desired: Desired) -> Iterator[Operation]:
    """Those of the surplus parts that this collection created and that nothing else uses."""
    for own in _surplus_that_goes(observed, desired):
        yield from deletion(observed, own.arn, _not_needed(desired))


_ITS_VERSIONS = "IAM deletes a policy only once its other versions are gone"


def deletion(observed: Observed, arn: str, reason: str, of_versions: str = _ITS_VERSIONS) -> Iterator[Operation]:
    """Nothing if there is no such policy of ours, or if it has to stay. ``of_versions``: the reason of each of those."""
    own = observed.own_policy(arn)
    if own is None or not is_named_for(observed, own) or observed.other_uses(own) > 0:
        return
    for version in own.stored.spare_versions:
        yield delete_policy_version(arn, version.version_id, of_versions)
    yield delete_policy(arn, reason)
