# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report's page fits what it is shown on: paper, a laptop, a phone."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from tests.browser.page import Page
from tests.unit.report import fleets

Show = Callable[..., Page]
# An object of a PDF file that is a page.
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


def pages(page: Page) -> int:
    """How many pages go to the printer."""
    pdf = page.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})
    return len(_PAGE.findall(base64.b64decode(pdf["data"])))


def test_in_print_an_open_account_goes_on_over_pages(show: Show):
    """All of it, and nothing of the list behind it."""
    denied = [
        fleets.requirement(name, "implicit_deny", reason=f"nothing grants it, place {number}", layer="identity")
        for number, name in enumerate(fleets.ACTIONS)
    ]
    results = [
        {"host": "orders", "verification": fleets.verified(*denied)},
        {"host": "payments", "result": fleets.compliant()},
    ]
    page = show(fleets.report([*results, *fleets.many(20)]))
    page.open("payments")
    assert pages(page) == 1
    page.one("#account .close").click()
    page.open("orders")
    assert len(page.all("dialog .requirements tbody tr")) >= len(denied)
    assert pages(page) > 2


def test_the_path_of_an_ou_is_readable_on_a_laptop(show: Show):
    """It takes a line for each OU in it at most, also where the matrix is wider than the screen."""
    page = show(fleets.report(fleets.many(60)), width=1280, height=800)
    lines = page.script(
        "const lines = (one) => new Set([...one.querySelectorAll('.part')].flatMap((part) => [...part.getClientRects()].map((box) => box.top))).size;"
        "return [...document.querySelectorAll('td.ou')].map((one) => [one.textContent, lines(one), one.getBoundingClientRect().height])"
    )
    assert len(lines) == 50
    for path, count, height in lines:
        assert re.fullmatch(r"/Workloads/Unit \d\d", path)
        assert count <= 2
        assert height < 60


def test_a_long_name_of_an_ou_does_not_push_the_verdicts_away(show: Show):
    results = [{"host": "orders", "ou": f"//{'Production' * 12}/", "result": fleets.three_missing()}]
    page = show(fleets.report(results), width=1280, height=800)
    assert page.texts("td.ou") == [results[0]["ou"]]
    assert page.script("return document.querySelector('td.ou').getBoundingClientRect().width") < 200


def test_on_a_phone_the_commands_of_a_cause_can_be_copied(show: Show):
    """Nothing of it is beside the screen."""
    results = [{"host": host, "result": fleets.three_missing()} for host in ("orders", "billing")]
    page = show(fleets.report(results), width=390, height=844)
    buttons = page.all("#causes .actions button")
    assert [button.text for button in buttons] == ["Show", "Copy check", "Copy apply"]
    for button in buttons:
        box = button.rect
        assert 0 <= box["x"] < box["x"] + box["width"] <= 390
    assert page.copied(buttons[1]).endswith("--check --diff")
    assert page.script("return document.documentElement.scrollWidth") == 390
