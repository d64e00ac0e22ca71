# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a rollback does about each part of a principal: what the run changed goes back, what others have changed stays."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    DEFAULT_POLICY_NAME,
    PRINCIPAL_TAG_KEY,
)

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, OPTIONS, OURS, account, role

WHO = {"name": worlds.NAME}
USER = {"principal_type": "user"}
OUR_POLICY = f"arn:aws:iam::111122223333:policy/{DEFAULT_POLICY_NAME}"
THEIRS = worlds.document(worlds.allow("s3:GetObject", Sid="Theirs"))


def changed(iam: MemoryIam, **options: Any) -> dict[str, Any]:
    """The snapshot of a run."""
    previous = run(iam, {**OPTIONS, **options})["previous"]
    assert isinstance(previous, dict)
    return previous


def back(iam: MemoryIam, previous: dict[str, Any], **more: Any) -> list[str]:
    """The write calls of a rollback, which check mode told before, each with a reason."""
    start = len(iam.calls)
    expected = rolled_back(iam, {**WHO, **more}, previous, check=True)
    result = rolled_back(iam, {**WHO, **more}, previous)
    assert result["changes"] == expected["changes"]
    assert {one["reason"].split(":")[0] for one in result["changes"]} <= {"rollback"}
    return writes(iam, start)


def everything_set() -> MemoryIam:
    """A role with something in every place."""
    iam = account(inline={"all": EVERYTHING})
    theirs, boundary = iam.add_policy("Theirs", THEIRS), iam.add_policy("Boundary", EVERYTHING)
    more = {"description": "theirs", "seconds": 7200, "path": "/backup/", "tags": {"b": "2", "a": "1"}}
    vars(role(iam)).update(more, attached=[theirs], boundary=boundary)
    return iam


# A principal that is gone


def test_a_role_that_somebody_has_deleted_since_is_not_created():
    """Nor what it held: the run did not take that away."""
    iam = everything_set()
    previous = changed(iam, description="ours")
    del iam.principals["Role", worlds.NAME]
    after = iam.contents()
    assert back(iam, previous) == []
    (kept,) = rolled_back(iam, WHO, previous)["left_in_place"]
    assert kept.endswith("was not created again: it is gone, and the run did not delete it")
    assert iam.contents() == after


def test_a_user_that_somebody_has_deleted_stays_away_and_our_policy_goes():
    iam = MemoryIam()
    iam.add(Principal("User", worlds.NAME, inline={"theirs": THEIRS}))
    previous = changed(iam, **USER)
    iam.principals.clear()
    assert back(iam, previous, **USER) == ["DeletePolicy"]
    assert iam.contents() == MemoryIam().contents()


def test_a_role_that_the_run_deleted_comes_back_whole():
    iam = MemoryIam()
    run(iam, {**OPTIONS, "tags": {"b": "2", "a": "1"}, "path": "/backup/", "max_session_duration": 7200})
    before = iam.contents()
    previous = changed(iam, state="absent")
    assert iam.contents() == MemoryIam().contents()
    # Not told as left away, since it is not.
    assert rolled_back(iam, WHO, previous, check=True)["left_in_place"] == []
    assert back(iam, previous) == ["CreatePolicy", "CreateRole", "AttachRolePolicy"]
    assert iam.contents() == before
    assert next(arguments["Tags"] for name, arguments in reversed(iam.calls) if name == "CreateRole") == [
        {"Key": "a", "Value": "1"},
        {"Key": "b", "Value": "2"},
        *({"Key": key, "Value": value} for key, value in OURS.items()),
    ]
    assert back(iam, previous) == []


def test_a_role_with_the_least_in_it_comes_back_with_no_more():
    """Nor is an inline policy put back that somebody else had deleted before."""
    iam = MemoryIam()
    run(iam, {**OPTIONS, "policy_type": "inline"})
    role(iam).inline.clear()
    previous = changed(iam, state="absent")
    assert back(iam, previous) == ["CreateRole"]
    arguments = next(arguments for name, arguments in reversed(iam.calls) if name == "CreateRole")
    assert set(arguments) == {"RoleName", "Path", "Tags", "AssumeRolePolicyDocument", "MaxSessionDuration"}


def test_an_inline_policy_that_somebody_has_deleted_stays_away():
    """The run had written into it."""
    iam = account(inline={DEFAULT_POLICY_NAME: THEIRS})
    previous = changed(iam, policy_type="inline")
    role(iam).inline.clear()
    assert back(iam, previous) == []
    assert role(iam).inline == {}


def test_our_policy_goes_though_the_created_role_is_gone():
    """The run created the role, and somebody has deleted it."""
    iam = MemoryIam()
    previous = changed(iam)
    iam.principals.clear()
    assert back(iam, previous) == ["DeletePolicy"]
    assert iam.contents() == MemoryIam().contents()
    assert rolled_back(iam, WHO, previous)["left_in_place"] == []


# Boundary


def test_a_boundary_set_goes_and_one_replaced_comes_back_first():
    iam = account(inline={})
    old, new = iam.add_policy("Old", EVERYTHING), iam.add_policy("New", EVERYTHING)
    previous = changed(iam, permissions_boundary=new)
    assert back(iam, previous)[-1] == "DeleteRolePermissionsBoundary"
    assert role(iam).boundary is None

    role(iam).boundary = old
    previous = changed(iam, permissions_boundary=new)
    assert back(iam, previous)[0] == "PutRolePermissionsBoundary"
    assert role(iam).boundary == old

    previous = changed(iam, permissions_boundary="")
    assert role(iam).boundary is None
    assert back(iam, previous)[0] == "PutRolePermissionsBoundary"
    assert role(iam).boundary == old


def test_a_boundary_set_since_stays_where_there_was_none():
    iam = account()
    ours, theirs = iam.add_policy("Ours", EVERYTHING), iam.add_policy("TheirBoundary", EVERYTHING)
    previous = changed(iam, permissions_boundary=ours)
    role(iam).boundary = theirs
    assert back(iam, previous) == []
    assert role(iam).boundary == theirs


def test_a_boundary_that_the_run_did_not_touch_is_not_put_back():
    iam = account(BACKUP)
    old, new = iam.add_policy("Old", EVERYTHING), iam.add_policy("New", EVERYTHING)
    role(iam).boundary = old
    previous = changed(iam)
    for since in (new, None):
        role(iam).boundary, role(iam).trust = since, worlds.document(APPLIANCE, BACKUP)
        assert back(iam, previous) == []
        assert role(iam).boundary == since


# Settings and tags


def test_settings_go_back_only_if_the_run_changed_them():
    iam = account(BACKUP, description="theirs", seconds=7200)
    previous = changed(iam)
    role(iam).description = "newer"
    assert back(iam, previous) == ["UpdateAssumeRolePolicy"]
    assert role(iam).description == "newer"

    for asked in ({"description": "ours"}, {"max_session_duration": 3600}):
        vars(role(iam)).update(description="theirs", seconds=7200, trust=worlds.document(APPLIANCE, BACKUP))
        previous = changed(iam, **asked)
        assert back(iam, previous) == ["UpdateRole"]
        assert (role(iam).description, role(iam).seconds) == ("theirs", 7200)
        assert back(iam, previous) == []


def test_tags_are_as_they_were():
    """Those that the run added, replaced or removed."""
    before = {"gone": "1", "Team": "theirs", "other": "same"}
    iam = account(tags=dict(before))
    previous = changed(iam, tags={"team": "ours", "new": "n", "newer": "n", "other": "same"}, purge_tags=True)
    assert role(iam).tags == {"team": "ours", "new": "n", "newer": "n", "other": "same"}
    assert back(iam, previous) == ["UntagRole", "TagRole"]
    assert role(iam).tags == before
    last = {name: arguments for name, arguments in iam.calls if name in ("UntagRole", "TagRole")}
    assert last["UntagRole"]["TagKeys"] == ["new", "newer"]
    assert last["TagRole"]["Tags"] == [{"Key": "Team", "Value": "theirs"}, {"Key": "gone", "Value": "1"}]


def test_a_tag_that_somebody_else_has_changed_since_stays():
    iam = account(tags={"team": "theirs", "gone": "1", "kept": "k"})
    previous = changed(iam, tags={"team": "ours", "kept": "k", "new": "n"}, purge_tags=True)
    role(iam).tags |= {"team": "newer", "gone": "here again", "new": "changed"}
    assert back(iam, previous) == []
    assert role(iam).tags == {"team": "newer", "gone": "here again", "kept": "k", "new": "changed"}


# Trust


def test_of_the_trust_policy_only_what_the_run_wrote_goes():
    iam = account(APPLIANCE)
    previous = changed(iam)
    theirs = worlds.admit({"AWS": "777788889999"}, Sid="Theirs")
    # Somebody has taken the appliance out, and put something in.
    role(iam).trust["Statement"] = [one for one in role(iam).trust["Statement"] if one != APPLIANCE] + [theirs]
    assert back(iam, previous) == ["UpdateAssumeRolePolicy"]
    assert role(iam).trust["Statement"] == [theirs]


def test_trust_without_anything_of_the_run_stays():
    """As does a trust policy that cannot be read."""
    theirs = worlds.document(worlds.admit({"AWS": "777788889999"}))
    for now in (theirs, "{not json"):
        iam = account(APPLIANCE)
        previous = changed(iam, purge_trust=False)
        role(iam).trust = now
        back(iam, previous)
        assert "backup.amazonaws.com" not in str(role(iam).trust)
    assert role(iam).trust == "{not json"


def test_a_trust_policy_in_another_order_is_the_same_and_stays():
    iam = account(APPLIANCE)
    previous = changed(iam)
    role(iam).trust = worlds.document(APPLIANCE)
    assert back(iam, previous) == []


def test_trust_that_purge_trust_replaced_comes_back_as_written():
    old = {"Version": "2012-10-17", "Id": "theirs", "Statement": [worlds.admit({"AWS": "777788889999"})]}
    iam = account()
    role(iam).trust = old
    previous = changed(iam, purge_trust=True)
    assert role(iam).trust != old
    assert back(iam, previous) == ["UpdateAssumeRolePolicy"]
    assert role(iam).trust == old


# Policies of the principal


def test_what_purge_policies_took_comes_back_before_ours_goes():
    iam = account(inline={"one": THEIRS, "two": EVERYTHING})
    arn = iam.add_policy("Theirs", THEIRS)
    role(iam).attached = [arn]
    before = iam.contents()
    previous = changed(iam, purge_policies=True)
    assert role(iam).inline == {}
    assert back(iam, previous) == [
        "AttachRolePolicy",
        "PutRolePolicy",
        "PutRolePolicy",
        "DetachRolePolicy",
        "DeletePolicy",
    ]
    assert iam.contents() == before


def test_what_somebody_has_put_back_since_is_not_put_back_again():
    iam = account(inline={"one": THEIRS})
    arn = iam.add_policy("Theirs", THEIRS)
    role(iam).attached = [arn]
    previous = changed(iam, purge_policies=True)
    role(iam).attached, role(iam).inline = [arn], {"one": THEIRS}
    iam.policies.pop(OUR_POLICY)
    assert back(iam, previous) == []


def test_our_inline_policy_goes_or_is_again_what_it_was():
    iam = account(inline={"all": EVERYTHING})
    previous = changed(iam, policy_type="inline", match="exact")
    assert back(iam, previous) == ["DeleteRolePolicy"]
    assert role(iam).inline == {"all": EVERYTHING}

    role(iam).inline = {DEFAULT_POLICY_NAME: THEIRS}
    previous = changed(iam, policy_type="inline")
    added = worlds.allow("s3:ListBucket", Sid="Newer")
    role(iam).inline[DEFAULT_POLICY_NAME]["Statement"].append(added)
    assert back(iam, previous) == ["PutRolePolicy"]
    assert role(iam).inline[DEFAULT_POLICY_NAME] == worlds.document(*THEIRS["Statement"], added)
    assert back(iam, previous) == []


def test_statements_taken_out_come_back_beside_later_ones():
    """Beside what somebody has put into the policy since."""
    iam = account(inline={DEFAULT_POLICY_NAME: THEIRS})
    previous = changed(iam, policy_type="inline", match="exact")
    added = worlds.allow("s3:ListBucket", Sid="Newer")
    role(iam).inline[DEFAULT_POLICY_NAME]["Statement"].append(added)
    assert back(iam, previous) == ["PutRolePolicy"]
    assert role(iam).inline[DEFAULT_POLICY_NAME]["Statement"] == [*THEIRS["Statement"], added]


def test_an_inline_policy_that_absent_deleted_comes_back():
    iam = account(worlds.admit({"AWS": "777788889999"}), inline={})
    changed(iam, policy_type="inline")
    before = iam.contents()
    previous = changed(iam, state="absent")
    assert role(iam).inline == {}
    assert back(iam, previous) == ["PutRolePolicy", "UpdateAssumeRolePolicy"]
    assert iam.contents() == before


# Our managed policy


def with_versions(count: int, **tags: str) -> MemoryIam:
    """A role whose own policy has as many versions, the last of them in charge."""
    iam = account(inline={})
    documents = [worlds.document(worlds.allow(f"s3:Get{number}")) for number in range(1, count + 1)]
    role(iam).attached = [iam.add_policy(DEFAULT_POLICY_NAME, *documents, **(tags or OURS))]
    return iam


def test_the_default_version_is_so_again_and_the_run_s_goes():
    iam = with_versions(2)
    before = iam.contents()["policies"][OUR_POLICY]
    previous = changed(iam)
    assert back(iam, previous) == ["SetDefaultPolicyVersion", "DeletePolicyVersion", "UntagPolicy"]
    now = iam.policies[OUR_POLICY]
    assert (now.versions, now.default) == (before.versions, before.default)
    assert back(iam, previous) == []


def test_a_default_version_that_somebody_has_set_since_stays():
    iam = with_versions(2)
    previous = changed(iam)
    iam.create_policy_version(PolicyArn=OUR_POLICY, PolicyDocument=str(THEIRS).replace("'", '"'), SetAsDefault=True)
    assert back(iam, previous) == ["DeletePolicyVersion", "UntagPolicy"]
    now = iam.policies[OUR_POLICY]
    assert (sorted(now.versions), now.default) == ([1, 2, 4], 4)


def test_a_version_of_the_run_s_that_is_not_the_default_goes():
    """An old one that is the default stays."""
    iam = with_versions(2)
    previous = changed(iam)
    iam.set_default_policy_version(PolicyArn=OUR_POLICY, VersionId="v1")
    assert back(iam, previous) == ["DeletePolicyVersion", "UntagPolicy"]
    assert (sorted(iam.policies[OUR_POLICY].versions), iam.policies[OUR_POLICY].default) == ([1, 2], 1)


def test_a_version_that_was_given_up_is_not_put_back_twice():
    iam = with_versions(5)
    previous = changed(iam)
    assert back(iam, previous) == [
        "SetDefaultPolicyVersion",
        "DeletePolicyVersion",
        "CreatePolicyVersion",
        "UntagPolicy",
    ]
    assert iam.policies[OUR_POLICY].default == 5
    assert back(iam, previous) == []


def test_a_policy_that_absent_deleted_is_created_again():
    """With all its versions and its tag."""
    iam = MemoryIam()
    changed(iam, tags={"team": "ours"})
    policy = iam.policies[OUR_POLICY]
    policy.versions |= {2: EVERYTHING, 3: THEIRS}
    policy.default, policy.highest = 2, 3
    first = policy.versions[1]
    previous = changed(iam, state="absent")
    assert iam.contents() == MemoryIam().contents()
    made = back(iam, previous)
    assert made[:3] == ["CreatePolicy", "CreatePolicyVersion", "CreatePolicyVersion"]
    assert made[3:] == ["CreateRole", "AttachRolePolicy"]
    now = iam.policies[OUR_POLICY]
    assert (now.versions, now.default) == ({1: first, 2: EVERYTHING, 3: THEIRS}, 2)
    assert now.tags == {"team": "ours", **OURS, PRINCIPAL_TAG_KEY: f"role/{worlds.NAME}"}
    assert now.description == "Permissions for DynamoDB restores, kept by the Ansible collection cloudrestore.aws"
    created = next(arguments for name, arguments in iam.calls[::-1] if name == "CreatePolicy")
    assert created["Tags"] == sorted(created["Tags"], key=lambda tag: tag["Key"])
    assert "Path" not in created
    assert back(iam, previous) == []


def test_a_policy_under_a_path_is_created_again_as_it_was():
    """Without a description, as before."""
    iam = account(worlds.admit({"AWS": "777788889999"}), inline={})
    arn = iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(worlds.allow(worlds.ACTIONS)), path="/a/b/", **OURS)
    role(iam).attached = [arn]
    before = iam.contents()
    previous = changed(iam, state="absent")
    assert iam.policies == {}
    assert back(iam, previous) == ["CreatePolicy", "AttachRolePolicy"]
    assert iam.contents() == before
    assert "Description" not in next(arguments for name, arguments in iam.calls[::-1] if name == "CreatePolicy")


def test_a_created_policy_stays_while_others_use_it():
    """Or if somebody has taken its tag off."""
    for use in ("attached", "mark"):
        iam = account(inline={})
        previous = changed(iam)
        if use == "attached":
            iam.add(Principal("Role", "Another", trust=worlds.document(BACKUP), attached=[OUR_POLICY]))
        else:
            iam.policies[OUR_POLICY].tags.clear()
        assert back(iam, previous) == ["DetachRolePolicy"]
        assert OUR_POLICY in iam.policies


def test_later_versions_of_the_run_s_policy_go_oldest_first():
    iam = account(inline={})
    previous = changed(iam)
    policy = iam.policies[OUR_POLICY]
    policy.versions |= dict.fromkeys((2, 3, 10), THEIRS)
    policy.highest = 10
    assert back(iam, previous) == ["DetachRolePolicy", *["DeletePolicyVersion"] * 3, "DeletePolicy"]
    gone = [arguments["VersionId"] for name, arguments in iam.calls if name == "DeletePolicyVersion"]
    assert gone == ["v2", "v3", "v10"]


def test_a_policy_that_was_there_before_is_not_deleted():
    iam = with_versions(1)
    role(iam).attached = []
    previous = changed(iam, allow_widening=True)
    assert "DeletePolicy" not in back(iam, previous)
    assert (role(iam).attached, list(iam.policies)) == ([], [OUR_POLICY])


# Why a principal is kept


@pytest.mark.parametrize(
    ("kind", "use", "said"),
    [
        ("Role", {"instance_profiles": ["profile"]}, "instance profile profile uses it"),
        ("Role", {"inline": {"theirs": THEIRS}}, "inline policy theirs exists"),
        ("User", {"groups": ["Operators"]}, "it is a member of group Operators"),
        ("User", {"access_keys": 1}, "it has 1 access key"),
        ("User", {"console_password": True}, "it has a console password"),
        ("User", {"mfa_devices": 1}, "it has 1 MFA device"),
    ],
)
def test_a_principal_that_the_run_created_is_kept_for_its_uses(kind: str, use: dict[str, Any], said: str):
    iam = MemoryIam()
    iam.add(Principal("Group", "Operators"))
    kinds = {"principal_type": kind.lower()}
    previous = changed(iam, **kinds)
    vars(iam.principals[kind, worlds.NAME]).update(use)
    result = rolled_back(iam, {**WHO, **kinds}, previous)
    assert result["left_in_place"] == [
        f"arn:aws:iam::111122223333:{kind.lower()}/{worlds.NAME} was not deleted: {said}"
    ]
    assert (kind, worlds.NAME) in iam.principals
    assert iam.policies == {}


def test_a_policy_that_others_attached_keeps_a_principal():
    """Ours is no reason to keep it."""
    iam = MemoryIam()
    previous = changed(iam)
    theirs = iam.add_policy("Theirs", THEIRS)
    role(iam).attached.append(theirs)
    (kept,) = rolled_back(iam, WHO, previous)["left_in_place"]
    assert kept.endswith(f"was not deleted: policy {theirs} is attached")
    assert role(iam).attached == [theirs]


def test_what_the_run_put_there_keeps_no_principal():
    for form in ("inline", "managed"):
        iam = MemoryIam()
        previous = changed(iam, policy_type=form)
        role(iam).instance_profiles = ["profile"]
        (kept,) = rolled_back(iam, WHO, previous)["left_in_place"]
        assert kept.endswith("was not deleted: instance profile profile uses it")


def test_of_a_principal_that_was_there_before_nothing_is_said():
    iam = account(BACKUP, inline={"theirs": THEIRS})
    previous = changed(iam)
    assert rolled_back(iam, WHO, previous)["left_in_place"] == []


def test_a_rollback_makes_room_as_the_run_did():
    """IAM attaches ten policies at most to a role: ours goes before the tenth of theirs comes."""
    iam = account(inline={})
    role(iam).attached = [iam.add_policy(f"p{number}", THEIRS) for number in range(10)]
    before = sorted(role(iam).attached)
    previous = changed(iam, purge_policies=True)
    calls = back(iam, previous)
    assert calls == ["DetachRolePolicy", *["AttachRolePolicy"] * 10, "DeletePolicy"]
    assert sorted(role(iam).attached) == before
