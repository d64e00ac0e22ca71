# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of a request's condition keys (rule 30)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """A key's state where it has no known value."""

    ABSENT = "absent"
    PRESENT = "present"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Known:
    """A key with known values. ``multivalued``: whether it is a set, such as aws:TagKeys."""

    values: tuple[str, ...]
    multivalued: bool = False


@dataclass(frozen=True, slots=True)
class Perhaps:
    """A key that is either absent or has this value, such as aws:SourceAccount of a service's call (rule 68)."""

    value: str


Key = Known | Perhaps | State


Given = str | Sequence[str] | State | Perhaps | None


class Context:
    """Key → what is known of it; names are compared without regard to case, and a key not given is UNKNOWN.

    Given as a plain dict: a string is a known value, a list a known set, None an absent key, and State.PRESENT or
    State.UNKNOWN themselves, and Perhaps(value) for one that may be sent.
    """

    def __init__(self, given: Mapping[str, Given] | None = None) -> None:
        self._keys = {name.lower(): _key(value) for name, value in (given or {}).items()}

    def get(self, name: str) -> Key:
        return self._keys.get(name.lower(), State.UNKNOWN)


def _key(value: Given) -> Key:
    if value is None:
        return State.ABSENT
    if isinstance(value, State | Perhaps):
        return value
    if isinstance(value, str):
        return Known((value,))
    # An empty set is the same as no key at all (rule 35).
    return Known(tuple(value), True) if value else State.ABSENT
