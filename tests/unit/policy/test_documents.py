# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents are read in every form in which IAM hands them out, and measured as IAM measures them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.documents import (
    as_list,
    as_stored,
    element,
    load,
    parsed,
    size,
    statements,
    text,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.errors import UnreadableDocumentError

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


@pytest.mark.parametrize(
    "stored", [DOCUMENT, json.dumps(DOCUMENT), json.dumps(DOCUMENT, indent=3), quote(json.dumps(DOCUMENT))]
)
def test_a_document_is_read_as_a_dict_as_json_and_url_encoded(stored: Any):
    assert load(stored) == DOCUMENT


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (None, "there is no document"),
        ("null", "there is no document"),
        ("", "it is not valid JSON"),
        ("{", "it is not valid JSON"),
        ("[]", "it is not a JSON object"),
        ([], "it is not a JSON object"),
        (3, "it is not a JSON object"),
        ('"text"', "it is not a JSON object"),
        ("[" * 100_000, "it is not valid JSON"),
        ({"a": {1: 2}}, "it is not valid JSON"),
        ({"a": object()}, "it is not valid JSON"),
        ("%7B", "it is not valid JSON"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_document_is_called_unreadable_with_a_reason(stored: Any, reason: str):
    with pytest.raises(UnreadableDocumentError, match=f"^{reason}$"):
        load(stored)


def test_a_document_nested_without_end_is_called_unreadable():
    deep: dict[str, Any] = {}
    for _level in range(5000):
        deep = {"a": deep}
    with pytest.raises(UnreadableDocumentError, match="nested too deeply"):
        load(deep)


@pytest.mark.parametrize(
    "number",
    [10**5000, -(10**5000), float("nan"), float("inf"), '{"a": NaN}'],
    ids=["long", "negative", "nan", "infinite", "text"],
)
def test_a_number_that_json_does_not_have_is_called_unreadable(number: Any):
    with pytest.raises(UnreadableDocumentError, match="not valid JSON"):
        load(number if isinstance(number, str) else {"a": number})


# What AWS stores is a quarter as long.
MOST = 524_288
TOO_LONG = "longer than any policy that AWS stores"


@pytest.mark.parametrize(
    "document",
    [
        {"Sid": "x" * MOST},
        {"x" * MOST: "Sid"},
        {"Statement": ["x" * (MOST // 2), "y" * (MOST // 2)]},
        {"Statement": [1] * MOST},
        {"Statement": [[] for _number in range(MOST // 2)]},
        {"Statement": [{} for _number in range(MOST // 2)]},
        {"Statement": [""] * (MOST // 2)},
        {"Statement": {str(number): {} for number in range(MOST // 4)}},
        {"Statement": {"a" * 1000 + str(number): 1 for number in range(MOST // 1000)}},
    ],
    ids=[
        "a text",
        "a name",
        "two texts",
        "numbers",
        "lists",
        "objects",
        "empty texts",
        "names of objects",
        "long names",
    ],
)
def test_a_document_longer_than_any_is_unreadable(document: dict[str, Any]):
    """Whatever makes it long."""
    with pytest.raises(UnreadableDocumentError, match=TOO_LONG):
        load(document)


@pytest.mark.parametrize("value", ["x" * (MOST - 100), [1] * (MOST // 3), [""] * (MOST // 4), [{}] * (MOST // 4)])
def test_a_long_document_can_be_read(value: Any):
    assert load({"Statement": value}) == {"Statement": value}


def test_how_long_a_document_may_be_is_the_same_for_a_text():
    longest = {"Sid": "x" * (MOST - len('{"Sid":""}'))}
    assert load(text(longest)) == load(quote(text(longest))) == load(longest) == longest
    longer = {"Sid": longest["Sid"] + "x"}
    for stored in (text(longer), quote(text(longer))):
        with pytest.raises(UnreadableDocumentError, match=TOO_LONG):
            load(stored)


def test_whitespace_around_a_document_does_not_count():
    assert load(" \n" * MOST + json.dumps(DOCUMENT) + " \n" * MOST) == DOCUMENT


def test_a_text_of_any_length_is_read_where_there_is_no_limit():
    long = json.dumps(["x" * (2 * MOST)])
    assert parsed(long) == parsed(quote(long)) == ["x" * (2 * MOST)]
    assert parsed(long, len(long)) == parsed(f" {long} ", len(long)) == parsed(long)
    with pytest.raises(UnreadableDocumentError, match=TOO_LONG):
        parsed(long, len(long) - 1)


def test_an_encoded_document_may_have_twelve_characters_for_one():
    """Four bytes, each written with three."""
    document = {"Sid": "\U0001f600" * (MOST // 8)}
    text_of = json.dumps(document, ensure_ascii=False)
    assert len(quote(text_of)) > MOST
    assert load(quote(text_of)) == document
    with pytest.raises(UnreadableDocumentError, match=TOO_LONG):
        parsed("%7B" * 5, 1)


@pytest.mark.parametrize(
    ("document", "depth"),
    [({"a": "b"}, 2), ({"a": ["b"]}, 3), ({"a": [{"b": []}]}, 4), ({"a": {"b": {"c": 1}}}, 4)],
)
def test_a_document_may_be_nested_fifty_deep(document: Any, depth: int):
    """A scalar is the innermost."""
    for _level in range(50 - depth):
        document = {"a": document}
    assert load(document) == document
    with pytest.raises(UnreadableDocumentError, match="nested too deeply"):
        load({"a": document})


@pytest.mark.parametrize("number", [2**1024 - 1, -(2**1024 - 1), 0, 1.5, True, None])
def test_a_number_that_json_has_is_read(number: Any):
    assert load({"a": number}) == {"a": number}


@pytest.mark.parametrize("value", [2**1024, {"b": (1, 2)}, {"b": {1: 2, "c": 3}}, [b"bytes"], {"b": {None: 1}}])
def test_what_json_does_not_have_is_called_unreadable(value: Any):
    with pytest.raises(UnreadableDocumentError, match="not valid JSON"):
        load({"a": value})


def test_what_is_read_is_a_copy():
    document: dict[str, Any] = {"Statement": [{"Action": ["a"]}]}
    load(document)["Statement"][0]["Action"].append("b")  # type: ignore[index, call-overload, union-attr]
    assert document == {"Statement": [{"Action": ["a"]}]}


@pytest.mark.parametrize("text_of", ["{", "[]", '"text"', '{"a": 1, "a": 2}', "", "null"])
def test_what_iam_answered_stays_where_it_is_no_document(text_of: str):
    assert as_stored(text_of) == text_of
    assert as_stored(quote(json.dumps(DOCUMENT))) == DOCUMENT


def test_a_document_that_says_a_thing_twice_is_unreadable():
    with pytest.raises(UnreadableDocumentError, match="twice"):
        load('{"Statement": [], "Statement": ["x"]}')


def test_condition_keys_may_differ_only_in_case():
    stored = {"Statement": {"Condition": {"StringEquals": {"aws:a": "1", "aws:A": "2"}, "stringequals": {}}}}
    assert load(stored) == stored


def test_elements_are_found_exactly_then_in_any_case():
    assert element({"effect": "Deny", "Effect": "Allow"}, "Effect") == "Allow"
    assert element({"effect": "Deny"}, "Effect") == element({"EFFECT": "Deny"}, "Effect") == "Deny"
    assert element({}, "Effect") is None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, []),
        ({"Statement": {"a": "b"}}, [{"a": "b"}]),
        ({"Statement": [1, {}]}, [1, {}]),
        ({"statement": "x"}, ["x"]),
    ],
)
def test_no_statement_is_lost(document: dict[str, Any], expected: list[Any]):
    assert statements(document) == expected


def test_lists_and_scalars():
    assert (as_list(None), as_list("x"), as_list(["x"])) == ([], ["x"], ["x"])


def test_the_size_leaves_out_whitespace_and_the_text_has_none():
    spaced = {"Statement": [{"Sid": "a b"}]}
    assert text(spaced) == '{"Statement":[{"Sid":"a b"}]}'
    assert size(spaced) == len(text(spaced)) - 1


def test_the_text_holds_only_characters_that_iam_takes():
    stored = {"Sid": "é", "Tag": "日😀", "Half": "\ud800"}
    assert text(stored) == '{"Sid":"é","Tag":"\\u65e5\\ud83d\\ude00","Half":"\\ud800"}'
    assert json.loads(text(stored)) == stored


def test_the_required_policy_has_the_961_characters_it_should():
    required = json.loads((Path(__file__).parents[2] / "data" / "requirement.json").read_text())
    assert size(required["permissions_policy"]) == 961
