#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the module; the logic is in module_utils/_tasks.py and module_utils/_plans/."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_plan
short_description: Write the changes that a run would make in many accounts as one plan that can be approved
version_added: 0.1.0
description:
  - Turns what M(cloudrestore.aws.restore_role) returned in check mode for many accounts into one file. For each account it contains the operations
    with their arguments, and digests of the state that was read and of the changes.
  - The playbook C(cloudrestore.aws.converge) with C(restore_access_plan) carries out that plan and nothing else. An account that has changed since
    fails and is not touched, and neither is an account that is not in the plan.
  - With O(kms_key_id) the plan is signed, and a run that has this key as O(cloudrestore.aws.restore_role#module:snapshot_kms_key_id) accepts no other
    plan. AWS classifies C(kms:GenerateMac) as a write; it changes nothing.
  - It can also merge the plans of the slices of a job. It fails if two slices contain the same principal.
  - It makes no call in any of the accounts, and no call at all without O(s3_bucket), O(kms_key_id) and plans in S3.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  accounts:
    description:
      - The accounts, as returned by P(cloudrestore.aws.fleet_plans#filter).
      - Exactly one of O(accounts) and O(parts) is required.
    type: list
    elements: dict
  parts:
    description: Plans to merge, such as those of the slices of a job.
    type: list
    elements: dict
    suboptions:
      plan:
        description: Path of the file, or C(s3://BUCKET/KEY.json).
        type: str
        required: true
      sha256:
        description: Expected SHA-256 of the plan.
        type: str
      version_id:
        description: Version of the object. If not set, the latest is read.
        type: str
  directory:
    description: Directory for the file. It is created with mode 0700 if it does not exist.
    type: path
    default: reports
  name:
    description: Name of the report that the plan belongs to. The file is C(plan-NAME-TIME.json), with mode 0600.
    type: str
    default: restore_access
  s3_bucket:
    description: S3 bucket to upload the plan to as well.
    type: str
  s3_prefix:
    description: Prefix of its key.
    type: str
    default: ''
  kms_key_id:
    description:
      - ID, ARN or V(alias/NAME) of an HMAC key in KMS to sign the plan with.
      - Each of O(parts) must then be signed with it.
    type: str
  max_changes:
    description:
      - How many accounts the plan may change, as a number or a percentage of its accounts such as V(10%). If it would be more, the module fails and
        writes no plan.
      - An account that could not be planned counts, since a later plan may change it.
    type: str
  run_id:
    description: Name of the run, to record in the plan.
    type: str
  caller:
    description: ARN of the caller that the run starts with, to record in the plan.
    type: str
    default: ''
  inventory:
    description: Inventory sources of the run, to record in the plan.
    type: list
    elements: str
    default: []
  limit:
    description: C(--limit) of the run, to record in the plan.
    type: str
    default: ''
  generated_at:
    description: Time of the plan in UTC, such as V(2026-01-31T12:00:00Z). If not set, the current time.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - cloudrestore.aws.runtime
  - cloudrestore.aws.attributes
  - cloudrestore.aws.attributes.action_group
attributes:
  check_mode:
    support: full
    details: Nothing is written or signed. Put C(check_mode=false) on the task to write the plan in check mode too, as the playbooks do.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: The file is identical only with O(generated_at).
notes:
  - The credentials need C(s3:PutObject) for O(s3_bucket), C(s3:GetObject) for plans in S3, C(kms:GenerateMac) for O(kms_key_id), and
    C(kms:VerifyMac) where O(parts) are signed.
seealso:
  - module: cloudrestore.aws.restore_role
  - module: cloudrestore.aws.restore_role_report
  - plugin: cloudrestore.aws.fleet_plans
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Write the plan of all accounts of the play
  cloudrestore.aws.restore_plan:
    accounts: "{{ ansible_play_hosts_all | cloudrestore.aws.fleet_plans(hostvars) }}"
    name: drift_report
  run_once: true
  check_mode: false
  register: plan

- name: Merge the plans of two slices
  cloudrestore.aws.restore_plan:
    parts:
      - plan: slices/1/plan-drift_report-2026-01-31T120000Z.json
      - plan: slices/2/plan-drift_report-2026-01-31T120003Z.json
    name: whole_fleet
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
plan_file:
  description: Path of the plan.
  returned: success, except in check mode
  type: str
  sample: /srv/reports/plan-drift_report-2026-01-31T120000Z.json
plan_sha256:
  description: SHA-256 of the plan. Pass it on together with the plan.
  returned: success, except in check mode
  type: str
  sample: 66af55a1f6e7da918754635535f577c3ecf5d3d6c6155f5bfcb34d165a1169c2
plan_s3:
  description: URI of the plan in O(s3_bucket).
  returned: with O(s3_bucket), except in check mode
  type: str
  sample: s3://example-reports/cloudrestore/plan-drift_report-2026-01-31T120000Z.json
plan_s3_version_id:
  description: Version ID of that object, if the bucket has versioning.
  returned: with O(s3_bucket), except in check mode
  type: str
  sample: L4kqtJlcpXroDTDmpUMLUo1
summary:
  description: Counts of the plan.
  returned: success
  type: dict
  contains:
    accounts:
      description: Number of accounts in the plan.
      type: int
    to_change:
      description: Number of accounts that it changes.
      type: int
    operations:
      description: Number of operations.
      type: int
    not_planned:
      description: Number of accounts that could not be planned. The plan says why, and a run with it does not touch them.
      type: int
  sample:
    accounts: 2
    to_change: 1
    operations: 1
    not_planned: 1
"""

from ansible_collections.cloudrestore.aws.plugins.module_utils import _module, _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.plan import PLAN_SPEC


def main() -> None:
    _module.run(PLAN_SPEC, _tasks.restore_plan)


if __name__ == "__main__":
    main()
