#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the module; the logic is in module_utils/_tasks.py and below."""

from __future__ import annotations

DOCUMENTATION = r"""
module: principal_policies_info
short_description: Read the policies of an IAM role or user, by layer
version_added: 0.1.0
description:
  - Reads every policy in the account that applies to a role or user, with its document. For a managed policy that is the document of its default
    version.
  - M(cloudrestore.aws.restore_role_verify) needs this for the appliance's Impersonation role, to evaluate whether it may assume the restore roles.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  run_id:
    description: Name of the run. It is part of the session name.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - cloudrestore.aws.runtime
  - cloudrestore.aws.principal
  - cloudrestore.aws.assume_role
  - cloudrestore.aws.attributes
  - cloudrestore.aws.attributes.action_group
attributes:
  check_mode:
    support: full
    details: This module makes only read calls.
  diff_mode:
    support: none
    details: Nothing changes.
  idempotent:
    support: full
notes:
  - The lookup P(cloudrestore.aws.operator_policy#lookup) returns the policy that the credentials need, with C(principal_policies).
seealso:
  - module: cloudrestore.aws.restore_role_verify
  - plugin: cloudrestore.aws.appliance_policies
    plugin_type: filter
  - plugin: cloudrestore.aws.appliance_roles
    plugin_type: filter
  - plugin: cloudrestore.aws.operator_policy
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Read the policies of the appliance's Impersonation role, once
  cloudrestore.aws.principal_policies_info:
    name: VeeamImpersonation
    assume_role_arn: arn:aws:iam::444455556666:role/OrganizationAccountAccessRole
  register: appliance

- name: Evaluate all three AssumeRole requirements
  cloudrestore.aws.restore_role_verify:
    name: VeeamDynamoDBRestore
    assume_role_arn: arn:aws:iam::111122223333:role/OrganizationAccountAccessRole
    appliance_principals:
      - arn:aws:iam::444455556666:role/VeeamImpersonation
    appliance_policies:
      - "{{ appliance.principal_policies }}"
"""

RETURN = r"""
principal_policies:
  description: The principal and its policies, by layer. Use it as an entry of O(cloudrestore.aws.restore_role_verify#module:appliance_policies).
  returned: when the run did not fail
  type: dict
  contains:
    principal:
      description: The principal.
      type: dict
      contains:
        account_id:
          description: 12-digit ID of the AWS account.
          type: str
        arn:
          description: ARN of the role or user.
          type: str
        name:
          description: Its name.
          type: str
        path:
          description: Its path.
          type: str
        principal_type:
          description: V(role) or V(user).
          type: str
    exists:
      description: Whether the principal exists. If not, it has no policies.
      type: bool
    trust:
      description: The trust policy of a role; null for a user.
      type: dict
    identity:
      description: The attached and inline policies. For a user, also those of its groups.
      type: list
      elements: dict
      contains:
        name:
          description: ARN or inline name. The name of a group's policy begins with the group.
          type: str
        document:
          description: The policy document.
          type: dict
    boundary:
      description: The permissions boundary, in the form of an entry of RV(principal_policies.identity); null if there is none.
      type: dict
  sample:
    principal:
      account_id: '444455556666'
      arn: arn:aws:iam::444455556666:role/VeeamImpersonation
      name: VeeamImpersonation
      path: /
      principal_type: role
    exists: true
    trust:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal:
            Service: ec2.amazonaws.com
          Action: sts:AssumeRole
    identity:
      - name: enter-accounts
        document:
          Version: '2012-10-17'
          Statement:
            - Effect: Allow
              Action: sts:AssumeRole
              Resource: arn:aws:iam::*:role/VeeamDynamoDBRestore
    boundary: null
"""

from ansible_collections.cloudrestore.aws.plugins.module_utils import _module, _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import INFO_SPEC


def main() -> None:
    _module.run(INFO_SPEC, _tasks.principal_policies_info)


if __name__ == "__main__":
    main()
