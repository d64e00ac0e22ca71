# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the lookup; the logic is in module_utils/_options/template.py and module_utils/_template/."""

from __future__ import annotations

DOCUMENTATION = r"""
name: restore_template
short_description: The desired state of a restore role as a template
version_added: 0.1.0
description:
  - Returns the state that M(cloudrestore.aws.restore_role) with the same options creates, as a template for tools other than Ansible. Makes no AWS
    call.
  - A role that is created from it meets every requirement, and M(cloudrestore.aws.restore_role) with the same options then changes nothing.
  - Options of M(cloudrestore.aws.restore_role) for connecting to an account, and for handling what already exists, do not apply to a template and are
    not accepted.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  _terms:
    description:
      - One or more formats.
      - V(documents) returns the trust policy and the permissions policy. With O(permissions_scope=scoped) it requires O(account_id).
      - V(cloudformation) is a template for a stack or a StackSet, to be deployed with C(CAPABILITY_NAMED_IAM). Name and path of the role, the
        appliance's principals and the external ID are parameters, with the values of the options as defaults.
      - V(terraform) is a configuration in Terraform's JSON syntax.
    type: list
    elements: str
    choices: [documents, cloudformation, terraform]
    required: true
  partition:
    description:
      - The partition of the account. If not set, the partition of the ARNs in the options, or V(aws) if there are none.
      - The format V(documents) writes it into ARNs. The other formats let their tools fill it in, except for partitions other than V(aws), which also
        have other service principals.
    type: str
  from_variables:
    description:
      - Whether to take options that are not set from the variables of the role P(cloudrestore.aws.restore_access#role), in the same way as the role
        does for M(cloudrestore.aws.restore_role). These are C(restore_access_) and the name of the option, and C(account_id).
      - O(partition) is then taken from C(restore_access_assume_role_arn). The role's default for O(name) does not apply outside the role.
    type: bool
    default: false
  description:
    description: Description of the role.
    type: str
  max_session_duration:
    description: Maximum session duration of the role in seconds, V(3600) to V(43200).
    type: int
  permissions_boundary:
    description: ARN of the managed policy to set as the permissions boundary. Its account ID is replaced by that of the account where the template
      is deployed.
    type: str
    aliases: [boundary]
  tags:
    description: Tags of the role.
    type: dict
    aliases: [resource_tags]
extends_documentation_fragment:
  - cloudrestore.aws.principal
  - cloudrestore.aws.principal.policy
  - cloudrestore.aws.principal.requirements
notes:
  - It does not know what is in the account. M(cloudrestore.aws.restore_role) in check mode tells whether a role that exists meets the
    requirements.
seealso:
  - module: cloudrestore.aws.restore_role
  - module: cloudrestore.aws.restore_role_verify
  - plugin: cloudrestore.aws.operator_policy
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Write a CloudFormation template for all accounts
  ansible.builtin.copy:
    content: "{{ lookup('cloudrestore.aws.restore_template', 'cloudformation', name='VeeamDynamoDBRestore',
                        appliance_principals=['arn:aws:iam::444455556666:role/VeeamImpersonation']) | to_nice_json }}"
    dest: restore-role.cloudformation.json
    mode: "0644"

- name: Show the least-privilege policies for the restore of one table
  ansible.builtin.debug:
    msg: "{{ lookup('cloudrestore.aws.restore_template', 'documents', name='VeeamDynamoDBRestore', account_id='111122223333',
                    appliance_principals=['444455556666'], permissions_scope='scoped', tables=['orders']) }}"
"""

RETURN = r"""
_raw:
  description:
    - One dictionary for each format. For V(documents) it contains V(trust_policy), which is empty for a user, and V(permissions_policy). For the
      others it is the content of a file for CloudFormation or Terraform.
    - The sample is for V(documents) with the short permission set V(aws_encrypted_vault).
  type: list
  elements: dict
  sample:
    - trust_policy:
        Version: '2012-10-17'
        Statement:
          - Sid: CloudrestoreAppliance
            Effect: Allow
            Principal:
              AWS: arn:aws:iam::444455556666:role/VeeamImpersonation
            Action: sts:AssumeRole
          - Sid: CloudrestoreBackupService
            Effect: Allow
            Principal:
              Service: backup.amazonaws.com
            Action: sts:AssumeRole
      permissions_policy:
        Version: '2012-10-17'
        Statement:
          - Sid: CloudrestoreAwsEncryptedVault
            Effect: Allow
            Action:
              - kms:GenerateDataKey
              - kms:RetireGrant
            Resource: '*'
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.template import (
    FROM_VARIABLES,
    TEMPLATE_SPEC,
    VARIABLES,
    from_variables,
    template,
)
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _lookup
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._variables import Variables


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        """Raises AnsibleLookupError, naming the option and what it takes."""

        def templates(params: dict[str, Any]) -> list[dict[str, Any]]:
            return [template(term, params) for term in _lookup.terms("restore_template", terms)]

        options = {name: value for name, value in kwargs.items() if value is not None}
        if boolean(options.get(FROM_VARIABLES, False), strict=False):
            options = self._from_variables(variables) | options
        result: list[dict[str, Any]] = _lookup.run("restore_template", TEMPLATE_SPEC, options, templates)
        return result

    def _from_variables(self, variables: Any) -> dict[str, Any]:
        try:
            return from_variables(Variables(variables or {}, self._templar).read(VARIABLES))
        except OptionError as error:
            raise AnsibleLookupError(f"restore_template: {error.message}") from None
