# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module of the same name, run in the worker where that is the same."""

from __future__ import annotations

from typing import Any

from ..module_utils import _tasks
from ..module_utils._options.plan import PLAN_SPEC
from ..plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    argument_spec = PLAN_SPEC
    task = staticmethod(_tasks.restore_plan)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        # Ansible would keep the plans of all accounts, which are among the options, for every host.
        result.pop("invocation", None)
        return result
