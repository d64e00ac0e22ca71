# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A document put back to what it said before a run, with what others have changed since."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.three_way import put_back, withheld

BROKEN = '{"Statement": ['


def document(*sids: str, version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": [{"Sid": sid, "Effect": "Allow", "Action": "s3:*"} for sid in sids]}


def sids(result: Any) -> str:
    return "".join(statement["Sid"] for statement in result["Statement"])


@pytest.mark.parametrize("before", [document("A"), BROKEN, json.dumps(document("A"))])
@pytest.mark.parametrize("written", [document("A", "B"), None, BROKEN])
def test_what_is_gone_comes_back_as_it_was(before: object, written: object):
    assert put_back(before, written, None) == before


@pytest.mark.parametrize("current", [document("A", "B"), json.dumps(document("A", "B"), indent=1)])
def test_what_nobody_has_changed_since_comes_back_as_it_was(current: object):
    """However IAM writes the same document, and whether or not what stood there before can be read."""
    written = document("A", "B")
    assert put_back(document("A"), written, current) == document("A")
    assert put_back(BROKEN, written, current) == BROKEN
    assert put_back(json.dumps(document("A")), written, current) == json.dumps(document("A"))


def test_nothing_is_written_where_the_run_changed_nothing():
    assert put_back(document("A"), document("A"), document("A")) is None


@pytest.mark.parametrize(
    ("before", "written", "current"),
    [
        (BROKEN, document("A"), document("A", "Z")),
        (document("A"), BROKEN, document("A", "Z")),
        (document("A"), document("A", "B"), BROKEN),
        (document("A"), BROKEN, BROKEN),
    ],
)
def test_what_cannot_be_read_is_left_alone(before: object, written: object, current: object):
    assert put_back(before, written, current) is None


@pytest.mark.parametrize(
    ("before", "written", "current", "expected"),
    [
        pytest.param("A", "AB", "ABZ", "AZ", id="what the run added goes, what others added stays"),
        pytest.param("AC", "AB", "ABZ", "ACZ", id="what the run removed comes back"),
        pytest.param("AC", "ACB", "CB", "C", id="what others removed stays away"),
        pytest.param("AC", "AB", "ABC", "AC", id="what others put back is there once"),
        pytest.param("AC", "B", "ZBC", "ACZ", id="all at once"),
        pytest.param("A", "AB", "BZ", "Z", id="others removed what was there before and added another"),
        pytest.param("A", "AB", "BAZY", "AZY", id="what others added in their order"),
        pytest.param("A", None, "Z", "AZ", id="the run deleted it, and others wrote another one"),
    ],
)
def test_statements_of_others_survive(before: str, written: str | None, current: str, expected: str):
    result = put_back(document(*before), None if written is None else document(*written), document(*current))
    assert sids(result) == expected


@pytest.mark.parametrize(
    ("before", "written", "current"),
    [
        pytest.param("AC", "ACB", "AC", id="others removed what the run added"),
        pytest.param("AC", "ACB", "CA", id="and in another order"),
        pytest.param("A", "AB", "AZ", id="and added one"),
        pytest.param("A", "AB", "B", id="nothing would be left, and IAM takes no empty document"),
        pytest.param("A", None, "A", id="the run deleted it, and others wrote the same"),
    ],
)
def test_nothing_is_written_where_there_is_nothing_to_put_back(before: str, written: str | None, current: str):
    written_document = None if written is None else document(*written)
    assert put_back(document(*before), written_document, document(*current)) is None


def test_the_rest_of_the_document_is_as_it_was_before():
    before = document("A", version="2008-10-17") | {"Id": "ours"}
    result = put_back(before, document("A", "B"), document("A", "B", "Z") | {"Id": "theirs"})
    assert result == document("A", "Z", version="2008-10-17") | {"Id": "ours"}


def test_what_comes_back_is_no_part_of_what_was_passed_in():
    before = document("A")
    result = put_back(before, document("B"), document("B"))
    result["Statement"].clear()
    assert before == document("A")


def test_a_statement_alone_counts_like_a_list_of_one():
    written = {"Version": "2012-10-17", "Statement": document("A")["Statement"][0]}
    assert sids(put_back(document("C"), written, document("A", "Z"))) == "CZ"


def allow(sid: str, *, action: Any = "s3:Get*", **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*", **more}


def deny(sid: str, **more: Any) -> dict[str, Any]:
    return {**allow(sid, **more), "Effect": "Deny"}


OFFICE = {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
VARIABLE = {"Resource": "arn:aws:s3:::home/${aws:username}"}


def of(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


@pytest.mark.parametrize(
    "now",
    [
        pytest.param([allow("Ours", **OFFICE)], id="closed further under the same Sid"),
        pytest.param([allow("Office", **OFFICE)], id="and under another"),
        pytest.param([allow("Other", action="ec2:*")], id="taken away altogether"),
        pytest.param([allow("Ours", action="s3:GetObject")], id="made smaller"),
        pytest.param([allow("Mine", action="s3:GetBucket*", MFA="x"), allow("Old", action="ec2:*")], id="its Sid given away"),
        pytest.param([allow("Ours", action="s3:GetObject*"), allow("Office", **OFFICE)], id="one added under conditions"),
    ],
)  # fmt: skip
def test_what_somebody_has_closed_since_is_not_opened_again(now: list[dict[str, Any]]):
    """AWS joins Allow statements by or."""
    before, written = of(allow("Old")), of(allow("Ours", action="s3:GetObject*"))
    assert put_back(before, written, of(*now)) is None or not [
        statement
        for statement in put_back(before, written, of(*now))["Statement"]
        if statement not in now  # what is added to what is there
    ]
    assert withheld(before, written, of(*now)) == ("Old",)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param([allow("Ours"), allow("Mine", action="ec2:*", **OFFICE)], id="something else under conditions"),
        pytest.param([allow("Ours"), deny("Mine")], id="a Deny"),
        pytest.param([allow("Ours"), allow("Mine")], id="without a condition"),
    ],
)
def test_what_others_added_for_something_else_is_no_reason(now: list[dict[str, Any]]):
    before, written = of(allow("Old", action="s3:*")), of(allow("Ours"))
    assert put_back(before, written, of(*now)) == of(allow("Old", action="s3:*"), *now[1:])
    assert withheld(before, written, of(*now)) == ()


@pytest.mark.parametrize(
    ("mine", "away"),
    [
        pytest.param({"action": "s3:GetObject", "Resource": "arn:aws:s3:::one/*"}, True, id="one action on one bucket"),
        pytest.param({"action": ["s3:List*", "ec2:*"]}, True, id="a part of it, and something else"),
        pytest.param({"action": "s3:*", **OFFICE}, True, id="all of it under conditions"),
        pytest.param({"action": "s3:*"}, False, id="all of it under another Sid"),
        pytest.param({"action": ["s3:*", "ec2:*"]}, False, id="all of it and more"),
        pytest.param({"action": "*"}, False, id="everything"),
        pytest.param({"action": "ec2:*"}, False, id="something else"),
    ],
)
def test_what_others_added_counts_where_it_allows_less_of_the_same(mine: dict[str, Any], away: bool):
    """The run had taken the old statement away and written nothing in its place."""
    before, written = of(allow("Old", action="s3:*"), allow("Else", action="sqs:*")), of(allow("Else", action="sqs:*"))
    now = of(*written["Statement"], allow("Mine", **mine))
    assert withheld(before, written, now) == (("Old",) if away else ())
    assert put_back(before, written, now) == (None if away else of(*before["Statement"], allow("Mine", **mine)))


@pytest.mark.parametrize(
    ("left_out", "away"),
    [
        pytest.param("arn:aws:s3:::b/${aws:username}/*", True, id="a variable"),
        pytest.param("arn:aws:S3:::b/secret/*", True, id="in another case"),
        pytest.param("arn:aws:s3", True, id="a short ARN"),
        pytest.param("arn:aws:s3:::other/*", False, id="something else"),
    ],
)
def test_what_somebody_left_out_stays_out(left_out: str, away: bool):
    secret, rest = allow("Old", Resource="arn:aws:s3:::b/secret/*"), allow("Else", action="sqs:*")
    mine = {"Sid": "Mine", "Effect": "Allow", "Action": "s3:Get*", "NotResource": left_out}
    before, written, now = of(secret, rest), of(rest), of(rest, mine)
    assert withheld(before, written, now) == (("Old",) if away else ())
    assert put_back(before, written, now) == (None if away else of(secret, rest, mine))


@pytest.mark.parametrize(
    ("old", "mine", "away"),
    [
        ("777788889999", "arn:aws:iam::777788889999:role/Auditor", True),
        ("arn:aws:iam::777788889999:root", "arn:aws:iam::777788889999:role/Auditor", True),
        ("777788889999", "arn:aws:iam::777788889999:root", False),
        ("arn:aws:iam::777788889999:role/Auditor", "arn:aws:iam::777788889999:root", False),
        ("777788889999", "arn:aws:iam::999988887777:role/Auditor", False),
        ("*", "arn:aws:iam::777788889999:role/Auditor", True),
    ],
)
def test_a_single_role_in_place_of_its_account_counts(old: str, mine: str, away: bool):
    ours = {"Sid": "Ours", "Effect": "Allow", "Principal": ID, "Action": "sts:AssumeRole"}
    whole, one = ({**ours, "Sid": sid, "Principal": {"AWS": who}} for sid, who in (("Old", old), ("Mine", mine)))
    assert withheld(of(ours, whole), of(ours), of(ours, one)) == (("Old",) if away else ())


def test_what_was_removed_for_others_comes_back_although_ours_changed():
    """Principals of other accounts are not what ours was written for."""
    theirs = {**allow("Theirs"), "Principal": {"AWS": "arn:aws:iam::999988887777:role/Partner"}}
    ours = {**allow("Ours"), "Principal": {"AWS": "444455556666"}}
    back = put_back(of(theirs, ours), of(ours), of({**ours, **OFFICE}))
    assert back == of(theirs, {**ours, **OFFICE})


def test_a_version_that_somebody_has_changed_stays():
    """The Deny that was there all the time knows its variable since then."""
    home = deny("Home", **VARIABLE)
    before, written = of(allow("A"), home, version="2008-10-17"), of(allow("B"), home, version="2008-10-17")
    assert put_back(before, written, of(allow("B"), home)) == of(allow("A"), home)


ROOT, ID = {"AWS": "arn:aws:iam::444455556666:root"}, {"AWS": "444455556666"}
WITH_ID = {"Condition": {"StringEquals": {"sts:ExternalId": "abc"}}}


@pytest.mark.parametrize("reordered", [False, True])
def test_what_is_returned_in_another_form_was_changed_by_nobody(reordered: bool):
    """IAM returns an account ID as the ARN of its root, and principals in an order of its own."""
    before = of(allow("Ours", Principal=ROOT), allow("Theirs"))
    written = of(allow("Ours", Principal={"AWS": ["444455556666", "777788889999"]}, **WITH_ID), allow("Theirs"))
    stored = of(
        allow(
            "Ours", Principal={"AWS": ["arn:aws:iam::777788889999:root", "arn:aws:iam::444455556666:root"]}, **WITH_ID
        ),
        allow("Theirs"),
    )
    if reordered:
        stored["Statement"].reverse()
    assert withheld(before, written, stored) == ()
    assert put_back(before, written, stored) == before
    with_more = of(*stored["Statement"], allow("New", action="sqs:*"))
    assert put_back(before, written, with_more) == of(*before["Statement"], allow("New", action="sqs:*"))


def test_where_a_statement_stays_away_the_run_s_stays_in_its_place():
    """Nobody is locked out by it."""
    before = of(allow("Old", action=["dynamodb:*", "ec2:Describe*"]))
    written = of(allow("Ours", action=["dynamodb:GetItem", "ec2:Describe*"]))
    now = of(*written["Statement"], allow("Office", action="ec2:DescribeRegions", **OFFICE))
    assert withheld(before, written, now) == ("Old",)
    assert put_back(before, written, now) is None


@pytest.mark.parametrize(
    ("principal", "away"),
    [
        ("arn:aws:iam::444455556666:role/Other", False),
        ("arn:aws:iam::444455556666:role/Appliance", True),
        ("arn:aws:iam::444455556666:root", True),
        ("arn:aws:sts::444455556666:assumed-role/Appliance/nightly", True),
        ("AROAEXAMPLEOFADELETED", True),
        ("arn:aws:iam::999988887777:root", False),
        ("*", True),
    ],
)
def test_whom_a_statement_under_conditions_is_for_counts(principal: str, away: bool):
    who = {"Principal": {"AWS": "arn:aws:iam::444455556666:role/Appliance"}}
    before, written = of(allow("Ours", **who)), of(allow("Ours", **who, **WITH_ID))
    now = of(*written["Statement"], allow("More", Principal={"AWS": principal}, **OFFICE))
    assert withheld(before, written, now) == (("Ours",) if away else ())


def test_what_was_there_before_and_was_taken_away_since_counts_as_closed():
    before = of(allow("Wide", action="dynamodb:*"), allow("Twin", action="dynamodb:*"))
    written = of(allow("Ours", action="dynamodb:GetItem"), allow("Twin", action="dynamodb:*"))
    assert put_back(before, written, of(allow("Ours", action="dynamodb:GetItem"))) is None


def test_a_deny_comes_back_and_each_sid_is_there_once():
    before, written = of(deny("No"), allow("A")), of(allow("A"))
    now = of(allow("A"), allow("No", action="ec2:*"))
    nameless = {key: value for key, value in deny("No").items() if key != "Sid"}
    back = put_back(before, written, now)
    assert back == of(nameless, allow("A"), allow("No", action="ec2:*"))
    assert put_back(before, written, back) is None


@pytest.mark.parametrize(("old", "new"), [("2008-10-17", "2012-10-17"), ("2012-10-17", "2008-10-17")])
def test_the_version_stays_that_gives_what_others_wrote_its_meaning(old: str, new: str):
    before, written = of(allow("A"), version=old), of(allow("B"), version=new)
    now = of(allow("B"), deny("Home", **VARIABLE), version=new)
    assert put_back(before, written, now) == of(allow("A"), deny("Home", **VARIABLE), version=new)
    plain = of(allow("B"), deny("Plain"), version=new)
    assert put_back(before, written, plain) == of(allow("A"), deny("Plain"), version=old)
    with_one = of(allow("A", **VARIABLE), version=old)
    assert put_back(with_one, written, now) is None
    assert withheld(with_one, written, now) == ("A",)


def test_what_cannot_be_read_withholds_nothing():
    assert withheld(BROKEN, document("A"), document("A", "Z")) == ()
