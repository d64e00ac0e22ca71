# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports on disk: read with a clear message, written whole or not at all, for their owner's eyes only."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from .. import _files
from .._errors import RestoreAccessError
from .._policy.documents import parsed
from .._policy.errors import UnreadableDocumentError

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_TIME_AND_ENDING: Final = r"-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z\.json"


def read(path: str) -> Any:
    """The JSON in a file. Raises RestoreAccessError, which names the file."""
    try:
        return parsed(_files.read(expanded(path)).decode("utf-8"))
    except (OSError, ValueError, UnreadableDocumentError) as error:
        raise RestoreAccessError(f"The report {path} cannot be read: {error}.") from None


def expanded(path: str) -> Path:
    """Raises RestoreAccessError for what is no path."""
    try:
        whole = Path(path).expanduser()
        if b"\0" not in os.fsencode(whole):
            return whole
        reason = "a path cannot contain NUL"
    except (RuntimeError, ValueError) as error:
        reason = str(error)
    raise RestoreAccessError(f"{path!r} cannot be used as a path: {reason}.")


def newest(path: str, name: str) -> str:
    """The file itself, or of a directory the newest report ``NAME-*.json``: their names hold the time."""
    where = expanded(path)
    # Unlike Path's, it takes a name that is too long for one that is not there.
    if not os.path.isdir(where):
        return path
    reports = sorted(where.glob(f"{name}-[0-9]*.json"))
    if not reports:
        raise RestoreAccessError(f"The directory {path} contains no report {name}-*.json yet.")
    return str(reports[-1])


def its_own(name: str) -> re.Pattern[str]:
    """What the files of the reports called so are called in JSON."""
    return re.compile(re.escape(name) + _TIME_AND_ENDING)


def former(directory: Path, name: str, most: int) -> list[Path]:
    """The newest reports ``NAME-TIME.json`` there, the oldest first; none if it is not there."""
    try:
        there = [entry.name for entry in os.scandir(directory)]
    except OSError:
        return []
    return [directory / found for found in sorted(filter(its_own(name).fullmatch, there))[-most:]]


def differs(content: Mapping[Path, bytes]) -> bool:
    """Whether a file is not there yet, is no file, cannot be read, or holds something else."""
    return any(not _holds(path, data) for path, data in content.items())


def _holds(path: Path, data: bytes) -> bool:
    try:
        # A link is replaced by a file, whatever it leads to.
        return _files.read(path, follow=False, most=len(data)) == data
    except OSError:
        return False


_REMEDY = "Check the free space and the permissions of its directory, or set another directory."


def write(content: Mapping[Path, bytes]) -> None:
    """Each file appears with its whole content in one step, mode 0600; a directory is made with mode 0700.

    Raises RestoreAccessError, which names the file. Directories that are there keep their mode.
    """
    for path, data in content.items():
        try:
            _files.replace(path, data)
        except OSError as error:
            raise RestoreAccessError(
                f"The report {path} cannot be written: {error.strerror or error}. {_REMEDY}"
            ) from None


def check(content: Mapping[Path, bytes]) -> None:
    """Whether the files could be written. Makes nothing. Raises RestoreAccessError, which names the directory."""
    for path in content:
        try:
            there = next(parent for parent in path.parents if parent.exists())
        except OSError as error:
            raise RestoreAccessError(
                f"The report {path} cannot be written: {error.strerror or error}. {_REMEDY}"
            ) from None
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise RestoreAccessError(
                f"The report {path} cannot be written: {there} is not a directory that can be written to. {_REMEDY}"
            )
