# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet report as a table for a terminal, one account after the other."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from .schema import STATUSES, Report
from .sentences import what
from .text import printable, status_counts


def lines(report: Report, width: int) -> list[str]:
    """One line per account, or more where there is more to say; then the count of each status. ``width``: columns."""
    rows = [(entry["host"], entry["account_id"], entry["status"], what(entry)) for entry in report["accounts"]]
    head = ("HOST", "ACCOUNT", "STATUS", "WHAT")
    shown = [head, *(tuple(printable(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(3)]
    result = [line for row in shown for line in wrapped(row, widths, width)]
    return [*result, "", status_counts(report["summary"], STATUSES[::-1])]


def wrapped(row: Sequence[str], widths: Sequence[int], width: int) -> Iterator[str]:
    """A row of cells, of which the last is wrapped into what is left of the width."""
    left = "".join(cell.ljust(size) + "  " for cell, size in zip(row, widths, strict=False))
    room = max(width - len(left), 30)
    parts = textwrap.wrap(row[-1], room, break_long_words=False, break_on_hyphens=False) or [""]
    yield (left + parts[0]).rstrip()
    for part in parts[1:]:
        yield " " * len(left) + part
