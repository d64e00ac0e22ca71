#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the module; the logic is in module_utils/_tasks.py and below."""

from __future__ import annotations

DOCUMENTATION = r"""
module: organization_policies_info
short_description: Read the service and resource control policies of an AWS Organization
version_added: 0.1.0
description:
  - Reads which service control policies (SCPs) and resource control policies (RCPs) are attached where in an organization, with their documents. No
    policy in a member account can grant what they deny.
  - Run it once for all accounts. The filter P(cloudrestore.aws.account_policies#filter) returns the policies of one account.
  - Requires credentials of the organization's management account or of a delegated administrator account.
  - Makes two calls, two for each organizational unit and the root, and two for each policy that is attached somewhere. Lists have pages of 20
    entries, and each further page is another call. For 5,000 accounts in 300 organizational units with 60 policies this is about 1,300 calls, most of
    them for the units and for the targets of FullAWSAccess.
  - With O(account_ids) it makes four calls, four for each account and each organizational unit above it, and one for each policy. This is less for up
    to about a hundred accounts.
  - A policy type that is not enabled is not read.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  run_id:
    description: Name of the run. It is part of the session name.
    type: str
  account_ids:
    description:
      - 12-digit IDs of the accounts to read the policies of. Of the rest of the organization, only the organizational units above them are read.
      - Quote them, so that YAML keeps a leading zero. An account that does not belong to the organization is an error.
      - If not set or empty, the whole organization is read.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - cloudrestore.aws.runtime
  - cloudrestore.aws.assume_role
  - cloudrestore.aws.attributes
  - cloudrestore.aws.attributes.action_group
attributes:
  check_mode:
    support: full
    details: Nothing is ever changed.
  diff_mode:
    support: none
    details: Nothing is ever changed.
  idempotent:
    support: full
notes:
  - AWS Organizations has one endpoint in each partition, which the AWS SDK finds from any of its Regions. Set O(region) in the
    China and GovCloud partitions.
  - >-
    The credentials need C(organizations:DescribeOrganization), C(organizations:ListRoots),
    C(organizations:ListAccountsForParent), C(organizations:ListOrganizationalUnitsForParent), C(organizations:ListPolicies),
    C(organizations:ListTargetsForPolicy) and C(organizations:DescribePolicy). With O(account_ids) the lists are
    C(organizations:ListRoots), C(organizations:ListParents) and C(organizations:ListPoliciesForTarget), and
    C(organizations:DescribeAccount) and C(organizations:DescribeOrganizationalUnit) are needed as well.
seealso:
  - plugin: cloudrestore.aws.account_policies
    plugin_type: filter
  - plugin: cloudrestore.aws.organization_accounts
    plugin_type: inventory
  - module: cloudrestore.aws.restore_role_verify
  - plugin: cloudrestore.aws.operator_policy
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Read the policies of the organization, once for all accounts
  cloudrestore.aws.organization_policies_info:
    assume_role_arn: arn:aws:iam::999988887777:role/OrganizationReader
  delegate_to: localhost
  run_once: true
  register: organization

- name: Read only what applies to two accounts
  cloudrestore.aws.organization_policies_info:
    account_ids:
      - "111122223333"
      - "222233334444"
"""

RETURN = r"""
organization_policies:
  description:
    - The policies, and where each is attached.
    - Each policy is included once, so the size grows by only about 150 bytes for each account.
  returned: success
  type: dict
  contains:
    organization_id:
      description: ID of the organization.
      type: str
    management_account_id:
      description: ID of the management account, to which SCPs and RCPs do not apply.
      type: str
    service_control_policies_enabled:
      description: Whether SCPs are enabled at the root. If not, none apply to any account.
      type: bool
    resource_control_policies_enabled:
      description: Whether RCPs are enabled at the root.
      type: bool
    policies:
      description: Each policy that is attached somewhere, by ID, with C(name), C(type) and C(document).
      type: dict
    targets:
      description:
        - The root, the organizational units and the accounts, by ID.
        - Each has C(parent) (an ID, or V(null) for the root), C(name), C(scps) and C(rcps) (IDs of the policies attached to it).
      type: dict
  sample:
    organization_id: o-exampleorg
    management_account_id: '999988887777'
    service_control_policies_enabled: true
    resource_control_policies_enabled: false
    policies:
      p-11112222:
        name: no-deletes
        type: SERVICE_CONTROL_POLICY
        document:
          Version: '2012-10-17'
          Statement:
            - Sid: NoDeletes
              Effect: Deny
              Action: dynamodb:DeleteTable
              Resource: '*'
      p-FullAWSAccess:
        name: FullAWSAccess
        type: SERVICE_CONTROL_POLICY
        document:
          Version: '2012-10-17'
          Statement:
            - Effect: Allow
              Action: '*'
              Resource: '*'
    targets:
      r-ab12:
        parent: null
        name: Root
        scps: [p-FullAWSAccess]
        rcps: []
      ou-ab12-aaaa1111:
        parent: r-ab12
        name: Workloads
        scps: [p-11112222, p-FullAWSAccess]
        rcps: []
      '999988887777':
        parent: r-ab12
        name: management
        scps: [p-FullAWSAccess]
        rcps: []
      '111122223333':
        parent: ou-ab12-aaaa1111
        name: orders
        scps: [p-FullAWSAccess]
        rcps: []
"""

from ansible_collections.cloudrestore.aws.plugins.module_utils import _module, _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.organization import POLICIES_SPEC


def main() -> None:
    _module.run(POLICIES_SPEC, _tasks.organization_policies_info)


if __name__ == "__main__":
    main()
