# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody has put into a managed policy that the run made stays in force when the run is undone, and nothing else does."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run
from tests.unit.principal.scenes import BACKUP, EVERYTHING, OPTIONS, OURS, account, role
from tests.unit.principal.test_rollback_guard import told
from tests.unit.principal.test_rollback_parts import OUR_POLICY, WHO, changed

DENY = {"Sid": "Security", "Effect": "Deny", "Action": "dynamodb:DeleteTable", "Resource": "*"}
READING = worlds.allow("s3:ListBucket", Sid="Reading")


def put_into(iam: MemoryIam, *statements: Any, alone: bool = False) -> None:
    """A new default version with these beside what was there."""
    policy = iam.policies[OUR_POLICY]
    body = [] if alone else policy.versions[policy.default]["Statement"]
    document = json.dumps(worlds.document(*body, *statements))
    iam.create_policy_version(PolicyArn=OUR_POLICY, PolicyDocument=document, SetAsDefault=True)


def in_force(iam: MemoryIam) -> list[Any]:
    policy = iam.policies[OUR_POLICY]
    return list(policy.versions[policy.default]["Statement"])


@pytest.mark.parametrize("theirs", [DENY, READING])
def test_only_what_somebody_has_put_into_our_policy_stays(theirs: dict[str, Any]):
    iam = account(inline={})
    previous = changed(iam)
    put_into(iam, theirs)
    made, (left,) = told(iam, previous)
    assert made == ["CreatePolicyVersion"]
    assert (in_force(iam), role(iam).attached) == ([theirs], [OUR_POLICY])
    assert left.startswith(
        f"{OUR_POLICY} was neither detached nor deleted: somebody, or a later run, has put statements"
    )
    assert "Of what the run wrote nothing is left in force in it." in left


def test_what_is_theirs_alone_is_not_written_again():
    iam = account(inline={})
    previous = changed(iam)
    put_into(iam, DENY, alone=True)
    assert told(iam, previous)[0] == []
    assert in_force(iam) == [DENY]


def test_a_version_makes_room_for_what_stays():
    iam = account(inline={})
    previous = changed(iam)
    ours = in_force(iam)
    for _time in range(4):
        put_into(iam, *ours, DENY, alone=True)
    made, _left = told(iam, previous)
    assert made == ["DeletePolicyVersion", "CreatePolicyVersion"]
    assert in_force(iam) == [DENY]


def test_ours_written_in_another_form_is_nobody_elses():
    iam = account(inline={})
    previous = changed(iam)
    (statement,) = copy.deepcopy(in_force(iam))
    statement["Action"].reverse()
    put_into(iam, {**statement, "Sid": "Renamed"}, alone=True)
    assert told(iam, previous) == (["DetachRolePolicy", "DeletePolicyVersion", "DeletePolicy"], [])


def test_a_version_of_theirs_that_is_not_in_force_goes_with_the_policy():
    iam = account(inline={})
    previous = changed(iam)
    put_into(iam, DENY)
    iam.set_default_policy_version(PolicyArn=OUR_POLICY, VersionId="v1")
    assert told(iam, previous)[1] == []
    assert OUR_POLICY not in iam.policies


def test_what_others_use_is_not_taken_from_them():
    iam = account(inline={})
    previous = changed(iam)
    put_into(iam, DENY)
    iam.add(Principal("Role", "Another", trust=worlds.document(BACKUP), attached=[OUR_POLICY]))
    before = iam.contents()
    made, (left,) = told(iam, previous)
    assert (made, iam.contents()) == ([], before)
    assert "nothing is left in force" not in left


def test_what_cannot_be_read_stays_as_it_is():
    iam = account(inline={})
    previous = changed(iam)
    vars(iam.policies[OUR_POLICY])["versions"][1] = "{not json"
    made, (left,) = told(iam, previous)
    assert (made, role(iam).attached) == ([], [OUR_POLICY])
    assert "it cannot be read" in left


def test_a_policy_whose_mark_is_gone_is_not_written():
    iam = account(inline={})
    previous = changed(iam)
    put_into(iam, DENY)
    iam.policies[OUR_POLICY].tags.clear()
    made, left = told(iam, previous)
    assert (made, role(iam).attached) == ([], [OUR_POLICY])
    assert any("its tags do not say" in one for one in left)


def test_a_created_role_stays_for_what_is_in_its_policy():
    iam = MemoryIam()
    previous = changed(iam)
    put_into(iam, DENY)
    made, left = told(iam, previous)
    assert made == ["CreatePolicyVersion"]
    assert left[0].endswith(f"was not deleted: policy {OUR_POLICY} is attached")
    assert (in_force(iam), role(iam).attached) == ([DENY], [OUR_POLICY])


def test_what_is_in_the_policy_of_a_role_that_is_gone_stays():
    iam = MemoryIam()
    previous = changed(iam)
    put_into(iam, DENY)
    iam.principals.clear()
    assert told(iam, previous)[0] == ["CreatePolicyVersion"]
    assert in_force(iam) == [DENY]


@pytest.mark.parametrize(("theirs", "stays"), [(DENY, True), (READING, False)])
def test_a_policy_of_before_stays_attached_for_a_deny_only(theirs: dict[str, Any], stays: bool):
    """The run attached it; detached, what the Deny refuses would be allowed."""
    iam = account(inline={"all": EVERYTHING})
    iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(worlds.allow("s3:GetObject")), **OURS)
    previous = changed(iam, match="exact")
    assert role(iam).attached == [OUR_POLICY]
    put_into(iam, theirs)
    _made, left = told(iam, previous)
    assert (role(iam).attached == [OUR_POLICY], bool(left)) == (stays, stays)
    assert theirs in in_force(iam)


def test_a_rollback_that_left_something_can_be_rolled_back():
    iam = account(inline={})
    previous = changed(iam)
    put_into(iam, DENY)
    before = in_force(iam)
    undone = rolled_back(iam, WHO, previous)
    rolled_back(iam, WHO, undone["previous"])
    assert in_force(iam) == before


def test_what_a_later_run_wrote_into_it_stays():
    iam = account(inline={})
    previous = changed(iam)
    run(iam, {**OPTIONS, "additional_statements": [READING]})
    _made, (left,) = told(iam, previous)
    assert [one["Action"] for one in in_force(iam)] == ["s3:ListBucket"]
    assert "or a later run" in left


@pytest.mark.parametrize("use", ["attached", "boundary"])
def test_a_policy_of_the_run_s_that_others_use_is_detached_only(use: str):
    """And what is left of the run is said, each time."""
    iam = account(inline={})
    previous = changed(iam)
    more: dict[str, Any] = {"attached": [OUR_POLICY]} if use == "attached" else {"boundary": OUR_POLICY}
    iam.add(Principal("Role", "Other", trust=worlds.document(BACKUP), **more))
    made, (left,) = told(iam, previous)
    assert made == ["DetachRolePolicy"]
    assert left.startswith(f"{OUR_POLICY} was not deleted: it is used by another, which would lose it. Where it is no")
