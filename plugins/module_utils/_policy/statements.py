# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One statement's label and effect; and documents put together from statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias, TypeGuard

from .documents import Json, as_list, element

VERSION = "2012-10-17"

Effect: TypeAlias = Literal["Allow", "Deny"]
ALLOW: Final = "Allow"
DENY: Final = "Deny"


def sid_of(statement: Json) -> str:
    """Its Sid; empty where it has none, or none that is a string."""
    sid = element(statement, "Sid") if isinstance(statement, Mapping) else None
    return sid if isinstance(sid, str) else ""


def label(statement: Json, index: int) -> str:
    """How a report names a statement: its Sid, else ``#`` and its position from 0."""
    return sid_of(statement) or f"#{index}"


def effect(statement: Json) -> Effect | None:
    """``Allow``, ``Deny``, or None where the statement cannot be read (IAM evaluation rules 4, 5)."""
    value = element(statement, "Effect") if isinstance(statement, Mapping) else None
    if value == ALLOW:
        return ALLOW
    return DENY if value == DENY else None


def is_allow(statement: Json) -> TypeGuard[dict[str, Json]]:
    """Whether it is an object whose effect is ``Allow``."""
    return effect(statement) == ALLOW


def condition_values(statement: Mapping[str, Json], key: str) -> Iterator[str]:
    """The texts that its conditions compare with a key, by whatever operator. ``key``: in lower case."""
    condition = element(statement, "Condition")
    for tests in condition.values() if isinstance(condition, Mapping) else ():
        for name, values in tests.items() if isinstance(tests, Mapping) else ():
            if name.lower() == key:
                yield from (value for value in as_list(values) if isinstance(value, str))


def document(own: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """A new policy document that holds exactly ``own``."""
    return {"Version": VERSION, "Statement": [dict(statement) for statement in own]}


def with_statements(existing: Mapping[str, Json], body: Sequence[Json]) -> dict[str, Json]:
    """``existing`` with these statements in place of its own; all else as it is."""
    result = {key: value for key, value in existing.items() if key.lower() != "statement"}
    result["Statement"] = list(body)
    return result
