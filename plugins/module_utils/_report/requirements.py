# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requirements in the order in which a restore runs into them, as columns of a matrix, and each account's cells. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .._permission_sets import catalog
from .._policy import verdicts
from .schema import ACCEPTED, NOT_EXAMINED, Decision, Entry, Requirement

CAN_CALL: Final = "appliance_can_call"

NOT_EVALUATED: Final = "not_evaluated"
ALLOWED_SO_FAR: Final = "allowed_so_far"

# From what stands most in the way to what does not: one subject that was not evaluated leaves a requirement open, whatever the others say.
VERDICTS = (*verdicts.SEVERITY[:-2], ACCEPTED, NOT_EVALUATED, ALLOWED_SO_FAR, *verdicts.SEVERITY[-2:])
# What a verdict comes to where all that is open is what was not provided, or was asked for so.
_AS_FAR_AS_PROVIDED = {verdicts.CONDITIONAL: ALLOWED_SO_FAR, verdicts.UNREADABLE: NOT_EVALUATED}

_TRUST = {
    verdicts.APPLIANCE_MAY_ASSUME: "The appliance cannot access the account.",
    CAN_CALL: "The appliance's own role may not call sts:AssumeRole, whatever the restore role trusts.",
    verdicts.SERVICE_MAY_ASSUME: "AWS Backup cannot run the restore: no job starts.",
}


@dataclass(frozen=True)
class Column:
    """A requirement, the title of the step of a restore that needs it, and what fails without it."""

    requirement: str
    step: str
    without: str


def _known() -> tuple[Column, ...]:
    trust = [Column(name, "Trust", without) for name, without in _TRUST.items()]
    permissions = catalog.PERMISSION_SETS["dynamodb_restore"].permissions
    return (
        *trust,
        *(
            Column(permission.action, title, permission.without)
            for step, title in catalog.STEPS.items()
            for permission in permissions
            if permission.step == step
        ),
    )


KNOWN = _known()
_ALWAYS = frozenset(column.requirement for column in KNOWN) - {CAN_CALL}


def columns_of(accounts: Sequence[Entry]) -> tuple[Column, ...]:
    """Every requirement of a restore, and beside them what else was asked of one of the accounts."""
    asked = {decision["requirement"] for entry in accounts for decision in _all_decisions(entry)}
    known = tuple(column for column in KNOWN if column.requirement in _ALWAYS | asked)
    others = sorted(asked - {column.requirement for column in KNOWN})
    return (*known, *(Column(name, "Also required", "") for name in others))


def _all_decisions(entry: Entry) -> list[Decision]:
    return [*entry["requirements"], *entry["drift"], *entry["unresolved"]]


def is_action(requirement: str) -> bool:
    """Whether it is an action such as kms:Decrypt; the requirements of trust have names without a service."""
    return ":" in requirement


def left_open(requirement: Requirement) -> bool:
    """Whether it is open only because a layer outside the account was not provided, or because that was asked for."""
    return requirement["verdict"] not in verdicts.MET and not requirement["drift"]


def open_as_asked_for(requirement: Requirement) -> bool:
    """Whether AWS Backup may assume the role only under the condition that was asked for."""
    return requirement["asked_for"] and not requirement["drift"]


def unmet(entry: Entry) -> list[Decision]:
    """What is not met as things stand after the run, and nobody accepts. Empty for an account of which nothing is known."""
    return still_open(_unmet(entry))


def accepted(entry: Entry) -> list[Decision]:
    """What is not met either, and somebody accepts."""
    return [decision for decision in _unmet(entry) if decision["accepted"]]


def still_open(decided: Sequence[Decision]) -> list[Decision]:
    """Without what somebody accepts."""
    return [decision for decision in decided if not decision["accepted"]]


def _unmet(entry: Entry) -> list[Decision]:
    if entry["status"] in NOT_EXAMINED:
        return []
    before: list[Decision]
    if entry["requirements"]:
        before = [requirement for requirement in entry["requirements"] if requirement["drift"]]
    else:
        before = entry["drift"] if entry["check_mode"] else []
    first: dict[tuple[str, str], Decision] = {}
    for decision in [*before, *entry["unresolved"]]:
        first.setdefault((decision["requirement"], decision["subject"]), decision)
    return list(first.values())


def cells(entry: Entry, columns: Sequence[Column]) -> list[str]:
    """One verdict for each column; the worst where a requirement is about several subjects."""
    if entry["requirements"]:
        verified = [
            (requirement["requirement"], _cell(requirement, drift=requirement["drift"]))
            for requirement in entry["requirements"]
        ]
        return _worst_of([*verified, *_decided(entry["unresolved"])], columns, {})
    if entry["status"] in NOT_EXAMINED or not entry["evaluated"]:
        return [NOT_EVALUATED] * len(columns)
    # restore_role lists only what is not met: whatever else it asks is met.
    rest = dict.fromkeys(_ALWAYS, verdicts.ALLOWED)
    if ":user/" in entry["arn"]:
        rest |= dict.fromkeys(_TRUST, verdicts.NOT_APPLICABLE)
    elif any(finding["finding"] == "appliance_not_provided" for finding in entry["findings"]):
        rest[verdicts.APPLIANCE_MAY_ASSUME] = NOT_EVALUATED
    return _worst_of(_decided(_unmet(entry)), columns, rest)


def _decided(decisions: Sequence[Decision]) -> list[tuple[str, str]]:
    return [(decision["requirement"], _cell(decision, drift=True)) for decision in decisions]


def _cell(decision: Decision, *, drift: bool) -> str:
    if decision["accepted"]:
        return ACCEPTED
    verdict = decision["verdict"]
    if not drift and verdict in _AS_FAR_AS_PROVIDED:
        return _AS_FAR_AS_PROVIDED[verdict]
    return verdict if verdict in VERDICTS else NOT_EVALUATED


def _worst_of(decided: Sequence[tuple[str, str]], columns: Sequence[Column], rest: Mapping[str, str]) -> list[str]:
    """``decided``: requirements with the verdict of their cell. ``rest``: of those that are not among them."""
    worst: dict[str, str] = {}
    for requirement, verdict in decided:
        worst[requirement] = min(worst.get(requirement, verdict), verdict, key=VERDICTS.index)
    return [worst.get(column.requirement, rest.get(column.requirement, NOT_EVALUATED)) for column in columns]
