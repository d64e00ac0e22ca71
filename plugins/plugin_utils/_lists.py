# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists as people type them: into the text area of a survey, line by line, or with commas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_BETWEEN = re.compile(r"[,\r\n]+")
_LINES = re.compile(r"[\r\n]+")


def split(spec: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """``options`` with the list options of texts in ``spec`` as lists, one member for each line, without blanks around them.

    A text is split at commas as well, as Ansible splits one; a member of a list only at the ends of its lines, since names in
    IAM may hold commas. What is no text, or looks like a list that was written as one, is left for Ansible to judge.
    """
    return {name: _option(spec.get(name, {}), value) for name, value in options.items()}


def of_texts(value: Any) -> Any:
    """The value of one list of texts, as ``split`` makes it."""
    if isinstance(value, str):
        return value if value.strip().startswith("[") or not value.strip() else _without_blanks(_BETWEEN.split(value))
    return [line for entry in value for line in _lines(entry)] if isinstance(value, list) else value


def _option(option: Mapping[str, Any], value: Any) -> Any:
    if option.get("type") != "list":
        return value
    if option.get("elements") == "dict" and isinstance(value, list):
        own = option.get("options") or {}
        return [split(own, entry) if isinstance(entry, Mapping) else entry for entry in value]
    return of_texts(value) if option.get("elements") == "str" else value


def _lines(entry: Any) -> list[Any]:
    # What is empty to begin with is somebody's mistake, which is told.
    if not isinstance(entry, str) or not entry.strip(" \t"):
        return [entry]
    return _without_blanks(_LINES.split(entry))


def _without_blanks(parts: list[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()]
