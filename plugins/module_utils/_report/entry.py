# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One account of a report: what restore_role and restore_role_verify returned, brought into one shape. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .accepted import Acceptances, Accepting
from .schema import BLOCKED, EXPOSED, HIGH, NOT_EXAMINED, PENDING, ROLLED_BACK, Entry, Severity, Snapshot
from .shape import records, shaped
from .status import Result, beyond_granting, could_not_be_read, exposes, is_drift, status_of, unresolved

_NO_RESULT = "no result: the host could not be reached, or the run ended before it reached this host"


def entry_of(
    host: str,
    account_id: str,
    result: Result | None,
    verification: Result | None = None,
    ou: str = "",
    exposed_from: Severity = HIGH,
    accepting: Accepting | None = None,
) -> Entry:
    """The report's entry for one host. ``result``: of restore_role, ``verification``: of restore_role_verify."""
    principal = (result or {}).get("principal") or (verification or {}).get("principal") or {}
    account_id, accepting = str(principal.get("account_id") or account_id), accepting or Accepting()
    result, verification = accepting.marked(result, account_id), accepting.marked(verification, account_id)
    converged, verified = result or {}, verification or {}
    status = status_of(result, verification, exposed_from)
    beyond = beyond_granting(converged, verification) if status == BLOCKED else []
    verified_drift = [requirement for requirement in records(verified, "requirements") if is_drift(requirement)]
    left = unresolved(converged, verification)
    entry: dict[str, Any] = {
        "host": host,
        "account_id": account_id,
        "ou": ou,
        "arn": principal.get("arn", ""),
        "status": status,
        "message": _message(converged, verified) if status in NOT_EXAMINED else "",
        "check_mode": bool(converged.get("check_mode")) if result is not None else status not in NOT_EXAMINED,
        "evaluated": status not in NOT_EXAMINED and not _was_taken_back(converged),
        "drift": converged.get("drift") if result is not None else verified_drift,
        "unresolved": [*left, *(requirement for requirement in beyond if requirement not in left)],
        "findings": [
            {**finding, "exposes": status == EXPOSED and exposes(finding, exposed_from)}
            for finding in _findings(records(verified, "findings"), records(converged, "findings"))
        ],
    }
    entry |= {key: verified.get(key) for key in ("requirements", "not_evaluated", "disagreements")}
    for key in ("missing_permissions", "missing_permissions_policy"):
        entry[key] = converged.get(key) or verified.get(key)
    entry |= {key: converged.get(key) for key in ("changes", "not_done", "left_in_place", "diff")}
    # An older result, or one of a run that failed, does not say.
    if False in (converged.get("session_policy"), verified.get("session_policy")):
        entry["without_session_policy"] = True
    # What it takes to undo a change stands with the record of the change.
    made = converged.get("changes") and not converged.get("check_mode")
    if converged.get("check_mode") and isinstance(converged.get("plan"), Mapping):
        # By it two reports tell whether the same would be done, to the last argument.
        entry["plan_sha256"] = converged["plan"].get("operations_sha256")
    if converged.get("snapshot_sha256"):
        entry["snapshot"] = {key: converged.get(f"snapshot_{key}") for key in Snapshot.__required_keys__}
    return shaped(entry | ({"previous": converged["previous"]} if made and "previous" in converged else {}))


def entries_of(
    results: Sequence[Mapping[str, Any]], accepting: Acceptances, exposed_from: Severity = HIGH
) -> list[Entry]:
    """``results``: as restore_role_report takes them, one for each host."""
    return [_entry(account, accepting, exposed_from) for account in results]


def _entry(account: Mapping[str, Any], accepting: Acceptances, exposed_from: Severity) -> Entry:
    account_id, ou = account.get("account_id") or "", account.get("ou") or ""
    if account.get("not_begun"):
        about = {"host": account["host"], "account_id": account_id, "ou": ou, "status": PENDING}
        return shaped({**about, "message": account["not_begun"], "wave": account.get("wave")})
    entry = entry_of(
        account["host"],
        account_id,
        account.get("result"),
        account.get("verification"),
        ou,
        exposed_from,
        accepting.of(account["host"], account.get("accepted_risks")),
    )
    if account.get("wave"):
        entry["wave"] = account["wave"]
    return entry


def taken_back(entry: Entry) -> bool:
    """Whether it is of an account that state=absent was for: examined, and no requirement was evaluated."""
    return not entry["evaluated"] and entry["status"] not in (*NOT_EXAMINED, ROLLED_BACK)


def _message(result: Result, verification: Result) -> str:
    for returned in (result, verification):
        if returned.get("msg") and (returned.get("failed") or returned.get("unreachable")):
            return str(returned["msg"])
    unread = [
        str(requirement.get("reason"))
        for requirement in records(verification, "requirements")
        if could_not_be_read(requirement) and is_drift(requirement)
    ]
    if unread:
        return "; ".join(dict.fromkeys(unread))
    return str(result.get("msg") or verification.get("msg") or _NO_RESULT)


def _was_taken_back(result: Result) -> bool:
    """Whether restore_role ran with state=absent or rolled a run back, so that it evaluated no requirement."""
    return result.get("state") in ("absent", ROLLED_BACK)


def _findings(*sources: Sequence[Result]) -> Iterator[Result]:
    """Each finding once, though both modules report it."""
    seen = set()
    for finding in (finding for source in sources for finding in source):
        key = tuple(str(finding.get(part) or "") for part in ("finding", "layer", "policy", "statement", "message"))
        if key not in seen:
            seen.add(key)
            yield finding
