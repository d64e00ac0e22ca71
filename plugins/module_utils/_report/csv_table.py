# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report for a spreadsheet: one row per account, one column per requirement. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from .columns import cells, columns
from .sentences import what
from .text import printable

_HEAD = ("host", "account_id", "ou", "status", "arn", "what", "missing_permissions", "findings")
# What makes a spreadsheet take a cell for a formula, a full-width form of it included.
_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"


def render(report: Mapping[str, Any]) -> bytes:
    """UTF-8, as RFC 4180 has it. A cell that a spreadsheet would run as a formula begins with an apostrophe."""
    of = columns(report["accounts"])
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_cell(one) for one in (*_HEAD, *(column.requirement for column in of))])
    for entry in report["accounts"]:
        findings = " ".join(one.get("finding", "") for one in entry["findings"])
        row = [*(entry[key] for key in _HEAD[:5]), what(entry), " ".join(entry["missing_permissions"]), findings]
        writer.writerow([_cell(one) for one in (*row, *cells(entry, of))])
    return text.getvalue().encode("utf-8")


def _cell(value: str) -> str:
    shown = printable(value)
    return f"'{shown}" if shown.lstrip()[:1] in _FORMULA and shown.strip() else shown
