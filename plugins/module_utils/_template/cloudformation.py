# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desired state as a CloudFormation template, for a stack or a StackSet. Pure.

Source: the CloudFormation template reference (AWS::IAM::Role, AWS::IAM::ManagedPolicy, Fn::Sub).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._policy.documents import Json
from .._policy.statements import document
from .._principal.model.operations import POLICY_DESCRIPTION
from .._principal.model.state import Desired
from .content import ACCOUNT, NAME, PARTITION, PATH, Content, any_account, content, each_text

_PSEUDO = {PARTITION: "${AWS::Partition}", ACCOUNT: "${AWS::AccountId}", PATH: "${RolePath}", NAME: "${RoleName}"}
_NO_VALUE = {"Ref": "AWS::NoValue"}


def cloudformation(desired: Desired, partition: str) -> dict[str, Any]:
    """A template that needs the capability CAPABILITY_NAMED_IAM. Raises OptionError."""
    parts = content(desired, any_account(partition), named=False)
    conditions = {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ApplianceExternalId"}, ""]}]}}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The IAM role that DynamoDB restores run under, as the collection cloudrestore.aws keeps it",
        "Parameters": dict(_parameters(parts)),
        **({"Conditions": conditions} if parts.appliance else {}),
        "Resources": _resources(parts),
        "Outputs": _outputs(parts),
    }


def _parameters(parts: Content) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "RoleName": {
            "Type": "String",
            "Default": parts.desired.name,
            "AllowedPattern": "[A-Za-z0-9_+=,.@-]{1,64}",
            "Description": "Name of the role, the same in every account",
        },
        "RolePath": {
            "Type": "String",
            "Default": parts.path,
            "AllowedPattern": "/|/[!-~]{1,510}/",
            "Description": "Path of the role, with a slash at both ends",
        },
    }
    trust = parts.desired.trust
    if parts.appliance and trust is not None:
        parameters["AppliancePrincipals"] = {
            "Type": "CommaDelimitedList",
            "Default": ",".join(trust.appliance),
            "Description": "ARNs of the appliance's Impersonation role, or IDs of the account it belongs to",
        }
        parameters["ApplianceExternalId"] = {
            "Type": "String",
            "Default": trust.external_id or "",
            "AllowedPattern": "|[A-Za-z0-9_+=,.@:/-]{2,1224}",
            "Description": "External ID that the appliance sends; empty for none",
        }
    return parameters


def _resources(parts: Content) -> dict[str, Any]:
    policy = document(_portable(parts.permissions))
    role: dict[str, Any] = {
        "RoleName": {"Ref": "RoleName"},
        "Path": {"Ref": "RolePath"},
        "AssumeRolePolicyDocument": _trust(parts),
        **_settings(parts),
    }
    name = _sub(parts.policy_name)
    if not parts.is_managed:
        role["Policies"] = [{"PolicyName": name, "PolicyDocument": policy}]
        return {"RestoreRole": {"Type": "AWS::IAM::Role", "Properties": role}}
    managed = {
        "ManagedPolicyName": name,
        "Description": POLICY_DESCRIPTION,
        "PolicyDocument": policy,
        "Roles": [{"Ref": "RestoreRole"}],
    }
    return {
        "RestorePolicy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": managed},
        "RestoreRole": {"Type": "AWS::IAM::Role", "Properties": role},
    }


def _settings(parts: Content) -> dict[str, Any]:
    desired = parts.desired
    tags = [{"Key": key, "Value": value} for key, value in sorted((desired.tags or {}).items())]
    settings = {
        "Description": desired.description,
        "MaxSessionDuration": desired.max_session_duration,
        "PermissionsBoundary": _sub(parts.boundary) if parts.boundary else None,
        "Tags": tags or None,
    }
    return {key: value for key, value in settings.items() if value is not None}


def _trust(parts: Content) -> dict[str, Any]:
    if parts.appliance is not None:
        asked: dict[str, Json] = {"StringEquals": {"sts:ExternalId": {"Ref": "ApplianceExternalId"}}}
        own: dict[str, Json] = {
            **parts.appliance,
            "Principal": {"AWS": {"Ref": "AppliancePrincipals"}},
            "Condition": {"Fn::If": ["HasExternalId", asked, dict(_NO_VALUE)]},
        }
        return document([own, *_portable(parts.services)])
    return document(_portable(parts.services))


def _portable(statements: Sequence[Mapping[str, Json]]) -> list[dict[str, Json]]:
    return [{key: each_text(value, _sub) for key, value in statement.items()} for statement in statements]


def _sub(text: str) -> Json:
    """A text with tokens as Fn::Sub, in which what is not CloudFormation's own variable has to be escaped."""
    if not any(token in text for token in _PSEUDO):
        return text
    result = text.replace("${", "${!")
    for token, pseudo in _PSEUDO.items():
        result = result.replace(token, pseudo)
    return {"Fn::Sub": result}


def _outputs(parts: Content) -> dict[str, Any]:
    outputs = {
        "RoleArn": {"Description": "ARN of the restore role", "Value": {"Fn::GetAtt": ["RestoreRole", "Arn"]}},
        "RoleNameInUse": {"Description": "Name of the restore role", "Value": {"Ref": "RestoreRole"}},
    }
    if parts.is_managed:
        outputs["PolicyArn"] = {"Description": "ARN of its policy", "Value": {"Ref": "RestorePolicy"}}
    return outputs
