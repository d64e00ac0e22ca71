# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether one statement says all that another says, and whom a trust policy allows beyond another one."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.covers import beyond as beyond_before
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.covers import covers

OFFICE = {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}}
ONE_OFFICE = {"ipAddress": {"AWS:sourceip": "203.0.113.0/24"}}
ROLE = "arn:aws:iam::777788889999:role/Auditor"


def allow(action: Any = "s3:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(who: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole", **more}


WIDER = [
    (allow(), allow("s3:GetObject", "arn:aws:s3:::one/*")),
    (allow(["S3:Get*", "s3:List*"]), allow(["s3:getobject", "s3:ListBucket"], Sid="Other")),
    (allow(), allow(Condition=OFFICE)),
    (allow(Condition=OFFICE), allow("s3:GetObject", Condition=ONE_OFFICE)),
    (allow(Condition={"StringLikeIfExists": {"a:b": "x"}}), allow(Condition={"StringLike": {"a:b": "x"}})),
    (allow("*"), {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, allow("s3:*")),
    (
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*"},
    ),
    (trust({"AWS": "arn:aws:iam::777788889999:root"}), trust({"AWS": ROLE})),
    (trust({"AWS": "*"}), trust({"AWS": ROLE}, Condition=OFFICE)),
    (trust({"Service": ["Backup.amazonaws.com", "a.b"]}), trust({"Service": "backup.amazonaws.com"})),
    ({**allow(), "Effect": "Deny"}, {**allow("s3:GetObject"), "Effect": "Deny"}),
]


@pytest.mark.parametrize(("wide", "narrow"), WIDER)
def test_the_wider_one_covers_the_narrower_and_not_the_other_way_round(wide: dict[str, Any], narrow: dict[str, Any]):
    assert covers(wide, narrow)
    assert covers(wide, wide)
    assert not covers(*reversed((wide, narrow)))


def test_an_account_is_the_same_however_it_is_written():
    one, other = trust({"AWS": "777788889999"}), trust({"aws": ["arn:aws:iam::777788889999:root"]})
    assert covers(one, other)
    assert covers(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (allow("s3:*"), allow("ec2:*")),
        (allow(), {**allow(), "Effect": "Deny"}),
        (allow(resource="arn:aws:s3:::A/*"), allow(resource="arn:aws:s3:::a/*")),
        (allow(resource="arn:aws:s3:::${aws:username}*"), allow(resource="arn:aws:s3:::${aws:username}-x")),
        (allow(Condition={"StringNotEquals": {"a:b": ["x", "y"]}}), allow(Condition={"StringNotEquals": {"a:b": "x"}})),
        (allow(Condition={"StringLike": {"a:b": "x"}}), allow(Condition={"StringLike": {"a:c": "x"}})),
        (allow(Condition={"ForAllValues:StringLike": {"a:b": "x"}}), allow(Condition={"StringLike": {"a:b": "x"}})),
        (trust({"AWS": ROLE}), trust({"Service": "backup.amazonaws.com"})),
        (trust({"AWS": "111122223333"}), trust({"AWS": ROLE})),
        (trust({"AWS": ROLE}), {"Effect": "Allow", "NotPrincipal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}),
        ("not a statement", allow()),
        (allow(Effect="allow"), allow()),
    ],
)
def test_neither_covers_the_other(one: Any, other: Any):
    assert not covers(one, other)
    assert not covers(other, one)


def but(what: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": what, **more}


@pytest.mark.parametrize(
    ("left_out", "resource"),
    [
        pytest.param("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/secret/*", id="a variable"),
        pytest.param("arn:aws:s3:::a/*", "arn:aws:s3:::b/${aws:username}", id="a variable in the other one"),
        pytest.param("arn:aws:S3:::b/secret/*", "arn:aws:s3:::b/secret/*", id="another case"),
        pytest.param("arn:aws:s3", "arn:aws:s3:::b/x", id="a short ARN"),
        pytest.param("arn:aws:s3:::b/x", "arn:aws:s3", id="a short ARN in the other one"),
        pytest.param("arn:aws:s3:*b/x", "arn:aws:s3:::b/x", id="a star that runs on past a colon"),
    ],
)
def test_what_may_be_left_out_is_not_covered(left_out: str, resource: str):
    """However IAM reads what stands in NotResource."""
    assert not covers(but(left_out), allow("s3:GetObject", resource))
    assert not covers(but(["arn:aws:s3:::other/*", left_out]), allow("s3:GetObject", ["arn:aws:s3:::x/*", resource]))


def test_what_is_surely_not_left_out_is_covered():
    assert covers(but("arn:aws:s3:::a/*"), allow("s3:GetObject", "arn:aws:s3:::b/*"))
    assert covers(but("arn:aws:s3:::b/one"), but(["arn:aws:s3:::b/*", "arn:aws:s3:::c"]))
    assert covers(allow("s3:GetObject", "arn:aws:s3:*"), allow("s3:GetObject", "arn:aws:s3:::b/*"))


def test_a_star_stays_in_its_part_by_one_reading():
    """By it the short ARN is of services whose name ends in a only."""
    short, whole = "arn:aws:*a", "arn:aws:s3:a"
    assert not covers(allow("s3:GetObject", short), allow("s3:GetObject", whole))
    assert not covers(but(whole), but(short))


@pytest.mark.parametrize(
    "same", ["not a statement", {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "NotAction": "a:b"}]
)
def test_what_is_written_the_same_covers_itself(same: Any):
    assert covers(same, same)


def beyond(now: Any, before: Any) -> tuple[str, ...]:
    return beyond_before(now, before, "arn:aws:iam::111122223333:role/backup/Restore")


def document(*body: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(body)}


def test_a_statement_may_be_spread_over_several_of_before():
    before = document(trust({"AWS": "777788889999"}), trust({"Service": "backup.amazonaws.com"}))
    both = document(trust({"AWS": ROLE, "Service": "backup.amazonaws.com"}, Sid="Both"))
    assert beyond(both, before) == ()
    assert beyond(before, both) == ("#0",)
    more = document(trust({"AWS": [ROLE, "111122223333"]}, Sid="More"))
    assert beyond(more, before) == ("More",)


@pytest.mark.parametrize(
    ("before", "now", "labels"),
    [
        ("111122223333", "arn:aws:iam::111122223333:role/Helper", ("#0",)),
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/Helper", ("#0",)),
        ("111122223333", "arn:aws:sts::111122223333:assumed-role/Helper/nightly", ("#0",)),
        ("111122223333", "arn:aws:iam::111122223333:root", ()),
        ("*", "arn:aws:iam::111122223333:role/Helper", ()),
        ("777788889999", ROLE, ()),
    ],
)
def test_whom_its_own_account_allows_needs_more(before: str, now: str, labels: tuple[str, ...]):
    """A permission to assume the role, in the policies of whoever asks; across accounts that is needed anyway."""
    assert beyond(document(trust({"AWS": now})), document(trust({"AWS": before}))) == labels


def test_a_deny_of_its_own_account_is_one_of_each_in_it():
    one, whole = (
        {"Effect": "Deny", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"}
        for who in ("arn:aws:iam::111122223333:role/Helper", "111122223333")
    )
    assert beyond(document(trust("*"), whole), document(trust("*"), one)) == ()


def test_a_deny_that_is_gone_or_narrower_lets_somebody_in():
    deny = {"Sid": "Never", "Effect": "Deny", "Principal": "*", "Action": "sts:*"}
    who = trust({"AWS": ROLE})
    assert beyond(document(who), document(who, deny)) == ("Never",)
    assert beyond(document(who, {**deny, "Condition": OFFICE}), document(who, deny)) == ("Never",)
    assert beyond(document(who, {**deny, "Action": "*"}), document(who, deny)) == ()
    assert beyond(document(who, deny), document(who)) == ()


@pytest.mark.parametrize(
    ("action", "labels"),
    [("sts:TagSession", ()), (["sts:TagSession", "sts:*"], ("#1",)), ("sts:AssumeRoleWithSAML", ("#1",))],
)
def test_who_may_only_tag_a_session_comes_into_no_role(action: Any, labels: tuple[str, ...]):
    who = trust({"AWS": ROLE})
    assert beyond(document(who, {**who, "Action": action}), document(who)) == labels


def deny(who: Any, **more: Any) -> dict[str, Any]:
    return {**trust(who, **more), "Effect": "Deny"}


def test_a_deny_may_be_spread_over_several_or_joined():
    other = "arn:aws:iam::777788889999:role/Other"
    one, spread = document(deny({"AWS": [ROLE, other]})), document(deny({"AWS": other}), deny({"AWS": ROLE}))
    assert beyond(spread, one) == beyond(one, spread) == ()
    assert beyond(document(deny({"AWS": other}, Sid="Rest")), one) == ("#0",)


def test_a_deny_of_who_was_deleted_keeps_nobody_out():
    who = trust({"AWS": ROLE})
    assert beyond(document(who), document(who, deny({"AWS": "AROAEXAMPLE"}))) == ()
    assert beyond(document(who), document(who, deny({"AWS": ["AROAEXAMPLE", ROLE]}))) == ("#1",)


def test_a_deny_of_tagging_may_keep_somebody_out():
    who, never = trust({"AWS": ROLE}), {**deny("*"), "Action": "sts:TagSession"}
    assert beyond(document(who), document(who, never)) == ("#1",)


@pytest.mark.parametrize("everybody", ["*", {"AWS": "*"}])
def test_everybody_may_tag_a_session_and_comes_into_no_role(everybody: Any):
    who, tags = trust({"AWS": ROLE}), {**trust(everybody), "Action": "sts:TagSession"}
    assert beyond(document(who, tags), document(who)) == ()
    assert beyond(document(who, trust(everybody)), document(who)) == ("#1",)


def test_who_was_deleted_is_nobody():
    assert beyond(document(trust({"AWS": ["AROAEXAMPLE", ROLE]})), document(trust({"AWS": ROLE}))) == ()


def test_of_what_cannot_be_read_nobody_can_tell():
    assert beyond("{not json", document(trust({"AWS": ROLE}))) == ("",)
    assert beyond("{not json", "{not json") == ()
