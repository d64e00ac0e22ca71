# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run ends with is short enough to be read, and the summary small enough to be handed on."""

from __future__ import annotations

import json

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import summary, terminal
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.requirements import KNOWN
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.schema import STATUSES
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.verdict import headline

from tests.unit.report import fleets

COLUMNS = [column.requirement for column in KNOWN]


def test_500_accounts_are_told_by_cause():
    lines = terminal.lines(fleets.report(fleets.many(500)))
    assert len(lines) < 40
    assert lines[-1] == "500 accounts: 324 compliant, 25 exposed, 75 drifted, 50 blocked, 25 failed, 1 unreachable"
    (line,) = [line for line in lines if "kms:CreateGrant: explicit deny" in line]
    assert line.split()[:2] == ["blocked", "25"]
    assert "policy guardrail, statement NoGrants" in line
    assert any(line.strip() == "acct-0018, acct-0038, acct-0058, acct-0078, acct-0098 and 20 more" for line in lines)


def test_the_same_failure_in_many_accounts_is_one_cause():
    report = fleets.report(fleets.many(500))
    (cause,) = [cause for cause in report["causes"] if cause["status"] == "failed"]
    assert len(cause["hosts"]) == 25
    assert "arn:aws:iam::ACCOUNT:role/OrganizationAccountAccessRole was refused" in cause["cause"]


def test_a_cause_says_how_much_its_accounts_lack():
    def lacking(*numbers: int) -> str:
        missing = [fleets.requirement(action, "implicit_deny", reason="nothing allows it") for action in fleets.ACTIONS]
        results = [{"host": str(number), "verification": fleets.verified(*missing[:number])} for number in numbers]
        (cause,) = fleets.report(results)["causes"]
        return str(cause["cause"]).split(": implicit deny", maxsplit=1)[0]

    assert lacking(2, 2) == ", ".join(column for column in COLUMNS if column in fleets.ACTIONS[:2])
    assert lacking(1, 3) == "some of " + ", ".join(column for column in COLUMNS if column in fleets.ACTIONS[:3])
    assert lacking(3, 20, 35) == "3 to 35 requirements"


def test_few_accounts_are_told_one_by_one():
    lines = terminal.lines(fleets.report(fleets.many(20)))
    assert [line.split()[0] for line in lines[1:] if line.startswith("acct")] == [
        account["host"] for account in fleets.report(fleets.many(20))["accounts"]
    ]


@pytest.mark.parametrize("width", [80, 160])
def test_lines_keep_to_the_width(width: int):
    assert max(map(len, terminal.lines(fleets.report(fleets.many(300)), width))) <= max(width, 100)


@pytest.mark.parametrize("number", [0, 1, 50, pytest.param(1000, marks=pytest.mark.slow)])
def test_the_summary_is_small_however_many_accounts(number: int):
    report = fleets.report(fleets.many(number))
    small = summary.summary_of(report)
    assert len(json.dumps(small)) < 2000
    assert small["accounts"] == number
    assert small["needs_attention"] == sum(
        account["status"] not in ("compliant", "converged") for account in report["accounts"]
    )


def test_the_summary_is_small_however_long_the_causes():
    results = [
        {"host": str(number), "result": {"failed": True, "msg": str(number) + "\U0001f600" * 500}}
        for number in range(50)
    ]
    small = summary.summary_of(fleets.report(results))
    assert len(json.dumps(small)) < 2000
    assert len(small["causes"]) + small["other_causes"] == 50


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], "No account was examined."),
        ([fleets.small()[-1]], "The one account is ready for a restore."),
        ([fleets.small()[0]], "The one account is not ready for a restore."),
        ([fleets.small()[2]], "The one account could not be examined."),
        (
            [{"host": "a", "result": fleets.taken_back()}],
            "The one account is rolled back; whether a restore works there was not evaluated.",
        ),
        (
            [{"host": host, "result": fleets.taken_back(check=True)} for host in ("a", "b")],
            "All 2 accounts are to be rolled back; whether a restore works there was not evaluated.",
        ),
        (
            [{"host": "a", "result": fleets.taken_back()}, {"host": "b", "result": fleets.compliant()}],
            "1 of 2 accounts is ready for a restore. 1 account is rolled back; whether a restore works there was not evaluated.",
        ),
        (
            [{"host": "a", "result": fleets.taken_back()}, {"host": "b", "result": fleets.no_role()}],
            "1 of 2 accounts is not ready for a restore. 1 account is rolled back; whether a restore works there was not evaluated.",
        ),
        (
            [{"host": host, "result": fleets.absent()} for host in ("a", "b")],
            "What this collection added was removed in all 2 accounts; whether a restore works there was not evaluated.",
        ),
        (
            [{"host": "a", "result": fleets.absent(check=True)}, {"host": "b", "result": fleets.compliant()}],
            "1 of 2 accounts is ready for a restore. What this collection added is to be removed in 1 account; "
            "whether a restore works there was not evaluated.",
        ),
        (
            fleets.small(),
            "2 of 8 accounts are not ready for a restore, 3 could not be examined, 1 is exposed. This run fixed 1 account.",
        ),
        (
            [{"host": "a", "result": fleets.left_open()}],
            "The one account is ready for a restore, but exposed.",
        ),
        (
            [{"host": "a", "result": fleets.left_open()}, {"host": "b", "result": fleets.compliant()}],
            "1 of 2 accounts is exposed.",
        ),
        (
            [
                {"host": "a", "verification": fleets.verified(fleets.NOT_GIVEN)},
                {"host": "b", "verification": fleets.verified()},
            ],
            "All 2 accounts are ready for a restore. 1 account is unproven: policies outside the account were not "
            "provided.",
        ),
    ],
)
def test_the_verdict_is_one_line(results: list[dict[str, object]], expected: str):
    assert headline(fleets.report(results)) == expected


def test_the_summaries_of_slices_add_up_to_that_of_the_fleet():
    results = fleets.many(60)
    whole = summary.summary_of(fleets.report(results))
    total = summary.total([summary.summary_of(fleets.report(results[number::3])) for number in range(3)])
    causes = whole.pop("causes"), total.pop("causes")
    assert {**total, "other_causes": 0} == {**whole, "other_causes": 0}
    # A slice keeps the first causes of its own; what it leaves out it counts.
    assert {cause["cause"] for cause in causes[1]} <= {cause["cause"] for cause in fleets.report(results)["causes"]}
    assert causes[1] == sorted(
        causes[1], key=lambda cause: (STATUSES.index(cause["status"]), -cause["accounts"], cause["cause"])
    )


def test_without_a_slice_nothing_adds_up_to_nothing():
    whole = summary.total([])
    assert (whole["accounts"], whole["needs_attention"], whole["causes"]) == (0, 0, [])


def test_many_slices_still_make_a_small_summary():
    """Each has causes of its own."""

    def slice_(number: int) -> dict[str, object]:
        result = {"failed": True, "msg": f"{number} " + "x" * 500}
        return summary.summary_of(fleets.report([{"host": str(number), "result": result}]))

    whole = summary.total([slice_(number) for number in range(40)])
    assert len(json.dumps(whole)) < 2000
    assert len(whole["causes"]) + whole["other_causes"] == 40 == whole["accounts"] == whole["failed"]


@pytest.mark.parametrize(
    "wrong",
    [
        "text",
        {},
        {"accounts": "3"},
        {"causes": [{}]},
        {"causes": "c"},
        {"failed": True},
        {"drifted": -1},
        {"causes": ["a"]},
    ],
)
def test_something_else_than_a_summary_does_not_add_up(wrong: object):
    good = summary.summary_of(fleets.report(fleets.small()))
    part = {**good, **wrong} if isinstance(wrong, dict) and wrong else wrong
    with pytest.raises(RestoreAccessError, match="summary number 1"):
        summary.total([good, part])


def test_an_account_with_two_principals_is_told_as_one():
    """Whatever the number of hosts; an account that nobody could tell is none of them."""
    several = [
        {"host": "role", "result": fleets.compliant()},
        {"host": "user", "result": fleets.denied()},
        {"host": "other", "result": fleets.of(fleets.compliant(), "222233334444")},
        {"host": "lost", "result": fleets.LOST},
    ]
    told = "An account with several principals counts once for each: 3 principals in 2 accounts."
    assert told in fleets.report(several)["notes"]
    assert not any("principals in" in note for note in fleets.report(several[1:])["notes"])
