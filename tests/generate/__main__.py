# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.generate`` writes what is made from the options' one specification; ``--check`` says what is not as it would be."""

from __future__ import annotations

import sys

from tests.generate.files import ROOT, generated


def main(arguments: list[str]) -> int:
    """The exit code: 1 if a file is not up to date, or the sources do not fit together."""
    try:
        changed = [(path, text) for path, text in generated() if path.read_text(encoding="utf-8") != text]
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for path, text in changed:
        if arguments == ["--check"]:
            print(
                f"{path.relative_to(ROOT)} is not what the options and their documentation make: run `make generate`.",
                file=sys.stderr,
            )
        else:
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} is new.")
    return 1 if changed and arguments == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
