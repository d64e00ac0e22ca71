# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report for a spreadsheet: one row per account, one column per requirement. Pure."""

from __future__ import annotations

import csv
import io
import re

from .requirements import cells, columns_of
from .schema import Report
from .sentences import what
from .text import printable

_HEAD = ("host", "account_id", "ou", "status", "arn", "what", "missing_permissions", "findings")
# What makes a spreadsheet take a cell for a formula, a full-width form of it included. In many countries it separates by
# semicolons or, where the user says so, by tabs as well, and then takes a quote that is not at the beginning for text.
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[\s\"]*[=+@\uff1d\uff0b\uff0d\uff20-])")


def render(report: Report) -> bytes:
    """UTF-8, as RFC 4180 has it. What a spreadsheet would run as a formula begins with an apostrophe."""
    columns = columns_of(report["accounts"])
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_cell(name) for name in (*_HEAD, *(column.requirement for column in columns))])
    for entry in report["accounts"]:
        findings = " ".join(finding["finding"] for finding in entry["findings"])
        about = (entry["host"], entry["account_id"], entry["ou"], entry["status"], entry["arn"])
        row = [*about, what(entry), " ".join(entry["missing_permissions"]), findings]
        writer.writerow([_cell(value) for value in (*row, *cells(entry, columns))])
    return text.getvalue().encode("utf-8")


def _cell(value: str) -> str:
    return _FORMULA.sub(r"\1'", printable(value))
