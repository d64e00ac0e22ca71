# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a managed policy is ours to write: its tags say so and name this principal. Pure.

A policy with the tag of earlier versions of this collection, which names nobody, is that of the one principal that uses it, and
is tagged at the next write.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..._permission_sets.catalog import PRINCIPAL_TAG_KEY
from ..model.operations import ATTACH_POLICY, CREATE_POLICY, ON_MANAGED_POLICY, tag_policy
from ..model.own_policies import derived_name
from ..model.ownership import mark, whose
from ..model.state import Desired, Observed, Operation, OwnPolicy, PolicyUse

_WRITES = frozenset({*ON_MANAGED_POLICY, *ATTACH_POLICY})


def written(observed: Observed, operations: Sequence[Operation]) -> tuple[OwnPolicy, ...]:
    """The policies under our name that are there and that ``operations`` write to or attach."""
    created = {operation.target for operation in operations if operation.name == CREATE_POLICY}
    arns = {str(operation.arguments.get("PolicyArn")) for operation in operations if operation.name in _WRITES}
    return tuple(own for own in observed.own_policies if own.arn in arns - created)


def not_ours(observed: Observed, desired: Desired, arn: str) -> OwnPolicy | None:
    """The policy if it is somebody else's. Its use is known."""
    own = observed.own_policy(arn)
    return None if own is None or _is_ours(observed, desired, own) else own


def _is_ours(observed: Observed, desired: Desired, own: OwnPolicy) -> bool:
    if _is_marked(observed, own):
        return True
    may_be = own.created_here or desired.adopt_policy
    return may_be and _names_nobody_else(observed, own) and observed.other_uses(own) == 0


def _is_marked(observed: Observed, own: OwnPolicy) -> bool:
    return own.created_here and whose(own) == mark(observed)[PRINCIPAL_TAG_KEY].lower()


def _names_nobody_else(observed: Observed, own: OwnPolicy) -> bool:
    return whose(own) in ("", mark(observed)[PRINCIPAL_TAG_KEY].lower())


def with_marks(observed: Observed, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """``operations``, each policy of ours that does not name its principal yet tagged before it is written."""
    result: list[Operation] = []
    left = [own.arn for own in written(observed, operations) if not _is_marked(observed, own)]
    for operation in operations:
        arn = str(operation.arguments.get("PolicyArn", ""))
        if arn in left and operation.name in _WRITES:
            left.remove(arn)
            result.append(tag_policy(arn, mark(observed), "its tags do not say yet whose policy it is"))
        result.append(operation)
    return tuple(result)


def message(observed: Observed, desired: Desired, own: OwnPolicy, users: Sequence[str]) -> str:
    """Why nothing was written. ``users``: of the policy, where anybody else uses it and they are known."""
    use, mine = own.use or PolicyUse(), mark(observed)[PRINCIPAL_TAG_KEY]
    count, named = observed.other_uses(own), use.tags.get(PRINCIPAL_TAG_KEY, "")
    facts = [] if _names_nobody_else(observed, own) else [f"its tag {PRINCIPAL_TAG_KEY} names {named}"]
    facts += [] if own.created_here else ["it has no tag of this collection"]
    if count:
        others = ", ".join(user for user in users if user.lower() != mine.lower())
        facts.append(f"it is used by {others or f'{count} others'}")
    ways = f"set policy_name: {_another(observed, desired)}"
    if not count and not own.created_here and _names_nobody_else(observed, own):
        ways += ", or adopt_policy: true to take this one over"
    return (
        f"Account {observed.account.account_id}, {observed.arn}: policy {own.arn} would be written, and it is not this "
        f"collection's policy of this {observed.kind}: {'; '.join(facts)}. Nothing was changed. To go on, {ways}."
    )


def _another(observed: Observed, desired: Desired) -> str:
    name = derived_name(observed.kind, observed.name)
    return name if desired.policy_name.lower() != name.lower() else f"{name}-2"
