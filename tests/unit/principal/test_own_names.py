# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Without policy_name a managed policy is named after its principal, and one of the former name stays its own."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    DEFAULT_POLICY_NAME,
    PRINCIPAL_TAG_KEY,
)

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import run, verify, writes
from tests.unit.principal.scenes import ACCOUNT, BACKUP, OPTIONS, OURS, account, role

UNNAMED: dict[str, Any] = {**OPTIONS, "policy_name": None}
ROLE_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/Cloudrestore-role-{worlds.NAME}"
FEW = worlds.document({"Sid": "CloudrestoreDynamodbRestore", **worlds.allow(worlds.ACTIONS[:5])})
MINE = {PRINCIPAL_TAG_KEY: f"role/{worlds.NAME}"}
ROLES = [f"arn:aws:iam::{number:012}:role/{worlds.NAME}" for number in range(1, 160)]


def former(*, attached: bool = True, shared: str = "", **tags: str) -> tuple[MemoryIam, str]:
    """The role with a policy of the former name; ``shared``: how another role uses it."""
    iam = account(inline={})
    arn = iam.add_policy(DEFAULT_POLICY_NAME, FEW, **tags)
    role(iam).attached = [arn] if attached else []
    other = Principal("Role", "Other", trust=worlds.document(BACKUP))
    other.attached = [arn] if shared == "attached" else []
    other.boundary = arn if shared == "boundary" else None
    iam.add(other)
    return iam, arn


def test_two_principals_of_an_account_share_no_policy():
    """The recipe of the documentation: the Impersonation role as one more host."""
    iam = MemoryIam()
    run(iam, UNNAMED)
    appliance = {"name": "VeeamImpersonation", "permission_sets": ["appliance_impersonation"], "policy_name": None}
    run(iam, {**appliance, "appliance_principals": [], "appliance_external_id": "", "match": "exact"})
    run(iam, {**UNNAMED, "principal_type": "user", "appliance_principals": None})
    attached = {name: one.attached for (_kind, name), one in iam.principals.items() if _kind == "Role"}
    assert attached == {
        worlds.NAME: [ROLE_POLICY],
        "VeeamImpersonation": [f"arn:aws:iam::{ACCOUNT}:policy/Cloudrestore-role-VeeamImpersonation"],
    }
    assert f"arn:aws:iam::{ACCOUNT}:policy/Cloudrestore-user-{worlds.NAME}" in iam.policies
    assert run(iam, UNNAMED)["changed"] is False
    assert "sts:AssumeRole" not in str(iam.policies[ROLE_POLICY].versions)


@pytest.mark.parametrize("tags", [OURS, {**OURS, **MINE}])
def test_a_policy_of_the_former_name_stays_the_principal_s_own(tags: dict[str, str]):
    iam, arn = former(**tags)
    expected = run(iam, UNNAMED, check=True)
    assert run(iam, UNNAMED)["changes"] == expected["changes"]
    assert writes(iam) == [*([] if MINE.items() <= tags.items() else ["TagPolicy"]), "CreatePolicyVersion"]
    assert (role(iam).attached, iam.policies[arn].tags) == ([arn], {**OURS, **MINE})
    assert run(iam, UNNAMED)["changed"] is False
    assert run(iam, {**UNNAMED, "match": "exact"})["changed"] is False


@pytest.mark.parametrize(
    ("tags", "shared"),
    [
        ({}, ""),
        ({}, "attached"),
        (OURS, "attached"),
        (OURS, "boundary"),
        ({**OURS, PRINCIPAL_TAG_KEY: "role/Other"}, ""),
    ],
)
def test_a_policy_of_the_former_name_of_others_is_not_touched(tags: dict[str, str], shared: str):
    iam, arn = former(shared=shared, **tags)
    before = iam.contents()["policies"][arn]
    run(iam, UNNAMED)
    assert role(iam).attached == [arn, ROLE_POLICY]
    assert iam.contents()["policies"][arn] == before
    assert run(iam, UNNAMED)["changed"] is False


def test_absent_takes_back_what_an_earlier_version_gave():
    for attached in (True, False):
        iam, arn = former(attached=attached, **OURS)
        expected = run(iam, {**UNNAMED, "state": "absent"}, check=True)
        assert run(iam, {**UNNAMED, "state": "absent"})["changes"] == expected["changes"]
        assert (arn in iam.policies, role(iam).attached) == (False, [])
        assert run(iam, {**UNNAMED, "state": "absent"})["changed"] is False


@pytest.mark.parametrize("tags", [{}, {**OURS, PRINCIPAL_TAG_KEY: "role/Other"}])
def test_absent_leaves_a_policy_of_the_former_name_of_others(tags: dict[str, str]):
    for attached in (True, False):
        iam, arn = former(attached=attached, **tags)
        run(iam, {**UNNAMED, "state": "absent"})
        assert (arn in iam.policies, role(iam).attached) == (True, [arn] if attached else [])


def test_a_shorter_list_of_roles_takes_parts_of_the_former_name_back():
    iam = account(inline={})
    options = {**OPTIONS, "permission_sets": ["appliance_impersonation"], "restore_role_arns": ROLES, "match": "exact"}
    run(iam, options)
    assert len(role(iam).attached) == 2
    run(iam, {**options, "policy_name": None, "restore_role_arns": ROLES[:3]})
    assert role(iam).attached == [f"arn:aws:iam::{ACCOUNT}:policy/{DEFAULT_POLICY_NAME}"]
    assert [arn for arn in iam.policies if "part2" in arn] == []


def test_names_in_another_case_are_the_same_policy():
    """IAM tells cases apart in no name, and a role is found by its name in any."""
    iam = MemoryIam()
    run(iam, UNNAMED)
    result = run(iam, {**UNNAMED, "name": worlds.NAME.upper(), "match": "exact"})
    assert (result["changed"], list(iam.policies)) == (False, [ROLE_POLICY])


def test_a_name_that_is_given_is_taken():
    iam = MemoryIam()
    run(iam, {**OPTIONS, "policy_name": "Given"})
    assert role(iam).attached == [f"arn:aws:iam::{ACCOUNT}:policy/Given"]
    inline = MemoryIam()
    run(inline, {**UNNAMED, "policy_type": "inline"})
    assert list(role(inline).inline) == [DEFAULT_POLICY_NAME]


@pytest.mark.parametrize("name", [DEFAULT_POLICY_NAME, f"Cloudrestore-role-{worlds.NAME}"])
def test_verify_takes_both_names_for_ours(name: str):
    iam = account(inline={})
    role(iam).attached = [iam.add_policy(name, worlds.document(worlds.allow(worlds.ACTIONS)))]
    findings = verify(iam, OPTIONS)["findings"]
    assert "granted_by_others" not in [finding["code"] for finding in findings]


def test_absent_leaves_a_policy_with_a_deny_of_somebody_s():
    deny = {"Sid": "Theirs", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    for sid in ("Theirs", "CloudrestoreDynamodbRestore2", ""):
        iam = account(inline={})
        arn = iam.add_policy(DEFAULT_POLICY_NAME, worlds.document({**deny, "Sid": sid}, worlds.allow("s3:*")), **OURS)
        role(iam).attached = [arn]
        kept = run(iam, {**OPTIONS, "state": "absent"}, check=True)["left_in_place"]
        result = run(iam, {**OPTIONS, "state": "absent"})
        assert result["left_in_place"] == kept
        assert f"{arn} was neither detached nor deleted: its statement" in str(kept)
        assert (arn in iam.policies, role(iam).attached) == (True, [arn])
        run(iam, {**OPTIONS, "state": "absent", "allow_widening": True})
        assert (arn in iam.policies, role(iam).attached) == (False, [])
