# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A few values in place of all: whatever some conditions can tell apart, one of them stands for (rule 77).

A cell is what the same of the conditions hold for. Each function returns a value out of every cell that is not empty, or
None where there are too many to go through.
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from .patterns import ONE, STAR, Tokens, Wildcard

MOST_CELLS: Final = 24
# A walk that meets more is broken off: policies that people write need a few dozen.
_MOST_STEPS = 2000
_MOST_STATES = 400
_MOST_DIGITS = 40
# Characters for a text that no pattern names, of which names of all kinds may be made.
_OTHERS = "zqxjkvwyubn0123456789"
# The Kelvin sign, whose lower case is a k.
_KELVIN = "\u212a"


@dataclass(frozen=True, slots=True)
class Step:
    """One token of a pattern. ``sealed``: characters that it does not take as a wildcard; ``folded``: taken in either case."""

    token: str | Wildcard
    sealed: str = ""
    folded: bool = False


Steps: TypeAlias = "tuple[Step, ...]"


def steps(pattern: Tokens, sealed: str = "", *, folded: bool = False) -> Steps:
    made = [Step(token, sealed if isinstance(token, Wildcard) else "", folded) for token in pattern]
    return tuple(
        step for place, step in enumerate(made) if place == 0 or step.token is not STAR or step != made[place - 1]
    )


@dataclass(slots=True)
class _Walk:
    """All patterns at once: bit n of a state is set where the n-th step of all of them, one behind the other, is reached."""

    at: dict[str, int] = field(default_factory=dict)
    sealed: dict[str, int] = field(default_factory=dict)
    stars: int = 0
    ones: int = 0
    start: int = 0
    ends: int = 0
    size: int = 0

    def add(self, pattern: Steps) -> int:
        """Takes a pattern in, and returns the places that are its own."""
        first = self.size
        self.start |= 1 << first
        for place, step in enumerate(pattern, start=first):
            self._add(step, 1 << place)
        self.size += len(pattern) + 1
        self.ends |= 1 << (self.size - 1)
        return (1 << self.size) - (1 << first)

    def _add(self, step: Step, bit: int) -> None:
        if isinstance(step.token, Wildcard):
            self.stars |= bit if step.token is STAR else 0
            self.ones |= bit if step.token is ONE else 0
            for character in step.sealed:
                self.sealed[character] = self.sealed.get(character, 0) | bit
            return
        for character in _spelt(step.token) if step.folded else (step.token,):
            self.at[character] = self.at.get(character, 0) | bit

    def closed(self, state: int) -> int:
        """With what is behind a star, which may take nothing."""
        while (more := state | (state & self.stars) << 1) != state:
            state = more
        return state

    def after(self, state: int, character: str) -> int:
        open_ = ~self.sealed.get(character, 0)
        taken = state & (self.at.get(character, 0) | self.ones & open_)
        return self.closed(taken << 1 | state & self.stars & open_)

    def onwards(self, state: int) -> Iterator[str]:
        """Characters of which each leads elsewhere than the others, and one for all that are not named here."""
        yield self.other
        yield from (character for character, places in self.at.items() if places & state)
        yield from (character for character, places in self.sealed.items() if places & state)

    @property
    def other(self) -> str:
        return next(character for character in _OTHERS if character not in self.at and character not in self.sealed)


def _spelt(character: str) -> tuple[str, ...]:
    lower = character.lower()
    return (lower, character.upper(), *((_KELVIN,) if lower == "k" else ()))


# The same few conditions are asked about for every action.
@lru_cache(maxsize=512)
def texts(patterns: tuple[Steps, ...], within: tuple[Steps, ...] = ()) -> tuple[str, ...] | None:
    """For each combination of patterns that some text meets, such a text. ``within``: one of these it has to meet; none: no matter."""
    if sum(map(len, patterns + within)) > _MOST_STEPS or not _is_plain(patterns + within):
        return None
    walk = _Walk()
    inside = sum(walk.add(pattern) for pattern in within)
    for pattern in patterns:
        walk.add(pattern)
    if all(character in walk.at or character in walk.sealed for character in _OTHERS):
        return None
    return _walked(walk, inside)


def _is_plain(patterns: Sequence[Steps]) -> bool:
    """Whether upper and lower case are as simple as ``_spelt`` has them."""
    return all(
        not step.folded or isinstance(step.token, Wildcard) or step.token.isascii()
        for pattern in patterns
        for step in pattern
    )


def _walked(walk: _Walk, inside: int) -> tuple[str, ...] | None:
    """Breadth first, so that the texts are short. ``inside``: places of the patterns of which one has to be met; 0: no matter."""
    start = walk.closed(walk.start)
    reached, found = {start: ""}, dict[int, str]()
    ahead = deque([start])
    while ahead:
        state = ahead.popleft()
        if not inside or state & inside & walk.ends:
            found.setdefault(state & walk.ends, reached[state])
        for character in walk.onwards(state):
            after = walk.after(state, character)
            if after not in reached and (not inside or after & inside):
                reached[after] = reached[state] + character
                ahead.append(after)
        if len(reached) > _MOST_STATES or len(found) > MOST_CELLS:
            return None
    return tuple(found.values())


def numbers(points: Sequence[Decimal]) -> tuple[Decimal, ...] | None:
    """Each number itself, one between each two of them, and one below and above all."""
    known = sorted(set(points))
    if not known or len(known) * 2 >= MOST_CELLS or any(_is_long(point) for point in known):
        return None
    between = [(low + high) / 2 for low, high in zip(known, known[1:], strict=False)]
    return (known[0] - 1, *known, *between, known[-1] + 1)


def _is_long(point: Decimal) -> bool:
    digits, exponent = point.as_tuple()[1:]
    return not isinstance(exponent, int) or len(digits) + abs(exponent) > _MOST_DIGITS // 2


Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


def addresses(networks: Sequence[Network]) -> tuple[str, ...] | None:
    """The first address of each version, of each network, and behind each: between two of these nothing changes."""
    first: set[ipaddress.IPv4Address | ipaddress.IPv6Address] = {
        ipaddress.IPv4Address(0),
        ipaddress.IPv6Address(0),
    }
    for network in networks:
        first.add(network.network_address)
        if int(network.broadcast_address) + 1 < 2**network.max_prefixlen:
            first.add(network.broadcast_address + 1)
    return tuple(map(str, first)) if len(first) <= MOST_CELLS else None
