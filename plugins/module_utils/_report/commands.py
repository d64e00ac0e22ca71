# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to do about an account: a message, and the exact commands. Pure.

A command selects the accounts that it is shown for and no others, even when the inventory has changed since, or there is none.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypedDict

from .._policy.verdicts import policy_name
from .entry import taken_back
from .given import Given
from .requirements import still_open, unmet
from .schema import (
    BLOCKED,
    DRIFTED,
    EXPOSED,
    NEEDS_ATTENTION,
    NOT_EXAMINED,
    PENDING,
    Command,
    Decision,
    Entry,
    Step,
)
from .text import first_few, printable

CHECK: Final = "check"
APPLY: Final = "apply"
EXAMINE: Final = "examine"

# What Ansible reads in --limit as more than a name, whether there is a host of that name or not: inventory/manager.py.
_PATTERN = re.compile(r"[,*?\[\]]|^[!&~@]|^\s|\s$|^(?:all|ungrouped)?$")
_PLAIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")
_ABSENT = ("-e", "restore_access_state=absent")
_REVIEW = ("--check", "--diff")
_CANARY = "restore_access_canary"
_PLAN = "restore_access_plan"
_ROLLBACK = "rollback"
# A shell takes 128 kB as one word, and some terminals 4 kB as a line: beyond this the names go through a file.
_LONGEST = 3000
_HOSTS_FILE = "cloudrestore-hosts.txt"
_FEW = 5


@dataclass(frozen=True)
class Run:
    """The run that a report is of. ``inventory``: what goes after -i; ``given``: what else its commands say again. ``in_awx``: not
    started by a command. ``merged``: the report is of other runs, and what they were given is not known. ``name``: of the report, by which
    a rollback is told from other runs.

    What is not for commands is for the report: ``run_id``, ``caller`` (an ARN), ``plan`` (where it is), ``limit`` and ``check`` as on the
    command line, ``versions``.
    """

    inventory: tuple[str, ...] = ("INVENTORY",)
    given: Given = field(default_factory=Given)
    in_awx: bool = False
    merged: bool = False
    name: str = ""
    run_id: str = ""
    caller: str = ""
    plan: str = ""
    limit: str = ""
    check: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)


class Advice(TypedDict):
    """``todo``: what to do; empty if nothing. ``commands``: in the order in which they are run; none if ``todo`` says why."""

    todo: str
    commands: list[Command]


def limit_of(hosts: Sequence[str]) -> str:
    """What selects these hosts after ``--limit``, and nothing else; empty if nothing does.

    A comma makes Ansible take the rest as names, blanks and colons included. A name that is none of a host any more must not
    become a pattern that others fit.
    """
    if not hosts or unselectable(hosts):
        return ""
    return ",".join(hosts) if len(hosts) > 1 or _PLAIN.fullmatch(hosts[0]) else f"{hosts[0]},"


def play(name: str, hosts: Sequence[str], run: Run, *flags: str) -> str:
    """The command line for a playbook of this collection, quoted for a shell; empty if none is right, see ``why_none``.

    For many hosts it is more than one line: the first ones put the names into a file.
    """
    if why_none(hosts, run):
        return ""
    limit = limit_of(hosts)
    first = ""
    if len(limit) > _LONGEST:
        first, limit = _names_in_file(hosts), f"@{_HOSTS_FILE}"
    words = [
        "ansible-playbook",
        *(part for source in run.inventory for part in ("-i", source)),
        f"cloudrestore.aws.{name}",
    ]
    # What begins with a dash is an option, unless it is behind the equals sign.
    selected = [f"--limit={limit}"] if limit.startswith("-") else ["--limit", limit]
    return first + " ".join([shlex.join([*words, *selected]), *run.given.arguments, *map(shlex.quote, flags)])


def _names_in_file(hosts: Sequence[str]) -> str:
    """If they cannot be written, what comes after it does not run: it would take the names of an earlier time."""
    end = "HOSTS"
    while end in hosts:
        end += "_"
    return "\n".join([f"cat > {_HOSTS_FILE} <<'{end}' &&", *hosts, end, ""])


def why_none(hosts: Sequence[str], run: Run) -> str:
    """Why there is no command for these hosts; empty if there is one."""
    wrong = [printable(host) for host in unselectable(hosts)]
    if wrong:
        return (
            f"No --limit can select only {first_few(wrong, _FEW)}: rename it in the inventory, without , * ? [ ], "
            "without ! & ~ @ or a space at its ends, and without invisible characters."
        )
    if run.in_awx:
        return f"This ran in AWX: {_in_awx(hosts)}"
    if not all(map(str.isprintable, (*run.inventory, *run.given.arguments))):
        return "The options of the run contain invisible characters, so there is no command to copy."
    return ""


def advice(entry: Entry, run: Run) -> Advice:
    """What to do about an account, and commands for it."""
    if entry["status"] not in NEEDS_ATTENTION:
        return {"todo": "", "commands": []}
    hosts = [entry["host"]]
    again: list[Command] = existing([(EXAMINE, play("drift_report", hosts, run))])
    fix = steps(hosts, run, absent=taken_back(entry))
    if entry["status"] == PENDING:
        return _told(
            "Fix the problems of the accounts before it, then continue with this one.", go_on(hosts, run), hosts, run
        )
    if entry["status"] in NOT_EXAMINED and run.name == _ROLLBACK and run.given.own:
        return _told(
            "Fix what the message says, then roll back the account.", _rolled_back_again(hosts, run), hosts, run
        )
    if entry["status"] in NOT_EXAMINED:
        return _told("Fix what the message says, then examine the account again.", again, hosts, run)
    if entry["status"] == EXPOSED:
        return _told("Fix the findings, then examine the account again.", again, hosts, run)
    if entry["status"] == DRIFTED:
        return _told("Review the changes first, then make them.", fix, hosts, run)
    fixes = entry["status"] == BLOCKED and entry["changes"]
    return _told(f"Granting more permissions does not fix this. {_owners(entry)}", fix if fixes else again, hosts, run)


def steps(hosts: Sequence[str], run: Run, *, absent: bool) -> list[Command]:
    """How the hosts are brought to the required state: first what it would change, then the same that changes it."""
    # The canary of the run need not be among them, and what is to be done there now is not what its plan has.
    without = [name for name in (_CANARY, _PLAN) if any(name in argument for argument in run.given.arguments)]
    return checked_first("converge", hosts, run, *(_ABSENT if absent else ()), *_reset(*without))


def go_on(hosts: Sequence[str], run: Run) -> list[Command]:
    """How a run that was stopped goes on with the hosts that it did not begin. Its canary is behind it, wherever that was named."""
    return checked_first("converge", hosts, run, *_reset(_CANARY))


def _rolled_back_again(hosts: Sequence[str], run: Run) -> list[Command]:
    given = replace(run.given, arguments=(*run.given.arguments, *run.given.own))
    return checked_first(_ROLLBACK, hosts, replace(run, given=given))


def _reset(*names: str) -> list[str]:
    return [word for name in names for word in ("-e", f"{name}=")]


def checked_first(name: str, hosts: Sequence[str], run: Run, *more: str) -> list[Command]:
    """A playbook for these hosts: first what it would change, then the same that changes it. ``more``: words of its own."""
    return existing([(CHECK, play(name, hosts, run, *more, *_REVIEW)), (APPLY, play(name, hosts, run, *more))])


def asked_again(run: Run) -> str:
    """What a command does not say, and somebody has to; empty if nothing."""
    if run.in_awx:
        return ""
    if run.merged:
        return "Add the inventory and the -e options of the runs in this report."
    secrets = ", ".join(map(printable, run.given.secrets))
    return f"First set these secrets in the shell, since reports contain none: {secrets}." if secrets else ""


def note(commands: Sequence[Command], hosts: Sequence[str], run: Run) -> str:
    """What to do before the commands for these hosts, or why there is none; empty if nothing."""
    return asked_again(run) if commands else why_none(hosts, run)


def _told(todo: str, commands: list[Command], hosts: Sequence[str], run: Run) -> Advice:
    parts = [todo, note(commands, hosts, run)]
    return {"todo": " ".join(filter(None, parts)), "commands": commands}


def existing(named: Iterable[tuple[Step, str]]) -> list[Command]:
    """Without those that there is no text of."""
    return [{"step": step, "text": text} for step, text in named if text]


def unselectable(hosts: Sequence[str]) -> list[str]:
    """Those of which Ansible would take the name for more than a name."""
    return [host for host in hosts if _PATTERN.search(host) or not host.isprintable()]


def _in_awx(hosts: Sequence[str]) -> str:
    limit = limit_of(hosts)
    if len(limit) > _LONGEST:
        return "launch its job template again, group by group."
    return f"launch the job template, first as a check, with the limit {limit}"


def _owners(entry: Entry) -> str:
    places = dict.fromkeys(_place(decision) for decision in still_open(entry["unresolved"]) or unmet(entry))
    named = "; ".join(place for place in places if place)
    return f"Ask the owner of {named} to allow the restore, then run:" if named else "Then run:"


def _place(decision: Decision) -> str:
    parts = [policy_name(decision["layer"], decision["policy"]) if decision["policy"] else ""]
    parts += [f"statement {decision['statement']}"] if decision["statement"] else []
    return ", ".join(part for part in parts if part)
