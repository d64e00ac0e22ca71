# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A test's name is short; what takes a sentence is its docstring."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
# There a name begins with the numbers of its rules, and says the rule.
RULES = TESTS / "unit" / "policy" / "rules"
LONGEST = 72


def test_names_have_at_most_72_characters():
    names = {
        name: str(path.relative_to(TESTS))
        for path in TESTS.rglob("test_*.py")
        if RULES not in path.parents
        for name in re.findall(r"^ *def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert "test_names_have_at_most_72_characters" in names
    assert {name: path for name, path in names.items() if len(name) > LONGEST} == {}
