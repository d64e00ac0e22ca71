# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What bad options get: one clear message that names the option, before any call is made."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.partitions import SERVICE_SUFFIXES
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.account import (
    assume_role,
    expected_account,
    mfa,
    partition_of,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import (
    RESTORE_ROLE_SPEC,
    desired_state,
)

STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
ROLE = "arn:aws:iam::444455556666:role/VeeamImpersonation"


def params(**given: Any) -> dict[str, Any]:
    result = ArgumentSpecValidator(RESTORE_ROLE_SPEC).validate({"name": "Restore", "appliance_principals": [], **given})
    assert not result.error_messages
    return result.validated_parameters


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, ["name", "1-64"]),
        ({"name": "a" * 65}, ["name", "1-64"]),
        ({"name": "has space"}, ["name", "has space"]),
        ({"name": "backup/Restore", "path": "/other/"}, ["/backup/", "/other/", "one of them"]),
        ({"path": "backup/"}, ["path", "begin and end with /"]),
        ({"policy_name": "a/b"}, ["policy_name"]),
        ({"description": "x" * 1001}, ["description", "1,000"]),
        ({"max_session_duration": 60}, ["max_session_duration", "3,600", "43,200"]),
        ({"permissions_boundary": "Boundary"}, ["permissions_boundary", "ARN"]),
        ({"appliance_principals": ["12345"]}, ["appliance_principals", "12345", "12-digit"]),
        ({"appliance_principals": ["arn:aws:sts::444455556666:assumed-role/A/B"]}, ["appliance_principals"]),
        ({"appliance_principals": ["*"]}, ["appliance_principals", "'*'"]),
        ({"appliance_principals": [ROLE], "appliance_external_id": "x"}, ["appliance_external_id", "2-1,224"]),
        ({"appliance_external_id": "an-id"}, ["appliance_external_id", "appliance_principals"]),
        ({"appliance_principals": None}, ["appliance_principals is not set", "Impersonation role", "empty list"]),
        ({"purge_trust": True}, ["purge_trust", "lock the appliance out"]),
        ({"service_principals": ["backup"]}, ["service_principals", "backup.amazonaws.com"]),
        *(
            ({"service_principals": ["backup.amazonaws.com", name]}, [name, "allow_other_services: true"])
            for name in (
                "backup.amazonaws.com.example.org",
                "backup.amazonaws.co",
                "backup-amazonaws.com",
                "backup.notamazonaws.com",
                "amazonaws.com",
                "amazonaws.com.cn",
                "alexa-appkit.amazon.com",
            )
        ),
        ({"tags": {"aws:x": "1"}}, ["tags", "aws:"]),
        ({"tags": {"Cloudrestore.aws:created-by": "me"}}, ["tags", "is reserved"]),
        ({"tags": {"team": "a|b"}}, ["tags", "'team'", "letters, digits"]),
        ({"tags": {"team": "a", "Team": "b"}}, ["tags", "upper and lower case"]),
        ({"match": "exact", "permission_sets": []}, ["match: exact", "empty policy"]),
        ({"tags": {str(number): "" for number in range(50)}}, ["50 tags"]),
        ({"additional_statements": [{"Effect": "Maybe"}]}, ["additional_statements", "entry 1", "Effect"]),
        ({"additional_statements": [{"Effect": "Allow", "Resource": "*"}]}, ["Action or NotAction"]),
        *(
            ({"additional_statements": [{**STATEMENT, **bad}]}, ["additional_statements", "entry 1", "malformed"])
            for bad in ({"Action": 7}, {"Action": []}, {"Resource": {}}, {"Condition": "x"}, {"Condition": {"Bool": 1}})
        ),
        ({"additional_statements": [{**STATEMENT, "Principal": "*"}]}, ["entry 1", "cannot contain a principal"]),
        (
            {"additional_statements": [{"Sid": "a b", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]},
            ["Sid", "a b"],
        ),
    ],
)
def test_an_option_that_cannot_be_right_is_named(given: dict[str, Any], words: list[str]):
    with pytest.raises(OptionError) as caught:
        desired_state(params(**given))
    for word in words:
        assert word in caught.value.message


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"assume_role_arn": "OrganizationAccountAccessRole"}, ["assume_role_arn", "arn:aws:iam::ACCOUNT:role/NAME"]),
        ({"assume_role_arn": ROLE, "assume_role_session_name": "a b"}, ["assume_role_session_name"]),
        ({"assume_role_arn": ROLE, "assume_role_external_id": "!"}, ["assume_role_external_id"]),
    ],
)
def test_an_assume_role_option_that_cannot_be_right_is_named(given: dict[str, Any], words: list[str]):
    with pytest.raises(OptionError) as caught:
        assume_role(params(**given))
    for word in words:
        assert word in caught.value.message


@pytest.mark.parametrize("account_id", ["1073741831", "0100", "abc", 7])
def test_an_account_id_that_yaml_has_eaten_is_named(account_id: Any):
    """With the cure."""
    with pytest.raises(OptionError, match="account_id .* in quotes"):
        expected_account(params(account_id=account_id))


@pytest.mark.parametrize(
    ("given", "name", "path"),
    [
        ({"name": "Restore"}, "Restore", None),
        ({"name": "backup/Restore"}, "Restore", "/backup/"),
        ({"name": "/backup/dr/Restore"}, "Restore", "/backup/dr/"),
        ({"name": "/Restore"}, "Restore", "/"),
        ({"name": "Restore", "path": "/backup/"}, "Restore", "/backup/"),
        ({"name": "Restore", "path": "/backup"}, "Restore", "/backup/"),
        ({"name": "backup/Restore", "path": "/backup/"}, "Restore", "/backup/"),
    ],
)
def test_a_path_is_taken_from_either_option(given: dict[str, Any], name: str, path: str | None):
    desired = desired_state(params(**given))
    assert (desired.name, desired.path) == (name, path)


def test_a_tag_without_a_value_is_an_empty_one():
    given = {"team": None, "owner": "Zoë + co"}
    assert desired_state(params(tags=given)).tags == {**given, "team": ""}


def test_a_user_has_no_trust_policy_to_ask_for():
    assert desired_state(params(principal_type="user")).trust is None


def test_each_additional_statement_has_a_sid():
    """To be found again by it."""
    given = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}] * 2
    desired = desired_state(params(additional_statements=given))
    sids = [own_statement["Sid"] for own_statement in desired.own_statements]
    assert len(set(sids)) == 3


@pytest.mark.parametrize(
    ("given", "partition"),
    [
        ({}, "aws"),
        ({"assume_role_arn": "arn:aws-cn:iam::444455556666:role/R"}, "aws-cn"),
        ({"appliance_principals": ["arn:aws-us-gov:iam::444455556666:role/R"]}, "aws-us-gov"),
    ],
)
def test_the_partition_is_that_of_the_arns(given: dict[str, Any], partition: str):
    assert partition_of(params(**given)) == partition


def test_an_external_id_that_was_not_filled_in_is_not_sent():
    given = params(assume_role_arn=ROLE, assume_role_external_id="")
    entered = assume_role(given)
    assert entered is not None
    assert "ExternalId" not in entered.hops[0]


@pytest.mark.parametrize(
    "name",
    [
        "backup.amazonaws.com",
        "states.eu-central-1.amazonaws.com",
        "ec2.amazonaws.com.cn",
        "backup.amazonaws.eu",
        "EC2.amazonaws.com",
    ],
)
def test_services_of_every_partition_are_taken(name: str):
    state = desired_state(params(appliance_principals=[ROLE], service_principals=[name]))
    assert state.trust is not None
    assert state.trust.services == (name,)


def test_another_service_is_taken_where_it_is_allowed():
    """And where it is taken back."""
    other = {"appliance_principals": [ROLE], "service_principals": ["alexa-appkit.amazon.com"]}
    for given in ({"allow_other_services": True}, {"state": "absent"}):
        state = desired_state(params(**other, **given))
        assert state.trust is not None
        assert state.trust.services == ("alexa-appkit.amazon.com",)


def test_the_services_of_every_partition_that_the_sdk_knows_are_known():
    partitions = botocore.session.Session().get_component("data_loader").load_data("partitions")["partitions"]
    assert {partition["outputs"]["dnsSuffix"] for partition in partitions} <= set(SERVICE_SUFFIXES)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"assume_role_mfa_serial": "arn:aws:iam::111122223333:mfa/ann"}, "assume_role_mfa_code is not"),
        ({"assume_role_mfa_code": "123456"}, "assume_role_mfa_serial is not"),
        ({"assume_role_mfa_serial": "short", "assume_role_mfa_code": "123456"}, "assume_role_mfa_serial"),
        (
            {"assume_role_mfa_serial": "arn:aws:iam::111122223333:mfa/ann", "assume_role_mfa_code": "12345"},
            "six digits",
        ),
        (
            {"assume_role_mfa_serial": "arn:aws:iam::111122223333:mfa/ann", "assume_role_mfa_code": "12345６"},
            "six digits",
        ),
        (
            {"assume_role_mfa_serial": "arn:aws:iam::111122223333:mfa/ann", "assume_role_mfa_code": "123456\n"},
            "six digits",
        ),
    ],
)
def test_an_mfa_device_and_its_code_belong_together(given: dict[str, str], words: str):
    """And no message repeats the code."""
    with pytest.raises(OptionError, match=words) as caught:
        mfa(params(**given))
    assert "12345" not in caught.value.message


def test_mfa_fields_that_were_not_filled_in_ask_for_none():
    assert mfa(params(assume_role_mfa_serial="", assume_role_mfa_code="")) is None


def test_an_mfa_code_is_not_part_of_how_it_is_shown():
    device = mfa(params(assume_role_mfa_serial="GAHT12345678", assume_role_mfa_code="000000"))
    assert "000000" not in repr(device)
