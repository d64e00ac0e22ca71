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
    element,
    load,
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
    "stored",
    [None, "", "{", "[]", [], 3, '"text"', "[" * 100_000, {"a": {1: 2}}, {"a": object()}, "%7B"],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_document_is_called_unreadable_with_a_reason(stored: Any):
    with pytest.raises(UnreadableDocumentError, match="there is no document|not valid JSON|not a JSON object"):
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


def test_a_document_that_says_a_thing_twice_is_unreadable():
    with pytest.raises(UnreadableDocumentError, match="twice"):
        load('{"Statement": [], "Statement": ["x"]}')


def test_condition_keys_may_differ_only_in_case():
    stored = {"Statement": {"Condition": {"StringEquals": {"aws:a": "1", "aws:A": "2"}, "stringequals": {}}}}
    assert load(stored) == stored


def test_elements_are_found_exactly_then_in_any_case():
    assert element({"effect": "Deny", "Effect": "Allow"}, "Effect") == "Allow"
    assert element({"effect": "Deny"}, "Effect") == "Deny"
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
