# SPDX-License-Identifier: GPL-3.0-or-later
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
      - 12-digit ID of the account that is meant. If the credentials, those of an assumed role included, lead to another one,
        the module fails before it changes anything.
    type: str
  principal_type:
    description:
      - Whether restores run under an IAM role, or under an IAM user with one-time access keys.
      - A user has no trust policy. Access keys are never created.
    type: str
    choices: [role, user]
    default: role
"""

    # Of what writes permissions, be it into an account or into a template.
    POLICY = r"""
options:
  additional_statements:
    description:
      - Further statements for the policy O(policy_name), as IAM writes them. One without C(Sid) is given one.
    type: list
    elements: dict
    default: []
  policy_type:
    description: Whether the permissions go into a customer managed policy or an inline policy.
    type: str
    choices: [managed, inline]
    default: managed
"""

    REQUIREMENTS = r"""
options:
  path:
    description:
      - Path of the role or user. A role that exists under another path is an error, since IAM cannot move it.
      - Not set, an existing role is taken under whatever path it has, and a new one is created under V(/).
    type: str
  permission_sets:
    description:
      - Names of the permission sets the principal has to hold, together.
      - V(dynamodb_restore), V(dynamodb_backup_policy), V(dynamodb_backup_manual), V(organization_rescan) and
        V(appliance_impersonation) are lists of the backup vendor's guide. V(aws_encrypted_vault) and V(aws_native_backup) are
        what AWS asks for beyond them, for a backup vault with a customer's key and for DynamoDB's own backups.
    type: list
    elements: str
    choices:
      - appliance_impersonation
      - aws_encrypted_vault
      - aws_native_backup
      - dynamodb_backup_manual
      - dynamodb_backup_policy
      - dynamodb_restore
      - organization_rescan
    default: [dynamodb_restore]
  restore_role_arns:
    description:
      - What the appliance's Impersonation role may assume, with V(appliance_impersonation) among O(permission_sets). ARNs of restore roles, or
        patterns such as V(arn:aws:iam::*:role/VeeamDynamoDBRestore). Not set, any role, as the vendor's guide has it.
      - A list that is longer than one managed policy takes is kept in several, O(policy_name) and C(-part2), C(-part3) and so on behind it. A
        role stays in the policy that holds it. Parts that are no longer needed go, unless somebody has written into them.
      - What this collection's own policies list beyond it is taken back, with O(cloudrestore.aws.restore_role#module:match=effect) too.
    type: list
    elements: str
    default: []
  custom_permission_sets:
    description:
      - Permission sets of your own, which the principal has to hold in addition to O(permission_sets).
      - With O(permission_sets=[]) it has to hold nothing but them.
      - What is longer than one managed policy takes is split over several, as O(restore_role_arns) is, by actions or by resources. An inline
        policy is not split. Further parts go once the sets have become small enough for fewer, with
        O(cloudrestore.aws.restore_role#module:match=effect) too.
      - Actions on resources, taken singly, may be 20,000 in all.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Name of the set, of small letters, digits and C(_). It becomes part of the statement's C(Sid), which no two sets may have in
            common, as V(a_b) and V(a__b) would.
        type: str
        required: true
      actions:
        description:
          - Whole actions, without wildcards. One that this collection does not know from a set of its own, and that has no
            O(custom_permission_sets[].resources), must be allowed on C(*).
          - An action that AWS is not known to have is warned of, with the nearest that it has, in whatever case. The list of AWS's actions was
            made when this collection was built. AWS adds actions, so that one that is not in it is never an error.
        type: list
        elements: str
        required: true
      resources:
        description: ARNs, with or without wildcards, on which the actions must be allowed, and are granted. Not set, all.
        type: list
        elements: str
        default: []
      source:
        description: Where the list was read. For people; nothing depends on it.
        type: str
        default: ''
      product_version:
        description: The product version that it is about. For people; nothing depends on it.
        type: str
        default: ''
      page:
        description: The page. For people; nothing depends on it.
        type: str
        default: ''
      page_updated:
        description: The date of the page. For people; nothing depends on it.
        type: str
        default: ''
  permissions_scope:
    description:
      - V(documented) grants the permission sets on C(*), as the vendor's guide has them.
      - V(scoped) grants each action on its own kind of resource in the account only. The role may be passed to AWS Backup only,
        grants on keys be made for AWS resources only, and keys decrypt through AWS Backup and DynamoDB only. O(tables),
        O(vaults), O(kms_keys) and O(regions) narrow it further. See
        R(Least privilege, ansible_collections.cloudrestore.aws.docsite.guide_least_privilege) for what that may break.
      - The requirements are evaluated accordingly. What is allowed for these resources and uses is enough.
    type: str
    choices: [documented, scoped]
    default: documented
  tables:
    description:
      - Names or ARNs of the tables to restore. Not set, every table of the account must be allowed.
      - M(cloudrestore.aws.restore_role) goes by it with O(permissions_scope=scoped) only.
    type: list
    elements: str
    default: []
  vaults:
    description:
      - Names or ARNs of the backup vaults. Not set, every vault of the account must be allowed.
      - M(cloudrestore.aws.restore_role) goes by it with O(permissions_scope=scoped) only.
    type: list
    elements: str
    default: []
  kms_keys:
    description:
      - ARNs of the KMS keys of the tables and vaults. Not set, every key of the account must be allowed, and what the keys' own
        policies say is not known.
      - An empty list says that restores use no keys but those that AWS owns, so that no key policy has a say.
      - M(cloudrestore.aws.restore_role) goes by it with O(permissions_scope=scoped) only.
    type: list
    elements: str
  regions:
    description:
      - Regions that restores read from and write to. Not set, every Region must be allowed.
      - M(cloudrestore.aws.restore_role) goes by it with O(permissions_scope=scoped) only.
    type: list
    elements: str
    default: []
  pass_role_arns:
    description:
      - ARNs of the roles that are handed to AWS Backup (C(iam:PassRole)), and that the appliance reads before (C(iam:GetRole)).
      - Not set, a role passes itself. Which role goes with an IAM user is in the appliance's restore settings, so that
        every role of the account must be allowed.
      - M(cloudrestore.aws.restore_role) goes by it with O(permissions_scope=scoped) only.
    type: list
    elements: str
    default: []
  policy_name:
    description:
      - Name of this collection's policy.
      - Not set, a managed policy is called C(Cloudrestore-TYPE-NAME) by O(principal_type) and O(name), so that no two principals share one.
        The name of earlier versions, C(CloudrestoreRestoreAccess), goes on being used where a policy of that name is this principal's alone.
      - Not set, an inline policy is called C(CloudrestoreRestoreAccess).
    type: str
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
    description:
      - Service principals that may assume the role.
      - One that does not end as the names of AWS's services do in any partition, such as V(.amazonaws.com), is refused
        unless O(allow_other_services) is set.
    type: list
    elements: str
    default: [backup.amazonaws.com]
  allow_other_services:
    description:
      - Whether O(service_principals) may hold names of another form than AWS's services mostly have, as the few under
        C(amazon.com). Look at the name twice, since a mistyped one can belong to somebody else.
    type: bool
    default: false
  backup_source_account_condition:
    description:
      - Whether AWS Backup is to be allowed to assume the role only for resources of the role's own account. Its statement, and no other, then has
        the condition that C(aws:SourceAccount) is the account's ID.
      - A statement of this collection without the condition is given it. One of somebody else's stays, and is a finding.
      - Whether AWS Backup sends that key is its affair, so that the requirement is V(conditional), which is then no drift. Try
        a restore in one account before the others.
    type: bool
    default: false
"""
