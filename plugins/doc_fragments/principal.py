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
      - 12-digit ID of the expected account. If the credentials, including those of an assumed role, belong to another account, the module fails
        before it changes anything.
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
      - Additional statements for the policy O(policy_name), in the syntax of IAM. A statement without C(Sid) gets one.
    type: list
    elements: dict
    default: []
  policy_type:
    description: Whether the permissions are granted by a customer managed policy or by an inline policy.
    type: str
    choices: [managed, inline]
    default: managed
"""

    REQUIREMENTS = r"""
options:
  path:
    description:
      - Path of the role or user. A role that exists under another path is an error, since IAM cannot move it.
      - If not set, an existing role is used whatever its path is, and a new role is created under V(/).
    type: str
  permission_sets:
    description:
      - Names of the permission sets that the principal must have, all of them.
      - V(dynamodb_restore), V(dynamodb_backup_policy), V(dynamodb_backup_manual), V(organization_rescan) and V(appliance_impersonation) are lists
        from the backup vendor's guide. V(aws_encrypted_vault) and V(aws_native_backup) are what AWS requires in addition, for a backup vault with a
        customer managed key and for backups made by DynamoDB itself.
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
      - The roles that the appliance's Impersonation role may assume, with V(appliance_impersonation) in O(permission_sets). ARNs of restore roles, or
        patterns such as V(arn:aws:iam::*:role/VeeamDynamoDBRestore). If not set, any role, as in the vendor's guide.
      - A list that does not fit into one managed policy is split over several, named O(policy_name) with the suffixes C(-part2), C(-part3) and so on.
        A role stays in the policy that contains it. Parts that are no longer needed are deleted, unless someone else has added statements to them.
      - Roles that this collection's own policies contain and the list does not are removed, even with
        O(cloudrestore.aws.restore_role#module:match=effect).
    type: list
    elements: str
    default: []
  custom_permission_sets:
    description:
      - Your own permission sets, which the principal must have in addition to O(permission_sets).
      - With O(permission_sets=[]) these are the only ones.
      - Sets that do not fit into one managed policy are split over several, like O(restore_role_arns), by actions or by resources. An inline policy
        is not split. Parts that are no longer needed because the sets became smaller are deleted, with
        O(cloudrestore.aws.restore_role#module:match=effect) too.
      - At most 20,000 pairs of an action and a resource in total.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Name of the set, in lowercase letters, digits and C(_). It becomes part of the statement's C(Sid), which must be unique. V(a_b) and
            V(a__b) would have the same.
        type: str
        required: true
      actions:
        description:
          - Action names, without wildcards. An action that is in none of this collection's permission sets and has no
            O(custom_permission_sets[].resources) must be allowed on C(*).
          - If AWS is not known to have an action, a warning names the most similar one, ignoring case. The list of AWS's actions is as old as this
            version of the collection. AWS adds actions, so an unknown action is never an error.
        type: list
        elements: str
        required: true
      resources:
        description: ARNs, with or without wildcards, on which the actions are granted and must be allowed. If not set, all resources.
        type: list
        elements: str
        default: []
      source:
        description: Where the list comes from. For information only.
        type: str
        default: ''
      product_version:
        description: The product version that the list is for. For information only.
        type: str
        default: ''
      page:
        description: The page of the source. For information only.
        type: str
        default: ''
      page_updated:
        description: The date of the page. For information only.
        type: str
        default: ''
  permissions_scope:
    description:
      - V(documented) grants the permission sets on C(*), as in the vendor's guide.
      - V(scoped) grants each action only on resources of the matching type in the account. The role may be passed to AWS Backup only, grants on KMS
        keys may be created for AWS resources only, and keys may be used to decrypt through AWS Backup and DynamoDB only. O(tables), O(vaults),
        O(kms_keys) and O(regions) narrow it further. See
        R(Least privilege, ansible_collections.cloudrestore.aws.docsite.guide_least_privilege) for what this may break.
      - The requirements are evaluated accordingly. It is enough if these resources and uses are allowed.
    type: str
    choices: [documented, scoped]
    default: documented
  tables:
    description:
      - Names or ARNs of the tables to restore. If not set, every table of the account must be allowed.
      - M(cloudrestore.aws.restore_role) uses it only with O(permissions_scope=scoped).
    type: list
    elements: str
    default: []
  vaults:
    description:
      - Names or ARNs of the backup vaults. If not set, every vault of the account must be allowed.
      - M(cloudrestore.aws.restore_role) uses it only with O(permissions_scope=scoped).
    type: list
    elements: str
    default: []
  kms_keys:
    description:
      - ARNs of the KMS keys of the tables and vaults. If not set, every key of the account must be allowed, and the key policies are not known.
      - An empty list means that restores use only keys that AWS owns, so that no key policy applies.
      - M(cloudrestore.aws.restore_role) uses it only with O(permissions_scope=scoped).
    type: list
    elements: str
  regions:
    description:
      - Regions that restores read from and write to. If not set, every Region must be allowed.
      - M(cloudrestore.aws.restore_role) uses it only with O(permissions_scope=scoped).
    type: list
    elements: str
    default: []
  pass_role_arns:
    description:
      - ARNs of the roles that are passed to AWS Backup (C(iam:PassRole)), and that the appliance reads before (C(iam:GetRole)).
      - If not set, a role passes itself. For an IAM user, the role is configured in the appliance's restore settings, so every role of the account
        must be allowed.
      - M(cloudrestore.aws.restore_role) uses it only with O(permissions_scope=scoped).
    type: list
    elements: str
    default: []
  policy_name:
    description:
      - Name of this collection's policy.
      - If not set, a managed policy is named C(Cloudrestore-TYPE-NAME) after O(principal_type) and O(name), so that no two principals share a policy.
        C(CloudrestoreRestoreAccess), the name in earlier versions, is still used where a policy of that name is used by this principal only.
      - If not set, an inline policy is named C(CloudrestoreRestoreAccess).
    type: str
  appliance_principals:
    description:
      - The principals of the appliance. ARNs of its Impersonation role, or 12-digit IDs of the account it belongs to.
      - Quote account IDs, so that YAML keeps a leading zero.
      - Required for a role, unless it is to be absent. With an empty list, the statements for the appliance in the trust policy are neither changed
        nor evaluated.
    type: list
    elements: str
  appliance_external_id:
    description:
      - External ID that the appliance sends. It is required in the appliance's statement only. In the statement for AWS Backup it would lock the
        service out.
    type: str
  service_principals:
    description:
      - Service principals that must be allowed to assume the role.
      - A name that does not end like the service principals of AWS, such as in V(.amazonaws.com), is rejected unless O(allow_other_services) is set.
    type: list
    elements: str
    default: [backup.amazonaws.com]
  allow_other_services:
    description:
      - Whether O(service_principals) may contain names of another form than most service principals of AWS, such as the few under C(amazon.com).
        Check the name carefully, since a mistyped name can belong to someone else.
    type: bool
    default: false
  backup_source_account_condition:
    description:
      - Whether AWS Backup may assume the role only for resources in the role's own account. The statement for AWS Backup, and no other, then has a
        condition that C(aws:SourceAccount) is the account's ID.
      - If this collection's statement lacks the condition, it is added. If someone else's statement lacks it, that statement is left in place and
        reported as a finding.
      - Only AWS Backup decides whether it sends this key, so the requirement is V(conditional), which does not count as drift. Test a restore in one
        account before you set it for all.
    type: bool
    default: false
"""
