# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of ``report_history``. Raises OptionError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .._checks import path
from .plan import report_name
from .records import bucket_and_prefix

FETCHED: Final = "fetched"
UPLOADED: Final = "uploaded"
HISTORY_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": [FETCHED, UPLOADED], "default": FETCHED},
    "directory": {"type": "path", "default": "reports/history"},
    "name": {"type": "str", "required": True},
    "s3_bucket": {"type": "str", "required": True},
    "s3_prefix": {"type": "str", "default": ""},
}


def history(params: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Bucket, prefix, directory and the name of the reports."""
    path("directory", params["directory"])
    bucket, prefix = bucket_and_prefix("s3", params["s3_bucket"], params["s3_prefix"])
    return bucket or "", prefix, params["directory"], report_name(params["name"])
