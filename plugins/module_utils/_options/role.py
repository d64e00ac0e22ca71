# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of the role restore_access as the options of its modules, and what is wrong with them. Pure.

A variable has the name of its option behind ``restore_access_``; what differs from that stands here, and only here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from .restore_role import RESTORE_ROLE_SPEC
from .verify import VERIFY_SPEC

PREFIX: Final = "restore_access_"
# Of the connection's options those that a fleet has a use for; credentials are the environment's, or those of a session with MFA.
CONNECTION: Final = ("profile", "region", "endpoint_url", "aws_config")
# The role opens the session with MFA itself, once; it goes on with the other accounts, and hands on what has just been read.
_NOT_HANDED_ON: Final = frozenset({"assume_role_mfa_code", "assume_role_mfa_serial"})
_OF_THE_ROLE: Final = frozenset({"approved_plan", "observed", "fail_on_drift", "fail_on_findings"})
_FIRST_CHOICE: Final = {
    "organization_policies": "organization_policies_read",
    "appliance_policies": "appliance_policies_read",
}
# What a plan says that it was made with.
_TOLD: Final = frozenset(name for name, option in RESTORE_ROLE_SPEC.items() if not option.get("no_log")) - _OF_THE_ROLE
ACCOUNT_ID: Final = "account_id"
VERIFY: Final = "verify"
ON_OR_OFF: Final = ("true", "false", "yes", "no", "on", "off", "1", "0")


def _takes() -> dict[str, tuple[str, ...]]:
    later = {name: option for name, option in VERIFY_SPEC.items() if name not in {*RESTORE_ROLE_SPEC, *_OF_THE_ROLE}}
    chosen = {name: tuple(option["choices"]) for name, option in later.items() if "choices" in option}
    switches = [name for name, option in later.items() if option["type"] == "bool"]
    return {PREFIX + name: words for name, words in {**dict.fromkeys([*switches, VERIFY], ON_OR_OFF), **chosen}.items()}


# All of this is the same for every account, and known before the first.
# Every variable that is an option of the role.
NAMES: Final = frozenset(
    PREFIX + option for option in {*RESTORE_ROLE_SPEC, *VERIFY_SPEC, *CONNECTION, VERIFY} - _OF_THE_ROLE
)
# What its tasks register, which a play of somebody's own with the action in place of the role registers as well.
FLEET: Final = f"{PREFIX}fleet"
RESULT: Final = f"{PREFIX}result"
VERIFICATION: Final = f"{PREFIX}verification"
REGISTERED: Final = frozenset({FLEET, RESULT, VERIFICATION})
# What is asked of a run as a whole: rollout.py. A look at all hosts at once takes them.
WAVES: Final = f"{PREFIX}waves"
CANARY: Final = f"{PREFIX}canary"
STOP_AFTER: Final = f"{PREFIX}stop_after"
MAX_CHANGES: Final = f"{PREFIX}max_changes"
OF_THE_RUN: Final = (WAVES, CANARY, STOP_AFTER, MAX_CHANGES)
# Every variable whose value matters to it.
READ: Final = NAMES | {ACCOUNT_ID} | {PREFIX + read for read in _FIRST_CHOICE.values()}
# What those take that only the evaluation has, which comes after the first change: it must not be the first to say so.
TAKES: Final = _takes()


def problems(given: Collection[str], others: Collection[str], values: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong, a sentence each. ``given``: the names beginning with PREFIX; ``others``: known ones that are no options."""
    unknown = sorted({*given} - NAMES - REGISTERED - {*OF_THE_RUN, *others})
    if unknown:
        yield (
            f"Unknown variable: {', '.join(unknown)}. See the list in the README of the role "
            "cloudrestore.aws.restore_access."
        )
    for name, words in TAKES.items():
        if name in values and str(values[name]).lower() not in words:
            yield f"{name} must be one of {', '.join(words)}. It is {values[name]}."


def restore_role_options(values: Mapping[str, Any], approved: Any = None) -> dict[str, Any]:
    """The options of restore_role. ``values``: the variables that are set, by their names. ``approved``: the account's plan, if there is one."""
    own = {} if approved is None else {"approved_plan": approved}
    return options(values, {*RESTORE_ROLE_SPEC, *CONNECTION}) | own


def told(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of restore_role's that a plan shows: nothing that can hold a secret, and none of the approval itself."""
    return {name: value for name, value in options.items() if name in _TOLD}


def verify_options(values: Mapping[str, Any], observed: Any = None) -> dict[str, Any]:
    """Those of restore_role_verify, which does not fail: a report says what has drifted. ``observed``: what has just been read."""
    own = {"fail_on_drift": False, "fail_on_findings": "none"} | ({"observed": observed} if observed else {})
    return options(values, {*VERIFY_SPEC, *CONNECTION}) | own


def options(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Those of these names that the variables set. ``values``: the variables that are set, by their names."""
    wanted = {*names} - _NOT_HANDED_ON - _OF_THE_ROLE
    result = {name: values[PREFIX + name] for name in wanted if PREFIX + name in values}
    for name, read in _FIRST_CHOICE.items():
        if name in wanted and values.get(PREFIX + read):
            result[name] = values[PREFIX + read]
    if ACCOUNT_ID not in result and ACCOUNT_ID in values:
        result[ACCOUNT_ID] = values[ACCOUNT_ID]
    return result


def with_time_left(options: Mapping[str, Any], values: Mapping[str, Any], spent: float) -> dict[str, Any]:
    """The options with what is left of the account's time after ``spent`` seconds. A time that is none is for the module to refuse."""
    try:
        given = int(values[f"{PREFIX}timeout"])
    except (KeyError, TypeError, ValueError):
        return dict(options)
    return {**options, "timeout": max(1, given - int(spent))}


def signed_in(options: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the credentials of a session in place of those that the session was opened with."""
    left = {name: value for name, value in options.items() if name != "profile" or not session}
    return {**left, **session}


def is_verified(values: Mapping[str, Any], result: Mapping[str, Any], is_on: Any) -> bool:
    """Whether every requirement is evaluated after restore_role. ``is_on``: reads a switch.

    In check mode the state is the one that has just been evaluated; the organization's policies are news to it.
    """
    if result.get("failed") or result.get("unreachable"):
        return False
    if values.get(f"{PREFIX}state", "present") != "present" or f"{PREFIX}snapshot" in values:
        return False
    if PREFIX + VERIFY in values:
        return bool(is_on(values[PREFIX + VERIFY]))
    news = values.get(f"{PREFIX}organization_policies_read") or f"{PREFIX}organization_policies" in values
    return bool(news) or not result.get("check_mode")
