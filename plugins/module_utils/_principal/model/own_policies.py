# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our managed policies by name: the one that policy_name names, and its further parts where one cannot hold everything. Pure.

Where policy_name is not given, the name is made of the principal's, so that no two principals share a policy. One under the name that
earlier versions gave stays a principal's own if ``observe`` found that it is.
"""

from __future__ import annotations

import re

from .state import Desired, Observed, PrincipalKind

_SUFFIX = "-part"
_NUMBER = "([2-9]|[1-9][0-9]+)"


def derived_name(kind: PrincipalKind, name: str) -> str:
    """At most 82 of the 128 characters that IAM takes: a principal's name has 64, and takes no others than a policy's."""
    return f"Cloudrestore-{kind}-{name}"


def name_of(policy_name: str, number: int) -> str:
    """Of the part with this number, from 1 on; the first has the name itself."""
    return policy_name if number == 1 else f"{policy_name}{_SUFFIX}{number}"


def number_of(name: str, policy_name: str) -> int | None:
    """Which part of ours a policy's name says that it is; None if it is none. ``policy_name``: empty for nobody's."""
    if not policy_name:
        return None
    # IAM does not tell upper from lower case in names.
    if name.lower() == policy_name.lower():
        return 1
    match = re.fullmatch(re.escape(policy_name + _SUFFIX) + _NUMBER, name, re.IGNORECASE)
    return int(match[1]) if match else None


def first_name(name: str) -> str:
    """What the first part is called, of whichever part this is the name; the name itself if it says of no part."""
    return re.sub(f"{_SUFFIX}{_NUMBER}\\Z", "", name) or name


def own_name(observed: Observed, desired: Desired) -> str:
    """The name of the principal's policy: the former one where its policy has that."""
    former = any(number_of(own.stored.name, desired.former_policy_name) for own in observed.own_policies)
    return desired.former_policy_name if former else desired.policy_name


def arn_of(observed: Observed, desired: Desired, number: int = 1) -> str:
    """Names are unique in an account, so a policy that was seen under another path is the same one."""
    name = name_of(own_name(observed, desired), number).lower()
    account = observed.account
    prefix = f"arn:{account.partition}:iam::{account.account_id}:policy/"
    seen = (*(own.stored for own in observed.own_policies), *observed.attached)
    arns = (policy.arn for policy in seen if policy.name.lower() == name and policy.arn.startswith(prefix))
    return next(arns, account.arn("policy", "/", name_of(own_name(observed, desired), number)))


def own_arns(observed: Observed, desired: Desired) -> tuple[str, ...]:
    """Of the policy that policy_name names, whether it is there or not, and of its further parts that are."""
    first = arn_of(observed, desired)
    return (first, *(own.arn for own in observed.own_policies if own.arn != first))
