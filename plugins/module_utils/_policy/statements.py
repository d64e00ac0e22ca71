# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One statement's label and effect; documents put together from statements, and merged by Sid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from .documents import Json, element, statements

VERSION = "2012-10-17"

Effect: TypeAlias = Literal["Allow", "Deny"]
ALLOW: Final = "Allow"
DENY: Final = "Deny"


def label(statement: Json, index: int) -> str:
    """How a report names a statement: its Sid, else ``#`` and its position from 0."""
    sid = element(statement, "Sid") if isinstance(statement, Mapping) else None
    return sid if isinstance(sid, str) and sid else f"#{index}"


def effect(statement: Json) -> Effect | None:
    """``Allow``, ``Deny``, or None where the statement cannot be read (IAM evaluation rules 4, 5)."""
    value = element(statement, "Effect") if isinstance(statement, Mapping) else None
    if value == ALLOW:
        return ALLOW
    return DENY if value == DENY else None


def document(own: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """A new policy document that holds exactly ``own``."""
    return {"Version": VERSION, "Statement": [dict(statement) for statement in own]}


def merged(existing: Mapping[str, Json], own: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """``existing`` with each of ``own`` put in the place of the statement of its Sid, or at the end.

    Every other statement, and every other element of the document, stays as it is and where it is. A Sid is unique in
    a document of IAM's; where one of ours is there twice all the same, one of them is left.
    """
    result = list(statements(existing))
    for statement in own:
        places = [index for index, present in enumerate(result) if label(present, index) == statement["Sid"]]
        if places:
            result[places[0]] = dict(statement)
            result = [present for index, present in enumerate(result) if index not in places[1:]]
        else:
            result.append(dict(statement))
    return _with_statements(existing, result)


def without(existing: Mapping[str, Json], sids: frozenset[str]) -> dict[str, Json]:
    """``existing`` without the statements of these Sids; all else as it is."""
    kept = [present for index, present in enumerate(statements(existing)) if label(present, index) not in sids]
    return _with_statements(existing, kept)


def _with_statements(existing: Mapping[str, Json], new: Sequence[Json]) -> dict[str, Json]:
    result = {key: value for key, value in existing.items() if key.lower() != "statement"}
    result["Statement"] = list(new)
    return result
