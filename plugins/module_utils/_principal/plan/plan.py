# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Observed and desired state in, ordered IAM operations out. Pure: what check mode shows is what apply runs.

Order, so that a run that stops half-way leaves the principal no wider open and no less able to restore than the worse
of before and after: boundary (narrows) → permissions → trust (who may assume the role) → purges → boundary removal → the rest.
Why that holds: each operation changes one of the three things that must be right together. Before and after being the
worse of the two, an action that both allow is granted by a policy that stays or by ours, which is there first, and no Deny
is added that the end does not have. Whom the trust policy allows changes in one operation, from one set to the other.
Where somebody new is allowed to assume the role, purges go before the trust policy: nobody gets what was about to be removed.
They go before a boundary that takes another one's place, too, which may leave more of it than that.
Only where a quota leaves no room for our policy beside those to be purged do as many of them as it takes go just before it
is put in place, those first on which a restore depends least.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..._permission_sets.catalog import OWNER_TAG_KEY
from ..._policy import trust as trust_policy
from ..._policy.documents import Json, load, text
from ..._policy.errors import UnreadableDocumentError
from ..._policy.statements import document as new_document
from ..._policy.trust_change import TrustChange, exclusive_trust, merged_trust
from ..model.operations import (
    ATTACH_POLICY,
    ON_MANAGED_POLICY,
    create_principal,
    delete_boundary,
    listed_tags,
    owner_tags,
    put_boundary,
    tag,
    untag,
    update_role,
    update_trust_policy,
)
from ..model.scope import EVERYTHING
from ..model.state import EXACT, ROLE, Desired, Limits, Observed, Operation, PrincipalError
from ..requirements import questions
from . import absent, permissions
from .predict import after
from .privileged import check_gained, guarded, lets_in
from .quotas import violations


def plan(observed: Observed, desired: Desired, limits: Limits) -> tuple[Operation, ...]:
    """The operations that bring ``observed`` to ``desired``; empty if nothing has to change.

    Raises PrincipalError where no plan can be made: another path, an unreadable document that would have to be merged,
    tables, vaults or keys of another account, a role that it would make able to change IAM.
    """
    if observed.exists and desired.path not in (None, observed.path):
        raise PrincipalError(
            f"{observed.arn} exists under the path {observed.path}, not {desired.path}, and IAM cannot move a "
            f"{observed.kind} to another path. Set path: {observed.path}, or another name."
        )
    if not desired.present:
        return tuple(absent.operations(observed, desired))
    questions.check_scope(observed, desired.scope)
    make = _converge if observed.exists else _create
    operations = tuple(make(observed, desired, limits))
    check_gained(observed, operations, desired)
    return operations


def _create(observed: Observed, desired: Desired, limits: Limits) -> Iterator[Operation]:
    future = replace(observed, path=desired.path or "/")
    writes = list(permissions.operations(future, desired, limits))
    before = [write for write in writes if write.name in ON_MANAGED_POLICY]
    yield from before
    arguments: dict[str, Json] = {"Path": future.path, "Tags": listed_tags(owner_tags(desired))}
    if desired.boundary_arn:
        arguments["PermissionsBoundary"] = desired.boundary_arn
    if desired.kind == ROLE:
        arguments |= _role_arguments(future, desired)
    yield create_principal(future, arguments, f"the {desired.kind} does not exist")
    yield from (write for write in writes if write not in before)


def _role_arguments(future: Observed, desired: Desired) -> dict[str, Json]:
    if desired.trust is None or not desired.trust.has_principals:
        raise PrincipalError(
            f"{future.arn} does not exist, and without appliance_principals or service_principals it would have an "
            "empty trust policy, which IAM does not accept. Set at least one of them."
        )
    own = desired.trust.own(future.account.account_id)
    arguments: dict[str, Json] = {"AssumeRolePolicyDocument": text(new_document(own))}
    if desired.description is not None:
        arguments["Description"] = desired.description
    if desired.max_session_duration is not None:
        arguments["MaxSessionDuration"] = desired.max_session_duration
    return arguments


def _converge(observed: Observed, desired: Desired, limits: Limits) -> Iterator[Operation]:
    change = trust_change(observed, desired)
    trust, tags = list(_trust(observed, desired, change)), list(_tags(observed, desired))
    # What a policy allows may depend on the role's tags, which are those that this run leaves.
    writes = list(permissions.operations(after(observed, [*trust, *tags]), desired, limits))
    purges, boundary = list(permissions.purges(observed, desired)), list(_boundary(observed, desired))
    making_room = _making_room(observed, desired, writes, purges, limits)
    # Another one may leave more of what is to be purged than the one before: it has to wait until that is gone.
    bounded_late = observed.boundary_arn is not None and bool(purges)
    yield from () if bounded_late else boundary
    # As late as it can: a restore may depend on what goes.
    first = next((at for at, write in enumerate(writes) if write.name in ATTACH_POLICY), 0)
    yield from (*writes[:first], *making_room, *writes[first:])
    going = [*(purge for purge in purges if purge not in making_room), *(boundary if bounded_late else ())]
    # Whoever is new is let in once that is gone: stopped in between, nobody holds more than before, or than in the end.
    let_in_late = bool(going and trust) and lets_in(observed, desired, change)
    yield from (*going, *trust) if let_in_late else (*trust, *going)
    yield from permissions.deletions(observed, desired)
    if desired.boundary_arn == "" and observed.boundary_arn is not None:
        reason = f"{observed.boundary_arn} is set, but permissions_boundary is empty"
        yield delete_boundary(observed, reason)
    yield from _settings(observed, desired)
    yield from tags


def _boundary(observed: Observed, desired: Desired) -> Iterator[Operation]:
    if desired.boundary_arn and desired.boundary_arn != observed.boundary_arn:
        reason = f"the permissions boundary is {observed.boundary_arn or 'not set'}"
        yield put_boundary(observed, desired.boundary_arn, reason)


def _making_room(
    observed: Observed, desired: Desired, writes: list[Operation], purges: list[Operation], limits: Limits
) -> list[Operation]:
    """The fewest of ``purges`` that have to go before ours fits beside the rest."""
    if not purges or not violations(after(observed, writes), tuple(writes), limits):
        return []
    # One that takes much of what a restore needs away, taken alone, goes late.
    ordered = sorted(purges, key=lambda purge: -_granted(after(observed, [purge]), desired))
    for count in range(1, len(ordered) + 1):
        if _fits(observed, ordered[:count], writes, limits):
            return _without_those_that_make_none(observed, ordered[:count], writes, limits)
    return ordered


def _fits(observed: Observed, gone: Sequence[Operation], writes: Sequence[Operation], limits: Limits) -> bool:
    operations = (*gone, *writes)
    return not violations(after(observed, operations), operations, limits)


def _without_those_that_make_none(
    observed: Observed, gone: list[Operation], writes: Sequence[Operation], limits: Limits
) -> list[Operation]:
    """A purge may come early and make no room at all, as a managed policy makes none for an inline one."""
    for purge in reversed(gone):
        rest = [other for other in gone if other is not purge]
        if _fits(observed, rest, writes, limits):
            gone = rest
    return gone


def _granted(observed: Observed, desired: Desired) -> int:
    return len(questions.granted(desired.actions, observed, EVERYTHING))


def _trust(observed: Observed, desired: Desired, change: TrustChange | None) -> Iterator[Operation]:
    if change is not None and change.document is not None:
        reason = _why_trust(observed, desired, change)
        yield update_trust_policy(observed, text(change.document), reason)


def trust_change(observed: Observed, desired: Desired) -> TrustChange | None:
    """What the trust policy needs, and what is in the way; None where nothing is asked of it. Raises PrincipalError."""
    wanted = desired.trust
    if wanted is None or not wanted.has_principals or not desired.present or not observed.exists:
        return None
    try:
        document = load(observed.trust)
    except UnreadableDocumentError as error:
        if desired.purge_trust:
            change = exclusive_trust(None, wanted, observed.arn, allow_widening=desired.allow_widening)
            return guarded(change, observed, desired, lambda _fewer: change)
        raise PrincipalError(
            f"The trust policy of {observed.arn} cannot be read ({error}), so nothing can be merged into it and "
            "nothing was changed. Fix it manually, or set purge_trust: true and allow_widening: true to replace it as a whole."
        ) from error

    def of(principals: trust_policy.DesiredTrust) -> TrustChange:
        if desired.purge_trust:
            return exclusive_trust(document, principals, observed.arn, allow_widening=desired.allow_widening)
        exact = desired.match == EXACT
        return merged_trust(document, principals, observed.arn, exact=exact, allow_widening=desired.allow_widening)

    return guarded(of(wanted), observed, desired, of)


def _why_trust(observed: Observed, desired: Desired, change: TrustChange) -> str:
    if desired.purge_trust:
        return "purge_trust: the trust policy does not contain exactly the required statements"
    decisions = trust_policy.decide(observed.trust, desired.trust, observed.arn) if desired.trust else ()
    unmet = [decision for decision in decisions if not decision.settled]
    reasons = [f"{decision.requirement} ({decision.subject}): {decision.reason}" for decision in unmet]
    return "; ".join(reasons) or _why_as_we_write_it(change.sids, desired)


def _why_as_we_write_it(sids: Sequence[str], desired: Desired) -> str:
    names = ", ".join(sids)
    if desired.match == EXACT:
        return f"match: exact requires {names} as this collection writes it"
    return f"{names} allows more than appliance_external_id or backup_source_account_condition permits"


def _settings(observed: Observed, desired: Desired) -> Iterator[Operation]:
    if observed.kind != ROLE:
        return
    current: dict[str, Json] = {
        "Description": observed.description,
        "MaxSessionDuration": observed.max_session_duration,
    }
    asked = {"Description": desired.description, "MaxSessionDuration": desired.max_session_duration}
    changes = {key: value for key, value in asked.items() if value not in (None, current[key])}
    if changes:
        reason = "differs from the options: " + ", ".join(changes)
        yield update_role(observed, {**current, **changes}, reason)


def _tags(observed: Observed, desired: Desired) -> Iterator[Operation]:
    if desired.tags is None:
        return
    # IAM keeps the case of the tag keys of roles and users, but does not tell keys apart by it.
    asked = {key.lower() for key in desired.tags}
    # The owner's mark is what lets `state: absent` delete the principal; aws: tags belong to AWS.
    stale = [key for key in sorted(observed.tags) if key.lower() not in asked and not _reserved(key.lower())]
    if desired.purge_tags and stale:
        yield untag(observed, stale, "purge_tags: " + ", ".join(stale))
    new = {key: value for key, value in desired.tags.items() if _tag(observed, key) != value}
    if new:
        yield tag(observed, new, "tags differ: " + ", ".join(sorted(new)))


def _tag(observed: Observed, key: str) -> str | None:
    folded = {present.lower(): value for present, value in observed.tags.items()}
    return observed.tags.get(key, folded.get(key.lower()))


def _reserved(key: str) -> bool:
    return key == OWNER_TAG_KEY or key.startswith("aws:")
