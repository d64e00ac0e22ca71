# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tags of this collection on a principal or a managed policy, by their keys in whatever case. Pure.

IAM does not tell the keys of a role's or a user's tags apart by case, and those of a managed policy's it does (IAM User Guide,
"Tags for IAM resources"): there two tags may stand under one of our keys, and what only one of them says is not known.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..._permission_sets.catalog import OWNER_TAG_KEY, OWNER_TAG_VALUE


def values_of(tags: Mapping[str, str], key: str) -> tuple[str, ...]:
    """What the tags under ``key`` say, each value once; ``key`` in lower case."""
    return tuple(dict.fromkeys(value for present, value in tags.items() if present.lower() == key))


def say_created_here(tags: Mapping[str, str]) -> bool:
    """Whether they say that this collection made it, and nothing else of who did."""
    return values_of(tags, OWNER_TAG_KEY) == (OWNER_TAG_VALUE,)
