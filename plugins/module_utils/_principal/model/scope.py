# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which resources and Regions a restore is about. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..._policy.arns import account_in


@dataclass(frozen=True)
class Scope:
    """Where none are named, all of that kind in the account.

    ``tables`` and ``vaults``: names or ARNs. ``keys``: ARNs of KMS keys. ``roles``: ARNs of those that are handed to AWS
    Backup; none for the role itself, of a user for any. ``own``: action → the resources that a permission
    set of the user's own names for it, in place of its kinds. ``narrow``: whether permissions are written for these
    resources, and as a restore uses them: grants for AWS resources, decryption through AWS's services; else on ``*``.
    """

    tables: tuple[str, ...] = ()
    vaults: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    narrow: bool = False

    @property
    def names_resources(self) -> bool:
        return bool(self.tables or self.vaults or self.keys or self.regions or self.roles)

    def foreign(self, account_id: str) -> tuple[str, ...]:
        """The ARNs among the tables, vaults and roles that belong to another account: a restore works on none of them.

        It may encrypt with a key of another account, whose policy then has to allow it.
        """
        named = (*self.tables, *self.vaults, *self.roles)
        return tuple(arn for arn in named if arn.startswith("arn:") and account_in(arn) != account_id)


EVERYTHING = Scope()
