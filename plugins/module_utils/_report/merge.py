# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reports of sliced jobs as the accounts of one. Pure."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._errors import RestoreAccessError
from .entry import STATUSES, shaped
from .text import first_few

_SHOWN = 5


def checked(part: Any, name: str, version: int) -> dict[str, Any]:
    """The part in today's shape. ``name``: what to call it in a message. Raises RestoreAccessError if it is no report."""
    problem = _problem(part, version)
    if problem:
        raise RestoreAccessError(f"{name} is not a report of this collection: {problem}.")
    entries = [shaped({"judged": one["status"] not in STATUSES[:2], **one}) for one in part["accounts"]]
    return {**part, "accounts": entries}


def _problem(part: Any, version: int) -> str:
    if not isinstance(part, Mapping):
        return "it is no JSON object"
    if part.get("schema_version") != version:
        return f"its schema_version is {reprlib.repr(part.get('schema_version'))}, and this version reads {version}"
    if not isinstance(part.get("generated_at"), str):
        return "it has no generated_at"
    accounts = part.get("accounts")
    if not isinstance(accounts, Sequence) or isinstance(accounts, str):
        return "it has no list of accounts"
    for number, one in enumerate(accounts):
        if not isinstance(one, Mapping) or not one.get("host") or one.get("status") not in STATUSES:
            return f"number {number} of its accounts has no host, or a status that does not exist"
    return ""


def merge(parts: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The accounts of all parts, and notes on what was left out. Of a host in several parts the latest entry stays."""
    latest: dict[str, tuple[str, dict[str, Any]]] = {}
    replaced: dict[tuple[str, str], list[str]] = {}
    # The sort is stable: of parts of the same second the later in the list stays.
    for part in sorted(parts, key=lambda one: str(one["generated_at"])):
        for entry in part["accounts"]:
            known = latest.get(entry["host"])
            if known is not None:
                replaced.setdefault((known[0], part["generated_at"]), []).append(entry["host"])
            latest[entry["host"]] = (part["generated_at"], entry)
    return [entry for _when, entry in latest.values()], list(_notes(replaced))


def _notes(replaced: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[str]:
    for (old, new), hosts in replaced.items():
        yield f"In more than one part: {first_few(sorted(hosts), _SHOWN)}. Taken from the part of {new}, not from that of {old}."
