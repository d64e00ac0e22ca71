# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module of the same name, run in the worker where that is the same."""

from __future__ import annotations

from ..module_utils import _tasks
from ..module_utils._options.verify import VERIFY_SPEC
from ..plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    argument_spec = VERIFY_SPEC
    # Looking at an account lets nobody in; but what is stated, or accepted, makes a verdict better than it is.
    bounds = ("allow_stated_facts", "allow_accepted_risks")
    task = staticmethod(_tasks.restore_role_verify)
    check = staticmethod(_tasks.check_restore_role_verify)
