# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each format is, byte for byte, what is stored in tests/data/report/ (`PYTHONPATH=.build/collections python -m tests.unit.report.golden` writes it anew)."""

from __future__ import annotations

import csv
import io
import json
import random
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, terminal
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run
from jsonschema import Draft202012Validator

from tests.unit.report import fleets, golden

SCHEMA = json.loads((golden.ROOT / "docs" / "report.schema.json").read_text())


@pytest.mark.parametrize("name", golden.NAMES)
def test_the_bytes_are_those_that_are_kept(name: str):
    assert golden.rendered(name) == (golden.DATA / name).read_bytes()


@pytest.mark.parametrize("name", build.FORMATS)
def test_the_order_of_the_input_does_not_matter(name: str):
    hosts = fleets.many(40)
    first = build.render(name, fleets.report(hosts), Run(("inventory",)))
    random.Random(4).shuffle(hosts)  # noqa: S311
    assert build.render(name, fleets.report(hosts), Run(("inventory",))) == first


BACK = [{"host": "back", "result": fleets.taken_back()}, {"host": "later", "result": fleets.taken_back(check=True)}]
FLEETS = {
    "small": fleets.small(),
    "many": fleets.many(60),
    "hostile": fleets.hostile(),
    "rolled back": BACK,
    "none": [],
}


@pytest.mark.parametrize("name", FLEETS)
def test_reports_keep_to_the_published_schema(name: str, tmp_path: Any):
    path = tmp_path / "before.json"
    path.write_bytes(build.as_json(fleets.report(fleets.small())))
    report = json.loads(build.as_json(fleets.report(FLEETS[name], previous=str(path))))
    Draft202012Validator.check_schema(SCHEMA)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(report)] == []


def undescribed(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """Keys of the value that the schema does not describe."""
    schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    if isinstance(value, list):
        return [where_missing for item in value for where_missing in undescribed(item, schema.get("items", {}), where)]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    known = schema["properties"]
    return [f"{where}.{key}" for key in value if key not in known] + [
        where_missing
        for key in value.keys() & known.keys()
        for where_missing in undescribed(value[key], known[key], f"{where}.{key}")
    ]


@pytest.mark.parametrize("name", FLEETS)
def test_the_schema_describes_every_property(name: str):
    assert undescribed(fleets.report(FLEETS[name]), SCHEMA) == []


def test_the_csv_has_a_row_per_account():
    """And a column for each requirement."""
    rows = list(csv.DictReader(io.StringIO(build.render("csv", fleets.report(fleets.small()), Run()).decode())))
    assert [row["host"] for row in rows] == [
        "lost",
        "silent",
        "refused",
        "billing",
        "orders",
        "open-door",
        "repaired",
        "payments",
    ]
    by_host = {row["host"]: row for row in rows}
    assert by_host["billing"]["kms:CreateGrant"] == "explicit_deny"
    assert by_host["orders"]["backup_service_may_assume"] == "implicit_deny"
    assert by_host["refused"]["kms:CreateGrant"] == "not_evaluated"


def test_the_lines_of_the_csv_end_as_rfc_4180_has_it():
    lines = build.render("csv", fleets.report(fleets.small()), Run()).split(b"\r\n")
    assert len(lines) == 1 + 8 + 1
    assert not any(b"\r" in line or b"\n" in line for line in lines)


def test_junit_counts_failures_and_errors_apart():
    root = ElementTree.fromstring(build.render("junit", fleets.report(fleets.small()), Run()))  # noqa: S314
    # Three accounts could not be examined; two requirements are not met; one account is exposed; nothing is known of 3 times 37.
    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": str(8 * 38),
        "failures": "3",
        "errors": "3",
        "skipped": str(3 * 37),
    }
    (failure,) = [
        case
        for case in root.iter("testcase")
        if case.get("name") == "kms:CreateGrant" and case.find("failure") is not None
    ]
    assert failure.get("classname") == "billing"
    assert "policy guardrail, statement NoGrants" in failure.find("failure").get("message", "")  # type: ignore[union-attr]


def test_an_account_rolled_back_is_neither_failed_nor_ready():
    report = fleets.report(BACK)
    root = ElementTree.fromstring(build.render("junit", report, Run()))  # noqa: S314
    assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("0", "0", str(2 * 37))
    said = [case.findtext("system-out") for case in root.iter("testcase") if case.get("name") == "account"]
    assert said == ["rolled back: UpdateAssumeRolePolicy", "rolled back: would be made: UpdateAssumeRolePolicy"]
    markdown = build.render("markdown", report, Run()).decode()
    assert "2 accounts: 2 rolled" in markdown
    assert "need attention" not in markdown
    assert "rolled_back" in build.render("csv", report, Run()).decode()


def test_what_was_not_given_is_skipped_in_junit_and_no_failure():
    report = fleets.report([{"host": "orders", "verification": fleets.verified(fleets.NOT_GIVEN)}])
    root = ElementTree.fromstring(build.render("junit", report, Run()))  # noqa: S314
    assert (root.get("failures"), root.get("skipped")) == ("0", "1")


@pytest.mark.slow
def test_the_page_writes_down_once_what_accounts_share():
    few, many = (len(build.render("html", fleets.report(fleets.many(number)), Run())) for number in (100, 1000))
    # An account more is a line of numbers: its name, its ID, its status, and where the rest is.
    assert (many - few) / 900 < 100


def test_what_the_verdicts_rest_on_has_its_place_in_every_format():
    """What was not evaluated, what was stated and not read, and which accepted risk, in force or expired, is about the account."""
    place = {"requirement": "kms:Decrypt", "layer": "scp", "policy": "p-guardrail", "statement": "OnlyHome"}
    risk = place | {"accounts": ["all"], "reason": "moving", "owner": "jane", "expires": "2026-01-30"}
    open_ = fleets.requirement("iam:PassRole", "conditional", drift=False, stated=["aws:SourceVpce=vpce-1"])
    verification = fleets.verified(fleets.SCP_DENIES, open_, not_evaluated=["no SCP was provided"])
    report = fleets.report([{"host": "orders", "verification": verification, "accepted_risks": [risk]}])
    texts = {name: build.render(name, report, Run()).decode() for name in build.FORMATS}
    texts["lines"] = "\n".join(terminal.lines(report))
    for name, text in texts.items():
        assert ("vpce-1" in text, "jane" in text, "xpired" in text) == (True, True, True), name
        assert ("no SCP was provided" in text) == (name != "lines")
    (row,) = csv.DictReader(io.StringIO(texts["csv"]))
    assert row["stated"] == "aws:SourceVpce=vpce-1"
    assert row["risks"].startswith("expired: kms:Decrypt (SCP p-guardrail, statement OnlyHome), by jane")
    properties = ElementTree.fromstring(texts["junit"]).findall(".//property")  # noqa: S314
    assert [each.get("name") for each in properties] == ["accepted_risk", "not_evaluated", "stated"]
