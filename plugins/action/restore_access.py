# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role restore_access in one process for each account: its variables are read, the account is converged, and evaluated.

As tasks of their own a look at the variables, restore_role and restore_role_verify, done or skipped, cost three workers for each
account, and an expression for each of the options.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ansible.executor import module_common
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.explain import what_failed
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import fleet, role, rollout
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.account import partition_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.plan import carried_out
from ansible_collections.cloudrestore.aws.plugins.module_utils._plans.document import Plan
from ansible_collections.cloudrestore.aws.plugins.module_utils._plans.places import Place
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.identity import Identity
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _kept, _unreached
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._fleet import Callers, Fleet
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._looked import Looked
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._variables import Variables

ARGUMENT_SPEC = {
    "part": {"type": "str", "choices": ["converge", "verify"], "default": "converge"},
    "fleet": {"type": "bool", "default": False},
    "waves": {"type": "bool", "default": False},
    "results": {"type": "str", "choices": ["returned", "stored"], "default": "returned"},
    "plan": {"type": "raw"},
    "give_up_after": {"type": "int", "default": 10},
}
_MODULE = "cloudrestore.aws.{}"
_KEY = f"{role.PREFIX}snapshot_kms_key_id"
_OPTIONS = {"restore_role": role.restore_role_options, "restore_role_verify": role.verify_options}


class _LookedAt(NamedTuple):
    """A host, the principal that it stands for, its connection options, and the key that its plans are signed with."""

    host: str
    meant: Identity
    connection: dict[str, Any]
    key: str


def _module(params: Mapping[str, Any]) -> str:
    return "restore_role_verify" if params["part"] == "verify" else "restore_role"


class ActionModule(ActionBase):  # type: ignore[misc]
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(ARGUMENT_SPEC)
        try:
            place = carried_out(params["plan"])
            work = self._look if params["fleet"] else self._account
            return result | work(params, task_vars or {}, place)
        except OptionError as error:
            return result | {"failed": True, "msg": error.message}

    def _account(self, params: dict[str, Any], task_vars: dict[str, Any], place: Place | None) -> dict[str, Any]:
        """What was done for this host. Raises OptionError where its variables cannot be right, or nothing may be done."""
        approved = Looked(task_vars).approved(place)
        variables = Variables(task_vars, self._templar)
        values, session = variables.values(), variables.session_with_mfa()
        way = self._way(values, params["give_up_after"])
        if cause := way.cause():
            raise OptionError(_given_up(cause, params["give_up_after"]))
        # Whoever asks for more output sees the results themselves.
        keeps = params["results"] == "stored" and not self._display.verbosity
        verifies = params["part"] == "verify"
        options = role.verify_options(values) if verifies else role.restore_role_options(values, approved)
        begun = _unreached.clock()
        done = self._run(_module(params), role.signed_in(options, session), task_vars)
        # An account that failed before any call tells nothing of the way.
        if not done.get("failed") or "connection_failure" in done:
            way.note(done.get("connection_failure") or None, begun)
        if verifies:
            return _kept.keep({"verification": done}, False) if keeps else done
        verification = None
        if role.is_verified(values, done, lambda value: boolean(value, strict=False)):
            observed = role.signed_in(role.verify_options(values, done.get("observed")), session)
            # Both are of one account, and have its time together.
            observed = role.with_time_left(observed, values, _unreached.clock() - begun)
            verification = self._run("restore_role_verify", observed, task_vars)
        told = role.told(options)
        if keeps:
            parts = {"result": done, "verification": verification, "options": told}
            return _kept.keep(parts, bool(self._task.diff))
        return done | {"verification": verification, "options": told}

    def _way(self, values: dict[str, Any], give_up_after: int) -> _unreached.Way:
        """How this account is reached, which those share that have the same connection options and are in the same partition."""
        connection = {name: values.get(role.PREFIX + name) for name in role.CONNECTION}
        partition = partition_of({"assume_role_arn": values.get(f"{role.PREFIX}assume_role_arn")})
        return _unreached.way(self._task._parent._play._uuid, connection | {"partition": partition}, give_up_after)

    def _look(self, params: dict[str, Any], task_vars: dict[str, Any], place: Place | None) -> dict[str, Any]:
        """What is wrong for all hosts of the play, which of them stand for one principal, in which waves they are worked on, and what was
        approved for each.

        Raises OptionError for a plan that cannot be carried out.
        """
        module = _module(params)
        hosts = Fleet(self._task, task_vars, self._loader)
        nothing = {"changed": False, "caller": "", "duplicates": {}, "rollout": {}}
        if not hosts.in_step:
            return nothing
        problem = hosts.problem_of_all(lambda variables: self._problem(module, variables))
        if problem:
            whom = f"This applies to all {len(hosts.hosts)} hosts, and nothing was done for any of them."
            told = whom if len(hosts.hosts) > 1 else "Nothing was done."
            return {"failed": True, "msg": f"{problem.rstrip('.')}. {told}"}
        nothing["rollout"] = self._rollout(hosts, Variables(task_vars, self._templar), params["waves"])
        # Once: Ansible puts the variables of a host together anew for each look.
        looked_at = [
            _LookedAt(host, fleet.meant(variables.get), variables.connection(), variables.get(_KEY) or "")
            for host, variables in hosts
        ]
        connections = [each.connection for each in looked_at]
        callers = Callers(lambda connection: self._caller(module, connection, task_vars))
        try:
            caller = callers.of_all(connections)
        except CallError as failure:
            whom = f" for any of {len(hosts.hosts)} hosts" if len(hosts.hosts) > 1 else ""
            told = f"Nothing was done{whom}: {what_failed(failure)}"
            return {"failed": True, "msg": told}
        principals = [
            (host, principal if principal.account_id else replace(principal, account_id=callers.account_id(connection)))
            for host, principal, connection, _key in looked_at
        ]
        # For the report: who ran it, and where hosts have connections of their own, who called with the first that answered.
        caller = caller or callers.first(connections)
        found = nothing | {"caller": caller, "duplicates": fleet.duplicates(principals)}
        if place is None:
            return found
        plan = self._plan(module, place, looked_at)
        approved, refused = fleet.approved(principals, plan, place.plan)
        return found | {_kept.KEPT_IN: _kept.put({"approved": approved, "not_planned": refused})}

    def _plan(self, module: str, place: Place, looked_at: Sequence[_LookedAt]) -> Plan:
        """The plan to carry out. Raises OptionError."""
        keys = sorted({each.key for each in looked_at if each.key})
        if len(keys) > 1:
            raise OptionError(
                f"{_KEY} is {keys[0]} for one host and {keys[1]} for another, but a plan has one signature. Nothing "
                "was done. Set the same key for all hosts."
            )
        start = self._action(module, {"name": "none", **looked_at[0].connection}).start()
        if start is None:
            raise OptionError(f"The plan {place.plan} cannot be read with these connection options. Nothing was done.")
        return _tasks.read_plan(place, start[1], partition_of(start[0]), keys[0] if keys else None)

    def _rollout(self, hosts: Fleet, variables: Variables, waves: bool) -> dict[str, Any]:
        """How the run begins, by what the first host has, as all that is asked once; empty without limits. Raises OptionError."""
        asked = rollout.asked(variables.read(role.OF_THE_RUN).get)
        return dict(rollout.rollout(asked, hosts.hosts, hosts.members)) if waves and asked else {}

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
        timeout = Variables(task_vars, self._templar).get(f"{role.PREFIX}timeout")
        options = {"name": "none", "assume_role_arn": entered, "timeout": timeout, **connection}
        start = self._action(module, options).start()
        try:
            return _tasks.caller(start[1], start[0]) if start else ""
        except OptionError:
            return ""

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


def _given_up(cause: Mapping[str, str], accounts: int) -> str:
    return (
        f"Nothing was done for this account: the last {accounts} accounts in a row failed because "
        f"{cause['endpoint']} cannot be reached ({cause['code']}: {cause['message'].rstrip('.')}) and this account "
        "is reached through the same network. Check the network, proxy, region and endpoint_url, and run again with "
        "--limit. restore_access_give_up_after sets how many; 0 tries every account."
    )
