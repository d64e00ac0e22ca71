# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The results of many accounts as one report. Pure: results in, a JSON-ready dict out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SCHEMA_VERSION = 1

COMPLIANT = "compliant"
DRIFTED = "drifted"
CONVERGED = "converged"
BLOCKED = "blocked"
FAILED = "failed"

# Worst first: the order in which people want to read them.
STATUSES = (FAILED, BLOCKED, DRIFTED, CONVERGED, COMPLIANT)

_KEPT_FROM_RESULT = ("changes", "drift", "findings", "unresolved", "kept", "missing_permissions", "not_done")


def status(result: Mapping[str, Any] | None) -> str:
    """One word for one account.

    ``failed``: it could not be examined or not be finished. ``blocked``: a restore fails on something that cannot be
    granted away. ``drifted``: a run would change it (check mode). ``converged``: this run changed it.
    """
    if not result or result.get("failed") or "changes" not in result:
        return FAILED
    if result.get("unresolved"):
        return BLOCKED
    if result["changes"]:
        return DRIFTED if result.get("check_mode") else CONVERGED
    return COMPLIANT


def account(host: str, account_id: str, result: Mapping[str, Any] | None) -> dict[str, Any]:
    """The report's entry for one host. ``result``: of restore_role; None where the host never got that far."""
    found = result or {}
    principal = found.get("principal") or {}
    entry: dict[str, Any] = {
        "host": host,
        "account_id": str(principal.get("account_id") or account_id),
        "arn": principal.get("arn", ""),
        "status": status(result),
        "message": _message(found) if status(result) == FAILED else "",
        "check_mode": bool(found.get("check_mode")),
    }
    entry |= {key: list(found.get(key) or []) for key in _KEPT_FROM_RESULT}
    entry["missing_permissions_policy"] = dict(found.get("missing_permissions_policy") or {})
    # What it takes to undo a change is kept with the record of the change.
    made = entry["changes"] and not entry["check_mode"]
    return entry | ({"previous": found["previous"]} if made and "previous" in found else {})


def _message(result: Mapping[str, Any]) -> str:
    return str(result.get("msg") or "the account was not examined: the run ended before its turn")


def report(
    results: Sequence[tuple[str, str, Mapping[str, Any] | None]], version: str, generated_at: str
) -> dict[str, Any]:
    """``results``: (host, account ID or empty, result) each. Worst accounts first, by host name within a status.

    ``version``: of the collection. ``generated_at``: UTC, ISO 8601.
    """
    accounts = [account(*one) for one in results]
    accounts.sort(key=lambda one: (STATUSES.index(one["status"]), one["host"]))
    counts = {name: sum(one["status"] == name for one in accounts) for name in STATUSES}
    return {
        "schema_version": SCHEMA_VERSION,
        "collection_version": version,
        "generated_at": generated_at,
        "summary": {"accounts": len(accounts), **counts},
        "accounts": accounts,
    }
