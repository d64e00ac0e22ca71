# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No run makes a role that can change IAM of one that could not, whatever it is that would: it fails before the first change."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    DEFAULT_POLICY_NAME,
    PRINCIPAL_TAG_KEY,
)

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, GRANTED, OPTIONS, OURS, account, refused, role

DERIVED = f"Cloudrestore-role-{worlds.NAME}"
MINE = {**OURS, PRINCIPAL_TAG_KEY: f"role/{worlds.NAME}"}
FOREIGN = {**worlds.allow("*"), "Sid": "Foreign"}
NEVER = {"Effect": "Deny", "Action": ["iam:CreateAccessKey", "iam:CreateLogin*", "iam:Create*P*"], "Resource": "*"}
KEYS = {"additional_statements": [{**worlds.allow("iam:CreateAccessKey"), "Sid": "Keys"}]}
# Without a name, the policy's is made of the principal's.
NAMELESS: dict[str, Any] = {"policy_name": None}


def refusal(iam: MemoryIam, **options: Any) -> str:
    """Why the run ends with an error. Check mode says the same, neither writes, and allow_privileged does it."""
    before = iam.contents()
    message = refused(iam, **options).message
    assert str(refused_in_check_mode(iam, **options)) == message
    assert (iam.contents(), writes(iam)) == (before, [])
    assert "Nothing was changed. To continue, " in message
    assert message.endswith("set allow_privileged: true.")
    allowed = copy.deepcopy(iam)
    assert run(allowed, {**OPTIONS, **options, "allow_privileged": True})["changes"]
    assert run(allowed, {**OPTIONS, **options, "allow_privileged": True})["changes"] == []
    return message


def refused_in_check_mode(iam: MemoryIam, **options: Any) -> Any:
    try:
        return run(iam, {**OPTIONS, **options}, check=True)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is compared)
        return error


def converged(iam: MemoryIam, **options: Any) -> None:
    """The run is let do what it does, and a second one has nothing to do."""
    assert run(iam, {**OPTIONS, **options})["unresolved"] == []
    assert run(iam, {**OPTIONS, **options})["changes"] == []


def with_own(iam: MemoryIam, *statements: dict[str, Any], name: str = DERIVED, **tags: str) -> MemoryIam:
    """With a managed policy of our name that is not attached."""
    iam.add_policy(name, worlds.document(*statements), **tags)
    return iam


@pytest.mark.parametrize("tags", [MINE, OURS])
@pytest.mark.parametrize("there", [True, False])
def test_a_policy_of_ours_that_holds_more_is_not_attached(there: bool, tags: dict[str, str]):
    """Neither to a role that is there, nor to one that is to be made: the foreign statement would stay in it."""
    iam = with_own(account(BACKUP, inline={}) if there else MemoryIam(), FOREIGN, **tags)
    message = refusal(iam, **NAMELESS)
    assert ("cannot change IAM so far" if there else "does not exist") in message
    assert f"by statement Foreign of the policy arn:aws:iam::111122223333:policy/{DERIVED}" in message
    assert (
        "remove statement Foreign from that policy manually, set another policy_name, or set allow_privileged"
        in message
    )
    converged(iam, policy_name="Another")


def test_nor_is_one_that_is_adopted():
    iam = with_own(account(BACKUP, inline={}), FOREIGN, name="Adopted")
    assert "statement Foreign" in refusal(iam, policy_name="Adopted", adopt_policy=True)


def test_one_that_has_not_to_be_attached_is_left_alone():
    """And match: exact attaches it without what is foreign."""
    converged(with_own(account(BACKUP), FOREIGN, **MINE), **NAMELESS)
    iam = with_own(account(BACKUP), FOREIGN, **MINE)
    converged(iam, **NAMELESS, match="exact")


def test_a_foreign_deny_in_it_counts_as_well():
    keys = {**worlds.allow("iam:CreateAccessKey"), "Sid": "Foreign"}
    assert "statement Foreign" in refusal(with_own(account(BACKUP, inline={}), keys, **MINE), **NAMELESS)
    converged(with_own(account(BACKUP, inline={}), keys, NEVER, **MINE), **NAMELESS, allow_widening=True)


def test_a_foreign_statement_that_only_reads_makes_it_none():
    """It is attached by leave for what the options do not ask for, and needs no other."""
    iam = with_own(account(BACKUP, inline={}), worlds.allow("iam:Get*"), **MINE)
    assert "allows what the options do not ask for" in refused(iam, **NAMELESS).message
    assert "allows what the options do not ask for" in refused(iam, **NAMELESS, allow_privileged=True).message
    converged(iam, **NAMELESS, allow_widening=True)


@pytest.mark.parametrize(
    "granting",
    [
        KEYS,
        {"additional_statements": [worlds.allow("iam:*")]},
        {"additional_statements": [worlds.allow(["iam:PassRole", "lambda:CreateFunction"])]},
        {
            "custom_permission_sets": [
                {"name": "keys", "actions": ["iam:CreateAccessKey"], "resources": ["arn:aws:iam::*:user/*"]}
            ]
        },
        {**KEYS, "policy_type": "inline"},
        {**KEYS, "match": "exact"},
        {**KEYS, "purge_policies": True},
    ],
)
@pytest.mark.parametrize("trust", [(APPLIANCE, BACKUP), (BACKUP,), ()])
def test_what_two_runs_would_do_one_does_not(granting: dict[str, Any], trust: tuple[dict[str, Any], ...]):
    """The appliance is in already, is yet to be let in, or there is no role yet: all the same."""
    message = refusal(account(*trust) if trust else MemoryIam(), **granting)
    assert "and what the options grant would allow it to change IAM (" in message
    assert (
        "To continue, remove that from additional_statements and custom_permission_sets, or set allow_privileged"
        in message
    )


def test_the_two_runs_themselves():
    iam = MemoryIam()
    converged(iam)
    before = iam.contents()
    refused(iam, **KEYS)
    assert iam.contents() == before


def test_a_part_of_it_that_is_there_already_makes_what_is_granted_no_better():
    """Of two that are dangerous together, the options bring the other one."""
    iam = account(inline={"runs": worlds.document(worlds.allow("lambda:*"))})
    passing = {"additional_statements": [worlds.allow("iam:PassRole")]}
    assert "would allow it to change IAM (lambda:CreateFunction" in refusal(iam, **passing)


def test_a_boundary_that_keeps_it_from_that_is_not_taken_away():
    iam = account(inline={"restore": GRANTED, "all": EVERYTHING})
    role(iam).boundary = iam.add_policy("Boundary", GRANTED)
    message = refusal(iam, permissions_boundary="")
    assert "and what this run would do would allow it to change IAM (" in message
    assert "To continue, do not set permissions_boundary, or set allow_privileged: true." in message
    wide = iam.add_policy("Wide", EVERYTHING)
    assert "do not set permissions_boundary" in refusal(iam, permissions_boundary=wide)
    converged(iam, permissions_boundary=iam.add_policy("OtherBoundary", GRANTED))


def test_a_boundary_of_a_role_that_does_no_more_may_go():
    iam = account()
    role(iam).boundary = iam.add_policy("Boundary", GRANTED)
    converged(iam, permissions_boundary="")
    assert role(iam).boundary is None


def test_a_new_role_under_a_boundary_is_none():
    iam = MemoryIam()
    converged(iam, **KEYS, permissions_boundary=iam.add_policy("Boundary", GRANTED))


def test_a_deny_in_a_policy_of_somebodys_is_not_purged():
    """It is what keeps a statement in ours from being what it says."""
    iam = account(inline={"never": worlds.document(NEVER)})
    own = iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(worlds.allow([*worlds.ACTIONS, "iam:Create*"])), **MINE)
    role(iam).attached = [own]
    (kept,) = run(copy.deepcopy(iam), {**OPTIONS, "purge_policies": True})["left_in_place"]
    assert kept.startswith("never was not purged: its statement ")
    told = refusal(iam, purge_policies=True, allow_widening=True)
    assert "To continue, do not set purge_policies, or set allow_privileged: true." in told
    converged(iam)


@pytest.mark.parametrize("options", [{}, KEYS, {"permissions_boundary": ""}, {"match": "exact"}])
def test_a_role_that_could_before_stays_as_it_is(options: dict[str, Any]):
    """And what is to be put right in it is."""
    converged(account(inline={"all": EVERYTHING}), **options)


def test_not_even_half_way():
    """A boundary that leaves more waits until that is gone."""
    iam = account(inline={"restore": GRANTED, "all": EVERYTHING})
    role(iam).boundary = iam.add_policy("Boundary", GRANTED)
    options = {"purge_policies": True, "permissions_boundary": iam.add_policy("Wide", EVERYTHING)}
    converged(copy.deepcopy(iam), **options)
    changes = [one["operation"] for one in run(iam, {**OPTIONS, **options})["changes"]]
    assert changes.index("PutRolePermissionsBoundary") > max(
        index for index, name in enumerate(changes) if name == "DeleteRolePolicy"
    )


def test_only_ways_out_that_help_are_named():
    """Of what the options grant and what somebody has put into the policy, one is left whichever goes."""
    iam = with_own(account(BACKUP, inline={}), FOREIGN, **MINE)
    message = refusal(iam, **NAMELESS, **KEYS)
    assert "additional_statements" not in message


@pytest.mark.parametrize("match", ["effect", "exact"])
def test_power_users_come_to_restore(match: str):
    """What a restore needs comes from this run, and passes roles to whatever service."""
    power = {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}
    converged(account(BACKUP, inline={"power": worlds.document(power)}), match=match)
    converged(account(BACKUP, inline={"power": worlds.document(power)}), match=match, permissions_scope="scoped")


def test_a_role_that_is_to_lose_it_is_not_refused():
    iam = account(BACKUP, inline={"all": EVERYTHING})
    converged(iam, purge_policies=True)
    assert list(role(iam).inline) == []


def test_to_take_away_is_never_refused():
    """Not even where what is left of an appliance's role is no whole one any more."""
    iam = account(inline={"restore": GRANTED})
    converged(iam, **KEYS, allow_privileged=True)
    converged(iam, match="exact")
    assert run(iam, {**OPTIONS, **KEYS, "state": "absent"})["changed"]


def test_a_user_is_given_what_the_options_say():
    options = {"name": worlds.NAME, "principal_type": "user", **KEYS}
    assert run(MemoryIam(), options)["changed"]


DANGEROUS = ["AddUserToGroup", "AttachUserPolicy", "CreateAccessKey", "PutUserPolicy", "SetDefaultPolicyVersion"]


@pytest.mark.parametrize(("number", "rest"), [(1, ""), (3, ""), (4, " and 1 more"), (5, " and 2 more")])
def test_three_of_what_it_could_do_are_named(number: int, rest: str):
    granting = {"additional_statements": [worlds.allow([f"iam:{name}" for name in DANGEROUS[:number]])]}
    told = re.search(
        r"would allow it to change IAM \((.*?)( and \d+ more)?\), by statement", refusal(account(), **granting)
    )
    assert told is not None
    assert (len(told[1].split(", ")), told[2] or "") == (min(number, 3), rest)
