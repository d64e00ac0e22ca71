# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lists of AWS Organizations: pages of at most 20, of which any can be empty and still not be the last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._aws.calls import MOST_PAGES, CallError, call

SERVICE = "organizations"
# The most that AWS Organizations takes; more on a page means fewer calls.
PAGE = {"MaxResults": 20}


def listed(client: Any, operation: str, key: str, target: str, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """Every item of a list. Only the absence of NextToken ends it, never an empty page. Raises CallError."""
    token: str | None = None
    seen: set[str] = set()
    while len(seen) < MOST_PAGES:
        following = {"NextToken": token} if token else {}
        page = call(client, SERVICE, operation, target, {**arguments, **following})
        yield from page[key]
        token = page.get("NextToken")
        if not token:
            return
        if token in seen:
            break
        seen.add(token)
    raise CallError(f"{SERVICE}:{operation}", target, "RepeatedNextToken", "the same page token was returned twice")
