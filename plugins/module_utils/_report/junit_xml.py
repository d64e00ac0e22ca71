# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report as JUnit XML, so that a CI system shows it: an account is a suite, a requirement a test. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from .._policy import verdicts
from .columns import ALLOWED_SO_FAR, NOT_JUDGED, Column, cells, columns
from .entry import CONVERGED, NEEDS_ATTENTION, NOT_EXAMINED, ROLLED_BACK, not_judged
from .sentences import decisions, operations, rolled_back
from .text import printable

_SKIPPED = frozenset({verdicts.NOT_APPLICABLE, NOT_JUDGED, ALLOWED_SO_FAR})


def render(report: Mapping[str, Any]) -> bytes:
    """UTF-8 XML. A requirement that is not met is a failure, an account that could not be examined an error."""
    of = columns(report["accounts"])
    suites = [_suite(entry, of, report["generated_at"]) for entry in report["accounts"]]
    root = ElementTree.Element(
        "testsuites", {"name": printable(report["title"]) or "cloudrestore.aws", **_totals(suites)}
    )
    root.extend(suites)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _totals(suites: Sequence[ElementTree.Element]) -> dict[str, str]:
    return {
        key: str(sum(int(one.get(key, "0")) for one in suites)) for key in ("tests", "failures", "errors", "skipped")
    }


def _suite(entry: Mapping[str, Any], of: Sequence[Column], when: str) -> ElementTree.Element:
    decided: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in (*entry["requirements"], *entry["drift"], *entry["unresolved"]):
        decided.setdefault((one["requirement"], one["verdict"]), []).append(one)
    cases = [_account(entry), *(_case(entry, decided, *one) for one in zip(of, cells(entry, of), strict=True))]
    counts = {
        plural: str(sum(one.find(name) is not None for one in cases))
        for plural, name in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    about = {"name": printable(entry["host"]), "tests": str(len(cases)), **counts, "timestamp": when.rstrip("Z")}
    suite = ElementTree.Element("testsuite", about)
    suite.extend(cases)
    return suite


def _new(entry: Mapping[str, Any], name: str) -> ElementTree.Element:
    return ElementTree.Element(
        "testcase", {"classname": printable(entry["host"]), "name": printable(name), "time": "0"}
    )


def _account(entry: Mapping[str, Any]) -> ElementTree.Element:
    """The account as a whole: examined, and with no change left to make."""
    case = _new(entry, "account")
    if entry["status"] in NOT_EXAMINED:
        _say(case, "error", entry["status"], entry["message"])
    elif entry["status"] in NEEDS_ATTENTION and not entry["drift"] and not entry["unresolved"]:
        _say(case, "failure", entry["status"], f"not as it was asked for: {operations(entry)}")
    elif entry["status"] == CONVERGED:
        output = ElementTree.SubElement(case, "system-out")
        output.text = printable(f"changed: {operations(entry)}")
    elif entry["status"] == ROLLED_BACK:
        output = ElementTree.SubElement(case, "system-out")
        output.text = printable(f"rolled back: {rolled_back(entry)}")
    return case


def _case(
    entry: Mapping[str, Any],
    decided: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]],
    column: Column,
    verdict: str,
) -> ElementTree.Element:
    """``decided``: by requirement and verdict."""
    case = _new(entry, column.requirement)
    told = verdicts.CONDITIONAL if verdict == ALLOWED_SO_FAR else verdict
    found = decided.get((column.requirement, told), ())
    verified = [one for one in found if "places" in one]
    if verdict in _SKIPPED or (verified and all(map(not_judged, verified))):
        _say(case, "skipped", verdict, "; ".join(one["reason"] for one in found[:1]) or verdict.replace("_", " "))
    elif verdict != verdicts.ALLOWED:
        _say(case, "failure", verdict, "; ".join(dict.fromkeys(decisions(found))))
    return case


def _say(case: ElementTree.Element, kind: str, name: str, message: str) -> None:
    about = {"message": printable(message)} if kind == "skipped" else {"type": name, "message": printable(message)}
    ElementTree.SubElement(case, kind, about)
