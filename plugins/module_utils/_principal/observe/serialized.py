# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An observed state as a result of ``restore_role`` and as an option of ``restore_role_verify``. Pure.

So verify, right after converge, evaluates what IAM has just shown and asks nothing again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from ..._aws.account import Account
from ..._errors import OptionError
from ..._policy.matching import StoredPolicy
from ..model.state import Group, ManagedPolicy, Observed

_SCHEMA = 1
# Of one principal, its tags and its policies; IAM lets a principal have some dozens.
_MOST_TEXTS = 1000
_OF_PLANNING = ("own_policies", "former_policies", "use", "detached", "unusable")
# Whoever evaluates reads them, where a policy asks for them.
_OF_EVALUATION = ("resource_tags",)
_LEFT_OUT = (*_OF_PLANNING, *_OF_EVALUATION)


def written(observed: Observed) -> dict[str, Any]:
    """Every policy that bears on the principal, with its document. What only planning needs is left out."""
    attached = tuple(replace(policy, versions=()) for policy in observed.attached)
    fields = asdict(replace(observed, attached=attached, own_policies=(), former_policies=()))
    kept = {"schema_version": _SCHEMA, **{key: value for key, value in fields.items() if key not in _LEFT_OUT}}
    plain: dict[str, Any] = json.loads(json.dumps(kept))
    # Verify is told of the organization by its own options.
    del plain["account"]["membership"]
    return plain


def read(option: Mapping[str, Any]) -> Observed:
    """The state that ``written`` wrote. Raises OptionError for anything else."""
    fields = dict(option)
    try:
        if fields.pop("schema_version") != _SCHEMA:
            raise KeyError("schema_version")
        observed = Observed(
            **fields
            | {
                "account": Account(**_only(fields["account"], "partition", "account_id")),
                "attached": _managed(fields["attached"]),
                "inline": _stored(fields["inline"]),
                "groups": tuple(_group(group) for group in fields["groups"]),
                "boundaries": _managed(fields["boundaries"]),
            }
        )
        _check(observed)
        return observed
    except (AttributeError, KeyError, TypeError):
        raise OptionError(
            "observed must be what cloudrestore.aws.restore_role returned as observed, unchanged and from the same "
            "version of this collection. Omit it to read the principal."
        ) from None


def _only(option: Any, *names: str) -> dict[str, Any]:
    """Raises TypeError where there is more, or less, in it."""
    if set(option) != set(names):
        raise TypeError
    return dict(option)


def _check(observed: Observed) -> None:
    """Raises TypeError where something is of another kind than ``written`` gives it. Documents are read elsewhere."""
    account = observed.account
    texts = [account.partition, account.account_id, observed.kind, observed.name, observed.path, observed.unique_id]
    boundaries = () if observed.boundary_arn is None else (observed.boundary_arn,)
    texts += [observed.description, *boundaries, *observed.tags, *observed.tags.values()]
    texts += [policy.arn for policy in (*observed.attached, *observed.boundaries)]
    texts += [policy.name for policy in observed.inline]
    for group in observed.groups:
        texts += [group.name, *(policy.name for policy in group.policies)]
    if (
        not all(isinstance(text, str) for text in texts)
        or not isinstance(observed.exists, bool)
        or len(texts) > _MOST_TEXTS
    ):
        raise TypeError


def _managed(entries: list[dict[str, Any]]) -> tuple[ManagedPolicy, ...]:
    return tuple(ManagedPolicy(entry["arn"], entry["document"]) for entry in entries)


def _stored(entries: list[dict[str, Any]]) -> tuple[StoredPolicy, ...]:
    return tuple(StoredPolicy(entry["name"], entry["document"]) for entry in entries)


def _group(entry: dict[str, Any]) -> Group:
    return Group(entry["name"], _managed(entry["attached"]), _stored(entry["inline"]))
