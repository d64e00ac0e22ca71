# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What restore_role returns, of a converge and of a rollback. Keys as its RETURN documents them."""

from __future__ import annotations

from typing import Any, Final, Literal, NotRequired, TypeAlias, TypedDict

from ..._policy.documents import Json
from ..model.results import DecisionResult, FindingResult, PrincipalResult
from ..model.state import OperationResult
from ..plan.approval import PlanDigests
from ..records.diff import ByLayer, DiffPart

# What was asked for; of a rollback neither present nor absent was.
ResultState: TypeAlias = Literal["present", "absent", "rolled_back"]
PRESENT: Final = "present"
ABSENT: Final = "absent"
ROLLED_BACK: Final = "rolled_back"


class PlanResult(TypedDict):
    """What a plan comes to, carried out or not. ``previous``: the snapshot. ``diff``: Ansible shows it."""

    changed: bool
    check_mode: bool
    state: ResultState
    principal: PrincipalResult
    compliant: bool
    changes: list[OperationResult]
    drift: list[DecisionResult]
    findings: list[FindingResult]
    unresolved: list[DecisionResult]
    left_in_place: list[str]
    missing_permissions: list[str]
    missing_permissions_policy: dict[str, Json]
    before: ByLayer
    after: ByLayer
    diff: list[DiffPart]
    previous: dict[str, Any]
    plan: PlanDigests


class SnapshotPlaces(TypedDict):
    """Where the snapshot was written, a file, an object in S3 and its version, and the digest of what was written."""

    snapshot_file: NotRequired[str]
    snapshot_s3: NotRequired[str]
    snapshot_s3_version_id: NotRequired[str]
    snapshot_sha256: NotRequired[str]


class AppliedResult(PlanResult, SnapshotPlaces):
    """A plan that was carried out, before it is read back."""


class RestoreRoleResult(AppliedResult):
    """``observed``: the principal as it was last read, None if it was not."""

    observed: dict[str, Any] | None


class FailureFacts(TypedDict):
    """What is true beside the plan's own once an operation has failed."""

    changed: bool
    changes: list[OperationResult]
    not_done: list[OperationResult]
    unconfirmed: list[OperationResult]
