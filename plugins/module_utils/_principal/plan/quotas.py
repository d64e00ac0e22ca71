# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Size and count limits, checked on the predicted state before the first write."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
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
from ..model.state import INLINE, MANAGED, ROLE, Limits, Observed, Operation
from .policy_parts import has_additional, has_lists, has_resources, listed, longest, policies_for

# No quota that an account could have raised; AWS's own tags do not count (IAM User Guide, "Tags for IAM resources").
_MOST_TAGS = 50
_WRITES_MANAGED = frozenset({CREATE_POLICY, CREATE_POLICY_VERSION})


def violations(future: Observed, operations: tuple[Operation, ...], limits: Limits) -> tuple[str, ...]:
    """Each limit that ``operations`` would break, as a message with what helps. ``future``: the state predicted after them."""
    return tuple(_Account(future, operations, limits).violations())


# What always helps. A pattern is shorter than what it stands for; what the sets of the user's own hold is split where it can be.
_PATTERNS = "shorten additional_statements, such as by patterns (s3:Get*)"
_SETS = "use patterns for the resources of custom_permission_sets"
_ELSEWHERE = "grant part of the permission sets to another principal"
_ROLES = "use a pattern for the roles, such as arn:aws:iam::*:role/NAME"
# AWS raises the quota of attached policies to 20 for a user, and a little more for a role (IAM User Guide, "IAM and AWS STS quotas").
_MOST_RAISED = 20


@dataclass(frozen=True)
class _Account:
    future: Observed
    operations: tuple[Operation, ...]
    limits: Limits

    def violations(self) -> Iterator[str]:
        future, names = self.future, {operation.name for operation in self.operations}
        yield from self._managed()
        if names & {"CreateRole", "UpdateAssumeRolePolicy"}:
            advice = "remove statements that are not needed, or request a higher quota"
            yield from _too_long(f"the trust policy of {future.arn}", future.trust, self.limits.trust_size, advice)
        own_tags = [key for key in future.tags if not key.lower().startswith("aws:")]
        if names.intersection(TAG) and len(own_tags) > _MOST_TAGS:
            yield (
                f"{future.arn} would have {len(own_tags)} tags, but IAM allows {_MOST_TAGS}; set fewer, or set "
                "purge_tags: true to remove those that are not in tags"
            )
        if names.intersection(PUT_INLINE_POLICY):
            yield from self._inline()
        if names.intersection(ATTACH_POLICY):
            yield from self._attached()

    def _managed(self) -> Iterator[str]:
        written = {operation.target for operation in self.operations if operation.name in _WRITES_MANAGED}
        inline = [f"use policy_type: {INLINE}"] if self._fits_inline() else []
        for own in self.future.own_policies:
            if own.arn in written:
                document, allowed = own.stored.document, self.limits.managed_policy_size
                long = longest(document)
                ways = _ways_shorter([document])
                if len(long) > allowed // 2:
                    # No other principal has a longer policy.
                    ways = [f"shorten {long[:60]}..., which has {len(long)} characters on its own, by a pattern"]
                advice = ", or ".join([*inline, *ways])
                yield from _too_long(f"policy {own.arn}", document, allowed, advice)

    def _inline(self) -> Iterator[str]:
        total = sum(_size(policy.document) for policy in self.future.inline)
        if total <= self._inline_size:
            return
        put = {
            operation.arguments["PolicyName"] for operation in self.operations if operation.name in PUT_INLINE_POLICY
        }
        ours = [policy.document for policy in self.future.inline if policy.name in put]
        own = sum(map(_size, ours))
        ways = [f"use policy_type: {MANAGED}"] if self._fits_managed(ours) else []
        # Where ours alone is too long, nothing of theirs helps.
        if own < total and own <= self._inline_size:
            ways.append(f"remove other inline policies ({total - own} characters)")
        ways += [*_ways_shorter(ours), *([_SETS] if any(map(has_resources, ours)) else [])]
        yield (
            f"the {INLINE} policies of {self.future.arn} would have {total} characters together, and the account allows "
            f"{self._inline_size}; {', or '.join(ways)}"
        )

    def _fits_managed(self, documents: Sequence[object]) -> bool:
        counts = [policies_for(document) for document in documents]
        needed = sum(count for count in counts if count is not None)
        return None not in counts and len(self.future.attached) + needed <= self._most_attached

    def _attached(self) -> Iterator[str]:
        future, most = self.future, self._most_attached
        excess = len(future.attached) - most
        if excess <= 0:
            return
        documents = [own.stored.document for own in future.own_policies]
        ours = sum(future.is_attached(own.arn) for own in future.own_policies)
        hold, ways = "", [f"use policy_type: {INLINE}"] if self._fits_inline() else []
        if ours > 1:
            roles, sets = any(map(listed, documents)), any(map(has_lists, documents))
            lists = [*(["restore_role_arns"] if roles else []), *(["custom_permission_sets"] if sets else [])]
            hold = f"{ours} of them contain {' and '.join(lists)}: " if lists else ""
            ways += [_ROLES] if roles else []
            ways += [_SETS] if any(map(has_resources, documents)) else []
            ways += [_ELSEWHERE] if sets else []
        if len(future.attached) - ours >= excess:
            ways.append("detach one" if excess == 1 else f"detach {excess} of the others")
        if len(future.attached) <= _MOST_RAISED:
            ways.append("request a higher quota")
        yield f"{future.arn} would have {len(future.attached)} attached policies, and the account allows {most}; {hold}{', or '.join(ways)}"

    def _fits_inline(self) -> bool:
        """Whether all of ours would fit as one inline policy, beside those that are there."""
        documents = [own.stored.document for own in self.future.own_policies]
        return sum(map(_size, [*documents, *(policy.document for policy in self.future.inline)])) <= self._inline_size

    @property
    def _inline_size(self) -> int:
        return self.limits.role_inline_size if self.future.kind == ROLE else self.limits.user_inline_size

    @property
    def _most_attached(self) -> int:
        return self.limits.attached_per_role if self.future.kind == ROLE else self.limits.attached_per_user


def _ways_shorter(documents: Sequence[object]) -> list[str]:
    return [*([_PATTERNS] if any(map(has_additional, documents)) else []), _ELSEWHERE]


def _too_long(what: str, document: object, allowed: int, advice: str) -> Iterator[str]:
    length = _size(document)
    if length > allowed:
        yield f"{what} would have {length} characters, and the account allows {allowed}; {advice}"


def _size(document: object) -> int:
    try:
        return size(load(document))
    except UnreadableDocumentError:
        return _written(document)


def _written(document: object) -> int:
    """What IAM counted of something that is no document. What is nested too deeply to be written fits nowhere."""
    try:
        return len(str(document))
    except RecursionError:
        return sys.maxsize
