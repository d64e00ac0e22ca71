# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The slices of a job are one fleet again; and beside an earlier report, what changed and what nobody knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build

from tests.unit.report import fleets
from tests.unit.report.fleets import LATER, VERSION, WHEN


def merged(*parts: Any, **given: Any) -> build.Built:
    return build.build(fleets.params(parts=list(parts), **given), VERSION, LATER)


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {account["host"]: account["status"] for account in report["accounts"]}


def test_the_slices_of_a_job_make_the_report_of_the_whole(tmp_path: Path):
    hosts = fleets.many(30)
    slices = [fleets.report(hosts[number::3]) for number in range(3)]
    path = tmp_path / "third.json"
    path.write_bytes(build.as_json(slices[2]))
    assert merged(slices[0], slices[1], str(path)).report == fleets.report(hosts)


@pytest.mark.parametrize("turned", [False, True])
def test_of_a_host_in_two_parts_the_later_one_is_taken(turned: bool):
    """The report says that."""
    old = fleets.report([{"host": "orders", "result": fleets.no_backup_trust()}])
    new = fleets.report([{"host": "orders", "result": fleets.compliant()}], generated_at=LATER)
    report = merged(*((new, old) if turned else (old, new))).report
    assert statuses(report) == {"orders": "compliant"}
    assert report["notes"] == [
        f"In more than one part: orders. Taken from the part of {LATER}, not from that of {WHEN}."
    ]


def test_results_join_the_parts_as_the_latest():
    old = fleets.report([{"host": "orders"}, {"host": "billing"}])
    result = merged(old, results=[{"host": "orders", "result": fleets.compliant()}], generated_at=LATER).report
    assert statuses(result) == {"orders": "compliant", "billing": "unreachable"}


def test_a_part_of_an_older_release_is_read():
    """Without what it does not have."""
    part = fleets.report([{"host": "orders", "result": fleets.compliant()}])
    for key in ("requirements", "diff", "ou", "evaluated"):
        del part["accounts"][0][key]
    (entry,) = merged(part).report["accounts"]
    assert (entry["ou"], entry["requirements"], entry["evaluated"]) == ("", [], True)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("/does/not/exist.json", "The report /does/not/exist.json cannot be read"),
        ([], "Part 0 of parts is not a report of this collection: it is not a JSON object"),
        ({"schema_version": 99}, "schema_version is 99, and this version reads 1"),
        ({"schema_version": 1}, "no generated_at"),
        ({"schema_version": 1, "generated_at": WHEN}, "no list of accounts"),
        (
            {"schema_version": 1, "generated_at": WHEN, "accounts": [{"host": "a", "status": "fine"}]},
            "number 0 of its accounts",
        ),
    ],
)
def test_a_part_that_is_no_report_ends_the_merge(part: Any, words: str):
    with pytest.raises(RestoreAccessError, match="report") as error:
        merged(part)
    assert words in error.value.message


def compared(tmp_path: Path, before: list[dict[str, Any]], now: list[dict[str, Any]]) -> dict[str, Any]:
    path = tmp_path / "before.json"
    path.write_bytes(build.as_json(fleets.report(before)))
    comparison: dict[str, Any] = fleets.report(now, previous=str(path), generated_at=LATER)["comparison"]
    return comparison


def test_new_fixed_and_still_open_are_told_apart(tmp_path: Path):
    backup = "backup_service_may_assume (backup.amazonaws.com)"
    before = [
        {"host": "repaired", "result": fleets.no_backup_trust()},
        {"host": "broken", "result": fleets.compliant()},
        {"host": "same", "result": fleets.denied()},
        {"host": "lost", "result": fleets.no_backup_trust()},
        {"host": "found", "result": fleets.REFUSED},
        {"host": "gone", "result": fleets.compliant()},
    ]
    now: list[dict[str, Any]] = [
        {"host": "repaired", "result": fleets.no_backup_trust(check=False)},
        {"host": "broken", "result": fleets.no_backup_trust()},
        {"host": "same", "result": fleets.denied()},
        {"host": "lost", "result": fleets.LOST},
        {"host": "found", "result": fleets.compliant()},
        {"host": "added", "result": fleets.compliant()},
    ]
    comparison = compared(tmp_path, before, now)
    nothing = {"account_id": "111122223333", "new": [], "fixed": [], "still_open": [], "unknown": [], "plan": []}
    assert {
        account["host"]: {key: value for key, value in account.items() if key != "host" and value != nothing[key]}
        for account in comparison["accounts"]
    } == {
        "repaired": {"fixed": [backup]},
        "broken": {"new": [backup], "plan": [f"+ UpdateAssumeRolePolicy on {now[1]['result']['principal']['arn']}"]},
        "same": {"still_open": ["kms:CreateGrant"]},
        "lost": {"account_id": "", "new": ["not examined"], "unknown": [backup]},
        "found": {"fixed": ["not examined"]},
    }
    assert comparison["summary"] == {"new": 2, "fixed": 2, "still_open": 1, "unknown": 1}
    assert (comparison["added"], comparison["gone"], comparison["previous_generated_at"]) == (["added"], ["gone"], WHEN)


def test_two_plans_are_told_apart_to_the_last_argument(tmp_path: Path):
    """What is to be done now and was not then, and the other way round; a run that made its changes has no plan."""
    other = fleets.no_backup_trust()
    other["plan"] = {**other["plan"], "operations_sha256": "0" * 64}
    then = {
        "moved": fleets.no_backup_trust(),
        "mended": fleets.no_backup_trust(),
        "edited": fleets.no_backup_trust(),
        "same": fleets.no_backup_trust(),
        "done": fleets.no_backup_trust(),
        "lost": fleets.no_backup_trust(),
    }
    now = {
        "moved": fleets.three_missing(),
        "mended": fleets.compliant(check=True),
        "edited": other,
        "same": fleets.no_backup_trust(),
        "done": fleets.no_backup_trust(check=False),
        "lost": fleets.REFUSED,
    }
    comparison = compared(
        tmp_path, *([{"host": host, "result": result} for host, result in of.items()] for of in (then, now))
    )
    plans = {account["host"]: account["plan"] for account in comparison["accounts"] if account["plan"]}
    assert (comparison["other_plans"], set(plans)) == (3, {"moved", "mended", "edited"})
    trust = f"UpdateAssumeRolePolicy on {then['moved']['principal']['arn']}"
    assert plans["mended"] == [f"- {trust}"]
    assert plans["edited"] == ["the same operations, with other arguments"]
    assert (plans["moved"][-1], {line[0] for line in plans["moved"][:-1]}) == (f"- {trust}", {"+"})


def test_of_a_directory_the_newest_report_of_the_name_is_taken(tmp_path: Path):
    for when, result in ((WHEN, fleets.no_backup_trust()), (LATER, fleets.compliant())):
        report = fleets.report([{"host": "orders", "result": result}], generated_at=when)
        (tmp_path / f"drift_report-{when.replace(':', '')}.json").write_bytes(build.as_json(report))
    (tmp_path / "drift_report_of_others-9.json").write_text("{}")
    report = fleets.report([], previous=str(tmp_path), name="drift_report")
    assert report["comparison"]["previous_generated_at"] == LATER


@pytest.mark.parametrize("content", [None, "not a JSON", "[]", json.dumps({"schema_version": 2})])
def test_an_unreadable_previous_report_does_not_cost_the_report(tmp_path: Path, content: str | None):
    path = tmp_path / "before.json"
    if content is not None:
        path.write_text(content)
    built = build.build(fleets.params(results=fleets.small(), previous=str(path)), VERSION, WHEN)
    (warning,) = built.warnings
    assert str(path) in warning
    assert "not compared" in warning
    assert built.report["notes"] == [warning]
    assert "comparison" not in built.report
