# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""purge_policies takes no Deny away that refuses what the policies that are left would allow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
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
    ],
)
def test_a_deny_that_refuses_what_is_left_stays(deny: dict[str, Any], managed: bool):
    iam = guarded(worlds.allow("sqs:*"), deny, managed=managed)
    expected, result = run(iam, PURGE, check=True), run(iam, PURGE)
    assert (is_there(iam), result["left_in_place"]) == (True, expected["left_in_place"])
    (kept,) = result["left_in_place"]
    assert kept.endswith(
        " was not purged: its statement No denies what other policies allow. Check what it is for, and set allow_widening: true "
        "to remove it"
    )
    assert run(iam, PURGE)["changes"] == []
    run(iam, {**PURGE, "allow_widening": True})
    assert not is_there(iam)


@pytest.mark.parametrize("managed", [False, True])
@pytest.mark.parametrize(
    "statement",
    [
        {"Sid": "No", "Effect": "Deny", "Action": "sqs:*", "Resource": "*"},
        {**S3, "Resource": "arn:aws:s3:::b/*"},
        worlds.allow("s3:*"),
    ],
)
def test_one_that_refuses_nothing_of_it_goes(statement: dict[str, Any], managed: bool):
    iam = guarded(statement, managed=managed)
    assert run(iam, PURGE)["left_in_place"] == []
    assert not is_there(iam)


def test_with_match_exact_it_goes_with_what_it_refused():
    iam = guarded(S3)
    result = run(iam, {**PURGE, "match": "exact"})
    assert (result["left_in_place"], is_there(iam)) == ([], False)
    assert run(iam, {**PURGE, "match": "exact"})["changes"] == []


def test_what_stays_is_guarded_too():
    """The one stays for a Deny, and allows what another refuses."""
    iam = guarded(S3, worlds.allow("sqs:*"))
    role(iam).inline["another"] = worlds.document(
        {"Sid": "Nor", "Effect": "Deny", "Action": "sqs:Send*", "Resource": "*"}
    )
    assert len(run(iam, PURGE)["left_in_place"]) == 2
    assert writes(iam) == []


def test_a_policy_that_cannot_be_read_stays():
    iam = guarded(S3)
    vars(role(iam))["inline"]["guard"] = "{not json"
    (kept,) = run(iam, PURGE)["left_in_place"]
    assert kept.startswith("guard was not purged: it cannot be read. ")


def test_a_sid_that_two_policies_share_says_nothing():
    """The console gives the same ones everywhere."""
    (arn,) = role(iam := guarded(worlds.allow("sqs:*", Sid="VisualEditor0"))).attached
    ours = iam.policies[arn].versions[1]["Statement"][0]["Sid"]
    role(iam).inline["another"] = worlds.document(
        {"Sid": ours, "Effect": "Deny", "Action": "sns:*", "Resource": "*"},
        {"Sid": "VisualEditor0", "Effect": "Deny", "Action": "sns:*", "Resource": "*"},
    )
    assert run(iam, PURGE)["left_in_place"] == []
    assert role(iam).inline == {}
