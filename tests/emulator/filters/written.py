# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter ``written_to`` for the playbooks of tests: `ansible.builtin.copy` would start two modules, a second each, to write a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def written_to(text: str, path: str) -> str:
    """Writes ``text`` to ``path``, which only the owner can read, and is ``path``."""
    where = Path(path)
    where.touch(mode=0o600)
    where.write_text(text)
    return path


class FilterModule:
    def filters(self) -> dict[str, Callable[[str, str], str]]:
        return {"written_to": written_to}
