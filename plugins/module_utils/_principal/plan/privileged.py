# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nobody new is let into a role that can change IAM: what a change of the trust policy becomes then. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..._policy import trust
from ..._policy.documents import Json, load
from ..._policy.errors import UnreadableDocumentError
from ..._policy.trust import DesiredTrust
from ..._policy.trust_change import TrustChange
from ..._policy.verdicts import Decision
from ..model.state import ROLE, Desired, Observed, PrincipalError
from ..requirements.privileges import privileges
from . import permissions
from .predict import after

_FEW = 3


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
    """What makes the principal more than a restore role, once what is to be purged is gone."""
    return privileges(after(observed, list(permissions.purges(observed, desired))), desired)


def check_creation(future: Observed, desired: Desired) -> None:
    """Raises PrincipalError for a role that would be made with somebody in it and could change IAM."""
    granted = privileges(future, desired) if desired.kind == ROLE and not desired.allow_privileged else ()
    if granted:
        names = ", ".join(decision.requirement for decision in granted[:_FEW])
        more = f" and {len(granted) - _FEW} more" if len(granted) > _FEW else ""
        raise PrincipalError(
            f"{future.arn} does not exist, and what the options grant would let it change IAM ({names}{more}), so that whoever may "
            "assume it could come to do everything in the account. Take that out of additional_statements and "
            "custom_permission_sets, or set allow_privileged: true."
        )


def waits_for_purges(observed: Observed, desired: Desired, change: TrustChange | None) -> bool:
    """Whether somebody new is let in only since the policies that can change IAM go, which then have to go first."""
    if change is None or change.document is None or desired.trust is None or not desired.purge_policies:
        return False
    new = _newcomers(observed, desired.trust, change.document)
    return bool(new) and not desired.allow_privileged and bool(privileges(observed, desired))


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
