# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report remembers: a line over former runs, since when each cause is there, and how long it took to fix one."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, files, history, html_page, terminal
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run
from jsonschema import Draft202012Validator

from tests.unit.report import fleets, golden

SCHEMA = json.loads((golden.ROOT / "docs" / "report.schema.json").read_text())
DAY = 86400
ACCOUNTS = {name: f"{number}" * 12 for number, name in enumerate(("orders", "payments", "billing"), 1)}


def when(day: int) -> str:
    return (datetime(2026, 1, 1, 2) + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


def night(day: int) -> list[dict[str, Any]]:
    """orders is drifted from the 5th to the 11th day; payments is blocked from the 20th on; billing, which is called otherwise from the 15th on, is
    drifted from the 10th on, and cannot be read on the 25th."""
    orders = fleets.no_backup_trust() if 5 <= day < 12 else fleets.compliant()
    payments = fleets.denied() if day >= 20 else fleets.compliant()
    billing = fleets.REFUSED if day == 25 else fleets.three_missing() if day >= 10 else fleets.compliant()
    names = {"billing": "invoices"} if day >= 15 else {}
    return [
        {"host": names.get(host, host), "account_id": ACCOUNTS[host], "result": fleets.of(result, ACCOUNTS[host])}
        for host, result in (("orders", orders), ("payments", payments), ("billing", billing))
    ]


def run_on(day: int, directory: Path, **more: Any) -> build.Built:
    options = {"results": night(day), "history": str(directory), "generated_at": when(day), "formats": [], **more}
    built = build.build(fleets.params(**options), fleets.VERSION, when(day))
    files.write(built.content)
    return built


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, build.Report]:
    """30 nights, and the report of the last."""
    directory = tmp_path_factory.mktemp("history")
    return directory, [run_on(day, directory) for day in range(30)][-1].report


def test_thirty_nights_are_a_line(nights: tuple[Path, build.Report]):
    told = nights[1]["history"]
    assert [run["generated_at"] for run in told["runs"]] == [when(day) for day in range(30)]
    lines = {status: [run[status] for run in told["runs"]] for status in ("compliant", "drifted", "blocked", "failed")}
    assert lines["compliant"] == [3] * 5 + [2] * 5 + [1] * 2 + [2] * 8 + [1] * 10
    assert lines["blocked"] == [0] * 20 + [1] * 10
    assert lines["failed"] == [0] * 25 + [1] + [0] * 4
    assert [
        error.message for error in Draft202012Validator(SCHEMA).iter_errors(json.loads(build.as_json(nights[1])))
    ] == []


def test_a_cause_has_its_first_day_whatever_its_host_is_called(nights: tuple[Path, build.Report]):
    """Nor is it new because nobody could look for a night."""
    report = nights[1]
    first = dict(zip((cause["hosts"][0] for cause in report["causes"]), report["history"]["causes"], strict=True))
    assert first == {"payments": when(20), "invoices": when(10)}
    assert [history.seen(report, number) for number in range(2)] == [
        "since 2026-01-21 (9 days)",
        "since 2026-01-11 (19 days)",
    ]


def test_the_mean_time_to_fix_is_that_of_what_was_fixed(nights: tuple[Path, build.Report]):
    """orders was fixed after 7 days, and billing could be read again after one."""
    told = nights[1]["history"]
    assert (told["fixed"], told["mean_seconds_to_fix"]) == (2, 4 * DAY)


def test_each_format_tells_it(nights: tuple[Path, build.Report]):
    report = nights[1]
    short = "30 runs since 2026-01-01: compliant 3 to 1, drifted 0 to 1, blocked 0 to 1; 2 problems fixed, in 4.0 days on average"
    assert short in terminal.lines(report)
    assert short in build.render("markdown", report, Run()).decode()
    data = html_page.data(report)
    assert (data["history"]["told"], len(data["history"]["runs"])) == (short, 30)
    assert [cause["seen"] for cause in data["causes"]] == ["since 2026-01-21 (9 days)", "since 2026-01-11 (19 days)"]


def test_what_is_there_since_the_first_report_may_be_older(tmp_path: Path):
    run_on(20, tmp_path)
    report = run_on(21, tmp_path).report
    assert history.seen(report, 0) == "since 2026-01-21 or before (1 day)"


def test_on_a_first_look_nothing_is_said_of_time(tmp_path: Path):
    """What is new in a later run has a date, and no number of days."""
    first = run_on(19, tmp_path, formats=["markdown"])
    (markdown,) = (text.decode() for path, text in first.content.items() if path.suffix == ".md")
    assert history.in_short(first.report) == history.seen(first.report, 0) == ""
    assert "since" not in markdown
    assert "Seen" not in markdown
    later = run_on(20, tmp_path).report
    assert [history.seen(later, number) for number in range(2)] == [
        "since 2026-01-21",
        "since 2026-01-20 or before (1 day)",
    ]


def test_what_was_never_seen_is_no_line(tmp_path: Path):
    """Reports of rollbacks have nothing to show over time."""
    back = [{"host": "orders", "result": fleets.taken_back()}]
    run_on(1, tmp_path, results=back)
    built = run_on(2, tmp_path, results=back, formats=["markdown"])
    (markdown,) = (text.decode() for path, text in built.content.items() if path.suffix == ".md")
    assert html_page.data(built.report)["history"]["told"] == history.in_short(built.report) == ""
    assert "runs since" not in "\n".join([*terminal.lines(built.report), markdown])
    run_on(3, tmp_path, results=night(7)[:1])
    assert history.in_short(run_on(4, tmp_path, results=back).report) == "4 runs since 2026-01-02: drifted 0 to 0"


def test_what_was_fixed_at_once_has_no_average(tmp_path: Path):
    for hour, results in ((2, night(7)), (3, night(0)), (4, night(7))):
        report = run_on(1, tmp_path, results=results, generated_at=f"2026-01-02T0{hour}:00:00Z").report
    assert report["history"]["fixed"] == 1
    assert history.in_short(report).endswith("; 1 problem fixed")
    assert history.seen(report, 0) == "since 2026-01-02"


def test_whole_reports_are_a_history_too(nights: tuple[Path, build.Report], tmp_path: Path):
    """What was kept in short may be lost, where the reports are there."""
    for day in range(29):
        whole = build.build(fleets.params(results=night(day), generated_at=when(day)), fleets.VERSION, when(day)).report
        (tmp_path / f"restore_access-{when(day).replace(':', '')}.json").write_bytes(build.as_json(whole))
    assert run_on(29, tmp_path).report["history"] == nights[1]["history"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"schema_version": 9}', b'{"history_version": 1, "accounts": 7}']
)
def test_a_file_that_is_none_costs_no_report(content: bytes, tmp_path: Path):
    (tmp_path / f"restore_access-{when(1).replace(':', '')}.json").write_bytes(content)
    (tmp_path / "restore_access-latest.json").write_bytes(b"of somebody else")
    built = run_on(2, tmp_path)
    assert built.report["summary"]["accounts"] == 3
    assert len(built.warnings) == (b"history_version" not in content)
    assert all("The history does not include it." in warning for warning in built.warnings)


def test_what_is_accepted_is_not_fixed(tmp_path: Path):
    place = {"requirement": "kms:CreateGrant", "layer": "identity", "policy": "guardrail", "statement": "NoGrants"}
    risk = place | {"accounts": ["all"], "reason": "r", "owner": "jane", "expires": "2026-01-23"}
    for day in (20, 21, 22):
        run_on(day, tmp_path, results=[{**night(day)[1], "accepted_risks": [risk]}])
    report = run_on(29, tmp_path, results=night(29)[1:2]).report
    assert (report["history"]["fixed"], len(report["history"]["causes"])) == (0, 1)
    assert run_on(30, tmp_path, results=night(0)[1:2]).report["history"]["fixed"] == 1


def test_the_newest_ninety_are_read(tmp_path: Path):
    for day in range(95):
        short = history.short(when(day), [])
        (tmp_path / f"restore_access-{when(day).replace(':', '')}.json").write_text(json.dumps(short))
    assert len(run_on(95, tmp_path).report["history"]["runs"]) == history.MOST
