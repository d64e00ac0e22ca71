# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values from AWS stay values: in no format can one become markup, a formula, a control sequence, or another cell."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, html_page, terminal
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.text import printable

from tests.unit.report import fleets

REPORT = fleets.report(fleets.hostile(), title="<script>title</script>")


def unseen(text: str) -> set[str]:
    return {
        repr(character) for character in text if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")
    }


def test_what_cannot_be_seen_is_written_out():
    assert printable("a\u202eb\x1b[2J\nc\ud800") == "a\\u202eb\\x1b[2J c\\ud800"
    assert printable("Zürich 東京 – ok") == "Zürich 東京 – ok"


@pytest.mark.parametrize("few", [True, False])
def test_a_terminal_gets_no_control_characters(few: bool):
    report = fleets.report(fleets.hostile() + (fleets.many(30) if not few else []))
    assert [line for line in terminal.lines(report) if unseen(line)] == []


def test_json_gives_back_what_came_in():
    report = json.loads(build.as_json(REPORT))
    for number, bad in enumerate(fleets.HOSTILE):
        (entry,) = [account for account in report["accounts"] if account["host"] == f"{number}{bad}"]
        assert entry["ou"] == f"/{bad}"


class Page(HTMLParser):
    """Elements, and the text of scripts, as a browser's tokenizer sees them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._inside = ""
        self.feed(page.decode("ascii"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") or tag

    def handle_data(self, data: str) -> None:
        self.texts[self._inside] = self.texts.get(self._inside, "") + data


def test_no_value_breaks_out_of_the_pages_data():
    page = Page(html_page.render(REPORT))
    harmless = Page(html_page.render(fleets.report(fleets.small())))
    assert page.elements == harmless.elements
    assert page.texts["data"].strip() == html_page._as_script_text(html_page.data(REPORT))
    assert not re.search(r"[<>&]", page.texts["data"])
    assert page.texts["title"].strip() == "<script>title</script>"


def unpacked(place: int, data: dict[str, Any], account: list[Any]) -> Any:
    """The reverse of interned.py, as page/data.js has it."""
    value = data["table"][place]
    if isinstance(value, str):
        own = {"a": account[1], "h": account[0], "x": "\ue000"}
        return re.sub("\ue000(.)", lambda match: own[match[1]], value)
    kind, *parts = value
    if kind == 2:
        return parts[0]
    whole = [unpacked(part, data, account) for part in parts]
    return whole if kind == 0 else dict(zip(whole[::2], whole[1::2], strict=True))


@pytest.mark.parametrize("fleet", [fleets.hostile(), fleets.small(), fleets.many(50)])
def test_the_page_holds_every_account_whole(fleet: list[dict[str, Any]]):
    report = fleets.report(fleet)
    data = json.loads(json.dumps(html_page.data(report)))
    for entry, account in zip(report["accounts"], data["accounts"], strict=True):
        details = unpacked(account[6], data, account)
        assert account[:2] == [entry["host"], entry["account_id"]]
        assert unpacked(account[3], data, account) == entry["ou"]
        assert {key: details[key] for key in entry.keys() & details.keys()} == {
            key: entry[key] for key in entry.keys() & details.keys()
        }


def test_a_spreadsheet_runs_nothing():
    text = build.render("csv", REPORT, Run()).decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == len(fleets.HOSTILE) + 1
    assert [cell for row in rows for cell in row if cell.lstrip()[:1] in set("=+-@\t\r") and cell] == []
    formulas = [text for text in fleets.HOSTILE if text[0] in "=+-@"]
    plain = fleets.report([{"host": formula} for formula in formulas])
    cells = [row[0] for row in csv.reader(io.StringIO(build.render("csv", plain, Run()).decode()))]
    assert sorted(cells[1:]) == sorted(f"'{formula}" for formula in formulas)


FORMULAS = [
    "x;=1+1",
    "x; +1",
    'x;"=1"',
    "a;b;@SUM(A1)",
    ";-1",
    "x;\uff1d1",
    'x;" =1"',
    ",;=1",
    "\t=1",
    "x\t=1",
    "x\r=1",
    "\n=1",
    "=1;=1",
    "|=1",
    "x|=1",
    "x| @SUM(A1)",
    "x,-1",
    ",;|\t+1",
    # A formula sign of another width, size or height.
    *(f"x;{sign}1" for sign in "\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u207a\u208c\u2212"),
    # Blank, though no blank: a Braille pattern without dots, Hangul fillers, a joiner, a selector, an accent of nothing.
    *(f"x;{unseen}=1" for unseen in "\u2800\u3164\uffa0\u115f\u1160\u034f\ufe0f\u0301\u00a0\u3000\u200b\u00ad"),
    'x;\u2800 \u3164"\ufe661',
]


@pytest.mark.parametrize("delimiter", [";", "\t", ",", "|"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula_whatever_separates_the_cells(formula: str, delimiter: str):
    """A spreadsheet in German or French separates by semicolons, and takes the commas and quotes of the file for text."""
    entry = {"host": "a", "account_id": "1", "result": {"failed": True, "msg": formula}, "ou": f"/{formula}"}
    plain = fleets.report([entry, {**entry, "host": formula}, {**entry, "host": f"b{formula}"}])
    text = build.render("csv", plain, Run()).decode()
    for line in text.splitlines():
        for cell in next(csv.reader([line], delimiter=delimiter)):
            seen = re.sub(r"^[\s\"\u2800\u3164\uffa0\u115f\u1160\u034f\ufe0f\u0301]+", "", cell)
            assert unicodedata.normalize("NFKC", seen)[:1] not in set("=+-@\u2212") or not seen, line


@pytest.mark.parametrize(
    "text", ["a-b", "a = b", "ou-ab12, x", "m\u00fcller", "\u0915\u093e", "a;b|c", '"a"', "1,5", "", "\u2800"]
)
def test_what_is_no_formula_stays_as_it_is(text: str):
    entry = {"host": "a", "account_id": "1", "result": {"failed": True, "msg": "m"}, "ou": text}
    rows = list(csv.reader(io.StringIO(build.render("csv", fleets.report([entry]), Run()).decode(), newline="")))
    assert rows[1][2] == text


def test_markdown_stays_text():
    text = build.render("markdown", REPORT, Run()).decode("utf-8")
    assert unseen(text.replace("\n", "")) == set()
    for row in [line for line in text.splitlines() if line.startswith("|")]:
        # A cell more would be a value that broke out of its own.
        assert len(re.findall(r"(?<!\\)\|", row)) in (5, 6)
    assert not re.search(r"(?<!\\)[\[`*<]", re.sub(r"^\*\*|\*\*$", "", text, flags=re.M))
    assert "://" not in text
    assert "@" not in text


def test_junit_can_be_read_whatever_it_holds():
    root = ElementTree.fromstring(build.render("junit", REPORT, Run()))  # noqa: S314
    assert len(root.findall("testsuite")) == len(fleets.HOSTILE)
    assert root.get("name") == "<script>title</script>"
