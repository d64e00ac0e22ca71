# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run that is stopped after any operation: nobody loses access or gains it by that, and the next run finishes the job."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import (
    RESTORE_ROLE_SPEC,
    desired_state,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.assume import trusts
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import Context
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import may
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.observe.principal import observe
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.requirements.decisions import (
    account_decisions,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import READS, run, validated
from tests.unit.principal.scenes import BACKUP, EVERYTHING, OPTIONS, account, role
from tests.unit.principal.test_properties import MANY, pairs

# Everyone whom a statement of the generated accounts names, and one whom none does.
CALLERS = [
    principals.role(worlds.APPLIANCE),
    principals.role("arn:aws:iam::999988887777:role/Nobody"),
    principals.account("444455556666"),
    principals.account("777788889999"),
    principals.service("backup.amazonaws.com"),
    principals.service("ec2.amazonaws.com"),
    principals.service("batchoperations.s3.amazonaws.com"),
]

# No restore needs them.
ELSEWHERE = ("s3:DeleteObject", "secretsmanager:GetSecretValue", "iam:CreateUser")


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@dataclass(frozen=True)
class Standing:
    """What of a restore works, and who may assume the role with which external ID, as the policy engine evaluates it.

    ``reached``: what each of those can do through the role that no restore needs.
    """

    met: frozenset[str]
    admitted: frozenset[tuple[str, str | None]]
    reached: frozenset[tuple[str, str | None, str]]


def standing(iam: MemoryIam, options: dict[str, Any]) -> Standing:
    desired = desired_state(validated(RESTORE_ROLE_SPEC, {**options, "state": "present", "purge_trust": False}))
    quiet = copy.deepcopy({"principals": iam.principals, "policies": iam.policies})
    reader = MemoryIam()
    reader.principals, reader.policies = quiet["principals"], quiet["policies"]
    observed = observe(
        reader, lambda: Account("aws", iam.account_id), desired.kind, desired.name, (desired.policy_name,), None
    )
    met = {
        f"{decision.requirement} {decision.subject}"
        for decision in account_decisions(observed, desired)
        if decision.met
    }
    admitted = {
        (who.arn or who.service or who.account_id, sent)
        for who in CALLERS
        for sent in (None, worlds.EXTERNAL_ID, "another", "any other")
        if observed.exists
        and observed.kind == "role"
        and trusts(StoredPolicy("", observed.trust), observed.arn, who, sent).verdict != "implicit_deny"
        and trusts(StoredPolicy("", observed.trust), observed.arn, who, sent).verdict != "explicit_deny"
    }
    can = {action for action in ELSEWHERE if may(observed.policies, action, "*", Context({})).verdict == "allowed"}
    reached = {(*who, action) for who in admitted for action in can}
    return Standing(frozenset(met), frozenset(admitted), frozenset(reached))


def stop_after(iam: MemoryIam, count: int) -> None:
    made = [0]

    def fail(operation: str, _arguments: dict[str, Any]) -> None:
        if operation.startswith(READS):
            return
        if made[0] == count:
            raise Killed
        made[0] += 1

    iam.fail = fail


def essence(iam: MemoryIam) -> dict[str, Any]:
    """What is stored, but for the order of lists and the numbers of versions, which IAM never gives back."""
    stored = iam.contents()
    for principal in stored["principals"].values():
        principal.attached.sort()
    return {
        "principals": stored["principals"],
        "policies": {
            arn: (policy.path, policy.tags, policy.versions[policy.default], sorted(map(str, policy.versions.values())))
            for arn, policy in stored["policies"].items()
        },
    }


def stopped_everywhere(iam: MemoryIam, options: dict[str, Any]) -> int:
    """Stop after every single operation, and finish in a second run. Returns how many operations the whole takes."""
    start = iam.contents()
    whole = fresh(start)
    try:
        changes = run(whole, options)["changes"]
    except RestoreAccessError:
        return 0
    before, after = standing(iam, options), standing(whole, options)
    for count in range(len(changes)):
        stopped = fresh(start)
        stop_after(stopped, count)
        try:
            run(stopped, options)
        except Killed:
            pass
        between = standing(stopped, options)
        where = changes[:count]
        assert before.met & after.met <= between.met, where
        assert between.admitted <= before.admitted | after.admitted, where
        assert between.reached <= before.reached | after.reached, where
        stopped.fail = lambda _operation, _arguments: None
        run(stopped, options)
        assert standing(stopped, options) == after, where
        assert run(stopped, options)["changed"] is False, where
        assert essence(stopped) == essence(whole), where
    return len(changes)


def fresh(contents: dict[str, Any]) -> MemoryIam:
    iam = MemoryIam()
    copied = copy.deepcopy(contents)
    iam.principals, iam.policies = copied["principals"], copied["policies"]
    return iam


@MANY
@given(st.sampled_from(["present", "absent"]).flatmap(pairs))
def test_stopped_after_any_operation_the_next_run_finishes(
    pair: tuple[MemoryIam, dict[str, Any]],
):
    """Meanwhile nobody loses access that stays, and nobody gains any."""
    assume(stopped_everywhere(*pair))


def ten_policies(*granting: Any) -> MemoryIam:
    """A role that can hold no eleventh policy, and whose last ones grant what is given."""
    iam = account(BACKUP, inline={})
    documents = [worlds.document(worlds.allow("s3:*"))] * (10 - len(granting)) + list(granting)
    role(iam).attached = [iam.add_policy(f"Foreign{n}", document) for n, document in enumerate(documents)]
    return iam


def test_without_room_what_a_restore_needs_least_goes_first():
    iam = ten_policies(worlds.document(worlds.allow("*")))
    # Everything is granted as long as the last of the ten is there.
    assert stopped_everywhere(iam, {**OPTIONS, "purge_policies": True}) == 13
    changes = run(iam, {**OPTIONS, "purge_policies": True})["changes"]
    names = [(change["operation"], change["reason"]) for change in changes]
    assert [name for name, _reason in names[:3]] == ["CreatePolicy", "DetachRolePolicy", "AttachRolePolicy"]
    assert "Foreign0" in names[1][1]


def test_a_user_is_stopped_everywhere_too():
    iam = MemoryIam()
    iam.add(Principal("User", worlds.NAME, inline={"theirs": worlds.document(worlds.allow("kms:*"))}))
    options = {"name": worlds.NAME, "principal_type": "user", "purge_policies": True, "tags": {"team": "backup"}}
    assert stopped_everywhere(iam, options) == 4


def test_what_makes_no_room_is_not_purged_early():
    """A managed policy that grants everything makes no room for an inline one: it goes once ours is there."""
    statements = worlds.PERMISSION_STATEMENTS
    iam = MemoryIam()
    inline = {
        "one": worlds.document(*(statements[number] for number in (2, 3, 12))),
        "two": worlds.document(statements[5]),
    }
    granting = iam.add_policy("Everything", worlds.document(statements[0]))
    iam.add(Principal("User", worlds.NAME, inline=inline, attached=[granting]))
    options = {"name": worlds.NAME, "principal_type": "user", "policy_type": "inline", "purge_policies": True}
    changes = run(fresh(iam.contents()), options)["changes"]
    assert [change["operation"] for change in changes] == [
        "DeleteUserPolicy",
        "PutUserPolicy",
        "DetachUserPolicy",
        "DeleteUserPolicy",
    ]
    assert stopped_everywhere(iam, options) == len(changes)


DATA = worlds.document(worlds.allow(["s3:*", "secretsmanager:*"]))
NO_SECRETS = worlds.document(worlds.allow(["s3:*", "dynamodb:*", "backup:*"]))
EC2 = worlds.admit({"Service": "ec2.amazonaws.com"})


ACCOUNT = worlds.admit({"AWS": "777788889999"})


@pytest.mark.parametrize(
    ("trust", "count", "more"),
    [
        ((EC2,), 0, {}),
        ((EC2,), 1, {"allow_privileged": True}),
        ((EC2, BACKUP), 1, {"match": "exact"}),
        ((ACCOUNT,), 0, {"purge_trust": True}),
        ((ACCOUNT, BACKUP), 10, {}),
    ],
)
def test_nobody_new_reaches_what_is_about_to_be_purged(trust: tuple[Any, ...], count: int, more: dict[str, Any]):
    """Of whatever kind it is, not only of IAM; also where some of it has to make room."""
    iam = account(*trust, inline={} if count else {"data": DATA})
    role(iam).attached = [iam.add_policy(f"Data{number}", DATA) for number in range(count)]
    assert stopped_everywhere(iam, {**OPTIONS, "purge_policies": True, **more})


@pytest.mark.parametrize("trust", [(EC2,), (worlds.admit({"AWS": worlds.APPLIANCE}), BACKUP)])
@pytest.mark.parametrize(("former", "later"), [(NO_SECRETS, EVERYTHING), (EVERYTHING, NO_SECRETS), (None, NO_SECRETS)])
def test_another_boundary_frees_nothing_that_is_about_to_be_purged(
    trust: tuple[dict[str, Any], ...], former: dict[str, Any] | None, later: dict[str, Any]
):
    iam = account(*trust, inline={"data": DATA})
    if former is not None:
        role(iam).boundary = iam.add_policy("Former", former)
    asked = {"permissions_boundary": iam.add_policy("Later", later), "purge_policies": True}
    assert stopped_everywhere(iam, {**OPTIONS, **asked})
