# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An account's status, from what either module returned; what nobody knows is neither allowed nor denied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.causes import causes_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run, advice
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.entry import entry_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.html_page import data
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.requirements import cells, columns_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.sentences import what
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.status import status_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.summary import summary_of

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import run, verify
from tests.unit.report import fleets
from tests.unit.report.fleets import DEPENDS, NOT_GIVEN, SCP_DENIES, params, verified

BROKEN = {"failed": True, "msg": "Account 111122223333: no credentials"}
FOUND_DRIFT = verified(SCP_DENIES, failed=True, msg="1 requirement is not met", drifted=True)
HIGH = {"finding": "trust_to_everyone", "severity": "high", "layer": "trust", "policy": "", "statement": "Odd"}
HIGH |= {"message": "Everybody may.", "remedy": "Name one."}
MEDIUM = HIGH | {"finding": "trust_to_a_whole_account", "severity": "medium", "message": "An account may."}
CONVERGED = fleets.no_backup_trust(check=False)
NO_TRUST = fleets.requirement(
    "backup_service_may_assume",
    "implicit_deny",
    subject="backup.amazonaws.com",
    reason="no statement names this principal",
    layer="trust",
)


@pytest.mark.parametrize(
    ("result", "verification", "expected"),
    [
        (None, None, "unreachable"),
        (fleets.LOST, None, "unreachable"),
        (fleets.compliant(), fleets.LOST, "unreachable"),
        ({}, None, "failed"),
        (BROKEN, None, "failed"),
        (None, BROKEN, "failed"),
        (fleets.compliant(), BROKEN, "failed"),
        (fleets.denied(), None, "blocked"),
        (fleets.no_backup_trust(), None, "drifted"),
        (fleets.no_backup_trust(check=False), None, "converged"),
        (fleets.compliant(), None, "compliant"),
        (fleets.taken_back(), None, "rolled_back"),
        (fleets.taken_back(check=True), None, "rolled_back"),
        (None, verified(), "compliant"),
        (None, verified(SCP_DENIES), "blocked"),
        (None, FOUND_DRIFT, "blocked"),
        (None, verified(NO_TRUST), "drifted"),
        (None, verified(DEPENDS), "drifted"),
        (None, verified(NOT_GIVEN), "compliant"),
        (fleets.compliant(), verified(NOT_GIVEN), "compliant"),
        (fleets.compliant(), verified(SCP_DENIES), "blocked"),
        (fleets.no_backup_trust(check=False), verified(SCP_DENIES), "blocked"),
        (fleets.no_backup_trust(), verified(NO_TRUST), "drifted"),
        (fleets.no_backup_trust(), verified(NO_TRUST, SCP_DENIES), "blocked"),
        (None, verified(findings=[HIGH]), "exposed"),
        (None, verified(findings=[MEDIUM]), "compliant"),
        (None, verified(NO_TRUST, findings=[HIGH]), "drifted"),
        (None, verified(SCP_DENIES, findings=[HIGH]), "blocked"),
        (None, verified(findings=[HIGH], failed=True, msg="exposed"), "exposed"),
        (fleets.compliant(), verified(findings=[HIGH]), "exposed"),
        (fleets.compliant(findings=[HIGH]), None, "exposed"),
        (fleets.compliant(findings="high"), None, "compliant"),
        (fleets.no_backup_trust() | {"findings": [HIGH]}, None, "drifted"),
        (CONVERGED | {"findings": [HIGH]}, None, "exposed"),
        (fleets.taken_back() | {"findings": [HIGH]}, None, "rolled_back"),
    ],
)
def test_status(result: Any, verification: Any, expected: str):
    assert status_of(result, verification) == expected


def test_what_restore_role_left_open_may_be_settled_by_the_verification():
    """By what was read of the organization."""
    members = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-own"},
        "Bool": {"aws:PrincipalIsAWSService": "false"},
    }
    deny = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": members}
    iam = fleets.world(fleets.APPLIANCE, fleets.BACKUP, deny, all=fleets.GRANTED)
    result = run(iam, fleets.OPTIONS, check=True)
    assert [left["requirement"] for left in result["unresolved"]] == ["appliance_may_assume"]
    assert status_of(result) == "blocked"
    assert status_of(result, verified(DEPENDS)) == "blocked"
    for place, expected in (("o-own", "compliant"), ("o-vendor", "blocked")):
        organization = {**scenes.NO_ORGANIZATION, "organization_id": place}
        given = {"appliance_policies": [scenes.appliance_policies(organization=organization)], "kms_keys": []}
        verification = verify(iam, {**fleets.OPTIONS, "organization_policies": scenes.NO_ORGANIZATION, **given})
        assert status_of(result, verification) == expected
        assert bool(entry_of("one", "", result, verification)["unresolved"]) is (expected == "blocked")


def test_a_purge_that_was_stopped_is_told_though_the_requirement_is_met():
    result = fleets.compliant() | {"unresolved": [NO_TRUST | {"verdict": "conditional"}]}
    assert status_of(result, verified()) == "blocked"


def test_a_lower_severity_exposes_where_it_is_asked_for():
    """It is told as a cause then, beside what is worse, and a report that is read again keeps it."""
    verified_with = verified(findings=[HIGH, MEDIUM, {**MEDIUM, "severity": "low", "message": "Look."}])
    assert status_of(None, verified(findings=[MEDIUM]), "medium") == "exposed"
    (cause,) = causes_of([entry_of("one", "", None, verified_with)])
    assert (cause["status"], cause["cause"]) == ("exposed", "Everybody may. Name one.")
    both = fleets.report([{"host": "one", "verification": verified_with}], exposed_from="medium")
    assert [cause["cause"] for cause in both["causes"]] == ["An account may. Name one.", "Everybody may. Name one."]
    again = build.build(params(parts=[both]), fleets.VERSION, fleets.LATER).report
    assert again["accounts"] == both["accounts"]


def test_an_exposed_account_says_by_what():
    """In each form of the report, and what was changed there as well."""
    entry = entry_of("one", "111122223333", CONVERGED | {"findings": [HIGH]})
    assert what(entry) == "Everybody may. Name one.; changes: UpdateAssumeRolePolicy"
    assert advice(entry, Run())["todo"] == "Fix the findings, then examine the account again."
    report = fleets.report([{"host": "one", "verification": verified(findings=[HIGH])}])
    for name in ("html", "markdown", "csv", "junit"):
        assert b"Everybody may" in build.render(name, report, Run())
    assert b'<failure type="exposed"' in build.render("junit", report, Run())
    assert report["summary"]["exposed"] == summary_of(report)["needs_attention"] == 1


def test_what_exposed_an_account_is_compared_with_an_earlier_report(tmp_path: Path):
    before = fleets.report([{"host": "one", "verification": verified(findings=[HIGH])}])
    old = tmp_path / "restore_access-2026-01-31T120000Z.json"
    old.write_text(json.dumps(before))
    results = [{"host": "one", "verification": verified()}]
    now = build.build(params(results=results, previous=str(old)), fleets.VERSION, fleets.LATER).report
    assert now["comparison"]["accounts"][0]["fixed"] == ["trust_to_everyone (Odd)"]


def verdicts(entry: dict[str, Any]) -> dict[str, str]:
    of = columns_of([entry])
    return dict(zip([column.requirement for column in of], cells(entry, of), strict=True))


def test_every_requirement_has_a_cell_in_the_order_of_a_restore():
    of = columns_of([entry_of("one", "", fleets.compliant())])
    assert len(of) == 37
    assert {column.requirement for column in of[2:]} == set(fleets.ACTIONS)
    steps = list(dict.fromkeys(column.step for column in of))
    assert steps == [
        "Trust",
        "Preflight and pickers",
        "Copy to another Region, and its clean-up",
        "Create the table and restore its data",
        "Put the settings back",
        "Clean up after a failed restore",
    ]
    assert all(column.without for column in of)


def test_a_requirement_beyond_the_guide_gets_a_column_of_its_own():
    of = columns_of(
        [
            entry_of(
                "one",
                "",
                None,
                verified(fleets.requirement("appliance_can_call"), fleets.requirement("x:Y"))
                | {"requirements": [fleets.requirement("x:Y")]},
            )
        ]
    )
    assert (of[-1].requirement, of[-1].step) == ("x:Y", "Also required")


def test_the_matrix_says_what_stands_after_the_run():
    before = verdicts(entry_of("one", "", fleets.no_backup_trust()))
    after = verdicts(entry_of("one", "", fleets.no_backup_trust(check=False)))
    assert before["backup_service_may_assume"] == "implicit_deny"
    assert after["backup_service_may_assume"] == "allowed"
    assert set(after.values()) == {"allowed"}


@pytest.mark.parametrize("result", [None, BROKEN, fleets.LOST])
def test_of_an_account_that_was_not_examined_nothing_is_claimed(result: Any):
    assert set(verdicts(entry_of("one", "", result)).values()) == {"not_evaluated"}


def test_of_a_principal_that_was_taken_back_nothing_is_claimed():
    result = run(fleets.world(fleets.APPLIANCE, fleets.BACKUP), {"name": worlds.NAME, "state": "absent"})
    assert set(verdicts(entry_of("one", "", result)).values()) == {"not_evaluated"}


def test_of_a_principal_taken_back_it_is_told_what_was_done():
    """And what was left in place."""
    planned, made = (entry_of("one", "", fleets.absent(check=check)) for check in (True, False))
    assert what(planned).startswith("would be made: UpdateAssumeRolePolicy; ")
    assert what(made).startswith("UpdateAssumeRolePolicy; ")
    assert what(planned).endswith("its trust policy contains statements that this collection did not write")
    assert what(entry_of("one", "", run(MemoryIam(), {"name": worlds.NAME, "state": "absent"}))) == (
        "nothing of this collection is left"
    )


def test_what_is_to_be_taken_back_is_no_requirement():
    """The command that is shown does it."""
    entry = entry_of("one", "", fleets.absent(check=True))
    (cause,) = causes_of([entry])
    assert cause["cause"] == "what this collection added is to be removed: UpdateAssumeRolePolicy"
    told = advice(entry, Run())
    assert told["todo"] == "Review the changes first, then make them."
    page = data(fleets.report([{"host": "one", "result": fleets.absent(check=True)}]))
    assert page["causes"][0]["commands"] == told["commands"]
    for command in told["commands"]:
        assert "-e restore_access_state=absent" in command["text"]


def test_of_an_account_rolled_back_only_what_was_done_is_told():
    """Nothing is claimed."""
    for check in (False, True):
        entry = entry_of("one", "", fleets.taken_back(check=check))
        assert set(verdicts(entry).values()) == {"not_evaluated"}
        assert what(entry) == ("would be made: " if check else "") + "UpdateAssumeRolePolicy"
    twice = fleets.taken_back() | {"changes": []}
    assert what(entry_of("one", "", twice)) == "nothing of the run was left"


def test_trust_does_not_apply_to_a_user():
    iam = MemoryIam()
    iam.add(Principal("User", worlds.NAME, inline={"all": fleets.GRANTED}))
    entry = entry_of("one", "", run(iam, {"name": worlds.NAME, "principal_type": "user"}))
    severities = verdicts(entry)
    assert entry["status"] == "compliant"
    assert severities["appliance_may_assume"] == severities["backup_service_may_assume"] == "not_applicable"
    assert severities["kms:Decrypt"] == "allowed"


def test_an_appliance_that_was_not_provided_was_not_evaluated():
    options = {"name": worlds.NAME, "appliance_principals": []}
    entry = entry_of("one", "", run(fleets.world(fleets.BACKUP, all=fleets.GRANTED), options))
    assert verdicts(entry)["appliance_may_assume"] == "not_evaluated"


def test_what_was_not_given_is_told_but_is_no_denial():
    entry = entry_of("one", "", None, verified(NOT_GIVEN))
    assert entry["drift"] == []
    assert verdicts(entry)["appliance_can_call"] == "not_evaluated"
    assert entry["status"] == "compliant"


def test_a_subject_that_was_not_evaluated_hides_behind_no_other():
    two = [
        fleets.requirement("appliance_can_call", subject="a"),
        {**NOT_GIVEN, "subject": "b"},
    ]
    entry = entry_of("one", "", None, {"requirements": two})
    assert verdicts(entry)["appliance_can_call"] == "not_evaluated"


def test_what_a_run_leaves_under_a_condition_is_no_all_clear():
    """restore_role lists only what is not met, whatever its verdict."""
    open_ = fleets.requirement("iam:PassRole", "conditional")
    entry = entry_of("one", "", fleets.compliant(drift=[open_], unresolved=[open_]))
    assert (entry["status"], verdicts(entry)["iam:PassRole"]) == ("blocked", "conditional")


def test_what_the_read_layers_allow_is_shown_apart():
    """Apart from what is allowed."""
    so_far = fleets.requirement("kms:Decrypt", "conditional", drift=False, conditions=["the organization's policies"])
    entry = entry_of("one", "", None, verified(so_far, DEPENDS))
    assert (verdicts(entry)["kms:Decrypt"], verdicts(entry)["iam:PassRole"]) == ("allowed_so_far", "conditional")


def test_only_what_is_to_be_looked_at_soon_is_in_the_sentence():
    collected = [
        {"severity": severity, "message": f"A {severity} finding.", "remedy": "Fix it."} for severity in ("high", "low")
    ]
    assert what(entry_of("one", "", None, verified(findings=collected))) == "A high finding. Fix it."


def test_a_requirement_about_several_subjects_shows_the_worst():
    two = [
        fleets.requirement("appliance_may_assume", subject="a"),
        fleets.requirement("appliance_may_assume", "implicit_deny", subject="b"),
    ]
    entry = entry_of("one", "", None, {"requirements": two})
    assert verdicts(entry)["appliance_may_assume"] == "implicit_deny"


def test_each_finding_is_reported_once():
    """It keeps its place and its remedy."""
    finding = {"finding": "external_id_not_enforced", "severity": "high", "layer": "trust", "policy": ""}
    finding |= {"statement": "Theirs", "message": "m", "remedy": "add the condition", "statement_sha256": "2f"}
    entry = entry_of("one", "", fleets.compliant(findings=[finding]), verified(findings=[finding]))
    assert entry["findings"] == [finding | {"exposes": True, "accepted": ""}]


def test_two_findings_at_two_places_are_two():
    collected = [
        {"finding": "granted_by_others", "severity": "low", "policy": name, "statement": ""} for name in ("p", "q")
    ]
    assert [finding["policy"] for finding in entry_of("one", "", None, verified(findings=collected))["findings"]] == [
        "p",
        "q",
    ]


def test_what_nobody_could_read_is_no_denial_and_no_drift():
    unread = fleets.requirement(
        "kms:Decrypt", "unreadable", reason="the organization's policies could not be read", layer="scp"
    )
    for result in (None, fleets.compliant()):
        entry = entry_of("one", "", result, verified(unread))
        assert (entry["status"], entry["message"]) == ("failed", "the organization's policies could not be read")
    assert status_of(None, verified(unread, SCP_DENIES)) == "blocked"


def test_the_state_before_is_kept_only_with_a_change():
    assert "previous" in entry_of("one", "", fleets.no_backup_trust(check=False))
    assert "previous" not in entry_of("one", "", fleets.no_backup_trust())
