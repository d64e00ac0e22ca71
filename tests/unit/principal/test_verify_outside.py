# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verify with what surrounds an account: the appliance's own policies, and those of the organization."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import verify
from tests.unit.principal.scenes import (
    BACKUP,
    EVERYTHING,
    GIVEN,
    GRANTED,
    NO_ORGANIZATION,
    OPTIONS,
    account,
    appliance_policies,
    of,
    scp,
    verdicts,
)

# The appliance's own side


@pytest.mark.parametrize(
    ("policies", "verdict"),
    [
        (appliance_policies(worlds.document(worlds.allow("sts:*", f"arn:aws:iam::*:role/{worlds.NAME}"))), "allowed"),
        (
            appliance_policies(worlds.document(worlds.allow("sts:AssumeRole", "arn:aws:iam::*:role/Other"))),
            "implicit_deny",
        ),
        (appliance_policies(EVERYTHING, organization=scp(worlds.document(worlds.allow("s3:*")))), "implicit_deny"),
        (
            {
                key: appliance_policy
                for key, appliance_policy in appliance_policies().items()
                if key != "organization_policies"
            },
            "conditional",
        ),
        ({**appliance_policies(), "boundary": {"name": "b", "document": GRANTED}}, "implicit_deny"),
        (
            appliance_policies(EVERYTHING, worlds.document({"Effect": "Deny", "Action": "sts:*", "Resource": "*"})),
            "explicit_deny",
        ),
    ],
    ids=["one name", "another name", "SCP of its account", "SCPs not given", "boundary", "denied"],
)
def test_the_appliances_own_policies_decide_whether_it_can_call(policies: dict[str, Any], verdict: str):
    result = verify(account(), {**GIVEN, "appliance_policies": [policies]})
    assert of(result, "appliance_can_call")["verdict"] == verdict
    assert result["drifted"] == (verdict not in ("allowed", "conditional"))


def test_an_impersonation_role_that_does_not_exist_cannot_call():
    gone = {**appliance_policies(), "exists": False, "identity": []}
    decision = of(verify(account(), {**GIVEN, "appliance_policies": [gone]}), "appliance_can_call")
    assert decision["verdict"] == "implicit_deny"
    assert "does not exist" in decision["reason"]


@pytest.mark.parametrize("who", [worlds.APPLIANCE, "444455556666"])
def test_a_denial_of_the_organization_is_known(who: str):
    """Without the appliance's policies."""
    deny = {"Sid": "P", "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}
    rcps = [{"name": "perimeter", "document": worlds.document(deny)}]
    organization = {**NO_ORGANIZATION, "resource_control_policies": rcps}
    given = {**GIVEN, "organization_policies": organization, "appliance_policies": [], "appliance_principals": [who]}
    result = verify(account(worlds.admit({"AWS": who}), BACKUP), given)
    assert of(result, "appliance_can_call")["verdict"] == "explicit_deny"
    assert result["drifted"]


def test_inside_an_account_a_trust_that_names_the_role_is_enough():
    who = f"arn:aws:iam::{scenes.ACCOUNT}:role/Appliance"
    nothing = {**appliance_policies(worlds.document(worlds.allow("s3:*"))), "principal": {"arn": who}}
    options = {**GIVEN, "appliance_principals": [who], "appliance_policies": [nothing]}
    assert (
        of(verify(account(worlds.admit({"AWS": who}), BACKUP), options), "appliance_can_call")["verdict"] == "allowed"
    )
    by_account = account(worlds.admit({"AWS": scenes.ACCOUNT}), BACKUP)
    assert of(verify(by_account, options), "appliance_can_call")["verdict"] == "implicit_deny"


# The organization


def test_each_level_of_the_organization_has_to_allow_it():
    no_kms = worlds.document({"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"})
    result = verify(account(), {**GIVEN, "organization_policies": scp(EVERYTHING, no_kms, EVERYTHING)})
    decision = of(result, "kms:Decrypt")
    assert (decision["verdict"], decision["layer"]) == ("implicit_deny", "scp level 2")
    assert of(result, "dynamodb:UpdateTable")["verdict"] == "allowed"
    assert set(result["missing_permissions"]) == {action for action in worlds.ACTIONS if action.startswith("kms:")}
    # Granting in the account would not help.
    assert result["missing_permissions_policy"] == {}


def test_a_deny_of_the_organization_is_named():
    """With policy and statement."""
    deny = worlds.document(
        worlds.allow("*"), {"Sid": "NoCopies", "Effect": "Deny", "Action": "backup:*", "Resource": "*"}
    )
    decision = of(verify(account(), {**GIVEN, "organization_policies": scp(EVERYTHING, deny)}), "backup:StartCopyJob")
    assert (decision["verdict"], decision["policy"], decision["statement"]) == ("explicit_deny", "level1", "NoCopies")


def test_a_region_lock_depends_on_the_region():
    """Until regions are named."""
    lock = worlds.document(
        worlds.allow("*"),
        {
            "Sid": "OnlyIreland",
            "Effect": "Deny",
            "NotAction": "iam:*",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
        },
    )
    options = {**GIVEN, "organization_policies": scp(lock)}
    assert of(verify(account(), options), "dynamodb:UpdateTable")["verdict"] == "conditional"
    assert of(verify(account(), {**options, "regions": ["eu-west-1"]}), "dynamodb:UpdateTable")["verdict"] == "allowed"
    both = verify(account(), {**options, "regions": ["eu-west-1", "us-east-1"]})
    assert of(both, "dynamodb:UpdateTable")["verdict"] == "explicit_deny"


def test_a_resource_control_policy_hits_only_its_services():
    """The services that have such policies."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Sid": "Perimeter"}
    rcps = [{"name": "perimeter", "document": worlds.document(deny)}]
    result = verify(
        account(), {**GIVEN, "organization_policies": {**NO_ORGANIZATION, "resource_control_policies": rcps}}
    )
    denied = {name for name, verdict in verdicts(result).items() if verdict == "explicit_deny"}
    services = ("dynamodb:", "kms:")
    assert denied == {
        *(action for action in worlds.ACTIONS if action.startswith(services)),
        "appliance_can_call",
        "backup_service_may_assume",
    }


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({}, "explicit_deny"),
        ({"Condition": {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}, "allowed"),
        ({"Condition": {"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-1"}}}, "conditional"),
    ],
    ids=["everyone", "services exempted", "depends on what the service sends"],
)
def test_a_resource_control_policy_hits_the_service_too(condition: dict[str, Any], verdict: str):
    deny = {"Sid": "P", "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*", **condition}
    rcps = [{"name": "perimeter", "document": worlds.document(deny)}]
    result = verify(
        account(), {**GIVEN, "organization_policies": {**NO_ORGANIZATION, "resource_control_policies": rcps}}
    )
    assert of(result, "backup_service_may_assume")["verdict"] == verdict
    assert of(verify(account(), OPTIONS), "backup_service_may_assume")["verdict"] == "conditional"
