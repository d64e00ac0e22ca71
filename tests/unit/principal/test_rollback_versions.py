# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback and the versions of our managed policies: which is in charge again, which are made anew, and which go."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import IamError, MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, writes
from tests.unit.principal.scenes import OPTIONS, OURS, account, role
from tests.unit.principal.test_reliability import first
from tests.unit.principal.test_rollback_parts import OUR_POLICY, THEIRS, WHO, back, changed, with_versions

NEWER = worlds.document(worlds.allow("s3:ListBucket", Sid="Newer"))


def now(iam: MemoryIam) -> tuple[dict[int, Any], int]:
    policy = iam.policies[OUR_POLICY]
    return policy.versions, policy.default


def as_the_run_writes_it() -> dict[str, Any]:
    iam = account(inline={})
    run(iam, OPTIONS)
    return dict(iam.policies[OUR_POLICY].versions[1])


def somebody_puts_in_charge(iam: MemoryIam, document: dict[str, Any]) -> None:
    iam.create_policy_version(PolicyArn=OUR_POLICY, PolicyDocument=json.dumps(document), SetAsDefault=True)


def test_what_the_policy_will_say_is_told_before_it_is_put_back():
    iam = with_versions(2)
    before = iam.policies[OUR_POLICY].versions[2]
    previous = changed(iam)
    for check in (True, False):
        result = rolled_back(iam, WHO, previous, check=check)
        assert list(result["after"]["permissions"].values()) == [before]


def test_an_old_version_that_somebody_has_deleted_is_not_missed():
    iam = with_versions(3)
    previous = changed(iam)
    iam.delete_policy_version(PolicyArn=OUR_POLICY, VersionId="v1")
    assert back(iam, previous) == ["SetDefaultPolicyVersion", "DeletePolicyVersion", "UntagPolicy"]
    assert (sorted(now(iam)[0]), now(iam)[1]) == ([2, 3], 3)


def test_the_run_s_version_takes_the_place_of_a_pruned_one():
    """Where the run wrote what the version that it pruned said."""
    iam = account(inline={})
    ours = as_the_run_writes_it()
    others = [worlds.document(worlds.allow(f"s3:Get{number}")) for number in range(4)]
    role(iam).attached = [iam.add_policy(DEFAULT_POLICY_NAME, ours, *others, **OURS)]
    previous = changed(iam, match="exact")
    assert sorted(now(iam)[0]) == [2, 3, 4, 5, 6]
    assert back(iam, previous) == ["SetDefaultPolicyVersion", "UntagPolicy"]
    assert now(iam) == (dict(enumerate([*others, ours], start=2)), 5)
    assert back(iam, previous) == []


def test_a_default_version_that_says_the_same_stays():
    """The one before said what it says."""
    iam = account(inline={})
    role(iam).attached = [iam.add_policy(DEFAULT_POLICY_NAME, *[THEIRS] * 5, **OURS)]
    previous = changed(iam)
    back(iam, previous)
    # Made by the rollback for the one that was pruned, and put in charge by somebody.
    iam.set_default_policy_version(PolicyArn=OUR_POLICY, VersionId="v7")
    assert back(iam, previous) == []


@pytest.mark.parametrize("by_somebody", [False, True])
def test_a_rollback_of_versions_can_be_rolled_back(by_somebody: bool):
    """Unless somebody has made another version the default since."""
    iam = with_versions(2)
    old, ours = now(iam)[0].copy(), as_the_run_writes_it()
    previous = rolled_back(iam, WHO, changed(iam, match="exact"))["previous"]
    assert now(iam) == (old, 2)
    if by_somebody:
        somebody_puts_in_charge(iam, NEWER)
    assert back(iam, previous) == ["CreatePolicyVersion", "TagPolicy"]
    found = {**old, 4: NEWER, 5: ours} if by_somebody else {**old, 4: ours}
    assert now(iam) == (found, 4)
    assert back(iam, previous) == []


def test_a_pruned_version_that_cannot_be_read_is_told():
    """It is not passed over in silence."""
    iam = with_versions(5)
    vars(iam.policies[OUR_POLICY])["versions"][1] = "{not json"
    previous = changed(iam)
    policy = iam.policies[OUR_POLICY]
    del policy.versions[2]
    vars(policy)["versions"][7] = "{nor this"
    with pytest.raises(RestoreAccessError, match="Restore that policy manually"):
        rolled_back(iam, WHO, previous)


# The policy itself


def test_a_policy_alone_that_absent_deleted_is_created_again():
    """Its principal was not there."""
    iam = MemoryIam()
    run(iam, OPTIONS)
    iam.principals.clear()
    before = iam.contents()
    previous = changed(iam, state="absent")
    assert iam.policies == {}
    assert back(iam, previous) == ["CreatePolicy"]
    assert iam.contents() == before


def test_a_policy_of_a_later_run_is_no_concern_of_an_earlier_one():
    iam = account(inline={})
    previous = changed(iam, policy_type="inline")
    run(iam, {**OPTIONS, "match": "exact"})
    assert back(iam, previous) == ["DeleteRolePolicy"]
    assert list(iam.policies) == [OUR_POLICY]


def test_a_policy_that_the_run_had_to_create_anew_goes():
    """It was there before, and what it said somebody else had taken away meanwhile."""
    iam = with_versions(1)
    boundary = iam.add_policy("Boundary", worlds.document(worlds.allow("*")))

    def gone() -> None:
        role(iam).attached = []
        del iam.policies[OUR_POLICY]

    iam.fail = first("CreatePolicyVersion", IamError("NoSuchEntity", "gone"), gone)
    previous = changed(iam, permissions_boundary=boundary)
    assert writes(iam)[1:] == ["TagPolicy", "CreatePolicyVersion", "CreatePolicy", "AttachRolePolicy"]
    assert back(iam, previous) == ["DetachRolePolicy", "DeletePolicy", "DeleteRolePermissionsBoundary"]
    assert (role(iam).attached, OUR_POLICY in iam.policies) == ([], False)
    assert back(iam, previous) == []


@pytest.mark.parametrize("count", [2, 5])
def test_what_was_begun_and_not_done_is_not_undone(count: int):
    """The run ended before its first change, or that was refused: a version to be pruned is still there."""
    iam = with_versions(count)
    before = iam.contents()
    previous = run(iam, OPTIONS, check=True)["previous"]
    assert (back(iam, previous), iam.contents()) == ([], before)
