# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What verify says of a principal, and of what was not provided; what it says on a bad day."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError

from tests.unit.memory_iam import IamError, MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import verify, writes
from tests.unit.principal.scenes import (
    BACKUP,
    GIVEN,
    GRANTED,
    NO_GRANTS,
    NO_ORGANIZATION,
    OPTIONS,
    account,
    appliance_policies,
    not_allowed,
    of,
    verdicts,
)

# All is well


def test_with_everything_given_and_granted_a_restore_is_proved():
    iam = account()
    result = verify(iam, GIVEN)
    assert set(verdicts(result)) == {
        "appliance_may_assume",
        "appliance_can_call",
        "backup_service_may_assume",
        *worlds.ACTIONS,
    }
    assert (result["compliant"], result["drifted"], not_allowed(result)) == (True, False, {})
    assert result["summary"]["allowed"] == 38
    assert writes(iam) == []


def test_a_user_needs_no_trust():
    iam = MemoryIam(scenes.ACCOUNT)
    iam.add(Principal("Group", "Operators", inline={"restore": GRANTED}))
    iam.add(Principal("User", worlds.NAME, groups=["Operators"]))
    result = verify(
        iam, {"name": worlds.NAME, "principal_type": "user", "organization_policies": NO_ORGANIZATION, "kms_keys": []}
    )
    assert result["compliant"]
    assert not_allowed(result) == dict.fromkeys(["appliance_may_assume", "backup_service_may_assume"], "not_applicable")
    assert of(result, "kms:Decrypt")["policy"] == "group Operators: restore"


# What was not provided


def test_what_was_not_given_is_never_allowed_and_no_drift():
    result = verify(account(), OPTIONS)
    assert (result["compliant"], result["drifted"]) == (False, False)
    assert of(result, "appliance_can_call")["verdict"] == "unreadable"
    assert {verdict for name, verdict in verdicts(result).items() if ":" in name} == {"conditional"}
    assert result["missing_permissions"] == []
    assert any("organization_policies was not provided" in layer for layer in result["not_evaluated"])
    assert any("appliance_policies does not contain them" in layer for layer in result["not_evaluated"])


def test_what_allows_it_is_named_although_a_layer_was_not_given():
    decision = of(verify(account(), OPTIONS), "kms:Decrypt")
    assert (decision["policy"], decision["statement"], len(decision["conditions"])) == ("restore", "Restore", 3)


def test_a_key_policy_that_was_not_read_leaves_the_keys_open():
    """Unless there are no keys."""
    given = {name: value for name, value in GIVEN.items() if name != "kms_keys"}
    key = f"arn:aws:kms:eu-west-1:{scenes.ACCOUNT}:key/1234"
    for keys in ({}, {"kms_keys": [key]}):
        result = verify(account(), {**given, **keys})
        assert set(not_allowed(result)) == {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey"}
        assert set(not_allowed(result).values()) == {"conditional"}
        assert (result["drifted"], result["compliant"]) == (False, False)
        assert any("policies of the KMS keys are not known" in layer for layer in result["not_evaluated"])
    assert verify(account(), {**given, "kms_keys": []})["compliant"]


def test_the_organization_id_is_known_to_conditions_if_read():
    other = {"Sid": "Perimeter", "Effect": "Deny", "Principal": "*", "Action": ["dynamodb:*", "sts:AssumeRole"]}
    outside = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"}}
    rcps = [{"name": "perimeter", "document": worlds.document({**other, "Resource": "*", "Condition": outside})}]
    organization = {**NO_ORGANIZATION, "resource_control_policies": rcps}
    unknown = verify(account(), {**GIVEN, "organization_policies": organization})
    assert of(unknown, "dynamodb:UpdateTable")["verdict"] == "conditional"
    for organization_id, verdict in (("o-ours", "allowed"), ("o-theirs", "explicit_deny")):
        known = {**organization, "organization_id": organization_id}
        decision = of(verify(account(), {**GIVEN, "organization_policies": known}), "dynamodb:UpdateTable")
        assert decision["verdict"] == verdict


def test_missing_resource_control_policies_matter_where_they_act():
    """Only to the services that have them."""
    given = {"service_control_policies": None, "resource_control_policies": None}
    partly = verify(account(), {**OPTIONS, "organization_policies": given})
    assert of(partly, "backup:StartRestoreJob")["verdict"] == "allowed"
    nothing = verify(account(), OPTIONS)
    assert len(of(nothing, "backup:StartRestoreJob")["conditions"]) == 1
    assert len(of(nothing, "dynamodb:UpdateTable")["conditions"]) == 2


def test_a_denial_in_the_account_is_drift_whatever_is_missing():
    result = verify(account(inline={"restore": GRANTED, "guardrail": NO_GRANTS}), OPTIONS)
    assert result["drifted"]
    assert result["missing_permissions"] == ["kms:CreateGrant"]
    decision = of(result, "kms:CreateGrant")
    assert (decision["verdict"], decision["policy"], decision["statement"]) == (
        "explicit_deny",
        "guardrail",
        "NoGrants",
    )


def test_an_account_as_appliance_has_no_policies_to_judge():
    trust = worlds.admit({"AWS": "444455556666"})
    result = verify(account(trust, BACKUP), {**GIVEN, "appliance_principals": ["444455556666"]})
    assert of(result, "appliance_can_call")["verdict"] == "unreadable"
    assert "contains an account instead of a role" in of(result, "appliance_can_call")["reason"]
    assert not result["drifted"]


# Bad days


def test_a_role_that_does_not_exist_meets_nothing():
    result = verify(MemoryIam(scenes.ACCOUNT), GIVEN)
    assert (result["exists"], result["drifted"]) == (False, True)
    assert set(verdicts(result).values()) == {"implicit_deny"}
    assert result["missing_permissions_policy"]["Statement"][0]["Action"] == worlds.ACTIONS


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"account_id": "999988887777"}, "belong to account 111122223333, but account_id is 999988887777"),
        ({"name": "backup/" + worlds.NAME}, "exists under the path /, not /backup/"),
        ({"tables": ["arn:aws:dynamodb:eu-west-1:999988887777:table/orders"]}, "is not in account 111122223333"),
    ],
)
def test_another_principal_than_the_one_meant_is_not_evaluated(given: dict[str, Any], words: str):
    with pytest.raises(RestoreAccessError, match=words):
        verify(account(), {**GIVEN, **given})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tables": ["a b"]}, "names or ARNs of DynamoDB tables"),
        ({"vaults": ["v!"]}, "names or ARNs of backup vaults"),
        ({"kms_keys": ["alias/restore"]}, "IAM policies do not support aliases"),
        ({"regions": ["Ireland"]}, "names of AWS Regions"),
        ({"check_key_policies": True}, "check_key_policies requires kms_keys"),
        ({"check_vault_policies": True}, "check_vault_policies requires vaults"),
        ({"check_vault_policies": True, "vaults": ["restores"]}, "use its ARN in vaults, or set regions"),
        ({"organization_policies": {"scps": []}}, "what the filter cloudrestore.aws.account_policies returns"),
        (
            {"organization_policies": {**NO_ORGANIZATION, "service_control_policies": [{"name": "p"}]}},
            "a list per level",
        ),
        (
            {"organization_policies": {**NO_ORGANIZATION, "resource_control_policies": ["p"]}},
            "of policies with name and document",
        ),
        ({"appliance_policies": [{"arn": worlds.APPLIANCE}]}, "what cloudrestore.aws.principal_policies_info returned"),
        ({"appliance_policies": [{**appliance_policies(), "identity": "all"}]}, "each with name and document"),
        ({"permission_sets": [], "appliance_principals": [], "service_principals": []}, "there is nothing to evaluate"),
        ({"appliance_principals": ["Veeam"]}, "the ARN of the appliance's Impersonation role"),
    ],
)
def test_an_option_that_cannot_be_right_is_named(given: dict[str, Any], words: str):
    iam = account()
    with pytest.raises(OptionError, match=words):
        verify(iam, {**GIVEN, **given})
    assert iam.calls == []


def test_a_refused_read_names_account_principal_and_action():
    iam = account()
    refuse = IamError("AccessDenied", "no")
    iam.fail = lambda operation, _arguments: refuse if operation == "GetRolePolicy" else None
    with pytest.raises(RestoreAccessError) as caught:
        verify(iam, GIVEN)
    for words in (scenes.ACCOUNT, worlds.NAME, "iam:GetRolePolicy", "Grant"):
        assert words in caught.value.message
