# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the policy of the resource itself has a say beside the caller's own policies (rules 60, 61, 64, 65)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    Layer,
    NotRead,
    Policies,
    Value,
    conclude,
    decide,
    grants,
    layer,
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


def layers_of(own: Policies, caller: Caller, owner: str) -> list[Layer]:
    """The caller's layers. RCPs bind the resources of their own organization's account (rule 59)."""
    foreign = caller.account_id != owner
    return [each for each in own.layers if not (foreign and each.kind == RCP)]


def by_name(values: Sequence[Value]) -> dict[str, Value]:
    return {value.layer.name: value for value in values}


def may_use_key(
    own: Policies, policy: StoredPolicy | NotRead, action: str, key_arn: str, caller: Caller, context: Context
) -> Decision:
    """A KMS key: its policy has to name the caller, or hand the caller's account the decision (rule 60)."""
    owner = account_in(key_arn)
    layers = layers_of(own, caller, owner)
    if caller.account_id != owner:
        reason = f"the RCPs of account {owner}, which owns the key, were not read"
        layers.append(layer(RCP, None if own.rcps is None else NotRead(NOT_PROVIDED, reason)))

    def together(_case: Request, values: Sequence[Value]) -> Decision:
        *sides, value = values
        return conclude(action, key_arn, _key_grants(value, by_name(sides), caller, owner), values, caller.arn)

    decision = decide(Request(action, key_arn, context, caller), [*layers, layer(KEY, policy)], together)
    if decision.verdict == verdicts.UNREADABLE and grants(own, action, key_arn, context).is_false:
        note = "its own policies do not allow it, so the key policy would have to allow it"
        return replace(decision, reason=f"{decision.reason}; {note}")
    return decision


def _key_grants(policy: Value, sides: Mapping[str, Value], caller: Caller, owner: str) -> Answer:
    if caller.account_id != owner:
        return granted_across(policy, sides)
    if policy.layer.not_read:
        # It may name the caller itself, which then needs no policy of its own.
        return every((policy.allow, *(side.allow for name, side in sides.items() if name not in _OWN)))
    return granted_in_account(policy, sides, caller)


def may_use_vault(
    own: Policies, policy: StoredPolicy | NotRead | None, action: str, vault_arn: str, caller: Caller, context: Context
) -> Decision:
    """A backup vault: its access policy can only take away; not read, it is a note and no denial (rule 61)."""
    layers = layers_of(own, caller, account_in(vault_arn))
    seen = [] if isinstance(policy, NotRead) else [layer(VAULT, policy)]

    def together(_case: Request, values: Sequence[Value]) -> Decision:
        allow = every(value.allow for value in values[: len(layers)])
        return conclude(action, vault_arn, allow, values, caller.arn)

    decision = decide(Request(action, vault_arn, context, caller), [*layers, *seen], together)
    if isinstance(policy, NotRead):
        note = f"the vault's access policy was not read and may still deny it: {policy.reason}"
        return replace(decision, reason=f"{decision.reason}; {note}")
    return decision
