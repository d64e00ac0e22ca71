# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts of a play stand for one principal, by the variables of each. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from .._checks import ACCOUNT_ID
from .._plans.document import Plan
from .._principal.model import identity
from .._principal.model.identity import Identity
from .._principal.model.state import ROLE
from .._principal.plan.approval import PlanDigests
from .._printable import printable
from .role import ACCOUNT_ID as OF_THE_INVENTORY
from .role import PREFIX

_ACCOUNT_OF_ROLE: Final = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):role/.+")


def meant(value: Callable[[str], Any]) -> Identity:
    """``value``: what the host's variable of this name is, None where it is not set."""
    name = str(value(f"{PREFIX}name") or "").rsplit("/", 1)[-1].strip()
    return Identity(_account_id(value), str(value(f"{PREFIX}principal_type") or ROLE), name)


def _account_id(value: Callable[[str], Any]) -> str:
    for name in (f"{PREFIX}account_id", OF_THE_INVENTORY):
        if ACCOUNT_ID.fullmatch(given := str(value(name))):
            return given
    arns = value(f"{PREFIX}assume_role_arn") or ""
    # Of a list the last role is the account's.
    last = arns[-1] if isinstance(arns, Sequence) and not isinstance(arns, str) else arns
    found = _ACCOUNT_OF_ROLE.fullmatch(str(last))
    return found[1] if found else ""


def approved(
    principals: Iterable[tuple[str, Identity]], plan: Plan, where: str
) -> tuple[dict[str, PlanDigests], dict[str, str]]:
    """Host → digests of what may be done there, and host → why nothing is done there, of all others."""
    planned = plan.by_principal()
    without = {each["host"]: each["reason"] for each in plan.not_planned}
    found: dict[str, PlanDigests] = {}
    refused: dict[str, str] = {}
    for host, principal in principals:
        account = planned.get(principal.key)
        if account is not None:
            found[host] = account["plan"]
        else:
            why = f"it could not be planned: {without[host]}" if host in without else "it is not in the plan"
            refused[host] = printable(
                f"{principal}: nothing was done, because {why}. The plan {where} of {plan.head['made_at']} has "
                f"{len(plan.accounts)} accounts. Make a new plan that includes this account, and have it approved."
            )
    return found, refused


def duplicates(principals: Iterable[tuple[str, Identity]]) -> dict[str, str]:
    """Host → why nothing is done there, for hosts that stand for one principal. ``principals``: host and principal of each."""
    found: dict[str, str] = {}
    for principal, hosts in identity.shared(principals):
        remedy = f"Keep one of these hosts, or give each its own {PREFIX}name."
        why = printable(f"{identity.told(principal, hosts)}, so that nothing was done for any of them. {remedy}")
        found |= dict.fromkeys(hosts, why)
    return found
