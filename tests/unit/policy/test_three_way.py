# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A document put back to what it said before a run, with what others have changed since."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.three_way import put_back

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
    written = {"Version": "2012-10-17", "Statement": document("A", "B")["Statement"]}
    current = {"Version": "2012-10-17", "Statement": document("Z")["Statement"][0]}
    assert sids(put_back(document("C"), written, current)) == "CZ"
