# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What mypy checks of a report is what docs/report.schema.json publishes and RETURN documents: none changes without the other."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import verdicts
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, schema, summary
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.entry import entry_of
from ansible_collections.cloudrestore.aws.plugins.modules import restore_role_report

from tests.unit.report import fleets, golden

PUBLISHED = json.loads((golden.ROOT / "docs" / "report.schema.json").read_text())
DEFS = PUBLISHED["$defs"]
RETURNED = yaml.safe_load(restore_role_report.RETURN)
STATUSES = list(get_args(schema.Status))

OBJECTS = {
    "report": (schema.Report, PUBLISHED),
    "counts": (schema.Counts, PUBLISHED["properties"]["summary"]),
    "account": (schema.Entry, DEFS["account"]),
    "accepted risk": (schema.AcceptedRisk, DEFS["accepted_risk"]),
    "bound": (schema.BoundResult, DEFS["bound"]),
    "history": (schema.History, DEFS["history"]),
    "moment": (schema.Moment, DEFS["history"]["properties"]["runs"]["items"]),
    "run": (schema.RunRecord, DEFS["run"]),
    "undo": (schema.Undo, DEFS["undo"]),
    "command": (schema.Command, DEFS["command"]),
    "change": (schema.Change, DEFS["change"]),
    "decision": (schema.Decision, DEFS["decision"]),
    "requirement": (schema.Requirement, DEFS["requirement"]),
    "finding": (schema.Finding, DEFS["finding"]),
    "disagreement": (schema.Disagreement, DEFS["disagreement"]),
    "snapshot": (schema.Snapshot, DEFS["snapshot"]),
    "diff": (schema.Diff, DEFS["diff"]),
    "cause": (schema.Cause, DEFS["cause"]),
    "comparison": (schema.Comparison, DEFS["comparison"]),
    "counts of problems": (schema.KindCounts, DEFS["comparison"]["properties"]["summary"]),
    "compared account": (schema.ComparedAccount, DEFS["comparison"]["properties"]["accounts"]["items"]),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_the_keys_are_the_published_properties(name: str):
    typed, published = OBJECTS[name]
    assert typed.__required_keys__ | typed.__optional_keys__ == set(published["properties"])
    assert set(published["required"]) <= typed.__required_keys__
    # What may be missing in a report of today, nobody may count on.
    assert typed.__optional_keys__.isdisjoint(published["required"])


def test_every_published_object_has_a_type():
    objects = [schema for schema in DEFS.values() if schema.get("type") == "object"]
    assert [
        schema for schema in objects if not any(schema is published for _typed, published in OBJECTS.values())
    ] == []


def test_the_words_are_the_published_ones():
    assert STATUSES == list(schema.STATUSES) == DEFS["status"]["enum"]
    assert set(verdicts.SEVERITY) == set(DEFS["verdict"]["enum"])
    assert list(get_args(schema.Kind)) == list(schema.KINDS) == DEFS["comparison"]["properties"]["summary"]["required"]
    severities = list(get_args(schema.Severity))
    assert severities == list(schema.SEVERITIES)
    assert DEFS["finding"]["properties"]["severity"]["description"] == "{}, {} or {}.".format(*severities)
    assert list(get_args(schema.RiskState)) == DEFS["accepted_risk"]["properties"]["state"]["enum"]
    assert list(get_args(schema.Step)) == DEFS["command"]["properties"]["step"]["enum"]
    assert PUBLISHED["properties"]["schema_version"]["const"] == schema.SCHEMA_VERSION


def test_the_words_are_the_documented_ones():
    formats = yaml.safe_load(restore_role_report.DOCUMENTATION)["options"]["formats"]
    assert list(get_args(build.Format)) == list(build.FORMATS) == formats["choices"]
    assert [status for status in STATUSES if f"V({status})" not in RETURNED["statuses"]["description"]] == []


def test_what_is_returned_has_the_documented_keys():
    assert build.Returned.__required_keys__ == set(RETURNED)
    assert summary.Summary.__required_keys__ == set(RETURNED["summary"]["sample"])
    assert summary.CountedCause.__required_keys__ == set(RETURNED["summary"]["sample"]["causes"][0])
    description = " ".join(RETURNED["summary"]["description"])
    assert [key for key in summary.Summary.__optional_keys__ if f"RV(ignore:{key})" not in description] == []


@pytest.mark.parametrize(
    ("given", "kept"), [({}, False), ({"asked_for": True}, True), ({"asked_for": False}, False)], ids=str
)
def test_what_an_older_result_does_not_have_is_not_so(given: dict[str, Any], kept: bool):
    verification = fleets.verified(fleets.requirement("kms:Decrypt", "conditional", drift=False, **given))
    entry = entry_of("one", "", None, verification)
    assert [
        requirement["asked_for"] for requirement in entry["requirements"] if requirement["requirement"] == "kms:Decrypt"
    ] == [kept]
