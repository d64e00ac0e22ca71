# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`python -m tests.mutation.rules`: does a test of rule N fail when the code that cites rule N is changed?

What cites a rule in a comment claims it for the statement at the comment, what does so in a docstring for the function
or class. A claim is shown by the first small wrong change there that a test of that rule notices; a test is one of
rule N if its name or the name of its case says so.
"""

from __future__ import annotations

import ast
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mutation import trial
from tests.mutation.__main__ import PACKAGE, ROOT, SWEEPS, equivalent, of_entry
from tests.mutation.lines import run
from tests.mutation.mutants import Mutant, Source, mutants
from tests.unit.policy.rules.citations import CODE, TESTS, Citation, citations, rules_of_test

# Children that try one claim each, side by side.
_JOBS = os.cpu_count() or 1
_FAILS_AS_IT_IS = 2


@dataclass(frozen=True)
class Claim:
    """``changes``: what may show it, the most telling first."""

    citation: Citation
    changes: tuple[Mutant, ...]

    def __str__(self) -> str:
        return f"rule {self.citation.rule}: {self.citation.where}"


def claims() -> Iterator[Claim]:
    known = equivalent()
    for path in CODE:
        every = [mutant for mutant in mutants(_source(path)) if of_entry(mutant) not in known]
        for citation in citations(path):
            inside = [mutant for mutant in every if mutant.lines.start in citation.lines]
            yield Claim(citation, tuple(sorted(inside, key=_telling)))


def _source(path: Path) -> Source:
    name = ".".join([PACKAGE, *path.relative_to(ROOT / "plugins/module_utils").with_suffix("").parts])
    file = ROOT / ".build/collections" / Path(*name.split(".")).with_suffix(".py")
    return Source(name, str(path.relative_to(ROOT)), str(file), ast.parse(path.read_text()))


def _telling(mutant: Mutant) -> tuple[bool, bool]:
    """Whoever runs through a function at all notices that it returns nothing; and loading everything anew takes long."""
    return mutant.after == "return None", not _is_quick(mutant)


def _is_quick(mutant: Mutant) -> bool:
    return mutant.source.name in sys.modules and trial.can_be_quick(mutant)


class Session:
    """Takes pytest's place once the tests are collected."""

    def __init__(self) -> None:
        self.unshown: list[str] = []
        self.shown: dict[str, str] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = [
            item
            for item in session.items
            if item.path.stem not in SWEEPS and not getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        ]
        trial.prepare()
        if _status(lambda: _all_pass(items)):
            raise RuntimeError("a test of a rule fails without any change to the code")
        by_rule: dict[int, list[pytest.Item]] = {}
        for item in items:
            for rule in rules_of_test(item.name):
                by_rule.setdefault(rule, []).append(item)
        self._show(list(claims()), by_rule)
        return True

    def _show(self, every: Sequence[Claim], by_rule: dict[int, list[pytest.Item]]) -> None:
        left = [(mutant, iter(mutant.changes)) for mutant in reversed(every)]
        running: dict[int, tuple[Claim, Iterator[Mutant], Mutant, int]] = {}
        while left or running:
            while left and len(running) < _JOBS:
                claim, changes = left.pop()
                mutant = next(changes, None)
                if mutant is None or claim.citation.rule not in by_rule:
                    self.unshown.append(str(claim))
                    continue
                child, reading = trial.in_child(_trial(mutant, by_rule[claim.citation.rule]))
                running[child] = (claim, changes, mutant, reading)
            if running:
                child, status = os.wait()
                claim, changes, mutant, reading = running.pop(child)
                with open(reading, "rb") as told:
                    name = told.read().decode()
                # Where the change makes a loop endless, the test does not come to its end to be named.
                endless = _is_quick(mutant) and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF
                if status and (name or endless):
                    self.shown[str(claim)] = f"{mutant} | {name or 'a test that never ends'}"
                else:
                    left.append((claim, changes))


def _trial(mutant: Mutant, items: Sequence[pytest.Item]) -> Callable[[Callable[[str], None]], int]:
    if _is_quick(mutant):
        return lambda tell: trial.quickly(mutant, items, {}, tell)
    return lambda tell: trial.anew(mutant, [item.nodeid for item in items], {}, tell)


def _all_pass(items: Sequence[pytest.Item]) -> int:
    return int(not all(run(item, following) for item, following in zip(items, [*items[1:], None], strict=True)))


def _status(do: Callable[[], int]) -> int:
    child, reading = trial.in_child(lambda _tell: do())
    os.close(reading)
    return os.waitpid(child, 0)[1]


def main() -> int:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    session = Session()
    pytest.main(
        [*trial.ARGUMENTS, *(str(path.relative_to(ROOT)) for path in TESTS if path.stem not in SWEEPS)],
        plugins=[session],
    )
    print(json.dumps({"shown": session.shown, "unshown": sorted(session.unshown)}, indent=1))
    return int(bool(session.unshown) or not session.shown)


if __name__ == "__main__":
    sys.exit(main())
