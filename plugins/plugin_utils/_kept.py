# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results of accounts in files, until the report takes them.

Ansible keeps every registered result in memory, copies it several times on its way, and looks into each value. What the report needs of a
thousand accounts goes past all that: it lies in the directory that a run of Ansible has for itself, and deletes when it ends.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ansible import constants

from ..module_utils._report.progress import has_drifted

# What tasks after it, callbacks, Ansible itself and Automation Platform (extensions/audit) ask a result for.
_STAYS: Final = (
    "changed",
    "check_mode",
    "exception",
    "exists",
    "failed",
    "missing_permissions",
    "msg",
    "principal",
    "skipped",
    "snapshot_s3",
    "unreachable",
    "warnings",
)
_NAME: Final = re.compile(r"[0-9a-f]{32}")
KEPT_IN: Final = "kept_in"


def keep(results: Mapping[str, Mapping[str, Any] | None], diff: bool) -> dict[str, Any]:
    """Write each of these results, by what it is of, and return what stays of the first. ``diff``: whether differences are shown."""
    first = next(iter(results.values())) or {}
    stays = (*_STAYS, "diff") if diff else _STAYS
    drifted = {"drifted": has_drifted(first), KEPT_IN: put(results)}
    return {key: first[key] for key in stays if key in first} | drifted


def put(parts: Mapping[str, Mapping[str, Any] | None]) -> str:
    """Write each of these, by what it is of, and return the name that ``kept`` finds them by."""
    place = directory()
    place.mkdir(mode=0o700, exist_ok=True)
    name = uuid.uuid4().hex
    with os.fdopen(os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        # Where a module has failed as a module, Ansible puts objects of its own into what it returned.
        file.writelines(f"{of} {json.dumps(part, default=str)}\n" for of, part in parts.items() if part is not None)
    return name


def kept(result: Any) -> dict[str, str] | None:
    """The whole results as JSON, by what each is of; None if ``result`` is not what ``keep`` returned in this run of Ansible."""
    name = result.get(KEPT_IN) if isinstance(result, Mapping) else None
    # An inventory could have a variable of the same name.
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    try:
        lines = (directory() / name).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    parts = (line.partition(" ") for line in lines)
    return {of: text for of, _blank, text in parts}


def directory() -> Path:
    """Of this run of Ansible alone, which deletes it when it ends. It need not be there yet."""
    return Path(constants.DEFAULT_LOCAL_TMP) / "cloudrestore"
