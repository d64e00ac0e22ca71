# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a managed policy is ours to write: its tags say so and name this principal. Pure.

A policy with the tag of earlier versions of this collection, which names nobody, is that of the one principal that uses it, and
is tagged at the next write. What a policy says is written only while nobody else uses it, whomever its tags name: tags stay
when somebody attaches it to another principal, or makes it a permissions boundary.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count

from ..._permission_sets.catalog import OWNER_TAG_KEY, PRINCIPAL_TAG_KEY
from ..model.operations import (
    ATTACH_POLICY,
    CREATE_POLICY,
    CREATE_POLICY_VERSION,
    DELETE_POLICY_VERSION,
    ON_MANAGED_POLICY,
    SET_DEFAULT_POLICY_VERSION,
    tag_policy,
)
from ..model.own_policies import derived_name, number_of
from ..model.ownership import is_named_for, mark, names_in, names_nobody_else, whose
from ..model.state import Desired, Observed, Operation, OwnPolicy
from ..model.tags import values_of

_WRITES = frozenset({*ON_MANAGED_POLICY, *ATTACH_POLICY})
_OF_CONTENT = frozenset({CREATE_POLICY_VERSION, DELETE_POLICY_VERSION, SET_DEFAULT_POLICY_VERSION})
_FEW = 3


def written(observed: Observed, operations: Sequence[Operation]) -> tuple[OwnPolicy, ...]:
    """The policies under our name that are there and that ``operations`` write to or attach."""
    created = {operation.target for operation in operations if operation.name == CREATE_POLICY}
    arns = {str(operation.arguments.get("PolicyArn")) for operation in operations if operation.name in _WRITES}
    return tuple(own for own in observed.own_policies if own.arn in arns - created)


def rewritten(operations: Sequence[Operation]) -> frozenset[str]:
    """The ARNs of those whose content ``operations`` change, and with it what everybody may do who uses them."""
    return frozenset(str(made.arguments["PolicyArn"]) for made in operations if made.name in _OF_CONTENT)


def not_ours(observed: Observed, desired: Desired, arn: str, content: Collection[str] = ()) -> OwnPolicy | None:
    """The policy if it is somebody else's. Its use is known. ``content``: the ARNs of those whose content is to change."""
    own = observed.own_policy(arn)
    if own is None:
        return None
    shared = arn in content and observed.other_uses(own) > 0
    return own if shared or not _is_ours(observed, desired, own) else None


def _is_ours(observed: Observed, desired: Desired, own: OwnPolicy) -> bool:
    if _is_marked(observed, own):
        return True
    may_be = own.created_here or (desired.adopt_policy and _is_unmarked(own))
    return may_be and names_nobody_else(observed, own) and observed.other_uses(own) == 0


def _is_marked(observed: Observed, own: OwnPolicy) -> bool:
    return own.created_here and whose(own) == mark(observed)[PRINCIPAL_TAG_KEY].lower()


def _is_unmarked(own: OwnPolicy) -> bool:
    # A tag that says that somebody else made it would stand beside ours, under a key in another case.
    return own.use is not None and not values_of(own.use.tags, OWNER_TAG_KEY)


def with_marks(observed: Observed, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """``operations``, each policy of ours that does not name its principal yet tagged before it is written."""
    result: list[Operation] = []
    left = [own.arn for own in written(observed, operations) if not _is_marked(observed, own)]
    for operation in operations:
        arn = str(operation.arguments.get("PolicyArn", ""))
        if arn in left and operation.name in _WRITES:
            left.remove(arn)
            result.append(tag_policy(arn, mark(observed), "its tags do not yet say whose policy it is"))
        result.append(operation)
    return tuple(result)


def message(
    observed: Observed, desired: Desired, own: OwnPolicy, users: Sequence[str], taken: Collection[str] | None
) -> str:
    """Why nothing was written. ``users``: of the policy, where anybody else uses it and they are known. ``taken``: the names
    of the account's policies, None where they are not known."""
    facts = [] if names_nobody_else(observed, own) else [f"its tag {PRINCIPAL_TAG_KEY} names {names_in(own)}"]
    facts += [] if own.created_here else ["it has no tag of this collection"]
    facts += [used_by(observed, own, users)] if observed.other_uses(own) else []
    whose_it_is = (
        "it is not this collection's policy for this"
        if not _is_marked(observed, own)
        else "it is not used only by this"
    )
    return (
        f"Account {observed.account.account_id}, {observed.arn}: policy {own.arn} would be written, and "
        f"{whose_it_is} {observed.kind}: {'; '.join(facts)}. Nothing was changed. To continue, "
        f"{_ways(observed, desired, own, taken)}."
    )


def used_by(observed: Observed, own: OwnPolicy, users: Sequence[str]) -> str:
    """Who uses it beside this principal, or how many where that is not known."""
    number, names = observed.other_uses(own), ", ".join(others(observed, users))
    return f"it is used by {names or (f'{number} others' if number > 1 else 'another')}"


def others(observed: Observed, users: Sequence[str]) -> list[str]:
    """Those of ``users`` who are somebody else."""
    mine = f"{observed.kind}/{observed.name}".lower()
    return [user for user in users if user.lower() != mine]


def _ways(observed: Observed, desired: Desired, own: OwnPolicy, taken: Collection[str] | None) -> str:
    shared = observed.other_uses(own) > 0
    ways = f"set policy_name{_another(observed, taken)}"
    if shared and is_named_for(observed, own):
        # What it grants to this principal would go on being granted.
        ways += f" and detach this one from this {observed.kind} manually" if observed.is_attached(own.arn) else ""
        ways += ", or remove its other uses manually and run again"
    if not shared and _is_unmarked(own) and names_nobody_else(observed, own):
        ways += ", or adopt_policy: true to take this one over"
    return ways


def _another(observed: Observed, taken: Collection[str] | None) -> str:
    """A name that no policy has, nor any of the further parts that a policy of this name may come to have."""
    if taken is None:
        return " to a name that no policy of the account uses"
    derived = derived_name(observed.kind, observed.name)
    names = (derived if number == 1 else f"{derived}-{number}" for number in count(1))
    return ": " + next(name for name in names if not any(number_of(other, name) for other in taken))


def beyond_message(observed: Observed, own: OwnPolicy, roles: Sequence[str], users: Sequence[str]) -> str:
    """Why a shorter restore_role_arns takes nothing back: ``own``, of the former name, lists ``roles`` and is not rewritten."""
    others, more = observed.other_uses(own) > 0, len(roles) - _FEW
    why = used_by(observed, own, users) if others else "this collection now manages another policy for it"
    ways = f"detach it from this {observed.kind} manually and run again"
    if others and not observed.own_policies:
        ways = f"detach it from the others or from this {observed.kind} manually, then run again"
    return (
        f"Account {observed.account.account_id}, {observed.arn}: policy {own.arn} allows "
        f"{', '.join(roles[:_FEW])}{f' and {more} more' if more > 0 else ''}, which restore_role_arns does not "
        f"contain. By its tags it is this collection's policy for this {observed.kind}, but it was not updated: "
        f"{why}. Nothing was changed. To continue, {ways}."
    )
