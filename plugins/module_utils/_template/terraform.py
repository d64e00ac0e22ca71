# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desired state as Terraform in its JSON syntax (``.tf.json``). Pure.

Sources: Terraform's JSON configuration syntax; the documentation of the AWS provider's aws_iam_role, aws_iam_policy,
aws_iam_role_policy and aws_iam_role_policy_attachment.
"""

from __future__ import annotations

from typing import Any

from .._policy.documents import Json, text
from .._policy.statements import document
from .._principal.model.operations import POLICY_DESCRIPTION
from .._principal.model.state import Desired
from .content import ACCOUNT, PARTITION, Content, any_account, content, each_text

_EXPRESSIONS = {
    PARTITION: "${data.aws_partition.current.partition}",
    ACCOUNT: "${data.aws_caller_identity.current.account_id}",
}
_ROLE, _POLICY = "aws_iam_role.restore", "aws_iam_policy.restore"


def terraform(desired: Desired, partition: str) -> dict[str, Any]:
    """A configuration that can stand alone in a module's directory. Raises OptionError."""
    parts = content(desired, any_account(partition), named=True)
    outputs = {"role_arn": {"description": "ARN of the restore role", "value": f"${{{_ROLE}.arn}}"}}
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "data": {"aws_caller_identity": {"current": {}}, "aws_partition": {"current": {}}},
        "resource": _resources(parts),
        "output": outputs,
    }


def _resources(parts: Content) -> dict[str, Any]:
    desired = parts.desired
    tags: dict[str, Json] | None = {**desired.tags} if desired.tags else None
    role: dict[str, Json] = {
        "name": desired.name,
        "path": parts.path,
        "assume_role_policy": _text(document(parts.trust)),
        "description": desired.description,
        "max_session_duration": desired.max_session_duration,
        "permissions_boundary": parts.boundary or None,
        "tags": tags,
    }
    literal = {key: each_text(value, _literal) for key, value in role.items() if key != "assume_role_policy"}
    kept = {key: value for key, value in {**role, **literal}.items() if value is not None}
    policy = {"name": _literal(parts.policy_name), "policy": _text(document(parts.permissions))}
    attached = f"${{{_ROLE}.name}}"
    if not parts.is_managed:
        return {"aws_iam_role": {"restore": kept}, "aws_iam_role_policy": {"restore": {**policy, "role": attached}}}
    attachment = {"role": attached, "policy_arn": f"${{{_POLICY}.arn}}"}
    return {
        "aws_iam_role": {"restore": kept},
        "aws_iam_policy": {"restore": {**policy, "description": POLICY_DESCRIPTION}},
        "aws_iam_role_policy_attachment": {"restore": attachment},
    }


def _text(policy: dict[str, Json]) -> str:
    return _literal(text(policy))


def _literal(value: str) -> str:
    """Text as Terraform reads it: its own marks escaped, tokens as expressions."""
    result = value.replace("${", "$${").replace("%{", "%%{")
    for token, expression in _EXPRESSIONS.items():
        result = result.replace(token, expression)
    return result
