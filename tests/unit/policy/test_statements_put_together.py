# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements named, put into documents and taken out of them; and what keeps the canonical form of two of them apart."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.canonical import (
    atoms,
    canonical,
    contains,
    equal,
    readable,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.own_permissions import merged_own
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.statements import (
    document,
    effect,
    label,
    with_statements,
)

# What the Sids begin with that nobody else has.
PREFIX = "Cloudrestore"
OURS: dict[str, Any] = {"Sid": "Ours", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
THEIRS: dict[str, Any] = {"Sid": "Theirs", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}
NAMELESS: dict[str, Any] = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}


# By their Sid


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        (OURS, "Ours"),
        ({"sid": "Small"}, "Small"),
        ({"Sid": ""}, "#3"),
        ({"Sid": 7}, "#3"),
        (NAMELESS, "#3"),
        ("x", "#3"),
    ],
)
def test_a_statement_is_named_by_its_sid_or_its_place(statement: Any, name: str):
    assert label(statement, 3) == name


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (OURS, "Allow"),
        (THEIRS, "Deny"),
        ({"effect": "Deny"}, "Deny"),
        ({"Effect": "allow"}, None),
        ({}, None),
        ("x", None),
    ],
)
def test_an_effect_is_exactly_allow_or_deny(statement: Any, expected: str | None):
    assert effect(statement) == expected


def test_a_new_document_is_of_the_version_that_knows_variables():
    assert document([OURS, THEIRS]) == {"Version": "2012-10-17", "Statement": [OURS, THEIRS]}


def test_the_statements_are_others_and_all_else_is_as_it_was():
    """Under whatever spelling they stood."""
    old = {"Version": "2008-10-17", "STATEMENT": [THEIRS], "statement": THEIRS, "Id": "x"}
    assert with_statements(old, [OURS]) == {"Version": "2008-10-17", "Id": "x", "Statement": [OURS]}
    assert old["statement"] == THEIRS


def test_a_statement_takes_the_place_of_the_one_of_its_sid():
    old = {"Version": "2008-10-17", "Id": "x", "Statement": [NAMELESS, {**OURS, "Action": "s3:*"}, THEIRS]}
    assert merged_own(old, [OURS], PREFIX) == {**old, "Statement": [NAMELESS, OURS, THEIRS]}


def test_a_statement_of_a_new_sid_comes_last():
    """Of several of one Sid, the first place stays."""
    assert merged_own({"Statement": THEIRS}, [OURS], PREFIX) == {"Statement": [THEIRS, OURS]}
    twice = {"Statement": [THEIRS, {**OURS, "Action": "a:B"}, NAMELESS, {**OURS, "Action": "c:D"}, NAMELESS]}
    assert merged_own(twice, [OURS], PREFIX)["Statement"] == [THEIRS, OURS, NAMELESS, NAMELESS]


def test_other_statements_take_the_place_of_all():
    """All else stays."""
    old = {"Version": "2008-10-17", "statement": [NAMELESS, OURS, THEIRS]}
    assert with_statements(old, [NAMELESS, THEIRS]) == {"Version": "2008-10-17", "Statement": [NAMELESS, THEIRS]}
    assert old["statement"] == [NAMELESS, OURS, THEIRS]


# By their canonical form


def ours(**more: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", **more}]}


def when(operator: str, value: Any) -> dict[str, Any]:
    return ours(Resource="*", Condition={operator: {"aws:Key": value}})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ours(NotPrincipal={"AWS": "111122223333"}), ours()),
        (ours(NotPrincipal={"AWS": "111122223333"}), ours(NotPrincipal={"AWS": "444455556666"})),
        (
            ours(NotAction="s3:*", Resource="*"),
            {"Statement": [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}]},
        ),
        (ours(Resource="*", NotResource="a"), ours(NotResource="a")),
        (ours(Principal="*", NotPrincipal={"AWS": "x"}), ours(NotPrincipal={"AWS": "x"})),
        (ours(Principal={"AWS": [7]}), ours(Principal={"AWS": "7"})),
        (ours(Principal=["*"]), ours(Principal="*")),
        (ours(Principal={}), ours()),
        (ours(Resource=[]), ours()),
        (ours(Resource=[7]), ours(Resource="7")),
        (ours(NotResource=[]), ours()),
        (ours(Resource=["a", 7]), ours(Resource=["a", "7"])),
        (ours(NotAction=["a:B", 7]), ours(NotAction=["a:B", "7"])),
        (ours(Principal={"AWS": ["a", 7]}), ours(Principal={"AWS": ["a", "7"]})),
        (ours(Principal={"Service": "a.amazonaws.com"}), ours(Principal={"Service": "b.amazonaws.com"})),
        (when("StringEquals", {"a": "b"}), when("StringEquals", [])),
        (when("StringEquals", {"a": "b"}), ours(Resource="*")),
        (ours(Condition={"StringEquals": "x"}), ours()),
        (ours(Condition="x"), ours()),
        (when("StringEquals", [{"a": 1}]), when("StringEquals", [{"a": 2}])),
        (ours(NotResource=[]), {"Statement": []}),
        (ours(NotPrincipal={}), {"Statement": []}),
        (ours(Resource=[]), {"Statement": []}),
        (when("Bool", "${aws:Key}"), when("Bool", "${aws:key}")),
        (when("StringEquals", "True"), when("StringEquals", "true")),
        (when("StringEquals", "a"), when("StringEquals", ["a", "b"])),
    ],
)
def test_statements_that_do_not_say_the_same(first: dict[str, Any], second: dict[str, Any]):
    assert not equal(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ours(Principal={"aws": "111122223333"}), ours(Principal={"AWS": "111122223333"})),
        (ours(Principal={"Service": "EC2.amazonaws.com"}), ours(Principal={"Service": "ec2.amazonaws.com"})),
        (ours(NotPrincipal={"AWS": ["a", "b"]}), ours(NotPrincipal={"AWS": ["b", "a"]})),
        (ours(NotResource=["a", "b"]), ours(NotResource=["b", "a", "b"])),
        (when("Bool", "True"), when("Bool", True)),
        (when("Bool", "FALSE"), when("Bool", False)),
        (when("BoolIfExists", "True"), when("boolifexists", "true")),
        (when("ForAllValues:Bool", "True"), when("ForAllValues:Bool", "true")),
        (when("ForAnyValue:Bool", "True"), when("ForAnyValue:Bool", "true")),
        (when("Null", "True"), when("Null", True)),
        (when("NumericEquals", 10), when("NumericEquals", "10")),
        (ours(Condition={"StringEquals": {"AWS:Key": "a"}}), ours(Condition={"stringequals": {"aws:key": ["a"]}})),
        (ours(Condition={"StringEquals": {}}), ours()),
        (ours(Foo=1), ours(Foo=2)),
        ({"Statement": [{"Odd": 1, "Even": 2}]}, {"Statement": [{"Even": 2, "Odd": 1}]}),
    ],
)
def test_statements_that_say_the_same(first: dict[str, Any], second: dict[str, Any]):
    assert equal(first, second)


NAMES = [f"arn:aws:s3:::{number}" for number in range(300)]
ACTIONS = [f"s3:Action{number}" for number in range(300)]


@pytest.mark.parametrize(("count", "same"), [(200, True), (201, False)])
def test_what_has_more_than_50000_atoms_is_compared_as_a_whole(count: int, same: bool):
    """Up to there it does not matter whether it is one statement or two."""
    whole = {**OURS, "Action": ACTIONS[:count], "Resource": NAMES[:250]}
    halves = [{**whole, "Action": ACTIONS[:100]}, {**whole, "Action": ACTIONS[100:count]}]
    assert equal({"Statement": whole}, {"Statement": halves}) is same


@pytest.mark.parametrize(
    ("statement", "matters"),
    [
        ({**OURS, "Resource": "arn:aws:s3:::${aws:username}"}, True),
        ({**OURS, "Condition": {"StringLike": {"aws:Key": ["x", "${aws:username}"]}}}, True),
        ({**OURS, "Action": "${aws:username}"}, False),
        (OURS, False),
        ("no statement", False),
        ("no statement with ${aws:username}", True),
        ({**OURS, "Action": ACTIONS, "Resource": NAMES}, False),
        ({**OURS, "Action": ACTIONS, "Resource": [*NAMES, "${aws:username}"]}, True),
        ({**OURS, "Action": ACTIONS, "Resource": NAMES, "Condition": {"StringLike": {"aws:Key": "${a}"}}}, True),
        ({**OURS, "Action": ACTIONS, "NotResource": ["${aws:username}"], "Resource": None}, True),
    ],
)
def test_the_version_matters_where_there_is_a_variable_r7_r15(statement: Any, matters: bool):
    """And only there."""
    old, new = ({"Version": version, "Statement": [statement]} for version in ("2008-10-17", "2012-10-17"))
    assert equal(old, new) is not matters
    assert (atoms(statement, variables=True) == atoms(statement, variables=False)) is not matters


def test_a_variable_is_none_in_a_document_that_knows_none():
    statement = {**OURS, "Resource": "arn:aws:s3:::${aws:username}"}
    assert contains({"Version": "2012-10-17", "Statement": [THEIRS, statement]}, statement)
    assert not contains({"Version": "2008-10-17", "Statement": [statement]}, statement)
    assert not contains({"Statement": [statement]}, statement)


def test_an_atom_is_of_one_principal_one_action_and_one_resource():
    many = {"Effect": "Deny", "Principal": {"AWS": ["a", "b"]}, "Action": ["A:B", "c:d", "C:D"], "Resource": ["x", "y"]}
    form = canonical({"Statement": many})
    assert len(form) == 2 * 2 * 2
    assert {(atom.effect, atom.principal, atom.action, atom.resource, atom.variables) for atom in form} == {
        ("Deny", ("aws", who), action, what, None) for who in "ab" for action in ("a:b", "c:d") for what in "xy"
    }


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (OURS, True),
        ({**OURS, "NotAction": "s3:*"}, False),
        ({**OURS, "Action": []}, False),
        ("text", False),
        ({}, False),
    ],
)
def test_a_statement_of_documented_forms_is_readable(statement: Any, expected: bool):
    """Every part has a form that IAM documents."""
    assert readable(statement) is expected
