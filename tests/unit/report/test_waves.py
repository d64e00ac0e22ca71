# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run that was stopped between two waves: what its report says of the accounts that were not begun, and how to go on or back."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import (
    build,
    html_page,
    summary,
    terminal,
    verdict,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.given import Given
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.onward import lines

from tests.unit.report import fleets

WHY = "not begun: the run was stopped after wave 1 of 2"
STOPPED = "Stopped after wave 1 of 2: 1 account has a problem, and restore_access_stop_after is 1."
RUN = Run(("inventory.yml",), Given(("-e", "restore_access_canary=orders", "-e", "team=a")))


def stopped(**snapshot: str) -> dict[str, Any]:
    made = fleets.no_backup_trust(check=False)
    if snapshot:
        made |= {f"snapshot_{key}": value for key, value in snapshot.items()}
    results = [
        {"host": "orders", "account_id": "111122223333", "result": made, "wave": 1},
        {"host": "refused", "account_id": "333344445555", "result": fleets.REFUSED, "wave": 1},
        # What a look at all of them found is of no account that was not begun.
        {"host": "Prod Data", "account_id": "222233334444", "result": fleets.no_role(), "wave": 2, "not_begun": WHY},
        {"host": "payments", "account_id": "444455556666", "wave": 2, "not_begun": WHY},
    ]
    return fleets.report(results, notes=[STOPPED])


AT = {
    "sha256": "a" * 64,
    "file": "/srv/reports/snapshots/converge-1/111122223333-role-x.json",
    "s3": "",
    "s3_version_id": "",
}


def test_an_account_that_was_not_begun_has_a_status_of_its_own():
    report = stopped()
    assert report["summary"]["pending"] == 2
    accounts = {account["host"]: account for account in report["accounts"]}
    assert {host: (account["status"], account["wave"]) for host, account in accounts.items()} == {
        "refused": ("failed", 1),
        "Prod Data": ("pending", 2),
        "payments": ("pending", 2),
        "orders": ("converged", 1),
    }
    assert accounts["Prod Data"]["message"] == WHY
    assert accounts["Prod Data"]["changes"] == accounts["Prod Data"]["drift"] == []
    assert [cause for cause in report["causes"] if cause["status"] == "pending"] == [
        {"cause": WHY, "status": "pending", "requirements": [], "hosts": ["Prod Data", "payments"]}
    ]


def test_each_format_tells_it():
    report = stopped()
    rendered = {name: build.render(name, report, RUN).decode() for name in build.FORMATS}
    assert all(WHY in text for text in rendered.values())
    assert all(STOPPED[:25] in rendered[name] for name in ("json", "markdown", "html"))
    head, *rows = rendered["csv"].splitlines()
    place = head.split(",").index("wave")
    assert sorted(row.split(",")[0] for row in rows if ",pending," in row) == ["Prod Data", "payments"]
    assert rows[-1].split(",")[place] == "1"
    assert f'<error type="pending" message="{WHY}" />' in rendered["junit"]
    assert verdict.headline(report) == "1 of 4 accounts could not be examined, 2 not begun. This run fixed 1 account."
    assert terminal.lines(report)[-1] == "4 accounts: 1 converged, 2 pending, 1 failed"


def test_without_waves_no_format_speaks_of_them():
    report = fleets.report(fleets.small())
    assert all("wave" not in account for account in report["accounts"])
    assert "wave" not in build.render("csv", report, RUN).decode().splitlines()[0].split(",")
    assert lines(report["accounts"], RUN) == []


def words(line: str) -> list[str]:
    return shlex.split(line.strip())


def test_commands_go_on_with_what_was_not_begun_and_back_with_the_rest():
    told = lines(stopped(**AT)["accounts"], RUN)
    assert [line for line in told if not line.startswith("  ")] == [
        "To continue with 2 accounts not begun, once the problems are fixed, first as a check:",
        "To undo what this run changed in 1 account, first as a check:",
    ]
    check, on, back_check, back = (words(line) for line in told if line.startswith("  "))
    begin = ["ansible-playbook", "-i", "inventory.yml"]
    given = ["-e", "restore_access_canary=orders", "-e", "team=a"]
    assert on == [
        *begin,
        "cloudrestore.aws.converge",
        "--limit",
        "Prod Data,payments",
        *given,
        "-e",
        "restore_access_canary=",
    ]
    assert check == [*on, "--check", "--diff"]
    where = "restore_access_snapshot=/srv/reports/snapshots/converge-1"
    assert back == [*begin, "cloudrestore.aws.rollback", "--limit", "orders", *given, "-e", where]
    assert back_check == [*back, "--check", "--diff"]


@pytest.mark.parametrize("place", ["/srv/my reports/snap'shots/run", 's3://bucket/a b="c"/run'])
def test_a_place_with_blanks_or_quotes_stays_one(place: str):
    key = "s3" if place.startswith("s3") else "file"
    told = lines(stopped(**{**AT, "file": "", key: f"{place}/111122223333-role-x.json"})["accounts"], RUN)
    assert json.loads(words(told[-1])[-1]) == {"restore_access_snapshot": place}


def test_what_was_only_planned_needs_no_undoing():
    results = [
        {
            "host": "orders",
            "result": fleets.no_backup_trust() | {"snapshot_sha256": "", "snapshot_file": ""},
            "wave": 1,
        },
        {"host": "payments", "wave": 2, "not_begun": WHY},
    ]
    assert not [line for line in lines(fleets.report(results)["accounts"], RUN) if "undo" in line]


def test_in_awx_it_says_what_to_launch():
    told = lines(stopped()["accounts"], Run(in_awx=True))
    assert told == [
        "To continue with 2 accounts not begun, once the problems are fixed: This ran in AWX: launch the job template, "
        "first as a check, with the limit Prod Data,payments"
    ]


def test_the_page_has_the_commands_too():
    data = html_page.data(stopped(), RUN)
    (cause,) = [cause for cause in data["causes"] if cause["status"] == "pending"]
    assert [command["step"] for command in cause["commands"]] == ["check", "apply"]
    assert "--limit 'Prod Data,payments'" in cause["commands"][1]["text"]


def test_a_merged_report_and_the_summaries_of_slices_count_them():
    report = stopped()
    merged = build.build(fleets.params(parts=[report]), fleets.VERSION, fleets.LATER).report
    assert [account.get("wave") for account in merged["accounts"]] == [1, 2, 2, 1]
    assert merged["summary"]["pending"] == 2
    of_slices = summary.total([summary.summary_of(report), summary.summary_of(report)])
    assert (of_slices["pending"], of_slices["needs_attention"]) == (4, 6)
    older = {key: value for key, value in summary.summary_of(report).items() if key != "pending"}
    assert summary.total([older])["pending"] == 0


def test_a_later_run_that_went_on_takes_the_place_of_what_was_pending():
    later = fleets.report(
        [{"host": "payments", "account_id": "444455556666", "result": fleets.compliant()}], generated_at=fleets.LATER
    )
    merged = build.build(fleets.params(parts=[stopped(), later]), fleets.VERSION, fleets.LATER).report
    assert {account["host"]: account["status"] for account in merged["accounts"]}["payments"] == "compliant"
