# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role restore_access in one process for each account: its variables are read, the account is converged, and judged.

As tasks of their own a look at the variables, restore_role and restore_role_verify, done or skipped, cost three workers for each
account, and an expression for each of the options.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible.executor import module_common
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.explain import what_failed
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import fleet, role
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.account import partition_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.plan import carried_out
from ansible_collections.cloudrestore.aws.plugins.module_utils._plans.document import Plan
from ansible_collections.cloudrestore.aws.plugins.module_utils._plans.places import Place
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _kept
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._fleet import Callers, Fleet
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._variables import Variables

ARGUMENT_SPEC = {
    "part": {"type": "str", "choices": ["converge", "verify"], "default": "converge"},
    "fleet": {"type": "bool", "default": False},
    "results": {"type": "str", "choices": ["returned", "kept"], "default": "returned"},
    "plan": {"type": "raw"},
}
_MODULE = "cloudrestore.aws.{}"
_KEY = f"{role.PREFIX}snapshot_kms_key_id"
_UNKNOWN_PLAN = (
    "It is not known what the plan {} has for this host, so that nothing was done. A plan is looked at once for all hosts, in a play with the "
    "strategy linear: run cloudrestore.aws.converge, or the role as a whole, and leave restore_access_fleet to it."
)
_OPTIONS = {"restore_role": role.restore_role_options, "restore_role_verify": role.verify_options}


class _Looked:
    """What the look at all hosts has found for this one."""

    def __init__(self, task_vars: Mapping[str, Any]) -> None:
        looked = task_vars.get(role.FLEET)
        self._looked = looked if isinstance(looked, Mapping) else {}
        self._host = task_vars.get("inventory_hostname")

    @property
    def refusal(self) -> Any:
        """Why nothing is done for this host; None where nothing is wrong."""
        found = self._looked.get("duplicates")
        return found.get(self._host) if isinstance(found, Mapping) else None

    def of_plan(self) -> tuple[Any, Any]:
        """What was approved for this host, and why nothing was; both None where no plan was looked at.

        From a file that nobody else can write: an extra variable outranks what a task has registered.
        """
        parts = _kept.kept(self._looked) or {}
        approved, refused = (json.loads(parts.get(part, "{}")) for part in ("approved", "not_planned"))
        return approved.get(self._host), refused.get(self._host)


class ActionModule(ActionBase):  # type: ignore[misc]
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(ARGUMENT_SPEC)
        task_vars = task_vars or {}
        module = "restore_role_verify" if params["part"] == "verify" else "restore_role"
        try:
            place = carried_out(params["plan"])
        except OptionError as error:
            return result | {"failed": True, "msg": error.message}
        if params["fleet"]:
            return result | self._look(module, task_vars, place)
        looked = _Looked(task_vars)
        if looked.refusal:
            return result | {"failed": True, "msg": looked.refusal}
        approved, refused = looked.of_plan() if place else (None, None)
        if place and approved is None:
            return result | {"failed": True, "msg": refused or _UNKNOWN_PLAN.format(place.plan)}
        variables = Variables(task_vars, self._templar)
        try:
            values = variables.values()
        except OptionError as error:
            return result | {"failed": True, "msg": error.message}
        session = variables.session_with_mfa()
        # Whoever asks for more output sees the results themselves.
        keeps = params["results"] == "kept" and not self._display.verbosity
        options = (
            role.restore_role_options(values, approved) if module == "restore_role" else role.verify_options(values)
        )
        done = self._run(module, role.signed_in(options, session), task_vars)
        if params["part"] == "verify":
            return result | (_kept.keep({"verification": done}, False) if keeps else done)
        verification = None
        if role.is_verified(values, done, lambda value: boolean(value, strict=False)):
            observed = role.signed_in(role.verify_options(values, done.get("observed")), session)
            verification = self._run("restore_role_verify", observed, task_vars)
        told = role.told(options)
        if keeps:
            parts = {"result": done, "verification": verification, "options": told}
            return result | _kept.keep(parts, bool(self._task.diff))
        return result | done | {"verification": verification, "options": told}

    def _look(self, module: str, task_vars: dict[str, Any], place: Place | None) -> dict[str, Any]:
        """What is wrong for all hosts of the play, which of them stand for one principal, and what was approved for each."""
        hosts = Fleet(self._task, task_vars, self._loader)
        nothing = {"changed": False, "caller": "", "duplicates": {}}
        if not hosts.in_step:
            return nothing
        problem = hosts.problem_of_all(lambda variables: self._problem(module, variables))
        if problem:
            told = f"{problem.rstrip('.')}. It is the same for all {len(hosts.hosts)} hosts, and nothing was done for any of them."
            return {"failed": True, "msg": told}
        looked_at = [(host, fleet.meant(variables.get), variables.connection()) for host, variables in hosts]
        callers = Callers(lambda connection: self._caller(module, connection, task_vars))
        try:
            caller = callers.of_all([connection for _host, _meant, connection in looked_at])
        except CallError as failure:
            told = f"Nothing was done for any of {len(hosts.hosts)} hosts: {what_failed(failure)}"
            return {"failed": True, "msg": told}
        principals = [
            (host, principal if principal.account_id else replace(principal, account_id=callers.account_id(connection)))
            for host, principal, connection in looked_at
        ]
        found = nothing | {"caller": caller, "duplicates": fleet.duplicates(principals)}
        if place is None:
            return found
        try:
            plan = self._plan(module, place, hosts, task_vars)
        except OptionError as error:
            return {"failed": True, "msg": error.message}
        approved, refused = fleet.approved(principals, plan, place.plan)
        return found | {_kept.KEPT_IN: _kept.put({"approved": approved, "not_planned": refused})}

    def _plan(self, module: str, place: Place, hosts: Fleet, task_vars: dict[str, Any]) -> Plan:
        """The plan to carry out. Raises OptionError."""
        given = [(variables.get(_KEY) or "", variables.connection()) for _host, variables in hosts]
        keys = sorted({key for key, _connection in given if key})
        if len(keys) > 1:
            raise OptionError(
                f"{_KEY} is {keys[0]} for one host and {keys[1]} for another, and a plan has one signature. Nothing was done. Set one."
            )
        start = self._action(module, {"name": "none", **given[0][1]}).start()
        if start is None:
            raise OptionError(f"The plan {place.plan} cannot be read with these connection options. Nothing was done.")
        return _tasks.read_plan(place, start[1], partition_of(start[0]), keys[0] if keys else None)

    def _problem(self, module: str, variables: Variables) -> str | None:
        try:
            options = _OPTIONS[module](variables.values())
        except OptionError as error:
            return error.message
        problem: str | None = self._action(module, options).problem()
        return problem

    def _caller(self, module: str, connection: dict[str, Any], task_vars: dict[str, Any]) -> str:
        """Who calls with these connection options; empty where it is for the module to say what is wrong with them."""
        # The partition that the first host's account is in is that of the fleet.
        entered = Variables(task_vars, self._templar).get(f"{role.PREFIX}assume_role_arn")
        start = self._action(module, {"name": "none", "assume_role_arn": entered, **connection}).start()
        return _tasks.caller(start[1], partition_of(start[0])) if start else ""

    def _run(self, module: str, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """What the action of this name returns, as if it were a task of its own."""
        returned: dict[str, Any] = self._action(module, options).run(task_vars=task_vars)
        return returned

    def _action(self, module: str, options: dict[str, Any]) -> Any:
        task = self._task.copy()
        task.action = _MODULE.format(module)
        task.args = self._with_defaults(task.action, options)
        return self._shared_loader_obj.action_loader.get(
            task.action,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )

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
