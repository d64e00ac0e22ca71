# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the lookup; the logic is in module_utils/_options/operator_policy.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: operator_policy
short_description: The least-privilege policy for the automation itself in an account
version_added: 0.1.0
description:
  - Returns the policy for the role in O(cloudrestore.aws.restore_role#module:assume_role_arn), or for whatever credentials run this collection in an
    account. Makes no AWS call.
  - It allows exactly what M(cloudrestore.aws.restore_role) and M(cloudrestore.aws.restore_role_verify) call, whatever the state of the account.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  _terms:
    description:
      - What will be done in the account. The policy covers all of them.
      - V(check) is check mode, and M(cloudrestore.aws.restore_role_verify). All others include it, except where noted.
      - V(present) and V(absent) are the states of M(cloudrestore.aws.restore_role).
      - V(rollback) undoes runs of V(present) and V(absent). Use it together with them.
      - V(restore_role_arns) manages the Impersonation role's list of that name. Use it together with V(present).
      - V(simulate), V(check_key_policies) and V(check_vault_policies) are options of M(cloudrestore.aws.restore_role_verify).
      - V(resource_tags) reads the tags of the resources in O(cloudrestore.aws.restore_role_verify#module:tables),
        O(cloudrestore.aws.restore_role_verify#module:vaults) and O(cloudrestore.aws.restore_role_verify#module:kms_keys), where a policy has a
        condition on them. Without it such a condition stays undecided.
      - The remaining ones are for other accounts, and do not include V(check). V(enter) is for the credentials that the playbooks run with, and
        requires O(assume_role_arns). V(assume_role_tags) and V(assume_role_source_identity) are used together with it, if the options of these names
        are set. V(principal_policies) is for the appliance's account, where M(cloudrestore.aws.principal_policies_info) reads the Impersonation role.
        V(organization) is for the management account or a delegated administrator account, where P(cloudrestore.aws.organization_accounts#inventory)
        and M(cloudrestore.aws.organization_policies_info) read the organization.
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
      - Name of the managed role or user, or V(PATH/NAME). Writes are then allowed only on it and on the policy O(policy_name).
      - If not set, they are allowed on every role or user, and on every policy.
    type: str
    aliases: [role_name]
  account_id:
    description: 12-digit ID of the account, to write it into the policy. If not set, the policy can be used in every account.
    type: str
  principal_type:
    description: Whether restores run under an IAM role, or under an IAM user.
    type: str
    choices: [role, user]
    default: role
  policy_name:
    description:
      - Name of this collection's policy.
      - If not set, writes are allowed on the default policy of O(cloudrestore.aws.restore_role#module:policy_name), and on the default policy of
        earlier versions.
    type: str
  partition:
    description: The partition of the account.
    type: str
    default: aws
  assume_role_arns:
    description:
      - The roles that are assumed in the accounts, O(cloudrestore.aws.restore_role#module:assume_role_arn) of each, or a pattern such as
        V(arn:aws:iam::*:role/OrganizationAccountAccessRole).
      - Required for V(enter), V(assume_role_tags) and V(assume_role_source_identity), and used for these only.
    type: list
    elements: str
    default: []
notes:
  - A new version of this collection can need other actions. Generate the policy again when you update.
seealso:
  - module: cloudrestore.aws.restore_role
  - module: cloudrestore.aws.restore_role_verify
  - module: cloudrestore.aws.principal_policies_info
  - module: cloudrestore.aws.organization_policies_info
"""

EXAMPLES = r"""
- name: Show what the automation needs to report drift in any account
  ansible.builtin.debug:
    msg: "{{ lookup('cloudrestore.aws.operator_policy', 'check') }}"

- name: Show what it needs to converge this role and verify it with the policy simulator of AWS
  ansible.builtin.debug:
    msg: "{{ lookup('cloudrestore.aws.operator_policy', 'present', 'simulate', name='VeeamDynamoDBRestore') }}"

- name: Show what the credentials need that the playbooks start with
  ansible.builtin.debug:
    msg: "{{ lookup('cloudrestore.aws.operator_policy', 'enter', assume_role_arns=['arn:aws:iam::*:role/OrganizationAccountAccessRole']) }}"
"""

RETURN = r"""
_raw:
  description: One policy document for all terms together. The sample is for V(check).
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
