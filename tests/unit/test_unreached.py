# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When the accounts of a play are given up that share a way to AWS: only where it failed for each of the last in the same way."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _unreached

LOST = {"endpoint": "sts.amazonaws.com", "code": "ConnectTimeoutError", "message": "timed out"}
OTHER = {**LOST, "endpoint": "iam.amazonaws.com"}
NOW = float("inf")
REFUSED = {**LOST, "code": "ProxyConnectionError"}


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    return tmp_path


def way(after: int = 3, play: str = "a-play", **connection: Any) -> _unreached.Way:
    return _unreached.way(play, connection, after)


@pytest.mark.parametrize(
    ("notes", "given_up"),
    [
        ([], False),
        ([LOST, LOST], False),
        ([LOST, LOST, LOST], True),
        ([None, LOST, LOST, LOST, LOST], True),
        ([LOST, LOST, None, LOST], False),
        ([LOST, LOST, LOST, None], False),
        ([LOST, LOST, OTHER], False),
        ([LOST, LOST, REFUSED], False),
        ([LOST, {**LOST, "message": "another one"}, LOST], True),
        ([LOST, LOST, {**LOST, "message": "x" * 100_000}], True),
    ],
)
def test_accounts_are_given_up_after_as_many_failures_of_one_kind_in_a_row(notes: list[Any], given_up: bool):
    for note in notes:
        way().note(note, NOW)
    assert (way().cause() is not None) == given_up


def test_the_cause_is_that_of_the_last_one():
    for number in range(3):
        way().note({**LOST, "message": f"number {number}"}, NOW)
    assert way().cause() == {**LOST, "message": "number 2"}


def test_failures_while_others_are_answered_are_their_own_affair():
    """A few accounts that wait for nothing hold every worker in the end, and fail one after the other."""
    begun = _unreached.clock()
    way().note(None, begun)
    for _number in range(3):
        way().note(LOST, begun)
    assert way().cause() is None
    for _number in range(3):
        way().note(LOST, _unreached.clock())
    assert way().cause() == LOST


@pytest.mark.parametrize("other", [{"play": "another"}, {"region": "cn-north-1"}, {"after": 0}])
def test_others_are_not_given_up(other: dict[str, Any]):
    """Those of another play, with other connection options, and those that are to be tried each."""
    for _number in range(3):
        way().note(LOST, NOW)
    assert way().cause() is not None
    assert way(**other).cause() is None


def test_many_workers_at_once_lose_no_line():
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _number: way(400).note(LOST, NOW), range(400)))
    assert way(400).cause() == LOST
    assert way(401).cause() is None


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\n" * 9, b'{"endpoint": 1}\n[]\nnull\n', b"no end", b"[" * 100_000 + b"\n"]
)
def test_a_broken_file_harms_nobody(content: bytes):
    way().note(LOST, NOW)
    way().path.write_bytes(content)
    assert way().cause() is None
    way().note(LOST, NOW)


def test_a_file_that_cannot_be_had_harms_nobody(own_directory: Path):
    (own_directory / "cloudrestore").write_text("in the way")
    way().note(LOST, NOW)
    assert way().cause() is None


def test_the_file_is_its_owner_s():
    way().note(LOST, NOW)
    assert way().path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(way().path.parent) == [way().path.name]
