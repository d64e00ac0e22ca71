# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A refusal says which layer refuses, where AWS says so: more grants do not help there."""

from __future__ import annotations

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.explain import explain

CALLER = "arn:aws:sts::111122223333:assumed-role/Automation/cloudrestore.aws-one"
ROLE = "arn:aws:iam::111122223333:role/Restore"


def said(reason: str, action: str = "iam:GetRole", code: str = "AccessDenied") -> str:
    told = f"User: {CALLER} is not authorized to perform: {action} on resource: {ROLE} {reason}".rstrip()
    return explain(
        CallError("sts:AssumeRole" if action[:3] == "sts" else action, ROLE, code, told), "111122223333", ROLE
    )


@pytest.mark.parametrize("action", ["iam:GetRole", "sts:AssumeRole", "sts:TagSession"])
@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("with an explicit deny in a service control policy", "a service control policy (SCP) of the organization"),
        ("because no service control policy allows the {action} action", "(SCP) of the organization"),
        ("with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1", "(SCP)"),
        ("with an explicit deny in a resource control policy", "a resource control policy (RCP) of the organization"),
        ("because no permissions boundary allows the {action} action", "the permissions boundary of the caller"),
        ("with an explicit deny in a permissions boundary", "the permissions boundary of the caller"),
        ("because no VPC endpoint policy allows the {action} action", "the policy of the VPC endpoint"),
        ("with an explicit deny in a VPC endpoint policy", "the policy of the VPC endpoint"),
        ("with an explicit deny in an identity-based policy", "a Deny in a policy of the caller"),
        ("with an explicit deny in a resource-based policy", "a Deny in the policy of the resource"),
    ],
)
def test_the_layer_that_aws_names_is_told(reason: str, words: str, action: str):
    message = said(reason.format(action=action), action)
    assert f"{action} on {ROLE} is refused by " in message
    assert words in message
    assert "does not help" in message
    assert "Grant " not in message
    assert "trust policy must allow the caller" not in message
    assert reason.format(action=action) in message


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("because no identity-based policy allows the iam:GetRole action", "Grant iam:GetRole"),
        ("because no resource-based policy allows the iam:GetRole action", "Grant iam:GetRole"),
        ("", "Grant iam:GetRole"),
        ("because no session policy allows the iam:GetRole action", "assume_role_session_policy: false"),
        ("with an explicit deny in a session policy", "assume_role_session_policy: false"),
    ],
)
def test_where_a_grant_is_what_is_missing_it_is_asked_for(reason: str, words: str):
    message = said(reason)
    assert words in message
    assert "is refused by" not in message


def test_a_session_that_may_not_assume_the_role_was_made_too_narrow():
    message = said("because no session policy allows the sts:AssumeRole action", "sts:AssumeRole")
    assert "the session policy of the caller's session" in message


def test_other_answers_name_no_layer():
    assert "refused by" not in said("with an explicit deny in a service control policy", code="ValidationError")
