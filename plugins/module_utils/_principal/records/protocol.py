# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run writes down of itself: the state before its first change, and every operation. Protocol only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ..._policy.errors import CollectionError
from ..model.state import Operation


class NotRecordedError(CollectionError):
    """A record could not be written; the message says where and why. Nothing is changed without one."""


class Records(Protocol):
    """``snapshot`` and ``begun`` raise NotRecordedError; what comes after a change never raises."""

    def snapshot(self, written: Mapping[str, Any]) -> None:
        """The state before the first change. Called again if the plan was made anew: the last one counts."""

    def begun(self, operation: Operation) -> None:
        """An operation is about to be carried out."""

    def made(self, operation: Operation, request_id: str, unique_id: str = "") -> None:
        """``request_id``: empty where the answer was lost. ``unique_id``: of the principal that was created; else empty."""

    def failed(self, operation: Operation, code: str, uncertain: bool) -> None:
        """``uncertain``: it may have been made all the same. Where the account tells that it was, ``made`` follows."""

    def ended(self) -> None:
        """Nothing more is done. Never raises."""

    @property
    def snapshot_file(self) -> str | None:
        """Where the snapshot is; None without a file."""

    @property
    def snapshot_s3(self) -> str | None:
        """Its ``s3://BUCKET/KEY``; None without a bucket."""

    @property
    def snapshot_s3_version_id(self) -> str | None:
        """The version that the bucket gave it; None without versioning."""

    @property
    def snapshot_sha256(self) -> str | None:
        """In hexadecimal digits; None without a snapshot."""


class NoRecords:
    """Writes nothing down."""

    snapshot_file: str | None = None
    snapshot_s3: str | None = None
    snapshot_s3_version_id: str | None = None
    snapshot_sha256: str | None = None

    def snapshot(self, written: Mapping[str, Any]) -> None:
        """Nothing."""

    def begun(self, operation: Operation) -> None:
        """Nothing."""

    def made(self, operation: Operation, request_id: str, unique_id: str = "") -> None:
        """Nothing."""

    def failed(self, operation: Operation, code: str, uncertain: bool) -> None:
        """Nothing."""

    def ended(self) -> None:
        """Nothing."""
