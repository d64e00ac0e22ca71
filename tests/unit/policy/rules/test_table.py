# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every rule of IAM evaluation is cited where it is implemented and by a test that shows it.

`python -m tests.unit.policy.rules.test_table` prints the table rule → code → test.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[4]
CODE = [*(ROOT / "plugins/module_utils/_policy").glob("*.py"), ROOT / "plugins/module_utils/_principal/questions.py"]
CODE.append(ROOT / "plugins/module_utils/_principal/state.py")
TESTS = sorted(Path(__file__).parent.glob("test_*.py"))
RULES = range(1, 79)
# Rules that are about tests, or that say what the engine does not do, have no code of their own.
NO_CODE = {
    2: "documents.as_list and statements read every scalar as a list of one",
    37: "",
    55: "",
    78: "the laws are tests",
}
_IN_CODE = re.compile(r"[Rr]ules? ((?:\d+(?:-\d+)?(?:, | and )?)+)")
_IN_TESTS = re.compile(r"\bR(\d+(?:,\d+)*)\b|_r(\d+)_")


def numbers(text: str) -> set[int]:
    found: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", text):
        found |= set(range(int(first), int(last or first) + 1))
    return found


def cited(paths: list[Path], pattern: re.Pattern[str]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for path in paths:
        for groups in pattern.finditer(path.read_text()):
            for rule in numbers(" ".join(one for one in groups.groups() if one)):
                found[rule].add(path.name)
    return found


def table() -> list[tuple[int, list[str], list[str]]]:
    code, tests = cited(CODE, _IN_CODE), cited(TESTS, _IN_TESTS)
    return [(rule, sorted(code[rule]), sorted(tests[rule])) for rule in RULES]


def test_every_rule_has_its_code_and_its_test():
    without_code = [rule for rule, code, _tests in table() if not code and rule not in NO_CODE]
    without_test = [rule for rule, _code, tests in table() if not tests]
    assert (without_code, without_test) == ([], [])


if __name__ == "__main__":
    print("| Rule | Code | Tests |\n|---|---|---|")
    for rule, code, tests in table():
        print(f"| {rule} | {', '.join(code) or '-'} | {', '.join(tests) or '-'} |")
