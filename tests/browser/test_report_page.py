# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report's page in a browser: found, filtered, opened, copied, by mouse and by keyboard, on every size of paper."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.page import Page
from tests.unit.report import fleets, test_history, test_undo

Show = Callable[..., Page]

SMALL = fleets.report(fleets.small())
MANY = fleets.report(fleets.many(120))
ATTENTION = {"unreachable", "failed", "blocked", "drifted", "exposed"}


def hosts(report: dict[str, Any], **wanted: str) -> list[str]:
    return [
        account["host"] for account in report["accounts"] if all(account[key] == value for key, value in wanted.items())
    ]


def test_the_first_line_is_the_verdict_for_the_fleet(show: Show):
    page = show(SMALL)
    assert (
        page.one("h1").text
        == "2 of 8 accounts are not ready for a restore, 3 could not be examined, 1 is exposed. This run fixed 1 account."
    )
    assert page.driver.title == "DynamoDB restore access"
    assert page.texts(".tile") == [
        "2 unreachable",
        "1 failed",
        "1 blocked",
        "1 drifted",
        "1 exposed",
        "1 converged",
        "1 compliant",
    ]


def test_what_is_accepted_is_listed_and_what_is_open_can_be_copied_for_it(show: Show):
    place = {"requirement": "kms:CreateGrant", "layer": "identity", "policy": "guardrail", "statement": "NoGrants"}
    own = {"reason": "moving to SCP 2", "owner": "jane", "expires": "2026-03-31"}
    denied = {"account_id": "222233334444", "result": fleets.of(fleets.denied(), "222233334444")}
    risks = [place | own | {"accounts": ["222233334444"]}, place | own | {"accounts": ["all"], "expires": "2026-01-01"}]
    page = show(fleets.report([{"host": "billing", **denied, "accepted_risks": risks}, {"host": "orders", **denied}]))
    assert page.texts(".tile") == ["1 blocked", "1 accepted", "0 compliant"]
    assert page.texts("#risks tbody tr td:first-child") == ["expired: it counts again", "accepted"]
    assert "billing" in page.texts("#risks tbody tr")[1]
    dialog = page.open("billing").text
    assert "by jane until 2026-03-31: moving to SCP 2" in dialog
    assert "Copy for accepted_risks" not in dialog
    page.driver.find_element(By.CSS_SELECTOR, "#account .close").click()
    page.open("orders")
    button = page.driver.find_element(By.XPATH, "//dialog//button[text()='Copy for accepted_risks']")
    (entry,) = json.loads(page.copied(button))
    assert entry == place | {"accounts": ["222233334444"], "reason": "", "owner": "", "expires": ""}


NOT_PROVIDED = "the organization's service control policies are not known: organization_policies was not provided"


def test_what_was_not_provided_is_one_line_and_no_alarm(show: Show):
    """No consequence is told of a requirement that is not known to be unmet, nor is it offered to be accepted."""
    open_ = [
        fleets.requirement(name, "conditional", reason="not every policy was provided", drift=False, stated=["aws:x=1"])
        for name in (*fleets.ACTIONS, "backup_service_may_assume")
    ]
    verification = fleets.verified(*open_, fleets.NOT_GIVEN, not_evaluated=[NOT_PROVIDED])
    page = show(fleets.report([{"host": "orders", "verification": verification}]))
    page.open("orders")
    told = page.texts("dialog")[0]
    assert told.count("organization_policies was not provided") == 1
    assert "36 allowed by everything that was read" in told
    assert "1 not evaluated" in told
    for false_alarm in ("AWS Backup cannot run", "What fails without them", "Copy for accepted_risks", "conditional"):
        assert false_alarm not in told
    assert "aws:x=1" in told


def test_an_account_to_be_rolled_back_says_so(show: Show):
    """It claims nothing of a restore."""
    page = show(fleets.report([{"host": "orders", "result": fleets.taken_back(check=True)}]))
    assert page.texts(".tile") == ["1 rolled back", "0 compliant"]
    text = page.open("orders").text
    assert "What a rollback would change" in text
    assert "No requirement was evaluated. A rollback would make UpdateAssumeRolePolicy.\n" in text


def test_what_a_run_made_or_left_is_told_in_sentences(show: Show):
    results = [
        {"host": "fixed", "result": fleets.no_backup_trust(check=False)},
        {"host": "absent", "result": fleets.absent(check=True)},
        {"host": "back", "result": fleets.taken_back() | {"changes": []}},
        {"host": "ready", "result": fleets.compliant()},
    ]
    page = show(fleets.report(results))
    unmet, unevaluated = "No requirement is known to be unmet.", "No requirement was evaluated."
    for host, told in (
        ("fixed", f"{unmet} The run made UpdateAssumeRolePolicy."),
        ("absent", f"{unevaluated} A run of converge would make UpdateAssumeRolePolicy."),
        ("back", f"{unevaluated} Nothing of the run was left."),
        ("ready", unmet),
    ):
        page.open(host)
        assert told in page.texts("dialog section > p")
        page.one("#account .close").click()


def test_the_matrix_has_a_row_per_account(show: Show):
    """And a cell for each requirement."""
    page = show(SMALL)
    assert page.hosts == hosts(SMALL)
    names = page.texts("#matrix thead th.requirement")
    assert len(names) == 37
    billing = dict(zip(names, page.cells("billing"), strict=True))
    assert billing.pop("kms:CreateGrant") == "explicitly denied"
    assert set(billing.values()) == {"allowed"}
    assert page.cells("refused") == []
    assert "was refused" in page.texts("tr.failed .why")[0]


def test_each_verdict_has_a_sign_of_its_own(show: Show):
    page = show(SMALL)
    signs = page.texts("#legend .sign")
    assert len(set(signs)) == len(signs) == 9


@pytest.mark.parametrize("status", ["blocked", "drifted", "failed", "compliant"])
def test_filter_by_status(show: Show, status: str):
    page = show(MANY)
    page.choose("status", status)
    expected = hosts(MANY, status=status)
    assert page.hosts == expected[:50]
    assert page.count == f"{len(expected)} of 120 accounts shown"
    assert page.texts('.tile[aria-pressed="true"] span') == [status]


def test_filter_by_what_needs_attention(show: Show):
    page = show(MANY)
    page.choose("status", "attention")
    assert page.hosts == [account["host"] for account in MANY["accounts"] if account["status"] in ATTENTION]


def test_a_tile_filters_and_pressed_again_lets_go(show: Show):
    page = show(MANY)
    page.one(".tile.drifted").click()
    assert page.hosts == hosts(MANY, status="drifted")
    page.one(".tile.drifted").click()
    assert page.count == "120 accounts, those that need attention first"


def test_filter_by_ou(show: Show):
    page = show(MANY)
    page.choose("ou", "/Workloads/Unit 07")
    assert page.hosts == hosts(MANY, ou="/Workloads/Unit 07")


def test_filter_by_requirement(show: Show):
    page = show(MANY)
    page.choose("requirement", "kms:CreateGrant")
    hosts_before = page.hosts
    assert hosts_before
    assert all(
        "allowed" not in cell
        for host in hosts_before
        for cell in [dict(zip(page.texts("thead .requirement"), page.cells(host), strict=True))["kms:CreateGrant"]]
    )
    page.choose("requirement", "appliance_can_call")
    assert page.count == "0 of 120 accounts shown"


def test_filter_by_text_takes_every_word(show: Show):
    page = show(MANY)
    page.search("guardrail NOGRANTS unit")
    assert page.hosts == [
        account["host"]
        for account in MANY["accounts"]
        if any(blocked["statement"] == "NoGrants" for blocked in account["unresolved"])
    ]
    page.search("no-such-thing")
    assert (page.hosts, page.count) == ([], "0 of 120 accounts shown")


def test_filters_add_up_and_can_be_taken_away_at_once(show: Show):
    page = show(MANY)
    page.choose("status", "drifted")
    page.choose("ou", "/Workloads/Unit 10")
    page.search("acct-00")
    expected = [
        account["host"]
        for account in MANY["accounts"]
        if account["status"] == "drifted" and account["ou"].endswith("10") and "acct-00" in account["host"]
    ]
    assert page.hosts == expected
    page.one("#filters button[type=reset]").click()
    assert page.count == "120 accounts, those that need attention first"
    assert page.one("#text").get_property("value") == ""


def test_a_cause_leads_to_its_accounts(show: Show):
    page = show(MANY)
    (row,) = [row for row in page.all("#causes tbody tr") if "kms:CreateGrant: explicit deny" in row.text]
    page.click(row.find_element(By.TAG_NAME, "button"))
    (cause,) = [cause for cause in MANY["causes"] if "kms:CreateGrant: explicit deny" in cause["cause"]]
    assert sorted(page.hosts) == cause["hosts"]
    page.click(page.one("#cause-filter button"))
    assert page.count.startswith("120 accounts")


def test_the_first_causes_are_shown_and_the_others_on_demand(show: Show):
    results = [
        {"host": f"acct-{number}", "result": {"failed": True, "msg": f"{number} is odd"}} for number in range(70)
    ]
    page = show(fleets.report(results))
    rows = "#causes tbody tr"
    assert len(page.all(rows)) == 6
    page.click(page.one("#causes .more"))
    assert len(page.all(rows)) == 56
    assert page.focused == page.all(f"{rows} button")[6]
    page.click(page.one("#causes .more"))
    assert len(page.all(rows)) == 70
    assert not page.one("#causes .more").is_displayed()


def test_pages_of_accounts_can_be_turned(show: Show):
    page = show(MANY)
    seen = page.hosts
    for _turn in range(2):
        page.click(page.one("#forth"))
        seen += page.hosts
    assert seen == hosts(MANY)
    assert not page.one("#forth").is_enabled()


def test_an_account_shows_drift_and_the_command_that_fixes_it(show: Show):
    """Beside an explanation and the diff."""
    page = show(SMALL)
    text = page.open("orders").text
    for words in ("backup_service_may_assume", "no statement names this principal", "trust", "UpdateAssumeRolePolicy"):
        assert words in text
    assert "ansible-playbook -i inventory.yml cloudrestore.aws.converge --limit orders" in text
    added = "".join(page.texts("dialog .diff .added"))
    assert "backup.amazonaws.com" in added
    assert page.texts("dialog .diff .removed") == []


def test_an_explanation_names_layer_policy_and_statement(show: Show):
    """And on what it depends."""
    page = show(fleets.report([{"host": "orders", "verification": fleets.verified(fleets.SCP_DENIES)}]))
    page.open("orders")
    names, values = page.texts("dialog td .place dt")[:6], page.texts("dialog td .place dd")[:6]
    assert dict(zip(names, values, strict=True)) == {
        "Layer": "scp",
        "Policy": "p-guardrail",
        "Statement": "OnlyHome",
        "Resource": "arn:aws:kms:*:111122223333:key/*",
        "Depends on": "aws:RequestedRegion",
        "Also involved": "SCP p-guardrail at /Workloads, statement OnlyHome",
    }


def test_requirements_that_fail_alike_are_told_together(show: Show):
    """They fail for the same reason."""
    page = show(fleets.report([{"host": "orders", "result": fleets.no_role()}]))
    page.open("orders")
    *trust, actions = page.all("dialog .requirements tbody tr")
    assert [row.text.split("\n")[0] for row in trust] == ["appliance_may_assume", "backup_service_may_assume"]
    assert "35 requirements" in actions.text
    assert "the role VeeamDynamoDBRestore does not exist" in actions.text
    assert len(actions.find_elements(By.CSS_SELECTOR, "li")) == 35


def test_everything_can_be_done_with_the_keyboard(show: Show):
    page = show(SMALL)
    page.press(Keys.TAB)
    assert page.focused.text == "Skip to the accounts"
    page.press(Keys.ENTER)
    assert page.focused.get_property("id") == "accounts"
    page.tab_to("#text").send_keys("orders")
    button = page.tab_to("button.host")
    assert button.text == "orders"
    page.press(Keys.ENTER)
    assert page.focused.text == "orders"
    assert page.focused.tag_name == "h2"
    page.press(Keys.ESCAPE)
    assert page.all("dialog[open]") == []
    assert page.focused == button


def test_the_focus_stays_in_an_open_dialog(show: Show):
    page = show(SMALL)
    page.open("billing")
    for _turn in range(15):
        page.press(Keys.TAB)
        # Between the last and the first element Chromium itself has the focus.
        assert page.script(
            "const at = document.activeElement; return at === document.body || at.closest('dialog') !== null"
        )


def test_the_arrows_in_the_dialog_lead_to_the_neighbours(show: Show):
    page = show(SMALL)
    page.open("billing")
    page.one("dialog [aria-label='Next account']").click()
    assert page.one("#account-title").text == "orders"


def test_an_address_leads_to_an_account(show: Show):
    page = show(SMALL, fragment="#account=open-door")
    assert page.one("#account-title").text == "open-door"
    assert "external_id_not_enforced" not in page.one("h1").text
    assert "high" in page.texts("dialog .severity")


def test_assistive_software_finds_tables_headers_and_labels(show: Show):
    page = show(SMALL)
    page.driver.execute_cdp_cmd("Accessibility.enable", {})
    tree = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    page.driver.execute_cdp_cmd("Accessibility.disable", {})
    seen = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]]
    roles = [role for role, _name in seen]
    assert roles.count("table") == 3
    assert {name for role, name in seen if role == "rowheader"} == set(hosts(SMALL))
    assert {"kms:CreateGrant", "Trust", "Status"} <= {name for role, name in seen if role == "columnheader"}
    assert [
        name for role, name in seen if role in ("button", "combobox", "searchbox", "dialog", "region") and not name
    ] == []
    assert {name for role, name in seen if role in ("combobox", "searchbox")} >= {
        "Text",
        "Status",
        "OU",
        "Requirement not met",
    }
    assert len(page.all("[aria-live=polite]")) == 2


CONTRAST = """
const channel = (value) => { const part = value / 255; return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; };
const light = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const found = numbers(getComputedStyle(at).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found;
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll(arguments[0])].filter((one) => one.offsetParent && one.textContent.trim()).map((one) => {
  const [first, second] = [light(numbers(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => b - a);
  return [(first + 0.05) / (second + 0.05), one.className + ': ' + one.textContent.slice(0, 30)];
}).filter(([ratio]) => ratio < 4.5);
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_enough(show: Show, scheme: str):
    page = show(SMALL)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        assert (
            page.script(
                CONTRAST, "h1, p, .badge, .tile strong, .tile span, .sign, td, th, label, button:enabled, .quiet"
            )
            == []
        )
        page.open("orders")
        assert (
            page.script(
                CONTRAST, "dialog h3, dialog p, dialog td, dialog dt, dialog dd, dialog pre span, dialog button:enabled"
            )
            == []
        )
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("report", [SMALL, fleets.report(fleets.hostile())], ids=["small", "hostile"])
@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_no_width_makes_the_page_scroll_sideways(show: Show, report: dict[str, Any], width: int):
    page = show(report, width=width, height=844)
    assert page.script("return document.documentElement.scrollWidth") <= width


def test_on_a_phone_what_is_not_met_is_named(show: Show):
    page = show(SMALL, width=390, height=844)
    named = page.script(
        "return [...document.querySelectorAll('.cell .name')].filter((one) => one.offsetParent).map((one) => one.textContent)"
    )
    assert named == ["kms:CreateGrant", "backup_service_may_assume"]
    page.open("orders")
    assert page.script("return document.querySelector('dialog').getBoundingClientRect().width") == 390


def test_in_print_every_account_of_the_filter_has_a_row(show: Show, tmp_path: Path):
    page = show(MANY)
    page.script(
        "addEventListener('beforeprint', () => { window.printed = document.querySelectorAll('#matrix tbody tr').length; })"
    )
    pdf = page.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})
    assert base64.b64decode(pdf["data"]).startswith(b"%PDF")
    assert page.script("return window.printed") == 120
    assert len(page.hosts) == 50


def test_what_changed_since_the_previous_report(show: Show, tmp_path: Path):
    path = tmp_path / "before.json"
    before = [
        {"host": "orders", "result": fleets.compliant()},
        {"host": "payments", "result": fleets.no_backup_trust()},
    ]
    path.write_bytes(build.as_json(fleets.report([*before, *fleets.small()[1:-1]])))
    page = show(fleets.report(fleets.small(), previous=str(path)))
    assert page.texts("#comparison .change") == ["1 new", "5 still open", "1 fixed", "0 no longer known"]
    page.one("#comparison .change.fixed").click()
    assert page.hosts == ["payments"]
    assert "backup_service_may_assume" in page.open("payments").text


def test_an_ou_is_filtered_with_those_below_it_and_counted(show: Show):
    results = [
        {"host": host, "ou": ou, "account_id": f"{number:012}", "result": fleets.compliant()}
        for number, (host, ou) in enumerate(
            [("a", "/W/Prod"), ("b", "/W/Prod/EU"), ("c", "/W"), ("d", "/Wide"), ("e", "")]
        )
    ]
    results[1]["result"] = fleets.no_backup_trust()
    page = show(fleets.report(results))
    assert page.texts("#units tbody tr td:nth-child(-n+4)") == [
        *("/W", "3", "1", "2"),
        *("/W/Prod", "2", "1", "1"),
        *("/W/Prod/EU", "1", "1", "\u2013"),
        *("/Wide", "1", "\u2013", "1"),
    ]
    page.choose("ou", "/W")
    assert sorted(page.hosts) == ["a", "b", "c"]
    page.choose("ou", "/W/Prod")
    assert sorted(page.hosts) == ["a", "b"]
    page.click(page.all("#units button")[3])
    assert page.hosts == ["d"]


def test_the_hosts_of_a_filter_can_be_copied_but_for_patterns(show: Show):
    results = [{"host": host, "result": fleets.three_missing()} for host in ("orders", "it's", "a*")]
    page = show(fleets.report([*results, {"host": "payments", "result": fleets.compliant()}]))
    page.choose("status", "drifted")
    assert page.copied(page.one("#copy-hosts")) == "it's\norders\n"
    assert page.texts("#said") == ["Copied without 1 account whose name is a pattern to Ansible"]
    assert page.texts("thead .ou") == page.texts("td.ou") == []


def test_the_head_of_the_matrix_fills_its_frame(show: Show):
    page = show(SMALL)
    ends = page.script(
        "const end = (one) => Math.round(one.getBoundingClientRect().right);"
        "return [end(document.querySelector('#matrix thead tr').lastChild), end(document.querySelector('#matrix table'))]"
    )
    assert ends[0] == ends[1]


def test_on_a_phone_one_account_is_one(show: Show):
    page = show(SMALL, width=390, height=844)
    after = page.script(
        "return [...document.querySelectorAll('#causes td.figure')].map((one) => getComputedStyle(one, '::after').content)"
    )
    assert '" " "account"' in after[0] or after[0] == '" account"'
    assert page.script("return getComputedStyle(document.querySelector('#causes td')).paddingTop") == "0px"


def test_how_a_run_is_undone_is_told_and_copied(show: Show):
    report = test_undo.built(test_undo.fleet()).report
    page = show(report, run=test_undo.RUN)
    assert page.one("#run h2").text == "This run, and how to undo it"
    check, apply = page.all("#run .command .copy")
    (undo,) = report["runs"][0]["undo"]
    assert [page.copied(check), page.copied(apply)] == [command["text"] for command in undo["commands"]]
    assert test_undo.CALLER in page.texts("#run details")[0]
    dialog = page.open("orders")
    assert "Undo what the run changed here" in dialog.text
    assert (
        page.one("dialog a").get_attribute("href").startswith("https://console.aws.amazon.com/iam/home#/roles/details/")
    )


def test_a_history_is_drawn_without_colour_alone(show: Show, tmp_path: Path):
    for day in (8, 19):
        test_history.run_on(day, tmp_path)
    page = show(test_history.run_on(24, tmp_path).report)
    assert page.texts("#history .told")[0].startswith("3 runs since 2026-01-09: compliant 2 to 1, drifted 1 to 1")
    dashes = page.script(
        "return [...document.querySelectorAll('#history .line polyline')].map((one) => one.getAttribute('stroke-dasharray'))"
    )
    assert len(set(dashes)) == len(dashes) == 3
    assert page.texts("#history tbody tr td:first-child")[0] == "2026-01-25 02:00:00 UTC"
    assert "since 2026-01-20 (5 days)" in "".join(page.texts("#causes tbody tr"))
