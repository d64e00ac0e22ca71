# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM's quotas: what would break one is refused before the first write, and what can make room does."""

from __future__ import annotations

from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import OPTIONS, OURS, account, refused, role


def test_too_long_a_document_is_refused_before_the_first_write():
    statement = worlds.allow("s3:GetObject", [f"arn:aws:s3:::bucket-{number:04d}/*" for number in range(250)])
    error = refused(MemoryIam(), additional_statements=[statement])
    assert "Nothing was changed" in error.message
    assert "the account allows 6144; shorten additional_statements" in error.message


def test_too_long_a_trust_is_refused_before_the_first_write():
    theirs = [worlds.admit({"AWS": f"arn:aws:iam::444455556666:role/theirs-{number:030d}"}) for number in range(15)]
    iam = account(*theirs, inline={})
    error = refused(iam)
    assert "the account allows 2048; remove statements that are not needed, or have the quota raised" in error.message
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
