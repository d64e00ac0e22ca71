# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run that a rollback is to undo: its snapshot, checked against its journal, with the operations that this says were made.

The snapshot tells what was there before. What is undone, the journal tells, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..._errors import OptionError
from ..._policy.documents import parsed
from ..._policy.errors import UnreadableDocumentError
from ..model.operations import ON_MANAGED_POLICY
from ..model.state import ROLE
from . import chain, snapshot, snapshot_files, snapshot_s3
from .chain import Chain
from .signing import Key
from .snapshot import Made, Snapshot
from .snapshot_files import Found


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """``snapshot``: with what the journal says was made, or may have been. ``place``: where it was read.

    ``unended``: where a journal without an end is.
    """

    snapshot: Snapshot
    place: str
    unended: str | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever rolls back should know: a journal that somebody cut off looks like that of a run that was killed."""
        if self.unended is None:
            return ()
        return (
            f"The journal {self.unended} has no end (the run was stopped, or lines are missing), so only what it "
            "records is undone",
        )


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to read, and by what key it must be signed; None for any or none."""

    s3: Callable[[], Any]
    bounds: snapshot_s3.Bounds
    key: Key | None = None


def find(option: object, kind: str, name: str, account_id: str | None, sources: Sources) -> RecordedRun:
    """Raises OptionError for what cannot be read, has no journal, or is not as the run wrote it."""
    if not isinstance(option, str):
        raise OptionError(
            "snapshot must be the path or URI that a run wrote its snapshot to, with its journal next to it: a file, "
            "a run's directory, or s3://BUCKET/PREFIX/RUN. The data alone does not show what the run did. Set "
            "snapshot to the snapshot_file or snapshot_s3 that the run returned."
        )
    if option.startswith(snapshot_s3.SCHEME):
        found = snapshot_s3.find(sources.s3, sources.bounds, option, kind, name, account_id)
    else:
        found = snapshot_files.find(option, kind, name, account_id)
    return checked(found, sources.key)


def checked(found: Found, key: Key | None) -> RecordedRun:
    """Raises OptionError."""
    if found.journal is None:
        raise OptionError(
            f"snapshot: there is no journal {found.journal_place} next to the snapshot, so it is not known what the "
            "run did. Restore the journal that the run wrote there. Without it, restore_role with state: absent "
            "removes what this collection added to the account."
        )
    journal = chain.read(found.journal, found.journal_place)
    if key is not None:
        key.check(journal, found.journal_place)
    _check_digest(found, journal.last_snapshot)
    written = _as_json(found)
    read = snapshot.read(written)
    _check_about(found, journal, written, read)
    whole = replace(read, made=_made(found, journal, read))
    return RecordedRun(whole, found.place, None if journal.ended else found.journal_place)


def _as_json(found: Found) -> Any:
    try:
        return parsed(found.content.decode())
    except (UnicodeDecodeError, UnreadableDocumentError) as error:
        raise OptionError(
            f"snapshot: {found.place} is not the JSON that a run wrote: {error}. Use the snapshot as the run wrote it."
        ) from None


def _check_digest(found: Found, told: Mapping[str, Any]) -> None:
    about = told.get("snapshot")
    expected = about.get("sha256") if isinstance(about, Mapping) else None
    digest = chain.sha256(found.content)
    if digest == expected:
        return
    version = about.get("s3_version_id") if isinstance(about, Mapping) else None
    way = (
        f"the object's version {version}, which the run put there" if isinstance(version, str) else "what the run wrote"
    )
    raise OptionError(
        f"snapshot: {found.place} is not what the run wrote: its SHA-256 is {digest}, but the journal recorded "
        f"{str(expected)[:64]}. Nothing was changed. Restore {way}."
    )


def _check_about(found: Found, journal: Chain, written: Mapping[str, Any], read: Snapshot) -> None:
    """That journal, snapshot and the place where they lie are of one run at one principal."""
    told = journal.last_snapshot
    principal = told.get("principal")
    theirs = (told.get("run_id"), told.get("account_id"), principal)
    ours = (written.get("run_id"), read.account_id, {"arn": read.arn, "principal_type": read.kind, "name": read.name})
    if theirs == ours and found.run not in (None, told.get("run_id")):
        own = str(told.get("run_id"))[:64]
        raise OptionError(
            f"snapshot: {found.place} and the journal next to it belong to run {own}, but are stored under the name of run "
            f"{found.run}. Nothing was changed. To undo run {own}, use the place where that run wrote them, not a "
            f"copy or a link with another name. To undo run {found.run}, restore what that run wrote."
        )
    if theirs != ours:
        raise OptionError(
            f"snapshot: {found.place} is of {read.arn} and run {str(written.get('run_id'))[:64]}, and the journal "
            f"{found.journal_place} is of {_arn(principal)} and run {str(told.get('run_id'))[:64]}. Nothing was "
            "changed. Use a snapshot with its own journal next to it, where the run wrote both."
        )


def _arn(principal: object) -> str:
    return str(principal.get("arn"))[:2048] if isinstance(principal, Mapping) else "nobody"


def _made(found: Found, journal: Chain, read: Snapshot) -> tuple[Made, ...]:
    """What the journal says was done, all of it to this principal or to a policy of its account. Raises OptionError."""
    try:
        made = tuple(snapshot.made(entry) for entry in journal.possibly_made)
        strangers = [one for one in made if not _is_on(one, read)]
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise OptionError(
            f"snapshot: the journal {found.journal_place} cannot be read: {type(error).__name__}. Use what the run "
            "wrote."
        ) from None
    if strangers:
        raise OptionError(
            f"snapshot: by the journal {found.journal_place} the run called {strangers[0].name} on "
            f"{strangers[0].target[:2048]}, which is not {read.arn} or a policy of its account. Nothing was changed. "
            "Restore the journal that the run wrote."
        )
    return made


def _is_on(one: Made, read: Snapshot) -> bool:
    head = f"arn:{read.arn.split(':')[1]}:iam::{read.account_id}:"
    if one.name in ON_MANAGED_POLICY:
        named = one.arguments.get("PolicyArn", one.target)
        return one.target.startswith(f"{head}policy/") and named == one.target
    # IAM does not tell upper from lower case in names.
    name = str(one.arguments["RoleName" if read.kind == ROLE else "UserName"])
    return one.target.startswith(f"{head}{read.kind}/") and {name.lower(), one.target.split("/")[-1].lower()} == {
        read.name.lower()
    }
