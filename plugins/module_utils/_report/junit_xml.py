# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report as JUnit XML, so that a CI system shows it: an account is a suite, a requirement a test. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar
from xml.etree import ElementTree

from .._policy import verdicts
from .evidence import not_evaluated_in, risks_by_host, snapshot_of, stated_in
from .requirements import ALLOWED_SO_FAR, NOT_EVALUATED, Column, cells, columns_of, left_open
from .schema import (
    ACCEPTED,
    CONVERGED,
    EXPOSED,
    NEEDS_ATTENTION,
    NOT_EXAMINED,
    ROLLED_BACK,
    Decision,
    Entry,
    Report,
    Requirement,
)
from .sentences import decisions, exposing, looked_at, operations, rolled_back, what
from .text import printable

_Decided = TypeVar("_Decided", bound=Decision)

# Of which verdict a cell is.
_VERDICTS = {ALLOWED_SO_FAR: verdicts.CONDITIONAL, NOT_EVALUATED: verdicts.UNREADABLE}
_SKIPPED = frozenset({verdicts.NOT_APPLICABLE, NOT_EVALUATED, ALLOWED_SO_FAR})


def render(report: Report) -> bytes:
    """UTF-8 XML. A requirement that is not met is a failure, an account that could not be examined an error."""
    columns, risks = columns_of(report["accounts"]), risks_by_host(report)
    suites = [
        _suite(entry, columns, report["generated_at"], risks.get(entry["host"], ())) for entry in report["accounts"]
    ]
    root = ElementTree.Element(
        "testsuites", {"name": printable(report["title"]) or "cloudrestore.aws", **_totals(suites)}
    )
    root.extend(suites)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _totals(suites: Sequence[ElementTree.Element]) -> dict[str, str]:
    return {
        key: str(sum(int(suite.get(key, "0")) for suite in suites))
        for key in ("tests", "failures", "errors", "skipped")
    }


def _suite(entry: Entry, columns: Sequence[Column], when: str, risks: Sequence[str]) -> ElementTree.Element:
    verified, decided = _grouped(entry["requirements"]), _grouped([*entry["drift"], *entry["unresolved"]])
    cases = [_account(entry)]
    for column, cell in zip(columns, cells(entry, columns), strict=True):
        key = column.requirement, _VERDICTS.get(cell, cell)
        cases.append(_case(entry, column, cell, verified.get(key, ()), decided.get(key, ())))
    counts = {
        plural: str(sum(case.find(name) is not None for case in cases))
        for plural, name in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    about = {"name": printable(entry["host"]), "tests": str(len(cases)), **counts, "timestamp": when.rstrip("Z")}
    suite = ElementTree.Element("testsuite", about)
    suite.extend([*_properties(entry, risks), *cases])
    return suite


def _properties(entry: Entry, risks: Sequence[str]) -> Iterator[ElementTree.Element]:
    """What is said of the account once, and not for each of its requirements."""
    told: dict[str, Sequence[str]] = {
        "accepted_risk": risks,
        "not_evaluated": not_evaluated_in(entry),
        "stated": stated_in(entry),
    }
    told["snapshot"] = list(filter(None, [snapshot_of(entry)]))
    if any(told.values()):
        properties = ElementTree.Element("properties")
        for name, values in told.items():
            for value in values:
                ElementTree.SubElement(properties, "property", {"name": name, "value": printable(value)})
        yield properties


def _grouped(decided: Sequence[_Decided]) -> dict[tuple[str, str], list[_Decided]]:
    """By requirement and verdict; what is accepted is a verdict of its own."""
    groups: dict[tuple[str, str], list[_Decided]] = {}
    for decision in decided:
        verdict = ACCEPTED if decision["accepted"] else decision["verdict"]
        groups.setdefault((decision["requirement"], verdict), []).append(decision)
    return groups


def _new(entry: Entry, name: str) -> ElementTree.Element:
    return ElementTree.Element(
        "testcase", {"classname": printable(entry["host"]), "name": printable(name), "time": "0"}
    )


def _account(entry: Entry) -> ElementTree.Element:
    """The account as a whole: examined, and with no change left to make."""
    case = _new(entry, "account")
    if entry["status"] in NOT_EXAMINED:
        _say(case, "error", entry["status"], entry["message"])
    elif entry["status"] == EXPOSED:
        _say(case, "failure", entry["status"], "; ".join(map(looked_at, exposing(entry))))
    elif entry["status"] in NEEDS_ATTENTION and not entry["drift"] and not entry["unresolved"]:
        _say(case, "failure", entry["status"], f"not as the options require: {operations(entry)}")
    elif entry["status"] == ACCEPTED:
        _say(case, "skipped", entry["status"], what(entry))
    elif entry["status"] == CONVERGED:
        output = ElementTree.SubElement(case, "system-out")
        output.text = printable(f"changed: {operations(entry)}")
    elif entry["status"] == ROLLED_BACK:
        output = ElementTree.SubElement(case, "system-out")
        output.text = printable(f"rolled back: {rolled_back(entry)}")
    return case


def _case(
    entry: Entry, column: Column, cell: str, verified: Sequence[Requirement], decided: Sequence[Decision]
) -> ElementTree.Element:
    """``verified``, ``decided``: what has led to the verdict of the cell."""
    case = _new(entry, column.requirement)
    both = [*verified, *decided]
    if cell == ACCEPTED:
        _say(case, "skipped", cell, "; ".join(dict.fromkeys(each["accepted"] for each in both if each["accepted"])))
    elif cell in _SKIPPED or (verified and all(map(left_open, verified))):
        _say(case, "skipped", cell, both[0]["reason"] if both and both[0]["reason"] else cell.replace("_", " "))
    elif cell != verdicts.ALLOWED:
        _say(case, "failure", cell, "; ".join(dict.fromkeys(decisions(both))))
    return case


def _say(case: ElementTree.Element, kind: str, name: str, message: str) -> None:
    about = {"message": printable(message)} if kind == "skipped" else {"type": name, "message": printable(message)}
    ElementTree.SubElement(case, kind, about)
