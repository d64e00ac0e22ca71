# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option ``tags``, checked. Raises OptionError."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from .._errors import OptionError
from .._permission_sets.catalog import OWNER_TAG_KEY

# Source: the IAM API reference (Tag).
_MAX_TAGS = 50


def tags(option: Mapping[str, Any] | None) -> dict[str, str] | None:
    if option is None:
        return None
    for key, value in option.items():
        if not isinstance(value, str | int | float | None):
            raise OptionError(f"tags: {key!r} cannot be set. Its value has to be a text.")
    tags = {str(key): "" if value is None else str(value) for key, value in option.items()}
    for key, value in tags.items():
        if key.lower() == OWNER_TAG_KEY:
            raise OptionError(f"tags: {key!r} is the tag by which this collection knows its own; it is not to be set.")
        if not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith("aws:"):
            raise OptionError(
                f"tags: {key!r} cannot be set. A key has 1-128 characters and does not begin with aws:, a value at "
                "most 256."
            )
        if not all(unicodedata.category(character)[0] in "LNZ" or character in "_.:/=+-@" for character in key + value):
            raise OptionError(f"tags: {key!r} cannot be set. IAM takes letters, digits, spaces and _.:/=+-@ in tags.")
    if len({key.lower() for key in tags}) < len(tags):
        raise OptionError(
            "tags holds two keys that differ only in upper and lower case, and IAM does not tell them apart."
        )
    if len(tags) >= _MAX_TAGS:
        raise OptionError(f"tags holds {len(tags)} tags; IAM takes {_MAX_TAGS}, and one is this collection's own.")
    return tags
