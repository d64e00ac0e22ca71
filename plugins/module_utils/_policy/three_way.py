# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A document put back to what it said before a run, with what others have changed in it since. Pure.

An Allow that the run took away comes back only where nobody has touched what the run wrote in its place, and nobody has added
a statement that allows the same under conditions: AWS joins Allow statements by "or", so that it would open what they closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .alike import alike
from .documents import Json, element, load, statements
from .errors import UnreadableDocumentError
from .statements import effect, is_allow, label


def put_back(before: Any, written: object, current: object) -> Any:
    """``before`` with what somebody else has changed since ``written``; None if that is what is there already."""
    if current is None:
        return before
    try:
        new, now = load(written) if written is not None else {}, load(current)
        if isinstance(before, str) and now == new:
            return before  # it could not be read when it was written down
        old = load(before)
    except UnreadableDocumentError:
        return None  # nothing of the run's can be told from the rest any more
    if now == new:
        return None if now == old else old
    merged = _Merged.of(old, new, now)
    back = {**old, "Statement": [*merged.kept, *merged.added]}
    if merged.keeps_version:
        back = {key: value for key, value in back.items() if key.lower() != "version"} | _version(now)
    # IAM takes no empty document; and what differs only in order or form is the same.
    same = sorted(map(str, statements(back))) == sorted(map(str, statements(now)))
    return None if same or not (merged.kept or merged.added) else back


def withheld(before: object, written: object, current: object) -> tuple[str, ...]:
    """The statements of ``before``, by Sid or ``#index``, that the run took away and that ``put_back`` does not put back."""
    try:
        old, new, now = load(before), load(written) if written is not None else {}, load(current)
    except UnreadableDocumentError:
        return ()
    return () if now == new else _Merged.of(old, new, now).withheld


@dataclass(frozen=True, slots=True)
class _Merged:
    """``kept``: of before; ``added``: by others since. ``withheld``: labels. ``keeps_version``: the Version that is there stays."""

    kept: tuple[Json, ...]
    added: tuple[Json, ...]
    withheld: tuple[str, ...]
    keeps_version: bool

    @staticmethod
    def of(old: Mapping[str, Json], new: Mapping[str, Json], now: Mapping[str, Json]) -> _Merged:
        before, ran, there = statements(old), statements(new), statements(now)
        since = _Since(
            added=[statement for statement in there if statement not in ran and statement not in before],
            touched=[statement for statement in ran if statement not in before and statement not in there],
        )
        # By its Version a document knows variables or not: what others wrote keeps the meaning that it has.
        keeps_version = _version(old) != _version(now) and any(map(_has_variable, since.added))
        kept: list[Json] = []
        away: list[str] = []
        for index, statement in enumerate(before):
            if statement in there:
                kept.append(statement)
            elif statement not in ran:
                if since.closes(statement) or (keeps_version and _has_variable(statement)):
                    away.append(label(statement, index))
                elif (named := since.named(statement)) not in since.added:
                    kept.append(named)
        return _Merged(tuple(kept), tuple(since.added), tuple(away), keeps_version)


@dataclass(frozen=True, slots=True)
class _Since:
    """What others have done since the run. ``touched``: what it wrote and is no longer there."""

    added: Sequence[Json]
    touched: Sequence[Json]

    def closes(self, statement: Json) -> bool:
        """Whether a statement that the run took away would open again what somebody has closed."""
        if not is_allow(statement):
            return effect(statement) is None
        under_conditions = (other for other in self.added if is_allow(other) and element(other, "Condition"))
        return _sid(statement) in set(self._sids()) or any(
            alike(statement, other) for other in (*self.touched, *under_conditions)
        )

    def named(self, statement: Json) -> Json:
        """Without its Sid where somebody has given it to another statement: IAM takes each once."""
        if isinstance(statement, Mapping) and _sid(statement) in set(self._sids()):
            return {key: value for key, value in statement.items() if key.lower() != "sid"}
        return statement

    def _sids(self) -> Iterator[str]:
        yield from filter(None, map(_sid, self.added))


def _sid(statement: Json) -> str:
    sid = element(statement, "Sid") if isinstance(statement, Mapping) else None
    return sid if isinstance(sid, str) else ""


def _has_variable(statement: Json) -> bool:
    return "${" in json.dumps(statement)


def _version(document: Mapping[str, Json]) -> dict[str, Json]:
    version = element(document, "Version")
    return {} if version is None else {"Version": version}
