# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""custom_permission_sets: the user's own sets, split over as many policies as their actions or resources take."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, verify, writes
from tests.unit.principal.scenes import NO_ORGANIZATION, OURS
from tests.unit.principal.test_interrupted import Killed, stop_after
from tests.unit.principal.test_split import LONGEST, NAME, fresh, lengths
from tests.unit.principal.test_split import options as of_roles
from tests.unit.principal.test_split import roles as fleet

SECOND = f"{DEFAULT_POLICY_NAME}-part2"
Pairs = set[tuple[str, str]]


def actions(count: int, first: int = 0, length: int = 30) -> list[str]:
    return [f"s3:{'A' * length}{number:04d}" for number in range(first, first + count)]


def buckets(count: int, first: int = 0, length: int = 30) -> list[str]:
    return [f"arn:aws:s3:::{'b' * length}{number:04d}" for number in range(first, first + count)]


def a_set(name: str, of: Sequence[str], on: Sequence[str] = ()) -> dict[str, Any]:
    return {"name": name, "actions": list(of), "resources": list(on)}


def options(*sets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**of_roles([]), "permission_sets": [], "custom_permission_sets": list(sets), **more}


def pairs_of(*sets: dict[str, Any]) -> Pairs:
    return {(one, on) for each in sets for one in each["actions"] for on in each["resources"] or ["*"]}


def by_policy(iam: MemoryIam, kind: str = "Role") -> dict[str, Pairs]:
    """Attached policy → each action on each resource that its default version allows."""
    result = {}
    for arn in iam.principals[kind, NAME].attached:
        policy = iam.policies[arn]
        body = policy.versions[policy.default]["Statement"]
        assert len({one["Sid"] for one in body}) == len(body)
        result[policy.name] = {(a, r) for one in body for a in _list(one["Action"]) for r in _list(one["Resource"])}
    return result


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value


def granted(iam: MemoryIam, kind: str = "Role") -> Pairs:
    return set().union(*by_policy(iam, kind).values())


def twice(iam: MemoryIam, asked: dict[str, Any]) -> list[str]:
    """The operations of a run that check mode foretold and that leaves nothing to do."""
    planned = run(iam, asked, check=True)["changes"]
    made = run(iam, asked)
    assert (made["changes"], made["unresolved"]) == (planned, [])
    before = len(iam.calls)
    assert (run(iam, asked)["changed"], writes(iam, before)) == (False, [])
    assert all(length <= LONGEST for length in lengths(iam))
    return [change["operation"] for change in planned]


MANY = a_set("many", actions(250))
WIDE = a_set("wide", ["s3:GetObject", "s3:PutObject"], buckets(160))
# 4,000 characters of each: it takes three policies.
BOTH = a_set("both", actions(40, length=92), buckets(40, length=81))


# Each scope and each way of matching once for each set; `make soak` tries every one with each.
BOTH_WAYS = [
    ("documented", "effect"),
    ("scoped", "exact"),
    pytest.param("documented", "exact", marks=pytest.mark.soak),
    pytest.param("scoped", "effect", marks=pytest.mark.soak),
]


@pytest.mark.parametrize(("scope", "match"), BOTH_WAYS)
@pytest.mark.parametrize(
    ("sets", "parts"),
    [((MANY,), 2), ((WIDE,), 2), ((BOTH,), 3), ((MANY, a_set("few", ["sqs:SendMessage"]), WIDE), 4)],
)
def test_sets_longer_than_a_policy_are_split(sets: tuple[dict[str, Any], ...], parts: int, scope: str, match: str):
    iam, asked = fresh(), options(*sets, match=match, permissions_scope=scope)
    twice(iam, asked)
    assert len(by_policy(iam)) == parts
    assert granted(iam) == pairs_of(*sets)
    verified = verify(iam, options(*sets, permissions_scope=scope, organization_policies=NO_ORGANIZATION))
    assert (verified["drifted"], verified["missing_permissions"]) == (False, [])


def test_a_set_that_is_long_both_ways_is_cut_along_both():
    """Neither list leaves room for the other: it takes four policies, and not one for each resource."""
    wide = a_set("grid", actions(57, length=92), buckets(57, length=81))
    iam = fresh()
    twice(iam, options(wide))
    assert len(by_policy(iam)) == 4
    assert granted(iam) == pairs_of(wide)
    sids = {one["Sid"] for policy in iam.policies.values() for one in policy.versions[policy.default]["Statement"]}
    assert sids == {"CloudrestoreOwnGrid", "CloudrestoreOwnGridBlock2"}
    small = a_set("grid", actions(3), buckets(3))
    twice(iam, options(small))
    assert by_policy(iam) == {DEFAULT_POLICY_NAME: pairs_of(small)}


def test_one_more_goes_where_there_is_room_in_a_set():
    iam = fresh()
    run(iam, options(MANY))
    before = by_policy(iam)
    more = a_set("many", [*actions(1, 900), *MANY["actions"]])
    assert twice(iam, options(more)) == ["CreatePolicyVersion"]
    after = by_policy(iam)
    assert after == {**before, SECOND: before[SECOND] | pairs_of(a_set("", actions(1, 900)))}


@pytest.mark.parametrize("match", ["effect", "exact"])
@pytest.mark.parametrize(
    ("large", "small"),
    [
        (MANY, a_set("many", actions(3, 247))),
        (WIDE, a_set("wide", WIDE["actions"], buckets(3, 150))),
        (BOTH, a_set("both", BOTH["actions"][-2:], BOTH["resources"][-2:])),
    ],
)
def test_a_set_that_shrinks_needs_its_further_policies_no_more(large: Any, small: Any, match: str):
    iam = fresh()
    run(iam, options(large, match=match))
    reasons = {change["reason"] for change in run(iam, options(small, match=match), check=True)["changes"][1:]}
    assert reasons == {"custom_permission_sets are small enough for fewer policies"}
    made = twice(iam, options(small, match=match))
    gone = (len(made) - 1) // 2
    assert made == ["CreatePolicyVersion", *["DetachRolePolicy"] * gone, *["DeletePolicy"] * gone]
    assert by_policy(iam) == {DEFAULT_POLICY_NAME: pairs_of(small)}
    assert len(iam.policies) == 1


def test_a_smaller_set_in_one_policy_is_no_drift():
    """With match: effect a principal may hold more, as ever; with exact it may not."""
    iam, fewer = fresh(), a_set("many", actions(10))
    run(iam, options(a_set("many", actions(11))))
    assert run(iam, options(fewer))["changed"] is False
    assert twice(iam, options(fewer, match="exact")) == ["CreatePolicyVersion"]
    assert granted(iam) == pairs_of(fewer)


def test_a_set_is_taken_out_where_another_keeps_the_policy():
    iam = fresh()
    run(iam, options(MANY, WIDE))
    few = a_set("many", actions(2))
    twice(iam, options(few, WIDE, match="exact"))
    assert granted(iam) == pairs_of(few, WIDE)
    twice(iam, options(match="exact", additional_statements=[worlds.allow("s3:GetObject", Sid="Mine")]))
    assert by_policy(iam) == {DEFAULT_POLICY_NAME: {("s3:GetObject", "*")}}


def test_what_moves_is_in_the_new_place_before_it_leaves_the_old():
    more = [worlds.allow("s3:GetObject", f"arn:aws:s3:::example-{number:060}/*") for number in range(20)]
    asked = options(MANY, additional_statements=more)
    iam = fresh()
    run(iam, options(MANY))
    made = [change["operation"] for change in run(iam, asked, check=True)["changes"]]
    assert len(made) > 2
    for _operation in made:
        stop_after(iam, 1)
        with contextlib.suppress(Killed):
            run(iam, asked)
        assert pairs_of(MANY) <= granted(iam)
    iam.fail = lambda _operation, _arguments: None
    assert run(iam, asked)["compliant"]


def test_sets_beside_a_list_of_roles_and_the_catalogue():
    sets = ["appliance_impersonation", "organization_rescan", "dynamodb_restore"]
    asked = options(MANY, permission_sets=sets, restore_role_arns=fleet(120))
    iam = fresh()
    twice(iam, asked)
    assert pairs_of(MANY) <= granted(iam)
    assert {("sts:AssumeRole", arn) for arn in fleet(120)} <= granted(iam)
    assert len(by_policy(iam)) > 2
    fewer = {**asked, "restore_role_arns": fleet(2), "custom_permission_sets": [a_set("many", actions(2))]}
    reasons = {change["reason"] for change in run(iam, fewer, check=True)["changes"] if "Detach" in change["operation"]}
    assert reasons == {"restore_role_arns is short enough for fewer policies"}
    twice(iam, fewer)
    assert len(by_policy(iam)) == 1


def test_statements_of_others_take_room_and_stay():
    theirs = {"Sid": "Theirs", **worlds.allow("s3:GetObject", buckets(100))}
    guard = {"Sid": "CloudrestoreOwnMany", "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
    iam = fresh()
    arn = iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(theirs, guard), **OURS)
    iam.principals["Role", NAME].attached = [arn]
    made = a_set("many", actions(150))
    twice(iam, options(made))
    body = iam.policies[arn].versions[iam.policies[arn].default]["Statement"]
    assert body[:2] == [theirs, guard]
    assert pairs_of(made) <= granted(iam)


def test_a_user_has_its_sets_split_as_well():
    iam = MemoryIam("444455556666")
    iam.add(Principal("User", NAME))
    twice(iam, options(MANY, principal_type="user"))
    assert (len(by_policy(iam, "User")), granted(iam, "User")) == (2, pairs_of(MANY))
    run(iam, options(MANY, principal_type="user", state="absent"))
    assert iam.policies == {}


@pytest.mark.parametrize("named", [True, False])
def test_absent_takes_every_part_of_a_set_back(named: bool):
    iam = fresh()
    run(iam, options(MANY, WIDE))
    run(iam, options(*([MANY, WIDE] if named else []), state="absent"))
    assert (by_policy(iam), iam.policies) == ({}, {})


@pytest.mark.parametrize(("before", "after"), [(0, 300), (300, 3), (300, 301), (50, 600), (600, 300)])
def test_a_rollback_brings_every_part_of_a_set_back(before: int, after: int):
    iam = fresh()
    if before:
        run(iam, options(a_set("many", actions(before))))
    was, asked = by_policy(iam), options(a_set("many", actions(after)))
    result = run(iam, asked)
    planned = rolled_back(iam, asked, result["previous"], check=True)
    assert rolled_back(iam, asked, result["previous"])["changes"] == planned["changes"]
    assert by_policy(iam) == was
    assert len(iam.policies) == len(was)


def test_verify_names_the_action_and_the_resource_that_a_part_lacks():
    iam = fresh()
    run(iam, options(WIDE))
    wider = a_set("wide", WIDE["actions"], buckets(161))
    verified = verify(iam, options(wider, organization_policies=NO_ORGANIZATION))
    told = {each["requirement"]: (each["verdict"], each["resource"]) for each in verified["requirements"]}
    assert told["s3:GetObject"] == ("implicit_deny", buckets(161)[-1])


# What does not fit


def refused(iam: MemoryIam, asked: dict[str, Any]) -> str:
    before = iam.contents()
    with pytest.raises(RestoreAccessError) as caught:
        run(iam, asked, check=True)
    message = caught.value.message
    with pytest.raises(RestoreAccessError):
        run(iam, asked)
    assert iam.contents() == before
    assert "Nothing was changed" in message
    return message


def full(number: int) -> MemoryIam:
    iam = fresh()
    iam.principals["Role", NAME].attached = [
        iam.add_policy(
            f"Foreign{each}",
            worlds.document(
                worlds.allow("s3:*", Sid=f"A{each}"),
            ),
        )
        for each in range(number)
    ]
    return iam


ON_EC2 = [action.replace("s3:", "sqs:") for action in actions(250)]
WAYS = (
    "use policy_type: inline",
    "use policy_type: managed",
    "use patterns for the resources of custom_permission_sets",
    "grant part of the permission sets to another principal",
    "detach one",
    "detach 2 of the others",
    "request a higher quota",
    "shorten additional_statements",
    "remove other inline policies",
)
PATTERNS, ELSEWHERE, RAISED = WAYS[2], WAYS[3], WAYS[6]


@pytest.mark.parametrize(
    ("attached", "count", "ways"),
    [
        # 8,200 characters, which an inline policy takes.
        (9, 200, {WAYS[0], ELSEWHERE, "detach one", RAISED}),
        # More than that takes.
        (9, 250, {ELSEWHERE, "detach one", RAISED}),
        (10, 250, {ELSEWHERE, "detach 2 of the others", RAISED}),
        # Ours alone are too many for whatever is detached, and then for whatever AWS raises.
        (0, 1000 * 2, {ELSEWHERE, RAISED}),
        (0, 1000 * 4, {ELSEWHERE}),
    ],
)
def test_too_many_policies_name_only_ways_that_help(attached: int, count: int, ways: set[str]):
    iam = full(attached)
    length = 30 if count <= 1000 else 30 * count // 1000
    asked = options(a_set("many", [one.replace("s3:", "sqs:") for one in actions(min(count, 1000), length=length)]))
    message = refused(iam, asked)
    assert "attached policies, and the account allows 10; " in message
    assert "of them contain custom_permission_sets: " in message
    assert {way for way in WAYS if way in message} == ways
    if WAYS[0] in ways:
        run(iam, {**asked, "policy_type": "inline"})


@pytest.mark.parametrize(
    ("attached", "count", "ways"),
    [
        (0, 250, {WAYS[1], ELSEWHERE}),
        (8, 250, {WAYS[1], ELSEWHERE}),
        (9, 250, {ELSEWHERE}),
    ],
)
def test_an_inline_policy_that_is_too_long_names_managed_only_if_it_fits(attached: int, count: int, ways: set[str]):
    iam = full(attached)
    asked = options(a_set("many", ON_EC2[:count]), policy_type="inline")
    message = refused(iam, asked)
    assert "the inline policies of" in message
    assert {way for way in WAYS if way in message} == ways
    if WAYS[1] in ways:
        run(iam, {**asked, "policy_type": "managed"})


def test_others_inline_help_only_where_ours_alone_would_fit():
    theirs = {"theirs": worlds.document(worlds.allow(actions(100)))}
    for count, helps in ((200, True), (250, False)):
        iam = fresh(inline=theirs)
        message = refused(iam, options(a_set("many", ON_EC2[:count]), policy_type="inline"))
        assert ("remove other inline policies" in message) is helps


@pytest.mark.parametrize(("length", "inline"), [(6200, True), (11000, False)])
def test_one_resource_longer_than_a_policy_is_named(length: int, inline: bool):
    long = f"arn:aws:s3:::{'x' * length}"
    iam, asked = fresh(), options(a_set("wide", ["s3:GetObject"], [*buckets(3), long, *buckets(3, 50)]))
    message = refused(iam, asked)
    assert f"shorten {long[:60]}..., which has {len(long)} characters on its own, by a pattern" in message
    assert "another principal" not in message
    assert ("use policy_type: inline" in message) is inline
    if inline:
        run(iam, {**asked, "policy_type": "inline"})


def test_resources_are_told_to_be_patterns_where_there_are_several():
    wide = a_set("wide", ["sqs:SendMessage"], buckets(250))
    for attached, more in ((9, {}), (0, {"policy_type": "inline"})):
        iam = full(attached)
        message = refused(iam, options(wide, **more))
        assert PATTERNS in message
        pattern = {**wide, "resources": ["arn:aws:s3:::b*"]}
        assert run(iam, options(pattern, **more))["changed"]


def test_what_is_not_split_is_told_without_the_sets():
    """Custom sets are split: to shorten them does not make room for a long statement of one's own."""
    long = worlds.allow([f"s3:AnActionOfManyLetters{number:04d}" for number in range(400)])
    message = refused(fresh(), options(MANY, additional_statements=[long]))
    assert {way for way in WAYS if way in message} == {"shorten additional_statements", ELSEWHERE}


# Names and sizes of sets


def test_two_names_that_come_to_the_same_sid_are_told():
    with pytest.raises(OptionError, match="a_b and a__b would both have the Sid CloudrestoreOwnAB"):
        run(fresh(), options(a_set("a_b", ["s3:GetObject"]), a_set("a__b", ["s3:PutObject"])))


@pytest.mark.parametrize(("scope", "match"), BOTH_WAYS)
def test_names_that_collide_once_narrowed_or_cut_do_not(scope: str, match: str):
    wide = a_set("x", actions(57, length=92), buckets(57, length=81))
    sets = (a_set("x_own", ["sqs:SendMessage"]), wide, a_set("x_block2", ["sqs:GetQueueUrl"]), a_set("x2", ["a:B"]))
    iam = fresh()
    twice(iam, options(*sets, match=match, permissions_scope=scope))
    assert granted(iam) == pairs_of(*sets)


def test_more_than_can_be_evaluated_is_refused():
    with pytest.raises(OptionError, match="has 40,000 pairs of an action and a resource. At most 20,000"):
        run(fresh(), options(a_set("grid", actions(200), buckets(200))))


def test_a_run_that_stopped_half_way_is_finished_by_the_next_one():
    asked = options(MANY)
    whole = len(run(fresh(), asked, check=True)["changes"])
    for stop in range(1, whole):
        iam = fresh()
        stop_after(iam, stop)
        with contextlib.suppress(Killed):
            run(iam, asked)
        iam.fail = lambda _operation, _arguments: None
        run(iam, asked)
        assert granted(iam) == pairs_of(MANY)
        assert run(iam, asked)["changed"] is False
