# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that say where a run writes down what it does. Raises OptionError."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._checks import path
from .._errors import OptionError
from .._principal.records.journal import Where, utc_now
from .account import check_run_id

RECORDS_SPEC: dict[str, Any] = {
    "snapshot_directory": {"type": "path"},
    "snapshots_retained": {"type": "int"},
    "snapshot_s3_bucket": {"type": "str"},
    "snapshot_s3_prefix": {"type": "str", "default": ""},
    "snapshot_kms_key_id": {"type": "str"},
    "journal_directory": {"type": "path"},
    "run_id": {"type": "str"},
}

# Source: the S3 user guide, bucket naming rules.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()/=@+-]{0,700}")
# Source: the KMS API reference, KeyId.
_KEY = re.compile(
    r"(arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]{1,32}):[0-9]{12}:)?(key/)?(alias/[A-Za-z0-9/_-]{1,250}|[A-Za-z0-9-]{1,128})"
)


def key_region(key_id: str, option: str = "snapshot_kms_key_id") -> str | None:
    """The Region that the ARN of a key names, None for another way to name it. Raises OptionError for what is no key."""
    found = _KEY.fullmatch(key_id)
    if found is None:
        raise OptionError(f"{option} is {key_id!r}. It must be a key ID, an alias (alias/NAME), or the ARN of either.")
    return found["region"]


def bucket_and_prefix(option: str, bucket: str | None, prefix: str) -> tuple[str | None, str]:
    """Without slashes at its ends. ``option``: what the names of both options begin with. Raises OptionError."""
    if bucket and not _BUCKET.fullmatch(bucket):
        raise OptionError(f"{option}_bucket is {bucket!r}. It must be the name of a bucket, without s3://.")
    # Two slashes in a row are one name of S3's, and another to whoever reads or types it.
    if not _PREFIX.fullmatch(prefix) or "//" in prefix:
        raise OptionError(
            f"{option}_prefix is {prefix!r}. It must be at most 700 letters, digits and !_.*'()/=@+-, without two "
            "consecutive slashes."
        )
    if prefix and not bucket:
        raise OptionError(
            f"{option}_prefix is set without {option}_bucket, so nothing would be written to S3. Set {option}_bucket, "
            f"or remove {option}_prefix."
        )
    return bucket or None, prefix.strip("/")


def record_options(params: Mapping[str, Any]) -> Where:
    """Where the run writes down what it does. Raises OptionError."""
    check_run_id(params["run_id"])
    for option in ("snapshot_directory", "journal_directory"):
        path(option, params[option])
    bucket, prefix = bucket_and_prefix("snapshot_s3", params["snapshot_s3_bucket"], params["snapshot_s3_prefix"])
    if params["snapshots_retained"] is not None and params["snapshots_retained"] < 1:
        raise OptionError(
            f"snapshots_retained is {params['snapshots_retained']}; it must be at least 1, since the snapshot of this run is "
            "always retained."
        )
    key_id = params["snapshot_kms_key_id"] or None
    if key_id is not None:
        key_region(key_id)
        if bucket is None and params["snapshot_directory"] is None and params["snapshot"] is None:
            raise OptionError(
                "snapshot_kms_key_id is set without snapshot_directory and snapshot_s3_bucket, so nothing would be "
                "signed. Set one of them, or remove snapshot_kms_key_id."
            )
    return Where(
        run_id=params["run_id"] or utc_now().strftime("%Y%m%dT%H%M%S.%fZ"),
        snapshots=params["snapshot_directory"],
        retained=params["snapshots_retained"],
        journal=params["journal_directory"],
        bucket=bucket,
        prefix=prefix,
        key_id=key_id,
    )
