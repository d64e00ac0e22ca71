# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the callback; the logic is in module_utils/_report/progress.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: aggregate
short_description: Show the progress of a run over many accounts
version_added: 0.1.0
description:
  - Prints a line at intervals while M(cloudrestore.aws.restore_role) or M(cloudrestore.aws.restore_role_verify) work through the accounts of a play.
    The line shows the accounts that are done, drifted and failed, the time elapsed, and about how much time is left.
  - The lines are plain text, for a terminal, a log file and the job log of AWX alike. Short runs print none.
author:
  - cloudrestore maintainers (@cloudrestore)
requirements:
  - enable in configuration, C(ANSIBLE_CALLBACKS_ENABLED=cloudrestore.aws.progress)
extends_documentation_fragment:
  - cloudrestore.aws.progress
notes:
  - P(cloudrestore.aws.fleet#callback) shows the same progress in place of Ansible's own output.
seealso:
  - plugin: cloudrestore.aws.fleet
    plugin_type: callback
"""

EXAMPLES = r"""
ansible.cfg: |
  [defaults]
  callbacks_enabled = cloudrestore.aws.progress

  [cloudrestore_progress]
  interval = 30
"""

import time
from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.progress import Progress, has_drifted, what


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "cloudrestore.aws.progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._play: Any = None
        self._progress: Progress | None = None

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._play, self._progress = play, None

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        about = what(task.action, task.args, bool(task.check_mode), self._play.get_vars())
        hosts = self._play.get_variable_manager().get_vars(play=self._play).get("ansible_play_batch", ())
        started = time.monotonic()
        self._progress = Progress(about, len(hosts), started, self.get_option("interval")) if about else None

    def v2_runner_on_ok(self, result: Any) -> None:
        returned = result.result if hasattr(result, "result") else result._result
        self._count(drifted=has_drifted(returned), failed=False)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._count(drifted=False, failed=True)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._count(drifted=False, failed=True)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._count(drifted=False, failed=False)

    def _count(self, *, drifted: bool, failed: bool) -> None:
        if self._progress is None:
            return
        self._progress.count(drifted=drifted, failed=failed)
        now = time.monotonic()
        if self._progress.due(now):
            self._display.display(self._progress.line(now))
