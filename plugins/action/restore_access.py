# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role restore_access in one process for each account: its variables are read, the account is converged, and judged.

As tasks of their own a look at the variables, restore_role and restore_role_verify, done or skipped, cost three workers for each
account, and an expression for each of the options.
"""

from __future__ import annotations

from typing import Any

from ansible.executor import module_common
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._variables import Variables

ARGUMENT_SPEC = {"part": {"type": "str", "choices": ["converge", "verify"], "default": "converge"}}
_MODULE = "cloudrestore.aws.{}"


class ActionModule(ActionBase):  # type: ignore[misc]
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(ARGUMENT_SPEC)
        variables = Variables(task_vars or {}, self._templar)
        try:
            values = variables.values()
        except OptionError as error:
            return result | {"failed": True, "msg": error.message}
        session = variables.session_with_mfa()
        if params["part"] == "verify":
            return result | self._run(
                "restore_role_verify", role.signed_in(role.verify_options(values), session), task_vars
            )
        converged = self._run("restore_role", role.signed_in(role.restore_role_options(values), session), task_vars)
        verification = None
        if role.is_verified(values, converged, lambda value: boolean(value, strict=False)):
            options = role.signed_in(role.verify_options(values, converged.get("observed")), session)
            verification = self._run("restore_role_verify", options, task_vars)
        return result | converged | {"verification": verification}

    def _run(self, module: str, options: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """What the action of this name returns, as if it were a task of its own."""
        task = self._task.copy()
        task.action = _MODULE.format(module)
        task.args = self._with_defaults(task.action, options)
        action = self._shared_loader_obj.action_loader.get(
            task.action,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        returned: dict[str, Any] = action.run(task_vars=task_vars)
        return returned

    def _with_defaults(self, action: str, options: dict[str, Any]) -> dict[str, Any]:
        """With what ``module_defaults`` say of the module, or of its group."""
        if hasattr(module_common, "_apply_action_arg_defaults"):
            applied = module_common._apply_action_arg_defaults(action, self._task, options, self._templar)
        else:  # up to ansible-core 2.18
            groups = self._task._parent._play._action_groups
            applied = module_common.get_action_args_with_defaults(
                action, options, self._task.module_defaults, self._templar, action_groups=groups
            )
        return dict(applied)
