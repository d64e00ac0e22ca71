# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One account of a report: what restore_role and restore_role_verify returned, brought into one shape. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._policy import evaluate, trust, verdicts
from .._policy.documents import load
from .._policy.errors import UnreadableDocumentError

CAN_CALL = "appliance_can_call"

COMPLIANT = "compliant"
DRIFTED = "drifted"
CONVERGED = "converged"
ROLLED_BACK = "rolled_back"
BLOCKED = "blocked"
FAILED = "failed"
UNREACHABLE = "unreachable"

# Worst first: the order in which people want to read them.
STATUSES = (UNREACHABLE, FAILED, BLOCKED, DRIFTED, ROLLED_BACK, CONVERGED, COMPLIANT)
NOT_EXAMINED = frozenset({UNREACHABLE, FAILED})
NEEDS_ATTENTION = frozenset({UNREACHABLE, FAILED, BLOCKED, DRIFTED})

_DECISION = ("requirement", "subject", "verdict", "reason", "layer", "policy", "statement")
_CHANGE = ("operation", "target", "reason")
_FINDING = ("finding", "severity", "layer", "policy", "statement", "message", "remedy")
_DISAGREEMENT = ("requirement", "evaluate", "simulate", "reason")
_DIFF = ("before_header", "after_header", "before", "after")
_NO_RESULT = "no result: the host could not be reached, or the run ended before its turn"

# A snapshot holds policy documents, and these are nested a few levels deep.
_DEEPEST = 60
_NO_TEXT = "(a value that cannot be written down)"

Result = Mapping[str, Any]


def status(result: Result | None, verification: Result | None = None) -> str:
    """One word for one account.

    ``unreachable``: Ansible did not get as far as a result. ``failed``: it could not be examined or not be finished.
    ``blocked``: a restore fails on something that a run cannot mend. ``drifted``: a run would change it. ``converged``:
    this run changed it. ``rolled_back``: nothing of an earlier run is left, or in check mode would be; whether a restore
    works was not judged.
    """
    found = [one for one in (result, verification) if one is not None]
    if not found or any(one.get("unreachable") for one in found):
        return UNREACHABLE
    if (result is not None and _broken(result)) or (verification is not None and not _has_verdicts(verification)):
        return FAILED
    if result is None:
        return _of_verification(verification or {})
    if result.get("state") == ROLLED_BACK:
        return ROLLED_BACK
    beyond = _beyond_granting(result, verification)
    if beyond and all(map(_could_not_be_read, beyond)) and not result.get("unresolved"):
        return FAILED
    if result.get("unresolved") or beyond:
        return BLOCKED
    if result["changes"]:
        return DRIFTED if result.get("check_mode") else CONVERGED
    return COMPLIANT


def _broken(result: Result) -> bool:
    return bool(result.get("failed")) or "changes" not in result


def _has_verdicts(verification: Result) -> bool:
    """Whether it was verified. With fail_on_drift a verification that found drift has failed, but has its verdicts."""
    return isinstance(verification.get("requirements"), Sequence)


def is_drift(requirement: Mapping[str, Any]) -> bool:
    """Whether a verified requirement is not met, for another reason than that a layer outside the account was not given."""
    return bool(requirement.get("drift"))


def not_judged(requirement: Mapping[str, Any]) -> bool:
    """Whether it is left open only because a layer outside the account was not given, or because that was asked for."""
    return requirement.get("verdict") not in verdicts.MET and not is_drift(requirement)


def pinned_by_wish(requirement: Mapping[str, Any]) -> bool:
    """Whether AWS Backup is let in only under the condition that was asked for."""
    return requirement.get("reason") == trust.PINNED_BY_WISH and not is_drift(requirement)


def allowed_so_far(requirement: Mapping[str, Any]) -> bool:
    """Whether all that was read allows it, and only something that was not given could still stand in the way."""
    return not_judged(requirement) and requirement.get("verdict") == verdicts.CONDITIONAL


def _of_verification(verification: Result) -> str:
    found = [one for one in verification["requirements"] if is_drift(one)]
    if found and all(map(_could_not_be_read, found)):
        return FAILED
    if any(not _can_be_granted(one) for one in found):
        return BLOCKED
    return DRIFTED if found else COMPLIANT


def _could_not_be_read(requirement: Mapping[str, Any]) -> bool:
    """Whether nobody could look, which says nothing of the account."""
    return requirement.get("verdict") == verdicts.UNREADABLE and not requirement.get("places")


def _can_be_granted(requirement: Mapping[str, Any]) -> bool:
    """Whether restore_role mends it: by a policy of the principal, or by its trust policy."""
    granted = requirement.get("layer") in (evaluate.IDENTITY, evaluate.TRUST)
    denied = requirement.get("verdict") == verdicts.EXPLICIT_DENY
    return granted and not denied and requirement.get("requirement") != CAN_CALL


def _beyond_granting(result: Result, verification: Result | None) -> list[Mapping[str, Any]]:
    """What was verified as not met and is none of the things that restore_role mends, or would mend."""
    if verification is None or not _has_verdicts(verification):
        return []
    if not result:
        return [one for one in verification["requirements"] if is_drift(one) and not _can_be_granted(one)]
    mended = {_about(one) for one in result.get("drift") or ()} if result.get("check_mode") else set()
    return [one for one in verification["requirements"] if is_drift(one) and _about(one) not in mended]


def _about(decision: Mapping[str, Any]) -> tuple[str, str]:
    return str(decision.get("requirement", "")), str(decision.get("subject", ""))


def account(
    host: str, account_id: str, result: Result | None, verification: Result | None = None, ou: str = ""
) -> dict[str, Any]:
    """The report's entry for one host. ``result``: of restore_role, ``verification``: of restore_role_verify."""
    found, verified = result or {}, verification or {}
    principal = found.get("principal") or verified.get("principal") or {}
    state = status(result, verification)
    beyond = _beyond_granting(found, verification) if state == BLOCKED else []
    drift = (
        found.get("drift") if result is not None else [one for one in _list(verified, "requirements") if is_drift(one)]
    )
    entry = {
        "host": host,
        "account_id": str(principal.get("account_id") or account_id),
        "ou": ou,
        "arn": principal.get("arn", ""),
        "status": state,
        "message": _message(found, verified) if state in NOT_EXAMINED else "",
        "check_mode": bool(found.get("check_mode")) if result is not None else state not in NOT_EXAMINED,
        "judged": state not in NOT_EXAMINED and not _taken_back(found),
        "drift": drift,
        "unresolved": [*_list(found, "unresolved"), *(one for one in beyond if one not in _list(found, "unresolved"))],
        "findings": list(_findings(_list(verified, "findings"), _list(found, "findings"))),
        "requirements": verified.get("requirements"),
    }
    entry |= {key: verified.get(key) for key in ("not_judged", "disagreements")}
    for key in ("missing_permissions", "missing_permissions_policy"):
        entry[key] = found.get(key) or verified.get(key)
    entry |= {key: found.get(key) for key in ("changes", "not_done", "kept", "diff")}
    # What it takes to undo a change is kept with the record of the change.
    made = found.get("changes") and not found.get("check_mode")
    return shaped(entry | ({"previous": found["previous"]} if made and "previous" in found else {}))


def _message(result: Result, verification: Result) -> str:
    for one in (result, verification):
        if one.get("msg") and (one.get("failed") or one.get("unreachable")):
            return str(one["msg"])
    unread = [
        str(one.get("reason"))
        for one in _list(verification, "requirements")
        if _could_not_be_read(one) and is_drift(one)
    ]
    if unread:
        return "; ".join(dict.fromkeys(unread))
    return str(result.get("msg") or verification.get("msg") or _NO_RESULT)


def _taken_back(result: Result) -> bool:
    """Whether restore_role ran with state=absent or rolled a run back, so that it judged no requirement."""
    return result.get("state") in ("absent", ROLLED_BACK)


def _findings(*sources: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Each finding once, though both modules report it."""
    seen = set()
    for one in (one for source in sources for one in source):
        key = tuple(str(one.get(part) or "") for part in ("finding", "layer", "policy", "statement", "message"))
        if key not in seen:
            seen.add(key)
            yield one


def taken_back(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of a report is of an account that state=absent was for: examined, and no requirement was judged."""
    return not entry["judged"] and entry["status"] not in (*NOT_EXAMINED, ROLLED_BACK)


def shaped(given: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with exactly the keys and types of the schema, whatever came in. Keys that are not there are empty."""
    entry: dict[str, Any] = {
        key: text(given.get(key)) for key in ("host", "account_id", "ou", "arn", "status", "message")
    }
    entry |= {key: bool(given.get(key)) for key in ("check_mode", "judged")}
    entry |= {key: _records(given, key, _CHANGE) for key in ("changes", "not_done")}
    entry |= {key: _records(given, key, _DECISION) for key in ("drift", "unresolved")}
    entry["findings"] = _records(given, "findings", _FINDING)
    entry |= {key: strings(given.get(key)) for key in ("kept", "missing_permissions", "not_judged")}
    entry["disagreements"] = _records(given, "disagreements", _DISAGREEMENT)
    entry["missing_permissions_policy"] = _policy(given.get("missing_permissions_policy"))
    entry["requirements"] = [_requirement(one) for one in _list(given, "requirements")]
    entry["diff"] = _records(given, "diff", _DIFF)
    return entry | ({"previous": _plain(given["previous"])} if given.get("previous") else {})


def _policy(given: Any) -> dict[str, Any]:
    """The document; empty for what is none, which nobody could attach."""
    try:
        return dict(load(given)) if isinstance(given, Mapping) else {}
    except UnreadableDocumentError:
        return {}


def _plain(value: Any, depth: int = _DEEPEST) -> Any:
    """What JSON can hold: a number that it has not, or what is nested without end, becomes a text."""
    if isinstance(value, Mapping) and depth:
        return {text(key): _plain(one, depth - 1) for key, one in value.items()}
    if isinstance(value, list | tuple) and depth:
        return [_plain(one, depth - 1) for one in value]
    if isinstance(value, Mapping | list | tuple) or (isinstance(value, float) and not math.isfinite(value)):
        return text(value)
    return value


def _requirement(one: Mapping[str, Any]) -> dict[str, Any]:
    listed = {key: strings(one.get(key)) for key in ("places", "conditions")}
    return {**_record(one, (*_DECISION, "resource")), **listed, "drift": bool(one.get("drift"))}


def _list(given: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = given.get(key)
    # Ansible takes a diff of one part without the list around it.
    value = [value] if isinstance(value, Mapping) else value
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, Sequence) else []


def _record(one: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: text(one.get(key)) for key in keys}


def _records(given: Mapping[str, Any], key: str, keys: Sequence[str]) -> list[dict[str, Any]]:
    return [_record(one, keys) for one in _list(given, key)]


def strings(value: Any) -> list[str]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [text(one) for one in value]
    return [text(value)] if value else []


def text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    try:
        return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    except (RecursionError, TypeError, ValueError):
        return _NO_TEXT
