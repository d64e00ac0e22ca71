# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run's records: the snapshot before the first change, and a journal of every operation.

The journal stands beside each snapshot, where a rollback finds it, and in the account's journal of all runs. Files are
written where the module runs, which with ``connection: local`` is the controller; a rollback over the same connection finds
them there. Mode 0600: they say how an account can be entered, though they hold no secret.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..._aws.calls import CallError
from ..._aws.explain import with_reason
from ..model.state import Operation
from . import chain, journal_files, snapshot_files, snapshot_s3
from .protocol import NotRecordedError
from .signing import Key


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Where:
    """Directories and a bucket; None for none. ``retained``: how many snapshots of a principal stay in the directory, None
    for all. ``key_id``: of the KMS key that signs, None for no signature."""

    run_id: str
    snapshots: str | None = None
    retained: int | None = None
    journal: str | None = None
    bucket: str | None = None
    prefix: str = ""
    key_id: str | None = None


# What a path can be that no file of ours is: another run's, a link, a pipe, a directory, a file of somebody else.
_IN_THE_WAY = frozenset({errno.EEXIST, errno.EISDIR, errno.ELOOP, errno.EINVAL, errno.ENXIO, errno.EMLINK, errno.EPERM})
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class _Directory:
    """The option that names it, and the directory."""

    option: str
    path: str


@dataclass
class _File:
    """A file that the lines go to, and how many it has. What could not be written is written with the next ones."""

    path: str
    new: bool
    has: int = 0

    def write(self, lines: list[bytes]) -> None:
        """Raises OSError."""
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        text = b"".join(line + b"\n" for line in lines[self.has :])
        journal_files.append(self.path, text, new=self.new and self.has == 0)
        self.has = len(lines)


@dataclass
class FileRecords:
    """``caller``: who CloudTrail shows, asked only if there is a journal to write. ``s3``: makes the bucket's client.

    ``key``: signs each line of the journal, which holds the digest of the snapshot. ``undone``: where the snapshot is that a
    rollback undoes.
    """

    where: Where
    caller: Callable[[], str]
    now: Callable[[], datetime] = utc_now
    s3: Callable[[], Any] | None = None
    key: Key | None = None
    undone: str | None = None
    snapshot_file: str | None = None
    snapshot_s3: str | None = None
    snapshot_s3_version_id: str | None = None
    snapshot_sha256: str | None = None
    _account: str = field(default="", init=False)
    _caller: str | None = field(default=None, init=False)
    _lines: list[bytes] = field(default_factory=list, init=False)
    _client: Any = field(default=None, init=False)
    _files: dict[str, _File] = field(default_factory=dict, init=False)

    def snapshot(self, written: Mapping[str, Any]) -> None:
        self._account = str(written["account_id"])
        where = self.where
        if where.snapshots is None and where.bucket is None:
            return
        stamped = {"run_id": where.run_id, "taken_at": self._time(), **written}
        content = snapshot_files.as_text(stamped).encode()
        name = snapshot_files.file_name(written["account_id"], written["principal_type"], written["name"])
        if where.snapshots is not None:
            self._to_directory(where.snapshots, name, content)
        if where.bucket is not None:
            self._to_bucket(where.bucket, name, content)
        self.snapshot_sha256 = chain.sha256(content)
        self._note(chain.SNAPSHOT, self._about(written, self.snapshot_sha256))

    def _about(self, written: Mapping[str, Any], digest: str) -> dict[str, Any]:
        return {
            "principal": {key: written[key] for key in ("arn", "principal_type", "name")},
            "snapshot": {
                "sha256": digest,
                "file": self.snapshot_file,
                "s3": self.snapshot_s3,
                "s3_version_id": self.snapshot_s3_version_id,
            },
        }

    def _to_directory(self, directory: str, name: str, content: bytes) -> None:
        first = self.snapshot_file is None
        try:
            self.snapshot_file = snapshot_files.write(directory, self.where.run_id, name, content, self.snapshot_file)
        except OSError as error:
            raise _not_on_disk("snapshot", _Directory("snapshot_directory", directory), error) from None
        if first and self.where.retained is not None:
            # The snapshot is there: that an old one, of another user's say, cannot be removed is no reason to stop.
            with contextlib.suppress(OSError):
                snapshot_files.keep_newest(directory, self.snapshot_file, self.where.retained, self.undone)

    def _to_bucket(self, bucket: str, name: str, content: bytes) -> None:
        where = self.where
        try:
            put = snapshot_s3.write(self._bucket(), bucket, where.prefix, where.run_id, name, content, self.snapshot_s3)
            self.snapshot_s3, self.snapshot_s3_version_id = put.uri, put.version_id
        except CallError as error:
            raise _not_in_bucket("snapshot", bucket, error) from None

    def begun(self, operation: Operation) -> None:
        # Before the call: after a crash in the middle of it, the journal tells that it may have been made.
        arguments = {"arguments": dict(operation.arguments), "reason": operation.reason}
        self._note(chain.BEGUN, {**_call(operation), **arguments})

    def made(self, operation: Operation, request_id: str, unique_id: str = "") -> None:
        # By its unique ID a rollback knows what the run created from what somebody creates later under the same name.
        created = {chain.UNIQUE_ID: unique_id} if unique_id else {}
        self._try_to_note(chain.MADE, {**_call(operation), "request_id": request_id, **created})

    def failed(self, operation: Operation, code: str, uncertain: bool) -> None:
        outcome: chain.Outcome = chain.UNCONFIRMED if uncertain else chain.FAILED
        self._try_to_note(outcome, {**_call(operation), "code": code})

    def ended(self) -> None:
        if self._lines:
            self._try_to_note(chain.ENDED, {})
            with contextlib.suppress(CallError):
                self._journal_to_bucket()

    def _note(self, outcome: chain.Outcome, fields: Mapping[str, Any]) -> None:
        """Raises NotRecordedError if it is not everywhere where it is to be, and safely so."""
        if not self._sinks and self.snapshot_s3 is None:
            return
        self._add(outcome, fields)
        for place, file in self._sinks:
            try:
                file.write(self._lines)
            except OSError as error:
                raise _not_on_disk("journal", place, error) from None
        try:
            self._journal_to_bucket()
        except CallError as error:
            raise _not_in_bucket("journal", str(self.where.bucket), error) from None

    def _try_to_note(self, outcome: chain.Outcome, fields: Mapping[str, Any]) -> None:
        # What was made was made: a full disk must not turn it into an error. That it was begun is written already, and in the
        # bucket it follows with the next one.
        if self._lines:
            with contextlib.suppress(NotRecordedError):
                self._add(outcome, fields)
                for _place, file in self._sinks:
                    with contextlib.suppress(OSError):
                        file.write(self._lines)

    def _add(self, outcome: chain.Outcome, fields: Mapping[str, Any]) -> None:
        whole = {
            "schema_version": chain.JOURNAL_SCHEMA,
            "time": self._time(),
            "run_id": self.where.run_id,
            "account_id": self._account,
            "caller": self._who(),
            "outcome": outcome,
            **fields,
        }
        previous = self._lines[-1] if self._lines else None
        try:
            self._lines.append(chain.line(whole, previous, self.key.sign if self.key else None))
        except CallError as error:
            what = f"the journal cannot be signed with snapshot_kms_key_id {self.where.key_id}"
            remedy = (
                "Nothing is changed without it. Grant kms:GenerateMac on that key to the credentials that the run starts with, "
                "and check snapshot_kms_key_id and the Region"
            )
            raise NotRecordedError(with_reason(what, error, remedy).removesuffix(".")) from None

    @property
    def _sinks(self) -> list[tuple[_Directory, _File]]:
        """The files of the journal, each with the directory that an option names."""
        where, paths = self.where, list[tuple[_Directory, str, bool]]()
        if where.journal is not None:
            path = os.path.join(where.journal, f"{self._account}.jsonl")
            paths.append((_Directory("journal_directory", where.journal), path, False))
        if where.snapshots is not None and self.snapshot_file is not None:
            path = snapshot_files.journal_of(self.snapshot_file)
            paths.append((_Directory("snapshot_directory", where.snapshots), path, True))
        return [(place, self._files.setdefault(path, _File(path, new))) for place, path, new in paths]

    def _journal_to_bucket(self) -> None:
        """The whole of it: an object cannot grow. Raises CallError."""
        if self.snapshot_s3 is not None and self.where.bucket is not None:
            content = b"".join(line + b"\n" for line in self._lines)
            key = snapshot_files.journal_of(self.snapshot_s3)
            snapshot_s3.put(self._bucket(), self.where.bucket, key, content)

    def _bucket(self) -> Any:
        """The client: making one takes longer than a call. Raises CallError."""
        if self._client is None and self.s3 is not None:
            self._client = self.s3()
        return self._client

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


def _call(operation: Operation) -> dict[str, str]:
    return {"operation": operation.name, "target": operation.target}


def _not_on_disk(what: str, place: _Directory, error: OSError) -> NotRecordedError:
    reason, path = error.strerror or str(error), error.filename
    if error.errno in _NO_ROOM:
        way = "Make room"
    elif path is not None and error.errno in _IN_THE_WAY:
        reason, way = f"{path}: {reason}", "Move that away"
    else:
        way = "Make it a directory that the user who runs Ansible can write to"
    return NotRecordedError(
        f"the {what} cannot be written below {place.path} ({reason}), and nothing is changed without it. {way}, or "
        f"set another {place.option}"
    )


def _not_in_bucket(what: str, bucket: str, error: CallError) -> NotRecordedError:
    remedy = (
        "Nothing is changed without it. Check snapshot_s3_bucket, and that the credentials that the run starts with may call "
        "s3:PutObject and s3:GetObject there"
    )
    not_written = f"the {what} cannot be written to the bucket {bucket}"
    return NotRecordedError(with_reason(not_written, error, remedy).removesuffix("."))
