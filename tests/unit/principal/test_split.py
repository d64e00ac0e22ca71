# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""restore_role_arns: what the Impersonation role may assume, split over as many policies as it takes."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, verify, writes
from tests.unit.principal.scenes import OURS
from tests.unit.principal.test_interrupted import Killed, stop_after

NAME = "VeeamImpersonation"
LONGEST = 6144
TRUST = worlds.document(worlds.admit({"Service": "ec2.amazonaws.com"}))


def roles(count: int, first: int = 0) -> list[str]:
    return [f"arn:aws:iam::{210000000000 + number}:role/{worlds.NAME}" for number in range(first, first + count)]


def options(arns: list[str], **more: Any) -> dict[str, Any]:
    return {
        "name": NAME,
        "permission_sets": ["appliance_impersonation"],
        "restore_role_arns": arns,
        "appliance_principals": [],
        "service_principals": [],
        **more,
    }


def fresh(**more: Any) -> MemoryIam:
    iam = MemoryIam("444455556666")
    iam.add(Principal("Role", NAME, trust=TRUST, **more))
    return iam


def held(iam: MemoryIam) -> dict[str, list[str]]:
    """Attached policy of ours → the roles in its default version."""
    by_policy = {}
    for arn in iam.principals["Role", NAME].attached:
        policy = iam.policies[arn]
        if policy.name.startswith(DEFAULT_POLICY_NAME):
            statements = [
                statement
                for statement in policy.versions[policy.default]["Statement"]
                if "sts:" in str(statement["Action"])
            ]
            listed = statements[0]["Resource"] if statements else []
            by_policy[policy.name] = [listed] if isinstance(listed, str) else list(listed)
    return by_policy


def lengths(iam: MemoryIam) -> list[int]:
    return [len(json.dumps(policy.versions[policy.default], separators=(",", ":"))) for policy in iam.policies.values()]


def test_a_list_that_fits_is_one_policy():
    iam = fresh()
    assert run(iam, options(roles(40)))["changed"]
    assert held(iam) == {DEFAULT_POLICY_NAME: roles(40)}
    assert run(iam, options(roles(40)))["compliant"]


@pytest.mark.parametrize("match", ["effect", "exact"])
@pytest.mark.parametrize("scope", ["documented", "scoped"])
def test_a_longer_list_is_split_and_stays_as_it_is(match: str, scope: str):
    iam, asked = fresh(), options(roles(250), match=match, permissions_scope=scope)
    planned = run(iam, asked, check=True)["changes"]
    made = run(iam, asked)
    assert made["changes"] == planned
    assert list(held(iam)) == [DEFAULT_POLICY_NAME, f"{DEFAULT_POLICY_NAME}-part2", f"{DEFAULT_POLICY_NAME}-part3"]
    assert sorted(arn for arns in held(iam).values() for arn in arns) == roles(250)
    assert all(length <= LONGEST for length in lengths(iam))
    # As full as they can be, but for the last.
    assert min(lengths(iam)[:-1]) > LONGEST - 60
    before = len(iam.calls)
    again = run(iam, asked)
    assert (again["changed"], again["compliant"], writes(iam, before)) == (False, True, [])


def test_one_more_goes_where_there_is_room():
    """Nothing else moves."""
    iam = fresh()
    run(iam, options(roles(250)))
    before, calls = held(iam), len(iam.calls)
    run(iam, options(roles(1, 900) + roles(250)))
    after = held(iam)
    assert writes(iam, calls) == ["CreatePolicyVersion"]
    moved = [name for name in after if after[name] != before[name]]
    assert moved == [f"{DEFAULT_POLICY_NAME}-part3"]
    assert set(after[moved[0]]) == {*before[moved[0]], *roles(1, 900)}


def test_roles_move_before_they_leave_the_old_place():
    """Who moves for want of room is in the new place first."""
    iam = fresh()
    run(iam, options(roles(90)))
    buckets = [worlds.allow("s3:GetObject", f"arn:aws:s3:::example-{number:060}/*") for number in range(20)]
    asked = options(roles(90), additional_statements=buckets)
    made = [change["operation"] for change in run(iam, asked, check=True)["changes"]]
    assert made == ["CreatePolicy", "AttachRolePolicy", "CreatePolicyVersion"]
    for _operation in made:
        stop_after(iam, 1)
        with contextlib.suppress(Killed):
            run(iam, asked)
        assert {arn for arns in held(iam).values() for arn in arns} == set(roles(90))
    iam.fail = lambda _operation, _arguments: None
    assert run(iam, asked)["compliant"]


def test_one_less_leaves_its_place_empty():
    """The next one takes the place."""
    iam = fresh()
    run(iam, options(roles(250)))
    before, calls = held(iam), len(iam.calls)
    fewer = [arn for arn in roles(250) if arn != roles(250)[3]]
    assert run(iam, options(fewer))["changed"]
    assert writes(iam, calls) == ["CreatePolicyVersion"]
    first = held(iam)[DEFAULT_POLICY_NAME]
    assert first == [arn for arn in before[DEFAULT_POLICY_NAME] if arn in fewer]
    run(iam, options([*fewer, *roles(1, 900)]))
    assert held(iam)[DEFAULT_POLICY_NAME] == [*first, *roles(1, 900)]


def test_parts_that_are_no_longer_needed_go():
    iam = fresh()
    run(iam, options(roles(250)))
    calls = len(iam.calls)
    asked = options(roles(60, 190))
    planned = run(iam, asked, check=True)["changes"]
    result = run(iam, asked)
    assert result["changes"] == planned
    assert writes(iam, calls) == [
        "CreatePolicyVersion",
        "DetachRolePolicy",
        "DetachRolePolicy",
        "DeletePolicy",
        "DeletePolicy",
    ]
    assert held(iam) == {DEFAULT_POLICY_NAME: roles(60, 190)}
    assert [policy.name for policy in iam.policies.values()] == [DEFAULT_POLICY_NAME]
    assert run(iam, asked)["changed"] is False


def test_a_pattern_takes_the_place_of_a_list():
    iam = fresh()
    run(iam, options(roles(250)))
    pattern = [f"arn:aws:iam::*:role/{worlds.NAME}"]
    run(iam, options(pattern))
    assert held(iam) == {DEFAULT_POLICY_NAME: pattern}
    assert run(iam, options(pattern))["changed"] is False


def test_a_part_that_others_use_is_detached_and_one_of_somebody_s_stays():
    iam = fresh()
    run(iam, options(roles(250)))
    second, third = [arn for arn in iam.policies if "-part" in arn]
    iam.add(Principal("Role", "Other", trust=TRUST, attached=[second]))
    iam.policies[third].tags.clear()
    run(iam, options(roles(3)))
    assert list(held(iam)) == [DEFAULT_POLICY_NAME, f"{DEFAULT_POLICY_NAME}-part3"]
    assert {second, third} <= set(iam.policies)
    assert run(iam, options(roles(3)))["changed"] is False


def test_more_than_can_be_attached_is_refused_before_any_write():
    iam = fresh()
    foreign = [iam.add_policy(f"Foreign{n}", worlds.document(worlds.allow("s3:*"))) for n in range(9)]
    iam.principals["Role", NAME].attached = foreign
    before = iam.contents()
    with pytest.raises(RestoreAccessError, match="11 attached policies, and the account allows 10") as refused:
        run(iam, options(roles(120)))
    assert "use a pattern for the roles" in refused.value.message
    assert "Nothing was changed" in refused.value.message
    assert iam.contents() == before


def test_what_others_allow_already_is_not_written_again():
    iam = fresh(inline={"enter": worlds.document(worlds.allow("sts:AssumeRole", f"arn:aws:iam::*:role/{worlds.NAME}"))})
    assert run(iam, options(roles(250)))["compliant"]


def test_statements_of_others_in_our_policy_stay_and_take_room():
    iam = fresh()
    theirs = {"Sid": "Theirs", **worlds.allow("s3:GetObject", [f"arn:aws:s3:::bucket-{n}/*" for n in range(150)])}
    arn = iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(theirs), **OURS)
    iam.principals["Role", NAME].attached = [arn]
    run(iam, options(roles(60)))
    assert theirs in iam.policies[arn].versions[iam.policies[arn].default]["Statement"]
    assert all(length <= LONGEST for length in lengths(iam))
    assert run(iam, options(roles(60)))["changed"] is False


def test_other_sets_are_in_the_first_part():
    iam = fresh()
    asked = options(roles(150), permission_sets=["appliance_impersonation", "organization_rescan"])
    run(iam, asked)
    first, second = (policy.versions[policy.default]["Statement"] for policy in iam.policies.values())
    assert [statement["Sid"] for statement in first] == [
        "CloudrestoreOrganizationRescan",
        "CloudrestoreApplianceImpersonation",
    ]
    assert [statement["Sid"] for statement in second] == ["CloudrestoreApplianceImpersonation"]
    assert run(iam, asked)["changed"] is False


def test_a_run_that_stopped_half_way_is_finished_by_the_next():
    iam, asked = fresh(), options(roles(120))
    whole = len(run(iam, asked, check=True)["changes"])
    for stop in range(whole):
        broken = fresh()
        made = 0

        def fail(operation: str, _arguments: dict[str, Any], stop: int = stop) -> Any:
            nonlocal made
            if operation.startswith(("Create", "Attach")):
                made += 1
                if made > stop:
                    return _denied(operation)
            return None

        broken.fail = fail
        with pytest.raises(RestoreAccessError):
            run(broken, asked)
        broken.fail = lambda _operation, _arguments: None
        run(broken, asked)
        assert sorted(arn for arns in held(broken).values() for arn in arns) == roles(120)
        assert run(broken, asked)["changed"] is False


def _denied(operation: str) -> Exception:
    from tests.unit.memory_iam import IamError

    return IamError("AccessDenied", f"not authorized to perform: iam:{operation}")


@pytest.mark.parametrize(("before", "after"), [(0, 120), (120, 3), (120, 121), (50, 250), (250, 120)])
def test_a_rollback_brings_every_part_back(before: int, after: int):
    iam = fresh()
    if before:
        run(iam, options(roles(before)))
    was = held(iam)
    result = run(iam, options(roles(after)))
    planned = rolled_back(iam, options(roles(after)), result["previous"], check=True)
    undone = rolled_back(iam, options(roles(after)), result["previous"])
    assert undone["changes"] == planned["changes"]
    assert {name: set(arns) for name, arns in held(iam).items()} == {name: set(arns) for name, arns in was.items()}
    assert len(iam.policies) == len(was)
    assert rolled_back(iam, options(roles(after)), result["previous"])["changed"] is False


def test_absent_takes_every_part_back():
    iam = fresh()
    run(iam, options(roles(250)))
    run(iam, options([], permission_sets=["dynamodb_restore"], state="absent"))
    assert (held(iam), iam.policies) == ({}, {})
    iam = MemoryIam("444455556666")
    run(iam, options(roles(250), service_principals=["ec2.amazonaws.com"]))
    run(iam, options(roles(250), service_principals=["ec2.amazonaws.com"], state="absent"))
    assert (iam.policies, iam.principals) == ({}, {})


def test_purging_the_policies_of_others_spares_our_parts():
    iam = fresh()
    foreign = iam.add_policy("Foreign", worlds.document(worlds.allow("s3:*")))
    iam.principals["Role", NAME].attached = [foreign]
    run(iam, options(roles(120), purge_policies=True))
    assert len(held(iam)) == 2
    assert foreign not in iam.principals["Role", NAME].attached
    assert run(iam, options(roles(120), purge_policies=True))["changed"] is False


def test_purging_makes_room_for_our_parts_at_the_quota():
    iam = fresh()
    foreign = [iam.add_policy(f"Foreign{n}", worlds.document(worlds.allow("s3:*"))) for n in range(9)]
    iam.principals["Role", NAME].attached = list(foreign)
    run(iam, options(roles(120), purge_policies=True))
    assert len(iam.principals["Role", NAME].attached) == 2


def test_verify_names_each_role_that_cannot_be_assumed():
    iam = fresh()
    run(iam, options(roles(120)))
    asked = options(
        roles(121), organization_policies={"service_control_policies": None, "resource_control_policies": None}
    )
    (decision,) = [
        decision for decision in verify(iam, asked)["requirements"] if decision["requirement"] == "sts:AssumeRole"
    ]
    assert (decision["verdict"], decision["resource"]) == ("implicit_deny", roles(121)[-1])
    run(iam, options(roles(121)))
    (decision,) = [
        decision for decision in verify(iam, asked)["requirements"] if decision["requirement"] == "sts:AssumeRole"
    ]
    assert decision["verdict"] == "allowed"


def test_inline_policies_are_not_split():
    iam = fresh()
    with pytest.raises(RestoreAccessError, match="use policy_type: managed"):
        run(iam, options(roles(250), policy_type="inline"))
    assert run(iam, options(roles(100), policy_type="inline"))["changed"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"restore_role_arns": ["VeeamDynamoDBRestore"]}, "Entries must be ARNs of roles"),
        ({"restore_role_arns": ["arn:aws:iam::1:role/x"]}, "Entries must be ARNs of roles"),
        ({"permission_sets": ["dynamodb_restore"]}, "applies to the permission set appliance_impersonation"),
    ],
)
def test_what_is_no_list_of_roles_is_refused(more: dict[str, Any], words: str):
    with pytest.raises(OptionError, match=words):
        run(fresh(), {**options(roles(2)), **more})
