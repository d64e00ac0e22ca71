# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run that was given a plan does what that plan holds, as long as the account is what it was made from."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.approved_plan import approved_plan
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.plan.approval import ASPECTS
from hypothesis import assume, given

from tests.unit.memory_iam import IamError, MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, writes
from tests.unit.principal.scenes import APPLIANCE, OPTIONS, account, refused, role, without
from tests.unit.principal.test_properties import MANY, pairs
from tests.unit.principal.test_reliability import first, lost

THEIRS = worlds.admit({"AWS": "777788889999"}, Sid="Theirs")


def drifted() -> MemoryIam:
    """Trust and permissions are to be changed."""
    return account(APPLIANCE, inline={"restore": without("kms:CreateGrant")}, tags={"team": "backup"})


def approved(iam: MemoryIam, **more: Any) -> dict[str, Any]:
    return {"approved_plan": run(iam, {**OPTIONS, **more}, check=True)["plan"], **more}


def edit_trust(iam: MemoryIam) -> None:
    role(iam).trust = worlds.document(*role(iam).trust["Statement"], THEIRS)


def edit_inline(iam: MemoryIam) -> None:
    role(iam).inline["restore"] = without("kms:CreateGrant", "backup:StartRestoreJob")


def edit_tags(iam: MemoryIam) -> None:
    role(iam).tags["team"] = "another"


def edit_description(iam: MemoryIam) -> None:
    role(iam).description = "edited"


def make_anew(iam: MemoryIam) -> None:
    role(iam).unique_id = "AROAMADEANEW"


def add_inline(iam: MemoryIam) -> None:
    role(iam).inline["beside"] = worlds.document(worlds.allow("s3:GetObject"))


@pytest.mark.parametrize(
    ("edit", "aspect"),
    [
        (edit_trust, "its trust policy changed"),
        (edit_inline, "its permissions changed"),
        (add_inline, "its permissions changed"),
        (edit_tags, "its settings changed"),
        (edit_description, "its settings changed"),
        (make_anew, "the principal itself changed"),
        (lambda iam: (edit_trust(iam), edit_tags(iam)), "its trust policy and its settings changed"),
    ],
)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_an_account_that_moved_is_not_touched(edit: Callable[[MemoryIam], Any], aspect: str, state: str):
    """Whether or not what was edited has to do with what is to be done. Check mode says the same."""
    iam = drifted()
    if state == "absent":
        run(iam, OPTIONS)
    plan = approved(iam, state=state)
    edit(iam)
    before = iam.contents()
    error = refused(iam, **plan)
    assert (
        f"Account {iam.account_id}, arn:aws:iam::{iam.account_id}:role/{worlds.NAME}: no longer matches the plan"
        in error.message
    )
    assert f"{aspect}. Nothing was changed. Make a new plan and have it approved." in error.message
    assert iam.contents() == before
    with pytest.raises(RestoreAccessError) as foreseen:
        run(iam, {**OPTIONS, **plan}, check=True)
    assert foreseen.value.message == error.message


def test_a_compliant_account_that_moved_is_told_as_well():
    """A plan that does nothing is no permission to do what has become necessary since."""
    iam = account()
    plan = approved(iam)
    role(iam).inline["restore"] = without("kms:CreateGrant")
    assert "its permissions changed" in refused(iam, **plan).message


def test_a_role_that_somebody_has_made_meanwhile():
    plan = approved(MemoryIam())
    iam = MemoryIam()
    iam.add(Principal("Role", worlds.NAME, trust=worlds.document(THEIRS)))
    assert "the principal itself and its trust policy changed" in refused(iam, **plan).message
    assert writes(iam) == []


@pytest.mark.parametrize(
    "more",
    [
        {"appliance_principals": [worlds.APPLIANCE, "arn:aws:iam::777788889999:role/Another"]},
        {"additional_statements": [worlds.allow("s3:GetObject")]},
        {"policy_type": "inline"},
        {"tags": {"team": "another"}},
        {"state": "absent"},
    ],
)
def test_other_options_are_not_what_was_approved(more: dict[str, Any]):
    iam = drifted()
    plan = approved(iam)
    error = refused(iam, **plan, **more)
    assert "the principal is unchanged, but the operations are not, because the options or the version" in error.message
    assert writes(iam) == []


@MANY
@given(pairs("present"))
def test_what_was_approved_is_what_is_done(pair: tuple[MemoryIam, dict[str, Any]]):
    """In any account. IAM may list things in another order by then."""
    iam, options = pair
    try:
        foreseen = run(iam, options, check=True)
    except RestoreAccessError:
        assume(False)
    plan = {"approved_plan": foreseen["plan"]}
    for principal in iam.principals.values():
        principal.inline = dict(reversed(principal.inline.items()))
        principal.attached = list(reversed(principal.attached))
        principal.tags = dict(reversed(principal.tags.items()))
    start = len(iam.calls)
    result = run(iam, {**options, **plan})
    assert result["plan"] == foreseen["plan"]
    assert writes(iam, start) == [change["operation"] for change in foreseen["changes"]]
    if foreseen["changes"]:
        with pytest.raises(RestoreAccessError, match="no longer matches the plan"):
            run(iam, {**options, **plan})


def test_a_rollback_is_approved_as_well():
    iam = drifted()
    previous = run(iam, OPTIONS)["previous"]
    plan = rolled_back(iam, OPTIONS, previous, check=True)["plan"]
    edited = copy.deepcopy(iam)
    edit_trust(edited)
    with pytest.raises(RestoreAccessError, match="no longer matches the plan: its trust policy changed"):
        rolled_back(edited, {**OPTIONS, "approved_plan": plan}, previous)
    assert rolled_back(iam, {**OPTIONS, "approved_plan": plan}, previous)["changed"]


def test_an_answer_that_was_lost_ends_as_approved():
    iam = drifted()
    plan = approved(iam)
    iam.fail = first("UpdateAssumeRolePolicy", lost())
    assert run(iam, {**OPTIONS, **plan})["changed"]
    assert run(iam, OPTIONS)["changed"] is False


def test_an_edit_in_the_middle_ends_before_what_was_not_approved():
    """Without a plan the run takes the edit in and goes on."""
    assert [change["operation"] for change in edited_in_the_middle({})["changes"]].count("UpdateAssumeRolePolicy") == 1
    iam = drifted()
    plan = approved(iam)
    with pytest.raises(RestoreAccessError) as stopped:
        edited_in_the_middle(plan)
    assert "The remaining operations are not those that were approved" in stopped.value.message
    assert stopped.value.message.endswith("make a new plan and have it approved.")
    assert [operation["operation"] for operation in stopped.value.facts["not_done"]][0] == "UpdateAssumeRolePolicy"


def edited_in_the_middle(more: dict[str, Any]) -> dict[str, Any]:
    iam, edited = drifted(), []

    def edit(operation: str, _arguments: dict[str, Any]) -> IamError | None:
        # The trust policy is read a second time right before it is replaced.
        if operation == "CreatePolicy" and not edited:
            edited.append(operation)
            edit_trust(iam)
        return None

    iam.fail = edit
    result = run(iam, {**OPTIONS, **more})
    assert THEIRS in role(iam).trust["Statement"]
    return result


PLAN = {"observed_sha256": dict.fromkeys(ASPECTS, "0" * 64), "operations_sha256": "f" * 64}


@pytest.mark.parametrize(
    "wrong",
    [
        {"operations_sha256": ""},
        {"operations_sha256": "F" * 64},
        {"observed_sha256": {}},
        {"observed_sha256": {**PLAN["observed_sha256"], "more": "0" * 64}},
        {"observed_sha256": {**PLAN["observed_sha256"], "trust": None}},
        {"observed_sha256": {**PLAN["observed_sha256"], "trust": ["0" * 64]}},
        {"observed_sha256": dict.fromkeys(ASPECTS[1:], "0" * 64)},
    ],
)
def test_what_is_no_plan_is_refused(wrong: dict[str, Any]):
    assert approved_plan(PLAN) is not None
    with pytest.raises(OptionError, match="approved_plan must be what restore_role returned as plan"):
        approved_plan({**PLAN, **wrong})
