# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the verdicts of accounts rest on: what was not evaluated, what was stated and not read, and which accepted risks are about them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from .schema import AcceptedRisk, Entry, Report
from .sentences import risk_name
from .text import masked

_WORDS = {"applies": "accepted", "expired": "expired"}


def stated_in(entry: Entry) -> list[str]:
    """Each condition key that a requirement was decided by and that nobody read, once."""
    return list(dict.fromkeys(value for each in entry["requirements"] for value in each["stated"]))


def not_evaluated_in(entry: Entry) -> list[str]:
    return entry["not_evaluated"]


def snapshot_of(entry: Entry) -> str:
    """The file, or the object in S3, with what the account held before the run; empty if there is none."""
    snapshot = entry.get("snapshot")
    return (snapshot["file"] or snapshot["s3"]) if snapshot else ""


def grouped(accounts: Sequence[Entry], told: Callable[[Entry], Iterable[str]]) -> list[tuple[str, list[str]]]:
    """What ``told`` says of accounts with the hosts that it says it of: what most have comes first."""
    groups: dict[str, list[str]] = {}
    for entry in accounts:
        for text in told(entry):
            groups.setdefault(masked(text, entry["account_id"]), []).append(entry["host"])
    return [(text, sorted(hosts)) for text, hosts in sorted(groups.items(), key=lambda group: -len(group[1]))]


def risks_by_host(report: Report) -> Mapping[str, list[str]]:
    """Host → ``expired: kms:CreateGrant (SCP p-1), by Jane Roe until 2026-01-31``, for what applies or would if it had not expired."""
    found: dict[str, list[str]] = {}
    for risk in report["accepted_risks"]:
        for host in risk["hosts"] if risk["state"] in _WORDS else ():
            found.setdefault(host, []).append(_risk(risk))
    return found


def _risk(risk: AcceptedRisk) -> str:
    return f"{_WORDS[risk['state']]}: {risk_name(risk)}, by {risk['owner']} until {risk['expires']}"
