# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values from AWS made safe to show: nothing in them may steer a terminal, hide a part of a line, or break a file."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .._printable import printable, without_account
from .schema import Counts, Status

__all__ = ["counted", "first_few", "masked", "printable", "status_counts"]

_UUID = re.compile(r"\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")


def masked(text: str, account_id: str) -> str:
    """The text without what differs from account to account, so that the same cause reads the same in each."""
    return _UUID.sub("ID", without_account(text, account_id))


def counted(number: int, thing: str) -> str:
    """``1 account``, ``2 accounts``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def first_few(names: Sequence[str], shown: int) -> str:
    """``a, b, c and 7 more``."""
    listed = ", ".join(names[:shown])
    return listed if len(names) <= shown else f"{listed} and {len(names) - shown} more"


def status_counts(summary: Counts, statuses: Sequence[Status]) -> str:
    """``5 accounts: 1 compliant, 4 failed``; ``statuses`` in the order in which they are told."""
    counts = [f"{summary[status]} {status}" for status in statuses if summary[status]]
    return f"{counted(summary['accounts'], 'account')}: " + (", ".join(counts) or "nothing was examined")
