# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run ends with on a terminal or in a job log: the accounts if they are few, else the causes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import table
from .causes import finding_groups
from .comparison import counts_of
from .evidence import grouped, stated_in
from .history import in_short
from .provenance import told, undoing
from .schema import STATUSES, Report
from .sentences import accepted_risk, bounds
from .text import counted, first_few, printable, status_counts
from .verdict import probes, unproved

FEW_ACCOUNTS = 20
_MANY_CAUSES = 15
_MANY_FINDINGS = 5
_MANY_RISKS = 10
_FEW_HOSTS = 5
_FEW_STATED = 3
_LONGEST_COMMAND = 500


def lines(report: Report, width: int = 160, onward: Sequence[str] = ()) -> list[str]:
    """The last line counts the accounts of each status. ``width``: columns. ``onward``: what to do next, with the commands for it."""
    listed = table.lines(report, width) if len(report["accounts"]) <= FEW_ACCOUNTS else _grouped(report, width)
    extra = [
        *_compared(report),
        *filter(None, [in_short(report)]),
        *map(printable, _runs(report, undo=not onward)),
        *(printable(note) for note in [*report["notes"], *bounds(report), *_accepted(report)]),
        *filter(None, [probes(report), unproved(report).strip(), _stated(report)]),
    ]
    next_steps = [*onward, ""] if onward else []
    return [*listed[:-1], *extra, *([""] if extra else []), *next_steps, listed[-1]]


def _accepted(report: Report) -> Iterator[str]:
    risks = report["accepted_risks"]
    yield from map(accepted_risk, risks[:_MANY_RISKS])
    if len(risks) > _MANY_RISKS:
        yield f"And {counted(len(risks) - _MANY_RISKS, 'more accepted risk')}: the report has them all"


def _runs(report: Report, *, undo: bool) -> Iterator[str]:
    """Of several runs the page tells each; a command of more than a line or two is for copying there."""
    if len(report["runs"]) == 1:
        yield told(report["runs"][0])
    for sentence, command in undoing(report)[:1] if undo else ():
        short = command and len(command) <= _LONGEST_COMMAND
        yield f"{sentence}: {command}" if short else f"{sentence}: the HTML report has the command"
    if len(report["runs"]) > 1:
        yield f"Of {counted(len(report['runs']), 'run')}: the report tells each"


def _stated(report: Report) -> str:
    """One line, however much was stated."""
    stated = [printable(text) for text, _hosts in grouped(report["accounts"], stated_in)]
    return f"Based on stated values: {first_few(stated, _FEW_STATED)}" if stated else ""


def _grouped(report: Report, width: int) -> list[str]:
    causes, findings = report["causes"], finding_groups(report["accounts"])
    rows: list[tuple[str, str, str, Sequence[str]]] = [
        (cause["status"], str(len(cause["hosts"])), cause["cause"], cause["hosts"]) for cause in causes[:_MANY_CAUSES]
    ]
    rows += [
        ("finding", str(len(group["hosts"])), f"{group['finding']} ({group['severity']})", group["hosts"])
        for group in findings[:_MANY_FINDINGS]
    ]
    result = list(_rows(rows, width))
    left = len(causes) - _MANY_CAUSES
    if left > 0:
        result += ["", f"and {counted(left, 'more cause')}: the report has them all"]
    return [*result, *([""] if result else []), status_counts(report["summary"], STATUSES[::-1])]


def _rows(rows: Sequence[tuple[str, str, str, Sequence[str]]], width: int) -> Iterator[str]:
    head = ("STATUS", "ACCOUNTS", "CAUSE, AND WHERE")
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(2)]
    if rows:
        yield from table.wrapped(head, widths, width)
    for status, count, cause, hosts in rows:
        yield from table.wrapped((status, count.rjust(widths[1]), printable(cause)), widths, width)
        where = first_few([printable(host) for host in hosts], _FEW_HOSTS)
        yield from table.wrapped(("", "", where), widths, width)


def _compared(report: Report) -> Iterator[str]:
    comparison = report.get("comparison")
    if comparison:
        yield f"Since {printable(comparison['previous_generated_at'])}: {counts_of(comparison)}"
