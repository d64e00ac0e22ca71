# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""axe-core finds nothing that the page does wrong: in the list, in an account's dialog, and in the comparison; in the light, the dark and on a phone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, history

from tests.browser import axe
from tests.browser.page import Page
from tests.unit.report import fleets, test_undo

Show = Callable[..., Page]
# The page's own policy lets no other script in, and the driver needs none of it.
_RUN = """
const done = arguments[arguments.length - 1];
const where = (one) => one.nodes.map((node) => node.html.slice(0, 200));
axe.run(document, {resultTypes: ['violations']}).then((found) => done(found.violations.map((one) => [one.id, where(one)])));
"""


@pytest.fixture(scope="module")
def library() -> str:
    text, reason = axe.script()
    if not text:
        pytest.skip(f"axe-core could not be fetched: {reason}")
    return text


def violations(page: Page, library: str) -> list[list[str]]:
    page.driver.execute_script(library)
    page.driver.set_script_timeout(60)
    found: list[list[str]] = page.driver.execute_async_script(_RUN)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_list_dialog_and_comparison_have_no_violation(
    show: Show, library: str, tmp_path: Path, width: int, scheme: str
):
    before = tmp_path / "before.json"
    before.write_bytes(build.as_json(fleets.report(fleets.small()[1:])))
    results = [*fleets.small(), *test_undo.fleet()[:1], *fleets.hostile()[:3]]
    results[-4] = {**results[-4], "host": "changed"}
    short = history.short(fleets.WHEN, fleets.report(fleets.small()[2:])["accounts"])
    (tmp_path / f"converge-{fleets.WHEN.replace(':', '')}.json").write_text(json.dumps(short))
    given = {"previous": str(before), "history": str(tmp_path), "generated_at": fleets.LATER}
    report = test_undo.built(results, **given).report
    page = show(report, width=width, height=900, run=test_undo.RUN)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        assert violations(page, library) == []
        for host in ("billing", "changed", "payments"):
            page.open(host)
            assert violations(page, library) == []
            page.one("#account .close").click()
        page.click(page.one("#comparison .change.new"))
        assert violations(page, library) == []
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
