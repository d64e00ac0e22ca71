# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the lookup; the logic is in module_utils/_options/operator_policy.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: operator_policy
short_description: The least policy for the automation itself in an account
version_added: 0.1.0
description:
  - The policy for the role that O(cloudrestore.aws.restore_role#module:assume_role_arn) names, or for whatever credentials run this
    collection in an account. Makes no calls.
  - It holds what M(cloudrestore.aws.restore_role) and M(cloudrestore.aws.restore_role_verify) call, whatever the state of the account, and
    nothing else.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  _terms:
    description:
      - What is to be done in the account. The policy suffices for all of them.
      - V(check) is check mode, and M(cloudrestore.aws.restore_role_verify). It is part of every other.
      - V(present) and V(absent) are the states of M(cloudrestore.aws.restore_role).
      - V(rollback) undoes what runs of V(present) and V(absent) have done, and belongs together with them.
      - V(restore_role_arns) keeps the Impersonation role's list of that name, and belongs together with V(present).
      - V(simulate), V(check_key_policies) and V(check_vault_policies) are options of M(cloudrestore.aws.restore_role_verify).
      - V(resource_tags) reads the tags of the tables, vaults and keys that O(cloudrestore.aws.restore_role_verify#module:tables),
        O(cloudrestore.aws.restore_role_verify#module:vaults) and O(cloudrestore.aws.restore_role_verify#module:kms_keys) name, where a
        policy has a condition on them. Without it such a condition stays open.
      - The others are for other accounts, and do not contain V(check). V(enter) is for the credentials that the playbooks run
        with, and takes O(assume_role_arns). V(assume_role_tags) and V(assume_role_source_identity) belong together with it, where
        the options of these names are set. V(principal_policies) is for the appliance's account, where
        M(cloudrestore.aws.principal_policies_info) reads the Impersonation role. V(organization) is for the management account or a
        delegated administrator's, where P(cloudrestore.aws.organization_accounts#inventory) and
        M(cloudrestore.aws.organization_policies_info) read the organization.
    choices:
      - check
      - present
      - absent
      - rollback
      - restore_role_arns
      - simulate
      - check_key_policies
      - check_vault_policies
      - resource_tags
      - enter
      - assume_role_tags
      - assume_role_source_identity
      - principal_policies
      - organization
    type: list
    elements: str
    required: true
  name:
    description:
      - Name of the role or user that is worked on, or V(PATH/NAME). Writes are then allowed on it, and on the policy O(policy_name), only.
      - Not set, they are allowed on every role or user, and on every policy.
    type: str
    aliases: [role_name]
  account_id:
    description: 12-digit ID of the account, to write it into the policy. Not set, the policy suits every account.
    type: str
  principal_type:
    description: Whether restores run under an IAM role, or under an IAM user.
    type: str
    choices: [role, user]
    default: role
  policy_name:
    description:
      - Name of this collection's policy.
      - Not set, writes are allowed on the policy that O(cloudrestore.aws.restore_role#module:policy_name) names by default, and on the one that
        it named in earlier versions.
    type: str
  partition:
    description: The partition of the account.
    type: str
    default: aws
  assume_role_arns:
    description:
      - The roles by which accounts are entered, O(cloudrestore.aws.restore_role#module:assume_role_arn) of each, or a pattern for them such
        as V(arn:aws:iam::*:role/OrganizationAccountAccessRole).
      - For V(enter), V(assume_role_tags) and V(assume_role_source_identity) only, and required for them.
    type: list
    elements: str
    default: []
notes:
  - A new version of this collection can need other actions. Make the policy anew when you update.
seealso:
  - module: cloudrestore.aws.restore_role
  - module: cloudrestore.aws.restore_role_verify
  - module: cloudrestore.aws.principal_policies_info
  - module: cloudrestore.aws.organization_policies_info
"""

EXAMPLES = r"""
- name: Show what the automation needs to report drift, everywhere
  ansible.builtin.debug:
    msg: "{{ lookup('cloudrestore.aws.operator_policy', 'check') }}"

- name: Show what it needs to converge this role and verify it with AWS's simulator
  ansible.builtin.debug:
    msg: "{{ lookup('cloudrestore.aws.operator_policy', 'present', 'simulate', name='VeeamDynamoDBRestore') }}"

- name: Show what the credentials need that the playbooks run with
  ansible.builtin.debug:
    msg: "{{ lookup('cloudrestore.aws.operator_policy', 'enter', assume_role_arns=['arn:aws:iam::*:role/OrganizationAccountAccessRole']) }}"
"""

RETURN = r"""
_raw:
  description: One policy document, for all that was asked for. The sample is that of V(check).
  type: list
  elements: dict
  sample:
    - Version: '2012-10-17'
      Statement:
        - Sid: CloudrestoreOperatorReads
          Effect: Allow
          Action:
            - iam:GetAccountSummary
            - iam:GetPolicy
            - iam:GetPolicyVersion
            - iam:GetRole
            - iam:GetRolePolicy
            - iam:ListAttachedRolePolicies
            - iam:ListEntitiesForPolicy
            - iam:ListInstanceProfilesForRole
            - iam:ListPolicies
            - iam:ListPolicyVersions
            - iam:ListRolePolicies
          Resource: '*'
"""

from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.operator_policy import (
    OPERATOR_SPEC,
    operator_policy,
)
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _lookup


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        """Raises AnsibleLookupError, naming the option and what it takes."""

        def policy(params: dict[str, Any]) -> dict[str, Any]:
            return operator_policy(_lookup.terms("operator_policy", terms), params)

        return [_lookup.run("operator_policy", OPERATOR_SPEC, kwargs, policy)]
