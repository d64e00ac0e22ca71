# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that `make generate` writes, whole or between two comments, as they have to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role

from tests.generate.argument_specs import argument_specs
from tests.generate.references import markdown

ROOT = Path(__file__).parents[2]
ROLE = ROOT / "roles" / "restore_access"
ARGUMENT_SPECS = ROLE / "meta" / "argument_specs.yml"
README = ROLE / "README.md"
VARIABLES = ROLE / "vars" / "main.yml"
_OTHERS = "restore_access_others"
_HEADER = """\
# SPDX-License-Identifier: GPL-3.0-or-later
---
# Made by `make generate` from the options and the documentation of restore_role and restore_role_verify, and from
# tests/generate/restore_access.yml, which has what is said of the role alone. Change those.
"""
_BEGIN, _END = "Made by `make generate`, down to the end of it.", "The end of what `make generate` made."
# A line is broken behind the word that reaches this far, and yamllint lets it be 160 long.
_WIDTH = 100
# How the two comments are written, by the suffix of the file.
_COMMENT = {".md": "<!-- {} -->", ".yml": "# {}"}


class _Dumper(yaml.SafeDumper):
    """With lists indented, as yamllint asks for, and without anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def generated() -> Iterator[tuple[Path, str]]:
    """Each file with its whole text. Raises ValueError for sources that do not fit together."""
    specs = argument_specs()
    yield ARGUMENT_SPECS, _HEADER + _yaml({"argument_specs": specs})
    yield README, _between(README, "\n" + _table(specs["main"]["options"]) + "\n")
    yield VARIABLES, _between(VARIABLES, _yaml({_OTHERS: _others()}))


def _yaml(data: Mapping[str, Any]) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


def _between(path: Path, text: str) -> str:
    """What the file has, with ``text`` between the two comments."""
    begin, end = (_COMMENT[path.suffix].format(words) + "\n" for words in (_BEGIN, _END))
    before, found_begin, rest = path.read_text(encoding="utf-8").partition(begin)
    _old, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"{path.relative_to(ROOT)} has no longer the two lines {begin!r} and {end!r}.")
    return before + begin + text + end + after


def _table(options: Mapping[str, Any]) -> str:
    rows = ["| Variable | Type | What it is for |", "|---|---|---|"]
    for name, option in options.items():
        rows.append(_row(name, option))
        rows += [_row(f"{name}[].{part}", suboption) for part, suboption in option.get("options", {}).items()]
    return "\n".join(rows) + "\n"


def _row(name: str, option: Mapping[str, Any]) -> str:
    kind = f"list of {option['elements']}" if "elements" in option else option["type"]
    kind += ", required" if option.get("required") else ""
    kind += ": " + ", ".join(f"`{choice}`" for choice in option["choices"]) if "choices" in option else ""
    default = [f"Default: V({option['default']})."] if "default" in option else []
    return f"| `{name}` | {kind} | {' '.join(markdown(text) for text in [*option['description'], *default])} |"


def _others() -> list[str]:
    """The variables that the role and the playbooks use beside the options."""
    texts = [
        path.read_text(encoding="utf-8")
        for path in [*(ROOT / "playbooks").rglob("*.yml"), *(ROLE / "tasks").glob("*.yml")]
    ]
    # What the role makes of others' variables is behind what is made here.
    _before, _end, own = VARIABLES.read_text(encoding="utf-8").partition(_END)
    used = {name for text in [*texts, own] for name in re.findall(rf"\b{role.PREFIX}[a-z0-9_]+", text)}
    return sorted((used | {_OTHERS}) - role.NAMES)
