# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report as Markdown, for a ticket, a chat or a job summary: the verdict, the causes, and the accounts with one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .causes import finding_groups
from .compare import KINDS
from .entry import NEEDS_ATTENTION, STATUSES
from .sentences import what
from .text import counted, first_few, printable, status_counts
from .verdict import headline

_MOST_ACCOUNTS = 200
_FEW_HOSTS = 10
_LONGEST = 500
_SPECIAL = re.compile(r"([\\`*_{}\[\]|~])")


def render(report: Mapping[str, Any]) -> bytes:
    """UTF-8. Whatever the values hold, they stay text: no markup, no link, no picture, no table cell of their own."""
    return ("\n".join(_lines(report)) + "\n").encode("utf-8")


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {_text(report['title'] or 'DynamoDB restore access')}"
    yield from ("", f"**{_text(headline(report))}**", "", _text(status_counts(report["summary"], STATUSES[::-1])))
    yield from (
        "",
        f"Generated {_text(report['generated_at'])} by cloudrestore.aws {_text(report['collection_version'])}.",
    )
    yield from (line for note in report["notes"] for line in ("", _text(note)))
    yield from _compared(report)
    yield from _table("Causes", ("Status", "Accounts", "Cause", "Hosts"), map(_cause, report["causes"]))
    open_ones = [one for one in report["accounts"] if one["status"] in NEEDS_ATTENTION]
    rows = ([one["host"], one["account_id"], one["ou"], one["status"], what(one)] for one in open_ones[:_MOST_ACCOUNTS])
    yield from _table("Accounts that need attention", ("Host", "Account", "OU", "Status", "What"), rows)
    if len(open_ones) > _MOST_ACCOUNTS:
        yield from (
            "",
            f"And {counted(len(open_ones) - _MOST_ACCOUNTS, 'more account')}: the JSON report has them all.",
        )
    findings = (
        [str(one["severity"]), *_counted_hosts(one, str(one["finding"]))] for one in finding_groups(report["accounts"])
    )
    yield from _table("Findings", ("Severity", "Accounts", "Finding", "Hosts"), findings)


def _cause(cause: Mapping[str, Any]) -> list[str]:
    return [cause["status"], *_counted_hosts(cause, cause["cause"])]


def _counted_hosts(group: Mapping[str, Any], name: str) -> list[str]:
    return [str(len(group["hosts"])), name, first_few(group["hosts"], _FEW_HOSTS)]


def _compared(report: Mapping[str, Any]) -> Iterator[str]:
    comparison = report.get("comparison")
    if comparison:
        counts = ", ".join(f"{comparison['summary'][kind]} {kind.replace('_', ' ')}" for kind in KINDS)
        yield from ("", f"Since {_text(comparison['previous_generated_at'])}: {counts}.")


def _table(title: str, head: Sequence[str], rows: Iterator[Sequence[str]] | map[list[str]]) -> Iterator[str]:
    listed = [f"| {' | '.join(_text(cell) for cell in row)} |" for row in rows]
    if listed:
        yield from ("", f"## {title}", "", f"| {' | '.join(head)} |", "|" + "---|" * len(head), *listed)


def _text(value: str) -> str:
    shown = printable(value)
    shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + "..."
    # A bare address would become a link, and a bare @name a mention.
    shown = _SPECIAL.sub(r"\\\1", shown).replace("&", "&amp;").replace("<", "&lt;")
    return shown.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")
