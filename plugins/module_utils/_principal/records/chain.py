# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of a run's journal: each holds the hash of the one before, and where a key is given its own MAC. Pure.

The chain shows accidents and careless edits: whoever can write the file can write another chain. The MAC is what others
cannot make.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from ..._errors import OptionError
from ..._policy.documents import parsed
from ..._policy.errors import UnreadableDocumentError

JOURNAL_SCHEMA = 2

# Begun: about to be called. Unconfirmed: the answer was lost, so that it may have been made. Snapshot: one was written,
# which all that follows is about. Ended: nothing follows.
Outcome: TypeAlias = Literal["snapshot", "begun", "made", "failed", "unconfirmed", "ended"]
SNAPSHOT: Final = "snapshot"
BEGUN: Final = "begun"
MADE: Final = "made"
FAILED: Final = "failed"
UNCONFIRMED: Final = "unconfirmed"
ENDED: Final = "ended"

PREVIOUS = "previous_sha256"
# In the line that says that a principal was created: journals of earlier versions do not have it.
UNIQUE_ID: Final = "unique_id"
# A write that failed half-way leaves one, and a run ends at the first line that it cannot write before a change.
_MOST_UNFINISHED = 100
# It stands last, so that what it is of is the line without it, byte by byte.
_MAC = re.compile(rb'(\{.*), "mac": "([A-Za-z0-9+/=]+)"\}', re.DOTALL)

Sign: TypeAlias = Callable[[bytes], str]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def line(fields: Mapping[str, Any], previous: bytes | None, sign: Sign | None = None) -> bytes:
    """One line, without its end. ``previous``: the line before. Raises what ``sign`` raises."""
    whole = json.dumps({**fields, PREVIOUS: None if previous is None else sha256(previous)}).encode()
    return whole if sign is None else signed(whole, sign(whole))


def signed(whole: bytes, mac: str) -> bytes:
    """A JSON object with its MAC as its last element."""
    return whole[:-1] + f', "mac": "{mac}"}}'.encode()


def signature(whole: bytes) -> Signed | None:
    """What the MAC of such an object is of, and the MAC; None if it has none."""
    found = _MAC.fullmatch(whole)
    return None if found is None else Signed(found[1] + b"}", found[2].decode())


@dataclass(frozen=True, slots=True)
class Signed:
    """What a line's MAC is of, and the MAC."""

    content: bytes
    mac: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The lines of one run at one principal, in order. ``signed``: the last line with its MAC, None if it has none.

    The MAC of the last one is that of all: each holds the hash of the one before. ``unsigned``: how many have no MAC.
    """

    entries: tuple[Mapping[str, Any], ...]
    signed: Signed | None
    unsigned: int

    @property
    def ended(self) -> bool:
        return bool(self.entries[-1]["outcome"] == ENDED)

    @property
    def last_snapshot(self) -> Mapping[str, Any]:
        """The line of the snapshot that counts: it was written anew where the plan was made anew."""
        return next(one for one in reversed(self.entries) if one["outcome"] == SNAPSHOT)

    @property
    def possibly_made(self) -> tuple[Mapping[str, Any], ...]:
        """The operations that were begun, but for those that AWS refused; each with the unique ID that creating gave, if told."""
        found: list[Mapping[str, Any]] = []
        for entry in self.entries:
            if entry["outcome"] == BEGUN:
                found.append(entry)
            # Nothing is begun before the one before it has ended.
            elif entry["outcome"] == FAILED and found and _call(found[-1]) == _call(entry):
                found.pop()
            elif entry["outcome"] == MADE and UNIQUE_ID in entry:
                # Where its answer was lost, other operations may stand between.
                last = next((at for at in reversed(range(len(found))) if _call(found[at]) == _call(entry)), None)
                if last is not None:
                    found[last] = {**found[last], UNIQUE_ID: entry[UNIQUE_ID]}
        return tuple(found)


def _call(entry: Mapping[str, Any]) -> tuple[Any, Any]:
    return entry.get("operation"), entry.get("target")


def read(content: bytes, where: str) -> Chain:
    """Raises OptionError for what is no journal of one run, or was changed since."""
    entries: list[dict[str, Any]] = []
    whole: list[bytes] = []
    for number, one, entry in _whole_lines(content, where):
        previous = sha256(whole[-1]) if whole else None
        if entry.get(PREVIOUS, "") != previous:
            raise _does_not_follow(where, number)
        entries.append(entry)
        whole.append(one)
    if not entries or entries[0]["outcome"] != SNAPSHOT:
        raise _changed(where, "it does not begin with the snapshot")
    _check_one_run(entries, where)
    signatures = [signature(one) for one in whole]
    return Chain(tuple(entries), signatures[-1], sum(1 for one in signatures if one is None))


def _whole_lines(content: bytes, where: str) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    """The lines that were written as a whole, each with its number and what it holds. Raises OptionError.

    A crash or a full disk leaves a line unfinished, and the same line follows it. At the end of the file none may follow: what is
    there must then at least be the start of one.
    """
    unfinished = edited = 0
    for number, one, ended in _lines(content):
        entry = _entry(one)
        if entry is not None:
            edited = 0
            yield number, one, entry
        elif ended:
            unfinished, edited = unfinished + 1, edited or (0 if _is_unfinished(one) else number)
        if unfinished > _MOST_UNFINISHED:
            raise _changed(where, f"more than {_MOST_UNFINISHED} of its lines are not lines of a run")
    if edited:
        raise _does_not_follow(where, edited)


def _is_unfinished(one: bytes) -> bool:
    return one.startswith(b'{"') and not one.endswith(b"}")


def _lines(content: bytes) -> Iterator[tuple[int, bytes, bool]]:
    """One by one, with their numbers, and whether they have an end: a list of millions costs more than it is worth."""
    for number, one in enumerate(io.BytesIO(content), 1):
        yield number, one.removesuffix(b"\n"), one.endswith(b"\n")


def _entry(one: bytes) -> dict[str, Any] | None:
    """None for what is no whole line."""
    if not one.startswith(b"{"):
        return None  # without the price of an error by the parser
    try:
        found = parsed(one.decode())
    except (UnicodeDecodeError, UnreadableDocumentError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("outcome"), str) else None


def _check_one_run(entries: Iterable[Mapping[str, Any]], where: str) -> None:
    runs = {
        (str(one.get("run_id")), str(one.get("account_id")), one.get("schema_version") == JOURNAL_SCHEMA)
        for one in entries
    }
    if len(runs) != 1:
        raise _changed(where, "it contains lines of several runs")
    if not next(iter(runs))[2]:
        raise OptionError(
            f"snapshot: the journal {where} was written by another version of this collection. Roll back with that version."
        )


def _does_not_follow(where: str, number: int) -> OptionError:
    return _changed(where, f"line {number} does not follow from the one before it")


def _changed(where: str, what: str) -> OptionError:
    return OptionError(
        f"snapshot: the journal {where} was changed after the run, or part of it is missing: {what}. Nothing was "
        "changed. Restore the journal that the run wrote, such as from a backup or an earlier version of the object."
    )
