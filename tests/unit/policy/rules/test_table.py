# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every rule of IAM evaluation is cited by what implements it and by a test that shows it.

`python -m tests.unit.policy.rules.test_table` prints the table rule → code → test. What a module's docstring says of
whole ranges of rules does not count on either side: only a function, class or constant does, and a test or its case.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[4]
POLICY = ROOT / "plugins/module_utils/_policy"
PRINCIPAL = ROOT / "plugins/module_utils/_principal"
CODE = [*sorted(POLICY.glob("*.py")), PRINCIPAL / "requirements/questions.py", PRINCIPAL / "model/state.py"]
TESTS = sorted(Path(__file__).parent.glob("test_*.py"))
RULES = range(1, 79)
# Why a rule has no code of its own.
NO_CODE = {78: "laws about the engine as a whole, which no part of it could state: the tests do"}

_IN_CODE = re.compile(r"[Rr]ules? ((?:\d+(?:-\d+)?(?:, | and )?)+)")
_IN_TESTS = re.compile(r"\bR(\d+(?:,\d+)*)\b|_r(\d+)_")

Cited = dict[int, set[str]]


def numbers(text: str) -> set[int]:
    found: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", text):
        found |= set(range(int(first), int(last or first) + 1))
    return found


def lines_of(path: Path, pattern: re.Pattern[str]) -> Iterator[tuple[int, set[int]]]:
    """Line → the rules cited on it."""
    # A citation may run over the end of a line.
    text = path.read_text()
    for groups in pattern.finditer(text):
        yield text.count("\n", 0, groups.start()) + 1, numbers(" ".join(one for one in groups.groups() if one))


def first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def name_of(node: ast.stmt) -> str:
    """Of a function, a class or a constant; empty for anything else."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return targets[0].id if isinstance(targets[0], ast.Name) else ""


def place_of(line: int, body: list[ast.stmt], text: list[str]) -> str:
    """The function, class or constant a line stands in, or, as a comment, in front of; empty for a module's docstring."""
    for node in body:
        if first_line(node) <= line <= (node.end_lineno or 0):
            inner = place_of(line, node.body, text) if isinstance(node, ast.ClassDef) else ""
            return ".".join(filter(None, (name_of(node), inner)))
    if text[line - 1].lstrip().startswith("#"):
        after = next((node for node in body if first_line(node) > line), None)
        return name_of(after) if after else ""
    return ""


@cache
def in_code() -> Cited:
    found: Cited = defaultdict(set)
    for path in CODE:
        body, text = ast.parse(path.read_text()).body, path.read_text().splitlines()
        for line, rules in lines_of(path, _IN_CODE):
            place = place_of(line, body, text)
            for rule in rules if place else ():
                found[rule].add(f"{path.stem}.{place}")
    return found


def users_of(name: str, body: list[ast.stmt]) -> Iterator[str]:
    """The test of this name, or those that take their cases from a constant or function of this name."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            if name == node.name or name in used:
                yield node.name


@cache
def in_tests() -> Cited:
    found: Cited = defaultdict(set)
    for path in TESTS:
        body, text = ast.parse(path.read_text()).body, path.read_text().splitlines()
        for line, rules in lines_of(path, _IN_TESTS):
            for test in users_of(place_of(line, body, text), body):
                for rule in rules:
                    found[rule].add(f"{path.stem}.{test}")
    return found


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


if __name__ == "__main__":
    code, tests = in_code(), in_tests()
    print("| Rule | Code | Tests |\n|---|---|---|")
    for rule in RULES:
        shown = "<br>".join(sorted(code[rule])) or NO_CODE.get(rule, "")
        print(f"| {rule} | {shown} | {'<br>'.join(sorted(tests[rule]))} |")
