# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hypothesis strategies: policy documents, rewritings that keep their meaning, and changes that do not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]

ACTIONS = ["s3:GetObject", "backup:StartRestoreJob", "kms:*", "iam:PassRole", "*", "dynamodb:Describe?able"]
RESOURCES = [
    "*",
    "arn:aws:s3:::Example/*",
    "arn:aws:iam::111122223333:root",
    "111122223333",
    "arn:aws:dynamodb:*:111122223333:table/${aws:username}",
]
PRINCIPALS = [
    "*",
    {"AWS": "*"},
    {"AWS": "111122223333"},
    {"AWS": ["arn:aws:iam::444455556666:role/VeeamImpersonation", "arn:aws:iam::222233334444:root"]},
    {"Service": ["backup.amazonaws.com", "ec2.amazonaws.com"]},
    {"AWS": ["AROAEXAMPLEOFADELETED"], "Federated": "cognito-identity.amazonaws.com"},
]
CONDITIONS: list[Document] = [
    {"StringEquals": {"sts:ExternalId": ["one", "two"]}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}, "StringLike": {"aws:userid": "AROA*:${aws:username}"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
    {"StringNotEqualsIfExists": {"aws:PrincipalTag/Team": "backup"}},
]
_LISTS = ("Action", "NotAction", "Resource", "NotResource")


@st.composite
def statements(draw: st.DrawFn) -> Document:
    """One statement, of an identity policy or of a trust policy."""
    many = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=4)
    statement: Document = {"Effect": draw(st.sampled_from(["Allow", "Deny"]))}
    statement[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(many)
    if draw(st.booleans()):
        resources = st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=3)
        statement[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(resources)
    else:
        kind = draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))
        statement[kind] = copy.deepcopy(draw(st.sampled_from(PRINCIPALS)))
    if draw(st.booleans()):
        statement["Condition"] = copy.deepcopy(draw(st.sampled_from(CONDITIONS)))
    if draw(st.booleans()):
        statement["Sid"] = draw(st.sampled_from(["", "One", "Two"]))
    return statement


@st.composite
def documents(draw: st.DrawFn) -> Document:
    document: Document = {"Statement": draw(st.lists(statements(), min_size=1, max_size=4))}
    if draw(st.booleans()):
        document["Version"] = draw(st.sampled_from(["2012-10-17", "2008-10-17"]))
    if draw(st.booleans()):
        document["Id"] = "an-id"
    return document


# Rewritings: each keeps the meaning of any document of ``documents``.


def _shuffle(draw: st.DrawFn, document: Document) -> None:
    document["Statement"] = draw(st.permutations(document["Statement"]))
    for statement in document["Statement"]:
        for name in _LISTS:
            if isinstance(statement.get(name), list):
                statement[name] = draw(st.permutations(statement[name]))


def _duplicate(draw: st.DrawFn, document: Document) -> None:
    document["Statement"].append(copy.deepcopy(draw(st.sampled_from(document["Statement"]))))
    statement = draw(st.sampled_from(document["Statement"]))
    for name in _LISTS:
        if isinstance(statement.get(name), list):
            statement[name] = [*statement[name], statement[name][0]]


def _unwrap(_draw: st.DrawFn, document: Document) -> None:
    for statement in document["Statement"]:
        for name in _LISTS:
            if isinstance(statement.get(name), list) and len(statement[name]) == 1:
                statement[name] = statement[name][0]
        for keys in statement.get("Condition", {}).values():
            keys.update({key: value[0] for key, value in keys.items() if isinstance(value, list) and len(value) == 1})


def _change_case_of_actions(_draw: st.DrawFn, document: Document) -> None:
    for statement in document["Statement"]:
        for name in ("Action", "NotAction"):
            if isinstance(statement.get(name), list):
                statement[name] = [action.swapcase() for action in statement[name]]


def _split(draw: st.DrawFn, document: Document) -> None:
    """One statement per action, per resource or per principal."""
    statement = draw(st.sampled_from(document["Statement"]))
    name = draw(st.sampled_from(["Action", "Resource", "Principal"]))
    if isinstance(statement.get(name), list):
        parts = [{**copy.deepcopy(statement), name: entry} for entry in statement[name]]
    elif isinstance(statement.get(name), dict):
        parts = [{**copy.deepcopy(statement), name: {kind: value}} for kind, value in statement[name].items()]
    else:
        return
    document["Statement"].remove(statement)
    document["Statement"] += parts


def _rename(draw: st.DrawFn, document: Document) -> None:
    document["Id"] = "another"
    statement = draw(st.sampled_from(document["Statement"]))
    statement["Sid"] = draw(st.sampled_from(["", "Renamed"]))


def _respell_principals(_draw: st.DrawFn, document: Document) -> None:
    def respelled(value: str) -> str:
        if value == "111122223333":
            return "arn:aws-us-gov:iam::111122223333:root"
        return "222233334444" if value.endswith("222233334444:root") else value

    for statement in document["Statement"]:
        for name in ("Principal", "NotPrincipal"):
            if statement.get(name) == "*":
                statement[name] = {"AWS": ["*"]}
            elif isinstance(statement.get(name), dict) and "AWS" in statement[name]:
                entries = statement[name]["AWS"]
                statement[name]["AWS"] = [
                    respelled(entry) for entry in (entries if isinstance(entries, list) else [entries])
                ]


def _unquote(_draw: st.DrawFn, document: Document) -> None:
    unquoted: dict[str, Any] = {"true": True, "3600": 3600}
    for statement in document["Statement"]:
        for keys in statement.get("Condition", {}).values():
            keys.update({k: unquoted[v] for k, v in keys.items() if isinstance(v, str) and v in unquoted})


def _empty_condition(_draw: st.DrawFn, document: Document) -> None:
    for statement in document["Statement"]:
        statement.setdefault("Condition", {}).setdefault("StringEquals", {})


def _change_case_of_keys(_draw: st.DrawFn, document: Document) -> None:
    for statement in document["Statement"]:
        if "Condition" in statement:
            statement["Condition"] = {
                operator.swapcase(): {key.swapcase(): value for key, value in keys.items()}
                for operator, keys in statement["Condition"].items()
            }


_REWRITINGS: list[Callable[[st.DrawFn, Document], None]] = [
    _shuffle,
    _duplicate,
    _unwrap,
    _change_case_of_actions,
    _split,
    _rename,
    _respell_principals,
    _unquote,
    _empty_condition,
    _change_case_of_keys,
]


@st.composite
def rewritings(draw: st.DrawFn) -> tuple[Document, Document]:
    """A document, and the same meaning written otherwise."""
    document = draw(documents())
    rewritten = copy.deepcopy(document)
    for rewrite in draw(st.lists(st.sampled_from(_REWRITINGS), min_size=1, max_size=6)):
        rewrite(draw, rewritten)
    if "${" not in str(document["Statement"]) and draw(st.booleans()):
        rewritten["Version"] = "2012-10-17"
    if len(rewritten["Statement"]) == 1 and draw(st.booleans()):
        rewritten["Statement"] = rewritten["Statement"][0]
    return document, rewritten
