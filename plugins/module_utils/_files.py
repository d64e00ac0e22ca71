# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of a run's own making, read back: never more of one than it can have, and nothing that is no file."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

# A principal's policies are at most a few hundred kilobytes, and a report has a few tens for each account.
MOST_BYTES = 16 * 1024 * 1024


class TooLargeError(OSError):
    """A file that is larger than any that a run writes. What it holds costs many times its size in memory."""


def read(path: str | os.PathLike[str], *, follow: bool = True, most: int = MOST_BYTES) -> bytes:
    """The content. ``follow``: whether it may be a symbolic link. ``most``: bytes, of more it is an error.

    Raises OSError, TooLargeError among them.
    """
    # Not to wait for the writer of a pipe.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    try:
        check_is_file(descriptor, str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            # The size that the file system tells may be out of date, and of some files it is none.
            content = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        size = f"{most // 1024 // 1024} MB" if most == MOST_BYTES else f"{most} bytes"
        raise TooLargeError(errno.EFBIG, f"it is larger than {size}, the maximum", str(path))
    return content


def check_is_file(descriptor: int, path: str) -> None:
    """Raises OSError for a pipe, a device or a directory."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", path)


def replace(path: Path, data: bytes) -> None:
    """The file appears with its whole content in one step, mode 0600; directories that are not there are made with mode 0700. Raises OSError."""
    for part in reversed([path.parent, *path.parent.parents]):
        if not part.is_dir():
            part.mkdir(mode=0o700, exist_ok=True)
    # In the same directory: only within a file system is a rename one step. mkstemp makes it with mode 0600.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def sync_directory(path: str) -> None:
    """That a new file is in it is on the disk once this returns. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
