# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the policy of the resource itself has a say beside the caller's own policies (rules 60, 61, 64, 65)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import verdicts
from .arns import account_in
from .context import Context
from .evaluate import (
    BOUNDARY,
    IDENTITY,
    KEY,
    NOT_PROVIDED,
    RCP,
    SESSION,
    VAULT,
    NotRead,
    Policies,
    Value,
    conclude,
    layer,
    value_of,
)
from .matching import Request, StoredPolicy
from .principals import USER, Caller
from .truth import Answer, every, some, unknown
from .verdicts import Decision

_OWN = (IDENTITY, BOUNDARY, SESSION)


def granted_in_account(policy: Value, sides: Mapping[str, Value], caller: Caller) -> Answer:
    """Whether a resource of the caller's own account grants: to the caller itself, or through the account (rules 64, 65).

    Named itself, the caller needs no policy of its own; a boundary or session policy still cuts what is granted to a
    role's ARN, but not what is granted to a session, a user or everyone. Through the account its own policies decide.
    """
    organization = every(side.allow for name, side in sides.items() if name not in _OWN)
    cut = every((sides[BOUNDARY].allow, sides[SESSION].allow))
    allows = [match.grades for match in policy.matches if match.statement.effect != "Deny"]
    direct = some(grades.direct for grades in allows)
    by_role = some(grades.by_role for grades in allows)
    account = some(grades.account for grades in allows)
    if caller.kind == USER and not cut.is_true:
        # AWS's pages disagree whether a boundary cuts what a policy grants to the user itself.
        direct = every((direct, unknown("whether the user's boundary has to allow it as well")))
    through_account = every((account, sides[IDENTITY].allow, cut))
    return every((organization, some((direct, every((by_role, cut)), through_account))))


def granted_across(policy: Value, sides: Mapping[str, Value]) -> Answer:
    """Whether a resource of another account is granted: by its policy, in whatever grade, and by the caller's own side (rule 66)."""
    return every((policy.allow, *(side.allow for side in sides.values())))


def sides_of(own: Policies, request: Request, owner: str) -> dict[str, Value]:
    """What each of the caller's layers says. RCPs bind the resources of their own organization's account (rule 59)."""
    caller = request.caller
    foreign = caller is not None and caller.account_id != owner
    return {each.name: value_of(each, request) for each in own.layers if not (foreign and each.kind == RCP)}


def may_use_key(
    own: Policies, policy: StoredPolicy | NotRead, action: str, key_arn: str, caller: Caller, context: Context
) -> Decision:
    """A KMS key: its policy has to name the caller, or hand the caller's account the decision (rule 60)."""
    request = Request(action, key_arn, context, caller)
    owner = account_in(key_arn)
    sides = sides_of(own, request, owner)
    value = value_of(layer(KEY, policy), request)
    if caller.account_id != owner:
        reason = f"the RCPs of account {owner}, whose key it is, were not read"
        rcps = None if own.rcps is None else NotRead(NOT_PROVIDED, reason)
        sides[RCP] = value_of(layer(RCP, rcps), request)
        allow = granted_across(value, sides)
    elif isinstance(policy, NotRead):
        # It may name the caller itself, which then needs no policy of its own.
        allow = every((value.allow, *(side.allow for name, side in sides.items() if name not in _OWN)))
    else:
        allow = granted_in_account(value, sides, caller)
    decision = conclude(action, key_arn, allow, [*sides.values(), value], caller.arn)
    if decision.verdict == verdicts.UNREADABLE and sides[IDENTITY].allow.is_false:
        note = "its own policies do not allow it, so the key's policy would have to name it"
        return replace(decision, reason=f"{decision.reason}; {note}")
    return decision


def may_use_vault(
    own: Policies, policy: StoredPolicy | NotRead | None, action: str, vault_arn: str, caller: Caller, context: Context
) -> Decision:
    """A backup vault: its access policy can only take away; not read, it is a note and no denial (rule 61)."""
    request = Request(action, vault_arn, context, caller)
    sides = list(sides_of(own, request, account_in(vault_arn)).values())
    seen = [] if isinstance(policy, NotRead) else [value_of(layer(VAULT, policy), request)]
    decision = conclude(action, vault_arn, every(side.allow for side in sides), [*sides, *seen], caller.arn)
    if isinstance(policy, NotRead):
        note = f"the vault's access policy was not read and may still deny it: {policy.reason}"
        return replace(decision, reason=f"{decision.reason}; {note}")
    return decision
