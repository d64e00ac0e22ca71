# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report as Markdown, for a ticket, a chat or a job summary: the verdict, the causes, and the accounts with one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .causes import finding_groups
from .comparison import counts_of
from .evidence import grouped, not_evaluated_in, stated_in
from .history import in_short, seen
from .provenance import told, undoing
from .schema import NEEDS_ATTENTION, STATUSES, AcceptedRisk, Cause, Report
from .sentences import bounds, risk_name, what
from .text import counted, first_few, printable, status_counts
from .verdict import headline

_MOST_ACCOUNTS = 200
_FEW_HOSTS = 10
_LONGEST = 500
_SPECIAL = re.compile(r"([\\`*_{}\[\]|~])")


def render(report: Report) -> bytes:
    """UTF-8. Whatever the values hold, they stay text: no markup, no link, no picture, no table cell of their own."""
    return ("\n".join(_lines(report)) + "\n").encode("utf-8")


def _lines(report: Report) -> Iterator[str]:
    yield f"# {_text(report['title'] or 'DynamoDB restore access')}"
    yield from ("", f"**{_text(headline(report))}**", "", _text(status_counts(report["summary"], STATUSES[::-1])))
    yield from (
        "",
        f"Generated {_text(report['generated_at'])} by cloudrestore.aws {_text(report['collection_version'])}.",
    )
    yield from _runs(report)
    yield from (line for note in report["notes"] for line in ("", _text(note)))
    yield from (line for bound in bounds(report) for line in ("", f"{_text(bound)}."))
    yield from _compared(report)
    if told_of_all := in_short(report):
        yield from ("", f"{_text(told_of_all)}.")
    since = [seen(report, place) for place in range(len(report["causes"]))]
    dated = ["Seen"] if any(since) else []
    causes = (
        [*_cause(cause), *(when for _column in dated)] for cause, when in zip(report["causes"], since, strict=True)
    )
    yield from _table("Causes", ("Status", "Accounts", "Cause", "Hosts", *dated), causes)
    wrong = [entry for entry in report["accounts"] if entry["status"] in NEEDS_ATTENTION]
    ou = ["OU"] if any(entry["ou"] for entry in wrong) else []
    rows = (
        [entry["host"], entry["account_id"], *(entry["ou"] for _column in ou), entry["status"], what(entry)]
        for entry in wrong[:_MOST_ACCOUNTS]
    )
    yield from _table("Accounts that need attention", ("Host", "Account", *ou, "Status", "What"), rows)
    if len(wrong) > _MOST_ACCOUNTS:
        yield from (
            "",
            f"And {counted(len(wrong) - _MOST_ACCOUNTS, 'more account')}: the JSON report has them all.",
        )
    yield from _table(
        "Accepted risks", ("State", "Until", "Risk", "Owner", "Reason", "Where"), map(_risk, report["accepted_risks"])
    )
    findings = (
        [group["severity"], *_counted(group["finding"], group["hosts"])] for group in finding_groups(report["accounts"])
    )
    yield from _table("Findings", ("Severity", "Accounts", "Finding", "Hosts"), findings)
    for title, resting in (("Not evaluated", not_evaluated_in), ("Based on stated values", stated_in)):
        evidence = (_counted(text, hosts) for text, hosts in grouped(report["accounts"], resting))
        yield from _table(title, ("Accounts", "What", "Hosts"), evidence)


def _runs(report: Report) -> Iterator[str]:
    yield from (line for record in report["runs"] for line in ("", f"{_text(told(record))}."))
    for sentence, command in undoing(report):
        yield from ("", f"{_text(sentence)}:" if command else f"{_text(sentence)}: see the page.")
        # Nothing in the command ends the block: it is longer than any of its own.
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", command))) if "`" in command else "```"
        yield from ("", f"{fence}shell", *command.split("\n"), fence) if command else ()


def _cause(cause: Cause) -> list[str]:
    return [cause["status"], *_counted(cause["cause"], cause["hosts"])]


def _risk(risk: AcceptedRisk) -> list[str]:
    name = risk_name(risk)
    where = [
        first_few(risk["hosts"], _FEW_HOSTS),
        f"not in {first_few(risk['gone'], _FEW_HOSTS)}" if risk["gone"] else "",
    ]
    return [
        risk["state"].replace("_", " "),
        risk["expires"],
        name,
        risk["owner"],
        risk["reason"],
        "; ".join(filter(None, where)),
    ]


def _counted(name: str, hosts: Sequence[str]) -> list[str]:
    return [str(len(hosts)), name, first_few(hosts, _FEW_HOSTS)]


def _compared(report: Report) -> Iterator[str]:
    comparison = report.get("comparison")
    if comparison:
        yield from ("", f"Since {_text(comparison['previous_generated_at'])}: {counts_of(comparison)}.")


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    listed = [f"| {' | '.join(_text(cell) for cell in row)} |" for row in rows]
    if listed:
        yield from ("", f"## {title}", "", f"| {' | '.join(head)} |", "|" + "---|" * len(head), *listed)


def _text(value: str) -> str:
    shown = printable(value)
    shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + "..."
    # A bare address would become a link, and a bare @name a mention.
    shown = _SPECIAL.sub(r"\\\1", shown).replace("&", "&amp;").replace("<", "&lt;")
    return shown.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")
