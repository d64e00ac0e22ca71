# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What verify says of a principal: by its own policies, by what surrounds it, and by what was not given."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from botocore.stub import Stubber

from tests.unit.memory_iam import IamError, MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import verify, writes
from tests.unit.principal.scenes import (
    APPLIANCE,
    BACKUP,
    EVERYTHING,
    GRANTED,
    NO_GRANTS,
    NO_ORGANIZATION,
    WISH,
    account,
    appliance_policies,
)

GIVEN: dict[str, Any] = {
    **WISH,
    "organization_policies": NO_ORGANIZATION,
    "appliance_policies": [appliance_policies()],
}
KEY = f"arn:aws:kms:eu-west-1:{scenes.ACCOUNT}:key/1234"
VAULT = f"arn:aws:backup:eu-west-1:{scenes.ACCOUNT}:backup-vault:restores"


def verdicts(result: dict[str, Any]) -> dict[str, str]:
    return {one["requirement"]: one["verdict"] for one in result["requirements"]}


def of(result: dict[str, Any], requirement: str) -> dict[str, Any]:
    (found,) = [one for one in result["requirements"] if one["requirement"] == requirement]
    return dict(found)


def not_allowed(result: dict[str, Any]) -> dict[str, str]:
    return {name: verdict for name, verdict in verdicts(result).items() if verdict != "allowed"}


def scp(*levels: Any, rcps: Any = None) -> dict[str, Any]:
    return {
        "service_control_policies": [[{"name": f"level{n}", "document": one}] for n, one in enumerate(levels)],
        "resource_control_policies": rcps,
    }


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
    result = verify(iam, {"name": worlds.NAME, "principal_type": "user", "organization_policies": NO_ORGANIZATION})
    assert result["compliant"]
    assert not_allowed(result) == dict.fromkeys(["appliance_may_assume", "backup_service_may_assume"], "not_applicable")
    assert of(result, "kms:Decrypt")["policy"] == "group Operators: restore"


# What was not given


def test_what_was_not_given_is_never_allowed_and_no_drift():
    result = verify(account(), WISH)
    assert (result["compliant"], result["drifted"]) == (False, False)
    assert of(result, "appliance_can_call")["verdict"] == "unreadable"
    assert {verdict for name, verdict in verdicts(result).items() if ":" in name} == {"conditional"}
    assert result["missing_permissions"] == []
    assert any("organization_policies was not given" in one for one in result["not_judged"])
    assert any("appliance_policies does not hold them" in one for one in result["not_judged"])


def test_what_allows_it_is_named_although_something_was_not_given():
    found = of(verify(account(), WISH), "kms:Decrypt")
    assert (found["policy"], found["statement"], len(found["conditions"])) == ("restore", "Restore", 2)


def test_resource_control_policies_that_were_not_given_matter_only_to_the_services_that_have_them():
    given = {"service_control_policies": None, "resource_control_policies": None}
    partly = verify(account(), {**WISH, "organization_policies": given})
    assert of(partly, "backup:StartRestoreJob")["verdict"] == "allowed"
    nothing = verify(account(), WISH)
    assert len(of(nothing, "backup:StartRestoreJob")["conditions"]) == 1
    assert len(of(nothing, "dynamodb:UpdateTable")["conditions"]) == 2


def test_what_is_denied_in_the_account_is_drift_whatever_was_not_given():
    result = verify(account(inline={"restore": GRANTED, "guardrail": NO_GRANTS}), WISH)
    assert result["drifted"]
    assert result["missing_permissions"] == ["kms:CreateGrant"]
    found = of(result, "kms:CreateGrant")
    assert (found["verdict"], found["policy"], found["statement"]) == ("explicit_deny", "guardrail", "NoGrants")


def test_an_account_as_appliance_has_no_policies_to_judge():
    trust = worlds.admit({"AWS": "444455556666"})
    result = verify(account(trust, BACKUP), {**GIVEN, "appliance_principals": ["444455556666"]})
    assert of(result, "appliance_can_call")["verdict"] == "unreadable"
    assert "names an account and no role" in of(result, "appliance_can_call")["reason"]
    assert not result["drifted"]


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
        (appliance_policies(organization=None), "conditional"),
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


def test_inside_one_account_a_trust_policy_that_names_the_role_is_enough():
    who = f"arn:aws:iam::{scenes.ACCOUNT}:role/Appliance"
    nothing = {**appliance_policies(worlds.document(worlds.allow("s3:*"))), "principal": {"arn": who}}
    wish = {**GIVEN, "appliance_principals": [who], "appliance_policies": [nothing]}
    assert of(verify(account(worlds.admit({"AWS": who}), BACKUP), wish), "appliance_can_call")["verdict"] == "allowed"
    by_account = account(worlds.admit({"AWS": scenes.ACCOUNT}), BACKUP)
    assert of(verify(by_account, wish), "appliance_can_call")["verdict"] == "implicit_deny"


# The organization


def test_each_level_of_the_organization_has_to_allow_it():
    no_kms = worlds.document({"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"})
    result = verify(account(), {**GIVEN, "organization_policies": scp(EVERYTHING, no_kms, EVERYTHING)})
    found = of(result, "kms:Decrypt")
    assert (found["verdict"], found["layer"]) == ("implicit_deny", "scp level 2")
    assert of(result, "dynamodb:UpdateTable")["verdict"] == "allowed"
    assert set(result["missing_permissions"]) == {one for one in worlds.ACTIONS if one.startswith("kms:")}
    # Granting in the account would not help.
    assert result["missing_permissions_policy"] == {}


def test_a_deny_of_the_organization_is_named_with_policy_and_statement():
    deny = worlds.document(
        worlds.allow("*"), {"Sid": "NoCopies", "Effect": "Deny", "Action": "backup:*", "Resource": "*"}
    )
    found = of(verify(account(), {**GIVEN, "organization_policies": scp(EVERYTHING, deny)}), "backup:StartCopyJob")
    assert (found["verdict"], found["policy"], found["statement"]) == ("explicit_deny", "level1", "NoCopies")


def test_a_region_lock_hangs_on_the_region_until_regions_are_named():
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
    wish = {**GIVEN, "organization_policies": scp(lock)}
    assert of(verify(account(), wish), "dynamodb:UpdateTable")["verdict"] == "conditional"
    assert of(verify(account(), {**wish, "regions": ["eu-west-1"]}), "dynamodb:UpdateTable")["verdict"] == "allowed"
    both = verify(account(), {**wish, "regions": ["eu-west-1", "us-east-1"]})
    assert of(both, "dynamodb:UpdateTable")["verdict"] == "explicit_deny"


def test_a_resource_control_policy_hits_only_the_services_that_have_them():
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Sid": "Perimeter"}
    rcps = [{"name": "perimeter", "document": worlds.document(deny)}]
    result = verify(
        account(), {**GIVEN, "organization_policies": {**NO_ORGANIZATION, "resource_control_policies": rcps}}
    )
    denied = {name for name, verdict in verdicts(result).items() if verdict == "explicit_deny"}
    services = ("dynamodb:", "kms:")
    assert denied == {
        *(one for one in worlds.ACTIONS if one.startswith(services)),
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
    ids=["everyone", "services exempted", "hangs on what the service sends"],
)
def test_a_resource_control_policy_hits_the_service_too(condition: dict[str, Any], verdict: str):
    deny = {"Sid": "P", "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*", **condition}
    rcps = [{"name": "perimeter", "document": worlds.document(deny)}]
    result = verify(
        account(), {**GIVEN, "organization_policies": {**NO_ORGANIZATION, "resource_control_policies": rcps}}
    )
    assert of(result, "backup_service_may_assume")["verdict"] == verdict
    assert of(verify(account(), WISH), "backup_service_may_assume")["verdict"] == "conditional"


# Narrowing the question


def test_a_policy_for_one_table_is_enough_if_only_that_table_is_restored():
    table = f"arn:aws:dynamodb:eu-west-1:{scenes.ACCOUNT}:table/orders"
    rest = scenes.without("dynamodb:UpdateTable")
    iam = account(inline={"rest": rest, "one": worlds.document(worlds.allow("dynamodb:UpdateTable", table))})
    assert of(verify(iam, GIVEN), "dynamodb:UpdateTable")["verdict"] == "conditional"
    for tables, regions in ((["orders"], ["eu-west-1"]), ([table], [])):
        narrowed = verify(iam, {**GIVEN, "tables": tables, "regions": regions})
        assert narrowed["compliant"]
    other = verify(iam, {**GIVEN, "tables": ["orders", "customers"], "regions": ["eu-west-1"]})
    assert of(other, "dynamodb:UpdateTable")["verdict"] == "implicit_deny"
    assert of(other, "dynamodb:UpdateTable")["resource"].endswith("table/customers")


def test_what_is_missing_on_named_resources_is_granted_on_those_only():
    iam = account(inline={"rest": scenes.without("dynamodb:UpdateTable", "iam:PassRole", "kms:ListKeys")})
    result = verify(iam, {**GIVEN, "tables": ["orders", "customers"], "regions": ["eu-west-1"]})
    granted = {str(one["Action"]): one["Resource"] for one in result["missing_permissions_policy"]["Statement"]}
    table = f"arn:aws:dynamodb:eu-west-1:{scenes.ACCOUNT}:table/"
    assert granted == {
        "['dynamodb:UpdateTable']": [table + "orders", table + "customers"],
        "['iam:PassRole']": f"arn:aws:iam::{scenes.ACCOUNT}:role/{worlds.NAME}",
        "['kms:ListKeys']": "*",
    }
    iam.principals["Role", worlds.NAME].inline["missing"] = result["missing_permissions_policy"]
    assert verify(iam, {**GIVEN, "tables": ["orders", "customers"], "regions": ["eu-west-1"]})["compliant"]


def test_the_missing_permissions_are_exactly_what_was_missing():
    iam = account(inline={"rest": scenes.without("iam:PassRole", "kms:CreateGrant")})
    result = verify(iam, GIVEN)
    iam.principals["Role", worlds.NAME].inline["missing"] = result["missing_permissions_policy"]
    assert verify(iam, GIVEN)["compliant"]
    assert result["missing_permissions_policy"]["Statement"][0]["Action"] == ["iam:PassRole", "kms:CreateGrant"]


# Policies of keys and vaults


Clients = dict[tuple[str, str | None], Any]


def answering(service: str, method: str, answer: dict[str, Any] | str) -> Clients:
    """A client in one Region whose every call is answered so, or fails with this code; botocore checks the answer."""
    client = boto3.client(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    stubber = Stubber(client)
    if isinstance(answer, str):
        stubber.add_client_error(method, answer)
    else:
        stubber.add_response(method, answer)
    stubber.activate()
    return {(service, "eu-west-1"): client}


def key_policy(*statements: dict[str, Any]) -> Clients:
    return answering("kms", "get_key_policy", {"Policy": json.dumps(worlds.document(*statements))})


BY_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": scenes.ACCOUNT}, "Action": "kms:*", "Resource": "*"}
BY_ROLE = {**BY_ACCOUNT, "Principal": {"AWS": f"arn:aws:iam::{scenes.ACCOUNT}:role/{worlds.NAME}"}}
OTHER_ROLE = {**BY_ACCOUNT, "Principal": {"AWS": f"arn:aws:iam::{scenes.ACCOUNT}:role/Other"}}
WITH_KEY = {**GIVEN, "kms_keys": [KEY], "check_key_policies": True}


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([BY_ACCOUNT], "allowed"),
        ([BY_ROLE], "allowed"),
        ([OTHER_ROLE], "implicit_deny"),
        ([BY_ACCOUNT, {**BY_ROLE, "Effect": "Deny", "Action": "kms:Decrypt", "Sid": "NotYou"}], "explicit_deny"),
    ],
    ids=["through the account", "by name", "another role only", "denied"],
)
def test_a_key_policy_decides_over_the_key(statements: list[dict[str, Any]], verdict: str):
    result = verify(account(), WITH_KEY, key_policy(*statements))
    found = of(result, "kms:Decrypt")
    assert (found["verdict"], found["resource"]) == (verdict, KEY)
    assert not any("KMS key policies" in one for one in result["not_judged"])


def test_a_key_policy_can_grant_by_itself():
    iam = account(inline={"rest": scenes.without("kms:Decrypt", "kms:CreateGrant", "kms:DescribeKey")})
    assert verify(iam, WITH_KEY, key_policy(BY_ROLE))["compliant"]
    assert of(verify(iam, WITH_KEY, key_policy(BY_ACCOUNT)), "kms:Decrypt")["verdict"] == "implicit_deny"


@pytest.mark.parametrize(
    ("code", "reason"),
    [("AccessDeniedException", "not allowed kms:GetKeyPolicy"), ("NotFoundException", "does not exist")],
)
def test_a_key_policy_that_cannot_be_read_is_neither_allowed_nor_denied(code: str, reason: str):
    result = verify(account(), WITH_KEY, answering("kms", "get_key_policy", code))
    found = of(result, "kms:Decrypt")
    assert found["verdict"] == "unreadable"
    assert reason in found["reason"]
    assert result["drifted"]


def vault_policy(*statements: dict[str, Any]) -> Clients:
    return answering("backup", "get_backup_vault_access_policy", {"Policy": json.dumps(worlds.document(*statements))})


WITH_VAULT = {**GIVEN, "vaults": ["restores"], "regions": ["eu-west-1"], "check_vault_policies": True}


def test_a_vault_policy_can_take_away_and_not_give():
    deny = {"Sid": "Locked", "Effect": "Deny", "Principal": "*", "Action": "backup:StartRestoreJob", "Resource": "*"}
    found = of(verify(account(), WITH_VAULT, vault_policy(deny)), "backup:StartRestoreJob")
    assert (found["verdict"], found["layer"], found["policy"], found["statement"]) == (
        "explicit_deny",
        "vault",
        VAULT,
        "Locked",
    )
    give = {"Effect": "Allow", "Principal": "*", "Action": "backup:*", "Resource": "*"}
    iam = account(inline={"rest": scenes.without("backup:StartRestoreJob")})
    assert of(verify(iam, WITH_VAULT, vault_policy(give)), "backup:StartRestoreJob")["verdict"] == "implicit_deny"


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_a_vault_without_a_policy_takes_nothing_away_and_one_that_cannot_be_read_is_told(code: str):
    result = verify(account(), WITH_VAULT, answering("backup", "get_backup_vault_access_policy", code))
    assert result["compliant"]
    told = [one for one in result["not_judged"] if "backup:GetBackupVaultAccessPolicy" in one]
    assert bool(told) == (code == "AccessDeniedException")


# Bad days


def test_a_role_that_does_not_exist_meets_nothing():
    result = verify(MemoryIam(scenes.ACCOUNT), GIVEN)
    assert (result["exists"], result["drifted"]) == (False, True)
    assert set(verdicts(result).values()) == {"implicit_deny"}
    assert result["missing_permissions_policy"]["Statement"][0]["Action"] == worlds.ACTIONS


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"account_id": "999988887777"}, "lead to account 111122223333, and account_id says 999988887777"),
        ({"name": "backup/" + worlds.NAME}, "exists under the path /, not /backup/"),
        ({"kms_keys": ["arn:aws:kms:eu-west-1:999988887777:key/1"]}, "is not in account 111122223333"),
    ],
)
def test_another_principal_than_the_one_that_is_meant_is_not_judged(given: dict[str, Any], words: str):
    with pytest.raises(RestoreAccessError, match=words):
        verify(account(), {**GIVEN, **given})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tables": ["a b"]}, "names or ARNs of DynamoDB tables"),
        ({"vaults": ["v!"]}, "names or ARNs of backup vaults"),
        ({"kms_keys": ["alias/restore"]}, "IAM knows keys by no alias"),
        ({"regions": ["Ireland"]}, "names of AWS Regions"),
        ({"check_key_policies": True}, "kms_keys names no key"),
        ({"check_vault_policies": True}, "vaults names no vault"),
        ({"check_vault_policies": True, "vaults": ["restores"]}, "give its ARN in vaults, or regions"),
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


# Findings


def found_in(iam: MemoryIam, **more: Any) -> dict[str, dict[str, str]]:
    return {one["finding"]: one for one in verify(iam, {**GIVEN, **more})["findings"]}


def test_permissions_that_hang_on_policies_of_others_are_told():
    iam = account(inline={})
    aws = iam.add_policy("AdministratorAccess", EVERYTHING, owner="aws")
    iam.principals["Role", worlds.NAME].attached = [aws]
    found = found_in(iam)["granted_by_others"]
    assert (found["severity"], found["policy"]) == ("low", aws)
    assert "AWS owns it" in found["message"]
    ours = account(inline={"CloudrestoreRestoreAccess": GRANTED, "theirs": GRANTED})
    assert found_in(ours) == {}


def test_a_role_that_can_take_over_the_account_is_told():
    found = found_in(account(inline={"everything": EVERYTHING}))["more_than_a_restore_needs"]
    assert (found["severity"], found["policy"], found["statement"]) == ("medium", "everything", "#0")
    boundary = account(inline={"everything": EVERYTHING})
    boundary.principals["Role", worlds.NAME].boundary = boundary.add_policy("Boundary", GRANTED)
    assert "more_than_a_restore_needs" not in found_in(boundary)


def test_a_deny_beside_aws_backups_own_policy_is_told():
    iam = account(inline={"guardrail": NO_GRANTS})
    own = worlds.document(worlds.allow(["backup:*", "dynamodb:*", "kms:CreateGrant", "kms:Decrypt"]))
    aws = iam.add_policy("AWSBackupServiceRolePolicyForRestores", own, path="/service-role/", owner="aws")
    role = iam.principals["Role", worlds.NAME]
    assert "denied_beside_aws_backup_policy" not in found_in(iam)
    role.attached = [aws]
    found = found_in(iam)["denied_beside_aws_backup_policy"]
    assert (found["severity"], found["layer"], found["policy"], found["statement"]) == (
        "high",
        "identity",
        "guardrail",
        "NoGrants",
    )
    deny = worlds.document(worlds.allow("*"), {"Sid": "X", "Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"})
    del role.inline["guardrail"]
    by_organization = found_in(iam, organization_policies=scp(deny))["denied_beside_aws_backup_policy"]
    assert by_organization["layer"] == "scp level 1"


def test_a_deny_elsewhere_in_the_trust_policy_enforces_the_external_id_too():
    other_id = {"StringNotEquals": {"sts:ExternalId": worlds.EXTERNAL_ID}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": other_id}
    given = {"appliance_external_id": worlds.EXTERNAL_ID}
    assert "external_id_not_enforced" in found_in(account(), **given)
    assert "external_id_not_enforced" not in found_in(account(APPLIANCE, BACKUP, deny), **given)


def test_the_most_severe_finding_comes_first_and_each_has_a_remedy():
    iam = account(APPLIANCE, BACKUP, worlds.admit("*"), inline={"everything": EVERYTHING})
    found = verify(iam, GIVEN)["findings"]
    assert [one["severity"] for one in found] == ["high", "medium", "low"]
    assert all(one["remedy"] and one["message"] for one in found)
