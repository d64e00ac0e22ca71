# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A trust policy before and after: ours put in, made exclusive, and taken out again, statement by statement."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust import DesiredTrust
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust_change import (
    exclusive_trust,
    merged_trust,
    without_own,
)

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Restore"
A, B, STRANGER = (f"arn:aws:iam::444455556666:role/{name}" for name in ("Appliance", "Second", "Stranger"))
BACKUP, EC2, RDS = "backup.amazonaws.com", "ec2.amazonaws.com", "rds.amazonaws.com"
GONE = "AROAEXAMPLEOFADELETED"
OF_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
OF_ANOTHER = {"StringEquals": {"aws:SourceAccount": "999988887777"}}
FROM_HOME = {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}


def admit(*principals: str, kind: str = "AWS", sid: str = "", id_: Any = None, **more: Any) -> dict[str, Any]:
    entries: Any = principals[0] if len(principals) == 1 else list(principals)
    statement = {"Effect": "Allow", "Principal": {kind: entries}, "Action": "sts:AssumeRole"}
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": id_}}} if id_ else {}
    return ({"Sid": sid} if sid else {}) | statement | condition | more


def service(*names: str, sid: str = "", **more: Any) -> dict[str, Any]:
    return admit(*names, kind="Service", sid=sid, **more)


def doc(*body: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Id": "theirs", "Statement": list(body)}


def desired(*appliance: str, id_: str | None = None, services: Any = (), pinned: str = "") -> DesiredTrust:
    return DesiredTrust(appliance, id_, tuple(services), "Ours", "Service", pinned, "Others")


# What is asked for, exact, before, after (None: nothing is written), Sids of what is new.
MERGED: list[tuple[str, DesiredTrust, bool, list[Any], list[Any] | None, tuple[str, ...]]] = [
    ("nothing there", desired(A), False, [], [admit(A, sid="Ours")], ("Ours",)),
    ("nothing there, exact", desired(A), True, [], [admit(A, sid="Ours")], ("Ours",)),
    ("there, and under another condition, exact", desired(A, id_="x"), True, [admit(A, sid="Ours", id_="y"), admit(A, id_="x")],
     [admit(A, sid="Ours", id_="x"), admit(A, id_="x")], ("Ours",)),
    ("there, and somebody else's under another condition, exact", desired(A, id_="x"), True,
     [admit(A, sid="Ours", id_="x"), admit(B, sid="Ours2", id_="y")], None, ()),
    ("a list of one beside it stays as it is written", desired(A, id_="x"), False, [admit(sid="Ours", id_="y", Principal={"aws": [B]})],
     [admit(sid="Ours", id_="y", Principal={"aws": [B]}), admit(A, sid="Ours2", id_="x")], ("Ours2",)),
    ("there already", desired(A), False, [admit(A)], None, ()),
    ("there already, exact", desired(A), True, [admit(A)], None, ()),
    ("a Sid that is taken", desired(A), False, [admit(B, sid="Ours", Condition=FROM_HOME)],
     [admit(B, sid="Ours", Condition=FROM_HOME), admit(A, sid="Ours2")], ("Ours2",)),
    ("beside one in our statement", desired(A, B), False, [admit(B, sid="Ours")], [admit(B, A, sid="Ours")], ("Ours",)),
    ("the second of two of ours is asked for", desired(A, B, id_="x"), False,
     [admit(STRANGER, sid="Ours", id_="y"), admit(B, sid="Ours2", id_="x")],
     [admit(STRANGER, sid="Ours", id_="y"), admit(B, A, sid="Ours2", id_="x")], ("Ours2",)),
    ("not beside another's ID", desired(A, id_="x"), False, [admit(B, sid="Ours", id_="y")],
     [admit(B, sid="Ours", id_="y"), admit(A, sid="Ours2", id_="x")], ("Ours2",)),
    ("an ID that has changed", desired(A, id_="x"), False, [admit(A, sid="Ours", id_="y")],
     [admit(A, sid="Ours", id_="x")], ("Ours",)),
    ("an ID that has changed, twice", desired(A, id_="x"), True,
     [admit(A, sid="Ours", id_="y"), admit(STRANGER), admit(A, sid="Ours2", id_="z")],
     [admit(A, sid="Ours", id_="x"), admit(STRANGER)], ("Ours",)),
    ("two IDs that have changed, three times", desired(A, id_="x"), True,
     [admit(A, sid="Ours", id_="y"), admit(A, sid="Ours2", id_="z"), admit(A, sid="Ours3", id_="w")],
     [admit(A, sid="Ours", id_="x")], ("Ours",)),
    ("an ID that has changed, for one of two", desired(A, id_="x"), False, [admit(A, B, sid="Ours", id_="y")],
     [admit(B, sid="Ours", id_="y"), admit(A, sid="Ours2", id_="x")], ("Ours", "Ours2")),
    ("an ID that has changed, into the one that has it", desired(A, B, id_="x"), True,
     [admit(A, sid="Ours", id_="y"), admit(B, sid="Ours2", id_="x")], [admit(B, A, sid="Ours2", id_="x")], ("Ours2",)),
    ("no ID any more", desired(A), False, [admit(A, sid="Ours"), admit(A, sid="Ours2", id_="x")], None, ()),
    ("too loose by ours", desired(A, id_="x"), False, [admit(A, sid="Ours")],
     [admit(A, sid="Ours", id_="x")], ("Ours",)),
    ("too loose by ours, beside one that is right", desired(A, id_="x"), False,
     [admit(A, sid="Ours2"), admit(A, sid="Ours", id_="x")], [admit(A, sid="Ours", id_="x")], ()),
    ("too loose by another's", desired(A, id_="x"), False, [admit(A)], None, ()),
    ("whoever is gone goes with what is written", desired(A), False, [admit(GONE, sid="Ours")],
     [admit(A, sid="Ours")], ("Ours",)),
    ("gone in a statement of its own", desired(A), False, [admit(GONE, sid="Ours", id_="x"), admit(B, GONE, sid="Ours2", id_="y")],
     [admit(B, sid="Ours2", id_="y"), admit(A, sid="Ours3")], ("Ours2", "Ours3")),
    ("gone in somebody's statement stays", desired(A), False, [admit(GONE, sid="Theirs"), admit(B, GONE, sid="Ours", Condition=FROM_HOME)],
     [admit(GONE, sid="Theirs"), admit(B, GONE, sid="Ours", Condition=FROM_HOME), admit(A, sid="Ours2")], ("Ours2",)),
    ("a service", desired(services=[BACKUP]), False, [service(EC2, sid="Service")],
     [service(EC2, BACKUP, sid="Service")], ("Service",)),
    ("a service for this account only", desired(services=[BACKUP], pinned=BACKUP), False, [service(BACKUP, EC2, sid="Service")],
     [service(EC2, sid="Service"), service(BACKUP, sid="Service2", Condition=OF_ACCOUNT)], ("Service", "Service2")),
    ("a service for this account, not for another", desired(services=[BACKUP], pinned=BACKUP), False,
     [service(BACKUP, sid="Service", Condition=OF_ANOTHER)], [service(BACKUP, sid="Service", Condition=OF_ACCOUNT)], ("Service",)),
    ("a service and others", desired(services=[BACKUP, EC2], pinned=BACKUP), False, [],
     [service(BACKUP, sid="Service", Condition=OF_ACCOUNT), service(EC2, sid="Others")], ("Service", "Others")),
    ("statements that are none stay", desired(A), False, ["nonsense", 7], ["nonsense", 7, admit(A, sid="Ours")], ("Ours",)),
    ("whoever another statement allows is named as well", desired(A, B), False, [admit(B)],
     [admit(B), admit(A, B, sid="Ours")], ("Ours",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "exact", "before", "after", "sids"), [case[1:] for case in MERGED], ids=[case[0] for case in MERGED]
)
def test_ours_is_put_in(
    wanted: DesiredTrust, exact: bool, before: list[Any], after: list[Any] | None, sids: tuple[str, ...]
):
    change = merged_trust(doc(*before), wanted, ROLE, exact=exact)
    assert (change.document, change.sids) == (None if after is None else doc(*after), sids)
    assert (change.restrictions, change.newcomers) == ((), ())


def restricted(change: Any) -> list[tuple[str, str, tuple[str, ...], bool]]:
    return [(each.principal, each.statement, each.keys, each.is_deny) for each in change.restrictions]


def test_whoever_is_restricted_is_left_out_and_the_others_are_put_in():
    """Told once for each statement that restricts; with allow_widening the restriction is walked around."""
    body = [
        admit(A, sid="Home", Condition=FROM_HOME),
        admit(A, sid="Night", Condition={"Bool": {"aws:ViaAWSService": True}}),
    ]
    wanted = desired(A, B, services=[BACKUP])
    change = merged_trust(doc(*body), wanted, ROLE, exact=False)
    assert change.document == doc(*body, admit(B, sid="Ours"), service(BACKUP, sid="Service"))
    assert restricted(change) == [(A, "Home", ("aws:SourceIp",), False), (A, "Night", ("aws:ViaAWSService",), False)]
    widened = merged_trust(doc(*body), wanted, ROLE, exact=False, allow_widening=True)
    assert widened.document == doc(*body, admit(A, B, sid="Ours"), service(BACKUP, sid="Service"))
    assert restricted(widened) == []


def test_an_id_that_only_our_old_statement_asked_for_restricts_nobody_else():
    """The statement that names both is left as it is for the one whom it restricts."""
    body = [admit(A, B, sid="Ours", id_="y"), admit(A, Condition=FROM_HOME)]
    change = merged_trust(doc(*body), desired(A, B, id_="x"), ROLE, exact=False)
    assert restricted(change) == [(A, "#1", ("aws:SourceIp",), False)]
    assert change.document is None or admit(A, Condition=FROM_HOME) in change.document["Statement"]


# Exclusive


@pytest.mark.parametrize(
    ("wanted", "before", "after"),
    [
        (desired(A), [admit(A)], None),
        (desired(A), [admit(A, sid="Other")], None),
        (desired(A), [admit(A), admit(STRANGER)], [admit(A, sid="Ours")]),
        (desired(A, id_="x"), [admit(A)], [admit(A, sid="Ours", id_="x")]),
        (
            desired(A, services=[BACKUP]),
            [service(EC2)],
            [admit(A, sid="Ours"), service(BACKUP, sid="Service")],
        ),
    ],
)
def test_ours_and_no_other(wanted: DesiredTrust, before: list[Any], after: list[Any] | None):
    change = exclusive_trust(doc(*before), wanted, ROLE)
    assert change.document == (None if after is None else {"Version": "2012-10-17", "Statement": after})
    assert change.sids == (() if after is None else tuple(statement["Sid"] for statement in after))
    assert change.restrictions == ()


DENY = {**admit(A, sid="No"), "Effect": "Deny"}


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ([DENY], [(A, "No", (), True)]),
        ([{**DENY, "Condition": FROM_HOME}], [(A, "No", ("aws:SourceIp",), True)]),
        ([admit(A, sid="Home", Condition=FROM_HOME)], [(A, "Home", ("aws:SourceIp",), False)]),
        (
            [DENY, admit(A, sid="Home", Condition=FROM_HOME)],
            [(A, "No", (), True), (A, "Home", ("aws:SourceIp",), False)],
        ),
        ([{"Sid": "Odd"}], [(A, "Odd", (), True), (BACKUP, "Odd", (), True)]),
    ],
)
def test_what_making_it_exclusive_would_take_away(before: list[Any], found: list[Any]):
    wanted = desired(A, services=[BACKUP])
    change = exclusive_trust(doc(*before), wanted, ROLE)
    assert (change.document, change.sids, restricted(change)) == (None, (), found)
    widened = exclusive_trust(doc(*before), wanted, ROLE, allow_widening=True)
    assert (widened.sids, widened.restrictions) == (("Ours", "Service"), ())
    assert widened.document == {
        "Version": "2012-10-17",
        "Statement": [admit(A, sid="Ours"), service(BACKUP, sid="Service")],
    }


def test_what_cannot_be_read_may_hold_a_deny_of_each():
    wanted = desired(A, services=[BACKUP])
    change = exclusive_trust(None, wanted, ROLE)
    assert (change.document, change.sids) == (None, ())
    assert restricted(change) == [(A, "", (), True), (BACKUP, "", (), True)]
    widened = exclusive_trust(None, wanted, ROLE, allow_widening=True)
    assert (widened.sids, widened.restrictions) == (("Ours", "Service"), ())
    assert widened.document is not None


# Taken out again


@pytest.mark.parametrize(
    ("wanted", "before", "after", "sids"),
    [
        (desired(A), [admit(A, sid="Ours")], [], ("Ours",)),
        (desired(A), [admit(A, sid="Ours"), admit(B, sid="Theirs")], [admit(B, sid="Theirs")], ("Ours",)),
        (desired(A), [admit(A, B, sid="Ours2")], [admit(B, sid="Ours2")], ("Ours2",)),
        (desired(A), [admit(A, B, STRANGER, sid="Ours")], [admit(B, STRANGER, sid="Ours")], ("Ours",)),
        (desired(A), [admit(B, sid="Ours")], None, ()),
        (desired(A), [admit(B, GONE, sid="Ours")], [admit(B, sid="Ours")], ("Ours",)),
        (desired(A), [admit(A)], None, ()),
        (desired(A), [admit(A, sid="Ours", Condition=FROM_HOME)], None, ()),
        (desired(A), [{**admit(A, sid="Ours"), "Effect": "Deny"}], None, ()),
        (desired(A), ["nonsense"], None, ()),
        (desired(A), [admit(A, sid="Ours", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})], None, ()),
        (desired(A), [admit(A, sid="Ours", id_="whichever")], [], ("Ours",)),
        (
            desired(A),
            [service(BACKUP, sid="Service", Condition=OF_ANOTHER), service(EC2, sid="Others")],
            [],
            ("Service", "Others"),
        ),
        (desired(A, services=[BACKUP]), [service(BACKUP, EC2, sid="Service")], [service(EC2, sid="Service")], ("Service",)),
        (desired(A, services=[BACKUP]), [service(RDS, sid="Service")], None, ()),
        (desired(A, services=[BACKUP]), [service(BACKUP.upper(), sid="Service")], [], ("Service",)),
        (desired(services=[BACKUP]), [admit(A, B, sid="Ours")], [], ("Ours",)),
        (
            desired("arn:aws:iam::444455556666:root"),
            [admit("444455556666", sid="Ours"), admit(A, sid="Ours2")],
            [admit(A, sid="Ours2")],
            ("Ours",),
        ),
    ],
)  # fmt: skip
def test_ours_is_taken_out(wanted: DesiredTrust, before: list[Any], after: list[Any] | None, sids: tuple[str, ...]):
    change = without_own(doc(*before), wanted)
    assert (change.document, change.sids) == (None if after is None else doc(*after), sids)


def test_an_id_that_would_be_a_variable_is_never_written():
    with pytest.raises(ValueError, match="no statement of ours"):
        merged_trust(doc(), desired(A, id_="${aws:username}"), ROLE, exact=True)
