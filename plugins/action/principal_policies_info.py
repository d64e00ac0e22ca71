# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module of the same name, run in the worker where that is the same."""

from __future__ import annotations

from ..module_utils import _tasks
from ..module_utils._options.verify import INFO_SPEC
from ..plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    argument_spec = INFO_SPEC
    task = staticmethod(_tasks.principal_policies_info)
