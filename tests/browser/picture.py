# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/images/drift-report.png, the page as the README shows it. Run as a module, it takes the picture anew."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, html_page
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run

from tests.browser.chromium import chromium
from tests.unit.report import fleets

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "drift-report.png"
WIDTH, HEIGHT = 1440, 1400


def main() -> None:
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
        report = fleets.report(now, previous=str(previous), generated_at=fleets.LATER)
        page = where / "report.html"
        page.write_bytes(html_page.render(report, Run(("inventory.yml",))))
        with chromium(where / "profile") as driver:
            size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            driver.get(page.as_uri())
            PICTURE.parent.mkdir(parents=True, exist_ok=True)
            driver.save_screenshot(str(PICTURE))


if __name__ == "__main__":
    main()
