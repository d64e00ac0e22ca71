# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags as an option has them, checked. Raises OptionError."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from .._errors import OptionError
from .._permission_sets.catalog import OWNER_TAG_KEY, PRINCIPAL_TAG_KEY

# Sources: the IAM and the STS API reference (Tag).
MOST_TAGS = 50


def tags(option: Mapping[str, Any] | None) -> dict[str, str] | None:
    """The tags of a principal; None where they are left as they are."""
    if option is None:
        return None
    tags = tags_of("tags", option)
    own = next((key for key in (OWNER_TAG_KEY, PRINCIPAL_TAG_KEY) if key in map(str.lower, tags)), None)
    if own:
        raise OptionError(
            f"tags: {own!r} is reserved: this collection recognizes what it created by it. Do not set it."
        )
    if len(tags) >= MOST_TAGS:
        raise OptionError(f"tags has {len(tags)} tags; IAM allows {MOST_TAGS}, one of which is this collection's own.")
    return tags


def tags_of(name: str, option: Mapping[str, Any]) -> dict[str, str]:
    """What AWS takes as tags, of a principal or of a session. ``name``: of the option."""
    for key, value in option.items():
        if not isinstance(value, str | int | float | None):
            raise OptionError(f"{name}: {key!r} cannot be set. Its value must be a string.")
    tags = {str(key): "" if value is None else str(value) for key, value in option.items()}
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith("aws:"):
            raise OptionError(
                f"{name}: {key!r} cannot be set. A key has 1-128 characters and does not begin with aws:, a value at "
                "most 256."
            )
        if not all(unicodedata.category(character)[0] in "LNZ" or character in "_.:/=+-@" for character in key + value):
            raise OptionError(
                f"{name}: {key!r} cannot be set. AWS allows letters, digits, spaces and _.:/=+-@ in tags."
            )
    if len({key.lower() for key in tags}) < len(tags):
        raise OptionError(
            f"{name} contains two keys that differ only in upper and lower case, which AWS does not distinguish."
        )
    return tags
