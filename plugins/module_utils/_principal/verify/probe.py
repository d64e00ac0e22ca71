# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AssumeRole tried for real: with the appliance's credentials the restore role is assumed, and the session thrown away.

Nothing is read of the account, since the appliance may read nothing there before it is in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from ..._aws.account import Account
from ..._aws.calls import CallError, call
from ..._aws.explain import DENIED, explain
from ..._policy import assume, verdicts
from ..._policy.arns import account_in
from ..._policy.principals import account_of
from ..._policy.verdicts import Decision
from ..model.results import principal_result
from ..model.state import ROLE, Desired, Observed, PrincipalError
from ..observe.session import Session, reading
from .results import CANNOT_ENTER, PROBE, ProbedResult, ProbeOutcome, requirement_result

REQUIREMENT: Final = "probe_assume_role"
ASSUMED: Final = "assumed"
DENIED_BY_AWS: Final = "denied"
UNREADABLE: Final = "unreadable"
NOT_APPLICABLE: Final = "not_applicable"
LAYER: Final = "probe"
NOTHING_ELSE = "only sts:AssumeRole was tried: probe_assume_role is set"

# Whoever got hold of such a session could do nothing with it, whatever the role may do.
_NOTHING_ALLOWED = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
)
_SHORTEST = 900
_VERDICTS: dict[ProbeOutcome, verdicts.Verdict] = {
    ASSUMED: verdicts.ALLOWED,
    DENIED_BY_AWS: verdicts.IMPLICIT_DENY,
    UNREADABLE: verdicts.UNREADABLE,
    NOT_APPLICABLE: verdicts.NOT_APPLICABLE,
}
_REMEDIES: dict[ProbeOutcome, str] = {
    ASSUMED: "",
    NOT_APPLICABLE: "",
    DENIED_BY_AWS: "Verify the account without probe_assume_role, with the automation's credentials and appliance_policies. The "
    "result shows whether the role exists and what refuses: the trust policy, the external ID or the "
    "Impersonation role's own policies.",
    UNREADABLE: "AWS did not evaluate the request. Fix the error, and probe again.",
}
_BEGIN_WITH_THE_APPLIANCE = (
    "A probe is meaningful only with the appliance's own credentials: use those of its Impersonation role, by "
    "profile or the AWS_* environment variables."
)


@dataclass(frozen=True)
class _Attempt:
    """What became of sts:AssumeRole. ``error``: AWS's code and message; ``message``: a sentence for the operator."""

    outcome: ProbeOutcome
    error: str = ""
    message: str = "the appliance's credentials assumed the role"


def probe(session: Session, desired: Desired, account: Account, session_name: str) -> ProbedResult:
    """The module's result. ``session``: of the appliance. ``account``: of the restore role. Raises RestoreAccessError for credentials of somebody else."""
    role = Observed(account, desired.kind, desired.name, True, desired.path or "/")
    if desired.kind != ROLE:
        reason = "an IAM user is not assumed: the appliance uses its access keys"
        decision = Decision(REQUIREMENT, verdicts.NOT_APPLICABLE, reason, "", LAYER, resource=role.arn, method=PROBE)
        return _result(role, decision, _Attempt(NOT_APPLICABLE))
    caller = reading(session, role.arn, lambda: _appliance(session, desired))
    attempt = _try(session, desired, role, session_name)
    decision = Decision(
        REQUIREMENT, _VERDICTS[attempt.outcome], attempt.message, caller, LAYER, resource=role.arn, method=PROBE
    )
    return _result(role, decision, attempt)


def _appliance(session: Session, desired: Desired) -> str:
    """Who is asking. Raises PrincipalError if it is nobody that is to assume the role."""
    caller = session.caller()
    appliance = desired.trust.appliance if desired.trust else ()
    if appliance and not any(_is(caller, principal) for principal in appliance):
        raise PrincipalError(
            f"The credentials are those of {caller}, but appliance_principals contains {', '.join(appliance)}. "
            f"{_BEGIN_WITH_THE_APPLIANCE}"
        )
    return caller


def _is(caller: str, principal: str) -> bool:
    """Whether a session's ARN, which shows the role's name without its path, is of the appliance's principal."""
    account_id, resource = account_in(caller), caller.rsplit(":", 1)[-1]
    if account_of(principal):
        return account_of(principal) == account_id
    name = principal.rsplit("/", 1)[-1]
    return account_in(principal) == account_id and resource.split("/")[:2] == ["assumed-role", name]


def _try(session: Session, desired: Desired, role: Observed, session_name: str) -> _Attempt:
    """One call, of whose answer only the fact is used: the new session's keys are never looked at."""
    arguments: dict[str, Any] = {
        "RoleArn": role.arn,
        "RoleSessionName": session_name,
        "DurationSeconds": _SHORTEST,
        "Policy": _NOTHING_ALLOWED,
    }
    external_id = desired.trust.external_id if desired.trust else None
    if external_id:
        arguments["ExternalId"] = external_id
    try:
        call(session.client("sts"), "sts", assume.ASSUME_ROLE.split(":")[1], role.arn, arguments)
    except CallError as error:
        outcome: ProbeOutcome = DENIED_BY_AWS if error.code in DENIED else UNREADABLE
        message = explain(error, role.account.account_id, role.arn)
        # Of what was refused as a credential AWS quotes parts: its message is not repeated then.
        shown = f"{error.code}: {error.message}" if error.message in message else error.code
        return _Attempt(outcome, shown, message)
    return _Attempt(ASSUMED)


def _result(role: Observed, decision: Decision, attempt: _Attempt) -> ProbedResult:
    drifted = not decision.met
    consequence = CANNOT_ENTER if drifted else ""
    return {
        "principal": principal_result(role),
        "method": PROBE,
        "compliant": not drifted,
        "drifted": drifted,
        "requirements": [requirement_result(decision, drift=drifted, fixable=False, consequence=consequence)],
        "summary": {verdict: int(verdict == decision.verdict) for verdict in verdicts.SEVERITY},
        "missing_permissions": [],
        "missing_permissions_policy": {},
        "findings": [],
        "not_evaluated": [NOTHING_ELSE],
        "disagreements": [],
        "probe": {
            "outcome": attempt.outcome,
            "role_arn": role.arn,
            "caller": decision.subject,
            "error": attempt.error,
            "remedy": _REMEDIES[attempt.outcome],
        },
    }
