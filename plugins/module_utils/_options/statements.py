# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option ``additional_statements``: statements of the user's own, checked. Raises OptionError."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .._checks import at_most
from .._errors import OptionError
from .._permission_sets.catalog import PERMISSION_SETS, SID_PREFIX_PERMISSIONS
from .._policy.canonical import readable
from .._policy.documents import Json, load
from .._policy.errors import UnreadableDocumentError

_SID = re.compile(r"[A-Za-z0-9]+")


def additional_statements(entries: Sequence[Mapping[str, Any]], of_sets: set[str]) -> tuple[dict[str, Json], ...]:
    taken = {permission_set.sid for permission_set in PERMISSION_SETS.values()} | of_sets
    at_most("additional_statements", entries)
    result: list[dict[str, Json]] = []
    for number, entry in enumerate(entries, start=1):
        statement = _statement(entry, number)
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise OptionError(f"additional_statements, entry {number}: Effect must be Allow or Deny.")
        for plain, other in (("Action", "NotAction"), ("Resource", "NotResource")):
            if (plain in statement) == (other in statement):
                raise OptionError(f"additional_statements, entry {number}: set either {plain} or {other}.")
        if "Principal" in statement or "NotPrincipal" in statement:
            raise OptionError(
                f"additional_statements, entry {number}: a policy of a role or user cannot contain a principal."
            )
        if not readable(dict(statement)):
            raise OptionError(
                f"additional_statements, entry {number}: it is malformed. Action and Resource must be a string or a "
                "list of strings, Condition must be operators with keys and their values."
            )
        # A Sid of its own lets a later run find the statement again.
        sid = str(statement.get("Sid") or f"{SID_PREFIX_PERMISSIONS}Additional{number}")
        if not _SID.fullmatch(sid) or sid in taken:
            raise OptionError(
                f"additional_statements, entry {number}: Sid {sid!r} is already used, or has other characters than "
                "letters and digits."
            )
        taken.add(sid)
        result.append({"Sid": sid, **{key: value for key, value in statement.items() if key != "Sid"}})
    return tuple(result)


def _statement(entry: Mapping[str, Any], number: int) -> dict[str, Json]:
    try:
        return load(entry)
    except UnreadableDocumentError as error:
        raise OptionError(f"additional_statements, entry {number} cannot be used: {error}.") from None
