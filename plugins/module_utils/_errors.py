# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one error that leaves module logic: a message for the operator and the facts that go into the result."""

from __future__ import annotations

from typing import Any

from ._policy.errors import CollectionError
from ._printable import printable, shortened

# Longer than any of ours; what is quoted in it, of an option or of an answer, can be of any length.
_LONGEST_MESSAGE = 4000


class RestoreAccessError(CollectionError):
    """``message``: what was asked, what was found, what to do. ``facts``: result keys that still hold true.

    The message is one line that can be shown anywhere, whatever it was made from.
    """

    def __init__(self, message: str, facts: dict[str, Any] | None = None) -> None:
        self.message = printable(shortened(message, _LONGEST_MESSAGE))
        super().__init__(self.message)
        self.facts = facts or {}


class OptionError(RestoreAccessError):
    """An option's value cannot be right; nothing was called."""
