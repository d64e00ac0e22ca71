# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tests keep of what Ansible compiles is never that of another source."""

from __future__ import annotations

import importlib.util
import marshal
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[1] / "emulator" / "compiled" / "sitecustomize.py"


@pytest.fixture
def store(tmp_path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("compiled", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROOT, module.STORE = "/here", str(tmp_path)
    return module


def value(store: Any, source: str, filename: str = "/here/a.py") -> int:
    known: dict[str, int] = {}
    exec(store.compiled(source=source, filename=filename, mode="exec", flags=0, dont_inherit=True), known)  # noqa: S102
    return known["value"]


def test_what_is_kept_is_used_for_the_same_source_only(store: Any, tmp_path: Path):
    assert value(store, "value = 1") == 1
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(marshal.dumps(compile("value = 7", "/here/a.py", "exec")))
    assert value(store, "value = 1") == 7
    assert value(store, "value = 2") == 2
    assert value(store, "value = 1", "/here/b.py") == 1


@pytest.mark.parametrize("broken", [b"", b"\x00", b"no code"])
def test_what_cannot_be_read_is_compiled_anew(store: Any, tmp_path: Path, broken: bytes):
    value(store, "value = 1")
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(broken)
    assert value(store, "value = 1") == 1
    assert kept.read_bytes() != broken


def test_what_is_installed_for_a_test_is_not_kept(store: Any, tmp_path: Path):
    assert value(store, "value = 1", "/elsewhere/a.py") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_source_is_told_as_ever(store: Any, tmp_path: Path):
    with pytest.raises(SyntaxError):
        value(store, "value =")
    assert list(tmp_path.iterdir()) == []
