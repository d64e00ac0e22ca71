# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report for a spreadsheet: one row per account, one column per requirement. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

from .evidence import not_evaluated_in, risks_by_host, snapshot_of, stated_in
from .requirements import cells, columns_of
from .schema import Report
from .sentences import what
from .text import printable

_HEAD = ("host", "account_id", "ou", "status", "arn", "what", "missing_permissions", "findings")
_EVIDENCE = ("risks", "not_evaluated", "stated", "snapshot")
# What a spreadsheet may take for the end of a cell, in the middle of quoted text as well: where it separates by another character
# than the comma of this file, as it does in many countries and wherever the user says so, the quotes mean nothing to it.
_SEPARATOR = re.compile(r"([,;|\t\r\n])")
# How a formula begins. A minus sign proper is taken for a hyphen by some.
_FORMULA = frozenset("=+-@\u2212")
# Letters and signs without a shape of their own. All the others are marks, or blanks, or of a control category.
_SHAPELESS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def render(report: Report) -> bytes:
    """UTF-8, as RFC 4180 has it. What a spreadsheet would run as a formula begins with an apostrophe."""
    columns, risks = columns_of(report["accounts"]), risks_by_host(report)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    in_waves = any("wave" in entry for entry in report["accounts"])
    head = (*_HEAD, *_EVIDENCE, *(["wave"] if in_waves else []))
    writer.writerow([_cell(name) for name in (*head, *(column.requirement for column in columns))])
    for entry in report["accounts"]:
        findings = " ".join(finding["finding"] for finding in entry["findings"])
        about = (entry["host"], entry["account_id"], entry["ou"], entry["status"], entry["arn"])
        row = [*about, what(entry), " ".join(entry["missing_permissions"]), findings]
        row += ["; ".join(told) for told in (risks.get(entry["host"], ()), not_evaluated_in(entry), stated_in(entry))]
        row.append(snapshot_of(entry))
        wave = [str(entry.get("wave", ""))] if in_waves else []
        writer.writerow([_cell(value) for value in (*row, *wave, *cells(entry, columns))])
    return text.getvalue().encode("utf-8")


def _cell(value: str) -> str:
    return "".join(f"'{part}" if _is_formula(part) else part for part in _SEPARATOR.split(printable(value)))


def _is_formula(text: str) -> bool:
    """By its first character that can be seen, in whatever width or size it is written. Quotes may be stripped from before it."""
    for character in text:
        if character != '"' and not _is_unseen(character):
            return unicodedata.normalize("NFKC", character)[0] in _FORMULA
    return False


def _is_unseen(character: str) -> bool:
    return character in _SHAPELESS or unicodedata.category(character)[0] in "CMZ"
