#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the module. It is an action: plugins/action/restore_role_report.py runs it on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_role_report
short_description: Write a report on the restore principals of many accounts
version_added: 0.1.0
description:
  - Combines what M(cloudrestore.aws.restore_role) and M(cloudrestore.aws.restore_role_verify) returned for many accounts into one report, as JSON
    (with a JSON Schema, C(docs/report.schema.json)), as one self-contained HTML page, and as Markdown, CSV and JUnit XML.
  - It can also merge the reports of sliced jobs, and compare with an earlier report.
  - It makes no AWS calls and runs on the controller, whatever the connection of the host. Run it once, with C(run_once=true).
  - The same input produces the same bytes, apart from O(generated_at). Files are written atomically and are readable by their owner only.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  results:
    description:
      - The accounts, one entry each. P(cloudrestore.aws.fleet_results#filter) creates them from Ansible's C(hostvars).
      - At least one of O(results) and O(parts) is required. With both, the results count as the latest part.
    type: list
    elements: dict
    suboptions:
      host:
        description: Name of the host for the account.
        type: str
        required: true
      account_id:
        description: 12-digit ID of the account. The ID in a result takes precedence.
        type: str
      ou:
        description: Organizational unit of the account, such as C(/Workloads/Production).
        type: str
      result:
        description:
          - What M(cloudrestore.aws.restore_role) returned, failed or not.
          - An account with neither O(results[].result) nor O(results[].verification) is reported as V(unreachable).
        type: dict
      verification:
        description: What M(cloudrestore.aws.restore_role_verify) returned.
        type: dict
      accepted_risks:
        description:
          - Accepted risks of the account, in the form of O(cloudrestore.aws.restore_role_verify#module:accepted_risks). What the result itself says
            about accepted risks is ignored.
          - If they are invalid, nothing is accepted, and the report says so.
        type: raw
      wave:
        description: Number of the account's wave, in a run in waves.
        type: int
      not_begun:
        description: Why the run stopped before this account was started. If set, the account is reported as V(pending), whatever else the entry
          contains.
        type: str
  parts:
    description:
      - Reports to merge, such as those of the slices of a job. Paths of JSON reports, or their content.
      - If a host is in several parts, the one that was generated last is used, and the report says so.
      - A file of more than 16 MB is not read. Keep reports on more accounts than that in parts.
    type: list
    elements: raw
  previous:
    description:
      - Path of an earlier JSON report to compare with. For a directory, the newest report with the same O(name) is used.
      - If it cannot be read, or is larger than 16 MB, the report is written without a comparison and says so.
    type: str
  directory:
    description: Directory for the files. It is created with mode 0700 if it does not exist.
    type: str
    default: reports
  name:
    description: First part of the file names. The time of the report and the extension of the format follow.
    type: str
    default: restore_access
  formats:
    description: Formats to write.
    type: list
    elements: str
    choices: [json, html, markdown, csv, junit]
    default: [json, html]
  exposed_from:
    description:
      - The severity from which a finding makes an account V(exposed), if no more severe status applies.
      - This applies to O(results). The accounts of O(parts) already have a status.
    type: str
    choices: [high, medium]
    default: high
  title:
    description: Title of the report.
    type: str
    default: DynamoDB restore access
  inventory:
    description:
      - Arguments of C(-i) in the commands that the HTML page shows.
      - The commands also contain the C(-e) options and vault password sources of this run, with a shell parameter in place of each secret.
      - In a job of AWX there are no commands. A report that is made of O(parts) only does not know the options of their runs, and says so.
    type: list
    elements: str
    default: [INVENTORY]
  history:
    description:
      - Directory with the history of earlier reports. From it the report shows a timeline, when each cause was first seen, and how long fixes took.
      - What later reports need of this one is written there as C(NAME-TIME.json), about 200 bytes for each account. Whole reports of the same O(name)
        in the directory are read too, up to 16 MB each.
      - The newest 90 are read. Nothing is deleted; you may delete older ones.
      - If not set or empty, there is no history.
    type: str
  run_id:
    description: Name of the run that O(results) belong to, as in the path of its snapshots.
    type: str
  caller:
    description:
      - ARN of the caller that the run starts with.
      - If set, the report records the run itself. This includes the inventory, C(--limit), C(-e) with a shell parameter in place of each secret,
        check mode, versions, and how to undo it.
    type: str
  plan:
    description: Path or URI of the plan that the run carried out, to show in the report.
    type: str
  generated_at:
    description: Time of the report in UTC, such as V(2026-01-31T12:00:00Z). If not set, the current time.
    type: str
  notes:
    description: Notes on how the report was made, to include in it.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - cloudrestore.aws.attributes
attributes:
  check_mode:
    support: full
    details: Nothing is written. A report changes nothing in AWS, so put C(check_mode=false) on the task to write it in check mode too, as the
      playbooks of this collection do.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: The files are identical only with O(generated_at).
notes:
  - The report holds no secrets. It does say what is wrong in which account, so that its files are for those who may know.
seealso:
  - module: cloudrestore.aws.restore_role
  - module: cloudrestore.aws.restore_role_verify
  - module: cloudrestore.aws.report_history
  - plugin: cloudrestore.aws.fleet_results
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Report on every account of the play
  cloudrestore.aws.restore_role_report:
    results: "{{ ansible_play_hosts_all | cloudrestore.aws.fleet_results(hostvars) }}"
    previous: reports
    formats: [json, html, junit]
  run_once: true
  check_mode: false
  register: report

- name: Show the problems by cause
  ansible.builtin.debug:
    msg: "{{ report.lines }}"
  run_once: true

- name: Merge the reports of the slices of a job
  cloudrestore.aws.restore_role_report:
    parts:
      - slices/1/drift_report-2026-01-31T120000Z.json
      - slices/2/drift_report-2026-01-31T120003Z.json
    name: whole_fleet
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
report:
  description: Path of the file, by format.
  returned: success
  type: dict
  sample:
    json: /srv/reports/drift_report-2026-01-31T120000Z.json
    html: /srv/reports/drift_report-2026-01-31T120000Z.html
summary:
  description:
    - The report in less than 2 kB, however many accounts it has, for M(ansible.builtin.set_stats) or a notification.
    - It contains the number of accounts, in total, by status and in need of attention, and the first causes. With O(previous) also
      RV(ignore:comparison).
  returned: success
  type: dict
  sample:
    generated_at: '2026-01-31T12:00:00Z'
    accounts: 3
    unreachable: 1
    failed: 0
    blocked: 0
    drifted: 1
    pending: 0
    exposed: 0
    accepted: 0
    rolled_back: 0
    converged: 0
    compliant: 1
    needs_attention: 2
    causes:
      - cause: 'no result: the host could not be reached, or the run ended before it reached this host'
        status: unreachable
        accounts: 1
      - cause: 'backup_service_may_assume: implicit deny (trust policy: no statement names this principal)'
        status: drifted
        accounts: 1
    other_causes: 0
    bounds: []
statuses:
  description: >-
    Status of each host. V(unreachable), V(failed), V(blocked), V(drifted), V(pending), V(exposed), V(accepted), V(rolled_back),
    V(converged) or V(compliant).
  returned: success
  type: dict
  sample:
    edge: unreachable
    orders: drifted
    payments: compliant
lines:
  description: The report as lines for a terminal. A table for up to 20 accounts, otherwise a list of causes. If accounts were not begun, also the
    commands to continue or undo the run.
  returned: success
  type: list
  elements: str
  sample:
    - 'HOST      ACCOUNT       STATUS       WHAT'
    - 'edge      333344445555  unreachable  no result: the host could not be reached, or the run ended before it reached this host'
    - 'orders    111122223333  drifted      backup_service_may_assume: implicit deny (trust policy: no statement names this principal)'
    - 'payments  222233334444  compliant'
    - ''
    - '3 accounts: 1 compliant, 1 drifted, 1 unreachable'
"""
