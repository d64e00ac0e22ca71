# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which tests run which lines of the code, and how long each takes: every test run once, as it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest
from _pytest.runner import runtestprotocol


@dataclass
class Lines:
    """``by_line``: file → line → the names of tests. ``seconds``: of each test. ``killers``: of changes to a function."""

    by_line: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]
    killers: dict[str, Counter[str]] = field(default_factory=dict)

    def of(self, file: str, lines: Iterable[int], where: str) -> list[str]:
        """The tests of these lines, or, if they run only while the module is loaded, of the module. Likeliest first.

        Then of each file the quickest, the second, and so on: one file's tests of a rule may all be slower than another's of none.
        """
        of_file = self.by_line.get(file, {})
        tests = {name for line in lines for name in of_file.get(line, ())} - {""}
        tests = tests or {name for names in of_file.values() for name in names} - {""}
        known = self.killers.setdefault(where, Counter())
        place: Counter[str] = Counter()
        places = {}
        for name in sorted(tests, key=lambda name: (self.seconds.get(name, 0), name)):
            places[name] = place[name.split("::")[0]]
            place[name.split("::")[0]] += 1
        return sorted(tests, key=lambda name: (-known[name], places[name], self.seconds.get(name, 0), name))


def run(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Whether the test passes."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def measured(items: Sequence[pytest.Item], folder: Path) -> Lines:
    """Runs every test once. Raises RuntimeError if one fails as the code stands."""
    measuring = coverage.Coverage(data_file=None, source=[str(folder)], branch=False, config_file=False)
    seconds: dict[str, float] = {}
    measuring.start()
    for item, following in zip(items, [*items[1:], None], strict=True):
        measuring.switch_context(item.nodeid)
        start = time.process_time()
        if not run(item, following):
            raise RuntimeError(f"{item.nodeid} fails without any change to the code")
        seconds[item.nodeid] = time.process_time() - start
    measuring.stop()
    data = measuring.get_data()
    return Lines({name: data.contexts_by_lineno(name) for name in data.measured_files()}, seconds)
