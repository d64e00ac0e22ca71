# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report as one HTML page that needs nothing else. What it shows is in a data block; its scripts make the page of it.

The template, the style and the scripts are files in page/. Ansible packs no such files with a module, so that this
works on the controller only: in an action plugin or a filter.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .causes import FindingGroup, finding_groups
from .commands import Run, advice, asked_again, go_on, steps, unselectable, why_none
from .console_link import console_link
from .entry import taken_back
from .history import SHOWN, in_short, seen
from .interned import Interner
from .provenance import told
from .requirements import VERDICTS, Column, cells, columns_of
from .schema import DRIFTED, PENDING, STATUSES, AcceptedRisk, Cause, ComparedAccount, Entry, Report
from .sentences import bounds, risk_name, what
from .text import printable
from .undo import place_of, rollback
from .verdict import headline

_PAGE = Path(__file__).with_name("page")
_SCRIPTS = ("data.js", "filters.js", "matrix.js", "account.js", "start.js")

# Shown from columns of their own, or not at all: a snapshot is for undoing a change, in the JSON report.
_NOT_IN_DETAILS = frozenset({"host", "account_id", "status", "previous", "snapshot"})


_RUN = Run()


def render(report: Report, run: Run = _RUN) -> bytes:
    """UTF-8, in fact ASCII. ``run``: of what the report is, for the commands it shows."""
    style = _read("page.css")
    script = '"use strict";\n(() => {\n' + "\n".join(_read(name) for name in _SCRIPTS) + "})();\n"
    parts = {
        "title": html.escape(printable(report["title"] or "DynamoDB restore access")),
        "headline": html.escape(printable(headline(report))),
        "style": style,
        "style_hash": _hash(style),
        "script": script,
        "script_hash": _hash(script),
        "data": _as_script_text(data(report, run)),
    }
    # In one pass, so that a value that looks like a placeholder stays what it is.
    page = re.sub(r"@@(\w+)@@", lambda placeholder: parts[placeholder[1]], _read("page.html"))
    return page.encode("ascii", "xmlcharrefreplace")


def _read(name: str) -> str:
    return (_PAGE / name).read_text("utf-8")


def _hash(text: str) -> str:
    """As a Content-Security-Policy wants it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _as_script_text(value: Any) -> str:
    """JSON that cannot end the script element it stands in, nor open a comment in it."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def data(report: Report, run: Run = _RUN) -> dict[str, Any]:
    """What the page is made of; accounts refer to ``table`` and to each other by number."""
    accounts, columns, interner = report["accounts"], columns_of(report["accounts"]), Interner()
    comparison = report.get("comparison")
    number = {entry["host"]: index for index, entry in enumerate(accounts)}
    compared = {account["host"]: account for account in comparison["accounts"]} if comparison else {}
    rows = [_row(entry, columns, interner, run, compared.get(entry["host"])) for entry in accounts]
    absent = frozenset(entry["host"] for entry in accounts if taken_back(entry))
    return {
        "generated_at": report["generated_at"],
        "collection_version": report["collection_version"],
        "summary": report["summary"],
        "notes": report["notes"],
        "bounds": bounds(report),
        "statuses": STATUSES,
        "verdicts": VERDICTS,
        "runs": [{**record, "told": told(record)} for record in report["runs"]],
        "risks": [_risk(risk, number) for risk in report["accepted_risks"]],
        "columns": [[column.requirement, column.step, column.without] for column in columns],
        "causes": [
            _group(cause, number) | _remedy(cause, run, absent) | {"seen": seen(report, place)}
            for place, cause in enumerate(report["causes"])
        ],
        "findings": [_group(group, number) for group in finding_groups(accounts)],
        "history": {
            "told": in_short(report),
            "shown": SHOWN,
            "runs": report["history"]["runs"] if "history" in report else [],
        },
        "comparison": {key: value for key, value in (comparison or {}).items() if key != "accounts"},
        "accounts": rows,
        "unselectable": [number[host] for host in unselectable(list(number))],
        "table": interner.table,
    }


def _row(
    entry: Entry,
    columns: Sequence[Column],
    interner: Interner,
    run: Run,
    compared: ComparedAccount | None,
) -> list[Any]:
    details = {key: value for key, value in entry.items() if key not in _NOT_IN_DETAILS}
    place = place_of(entry, run)
    details |= {**advice(entry, run), "compared": compared, "console": console_link(entry["arn"])}
    details |= {"snapshots": place, "undo": rollback(place, [entry["host"]], run) if place else []}
    verdicts = "".join(str(VERDICTS.index(verdict)) for verdict in cells(entry, columns))
    status = STATUSES.index(entry["status"])
    own = (entry["account_id"], entry["host"])
    places = [interner.intern(value, *own) for value in (entry["ou"], verdicts, what(entry), details)]
    return [entry["host"], entry["account_id"], status, *places]


def _risk(risk: AcceptedRisk, number: Mapping[str, int]) -> dict[str, Any]:
    name = risk_name(risk)
    texts = {key: risk[key] for key in ("state", "owner", "expires", "reason")}
    return {**texts, "name": name, **{key: [number[host] for host in risk[key]] for key in ("hosts", "gone")}}


def _group(group: Cause | FindingGroup, number: Mapping[str, int]) -> dict[str, Any]:
    return {**group, "hosts": [number[host] for host in group["hosts"]]}


def _remedy(cause: Cause, run: Run, absent: frozenset[str]) -> dict[str, Any]:
    """The commands that bring the accounts of a cause to the required state, and what is to be said of them."""
    if cause["status"] not in (DRIFTED, PENDING):
        return {"commands": [], "note": ""}
    hosts = cause["hosts"]
    commands = go_on(hosts, run) if cause["status"] == PENDING else steps(hosts, run, absent=absent.issuperset(hosts))
    return {"commands": commands, "note": asked_again(run) if commands else why_none(hosts, run)}
