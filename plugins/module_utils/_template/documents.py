# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desired state as plain policy documents, to paste or to hand to another tool. Pure."""

from __future__ import annotations

from typing import Any

from .._aws.account import Account
from .._errors import OptionError
from .._policy.statements import document
from .._principal.model.state import Desired
from .content import ANY_PARTITION, any_account, content


def documents(desired: Desired, account: Account | None) -> dict[str, Any]:
    """``trust_policy`` (empty for a user) and ``permissions_policy``. Raises OptionError.

    ``account``: only needed by what is narrowed to it.
    """
    if account is None and desired.trust is not None and desired.trust.pinned:
        raise OptionError("backup_source_account_condition writes the account into the trust policy. Set account_id.")
    if account is None and desired.scope.narrow:
        raise OptionError("permissions_scope: scoped writes the account into the documents. Set account_id.")
    # Nothing is narrowed to an account that was not provided.
    parts = content(desired, account or any_account(ANY_PARTITION), named=True)
    return {
        "trust_policy": document(parts.trust) if parts.trust else {},
        "permissions_policy": document(parts.permissions),
    }
