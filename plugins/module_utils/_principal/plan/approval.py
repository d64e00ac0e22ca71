# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan was made from and what it does, as digests: by them a later run knows that it is about to do just that. Pure.

Anything that was read of the principal counts, not only what led to an operation: whoever approved the plan saw that state.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, TypedDict

from ..model.state import Observed, Operation, PrincipalError

# Aspect of a principal → the fields of what was observed. The order is that in which a message names them.
_ASPECTS: Final[Mapping[str, tuple[str, ...]]] = {
    # The unique ID tells a role from one of the same name that was made in its place.
    "principal": ("exists", "kind", "name", "path", "unique_id"),
    "trust": ("trust",),
    "permissions": ("attached", "inline", "groups", "own_policies", "former_policies", "boundaries", "detached"),
    "settings": ("description", "max_session_duration", "boundary_arn", "tags"),
    "use": ("use",),
}
ASPECTS: Final = tuple(_ASPECTS)
# IAM lists these in no order of its own.
_LISTS: Final = frozenset({*_ASPECTS["permissions"], "instance_profiles", "versions"})


_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class PlanDigests(TypedDict):
    """As results have it. ``observed_sha256``: by aspect of the principal."""

    observed_sha256: dict[str, str]
    operations_sha256: str


@dataclass(frozen=True, slots=True)
class Approval:
    """What was approved, in the words of PlanDigests."""

    observed_sha256: Mapping[str, str]
    operations_sha256: str


def digests(observed: Observed, operations: Sequence[Operation]) -> PlanDigests:
    """Of a plan. The same state and the same operations give the same digests, in whatever order IAM lists things."""
    return {
        "observed_sha256": {
            aspect: _sha256([_plain(name, getattr(observed, name)) for name in names])
            for aspect, names in _ASPECTS.items()
        },
        # Some of them come in the order in which IAM lists what they are about.
        "operations_sha256": _sha256(sorted(map(_call, operations))),
    }


def are_digests(value: Any) -> bool:
    """Whether it has what ``digests`` returns, and nothing else counts."""
    if not isinstance(value, Mapping) or not isinstance(value.get("observed_sha256"), Mapping):
        return False
    observed = value["observed_sha256"]
    every = [value.get("operations_sha256"), *observed.values()]
    return {*observed} == {*ASPECTS} and all(isinstance(one, str) and _SHA256.fullmatch(one) for one in every)


def check(approval: Approval, observed: Observed, operations: Sequence[Operation]) -> None:
    """Raises PrincipalError unless the plan is the one that was approved."""
    found = digests(observed, operations)
    where = f"Account {observed.account.account_id}, {observed.arn}: no longer matches the plan"
    remedy = "Nothing was changed. Make a new plan and have it approved."
    moved = [aspect for aspect in ASPECTS if found["observed_sha256"][aspect] != approval.observed_sha256.get(aspect)]
    if moved:
        raise PrincipalError(f"{where}: {_named(moved)} changed. {remedy}")
    if found["operations_sha256"] != approval.operations_sha256:
        raise PrincipalError(
            f"{where}: the principal is unchanged, but the operations are not, because the options or the version of "
            f"this collection have changed. {remedy}"
        )


def beyond(approved: Iterable[Operation], operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The operations that are none of the approved ones, to the last argument."""
    calls = set(map(_call, approved))
    return tuple(operation for operation in operations if _call(operation) not in calls)


def _named(aspects: Collection[str]) -> str:
    words = {"trust": "its trust policy", "principal": "the principal itself", "use": "what else depends on it"}
    return " and ".join(words.get(aspect, f"its {aspect}") for aspect in aspects)


def _call(operation: Operation) -> str:
    """The operation with its arguments, tags and their keys in one order."""
    arguments = {
        name: sorted(value, key=lambda item: json.dumps(item, sort_keys=True)) if isinstance(value, list) else value
        for name, value in operation.arguments.items()
    }
    return json.dumps([operation.name, operation.target, arguments], sort_keys=True)


def _plain(name: str, value: Any) -> Any:
    if name in _LISTS:
        return sorted(json.dumps(_fields(item), sort_keys=True, default=_fields) for item in value)
    return value


def _fields(value: Any) -> Any:
    """What json cannot write: our own dataclasses, with what IAM lists in no order sorted."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(each.name, getattr(value, each.name)) for each in fields(value)}
    return dict(value) if isinstance(value, Mapping) else list(value)


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=_fields).encode()).hexdigest()
