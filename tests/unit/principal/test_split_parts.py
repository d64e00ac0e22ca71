# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""restore_role_arns split over policies, step by step: with roles under long paths, of which ten fill one policy."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, writes
from tests.unit.principal.test_split import NAME, TRUST, fresh, held, options

FIRST, SECOND, THIRD = (DEFAULT_POLICY_NAME + suffix for suffix in ("", "-part2", "-part3"))


def roles(count: int) -> list[str]:
    return [f"arn:aws:iam::{210000000000 + number}:role/{'x' * 500}/{worlds.NAME}" for number in range(count)]


def made(iam: MemoryIam, asked: dict[str, Any]) -> dict[str, str]:
    """Operation → reason, of one run."""
    return {change["operation"]: change["reason"] for change in run(iam, asked)["changes"]}


def test_ten_roles_under_long_paths_are_one_policy():
    """The next ones have their own."""
    iam = fresh()
    run(iam, options(roles(25)))
    assert {name: len(listed) for name, listed in held(iam).items()} == {FIRST: 10, SECOND: 10, THIRD: 5}
    assert run(iam, options(roles(25)))["changed"] is False


def test_one_role_less_changes_the_one_policy_that_holds_it():
    iam = fresh()
    run(iam, options(roles(25)))
    before, calls = held(iam), len(iam.calls)
    run(iam, options(roles(25)[1:]))
    assert writes(iam, calls) == ["CreatePolicyVersion"]
    assert held(iam) == {**before, FIRST: before[FIRST][1:]}


def test_policies_no_longer_needed_are_detached_and_deleted():
    """The changes say why."""
    iam = fresh()
    run(iam, options(roles(25)))
    calls = len(iam.calls)
    reasons = made(iam, options(roles(3)))
    assert writes(iam, calls)[1:] == ["DetachRolePolicy", "DetachRolePolicy", "DeletePolicy", "DeletePolicy"]
    assert reasons["DetachRolePolicy"] == "restore_role_arns is short enough for fewer policies"
    assert held(iam) == {FIRST: roles(3)}


@pytest.mark.parametrize(("left", "told"), [(9, ""), (7, ""), (6, " and 1 more"), (5, " and 2 more")])
def test_roles_no_longer_listed_go(left: int, told: str):
    """The first three are named."""
    iam = fresh()
    run(iam, options(roles(10)))
    named = ", ".join(roles(10)[left:][:3])
    assert made(iam, options(roles(left))) == {
        "CreatePolicyVersion": f"restore_role_arns no longer contains {named}{told}"
    }
    assert held(iam) == {FIRST: roles(left)}


def test_a_list_is_written_beside_statements_of_others():
    """As it was asked for."""
    iam = fresh()
    theirs = {**worlds.allow("s3:GetObject"), "Sid": "Theirs"}
    run(iam, options(roles(5), additional_statements=[worlds.allow("s3:PutObject", Sid="Mine")]))
    (policy,) = iam.policies.values()
    policy.versions[policy.default]["Statement"].insert(0, theirs)
    asked = options(roles(4), additional_statements=[worlds.allow("s3:PutObject", Sid="Mine")])
    assert list(made(iam, asked)) == ["CreatePolicyVersion"]
    stored = policy.versions[policy.default]["Statement"]
    assert (stored[0], sorted(statement["Sid"] for statement in stored[1:])) == (
        theirs,
        ["CloudrestoreApplianceImpersonation", "Mine"],
    )
    assert held(iam) == {FIRST: roles(4)}
    assert made(iam, asked) == {}


def test_policies_of_others_make_room_right_before_ours():
    """As many as it takes, right before the first of ours is attached."""
    iam = fresh()
    foreign = [iam.add_policy(f"Foreign{n}", worlds.document(worlds.allow("s3:*"))) for n in range(10)]
    iam.principals["Role", NAME].attached = list(foreign)
    run(iam, options(roles(15), purge_policies=True))
    assert writes(iam) == [
        "CreatePolicy",
        "DetachRolePolicy",
        "DetachRolePolicy",
        "AttachRolePolicy",
        "CreatePolicy",
        "AttachRolePolicy",
        *["DetachRolePolicy"] * 8,
    ]
    assert list(held(iam)) == [FIRST, SECOND]


@pytest.mark.parametrize("gone", [False, True])
def test_a_rollback_deletes_every_policy_that_the_run_made(gone: bool):
    """Though the role is gone."""
    iam = fresh()
    previous = run(iam, options(roles(25)))["previous"]
    if gone:
        iam.principals.clear()
    result = rolled_back(iam, options(roles(25)), previous)
    assert ([change["operation"] for change in result["changes"]].count("DeletePolicy"), iam.policies) == (3, {})
    before = {} if gone else {("Role", NAME): Principal("Role", NAME, trust=TRUST)}
    assert iam.principals == before
    assert rolled_back(iam, options(roles(25)), previous)["changed"] is False
