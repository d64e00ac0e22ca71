# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our managed policies by name: the one that policy_name names, and its further parts where one cannot hold everything. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from .state import Desired, ManagedPolicy, Observed, Ownership

_SUFFIX = "-part"


def name_of(policy_name: str, number: int) -> str:
    """Of the part with this number, from 1 on; the first has the name itself."""
    return policy_name if number == 1 else f"{policy_name}{_SUFFIX}{number}"


def number_of(name: str, policy_name: str) -> int | None:
    """Which part of ours a policy's name says that it is; None if it is none. ``policy_name``: empty for nobody's."""
    if not policy_name:
        return None
    if name == policy_name:
        return 1
    found = re.fullmatch(re.escape(policy_name + _SUFFIX) + r"([2-9]|[1-9][0-9]+)", name)
    return int(found[1]) if found else None


def arn_of(observed: Observed, desired: Desired, number: int) -> str:
    """Names are unique in an account, so a part that was seen under another path is the same one."""
    name = name_of(desired.policy_name, number)
    seen = next((one.arn for one in observed.own_parts if one.name == name), None)
    return seen or observed.account.arn("policy", "/", name)


def own_policy_arn(observed: Observed, desired: Desired) -> str:
    """The ARN of our policy. Names are unique in an account, so an attached one under another path is the same one."""
    prefix = f"arn:{observed.account.partition}:iam::{observed.account.account_id}:policy/"
    for policy in observed.attached:
        if policy.name == desired.policy_name and policy.arn.startswith(prefix):
            return policy.arn
    return desired.own_policy_arn(observed.account)


def of_policy(observed: Observed, arn: str) -> Observed:
    """``observed`` with this policy of ours, and what is known of its use, in the place of the first."""
    own = [one for one in (observed.own_policy, *observed.own_parts) if one is not None and one.arn == arn]
    part: ManagedPolicy | None = own[0] if own else None
    if part is not None and part is observed.own_policy and arn not in observed.part_uses:
        return observed
    use = observed.part_uses.get(arn, Ownership())
    mine = replace(
        observed.ownership,
        policy_created_here=use.policy_created_here,
        policy_attachments=use.policy_attachments,
        policy_tags=use.policy_tags,
        policy_description=use.policy_description,
        policy_boundary_of=use.policy_boundary_of,
    )
    return replace(observed, own_policy=part, ownership=mine)
