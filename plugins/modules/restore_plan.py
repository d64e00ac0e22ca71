#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the module; the logic is in module_utils/_tasks.py and module_utils/_plans/."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_plan
short_description: Write what a run would do in many accounts as one plan that can be approved
version_added: 0.1.0
description:
  - Turns what M(cloudrestore.aws.restore_role) returned in check mode for many accounts into one file. For each account it has the
    operations with their arguments, and digests of what was read and of what is to be done.
  - The playbook C(cloudrestore.aws.converge) with C(restore_access_plan) carries out that plan and nothing else. An account that has moved
    since then fails and is not touched; one that is not in the plan is not touched either.
  - With O(kms_key_id) the plan is signed, and a run that has that key as O(cloudrestore.aws.restore_role#module:snapshot_kms_key_id) takes no
    other. C(kms:GenerateMac) is the one call of a drift report that AWS counts among the writes.
  - It can also put the plans of the slices of a job together. Two slices that are about one principal make it fail.
  - It makes no call in any of the accounts, and none at all without O(s3_bucket), O(kms_key_id) and plans in S3.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  accounts:
    description:
      - The accounts, as P(cloudrestore.aws.fleet_plans#filter) gathers them.
      - Exactly one of O(accounts) and O(parts) is required.
    type: list
    elements: dict
  parts:
    description: Plans to put together, such as those of the slices of a job.
    type: list
    elements: dict
    suboptions:
      plan:
        description: Path of the file, or C(s3://BUCKET/KEY.json).
        type: str
        required: true
      sha256:
        description: SHA-256 that the plan must have.
        type: str
      version_id:
        description: Version of the object. Not set, the latest is read.
        type: str
  directory:
    description: Directory of the file. It is made with mode 0700 if it is not there.
    type: path
    default: reports
  name:
    description: Name of the report that the plan belongs to. The file is C(plan-NAME-TIME.json), with mode 0600.
    type: str
    default: restore_access
  s3_bucket:
    description: Bucket that the plan is put into as well.
    type: str
  s3_prefix:
    description: What its key there begins with.
    type: str
    default: ''
  kms_key_id:
    description:
      - HMAC key in KMS that the plan is signed with, as ID, ARN or V(alias/NAME).
      - Each of O(parts) must be signed with it then.
    type: str
  max_changes:
    description:
      - How many accounts the plan may change, a number or a percentage of its accounts such as V(10%). With more there is no plan, and the module fails.
      - An account of which no plan could be made counts, since a later plan may change it.
    type: str
  run_id:
    description: Name of the run, which is written down.
    type: str
  caller:
    description: ARN that the run starts as, which is written down.
    type: str
    default: ''
  inventory:
    description: Inventory sources of the run, which are written down.
    type: list
    elements: str
    default: []
  limit:
    description: C(--limit) of the run, which is written down.
    type: str
    default: ''
  generated_at:
    description: Time of the plan in UTC, as V(2026-01-31T12:00:00Z). Not set, it is the time of the run.
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
    details: Nothing is written or signed. Put C(check_mode=false) on the task to have it written in check mode too, as the playbooks do.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: Only with O(generated_at) is the file the same.
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

- name: Put the plans of two slices together
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
  returned: success, but in check mode
  type: str
  sample: /srv/reports/plan-drift_report-2026-01-31T120000Z.json
plan_sha256:
  description: SHA-256 of the plan. Whoever hands the plan on hands this on as well.
  returned: success, but in check mode
  type: str
  sample: 41102e670dfbe3f47c760da448af64904d3a66bea6eda42042be769ebdfc5a8a
plan_s3:
  description: URI of the plan in O(s3_bucket).
  returned: with O(s3_bucket), but in check mode
  type: str
  sample: s3://example-reports/cloudrestore/plan-drift_report-2026-01-31T120000Z.json
plan_s3_version_id:
  description: Version of that object, where the bucket keeps versions.
  returned: with O(s3_bucket), but in check mode
  type: str
  sample: L4kqtJlcpXroDTDmpUMLUo1
summary:
  description: What the plan comes to.
  returned: success
  type: dict
  contains:
    accounts:
      description: How many accounts it has.
      type: int
    to_change:
      description: How many of them it changes.
      type: int
    operations:
      description: How many operations it has.
      type: int
    not_planned:
      description: Of how many accounts no plan could be made. The plan says why, and a run with it does not touch them.
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
