# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A managed policy is written only if it is this collection's policy of this very principal."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    DEFAULT_POLICY_NAME,
    PRINCIPAL_TAG_KEY,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.operations import (
    create_policy_version,
    detach_policy,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import (
    ROLE,
    ManagedPolicy,
    Observed,
    OwnPolicy,
    PolicyUse,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.plan import ownership

from tests.unit.memory_iam import IamError, MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import ACCOUNT, BACKUP, NO_GRANTS, OPTIONS, OURS, account, role

OTHER = "Other"
ALLOWED = worlds.document(worlds.allow("s3:*"))
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


def test_a_policy_is_tagged_before_its_first_write():
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{DEFAULT_POLICY_NAME}"
    own = OwnPolicy(ManagedPolicy(arn, "{}"), PolicyUse(OURS))
    observed = Observed(Account("aws", ACCOUNT), ROLE, worlds.NAME, True, own_policies=(own,))
    made = [
        detach_policy(observed, arn, ""),
        create_policy_version(arn, "{}", ""),
        create_policy_version(arn, "[]", ""),
    ]
    marked = ownership.with_marks(observed, made)
    assert [operation.name for operation in marked] == [
        "DetachRolePolicy",
        "TagPolicy",
        "CreatePolicyVersion",
        "CreatePolicyVersion",
    ]


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


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        (THEIR_TAGS, f"its tag {PRINCIPAL_TAG_KEY} names role/{OTHER}"),
        ({**OURS, PRINCIPAL_TAG_KEY: f"user/{worlds.NAME}"}, f"its tag {PRINCIPAL_TAG_KEY} names user/{worlds.NAME}"),
        ({}, "this collection did not create it"),
        ({"team": "platform"}, "this collection did not create it"),
        ({PRINCIPAL_TAG_KEY: f"role/{worlds.NAME}"}, "this collection did not create it"),
    ],
)
@pytest.mark.parametrize("more", [{}, {"allow_widening": True}, {"policy_type": "inline"}])
def test_absent_takes_no_policy_of_another_principal_s_away(tags: dict[str, str], why: str, more: dict[str, Any]):
    for use in ("", "attached"):
        iam, arn = with_policy(tags, use)
        expected = run(iam, {**OPTIONS, "state": "absent", **more}, check=True)["left_in_place"]
        kept = run(iam, {**OPTIONS, "state": "absent", **more})["left_in_place"]
        assert (kept, role(iam).attached, arn in iam.policies) == (expected, [arn], True)
        assert f"{arn} was neither detached nor deleted: {why}" in kept


@pytest.mark.parametrize("tags", [OURS, MINE])
def test_absent_takes_ours_from_the_principal_and_leaves_it_to_others(tags: dict[str, str]):
    iam = account(inline={})
    arn = iam.add_policy(DEFAULT_POLICY_NAME, ALLOWED, **tags)
    for name in (worlds.NAME, OTHER):
        iam.add(Principal("Role", name, trust=worlds.document(BACKUP), attached=[arn]))
    result = run(iam, {**OPTIONS, "state": "absent"})
    assert writes(iam) == ["DetachRolePolicy"]
    assert f"{arn} was not deleted: it is used by 1 other principal" in result["left_in_place"]
    assert (role(iam).attached, iam.principals["Role", OTHER].attached) == ([], [arn])


# How somebody else uses a policy whose tags name the principal → who that is.
USES = {
    "role": f"role/{OTHER}",
    "user": f"user/{OTHER}",
    "group": f"group/{OTHER}",
    "boundary": f"role/{OTHER} (as permissions boundary)",
    "own boundary": f"role/{worlds.NAME} (as permissions boundary)",
}


def used_as(use: str, *, attached: bool = True, full: bool = False) -> tuple[MemoryIam, str]:
    """The account with the principal's own policy, which is used in another way as well. ``full``: of versions."""
    iam = account(inline={})
    arn = iam.add_policy(DEFAULT_POLICY_NAME, *[ALLOWED] * (5 if full else 1), **MINE)
    role(iam).attached = [arn] if attached else []
    if use == "own boundary":
        role(iam).boundary = arn
        return iam, arn
    kind = "Role" if use == "boundary" else use.capitalize()
    given: dict[str, Any] = {"boundary": arn} if use == "boundary" else {"attached": [arn]}
    iam.add(Principal(kind, OTHER, trust=worlds.document(BACKUP), **given))
    return iam, arn


@pytest.mark.parametrize("attached", [True, False])
@pytest.mark.parametrize("options", [{}, {"match": "exact"}, {"match": "exact", "allow_widening": True}])
@pytest.mark.parametrize("use", USES)
def test_what_others_may_do_is_not_changed_whomever_the_tags_name(use: str, options: dict[str, Any], attached: bool):
    for full in (False, True):
        iam, arn = used_as(use, attached=attached, full=full)
        before = iam.contents()
        told = message(iam, **options)
        assert (
            f"policy {arn} would be written, and it is not used only by this role: it is used by {USES[use]}." in told
        )
        assert ("and detach this one from this role manually" in told) is attached
        assert "adopt_policy" not in told
        assert iam.contents() == before
        # Both ways out lead on.
        run(iam, {**OPTIONS, **options, "policy_name": told.partition("set policy_name: ")[2].split()[0].strip(",.")})


def test_a_policy_of_ours_that_others_use_is_attached_as_it_is():
    """Only what it says is theirs as well."""
    iam, arn = used_as("role", attached=False)
    iam.policies[arn].versions[1] = worlds.document(
        {"Sid": "CloudrestoreDynamodbRestore", **worlds.allow(worlds.ACTIONS)}
    )
    run(iam, OPTIONS)
    assert (writes(iam), role(iam).attached) == (["AttachRolePolicy"], [arn])
    assert run(iam, OPTIONS)["changed"] is False
    assert run(iam, {**OPTIONS, "match": "exact"})["changed"] is False


def test_who_uses_it_is_counted_where_it_may_not_be_asked():
    iam, _arn = used_as("group")
    iam.fail = lambda operation, _arguments: (
        IamError("AccessDenied", "no") if operation in ("ListEntitiesForPolicy", "ListPolicies") else None
    )
    told = message(iam)
    assert "it is used by another." in told
    assert "set policy_name to a name that no policy of the account uses" in told


def test_a_principal_with_a_comma_in_its_name_is_none_of_the_others():
    iam = MemoryIam()
    run(iam, {**OPTIONS, "name": "a,b"})
    (arn,) = iam.policies
    iam.add(Principal("Role", OTHER, trust=worlds.document(BACKUP), attached=[arn]))
    with pytest.raises(RestoreAccessError) as caught:
        run(iam, {**OPTIONS, "name": "a,b", "additional_statements": [worlds.allow("s3:GetObject")]})
    assert f"it is used by role/{OTHER}." in caught.value.message


# Tag keys, in whatever case


@pytest.mark.parametrize("spelled", [str.title, str.upper])
def test_a_tag_under_a_key_in_another_case_says_whose_it_is(spelled: Any):
    named = {**OURS, spelled(PRINCIPAL_TAG_KEY): f"role/{OTHER}"}
    for tags in (named, {**named, PRINCIPAL_TAG_KEY: f"role/{worlds.NAME}"}):
        iam, arn = with_policy(tags)
        assert f"names {tags[spelled(PRINCIPAL_TAG_KEY)]}" in message(iam)
        run(iam, {**OPTIONS, "state": "absent", "allow_widening": True})
        assert role(iam).attached == [arn]
    ours, arn = with_policy({spelled(key): value for key, value in MINE.items()})
    run(ours, OPTIONS)
    assert writes(ours) == ["DeletePolicyVersion", "CreatePolicyVersion"]
    assert run(ours, OPTIONS)["changed"] is False


def test_one_that_says_twice_who_made_it_is_nobody_s_to_take():
    iam, _arn = with_policy({**OURS, "Cloudrestore.aws:Created-By": "somebody"})
    assert "it has no tag of this collection" in message(iam)
    assert "adopt_policy" not in message(iam, adopt_policy=True)


def test_a_role_s_own_tag_is_known_in_any_case():
    iam = MemoryIam()
    run(iam, OPTIONS)
    role(iam).tags = {key.upper(): value for key, value in role(iam).tags.items()}
    run(iam, {**OPTIONS, "state": "absent"})
    assert iam.contents() == MemoryIam().contents()


# Names


UNNAMED = {"policy_name": None}
DERIVED = f"Cloudrestore-role-{worlds.NAME}"


@pytest.mark.parametrize("path", ["/x/", "/x/y/"])
def test_a_policy_of_our_name_under_another_path_is_like_any_other(path: str):
    for name in (DERIVED, DERIVED.upper()):
        iam = account(inline={})
        arn = iam.add_policy(name, ALLOWED, path=path)
        told = message(iam, **UNNAMED)
        assert f"policy {arn} would be written" in told
        assert f"set policy_name: {DERIVED}-2, or adopt_policy: true" in told
        adopted = {**UNNAMED, "adopt_policy": True}
        assert "allows what the options do not ask for" in message(iam, **adopted)
        assert run(iam, {**OPTIONS, **adopted, "allow_widening": True})["changed"] is True
        assert role(iam).attached == [arn]
        assert run(iam, {**OPTIONS, **UNNAMED})["changed"] is False


def test_our_own_under_another_path_is_found_again():
    iam = account(inline={})
    arn = iam.add_policy(DERIVED, NO_GRANTS, path="/x/", **MINE)
    expected = run(iam, {**OPTIONS, **UNNAMED}, check=True)["changes"]
    assert run(iam, {**OPTIONS, **UNNAMED})["changes"] == expected
    assert (role(iam).attached, list(iam.policies)) == ([arn], [arn])


@pytest.mark.parametrize(
    ("taken", "proposed"),
    [
        ([DERIVED], f"{DERIVED}-2"),
        ([DERIVED, f"{DERIVED}-2"], f"{DERIVED}-3"),
        ([DERIVED, f"{DERIVED}-2".upper(), f"{DERIVED}-3-part2"], f"{DERIVED}-4"),
        ([f"{DERIVED}-2"], DERIVED),
    ],
)
def test_the_name_that_is_proposed_is_free(taken: list[str], proposed: str):
    iam = account(inline={})
    for number, name in enumerate([DEFAULT_POLICY_NAME, *taken]):
        iam.add_policy(name, ALLOWED, path="/x/" if number % 2 else "/")
    for given in {DEFAULT_POLICY_NAME, *taken} - {f"{DERIVED}-3-part2"}:
        assert f"set policy_name: {proposed}, or adopt_policy" in message(iam, policy_name=given)
    run(iam, {**OPTIONS, "policy_name": proposed})
    assert role(iam).attached == [f"arn:aws:iam::111122223333:policy/{proposed}"]


def test_a_principal_not_known_for_a_moment_is_no_other_user_of_its_policy():
    iam, arn = with_policy(MINE)
    missing = iter([IamError("NoSuchEntity", "not there yet")])
    iam.fail = lambda operation, _arguments: next(missing, None) if operation == "GetRole" else None
    assert run(iam, {**OPTIONS, "match": "exact", "allow_widening": True})["changed"]
    assert role(iam).attached == [arn]


@pytest.mark.parametrize("often", [1, 9])
def test_a_change_between_two_calls_makes_no_policy_somebody_elses(often: int):
    """It is read again, and where that goes on the run says to run again."""
    iam, arn = with_policy(OURS)
    left = iter(range(often))

    def detached(operation: str, _arguments: dict[str, Any]) -> None:
        """Between the list of what is attached and the count of uses."""
        if operation == "GetRole":
            role(iam).attached = [arn]
        if operation == "GetPolicy" and next(left, None) is not None:
            role(iam).attached = []

    iam.fail = detached  # type: ignore[assignment]
    if often == 1:
        run(iam, OPTIONS, check=True)
        return
    with pytest.raises(RestoreAccessError, match=f"who uses policy {arn} are inconsistent.*Run again"):
        run(iam, OPTIONS, check=True)
    assert writes(iam) == []


@pytest.mark.parametrize(("attached", "detach"), [(True, " and detach this one from this role manually"), (False, "")])
@pytest.mark.parametrize("use", ["attached", "boundary"])
def test_what_to_do_where_others_use_ours(use: str, attached: bool, detach: str):
    iam, _arn = with_policy(MINE, use, attached=attached)
    assert message(iam).endswith(
        f"To continue, set policy_name: Cloudrestore-role-{worlds.NAME}{detach}, or remove its other uses manually and "
        "run again."
    )
