# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots as objects in S3: s3://BUCKET/PREFIX/RUN/ACCOUNT-KIND-NAME.json, each with its journal beside it.

``client`` is anything with boto3's methods of S3, with the credentials that the run started with: a bucket is beside the
accounts, not in each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..._aws.calls import CallError, call
from ..._aws.explain import with_reason
from ..._errors import OptionError
from ..._files import MOST_BYTES
from . import snapshot_files
from .snapshot_files import Found

SCHEME = "s3://"
_TAKEN = frozenset({"PreconditionFailed", "412"})
_NOT_FOUND = frozenset({"NoSuchBucket", "NoSuchKey", "404"})
# A run below the prefix, or one snapshot of it: what this collection writes, and no way out of it.
_IN_RUN = re.compile(
    r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}(/|/[0-9]{12}-(role|user)-[A-Za-z0-9_+=,.@-]{1,64}(~[0-9]{1,9})?\.json)?"
)


@dataclass(frozen=True, slots=True)
class Put:
    """``version_id``: of the object, None where the bucket keeps no versions."""

    uri: str
    version_id: str | None


def write(client: Any, bucket: str, prefix: str, run_id: str, name: str, content: bytes, replacing: str | None) -> Put:
    """Where it was put. ``replacing``: the URI that this run wrote already. Raises CallError.

    Like a file, an object never takes the place of another run's.
    """
    if replacing is not None:
        return put(client, bucket, replacing, content)
    return _take_key(client, bucket, "/".join(filter(None, (prefix, run_id, name))), content)


def put(client: Any, bucket: str, uri: str, content: bytes) -> Put:
    """An object of this run's own. Raises CallError."""
    return _put(client, bucket, uri.removeprefix(f"{SCHEME}{bucket}/"), content)


def _put(client: Any, bucket: str, key: str, body: bytes, **condition: str) -> Put:
    uri = f"{SCHEME}{bucket}/{key}"
    arguments = {"Bucket": bucket, "Key": key, "Body": body, "ContentType": "application/json", **condition}
    return Put(uri, _version(call(client, "s3", "PutObject", uri, arguments)))


def _version(answer: dict[str, Any]) -> str | None:
    # Where versioning was suspended, the one without a version has this name.
    found = answer.get("VersionId")
    return str(found) if found and found != "null" else None


def _take_key(client: Any, bucket: str, first: str, body: bytes) -> Put:
    number = 1
    while True:
        key = snapshot_files.numbered(first, number)
        try:
            return _put(client, bucket, key, body, IfNoneMatch="*")
        except CallError as error:
            if error.code not in _TAKEN:
                raise
            # A put whose answer was lost is repeated, and finds what it has written itself. Else it is somebody's, whatever its size.
            found, version_id = _get_start(client, bucket, key)
            if found == body:
                return Put(f"{SCHEME}{bucket}/{key}", version_id)
            number += 1


def read(client: Any, bucket: str, key: str, version_id: str = "", *, option: str = "") -> bytes:
    """The content of an object, of this version or the latest. ``option``: that a message is about.

    Raises CallError, and OptionError for what is larger than any of ours.
    """
    content, _version_id = _get_start(client, bucket, key, **({"VersionId": version_id} if version_id else {}))
    if len(content) > MOST_BYTES:
        where = f"{SCHEME}{bucket}/{key}"
        of = f"{option}: " if option else ""
        raise OptionError(f"{of}{where} is larger than any file that a run writes. Use the object that a run wrote.")
    return content


def names(client: Any, bucket: str, folder: str, beginning: str = "") -> list[str]:
    """The names right below ``folder``, which ends in a slash or is empty, that begin so. Raises CallError."""
    found: list[str] = []
    more: dict[str, str] = {}
    start = f"{folder}{beginning}"
    while True:
        arguments = {"Bucket": bucket, "Prefix": start, "Delimiter": "/", **more}
        page = call(client, "s3", "ListObjectsV2", f"{SCHEME}{bucket}/{folder}", arguments)
        found += [str(one["Key"]).removeprefix(folder) for one in page.get("Contents", ())]
        if not page.get("IsTruncated"):
            return found
        more = {"ContinuationToken": page["NextContinuationToken"]}


def _get_start(client: Any, bucket: str, key: str, **version: str) -> tuple[bytes, str | None]:
    """As much of the content as an object of ours can have and one byte more, and its version. Raises CallError."""
    where = f"{SCHEME}{bucket}/{key}"
    answer = call(_ReadAtOnce(client), "s3", "GetObject", where, {"Bucket": bucket, "Key": key, **version})
    return answer["Body"], _version(answer)


class _ReadAtOnce:
    """A client whose objects are read as part of the call, so that a connection lost meanwhile fails as the call does."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def get_object(self, **arguments: Any) -> dict[str, Any]:
        answer = self._client.get_object(**arguments)
        return {**answer, "Body": answer["Body"].read(MOST_BYTES + 1)}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where snapshots may be read: the bucket and prefix of the options."""

    bucket: str | None
    prefix: str

    def split(self, uri: str) -> tuple[str, str, str]:
        """The bucket, what a run's keys there begin with, and the rest. Raises OptionError for what lies outside."""
        if self.bucket is None:
            raise OptionError(
                f"snapshot: {uri} is in S3, and snapshot_s3_bucket is not set. A rollback reads from that bucket only: set it, "
                "and snapshot_s3_prefix, as for the run that wrote the snapshot."
            )
        below = f"{SCHEME}{self.bucket}/{self.prefix}/" if self.prefix else f"{SCHEME}{self.bucket}/"
        if not uri.startswith(below) or not _IN_RUN.fullmatch(uri.removeprefix(below)):
            raise OptionError(
                f"snapshot: {uri} is not where a run writes. A rollback reads from {below}RUN only, or one object there, by "
                "snapshot_s3_bucket and snapshot_s3_prefix."
            )
        run, _slash, name = uri.removeprefix(below).partition("/")
        return self.bucket, f"{below.removeprefix(SCHEME).partition('/')[2]}{run}/", name


def find(
    make_client: Callable[[], Any], bounds: Bounds, uri: str, kind: str, name: str, account_id: str | None
) -> Found:
    """The snapshot and journal from the object, or from the run below a prefix, that a URI leads to.

    Raises OptionError if there is none, if more than one could be meant, or if it cannot be read.
    """
    bucket, run, object_name = bounds.split(uri)
    try:
        client = make_client()
        key = run + (object_name or _of_principal(client, bucket, run, kind, name, account_id))
        content = read(client, bucket, key, option="snapshot")
        journal = _journal(client, bucket, snapshot_files.journal_of(key))
    except CallError as error:
        remedy = (
            "Use the object that a run wrote, or the run's prefix, and credentials that are allowed s3:GetObject and "
            "s3:ListBucket there."
        )
        if error.code in _NOT_FOUND:
            raise OptionError(f"snapshot: {uri} does not exist. {remedy}") from None
        raise OptionError(with_reason(f"snapshot: {uri} cannot be read", error, remedy)) from None
    return Found(f"{SCHEME}{bucket}/{key}", content, journal, run.split("/")[-2])


def _journal(client: Any, bucket: str, key: str) -> bytes | None:
    try:
        return read(client, bucket, key, option="snapshot")
    except CallError as error:
        if error.code in _NOT_FOUND:
            return None
        raise


def _of_principal(client: Any, bucket: str, run: str, kind: str, name: str, account_id: str | None) -> str:
    found = names(client, bucket, run, f"{account_id}-" if account_id else "")
    return snapshot_files.of_principal(found, f"{SCHEME}{bucket}/{run}", kind, name, account_id)
