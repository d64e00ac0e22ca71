# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One browser for all tests, and a page of it for each report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import html_page
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run
from selenium.webdriver import Chrome

from tests.browser import chromium
from tests.browser.page import Page


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    missing = chromium.missing()
    if missing:
        pytest.skip(
            f"The page is not tried in a browser: {missing} not found (Debian: apt-get install chromium chromium-driver)"
        )
    with chromium.chromium(tmp_path_factory.mktemp("profile")) as driver:
        driver.execute_cdp_cmd(
            "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
        )
        yield driver


@pytest.fixture
def show(browser: Chrome, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Writes the page of a report and opens it from the disk. In the end it must have asked for nothing and have no error."""
    opened: list[Page] = []

    def open_page(
        report: dict[str, Any], fragment: str = "", width: int = 1440, height: int = 900, run: Run | None = None
    ) -> Page:
        path = tmp_path / f"report-{len(opened)}.html"
        path.write_bytes(html_page.render(report, run or Run(("inventory.yml",))))
        browser.get("about:blank")
        chromium.requests(browser)
        chromium.complaints(browser)
        mobile = width < 500
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        page = Page(browser, f"{path.as_uri()}{fragment}", report)
        opened.append(page)
        return page

    yield open_page
    for page in opened[-1:]:
        own = (page.address.split("#")[0], "data:,")
        asked = [url for url in chromium.requests(browser) if not url.startswith(own)]
        complaints = chromium.complaints(browser)
        assert page.blocked_on_purpose or (asked, complaints) == ([], [])
