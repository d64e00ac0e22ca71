# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody has put into a policy of ours under our Sid stays, and ours stands beside it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import OPTIONS, OURS, account, refused, role
from tests.unit.principal.test_split import NAME, fresh, options
from tests.unit.principal.test_split_parts import roles

SID = "CloudrestoreDynamodbRestore"
LISTING = "CloudrestoreApplianceImpersonation"
DENY = {"Sid": SID, "Effect": "Deny", "Action": "iam:*", "Resource": "*"}
ADDRESS = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
THEIRS = [
    DENY,
    {"Sid": SID, "Effect": "Deny", "NotAction": "s3:*", "Resource": "*"},
    {"Sid": SID, "Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::theirs"},
    {"Sid": SID, "Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::theirs/*"},
    worlds.allow(worlds.ACTIONS, Sid=SID, Condition=ADDRESS),
    worlds.allow(worlds.ACTIONS, Sid=SID, Condition={"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}),
]


def holding(policy_type: str, *statements: Any) -> MemoryIam:
    """An account whose policy of ours holds these statements."""
    iam, document = account(inline={}), worlds.document(*statements)
    if policy_type == "inline":
        role(iam).inline = {DEFAULT_POLICY_NAME: document}
    else:
        role(iam).attached = [iam.add_policy(DEFAULT_POLICY_NAME, document, **OURS)]
    return iam


def stored(iam: MemoryIam, policy_type: str) -> list[dict[str, Any]]:
    if policy_type == "inline":
        document = role(iam).inline[DEFAULT_POLICY_NAME]
    else:
        (policy,) = iam.policies.values()
        document = policy.versions[policy.default]
    return list(document["Statement"])


@pytest.mark.parametrize("policy_type", ["managed", "inline"])
@pytest.mark.parametrize("theirs", THEIRS)
def test_what_somebody_wrote_under_our_sid_stays(theirs: dict[str, Any], policy_type: str):
    iam, options = holding(policy_type, theirs), {**OPTIONS, "policy_type": policy_type}
    assert run(iam, options, check=True)["changes"] == run(iam, options)["changes"] != []
    first, second = stored(iam, policy_type)
    assert (first, second["Sid"], second["Effect"]) == (theirs, f"{SID}2", "Allow")
    assert run(iam, options)["changed"] is False


@pytest.mark.parametrize("theirs", THEIRS)
def test_it_stays_in_an_inline_policy_with_match_exact_too(theirs: dict[str, Any]):
    foreign = worlds.allow("s3:GetObject", Sid="Theirs")
    iam, options = holding("inline", theirs, foreign), {**OPTIONS, "policy_type": "inline", "match": "exact"}
    run(iam, options)
    assert stored(iam, "inline")[:2] == [theirs, foreign]
    assert len(stored(iam, "inline")) == 3
    assert run(iam, options)["changed"] is False


def test_exact_takes_our_earlier_statements_out_of_an_inline_policy():
    old = worlds.allow("s3:*", Sid="CloudrestoreAdditional2", Condition=ADDRESS)
    iam, options = holding("inline", old), {**OPTIONS, "policy_type": "inline", "match": "exact"}
    run(iam, options)
    assert [policy["Sid"] for policy in stored(iam, "inline")] == [SID]


def test_ours_is_repaired_under_the_sid_that_it_has():
    iam = holding("managed", DENY, worlds.allow("dynamodb:*", Sid=f"{SID}2"))
    run(iam, OPTIONS)
    assert [policy["Sid"] for policy in stored(iam, "managed")] == [SID, f"{SID}2"]
    assert stored(iam, "managed")[1]["Action"] == worlds.ACTIONS


@pytest.mark.parametrize(
    "deny", [DENY, {**DENY, "Sid": "Theirs"}, {"Effect": "Deny", "Action": "kms:*", "Resource": "*"}]
)
def test_exact_never_takes_a_deny_away_unasked(deny: dict[str, Any]):
    iam = holding("managed", deny)
    message = refused(iam, match="exact").message
    assert f"contains statement {deny.get('Sid', '#0')}, which denies something" in message
    assert "allow_widening: true" in message
    assert writes(iam) == []
    run(iam, {**OPTIONS, "match": "exact", "allow_widening": True})
    assert [policy["Effect"] for policy in stored(iam, "managed")] == ["Allow"]


def test_a_deny_of_additional_statements_is_ours_and_exact():
    deny = {"Sid": "NoBuckets", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    iam, options = holding("managed", deny), {**OPTIONS, "match": "exact", "additional_statements": [deny]}
    run(iam, options)
    assert run(iam, options)["changed"] is False


def test_the_twelfth_additional_statement_is_no_other_place_of_the_first():
    entries = [worlds.allow(f"s3:{'x' * number}") for number in range(1, 13)]
    iam = account()
    run(iam, {**OPTIONS, "additional_statements": entries})
    first = {**worlds.allow("s3:first"), "Sid": "CloudrestoreAdditional1"}
    run(iam, {**OPTIONS, "additional_statements": [first, *entries[1:]]})
    assert [policy["Action"] for policy in stored(iam, "managed")][-11:] == [entry["Action"] for entry in entries[1:]]


def test_absent_leaves_an_inline_policy_with_a_deny_under_our_sid():
    iam = holding("inline", DENY)
    result = run(iam, {**OPTIONS, "state": "absent"})
    assert stored(iam, "inline") == [DENY]
    assert "with statements that this collection did not write exists" in result["left_in_place"][0]


def test_what_a_deny_lists_is_no_role_that_may_be_assumed():
    iam = fresh()
    deny = {"Sid": LISTING, "Effect": "Deny", "Action": "sts:AssumeRole", "Resource": roles(1)}
    policy = iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(deny), **OURS)
    iam.principals["Role", NAME].attached = [policy]
    run(iam, options(roles(2)[1:]))
    held = iam.policies[policy].versions[iam.policies[policy].default]["Statement"]
    assert held[0] == deny
    assert (held[1]["Sid"], held[1]["Resource"]) == (f"{LISTING}2", roles(2)[1])
    assert run(iam, options(roles(2)[1:]))["changed"] is False
