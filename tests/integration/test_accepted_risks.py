# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""restore_access_accepted_risks, through the playbooks: a known blocked account no longer fails the nightly run, and nothing else passes with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import playbook
from tests.emulator.organization import Organization

LIMIT = ("--limit", "compliant,explicit-deny,no-backup-trust,localhost")
STRICT = ("-e", "restore_access_fail_on_drift=true")


def risks(enforced: Organization, **more: str) -> tuple[str, str]:
    """A risk of which ``more`` is the place, as a report has it."""
    risk: dict[str, Any] = {
        "requirement": "kms:CreateGrant",
        "layer": "identity",
        "accounts": [enforced.account("explicit-deny").account_id],
        "reason": "its tables use AWS's own key",
        "owner": "the team of orders",
        "expires": "2999-12-31",
    }
    return "-e", json.dumps({"restore_access_accepted_risks": [risk | more]})


@pytest.fixture(scope="module")
def places(enforced: Organization, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    outcome = playbook.run(enforced, "drift_report", tmp_path_factory.mktemp("first"), *LIMIT)
    assert outcome.statuses["explicit-deny"] == "blocked", outcome.output
    assert outcome.report is not None
    entry = next(each for each in outcome.report["accounts"] if each["host"] == "explicit-deny")
    return [{key: each[key] for key in ("requirement", "layer", "policy", "statement")} for each in entry["unresolved"]]


def test_a_run_ends_well_only_with_what_is_accepted(
    enforced: Organization, places: list[dict[str, str]], tmp_path: Path
):
    given = [json.loads(risks(enforced, **place)[1])["restore_access_accepted_risks"][0] for place in places]
    accepted = ("-e", json.dumps({"restore_access_accepted_risks": given}))
    only = ("--limit", "compliant,explicit-deny,localhost")
    red = playbook.run(enforced, "drift_report", tmp_path / "red", *only, *STRICT)
    assert (red.returncode, red.statuses["explicit-deny"]) == (2, "blocked"), red.output
    green = playbook.run(enforced, "drift_report", tmp_path / "green", *only, *STRICT, *accepted)
    assert (green.returncode, green.statuses["explicit-deny"]) == (0, "accepted"), green.output
    assert "the team of orders until 2999-12-31" in " ".join(green.output.split())
    assert green.report is not None
    assert {risk["state"] for risk in green.report["accepted_risks"]} == {"applies"}
    verified = playbook.run(enforced, "verify", tmp_path / "verified", *only, *STRICT, *accepted)
    assert (verified.returncode, verified.statuses["explicit-deny"]) == (0, "accepted"), verified.output


def test_it_permits_no_write_and_forbids_none(enforced: Organization, places: list[dict[str, str]], tmp_path: Path):
    for_all = [
        json.loads(risks(enforced, **place)[1])["restore_access_accepted_risks"][0] | {"accounts": ["all"]}
        for place in [*places, {"requirement": "backup_service_may_assume", "layer": "trust"}]
    ]
    accepted = ("-e", json.dumps({"restore_access_accepted_risks": for_all}))
    with_them = playbook.run(enforced, "converge", tmp_path / "with", *LIMIT, *accepted, "--check")
    without = playbook.run(enforced, "converge", tmp_path / "without", *LIMIT, "--check")
    assert with_them.changes == without.changes, with_them.output
    assert with_them.changes["no-backup-trust"]
    assert with_them.statuses["no-backup-trust"] == "drifted"


@pytest.mark.parametrize(
    ("more", "extra", "said"),
    [
        ({"expires": "2026-01-31"}, {}, "Expired: kms:CreateGrant"),
        ({"statement": "Another"}, {}, "Accepted, but no longer found: kms:CreateGrant"),
        ({"expires": "soon"}, {}, "explicit-deny: no risk is accepted. accepted_risks, entry 1: expires is 'soon'"),
        ({}, {"CLOUDRESTORE_ALLOW_ACCEPTED_RISKS": "false"}, "allow_accepted_risks is false, set by the environment"),
    ],
)
def test_it_is_red_again(
    enforced: Organization,
    places: list[dict[str, str]],
    tmp_path: Path,
    more: dict[str, str],
    extra: dict[str, str],
    said: str,
):
    place = next(place for place in places if place["requirement"] == "kms:CreateGrant")
    limit = ("--limit", "explicit-deny,localhost")
    run = playbook.run(
        enforced, "drift_report", tmp_path, *limit, *STRICT, *risks(enforced, **place | more), extra=extra
    )
    assert (run.returncode, run.statuses) == (2, {"explicit-deny": "blocked"}), run.output
    assert said in " ".join(run.output.split()).replace("'explicit-deny: ", "explicit-deny: ")
