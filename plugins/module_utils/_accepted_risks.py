# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Risks that somebody accepts until a day: requirements that stay unmet, and findings that stay. Pure.

What is accepted changes a colour and an exit code. It takes part in no plan, so that it permits no write and forbids none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ._checks import ACCOUNT_ID, at_most
from ._errors import OptionError
from ._policy import verdicts
from ._printable import without_account

OPTION: Final = "accepted_risks"
# The controller's bound on whether anything may be accepted at all.
BOUND: Final = "allow_accepted_risks"
ALL_ACCOUNTS: Final = "all"

RISK_SPEC: dict[str, Any] = {
    "requirement": {"type": "str", "default": ""},
    "finding": {"type": "str", "default": ""},
    "subject": {"type": "str", "default": ""},
    "layer": {"type": "str", "default": ""},
    "policy": {"type": "str", "default": ""},
    "statement": {"type": "str", "default": ""},
    "statement_sha256": {"type": "str", "default": ""},
    "accounts": {"type": "list", "elements": "str", "required": True},
    "reason": {"type": "str", "required": True},
    "owner": {"type": "str", "required": True},
    "expires": {"type": "str", "required": True},
}

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST = 1000
_REQUIRED = tuple(name for name, option in RISK_SPEC.items() if option.get("required"))


@dataclass(frozen=True, slots=True)
class Risk:
    """What is accepted: of ``requirement`` and ``finding`` one, in exactly this place, in ``accounts``, through the day ``expires``.

    ``subject``: whom a requirement is about, or empty for whomever. ``statement_sha256``: the digest that a finding has of its
    statement, or empty for the statement whatever it says.
    """

    requirement: str
    finding: str
    subject: str
    layer: str
    policy: str
    statement: str
    statement_sha256: str
    accounts: tuple[str, ...]
    reason: str
    owner: str
    expires: date

    def expired(self, today: date) -> bool:
        return today > self.expires

    def reaches(self, account_id: str) -> bool:
        return account_id in self.accounts or self.accounts == (ALL_ACCOUNTS,)

    def is_about(self, problem: Mapping[str, Any], account_id: str) -> bool:
        """Whether this requirement or finding of a result is the one that is meant, in the place that is meant."""
        return (
            self.reaches(account_id)
            and self.requirement == problem.get("requirement", "")
            and self.finding == problem.get("finding", "")
            # What nobody could read is not known, and so no risk that somebody can know.
            and problem.get("verdict") != verdicts.UNREADABLE
            and (self.layer, self.statement) == (problem.get("layer"), problem.get("statement"))
            and self.policy in (problem.get("policy"), without_account(str(problem.get("policy")), account_id))
            and self.subject in ("", problem.get("subject"))
            and self.statement_sha256 in ("", problem.get("statement_sha256"))
        )

    @property
    def what(self) -> str:
        """``kms:CreateGrant (SCP p-guardrail, statement NoGrants)``."""
        return named(self.requirement or self.finding, self.subject, self.layer, self.policy, self.statement)

    @property
    def told(self) -> str:
        return f"accepted by {self.owner} until {self.expires}: {self.reason}"


def named(name: str, subject: str, layer: str, policy: str, statement: str) -> str:
    """A requirement or finding with whom it is about and its place."""
    parts = [subject, verdicts.policy_name(layer, policy) if layer or policy else ""]
    parts += [f"statement {statement}" if statement else ""]
    about = ", ".join(filter(None, parts))
    return f"{name} ({about})" if about else name


def acceptance(problem: Mapping[str, Any], account_id: str, risks: Sequence[Risk], today: date) -> str:
    """By whom it is accepted, until when and why; empty if by nobody, or no longer. Of several the one that holds longest."""
    held = [risk for risk in risks if risk.is_about(problem, account_id) and not risk.expired(today)]
    return max(held, key=lambda risk: risk.expires).told if held else ""


def expired(
    problems: Sequence[Mapping[str, Any]], account_id: str, risks: Sequence[Risk], today: date
) -> Iterator[Risk]:
    """The risks that would have covered one of ``problems``, had they not expired."""
    for risk in risks:
        if risk.expired(today) and any(risk.is_about(problem, account_id) for problem in problems):
            yield risk


def accepted_risks(option: Any) -> tuple[Risk, ...]:
    """Raises OptionError, naming the entry and what it takes."""
    if not isinstance(option or [], list):
        raise OptionError(f"{OPTION} must be a list of dictionaries.")
    entries = option or []
    at_most(OPTION, entries)
    return tuple(dict.fromkeys(_risk(entry, f"{OPTION}, entry {number}") for number, entry in enumerate(entries, 1)))


def _risk(entry: Any, where: str) -> Risk:
    if not isinstance(entry, Mapping):
        raise OptionError(f"{where} must be a dictionary.")
    unknown = sorted(str(key) for key in entry if key not in RISK_SPEC)
    if unknown:
        raise OptionError(f"{where} has the unknown key {unknown[0]!r}. The keys are {', '.join(RISK_SPEC)}.")
    texts = {name: _text(entry, name, where) for name in RISK_SPEC if name not in ("accounts", "expires")}
    missing = [name for name in _REQUIRED if not entry.get(name) or not str(entry[name]).strip()]
    if missing:
        raise OptionError(f"{where} lacks {missing[0]}. accounts, reason, owner and expires are required.")
    if bool(texts["requirement"]) == bool(texts["finding"]):
        raise OptionError(f"{where} must have either a requirement, such as kms:CreateGrant, or a finding.")
    return Risk(**texts, accounts=tuple(_accounts(entry["accounts"], where)), expires=_expires(entry["expires"], where))


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = entry.get(name) or ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise OptionError(f"{where}: {name} must be a string of at most {_LONGEST:,} characters.")
    return value.strip()


def _accounts(option: Any, where: str) -> Iterator[str]:
    listed = option if isinstance(option, list) else [option]
    at_most(f"{where}: accounts", listed)
    names = list(dict.fromkeys(str(account).strip() for account in listed))
    if names != [ALL_ACCOUNTS]:
        for name in names:
            if not ACCOUNT_ID.fullmatch(name):
                raise OptionError(
                    f"{where}: accounts contains {name!r}. Entries must be 12-digit account IDs, in quotes, or only "
                    f"{ALL_ACCOUNTS}."
                )
    yield from names


def _expires(option: Any, where: str) -> date:
    text = str(option).strip()
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise OptionError(
        f"{where}: expires is {text!r}. It must be the last day on which the risk is accepted, such as 2027-01-31."
    )
