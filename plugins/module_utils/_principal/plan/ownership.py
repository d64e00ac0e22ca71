# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a managed policy is ours to write: its tags say so and name this principal. Pure.

A policy with the tag of earlier versions of this collection, which names nobody, is that of the one principal that uses it, and
is tagged at the next write.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..._permission_sets.catalog import PRINCIPAL_TAG_KEY
from ..model.operations import ATTACH_POLICY, CREATE_POLICY, ON_MANAGED_POLICY, mark, tag_policy
from ..model.state import Desired, Observed, Operation, Ownership

_WRITES = frozenset({*ON_MANAGED_POLICY, *ATTACH_POLICY})


def written(observed: Observed, operations: Sequence[Operation]) -> tuple[str, ...]:
    """ARNs of the policies of our name that are there and that ``operations`` write to or attach."""
    known = {one.arn for one in (observed.own_policy, *observed.own_parts) if one is not None}
    created = {operation.target for operation in operations if operation.name == CREATE_POLICY}
    arns = [
        str(one.arguments["PolicyArn"]) for one in operations if one.name in _WRITES and "PolicyArn" in one.arguments
    ]
    return tuple(arn for arn in dict.fromkeys(arns) if arn in known - created)


def is_named_for(observed: Observed, use: Ownership) -> bool:
    """Whether the policy's tags say that this collection made it, and name this principal or nobody."""
    return use.policy_created_here and _whose(use) in ("", _mine(observed))


def _mine(observed: Observed) -> str:
    # IAM does not tell upper from lower case in names.
    return mark(observed)[PRINCIPAL_TAG_KEY].lower()


def _whose(use: Ownership) -> str:
    return use.policy_tags.get(PRINCIPAL_TAG_KEY, "").lower()


def others(observed: Observed, arn: str) -> int:
    """How many uses of the policy there are beside being attached to this principal."""
    return observed.part_uses[arn].policy_attachments - int(observed.exists and observed.is_attached(arn))


def not_ours(observed: Observed, desired: Desired, operations: Sequence[Operation]) -> tuple[str, ...]:
    """Of the policies written to, those that are somebody else's. Their use is known."""
    return tuple(arn for arn in written(observed, operations) if not _is_ours(observed, desired, arn))


def _is_ours(observed: Observed, desired: Desired, arn: str) -> bool:
    use = observed.part_uses[arn]
    if use.policy_created_here and _whose(use) == _mine(observed):
        return True
    may_be = is_named_for(observed, use) or (desired.adopt_policy and _may_be_adopted(observed, use))
    return may_be and others(observed, arn) == 0


def _may_be_adopted(observed: Observed, use: Ownership) -> bool:
    return not use.policy_created_here and _whose(use) in ("", _mine(observed))


def with_marks(observed: Observed, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """``operations``, each policy of ours that does not name its principal yet tagged before it is written."""
    result: list[Operation] = []
    left = [arn for arn in written(observed, operations) if not _is_marked(observed, arn)]
    for operation in operations:
        arn = str(operation.arguments.get("PolicyArn", ""))
        if arn in left and operation.name in _WRITES:
            left.remove(arn)
            result.append(tag_policy(arn, mark(observed), "its tags do not say yet whose policy it is"))
        result.append(operation)
    return tuple(result)


def _is_marked(observed: Observed, arn: str) -> bool:
    use = observed.part_uses[arn]
    return use.policy_created_here and _whose(use) == _mine(observed)


def message(observed: Observed, desired: Desired, arn: str, users: Sequence[str]) -> str:
    """Why nothing was written. ``users``: of the policy, where anybody else uses it and they are known."""
    use, mine = observed.part_uses[arn], mark(observed)[PRINCIPAL_TAG_KEY]
    count = others(observed, arn)
    whose = use.policy_tags.get(PRINCIPAL_TAG_KEY, "")
    facts = [f"its tag {PRINCIPAL_TAG_KEY} names {whose}"] if whose and whose.lower() != mine.lower() else []
    facts += [] if use.policy_created_here else ["it has no tag of this collection"]
    if count:
        named = ", ".join(user for user in users if user.lower() != mine.lower())
        facts.append(f"it is used by {named or f'{count} others'}")
    ways = f"set policy_name: {_another(observed, desired)}"
    if not count and _may_be_adopted(observed, use):
        ways += ", or adopt_policy: true to take this one over"
    return (
        f"Account {observed.account.account_id}, {observed.arn}: policy {arn} would be written, and it is not this collection's "
        f"policy of this {observed.kind}: {'; '.join(facts)}. Nothing was changed. To go on, {ways}."
    )


def _another(observed: Observed, desired: Desired) -> str:
    name = f"Cloudrestore-{observed.kind}-{observed.name}"
    return name if desired.policy_name.lower() != name.lower() else f"{name}-2"
