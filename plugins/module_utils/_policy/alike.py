# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether two statements may be about the same requests, whatever their conditions. Pure.

A quick look, which finds too much rather than too little: what cannot be read, or is said by Not…, may be about anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .arns import account_in, padded
from .documents import Json, as_list, element
from .patterns import overlaps
from .principals import UNIQUE_ID, account_of

_ANYTHING = "*"


def alike(first: Json, second: Json) -> bool:
    """Whether both share a principal, an action and a resource."""
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        return True
    return all(_share(first, second, name) for name in ("Principal", "Action", "Resource"))


def _share(first: Mapping[str, Json], second: Mapping[str, Json], name: str) -> bool:
    ours, theirs = (list(_entries(statement, name)) for statement in (first, second))
    # Neither has the element: a trust policy has no Resource, and one of a principal no Principal.
    if not ours and not theirs:
        return True
    same = _one_principal if name == "Principal" else share_text
    return any(same(one, another) for one in ours for another in theirs)


def share_text(one: str, another: str) -> bool:
    """Whether two entries of Action or Resource may match the same text, however IAM reads them."""
    return any(overlaps(first.lower(), second.lower()) for first in _read(one) for second in _read(another))


def _read(entry: str) -> tuple[str, ...]:
    """As it stands and, where it is an ARN with too few parts, with stars for the others, as IAM reads it."""
    return (entry, ":".join(padded(entry))) if entry.lower().startswith("arn:") else (entry,)


def _one_principal(one: str, another: str) -> bool:
    if share_text(one, another) or UNIQUE_ID.fullmatch(one) or UNIQUE_ID.fullmatch(another):
        return True
    # A whole account has all its principals, and a session is its role's.
    whole = any(account_of(entry) or ":assumed-role/" in entry for entry in (one, another))
    return whole and "" != _account(one) == _account(another)


def _account(entry: str) -> str:
    return account_of(entry) or account_in(entry)


def _entries(statement: Mapping[str, Json], name: str) -> Iterator[str]:
    if element(statement, f"Not{name}") is not None:
        yield _ANYTHING
    value = element(statement, name)
    groups = value.values() if isinstance(value, Mapping) else () if value is None else (value,)
    for entry in (entry for group in groups for entry in as_list(group)):
        yield entry if isinstance(entry, str) and "${" not in entry else _ANYTHING
