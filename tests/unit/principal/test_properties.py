# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for every account and every options: check mode reads only and predicts exactly, apply reaches what was
asked for, a second run changes nothing, and what belongs to others is still there."""

from __future__ import annotations

import contextlib
import copy
import os
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    DEFAULT_POLICY_NAME,
    OWNER_TAG_KEY,
    SID_APPLIANCE,
    SID_SERVICE,
)
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes

KINDS = ["Role", "User"]
# `make soak` tries fifteen times as many.
EXAMPLES = int(os.environ.get("EXAMPLES", "10"))
MANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    derandomize=True,
)


@st.composite
def pairs(draw: st.DrawFn, state: str, *, own_policy: bool = False) -> tuple[MemoryIam, dict[str, Any]]:
    """(account, options) of the same kind of principal. What absent takes back, a run has mostly put there before."""
    kind = draw(st.sampled_from(KINDS))
    iam, options = draw(worlds.accounts(kind, own_policy=own_policy)), draw(worlds.any_options(kind))
    if state == "absent" and draw(st.integers(0, 3)):
        with contextlib.suppress(RestoreAccessError):
            run(iam, {**options, "state": "present"})
        iam.calls.clear()
    return iam, {**options, "state": state}


def predicted(iam: MemoryIam, options: dict[str, Any]) -> dict[str, Any]:
    """Check mode's result, after making sure that it wrote nothing.

    Where no plan can be made, the run must say the same, and the example is rejected for another one.
    """
    before = iam.contents()
    try:
        result = run(iam, options, check=True)
    except RestoreAccessError as refused:
        result = None
        with pytest.raises(RestoreAccessError, match=".") as again:
            run(iam, options)
        assert again.value.message == refused.message
    assert iam.contents() == before
    assert writes(iam) == []
    return result or reject()


def planned(iam: MemoryIam, options: dict[str, Any]) -> dict[str, Any]:
    """The result of a run that changes something; any other example is rejected."""
    try:
        result = run(iam, options)
    except RestoreAccessError:
        reject()
    assume(result["changes"])
    return result


@MANY
@given(pairs("present"))
def test_check_mode_predicts_apply(pair: tuple[MemoryIam, dict[str, Any]]):
    """A second run changes nothing."""
    iam, options = pair
    expected = predicted(iam, options)
    start = len(iam.calls)
    result = run(iam, options)
    # Only what was read last is another thing after the change than before it.
    assert result == {**expected, "check_mode": False, "observed": result["observed"]}
    assert writes(iam, start) == [change["operation"] for change in expected["changes"]]
    again = run(iam, options)
    assert (again["changes"], again["changed"]) == ([], False)
    assert again["before"] == expected["after"]
    assert again["observed"] == result["observed"]
    assert again["unresolved"] == expected["unresolved"]
    # Drift says what was found, and what is unresolved says besides why it was left so.
    assert outcome(again["drift"]) == outcome(expected["unresolved"])


def outcome(decisions: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(decision["requirement"], decision["subject"], decision["verdict"]) for decision in decisions]


@MANY
@given(pairs("absent"))
def test_absent_predicts_and_repeats_as_well(pair: tuple[MemoryIam, dict[str, Any]]):
    iam, options = pair
    expected = predicted(iam, options)
    start = len(iam.calls)
    result = run(iam, options)
    assert result == {**expected, "check_mode": False, "observed": result["observed"]}
    assert writes(iam, start) == [change["operation"] for change in expected["changes"]]
    again = run(iam, options)
    assert (again["changes"], again["changed"]) == ([], False)
    assert again["observed"] == result["observed"]
    assert again["left_in_place"] == expected["left_in_place"]


def foreign(iam: MemoryIam, options: dict[str, Any]) -> dict[str, Any]:
    """All that belongs to others: in order, and with every document as it is."""
    absent = options["state"] == "absent"
    inline_own = options["policy_type"] == "inline" or absent
    theirs: dict[str, Any] = {}
    for key, principal in iam.principals.items():
        statements = [] if principal.trust is None else principal.trust["Statement"]
        theirs[str(key)] = {
            "trust": [statement for statement in statements if not _is_ours(statement)],
            "attached": [arn for arn in principal.attached if not arn.endswith("/" + DEFAULT_POLICY_NAME)],
            "inline": {n: d for n, d in principal.inline.items() if not (inline_own and n == DEFAULT_POLICY_NAME)},
            "inline statements": _foreign_statements(principal.inline.get(DEFAULT_POLICY_NAME)) if absent else [],
            "tags": {
                k: v
                for k, v in principal.tags.items()
                if k.lower() not in {*(options.get("tags") or {}), OWNER_TAG_KEY}
            },
        }
    policies = {
        arn: policy.versions for arn, policy in iam.policies.items() if not arn.endswith("/" + DEFAULT_POLICY_NAME)
    }
    return copy.deepcopy({"principals": theirs, "policies": policies})


def _is_ours(statement: dict[str, Any]) -> bool:
    """Under one of our Sids (a number follows where somebody has the first), for principals of one type."""
    name = str(statement.get("Sid", "")).rstrip("0123456789")
    return name in (SID_APPLIANCE, SID_SERVICE) and len(statement["Principal"]) == 1


def _foreign_statements(document: dict[str, Any] | None) -> list[Any]:
    statements = document["Statement"] if document else []
    return [
        statement
        for statement in statements
        if not str(statement.get("Sid", "")).startswith(("Cloudrestore", "NoWriting"))
    ]


def contains(after: dict[str, Any], before: dict[str, Any], gone: set[str]) -> None:
    assert after["policies"] == before["policies"]
    for key, principal in before["principals"].items():
        if key in gone and key not in after["principals"]:
            assert principal["trust"] == []
            assert (principal["attached"], principal["inline"], principal["inline statements"]) == ([], {}, [])
            continue
        assert after["principals"][key] == principal


@MANY
@given(pairs("present"))
def test_what_belongs_to_others_is_still_there(pair: tuple[MemoryIam, dict[str, Any]]):
    iam, options = pair
    options = {key: value for key, value in options.items() if not key.startswith("purge_")}
    before = foreign(iam, options)
    try:
        run(iam, options)
    except RestoreAccessError:
        pass
    contains(foreign(iam, options), before, set())


@MANY
@given(pairs("absent"))
def test_absent_leaves_what_belongs_to_others(pair: tuple[MemoryIam, dict[str, Any]]):
    iam, options = pair
    before = foreign(iam, options)
    created_here = {str(key) for key, principal in iam.principals.items() if OWNER_TAG_KEY in principal.tags}
    try:
        run(iam, options)
    except RestoreAccessError:
        pass
    contains(foreign(iam, options), before, created_here)


@MANY
@given(pairs("present", own_policy=True))
def test_under_effect_our_policy_keeps_statements_of_others(pair: tuple[MemoryIam, dict[str, Any]]):
    iam, options = pair
    options |= {"match": "effect", "policy_type": "managed", "purge_policies": False}
    arn = next(arn for arn in iam.policies if arn.endswith("/" + DEFAULT_POLICY_NAME))
    before = _others(iam.policies[arn])
    try:
        run(iam, options)
    except RestoreAccessError:
        pass
    assert _others(iam.policies[arn]) == before


def _others(policy: Any) -> list[Any]:
    statements = policy.versions[policy.default]["Statement"]
    return [
        statement
        for statement in statements
        if not str(statement.get("Sid", "")).startswith(("Cloudrestore", "NoWriting"))
    ]
