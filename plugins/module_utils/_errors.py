# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one error that leaves module logic: a message for the operator and the facts that go into the result."""

from __future__ import annotations

from typing import Any


class RestoreAccessError(Exception):
    """``message``: what was asked, what was found, what to do. ``facts``: result keys that still hold true."""

    def __init__(self, message: str, facts: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts or {}


class OptionError(RestoreAccessError):
    """An option's value cannot be right; nothing was called."""
