# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operations that a plan can hold: botocore knows each of them and takes its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import botocore.session
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model import operations
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import (
    ROLE,
    USER,
    Observed,
    Operation,
    OperationName,
)
from botocore.validate import ParamValidator

IAM = botocore.session.get_session().get_service_model("iam")
POLICY = "arn:aws:iam::111122223333:policy/team/restore"
DOCUMENT = '{"Version": "2012-10-17", "Statement": []}'
SETTINGS = {"Description": "d", "MaxSessionDuration": 7200}

# By what IAM calls it, with ``{}`` for Role or User.
ON_PRINCIPAL: dict[str, Callable[[Observed], Operation]] = {
    "Delete{}": lambda observed: operations.delete_principal(observed, "why"),
    "Put{}PermissionsBoundary": lambda observed: operations.put_boundary(observed, POLICY, "why"),
    "Delete{}PermissionsBoundary": lambda observed: operations.delete_boundary(observed, "why"),
    "Tag{}": lambda observed: operations.tag(observed, {"team": "a"}, "why"),
    "Untag{}": lambda observed: operations.untag(observed, ["team"], "why"),
    "Put{}Policy": lambda observed: operations.put_inline_policy(observed, "restore", DOCUMENT, "why"),
    "Delete{}Policy": lambda observed: operations.delete_inline_policy(observed, "restore", "why"),
    "Attach{}Policy": lambda observed: operations.attach_policy(observed, POLICY, "why"),
    "Detach{}Policy": lambda observed: operations.detach_policy(observed, POLICY, "why"),
}
ON_ROLE: dict[str, Callable[[Observed], Operation]] = {
    "CreateRole": lambda observed: operations.create_principal(
        observed, {"Path": "/", "AssumeRolePolicyDocument": DOCUMENT}, "why"
    ),
    "UpdateRole": lambda observed: operations.update_role(observed, SETTINGS, "why"),
    "UpdateAssumeRolePolicy": lambda observed: operations.update_trust_policy(observed, DOCUMENT, "why"),
}
ON_USER: dict[str, Callable[[Observed], Operation]] = {
    "CreateUser": lambda observed: operations.create_principal(observed, {"Path": "/"}, "why"),
}
ON_POLICY = {
    "CreatePolicy": operations.create_policy(POLICY, DOCUMENT, {"team": "a"}, "for restores", "why"),
    "CreatePolicyVersion": operations.create_policy_version(POLICY, DOCUMENT, "why"),
    "SetDefaultPolicyVersion": operations.set_default_policy_version(POLICY, "v2", "why"),
    "DeletePolicyVersion": operations.delete_policy_version(POLICY, "v1", "why"),
    "DeletePolicy": operations.delete_policy(POLICY, "why"),
    "TagPolicy": operations.tag_policy(POLICY, {"team": "a"}, "why"),
    "UntagPolicy": operations.untag_policy(POLICY, ["team"], "why"),
}


def _made() -> dict[str, Operation]:
    role, user = (Observed(Account("aws", "111122223333"), kind, "restore", True) for kind in (ROLE, USER))
    return (
        {name.format("Role"): make(role) for name, make in ON_PRINCIPAL.items()}
        | {name.format("User"): make(user) for name, make in ON_PRINCIPAL.items()}
        | {name: make(role) for name, make in ON_ROLE.items()}
        | {name: make(user) for name, make in ON_USER.items()}
        | ON_POLICY
    )


MADE = _made()


def test_every_operation_has_a_factory() -> None:
    assert set(MADE) == set(get_args(OperationName))


@pytest.mark.parametrize("name", sorted(MADE))
def test_botocore_takes_it(name: str) -> None:
    operation = MADE[name]
    report = ParamValidator().validate(dict(operation.arguments), IAM.operation_model(name).input_shape)
    assert (operation.name, report.generate_report()) == (name, "")


def test_policy_arn_gives_name_and_path() -> None:
    """What is created has the ARN that the plan names, wherever it is."""
    below_a_path, at_the_top = (
        operations.create_policy(arn, DOCUMENT, {}, "", "why").arguments
        for arn in (POLICY, "arn:aws:iam::111122223333:policy/restore")
    )
    assert (below_a_path["PolicyName"], below_a_path["Path"]) == ("restore", "/team/")
    assert at_the_top == {"PolicyName": "restore", "PolicyDocument": DOCUMENT, "Tags": []}
