# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots as objects in S3: s3://BUCKET/PREFIX/RUN/ACCOUNT-KIND-NAME.json, found again by object or by run.

``client`` is anything with boto3's methods of S3, with the credentials that the run started with: a bucket is beside the
accounts, not in each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._aws.calls import CallError, call
from ..._errors import OptionError
from . import snapshot_files

SCHEME = "s3://"
_TAKEN = frozenset({"PreconditionFailed", "412"})
_NOT_FOUND = frozenset({"NoSuchBucket", "NoSuchKey", "404"})


def write(
    client: Any, bucket: str, prefix: str, run_id: str, snapshot: Mapping[str, Any], replacing: str | None
) -> str:
    """The object's URI. ``replacing``: the URI that this run wrote already. Raises CallError.

    Like a file, an object never takes the place of another run's.
    """
    body = snapshot_files.as_text(snapshot).encode()
    if replacing is not None:
        _put(client, bucket, replacing.removeprefix(f"{SCHEME}{bucket}/"), body)
        return replacing
    name = snapshot_files.file_name(snapshot["account_id"], snapshot["principal_type"], snapshot["name"])
    key = _take_key(client, bucket, "/".join(filter(None, (prefix, run_id, name))), body)
    return f"{SCHEME}{bucket}/{key}"


def _put(client: Any, bucket: str, key: str, body: bytes, **condition: str) -> None:
    arguments = {"Bucket": bucket, "Key": key, "Body": body, "ContentType": "application/json", **condition}
    call(client, "s3", "PutObject", f"{SCHEME}{bucket}/{key}", arguments)


def _take_key(client: Any, bucket: str, first: str, body: bytes) -> str:
    number = 1
    while True:
        key = snapshot_files.numbered(first, number)
        try:
            _put(client, bucket, key, body, IfNoneMatch="*")
        except CallError as error:
            if error.code not in _TAKEN:
                raise
            # A put whose answer was lost is repeated, and finds what it has written itself.
            if _get(client, bucket, key) != body:
                number += 1
                continue
        return key


def _get(client: Any, bucket: str, key: str) -> bytes:
    """Raises CallError, and OptionError for what is larger than any snapshot."""
    where = f"{SCHEME}{bucket}/{key}"
    answer = call(_ReadAtOnce(client), "s3", "GetObject", where, {"Bucket": bucket, "Key": key})
    content: bytes = answer["Body"]
    if len(content) > snapshot_files.MOST_BYTES:
        raise OptionError(f"snapshot: {where} is larger than any snapshot. Give the object that a run wrote.")
    return content


class _ReadAtOnce:
    """A client whose objects are read as part of the call, so that a connection lost meanwhile fails as the call does."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def get_object(self, **arguments: Any) -> dict[str, Any]:
        answer = self._client.get_object(**arguments)
        return {**answer, "Body": answer["Body"].read(snapshot_files.MOST_BYTES + 1)}


def find(make_client: Callable[[], Any], uri: str, kind: str, name: str, account_id: str | None) -> object:
    """A snapshot from the object, or from the run below a prefix, that a URI leads to.

    Raises OptionError if there is none, if more than one could be meant, or if it cannot be read.
    """
    bucket, _slash, key = uri.removeprefix(SCHEME).partition("/")
    try:
        client = make_client()
        if not key.endswith(".json"):
            key = _of_principal(client, bucket, key.rstrip("/") + "/" if key else "", kind, name, account_id)
        content = _get(client, bucket, key)
    except CallError as error:
        what = "does not exist" if error.code in _NOT_FOUND else f"cannot be read ({error.code}: {error.message})"
        raise OptionError(
            f"snapshot: {uri} {what}. Give the object that a run wrote, or the run's prefix, and credentials that may call "
            "s3:GetObject and s3:ListBucket there."
        ) from None
    return snapshot_files.read_text(content.decode("utf-8", "replace"), f"{SCHEME}{bucket}/{key}")


def _of_principal(client: Any, bucket: str, run: str, kind: str, name: str, account_id: str | None) -> str:
    found: list[str] = []
    more: dict[str, str] = {}
    while True:
        arguments = {"Bucket": bucket, "Prefix": f"{run}{account_id}-" if account_id else run, "Delimiter": "/", **more}
        page = call(client, "s3", "ListObjectsV2", f"{SCHEME}{bucket}/{run}", arguments)
        found += [str(one["Key"]).removeprefix(run) for one in page.get("Contents", ())]
        if not page.get("IsTruncated"):
            return run + snapshot_files.of_principal(found, f"{SCHEME}{bucket}/{run}", kind, name, account_id)
        more = {"ContinuationToken": page["NextContinuationToken"]}
