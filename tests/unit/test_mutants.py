# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The small wrong changes that `make mutation` tries, and the list of those that change nothing."""

from __future__ import annotations

import ast

import pytest

from tests.mutation.__main__ import AREAS, equivalent, of_entry, sources
from tests.mutation.mutants import Mutant, Source, mutants


def of(text: str) -> list[Mutant]:
    return mutants(Source("m", "m.py", "m.py", ast.parse(text)))


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("x = a == b", {"a != b"}),
        ("x = a < b", {"a <= b"}),
        ("x = a in b", {"a not in b"}),
        ("x = a is b", {"a is not b"}),
        ("x = a and b", {"a or b", "a", "b"}),
        ("x = not a", {"a"}),
        ("x = a if b else c", {"not b"}),
        ("x = [a for a in b if c]", {"not c"}),
        ("x = a + 1", {"a - 1", "2"}),
        ("x = a | b", {"a", "b"}),
        ("x = True", {"False"}),
        ("x = 'word'", {"'wordXX'"}),
        ("x = 'two words'", set()),
        ("x = f'{a}b'", set()),
        ("x = [a]", {"[]"}),
        ("x = {a}", {"set()"}),
        ("x = {a: b}", {"{}"}),
        ("x = any(a)", {"all(a)"}),
        ("x = a.startswith(b)", {"a.endswith(b)"}),
        ("x = a.lower()", {"a"}),
        ("a.b()", {"pass"}),
        ("a.b = c", {"pass"}),
        ("def f():\n    return a", {"return None"}),
        ("def f():\n    return None", set()),
        ("def f():\n    raise a", {"pass"}),
        ("def f():\n    'documentation'", set()),
        ("def f(a: b[c, d]) -> e | f: ...", set()),
        ("@d(True)\nclass C:\n    a: int = 0", {"1"}),
        ("Alias = dict[str, A | B]", set()),
        ("x: TypeAlias = 'a'", set()),
    ],
)
def test_what_is_changed(text: str, changes: set[str]):
    decision = of(text)
    assert {mutant.after for mutant in decision} == changes
    for mutant in decision:
        mutant.compiled()


def test_a_change_is_made_in_its_place_only_and_taken_back():
    first, second = of("def f():\n    x = g()\n    return x == 1\n\n\ndef h():\n    return 1")[1:5:3]
    assert (first.function, second.function) == ("f", "h")
    before = ast.dump(first.source.tree)
    made: dict[str, object] = {"g": lambda: 1}
    exec(first.compiled(), made)  # noqa: S102
    assert [made[name]() for name in ("f", "h")] == [False, 1]  # type: ignore[operator]
    assert ast.dump(first.source.tree) == before


def test_each_mutant_said_to_change_nothing_exists_and_says_why():
    there = {of_entry(mutant) for area in AREAS for source in sources(area) for mutant in mutants(source)}
    told = equivalent()
    assert [entry for entry in told if entry not in there] == []
    assert all(len(why) > 20 for why in told.values())
