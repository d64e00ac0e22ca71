# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet report as lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .fleet import BLOCKED, COMPLIANT, CONVERGED, FAILED, STATUSES

_MANY_ACTIONS = 4


def lines(report: Mapping[str, Any], width: int) -> list[str]:
    """One line per account, or more where there is more to say; then the count of each status. ``width``: columns."""
    rows = [(one["host"], one["account_id"], one["status"], what(one)) for one in report["accounts"]]
    head = ("HOST", "ACCOUNT", "STATUS", "WHAT")
    widths = [max((len(row[column]) for row in [head, *rows]), default=0) for column in range(3)]
    result = list(_row(head, widths, width))
    for row in rows:
        result += _row(row, widths, width)
    return [*result, "", _counts(report["summary"])]


def _row(row: Sequence[str], widths: Sequence[int], width: int) -> Iterator[str]:
    left = "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=False)) + "  "
    room = max(width - len(left), 30)
    parts = textwrap.wrap(row[3], room, break_long_words=False, break_on_hyphens=False) or [""]
    yield (left + parts[0]).rstrip()
    for part in parts[1:]:
        yield " " * len(left) + part


def _counts(summary: Mapping[str, int]) -> str:
    counts = [f"{summary[name]} {name}" for name in reversed(STATUSES) if summary[name]]
    accounts = summary["accounts"]
    return f"{accounts} account{'' if accounts == 1 else 's'}: " + ", ".join(counts)


def what(entry: Mapping[str, Any]) -> str:
    """What there is to say about one account, in a sentence."""
    if entry["status"] == FAILED:
        return str(entry["message"])
    if entry["status"] == BLOCKED:
        return "; ".join(_decisions(entry["unresolved"])) + _also(entry)
    if entry["status"] == CONVERGED:
        return "; ".join([_operations(entry), *entry["kept"]])
    if entry["status"] == COMPLIANT:
        return "; ".join([*entry["kept"], *(finding["message"] for finding in entry["findings"])])
    return "; ".join([*_decisions(entry["drift"]), *entry["kept"]] or [_operations(entry)])


def _also(entry: Mapping[str, Any]) -> str:
    return f"; changes: {_operations(entry)}" if entry["changes"] else ""


def _operations(entry: Mapping[str, Any]) -> str:
    return ", ".join(change["operation"] for change in entry["changes"])


def _decisions(found: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Decisions in words; those that share verdict, reason and place are told together."""
    groups: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
    for one in found:
        groups.setdefault((one["verdict"], one["reason"], one["policy"], one["statement"]), []).append(one)
    for (verdict, reason, policy, statement), members in groups.items():
        names = list(dict.fromkeys(one["requirement"] for one in members))
        shown = ", ".join(names) if len(names) <= _MANY_ACTIONS else _summed_up(names)
        yield f"{shown}: {verdict.replace('_', ' ')} ({_place(members, policy, statement)}{reason})"


def _summed_up(names: Sequence[str]) -> str:
    services = sorted({name.split(":")[0] for name in names if ":" in name})
    return f"{len(names)} requirements" + (f" ({', '.join(services)})" if len(services) <= _MANY_ACTIONS else "")


def _place(members: Sequence[Mapping[str, str]], policy: str, statement: str) -> str:
    layers = {one["layer"] for one in members}
    parts = [f"policy {policy}"] if policy else [f"{layer} policy" for layer in layers if layer == "trust"]
    if statement:
        parts.append(f"statement {statement}")
    # What is said of several layers at once, such as that nothing exists, has no place of its own.
    return ", ".join(parts) + ": " if parts and len(layers) == 1 else ""
