# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every rule of IAM evaluation is cited by what implements it, and a test of it fails where that is changed.

`python -m tests.unit.policy.rules.test_table` prints the table rule → code → test; `python -m tests.mutation.rules` says
by which small wrong change each citation in the code was shown to be true, and which test noticed.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.unit.policy.rules.citations import CODE, ROOT, RULES, TESTS, citations, place_of, rules_of_test

# Why a rule has no code of its own.
NO_CODE = {78: "laws about the engine as a whole, which no part of it could state: the tests do"}

Cited = dict[int, set[str]]


@cache
def in_code() -> Cited:
    cited: Cited = defaultdict(set)
    for path in CODE:
        for citation in citations(path):
            cited[citation.rule].add(citation.where)
    return cited


def users_of(name: str, body: list[ast.stmt]) -> Iterator[str]:
    """The test of this name, or those that take their cases from a constant or function of this name."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            if name == node.name or name in used:
                yield node.name


def named(path: Path) -> Iterator[tuple[str, int]]:
    """Names of tests and of cases, with their line; no comment and no docstring is among them."""
    tree = ast.parse(path.read_text())
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value, node.lineno


@cache
def in_tests() -> Cited:
    cited: Cited = defaultdict(set)
    for path in TESTS:
        text = path.read_text()
        body = ast.parse(text).body
        for name, line in named(path):
            for rule in rules_of_test(name):
                for test in users_of(place_of(line, body, text.splitlines()), body):
                    cited[rule].add(f"{path.stem}.{test}")
    return cited


def test_every_rule_has_its_code_and_its_test():
    code, tests = in_code(), in_tests()
    assert [rule for rule in RULES if rule not in code and rule not in NO_CODE] == []
    assert [rule for rule in RULES if rule not in tests] == []


def test_a_rule_without_code_says_why_and_has_none():
    code = in_code()
    assert all(len(reason) > 20 for reason in NO_CODE.values())
    assert [rule for rule in NO_CODE if rule in code] == []


def test_no_rule_is_cited_that_does_not_exist():
    assert {*in_code(), *in_tests()} <= set(RULES)


def test_a_number_in_a_comment_or_docstring_is_no_test(tmp_path: Path):
    path = tmp_path / "test_x.py"
    path.write_text('"""R1"""\nA = [("R2 a case", 1)]  # R3\n\n\ndef test_r4_x():\n    """R5"""\n    # R6\n')
    assert {rule for name, _line in named(path) for rule in rules_of_test(name)} == {2, 4}


@pytest.mark.slow
def test_a_test_of_the_rule_notices_when_the_code_of_a_rule_is_changed():
    path = [str(ROOT / ".build/collections"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    settings = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(
        [sys.executable, "-m", "tests.mutation.rules"],
        cwd=ROOT,
        env={**settings, "PYTHONPATH": os.pathsep.join(filter(None, path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.startswith("{"), run.stdout + run.stderr
    figures = json.loads(run.stdout)
    assert figures["unshown"] == []
    shown = {int(claim.split(":")[0].removeprefix("rule ")) for claim in figures["shown"]}
    assert shown == set(RULES) - set(NO_CODE)


if __name__ == "__main__":
    code, tests = in_code(), in_tests()
    print("| Rule | Code | Tests |\n|---|---|---|")
    for rule in RULES:
        shown = "<br>".join(sorted(code[rule])) or NO_CODE.get(rule, "")
        print(f"| {rule} | {shown} | {'<br>'.join(sorted(tests[rule]))} |")
