# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account behind a set of credentials. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from .._policy.facts import NOT_KNOWN, Membership


@dataclass(frozen=True, slots=True)
class Account:
    """The account behind a set of credentials: ``partition`` (aws, aws-cn, ...) and 12-digit ``account_id``.

    ``membership``: its place in its organization, where somebody told.
    """

    partition: str
    account_id: str
    membership: Membership = NOT_KNOWN

    def arn(self, kind: str, path: str, name: str) -> str:
        """The IAM ARN of a role, user or policy. ``path`` begins and ends with a slash."""
        return f"arn:{self.partition}:iam::{self.account_id}:{kind}{path}{name}"
