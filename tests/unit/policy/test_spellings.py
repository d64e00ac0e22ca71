# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents as people and tools write them: names of elements in other case, forms that are nearly ours, and limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import ask, canonical, documents, principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.own_permissions import is_own_form, stands
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.own_trust import form_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.restrictions import restrictions
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.statements import with_statements
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust import DesiredTrust, unenforced
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust_change import merged_trust, without_own
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.verdicts import Decision

ROLE = "arn:aws:iam::111122223333:role/Restore"
ARN, OTHER = (f"arn:aws:iam::444455556666:role/{name}" for name in ("Appliance", "Other"))
ELEMENTS: dict[str, Any] = {
    "Action": "dynamodb:*",
    "NotAction": "s3:*",
    "Resource": "*",
    "NotResource": "arn:aws:s3:::*",
    "Condition": {},
    "Effect": "Allow",
}


@pytest.mark.parametrize("name", ELEMENTS)
def test_r4_an_element_that_is_there_twice_in_other_case_decides_nothing(name: str):
    whole = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    whole = {key: value for key, value in whole.items() if key != name.removeprefix("Not")}
    twice = {**whole, name.upper(): ELEMENTS[name], name.lower(): ELEMENTS[name]}
    decision = ask.may("dynamodb:DeleteTable", "arn:aws:dynamodb:eu-west-1:111122223333:table/x", identity=[doc(twice)])
    assert decision.verdict == "unreadable"
    # The exact name counts, whatever is beside it.
    exact = {**whole, name: ELEMENTS[name], name.lower(): "nonsense"}
    decision = ask.may("dynamodb:DeleteTable", "arn:aws:dynamodb:eu-west-1:111122223333:table/x", identity=[doc(exact)])
    assert decision.verdict == "allowed"


def doc(*body: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(body)}


def admit(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": ARN}, "Action": "sts:AssumeRole", **more}


def test_the_statements_of_a_document_are_replaced_however_they_are_called():
    assert with_statements({"Version": "x", "statement": ["old"]}, ["new"]) == {"Version": "x", "Statement": ["new"]}


def test_a_condition_in_lower_case_restricts_as_well():
    statement = {**admit(), "condition": {"StringEquals": {"aws:PrincipalTag/a": "b"}}}
    (found,) = restrictions(doc(statement), ARN, principals.role(ARN), ROLE, frozenset())
    assert found.keys == ("aws:PrincipalTag/a",)
    assert list(restrictions(doc("nonsense", None), ARN, principals.role(ARN), ROLE, frozenset())) == []


@pytest.mark.parametrize(
    ("condition", "key"),
    [
        (None, ""),
        ({}, ""),
        ({"StringEquals": {"sts:ExternalId": "an-id"}}, "sts:externalid"),
        ({"StringEqualsIgnoreCase": {"sts:ExternalId": "an-id"}}, "sts:externalid"),
        ({"stringlikeifexists": {"STS:externalid": ["an-*"]}}, "sts:externalid"),
        ({"NumericEquals": {"sts:ExternalId": "12"}}, None),
        ({"StringEquals": {"sts:ExternalId": "${aws:PrincipalAccount}"}}, None),
        ({"StringEquals": {"sts:ExternalId": ["an-id", "${aws:username}"]}}, None),
        ({"StringEquals": {"sts:ExternalId": []}}, None),
        ({"StringEquals": {"sts:ExternalId": [7]}}, None),
        ({"StringEquals": {"sts:ExternalId": "a", "aws:SourceAccount": "b"}}, None),
        ({"StringEquals": "a"}, None),
        ({"StringEquals": {"sts:ExternalId": "a"}, "Bool": {"aws:SecureTransport": "true"}}, None),
        ("nonsense", None),
        ("x", None),
    ],
)
def test_a_condition_of_ours_asks_for_the_text_of_one_key(condition: Any, key: str | None):
    form = form_of(admit() if condition is None else admit(Condition=condition))
    assert (form.key if form else None) == key


@pytest.mark.parametrize(
    "principal",
    ["*", {}, {"AWS": []}, {"AWS": [7]}, {"AWS": [ARN, 7]}, {"Federated": ARN}, {"AWS": ARN, "Service": "a.b"}, [ARN]],
)
def test_a_principal_that_we_would_not_write_makes_it_somebodys(principal: Any):
    assert form_of(admit(Principal=principal)) is None
    assert form_of(admit(Principal={"aws": [ARN]})) is not None


OWN: dict[str, Any] = {"Sid": "Ours", "Effect": "Allow", "Action": ["a:B"], "Resource": "*"}


def test_ours_stands_where_it_is_whole_and_nothing_earlier_says_more():
    assert stands(doc(OWN), OWN, "Ours")
    assert not stands(doc({**OWN, "Action": ["a:C"]}), OWN, "Ours")
    assert not stands(doc({**OWN, "Action": ["a:B", "a:C"]}), OWN, "Ours")
    assert not stands(doc(), OWN, "Ours")
    same_by_another = {**OWN, "Sid": "Theirs"}
    assert stands(doc(same_by_another), OWN, "Ours")
    assert not stands(doc(same_by_another, {**OWN, "Action": ["a:C"]}), OWN, "Ours")


def test_an_answer_about_our_form_is_yes_or_no():
    assert is_own_form({**OWN, "Effect": "Deny"}, None) is False
    assert is_own_form("nonsense", None) is False
    assert is_own_form({**OWN, "Comment": "x"}, None) is False
    assert is_own_form({**OWN, "sid": "x"}, None) is False


def test_a_list_of_more_than_texts_has_no_meaning_to_compare():
    mixed = doc({"Effect": "Allow", "Action": ["a:B", 7], "Resource": "*"})
    assert canonical.canonical(mixed) != canonical.canonical(
        doc({"Effect": "Allow", "Action": ["a:B"], "Resource": "*"})
    )


def test_principals_of_which_one_is_no_text_have_no_meaning_to_compare():
    mixed = doc(admit(Principal={"AWS": [ARN, 7]}))
    assert canonical.canonical(mixed) != canonical.canonical(doc(admit()))


def test_no_sid_is_a_sid_of_ours():
    wanted = desired(ARN)
    assert replace(wanted, sid_other_services="").sids == {"Ours", "OursService"}
    assert not replace(wanted, sid_other_services="").is_own_sid("")


def test_what_is_no_statement_enforces_and_pins_nothing():
    body = ["nonsense", None, 7, admit(Sid="Open")]
    assert unenforced(
        {"Version": "2012-10-17", "Statement": body}, replace(desired(ARN), external_id="an-id"), ROLE
    ) == ("Open",)


def test_an_encoded_document_is_read_with_a_limit_and_without():
    text = '{"Version": "2012-10-17"}'
    assert documents.parsed(quote(text)) == documents.parsed(quote(text), len(text)) == {"Version": "2012-10-17"}
    with pytest.raises(documents.UnreadableDocumentError):
        documents.parsed(quote(text), len(text) - 1)


def desired(*appliance: str, services: tuple[str, ...] = (), pinned: str = "") -> DesiredTrust:
    return DesiredTrust(appliance, None, services, "Ours", "OursService", pinned, "OursOthers")


def test_whoever_else_stands_in_a_statement_of_ours_stays_in_it():
    shared = admit(Sid="Ours", Principal={"AWS": [ARN, OTHER]})
    change = without_own(doc(shared, admit(Sid="Theirs")), desired(ARN))
    assert change.document == doc({**shared, "Principal": {"AWS": OTHER}}, admit(Sid="Theirs"))


def test_our_statement_for_one_account_is_repaired_by_its_own_key_only():
    backup = "backup.amazonaws.com"
    wanted = desired(services=(backup,), pinned=backup)
    service = {"Sid": "OursService", "Effect": "Allow", "Principal": {"Service": backup}, "Action": "sts:AssumeRole"}
    of_another = {**service, "Condition": {"StringEquals": {"aws:SourceAccount": "999988887777"}}}
    (repaired,) = merged_trust(doc(of_another), wanted, ROLE, exact=False).document["Statement"]  # type: ignore[index]
    assert repaired["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    by_arn = {**service, "Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:s3:::bucket"}}}
    assert merged_trust(doc(by_arn), wanted, ROLE, exact=False).document is None


def test_a_decision_says_nothing_that_it_was_not_told():
    decision = Decision("a:B", "allowed", "why")
    told = (decision.subject, decision.layer, decision.policy, decision.statement, decision.resource, decision.method)
    assert told == ("", "", "", "", "", "evaluate")
    assert (decision.places, decision.conditions, decision.not_provided, decision.stated) == ((), (), (), ())
    assert decision.asked_for is False
