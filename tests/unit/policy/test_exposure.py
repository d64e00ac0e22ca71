# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far an Allow statement of a trust policy reaches, whatever form it has."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.exposure import (
    Exposure,
    exposure,
    named_accounts,
    whole_account,
)

ROLE = "arn:aws:iam::111122223333:role/Restore"
ONE = {"AWS": "arn:aws:iam::444455556666:role/Appliance"}
ORGANIZATION = {"aws:PrincipalOrgID": "o-example1234"}
EVERYONE = ("everyone", False)
FROM_SOMEWHERE = ("everyone", True)
MEMBERS = ("organization", False)
SOME_MEMBERS = ("organization", True)


def allow(principal: Any = "*", condition: Any = None, element: str = "Principal") -> dict[str, Any]:
    statement = {"Effect": "Allow", element: principal, "Action": "sts:AssumeRole"}
    return statement | ({"Condition": condition} if condition else {})


def reached(statement: dict[str, Any], *beside: dict[str, Any], version: str = "2012-10-17") -> Any:
    document = {"Version": version, "Statement": [*beside, statement]}
    exposed = exposure(document, statement, ROLE)
    return exposed and (exposed.reach, exposed.narrowed)


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": ["arn:aws:iam::444455556666:root", "*"]}]
)
def test_everyone_has_several_spellings(principal: Any):
    assert reached(allow(principal)) == EVERYONE


def test_not_principal_with_allow_is_everyone_else():
    assert reached(allow(ONE, element="NotPrincipal")) == EVERYONE


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEqualsIfExists": ORGANIZATION},
        {"ForAllValues:StringEquals": ORGANIZATION},
        {"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-example1234/*"}},
        {"StringLikeIfExists": {"aws:PrincipalOrgPaths": "o-example1234/*"}},
        {"IpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"}},
        {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-0123"}},
        {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}},
        {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Name*"}},
        {"StringLike": {"aws:PrincipalArn": "arn:*:role/Name*"}},
        {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Name"}},
        {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}},
        {"StringNotEquals": ORGANIZATION},
        {"Null": {"aws:PrincipalOrgID": "false"}},
        {"Null": {"aws:PrincipalOrgID": "true"}},
        {"StringEquals": {"sts:ExternalId": "an-id"}},
        {"StringEquals": {"sts:RoleSessionName": "backup"}},
        {"StringEquals": {"aws:PrincipalTag/team": "backup"}},
        {"StringLike": {"aws:userid": "*:backup"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringEquals": {"aws:PrincipalType": "User"}},
        {"StringEquals": {"aws:ResourceAccount": "111122223333"}},
        {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
        {"IpAddress": {"aws:SourceIp": "::/0"}},
        {"IpAddress": {"aws:SourceIp": "2000::/3"}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}},
        {"IpAddress": {"aws:SourceIp": "128.0.0.0/1"}},
        {"IpAddress": {"aws:SourceIp": "2000::/4"}},
        {"IpAddress": {"aws:SourceIp": "3000::/4"}},
        {"StringLike": {"aws:userid": "AROA*"}},
        {"StringLike": {"aws:userid": "AIDA*"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*"}},
        {"Null": {"aws:PrincipalOrgPaths": "true"}},
        {"Null": {"aws:PrincipalOrgPaths": "false"}},
        {"Null": {"aws:VpceOrgPaths": "false"}},
        {"Null": {"aws:VpceOrgID": "false"}},
        {"Null": {"aws:VpceAccount": "false"}},
        {"ArnLike": {"aws:SourceVpcArn": "arn:aws:ec2:*:*:vpc/*"}},
        {"StringLike": {"aws:SourceVpc": "vpc-*", "aws:SourceVpce": "vpce-*"}},
        {"StringEquals": {"AWS:PrincipalTag/team": "backup"}},
        {"StringEquals": {"aws:ResourceOrgID": "o-example1234"}},
        {"StringNotEquals": {"aws:ResourceOrgID": "o-example1234"}},
        {"ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-example1234/*"}},
        {"StringEquals": {"aws:ResourceOrgID": "${aws:ResourceOrgID}"}},
        {"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}},
    ],
)
def test_what_a_stranger_can_meet_keeps_nobody_out(condition: Any):
    assert reached(allow(condition=condition)) == EVERYONE


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": ORGANIZATION},
        {"StringLike": {"aws:PrincipalOrgID": "o-*1234"}},
        {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}},
        {"StringEquals": {"aws:PrincipalOrgID": "${AWS:resourceorgid}"}},
        {"StringEquals": {"aws:VpceOrgID": "${aws:ResourceOrgID}"}},
        {"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "${aws:ResourceOrgPaths}"}},
        {"StringEquals": ORGANIZATION, "StringLike": {"aws:userid": "AIDA*"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-example1234/r-ab12/*"}},
        {"StringEquals": {**ORGANIZATION, "aws:PrincipalTag/team": "backup"}},
        {"StringEquals": ORGANIZATION, "IpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"}},
    ],
)
def test_a_whole_organization(condition: Any):
    assert reached(allow(condition=condition)) == MEMBERS


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, FROM_SOMEWHERE),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, FROM_SOMEWHERE),
        ({"StringEquals": {"aws:SourceVpce": "vpce-0123"}}, FROM_SOMEWHERE),
        ({"StringEquals": {"aws:SourceVpc": "vpc-0123"}}, FROM_SOMEWHERE),
        ({"ForAnyValue:StringLike": {"aws:VpceOrgPaths": "o-example1234/*"}}, FROM_SOMEWHERE),
        # Neither a request through an endpoint nor any other has both.
        ({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8", "aws:SourceIp": "0.0.0.0/0"}}, FROM_SOMEWHERE),
        ({"Null": {"aws:SourceVpce": "false", "aws:SourceIp": "false"}}, FROM_SOMEWHERE),
        ({"StringEquals": ORGANIZATION, "IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, SOME_MEMBERS),
        (
            {"StringEquals": ORGANIZATION, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Name*"}},
            SOME_MEMBERS,
        ),
    ],
)
def test_a_network_or_names_narrow_it(condition: Any, expected: Any):
    assert reached(allow(condition=condition)) == expected


@pytest.mark.parametrize(
    "statement",
    [
        allow(ONE),
        allow({"AWS": "444455556666"}),
        allow({"Service": "backup.amazonaws.com"}),
        allow({"Federated": "arn:aws:iam::111122223333:saml-provider/Idp"}),
        allow(condition={"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Appliance"}}),
        allow(condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}),
        allow(condition={"StringEquals": {"aws:PrincipalAccount": "444455556666"}}),
        allow(condition={"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}),
        allow(condition={"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}),
        allow(condition={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}),
        allow(condition={"StringEquals": {"saml:aud": "https://signin.aws.amazon.com/saml"}}),
        allow(condition={"StringEquals": {"aws:SourceAccount": "444455556666"}}),
        allow(condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}),
        {**allow(), "Effect": "Deny"},
        {**allow(), "Action": "sts:TagSession"},
        {"Effect": "Allow"},
    ],
)
def test_who_is_named_is_no_stranger(statement: dict[str, Any]):
    assert reached(statement) is None


def test_a_deny_outside_of_the_roles_organization_counts():
    outside = {"StringNotEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}
    assert reached(allow(), {**allow(condition=outside), "Effect": "Deny"}) == MEMBERS


def test_a_deny_beside_it_counts():
    """Of anybody outside the organization, or of everyone but one role; not one that applies to somebody else."""
    outside = {**allow(condition={"StringNotEquals": ORGANIZATION}), "Effect": "Deny"}
    assert reached(allow(), outside) == MEMBERS
    but_one = {**allow(ONE, element="NotPrincipal"), "Effect": "Deny"}
    assert reached(allow(), but_one) is None
    assert reached(allow(), {**allow(ONE), "Effect": "Deny"}) == EVERYONE
    corporate = {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}, "Bool": {"aws:ViaAWSService": "false"}}
    assert reached(allow(), {**allow(condition=corporate), "Effect": "Deny"}) == FROM_SOMEWHERE


@pytest.mark.parametrize(
    ("condition", "pattern"),
    [
        ({"StringLike": {"aws:PrincipalAccount": "4*"}}, "4*"),
        ({"StringLike": {"AWS:principalaccount": ["555566667777", "44445555666?"]}}, "44445555666?"),
        ({"StringLike": {"aws:PrincipalAccount": "*6666"}}, "*6666"),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::4*:role/Name"}}, "4*"),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::44445555666?:role/Name"}}, "44445555666?"),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::4*6:user/*"}}, "4*6"),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::4*"}}, "4*"),
        ({"StringLikeIfExists": {"aws:PrincipalAccount": "4*"}}, "4*"),
        ({"StringLike": {"aws:PrincipalAccount": "4*5*6"}}, "4*5*6"),
        ({"StringLike": {"aws:PrincipalAccount": "4**6"}}, "4**6"),
    ],
)
def test_accounts_by_a_pattern_are_anybodys(condition: Any, pattern: str):
    statement = allow(condition=condition)
    exposed = exposure({"Version": "2012-10-17", "Statement": [statement]}, statement, ROLE)
    assert exposed is not None
    assert (exposed.reach, exposed.narrowed, exposed.accounts) == ("everyone", False, pattern)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"aws:PrincipalAccount": "444455556666"}},
        {"StringLike": {"aws:PrincipalAccount": "444455556666*"}},
        {"StringEquals": {"aws:PrincipalAccount": "4*"}},
        {"StringLike": {"aws:PrincipalAccount": "4444555566667*"}},
        {"StringLike": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}},
        {"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::4*:role/Name"}},
    ],
)
def test_one_account_and_none_are_no_pattern(condition: Any):
    assert reached(allow(condition=condition)) is None


def test_accounts_by_a_pattern_from_a_network_only():
    condition = {"StringLike": {"aws:PrincipalAccount": "4*"}, "IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}
    assert reached(allow(condition=condition)) == FROM_SOMEWHERE


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:SourceVpc", "vpc-own"),
        ("aws:SourceVpcArn", "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-own"),
        ("aws:SourceVpce", "vpce-own"),
        ("aws:VpceAccount", "111122223333"),
        ("aws:VpceOrgID", "o-own"),
        ("aws:SourceIp", "198.51.100.7"),
    ],
)
def test_nobody_elses_network_is_ours(key: str, value: str):
    found = reached(allow(condition={"StringEquals": {key: value}}))
    document = {"Version": "2012-10-17", "Statement": [allow(condition={"StringEquals": {key: value}})]}
    exposed = exposure(document, document["Statement"][0], ROLE)  # type: ignore[index, arg-type]
    assert found is not None
    assert exposed is not None
    assert (exposed.narrowed, exposed.keys) == (True, (key,))


def test_a_private_address_within_an_endpoint_is_anybodys():
    exposed_by = {"NotIpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}
    assert reached(allow(condition=exposed_by)) == EVERYONE


def test_other_partitions_are_no_way_around():
    statement = allow(condition={"ArnLike": {"aws:PrincipalArn": "arn:aws-cn:iam::*:role/Name*"}})
    document = {"Version": "2012-10-17", "Statement": [statement]}
    exposed = exposure(document, statement, ROLE.replace("arn:aws:", "arn:aws-cn:"))
    assert exposed is not None
    assert exposed.keys == ("aws:PrincipalArn",)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, ()),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, ("aws:MultiFactorAuthPresent",)),
        ({"StringEquals": {"sts:ExternalId": "an-id"}}, ()),
        ({"StringEquals": {"sts:ExternalId": "another"}}, None),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Appliance"}}, None),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, ()),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, ()),
        ({"ForAllValues:StringEquals": {"aws:PrincipalTag/team": "backup"}}, ()),
        ({"StringNotEquals": {"AWS:principaltag/team": "backup"}}, ()),
        ({"Null": {"aws:PrincipalTag/team": "true"}}, ()),
        ({"Null": {"aws:PrincipalTag/team": "false"}}, ("aws:PrincipalTag/team",)),
        ({"StringEqualsIfExists": {"sts:RoleSessionName": "restore"}}, ("sts:RoleSessionName",)),
        ({"ArnLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Admin*"}}, None),
        ({"StringEqualsIfExists": {"aws:PrincipalAccount": "999988887777"}}, None),
        ({"StringEqualsIfExists": {"sts:ExternalId": "another"}}, None),
        ({"StringEqualsIfExists": {"aws:PrincipalType": "User"}}, ("aws:PrincipalType",)),
        ({"StringEqualsIfExists": {"aws:username": "ann"}}, ()),
        ({"StringEquals": {"aws:username": "ann"}}, ("aws:username",)),
        ({"BoolIfExists": {"aws:SecureTransport": "false"}}, None),
        ({"DateLessThanIfExists": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, ("aws:CurrentTime",)),
        ({"NumericLessThanIfExists": {"aws:EpochTime": "1893456000"}}, ("aws:EpochTime",)),
        ({"StringLikeIfExists": {"aws:userid": "*:backup"}}, ("aws:userid",)),
        ({"BoolIfExists": {"aws:ViaAWSService": "true"}}, None),
        ({"StringEqualsIfExists": {"aws:CalledViaFirst": "athena.amazonaws.com"}}, ()),
        ({"StringEquals": {"saml:aud": "https://signin.aws.amazon.com/saml"}}, None),
        ("nonsense", ()),
        (
            {
                "BoolIfExists": {"aws:MultiFactorAuthPresent": "true"},
                "DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"},
            },
            ("aws:CurrentTime",),
        ),
    ],
)
def test_a_whole_account(condition: Any, expected: Any):
    statement = allow({"AWS": "arn:aws:iam::444455556666:root"}, condition)
    document = {"Version": "2012-10-17", "Statement": [statement]}
    assert whole_account(document, statement, ROLE, "444455556666", "an-id") == expected
    assert whole_account(document, statement, ROLE, "555566667777", "an-id") is None


@pytest.mark.parametrize(
    ("condition", "reached"),
    [
        (None, None),
        ({"StringEquals": {"sts:ExternalId": "an-id"}}, None),
        ({"StringEquals": {"sts:ExternalId": "another"}}, ()),
        ({"StringNotEquals": {"sts:ExternalId": "an-id"}}, ()),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, ()),
    ],
)
def test_a_whole_account_beside_a_deny(condition: Any, reached: Any):
    statement = allow({"AWS": "arn:aws:iam::444455556666:root"})
    denying = {**allow({"AWS": "444455556666"}, condition), "Effect": "Deny"}
    document = {"Version": "2012-10-17", "Statement": [denying, "nonsense", statement]}
    assert whole_account(document, statement, ROLE, "444455556666", "an-id") == reached


def test_a_condition_beside_a_deny_that_is_open_is_told():
    statement = allow({"AWS": "444455556666"}, {"StringEquals": {"sts:ExternalId": "an-id"}})
    denying = {**allow({"AWS": "444455556666"}, {"Bool": {"aws:MultiFactorAuthPresent": "false"}}), "Effect": "Deny"}
    document = {"Version": "2012-10-17", "Statement": [denying, statement]}
    assert whole_account(document, statement, ROLE, "444455556666", "an-id") == ("sts:ExternalId",)
    assert whole_account({**document, "Statement": statement}, statement, ROLE, "444455556666", "an-id") == ()


def test_everyone_is_told_with_the_keys_and_without_a_pattern():
    statement = allow(condition={"Bool": {"aws:SecureTransport": "true"}, "Null": {"sts:ExternalId": "false"}})
    found = exposure({"Version": "2012-10-17", "Statement": statement}, statement, ROLE)
    assert found == Exposure("everyone", ("aws:SecureTransport", "sts:ExternalId"), False, "")


@pytest.mark.parametrize("account", ["400000000000", "411111111111"])
def test_a_deny_of_one_account_leaves_the_others_of_a_pattern(account: str):
    statement = allow(condition={"StringLike": {"aws:PrincipalAccount": "4*"}})
    denying = {**allow({"AWS": account}), "Effect": "Deny"}
    found = exposure({"Version": "2012-10-17", "Statement": [denying, statement]}, statement, ROLE)
    assert found is not None
    assert (found.reach, found.accounts) == ("everyone", "4*")


@pytest.mark.parametrize(
    ("statement", "accounts"),
    [
        (allow({"AWS": "arn:aws:iam::444455556666:root"}), {"444455556666"}),
        (allow({"AWS": "arn:aws:iam::*:root"}), set()),
        (allow({"AWS": "arn:aws:iam::4*:root"}), set()),
        (allow(condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}), {"444455556666"}),
        (allow(condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666*"}}), {"444455556666"}),
        (allow(condition={"StringEquals": {"aws:PrincipalAccount": "444455556666"}}), {"444455556666"}),
        (allow(condition={"StringLike": {"aws:PrincipalAccount": "4*"}}), set()),
        (allow(condition={"StringEquals": {"aws:SourceAccount": "444455556666"}}), set()),
        (
            allow(condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:777788889999"}}),
            {"444455556666"},
        ),
        (allow({"aws": ["444455556666", 7, "*"], "Service": "777788889999"}), {"444455556666"}),
        (allow("*"), set()),
    ],
)
def test_which_accounts_a_statement_names(statement: dict[str, Any], accounts: set[str]):
    assert named_accounts(statement) == accounts


@pytest.mark.parametrize(
    "statement",
    [
        "Allow",
        None,
        7,
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"},
        {"Effect": "allow", "Principal": "*", "Action": "sts:AssumeRole"},
    ],
)
def test_what_is_no_allow_reaches_nobody(statement: Any):
    document = {"Version": "2012-10-17", "Statement": [statement]}
    assert exposure(document, statement, ROLE) is None
    assert whole_account(document, statement, ROLE, "444455556666", None) is None
    assert statement is None or isinstance(statement, dict) or named_accounts(statement) == frozenset()


@pytest.mark.parametrize(("version", "expected"), [("2012-10-17", EVERYONE), ("2008-10-17", None)])
def test_a_variable_is_a_text_in_a_document_of_an_older_version(version: str, expected: Any):
    of_itself = allow(condition={"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}})
    assert reached(of_itself, version=version) == expected


@pytest.mark.parametrize("pattern", ["4*", "?44455556666", "44445555666?", "*"])
def test_a_pattern_means_more_than_one_account(pattern: str):
    assert reached(allow(condition={"StringLike": {"aws:PrincipalAccount": pattern}})) is not None
    assert reached(allow(condition={"StringNotLike": {"aws:PrincipalAccount": pattern}})) == (
        None if pattern == "*" else EVERYONE
    )
