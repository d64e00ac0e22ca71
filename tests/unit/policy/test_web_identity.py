# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A role that anybody can enter through an identity provider is open to everyone; one for the user's own workload is not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.web_identity import PUBLIC, open_provider

ROLE = "arn:aws:iam::111122223333:role/Restore"
GITHUB = "token.actions.githubusercontent.com"
COGNITO = "cognito-identity.amazonaws.com"
POOL = "us-east-1:12345678-1234-1234-1234-123456789012"


def statement(host: str, condition: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    built_in = host in (COGNITO, "accounts.google.com", "graph.facebook.com", "www.amazon.com")
    federated = host if built_in else f"arn:aws:iam::111122223333:oidc-provider/{host}"
    made = {
        "Sid": "Web",
        "Effect": "Allow",
        "Principal": {"Federated": federated},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    return made | ({"Condition": condition} if condition else {}) | more


def provider(*body: Any) -> str:
    return open_provider({"Version": "2012-10-17", "Statement": list(body)}, body[0], ROLE)


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_provider_without_a_condition_is_everyone(host: str):
    assert provider(statement(host)) == host
    assert provider(statement(host, Action=["sts:TagSession", "sts:*"])) == host
    everything_else = {key: value for key, value in statement(host).items() if key != "Action"}
    assert provider({**everything_else, "NotAction": "sts:TagSession"}) == host
    assert provider({**everything_else, "NotAction": ["sts:*"]}) == ""


@pytest.mark.parametrize(
    ("host", "condition"),
    [
        (GITHUB, {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}),
        (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:*"}}),
        (GITHUB, {"StringLike": {f"{GITHUB}:sub": ["repo:ours/one:*", "*"]}}),
        (GITHUB, {"StringNotEquals": {f"{GITHUB}:sub": "repo:theirs/one:ref:refs/heads/main"}}),
        (GITHUB, {"StringLike": {f"{GITHUB.upper()}:SUB": "repo:*:ref:refs/heads/main"}}),
        (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:*:environment:prod"}}),
        (GITHUB, {"StringLike": {f"{GITHUB}:sub": "*:ref:refs/heads/release?"}}),
        (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:*/ours:*"}}),
        ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:*:ref_type:tag:ref:v1"}}),
        (COGNITO, {"ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"}}),
        (COGNITO, {"ForAnyValue:StringLike": {f"{COGNITO}:amr": "unauthenticated"}}),
    ],
)
def test_a_condition_that_a_stranger_meets_keeps_nobody_out(host: str, condition: dict[str, Any]):
    assert provider(statement(host, condition)) == host


@pytest.mark.parametrize(
    ("host", "condition"),
    [
        (GITHUB, {"StringEquals": {f"{GITHUB}:sub": "repo:ours/one:ref:refs/heads/main"}}),
        (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:ours/*", f"{GITHUB}:aud": "sts.amazonaws.com"}}),
        (GITHUB, {"StringEquals": {f"{GITHUB}:repository_owner": "ours"}}),
        (COGNITO, {"StringEquals": {f"{COGNITO}:aud": POOL}}),
        ("accounts.google.com", {"StringEquals": {"accounts.google.com:aud": "1234.apps.googleusercontent.com"}}),
        ("oidc.eks.eu-west-1.amazonaws.com/id/ABC", None),
    ],
)
def test_ones_own_workload_is_not_everyone(host: str, condition: dict[str, Any] | None):
    assert provider(statement(host, condition)) == ""


@pytest.mark.parametrize(
    "other",
    [
        {**statement(GITHUB), "Effect": "Deny"},
        statement(GITHUB, Action="sts:AssumeRole"),
        statement(GITHUB, Action="sts:AssumeRoleWithSAML"),
        statement(GITHUB, Principal={"AWS": "111122223333"}),
        statement(GITHUB, Principal={"Federated": "arn:aws:iam::111122223333:saml-provider/ADFS"}),
        "not a statement",
    ],
)
def test_what_is_no_way_in_by_web_identity(other: Any):
    assert provider(other) == ""


def test_a_deny_beside_it_counts():
    owner = {"StringNotLike": {f"{GITHUB}:sub": "repo:ours/*"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": owner}
    assert provider(statement(GITHUB), deny) == ""
    assert provider(statement(GITHUB), {**deny, "Action": "sts:AssumeRole"}) == GITHUB
