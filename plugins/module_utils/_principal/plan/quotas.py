# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Size and count limits, checked on the predicted state before the first write."""

from __future__ import annotations

from collections.abc import Iterator

from ..._policy.documents import load, size
from ..._policy.errors import UnreadableDocumentError
from ..model.operations import (
    ATTACH_POLICY,
    CREATE_POLICY,
    CREATE_POLICY_VERSION,
    PUT_INLINE_POLICY,
    TAG,
)
from ..model.state import INLINE, ROLE, Limits, Observed, Operation

# No quota that an account could have raised; AWS's own tags do not count (IAM User Guide, "Tags for IAM resources").
_MOST_TAGS = 50
_WRITES_MANAGED = frozenset({CREATE_POLICY, CREATE_POLICY_VERSION})


def violations(future: Observed, operations: tuple[Operation, ...], limits: Limits) -> tuple[str, ...]:
    """Each limit that ``operations`` would break, as a message. ``future``: the state predicted after them."""
    written = {operation.target for operation in operations if operation.name in _WRITES_MANAGED}
    return tuple(_violations(future, {operation.name for operation in operations}, written, limits))


def _violations(future: Observed, names: set[str], written: set[str], limits: Limits) -> Iterator[str]:
    for own in future.own_policies:
        advice = "shorten additional_statements, or remove from the policy what is not needed"
        if own.arn in written:
            yield from _too_long(f"policy {own.arn}", own.stored.document, limits.managed_policy_size, advice)
    if names & {"CreateRole", "UpdateAssumeRolePolicy"}:
        advice = "remove statements that are not needed, or have the quota raised"
        yield from _too_long(f"the trust policy of {future.arn}", future.trust, limits.trust_size, advice)
    own_tags = [key for key in future.tags if not key.lower().startswith("aws:")]
    if names.intersection(TAG) and len(own_tags) > _MOST_TAGS:
        yield (
            f"{future.arn} would have {len(own_tags)} tags, and IAM takes {_MOST_TAGS}; ask for fewer, or set "
            "purge_tags: true to remove those that tags does not name"
        )
    if names.intersection(PUT_INLINE_POLICY):
        allowed = limits.role_inline_size if future.kind == ROLE else limits.user_inline_size
        total = sum(_size(policy.document) for policy in future.inline)
        if total > allowed:
            yield (
                f"the {INLINE} policies of {future.arn} would have {total} characters together, and the account "
                f"allows {allowed}; use policy_type: managed"
            )
    if names.intersection(ATTACH_POLICY):
        allowed = limits.attached_per_role if future.kind == ROLE else limits.attached_per_user
        if len(future.attached) > allowed:
            yield (
                f"{future.arn} would have {len(future.attached)} attached policies, and the account allows "
                f"{allowed}; {_fewer(future)}detach one, or have the quota raised"
            )


def _fewer(future: Observed) -> str:
    if len(future.own_policies) < 2:
        return "use policy_type: inline, "
    return f"{len(future.own_policies)} of them hold restore_role_arns: name the roles by a pattern, such as arn:aws:iam::*:role/NAME, "


def _too_long(what: str, document: object, allowed: int, advice: str) -> Iterator[str]:
    length = _size(document)
    if length > allowed:
        yield f"{what} would have {length} characters, and the account allows {allowed}; {advice}"


def _size(document: object) -> int:
    try:
        return size(load(document))
    except UnreadableDocumentError:
        return len(str(document))
