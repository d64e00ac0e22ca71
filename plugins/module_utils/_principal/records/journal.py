# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run's records as files: the snapshot before the first change, and a journal of every operation.

They are written where the module runs, which with ``connection: local`` is the controller; a rollback over the same
connection finds them there. Mode 0600: they say how an account can be entered, though they hold no secret.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

from ..._aws.calls import CallError
from ..model.state import Operation
from . import snapshot_files, snapshot_s3
from .protocol import NotRecordedError

JOURNAL_SCHEMA = 1

# Begun: about to be called. Unconfirmed: the answer was lost, so that it may have been made.
Outcome: TypeAlias = Literal["begun", "made", "failed", "unconfirmed"]
BEGUN: Final = "begun"
MADE: Final = "made"
FAILED: Final = "failed"
UNCONFIRMED: Final = "unconfirmed"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Where:
    """Directories and a bucket; None for none. ``kept``: how many snapshots of a principal stay in the directory, None
    for all."""

    run_id: str
    snapshots: str | None = None
    kept: int | None = None
    journal: str | None = None
    bucket: str | None = None
    prefix: str = ""


@dataclass
class FileRecords:
    """``caller``: who CloudTrail shows, asked only if there is a journal to write. ``s3``: makes the bucket's client."""

    where: Where
    caller: Callable[[], str]
    now: Callable[[], datetime] = utc_now
    s3: Callable[[], Any] | None = None
    snapshot_file: str | None = None
    snapshot_s3: str | None = None
    _account: str = field(default="", init=False)
    _caller: str | None = field(default=None, init=False)

    def snapshot(self, written: Mapping[str, Any]) -> None:
        self._account = str(written["account_id"])
        stamped = {"run_id": self.where.run_id, "taken_at": self._time(), **written}
        if self.where.snapshots is not None:
            self._to_directory(self.where.snapshots, stamped)
        if self.where.bucket is not None:
            self._to_bucket(self.where.bucket, stamped)

    def _to_directory(self, directory: str, stamped: Mapping[str, Any]) -> None:
        first = self.snapshot_file is None
        try:
            self.snapshot_file = snapshot_files.write(directory, self.where.run_id, stamped, self.snapshot_file)
        except OSError as error:
            raise NotRecordedError(_sentence("snapshot", directory, error)) from None
        if first and self.where.kept is not None:
            # The snapshot is there: that an old one, of another user's say, cannot be removed is no reason to stop.
            with contextlib.suppress(OSError):
                snapshot_files.keep_newest(directory, self.snapshot_file, self.where.kept)

    def _to_bucket(self, bucket: str, stamped: Mapping[str, Any]) -> None:
        where = self.where
        try:
            client = self.s3() if self.s3 else None
            self.snapshot_s3 = snapshot_s3.write(client, bucket, where.prefix, where.run_id, stamped, self.snapshot_s3)
        except CallError as error:
            raise NotRecordedError(
                f"the snapshot cannot be written to the bucket {bucket} ({error.code}: {error.message.removesuffix('.')}), and "
                "nothing is changed without it. Check snapshot_s3_bucket, and that the credentials that the run starts "
                "with may call s3:PutObject and s3:GetObject there"
            ) from None

    def begun(self, operation: Operation) -> None:
        # Before the call: after a crash in the middle of it, the journal tells that it may have been made.
        if self.where.journal is None:
            return
        try:
            self._append(operation, BEGUN, {"arguments": dict(operation.arguments), "reason": operation.reason})
        except OSError as error:
            raise NotRecordedError(_sentence("journal", self.where.journal, error)) from None

    def made(self, operation: Operation, request_id: str) -> None:
        # What was made was made: a full disk must not turn it into an error. That it was begun is written already.
        with contextlib.suppress(OSError):
            self._append(operation, MADE, {"request_id": request_id})

    def failed(self, operation: Operation, code: str, uncertain: bool) -> None:
        with contextlib.suppress(OSError):
            self._append(operation, UNCONFIRMED if uncertain else FAILED, {"code": code})

    def _append(self, operation: Operation, outcome: Outcome, more: Mapping[str, Any]) -> None:
        if self.where.journal is None:
            return
        line = {
            "schema_version": JOURNAL_SCHEMA,
            "time": self._time(),
            "run_id": self.where.run_id,
            "account_id": self._account,
            "caller": self._who(),
            "outcome": outcome,
            "operation": operation.name,
            "target": operation.target,
            **more,
        }
        os.makedirs(self.where.journal, mode=0o700, exist_ok=True)
        append(os.path.join(self.where.journal, f"{self._account}.jsonl"), line)

    def _who(self) -> str:
        # Asked once: where STS cannot be reached, it takes minutes to find that out.
        if self._caller is None:
            try:
                self._caller = self.caller()
            except CallError:
                self._caller = ""  # the request IDs tell it all the same, in CloudTrail
        return self._caller

    def _time(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def append(path: str, line: Mapping[str, Any]) -> None:
    """One line of JSON, on the disk once this returns. A line that was left unfinished is ended first. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        broken = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        written = (b"\n" if broken else b"") + json.dumps(line).encode() + b"\n"
        # One write each: two runs at the same account do not mix their lines. A disk that is all but full takes a part.
        if os.write(descriptor, written) < len(written):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sentence(what: str, directory: str, error: OSError) -> str:
    return (
        f"the {what} cannot be written below {directory} ({error.strerror or error}), and nothing is changed without it. "
        f"Make room or give another {what}_directory"
    )
