# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What former reports left of themselves for the history, from a bucket and into it: objects NAME-TIME.json below a prefix.

``client`` is anything with boto3's methods of S3, with the credentials that the run started with.
"""

from __future__ import annotations

from typing import Any, Final

from ._aws.calls import CallError
from ._aws.explain import with_reason
from ._errors import RestoreAccessError
from ._principal.records import snapshot_s3
from ._report import files, history

_REMEDY: Final = (
    "Grant s3:ListBucket on the bucket, and s3:GetObject and s3:PutObject below the prefix, to the credentials that "
    "the run starts with. The report does not include the history in the bucket."
)


def fetch(client: Any, bucket: str, prefix: str, directory: str, name: str) -> int:
    """The newest of those that are not in the directory, into it: how many. Raises RestoreAccessError."""
    where = files.expanded(directory).absolute()
    there = {path.name for path in files.former(where, name, history.MOST)}
    uri = f"{snapshot_s3.SCHEME}{bucket}/{prefix}"
    try:
        listed = snapshot_s3.names(client, bucket, _folder(prefix), f"{name}-")
        newest = sorted(filter(files.its_own(name).fullmatch, listed))[-history.MOST :]
        missing = [found for found in newest if found not in there]
        content = {where / found: snapshot_s3.read(client, bucket, _folder(prefix) + found) for found in missing}
    except CallError as error:
        raise RestoreAccessError(with_reason(f"Earlier reports in {uri} cannot be read", error, _REMEDY)) from None
    files.write(content)
    return len(content)


def keep(client: Any, bucket: str, prefix: str, directory: str, name: str) -> int:
    """The newest one of the directory, into the bucket: 1, or 0 if there is none. Raises RestoreAccessError."""
    newest = files.former(files.expanded(directory).absolute(), name, 1)
    for path in newest:
        uri = f"{snapshot_s3.SCHEME}{bucket}/{_folder(prefix)}{path.name}"
        try:
            snapshot_s3.put(client, bucket, uri, path.read_bytes())
        except CallError as error:
            raise RestoreAccessError(
                with_reason(f"The history file of this report cannot be uploaded to {uri}", error, _REMEDY)
            ) from None
    return len(newest)


def _folder(prefix: str) -> str:
    return f"{prefix}/" if prefix else ""
