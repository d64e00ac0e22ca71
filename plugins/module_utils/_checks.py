# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the checks of all options are made of. Each raises OptionError, naming the option and what it takes."""

from __future__ import annotations

import os
import re
from collections.abc import Sized

from ._errors import OptionError

ACCOUNT_ID = re.compile(r"[0-9]{12}")
PARTITION = re.compile(r"aws(-[a-z]+)*")
# Far more than AWS lets any of these lists have an effect on; what is longer would take hours to evaluate.
MOST_ENTRIES = 1000


def matching(option: str, value: str | None, pattern: re.Pattern[str], takes: str) -> None:
    """A text, or none, that the whole of ``pattern`` matches."""
    if value is not None and not pattern.fullmatch(value):
        raise OptionError(f"{option} is {value!r}, which IAM does not accept. It must be {takes}.")


def at_most(option: str, entries: Sized, most: int = MOST_ENTRIES) -> None:
    """A list of so many entries."""
    if len(entries) > most:
        raise OptionError(f"{option} has {len(entries)} entries. At most {most:,} are allowed.")


def path(option: str, value: str | None) -> None:
    """A path that the file system can be asked about."""
    try:
        encoded = os.fsencode(value or "")
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise OptionError(
            f"{option} is {value!r}, which is not a valid path: it contains a character that is not allowed in paths."
        )
