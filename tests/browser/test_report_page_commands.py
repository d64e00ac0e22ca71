# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the report's page lets people copy, which is what the report has it as and nothing else."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

from ansible_collections.cloudrestore.aws.plugins.module_utils._report import html_page
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.given import Given

from tests.browser.page import Page
from tests.unit.report import fleets

Show = Callable[..., Page]


def test_policy_and_command_can_be_copied(show: Show):
    results = [{"host": "it's mine", "result": fleets.three_missing()}]
    page = show(fleets.report(results))
    page.open("it's mine")
    policy, (_check, converge) = page.one("dialog .policy .copy"), page.all("dialog .command .copy")
    assert json.loads(page.copied(policy)) == fleets.three_missing()["missing_permissions_policy"]
    copied = page.copied(converge)
    assert shlex.split(copied) == [
        "ansible-playbook",
        "-i",
        "inventory.yml",
        "cloudrestore.aws.converge",
        "--limit",
        "it's mine,",
    ]


def test_a_cause_is_copied_as_a_check_and_then_as_what_makes_the_changes(show: Show):
    """Byte for byte what the report has them as, whatever is in it."""
    given = Given(("-e", shlex.quote('{"a": "<b>&\u00e9\'$(id)"}')))
    run = Run(("my inventory.yml",), given)
    results = [{"host": host, "result": fleets.three_missing()} for host in ("it's mine", "orders")]
    report = fleets.report(results)
    page = show(report, run=run)
    buttons = page.all("#causes .actions .copy")
    assert [button.text for button in buttons] == ["Copy check", "Copy apply"]
    (cause,) = html_page.data(report, run)["causes"]
    check, apply = [page.copied(button) for button in buttons]
    assert [check, apply] == [command["text"] for command in cause["commands"]]
    assert check == f"{apply} --check --diff"
    assert shlex.split(apply)[5:] == ["it's mine,orders", "-e", '{"a": "<b>&\u00e9\'$(id)"}']
    page.open("orders")
    assert page.texts("dialog .command .copy") == ["Copy check", "Copy apply"]


def test_where_no_command_is_right_the_page_says_why(show: Show):
    results = [{"host": "a*", "result": fleets.three_missing()}]
    page = show(fleets.report(results))
    assert page.all("#causes .actions .copy") == []
    assert "No --limit can select only a*" in page.texts("#causes tbody tr")[0]
    assert "No --limit can select only a*" in page.open("a*").text
    in_awx = show(fleets.report([{"host": "orders", "result": fleets.three_missing()}]), run=Run(in_awx=True))
    assert "with the limit orders" in in_awx.open("orders").text
    assert in_awx.all(".command") == []


def test_without_a_clipboard_a_copy_goes_the_old_way(show: Show):
    page = show(fleets.report([{"host": "orders", "result": fleets.three_missing()}]))
    page.script("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    page.open("orders")
    assert page.copied(page.one("dialog .command .copy")).endswith("--limit orders --check --diff")
