# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""state: absent, case by case: what is taken back, what is left, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import EVERYTHING, OPTIONS, account, refused, role


def test_absent_takes_back_what_present_made():
    iam = MemoryIam()
    run(iam, OPTIONS)
    run(iam, {**OPTIONS, "state": "absent"})
    assert iam.contents() == MemoryIam().contents()


def test_absent_leaves_a_role_that_something_else_uses():
    iam = MemoryIam()
    run(iam, OPTIONS)
    theirs = iam.add_policy("Theirs", EVERYTHING)
    role(iam).attached.append(theirs)
    result = run(iam, {**OPTIONS, "state": "absent"})
    assert role(iam).attached == [theirs]
    assert f"policy {theirs} is attached" in result["left_in_place"][0]


def test_absent_takes_the_other_form_if_it_is_known_for_ours():
    """Managed where inline is asked for, and the other way round."""
    iam = MemoryIam()
    run(iam, {**OPTIONS, "policy_type": "inline"})
    run(iam, {**OPTIONS, "state": "absent"})
    assert iam.contents() == MemoryIam().contents()

    theirs = account(inline={DEFAULT_POLICY_NAME: EVERYTHING})
    result = run(theirs, {**OPTIONS, "state": "absent"})
    assert DEFAULT_POLICY_NAME in role(theirs).inline
    assert (
        f"inline policy {DEFAULT_POLICY_NAME} with statements that this collection did not write exists"
        in result["left_in_place"][0]
    )


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ({"access_keys": 2}, "it has 2 access keys"),
        ({"console_password": True}, "it has a console password"),
        ({"mfa_devices": 3}, "it has 3 MFA devices"),
    ],
)
def test_absent_leaves_a_user_who_signs_in(use: dict[str, Any], said: str):
    iam = MemoryIam()
    options = {**OPTIONS, "principal_type": "user"}
    run(iam, options)
    vars(iam.principals["User", worlds.NAME]).update(use)
    result = run(iam, {**options, "state": "absent"})
    assert said in result["left_in_place"][0]
    assert ("User", worlds.NAME) in iam.principals


def test_absent_leaves_a_role_of_our_name_under_another_path():
    iam = MemoryIam()
    run(iam, {**OPTIONS, "path": "/theirs/"})
    before = iam.contents()
    error = refused(iam, name=f"backup/{worlds.NAME}", state="absent")
    assert "exists under the path /theirs/, not /backup/" in error.message
    assert iam.contents() == before


@pytest.mark.parametrize(
    "document",
    [
        "{not json",
        worlds.document(worlds.allow("s3:*")),
        worlds.document(worlds.allow("s3:*", Sid="Theirs"), worlds.allow("*", Sid="CloudrestoreDynamodbRestore")),
    ],
)
@pytest.mark.parametrize("policy_type", ["managed", "inline"])
def test_absent_leaves_an_inline_policy_that_is_not_all_ours(document: Any, policy_type: str):
    """It has the name of ours."""
    iam = account(inline={DEFAULT_POLICY_NAME: document})
    result = run(iam, {**OPTIONS, "state": "absent", "policy_type": policy_type})
    assert writes(iam) == []
    assert (
        f"inline policy {DEFAULT_POLICY_NAME} with statements that this collection did not write exists"
        in result["left_in_place"][0]
    )


def test_absent_of_what_is_not_there_changes_nothing():
    iam = MemoryIam()
    assert run(iam, {**OPTIONS, "state": "absent"})["changed"] is False
    assert writes(iam) == []
