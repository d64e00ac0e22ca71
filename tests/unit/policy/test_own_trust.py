# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which statements of a trust policy are ours, how they are named, and what is put into them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.own_trust import (
    TrustForm,
    form_of,
    free_sid,
    in_family,
    own_statements,
    with_principals,
    without_orphans,
)

APPLIANCE = "arn:aws:iam::444455556666:role/Appliance"
OTHER = "arn:aws:iam::777788889999:role/Other"
BACKUP = "backup.amazonaws.com"
ID, ANOTHER_ID = ({"StringEquals": {"sts:ExternalId": value}} for value in ("an-id", "another"))
EXTERNAL_ID = "sts:externalid"


def admit(principal: Any = APPLIANCE, kind: str = "AWS", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {kind: principal}, "Action": "sts:AssumeRole", **more}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in admit().items() if key != name}


@pytest.mark.parametrize(
    ("statement", "form"),
    [
        (admit(), TrustForm("aws", (APPLIANCE,))),
        (admit(Sid="Any", Action=["STS:assumerole"]), TrustForm("aws", (APPLIANCE,))),
        (admit([APPLIANCE, OTHER]), TrustForm("aws", (APPLIANCE, OTHER))),
        (admit(BACKUP, "Service"), TrustForm("service", (BACKUP,))),
        (admit(BACKUP, "SERVICE"), TrustForm("service", (BACKUP,))),
        (admit(Condition=ID), TrustForm("aws", (APPLIANCE,), EXTERNAL_ID, frozenset({"an-id"}))),
        (
            admit(Condition={"stringequals": {"STS:ExternalId": ["a", "b"]}}),
            TrustForm("aws", (APPLIANCE,), EXTERNAL_ID, frozenset("ab")),
        ),
        (
            {"effect": "Allow", "principal": {"aws": APPLIANCE}, "action": "sts:AssumeRole"},
            TrustForm("aws", (APPLIANCE,)),
        ),
    ],
)
def test_the_form_of_what_we_may_have_written(statement: Any, form: TrustForm):
    assert form_of(statement) == form


@pytest.mark.parametrize(
    "statement",
    [
        admit(Effect="Deny"),
        admit(effect="Deny"),
        admit(action="sts:*"),
        admit(sid="Second", Sid="First"),
        admit(Comment="by hand"),
        admit(NotAction="sts:*"),
        admit(Action="sts:*"),
        admit(Action=["sts:AssumeRole", "sts:TagSession"]),
        admit(Action=["sts:AssumeRole", "sts:AssumeRole"]),
        admit(Action=[]),
        admit(Action=[7]),
        without("Action"),
        without("Principal"),
        without("Effect"),
        admit(Principal=None),
        admit(Condition="text"),
        admit(Condition=["StringEquals"]),
        admit(Condition={"StringEquals": ["sts:ExternalId"]}),
        admit(Condition={"StringEquals": {}}),
        admit(Condition={"StringNotEquals": {"sts:ExternalId": "an-id"}}),
        admit(Condition={"ForAnyValue:StringEquals": {"sts:ExternalId": "an-id"}}),
        admit(Condition={**ID, "Bool": {"aws:SecureTransport": "true"}}),
        7,
        None,
    ],
)
def test_what_says_more_or_less_than_we_write_is_somebodys(statement: Any):
    assert form_of(statement) is None


def test_what_another_operator_asks_for_is_never_what_ours_asks_for():
    """Ours is StringEquals, and so is one in other letters."""
    ours = form_of(admit(Condition=ID))
    assert ours is not None
    for operator, same in {
        "stringEQUALS": True,
        "StringEqualsIfExists": False,
        "StringLike": False,
        "StringLikeIfExists": False,
        "StringEqualsIgnoreCase": False,
        "StringEqualsIgnoreCaseIfExists": False,
    }.items():
        other = form_of(admit(Condition={operator: {"sts:ExternalId": "an-id"}}))
        assert other is not None
        assert (other.key, ours.same_condition(other)) == (EXTERNAL_ID, same)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (ID, ID, True),
        (ID, ANOTHER_ID, False),
        (ID, {"StringEquals": {"sts:ExternalId": ["an-id", "another"]}}, False),
        (ID, {"StringEquals": {"aws:SourceAccount": "an-id"}}, False),
        (ID, {}, False),
        ({}, {}, True),
    ],
)
def test_conditions_are_the_same_by_their_key_and_all_values(first: Any, second: Any, same: bool):
    forms = [form_of(admit(Condition=condition)) for condition in (first, second)]
    assert forms[0] is not None
    assert forms[1] is not None
    assert forms[0].same_condition(forms[1]) is same


@pytest.mark.parametrize(
    ("kind", "listed", "asked", "named"),
    [
        ("AWS", APPLIANCE, APPLIANCE, True),
        ("AWS", [OTHER, APPLIANCE], APPLIANCE, True),
        ("AWS", APPLIANCE, OTHER, False),
        ("AWS", APPLIANCE, APPLIANCE.lower(), False),
        ("AWS", "444455556666", "arn:aws:iam::444455556666:root", True),
        ("AWS", "arn:aws-cn:iam::444455556666:root", "444455556666", True),
        ("AWS", "444455556666", APPLIANCE, False),
        ("Service", BACKUP, BACKUP.upper(), True),
        ("Service", BACKUP, "ec2.amazonaws.com", False),
    ],
)
def test_a_statement_names_a_principal_in_whatever_spelling(kind: str, listed: Any, asked: str, named: bool):
    form = form_of(admit(listed, kind))
    assert form is not None
    assert form.names(asked) is named
    last = listed[-1] if isinstance(listed, list) else listed
    assert form.is_same(asked, last) is named


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Ours", True),
        ("Ours2", True),
        ("Ours9", True),
        ("Ours10", True),
        ("Ours99", True),
        ("Ours1", False),
        ("Ours0", False),
        ("Ours02", False),
        ("Ours100", False),
        ("Ours2a", False),
        ("MyOurs", False),
        ("ours", False),
        ("Our.", False),
        ("", False),
    ],
)
def test_a_label_takes_the_place_of_our_sid_with_a_number_from_2(name: str, ours: bool):
    assert in_family(name, "Ours") is ours


def test_a_sid_is_a_text_in_which_nothing_is_a_pattern():
    assert not in_family("Oxrs", "O.rs")
    assert in_family("O.rs2", "O.rs")


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ((), "Ours"),
        (("Ours2",), "Ours"),
        (("Ours",), "Ours2"),
        (("Ours", "Ours2", "Ours4"), "Ours3"),
        (("Ours", *(f"Ours{n}" for n in range(2, 12))), "Ours12"),
    ],
)
def test_the_first_sid_of_the_family_that_nobody_has(taken: tuple[str, ...], free: str):
    assert free_sid(taken, "Ours") == free


BODY: list[Any] = [
    admit(Sid="Theirs"),
    admit(Sid="Ours"),
    admit(Sid="Ours2", Condition=ID),
    admit(Sid="Ours3", Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}),
    admit(BACKUP, "Service", Sid="Ours4"),
    admit(Sid="Ours5", Effect="Deny"),
    "nonsense",
]


@pytest.mark.parametrize(
    ("kind", "keys", "places"),
    [
        ("aws", {EXTERNAL_ID}, [1, 2]),
        ("aws", set(), [1]),
        ("aws", {"aws:sourceaccount"}, [1, 3]),
        ("service", {EXTERNAL_ID}, [4]),
    ],
)
def test_our_statements_are_known_by_sid_kind_and_key(kind: str, keys: set[str], places: list[int]):
    found = own_statements(BODY, "Ours", kind, frozenset(keys))
    assert found == {place: form_of(BODY[place]) for place in places}


def test_unique_ids_of_deleted_principals_are_left_out():
    assert without_orphans(["AROAEXAMPLE1", APPLIANCE, "AIDAEXAMPLE2", "444455556666"]) == [APPLIANCE, "444455556666"]
    assert without_orphans([f"x{'AROAEXAMPLE1'}", "AROA-EXAMPLE", "aroaexample"]) == [
        "xAROAEXAMPLE1",
        "AROA-EXAMPLE",
        "aroaexample",
    ]


@pytest.mark.parametrize(
    ("statement", "kind", "principals", "expected"),
    [
        (admit(Sid="Ours", Condition=ID), "aws", [OTHER], admit(OTHER, Sid="Ours", Condition=ID)),
        (admit(), "aws", [APPLIANCE, OTHER], admit([APPLIANCE, OTHER])),
        (admit(), "service", [BACKUP], admit(BACKUP, "Service")),
        (
            {"effect": "Allow", "PRINCIPAL": {"AWS": APPLIANCE}},
            "aws",
            [OTHER],
            {"effect": "Allow", "PRINCIPAL": {"AWS": OTHER}},
        ),
    ],
)
def test_other_principals_and_all_else_as_it_is(
    statement: dict[str, Any], kind: str, principals: list[str], expected: dict[str, Any]
):
    assert with_principals(statement, kind, principals) == expected
