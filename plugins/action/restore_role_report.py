# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the module restore_role_report; the logic is in module_utils/_report/.

It runs where ansible-playbook runs: there are the results of all accounts, and there the report is written.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, files
from ansible_collections.cloudrestore.aws.plugins.module_utils._version import VERSION
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _bounds, _command_line

_NOT_WRITTEN = (
    "Check mode: the report was not written. Put 'check_mode: false' on the task to write it in check mode too."
)


def _plain(params: Any) -> Any:
    """Ansible's strings know where they come from; the report wants plain ones. Raises RestoreAccessError."""
    try:
        return json.loads(json.dumps(params, default=str))
    except (RecursionError, ValueError) as error:
        raise RestoreAccessError(f"results or parts cannot be read: {error}.") from None


class ActionModule(ActionBase):  # type: ignore[misc]
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(build.ARGUMENT_SPEC, required_one_of=build.REQUIRED_ONE_OF)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            held = [bound.as_dict() for bound in _bounds.held()]
            run = _command_line.run_of(self._loader, task_vars or {})
            built = build.build(_plain(params), VERSION, now, held, run)
            changed = files.differs(built.content)
            if self._task.check_mode:
                files.check(built.content)
            else:
                built.check()
                files.write(built.content)
        except RestoreAccessError as error:
            raise AnsibleActionFail(error.message) from None
        # Without an account it is a question whether a report could be written, and nobody waits for one.
        not_written = [_NOT_WRITTEN] if self._task.check_mode and built.report["accounts"] else []
        warnings = [*built.warnings, *not_written]
        return result | built.returned() | {"changed": changed} | ({"warnings": warnings} if warnings else {})
