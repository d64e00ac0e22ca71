# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option ``context``: what only the user knows of the requests, by condition key. Raises OptionError."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from .._checks import at_most
from .._errors import OptionError
from .._policy.context import Given, Like, scalar
from .._policy.operators import is_network
from .._principal.verify.stated import APPLIANCE, PRINCIPAL, SERVICE, StatedFacts

OPTION: Final = "context"
ABSENT: Final = "absent"
_WHOSE = (APPLIANCE, SERVICE, PRINCIPAL)
# As IAM writes them: a service, a colon, a name, and for a tag a slash and its key.
_KEY = re.compile(r"[A-Za-z0-9.-]+:[A-Za-z0-9]+(/[^*?$\"{}\\]{1,128})?")
_MOST_KEYS, _MOST_VALUES, _LONGEST = 100, 100, 1000
_TAKES = (
    "must have condition keys such as aws:SourceIp, each with a value, a list of values, or absent. Keys under "
    "appliance, service or principal apply to that one only."
)


def stated_facts(option: Mapping[str, Any] | None) -> StatedFacts:
    """Keys at the top hold for the appliance, AWS Backup and the principal alike; those of one of them count more."""
    option = option or {}
    for_all = _facts({key: value for key, value in option.items() if key not in _WHOSE}, OPTION)
    own = {whose: _facts(option.get(whose) or {}, f"{OPTION}: {whose}") for whose in _WHOSE}
    return StatedFacts(**{whose: {**for_all, **facts} for whose, facts in own.items()})


def _facts(option: Any, where: str) -> dict[str, Given]:
    if not isinstance(option, Mapping):
        raise OptionError(f"{where} {_TAKES}")
    at_most(where, option, _MOST_KEYS)
    return {_name(key, where).lower(): _value(key, value, where) for key, value in option.items()}


def _name(key: Any, where: str) -> str:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise OptionError(f"{where} contains {key!r}, which is not a condition key. It {_TAKES}")
    return key


def _value(key: str, value: Any, where: str) -> Given:
    if value == ABSENT:
        return None
    if isinstance(value, list):
        at_most(f"{where}: {key}", value, _MOST_VALUES)
        if value and all(isinstance(member, str | bool | int | float) and _is_short(member) for member in value):
            return [scalar(member) for member in value]
    elif isinstance(value, str | bool | int | float) and _is_short(value) and value != "":
        text = scalar(value)
        # Addresses of which any may be meant, such as 203.0.113.0/24.
        return Like((text,)) if "/" in text and is_network(text) else text
    raise OptionError(f"{where}: {key} must be a value, a list of values, or absent.")


def _is_short(value: object) -> bool:
    return len(str(value)) <= _LONGEST
