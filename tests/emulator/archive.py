# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection as its users get it: built into an archive, and installed from that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.emulator.server import ROOT


def install(directory: Path) -> Path:
    """``directory``, which then holds the archive and `ansible_collections` with this collection alone."""
    _ansible_galaxy(directory, "build", str(ROOT), "--output-path", str(directory))
    (built,) = directory.glob("*.tar.gz")
    _ansible_galaxy(directory, "install", "--offline", "--no-deps", "-p", str(directory), str(built))
    return directory


def _ansible_galaxy(directory: Path, *arguments: str) -> None:
    # A collection that is found elsewhere already would not be installed.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["ansible-galaxy", "collection", *arguments]
    subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True, text=True)
