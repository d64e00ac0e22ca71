# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The index of the site that antsibull-docs writes, with a sidebar in groups: ``site_index.py DIRECTORY``.

antsibull-docs makes a heading for each section and a list of pages without a caption, which the theme shows as one long list. Here
each list gets the caption of its heading, plugins are listed by their names, and the changelog comes last.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_SECTION = re.compile(
    r"^(?P<title>[^\n]+)\n(?P<line>-{3,}|~{3,})\n(?P<text>(?:(?!^[^\n]+\n(?:-{3,}|~{3,})\n).)*?)"
    r"^\.\. toctree::\n(?P<options>(?:    :[^\n]*\n)+)\n(?P<pages>(?:    [^\n]+\n)+)",
    re.M | re.S,
)
_CAPTIONS = {
    "Callback Plugins": "Callbacks",
    "Filter Plugins": "Filters",
    "Inventory Plugins": "Inventory",
    "Lookup Plugins": "Lookups",
    "Role Index": "Role",
}
_KINDS = re.compile(r"_(module|callback|filter|inventory|lookup|role)$")


def _grouped(section: re.Match[str]) -> str:
    pages = section["pages"].split()
    hidden = ":hidden:" in section["options"]
    # What is in a hidden list stands above it with a description already.
    shown = "" if hidden else "".join(f"* :doc:`{page}`\n" for page in pages) + "\n"
    listed = "".join(f"    {_KINDS.sub('', page)} <{page}>\n" if hidden else f"    {page}\n" for page in pages)
    head = f"{section['title']}\n{section['line']}\n{section['text']}"
    caption = _CAPTIONS.get(section["title"], section["title"])
    return f"{head}{shown}.. toctree::\n    :hidden:\n    :caption: {caption}\n\n{listed}"


def grouped(index: str) -> str:
    """The text of index.rst, with its pages in groups."""
    index = _SECTION.sub(_grouped, index.replace(".. toctree::\n    :maxdepth: 1\n\n.. _", ".. _"))
    changelog = re.search(r"^\.\. _[^\n]*:\n\nChangelog\n.*?\n    changelog\n", index, re.M | re.S)
    if changelog:
        index = index.replace(changelog[0], "").rstrip("\n") + "\n\n" + changelog[0]
    return index.replace("Cloudrestore.Aws", "cloudrestore.aws")


def main(directory: Path) -> None:
    path = directory / "index.rst"
    path.write_text(grouped(path.read_text(encoding="utf-8")), encoding="utf-8")
    changelog = directory / "changelog.rst"
    text = changelog.read_text(encoding="utf-8").replace("Cloudrestore.Aws Release Notes", "Changelog")
    changelog.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
