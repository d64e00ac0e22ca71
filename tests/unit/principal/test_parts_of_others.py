# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies under the names of further parts of ours, and under the name of earlier versions, that are somebody's too: none is
detached, deleted or rewritten, and a shorter restore_role_arns never passes for done where it takes nothing back."""

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
from tests.unit.principal.running import rolled_back, run, writes
from tests.unit.principal.scenes import OPTIONS, OURS, account, role
from tests.unit.principal.test_ownership import message
from tests.unit.principal.test_split import NAME, TRUST, fresh, options
from tests.unit.principal.test_split_parts import roles

FIRST = f"Cloudrestore-role-{NAME}"
SECOND = f"{FIRST}-part2"
SID = "CloudrestoreApplianceImpersonation"
DENY = {"Sid": "Guard", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}
ALLOW = worlds.allow("s3:GetObject", Sid="Theirs")
NAMED = {**OURS, PRINCIPAL_TAG_KEY: f"role/{NAME}"}
# A role that has the name of our second part for its own.
OF_ANOTHER = {**OURS, PRINCIPAL_TAG_KEY: f"role/{NAME}-part2"}


def asked(arns: list[str], **more: Any) -> dict[str, Any]:
    return {**options(arns), "policy_name": None, **more}


def listing(arns: list[str]) -> dict[str, Any]:
    return worlds.allow(["sts:AssumeRole"], arns if len(arns) > 1 else arns[0], Sid=SID)


def parts(*second: Any, path: str = "/", **tags: str) -> tuple[MemoryIam, str]:
    """Our policy for three roles, and another under the name of its second part, attached."""
    iam = fresh()
    run(iam, asked(roles(3)))
    arn = iam.add_policy(SECOND, worlds.document(*second), path=path, **tags)
    attached(iam).append(arn)
    return iam, arn


def attached(iam: MemoryIam) -> list[str]:
    return iam.principals["Role", NAME].attached


def default(iam: MemoryIam, arn: str) -> list[Any]:
    return list(iam.policies[arn].versions[iam.policies[arn].default]["Statement"])


def twice(iam: MemoryIam, **given: Any) -> dict[str, Any]:
    """The result of a run that check mode foretold and that leaves nothing to do."""
    expected = run(iam, given, check=True)
    result = run(iam, given)
    assert (result["changes"], result["left_in_place"]) == (expected["changes"], expected["left_in_place"])
    assert run(iam, given)["changed"] is False
    return result


# Parts that are needed no more


@pytest.mark.parametrize("match", ["effect", "exact"])
@pytest.mark.parametrize("tags", [{}, {"team": "platform"}, OF_ANOTHER, {PRINCIPAL_TAG_KEY: f"role/{NAME}"}])
@pytest.mark.parametrize("document", [DENY, ALLOW, listing(roles(9)[5:])])
def test_a_part_that_is_not_ours_stays(document: Any, tags: dict[str, str], match: str):
    for count in (3, 2):
        iam, arn = parts(document, **tags)
        before = iam.contents()["policies"][arn]
        twice(iam, **asked(roles(count), match=match))
        assert (arn in attached(iam), iam.contents()["policies"][arn]) == (True, before)
        assert default(iam, attached(iam)[0]) == [listing(roles(count))]


def test_it_stays_for_a_role_without_a_list_too():
    iam = account(inline={})
    run(iam, {**OPTIONS, "match": "exact"})
    arn = iam.add_policy(f"{DEFAULT_POLICY_NAME}-part2", worlds.document(DENY))
    role(iam).attached.append(arn)
    twice(iam, **OPTIONS, match="exact")
    assert arn in role(iam).attached


def test_one_that_is_not_ours_is_purged_as_any_other_is():
    iam, arn = parts(ALLOW)
    assert [change["reason"] for change in twice(iam, **asked(roles(3), purge_policies=True))["changes"]] == [
        f"purge_policies: {arn}"
    ]
    assert arn in iam.policies


@pytest.mark.parametrize("match", ["effect", "exact"])
@pytest.mark.parametrize("more", [(), (listing(roles(5)),)])
@pytest.mark.parametrize("tags", [OURS, NAMED])
def test_a_part_of_ours_with_a_deny_of_somebody_s_stays(tags: dict[str, str], more: tuple[Any, ...], match: str):
    """What we gave in it is taken back."""
    iam, arn = parts(DENY, *more, **tags)
    result = twice(iam, **asked(roles(3), match=match))
    assert result["left_in_place"] == [
        f"{arn} was neither detached nor deleted: its statement Guard denies something. Move it into another "
        "policy, or set allow_widening: true to remove it"
    ]
    assert (arn in attached(iam), default(iam, arn)) == (True, [DENY])
    twice(iam, **asked(roles(3), match=match, allow_widening=True))
    assert (arn in attached(iam), arn in iam.policies) == (False, False)


def test_a_part_of_ours_with_an_allow_of_somebody_s_stays_unless_exact():
    for match, stays in (("effect", True), ("exact", False)):
        iam, arn = parts(listing(roles(5)), ALLOW, **NAMED)
        kept = twice(iam, **asked(roles(3), match=match))["left_in_place"]
        assert (arn in attached(iam), arn in iam.policies, bool(kept)) == (stays, stays, stays)
        if stays:
            assert default(iam, arn) == [ALLOW]
            # allow_widening would not help.
            assert str(kept[0]).endswith("is not this collection's. Move it into another policy")


def test_a_part_of_ours_that_cannot_be_read_stays():
    iam, arn = parts(DENY, **NAMED)
    iam.policies[arn].versions[1] = "{not json"
    (kept,) = twice(iam, **asked(roles(3)))["left_in_place"]
    assert "its statement" not in kept
    assert "was neither detached nor deleted: it cannot be read" in kept
    assert arn in attached(iam)


def test_what_stays_loses_ours_by_a_version_that_a_rollback_takes_back():
    iam, arn = parts(DENY, listing(roles(5)), **NAMED)
    before = iam.contents()
    previous = run(iam, asked(roles(3)))["previous"]
    assert default(iam, arn) == [DENY]
    rolled_back(iam, asked(roles(3)), previous)
    assert default(iam, arn) == [DENY, listing(roles(5))]
    assert iam.contents()["principals"] == before["principals"]


def test_a_part_that_others_use_and_have_written_into_is_not_rewritten():
    iam, arn = parts(DENY, listing(roles(5)), **NAMED)
    iam.add(Principal("Role", "Other", trust=TRUST, attached=[arn]))
    before = iam.contents()
    for check in (True, False):
        told = failure(iam, asked(roles(3)), check=check)
        assert f"policy {arn} would be written, and it is not used only by this role: it is used by role/Other." in told
    assert iam.contents() == before


def failure(iam: MemoryIam, given: dict[str, Any], *, check: bool = False) -> str:
    with pytest.raises(RestoreAccessError) as caught:
        run(iam, given, check=check)
    return caught.value.message


def test_a_run_that_stopped_before_it_detached_a_part_is_ended_by_the_next():
    iam = fresh()
    run(iam, asked(roles(25)))
    third = next(arn for arn in iam.policies if "part3" in arn)
    before = iam.contents()["policies"][third]
    run(iam, asked(roles(3)))
    iam.policies[third] = before
    iam.policies[third].versions = {1: worlds.document(listing(roles(2)))}
    attached(iam).append(third)
    assert [change["operation"] for change in twice(iam, **asked(roles(3)))["changes"]] == [
        "DetachRolePolicy",
        "DeletePolicy",
    ]


def test_a_part_that_holds_what_no_other_does_is_not_detached_unwritten():
    """Room has come free in the first, and nothing is to be written into it."""
    iam, arn = parts(listing(roles(5)[3:]), **NAMED)
    assert run(iam, asked(roles(5)))["changed"] is False
    assert arn in attached(iam)


# Parts that are needed, and their names are taken


@pytest.mark.parametrize(
    ("name", "path"), [(SECOND, "/x/"), (SECOND.upper(), "/"), (SECOND.lower(), "/x/y/"), (SECOND, "/")]
)
@pytest.mark.parametrize("tags", [{}, OF_ANOTHER])
def test_a_taken_name_of_a_part_is_told_before_the_first_change(name: str, path: str, tags: dict[str, str]):
    iam = fresh()
    arn = iam.add_policy(name, worlds.document(ALLOW), path=path, **tags)
    before = iam.contents()
    told = failure(iam, asked(roles(25)), check=True)
    assert failure(iam, asked(roles(25))) == told
    assert f"policy {arn} would be written, and it is not this collection's policy for this role" in told
    assert f"set policy_name: {FIRST}-2" in told
    assert iam.contents() == before
    run(iam, asked(roles(25), policy_name=f"{FIRST}-2"))
    assert len(attached(iam)) == 3


@pytest.mark.parametrize("match", ["effect", "exact"])
def test_whose_a_part_is_comes_before_what_it_holds(match: str):
    """A Deny, or a document that cannot be read, is no concern of a run that may not write it."""
    for document in (worlds.document(DENY), "{not json"):
        iam = fresh()
        arn = iam.add_policy(SECOND, document)
        told = failure(iam, asked(roles(25), match=match))
        assert f"policy {arn} would be written, and it is not this collection's policy for this role" in told
        assert writes(iam) == []


def test_a_part_of_ours_under_another_path_is_taken():
    iam = fresh()
    arn = iam.add_policy(SECOND, worlds.document(listing(roles(1))), path="/x/", **NAMED)
    twice(iam, **asked(roles(15)))
    assert attached(iam)[1:] == [arn]
    assert len(iam.policies) == 2


# The policy of the former name, and a shorter list


def former(
    arns: list[str], tags: dict[str, str], *, use: str = "attached", more: tuple[Any, ...] = ()
) -> tuple[MemoryIam, str]:
    """Our policy of the former name, which another role uses as well."""
    iam = fresh()
    arn = iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(listing(arns), *more), **tags)
    attached(iam).append(arn)
    other = Principal("Role", "Other", trust=TRUST)
    other.attached, other.boundary = ([arn] if use == "attached" else []), (arn if use == "boundary" else None)
    iam.add(other)
    return iam, arn


@pytest.mark.parametrize("match", ["effect", "exact"])
@pytest.mark.parametrize("use", ["attached", "boundary"])
@pytest.mark.parametrize("tags", [OURS, NAMED])
def test_a_shorter_list_fails_where_it_can_take_nothing_back(tags: dict[str, str], use: str, match: str):
    iam, arn = former(roles(5), tags, use=use)
    before = iam.contents()
    told = failure(iam, asked(roles(1), match=match), check=True)
    assert failure(iam, asked(roles(1), match=match)) == told
    assert f"policy {arn} allows {roles(2)[1]}" in told
    assert " and 1 more, which restore_role_arns does not contain." in told
    assert "it is used by role/Other" + (" (as permissions boundary)." if use == "boundary" else ".") in told
    assert "detach it from the others or from this role manually, then run again" in told
    assert iam.contents() == before


def test_it_fails_for_a_further_part_of_the_former_one_that_others_use():
    iam = fresh()
    first = iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(listing(roles(3))), **NAMED)
    second = iam.add_policy(f"{DEFAULT_POLICY_NAME}-part2", worlds.document(listing(roles(5)[3:])), **NAMED)
    attached(iam).extend([first, second])
    iam.add(Principal("Group", "Other", attached=[second]))
    told = failure(iam, asked(roles(3)), check=True)
    assert failure(iam, asked(roles(3))) == told
    assert f"policy {second} allows {roles(4)[3]}, {roles(5)[4]}, which restore_role_arns does not contain" in told
    assert "it is used by group/Other." in told
    assert writes(iam) == []
    attached(iam).remove(second)
    assert run(iam, asked(roles(3)))["changed"] is False


def test_both_ways_out_lead_on():
    for released in ("others", "this role"):
        iam, arn = former(roles(5), OURS)
        (iam.principals["Role", "Other"].attached if released == "others" else attached(iam)).remove(arn)
        twice(iam, **asked(roles(1)))
        (left,) = attached(iam)
        assert (left == arn, default(iam, left)) == (released == "others", [listing(roles(1))])


def test_where_nothing_is_to_be_taken_back_it_is_left_alone():
    for given in (
        asked(roles(5)),
        asked([]),
        asked([], match="exact"),
        asked(roles(6)),
        asked(roles(1), purge_policies=True),
    ):
        iam, arn = former(roles(5), OURS)
        before = iam.contents()["policies"][arn]
        result = twice(iam, **given)
        assert (iam.contents()["policies"][arn], arn in iam.principals["Role", "Other"].attached) == (before, True)
        assert (arn in attached(iam)) is not given.get("purge_policies", False)
        assert result["left_in_place"] == []


@pytest.mark.parametrize("tags", [{}, {**OURS, PRINCIPAL_TAG_KEY: "role/Other"}])
def test_what_somebody_else_s_policy_lists_is_theirs(tags: dict[str, str]):
    iam, arn = former(roles(5), tags)
    assert run(iam, asked(roles(1)))["changed"] is False
    assert arn in attached(iam)


def test_beside_one_of_the_present_name_the_former_one_is_not_forgotten():
    iam, arn = former(roles(5), OURS)
    run(iam, asked(roles(6)))
    assert len(attached(iam)) == 2
    told = failure(iam, asked(roles(1)))
    assert f"policy {arn} allows {roles(6)[1]}" in told
    # To take it from the others would not do: it is not rewritten beside the present one.
    assert "To continue, detach it from this role manually and run again." in told
    iam.principals["Role", "Other"].attached = []
    told = failure(iam, asked(roles(1)))
    assert "this collection now manages another policy for it" in told
    assert "To continue, detach it from this role manually and run again." in told
    attached(iam).remove(arn)
    twice(iam, **asked(roles(1)))
    assert [default(iam, left) for left in attached(iam)] == [[listing(roles(1))]]


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("tags", [OURS, NAMED])
def test_absent_takes_the_former_one_from_this_principal_only(tags: dict[str, str], beside: bool):
    iam, arn = former(roles(5), tags)
    if beside:
        run(iam, asked(roles(6)))
    result = twice(iam, **asked([], state="absent"))
    assert (attached(iam), iam.principals["Role", "Other"].attached, list(iam.policies)) == ([], [arn], [arn])
    assert f"{arn} was not deleted: it is used by 1 other principal" in result["left_in_place"]


def test_absent_leaves_the_former_one_for_a_deny():
    iam, arn = former(roles(5), OURS, more=(DENY,))
    kept = twice(iam, **asked([], state="absent"))["left_in_place"]
    assert attached(iam) == [arn]
    assert f"{arn} was neither detached nor deleted: its statement Guard denies something" in str(kept)


def test_a_rollback_of_absent_attaches_the_former_one_again():
    iam, _arn = former(roles(5), OURS)
    before = iam.contents()
    previous = run(iam, asked([], state="absent"))["previous"]
    rolled_back(iam, asked([]), previous)
    assert iam.contents() == before


# An inline policy of an old version


VARIABLE = {"Sid": "F", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}"}


@pytest.mark.parametrize("version", [{"Version": "2008-10-17"}, {}])
def test_exact_makes_no_policy_variable_of_somebody_s_text(version: dict[str, str]):
    iam = account(inline={DEFAULT_POLICY_NAME: {**version, "Statement": [ALLOW, VARIABLE]}})
    told = message(iam, policy_type="inline", match="exact")
    assert "plain text in its statement F would become a policy variable" in told
    assert "use match: effect" in told
    home = [worlds.allow("s3:PutObject", "arn:aws:s3:::home/${aws:username}")]
    told = message(iam, policy_type="inline", additional_statements=home)
    assert "Move its statement F into another policy, or choose another policy_name." in told
    twice(iam, **OPTIONS, policy_type="inline")
    stored = role(iam).inline[DEFAULT_POLICY_NAME]
    assert ({key: stored[key] for key in version}, stored["Statement"][:2]) == (version, [ALLOW, VARIABLE])


def test_exact_raises_the_version_over_what_it_does_not_change():
    for body in (
        [ALLOW],
        [worlds.allow("s3:PutObject", "arn:aws:s3:::home/${aws:username}", Sid="CloudrestoreAdditional1")],
    ):
        iam = account(inline={DEFAULT_POLICY_NAME: {"Version": "2008-10-17", "Statement": body}})
        twice(iam, **OPTIONS, policy_type="inline", match="exact")
        assert role(iam).inline[DEFAULT_POLICY_NAME]["Version"] == "2012-10-17"
    new = account(inline={DEFAULT_POLICY_NAME: worlds.document(VARIABLE)})
    twice(new, **OPTIONS, policy_type="inline", match="exact")
    assert role(new).inline[DEFAULT_POLICY_NAME]["Statement"][0] == VARIABLE
