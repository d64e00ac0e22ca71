# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the report's page bears: values that want to be scripts, and 5,000 accounts."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.page import Page
from tests.unit.report import fleets

Show = Callable[..., Page]
SMALL = fleets.report(fleets.small())


def test_nothing_that_comes_from_aws_runs(show: Show):
    report = fleets.report(fleets.hostile(), title="</title><script>window.pwned = 1</script>")
    page = show(report)
    for number in range(len(page.hosts)):
        page.click(page.all("button.host")[number])
        page.press(Keys.ESCAPE)
    assert page.script("return typeof window.pwned") == "undefined"
    assert page.script("return document.querySelectorAll('script').length") == 2
    assert page.all("img, iframe, object, embed, svg, link:not([rel=icon])") == []
    # Only the page's own parts have attributes that a browser acts on.
    assert (
        page.script(
            "return [...document.querySelectorAll('*')].flatMap((one) => [...one.attributes]).filter((one) => /^on|^src$|^style$/.test(one.name)).length"
        )
        == 0
    )
    links = page.script("return [...document.querySelectorAll('a')].map((one) => one.getAttribute('href'))")
    assert links == ["#accounts"]


def test_a_hostile_value_is_shown_as_it_is(show: Show):
    page = show(
        fleets.report([{"host": "orders", "ou": "<b>a\u202eb", "result": {"failed": True, "msg": fleets.HOSTILE[1]}}])
    )
    assert page.texts("td.ou") == ["<b>a\\u202eb"]
    assert fleets.HOSTILE[1] in page.open("orders").text


def test_a_script_that_got_in_would_not_run_or_call_home(show: Show):
    page = show(SMALL)
    page.blocked_on_purpose = True
    page.script(
        "const one = document.createElement('script'); one.textContent = 'window.pwned = 1'; document.body.append(one)"
    )
    assert page.script("return typeof window.pwned") == "undefined"
    with socket.create_server(("127.0.0.1", 0)) as home:
        outcome = page.driver.execute_async_script(
            "const one = document.createElement('img'); one.onload = () => arguments[1]('loaded');"
            "one.onerror = () => arguments[1]('refused'); one.src = arguments[0]; document.body.append(one)",
            f"http://127.0.0.1:{home.getsockname()[1]}/",
        )
        home.settimeout(0.5)
        with pytest.raises(TimeoutError):
            home.accept()
    assert outcome == "refused"


def test_5000_accounts_can_be_worked_with(show: Show, capsys: pytest.CaptureFixture[str]):
    report = fleets.report(fleets.many(5000))
    page = show(report)
    assert page.one("h1").text.startswith(
        "1250 of 5000 accounts are not ready for a restore, 256 could not be examined"
    )
    took = {}
    actions: dict[str, tuple[str, str]] = {
        "text": ("text", "acct-49"),
        "requirement": ("requirement", "kms:CreateGrant"),
        "OU": ("ou", "/Workloads/Unit 07"),
        "status": ("status", "drifted"),
    }
    for name, (field, value) in actions.items():
        event = "input" if field == "text" else "change"
        took[name] = page.script(
            "const field = document.getElementById(arguments[0]); field.value = arguments[1]; const start = performance.now();"
            "field.dispatchEvent(new Event(arguments[2])); document.body.getBoundingClientRect(); return performance.now() - start",
            field,
            value,
            event,
        )
    drifted = [
        account
        for account in report["accounts"]
        if account["status"] == "drifted" and account["host"].startswith("acct-49")
    ]
    expected = [
        account["host"]
        for account in drifted
        if account["ou"].endswith("07") and "kms:CreateGrant" in account["missing_permissions"]
    ]
    assert page.hosts == expected
    page.one("#filters button[type=reset]").click()
    assert len(page.hosts) == 50
    timing = page.script(
        "const one = performance.getEntriesByType('navigation')[0]; return [one.loadEventEnd, one.decodedBodySize]"
    )
    with capsys.disabled():
        filters = ", ".join(f"{name} {milliseconds:.0f} ms" for name, milliseconds in took.items())
        print(f"\n5,000 accounts: {timing[1] // 1000} kB, shown in {timing[0]:.0f} ms; filters: {filters}")
