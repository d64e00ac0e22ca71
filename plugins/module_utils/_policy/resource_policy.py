# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the policy of the resource itself has a say beside the caller's own policies (rules 60, 61, 64, 65)."""

from __future__ import annotations

from collections.abc import Mapping

from .context import Context
from .evaluate import BOUNDARY, IDENTITY, KEY, SESSION, VAULT, NotRead, Policies, Value, conclude, layer, value_of
from .matching import Request, StoredPolicy
from .principals import USER, Caller
from .truth import Answer, every, some, unknown
from .verdicts import Decision

_OWN = (IDENTITY, BOUNDARY, SESSION)


def granted_in_account(policy: Value, sides: Mapping[str, Value], caller: Caller) -> Answer:
    """Whether a resource of the caller's own account grants: to the caller itself, or through the account.

    Named itself, the caller needs no policy of its own; a boundary or session policy still cuts what is given to a
    role's ARN, but not what is given to a session, a user or everyone. Through the account its own policies decide.
    """
    organization = every(side.allow for name, side in sides.items() if name not in _OWN)
    cut = every((sides[BOUNDARY].allow, sides[SESSION].allow))
    allows = [one.grades for one in policy.matches if one.statement.effect != "Deny"]
    direct, by_role, account = (
        some(getattr(one, grade) for one in allows) for grade in ("direct", "by_role", "account")
    )
    if caller.kind == USER and not cut.is_true:
        # AWS's pages disagree whether a boundary cuts what a policy gives to the user itself.
        direct = every((direct, unknown("whether the user's boundary has to allow it as well")))
    through_account = every((account, sides[IDENTITY].allow, cut))
    return every((organization, some((direct, every((by_role, cut)), through_account))))


def may_use_key(
    own: Policies, policy: StoredPolicy | NotRead, action: str, key_arn: str, caller: Caller, context: Context
) -> Decision:
    """A KMS key of the caller's account: its policy has to name the caller, or hand the account the decision (rule 60)."""
    request = Request(action, key_arn, context, caller)
    sides = {one.name: value_of(one, request) for one in own.layers}
    value = value_of(layer(KEY, policy), request)
    if isinstance(policy, NotRead):
        # It may grant, may leave it to the account, and may deny.
        allow = every((value.allow, *(side.allow for side in sides.values())))
    else:
        allow = granted_in_account(value, sides, caller)
    return conclude(action, key_arn, allow, [*sides.values(), value], caller.arn)


def may_use_vault(
    own: Policies, policy: StoredPolicy | NotRead | None, action: str, vault_arn: str, caller: Caller, context: Context
) -> Decision:
    """A backup vault: its access policy can only take away; not read, it is a note and no denial (rule 61)."""
    request = Request(action, vault_arn, context, caller)
    sides = [value_of(one, request) for one in own.layers]
    seen = [] if isinstance(policy, NotRead) else [value_of(layer(VAULT, policy), request)]
    return conclude(action, vault_arn, every(side.allow for side in sides), [*sides, *seen], caller.arn)
