# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hypothesis strategies: accounts as real ones have been found, and options as users give them."""

from __future__ import annotations

from typing import Any

from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    DEFAULT_POLICY_NAME,
    OWNER_TAG_KEY,
    OWNER_TAG_VALUE,
    PERMISSION_SETS,
    SID_APPLIANCE,
    SID_SERVICE,
)
from hypothesis import strategies as st

from tests.unit.memory_iam import MemoryIam, Principal

NAME = "VeeamDynamoDBRestore"
APPLIANCE = "arn:aws:iam::444455556666:role/VeeamImpersonation"
EXTERNAL_ID = "an-external-id"
ACTIONS = list(PERMISSION_SETS["dynamodb_restore"].actions)


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def admit(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


WITH_ID = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
OTHER_ID = {"StringEquals": {"sts:ExternalId": "another"}}

TRUST_STATEMENTS = [
    admit({"AWS": APPLIANCE}, Condition=WITH_ID),
    admit({"AWS": APPLIANCE}, Condition=OTHER_ID),
    admit({"AWS": APPLIANCE}),
    admit({"AWS": "444455556666"}, Condition=WITH_ID),
    admit({"AWS": "arn:aws:iam::444455556666:root"}),
    admit({"AWS": APPLIANCE}, Sid=SID_APPLIANCE),
    admit({"AWS": APPLIANCE}, Sid=SID_APPLIANCE, Condition=OTHER_ID),
    admit({"AWS": "AROAEXAMPLEOFADELETED"}, Sid=SID_APPLIANCE),
    admit({"Service": "backup.amazonaws.com"}),
    admit({"Service": ["ec2.amazonaws.com", "backup.amazonaws.com"]}, Sid="Services"),
    admit({"Service": "backup.amazonaws.com"}, Condition=WITH_ID, Sid=SID_SERVICE),
    admit({"Service": "backup.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}),
    admit({"AWS": APPLIANCE, "Service": "backup.amazonaws.com"}, Sid=SID_APPLIANCE),
    admit({"AWS": APPLIANCE}, Condition={"StringLike": {"sts:ExternalId": "*"}}, Sid=SID_APPLIANCE),
    admit({"Service": "batchoperations.s3.amazonaws.com"}, Sid=""),
    admit("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": True}}),
    {"Effect": "Deny", "Principal": {"AWS": "777788889999"}, "Action": "sts:AssumeRole"},
    {"Effect": "Deny", "NotPrincipal": {"AWS": APPLIANCE}, "Action": "sts:*"},
    {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:TagSession"},
]

PERMISSION_STATEMENTS = [
    allow("*"),
    allow(["backup*:*", "dynamodb:*", "ec2:Describe*", "iam:*", "kms:*"]),
    allow(ACTIONS[:20], Sid="CloudrestoreDynamodbRestore"),
    allow([action.upper() for action in ACTIONS[20:]]),
    allow(ACTIONS[5], ["*"]),
    allow(ACTIONS, "arn:aws:dynamodb:*:*:table/orders"),
    allow("kms:*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
    {"Effect": "Deny", "Action": "kms:CreateGrant", "Resource": "*"},
    {"Effect": "Deny", "NotAction": ["backup:*"], "NotResource": "*"},
    allow("s3:GetObject", "arn:aws:s3:::example/*", Sid="Foreign"),
    allow("s3:GetObject", "arn:aws:s3:::example/*", Sid="CloudrestoreAdditional2"),
    allow([*ACTIONS[:20], "s3:ListBucket"], Sid="CloudrestoreDynamodbRestore"),
]

TAGS = [("team", "backup"), ("Team", "restore"), ("cost-centre", "42"), (OWNER_TAG_KEY, OWNER_TAG_VALUE)]


def _sid(statement: dict[str, Any]) -> object:
    """IAM takes each Sid once in a document, and any number of statements without one."""
    return statement.get("Sid") or object()


def _documents(statements: list[dict[str, Any]], most: int) -> st.SearchStrategy[dict[str, Any]]:
    drawn = st.lists(st.sampled_from(statements), min_size=1, max_size=most, unique_by=_sid)
    return drawn.map(lambda body: document(*body))


trusts, policies = _documents(TRUST_STATEMENTS, 5), _documents(PERMISSION_STATEMENTS, 4)
# IAM does not tell tag keys apart by their case.
tags = st.lists(st.sampled_from(TAGS), max_size=3, unique_by=lambda tag: tag[0].lower()).map(dict)


@st.composite
def accounts(draw: st.DrawFn, kind: str, *, own_policy: bool = False) -> MemoryIam:
    """An account with a role or user, or without, and what others have put there.

    ``own_policy``: a managed policy of our name is always there.
    """
    iam = MemoryIam()
    boundary = iam.add_policy("Boundary", draw(policies))
    other = iam.add_policy("OtherRolesPolicy", document(allow("s3:*")))
    iam.add(Principal(kind, "Bystander", trust=document(admit({"AWS": "111122223333"})), attached=[other]))
    own_documents = draw(st.lists(policies, min_size=int(own_policy), max_size=5))
    own = iam.add_policy(DEFAULT_POLICY_NAME, *own_documents, **draw(tags)) if own_documents else None
    if draw(st.booleans()):
        return iam
    attached = [
        iam.add_policy(f"Foreign{n}", *draw(st.lists(policies, min_size=1, max_size=3)))
        for n in range(draw(st.integers(0, 3)))
    ]
    if own and draw(st.booleans()):
        attached.insert(draw(st.integers(0, len(attached))), own)
    inline = draw(st.dictionaries(st.sampled_from(["one", "two", "three", DEFAULT_POLICY_NAME]), policies))
    groups = []
    if kind == "User" and draw(st.booleans()):
        iam.add(Principal("Group", "Operators", inline={"group-inline": draw(policies)}, attached=[other]))
        groups = ["Operators"]
    iam.add(
        Principal(
            kind,
            NAME,
            path=draw(st.sampled_from(["/", "/backup/"])),
            trust=draw(trusts) if kind == "Role" else None,
            # A user has neither.
            description=draw(st.sampled_from(["", "as it was"])) if kind == "Role" else "",
            seconds=draw(st.sampled_from([3600, 7200])) if kind == "Role" else 3600,
            boundary=draw(st.sampled_from([None, None, boundary])),
            tags=draw(tags),
            attached=attached,
            inline=inline,
            groups=groups,
            instance_profiles=draw(st.sampled_from([[], [], ["profile"]])) if kind == "Role" else [],
            access_keys=draw(st.sampled_from([0, 0, 1])) if kind == "User" else 0,
            console_password=kind == "User" and draw(st.booleans()),
            mfa_devices=draw(st.sampled_from([0, 0, 3])) if kind == "User" else 0,
        )
    )
    return iam


ADDITIONAL = [
    allow("s3:GetObject", "arn:aws:s3:::example/*"),
    {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*", "Sid": "NoWriting"},
    allow("s3:ListBucket"),
]


@st.composite
def any_options(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Options of restore_role, as a playbook gives them."""
    given: dict[str, Any] = {
        "name": NAME,
        "principal_type": kind.lower(),
        "match": draw(st.sampled_from(["effect", "exact"])),
        "policy_type": draw(st.sampled_from(["managed", "inline"])),
        "appliance_principals": draw(st.sampled_from([[APPLIANCE], ["444455556666"], [APPLIANCE, "777788889999"], []])),
        "permission_sets": draw(
            st.sampled_from([["dynamodb_restore"], ["dynamodb_restore", "appliance_impersonation"]])
        ),
        "additional_statements": draw(st.lists(st.sampled_from(ADDITIONAL), max_size=3, unique_by=str)),
    }
    if given["appliance_principals"] and draw(st.booleans()):
        given["appliance_external_id"] = EXTERNAL_ID
    optional: dict[str, list[Any]] = {
        "purge_trust": [True],
        "backup_source_account_condition": [True],
        "purge_policies": [True],
        "purge_tags": [True],
        "tags": [{}, {"team": "restore"}],
        "description": ["", "as asked for"],
        "max_session_duration": [3600, 43200],
        "permissions_boundary": ["", "arn:aws:iam::111122223333:policy/Boundary"],
        "path": ["/", "/backup/"],
        "permissions_scope": ["scoped"],
        "tables": [["orders"]],
        "regions": [["eu-west-1"], ["eu-west-1", "us-east-1"]],
        "custom_permission_sets": [
            [{"name": "exports", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::example/*"]}],
            [{"name": "newer", "actions": ["kms:GenerateDataKey", "dynamodb:UpdateTable"]}],
        ],
    }
    for name, values in optional.items():
        if draw(st.integers(0, 3)) == 0:
            given[name] = draw(st.sampled_from(values))
    return given
