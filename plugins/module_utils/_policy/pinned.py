# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A service that may assume the role for resources of the role's own account only: by which requests that is so. Pure.

By aws:SourceAccount, as we write it, or by aws:SourceArn, beside it or in its place, as people harden a role by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .arns import account_in
from .context import Given
from .documents import Json, statements
from .patterns import matches
from .statements import condition_values

SOURCE_ACCOUNT = "aws:SourceAccount"
SOURCE_ARN = "aws:SourceArn"
_PARTS, _ACCOUNT = 6, 4


def requests_for_own_account(document: Mapping[str, Json], role_arn: str) -> Iterator[dict[str, Given]]:
    """What a service sends that acts for the role's own account: its ID, and the ARN of a resource such as the document asks for.

    An ARN that a condition writes out to its end is no such resource: it leaves out all others of the account.
    """
    account_id = account_in(role_arn)
    yield {SOURCE_ACCOUNT: account_id}
    body = [statement for statement in statements(document) if isinstance(statement, Mapping)]
    patterns = (value for statement in body for value in condition_values(statement, SOURCE_ARN.lower()))
    for pattern in dict.fromkeys(patterns):
        parts = pattern.split(":", _PARTS - 1)
        if len(parts) == _PARTS and matches(parts[_ACCOUNT], account_id) and parts[-1].endswith("*"):
            parts[_ACCOUNT] = account_id
            yield {SOURCE_ACCOUNT: account_id, SOURCE_ARN: ":".join(parts).replace("*", "x").replace("?", "x")}
