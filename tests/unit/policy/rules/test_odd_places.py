# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Forms and places that AWS documents nothing about are open, for an Allow and for a Deny; who is known to be bound, is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import arns, ask
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import Context, Known, State

ACCOUNT = "111122223333"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/x"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
KNOWN = {"aws:PrincipalAccount": ACCOUNT, "aws:username": "x", "aws:gone": None}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def verdict(*statements: dict[str, Any], **layers: Any) -> str:
    asked = {"identity": [policy(*statements)], "context": KNOWN, **layers}
    return ask.may("dynamodb:DeleteTable", TABLE, **asked).verdict


# Entry of Resource → verdict with an Allow on it, verdict with a Deny on it beside an Allow on everything.
ENTRIES: list[tuple[str, str, str, str]] = [
    ("R15 in the account", "arn:aws:dynamodb:us-east-1:${aws:PrincipalAccount}:table/x", "conditional", "conditional"),
    ("R15 in the account, unknown", "arn:aws:dynamodb:us-east-1:${aws:userid}:table/x", "conditional", "conditional"),
    ("R15 in the account, absent", "arn:aws:dynamodb:us-east-1:${aws:gone}:table/x", "implicit_deny", "allowed"),
    (
        "R15 in the account, another table",
        "arn:aws:dynamodb:us-east-1:${aws:userid}:table/y",
        "implicit_deny",
        "allowed",
    ),
    ("R15 in the Region", "arn:aws:dynamodb:${aws:RequestedRegion}:*:table/x", "conditional", "conditional"),
    ("R15 in the service", "arn:aws:${aws:userid}:*:*:*", "conditional", "conditional"),
    ("R15 in the partition", "arn:${aws:userid}:dynamodb:*:*:*", "conditional", "conditional"),
    ("R15 the whole ARN", "${aws:PrincipalTag/table}", "conditional", "conditional"),
    ("R15 another account by name", "arn:aws:dynamodb:us-east-1:${aws:username}:table/x", "implicit_deny", "allowed"),
    ("R15 in the resource part", "arn:aws:dynamodb:us-east-1:*:table/${aws:username}", "allowed", "explicit_deny"),
    ("R25 a blank before the name", "arn:aws:dynamodb:*:*:table/${ aws:username}", "conditional", "conditional"),
    ("R25 a blank in the name", "arn:aws:dynamodb:*:*:table/${aws:user name}", "conditional", "conditional"),
    ("R25 no blank before the default", "arn:aws:dynamodb:*:*:table/${aws:gone,'x'}", "conditional", "conditional"),
    ("R25 two blanks before the default", "arn:aws:dynamodb:*:*:table/${aws:gone,  'x'}", "conditional", "conditional"),
    ("R25 a default without quotes", "arn:aws:dynamodb:*:*:table/${aws:gone, x}", "conditional", "conditional"),
    ("R25 no name", "arn:aws:dynamodb:*:*:table/${}", "conditional", "conditional"),
    ("R25 a variable in a variable", "arn:aws:dynamodb:*:*:table/${aws:${aws:username}}", "implicit_deny", "allowed"),
    ("R25 the form that is documented", "arn:aws:dynamodb:*:*:table/${aws:gone, 'x'}", "allowed", "explicit_deny"),
]


@pytest.mark.parametrize(("entry", "allow", "deny"), [case[1:] for case in ENTRIES], ids=[case[0] for case in ENTRIES])
def test_a_variable_in_an_entry_of_resource(entry: str, allow: str, deny: str):
    assert verdict({**EVERYTHING, "Resource": entry}) == allow
    assert verdict(EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Resource": entry}) == deny


@pytest.mark.parametrize(
    "action", ["dynamodb:${aws:username}", "${aws:PrincipalTag/service}:DeleteTable", "dynamodb:Delete${*}"]
)
def test_r9_a_variable_in_an_action(action: str):
    assert verdict({**EVERYTHING, "Action": action}) == "conditional"
    assert verdict(EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Action": action}) == "conditional"
    assert verdict(EVERYTHING, {"Effect": "Deny", "NotAction": action, "Resource": "*"}) == "conditional"
    assert verdict(
        EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Action": action.replace("DeleteTable", "Scan") + "s"}
    ) in (
        "allowed",
        "conditional",
    )


def test_r9_a_variable_in_an_action_that_cannot_be_it():
    assert verdict(EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Action": "s3:${aws:username}"}) == "allowed"
    old = {"Version": "2008-10-17", "Statement": [{**EVERYTHING, "Action": "dynamodb:${aws:username}"}]}
    assert verdict(identity=[old]) == "implicit_deny"


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (["dynamodb"], "conditional"),
        (["arn:aws:s3"], "conditional"),
        (["arn:aws:s3:*"], "explicit_deny"),
        (["arn:aws:s3:::*"], "explicit_deny"),
        ([f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:Main"], "explicit_deny"),
        ([f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:Main:and:more"], "explicit_deny"),
        (["arn:aws:s3:::bucket"], "explicit_deny"),
        (["dynamodb", TABLE], "allowed"),
        (["*"], "allowed"),
    ],
)
def test_r17_an_entry_that_means_nothing_in_an_scp_is_not_turned_into_a_match(entries: list[str], expected: str):
    deny = {"Effect": "Deny", "Action": "dynamodb:*", "NotResource": entries}
    assert verdict(EVERYTHING, scps=[[policy(EVERYTHING), policy(deny)]]) == expected


ROLE = f"arn:aws:iam::{ACCOUNT}:role/Restore"
APPLIANCE = f"arn:aws:iam::{ACCOUNT}:role/Appliance"


def assumed(trust: dict[str, Any], caller: str = APPLIANCE, **more: Any) -> str:
    asked = {"identity": [policy(EVERYTHING)], **more}
    return ask.may_assume(trust, ROLE, caller, **asked).verdict


def trusting(*more: dict[str, Any]) -> dict[str, Any]:
    return policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}, *more)


def test_r52_a_caller_with_a_boundary_is_denied_by_notprincipal():
    listed = {"Effect": "Deny", "NotPrincipal": {"AWS": [ACCOUNT, APPLIANCE]}, "Action": "sts:AssumeRole"}
    assert assumed(trusting(listed), boundary=policy(EVERYTHING)) == "explicit_deny"
    # Without one nobody can say: its session is not listed.
    assert assumed(trusting(listed)) == "conditional"


@pytest.mark.parametrize("principal", ["arn:aws:iam::${aws:PrincipalAccount}:root", "${aws:PrincipalArn}"])
def test_r45_a_variable_in_a_principal(principal: str):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    assert assumed(policy(statement)) == "conditional"
    assert assumed(trusting({**statement, "Effect": "Deny"})) == "conditional"


@pytest.mark.parametrize(
    ("role", "expected"),
    [("AWSServiceRoleForBackup", "conditional"), ("AWSServiceRoles", "explicit_deny"), ("Appliance", "explicit_deny")],
)
def test_r58_the_session_of_a_service_linked_role_leaves_an_scp_open(role: str, expected: str):
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session"
    deny = policy(EVERYTHING, {"Effect": "Deny", "Action": "sts:*", "Resource": "*"})
    trust = policy({"Effect": "Allow", "Principal": {"AWS": session}, "Action": "sts:AssumeRole"})
    assert assumed(trust, session, scps=[[deny]]) == expected
    nothing = policy({**EVERYTHING, "Action": "s3:*"})
    assert assumed(trust, session, scps=[[nothing]]) == (
        "conditional" if expected == "conditional" else "implicit_deny"
    )
    assert assumed(trust, session, scps=[[policy(EVERYTHING)]]) == "allowed"


def test_r14_r15_the_case_of_a_region_says_nothing_beside_a_variable_either():
    entry = {**EVERYTHING, "Resource": "arn:aws:dynamodb:us-east-1:${aws:PrincipalAccount}:table/x"}
    for table, expected in ((TABLE, "conditional"), (TABLE.replace("us-east-1", "US-East-1"), "conditional")):
        assert ask.may("dynamodb:DeleteTable", table, identity=[policy(entry)], context=KNOWN).verdict == expected
    other = TABLE.replace("us-east-1", "EU-West-1")
    assert ask.may("dynamodb:DeleteTable", other, identity=[policy(entry)], context=KNOWN).verdict == "implicit_deny"


@pytest.mark.parametrize(
    ("arn", "partition", "region", "account"),
    [
        (TABLE, "aws", "us-east-1", ACCOUNT),
        ("arn:aws-cn:iam::111122223333:role/x:y", "aws-cn", "", ACCOUNT),
        ("arn:aws:s3:::bucket", "aws", "", ""),
        ("arn:aws:dynamodb:us-east-1:111122223333", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_the_parts_of_an_arn(arn: str, partition: str, region: str, account: str):
    assert (arns.partition_in(arn), arns.region_in(arn), arns.account_in(arn)) == (partition, region, account)


def test_r7_without_the_2012_version_nothing_is_a_variable():
    deny = {**EVERYTHING, "Effect": "Deny", "Resource": ENTRIES[0][1]}
    old = {"Version": "2008-10-17", "Statement": [EVERYTHING, deny]}
    assert verdict(identity=[old]) == "allowed"


def test_r30_what_is_said_of_all_tags_is_said_of_no_other_key():
    context = Context({"aws:PrincipalTag/*": None, "aws:PrincipalTag/team": "backup"})
    known = {name: context.get(f"aws:PrincipalTag{name}") for name in ("", "/", "/other", "/TEAM", "s/other")}
    unknown = State.UNKNOWN
    assert known == {"": unknown, "/": unknown, "/other": State.ABSENT, "/TEAM": Known(("backup",)), "s/other": unknown}


def test_r68_what_a_service_is_known_to_send_is_not_guessed_anew():
    service = {"Service": "backup.amazonaws.com"}
    pinned, of_another = (
        {
            "Effect": "Allow",
            "Principal": who,
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": of}},
        }
        for who, of in ((service, ACCOUNT), ("*", "222233334444"))
    )
    sent = {"aws:SourceAccount": "222233334444"}
    decision = ask.may_assume(policy(pinned, of_another), ROLE, "backup.amazonaws.com", context=sent)
    # Whether everyone means a service as well AWS does not say.
    assert decision.verdict == "conditional"
