# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run does about each part of a principal, with which arguments, in which order, and for which reason."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, NO_GRANTS, OPTIONS, OURS, account, refused, role

OUR_POLICY = f"arn:aws:iam::111122223333:policy/{DEFAULT_POLICY_NAME}"
THEIRS = worlds.document(worlds.allow("s3:GetObject", Sid="Theirs"))
ABSENT = {**OPTIONS, "state": "absent"}


def made(iam: MemoryIam, **options: Any) -> dict[str, str]:
    """Operation → reason, of one run."""
    return {change["operation"]: change["reason"] for change in run(iam, {**OPTIONS, **options})["changes"]}


def sent(iam: MemoryIam, operation: str) -> dict[str, Any]:
    """The arguments of the last call of this name."""
    return next(arguments for name, arguments in reversed(iam.calls) if name == operation)


# A principal that does not exist


def test_a_role_is_created_with_all_that_was_asked_for():
    iam = MemoryIam()
    boundary = iam.add_policy("Boundary", EVERYTHING)
    options = {"path": "/backup/", "description": "d", "max_session_duration": 7200, "tags": {"b": "2", "a": "1"}}
    reasons = made(iam, permissions_boundary=boundary, **options)
    assert list(reasons) == ["CreatePolicy", "CreateRole", "AttachRolePolicy"]
    assert reasons["CreateRole"] == "the role does not exist"
    assert reasons["AttachRolePolicy"] == f"policy {OUR_POLICY} is not attached"
    arguments = sent(iam, "CreateRole")
    assert (arguments["RoleName"], arguments["Path"], arguments["PermissionsBoundary"]) == (
        worlds.NAME,
        "/backup/",
        boundary,
    )
    assert (arguments["Description"], arguments["MaxSessionDuration"]) == ("d", 7200)
    assert [tag["Key"] for tag in arguments["Tags"]] == sorted({"a", "b", *OURS})
    assert [statement["Sid"] for statement in role(iam).trust["Statement"]] == [
        "CloudrestoreAppliance",
        "CloudrestoreBackupService",
    ]


def test_a_role_is_created_with_no_more_than_was_asked_for():
    iam = MemoryIam()
    made(iam)
    arguments = sent(iam, "CreateRole")
    assert set(arguments) == {"RoleName", "Path", "Tags", "AssumeRolePolicyDocument"}
    assert arguments["Path"] == "/"


def test_our_policy_comes_before_the_role_an_inline_one_after():
    iam = MemoryIam()
    iam.add_policy(DEFAULT_POLICY_NAME, NO_GRANTS, **OURS)
    assert list(made(iam)) == ["TagPolicy", "CreatePolicyVersion", "CreateRole", "AttachRolePolicy"]
    full = MemoryIam()
    full.add_policy(DEFAULT_POLICY_NAME, *[NO_GRANTS] * 5, **OURS)
    assert list(made(full)) == [
        "TagPolicy",
        "DeletePolicyVersion",
        "CreatePolicyVersion",
        "CreateRole",
        "AttachRolePolicy",
    ]
    assert list(made(MemoryIam(), policy_type="inline")) == ["CreateRole", "PutRolePolicy"]
    assert list(made(MemoryIam(), principal_type="user", policy_type="inline")) == ["CreateUser", "PutUserPolicy"]


def test_a_role_that_nobody_could_assume_is_not_created():
    iam = MemoryIam()
    error = refused(iam, appliance_principals=[], service_principals=[])
    assert "does not exist, and without appliance_principals or service_principals" in error.message
    assert writes(iam) == []


def test_a_role_is_not_moved_to_another_path():
    iam = account(path="/a/")
    message = refused(iam, path="/b/").message
    assert "exists under the path /a/, not /b/" in message
    assert "Set path: /a/, or another name." in message
    assert made(iam, path="/a/") == {}
    assert made(iam) == {}


# Boundary, settings, tags


def test_a_boundary_is_set_first_and_removed_after_what_grants():
    iam = account(inline={})
    first, second = (iam.add_policy(name, EVERYTHING) for name in ("First", "Second"))
    reasons = made(iam, permissions_boundary=first)
    assert list(reasons)[0] == "PutRolePermissionsBoundary"
    assert reasons["PutRolePermissionsBoundary"] == "the permissions boundary is not set"
    assert made(iam, permissions_boundary=first) == {}
    changed = made(iam, permissions_boundary=second)
    assert changed == {"PutRolePermissionsBoundary": f"the permissions boundary is {first}"}
    assert made(iam) == {}
    removed = made(iam, permissions_boundary="", match="exact", description="new", purge_policies=True)
    assert removed["DeleteRolePermissionsBoundary"] == f"{second} is set, but permissions_boundary is empty"
    assert list(removed) == ["DeleteRolePermissionsBoundary", "UpdateRole"]
    assert made(iam, permissions_boundary="") == {}


def test_settings_that_differ_are_written_with_the_others():
    """IAM takes them in one call."""
    iam = account(description="theirs", seconds=7200)
    assert made(iam, max_session_duration=3600) == {"UpdateRole": "differs from the options: MaxSessionDuration"}
    assert sent(iam, "UpdateRole") == {"RoleName": worlds.NAME, "Description": "theirs", "MaxSessionDuration": 3600}
    both = made(iam, max_session_duration=7200, description="")
    assert both == {"UpdateRole": "differs from the options: Description, MaxSessionDuration"}
    assert (role(iam).description, role(iam).seconds) == ("", 7200)
    assert made(iam, max_session_duration=7200, description="") == {}


def test_tags_are_written_in_order_and_those_of_aws_stay():
    """Our own stays as well."""
    iam = account(tags={"old": "1", "aws:reserved": "x", "awsome": "y", **OURS})
    reasons = made(iam, tags={"b": "2", "a": "1"}, purge_tags=True)
    assert reasons == {"UntagRole": "purge_tags: awsome, old", "TagRole": "tags differ: a, b"}
    assert sent(iam, "UntagRole")["TagKeys"] == ["awsome", "old"]
    assert sent(iam, "TagRole")["Tags"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert role(iam).tags == {"aws:reserved": "x", **OURS, "a": "1", "b": "2"}
    assert made(iam, purge_tags=True) == {}
    assert made(iam, tags={}) == {}
    assert made(iam, tags={}, purge_tags=True) == {"UntagRole": "purge_tags: a, b"}


def test_a_tag_under_a_key_in_other_letters_is_the_same_tag():
    marked = {key.upper(): value for key, value in OURS.items()}
    iam = account(tags={"Team": "a", "owner": "b", "AWS:reserved": "x", **marked})
    assert made(iam, tags={"team": "a", "OWNER": "b"}, purge_tags=True) == {}
    assert made(iam, tags={"team": "new", "OWNER": "b"}, purge_tags=True) == {"TagRole": "tags differ: team"}


# Trust

ID_ZERO = {"StringEquals": {"sts:ExternalId": "secret-0"}}


def test_why_the_trust_policy_is_written():
    iam = account(worlds.admit({"AWS": "777788889999"}))
    reason = made(iam)["UpdateAssumeRolePolicy"]
    assert reason == (
        f"appliance_may_assume ({worlds.APPLIANCE}): no statement names this principal; "
        "backup_service_may_assume (backup.amazonaws.com): no statement names this principal"
    )
    exact = account()
    reason = made(exact, match="exact")
    assert "UpdateAssumeRolePolicy" not in reason
    of_before = {"Sid": "CloudrestoreAppliance", "Condition": {"StringEquals": {"sts:ExternalId": "of-before"}}}
    other = account({**APPLIANCE, **of_before}, {**APPLIANCE, "Condition": ID_ZERO}, BACKUP)
    assert made(other, appliance_external_id="secret-0") == {}
    assert made(other, match="exact", appliance_external_id="secret-0")["UpdateAssumeRolePolicy"] == (
        "match: exact requires CloudrestoreAppliance as this collection writes it"
    )
    wider = MemoryIam()
    run(wider, OPTIONS)
    assert made(wider, appliance_external_id="secret-0") == {
        "UpdateAssumeRolePolicy": "CloudrestoreAppliance allows more than appliance_external_id or "
        "backup_source_account_condition permits"
    }


def test_an_exclusive_trust_policy_is_right_in_whatever_words():
    iam = account()
    reasons = made(iam, purge_trust=True)
    assert reasons == {}
    role(iam).trust["Statement"].reverse()
    assert made(iam, purge_trust=True) == {}
    role(iam).trust["Statement"].append(worlds.admit({"AWS": "777788889999"}))
    assert made(iam, purge_trust=True) == {
        "UpdateAssumeRolePolicy": "purge_trust: the trust policy does not contain exactly the required statements"
    }


def test_where_nobody_is_asked_for_the_trust_policy_stays():
    iam = account()
    for trust in (worlds.document(worlds.admit({"AWS": "777788889999"})), "{not json"):
        vars(role(iam)).update(trust=trust)
        assert made(iam, appliance_principals=[], service_principals=[]) == {}


# Permissions


def test_why_our_policy_is_written():
    without_two = worlds.document(worlds.allow(worlds.ACTIONS[2:]))
    assert made(account(inline={"p": without_two}))["CreatePolicy"] == "not granted: " + ", ".join(worlds.ACTIONS[:2])
    extra = [worlds.allow("s3:GetObject", Sid="Mine"), worlds.allow("s3:PutObject")]
    reason = made(account(), additional_statements=extra)["CreatePolicy"]
    assert reason == "additional_statements not found in any policy: Mine, CloudrestoreAdditional2"
    assert made(account(), match="exact")["CreatePolicy"] == "match: exact"
    there = account(inline={"all": EVERYTHING, "mine": worlds.document(worlds.allow("s3:GetObject", Sid="x"))})
    assert made(there, additional_statements=[worlds.allow("s3:GetObject")]) == {}
    broken = account(inline={"all": EVERYTHING, "mine": "{not json"})
    assert "CreatePolicy" in made(broken, additional_statements=[worlds.allow("s3:GetObject")])


def test_an_inline_policy_is_merged_and_says_why():
    iam = account(inline={DEFAULT_POLICY_NAME: THEIRS})
    reasons = made(iam, policy_type="inline")
    assert reasons["PutRolePolicy"].startswith("not granted: ")
    stored = role(iam).inline[DEFAULT_POLICY_NAME]["Statement"]
    assert (stored[0], len(stored)) == (THEIRS["Statement"][0], 2)
    assert made(iam, policy_type="inline") == {}
    assert made(iam, policy_type="inline", match="exact") == {}


@pytest.mark.parametrize("policy_type", ["managed", "inline"])
def test_an_unreadable_policy_of_ours_is_replaced_on_request(policy_type: str):
    iam = account(inline={DEFAULT_POLICY_NAME: "{"} if policy_type == "inline" else {})
    where = f"{DEFAULT_POLICY_NAME} of arn:aws:iam::111122223333:role/{worlds.NAME}"
    if policy_type == "managed":
        where = iam.add_policy(DEFAULT_POLICY_NAME, "{", **OURS)
        role(iam).attached = [where]
    message = refused(iam, policy_type=policy_type).message
    assert f"Policy {where} cannot be read (it is not valid JSON)" in message
    assert "set match: exact and allow_widening: true to replace it" in message
    assert refused(iam, policy_type=policy_type, match="exact").message == message
    assert writes(iam) == []
    assert made(iam, policy_type=policy_type, match="exact", allow_widening=True)
    assert run(iam, {**OPTIONS, "policy_type": policy_type})["compliant"]


def test_variables_are_not_written_into_a_policy_that_knows_none():
    iam = account(inline={})
    old = {"Version": "2008-10-17", "Statement": [worlds.allow("s3:GetObject")]}
    role(iam).attached = [iam.add_policy(DEFAULT_POLICY_NAME, old, **OURS)]
    home = [worlds.allow("s3:PutObject", "arn:aws:s3:::home/${aws:username}")]
    message = refused(iam, additional_statements=home).message
    assert f"Policy {OUR_POLICY} has no Version 2012-10-17, so the policy variables" in message
    assert writes(iam) == []
    assert list(made(iam)) == ["TagPolicy", "CreatePolicyVersion"]
    new = account(inline={})
    role(new).attached = [new.add_policy(DEFAULT_POLICY_NAME, THEIRS, **OURS)]
    assert list(made(new, additional_statements=home)) == ["TagPolicy", "CreatePolicyVersion"]


def test_our_policy_prunes_a_version_only_where_room_is_needed():
    """The oldest that is not in use."""
    for count, first in ((4, "CreatePolicyVersion"), (5, "DeletePolicyVersion")):
        iam = account(inline={})
        role(iam).attached = [iam.add_policy(DEFAULT_POLICY_NAME, *[THEIRS] * count, **OURS)]
        iam.policies[OUR_POLICY].default = 1
        reasons = made(iam)
        assert list(reasons)[:2] == ["TagPolicy", first]
    assert (
        reasons["DeletePolicyVersion"] == "the policy has 5 versions, the maximum in IAM; v2 is the oldest not in use"
    )
    assert sorted(iam.policies[OUR_POLICY].versions) == [1, 3, 4, 5, 6]
    assert (iam.policies[OUR_POLICY].default, sent(iam, "CreatePolicyVersion")["SetAsDefault"]) == (6, True)


def test_a_policy_of_our_name_under_a_path_is_ours():
    """One that AWS owns is not."""
    iam = account(inline={})
    role(iam).attached = [iam.add_policy(DEFAULT_POLICY_NAME, THEIRS, path="/a/", **OURS)]
    assert list(made(iam)) == ["TagPolicy", "CreatePolicyVersion"]
    foreign = account(inline={})
    foreign_arn = foreign.add_policy(DEFAULT_POLICY_NAME, THEIRS, owner="aws")
    role(foreign).attached = [foreign_arn]
    assert list(made(foreign)) == ["CreatePolicy", "AttachRolePolicy"]


def test_what_purge_policies_takes_is_told_one_by_one():
    """Ours stays."""
    iam = account(inline={"theirs": THEIRS, DEFAULT_POLICY_NAME: EVERYTHING})
    arn = iam.add_policy("Theirs", THEIRS)
    role(iam).attached = [arn]
    reasons = made(iam, purge_policies=True, policy_type="inline")
    assert reasons == {"DetachRolePolicy": f"purge_policies: {arn}", "DeleteRolePolicy": "purge_policies: theirs"}
    assert role(iam).inline == {DEFAULT_POLICY_NAME: EVERYTHING}
    managed = made(iam, purge_policies=True)
    assert managed["DeleteRolePolicy"] == f"purge_policies: {DEFAULT_POLICY_NAME}"
    back = made(iam, purge_policies=True, policy_type="inline")
    assert back["DetachRolePolicy"] == f"purge_policies: {OUR_POLICY}"
    assert OUR_POLICY in iam.policies


# Absent


def absent(iam: MemoryIam, **options: Any) -> tuple[list[tuple[str, str]], list[str]]:
    """Operations with their reasons, and what was left in place, which check mode told before."""
    expected = run(iam, {**ABSENT, **options}, check=True)
    result = run(iam, {**ABSENT, **options})
    assert (result["changes"], result["left_in_place"]) == (expected["changes"], expected["left_in_place"])
    return [(change["operation"], change["reason"]) for change in result["changes"]], result["left_in_place"]


def test_absent_takes_all_back_in_an_order_that_can_be_repeated():
    iam = MemoryIam()
    run(iam, OPTIONS)
    policy = iam.policies[OUR_POLICY]
    policy.versions |= dict.fromkeys((2, 10), THEIRS)
    policy.default = 2
    made_then, kept = absent(iam)
    older = "IAM deletes a policy only once its other versions are gone"
    assert made_then == [
        ("DetachRolePolicy", f"state: absent: {OUR_POLICY}"),
        ("DeletePolicyVersion", older),
        ("DeletePolicyVersion", older),
        ("DeletePolicy", "created by this collection, and attached to nothing else"),
        ("DeleteRole", "created by this collection, and nothing else uses it"),
    ]
    gone = [arguments["VersionId"] for name, arguments in iam.calls if name == "DeletePolicyVersion"]
    assert (gone, kept) == (["v1", "v10"], [])
    assert absent(iam) == ([], [])


def test_absent_takes_our_statements_out_of_others_role():
    theirs = worlds.admit({"AWS": "777788889999"}, Sid="Theirs")
    iam = account(theirs, inline={})
    run(iam, {**OPTIONS, "policy_type": "inline"})
    made_then, (kept,) = absent(iam)
    assert made_then == [
        ("DeleteRolePolicy", f"state: absent: inline policy {DEFAULT_POLICY_NAME}"),
        ("UpdateAssumeRolePolicy", "state: absent"),
    ]
    assert role(iam).trust["Statement"] == [theirs]
    assert (
        "this collection did not create the role; its trust policy contains statements that this collection did not "
        "write"
    ) in kept
    assert absent(iam)[0] == []


def test_absent_says_that_iam_takes_no_empty_trust_policy():
    iam = account(worlds.admit({"AWS": "777788889999"}))
    run(iam, {**OPTIONS, "purge_trust": True})
    made_then, kept = absent(iam)
    assert "UpdateAssumeRolePolicy" not in [name for name, _reason in made_then]
    assert "inline policy restore exists" in kept[0]
    assert "contains only statements of this collection, and IAM does not accept an empty trust policy" in kept[1]


def test_absent_leaves_a_trust_policy_that_cannot_be_read():
    iam = MemoryIam()
    run(iam, OPTIONS)
    role(iam).trust = "{"
    assert "its trust policy contains statements that this collection did not write" in absent(iam)[1][0]
    assert role(iam).trust == "{"


def test_absent_leaves_our_policy_where_others_made_or_use_it():
    mine = account(inline={})
    role(mine).attached = [mine.add_policy(DEFAULT_POLICY_NAME, worlds.document(worlds.allow(worlds.ACTIONS)))]
    made_then, kept = absent(mine)
    assert made_then == []
    assert f"{OUR_POLICY} was neither detached nor deleted: this collection did not create it" in kept

    for count, others in ((1, "1 other principal"), (2, "2 other principals")):
        iam = MemoryIam()
        run(iam, OPTIONS)
        for number in range(count):
            iam.add(Principal("Role", f"Other{number}", trust=worlds.document(BACKUP), attached=[OUR_POLICY]))
        made_then, kept = absent(iam)
        assert [name for name, _reason in made_then] == ["DetachRolePolicy", "DeleteRole"]
        assert kept == [f"{OUR_POLICY} was not deleted: it is used by {others}"]
        assert absent(iam) == ([], kept)


def test_absent_counts_the_uses_of_our_policy_by_others():
    """Whether ours uses it or not."""
    iam = MemoryIam()
    run(iam, OPTIONS)
    iam.add(Principal("Role", "Other", trust=worlds.document(BACKUP), attached=[OUR_POLICY]))
    role(iam).attached = []
    made_then, kept = absent(iam)
    assert [name for name, _reason in made_then] == ["DeleteRole"]
    assert kept == [f"{OUR_POLICY} was not deleted: it is used by 1 other principal"]


def test_absent_takes_a_managed_form_only_if_known_for_ours():
    iam = MemoryIam()
    run(iam, OPTIONS)
    assert [name for name, _reason in absent(iam, policy_type="inline")[0]] == [
        "DetachRolePolicy",
        "DeletePolicy",
        "DeleteRole",
    ]
    theirs = account(inline={})
    role(theirs).attached = [theirs.add_policy(DEFAULT_POLICY_NAME, THEIRS)]
    made_then, kept = absent(theirs, policy_type="inline")
    assert made_then == []
    assert f"policy {OUR_POLICY} is attached" in kept[0]


def test_absent_takes_an_inline_form_of_earlier_runs():
    """With the statements that those have written."""
    iam = account(worlds.admit({"AWS": "777788889999"}), inline={})
    extra = [worlds.allow("s3:GetObject"), worlds.allow("s3:PutObject", Sid="Mine")]
    run(iam, {**OPTIONS, "policy_type": "inline", "additional_statements": extra})
    # One with a Sid of the user's own is known for ours only while it is asked for.
    assert absent(iam)[0] == [("UpdateAssumeRolePolicy", "state: absent")]
    assert absent(iam, additional_statements=extra[1:])[0][0][0] == "DeleteRolePolicy"
    for document in ("{", worlds.document()):
        vars(role(iam))["inline"] = {DEFAULT_POLICY_NAME: document}
        made_then, kept = absent(iam)
        assert made_then == []
        assert (
            f"inline policy {DEFAULT_POLICY_NAME} with statements that this collection did not write exists" in kept[0]
        )


@pytest.mark.parametrize(
    ("kind", "use", "said"),
    [
        ("Role", {"instance_profiles": ["profile"]}, "instance profile profile uses it"),
        ("Role", {"inline": {"theirs": THEIRS}}, "inline policy theirs exists"),
        ("Role", {"tags": {}}, "this collection did not create the role"),
        ("User", {"groups": ["Operators"]}, "it is a member of group Operators"),
        ("User", {"access_keys": 1}, "it has 1 access key"),
    ],
)
def test_absent_keeps_a_principal_for_one_reason(kind: str, use: dict[str, Any], said: str):
    iam = MemoryIam()
    iam.add(Principal("Group", "Operators"))
    options = {"principal_type": kind.lower()}
    run(iam, {**OPTIONS, **options})
    vars(iam.principals[kind, worlds.NAME]).update(use)
    made_then, kept = absent(iam, **options)
    assert kept[0] == f"arn:aws:iam::111122223333:{kind.lower()}/{worlds.NAME} was not deleted: {said}"
    assert [name for name, _reason in made_then] == [f"Detach{kind}Policy", "DeletePolicy"]


def test_absent_of_what_is_not_there_takes_our_policy_back():
    iam = MemoryIam()
    run(iam, OPTIONS)
    iam.principals.clear()
    assert [name for name, _reason in absent(iam)[0]] == ["DeletePolicy"]
