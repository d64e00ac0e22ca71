# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What there is to say about an account, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .._accepted_risks import named
from .._policy import evaluate
from .._policy.verdicts import policy_name
from .entry import taken_back
from .requirements import accepted, is_action, still_open
from .schema import (
    ACCEPTED,
    APPLIES,
    BLOCKED,
    COMPLIANT,
    CONVERGED,
    EXPIRED,
    EXPOSED,
    LOW,
    NO_LONGER_APPLIES,
    NOT_EXAMINED,
    ROLLED_BACK,
    AcceptedRisk,
    Decision,
    Entry,
    Finding,
    Report,
)
from .text import first_few

MANY_ACTIONS = 4
FEW_HOSTS = 5


def bounds(report: Report) -> list[str]:
    """Those of the controller, each as a sentence without its stop."""
    return [f"Bound: {bound['bound']} is {bound['value']}, set by {bound['source']}" for bound in report["bounds"]]


def risk_name(risk: AcceptedRisk) -> str:
    return named(
        risk["requirement"] or risk["finding"], risk["subject"], risk["layer"], risk["policy"], risk["statement"]
    )


def accepted_risk(risk: AcceptedRisk) -> str:
    """``Accepted risk kms:CreateGrant (SCP p-1, statement NoGrants), by Jane Roe until 2027-01-31: moving to SCP 2. In orders.``"""
    told = f"{risk_name(risk)}, by {risk['owner']} until {risk['expires']}: {risk['reason'].rstrip('.')}."
    hosts, gone = first_few(risk["hosts"], FEW_HOSTS), first_few(risk["gone"], FEW_HOSTS)
    if risk["state"] == EXPIRED:
        return f"Expired: {told} " + (f"Open again in {hosts}." if hosts else "Not found in this run.")
    if risk["state"] == APPLIES:
        return f"Accepted: {told} In {hosts}" + (f", but no longer in {gone}." if gone else ".")
    if risk["state"] == NO_LONGER_APPLIES:
        return (
            f"Accepted, but no longer found: {told} Not found in {gone}. Remove it from accepted_risks, or set its "
            "new place."
        )
    return f"Accepted, but not evaluated in this run: {told}"


def what(entry: Entry) -> str:
    """What there is to say about one account, in a sentence."""
    if entry["status"] in NOT_EXAMINED:
        return entry["message"]
    if entry["status"] == BLOCKED:
        return "; ".join(decisions(still_open(entry["unresolved"]))) + _also(entry)
    if entry["status"] == ACCEPTED:
        return "; ".join(_accepted(entry)) + _also(entry)
    if entry["status"] == ROLLED_BACK:
        return "; ".join([rolled_back(entry), *entry["left_in_place"]])
    if taken_back(entry):
        return "; ".join([_undone(entry, "nothing of this collection is left"), *entry["left_in_place"]])
    if entry["status"] == EXPOSED:
        made = [f"changes: {operations(entry)}"] if entry["changes"] else []
        return "; ".join([*map(looked_at, exposing(entry)), *made, *entry["left_in_place"]])
    if entry["status"] == CONVERGED:
        return "; ".join([operations(entry), *entry["left_in_place"]])
    if entry["status"] == COMPLIANT:
        return "; ".join([*entry["left_in_place"], *_findings(entry)])
    return "; ".join([*decisions(still_open(entry["drift"])), *entry["left_in_place"]] or [operations(entry)])


def _accepted(entry: Entry) -> Iterator[str]:
    by_acceptance: dict[str, list[Decision]] = {}
    for decision in accepted(entry):
        by_acceptance.setdefault(decision["accepted"], []).append(decision)
    for told, members in by_acceptance.items():
        yield f"{'; '.join(decisions(members))}, {told}"
    yield from (
        f"{finding['message']} This is {finding['accepted']}" for finding in entry["findings"] if finding["accepted"]
    )


def _also(entry: Entry) -> str:
    return f"; changes: {operations(entry)}" if entry["changes"] else ""


def _findings(entry: Entry) -> Iterator[str]:
    """What somebody should look at soon; the rest is in the report."""
    return (
        looked_at(finding) for finding in entry["findings"] if finding["severity"] != LOW and not finding["accepted"]
    )


def exposing(entry: Entry) -> list[Finding]:
    """The findings by which the account is exposed."""
    return [finding for finding in entry["findings"] if finding["exposes"]]


def looked_at(finding: Finding) -> str:
    """A finding as a sentence or two."""
    return f"{finding['message']} {finding['remedy']}".rstrip()


def rolled_back(entry: Entry) -> str:
    """What brings an account back, or brought it back."""
    return _undone(entry, "nothing of the run was left")


def _undone(entry: Entry, nothing: str) -> str:
    if not entry["changes"]:
        return nothing
    return f"would be made: {operations(entry)}" if entry["check_mode"] else operations(entry)


def operations(entry: Entry) -> str:
    return ", ".join(change["operation"] for change in entry["changes"])


@dataclass(frozen=True)
class Ground:
    """Why decisions are as they are: those that share it are told together."""

    verdict: str
    reason: str
    policy: str
    statement: str


def ground_of(decision: Decision) -> Ground:
    return Ground(decision["verdict"], decision["reason"], decision["policy"], decision["statement"])


def decisions(decided: Sequence[Decision]) -> Iterator[str]:
    """Decisions as sentences, one for each ground."""
    groups: dict[Ground, list[Decision]] = {}
    for decision in decided:
        groups.setdefault(ground_of(decision), []).append(decision)
    for ground, members in groups.items():
        names = list(dict.fromkeys(member["requirement"] for member in members))
        yield told(requirements(names), ground, members)


def told(names: str, ground: Ground, members: Sequence[Decision]) -> str:
    """``kms:Decrypt: explicit deny (identity policy deny, statement NoKeys: a Deny applies)``."""
    return f"{names}: {ground.verdict.replace('_', ' ')} ({_place(members, ground)}{ground.reason})"


def requirements(names: Sequence[str]) -> str:
    if len(names) <= MANY_ACTIONS:
        return ", ".join(names)
    services = sorted({name.split(":")[0] for name in names if is_action(name)})
    return f"{len(names)} requirements" + (f" ({', '.join(services)})" if len(services) <= MANY_ACTIONS else "")


def _place(members: Sequence[Decision], ground: Ground) -> str:
    layers = {member["layer"] for member in members}
    parts = [policy_name(layer, ground.policy) for layer in layers if ground.policy or layer == evaluate.TRUST]
    if ground.statement:
        parts.append(f"statement {ground.statement}")
    # What is said of several layers at once, such as that nothing exists, has no place of its own.
    return ", ".join(parts) + ": " if parts and len(layers) == 1 else ""
