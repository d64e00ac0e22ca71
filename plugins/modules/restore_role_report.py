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
  - Turns what M(cloudrestore.aws.restore_role) and M(cloudrestore.aws.restore_role_verify) returned for many accounts into one report, as
    JSON (with a JSON Schema, C(docs/report.schema.json)), as one self-contained HTML page, and as Markdown, CSV and JUnit XML.
  - It can also merge the reports of sliced jobs, and compare with an earlier report.
  - It makes no AWS calls and runs on the controller, whatever the connection of the host. Run it once, with C(run_once=true).
  - The same input gives the same bytes, apart from O(generated_at). Each file appears whole or not at all, readable by its owner only.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  results:
    description:
      - The accounts, one entry each. P(cloudrestore.aws.fleet_results#filter) makes them from Ansible's C(hostvars).
      - One of O(results) and O(parts) is required. With both, the results count as the latest part.
    type: list
    elements: dict
    suboptions:
      host:
        description: Name of the host that stands for the account.
        type: str
        required: true
      account_id:
        description: 12-digit ID of the account. What a result says comes first.
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
          - What is accepted in the account, as O(cloudrestore.aws.restore_role_verify#module:accepted_risks) takes it. What a result says of that itself
            does not count.
          - What cannot be read accepts nothing, and the report says so.
        type: raw
      wave:
        description: Number of the wave that the account belongs to, in a run in waves.
        type: int
      not_begun:
        description: Why the run ended before its turn. The account is reported as V(pending) then, whatever else is given of it.
        type: str
  parts:
    description:
      - Reports to merge, such as those of the slices of a job. Paths of JSON reports, or their content.
      - Of a host in several parts the one generated last is taken, and the report says so.
      - A file of more than 16 MB is not read. Reports on more accounts than that holds stay in parts.
    type: list
    elements: raw
  previous:
    description:
      - Path of an earlier JSON report to compare with. Of a directory the newest report with O(name) is taken.
      - If it cannot be read, or has more than 16 MB, the report is written without a comparison and says so.
    type: str
  directory:
    description: Directory of the files. It is made with mode 0700 if it is not there.
    type: str
    default: reports
  name:
    description: How the names of the files begin. The time of the report and the ending of the format follow.
    type: str
    default: restore_access
  formats:
    description: What to write.
    type: list
    elements: str
    choices: [json, html, markdown, csv, junit]
    default: [json, html]
  exposed_from:
    description:
      - From which severity of a finding on an account is V(exposed), if nothing worse is the matter with it.
      - It is about O(results); the accounts of O(parts) have their status already.
    type: str
    choices: [high, medium]
    default: high
  title:
    description: Title of the report.
    type: str
    default: DynamoDB restore access
  inventory:
    description:
      - What follows C(-i) in the commands that the HTML page shows.
      - They also say what this run was given with C(-e) and where its vault passwords come from, with a parameter of the shell in place of each secret.
      - In a job of AWX there are none. A report of O(parts) alone does not know what was given to their runs, and says so.
    type: list
    elements: str
    default: [INVENTORY]
  history:
    description:
      - Directory of former reports, from which this one has a line over time, when each cause was first seen, and how long it took to fix one.
      - What a later report needs of this one goes there as C(NAME-TIME.json), some 200 bytes for each account. Whole reports of the same O(name) that
        lie there are read too, up to 16 MB each.
      - The newest 90 are read. Nothing is deleted; what is older may be.
      - Not set, or empty, there is no history.
    type: str
  run_id:
    description: Name of the run that O(results) are of, as in the path of its snapshots.
    type: str
  caller:
    description:
      - ARN that the run called AWS with.
      - The report says beside it what the command line says of the run. Its inventory, C(--limit), C(-e) with a parameter of the shell in
        place of each secret, check mode, versions, and how it is undone.
    type: str
  plan:
    description: Path or URI of the plan that the run carried out. The report shows it.
    type: str
  generated_at:
    description: Time of the report in UTC, as V(2026-01-31T12:00:00Z). Not set, it is the time of the run.
    type: str
  notes:
    description: Sentences that the report says on how it came about.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - cloudrestore.aws.attributes
attributes:
  check_mode:
    support: full
    details: Nothing is written. A report changes nothing in AWS, so put C(check_mode=false) on the task to have it
      written in a check-mode run too, as the playbooks of this collection do.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: Only with O(generated_at) are the files the same.
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

- name: Show what is wrong, by cause
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
  description: Path of the file of each format.
  returned: success
  type: dict
  sample:
    json: /srv/reports/drift_report-2026-01-31T120000Z.json
    html: /srv/reports/drift_report-2026-01-31T120000Z.html
summary:
  description:
    - The report in less than 2 kB, however many accounts it has, for M(ansible.builtin.set_stats) or a notification.
    - How many accounts there are, how many of each status, how many need attention, and the first causes. With O(previous)
      also RV(ignore:comparison).
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
      - cause: 'no result: the host could not be reached, or the run ended before its turn'
        status: unreachable
        accounts: 1
      - cause: 'backup_service_may_assume: implicit deny (trust policy: no statement names it)'
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
  description: The report for a terminal. Up to 20 accounts a table of them, beyond that what is wrong by cause. Where accounts were not begun,
    also the commands to go on or back.
  returned: success
  type: list
  elements: str
  sample:
    - 'HOST      ACCOUNT       STATUS       WHAT'
    - 'edge      333344445555  unreachable  no result: the host could not be reached, or the run ended before its turn'
    - 'orders    111122223333  drifted      backup_service_may_assume: implicit deny (trust policy: no statement names it)'
    - 'payments  222233334444  compliant'
    - ''
    - '3 accounts: 1 compliant, 1 drifted, 1 unreachable'
"""
