# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a failed call to AWS Organizations to one sentence that an operator can act on."""

from __future__ import annotations

from .._aws.calls import CallError
from .._aws.explain import DENIED, explain
from .._errors import RestoreAccessError
from .calls import SERVICE
from .state import Header

_CHANGED = frozenset(
    {
        "ChildNotFoundException",
        "OrganizationalUnitNotFoundException",
        "ParentNotFoundException",
        "PolicyNotFoundException",
        "TargetNotFoundException",
    }
)


def error(failure: CallError, account_id: str, header: Header | None) -> RestoreAccessError:
    """``account_id``: where the credentials lead, if known; ``header``: of the organization, if it could be read."""
    where = f"Account {account_id or 'unknown'}, AWS Organizations"
    if not failure.action.startswith(f"{SERVICE}:"):
        return RestoreAccessError(explain(failure, account_id, "AWS Organizations"))
    if failure.code == "AWSOrganizationsNotInUseException":
        return RestoreAccessError(
            f"{where}: the account belongs to no organization. Use credentials of the organization's management account, "
            "or of a delegated administrator account, or set assume_role_arn to a role there. Without an organization, "
            "list the accounts in a static inventory."
        )
    if failure.code in DENIED:
        return RestoreAccessError(f"{where}: {_denied(failure, header)}")
    if failure.code in _CHANGED:
        return RestoreAccessError(
            f"{where}: {failure.action} on {failure.target} failed with {failure.code}. The organization changed "
            "while it was being read, so the result was discarded. Run again."
        )
    return RestoreAccessError(explain(failure, account_id, "AWS Organizations"))


def _denied(failure: CallError, header: Header | None) -> str:
    management = f" ({header.management_account_id})" if header else ""
    return (
        f"{failure.action} on {failure.target} was refused. It requires credentials of the organization's management "
        f"account{management}, or of a delegated administrator account, that are allowed {failure.action}. Use such "
        f"credentials, or set assume_role_arn to a role there, and grant it {failure.action}. AWS said: "
        f"{failure.message}"
    )
