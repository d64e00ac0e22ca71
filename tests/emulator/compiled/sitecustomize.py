# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible compiles each file of a collection anew in every process: here what came of it is kept, as Python does for all others.

It is a seventh of a small playbook run, and the tests make hundreds. Python imports this by itself where ``playbook`` puts its directory
on the path; benchmark and demo do without.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.machinery
import marshal
import os
import sys
from types import CodeType
from typing import Any

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
STORE = os.path.join(ROOT, ".build", "compiled")
_LOADER = "ansible.utils.collection_loader._collection_finder"


def compiled(source: str | bytes, filename: str, mode: str, **options: Any) -> CodeType:
    """As the built-in ``compile``. What is kept is found by the whole source: one that was changed is another one."""
    if not filename.startswith(ROOT + os.sep):
        # A collection that a test has installed is at another place the next time.
        return compile(source, filename, mode, **options)  # type: ignore[no-any-return]
    text = source if isinstance(source, bytes) else source.encode()
    told = repr((sys.version, filename, mode, sorted(options.items()))).encode()
    path = os.path.join(STORE, hashlib.blake2b(told + b"\0" + text, digest_size=20).hexdigest())
    with contextlib.suppress(OSError, EOFError, ValueError, TypeError), open(path, "rb") as stored:
        kept: CodeType = marshal.load(stored)  # noqa: S302  # nobody else writes there
        return kept
    code: CodeType = compile(source, filename, mode, **options)
    with contextlib.suppress(OSError):
        os.makedirs(STORE, exist_ok=True)
        beside = f"{path}.{os.getpid()}"
        with open(beside, "wb") as stored:
            marshal.dump(code, stored)
        os.replace(beside, path)
    return code


class _Finder:
    """Waits for Ansible's loader to be imported: to import it from here would put Ansible into every Python that starts."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, _target: Any = None) -> Any:
        if name != _LOADER:
            return None
        sys.meta_path.remove(cls)  # type: ignore[arg-type]
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec and spec.loader:
            execute = spec.loader.exec_module

            def and_replace(module: Any) -> None:
                execute(module)
                module.compile = compiled

            spec.loader.exec_module = and_replace  # type: ignore[method-assign]
        return spec


if __name__ == "sitecustomize":
    sys.meta_path.insert(0, _Finder)  # type: ignore[arg-type]
