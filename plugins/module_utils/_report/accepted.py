# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accepted risks in a report: what they are about in each account, and what has become of each of them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from .._accepted_risks import ALL_ACCOUNTS, BOUND, OPTION, RISK_SPEC, Risk, acceptance, accepted_risks
from .._errors import OptionError
from .._policy import verdicts
from .._policy.evaluate import BOUNDARY, IDENTITY, TRUST
from .schema import (
    APPLIES,
    EXPIRED,
    NO_LONGER_APPLIES,
    NOT_EXAMINED,
    NOT_SEEN,
    AcceptedRisk,
    BoundResult,
    Entry,
    RiskState,
)
from .shape import records

# What a module returned. Untrusted: it may come from a file or another job.
_Result: TypeAlias = Mapping[str, Any]
_PROBLEMS = ("drift", "unresolved", "requirements", "findings")
# Layers that restore_role evaluates by itself; of the others only a verification can say that nothing is left.
_IN_THE_ACCOUNT = frozenset({TRUST, IDENTITY, BOUNDARY})


@dataclass(frozen=True)
class Accepting:
    """What is accepted, on which day."""

    risks: tuple[Risk, ...] = ()
    today: date = date.min

    def marked(self, returned: _Result | None, account_id: str) -> _Result | None:
        """What a module returned, each problem with by whom it is accepted. What it says of that itself does not count."""
        if returned is None:
            return None
        listed = {key: records(returned, key) for key in _PROBLEMS if returned.get(key)}
        return {
            **returned,
            **{key: [self._marked(each, account_id) for each in each_of] for key, each_of in listed.items()},
        }

    def _marked(self, problem: _Result, account_id: str) -> _Result:
        # A verification lists what is met as well.
        met = problem.get("drift") is False or not self.risks
        return {**problem, "accepted": "" if met else acceptance(problem, account_id, self.risks, self.today)}


class Acceptances:
    """What each account's variables accept, and of which of them nobody can tell what.

    Most accounts have theirs from the same list. One that cannot be read accepts nothing: it must not cost the report of a long run.
    """

    def __init__(self, today: date, held: Sequence[BoundResult] = ()) -> None:
        """``held``: the bounds of the controller."""
        self._today, self._known = today, dict[str, Accepting]()
        self._forbidden = next((bound for bound in held if bound["bound"] == BOUND), None)
        self.unreadable: list[str] = []

    @property
    def risks(self) -> tuple[Risk, ...]:
        return tuple(dict.fromkeys(risk for accepting in self._known.values() for risk in accepting.risks))

    def of(self, host: str, option: Any) -> Accepting:
        """Those of one account's variables."""
        key = json.dumps(option, sort_keys=True, default=str)
        if key not in self._known:
            try:
                risks = self._read(option)
            except OptionError as error:
                risks = ()
                self.unreadable.append(f"{host}: no risk is accepted. {error.message}")
            self._known[key] = Accepting(risks, self._today)
        return self._known[key]

    def _read(self, option: Any) -> tuple[Risk, ...]:
        try:
            given = accepted_risks(json.loads(option) if isinstance(option, str) and option else option)
        except ValueError:
            raise OptionError(f"{OPTION} must be a list of dictionaries.") from None
        if given and self._forbidden:
            raise OptionError(
                f"{OPTION} is set, which the controller does not allow: {BOUND} is {self._forbidden['value']}, set "
                f"by {self._forbidden['source']}."
            )
        return given


def day_of(generated_at: str) -> date:
    """``generated_at``: UTC, ISO 8601."""
    return date.fromisoformat(generated_at[:10])


def is_accepted(problem: _Result) -> bool:
    return bool(problem.get("accepted"))


def read(listed: Sequence[_Result]) -> Iterator[Risk]:
    """The risks of another report; what is none is left out."""
    for each in listed:
        try:
            yield from accepted_risks([{name: each[name] for name in RISK_SPEC if each.get(name)}])
        except OptionError:
            continue


def in_report(accounts: Sequence[Entry], risks: Sequence[Risk], today: date) -> list[AcceptedRisk]:
    """Each risk with what has become of it: first what is red again, then what applies, then what can be taken out."""
    told = [_told(accounts, risk, today) for risk in dict.fromkeys(risks)]
    order = (EXPIRED, APPLIES, NO_LONGER_APPLIES, NOT_SEEN)
    return sorted(told, key=lambda risk: (order.index(risk["state"]), risk["expires"]))


def _told(accounts: Sequence[Entry], risk: Risk, today: date) -> AcceptedRisk:
    reached = [entry for entry in accounts if risk.reaches(entry["account_id"])]
    hosts = [entry["host"] for entry in reached if _applies(entry, risk, today)]
    # Nobody looks for one that is accepted in every account in each of them.
    sought = [] if hosts and risk.accounts == (ALL_ACCOUNTS,) else reached
    gone = [entry["host"] for entry in sought if entry["host"] not in hosts and _is_gone(entry, risk)]
    return {
        "requirement": risk.requirement,
        "finding": risk.finding,
        "subject": risk.subject,
        "layer": risk.layer,
        "policy": risk.policy,
        "statement": risk.statement,
        "statement_sha256": risk.statement_sha256,
        "accounts": list(risk.accounts),
        "reason": risk.reason,
        "owner": risk.owner,
        "expires": risk.expires.isoformat(),
        "state": _state(risk, hosts, gone, today),
        "hosts": sorted(hosts),
        "gone": sorted(gone),
    }


def _state(risk: Risk, hosts: Sequence[str], gone: Sequence[str], today: date) -> RiskState:
    if risk.expired(today):
        return EXPIRED
    if hosts:
        return APPLIES
    return NO_LONGER_APPLIES if gone else NOT_SEEN


def problems(entry: Entry) -> list[_Result]:
    unmet = [requirement for requirement in entry["requirements"] if requirement["drift"]]
    return [*unmet, *entry["drift"], *entry["unresolved"], *entry["findings"]]


def _applies(entry: Entry, risk: Risk, today: date) -> bool:
    """Whether something is accepted by it; of one that expired, whether something is open that it was about."""
    return any(
        is_accepted(problem) != risk.expired(today)
        for problem in problems(entry)
        if risk.is_about(problem, entry["account_id"])
    )


def _is_gone(entry: Entry, risk: Risk) -> bool:
    """Whether it was looked at, and what was accepted is not there, or somewhere else."""
    if entry["status"] in NOT_EXAMINED or not entry["evaluated"]:
        return False
    if risk.finding:
        return True
    decided = [each for each in entry["requirements"] if each["requirement"] == risk.requirement]
    if not decided:
        return not entry["requirements"] and risk.layer in _IN_THE_ACCOUNT
    return all(each["verdict"] in verdicts.MET or each["drift"] for each in decided)
