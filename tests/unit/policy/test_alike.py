# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements that may be about the same requests are found, in whatever form they are written."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.alike import alike

TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders"


def statement(resource: Any, action: Any = "dynamodb:DeleteTable", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        TABLE,
        TABLE.replace("Orders", "Ord*"),
        "arn:aws:dynamodb:*:*:*",
        # R13 too short: stars take the place of what is missing
        "arn:aws:dynamodb",
        "arn:aws:dynamodb:eu-west-1",
        "arn:aws:dynamodb:eu-west-1:111122223333",
        "arn:aws:*",
        "ARN:aws:DynamoDB:eu-*",
        ["arn:aws:s3:::a", "arn:aws:dynamodb"],
    ],
    ids=str,
)
def test_resources_that_share_something(resource: Any):
    assert alike(statement(TABLE), statement(resource))
    assert alike(statement(resource), statement(TABLE))


@pytest.mark.parametrize(
    "resource", ["arn:aws:s3", "arn:aws:dynamodb:us-east-1", "arn:aws:dynamodb:*:*:table/Other", TABLE + "/index/*"]
)
def test_resources_that_share_nothing(resource: str):
    assert not alike(statement(TABLE), statement(resource))
    assert not alike(statement(TABLE), statement(TABLE, "s3:*"))
