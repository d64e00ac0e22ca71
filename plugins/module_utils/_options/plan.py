# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of ``restore_plan``: what a plan is made of, and where it goes. Raises OptionError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._checks import path
from .._errors import OptionError
from .._plans.places import Place, Target
from .._report import files
from .account import check_run_id
from .records import bucket_and_prefix, key_region

PLAN_SPEC: dict[str, Any] = {
    "accounts": {"type": "list", "elements": "dict"},
    "parts": {
        "type": "list",
        "elements": "dict",
        "options": {
            "plan": {"type": "str", "required": True},
            "sha256": {"type": "str"},
            "version_id": {"type": "str"},
        },
    },
    "directory": {"type": "path", "default": "reports"},
    "name": {"type": "str", "default": "restore_access"},
    "s3_bucket": {"type": "str"},
    "s3_prefix": {"type": "str", "default": ""},
    "kms_key_id": {"type": "str"},
    "max_changes": {"type": "str"},
    "run_id": {"type": "str"},
    "caller": {"type": "str", "default": ""},
    "inventory": {"type": "list", "elements": "str", "default": []},
    "limit": {"type": "str", "default": ""},
    "generated_at": {"type": "str"},
}


def report_name(name: str) -> str:
    if not files.NAME.fullmatch(name):
        raise OptionError(
            f"name is {name!r}; it must be 1-200 letters, digits and . _ -, beginning with a letter or digit."
        )
    return name


def target(params: Mapping[str, Any]) -> Target:
    path("directory", params["directory"])
    check_run_id(params["run_id"])
    name = report_name(params["name"])
    if params["generated_at"] and not files.TIME.fullmatch(params["generated_at"]):
        raise OptionError(
            f"generated_at is {params['generated_at']!r}; it must be a time such as 2026-01-31T12:00:00Z."
        )
    if (params["accounts"] is None) == (not params["parts"]):
        raise OptionError("Set exactly one of accounts and parts: the accounts to plan, or the plans to merge.")
    bucket, prefix = bucket_and_prefix("s3", params["s3_bucket"], params["s3_prefix"])
    if params["kms_key_id"]:
        key_region(params["kms_key_id"], "kms_key_id")
    return Target(params["directory"], name, bucket, prefix)


def carried_out(option: Any) -> Place | None:
    """The plan that a run is to carry out: a path or URI, or a mapping of it with its digest and version. None for none."""
    if option is None or option == "":
        return None
    given = {"plan": option} if isinstance(option, str) else option
    known = isinstance(given, Mapping) and {*given} <= {"plan", "sha256", "version_id"}
    # Where a bucket keeps no versions, there is none to hand on.
    found = {name: value for name, value in given.items() if value is not None} if known else {}
    if not found.get("plan") or not all(isinstance(value, str) for value in found.values()):
        raise OptionError(
            "restore_access_plan must be the path or s3:// URI of a plan, or the artifact restore_access_plan of a "
            "job: plan, sha256, version_id. Nothing was done."
        )
    return Place(**found)


def parts(params: Mapping[str, Any]) -> tuple[Place, ...]:
    """The plans to merge."""
    return tuple(Place(one["plan"], one["sha256"] or "", one["version_id"] or "") for one in params["parts"] or ())
