# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading and writing policy documents as JSON, before anything is made of what they say (rules 1-4)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote

from .errors import UnreadableDocumentError

Json: TypeAlias = "str | int | float | bool | None | list[Json] | dict[str, Json]"

# IAM stores no document that is nested deeper than a few levels; beyond this it is not one of IAM's.
_DEEPEST = 50
# Four times what an API of AWS takes for one, whitespace included (IAM API reference, PolicyDocument): AWS's own are longer
# than that, AWSSupportServiceRolePolicy has 152,297, and more where somebody has indented it. Against hostile input only.
_MOST_CHARACTERS = 524_288
# URL-encoded, four bytes of three characters each.
_LONGEST_CHARACTER = 12
_TOO_LONG = "it is longer than any policy that AWS stores"
# More than a JSON number can hold; Python refuses to write out the longest ones.
_MOST_BITS = 1024
# The API's pattern for a policy document ends at U+00FF.
_BEYOND_LATIN_1 = re.compile(r"[^\x00-\xff]")


def load(stored: object) -> dict[str, Json]:
    """A policy document from a dict, JSON text or URL-encoded JSON text, as IAM's API returns it (rule 1).

    The result is a copy: changing it changes nothing that was passed in. Raises UnreadableDocumentError.
    """
    value = parsed(stored, _MOST_CHARACTERS) if isinstance(stored, str) else stored
    if value is None:
        raise UnreadableDocumentError("there is no document")
    if not isinstance(value, Mapping):
        raise UnreadableDocumentError("it is not a JSON object")
    return _copied(value, _DEEPEST, [_MOST_CHARACTERS])  # type: ignore[return-value]  # of an object, an object


def as_stored(text: str) -> dict[str, Json] | str:
    """The document in an answer of IAM's; the text as it is where ``load`` could not read it, so that it will say so."""
    try:
        return load(text)
    except UnreadableDocumentError:
        return text


def parsed(text: str, most: int | None = None) -> Any:
    """JSON in which no object names an element twice; URL-encoded JSON as well. ``most``: characters it may have.

    Raises UnreadableDocumentError.
    """
    plain = text.strip()
    if plain.startswith("%"):
        if most is not None and len(plain) > _LONGEST_CHARACTER * most:
            raise UnreadableDocumentError(_TOO_LONG)
        plain = unquote(plain)
    if most is not None and len(plain) > most:
        raise UnreadableDocumentError(_TOO_LONG)
    try:
        return json.loads(plain, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise UnreadableDocumentError("it is not valid JSON") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    # Python would keep the last of them; which one IAM would go by is not documented.
    if len(result) != len(pairs):
        raise UnreadableDocumentError("an element is in it twice")
    return result


def _copied(value: object, depth: int, room: list[int]) -> Json:
    """``room``: how many characters, about, it may still have as JSON; one number, which becomes less.

    Raises UnreadableDocumentError for what no policy document can be.
    """
    if depth == 0:
        raise UnreadableDocumentError("it is nested too deeply")
    room[0] -= len(value) + 1 if isinstance(value, (str, list, Mapping)) else 1
    if room[0] < 0:
        raise UnreadableDocumentError(_TOO_LONG)
    if _is_scalar(value):
        return value  # type: ignore[return-value]  # it has just been told to be one
    if isinstance(value, list):
        return [_copied(child, depth - 1, room) for child in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        room[0] -= sum(map(len, value))
        return {key: _copied(child, depth - 1, room) for key, child in value.items()}
    raise UnreadableDocumentError("it is not valid JSON")


def _is_scalar(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return value.bit_length() <= _MOST_BITS
    return value is None or isinstance(value, str)


def element(mapping: Mapping[str, Json], name: str) -> Json:
    """The element of this name; in other upper or lower case if it is not there exactly; else None (rule 4)."""
    if name in mapping:
        return mapping[name]
    lowered = name.lower()
    return next((value for key, value in mapping.items() if key.lower() == lowered), None)


def statements(document: Mapping[str, Json]) -> list[Json]:
    """The statements: one that is no list stands for a list of one, and what is no object stays in place (rule 2)."""
    return as_list(element(document, "Statement"))


def statements_in(stored: object) -> list[Json]:
    """The statements of a document as it is stored; none of one that cannot be read."""
    try:
        return statements(load(stored))
    except UnreadableDocumentError:
        return []


def as_list(value: Json) -> list[Json]:
    """A scalar as a list of one, nothing as an empty list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def text(document: Mapping[str, Json]) -> str:
    """The document as it is sent to IAM: JSON without whitespace, escaped where IAM takes no such character."""
    written = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return _BEYOND_LATIN_1.sub(lambda character: json.dumps(character[0])[1:-1], written)


def size(document: Mapping[str, Json]) -> int:
    """Its length as IAM counts it for its quotas: characters, whitespace left out."""
    return sum(not character.isspace() for character in text(document))
