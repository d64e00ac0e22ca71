# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main line of a report: results and parts → accounts → report → files, and what the run ends with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, TypedDict

from .._errors import RestoreAccessError
from . import csv_table, files, fleet, history, html_page, junit_xml, markdown_page, onward, terminal
from .accepted import Acceptances, day_of
from .commands import Run
from .entry import entries_of
from .given import Given
from .merge import Part, merged, part_of
from .provenance import runs_of
from .schema import HIGH, MEDIUM, BoundResult, Report, Status
from .summary import Summary, summary_of

Format = Literal["json", "html", "markdown", "csv", "junit"]
FORMATS: Final[tuple[Format, ...]] = ("json", "html", "markdown", "csv", "junit")

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "results": {
        "type": "list",
        "elements": "dict",
        "options": {
            "host": {"type": "str", "required": True},
            "account_id": {"type": "str"},
            "ou": {"type": "str"},
            "result": {"type": "dict"},
            "verification": {"type": "dict"},
            "wave": {"type": "int"},
            "not_begun": {"type": "str"},
            "accepted_risks": {"type": "raw"},
        },
    },
    "parts": {"type": "list", "elements": "raw"},
    "previous": {"type": "str"},
    "directory": {"type": "str", "default": "reports"},
    "name": {"type": "str", "default": "restore_access"},
    "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": ["json", "html"]},
    "exposed_from": {"type": "str", "choices": [HIGH, MEDIUM], "default": HIGH},
    "title": {"type": "str", "default": "DynamoDB restore access"},
    "inventory": {"type": "list", "elements": "str", "default": ["INVENTORY"]},
    "history": {"type": "str"},
    "run_id": {"type": "str"},
    "caller": {"type": "str"},
    "plan": {"type": "str"},
    "generated_at": {"type": "str"},
    "notes": {"type": "list", "elements": "str", "default": []},
}
REQUIRED_ONE_OF = [["results", "parts"]]

_ENDINGS: Final[Mapping[Format, str]] = {
    "json": ".json",
    "html": ".html",
    "markdown": ".md",
    "csv": ".csv",
    "junit": ".xml",
}


class Returned(TypedDict):
    """What the module returns of a report."""

    report: dict[str, str]
    summary: Summary
    statuses: dict[str, Status]
    lines: list[str]


@dataclass(frozen=True)
class Built:
    """A report, its files before they are written, and what could not be done for it."""

    report: Report
    files: Mapping[Format, Path]
    content: Mapping[Path, bytes]
    warnings: tuple[str, ...]
    run: Run

    def check(self) -> None:
        """Raises RestoreAccessError for a report about nothing: it would look like a fleet without drift."""
        if not self.report["accounts"]:
            raise RestoreAccessError("results and parts contain no account, so there is nothing to report.")

    def returned(self) -> Returned:
        return {
            "report": {name: str(path) for name, path in self.files.items()},
            "summary": summary_of(self.report),
            "statuses": {entry["host"]: entry["status"] for entry in self.report["accounts"]},
            "lines": terminal.lines(self.report, onward=onward.lines(self.report["accounts"], self.run)),
        }


def build(
    params: Mapping[str, Any], version: str, now: str, held: Sequence[BoundResult] = (), run: Run | None = None
) -> Built:
    """``params``: by ARGUMENT_SPEC. ``version``: of the collection. ``now``: UTC, ISO 8601; used where no time is given.
    ``held``: the bounds of the controller. ``run``: what is known of the run that the results are of, without its inventory.

    Raises RestoreAccessError for a value that cannot be, and for a part that cannot be read.
    """
    when = _shaped_like(files.TIME, params, "generated_at", "such as 2026-01-31T12:00:00Z") or now
    name = _shaped_like(files.NAME, params, "name", "1-200 letters, digits and . _ -, a letter or digit first")
    accepting = Acceptances(day_of(when), held)
    entries = entries_of(params.get("results") or (), accepting, params["exposed_from"])
    parts = [*_parts(params.get("parts") or ()), Part(when, entries, accepting.risks)]
    accounts, notes = merged(parts)
    known = replace(
        run or Run(),
        inventory=tuple(params["inventory"]),
        name=name,
        run_id=params.get("run_id") or "",
        caller=params.get("caller") or "",
        plan=params.get("plan") or "",
    )
    # What this command line holds is not what the runs of other reports were given.
    known = known if params.get("results") else replace(known, given=Given(), merged=True)
    previous, warnings = _previous(params.get("previous"), name)
    warnings += accepting.unreadable
    report = fleet.assemble(
        accounts,
        version,
        when,
        title=params["title"],
        notes=[*params["notes"], *notes, *warnings],
        previous=previous,
        bounds=held,
        risks=[risk for part in parts for risk in part.risks],
        runs=runs_of(parts[:-1], accounts, known, when),
    )
    stem = f"{name}-{when.replace(':', '')}"
    where = files.expanded(params["directory"]).absolute()
    formats: Sequence[Format] = params["formats"]
    paths = {name: where / (stem + _ENDINGS[name]) for name in dict.fromkeys(formats)}
    kept = _remember(report, params.get("history"), name, stem, warnings)
    content = {path: render(name, report, known) for name, path in paths.items()} | kept
    return Built(report, paths, content, tuple(warnings), known)


def _remember(report: Report, directory: str | None, name: str, stem: str, warnings: list[str]) -> dict[Path, bytes]:
    """Puts the history into the report. Returns the file by which later reports remember this one.

    A former report that cannot be read must not cost this one: it is left out, which ``warnings`` and the report's notes say.
    """
    if not directory or not report["accounts"]:
        return {}
    where = files.expanded(directory).absolute()
    own = where / f"{stem}.json"
    short = history.short(report["generated_at"], report["accounts"])
    looks = [history.look_of(short, "")]
    for path in files.former(where, name, history.MOST - 1):
        try:
            looks += [history.look_of(files.read(str(path)), str(path))] if path != own else []
        except RestoreAccessError as error:
            warnings.append(f"{error.message} The history does not include it.")
            report["notes"].append(warnings[-1])
    report["history"] = history.history_of(looks, report["causes"], report["accounts"])
    return {own: (json.dumps(short, separators=(",", ":")) + "\n").encode("ascii")}


def render(name: Format, report: Report, run: Run) -> bytes:
    """The report in the format ``name``."""
    renderers: dict[Format, Callable[[Report], bytes]] = {
        "json": as_json,
        "html": lambda report: html_page.render(report, run),
        "markdown": markdown_page.render,
        "csv": csv_table.render,
        "junit": junit_xml.render,
    }
    return renderers[name](report)


def as_json(report: Report) -> bytes:
    return (json.dumps(report, indent=2) + "\n").encode("ascii")


def _shaped_like(pattern: re.Pattern[str], params: Mapping[str, Any], key: str, example: str) -> str:
    value = params.get(key) or ""
    if value and not pattern.fullmatch(value):
        raise RestoreAccessError(f"{key} is {value!r}; it must be {example}.")
    return str(value)


def _parts(reports: Sequence[Any]) -> list[Part]:
    parts = []
    for number, report in enumerate(reports):
        name = f"The part {report}" if isinstance(report, str) else f"Part {number} of parts"
        parts.append(part_of(files.read(report) if isinstance(report, str) else report, name))
    return parts


def _previous(path: str | None, name: str) -> tuple[Part | None, list[str]]:
    """The earlier report, if one is asked for. That it cannot be read must not cost the report of a long run."""
    if not path:
        return None, []
    try:
        newest = files.newest(path, name)
        return part_of(files.read(newest), f"The previous report {newest}"), []
    except RestoreAccessError as error:
        return None, [f"{error.message} This report is not compared with an earlier one."]
