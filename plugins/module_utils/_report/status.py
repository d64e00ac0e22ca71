# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One word for one account, from what restore_role and restore_role_verify returned. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._policy import verdicts
from .accepted import is_accepted
from .schema import (
    ACCEPTED,
    BLOCKED,
    COMPLIANT,
    CONVERGED,
    DRIFTED,
    EXPOSED,
    FAILED,
    HIGH,
    ROLLED_BACK,
    SEVERITIES,
    UNREACHABLE,
    Severity,
    Status,
)
from .shape import records

# What a module returned. Untrusted: it may come from a file or another job.
Result = Mapping[str, Any]

_UNMET = ("unresolved", "requirements")


def status_of(result: Result | None, verification: Result | None = None, exposed_from: Severity = HIGH) -> Status:
    """``result``: of restore_role, ``verification``: of restore_role_verify.

    ``unreachable``: Ansible did not get as far as a result. ``failed``: it could not be examined or not be finished.
    ``blocked``: a restore fails on something that a run cannot fix. ``drifted``: a run would change it. ``exposed``: there
    is a finding of the severity ``exposed_from`` or a higher one. ``accepted``: it would be one of these three, and somebody accepts
    everything that makes it so; both results have to be marked with that. ``converged``: this run changed it. ``rolled_back``:
    nothing of an earlier run is left, or in check mode would be; whether a restore works was not evaluated.
    """
    results = [returned for returned in (result, verification) if returned is not None]
    if not results or any(returned.get("unreachable") for returned in results):
        return UNREACHABLE
    if (result is not None and _broken(result)) or (verification is not None and not _has_verdicts(verification)):
        return FAILED
    if result is None:
        return _unless_exposed(_of_verification(verification or {}), results, exposed_from)
    if result.get("state") == ROLLED_BACK:
        return ROLLED_BACK
    beyond = beyond_granting(result, verification)
    left = [decision for decision in unresolved(result, verification) if not is_accepted(decision)]
    if beyond and all(map(could_not_be_read, beyond)) and not left:
        return FAILED
    if left or beyond:
        return BLOCKED
    if result["changes"]:
        status: Status = DRIFTED if result.get("check_mode") else CONVERGED
        return _unless_exposed(status, results, exposed_from)
    return _unless_exposed(COMPLIANT, results, exposed_from)


def _unless_exposed(status: Status, results: Sequence[Result], exposed_from: Severity) -> Status:
    if status not in (CONVERGED, COMPLIANT):
        return status
    findings = [finding for returned in results for finding in records(returned, "findings")]
    if any(exposes(finding, exposed_from) for finding in findings):
        return EXPOSED
    unmet = (each for returned in results for key in _UNMET for each in records(returned, key))
    accepted = [*unmet, *(finding for finding in findings if _is_severe(finding, exposed_from))]
    return ACCEPTED if any(map(is_accepted, accepted)) else status


def exposes(finding: Result, exposed_from: Severity) -> bool:
    """Whether an account with this finding is exposed, if nothing worse is the matter with it."""
    return _is_severe(finding, exposed_from) and not is_accepted(finding)


def _is_severe(finding: Result, exposed_from: Severity) -> bool:
    return finding.get("severity") in SEVERITIES[: SEVERITIES.index(exposed_from) + 1]


def _broken(result: Result) -> bool:
    return bool(result.get("failed")) or "changes" not in result


def _has_verdicts(verification: Result) -> bool:
    """Whether it was verified. With fail_on_drift a verification that found drift has failed, but has its verdicts."""
    return isinstance(verification.get("requirements"), Sequence)


def _of_verification(verification: Result) -> Status:
    drift = [requirement for requirement in verification["requirements"] if is_drift(requirement)]
    if drift and all(map(could_not_be_read, drift)):
        return FAILED
    if any(not _fixable(requirement) for requirement in drift):
        return BLOCKED
    return DRIFTED if drift else COMPLIANT


def is_drift(requirement: Result) -> bool:
    """Whether a verified requirement is not met, for another reason than that a layer outside the account was not provided, and nobody
    accepts that."""
    return bool(requirement.get("drift")) and not is_accepted(requirement)


def could_not_be_read(requirement: Result) -> bool:
    """Whether nobody could look, which says nothing of the account."""
    return requirement.get("verdict") == verdicts.UNREADABLE and not requirement.get("places")


def _fixable(requirement: Result) -> bool:
    """Whether restore_role fixes it, by its own plan."""
    return bool(requirement.get("fixable"))


def beyond_granting(result: Result, verification: Result | None) -> list[Result]:
    """What was verified as not met and is none of the things that restore_role fixes, or would fix."""
    if verification is None or not _has_verdicts(verification):
        return []
    drift = [requirement for requirement in verification["requirements"] if is_drift(requirement)]
    if not result:
        return [requirement for requirement in drift if not _fixable(requirement)]
    fixed = {_about(decision) for decision in result.get("drift") or ()} if result.get("check_mode") else set()
    return [requirement for requirement in drift if _about(requirement) not in fixed]


def unresolved(result: Result, verification: Result | None) -> list[Result]:
    """What restore_role could not bring about, accepted or not, and what was read outside the account does not settle either.

    It knows nothing of the organization, and a verification may: what was open to it and is allowed to that is met. What was
    no drift to it is unresolved for another reason, such as a purge that was not carried out.
    """
    left = records(result, "unresolved")
    if verification is None or not _has_verdicts(verification):
        return left
    met = {_about(each) for each in verification["requirements"] if each.get("verdict") in verdicts.MET}
    open_ = {_about(each) for each in records(result, "drift") if each.get("verdict") == verdicts.CONDITIONAL}
    return [decision for decision in left if _about(decision) not in met & open_]


def _about(decision: Result) -> tuple[str, str]:
    return str(decision.get("requirement", "")), str(decision.get("subject", ""))
