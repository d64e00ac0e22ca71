# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is asked of a trust policy, statement by statement: whom it names, what it enforces, and why it is not enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import principals, trust
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.pinned import requests_for_own_account
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust import (
    PINNED_AS_ASKED,
    PINNED_BY_ARN,
    DesiredTrust,
)

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Restore"
APPLIANCE, COLLEAGUE = (f"arn:aws:iam::{OTHER}:role/{name}" for name in ("Appliance", "Colleague"))
BACKUP, EC2 = "backup.amazonaws.com", "ec2.amazonaws.com"
ID = {"StringEquals": {"sts:ExternalId": "an-id"}}
OF_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
NO_ID_NO_ENTRY = {"StringNotEquals": {"sts:ExternalId": "an-id"}}


def admit(principal: Any = APPLIANCE, kind: str = "AWS", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {kind: principal}, "Action": "sts:AssumeRole", **more}


def never(principal: Any = APPLIANCE, kind: str = "AWS", **more: Any) -> dict[str, Any]:
    return {**admit(principal, kind, **more), "Effect": "Deny"}


def doc(*body: Any, version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(body)}


def desired(*appliance: str, external_id: str | None = None, services: Any = (), pinned: str = "") -> DesiredTrust:
    return DesiredTrust(appliance, external_id, tuple(services), "Ours", "OursService", pinned, "OursOthers")


# What we write


@pytest.mark.parametrize(
    ("wanted", "sids"),
    [
        (desired(APPLIANCE), ["Ours"]),
        (desired(APPLIANCE, services=[BACKUP]), ["Ours", "OursService"]),
        (desired(services=[BACKUP, EC2]), ["OursService"]),
        (desired(services=[BACKUP], pinned=BACKUP), ["OursService"]),
        (desired(services=[EC2, BACKUP], pinned=BACKUP), ["OursService", "OursOthers"]),
        (desired(), []),
    ],
)
def test_which_statements_we_write(wanted: DesiredTrust, sids: list[str]):
    assert [statement["Sid"] for statement in wanted.own(ACCOUNT)] == sids


def test_what_our_statements_say():
    wanted = desired(
        APPLIANCE, COLLEAGUE, external_id="an-id", services=[EC2, BACKUP, "rds.amazonaws.com"], pinned=BACKUP
    )
    assert list(wanted.own(ACCOUNT)) == [
        {"Sid": "Ours", **admit([APPLIANCE, COLLEAGUE]), "Condition": ID},
        {"Sid": "OursService", **admit(BACKUP, "Service"), "Condition": OF_ACCOUNT},
        {"Sid": "OursOthers", **admit([EC2, "rds.amazonaws.com"], "Service")},
    ]
    assert list(desired(APPLIANCE, services=[BACKUP]).own(ACCOUNT)) == [
        {"Sid": "Ours", **admit()},
        {"Sid": "OursService", **admit(BACKUP, "Service")},
    ]


# The external ID


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ([admit(Sid="A")], ("A",)),
        ([admit(Condition=ID), admit(COLLEAGUE)], ("#1",)),
        ([admit(OTHER, Sid="Account"), admit(COLLEAGUE, Condition=ID)], ("Account",)),
        ([admit([APPLIANCE, COLLEAGUE]), admit("arn:aws:iam::777788889999:role/Other")], ("#0",)),
        ([admit(), never(Condition=NO_ID_NO_ENTRY)], ()),
        ([admit(), never(COLLEAGUE, Condition=NO_ID_NO_ENTRY)], ("#0",)),
        ([never()], ()),
        ([admit(BACKUP, "Service")], ()),
    ],
)
def test_r69_which_statements_allow_one_of_several_without_the_id(body: list[Any], names: tuple[str, ...]):
    wanted = desired(COLLEAGUE, APPLIANCE, external_id="an-id")
    assert trust.unenforced(doc(*body), wanted, ROLE) == names
    assert trust.unenforced(doc(*body), replace(wanted, external_id=None), ROLE) == ()


@pytest.mark.parametrize(
    ("statement", "asks"),
    [
        (admit(Condition=ID), True),
        (admit(COLLEAGUE, Condition={"StringLike": {"STS:externalid": "*"}}), True),
        (admit(OTHER, Condition=ID), True),
        (admit(Condition=OF_ACCOUNT), False),
        (admit(), False),
        (admit("777788889999", Condition=ID), False),
        (never(Condition=ID), False),
        ("sts:ExternalId", False),
        (None, False),
    ],
)
def test_which_statements_ask_the_appliance_for_an_id(statement: Any, asks: bool):
    document = doc(admit(EC2, "Service"), statement)
    assert trust.asking_for_an_id(document, desired(APPLIANCE, COLLEAGUE)) == (("#1",) if asks else ())
    assert trust.asking_for_an_id(document, desired(services=[EC2])) == ()


# A service that acts for the role's own account


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ([admit(BACKUP, "Service", Sid="Any")], ("Any",)),
        ([admit(BACKUP, "Service", Condition=OF_ACCOUNT)], ()),
        ([admit(BACKUP, "Service", Condition={"StringLike": {"aws:SourceAccount": "*"}})], ("#0",)),
        ([admit(BACKUP, "Service", Condition={"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}})], ()),
        ([admit(EC2, "Service")], ()),
        ([admit(EC2, "Service"), admit([EC2, BACKUP], "Service")], ("#1",)),
        (
            [
                admit(BACKUP, "Service"),
                never(BACKUP, "Service", Condition={"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}),
            ],
            (),
        ),
        ([never(BACKUP, "Service")], ()),
        (["nonsense", None], ()),
    ],
)
def test_r68_which_statements_allow_the_service_for_any_account(body: list[Any], names: tuple[str, ...]):
    wanted = desired(services=[BACKUP, EC2], pinned=BACKUP)
    assert trust.unpinned(doc(*body), wanted, ROLE) == names
    assert trust.unpinned(doc(*body), replace(wanted, pinned=""), ROLE) == ()


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        (admit(BACKUP, "Service"), True),
        (admit([EC2, BACKUP.upper()], "Service", Condition=OF_ACCOUNT), True),
        (admit(EC2, "Service"), False),
        ({**admit(), "Principal": "*"}, False),
        (admit(BACKUP), False),
        ("nonsense", False),
        (None, False),
    ],
)
def test_r49_whether_a_statement_names_a_service(statement: Any, names: bool):
    assert trust.names_service(statement, BACKUP) is names


OURS, ANOTHERS = (f"arn:aws:backup:*:{account}:*" for account in (ACCOUNT, OTHER))


@pytest.mark.parametrize(
    ("patterns", "sent"),
    [
        ([OURS], [f"arn:aws:backup:x:{ACCOUNT}:x"]),
        ([OURS, OURS], [f"arn:aws:backup:x:{ACCOUNT}:x"]),
        (["arn:aws:backup:eu-west-?:*:recovery-point:*"], [f"arn:aws:backup:eu-west-x:{ACCOUNT}:recovery-point:x"]),
        (["arn:aws:backup:eu-west-1:1111????3333:*"], [f"arn:aws:backup:eu-west-1:{ACCOUNT}:x"]),
        (["arn:aws:s3:::bucket/*"], []),
        ([ANOTHERS], []),
        ([f"arn:aws:backup:eu-west-1:{ACCOUNT}:job:one"], []),
        ([f"arn:aws:backup:eu-west-1:{ACCOUNT}:*:one"], []),
        ([f"arn:aws:backup:*:{ACCOUNT}"], []),
        (["*"], []),
        ([7], []),
        (
            [ANOTHERS, "arn:aws:ec2:*:*:*", OURS],
            [f"arn:aws:ec2:x:{ACCOUNT}:x", f"arn:aws:backup:x:{ACCOUNT}:x"],
        ),
    ],
)
def test_r68_what_a_service_sends_for_the_roles_own_account(patterns: list[Any], sent: list[str]):
    statement = admit(BACKUP, "Service", Condition={"ArnLike": {"AWS:sourcearn": patterns}})
    requests = list(requests_for_own_account(doc("nonsense", statement), ROLE))
    assert requests[0] == {"aws:SourceAccount": ACCOUNT}
    assert requests[1:] == [{"aws:SourceAccount": ACCOUNT, "aws:SourceArn": arn} for arn in sent]


BY_ARN = {"ArnLike": {"aws:SourceArn": OURS}}


@pytest.mark.parametrize(
    ("condition", "verdict", "reason"),
    [
        (OF_ACCOUNT, "conditional", PINNED_AS_ASKED),
        ({}, "allowed", ""),
        (BY_ARN, "conditional", PINNED_BY_ARN),
        ({**OF_ACCOUNT, **BY_ARN}, "conditional", PINNED_BY_ARN),
        ({"ArnLike": {"aws:SourceArn": ANOTHERS}}, "implicit_deny", ""),
        ({"StringEquals": {"aws:SourceAccount": OTHER}}, "implicit_deny", ""),
        ({**OF_ACCOUNT, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "conditional", ""),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "conditional", ""),
        # A question mark is a wildcard only: no ARN holds one.
        (
            {
                "StringLike": {"aws:SourceArn": f"arn:aws:backup:eu-west-?:{ACCOUNT}:*"},
                "StringEquals": {"aws:SourceArn": f"arn:aws:backup:eu-west-?:{ACCOUNT}:x"},
            },
            "conditional",
            "",
        ),
    ],
)
def test_r68_a_service_bound_to_the_account_is_as_asked_for(condition: Any, verdict: str, reason: str):
    """Whether by its ID or by an ARN, and only where nothing else is in its way."""
    document = doc(admit(BACKUP, "Service", Condition=condition))
    wanted = desired(services=[BACKUP], pinned=BACKUP)
    (decision,) = trust.decide(document, wanted, ROLE)
    assert (decision.requirement, decision.verdict) == ("backup_service_may_assume", verdict)
    assert (decision.asked_for, decision.settled) == (bool(reason), bool(reason) or verdict == "allowed")
    assert not reason or decision.reason == reason
    (unpinned,) = trust.decide(document, replace(wanted, pinned=""), ROLE)
    assert (unpinned.verdict, unpinned.asked_for) == (verdict, False)


@pytest.mark.parametrize("stored", ["{", None, 7, []])
def test_of_what_cannot_be_read_nothing_is_known_to_be_enough(stored: Any):
    assert trust.sent_for(StoredPolicy("", stored), ROLE, BACKUP, {}) is None
    decisions = trust.decide(stored, desired(APPLIANCE, services=[BACKUP], pinned=BACKUP), ROLE)
    assert [decision.verdict for decision in decisions] == ["unreadable", "unreadable"]
    assert all(decision.reason.startswith("the policy cannot be read: ") for decision in decisions)


# Why it is not enough


@pytest.mark.parametrize(
    ("body", "external_id", "reason", "statement"),
    [
        ([], None, "no statement names this principal", ""),
        ([admit(COLLEAGUE)], "an-id", "no statement names this principal", ""),
        (
            [admit(COLLEAGUE), admit(Sid="Asks", Condition=ID)],
            None,
            "the statement names it, but requires an external ID, and none is set",
            "Asks",
        ),
        (
            [admit(Sid="Asks", Condition=ID)],
            "another",
            "the statement names it, but with another external ID",
            "Asks",
        ),
        (
            [admit(COLLEAGUE), admit("AROAEXAMPLEOFADELETED")],
            None,
            "no statement names this principal; a statement contains a unique ID, so the principal that it named was deleted",
            "",
        ),
        (
            [admit("AROAEXAMPLEOFADELETED"), admit(Sid="Asks", Condition=ID)],
            None,
            "the statement names it, but requires an external ID, and none is set",
            "Asks",
        ),
    ],
)
def test_r51_r63_why_the_appliance_is_not_allowed(
    body: list[Any], external_id: str | None, reason: str, statement: str
):
    (decision,) = trust.decide(doc(*body), desired(APPLIANCE, external_id=external_id), ROLE)
    assert (decision.verdict, decision.reason, decision.statement) == ("implicit_deny", reason, statement)
    assert (decision.requirement, decision.layer, decision.subject, decision.resource) == (
        "appliance_may_assume",
        "trust",
        APPLIANCE,
        "",
    )


@pytest.mark.parametrize(
    ("principal", "names"),
    [
        ({"AWS": ["AROAEXAMPLE", 7, APPLIANCE]}, ("AROAEXAMPLE",)),
        ({"aws": "AIDAEXAMPLE"}, ("AIDAEXAMPLE",)),
        ({"AWS": [None]}, ()),
        ({"AWS": f"AROAEXAMPLE{':x'}"}, ()),
        (["AROAEXAMPLE"], ()),
        (7, ()),
    ],
)
def test_r51_which_unique_ids_a_statement_names(principal: Any, names: tuple[str, ...]):
    assert trust.orphans({**admit(), "Principal": principal}) == names
    assert trust.orphans(principal) == ()


def test_who_asks_is_an_account_a_role_or_a_service():
    whole = principals.account(OTHER)
    assert trust.caller_of(OTHER) == trust.caller_of(f"arn:aws:iam::{OTHER}:root") == whole
    assert trust.caller_of(APPLIANCE) == principals.role(APPLIANCE)
    assert trust.caller_of(BACKUP) == principals.service(BACKUP)


def test_r52_who_is_known_to_have_a_boundary_is_denied_by_not_principal():
    listed = {"Effect": "Deny", "NotPrincipal": {"AWS": [APPLIANCE, OTHER]}, "Action": "sts:AssumeRole"}
    document, wanted = doc(admit(), admit(COLLEAGUE), listed), desired(APPLIANCE, COLLEAGUE)
    verdicts = [decision.verdict for decision in trust.decide(document, wanted, ROLE, bounded=[APPLIANCE])]
    assert verdicts == ["explicit_deny", "conditional"]


def test_what_is_known_of_each_is_asked_by_its_name():
    from_home = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    document = doc(admit([APPLIANCE, COLLEAGUE], Condition=from_home), admit(BACKUP, "Service", Condition=from_home))
    wanted = desired(APPLIANCE, COLLEAGUE, services=[BACKUP])
    known = {APPLIANCE: {"aws:SourceIp": "10.1.2.3"}, COLLEAGUE: {"aws:SourceIp": "11.1.2.3"}}
    decisions = trust.decide(document, wanted, ROLE, lambda who: known.get(who, {}))
    assert [decision.verdict for decision in decisions] == ["allowed", "implicit_deny", "conditional"]
    assert [decision.subject for decision in decisions] == [APPLIANCE, COLLEAGUE, BACKUP]


def test_only_what_allows_is_left_without_the_denies():
    allowing = [admit(), admit(COLLEAGUE)]
    document = {**doc(never(), allowing[0], "nonsense", {"Effect": "allow"}, allowing[1]), "Id": "x"}
    assert trust.allows_only(document) == {**doc(*allowing), "Id": "x"}
