# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""purge_policies takes no Deny away, whatever the policies that are left allow.

A policy of another role, a bucket, a queue or a secret that names the role allows it something by itself (rule 64).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run
from tests.unit.principal.scenes import OPTIONS, account, role

PURGE = {**OPTIONS, "purge_policies": True}
S3 = {"Sid": "No", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}


def guarded(*statements: Any, managed: bool = False) -> MemoryIam:
    """Our policy, into which somebody has put s3:GetObject, and beside it one of somebody's with these statements."""
    iam = account(inline={})
    run(iam, OPTIONS)
    (arn,) = role(iam).attached
    iam.policies[arn].versions[1]["Statement"].append(worlds.allow("s3:GetObject", "arn:aws:s3:::a/*", Sid="Theirs"))
    document = worlds.document(*statements)
    if managed:
        role(iam).attached.append(iam.add_policy("Guard", document))
    else:
        role(iam).inline["guard"] = document
    iam.calls.clear()
    return iam


def is_there(iam: MemoryIam) -> bool:
    return "guard" in role(iam).inline or any(arn.endswith("/Guard") for arn in role(iam).attached)


@pytest.mark.parametrize("managed", [False, True])
@pytest.mark.parametrize(
    "deny",
    [
        S3,
        {**S3, "Action": "s3:Get*", "Resource": "arn:aws:s3:::a/b"},
        {**S3, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "No", "Effect": "Deny", "NotAction": "sts:*", "Resource": "*"},
        {"Sid": "No", "Effect": "Deny", "Action": "S3:getobject", "NotResource": "arn:aws:s3:::b/*"},
        {"Sid": "No", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:username}/*"},
        # What a restore needs is left as well.
        {"Sid": "No", "Effect": "Deny", "Action": "kms:CreateGrant", "Resource": "*"},
        # What no policy of the role allows, another one may.
        {"Sid": "No", "Effect": "Deny", "Action": ["sts:AssumeRole", "secretsmanager:*"], "Resource": "*"},
        {"Sid": "No", "Effect": "Deny", "Action": "sns:*", "Resource": "arn:aws:sns"},
        {**S3, "Resource": "arn:aws:s3:::b/*"},
    ],
)
def test_a_deny_stays(deny: dict[str, Any], managed: bool):
    iam = guarded(worlds.allow("sqs:*"), deny, managed=managed)
    expected, result = run(iam, PURGE, check=True), run(iam, PURGE)
    assert (is_there(iam), result["left_in_place"]) == (True, expected["left_in_place"])
    (kept,) = result["left_in_place"]
    assert kept.endswith(
        " was not purged: its statement No denies something. Check what it is for, and set allow_widening: true to remove it"
    )
    assert run(iam, PURGE)["changes"] == []
    run(iam, {**PURGE, "allow_widening": True})
    assert not is_there(iam)


@pytest.mark.parametrize("managed", [False, True])
def test_one_that_only_allows_goes(managed: bool):
    iam = guarded(worlds.allow("s3:*"), managed=managed)
    assert run(iam, PURGE)["left_in_place"] == []
    assert not is_there(iam)


def test_it_stays_with_match_exact_too():
    iam = guarded(S3)
    (kept,) = run(iam, {**PURGE, "match": "exact"})["left_in_place"]
    assert kept.startswith("guard was not purged: ")
    assert run(iam, {**PURGE, "match": "exact"})["changes"] == []
    assert is_there(iam)


def test_a_policy_that_cannot_be_read_stays():
    iam = guarded(S3)
    vars(role(iam))["inline"]["guard"] = "{not json"
    (kept,) = run(iam, PURGE)["left_in_place"]
    assert kept.startswith("guard was not purged: it cannot be read. ")


def test_a_deny_that_is_said_elsewhere_as_well_guards_nothing():
    """As where our own policy moves from managed to inline, or a policy that stays says the same or more."""
    iam = account(inline={})
    denying = {"additional_statements": [{**S3, "Sid": "NoWriting"}]}
    run(iam, {**OPTIONS, **denying})
    assert run(iam, {**PURGE, **denying, "policy_type": "inline"})["left_in_place"] == []
    assert role(iam).attached == []
    assert run(iam, {**PURGE, **denying, "policy_type": "inline"})["changes"] == []
    role(iam).inline["theirs"] = worlds.document({**S3, "Action": "s3:Put*"}, worlds.allow("sqs:*"))
    role(iam).inline["more"] = worlds.document({**S3, "Action": ["s3:Put*", "sqs:*"]})
    (kept,) = run(iam, {**PURGE, **denying, "policy_type": "inline"})["left_in_place"]
    assert kept.startswith("more was not purged: its statement No denies something. ")
    assert "theirs" not in role(iam).inline


@pytest.mark.parametrize("statement", [{**S3, "Effect": "Maybe"}, {"Sid": "No", "Action": "s3:*", "Resource": "*"}])
def test_a_statement_that_cannot_be_read_may_be_a_deny(statement: dict[str, Any]):
    iam = guarded(statement)
    (kept,) = run(iam, PURGE)["left_in_place"]
    assert kept.startswith("guard was not purged: its statement No cannot be read. ")
    assert is_there(iam)
