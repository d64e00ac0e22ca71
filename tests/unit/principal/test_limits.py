# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM's quotas: what would break one is refused before the first write, and what can make room does."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import OPTIONS, OURS, account, refused, role


def test_too_long_a_document_is_refused_before_the_first_write():
    statement = worlds.allow("s3:GetObject", [f"arn:aws:s3:::bucket-{number:04d}/*" for number in range(250)])
    error = refused(MemoryIam(), additional_statements=[statement])
    assert "Nothing was changed" in error.message
    assert "the account allows 6144; use policy_type: inline, or shorten additional_statements" in error.message


def large(number: int) -> dict[str, Any]:
    """A statement of some 30 characters for each of so many actions."""
    return worlds.allow([f"s3:AnActionOfManyLetters{action:04d}" for action in range(number)])


@pytest.mark.parametrize(
    ("kind", "policy_type", "number", "attached", "ways"),
    [
        ("role", "managed", 200, 0, {"use policy_type: inline", "shorten"}),
        ("role", "managed", 400, 0, {"shorten"}),
        ("user", "managed", 200, 0, {"shorten"}),
        ("role", "inline", 400, 0, {"shorten"}),
        ("user", "inline", 60, 0, {"use policy_type: managed", "shorten"}),
        ("user", "inline", 60, 10, {"shorten"}),
        ("user", "inline", 200, 0, {"shorten"}),
        ("role", "managed", 10, 10, {"use policy_type: inline", "detach one"}),
        ("user", "managed", 60, 10, {"detach one"}),
    ],
)
def test_no_way_out_leads_back_to_another_limit(
    kind: str, policy_type: str, number: int, attached: int, ways: set[str]
):
    iam = MemoryIam()
    policies = [iam.add_policy(f"p{each}", worlds.document(worlds.allow("s3:*"))) for each in range(attached)]
    trust = worlds.document(worlds.admit({"AWS": worlds.APPLIANCE})) if kind == "role" else None
    iam.add(Principal(kind.capitalize(), worlds.NAME, trust=trust, attached=policies))
    given = {"principal_type": kind, "policy_type": policy_type, "additional_statements": [large(number)]}
    if kind == "user":
        given["appliance_principals"] = []
    message = refused(iam, **given).message
    assert {way for way in WAYS if way in message} == ways
    for way in ways & {"use policy_type: inline", "use policy_type: managed"}:
        run(iam, {**OPTIONS, **given, "policy_type": way.rsplit(" ", 1)[-1]})
    assert bool(writes(iam)) is any(way.startswith("use") for way in ways)


WAYS = ("use policy_type: inline", "use policy_type: managed", "shorten", "detach one", "remove other inline policies")


def test_what_others_hold_inline_is_told_apart():
    iam = account(inline={"theirs": worlds.document(large(250))})
    message = refused(iam, policy_type="inline", additional_statements=[large(150)]).message
    assert {way for way in WAYS if way in message} == {
        "use policy_type: managed",
        "remove other inline policies",
        "shorten",
    }


def test_too_long_a_trust_is_refused_before_the_first_write():
    theirs = [worlds.admit({"AWS": f"arn:aws:iam::444455556666:role/theirs-{number:030d}"}) for number in range(15)]
    iam = account(*theirs, inline={})
    error = refused(iam)
    assert "the account allows 2048; remove statements that are not needed, or request a higher quota" in error.message
    assert writes(iam) == []


def test_the_real_quota_of_the_account_counts():
    iam = MemoryIam()
    iam.fail = lambda operation, _arguments: None
    statement = worlds.allow("s3:GetObject", [f"arn:aws:s3:::bucket-{number:04d}/*" for number in range(250)])
    iam.quotas["PolicySizeQuota"] = 20_000
    run(iam, {**OPTIONS, "additional_statements": [statement]})
    assert "CreatePolicy" in writes(iam)


def test_an_eleventh_policy_is_refused_before_the_first_write():
    iam = account(inline={})
    role(iam).attached = [iam.add_policy(f"p{number}", worlds.document(worlds.allow("s3:*"))) for number in range(10)]
    error = refused(iam)
    assert "11 attached policies" in error.message
    assert "policy_type: inline" in error.message
    assert writes(iam) == []


def test_at_the_limit_the_oldest_spare_version_is_pruned():
    """The result holds its document."""
    iam = account(inline={})
    documents = [worlds.document(worlds.allow(f"s3:{number}")) for number in range(5)]
    arn = iam.add_policy(DEFAULT_POLICY_NAME, *documents, **OURS)
    iam.policies[arn].default = 1
    role(iam).attached = [arn]
    result = run(iam, OPTIONS)
    assert writes(iam) == ["TagPolicy", "DeletePolicyVersion", "CreatePolicyVersion"]
    (pruned,) = result["previous"]["deleted_policy_versions"]
    assert pruned == {"policy_arn": arn, "version_id": "v2", "document": documents[1]}
    assert sorted(iam.policies[arn].versions) == [1, 3, 4, 5, 6]


def test_purge_policies_makes_room_where_the_quota_leaves_none():
    iam = account(inline={})
    role(iam).attached = [iam.add_policy(f"p{number}", worlds.document(worlds.allow("s3:*"))) for number in range(10)]
    options = {**OPTIONS, "purge_policies": True}
    expected = [one["operation"] for one in run(iam, options, check=True)["changes"]]
    run(iam, options)
    assert (
        writes(iam)
        == expected
        == [
            "CreatePolicy",
            "DetachRolePolicy",
            "AttachRolePolicy",
            *["DetachRolePolicy"] * 9,
        ]
    )


def test_purge_policies_makes_room_for_an_inline_policy_as_well():
    large = worlds.document(worlds.allow([f"s3:Action{number:04d}" for number in range(600)]))
    iam = account(inline={"large": large})
    run(iam, {**OPTIONS, "purge_policies": True, "policy_type": "inline"})
    assert writes(iam) == ["DeleteRolePolicy", "PutRolePolicy"]


def test_what_a_restore_depends_on_least_makes_room_first():
    iam = account(inline={})
    restore = iam.add_policy("a-restore", worlds.document(worlds.allow(worlds.ACTIONS)))
    others = [iam.add_policy(f"p{number}", worlds.document(worlds.allow("s3:*"))) for number in range(9)]
    role(iam).attached = [restore, *others]
    run(iam, {**OPTIONS, "purge_policies": True})
    gone = [arguments["PolicyArn"] for name, arguments in iam.calls if name == "DetachRolePolicy"]
    assert (gone[0], sorted(gone)) == (others[0], sorted([restore, *others]))
    assert writes(iam)[:3] == ["CreatePolicy", "DetachRolePolicy", "AttachRolePolicy"]
