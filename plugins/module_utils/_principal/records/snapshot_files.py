# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots as files: DIRECTORY/RUN/ACCOUNT-KIND-NAME.json, each with its journal beside it, found again by file or by run."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ... import _files
from ..._errors import OptionError

# What a file's own number stands behind: no name of IAM's holds it, while "backup.2" is the name of a role.
_NUMBER = "~"


def file_name(account_id: str, kind: str, name: str) -> str:
    """IAM's names hold no character that a file name cannot."""
    return f"{account_id}-{kind}-{name}.json"


def numbered(path: str, number: int) -> str:
    """Another name for what another run has taken the name of."""
    return path if number == 1 else f"{path.removesuffix('.json')}{_NUMBER}{number}.json"


def journal_of(path: str) -> str:
    """The name of the journal that stands beside a snapshot, in a directory or in a bucket."""
    return f"{path}l"


@dataclass(frozen=True, slots=True)
class Found:
    """A snapshot and its journal as they were read. ``journal``: None if there is none. ``run``: whose they must be, by where
    they are; None if that does not tell it."""

    place: str
    content: bytes
    journal: bytes | None
    run: str | None = None

    @property
    def journal_place(self) -> str:
        return journal_of(self.place)


def as_text(snapshot: Mapping[str, Any]) -> str:
    return json.dumps(snapshot, indent=2) + "\n"


def write(directory: str, run_id: str, name: str, content: bytes, replacing: str | None) -> str:
    """The path of the file. ``replacing``: the file that this run wrote already. Raises OSError.

    The file is there as a whole or not at all, whatever happens meanwhile, and never takes the place of another run's.
    """
    place = os.path.join(directory, run_id)
    os.makedirs(place, mode=0o700, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=place, prefix=".snapshot-")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replacing is None:
            replacing = _take_name(temporary, os.path.join(place, name))
        else:
            os.replace(temporary, replacing)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    _files.sync_directory(place)
    return replacing


def _take_name(temporary: str, path: str) -> str:
    number = 1
    while True:
        chosen = numbered(path, number)
        try:
            os.link(temporary, chosen)
        except FileExistsError:
            number += 1
        else:
            return chosen


def keep_newest(directory: str, written: str, retained: int, undone: str | None = None) -> None:
    """Remove the oldest snapshots of the principal that ``written`` is of, until ``retained`` are left. Raises OSError.

    ``undone``: the one that this run undoes, which stays: a rollback that fails on its way is finished from there. Runs at other
    accounts, and at this one, do the same meanwhile: what is gone by then is no error.
    """
    stem, ages = _stem(os.path.basename(written)), dict[str, float]()
    for run in os.listdir(directory):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for found in os.listdir(os.path.join(directory, run)):
                if found.endswith(".json") and _stem(found) == stem:
                    path = os.path.join(directory, run, found)
                    ages[path] = os.path.getmtime(path)
    others = sorted((path for path in ages if path != written), key=ages.__getitem__, reverse=True)
    for path in others[max(retained - 1, 0) :]:
        if undone is not None and os.path.realpath(path) == os.path.realpath(undone):
            continue
        for one in (path, journal_of(path)):
            with contextlib.suppress(FileNotFoundError):  # another run at the same account was faster
                os.unlink(one)
        with contextlib.suppress(OSError):  # what others have in it stays
            os.rmdir(os.path.dirname(path))


def find(given: str, kind: str, name: str, account_id: str | None) -> Found:
    """The snapshot and journal that a path leads to: of a file, or of the principal in the run's directory.

    Raises OptionError if there is none, or more than one that could be meant.
    """
    path = os.path.expanduser(given)
    try:
        if os.path.isdir(path):
            path = os.path.join(path, of_principal(os.listdir(path), path, kind, name, account_id))
        # As it was asked for, and not where a link leads: whoever can make one would choose which run is undone.
        run = os.path.basename(os.path.dirname(os.path.abspath(path)))
        return Found(path, _files.read(path), _journal(journal_of(path)), run)
    except _files.TooLargeError as error:
        raise OptionError(
            f"snapshot: {error.filename} is larger than any file that a run writes. Use the file that a run wrote."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OptionError(
            f"snapshot: {getattr(error, 'filename', None) or path} cannot be read ({reason}). It must be a file or a "
            "run's directory."
        ) from None


def _journal(path: str) -> bytes | None:
    try:
        return _files.read(path, follow=False)
    except FileNotFoundError:
        return None


def of_principal(names: Iterable[str], where: str, kind: str, name: str, account_id: str | None) -> str:
    """The one name of a snapshot of the principal among those found ``where``. Raises OptionError."""
    account = re.escape(account_id) if account_id else "[0-9]{12}"
    wanted = re.compile(f"{account}-{kind}-{re.escape(name)}", re.IGNORECASE)
    found = [one for one in sorted(names) if one.endswith(".json") and wanted.fullmatch(_stem(one))]
    if len(found) != 1:
        which = f"account {account_id}" if account_id else "any account: set account_id"
        listed = f": {', '.join(found)}" if found else ""
        raise OptionError(
            f"snapshot: {where} contains {len(found)} snapshots of {kind} {name} of {which}{listed}. Use the "
            "directory of one run, or the file itself."
        )
    return found[0]


def _stem(file: str) -> str:
    return file.removesuffix(".json").partition(_NUMBER)[0]
