# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of a journal that a crash or a full disk left unfinished are passed over, and what no run leaves is refused at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import chain

from tests.unit.principal.test_recorded_run import Place, lines, ready, recorded, rewritten


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return recorded(tmp_path)


def unfinished(place: Place, *tail: bytes) -> bytes:
    """The journal without its last line."""
    return b"".join(place.journal.read_bytes().splitlines(keepends=True)[:-1]) + b"".join(tail)


@pytest.mark.parametrize(
    "tail",
    [(b'{"schema_vers',), (b'{"schema_vers', b"\n"), (b'{"schema_vers', b'\n{"sch'), (b'{"s\n', b'{"sch\n', b'{"')],
)
def test_a_disk_that_was_full_at_the_end_left_a_journal_that_is_read(place: Place, tail: tuple[bytes, ...]):
    """Each attempt ends the line that is there and may have room for no more."""
    place.journal.write_bytes(unfinished(place, *tail))
    assert "has no end" in place.undo()["left_in_place"][-1]
    assert place.iam.contents() == ready().contents()


@pytest.mark.parametrize(
    "tail", [b"\n", b"edited\n", b"[]\n", b"{}\n", b'{"outcome": 7}\n', b'edited\n{"sch\n', b"\xff\n"]
)
def test_what_is_no_line_of_a_run_at_the_end_is_refused(place: Place, tail: bytes):
    place.journal.write_bytes(unfinished(place, tail))
    place.refuses("was changed after the run, or part of it is missing: line 10 does not follow")


SIZE = 16 * 1024 * 1024
FILLINGS = [b"\n", b"x\n", b"xy\r\n", b"[]\n", b"{\n", b"{}\n", b"[" * 1000 + b"\n", b'{"outcome": "made"\n', b"\0\n"]


@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("where", ["begin", "middle", "end"])
def test_a_journal_full_of_what_is_no_line_is_refused_at_once(place: Place, filling: bytes, where: str):
    whole = place.journal.read_bytes().splitlines(keepends=True)
    at = {"begin": 0, "middle": 3, "end": len(whole)}[where]
    room = SIZE - sum(map(len, whole))
    content = b"".join([*whole[:at], filling * (room // len(filling)), *whole[at:]])
    start = time.process_time()
    with pytest.raises(OptionError, match="more than 100 of its lines are not lines of a run"):
        chain.read(content, "journal")
    assert time.process_time() - start < 2


def test_a_journal_of_one_endless_line_is_read_in_time(place: Place):
    start = time.process_time()
    assert not chain.read(unfinished(place, b'{"' + b"[" * (SIZE - 100_000)), "journal").ended
    assert time.process_time() - start < 2


def test_a_journal_of_very_many_lines_is_read_in_time(place: Place):
    entries = lines(place.journal)
    many = rewritten([*entries[:-1], *[entries[1]] * 4_000, entries[-1]])
    start = time.process_time()
    assert len(chain.read(many, "journal").entries) == len(entries) + 4_000
    assert time.process_time() - start < 10


def test_a_hundred_unfinished_lines_are_read(place: Place):
    """More than any run leaves: it ends at the first line that it cannot write before a change."""
    whole = place.journal.read_bytes().splitlines(keepends=True)
    place.journal.write_bytes(whole[0] + b'{"sch\n' * 100 + b"".join(whole[1:]))
    place.undo()
    assert place.iam.contents() == ready().contents()
