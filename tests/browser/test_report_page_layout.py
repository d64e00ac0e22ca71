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
