# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A state shown to people: by layer, and as a diff. Pure."""

from __future__ import annotations

import json
from typing import Any, Final, TypedDict

from ..._policy.documents import load
from ..._policy.errors import UnreadableDocumentError
from ..model.operations import ATTACHMENTS, PERMISSIONS, SETTINGS, TRUST
from ..model.state import MANAGED, ROLE, Desired, Layer, Observed

LAYERS: Final[tuple[Layer, ...]] = (TRUST, PERMISSIONS, ATTACHMENTS, SETTINGS)


class ByLayer(TypedDict):
    """``trust``: a document; ``permissions``: name → document; ``attachments``: ARNs. Empty where nothing exists."""

    trust: Any
    permissions: dict[str, Any]
    attachments: list[str]
    settings: dict[str, Any]


class DiffPart(TypedDict):
    """One part of Ansible's diff."""

    before_header: str
    after_header: str
    before: str
    after: str


def by_layer(observed: Observed, desired: Desired) -> ByLayer:
    """What a principal is, by the layers that operations change."""
    permissions = {policy.name: readable(policy.document) for policy in observed.inline}
    permissions |= {policy.arn: readable(policy.document) for policy in observed.attached}
    if desired.policy_type == MANAGED:
        permissions |= {own.arn: readable(own.stored.document) for own in observed.own_policies}
    settings: dict[str, Any] = {}
    if observed.exists:
        settings = {"path": observed.path, "permissions_boundary": observed.boundary_arn, "tags": dict(observed.tags)}
    if observed.exists and observed.kind == ROLE:
        settings |= {"description": observed.description, "max_session_duration": observed.max_session_duration}
    return {
        TRUST: readable(observed.trust) if observed.exists and observed.kind == ROLE else {},
        # IAM lists policies in no order of its own; sorted, a diff shows only what differs.
        PERMISSIONS: dict(sorted(permissions.items())),
        ATTACHMENTS: sorted(policy.arn for policy in observed.attached),
        SETTINGS: settings,
    }


def readable(document: object) -> Any:
    try:
        return load(document)
    except UnreadableDocumentError:
        return str(document)


def diff(title: str, before: ByLayer, after: ByLayer) -> list[DiffPart]:
    """Ansible's diff, one part per layer that differs."""
    return [
        {
            "before_header": f"{title} ({layer})",
            "after_header": f"{title} ({layer})",
            "before": _text(before[layer]),
            "after": _text(after[layer]),
        }
        for layer in LAYERS
        if before[layer] != after[layer]
    ]


def _text(value: Any) -> str:
    """In readable JSON; what cannot be seen is escaped, so that a diff steers no terminal and hides nothing."""
    written = json.dumps(value, indent=2, ensure_ascii=False) + "\n" if value else ""
    if written.replace("\n", "").isprintable():
        return written
    return "".join(
        character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
        for character in written
    )
