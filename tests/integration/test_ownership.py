# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Managed policies that others use, where IAM is enforced: none is written, and two principals of an account share none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, build, client, root
from tests.emulator.server import Server

OTHER = "Ci"
WORK = {"Sid": "Work", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
THEIRS = cases.document({"Sid": "NoIam", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}, WORK)
CASE = "three-missing"


class Shared:
    """An account in which another role uses a policy of our name."""

    def __init__(
        self,
        fleet: Organization,
        use: str,
        tags: list[dict[str, str]],
        document: dict[str, Any] | None = None,
        case: str = CASE,
    ) -> None:
        self.fleet, self.account_id = fleet, fleet.account(case).account_id
        self.iam = client(fleet.server, "iam", root(fleet.server, self.account_id))
        made = self.iam.create_policy(
            PolicyName=cases.OWN_POLICY, PolicyDocument=json.dumps(document or THEIRS), Tags=tags
        )
        self.arn: str = made["Policy"]["Arn"]
        trust = json.dumps(cases.document(cases.BACKUP))
        boundary = {"PermissionsBoundary": self.arn} if use == "boundary" else {}
        self.iam.create_role(RoleName=OTHER, AssumeRolePolicyDocument=trust, **boundary)
        if use == "attached":
            self.iam.attach_role_policy(RoleName=OTHER, PolicyArn=self.arn)

    def versions(self) -> list[Any]:
        """The documents, the newest first."""
        listed = self.iam.list_policy_versions(PolicyArn=self.arn)["Versions"]
        listed.sort(key=lambda version: int(version["VersionId"][1:]), reverse=True)
        return [
            self.iam.get_policy_version(PolicyArn=self.arn, VersionId=version["VersionId"])["PolicyVersion"]["Document"]
            for version in listed
        ]

    def run(self, tmp_path: Path, book: str = "converge", *more: str) -> playbook.Outcome:
        return playbook.run(self.fleet, book, tmp_path, "--limit", f"{CASE},localhost", *more)


@pytest.fixture
def fleet(ministack: Server) -> Organization:
    ministack.reset()
    return build(ministack)


# Account → how the other role uses the policy, its tags, and restore_access_match.
USES: dict[str, tuple[str, list[dict[str, str]], str]] = {
    "attached": ("attached", [], "exact"),
    "boundary": ("boundary", [], "effect"),
    "tagged-as-ours": ("attached", cases.OWN_TAGS, "effect"),
}


def test_a_policy_that_others_use_is_not_written(ministack: Server, tmp_path: Path):
    """Neither what that role may do, nor its boundary, is another afterwards; check mode says the same."""
    (template,) = (account for account in cases.ACCOUNTS if account.case == CASE)
    ministack.reset()
    fleet = build(
        ministack,
        tuple(
            replace(template, case=case, number=number, host_vars={"restore_access_match": match})
            for number, (case, (_use, _tags, match)) in enumerate(USES.items(), 60)
        ),
    )
    shared = {case: Shared(fleet, use, tags, case=case) for case, (use, tags, _match) in USES.items()}
    for book in ("drift_report", "converge"):
        outcome = playbook.run(fleet, book, tmp_path / book)
        assert outcome.statuses == dict.fromkeys(USES, "failed"), outcome.output
        assert outcome.report is not None
        for entry in outcome.report["accounts"]:
            assert f"policy {shared[entry['host']].arn} would be written" in entry["message"]
            assert f"role/{OTHER}" in entry["message"]
            assert "To continue, set policy_name: " in entry["message"]
    for each in shared.values():
        assert each.versions() == [THEIRS]


def test_one_that_nobody_else_uses_is_adopted_if_asked(fleet: Organization, tmp_path: Path):
    shared = Shared(fleet, "", [], cases.document(WORK))
    refused = shared.run(tmp_path / "first")
    assert refused.statuses == {CASE: "failed"}, refused.output
    assert "or adopt_policy: true" in " ".join(refused.output.split())
    adopt = ("converge", "-e", "restore_access_adopt_policy=true")
    # It is not attached, and what is in it was not asked for.
    wider = shared.run(tmp_path / "wider", *adopt)
    assert wider.statuses == {CASE: "failed"}, wider.output
    assert "allows what the options do not ask for" in " ".join(wider.output.split())
    adopted = shared.run(tmp_path / "second", *adopt, "-e", "restore_access_allow_widening=true")
    assert adopted.statuses == {CASE: "converged"}, adopted.output
    newest, oldest = shared.versions()
    assert (oldest, newest["Statement"][0]) == (cases.document(WORK), WORK)
    again = shared.run(tmp_path / "third")
    assert (again.statuses, again.changes) == ({CASE: "compliant"}, {CASE: []}), again.output
    tags = {tag["Key"]: tag["Value"] for tag in shared.iam.list_policy_tags(PolicyArn=shared.arn)["Tags"]}
    assert tags["cloudrestore.aws:principal"] == f"role/{cases.RESTORE_ROLE}"


def test_two_principals_of_an_account_get_what_each_is_to_have(fleet: Organization, tmp_path: Path):
    """The Impersonation role as one more host, in an account with a restore role; with exact neither takes the other's away."""
    account_id = fleet.account(CASE).account_id
    iam = client(fleet.server, "iam", root(fleet.server, account_id))
    common = {
        "name": cases.RESTORE_ROLE,
        "assume_role_arn": f"arn:aws:iam::{account_id}:role/{cases.MEMBER_ROLE}",
        "appliance_principals": [cases.APPLIANCE_ARN],
        "appliance_external_id": cases.EXTERNAL_ID,
        "match": "exact",
    }
    second = {**common, "name": "Impersonation", "permission_sets": ["appliance_impersonation"]}
    tasks = [common, second, common, second]
    results, output = playbook.run_tasks(fleet, tasks, tmp_path)
    assert [result["changed"] for result in results] == [True, True, False, False], output
    for name, action in ((cases.RESTORE_ROLE, "dynamodb:"), ("Impersonation", "sts:AssumeRole")):
        arn = f"arn:aws:iam::{account_id}:policy/Cloudrestore-role-{name}"
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        assert action in json.dumps(document)
        assert ("sts:AssumeRole" in json.dumps(document)) is (name == "Impersonation")
