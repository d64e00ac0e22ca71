# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A document put back to what it said before a run, with what others have changed in it since. Pure.

An Allow that the run took away comes back only where nobody has touched what the run wrote in its place, and nobody has added
a statement that allows part of the same, or allows it under conditions: AWS joins Allow statements by "or", so that it would
open what they closed.
Where it stays away, what the run wrote in its place stays, so that nobody is locked out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .alike import alike
from .canonical import atoms
from .covers import covers
from .documents import Json, element, load, statements
from .errors import UnreadableDocumentError
from .statements import effect, is_allow, label, sid_of


def put_back(before: Any, written: object, current: object) -> Any:
    """``before`` with what somebody else has changed since ``written``; None if that is what is there already."""
    if current is None:
        return before
    try:
        new, now = load(written) if written is not None else {}, load(current)
        if isinstance(before, str) and _same_document(now, new):
            return before  # it could not be read when it was written down
        old = load(before)
    except UnreadableDocumentError:
        return None  # nothing of the run's can be told from the rest any more
    if _same_document(now, new):
        return None if _same_document(now, old) else old
    merged = _Merged.of(old, new, now)
    body = (*merged.kept, *merged.added)
    back: dict[str, Json] = {**old, "Statement": list(body)}
    if merged.keeps_version:
        back = {key: value for key, value in back.items() if key.lower() != "version"} | _version(now)
    # IAM takes no empty document; and what differs only in order or form is the same.
    same = _all_in(body, statements(now)) and _all_in(statements(now), body)
    return None if same or not body else back


def withheld(before: object, written: object, current: object) -> tuple[str, ...]:
    """The statements of ``before``, by Sid or ``#index``, that the run took away and that ``put_back`` does not put back."""
    try:
        old, new, now = load(before), load(written) if written is not None else {}, load(current)
    except UnreadableDocumentError:
        return ()
    return () if _same_document(now, new) else _Merged.of(old, new, now).withheld


def is_same(first: object, second: object) -> bool:
    """Whether two documents have the same statements, in whatever order and form."""
    try:
        return _same_document(load(first), load(second))
    except UnreadableDocumentError:
        return first == second


@dataclass(frozen=True, slots=True)
class _Merged:
    """``kept``: of before, and of what the run wrote in place of ``withheld``; ``added``: by others since. ``withheld``: labels.
    ``keeps_version``: the Version that is there stays."""

    kept: tuple[Json, ...]
    added: tuple[Json, ...]
    withheld: tuple[str, ...]
    keeps_version: bool

    @staticmethod
    def of(old: Mapping[str, Json], new: Mapping[str, Json], now: Mapping[str, Json]) -> _Merged:
        before, ran, there = statements(old), statements(new), statements(now)
        since = _Since(
            added=[each for each in there if not _in(each, ran) and not _in(each, before)],
            touched=[each for each in ran if not _in(each, there)],
            standing=[each for each in ran if _in(each, there)],
        )
        # By its Version a document knows variables or not: what others wrote keeps the meaning that it has.
        theirs = any(map(_has_variable, since.added)) or _version(now) != _version(new)
        keeps_version = _version(old) != _version(now) and theirs
        kept: list[Json] = []
        away: dict[str, Json] = {}
        for index, statement in enumerate(before):
            if _in(statement, there):
                kept.append(statement)
            elif not _in(statement, ran):
                if since.closes(statement) or (keeps_version and _has_variable(statement)):
                    away[label(statement, index)] = statement
                elif not _in(named := since.named(statement), since.added):
                    kept.append(named)
        instead = [each for each in ran if _in(each, there) and not _in(each, before)]
        taken = {sid_of(each) for each in kept} - {""}
        kept += [
            each for each in instead if sid_of(each) not in taken and any(_replaces(each, one) for one in away.values())
        ]
        return _Merged(tuple(kept), tuple(since.added), tuple(away), keeps_version)


@dataclass(frozen=True, slots=True)
class _Since:
    """What others have done since the run. ``touched``: what it left and is no longer there; ``standing``: what is."""

    added: Sequence[Json]
    touched: Sequence[Json]
    standing: Sequence[Json]

    def closes(self, statement: Json) -> bool:
        """Whether a statement that the run took away would open again what somebody has closed."""
        if not is_allow(statement):
            return effect(statement) is None
        narrower = (other for other in self.added if self._is_narrower(other, statement))
        return sid_of(statement) in self._sids() or any(
            _replaces(other, statement) for other in (*self.touched, *narrower)
        )

    def _is_narrower(self, other: Json, statement: Json) -> bool:
        """Whether somebody's Allow may stand for less than the old one: not if it allows all of that, nor if it only repeats ours."""
        if not is_allow(other) or covers(other, statement):
            return False
        repeats = any(covers(one, other) for one in self.standing)
        return not repeats or element(other, "Condition") is not None

    def named(self, statement: Json) -> Json:
        """Without its Sid where somebody has given it to another statement: IAM takes each once."""
        if isinstance(statement, Mapping) and sid_of(statement) in self._sids():
            return {key: value for key, value in statement.items() if key.lower() != "sid"}
        return statement

    def _sids(self) -> set[str]:
        return set(filter(None, map(sid_of, self.added)))


def _replaces(one: Json, another: Json) -> bool:
    """Whether a statement may stand in the place of another one."""
    return alike(one, another) or "" != sid_of(one) == sid_of(another)


def _same_document(first: Mapping[str, Json], second: Mapping[str, Json]) -> bool:
    """Whether both have the same statements, in whatever order and form: IAM returns an account as the ARN of its root."""
    if first == second:
        return True
    ours, theirs = statements(first), statements(second)
    return _version(first) == _version(second) and _all_in(ours, theirs) and _all_in(theirs, ours)


def _all_in(some: Sequence[Json], others: Sequence[Json]) -> bool:
    return all(_in(statement, others) for statement in some)


def _in(statement: Json, others: Sequence[Json]) -> bool:
    """Whether it is among these, however it is written."""
    return statement in others or any(_same(statement, other) for other in others)


def _same(first: Json, second: Json) -> bool:
    if sid_of(first) != sid_of(second) or not isinstance(first, Mapping) or not isinstance(second, Mapping):
        return False
    return atoms(first, variables=True) == atoms(second, variables=True)


def _has_variable(statement: Json) -> bool:
    return "${" in json.dumps(statement)


def _version(document: Mapping[str, Json]) -> dict[str, Json]:
    version = element(document, "Version")
    return {} if version is None else {"Version": version}
