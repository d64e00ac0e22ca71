# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A document put back to what it said before a run, with what others have changed in it since. Pure."""

from __future__ import annotations

from typing import Any

from .documents import Json, load, statements
from .errors import UnreadableDocumentError


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
    kept = [
        statement for statement in statements(old) if statement in statements(now) or statement not in statements(new)
    ]
    added = [
        statement
        for statement in statements(now)
        if statement not in statements(new) and statement not in statements(old)
    ]
    back: dict[str, Json] = {**old, "Statement": [*kept, *added]}
    # IAM takes no empty document; and what differs only in order or form is the same.
    same = sorted(map(str, statements(back))) == sorted(map(str, statements(now)))
    return None if same or not (kept or added) else back
