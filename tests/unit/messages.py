# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every text in the code of the product but docstrings, with ``…`` where a value goes in. Run as a module, it prints the long ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
GAP = "…"


def texts() -> set[str]:
    in_code = {text for path in (ROOT / "plugins").rglob("*.py") for text in of_code(path.read_text())}
    for folder in ("playbooks", "roles"):
        for path in (ROOT / folder).rglob("*.yml"):
            in_code |= {re.sub(r"{{.*?}}", GAP, text) for text in _strings(yaml.safe_load(path.read_text()))}
    return in_code


def of_code(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    parts |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            yield re.sub(r"{\w+}|%s", GAP, node.value)


def _strings(given: Any) -> Iterator[str]:
    if isinstance(given, str):
        yield " ".join(given.split())
    elif isinstance(given, dict):
        for value in given.values():
            yield from _strings(value)
    elif isinstance(given, list):
        for value in given:
            yield from _strings(value)


if __name__ == "__main__":
    for message in sorted(texts()):
        if " " in message and len(message) > 30 and "\n" not in message:
            print(message)
