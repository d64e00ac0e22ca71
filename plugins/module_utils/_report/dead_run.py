# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What became of each account of a run that died, from the journals that it left: results for a report, and what to do. Pure.

A journal tells what was done, not what an account is like: where a run did not end, and where it left nothing, the account has to be
examined again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from .._errors import OptionError
from .._policy.documents import parsed
from .._policy.errors import UnreadableDocumentError
from .._principal.records import chain
from .._principal.records.snapshot_files import file_name, journal_of
from .commands import Run, checked_first, why_none
from .schema import Command
from .undo import rollback

Became = Literal["done", "stopped", "untouched"]
# Every planned operation was made; the run went no further, or did not make all; nothing tells that it was there.
DONE: Final = "done"
STOPPED: Final = "stopped"
UNTOUCHED: Final = "untouched"


@dataclass(frozen=True, slots=True)
class Host:
    """A host and the principal that it stands for."""

    host: str
    account_id: str
    kind: str
    name: str

    @property
    def file(self) -> str:
        return file_name(self.account_id, self.kind, self.name.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Account:
    """``result``: as of restore_role, for the report. ``changed``: whether the run made, or may have made, a change."""

    host: str
    became: Became
    changed: bool
    result: dict[str, Any]


def accounts(run: str, hosts: Sequence[Host], files: Mapping[str, bytes]) -> list[Account]:
    """``files``: what the run left, by name: snapshots, each with its journal beside it."""
    # IAM does not tell upper from lower case in names.
    by_name = {_stem(name): name for name in files if name.endswith(".json")}
    return [_account(run, host, by_name.get(_stem(host.file), ""), files) for host in hosts]


def _stem(name: str) -> str:
    return name.removesuffix(".json").lower()


def _account(run: str, host: Host, name: str, files: Mapping[str, bytes]) -> Account:
    who = f"Account {host.account_id or 'unknown'}, {host.kind} {host.name}"
    if not name:
        why = "it needed no change, could not be examined, or was not started"
        return _failed(
            host,
            UNTOUCHED,
            f"{who}: run {run} left no snapshot of it, so nothing was changed: {why}. Examine it again.",
            [],
            [],
        )
    try:
        journal = chain.read(files[journal_of(name)], journal_of(name))
        planned = _operations(parsed(files[name].decode())["operations"])
    except KeyError:
        return _failed(
            host, STOPPED, f"{who}: run {run} was stopped before its first change. Examine it again.", [], []
        )
    except (OptionError, TypeError, UnicodeDecodeError, UnreadableDocumentError) as error:
        message = f"{who}: it is not known what run {run} did: {error}"
        return _failed(host, STOPPED, message, [], [{"operation": "unknown", "target": "", "reason": ""}])
    made, unconfirmed = _made(journal)
    calls = {(one["operation"], one["target"]) for one in made}
    if journal.ended and planned <= calls and not unconfirmed:
        principal = {"account_id": host.account_id, **dict(journal.last_snapshot.get("principal") or {})}
        # A rollback leaves what was there before, which need not be what a restore needs.
        state = "rolled_back" if run.startswith("rollback") else "present"
        done = {"changed": True, "check_mode": False, "state": state, "changes": made, "principal": principal}
        return Account(host.host, DONE, bool(made), done)
    doubt = "".join(f"; it is not known whether {one['operation']} on {one['target']} was made" for one in unconfirmed)
    how = "ended before all was done" if journal.ended else "was stopped in the middle"
    told = (
        f"{who}: run {run} {how}: {len(made)} of {len(planned | calls)} operations were made{doubt}. Run converge "
        "again to complete it, or undo what was done with rollback."
    )
    return _failed(host, STOPPED, told, made, unconfirmed)


def _failed(
    host: Host, became: Became, message: str, made: list[dict[str, str]], unconfirmed: list[dict[str, str]]
) -> Account:
    changed = bool(made or unconfirmed)
    facts = {"failed": True, "msg": message, "changed": changed, "changes": made, "unconfirmed": unconfirmed}
    return Account(host.host, became, changed, facts)


def _operations(written: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
    return {(str(one["operation"]), str(one["target"])) for one in written}


def _made(journal: chain.Chain) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What was made, and what may have been."""
    calls = {(one.get("operation"), one.get("target")) for one in journal.entries if one["outcome"] == chain.MADE}
    made, unconfirmed = list[dict[str, str]](), list[dict[str, str]]()
    for entry in journal.possibly_made:
        shown = {key: str(entry.get(key, "")) for key in ("operation", "target", "reason")}
        (made if (entry.get("operation"), entry.get("target")) in calls else unconfirmed).append(shown)
    return made, unconfirmed


def lines(found: Sequence[Account], snapshots: str, run: Run, strangers: Sequence[str]) -> list[str]:
    """What a person reads: the accounts by what became of them, and the commands. ``snapshots``: where the run left them.

    ``strangers``: names of files of principals that no host stands for.
    """
    of = {became: [one.host for one in found if one.became == became] for became in (DONE, STOPPED, UNTOUCHED)}
    again = [*of[STOPPED], *of[UNTOUCHED]]
    changed = [one.host for one in found if one.changed]
    return [
        f"{len(of[DONE])} accounts done, {len(of[STOPPED])} stopped in the middle, {len(of[UNTOUCHED])} not begun or without a change.",
        *(f"Stopped in the middle: {host}" for host in of[STOPPED]),
        *(f"There is no host for {name}, which the run changed." for name in strangers),
        *_steps(
            "To check the accounts that are not done, then to complete them:",
            checked_first("converge", again, run),
            again,
            run,
        ),
        *_steps("To undo what the run has changed, first as a check:", rollback(snapshots, changed, run), changed, run),
    ]


def _steps(title: str, commands: Sequence[Command], hosts: Sequence[str], run: Run) -> list[str]:
    if not hosts:
        return []
    return [title, *([command["text"] for command in commands] or [why_none(hosts, run)])]


def strangers(hosts: Sequence[Host], files: Mapping[str, bytes]) -> list[str]:
    """The snapshots that are of no host's principal."""
    known = {_stem(host.file) for host in hosts}
    return sorted(name for name in files if name.endswith(".json") and _stem(name) not in known)
