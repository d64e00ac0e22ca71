# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the lookup; the logic is in module_utils/_options/template.py and module_utils/_template/."""

from __future__ import annotations

DOCUMENTATION = r"""
name: restore_template
short_description: The desired state of a restore role as a template
version_added: 0.1.0
description:
  - Writes down what M(cloudrestore.aws.restore_role) with the same options would bring about, for tools other than Ansible. Makes no
    calls.
  - A role that is made from it meets every requirement, and M(cloudrestore.aws.restore_role) with the same options then changes nothing.
  - Options of M(cloudrestore.aws.restore_role) about how an account is entered, and what becomes of things that are there, have no place
    in a template and are not taken.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  _terms:
    description:
      - One or more formats.
      - V(documents) is the trust policy and the permissions policy. With O(permissions_scope=scoped) it takes O(account_id).
      - V(cloudformation) is a template fit for a stack and for a StackSet, to be deployed with C(CAPABILITY_NAMED_IAM). Name and path of the role,
        the appliance's principals and the external ID are parameters, with the values of the options as defaults.
      - V(terraform) is a configuration in Terraform's JSON syntax.
    type: list
    elements: str
    choices: [documents, cloudformation, terraform]
    required: true
  partition:
    description:
      - The partition of the account. Not set, that of the ARNs in the options, and V(aws) if they name none.
      - The format V(documents) writes it into ARNs. The others leave that to their tools, but for partitions other than V(aws), in
        which the names of services differ as well.
    type: str
  from_variables:
    description:
      - Whether options that are not given are taken from the variables of the role P(cloudrestore.aws.restore_access#role), as it takes them for
        M(cloudrestore.aws.restore_role). Those are C(restore_access_) and the name of the option, and C(account_id).
      - O(partition) is then that of C(restore_access_assume_role_arn). The role's default of O(name) is not known outside the role.
    type: bool
    default: false
  description:
    description: Description of the role.
    type: str
  max_session_duration:
    description: Longest session of the role in seconds, V(3600) to V(43200).
    type: int
  permissions_boundary:
    description: ARN of the managed policy to set as permissions boundary. Its account is replaced by the one that the template is deployed in.
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

- name: Show the least that a restore of one table needs, as plain documents
  ansible.builtin.debug:
    msg: "{{ lookup('cloudrestore.aws.restore_template', 'documents', name='VeeamDynamoDBRestore', account_id='111122223333',
                    appliance_principals=['444455556666'], permissions_scope='scoped', tables=['orders']) }}"
"""

RETURN = r"""
_raw:
  description:
    - One dictionary for each format. That of V(documents) has V(trust_policy), which is empty for a user, and V(permissions_policy).
      The others are what a file for CloudFormation or Terraform holds.
    - The sample is that of V(documents) with the short permission set V(aws_encrypted_vault).
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
