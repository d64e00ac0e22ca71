#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the module; the logic is in module_utils/_former_reports.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report_history
short_description: Fetch the history of earlier reports from an S3 bucket, or add this report's to it
version_added: 0.1.0
description:
  - With O(cloudrestore.aws.restore_role_report#module:history), each report writes a short history file to a directory and reads those of earlier
    reports. If that directory does not persist, such as in a job of AWX, this module fetches the files from a bucket before the report, and uploads
    the new one after it.
  - A file that is already in the directory is not fetched again. Nothing is deleted.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  state:
    description:
      - V(fetched) downloads the newest 90 history files from the bucket to the directory.
      - V(uploaded) uploads the newest history file of the directory to the bucket.
    type: str
    choices: [fetched, uploaded]
    default: fetched
  directory:
    description: Directory of the history files.
    type: path
    default: reports/history
  name:
    description: Name of the reports, as in O(cloudrestore.aws.restore_role_report#module:name).
    type: str
    required: true
  s3_bucket:
    description: Bucket of the history files.
    type: str
    required: true
  s3_prefix:
    description: Prefix of their keys.
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
    details: Nothing is downloaded or uploaded. Put C(check_mode=false) on the task to do it in check mode too, as the playbooks do.
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
- name: Fetch the history of earlier reports
  cloudrestore.aws.report_history:
    name: drift_report
    s3_bucket: example-reports
    s3_prefix: cloudrestore/history
  run_once: true
  check_mode: false
"""

RETURN = r"""
files:
  description: How many files were downloaded or uploaded.
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
