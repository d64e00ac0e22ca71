# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Size and count limits, checked on the predicted state before the first write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
from .policy_parts import listed

# No quota that an account could have raised; AWS's own tags do not count (IAM User Guide, "Tags for IAM resources").
_MOST_TAGS = 50
_WRITES_MANAGED = frozenset({CREATE_POLICY, CREATE_POLICY_VERSION})


def violations(future: Observed, operations: tuple[Operation, ...], limits: Limits) -> tuple[str, ...]:
    """Each limit that ``operations`` would break, as a message with what helps. ``future``: the state predicted after them."""
    return tuple(_Account(future, operations, limits).violations())


# What always helps; a pattern is shorter than what it stands for.
_SHORTEN = (
    "shorten additional_statements or custom_permission_sets, such as by patterns (s3:Get*), or give a part of the permission "
    "sets to another principal"
)


@dataclass(frozen=True)
class _Account:
    future: Observed
    operations: tuple[Operation, ...]
    limits: Limits

    def violations(self) -> Iterator[str]:
        future, names = self.future, {operation.name for operation in self.operations}
        yield from self._managed()
        if names & {"CreateRole", "UpdateAssumeRolePolicy"}:
            advice = "remove statements that are not needed, or have the quota raised"
            yield from _too_long(f"the trust policy of {future.arn}", future.trust, self.limits.trust_size, advice)
        own_tags = [key for key in future.tags if not key.lower().startswith("aws:")]
        if names.intersection(TAG) and len(own_tags) > _MOST_TAGS:
            yield (
                f"{future.arn} would have {len(own_tags)} tags, and IAM takes {_MOST_TAGS}; ask for fewer, or set "
                "purge_tags: true to remove those that tags does not name"
            )
        if names.intersection(PUT_INLINE_POLICY):
            yield from self._inline()
        if names.intersection(ATTACH_POLICY):
            yield from self._attached()

    def _managed(self) -> Iterator[str]:
        written = {operation.target for operation in self.operations if operation.name in _WRITES_MANAGED}
        for own in self.future.own_policies:
            if own.arn in written:
                document = own.stored.document
                inline = f"use policy_type: {INLINE}, or " if self._fits_inline(document) else ""
                yield from _too_long(
                    f"policy {own.arn}", document, self.limits.managed_policy_size, f"{inline}{_SHORTEN}"
                )

    def _inline(self) -> Iterator[str]:
        total = sum(_size(policy.document) for policy in self.future.inline)
        if total <= self._inline_size:
            return
        put = {
            operation.arguments["PolicyName"] for operation in self.operations if operation.name in PUT_INLINE_POLICY
        }
        ours = [policy.document for policy in self.future.inline if policy.name in put]
        own = sum(map(_size, ours))
        # A list of restore roles is split over several managed policies.
        short = own <= self.limits.managed_policy_size or any(map(listed, ours))
        fits_managed = short and len(self.future.attached) < self._most_attached
        others = f"remove others of them ({total - own} characters), or " if total > own else ""
        yield (
            f"the {INLINE} policies of {self.future.arn} would have {total} characters together, and the account allows "
            f"{self._inline_size}; {'use policy_type: managed, or ' if fits_managed else ''}{others}{_SHORTEN}"
        )

    def _attached(self) -> Iterator[str]:
        future = self.future
        if len(future.attached) <= self._most_attached:
            return
        parts = len(future.own_policies)
        fewer = ""
        if parts > 1:
            fewer = f"{parts} of them hold restore_role_arns: name the roles by a pattern, such as arn:aws:iam::*:role/NAME, "
        elif all(self._fits_inline(own.stored.document) for own in future.own_policies):
            fewer = f"use policy_type: {INLINE}, "
        yield (
            f"{future.arn} would have {len(future.attached)} attached policies, and the account allows "
            f"{self._most_attached}; {fewer}detach one, or have the quota raised"
        )

    def _fits_inline(self, document: object) -> bool:
        return _size(document) + sum(_size(policy.document) for policy in self.future.inline) <= self._inline_size

    @property
    def _inline_size(self) -> int:
        return self.limits.role_inline_size if self.future.kind == ROLE else self.limits.user_inline_size

    @property
    def _most_attached(self) -> int:
        return self.limits.attached_per_role if self.future.kind == ROLE else self.limits.attached_per_user


def _too_long(what: str, document: object, allowed: int, advice: str) -> Iterator[str]:
    length = _size(document)
    if length > allowed:
        yield f"{what} would have {length} characters, and the account allows {allowed}; {advice}"


def _size(document: object) -> int:
    try:
        return size(load(document))
    except UnreadableDocumentError:
        return len(str(document))
