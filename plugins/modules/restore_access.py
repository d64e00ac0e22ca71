#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the module. It is an action: plugins/action/restore_access.py runs it on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_access
short_description: Run the work of the role restore_access in one process for each account
version_added: 0.1.0
description:
  - Reads the variables of the role P(cloudrestore.aws.restore_access#role), runs M(cloudrestore.aws.restore_role) with them, and
    M(cloudrestore.aws.restore_role_verify) if the role evaluates.
  - It is made for the role, and takes its options from the role's variables. In tasks of your own use the two modules.
  - It fails before any call if there is an unknown variable that begins with C(restore_access_), so that a mistyped name does not go unnoticed.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  part:
    description: V(converge) runs both modules like the role does, V(verify) only the one that reads.
    type: str
    choices: [converge, verify]
    default: converge
  fleet:
    description:
      - Checks all hosts of the play at once, before a worker is started for each of them, and does no work in any account. Put C(run_once) on the
        task and register it as C(restore_access_fleet), as the role does.
      - It fails for errors that all hosts have in common, such as a variable that does not exist, or credentials that AWS rejects. Errors of single
        hosts are left to their own tasks.
      - Hosts that stand for the same principal are returned in RV(duplicates). The task for each account fails for them, and changes nothing.
      - It makes one call, C(sts:GetCallerIdentity), and one more for each set of connection options of hosts whose variables do not contain their
        account ID.
      - With the strategies C(free) and C(host_pinned) a task cannot run for all hosts, and this does nothing.
    type: bool
    default: false
  waves:
    description:
      - With O(fleet), also decides in which waves the hosts are processed, by the variables C(restore_access_waves), C(restore_access_canary),
        C(restore_access_stop_after) and C(restore_access_max_changes) of the playbook C(cloudrestore.aws.converge).
      - Without it these variables are only validated.
    type: bool
    default: false
  results:
    description:
      - V(returned) registers what the modules returned. V(stored) stores it in a file for the duration of this run of Ansible, and registers only what
        callbacks and later tasks need. The filters P(cloudrestore.aws.fleet_results#filter) and P(cloudrestore.aws.fleet_report#filter) find the
        rest. The playbooks use it, since Ansible keeps all registered results in memory, and copies them several times.
      - With C(-v) the whole results are always registered.
    type: str
    choices: [returned, stored]
    default: returned
  plan:
    description:
      - Carries out this plan and nothing else. The path or C(s3://BUCKET/KEY.json) of a plan by M(cloudrestore.aws.restore_plan), or a mapping with
        the path as C(plan), its expected SHA-256 as C(sha256), and the version of the object as C(version_id).
      - The task with O(fleet=true) reads it once. If the hosts have C(restore_access_snapshot_kms_key_id), the plan must be signed with that key.
      - The task for each account needs this option too. It fails for an account that is not in the plan, and if no task with O(fleet=true) has read
        the plan.
    type: raw
  give_up_after:
    description:
      - Stops trying further accounts after this many in a row for which the connection to the same endpoint failed in the same way, with no account
        in between that got an answer. V(0) tries every account. The role's variable is C(restore_access_give_up_after).
      - Accounts have nothing else in common than the network. Counted are hosts of the same play with the same connection options in the same
        partition.
      - An error response of AWS, such as access denied or throttling, counts as an answer.
    type: int
    default: 10
extends_documentation_fragment:
  - cloudrestore.aws.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
notes:
  - The registered result goes to M(cloudrestore.aws.restore_role_report) by the filter P(cloudrestore.aws.fleet_results#filter).
seealso:
  - module: cloudrestore.aws.restore_role
  - module: cloudrestore.aws.restore_role_verify
  - module: cloudrestore.aws.restore_role_report
  - plugin: cloudrestore.aws.fleet_results
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check all hosts at once
  cloudrestore.aws.restore_access:
    fleet: true
  vars:
    restore_access_name: VeeamDynamoDBRestore
    restore_access_appliance_principals: [arn:aws:iam::444455556666:role/VeeamImpersonation]
  register: restore_access_fleet
  check_mode: true
  run_once: true

- name: Run the work of the role
  cloudrestore.aws.restore_access:
  vars:
    restore_access_name: VeeamDynamoDBRestore
    restore_access_appliance_principals: [arn:aws:iam::444455556666:role/VeeamImpersonation]
  register: restore_access_result
"""

RETURN = r"""
drifted:
  description: Whether the account has drifted.
  returned: with O(results=stored)
  type: bool
  sample: false
exists:
  description: Whether there is such a principal.
  returned: with O(part=verify), when it could be read
  type: bool
  sample: true
kept_in:
  description: Name of the file that contains the whole results.
  returned: with O(results=stored), and with O(fleet=true) and O(plan)
  type: str
  sample: 3f2b8c1d9e4a4f6d8b7a6c5d4e3f2a1b
caller:
  description: ARN of the caller that the run starts with. Empty if the hosts have several.
  returned: with O(fleet=true)
  type: str
  sample: arn:aws:iam::111122223333:user/automation
duplicates:
  description: Hosts that stand for the same principal as another host, and what to do.
  returned: with O(fleet=true)
  type: dict
  sample:
    prod: >-
      2 hosts stand for role VeeamDynamoDBRestore in account 444455556666: prod, production. Each would undo what the other does, so that
      nothing was done for any of them. Keep one of these hosts, or give each its own restore_access_name.
options:
  description: The module options that the variables set, without those that can contain a secret.
  returned: with O(results=returned) and without O(fleet), when the variables could be read
  type: dict
  sample:
    name: VeeamDynamoDBRestore
    appliance_principals: [arn:aws:iam::444455556666:role/VeeamImpersonation]
principal:
  description: The principal, as M(cloudrestore.aws.restore_role) and M(cloudrestore.aws.restore_role_verify) return it.
  returned: without O(fleet), when the principal could be read
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
  sample:
    account_id: '111122223333'
    arn: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
    name: VeeamDynamoDBRestore
    path: /
    principal_type: role
rollout:
  description:
    - The waves of the run. C(order) lists the hosts, those of the canary first, and C(waves) the number of hosts in each wave.
    - Empty if none of the variables is set, or without O(waves).
  returned: with O(fleet=true)
  type: dict
  sample:
    order: [sandbox, orders, billing, payments]
    hosts: sandbox,orders,billing,payments
    waves: [1, 3]
    stop_after: '1'
    max_changes: ''
    begun: 0
    wrong: 0
    line: ''
    stopped: ''
verification:
  description:
    - What M(cloudrestore.aws.restore_role_verify) returned. Null if it did not run.
    - The other keys of the result are what M(cloudrestore.aws.restore_role) returned. With O(part=verify) the result itself is that of
      M(cloudrestore.aws.restore_role_verify).
  returned: with O(part=converge) and without O(fleet), when the variables could be read
  type: dict
  sample: null
"""
