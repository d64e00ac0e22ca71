# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make demo`, the first command of the README, from its beginning to its end."""

from __future__ import annotations

import subprocess
import sys

from tests.emulator import cases
from tests.emulator.playbook import ansible_environment_without_aws
from tests.emulator.server import BUILD, ROOT


def test_the_demo_comes_to_its_end():
    environment = ansible_environment_without_aws() | {"PYTHONPATH": str(BUILD / "collections")}
    command = [sys.executable, "-m", "tests.emulator.demo"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stderr == ""
    _before, _heading, told = done.stdout.rpartition("\nSummary\n")
    for account in cases.ACCOUNTS:
        assert account.case in told
    assert f"Of the {len(cases.ACTIONS)} actions of a restore, " in told
