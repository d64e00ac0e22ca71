# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A state shown to people: by layer, as a diff, and as a snapshot from which any change can be undone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .._policy.documents import UnreadableDocument, load
from .operations import ATTACHMENTS, PERMISSIONS, SETTINGS, TRUST
from .own_policies import of_policy
from .state import MANAGED, ROLE, Desired, Observed, Operation

SNAPSHOT_SCHEMA = 2


def layers(observed: Observed, desired: Desired) -> dict[str, Any]:
    """trust: a document; permissions: name → document; attachments: ARNs; settings. Empty where nothing exists."""
    permissions = {policy.name: _readable(policy.document) for policy in observed.inline}
    permissions |= {policy.arn: _readable(policy.document) for policy in observed.attached}
    if desired.policy_type == MANAGED:
        own = [one for one in (observed.own_policy, *observed.own_parts) if one is not None]
        permissions |= {policy.arn: _readable(policy.document) for policy in own}
    settings: dict[str, Any] = {}
    if observed.exists:
        settings = {"path": observed.path, "permissions_boundary": observed.boundary_arn, "tags": dict(observed.tags)}
    if observed.exists and observed.kind == ROLE:
        settings |= {"description": observed.description, "max_session_duration": observed.max_session_duration}
    return {
        TRUST: _readable(observed.trust) if observed.exists and observed.kind == ROLE else {},
        # IAM lists policies in no order of its own; sorted, a diff shows only what differs.
        PERMISSIONS: dict(sorted(permissions.items())),
        ATTACHMENTS: sorted(policy.arn for policy in observed.attached),
        SETTINGS: settings,
    }


def _readable(document: object) -> Any:
    try:
        return load(document)
    except UnreadableDocument:
        return str(document)


def diff(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """Ansible's diff, one part per layer that differs."""
    return [
        {
            "before_header": f"{title} ({layer})",
            "after_header": f"{title} ({layer})",
            "before": _text(before[layer]),
            "after": _text(after[layer]),
        }
        for layer in (TRUST, PERMISSIONS, ATTACHMENTS, SETTINGS)
        if before[layer] != after[layer]
    ]


def _text(value: Any) -> str:
    """In readable JSON; what cannot be seen is escaped, so that a diff steers no terminal and hides nothing."""
    written = json.dumps(value, indent=2, ensure_ascii=False) + "\n" if value else ""
    if written.replace("\n", "").isprintable():
        return written
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in written)


def snapshot(
    observed: Observed,
    desired: Desired,
    operations: Sequence[Operation],
    deleted_versions: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The observed state written down, and what was about to be done to it, from which it can be put back.

    ``deleted_versions``: policy versions that the plan gives up, with their documents.
    """
    return {
        "schema_version": SNAPSHOT_SCHEMA,
        "account_id": observed.account.account_id,
        "arn": observed.arn,
        "principal_type": observed.kind,
        "name": observed.name,
        "exists": observed.exists,
        "unique_id": observed.unique_id,
        **layers(observed, desired),
        "own_policy": _own_policy(observed),
        "own_parts": [_own_policy(of_policy(observed, part.arn)) for part in observed.own_parts],
        "deleted_policy_versions": list(deleted_versions),
        "operations": [
            {"operation": one.name, "target": one.target, "arguments": dict(one.arguments)} for one in operations
        ],
    }


def _own_policy(observed: Observed) -> dict[str, Any] | None:
    own, ownership = observed.own_policy, observed.ownership
    if own is None:
        return None
    return {
        "arn": own.arn,
        "default_version": next((one.version_id for one in own.versions if one.is_default), ""),
        "versions": [one.version_id for one in own.versions],
        "document": _readable(own.document),
        # Only read where the policy is about to be deleted.
        "description": ownership.policy_description,
        "tags": dict(ownership.policy_tags),
    }
