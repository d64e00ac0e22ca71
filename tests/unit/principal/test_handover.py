# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What converge has read, verify need not read again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import run, verify
from tests.unit.principal.scenes import NO_GRANTS, OPTIONS, account

USER = {"name": "restores", "principal_type": "user"}


def a_user_with_a_group() -> MemoryIam:
    iam = MemoryIam(scenes.ACCOUNT)
    iam.add(Principal("User", "restores", inline={"guardrail": NO_GRANTS}))
    return iam


SCENES = [
    (account, OPTIONS),
    (lambda: account(scenes.APPLIANCE), OPTIONS),
    (lambda: account(inline={"restore": scenes.GRANTED, "guardrail": NO_GRANTS}), OPTIONS),
    (lambda: MemoryIam(scenes.ACCOUNT), OPTIONS),
    (a_user_with_a_group, USER),
]


def handed_over(result: dict[str, Any]) -> dict[str, Any]:
    """As a variable of a playbook brings it."""
    observed: dict[str, Any] = json.loads(json.dumps(result["observed"]))
    return observed


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(("make", "options"), SCENES)
def test_verify_says_the_same_of_what_converge_has_read(make: Any, options: Any, check: bool):
    """As of what it reads itself."""
    iam = make()
    observed = handed_over(run(iam, options, check=check))
    before = len(iam.calls)
    told = verify(iam, {**options, "observed": observed})
    assert len(iam.calls) == before
    assert told == verify(iam, options)


def test_after_a_change_it_is_what_was_read_back():
    iam = MemoryIam(scenes.ACCOUNT)
    observed = handed_over(run(iam, OPTIONS))
    assert observed["exists"]
    assert [arn["arn"] for arn in observed["attached"]] == [
        f"arn:aws:iam::{scenes.ACCOUNT}:policy/{DEFAULT_POLICY_NAME}"
    ]


def test_what_was_changed_and_not_read_back_is_not_handed_over():
    assert run(account(scenes.APPLIANCE), {**OPTIONS, "wait": False})["observed"] is None
    assert run(account(), {**OPTIONS, "wait": False})["observed"] is not None


def test_another_principal_or_account_is_refused():
    iam = account()
    observed = handed_over(run(iam, OPTIONS))
    with pytest.raises(
        RestoreAccessError, match=f"observed is of .*{worlds.NAME}, but the options specify the role Another"
    ):
        verify(iam, {**OPTIONS, "name": "Another", "observed": observed})
    with pytest.raises(RestoreAccessError, match="account_id is 999999999999"):
        verify(iam, {**OPTIONS, "account_id": "999999999999", "observed": observed})


@pytest.mark.parametrize("broken", [{"a": 1}, {"schema_version": 2}, {"schema_version": 1, "account": "x"}])
def test_anything_else_is_refused(broken: dict[str, Any]):
    with pytest.raises(OptionError, match="must be what cloudrestore.aws.restore_role returned as observed"):
        verify(account(), {**OPTIONS, "observed": broken})
