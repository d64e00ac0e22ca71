# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requirements as columns of a matrix, in the order in which a restore runs into them, and each account's cells. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._permission_sets import catalog
from .._policy import verdicts
from .entry import CAN_CALL, NOT_EXAMINED, allowed_so_far, is_drift

NOT_JUDGED = "not_judged"
ALLOWED_SO_FAR = "allowed_so_far"

# From what stands most in the way to what does not.
VERDICTS = (*verdicts.SEVERITY[:-2], ALLOWED_SO_FAR, *verdicts.SEVERITY[-2:], NOT_JUDGED)

_TRUST = {
    verdicts.APPLIANCE_MAY_ASSUME: "The appliance cannot enter the account.",
    CAN_CALL: "The appliance's own role may not call sts:AssumeRole, whatever the restore role trusts.",
    verdicts.SERVICE_MAY_ASSUME: "AWS Backup cannot work for the restore: no job starts.",
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
            Column(one.action, title, one.without)
            for step, title in catalog.STEPS.items()
            for one in permissions
            if one.step == step
        ),
    )


KNOWN = _known()
_ALWAYS = frozenset(one.requirement for one in KNOWN) - {CAN_CALL}


def columns(accounts: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Every requirement of a restore, and beside them what else was asked of one of the accounts."""
    asked = {one["requirement"] for entry in accounts for one in _all_decisions(entry)}
    known = tuple(one for one in KNOWN if one.requirement in _ALWAYS | asked)
    others = sorted(asked - {one.requirement for one in KNOWN})
    return (*known, *(Column(name, "Also asked for", "") for name in others))


def _all_decisions(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*entry["requirements"], *entry["drift"], *entry["unresolved"]]


def standing(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What is not met as things stand after the run. Empty for an account of which nothing is known."""
    if entry["status"] in NOT_EXAMINED:
        return []
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    if entry["requirements"]:
        before = [one for one in entry["requirements"] if is_drift(one)]
    else:
        before = entry["drift"] if entry["check_mode"] else []
    for one in [*before, *entry["unresolved"]]:
        found.setdefault((one["requirement"], one["subject"]), one)
    return list(found.values())


def cells(entry: Mapping[str, Any], of: Sequence[Column]) -> list[str]:
    """One verdict for each column; the worst where a requirement is about several subjects."""
    if entry["requirements"]:
        return _worst_of([*entry["requirements"], *entry["unresolved"]], of, {})
    if entry["status"] in NOT_EXAMINED or not entry["judged"]:
        return [NOT_JUDGED] * len(of)
    # restore_role lists only what is not met: whatever else it asks is met.
    rest = dict.fromkeys(_ALWAYS, verdicts.ALLOWED)
    if ":user/" in entry["arn"]:
        rest |= dict.fromkeys(_TRUST, verdicts.NOT_APPLICABLE)
    elif any(one.get("finding") == "appliance_not_given" for one in entry["findings"]):
        rest[verdicts.APPLIANCE_MAY_ASSUME] = NOT_JUDGED
    return _worst_of(standing(entry), of, rest)


def _worst_of(decisions: Sequence[Mapping[str, Any]], of: Sequence[Column], rest: Mapping[str, str]) -> list[str]:
    found: dict[str, str] = {}
    for one in decisions:
        verdict = ALLOWED_SO_FAR if allowed_so_far(one) else one["verdict"]
        verdict = verdict if verdict in VERDICTS else NOT_JUDGED
        known = found.get(one["requirement"], verdict)
        found[one["requirement"]] = min(known, verdict, key=VERDICTS.index)
    return [found.get(column.requirement, rest.get(column.requirement, NOT_JUDGED)) for column in of]
