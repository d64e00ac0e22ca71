# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bounds that the controller sets, and no option may go beyond: who may be let in, and which exceptions may be made. Pure.

Options come from inventories, surveys and extra variables, and -e outranks all of them. Bounds come from where whoever starts
a job has no say: see ``plugin_utils/_bounds``. Several sources all hold, so that each can only narrow the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from .. import _accepted_risks
from .._checks import ACCOUNT_ID
from .._errors import OptionError
from .._policy.arns import account_in
from .._report.schema import BoundResult

# What stands for an empty list: an empty value is that of a field which nobody filled in.
NOBODY: Final = "none"
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
_SERVICE = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

APPLIANCE_ACCOUNTS: Final = "allowed_appliance_accounts"
SERVICES: Final = "allowed_services"
# Whether an option may be used at all.
SWITCHES: dict[str, str] = {
    "allow_widening": "allow_widening",
    "allow_privileged": "allow_privileged",
    _accepted_risks.BOUND: _accepted_risks.OPTION,
    "allow_stated_facts": "context",
}
# As ansible.cfg has them; as environment variables in capital letters, with this before them.
NAMES: tuple[str, ...] = (APPLIANCE_ACCOUNTS, SERVICES, *SWITCHES)
ENVIRONMENT: Final = "CLOUDRESTORE_"
SECTION: Final = "cloudrestore_aws"


@dataclass(frozen=True, slots=True)
class Bound:
    """``values``: what is allowed, of a list; of a switch empty, and it is off. ``source``: where it was set."""

    name: str
    values: tuple[str, ...]
    source: str

    def as_dict(self) -> BoundResult:
        value = "false" if self.name in SWITCHES else ", ".join(self.values) or NOBODY
        return {"bound": self.name, "value": value, "source": self.source}


Source: TypeAlias = "tuple[str, str, str]"


def bounds(sources: Sequence[Source]) -> tuple[Bound, ...]:
    """What holds. ``sources``: name, value as text, and where it was set. Raises OptionError for a value that cannot be.

    A value that cannot be read must not count as no bound at all.
    """
    return tuple(bound for source in sources if source[1].strip() for bound in _bound(*source))


def _bound(name: str, value: str, source: str) -> Iterator[Bound]:
    if name in SWITCHES:
        word = value.strip().lower()
        if word not in _YES | _NO:
            raise OptionError(
                f"The bound {name}, set by {source}, is {value!r}; it must be true or false. Nothing was done."
            )
        if word in _NO:
            yield Bound(name, (), source)
        return
    entries = tuple(entry for entry in re.split(r"[\s,]+", value.strip()) if entry)
    entries = () if entries == (NOBODY,) else entries
    pattern, what = (
        (ACCOUNT_ID, "12-digit account IDs") if name == APPLIANCE_ACCOUNTS else (_SERVICE, "service principals")
    )
    wrong = [entry for entry in entries if not pattern.fullmatch(entry)]
    if wrong:
        raise OptionError(
            f"The bound {name}, set by {source}, contains {wrong[0]!r}; it must be {what}, separated by commas, or "
            f"{NOBODY}. Nothing was done."
        )
    yield Bound(name, entries, source)


def check(params: Mapping[str, Any], held: Sequence[Bound]) -> None:
    """Raises OptionError where an option goes beyond a bound, naming both and where the bound was set."""
    for bound in held:
        for beyond in _beyond(params, bound):
            raise OptionError(
                f"{beyond}, which the controller does not allow: {bound.name} is {bound.as_dict()['value']}, set by "
                f"{bound.source}. No option, inventory or extra variable can override it. Nothing was done."
            )


def forbidden(held: Sequence[Bound]) -> tuple[str, ...]:
    """The options that may not be used at all."""
    return tuple(SWITCHES[bound.name] for bound in held if bound.name in SWITCHES)


def _beyond(params: Mapping[str, Any], bound: Bound) -> Iterator[str]:
    if bound.name in SWITCHES:
        option = SWITCHES[bound.name]
        if params.get(option):
            yield f"{option} is set"
        return
    # What is taken back, and what a user has none of, lets nobody in.
    if params.get("state") == "absent" or params.get("principal_type") == "user":
        return
    if bound.name == APPLIANCE_ACCOUNTS:
        for who in params.get("appliance_principals") or ():
            account = account_in(who) or who
            if account not in bound.values:
                yield f"appliance_principals contains {who}"
    elif bound.name == SERVICES:
        allowed = {service.lower() for service in bound.values}
        for service in params.get("service_principals") or ():
            if service.lower() not in allowed:
                yield f"service_principals contains {service}"
