# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Equal meaning is equal, however it is written; a difference that matters is never lost."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.canonical import canonical, contains, equal
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.documents import load
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.errors import UnreadableDocumentError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.policy import strategies

MANY = settings(max_examples=300, deadline=None, derandomize=True)


def allow(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}


def trust(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


def document(*statements: Any, version: str | None = "2012-10-17") -> dict[str, Any]:
    return {"Statement": list(statements), **({"Version": version} if version else {})}


@MANY
@given(strategies.rewritings())
def test_a_rewriting_that_keeps_the_meaning_keeps_the_form(pair: tuple[dict[str, Any], dict[str, Any]]):
    written, rewritten = pair
    assert equal(written, rewritten)


ROOT = "arn:aws:iam::111122223333:root"
SAME: list[tuple[str, Any, Any]] = [
    ("statement as an object", document(allow()), {"Version": "2012-10-17", "Statement": allow()}),
    ("scalar or list", document(allow()), document(allow(Action=["s3:GetObject"], Resource=["*"]))),
    ("case of actions", document(allow()), document(allow(Action="S3:getobject"))),
    ("empty Sid", document(allow()), document(allow(Sid=""))),
    ("another Sid and Id", document(allow(Sid="A")), {**document(allow(Sid="B")), "Id": "x"}),
    ("R7 missing Version", document(allow()), document(allow(), version=None)),
    ("other Version without variables", document(allow()), document(allow(), version="2008-10-17")),
    ("duplicates", document(allow()), document(allow(), allow())),
    (
        "split statements",
        document(allow(Action=["a:B", "c:D"], Resource=["x", "y"])),
        document(
            allow(Action="a:B", Resource=["x", "y"]),
            allow(Action="c:D", Resource="x"),
            allow(Action="c:D", Resource="y"),
        ),
    ),
    ("R46 account ID and root ARN", document(trust({"AWS": "111122223333"})), document(trust({"AWS": ROOT}))),
    (
        "R46 root ARN in another partition",
        document(trust({"AWS": "111122223333"})),
        document(trust({"AWS": "arn:aws-cn:iam::111122223333:root"})),
    ),
    ("R45 everyone", document(trust("*")), document(trust({"AWS": "*"}))),
    (
        "R49 case of a service",
        document(trust({"Service": "Backup.amazonaws.com"})),
        document(trust({"Service": ["backup.amazonaws.com"]})),
    ),
    (
        "R3 unquoted boolean",
        document(allow(Condition={"Bool": {"aws:SecureTransport": True}})),
        document(allow(Condition={"Bool": {"aws:SecureTransport": ["true"]}})),
    ),
    (
        "R41 case of a boolean",
        document(allow(Condition={"BoolIfExists": {"aws:SecureTransport": "True"}, "Null": {"a:b": "FALSE"}})),
        document(allow(Condition={"BoolIfExists": {"aws:SecureTransport": True}, "Null": {"a:b": "false"}})),
    ),
    (
        "R3 unquoted number",
        document(allow(Condition={"NumericEquals": {"a:b": 10}})),
        document(allow(Condition={"NumericEquals": {"a:b": "10"}})),
    ),
    (
        "R3 unquoted fraction, written as it stands",
        document(allow(Condition={"StringEquals": {"a:b": 10.0}})),
        document(allow(Condition={"StringEquals": {"a:b": "10.0"}})),
    ),
    (
        "R4 case of a kind of principal",
        document(trust({"AWS": "111122223333"})),
        document(trust({"aws": ROOT})),
    ),
    (
        "R15,26 Version where the only ${ is in no place for variables",
        document(allow(Action="s3:${aws:username}")),
        document(allow(Action="s3:${aws:username}"), version="2008-10-17"),
    ),
    (
        "duplicates, however many",
        document(allow(Action=["a:B"] * 300, Resource=["x"] * 300)),
        document(allow(Action="a:B", Resource="x")),
    ),
    ("empty condition", document(allow()), document(allow(Condition={}))),
    ("empty operator", document(allow()), document(allow(Condition={"StringEquals": {}}))),
    (
        "case of keys and operators",
        document(allow(Condition={"StringEquals": {"aws:PrincipalTag/Team": "a"}})),
        document(allow(Condition={"stringequals": {"AWS:principaltag/team": "a"}})),
    ),
    (
        "order in NotAction",
        document({"Effect": "Allow", "NotAction": ["a:B", "c:D"], "Resource": "*"}),
        document({"Effect": "Allow", "NotAction": ["C:d", "a:B"], "Resource": "*"}),
    ),
    (
        "element names in other case",
        document(allow()),
        document({"effect": "Allow", "action": "s3:GetObject", "resource": "*"}),
    ),
]


@pytest.mark.parametrize(("stored", "other"), [pair[1:] for pair in SAME], ids=[pair[0] for pair in SAME])
def test_the_same_meaning(stored: dict[str, Any], other: dict[str, Any]):
    assert equal(stored, other)


VARIABLE = "arn:aws:s3:::${aws:username}/*"
WITH = {"Condition": {"StringEquals": {"sts:ExternalId": "one"}}}
DIFFERENT: list[tuple[str, Any, Any]] = [
    ("Effect", document(allow()), document(allow(Effect="Deny"))),
    ("NotAction", document(allow()), document({"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"})),
    ("NotResource", document(allow()), document({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "*"})),
    (
        "split NotAction",
        document({"Effect": "Allow", "NotAction": ["a:B", "c:D"], "Resource": "*"}),
        document(*({"Effect": "Allow", "NotAction": action, "Resource": "*"} for action in ("a:B", "c:D"))),
    ),
    (
        "NotPrincipal",
        document(trust({"AWS": "111122223333"})),
        document({"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}),
    ),
    ("a condition", document(allow(**WITH)), document(allow())),
    (
        "value of a condition",
        document(allow(**WITH)),
        document(allow(Condition={"StringEquals": {"sts:ExternalId": "One"}})),
    ),
    (
        "case of a text that reads like a boolean",
        document(allow(Condition={"StringEquals": {"a:b": "True"}})),
        document(allow(Condition={"StringEquals": {"a:b": True}})),
    ),
    ("operator", document(allow(**WITH)), document(allow(Condition={"StringLike": {"sts:ExternalId": "one"}}))),
    (
        "IfExists",
        document(allow(**WITH)),
        document(allow(Condition={"StringEqualsIfExists": {"sts:ExternalId": "one"}})),
    ),
    (
        "set operator",
        document(allow(**WITH)),
        document(allow(Condition={"ForAllValues:StringEquals": {"sts:ExternalId": "one"}})),
    ),
    ("key", document(allow(**WITH)), document(allow(Condition={"StringEquals": {"aws:username": "one"}}))),
    (
        "one condition of two, and two statements of one each",
        document(allow(Condition={"Bool": {"a:b": "true"}, "Null": {"c:d": "false"}})),
        document(allow(Condition={"Bool": {"a:b": "true"}}), allow(Condition={"Null": {"c:d": "false"}})),
    ),
    ("account ID in Resource", document(allow(Resource="111122223333")), document(allow(Resource=ROOT))),
    (
        "account ID in a condition",
        document(allow(Condition={"StringEquals": {"aws:PrincipalArn": "111122223333"}})),
        document(allow(Condition={"StringEquals": {"aws:PrincipalArn": ROOT}})),
    ),
    ("case of Resource", document(allow(Resource="arn:aws:s3:::A")), document(allow(Resource="arn:aws:s3:::a"))),
    (
        "a role and its account",
        document(trust({"AWS": "arn:aws:iam::111122223333:role/A"})),
        document(trust({"AWS": ROOT})),
    ),
    (
        "R45 everyone, and a wildcard in a root ARN",
        document(trust("*")),
        document(trust({"AWS": "arn:aws:iam::*:root"})),
    ),
    (
        "an account, and a root of no IAM",
        document(trust({"AWS": "111122223333"})),
        document(trust({"AWS": "arn:aws:sts::111122223333:root"})),
    ),
    (
        "a whole number and a fraction, compared as text",
        document(allow(Condition={"StringEquals": {"a:b": 10.0}})),
        document(allow(Condition={"StringEquals": {"a:b": "10"}})),
    ),
    ("kind of principal", document(trust({"AWS": "x"})), document(trust({"CanonicalUser": "x"}))),
    (
        "R7 Version with a variable",
        document(allow(Resource=VARIABLE)),
        document(allow(Resource=VARIABLE), version="2008-10-17"),
    ),
    (
        "R7 missing Version with a variable",
        document(allow(Resource=VARIABLE)),
        document(allow(Resource=VARIABLE), version=None),
    ),
    ("a statement more", document(allow()), document(allow(), allow(Action="s3:PutObject"))),
    ("no action", document(allow()), document({"Effect": "Allow", "Resource": "*"})),
    ("no resource", document(allow()), document({"Effect": "Allow", "Action": "s3:GetObject"})),
    ("an empty list", document(allow()), document(allow(), allow(Action=[]))),
    ("an unreadable statement", document(allow()), document(allow(), "garbage")),
    ("an unknown effect", document(allow()), document(allow(Effect="allow"))),
    ("both Action and NotAction", document(allow()), document(allow(NotAction="s3:PutObject"))),
    ("no statement", document(allow()), document()),
]


@pytest.mark.parametrize(("stored", "other"), [pair[1:] for pair in DIFFERENT], ids=[pair[0] for pair in DIFFERENT])
def test_another_meaning(stored: dict[str, Any], other: dict[str, Any]):
    assert not equal(stored, other)
    assert not equal(other, stored)


@MANY
@given(strategies.documents(), st.data())
def test_a_change_of_meaning_changes_the_form(written: dict[str, Any], data: st.DataObject):
    changed = copy.deepcopy(written)
    statement = data.draw(st.sampled_from(changed["Statement"]))
    change = data.draw(st.sampled_from(["effect", "condition", "negate", "resource", "add"]))
    if change == "effect":
        statement["Effect"] = "Deny" if statement["Effect"] == "Allow" else "Allow"
    elif change == "condition":
        statement.setdefault("Condition", {})["ArnLike"] = {"aws:SourceArn": "arn:aws:s3:::new"}
    elif change == "negate":
        name = "Action" if "Action" in statement else "NotAction"
        statement["NotAction" if name == "Action" else "Action"] = statement.pop(name)
    elif change == "resource":
        statement["Resource"] = ["arn:aws:s3:::never-seen"]
        statement.pop("NotResource", None)
    else:
        changed["Statement"].append({**allow(), "Action": "never:Seen"})
    # Another statement of the same document may say what the changed one said; then nothing has changed.
    rest = [other for other in written["Statement"] if other in changed["Statement"]]
    if change != "add" and canonical({**written, "Statement": rest}) == canonical(written):
        return
    assert not equal(written, changed)


@pytest.mark.parametrize(
    "statement", [allow(), trust({"AWS": ["111122223333", "222233334444"]}), allow(Resource=VARIABLE)]
)
def test_a_document_contains_what_it_says_in_other_words(statement: dict[str, Any]):
    split = [{**statement, "Sid": "A"}, trust({"Service": "ec2.amazonaws.com"})]
    assert contains(document(*split), statement)
    assert not contains(document(split[1]), statement)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["Allow", "*", "${", "a:b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "NotAction", "Principal", "Condition", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@MANY
@given(JUNK)
def test_whatever_was_stored_is_read_or_called_unreadable(stored: Any):
    try:
        loaded = load(stored)
    except UnreadableDocumentError as error:
        assert str(error)
        return
    assert equal(loaded, copy.deepcopy(loaded))
    assert contains(loaded, allow()) in (True, False)


def test_a_product_of_long_lists_stays_bounded():
    names = [f"s3:Action{number}" for number in range(600)]
    resources = [f"arn:aws:s3:::{number}" for number in range(600)]
    forward, other = allow(Action=names, Resource=resources), allow(Action=names[::-1], Resource=resources[::-1])
    assert len(canonical(document(forward))) == 1
    assert equal(document(forward), document(other))
    assert not equal(document(forward), document(allow(Action=names[1:], Resource=resources)))


def test_reading_a_document_leaves_it_as_it_was():
    stored = document(allow(Action=["a:B"]))
    before = json.dumps(stored)
    loaded = load(stored)
    loaded["Statement"][0]["Action"].append("c:D")  # type: ignore[index, call-overload, union-attr]
    assert json.dumps(stored) == before
