# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which statement of a permission policy is ours, and which restricts or denies in a trust policy, statement by statement."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import State
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.own_permissions import (
    is_own,
    is_own_form,
    keys_of,
    places,
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


def test_a_place_of_the_family_counts_only_where_our_sid_is_somebody_elses():
    moved = {**EARLIER, "Sid": "OursKeys2"}
    assert places([EARLIER, moved], OWN, ["OursKeys"], "Ours") == [0]
    assert places([THEIRS, moved, {**THEIRS, "Sid": "OursKeys3"}], OWN, ["OursKeys"], "Ours") == [1]
    assert places([THEIRS], OWN, ["OursKeys"], "Ours") == []
    assert places([moved], OWN, ["OursKeys", "OursKeys2"], "Ours") == []


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


def test_whom_a_trust_policy_is_to_have():
    assert DesiredTrust((ARN,), None, (), "A", "B").has_principals
    assert DesiredTrust((), None, ("backup.amazonaws.com",), "A", "B").has_principals
    assert not DesiredTrust((), "an-id", (), "A", "B").has_principals
