#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the module; the logic is in module_utils/_former_reports.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report_history
short_description: Fetch what former reports left for the history from a bucket, or put there what this one left
version_added: 0.1.0
description:
  - With O(cloudrestore.aws.restore_role_report#module:history) each report leaves a short file in a directory, and reads those of former ones.
    Where that directory does not last, as in a job of AWX, this module fetches them from a bucket before the report and puts the new one there
    after it.
  - An object that is in the directory already is not fetched again. Nothing is deleted.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  state:
    description:
      - V(fetched) brings the newest 90 from the bucket into the directory.
      - V(kept) puts the newest one of the directory into the bucket.
    type: str
    choices: [fetched, kept]
    default: fetched
  directory:
    description: Directory of the short files.
    type: path
    default: reports/history
  name:
    description: Name of the reports, as O(cloudrestore.aws.restore_role_report#module:name).
    type: str
    required: true
  s3_bucket:
    description: Bucket of the short files.
    type: str
    required: true
  s3_prefix:
    description: What their keys there begin with.
    type: str
    default: ''
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - cloudrestore.aws.runtime
  - cloudrestore.aws.attributes
  - cloudrestore.aws.attributes.action_group
attributes:
  check_mode:
    support: full
    details: Nothing is fetched or put. Put C(check_mode=false) on the task to have it done in check mode too, as the playbooks do.
  diff_mode:
    support: none
  idempotent:
    support: full
notes:
  - The credentials need C(s3:ListBucket) on the bucket, and C(s3:GetObject) and C(s3:PutObject) on the objects below O(s3_prefix).
seealso:
  - module: cloudrestore.aws.restore_role_report
"""

EXAMPLES = r"""
- name: Fetch what former reports left
  cloudrestore.aws.report_history:
    name: drift_report
    s3_bucket: example-reports
    s3_prefix: cloudrestore/history
  run_once: true
  check_mode: false
"""

RETURN = r"""
files:
  description: How many files were fetched, or put into the bucket.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.cloudrestore.aws.plugins.module_utils import _module, _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.report_history import HISTORY_SPEC


def main() -> None:
    _module.run(HISTORY_SPEC, _tasks.report_history)


if __name__ == "__main__":
    main()
