# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A policy of ours that is not attached is not attached with what somebody has put into it: no option asks for that."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import PERMISSION_SETS

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import run, writes
from tests.unit.principal.scenes import NO_GRANTS, OPTIONS, account, refused, role

ADDITIONAL = [{"Sid": "Logs", "Effect": "Allow", "Action": "logs:GetLogEvents", "Resource": "*"}]


def detached(*theirs: Any, **more: Any) -> tuple[MemoryIam, str]:
    """What a run wrote, with these statements put into the policy, and the policy detached."""
    iam = account(inline={})
    run(iam, {**OPTIONS, **more})
    (arn,) = role(iam).attached
    iam.policies[arn].versions[1]["Statement"].extend(theirs)
    role(iam).attached.clear()
    iam.calls.clear()
    return iam, arn


@pytest.mark.parametrize(
    "theirs",
    [
        worlds.allow(["s3:*", "ssm:SendCommand"], Sid="Ops"),
        worlds.allow("s3:GetObject"),
        {"Sid": "Ops", "Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        # Under a Sid of ours, and in the form of ours.
        worlds.allow("secretsmanager:GetSecretValue", Sid="CloudrestoreAdditionalOps"),
        worlds.allow("secretsmanager:GetSecretValue", Sid="CloudrestoreOwnOps"),
    ],
)
@pytest.mark.parametrize("exists", [True, False])
def test_what_somebody_has_put_into_it_is_not_granted(theirs: dict[str, Any], exists: bool):
    iam, arn = detached(theirs)
    if not exists:
        del iam.principals["Role", worlds.NAME]
    message = refused(iam).message
    assert f"Policy {arn} is not attached to " in message
    assert f"its statement {theirs.get('Sid', '#')}" in message
    assert writes(iam) == []
    run(iam, {**OPTIONS, "match": "exact"})
    (stored,) = [iam.policies[arn].versions[iam.policies[arn].default]["Statement"]]
    assert str(theirs.get("NotAction", theirs.get("Action"))) not in str(stored)
    assert run(iam, {**OPTIONS, "match": "exact"})["changes"] == []


def test_with_leave_for_it_it_is_attached_as_it_is():
    iam, arn = detached(worlds.allow("s3:*", Sid="Ops"))
    run(iam, {**OPTIONS, "allow_widening": True})
    assert role(iam).attached == [arn]
    assert run(iam, OPTIONS)["changes"] == []


def test_what_was_attached_all_the_time_stays():
    iam, arn = detached(worlds.allow("s3:*", Sid="Ops"))
    role(iam).attached.append(arn)
    assert run(iam, OPTIONS)["changes"] == []


@pytest.mark.parametrize(
    ("theirs", "more"),
    [
        ((), {}),
        ((), {"permissions_scope": "scoped", "tables": ["arn:aws:dynamodb:eu-west-1:111122223333:table/Orders"]}),
        ((), {"permission_sets": sorted(PERMISSION_SETS)}),
        ((), {"additional_statements": ADDITIONAL}),
        ((NO_GRANTS["Statement"][0],), {}),
    ],
)
def test_ours_alone_is_attached_again(theirs: tuple[Any, ...], more: dict[str, Any]):
    """A Deny in it takes nothing from nobody, and gives nothing."""
    iam, arn = detached(*theirs, **more)
    assert [change["operation"] for change in run(iam, {**OPTIONS, **more})["changes"]] == ["AttachRolePolicy"]
    assert role(iam).attached == [arn]


TABLES = ["arn:aws:dynamodb:eu-west-1:111122223333:table/Orders"]


def test_what_is_narrower_than_what_is_asked_for_is_attached_too():
    """Of an earlier run for some tables, or somebody's for one."""
    iam, arn = detached(
        worlds.allow("dynamodb:DeleteTable", TABLES[0], Sid="One"),
        worlds.allow(["kms:Decrypt", "kms:DescribeKey"], ["arn:aws:kms:*:111122223333:key/*", "*"], Sid="Keys"),
        permissions_scope="scoped",
        tables=TABLES,
    )
    assert run(iam, OPTIONS)["unresolved"] == []
    assert role(iam).attached == [arn]
    assert run(iam, OPTIONS)["changes"] == []
    again, _arn = detached()
    wider = {"permissions_scope": "scoped", "tables": TABLES}
    assert "allows what the options do not ask for" in refused(again, **wider).message
