# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pictures in docs/images: the page as the README shows it, and on a phone in the dark how a run is undone. Run as a module, it takes them anew."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, history, html_page
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run
from selenium.webdriver import Chrome

from tests.browser.chromium import chromium
from tests.unit.report import fleets, test_undo

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "drift-report.png"
UNDO = ROOT / "docs" / "images" / "undo-on-a-phone.png"
WIDTH, HEIGHT = 1440, 1400


def _remember(where: Path, days: int, results: list[dict[str, Any]]) -> None:
    """A run of so many days ago, which drifted in ever more accounts the longer ago it was."""
    when = (datetime.fromisoformat(fleets.LATER) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    drifted = [
        {**account, "result": fleets.of(fleets.three_missing(), account["account_id"])} if number < days else account
        for number, account in enumerate(results)
    ]
    content = json.dumps(history.short(when, fleets.report(drifted)["accounts"]))
    (where / f"restore_access-{when.replace(':', '')}.json").write_text(content)


def main() -> None:
    # The version that readers of the README get.
    fleets.VERSION = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    now = [account for account in fleets.many(72) if account["host"] not in ("acct-0036", "acct-0056")]
    before = [
        account
        if account["host"] not in ("acct-0002", "acct-0015", "acct-0021")
        else {**account, "result": fleets.compliant() if account["host"] != "acct-0002" else fleets.three_missing()}
        for account in now
    ]
    with tempfile.TemporaryDirectory() as directory:
        where = Path(directory)
        previous = where / "before.json"
        previous.write_bytes(build.as_json(fleets.report(before)))
        for days in range(1, 21):
            _remember(where, days, before if days < 9 else now)
        given = {"previous": str(previous), "history": str(where), "generated_at": fleets.LATER}
        report = fleets.report(now, **given)
        page = where / "report.html"
        page.write_bytes(html_page.render(report, Run(("inventory.yml",))))
        with chromium(where / "profile") as driver:
            size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            driver.get(page.as_uri())
            PICTURE.parent.mkdir(parents=True, exist_ok=True)
            driver.save_screenshot(str(PICTURE))
            _undo(driver, where)


def _undo(driver: Chrome, where: Path) -> None:
    page = where / "undo.html"
    page.write_bytes(html_page.render(test_undo.built(test_undo.fleet()).report, test_undo.RUN))
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    driver.get(page.as_uri())
    driver.execute_script("document.getElementById('run').scrollIntoView()")
    driver.save_screenshot(str(UNDO))


if __name__ == "__main__":
    main()
