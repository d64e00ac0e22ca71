# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A journal as a file that only ever grows: for its owner's eyes, and never where a link leads, symbolic or hard."""

from __future__ import annotations

import errno
import os
import stat
import tempfile

from ..._files import check_is_file, sync_directory

_MODE = 0o600


def append(path: str, lines: bytes, *, new: bool = False) -> None:
    """Whole lines, on the disk once this returns. ``new``: the file must not be there yet. Raises OSError.

    A line that was left unfinished is ended first. Mode 0600 is enforced on a file that is there.
    """
    descriptor, made = _open(path, new)
    try:
        check_is_file(descriptor, path)
        status = os.fstat(descriptor)
        if not made:
            _check_is_ours(status, path)
        if stat.S_IMODE(status.st_mode) != _MODE:
            os.fchmod(descriptor, _MODE)
        broken = status.st_size > 0 and os.pread(descriptor, 1, status.st_size - 1) != b"\n"
        written = (b"\n" if broken else b"") + lines
        # One write: two runs at the same account do not mix their lines. A disk that is all but full takes a part.
        if os.write(descriptor, written) < len(written):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if made:
        sync_directory(os.path.dirname(path) or ".")


def _check_is_ours(status: os.stat_result, path: str) -> None:
    """Raises OSError for a file that has another name as well, or another owner."""
    if status.st_nlink > 1:
        # What it is called elsewhere nobody knows: it may be anything that this user can write to.
        raise OSError(errno.EMLINK, "it has another name, by a hard link", path)
    if status.st_uid != os.geteuid() and status.st_uid != _owner_of_new_files(os.path.dirname(path) or "."):
        raise OSError(errno.EPERM, f"it belongs to user {status.st_uid}, and this process runs as {os.geteuid()}", path)


def _owner_of_new_files(directory: str) -> int:
    """Not always who makes them: NFS squashes root, and a mount may give all files one owner."""
    with tempfile.TemporaryFile(dir=directory) as file:
        return os.fstat(file.fileno()).st_uid


def _open(path: str, new: bool) -> tuple[int, bool]:
    """A descriptor, and whether the file was made."""
    # A pipe without a reader is not waited for; that it is none is told by what is opened.
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    while not new:
        try:
            return os.open(path, flags), False
        except FileNotFoundError:
            pass
        try:
            return os.open(path, flags | os.O_CREAT | os.O_EXCL, _MODE), True
        except FileExistsError:
            continue  # another run at the same account was faster
    return os.open(path, flags | os.O_CREAT | os.O_EXCL, _MODE), True
