# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What tests read in the guides: the blocks that are marked as tested, commands, and the rows of tables."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "docs" / "docsite" / "rst"
_BLOCK = r"\n\n *\.\. code-block:: {language}\n\n((?: +.*\n|\n)+)"


def guide(name: str) -> Path:
    return GUIDES / f"guide_{name}.rst"


def text(name: str) -> str:
    """The guide, with its commands in one line each."""
    return guide(name).read_text(encoding="utf-8").replace(" \\\n", " ")


def blocks(path: Path, language: str) -> list[str]:
    """The code of this language in a guide, without its indentation."""
    found = re.findall(_BLOCK.format(language=language), path.read_text(encoding="utf-8"))
    return [textwrap.dedent(block).strip("\n") + "\n" for block in found]


def tested(path: Path, name: str) -> str:
    """The code below the comment ``.. tested: NAME``."""
    marked = rf"\.\. tested: {re.escape(name)}" + _BLOCK.format(language="[a-z]+")
    (block,) = re.findall(marked, path.read_text(encoding="utf-8"))
    return textwrap.dedent(block).strip("\n") + "\n"


def rows(path: Path) -> list[list[str]]:
    """The rows of all tables in a guide, each as its cells, on one line and with code in single backticks."""
    found = re.findall(r"^   \* -.*\n(?:     .*\n)*", path.read_text(encoding="utf-8"), re.M)
    cells = [re.split(r"^ {3}(?:\* | {2})-", row, flags=re.M)[1:] for row in found]
    return [[" ".join(cell.split()).replace("``", "`") for cell in row] for row in cells]
