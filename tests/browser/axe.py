# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""axe-core, which looks for what a page does wrong for people who use assistive software: fetched once, checked, and kept below .build.

npm has it. Where there is no npm, a package of PyPI brings an earlier release of it, which Python alone can fetch.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

KEPT = Path(__file__).parents[2] / ".build" / "axe"


@dataclass(frozen=True)
class Source:
    """``command``: fetches the archive into the directory that it runs in; ``sha256``: of the archive; ``member``: the script in it."""

    command: tuple[str, ...]
    archive: str
    sha256: str
    member: str


SOURCES = (
    Source(
        ("npm", "pack", "axe-core@4.14.1"),
        "axe-core-4.14.1.tgz",
        "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
        "package/axe.min.js",
    ),
    Source(
        (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "axe-playwright-python==0.1.8"),
        "axe_playwright_python-0.1.8-py3-none-any.whl",
        "fdd263c998388f1a8e67cad02677e612d946248bd44d163be5e8650ea31f95f8",
        "axe_playwright_python/axe.min.js",
    ),
)


def script() -> tuple[str, str]:
    """The script, and why there is none."""
    reasons = []
    KEPT.mkdir(parents=True, exist_ok=True)
    for source in SOURCES:
        archive = KEPT / source.archive
        if not archive.exists():
            reasons.append(_fetch(source))
        if archive.exists():
            found = hashlib.sha256(archive.read_bytes()).hexdigest()
            assert found == source.sha256, f"{archive} is not the one that was looked at: {found}"
            return _text(archive, source.member), ""
    return "", "; ".join(reasons)


def _fetch(source: Source) -> str:
    """Why it could not be fetched."""
    try:
        done = subprocess.run(source.command, cwd=KEPT, capture_output=True, text=True, check=False, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stderr.strip()[-300:]


def _text(archive: Path, member: str) -> str:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member).decode()
    with tarfile.open(archive) as package:
        file = package.extractfile(member)
        assert file is not None
        return file.read().decode()
