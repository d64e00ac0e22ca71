# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The embedded AWS for the Molecule scenarios: `python -m tests.emulator.for_molecule start` and `stop`.

``start`` leaves a process behind that holds the server, and returns once the accounts of every scenario are there.
What the scenarios need to know is in files below .build/molecule, since Molecule's settings are read before the server
has a port: an inventory with a group of hosts for each scenario, and an AWS configuration file. ``stop`` ends the
process by its ID. One that is forgotten ends by itself.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.emulator import cases, organization
from tests.emulator.server import BUILD, ROOT, ServerNotStarted, ministack

DIRECTORY = BUILD / "molecule"
INVENTORY = DIRECTORY / "inventory.json"
AWS_CONFIG = DIRECTORY / "aws.ini"
LOG = DIRECTORY / "emulator.log"
RECORDS = DIRECTORY / "records"
REPORTS = "{{ records }}/reports"
_HOLDER = DIRECTORY / "emulator.pid"
_PATIENCE = 120.0
_FORGOTTEN_AFTER = 30 * 60

# Scenario → its accounts, by their cases in cases.py. No account is in two scenarios, so that their order does not matter.
SCENARIOS: Mapping[str, tuple[str, ...]] = {
    "converge": ("no-role", "foreign-content", "compliant-rewritten"),
    "drift": ("compliant", "three-missing", "explicit-deny"),
    "absent": ("no-role", "foreign-content"),
    "user": ("iam-user",),
    "rollback": ("no-role", "foreign-content", "no-backup-trust"),
    "broken": ("refuses-assume-role", "explicit-deny", "no-backup-trust"),
}


def accounts(scenario: str) -> tuple[cases.Account, ...]:
    """The accounts of a scenario, as hosts ``SCENARIO-CASE``."""
    first = 20 + 10 * list(SCENARIOS).index(scenario)
    known = {account.case: account for account in cases.ACCOUNTS}
    return tuple(
        replace(known[case], case=f"{scenario}-{case}", number=first + place)
        for place, case in enumerate(SCENARIOS[scenario])
    )


def main(command: str) -> None:
    if command == "start":
        try:
            start()
        except ServerNotStarted as error:
            sys.exit(str(error))
    elif command == "stop":
        stop()
    elif command == "hold":
        hold()
    else:
        sys.exit(f"start or stop, not {command}")


def start() -> None:
    """Raises ServerNotStarted with the end of the log."""
    stop()
    shutil.rmtree(RECORDS, ignore_errors=True)
    RECORDS.mkdir(parents=True)
    with LOG.open("wb") as log:
        holder = subprocess.Popen(
            [sys.executable, "-m", "tests.emulator.for_molecule", "hold"],
            cwd=ROOT,
            # The scenarios' own settings name the files that are only about to be written.
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and holder.poll() is None:
        if _held_by() == holder.pid:
            return
        time.sleep(0.1)
    holder.terminate()
    raise ServerNotStarted(f"No emulator for Molecule. The end of {LOG}:\n{LOG.read_text(errors='replace')[-2000:]}")


def stop() -> None:
    """End the process that ``start`` has left, and wait for it. Does nothing if there is none."""
    holder = _held_by()
    if holder is None:
        return
    os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while _held_by() is not None and time.monotonic() < deadline:
        time.sleep(0.1)


def hold() -> None:
    """Run the server until a signal comes."""
    try:
        with ministack() as server:
            members = tuple(account for scenario in SCENARIOS for account in accounts(scenario))
            built = organization.build(server, members)
            INVENTORY.write_text(json.dumps(inventory(built), indent=2) + "\n")
            AWS_CONFIG.touch(mode=0o600)
            AWS_CONFIG.write_text(aws_config(built))
            _HOLDER.write_text(str(os.getpid()))
            threading.Event().wait(_FORGOTTEN_AFTER)
    finally:
        for path in (_HOLDER, INVENTORY, AWS_CONFIG):
            path.unlink(missing_ok=True)


def inventory(built: organization.Organization) -> dict[str, Any]:
    """Every account as a host of its scenario's group, with the variables that a real fleet needs too.

    ``records``: a directory for what a scenario has to remember from one playbook to the next.
    """
    everything = organization.inventory(built)["restore_accounts"]
    hosts = everything["hosts"]
    groups = {
        scenario: {"hosts": {account.case: hosts[account.case] for account in accounts(scenario)}}
        for scenario in SCENARIOS
    }
    of_all = {name: value for name, value in everything["vars"].items() if name.startswith("ansible_")}
    return {
        "all": {"vars": of_all | {"records": str(RECORDS)}},
        "restore_accounts": {"children": groups, "vars": everything["vars"] | {"restore_access_report_dir": REPORTS}},
    }


def aws_config(built: organization.Organization) -> str:
    """The automation's keys as the default profile, and the root of each account as the profile ``root-ACCOUNT``."""
    lines = _profile("default", built, built.automation)
    for account in built.accounts:
        root = organization.root(built.server, account.account_id)
        lines += _profile(f"profile root-{account.account_id}", built, root)
    return "\n".join(lines) + "\n"


def _profile(name: str, built: organization.Organization, keys: organization.Credentials) -> list[str]:
    return [
        f"[{name}]",
        f"region = {organization.REGION}",
        f"endpoint_url = {built.server.endpoint}",
        f"aws_access_key_id = {keys.access_key_id}",
        f"aws_secret_access_key = {keys.secret_access_key}",
    ]


def _held_by() -> int | None:
    """The process that holds the server. None, if it is gone or its ID belongs to another program by now."""
    try:
        holder = int(_HOLDER.read_text())
        command = Path(f"/proc/{holder}/cmdline").read_bytes() if Path("/proc").is_dir() else b"for_molecule"
        os.kill(holder, 0)
    except (OSError, ValueError):
        return None
    return holder if b"for_molecule" in command else None


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
