# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts that only the user knows: they decide a verdict that was open, say so, and change nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError

from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import verify

OFFICE = {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}
UNTAGGED = {"StringNotEquals": {"aws:ResourceTag/team": "backup"}}
SOME_KEYS = {"ForAnyValue:StringEquals": {"aws:TagKeys": "forbidden"}}
BY_NAME = {"StringNotEquals": {"sts:RoleSessionName": "veeam"}}
VISIBLE = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
ACTION = "dynamodb:DeleteTable"


def judged(condition: dict[str, Any], context: Any, action: str = ACTION, layer: str = "scp") -> dict[str, Any]:
    """All requirements, with a Deny of ``action`` under the condition in the organization."""
    deny = {"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition}
    organization = scenes.scp(worlds.document(worlds.allow("*"), deny), rcps=[])
    if layer == "rcp":
        rcps = [{"name": "guardrail", "document": worlds.document({**deny, "Principal": "*"})}]
        organization = {**scenes.NO_ORGANIZATION, "resource_control_policies": rcps}
    given = {**scenes.GIVEN, "organization_policies": organization}
    return verify(scenes.account(), given if context is None else {**given, "context": context})


@pytest.mark.parametrize(
    ("condition", "context", "verdict", "stated"),
    [
        (OFFICE, None, "conditional", []),
        (OFFICE, {"aws:SourceIp": "203.0.113.7"}, "allowed", ["aws:sourceip 203.0.113.7"]),
        (OFFICE, {"AWS:sourceip": "203.0.113.64/26"}, "allowed", ["aws:sourceip 203.0.113.64/26"]),
        (OFFICE, {"aws:SourceIp": "203.0.112.0/23"}, "conditional", []),
        # Python would take a netmask for a network, and IAM does not.
        (OFFICE, {"aws:SourceIp": "203.0.113.0/255.255.255.0"}, "conditional", []),
        (OFFICE, {"aws:SourceIp": "198.51.100.0/24"}, "explicit_deny", ["aws:sourceip 198.51.100.0/24"]),
        (OFFICE, {"aws:SourceIp": "absent"}, "explicit_deny", ["aws:sourceip absent"]),
        (OFFICE, {"principal": {"aws:SourceIp": "203.0.113.7"}}, "allowed", ["aws:sourceip 203.0.113.7"]),
        (OFFICE, {"appliance": {"aws:SourceIp": "203.0.113.7"}}, "conditional", []),
        (
            OFFICE,
            {"aws:SourceIp": "198.51.100.1", "principal": {"aws:SourceIp": "203.0.113.7"}},
            "allowed",
            ["aws:sourceip 203.0.113.7"],
        ),
        (UNTAGGED, {"aws:ResourceTag/team": "backup"}, "allowed", ["aws:resourcetag/team backup"]),
        (UNTAGGED, {"aws:ResourceTag/team": "absent"}, "explicit_deny", ["aws:resourcetag/team absent"]),
        (SOME_KEYS, {"aws:TagKeys": ["a", "b"]}, "allowed", ["aws:tagkeys a, b"]),
        (SOME_KEYS, {"aws:TagKeys": ["a", "forbidden"]}, "explicit_deny", ["aws:tagkeys a, forbidden"]),
        (VISIBLE, {"aws:MultiFactorAuthPresent": False}, "explicit_deny", ["aws:multifactorauthpresent false"]),
        (VISIBLE, {"aws:MultiFactorAuthPresent": True}, "allowed", ["aws:multifactorauthpresent true"]),
        # What has no say is not told, and what was read counts more.
        ({}, {"aws:SourceIp": "203.0.113.7"}, "explicit_deny", []),
        (
            {"StringEquals": {"aws:PrincipalAccount": scenes.ACCOUNT}},
            {"aws:PrincipalAccount": "1"},
            "explicit_deny",
            [],
        ),
        ({"StringEquals": {"aws:PrincipalTag/a": "b"}}, {"aws:PrincipalTag/a": "b"}, "allowed", []),
    ],
)
def test_what_is_stated_decides_what_was_open(condition: dict[str, Any], context: Any, verdict: str, stated: list[str]):
    requirement = scenes.of(judged(condition, context), ACTION)
    assert (requirement["verdict"], requirement["stated"]) == (verdict, stated)
    assert ("based on stated values: " + ", ".join(stated) in requirement["reason"]) is bool(stated)


def test_what_is_stated_of_the_appliance_bears_on_it_alone():
    result = judged(OFFICE, {"appliance": {"aws:SourceIp": "203.0.113.7"}}, "sts:AssumeRole", "rcp")
    assert scenes.not_allowed(result) == {"backup_service_may_assume": "conditional"}
    assert scenes.of(result, "appliance_can_call")["stated"] == ["aws:sourceip 203.0.113.7"]
    both = {"appliance": {"aws:SourceIp": "203.0.113.7"}, "service": {"aws:SourceIp": "absent"}}
    result = judged(OFFICE, both, "sts:AssumeRole", "rcp")
    assert scenes.not_allowed(result) == {"backup_service_may_assume": "explicit_deny"}


def test_what_is_stated_decides_in_a_trust_policy():
    theirs = {**scenes.APPLIANCE, "Condition": {"StringEquals": {"sts:RoleSessionName": "veeam"}}}
    iam = scenes.account(theirs, scenes.BACKUP)
    may_assume = scenes.of(verify(iam, scenes.GIVEN), "appliance_may_assume")
    assert (may_assume["verdict"], may_assume["stated"]) == ("conditional", [])
    result = verify(iam, {**scenes.GIVEN, "context": {"appliance": {"sts:RoleSessionName": "veeam"}}})
    may_assume = scenes.of(result, "appliance_may_assume")
    assert (may_assume["verdict"], may_assume["stated"]) == ("allowed", ["sts:rolesessionname veeam"])
    assert not result["drifted"]


def test_what_is_stated_hides_no_finding():
    everyone = worlds.admit("*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    iam = scenes.account(everyone, scenes.APPLIANCE, scenes.BACKUP)
    plain, stated = (
        verify(iam, {**scenes.GIVEN, **more}) for more in ({}, {"context": {"aws:SourceIp": "198.51.100.1"}})
    )
    assert plain["findings"] == stated["findings"] != []


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"SourceIp": "1.2.3.4"}, "context contains 'SourceIp', which is not a condition key"),
        ({"aws:SourceIp": None}, "context: aws:SourceIp must be a value, a list of values, or absent"),
        ({"aws:SourceIp": {}}, "must be a value"),
        ({"aws:SourceIp": ""}, "must be a value"),
        ({"aws:TagKeys": []}, "must be a value"),
        ({"aws:TagKeys": ["a", None]}, "must be a value"),
        ({"aws:SourceIp": "x" * 1001}, "must be a value"),
        ({"appliance": ["aws:SourceIp"]}, "context: appliance must have condition keys"),
        ({"appliance": {"service": {}}}, "context: appliance contains 'service', which is not a condition key"),
        ({"aws:PrincipalTag/*": "x"}, "which is not a condition key"),
        ({"aws:PrincipalTag/${aws:username}": "x"}, "which is not a condition key"),
        ({f"aws:Key{number}": "x" for number in range(101)}, "context"),
    ],
)
def test_what_cannot_be_stated_is_refused(context: Any, message: str):
    with pytest.raises(OptionError) as caught:
        judged(OFFICE, context)
    assert message in caught.value.message
