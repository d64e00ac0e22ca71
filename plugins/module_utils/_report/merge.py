# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reports of sliced jobs as the accounts of one. Pure."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._accepted_risks import Risk
from .._errors import RestoreAccessError
from .accepted import read
from .schema import NOT_EXAMINED, SCHEMA_VERSION, STATUSES, Entry, RunRecord
from .shape import records, run_record, shaped
from .text import first_few

_SHOWN = 5


@dataclass(frozen=True)
class Part:
    """What another report is read for. ``generated_at``: UTC, ISO 8601. ``risks``: those that it lists as accepted. ``runs``: that it is of."""

    generated_at: str
    accounts: Sequence[Entry]
    risks: Sequence[Risk] = ()
    runs: Sequence[RunRecord] = ()


_REMEDY = f"Use a JSON report that a run of this collection wrote, with schema_version {SCHEMA_VERSION}."


def part_of(report: Any, name: str) -> Part:
    """Another report, in today's shape. ``name``: what to call it in a message. Raises RestoreAccessError if it is none."""
    problem = _problem(report)
    if problem:
        raise RestoreAccessError(f"{name} is not a report of this collection: {problem}. {_REMEDY}")
    entries = [shaped({"evaluated": entry["status"] not in NOT_EXAMINED, **entry}) for entry in report["accounts"]]
    runs = tuple(map(run_record, records(report, "runs")))
    return Part(report["generated_at"], entries, tuple(read(records(report, "accepted_risks"))), runs)


def _problem(part: object) -> str:
    if not isinstance(part, Mapping):
        return "it is not a JSON object"
    if part.get("schema_version") != SCHEMA_VERSION:
        return (
            f"its schema_version is {reprlib.repr(part.get('schema_version'))}, and this version reads {SCHEMA_VERSION}"
        )
    if not isinstance(part.get("generated_at"), str):
        return "it has no generated_at"
    accounts = part.get("accounts")
    if not isinstance(accounts, Sequence) or isinstance(accounts, str):
        return "it has no list of accounts"
    for number, entry in enumerate(accounts):
        if not isinstance(entry, Mapping) or not entry.get("host") or entry.get("status") not in STATUSES:
            return f"number {number} of its accounts has no host, or a status that does not exist"
    return ""


def merged(parts: Sequence[Part]) -> tuple[list[Entry], list[str]]:
    """The accounts of all parts, and notes on what was left out. Of a host in several parts the latest entry stays."""
    latest: dict[str, tuple[str, Entry]] = {}
    replaced: dict[tuple[str, str], list[str]] = {}
    # The sort is stable: of parts of the same second the later in the list stays.
    for part in sorted(parts, key=lambda part: part.generated_at):
        for entry in part.accounts:
            known = latest.get(entry["host"])
            if known is not None:
                replaced.setdefault((known[0], part.generated_at), []).append(entry["host"])
            latest[entry["host"]] = (part.generated_at, entry)
    return [entry for _when, entry in latest.values()], list(_notes(replaced))


def _notes(replaced: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[str]:
    for (old, new), hosts in replaced.items():
        yield f"In more than one part: {first_few(sorted(hosts), _SHOWN)}. Taken from the part of {new}, not from that of {old}."
