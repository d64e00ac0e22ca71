# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Making operations: IAM's call names and arguments for a role or a user, spelled in one place."""

from __future__ import annotations

from ..._permission_sets.catalog import OWNER_TAG_KEY, OWNER_TAG_VALUE
from ..._policy.documents import Json
from .state import Desired, Observed, Operation

TRUST = "trust"
PERMISSIONS = "permissions"
ATTACHMENTS = "attachments"
SETTINGS = "settings"

POLICY_DESCRIPTION = "Permissions for DynamoDB restores, kept by the Ansible collection cloudrestore.aws"


def on_principal(observed: Observed, template: str, layer: str, reason: str, **arguments: Json) -> Operation:
    """``template`` holds ``{}`` where IAM says Role or User: ``Attach{}Policy`` becomes ``AttachRolePolicy``."""
    kind = observed.kind.capitalize()
    return Operation(template.format(kind), {f"{kind}Name": observed.name, **arguments}, observed.arn, layer, reason)


def on_policy(arn: str, name: str, reason: str, **arguments: Json) -> Operation:
    """A call on a managed policy that takes its ARN."""
    return Operation(name, {"PolicyArn": arn, **arguments}, arn, PERMISSIONS, reason)


def create_policy(arn: str, name: str, document: str, tags: list[Json], reason: str) -> Operation:
    arguments: dict[str, Json] = {
        "PolicyName": name,
        "PolicyDocument": document,
        "Description": POLICY_DESCRIPTION,
        "Tags": tags,
    }
    return Operation("CreatePolicy", arguments, arn, PERMISSIONS, reason)


def owner_tags(desired: Desired) -> list[Json]:
    """The tags that a principal or policy of ours is created with, the owner's mark among them."""
    tags = {**(desired.tags or {}), OWNER_TAG_KEY: OWNER_TAG_VALUE}
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
