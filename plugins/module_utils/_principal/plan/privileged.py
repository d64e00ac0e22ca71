# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No run makes a role that can change IAM, or lets somebody new into one: what a plan, or its trust policy, becomes then. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..._permission_sets.catalog import PERMISSION_SETS
from ..._policy import trust
from ..._policy.documents import Json, as_list, load
from ..._policy.errors import UnreadableDocumentError
from ..._policy.trust import DesiredTrust
from ..._policy.trust_change import TrustChange
from ..._policy.verdicts import Decision
from ..model.state import ROLE, Desired, Limits, Observed, Operation, PrincipalError
from ..requirements.privileges import gained, privileges
from ..requirements.statements import own_statements
from . import permissions
from .predict import after

_FEW = 3
_OF_SETS = {action for permission_set in PERMISSION_SETS.values() for action in permission_set.actions}


def guarded(
    change: TrustChange, observed: Observed, desired: Desired, again: Callable[[DesiredTrust], TrustChange]
) -> TrustChange:
    """``change``, or without those whom it would let in. ``again``: the change for fewer principals."""
    if change.document is None or desired.trust is None or desired.allow_privileged:
        return change
    new = _newcomers(observed, desired.trust, change.document)
    if not new or not held(observed, desired):
        return change
    left = _without(desired.trust, new)
    # A policy that is to hold nobody else would lock everybody out of whom it is asked to let in.
    rest = again(left) if left.has_principals and not desired.purge_trust else TrustChange(None)
    return replace(rest, restrictions=change.restrictions, newcomers=new)


def held(observed: Observed, desired: Desired) -> tuple[Decision, ...]:
    """What makes the principal more than a restore role, once the plan has written, attached, purged and bounded."""
    return privileges(_planned(observed, desired))


def _planned(observed: Observed, desired: Desired) -> Observed:
    """The principal as the plan leaves it, but for its trust. Raises PrincipalError."""
    # A quota does not decide what is written.
    writes = [*permissions.operations(observed, desired, Limits()), *permissions.purges(observed, desired)]
    return desired.bounded(after(observed, writes))


def check_gained(observed: Observed, operations: Sequence[Operation], desired: Desired) -> None:
    """Raises PrincipalError for a role that ``operations`` make able to change IAM: whoever it lets in then could.

    One that was able to before stays as it is. No role is without somebody who may assume it: IAM takes no empty trust policy.
    """
    if desired.kind != ROLE or desired.allow_privileged:
        return
    can = gained(observed, after(observed, operations))
    if can:
        raise PrincipalError(_why_refused(observed, can, desired))


def _why_refused(observed: Observed, can: Sequence[Decision], desired: Desired) -> str:
    first, names = can[0], ", ".join(decision.requirement for decision in can[:_FEW])
    more = f" and {len(can) - _FEW} more" if len(can) > _FEW else ""
    by_options = not _gains(observed, _without_the_users_own(desired))
    found = "cannot change IAM so far" if observed.exists else "does not exist"
    cause = "what the options grant" if by_options else "what this run would do"
    ways = [*_ways(observed, first, desired, by_options=by_options), "set allow_privileged: true"]
    return (
        f"{observed.arn} {found}, and {cause} would allow it to change IAM ({names}{more}), by statement "
        f"{first.statement} of the policy {first.policy}. Whoever may assume it could then gain full control of the "
        "account. Nothing was changed. To continue, "
        f"{', or '.join((', '.join(ways[:-1]), ways[-1]) if ways[:-1] else ways)}."
    )


def _ways(observed: Observed, first: Decision, desired: Desired, *, by_options: bool) -> list[str]:
    """Those that help, each by itself."""
    ways = ["remove that from additional_statements and custom_permission_sets"] if by_options else []
    if desired.boundary_arn is not None and not _gains(observed, replace(desired, boundary_arn=None)):
        ways.append("do not set permissions_boundary")
    if desired.purge_policies and not _gains(observed, replace(desired, purge_policies=False)):
        ways.append("do not set purge_policies")
    ours = {str(one["Sid"]) for one in own_statements(observed, desired)}
    if not ways and observed.own_policy(first.policy) is not None and first.statement not in ours:
        ways += [f"remove statement {first.statement} from that policy manually", "set another policy_name"]
    return ways


def _gains(observed: Observed, desired: Desired) -> bool:
    try:
        return bool(gained(observed, _planned(observed, desired)))
    except PrincipalError:
        return True


def _without_the_users_own(desired: Desired) -> Desired:
    """With nothing but permission sets of this collection."""
    statements = tuple(one for one in desired.statements if set(as_list(one["Action"])) <= _OF_SETS)
    return replace(desired, additional_statements=(), statements=statements)


def lets_in(observed: Observed, desired: Desired, change: TrustChange | None) -> bool:
    """Whether somebody whom the options ask for may assume the role by ``change`` and could not before."""
    if change is None or change.document is None or desired.trust is None:
        return False
    return bool(_newcomers(observed, desired.trust, change.document))


def _without(wanted: DesiredTrust, new: tuple[str, ...]) -> DesiredTrust:
    # Where a service has a statement of its own, the others' would get its Sid.
    services = () if wanted.pinned in new else tuple(who for who in wanted.services if who not in new)
    return replace(
        wanted,
        appliance=tuple(who for who in wanted.appliance if who not in new),
        services=services,
        pinned=wanted.pinned if services else "",
    )


def _newcomers(observed: Observed, wanted: DesiredTrust, document: Mapping[str, Json]) -> tuple[str, ...]:
    """Who could not assume the role as asked for, and can by ``document``; also where only somebody's Deny is in the way."""
    asked = (*wanted.appliance, *wanted.services)

    def allowed(stored: object) -> set[str]:
        decisions = trust.decide(stored, wanted, observed.arn)
        return {who for who, decision in zip(asked, decisions, strict=True) if decision.settled}

    let_in = allowed(document) - allowed(observed.trust)
    let_in |= allowed(trust.allows_only(document)) - allowed(_allows_only(observed.trust))
    return tuple(who for who in asked if who in let_in)


def _allows_only(stored: object) -> object:
    try:
        return trust.allows_only(load(stored))
    except UnreadableDocumentError:
        return stored
