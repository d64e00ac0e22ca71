# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the options that say which principal is meant, and what it has to meet."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description:
      - Name of the role or user, or V(PATH/NAME).
    type: str
    required: true
    aliases: [role_name]
  account_id:
    description:
      - 12-digit ID of the account that is meant. If the credentials, or O(assume_role_arn), lead to another one, the module
        fails before it changes anything.
    type: str
  principal_type:
    description:
      - Whether restores run under an IAM role, or under an IAM user with one-time access keys.
      - A user has no trust policy. Access keys are never created.
    type: str
    choices: [role, user]
    default: role
"""

    REQUIREMENTS = r"""
options:
  path:
    description:
      - Path of the role or user. A role that exists under another path is an error, since IAM cannot move it.
      - Not set, an existing role is taken under whatever path it has, and a new one is created under V(/).
    type: str
  permission_sets:
    description: Names of the permission sets the principal has to hold.
    type: list
    elements: str
    choices: [appliance_impersonation, dynamodb_restore]
    default: [dynamodb_restore]
  policy_name:
    description: Name of this collection's policy.
    type: str
    default: CloudrestoreRestoreAccess
  appliance_principals:
    description:
      - Who the appliance is. ARNs of its Impersonation role, or 12-digit IDs of the account it belongs to.
      - Quote account IDs, so that YAML keeps a leading zero.
      - Required for a role, unless it is to be absent. An empty list leaves the appliance's side of the trust policy alone.
    type: list
    elements: str
  appliance_external_id:
    description:
      - External ID that the appliance sends. It goes into the appliance's statement only. In the statement for AWS Backup
        it would lock the service out.
    type: str
  service_principals:
    description: Service principals that may assume the role.
    type: list
    elements: str
    default: [backup.amazonaws.com]
"""
