# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether two statements may be about the same requests, whatever their conditions. Pure.

A quick look, which finds too much rather than too little: principals count by their account, and what cannot be read, or
is said by Not…, may be about anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .documents import Json, as_list, element
from .patterns import overlaps
from .statements import label

_ANYTHING = "*"
_ACCOUNT = re.compile(r"\d{12}")


def alike(first: Json, second: Json) -> bool:
    """Whether both have one Sid, or share a principal's account, an action and a resource."""
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        return True
    if label(first, 0) == label(second, 1):
        return True
    return all(_share(first, second, name) for name in ("Principal", "Action", "Resource"))


def _share(first: Mapping[str, Json], second: Mapping[str, Json], name: str) -> bool:
    ours, theirs = (list(_entries(statement, name)) for statement in (first, second))
    # Neither has the element: a trust policy has no Resource, and one of a principal no Principal.
    if not ours and not theirs:
        return True
    return any(overlaps(one.lower(), another.lower()) for one in ours for another in theirs)


def _entries(statement: Mapping[str, Json], name: str) -> Iterator[str]:
    if element(statement, f"Not{name}") is not None:
        yield _ANYTHING
    value = element(statement, name)
    groups = value.values() if isinstance(value, Mapping) else () if value is None else (value,)
    for entry in (entry for group in groups for entry in as_list(group)):
        if not isinstance(entry, str) or "${" in entry:
            yield _ANYTHING
        elif name == "Principal" and (account := _ACCOUNT.search(entry)):
            yield account[0]
        else:
            # The unique ID of a principal may be anybody's.
            yield _ANYTHING if name == "Principal" and entry.startswith("A") else entry
