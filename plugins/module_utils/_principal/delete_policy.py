# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deleting a managed policy of ours, if this collection created it and nothing else uses it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .operations import on_policy
from .state import Observed, Operation


def delete_policy(observed: Observed, arn: str, reason: str) -> Iterator[Operation]:
    """``observed``: with this policy as ``own_policy``, and its use. Nothing if it has to stay."""
    own, ownership = observed.own_policy, observed.ownership
    used_elsewhere = ownership.policy_attachments - int(observed.exists and observed.is_attached(arn))
    if own is None or not ownership.policy_created_here or used_elsewhere > 0:
        return
    for version in sorted(own.versions, key=lambda one: one.number):
        if not version.is_default:
            why = "IAM deletes a policy only once its other versions are gone"
            yield on_policy(arn, "DeletePolicyVersion", why, VersionId=version.version_id)
    yield on_policy(arn, "DeletePolicy", reason)
