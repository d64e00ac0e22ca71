# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which statement of a permission policy is ours, and which restricts or denies in a trust policy, statement by statement."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import own_permissions, principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import State
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.own_permissions import (
    is_of,
    is_own,
    is_own_form,
    keys_of,
    merged_own,
    places,
    stands,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.restrictions import (
    allows_all,
    asked_of,
    denials,
    restrictions,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust import DesiredTrust

OWN: dict[str, Any] = {
    "Sid": "OursKeys",
    "Effect": "Allow",
    "Action": ["kms:CreateGrant"],
    "Resource": "*",
    "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
}
PLAIN = {name: value for name, value in OWN.items() if name != "Condition"}
EARLIER = {**OWN, "Action": ["kms:CreateGrant", "kms:Decrypt"]}
THEIRS = {**OWN, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}
ROLE = "arn:aws:iam::111122223333:role/Restore"
ARN = "arn:aws:iam::444455556666:role/Appliance"
CALLER = principals.role(ARN)


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        (None, set()),
        ({"Bool": {"aws:SecureTransport": "true"}}, {("bool", "aws:securetransport")}),
        (
            {"BOOL": {"A:One": "x", "a:two": "y"}, "Null": {"a:one": "true"}},
            {("bool", "a:one"), ("bool", "a:two"), ("null", "a:one")},
        ),
        ("nonsense", None),
        (["Bool"], None),
        ({"Bool": "true"}, None),
        ({"Bool": {"a:one": "x"}, "Null": "a:one"}, None),
    ],
)
def test_what_a_condition_asks_about(condition: Any, keys: set[Any] | None):
    assert keys_of({**PLAIN, "Condition": condition} if condition is not None else PLAIN) == keys


@pytest.mark.parametrize("statement", ["Allow", None, 3, ["Effect"]])
def test_what_is_no_statement_asks_nothing_and_is_nobodys(statement: Any):
    assert keys_of(statement) == frozenset()
    assert not is_own_form(statement, None)
    assert not is_own(statement, OWN)
    assert places([statement, OWN], OWN, ["OursKeys"], "Ours") == [1]


def test_an_earlier_form_has_at_most_our_condition():
    assert is_own(EARLIER, OWN)
    assert is_own(PLAIN, OWN)
    assert not is_own(THEIRS, OWN)
    assert not is_own({**EARLIER, "Condition": {**OWN["Condition"], **THEIRS["Condition"]}}, OWN)
    assert not is_own(EARLIER, PLAIN)


OF_USER: dict[str, Any] = {
    "Sid": "Home",
    "Effect": "Deny",
    "Action": ["s3:Get*", "s3:Put*"],
    "Resource": "arn:aws:s3:::${aws:username}",
}


def test_the_same_in_other_words_is_ours_whatever_it_says():
    """A variable is one in what we write."""
    same = {**OF_USER, "Action": ["S3:put*", "s3:get*"], "Sid": "Other"}
    other = {**OF_USER, "Action": ["s3:Get*"]}
    assert (is_own(same, OF_USER), is_own(other, OF_USER)) == (True, False)
    assert stands({"Version": "2012-10-17", "Statement": [same]}, OF_USER, "Ours")
    assert not stands({"Version": "2008-10-17", "Statement": [same]}, OF_USER, "Ours")
    document = {"Version": "2012-10-17", "Statement": [same, other, {**OF_USER, "Resource": "*", "Sid": "Wider"}]}
    assert own_permissions.denials(document, [OF_USER]) == ("Wider",)
    assert own_permissions.denials(document, [same]) == ("Wider",)
    assert own_permissions.denials(document, []) == ("Other", "Home", "Wider")


def test_an_earlier_form_has_the_elements_that_we_write():
    """Under a condition of ours that nobody can read, there is none that an earlier form may have."""
    but = {"Sid": "But", "Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}
    assert is_own({**but, "NotAction": ["iam:*", "s3:*"]}, but)
    assert not is_own({**but, "NotResource": "x"}, but)
    odd = {**OWN, "Condition": "nonsense"}
    assert not is_own({**THEIRS, "Action": "s3:*"}, odd)
    assert is_own({**PLAIN, "Action": "s3:*"}, odd)


def test_any_condition_that_can_be_read_is_of_our_form_where_any_may_be():
    assert is_own_form(THEIRS, None) is True
    assert is_own_form({**PLAIN, "Condition": "nonsense"}, None) is False
    assert is_own_form(THEIRS, frozenset()) is False


def test_a_place_of_the_family_counts_only_where_our_sid_is_somebody_elses():
    moved = {**EARLIER, "Sid": "OursKeys2"}
    assert places([EARLIER, moved], OWN, ["OursKeys"], "Ours") == [0]
    assert places([THEIRS, moved, {**THEIRS, "Sid": "OursKeys3"}], OWN, ["OursKeys"], "Ours") == [1]
    assert places([THEIRS], OWN, ["OursKeys"], "Ours") == []
    assert places([moved], OWN, ["OursKeys", "OursKeys2"], "Ours") == []


def test_a_sid_of_ours_that_nobody_has_may_stand_under_a_number_only():
    """Whether a statement of our Sid is there or not; what others have under a Sid of their own is not looked at."""
    moved = {**EARLIER, "Sid": "OursKeys2"}
    assert places([moved], OWN, ["OursKeys"], "Ours") == [0]
    own = {**OWN, "Sid": "Keys"}
    assert places([{**EARLIER, "Sid": "Keys2"}], own, ["Keys"], "Ours") == []
    assert places([{**THEIRS, "Sid": "Keys"}, {**EARLIER, "Sid": "Keys2"}], own, ["Keys"], "Ours") == [1]
    assert places([EARLIER, {**EARLIER, "Action": "kms:*"}, THEIRS], OWN, ["OursKeys"], "Ours") == [0, 1]
    assert places([{**EARLIER, "Sid": "OursKeys3"}, THEIRS, moved], OWN, ["OursKeys"], "Ours") == [0, 2]
    assert places([THEIRS, moved, {**EARLIER, "Sid": "OursKeys3"}], OWN, ["OursKeys", "OursKeys2"], "Ours") == [2]


@pytest.mark.parametrize(
    ("name", "sid", "expected"),
    [
        ("Ours", "Ours", True),
        ("Ours2", "Ours", True),
        ("Ours", "Ours2", False),
        ("Ours12", "Ours1", False),
        ("Ours1No2", "Ours1", True),
        ("Ours1No", "Ours1", False),
        ("Ours1No1", "Ours1", False),
        ("Ours2", "Ours1", False),
        ("Theirs", "Ours", False),
    ],
)
def test_which_labels_take_the_place_of_a_sid(name: str, sid: str, expected: bool):
    """One that ends in a digit is followed by No, so that it is not mistaken for another's place."""
    assert is_of(name, sid) is expected


FIRST = {**OWN, "Sid": "Ours1"}


@pytest.mark.parametrize(
    ("own", "before", "after"),
    [
        ([OWN], [], [OWN]),
        ([OWN], [EARLIER], [OWN]),
        ([OWN], [EARLIER, PLAIN], [OWN]),
        ([OWN], ["nonsense", EARLIER, PLAIN, 7], ["nonsense", OWN, 7]),
        ([OWN], [THEIRS], [THEIRS, {**OWN, "Sid": "OursKeys2"}]),
        ([OWN], [THEIRS, {**THEIRS, "Sid": "OursKeys2"}], [THEIRS, {**THEIRS, "Sid": "OursKeys2"}, {**OWN, "Sid": "OursKeys3"}]),
        ([OWN], [THEIRS, {**EARLIER, "Sid": "OursKeys2"}], [THEIRS, {**OWN, "Sid": "OursKeys2"}]),
        ([FIRST], [{**THEIRS, "Sid": "Ours1"}], [{**THEIRS, "Sid": "Ours1"}, {**OWN, "Sid": "Ours1No2"}]),
        (
            [FIRST],
            [{**THEIRS, "Sid": "Ours1"}, {**EARLIER, "Sid": "Ours12"}],
            [{**THEIRS, "Sid": "Ours1"}, {**EARLIER, "Sid": "Ours12"}, {**OWN, "Sid": "Ours1No2"}],
        ),
        ([OWN, {**OWN, "Sid": "OursKeys2"}], [THEIRS], [THEIRS, {**OWN, "Sid": "OursKeys3"}, {**OWN, "Sid": "OursKeys2"}]),
        ([OWN, FIRST], [], [OWN, FIRST]),
    ],
)  # fmt: skip
def test_ours_takes_the_place_of_its_earlier_form(own: list[Any], before: list[Any], after: list[Any]):
    document = {"Version": "2012-10-17", "Statement": before}
    assert merged_own(document, own, "Ours") == {"Version": "2012-10-17", "Statement": after}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([OWN], True),
        ([{**OWN, "Sid": "Theirs"}], True),
        ([{**OWN, "Action": ["KMS:creategrant"]}], True),
        ([OWN, THEIRS], True),
        ([OWN, EARLIER], False),
        ([OWN, {**EARLIER, "Sid": "OursKeys2"}], True),
        ([{**OWN, "Sid": "Theirs"}, {**EARLIER, "Sid": "OursKeys2"}], False),
        ([EARLIER], False),
        ([], False),
    ],
)
def test_ours_stands_unless_an_earlier_form_says_more(body: list[Any], expected: bool):
    assert stands({"Version": "2012-10-17", "Statement": body}, OWN, "Ours") is expected


ASKED_FOR: dict[str, Any] = {"Sid": "Mine", "Effect": "Deny", "Action": ["s3:Get*", "s3:Put*"], "Resource": "*"}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ([], ()),
        ([OWN, PLAIN], ()),
        ([ASKED_FOR], ()),
        ([{**ASKED_FOR, "Sid": "Other", "Action": "S3:get*"}], ()),
        ([{**ASKED_FOR, "Action": "s3:List*"}], ("Mine",)),
        ([OWN, {**ASKED_FOR, "Action": ["s3:Get*", "s3:List*"]}, ASKED_FOR, "nonsense"], ("Mine", "#3")),
        ([{**ASKED_FOR, "Effect": "deny", "Sid": "Odd"}], ("Odd",)),
        ([{**ASKED_FOR, "Resource": []}], ("Mine",)),
    ],
)
def test_what_refuses_something_that_is_not_asked_for(body: list[Any], found: tuple[str, ...]):
    """A part of what is asked for is."""
    assert own_permissions.denials({"Version": "2012-10-17", "Statement": body}, [OWN, ASKED_FOR]) == found


# Trust


def trust(*body: Any, version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(body)}


def admit(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": ARN}, "Action": "sts:AssumeRole", **more}


REFUSING: dict[str, Any] = {**admit(Sid="No"), "Effect": "Deny"}


def test_a_deny_is_told_with_what_it_asks_about():
    document = trust(admit(), "nonsense", {**REFUSING, "Condition": {"StringEquals": {"sts:ExternalId": "leaked"}}})
    found = list(denials(document, ARN, CALLER, ROLE, asked_of(CALLER, {})))
    assert [(each.statement, each.keys, each.is_deny) for each in found if each.statement == "No"] == [
        ("No", ("sts:ExternalId",), True)
    ]
    assert "#0" not in [each.statement for each in found]
    assert list(denials(document, ARN, CALLER, ROLE, asked_of(CALLER, {"sts:externalid": "an-id"})))[1:] == []


@pytest.mark.parametrize(("version", "refuses"), [("2012-10-17", True), ("2008-10-17", False)])
def test_a_variable_is_one_in_a_document_of_today_only(version: str, refuses: bool):
    of_itself = {**REFUSING, "Condition": {"StringEquals": {"aws:PrincipalArn": "${aws:PrincipalArn}"}}}
    found = list(denials(trust(of_itself, version=version), ARN, CALLER, ROLE, asked_of(CALLER, {})))
    assert bool(found) is refuses


def test_what_is_allowed_already_opens_nothing():
    with_id = admit(Condition={"StringEquals": {"sts:ExternalId": "an-id"}})
    assert allows_all(trust(admit()), CALLER, ROLE, asked_of(CALLER, {}))
    assert allows_all(trust(with_id), CALLER, ROLE, asked_of(CALLER, {"sts:externalid": "an-id"}))
    assert not allows_all(trust(with_id), CALLER, ROLE, asked_of(CALLER, {}))
    assert not allows_all(trust(REFUSING, with_id), CALLER, ROLE, {"sts:externalid": State.UNKNOWN})


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (admit(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), [("#0", ("aws:SourceIp",))]),
        (admit(), []),
        # One session of the role, which no condition says.
        ({**admit(), "Principal": {"AWS": "arn:aws:sts::444455556666:assumed-role/Appliance/one"}}, [("#0", ())]),
        ({**admit(), "Effect": "Deny"}, []),
        ("nonsense", []),
        # Another role is named, under a condition of its own: that says nothing of this one.
        (
            {
                **admit(Condition={"ArnEquals": {"aws:PrincipalArn": ARN}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}),
                "Principal": {"AWS": "arn:aws:iam::999988887777:role/Other"},
            },
            [],
        ),
        (
            {
                **admit(Condition={"ArnEquals": {"aws:PrincipalArn": ARN}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}),
                "Principal": "*",
            },
            [("#0", ("aws:MultiFactorAuthPresent",))],
        ),
    ],
)  # fmt: skip
def test_what_restricts_the_same_caller(statement: Any, found: list[Any]):
    restricting = restrictions(trust(statement), ARN, CALLER, ROLE, frozenset())
    assert [(each.statement, each.keys) for each in restricting] == found


FROM_HOME = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
APPLIANCE_ACCOUNT = "444455556666"
BACKUP = "backup.amazonaws.com"


@pytest.mark.parametrize(
    ("asked", "principal", "restricts"),
    [
        (principals.account(APPLIANCE_ACCOUNT), {"AWS": APPLIANCE_ACCOUNT}, True),
        (principals.account(APPLIANCE_ACCOUNT), {"AWS": f"arn:aws:iam::{APPLIANCE_ACCOUNT}:root"}, True),
        (principals.account(APPLIANCE_ACCOUNT), {"AWS": ARN}, False),
        (principals.account(APPLIANCE_ACCOUNT), {"AWS": "777788889999"}, False),
        (principals.account(APPLIANCE_ACCOUNT), "*", False),
        (principals.account(APPLIANCE_ACCOUNT), {"AWS": ["*", APPLIANCE_ACCOUNT]}, False),
        (principals.service(BACKUP), {"Service": BACKUP}, True),
        (principals.service(BACKUP), {"Service": "ec2.amazonaws.com"}, False),
        (principals.service(BACKUP), "*", False),
        (CALLER, {"AWS": ARN}, True),
        (CALLER, {"AWS": [ARN, "777788889999"]}, True),
        (CALLER, {"AWS": APPLIANCE_ACCOUNT}, False),
        (CALLER, "*", False),
        (CALLER, {"AWS": "777788889999"}, False),
        (CALLER, {"Service": BACKUP}, False),
        (principals.user(ARN.replace("role", "user")), {"AWS": ARN.replace("role", "user")}, True),
        (principals.user(ARN.replace("role", "user")), {"AWS": "*"}, False),
    ],
)
def test_a_condition_restricts_whom_its_statement_names(asked: principals.Caller, principal: Any, restricts: bool):
    statement = {**admit(Condition=FROM_HOME), "Principal": principal}
    found = list(restrictions(trust(statement), "who", asked, ROLE, frozenset()))
    assert [(each.principal, each.statement, each.keys, each.is_deny) for each in found] == (
        [("who", "#0", ("aws:SourceIp",), False)] if restricts else []
    )


@pytest.mark.parametrize(
    ("name", "pattern", "singled"),
    [
        ("zorro", "z*", True),
        ("zorro", "?orro", True),
        ("abcdefghijklmnopqrstuvwxyz0123456789+=,.@_-", "a*", True),
        ("ZORRO", "Z*", True),
        ("qq", "??", True),
        ("qq", "?*", False),
        ("qq", "*", False),
        ("qq", "zz*", False),
        ("qq", "q${*}", False),
    ],
)
def test_a_pattern_of_a_name_singles_it_out_whatever_letters_it_has(name: str, pattern: str, singled: bool):
    """A pattern that any name fits singles nobody out, and one that it does not fit leaves it out."""
    arn = f"arn:aws:iam::444455556666:role/{name}"
    condition = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::444455556666:role/{pattern}"}, **FROM_HOME}
    statement = {**admit(Condition=condition), "Principal": {"AWS": "444455556666"}}
    found = list(restrictions(trust(statement), arn, principals.role(arn), ROLE, frozenset()))
    assert [each.keys for each in found] == ([("aws:SourceIp",)] if singled else [])


def test_what_is_compared_with_itself_singles_nobody_out():
    condition = {"StringEquals": {"aws:PrincipalArn": "${aws:PrincipalArn}"}, **FROM_HOME}
    statement = {**admit(Condition=condition), "Principal": {"AWS": "444455556666"}}
    assert list(restrictions(trust(statement), ARN, CALLER, ROLE, frozenset())) == []


@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyz0123456789+=,.@_-")
def test_a_pattern_that_leaves_others_out_singles_nobody_out(letter: str):
    others = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::444455556666:role/{letter}*"}, **FROM_HOME}
    statement = {**admit(Condition=others), "Principal": {"AWS": "444455556666"}}
    assert list(restrictions(trust(statement), ARN, CALLER, ROLE, frozenset())) == []


@pytest.mark.parametrize(
    ("condition", "asked_for", "keys"),
    [
        ({"StringEquals": {"sts:ExternalId": "x"}}, {"sts:externalid"}, None),
        ({"StringEquals": {"sts:ExternalId": "x"}}, set(), ("sts:ExternalId",)),
        ({"StringEquals": {"STS:ExternalID": "x"}, **FROM_HOME}, {"sts:externalid"}, ("aws:SourceIp",)),
        ({"StringEquals": {"sts:ExternalId": "x", "aws:PrincipalTag/a": "b"}}, {"sts:externalid"}, ("aws:PrincipalTag/a",)),
        ({"StringEquals": "nonsense"}, set(), ()),
        ("nonsense", {"sts:externalid"}, ()),
        ({"StringLike": {"sts:RoleSessionName": "*"}}, set(), None),
        ({"StringEquals": {"aws:PrincipalAccount": "999988887777"}}, set(), None),
        ({"Bool": {"aws:A": "true", "aws:B": "true"}, "Null": {"aws:A": "false"}}, set(), ("aws:A", "aws:B")),
    ],
)  # fmt: skip
def test_which_keys_a_restriction_asks_for(condition: Any, asked_for: set[str], keys: Any):
    """Beside what the options ask for; none where no request is kept out, or none could ever be met."""
    for name in ("Condition", "condition"):
        found = list(restrictions(trust(admit(**{name: condition})), ARN, CALLER, ROLE, frozenset(asked_for)))
        assert [each.keys for each in found] == ([] if keys is None else [keys])
    for effect in ("Deny", "allow"):
        other = admit(Condition=condition, Effect=effect)
        assert list(restrictions(trust(other), ARN, CALLER, ROLE, frozenset(asked_for))) == []


@pytest.mark.parametrize(
    ("caller", "asked_for", "expected"),
    [
        (CALLER, {}, State.UNKNOWN),
        (CALLER, {"sts:externalid": "an-id"}, "an-id"),
        (principals.account("444455556666"), {}, State.UNKNOWN),
        (principals.service(BACKUP), {}, None),
    ],
)
def test_what_is_known_of_a_request_that_ours_allows(
    caller: principals.Caller, asked_for: dict[str, str], expected: Any
):
    """No service sends an external ID; for whom it acts may be anything."""
    asked = asked_of(caller, asked_for)
    assert asked["sts:externalid"] == expected
    assert asked["aws:sourceaccount"] == asked["aws:sourcearn"] == State.UNKNOWN
    assert asked_of(caller, {"aws:sourceaccount": "1"})["aws:sourceaccount"] == "1"


def test_whom_a_trust_policy_is_to_have():
    assert DesiredTrust((ARN,), None, (), "A", "B").has_principals
    assert DesiredTrust((), None, ("backup.amazonaws.com",), "A", "B").has_principals
    assert not DesiredTrust((), "an-id", (), "A", "B").has_principals
