# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A managed policy is written only if it is this collection's policy of this very principal."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    DEFAULT_POLICY_NAME,
    PRINCIPAL_TAG_KEY,
)

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import BACKUP, OPTIONS, OURS, account, role

OTHER = "Other"
DENY = worlds.document({"Effect": "Deny", "Action": "iam:*", "Resource": "*"}, worlds.allow("s3:*"))
MINE = {**OURS, PRINCIPAL_TAG_KEY: f"role/{worlds.NAME}"}
THEIR_TAGS = {**OURS, PRINCIPAL_TAG_KEY: f"role/{OTHER}"}
# Tags of the policy → how another role uses it.
FOREIGN: list[tuple[dict[str, str], str]] = [
    ({}, "attached"),
    ({}, "boundary"),
    (OURS, "attached"),
    (OURS, "boundary"),
    (THEIR_TAGS, "attached"),
    (THEIR_TAGS, ""),
    ({PRINCIPAL_TAG_KEY: f"user/{worlds.NAME}"}, ""),
    ({"team": "platform"}, ""),
]


def with_policy(tags: dict[str, str], use: str = "", *, attached: bool = True) -> tuple[MemoryIam, str]:
    """The account with a policy of our name, which another role uses as well."""
    iam = account(inline={})
    arn = iam.add_policy(DEFAULT_POLICY_NAME, *[DENY] * 5, **tags)
    role(iam).attached = [arn] if attached else []
    iam.add(
        Principal(
            "Role",
            OTHER,
            trust=worlds.document(BACKUP),
            attached=[arn] if use == "attached" else [],
            boundary=arn if use == "boundary" else None,
        )
    )
    return iam, arn


def message(iam: MemoryIam, **options: Any) -> str:
    """Why the run failed: with nothing changed, and in check mode alike."""
    found = []
    for check in (True, False):
        with pytest.raises(RestoreAccessError) as caught:
            run(iam, {**OPTIONS, **options}, check=check)
        found.append(caught.value.message)
    assert writes(iam) == []
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize("attached", [True, False])
@pytest.mark.parametrize("options", [{}, {"match": "exact"}, {"match": "exact", "allow_widening": True}])
@pytest.mark.parametrize(("tags", "use"), FOREIGN)
def test_what_is_not_ours_is_not_written(tags: dict[str, str], use: str, options: dict[str, Any], attached: bool):
    iam, arn = with_policy(tags, use, attached=attached)
    before = iam.contents()
    told = message(iam, **options)
    assert f"Account 111122223333, arn:aws:iam::111122223333:role/{worlds.NAME}: policy {arn} would be written" in told
    assert f"set policy_name: Cloudrestore-role-{worlds.NAME}" in told
    assert ("adopt_policy: true" in told) is (tags == {"team": "platform"})
    assert (f"role/{OTHER}" in told) is bool(use or tags.get(PRINCIPAL_TAG_KEY) == f"role/{OTHER}")
    assert ("(as permissions boundary)" in told) is (use == "boundary")
    assert iam.contents() == before


@pytest.mark.parametrize(("tags", "use"), FOREIGN[:-1])
def test_adopting_takes_no_policy_of_others(tags: dict[str, str], use: str):
    iam, _arn = with_policy(tags, use)
    message(iam, adopt_policy=True)


def test_an_untagged_policy_that_nobody_else_uses_is_adopted():
    iam, arn = with_policy({"team": "platform"})
    run(iam, {**OPTIONS, "adopt_policy": True})
    assert writes(iam)[0] == "TagPolicy"
    assert iam.policies[arn].tags == {"team": "platform", **MINE}
    assert run(iam, OPTIONS)["changed"] is False


def test_the_tag_of_earlier_versions_is_ours_where_nobody_else_uses_it():
    iam, arn = with_policy(OURS)
    foretold = run(iam, OPTIONS, check=True)["changes"]
    assert run(iam, OPTIONS)["changes"] == foretold
    assert writes(iam) == ["TagPolicy", "DeletePolicyVersion", "CreatePolicyVersion"]
    assert iam.policies[arn].tags == MINE


def test_the_boundary_of_the_principal_itself_is_not_ours():
    iam, arn = with_policy(OURS, attached=False)
    role(iam).boundary = arn
    assert "(as permissions boundary)" in message(iam)


def test_users_are_not_asked_where_nobody_else_uses_it():
    iam, _arn = with_policy(MINE)
    run(iam, OPTIONS)
    assert "ListEntitiesForPolicy" not in [name for name, _arguments in iam.calls]
    iam, _arn = with_policy({})
    message(iam)
    assert "ListEntitiesForPolicy" not in [name for name, _arguments in iam.calls]


def test_who_uses_a_policy_is_asked_only_where_it_is_to_be_written():
    iam, arn = with_policy({}, "attached")
    role(iam).inline = {"all": worlds.document(worlds.allow("*"))}
    iam.policies[arn].versions[5] = worlds.document(worlds.allow("s3:*"))
    assert run(iam, OPTIONS)["changed"] is False
    assert len(iam.calls) == 8


def test_a_policy_that_is_created_names_its_principal():
    iam = account(inline={})
    run(iam, OPTIONS)
    (policy,) = iam.policies.values()
    assert policy.tags == MINE


def test_a_name_with_a_comma_has_a_tag_that_iam_takes():
    iam = MemoryIam()
    run(iam, {**OPTIONS, "name": "a,b"})
    (policy,) = iam.policies.values()
    assert policy.tags[PRINCIPAL_TAG_KEY] == "role/a:b"
    assert run(iam, {**OPTIONS, "name": "a,b", "description": "new"})["changed"] is True


def test_two_principals_never_write_one_policy():
    iam = MemoryIam()
    run(iam, OPTIONS)
    before = iam.contents()
    with pytest.raises(RestoreAccessError) as caught:
        run(iam, {**OPTIONS, "principal_type": "user"})
    assert f"its tag {PRINCIPAL_TAG_KEY} names role/{worlds.NAME}" in caught.value.message
    assert iam.contents() == before


def test_absent_deletes_no_policy_of_another_principal():
    iam, arn = with_policy(THEIR_TAGS)
    run(iam, {**OPTIONS, "state": "absent"})
    assert role(iam).attached == [arn]  # for its Deny
    run(iam, {**OPTIONS, "state": "absent", "allow_widening": True})
    assert role(iam).attached == []
    assert arn in iam.policies
