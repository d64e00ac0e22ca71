# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""restore_access_context, through the playbooks: a guardrail on the network stops a fleet only as long as nobody says where it calls from."""

from __future__ import annotations

import json
from pathlib import Path

from tests.emulator import playbook
from tests.emulator.organization import Organization

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OFFICE = {
    "Sid": "OfficeOnly",
    "Effect": "Deny",
    "Action": "dynamodb:*",
    "Resource": "*",
    "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
}
GUARDRAIL = {"name": "network", "document": {"Version": "2012-10-17", "Statement": [EVERYTHING, OFFICE]}}
GIVEN = {
    "restore_access_organization_policies": {
        "service_control_policies": [[GUARDRAIL]],
        "resource_control_policies": [],
    }
}
STATED = {**GIVEN, "restore_access_context": {"principal": {"aws:SourceIp": "203.0.113.16/28"}}}


def test_a_guardrail_on_the_network_is_decided_by_what_is_stated(enforced: Organization, tmp_path: Path):
    limit = ["--limit", "compliant,localhost"]
    open_ = playbook.run(enforced, "verify", tmp_path / "open", *limit, "-e", json.dumps(GIVEN))
    assert open_.statuses == {"compliant": "blocked"}, open_.output
    stated = playbook.run(enforced, "verify", tmp_path / "stated", *limit, "-e", json.dumps(STATED))
    assert stated.statuses == {"compliant": "compliant"}, stated.output
    assert stated.report is not None
    (entry,) = stated.report["accounts"]
    decided = [each["stated"] for each in entry["requirements"] if each["requirement"] == "dynamodb:DeleteTable"]
    assert decided == [["aws:sourceip 203.0.113.16/28"]]
    reasons = [each["reason"] for each in entry["requirements"] if each["requirement"].startswith("dynamodb:")]
    assert all(reason.endswith("based on stated values: aws:sourceip 203.0.113.16/28") for reason in reasons)
