# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a rule of IAM evaluation (docs/iam_rules.md) is cited: in the code, and in the names of tests and of their cases.

What a module's docstring says of whole ranges of rules does not count: only a function, class or constant does. Of the
tests only names count, never a comment.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[4]
POLICY = ROOT / "plugins/module_utils/_policy"
PRINCIPAL = ROOT / "plugins/module_utils/_principal"
CODE = [*sorted(POLICY.glob("*.py")), PRINCIPAL / "requirements/questions.py", PRINCIPAL / "model/state.py"]
TESTS = [*sorted(Path(__file__).parent.glob("test_*.py")), Path(__file__).parents[1] / "test_canonical.py"]
RULES = range(1, 79)

_IN_CODE = re.compile(r"[Rr]ules? ((?:\d+(?:-\d+)?(?:, | and )?)+)")
_OF_TEST = re.compile(r"\bR(\d+(?:,\d+)*)\b|_r(\d+)(?=_)")


@dataclass(frozen=True)
class Citation:
    """``lines``: of the code that claims to implement the rule."""

    rule: int
    where: str
    lines: range


def numbers(text: str) -> set[int]:
    rules: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", text):
        rules |= set(range(int(first), int(last or first) + 1))
    return rules


def rules_of_test(name: str) -> set[int]:
    """Of a test's name, with that of its case: ``test_r76_…``, or ``test_conditions[R31 Null true, absent]``."""
    return {
        number for groups in _OF_TEST.finditer(name) for group in groups.groups() if group for number in numbers(group)
    }


def citations(path: Path) -> Iterator[Citation]:
    text = path.read_text()
    body, written = ast.parse(text).body, text.splitlines()
    # A citation may run over the end of a line.
    for groups in _IN_CODE.finditer(text):
        line = text.count("\n", 0, groups.start()) + 1
        place = place_of(line, body, written)
        if place:
            lines = _claimed(line, body, written)
            for rule in sorted(numbers(groups[1])):
                yield Citation(rule, f"{path.stem}.{place}", lines)


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _name_of(node: ast.stmt) -> str:
    """Of a function, a class or a constant; empty for anything else."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return targets[0].id if isinstance(targets[0], ast.Name) else ""


def place_of(line: int, body: list[ast.stmt], written: list[str]) -> str:
    """The function, class or constant a line stands in, or, as a comment, in front of; empty for a module's docstring."""
    for node in body:
        if _first_line(node) <= line <= (node.end_lineno or 0):
            inner = place_of(line, node.body, written) if isinstance(node, ast.ClassDef) else ""
            return ".".join(filter(None, (_name_of(node), inner)))
    after = _after(line, body) if _is_comment(line, written) else None
    return _name_of(after) if after else ""


def _claimed(line: int, body: list[ast.stmt], written: list[str]) -> range:
    """Of a comment the statement that it stands in, or else in front of; of a docstring all of its function or class."""
    around = next((node for node in body if _first_line(node) <= line <= (node.end_lineno or 0)), None)
    if around is None:
        around = _after(line, body)
    elif not _is_docstring(line, around):
        for inner in _bodies(around):
            if inner and inner[0].lineno - 1 - _comments_above(inner[0], written) < line <= (inner[-1].end_lineno or 0):
                return _claimed(line, inner, written)
    return range(around.lineno, (around.end_lineno or 0) + 1) if around else range(0)


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        inner = getattr(node, field, None)
        if isinstance(inner, list):
            yield inner
    for handler in getattr(node, "handlers", []):
        yield handler.body


def _comments_above(node: ast.stmt, written: list[str]) -> int:
    count = 0
    while _is_comment(node.lineno - 1 - count, written):
        count += 1
    return count


def _is_docstring(line: int, node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.ClassDef) or ast.get_docstring(node) is None:
        return False
    return line <= (node.body[0].end_lineno or 0)


def _is_comment(line: int, written: list[str]) -> bool:
    return written[line - 1].lstrip().startswith("#")


def _after(line: int, body: list[ast.stmt]) -> ast.stmt | None:
    return next((node for node in body if _first_line(node) > line), None)
