# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make mutation`: do the tests notice small wrong changes to the policy engine and to the plans?

A runner of our own, since the packages to be had start the test runner anew for every change, a second each, and leave
properties and a module's constants alone. This one tries ten changes and more in that time.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import itertools
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mutation import trial
from tests.mutation.lines import Lines, measured
from tests.mutation.mutants import Mutant, Source, mutants, unchanged

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".build/mutation"
PACKAGE = "ansible_collections.cloudrestore.aws.plugins.module_utils"
# What is changed, and the tests that state the rules about it.
AREAS = {
    "policy": (
        ("_policy/*.py",),
        # Who may assume a role is stated where it is put right.
        ["tests/unit/policy"]
        + [f"tests/unit/principal/test_{name}.py" for name in ("converge", "facts", "findings", "plan_parts")]
        + [
            f"tests/unit/principal/test_{name}.py"
            for name in ("permission_ratchet", "source_account", "stated", "trust_ratchet")
        ],
    ),
    "plan": (
        (
            "_principal/plan/plan.py",
            "_principal/plan/absent.py",
            "_principal/plan/own_document.py",
            "_principal/plan/ownership.py",
            "_principal/plan/permissions.py",
            "_principal/plan/privileged.py",
            "_principal/rollback/[!r]*.py",
        ),
        [
            f"tests/unit/principal/test_{name}.py"
            for name in ("absent", "converge", "interrupted", "least_privilege", "limits", "plan_parts")
        ]
        + [
            f"tests/unit/principal/test_{name}.py"
            for name in (
                "permission_sets",
                "privileged",
                "reliability",
                "rollback",
                "rollback_gone",
                "rollback_guard",
                "rollback_identity",
                "rollback_others",
                "rollback_parts",
            )
        ]
        + [f"tests/unit/principal/test_{name}.py" for name in ("rollback_theirs", "rollback_versions", "split")]
        + ["tests/unit/principal/test_split_parts.py"]
        + [f"tests/unit/principal/test_{name}.py" for name in ("own_names", "ownership", "parts_of_others")]
        + [f"tests/unit/principal/test_{name}.py" for name in ("made_privileged", "permission_ratchet", "recorded_run")]
        + [f"tests/unit/principal/test_{name}.py" for name in ("custom_set_parts", "source_account", "trust_ratchet")],
    ),
}
# Sweeps and tests of random cases are left out: a rule ought to be stated by a test that says which.
SWEEPS = (
    "test_fuzz",
    "test_growth",
    "test_laws",
    "test_kinds",
    "test_managed_policies",
    "test_second_opinion",
    "test_table",
)
# Where the tests use the product while they are loaded, to make their tables of cases: what went unnoticed is tried anew.
WHILE_LOADED = ("policy",)
EQUIVALENT = Path(__file__).with_name("equivalent.yml")
# Seconds of computing time that a test, and all that are tried on one change, may take, as measured with coverage, which
# makes them two or three times as long: a test beyond them may well notice what is then told as unnoticed, so that the score
# is never too good. With ten, 183 of the 988 tests that run the middle of plan.py were tried on a change to it.
_SLOW = 6.0
_MOST = 120.0

Tried = dict[str, list[Mutant]]


def sources(area: str) -> list[Source]:
    folder = ROOT / "plugins/module_utils"
    sources = []
    for path in sorted(path for pattern in AREAS[area][0] for path in folder.glob(pattern)):
        name = ".".join([PACKAGE, *path.relative_to(folder).with_suffix("").parts])
        # As the import system names it, through the link to the collection.
        file = ROOT / ".build/collections" / Path(*name.split(".")).with_suffix(".py")
        sources.append(Source(name, str(path.relative_to(ROOT)), str(file), ast.parse(path.read_text())))
    return sources


def equivalent() -> dict[tuple[str, str, str, str, int], str]:
    """Changes that change nothing: which → why. Each is looked at by a person, and told one by one."""
    entries: list[dict[str, Any]] = yaml.safe_load(EQUIVALENT.read_text()) or []
    return {
        (
            entry["module"],
            entry["function"],
            str(entry["before"]),
            str(entry["after"]),
            entry.get("number", 1) - 1,
        ): entry["why"]
        for entry in entries
    }


def of_entry(mutant: Mutant) -> tuple[str, str, str, str, int]:
    return (mutant.source.path.removeprefix("plugins/module_utils/"), *mutant.key)


class Session:
    """Takes pytest's place once the tests are collected: the tests are run for every change, not once."""

    def __init__(self, area: str, given: argparse.Namespace) -> None:
        self._area, self._given, self.survivors, self.score = area, given, list[Mutant](), 0.0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [
            item
            for item in items
            if item.path.stem not in SWEEPS and not getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        ]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        lines = self._lines(session.items)
        slow = {name for name, seconds in lines.seconds.items() if seconds > _SLOW}
        say(f"{self._area}: {len(items) - len(slow)} tests, {sum(lines.seconds.values()):.0f} s when measured")
        trial.prepare()
        self._check_runner(lines, slow, items)
        known = equivalent()
        every = [mutant for source in sources(self._area) for mutant in mutants(source)]
        chosen = [mutant for mutant in every if of_entry(mutant) not in known and self._is_asked_for(mutant)]
        # In no order of the code, so that the figures on the way are a fair sample.
        random.Random(self._given.seed).shuffle(chosen)  # noqa: S311
        chosen = chosen[: self._given.sample]
        first = [choice for choice in chosen if trial.can_be_quick(choice)]
        left = self._try(first, lines, slow, items)
        rest = [choice for choice in chosen if not trial.can_be_quick(choice)]
        if self._given.roughly:
            rest, chosen = [], first
        elif self._area in WHILE_LOADED:
            left, rest = [], left + rest
        self.survivors = left + self._try(rest, lines, slow, None)
        self.score = 100 * (1 - len(self.survivors) / len(chosen)) if chosen else 100.0
        say(
            f"{self._area}: {sum(of_entry(mutant) in known for mutant in every)} of {len(every)} changes are equivalent"
        )
        say(f"{self._area}: {self.score:.1f} % of {len(chosen)} noticed")
        return True

    def _lines(self, items: Sequence[pytest.Item]) -> Lines:
        """Measured once for the same code and the same tests."""
        digest = hashlib.sha256("".join(item.nodeid for item in items).encode())
        for path in sorted({*(ROOT / "plugins/module_utils").rglob("*.py"), *(item.path for item in items)}):
            digest.update(path.read_bytes())
        kept = BUILD / f"{self._area}-{digest.hexdigest()[:16]}.json"
        if not kept.exists():
            measured_lines = _in_one_child(lambda: measured(items, ROOT / "plugins/module_utils"))
            kept.write_text(measured_lines)
        measured_lines = json.loads(kept.read_text())
        by_line = {
            file: {int(line): names for line, names in lines.items()}
            for file, lines in measured_lines["by_line"].items()
        }
        return Lines(by_line, measured_lines["seconds"])

    def _check_runner(self, lines: Lines, slow: set[str], items: dict[str, pytest.Item]) -> None:
        """A change that is none has to go unnoticed, or every figure would be worth nothing."""
        some = [unchanged(mutants(source)[-1]) for source in sources(self._area)[:1]]
        for how in (items, None):
            if len(self._try(some, lines, slow, how)) != len(some):
                raise RuntimeError("a test fails in the runner without any change to the code")

    def _is_asked_for(self, mutant: Mutant) -> bool:
        if self._given.left and str(mutant) not in _report(self._area).read_text().splitlines():
            return False
        return not self._given.only or any(word in str(mutant) for word in self._given.only)

    def _try(
        self, chosen: Sequence[Mutant], lines: Lines, slow: set[str], items: dict[str, pytest.Item] | None
    ) -> list[Mutant]:
        """Those that nobody noticed. ``items``: to try them quickly; None to load everything anew."""
        running: dict[int, tuple[Mutant, int]] = {}
        unnoticed: list[Mutant] = []
        for done, mutant in enumerate(chosen, start=1):
            if done % 100 == 0:
                how = "quickly" if items else "anew"
                say(f"{self._area}: {done} of {len(chosen)} tried {how}, {len(unnoticed)} unnoticed")
            tests = lines.of(str(ROOT / mutant.source.path), mutant.lines, _where(mutant))
            names = _affordable([name for name in tests if name not in slow], lines.seconds)
            if not names:
                unnoticed.append(mutant)
                continue
            if len(running) == self._given.jobs:
                unnoticed += _ended(running, lines)
            child, reading = trial.in_child(_trial(mutant, names, lines.seconds, items))
            running[child] = (mutant, reading)
        while running:
            unnoticed += _ended(running, lines)
        return sorted(unnoticed, key=lambda mutant: (mutant.source.path, mutant.lines.start))


def _trial(
    mutant: Mutant, names: list[str], seconds: dict[str, float], items: dict[str, pytest.Item] | None
) -> Callable[[Callable[[str], None]], int]:
    if items is None:
        return lambda tell: trial.anew(mutant, names, seconds, tell)
    chosen = [items[name] for name in names]
    return lambda tell: trial.quickly(mutant, chosen, seconds, tell)


def _affordable(names: Sequence[str], seconds: dict[str, float]) -> list[str]:
    spent = itertools.accumulate(seconds[name] for name in names)
    return [name for name, so_far in zip(names, spent, strict=True) if so_far <= _MOST]


def _where(mutant: Mutant) -> str:
    return f"{mutant.source.name}:{mutant.function}"


def _ended(running: dict[int, tuple[Mutant, int]], lines: Lines) -> Iterator[Mutant]:
    """Waits for one child."""
    child, status = os.wait()
    mutant, reading = running.pop(child)
    with open(reading, "rb") as told:
        name = told.read().decode()
    if name:
        lines.killers[_where(mutant)][name] += 1
    if status == 0:
        if not mutant.is_none:
            say(f"unnoticed: {mutant}")
        yield mutant


def _in_one_child(do: Callable[[], Lines]) -> str:
    """As JSON. In a child, so that nothing that the tests keep in memory is there when the changes are tried."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        ended = 1
        try:
            outcome = do()
            with open(writing, "w") as told:
                json.dump({"by_line": outcome.by_line, "seconds": outcome.seconds}, told)
            ended = 0
        except RuntimeError as error:
            say(str(error))
        finally:
            os._exit(ended)
    os.close(writing)
    with open(reading) as answer:
        text = answer.read()
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the tests could not be measured")
    return text


def _report(area: str) -> Path:
    return BUILD / f"{area}.txt"


def say(text: str) -> None:
    print(text, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutation MUTATION=...", description=__doc__)
    parser.add_argument("areas", nargs="*", choices=[*AREAS, []], help="policy, plan (default: both)")
    parser.add_argument("--only", nargs="+", help="changes whose file, function or code has this text in it")
    parser.add_argument("--left", action="store_true", help="only changes that nobody noticed the last time")
    parser.add_argument(
        "--roughly", action="store_true", help="only what can be tried quickly, and without trying anew"
    )
    parser.add_argument("--tests", nargs="+", help="the tests to try them on (default: all that state rules)")
    parser.add_argument("--sample", type=int, help="only so many, chosen at random, the same for the same seed")
    parser.add_argument("--seed", type=int, default=0, help="which sample: another one is a fresh measure (default: 0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--least", type=float, default=90.0, help="fails below this percentage (default: 90)")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    BUILD.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    scores = []
    for area in given.areas or list(AREAS):
        session = Session(area, given)
        pytest.main([*trial.ARGUMENTS, *(given.tests or AREAS[area][1])], plugins=[session])
        report = _report(area)
        report.write_text("".join(f"{survivor}\n" for survivor in session.survivors))
        say(f"{area}: the {len(session.survivors)} that nobody noticed are in {report.relative_to(ROOT)}")
        scores.append(session.score)
    return int(min(scores) < given.least)


if __name__ == "__main__":
    sys.exit(main())
