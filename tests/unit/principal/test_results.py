# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results: what the code says that it returns is what RETURN documents, and a decision as plain data."""

from __future__ import annotations

import re
from typing import Any, get_args, get_type_hints, is_typeddict

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.verdicts import SEVERITY, Decision
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.results import (
    FindingName,
    decision_result,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.results import (
    PrincipalPoliciesResult,
    ProbedResult,
    VerifyResult,
    requirement_result,
)
from ansible_collections.cloudrestore.aws.plugins.modules import principal_policies_info, restore_role_verify

VERIFY = yaml.safe_load(restore_role_verify.RETURN)
INFO = yaml.safe_load(principal_policies_info.RETURN)["principal_policies"]["contains"]


def keys_of(result: Any) -> dict[str, Any]:
    """Key → the keys of what is in it, as deep as the types go; empty for a value without keys."""
    return {key: _inside(hint) for key, hint in get_type_hints(result).items()}


def _inside(hint: Any) -> dict[str, Any]:
    if is_typeddict(hint):
        return keys_of(hint)
    return next((inside for inside in map(_inside, get_args(hint)) if inside), {})


def documented(contains: dict[str, Any]) -> dict[str, Any]:
    return {key: documented(entry.get("contains", {})) for key, entry in contains.items()}


def test_what_verify_returns_is_what_is_documented():
    assert keys_of(VerifyResult) == documented(
        {key: entry for key, entry in VERIFY.items() if key not in ("connection_failure", "probe")}
    )


def test_what_a_probe_returns_is_what_is_documented():
    assert keys_of(ProbedResult) == documented(
        {key: entry for key, entry in VERIFY.items() if key not in ("connection_failure", "exists", "session_policy")}
    )


def test_what_principal_policies_info_returns_is_documented():
    """RETURN describes the boundary as an entry of identity, and does not list its keys again."""
    keys = keys_of(PrincipalPoliciesResult)
    assert keys.pop("boundary") == keys["identity"]
    assert keys == documented({key: entry for key, entry in INFO.items() if key != "boundary"})
    assert "boundary" in INFO


def test_the_named_findings_are_those_that_are_documented():
    described = VERIFY["findings"]["contains"]["finding"]["description"]
    assert sorted(get_args(FindingName)) == sorted(re.findall(r"V\((\w+)\)", described))


@pytest.mark.parametrize("key", ["verdict", "severity", "outcome", "method"])
def test_each_word_of_a_result_is_documented(key: str):
    described = {
        "verdict": VERIFY["requirements"]["contains"]["verdict"],
        "severity": VERIFY["findings"]["contains"]["severity"],
        "outcome": VERIFY["probe"]["contains"]["outcome"],
        "method": VERIFY["requirements"]["contains"]["method"],
    }[key]["description"]
    words = [word for word in get_args(_hint(key)) if isinstance(word, str)]
    assert words
    assert [word for word in words if f"V({word})" not in described] == []


def _hint(key: str) -> Any:
    (requirement,) = get_args(get_type_hints(VerifyResult)["requirements"])
    (finding,) = get_args(get_type_hints(VerifyResult)["findings"])
    holder = {"severity": finding, "outcome": get_type_hints(ProbedResult)["probe"]}.get(key, requirement)
    return get_type_hints(holder)[key]


def test_a_decision_as_a_result():
    decision = Decision(
        "a:B",
        "allowed",
        "why",
        "who",
        "identity",
        "p",
        "s",
        ("here",),
        ("leaf",),
        "arn",
        "simulate",
        stated=("key value",),
    )
    short = {
        "requirement": "a:B",
        "subject": "who",
        "verdict": "allowed",
        "reason": "why",
        "layer": "identity",
        "policy": "p",
        "statement": "s",
    }
    more = {"resource": "arn", "places": ["here"], "conditions": ["leaf"], "method": "simulate", "asked_for": False}
    more["stated"] = ["key value"]
    assert decision_result(decision) == short
    explained = requirement_result(decision, drift=True, fixable=True, consequence="what fails")
    assert explained == short | more | {"drift": True, "fixable": True, "consequence": "what fails", "accepted": ""}


def test_the_engine_decides_if_nothing_else_is_said():
    """Whether a condition is open can be asked for."""
    asked_for = Decision("a:B", SEVERITY[3], "why", asked_for=True)
    explained = requirement_result(asked_for, drift=False, fixable=False, consequence="")
    assert (explained["method"], explained["asked_for"]) == ("evaluate", True)
