# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stored renderings of the small fleet. Run as a module, it writes them anew: look at the difference before you commit it."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, html_page, terminal
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run

from tests.unit.report import fleets

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "report"
_FORMATS = {"small.json": "json", "small.md": "markdown", "small.csv": "csv", "small.xml": "junit"}
NAMES = (*_FORMATS, "small.page.json", "small.txt")


def rendered(name: str) -> bytes:
    report = fleets.report(fleets.small())
    if name in _FORMATS:
        # Kept with line ends as every file of the collection has them; that a CSV file has CRLF is a test of its own.
        return build.render(_FORMATS[name], report, Run(("inventory.yml",))).replace(b"\r\n", b"\n")
    if name == "small.txt":
        return ("\n".join(terminal.lines(report)) + "\n").encode()
    # Of the page what it is made of: its scripts and its style are files of their own, and the browser tests are theirs.
    return (json.dumps(html_page.data(report, Run(("inventory.yml",)))).replace("], [", "],\n[") + "\n").encode()


if __name__ == "__main__":
    DATA.mkdir(parents=True, exist_ok=True)
    for file_name in NAMES:
        (DATA / file_name).write_bytes(rendered(file_name))
