# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What there is to say about an account, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .entry import BLOCKED, COMPLIANT, CONVERGED, NOT_EXAMINED, ROLLED_BACK, taken_back

MANY_ACTIONS = 4


def what(entry: Mapping[str, Any]) -> str:
    """What there is to say about one account, in a sentence."""
    if entry["status"] in NOT_EXAMINED:
        return str(entry["message"])
    if entry["status"] == BLOCKED:
        return "; ".join(decisions(entry["unresolved"])) + _also(entry)
    if entry["status"] == ROLLED_BACK:
        return "; ".join([rolled_back(entry), *entry["kept"]])
    if taken_back(entry):
        return "; ".join([_undone(entry, "nothing of this collection was left"), *entry["kept"]])
    if entry["status"] == CONVERGED:
        return "; ".join([operations(entry), *entry["kept"]])
    if entry["status"] == COMPLIANT:
        return "; ".join([*entry["kept"], *_findings(entry)])
    return "; ".join([*decisions(entry["drift"]), *entry["kept"]] or [operations(entry)])


def _also(entry: Mapping[str, Any]) -> str:
    return f"; changes: {operations(entry)}" if entry["changes"] else ""


def _findings(entry: Mapping[str, Any]) -> Iterator[str]:
    """What somebody should look at soon; the rest is in the report."""
    return (f"{one['message']} {one['remedy']}".rstrip() for one in entry["findings"] if one["severity"] != "low")


def rolled_back(entry: Mapping[str, Any]) -> str:
    """What brings an account back, or brought it back."""
    return _undone(entry, "nothing of the run was left")


def _undone(entry: Mapping[str, Any], nothing: str) -> str:
    if not entry["changes"]:
        return nothing
    return f"would be made: {operations(entry)}" if entry["check_mode"] else operations(entry)


def operations(entry: Mapping[str, Any]) -> str:
    return ", ".join(change["operation"] for change in entry["changes"])


def decisions(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Decisions in words; those that share verdict, reason and place are told together."""
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for one in found:
        groups.setdefault((one["verdict"], one["reason"], one["policy"], one["statement"]), []).append(one)
    for (verdict, reason, policy, statement), members in groups.items():
        names = list(dict.fromkeys(one["requirement"] for one in members))
        yield f"{requirements(names)}: {verdict.replace('_', ' ')} ({place(members, policy, statement)}{reason})"


def requirements(names: Sequence[str]) -> str:
    if len(names) <= MANY_ACTIONS:
        return ", ".join(names)
    services = sorted({name.split(":")[0] for name in names if ":" in name})
    return f"{len(names)} requirements" + (f" ({', '.join(services)})" if len(services) <= MANY_ACTIONS else "")


def place(members: Sequence[Mapping[str, Any]], policy: str, statement: str) -> str:
    layers = {one["layer"] for one in members}
    parts = [f"{layer} policy {policy}".rstrip() for layer in layers if policy or layer == "trust"]
    if statement:
        parts.append(f"statement {statement}")
    # What is said of several layers at once, such as that nothing exists, has no place of its own.
    return ", ".join(parts) + ": " if parts and len(layers) == 1 else ""
