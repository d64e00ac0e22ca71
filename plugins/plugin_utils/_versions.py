# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run is made with, for the report."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from ansible.release import __version__ as ansible_core

from ..module_utils._version import VERSION


def versions() -> dict[str, str]:
    """Name → version; without boto3 where the controller has none."""
    return {"cloudrestore.aws": VERSION, "ansible-core": ansible_core, "python": platform.python_version(), **_boto3()}


def _boto3() -> dict[str, str]:
    try:
        return {"boto3": version("boto3")}
    except PackageNotFoundError:
        return {}
