# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever came in as an entry of the schema: exactly its keys and types. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from .._policy.documents import load
from .._policy.errors import UnreadableDocumentError
from .schema import (
    FAILED,
    STATUSES,
    Change,
    Decision,
    Diff,
    Disagreement,
    Entry,
    Finding,
    Requirement,
    RunRecord,
    Snapshot,
)

# A snapshot holds policy documents, and these are nested a few levels deep.
_DEEPEST = 60
_NO_TEXT = "(a value that cannot be written down)"

Untrusted = Mapping[str, Any]


def shaped(untrusted: Untrusted) -> Entry:
    """Keys that are not there are empty. A status that does not exist counts as an account that could not be examined."""
    entry: Entry = {
        "host": text(untrusted.get("host")),
        "account_id": text(untrusted.get("account_id")),
        "ou": text(untrusted.get("ou")),
        "arn": text(untrusted.get("arn")),
        "status": next((status for status in STATUSES if status == untrusted.get("status")), FAILED),
        "message": text(untrusted.get("message")),
        "check_mode": bool(untrusted.get("check_mode")),
        "evaluated": bool(untrusted.get("evaluated")),
        "changes": [_change(change) for change in records(untrusted, "changes")],
        "not_done": [_change(change) for change in records(untrusted, "not_done")],
        "drift": [_decision(decision) for decision in records(untrusted, "drift")],
        "unresolved": [_decision(decision) for decision in records(untrusted, "unresolved")],
        "findings": [_finding(finding) for finding in records(untrusted, "findings")],
        "left_in_place": _strings(untrusted.get("left_in_place")),
        "missing_permissions": _strings(untrusted.get("missing_permissions")),
        "not_evaluated": _strings(untrusted.get("not_evaluated")),
        "disagreements": [_disagreement(disagreement) for disagreement in records(untrusted, "disagreements")],
        "missing_permissions_policy": _policy(untrusted.get("missing_permissions_policy")),
        "requirements": [_requirement(requirement) for requirement in records(untrusted, "requirements")],
        "diff": [_diff(diff) for diff in records(untrusted, "diff")],
    }
    if untrusted.get("previous"):
        entry["previous"] = _plain(untrusted["previous"])
    if isinstance(untrusted.get("snapshot"), Mapping):
        entry["snapshot"] = _snapshot(untrusted["snapshot"])
    if untrusted.get("without_session_policy"):
        entry["without_session_policy"] = True
    if untrusted.get("plan_sha256"):
        entry["plan_sha256"] = text(untrusted["plan_sha256"])
    wave = untrusted.get("wave")
    if isinstance(wave, int) and wave > 0:
        entry["wave"] = int(wave)
    return entry


def records(untrusted: Untrusted, key: str) -> list[Untrusted]:
    """The mappings listed there; none if it holds something else."""
    value = untrusted.get(key)
    # Ansible takes a diff of one part without the list around it.
    value = [value] if isinstance(value, Mapping) else value
    return [record for record in value if isinstance(record, Mapping)] if isinstance(value, Sequence) else []


def _change(untrusted: Untrusted) -> Change:
    return {
        "operation": text(untrusted.get("operation")),
        "target": text(untrusted.get("target")),
        "reason": text(untrusted.get("reason")),
    }


def _decision(untrusted: Untrusted) -> Decision:
    return {
        "requirement": text(untrusted.get("requirement")),
        "subject": text(untrusted.get("subject")),
        "verdict": text(untrusted.get("verdict")),
        "reason": text(untrusted.get("reason")),
        "layer": text(untrusted.get("layer")),
        "policy": text(untrusted.get("policy")),
        "statement": text(untrusted.get("statement")),
        "accepted": text(untrusted.get("accepted")),
    }


def _requirement(untrusted: Untrusted) -> Requirement:
    return {
        **_decision(untrusted),
        "resource": text(untrusted.get("resource")),
        "places": _strings(untrusted.get("places")),
        "conditions": _strings(untrusted.get("conditions")),
        "drift": bool(untrusted.get("drift")),
        "asked_for": bool(untrusted.get("asked_for")),
        "stated": _strings(untrusted.get("stated")),
    }


def _finding(untrusted: Untrusted) -> Finding:
    return {
        "finding": text(untrusted.get("finding")),
        "severity": text(untrusted.get("severity")),
        "layer": text(untrusted.get("layer")),
        "policy": text(untrusted.get("policy")),
        "statement": text(untrusted.get("statement")),
        "message": text(untrusted.get("message")),
        "remedy": text(untrusted.get("remedy")),
        "statement_sha256": text(untrusted.get("statement_sha256")),
        "exposes": bool(untrusted.get("exposes")),
        "accepted": text(untrusted.get("accepted")),
    }


def _disagreement(untrusted: Untrusted) -> Disagreement:
    return {
        "requirement": text(untrusted.get("requirement")),
        "evaluate": text(untrusted.get("evaluate")),
        "simulate": text(untrusted.get("simulate")),
        "reason": text(untrusted.get("reason")),
    }


def _diff(untrusted: Untrusted) -> Diff:
    return {
        "before_header": text(untrusted.get("before_header")),
        "after_header": text(untrusted.get("after_header")),
        "before": text(untrusted.get("before")),
        "after": text(untrusted.get("after")),
    }


def _snapshot(untrusted: Untrusted) -> Snapshot:
    return {
        "sha256": text(untrusted.get("sha256")),
        "file": text(untrusted.get("file")),
        "s3": text(untrusted.get("s3")),
        "s3_version_id": text(untrusted.get("s3_version_id")),
    }


def run_record(untrusted: Untrusted) -> RunRecord:
    """Without commands: whoever wrote the file could have written any."""
    versions = untrusted.get("versions")
    return {
        "name": text(untrusted.get("name")),
        "run_id": text(untrusted.get("run_id")),
        "caller": text(untrusted.get("caller")),
        "mode": text(untrusted.get("mode")),
        "generated_at": text(untrusted.get("generated_at")),
        "inventory": _strings(untrusted.get("inventory")),
        "limit": text(untrusted.get("limit")),
        "options": text(untrusted.get("options")),
        "secrets": _strings(untrusted.get("secrets")),
        "plan": text(untrusted.get("plan")),
        "versions": {text(name): text(value) for name, value in versions.items()}
        if isinstance(versions, Mapping)
        else {},
        "undo": [],
    }


def _policy(untrusted: object) -> dict[str, Any]:
    """The document; empty for what is none, which nobody could attach."""
    try:
        return dict(load(untrusted)) if isinstance(untrusted, Mapping) else {}
    except UnreadableDocumentError:
        return {}


def _plain(value: Any, depth: int = _DEEPEST) -> Any:
    """What JSON can hold: a number that it has not, or what is nested without end, becomes a text."""
    if isinstance(value, Mapping) and depth:
        return {text(key): _plain(inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, list | tuple) and depth:
        return [_plain(inner, depth - 1) for inner in value]
    if isinstance(value, Mapping | list | tuple) or (isinstance(value, float) and not math.isfinite(value)):
        return text(value)
    return value


def _strings(value: object) -> list[str]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [text(item) for item in value]
    return [text(value)] if value else []


def text(value: object) -> str:
    if isinstance(value, str):
        return str(value)
    try:
        return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    except (RecursionError, TypeError, ValueError):
        return _NO_TEXT
