# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to do about an account: a message, and the exact command. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from .entry import taken_back
from .requirements import still_open, unmet
from .schema import BLOCKED, DRIFTED, EXPOSED, NEEDS_ATTENTION, NOT_EXAMINED, Decision, Entry
from .text import printable

_LAYERS = {"scp": "SCP", "rcp": "RCP"}

# What Ansible reads in --limit as more than a name.
_PATTERN = re.compile(r"[,:&!~*?\[\]]|^@")
DEFAULT_INVENTORY = ("INVENTORY",)
ABSENT = ("-e", "restore_access_state=absent")


def play(name: str, hosts: Sequence[str], inventory: Sequence[str], *flags: str) -> str:
    """The command line for a playbook of this collection, quoted for a shell."""
    if any(_PATTERN.search(host) or not host.isprintable() for host in hosts):
        # Ansible would take such a name for a pattern, and the command could reach other accounts. What cannot be seen
        # may end the line, or a terminal's pasting: it must not be in what people copy.
        return (
            f"# --limit cannot pick {', '.join(map(printable, hosts))}: give the host a name without , : & ! ~ * ? [ ] and "
            "without characters that cannot be seen in the inventory"
        )
    sources = [part for source in inventory or DEFAULT_INVENTORY for part in ("-i", source)]
    return shlex.join(["ansible-playbook", *sources, f"cloudrestore.aws.{name}", "--limit", ",".join(hosts), *flags])


def advice(entry: Entry, inventory: Sequence[str] = DEFAULT_INVENTORY) -> tuple[str, list[str]]:
    """What to do, and commands for it. Nothing to do: an empty text and no command."""
    hosts = [entry["host"]]
    again = play("drift_report", hosts, inventory)
    if entry["status"] not in NEEDS_ATTENTION:
        return "", []
    if entry["status"] in NOT_EXAMINED:
        return "Do what the message says, then examine the account again.", [again]
    if entry["status"] == EXPOSED:
        return "Do what the findings say, then examine the account again.", [again]
    absent = ABSENT if taken_back(entry) else ()
    fix = [play("converge", hosts, inventory, *absent, *more) for more in (("--check", "--diff"), ())]
    if entry["status"] == DRIFTED:
        return "Look at the changes first, then make them.", fix
    text = f"This cannot be granted away. {_owners(entry)}"
    return text, fix if entry["status"] == BLOCKED and entry["changes"] else [again]


def _owners(entry: Entry) -> str:
    places = dict.fromkeys(_place(decision) for decision in still_open(entry["unresolved"]) or unmet(entry))
    named = "; ".join(place for place in places if place)
    return f"Ask the owner of {named} to let the restore through, then run:" if named else "Then run:"


def _place(decision: Decision) -> str:
    layer = _LAYERS.get(decision["layer"], f"{decision['layer']} policy".strip())
    parts = [f"{layer} {decision['policy']}" if decision["policy"] else ""]
    parts += [f"statement {decision['statement']}"] if decision["statement"] else []
    return ", ".join(part for part in parts if part)
