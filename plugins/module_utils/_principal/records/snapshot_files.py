# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots as files: DIRECTORY/RUN/ACCOUNT-KIND-NAME.json, found again by file, by run or by directory of runs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

from ..._errors import OptionError
from ..._policy.documents import parsed
from ..._policy.errors import UnreadableDocumentError

# A principal's policies are at most a few hundred kilobytes; what is larger was not written by this collection.
MOST_BYTES = 16 * 1024 * 1024


# What a file's own number stands behind: no name of IAM's holds it, while "backup.2" is the name of a role.
_NUMBER = "~"


def file_name(account_id: str, kind: str, name: str) -> str:
    """IAM's names hold no character that a file name cannot."""
    return f"{account_id}-{kind}-{name}.json"


def numbered(path: str, number: int) -> str:
    """Another name for what another run has taken the name of."""
    return path if number == 1 else f"{path.removesuffix('.json')}{_NUMBER}{number}.json"


def as_text(snapshot: Mapping[str, Any]) -> str:
    return json.dumps(snapshot, indent=2) + "\n"


def write(directory: str, run_id: str, snapshot: Mapping[str, Any], replacing: str | None) -> str:
    """The path of the file. ``replacing``: the file that this run wrote already. Raises OSError.

    The file is there as a whole or not at all, whatever happens meanwhile, and never takes the place of another run's.
    """
    place = os.path.join(directory, run_id)
    os.makedirs(place, mode=0o700, exist_ok=True)
    path = os.path.join(place, file_name(snapshot["account_id"], snapshot["principal_type"], snapshot["name"]))
    descriptor, temporary = tempfile.mkstemp(dir=place, prefix=".snapshot-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(as_text(snapshot))
            file.flush()
            os.fsync(file.fileno())
        if replacing is not None:
            os.replace(temporary, replacing)
            return replacing
        return _take_name(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


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


def keep_newest(directory: str, written: str, kept: int) -> None:
    """Remove the oldest snapshots of the principal that ``written`` is of, until ``kept`` are left. Raises OSError.

    Runs at other accounts, and at this one, do the same meanwhile: what is gone by then is no error.
    """
    stem, ages = _stem(os.path.basename(written)), dict[str, float]()
    for run in os.listdir(directory):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for found in os.listdir(os.path.join(directory, run)):
                if found.endswith(".json") and _stem(found) == stem:
                    path = os.path.join(directory, run, found)
                    ages[path] = os.path.getmtime(path)
    others = sorted((path for path in ages if path != written), key=ages.__getitem__, reverse=True)
    for path in others[max(kept - 1, 0) :]:
        with contextlib.suppress(FileNotFoundError):  # another run at the same account was faster
            os.unlink(path)
        with contextlib.suppress(OSError):  # what others have in it stays
            os.rmdir(os.path.dirname(path))


def find(given: object, kind: str, name: str, account_id: str | None) -> object:
    """A snapshot as it was given, or read from the file, or from the run's directory, that a path leads to.

    Raises OptionError if there is none, or more than one that could be meant.
    """
    if not isinstance(given, str):
        return given
    path = os.path.expanduser(given)
    if os.path.isdir(path):
        path = os.path.join(path, of_principal(os.listdir(path), path, kind, name, account_id))
    return _load(path)


def of_principal(names: Iterable[str], where: str, kind: str, name: str, account_id: str | None) -> str:
    """The one name of a snapshot of the principal among those found ``where``. Raises OptionError."""
    account = re.escape(account_id) if account_id else "[0-9]{12}"
    wanted = re.compile(f"{account}-{kind}-{re.escape(name)}", re.IGNORECASE)
    found = [one for one in sorted(names) if one.endswith(".json") and wanted.fullmatch(_stem(one))]
    if len(found) != 1:
        which = f"account {account_id}" if account_id else "any account: set account_id"
        listed = f": {', '.join(found)}" if found else ""
        raise OptionError(
            f"snapshot: {where} holds {len(found)} snapshots of {kind} {name} of {which}{listed}. Give the directory of "
            "one run, or the file itself."
        )
    return found[0]


def _stem(file: str) -> str:
    return file.removesuffix(".json").partition(_NUMBER)[0]


def _load(path: str) -> object:
    try:
        if os.path.getsize(path) > MOST_BYTES:
            raise OptionError(f"snapshot: {path} is larger than any snapshot. Give the file that a run wrote.")
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        reason = error.strerror or str(error)
        raise OptionError(
            f"snapshot: {path} cannot be read ({reason}). It takes a file or a run's directory."
        ) from None
    except ValueError:
        raise OptionError(f"snapshot: {path} is not a text file. Give the file that a run wrote.") from None
    return read_text(text, path)


def read_text(text: str, where: str) -> object:
    """Raises OptionError for what is no JSON."""
    try:
        return parsed(text)
    except UnreadableDocumentError as error:
        raise OptionError(
            f"snapshot: {where} is no JSON that a run wrote: {error}. Give what it wrote itself."
        ) from None
