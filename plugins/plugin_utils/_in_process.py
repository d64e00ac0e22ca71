# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shell by which an action plugin runs a module's logic in Ansible's worker, without a new Python for each host.

It does so where the module would run with the same Python, user and environment on the same machine, and where there is
nothing to say about the options. Everything else is left to the module itself, which then has the words for it.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass, replace
from typing import Any, ClassVar

from ansible import constants
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible_collections.amazon.aws.plugins.module_utils.botocore import (
    check_sdk_version_supported,
    get_aws_connection_info,
)
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleBotocoreError

from ..module_utils import _module
from ..module_utils._aws import credentials_in_urls
from ..module_utils._aws.session import Connection, check_config, check_one_identity
from ..module_utils._errors import OptionError, RestoreAccessError
from ..module_utils._options import bounds
from ..module_utils._options.bounds import Bound
from ..module_utils._policy.errors import CollectionError
from ..module_utils._tasks import ModuleContext
from . import _aws_actions, _bounds, _core, _lists, _primed

try:
    from botocore.exceptions import BotoCoreError
except ImportError:
    BotoCoreError = AnsibleBotocoreError

# What json raises for what it cannot write.
_NO_JSON = (OverflowError, RecursionError, TypeError, ValueError)
_AUTO = ("", "auto", "auto_silent", "auto_legacy", "auto_legacy_silent")
# What AnsibleModule has something to say about when such an option is used.
_SPEAKING = ("removed_in_version", "removed_at_date")


class _LeftToTheModuleError(CollectionError):
    """The task has to run as a module. Nothing was called yet."""


class InProcessAction(NormalAction):  # type: ignore[misc]
    """``argument_spec`` and ``task``: what the module of the same name hands to ``_module.run``."""

    argument_spec: ClassVar[Mapping[str, Any]]
    # The bounds of the controller that its options are held against, wherever the module is to run.
    bounds: ClassVar[Sequence[str]] = ()

    @staticmethod
    def task(context: ModuleContext) -> dict[str, Any]:
        raise NotImplementedError

    @staticmethod
    def check(params: Mapping[str, Any]) -> None:
        """Raises OptionError for options that cannot be right, wherever they are used."""

    def problem(self) -> str | None:
        """What is wrong with the options, as far as it can be told without a call; None for nothing.

        What goes beyond a bound is not wrong: each account refuses it, and the report says so.
        """
        args = _lists.split(self.argument_spec, self._task.args)
        try:
            result = _validation(_module.full_argument_spec(self.argument_spec), args)
            if result.error_messages:
                return ". ".join(result.error_messages)
            self.check(result.validated_parameters)
        except OptionError as error:
            return error.message
        except _NO_JSON:
            # The module has the words for it.
            return None
        return None

    def start(self) -> tuple[Mapping[str, Any], Connection] | None:
        """The options and the connection; None where the module itself is to say what is wrong with them."""
        try:
            params, connection, _secrets = _validated(
                self.argument_spec, _lists.split(self.argument_spec, self._task.args)
            )
        except _LeftToTheModuleError:
            return None
        return params, connection

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        self._task.args = _lists.split(self.argument_spec, self._task.args)
        try:
            held = [bound for bound in _bounds.held() if bound.name in self.bounds] if self.bounds else []
            _check_bounds(self.argument_spec, self._task.args, held)
        except OptionError as error:
            return {"failed": True, "msg": error.message}
        # Wherever the module is to run: the list of AWS's actions is here only.
        _aws_actions.warn_of_unknown(self._task.args, self._display.warning)
        result = self._run(tmp, task_vars)
        closed = bounds.forbidden(held)
        return without_ways_out(result, closed) if closed else result

    def _run(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        try:
            self._check_place(task_vars or {})
            options = _validated(self.argument_spec, self._task.args)
            context = _WorkerContext(*options, bool(self._task.check_mode), _returns_invocation(task_vars or {}))
        except _LeftToTheModuleError:
            secrets = credentials_in_urls.to_mask(self._task.args)
            result: dict[str, Any] = super().run(tmp, task_vars)
            return _without_secrets(result, secrets) if secrets else result
        with _without_garbage_collection():
            return _carried_out(context, self.task, self._display.verbosity)

    def _check_place(self, task_vars: Mapping[str, Any]) -> None:
        """Raises _LeftToTheModuleError where the module would run elsewhere, as somebody else, or in another environment."""
        elsewhere = self._connection.transport != "local" or self._connection.become is not None
        if elsewhere or self._task.async_val or any(self._task.environment or ()):
            raise _LeftToTheModuleError
        delegate = self._task.delegate_to
        variables = task_vars["ansible_delegated_vars"][delegate] if delegate else task_vars
        interpreter_option = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
        interpreter = str(self._templar.template(interpreter_option) or "").strip()
        # A discovered interpreter is Ansible's guess at a Python that works. This one does.
        if interpreter not in _AUTO and _place(interpreter) != _place(sys.executable):
            raise _LeftToTheModuleError


def without_ways_out(result: dict[str, Any], closed: Sequence[str]) -> dict[str, Any]:
    """The result, in which no option that the controller forbids is named as a way out without saying so.

    Only in what is told: documents, snapshots and differences stay what was read and written.
    """

    def told(value: Any) -> Any:
        for option in closed if isinstance(value, str) else ():
            value = value.replace(f"{option}: true", f"{option}: true (which this controller does not allow)")
        return value

    lists = {key: value for key, value in result.items() if key in _TELLING_LISTS and isinstance(value, list)}
    return {
        **{key: told(value) if key in _TELLING else value for key, value in result.items()},
        **{key: [_with_told(entry, told) for entry in entries] for key, entries in lists.items()},
    }


def _with_told(entry: Any, told: Callable[[Any], Any]) -> Any:
    if not isinstance(entry, Mapping):
        return told(entry)
    return {key: told(value) if key in _TELLING else value for key, value in entry.items()}


# Where results have sentences: by themselves, and in lists of entries or of texts.
_TELLING = ("msg", "message", "reason", "remedy")
_TELLING_LISTS = ("drift", "unresolved", "requirements", "findings", "left_in_place", "warnings")


def _check_bounds(own_spec: Mapping[str, Any], options: Mapping[str, Any], held: Sequence[Bound]) -> None:
    """Raises OptionError. What this takes for no valid options, the module refuses by the same specification."""
    if not held:
        return
    try:
        result = _validation(_module.full_argument_spec(own_spec), options)
    except _NO_JSON:
        message = (
            "The options contain a value that is not valid in JSON, so they cannot be checked against the "
            "controller's bounds."
        )
        raise OptionError(f"{message} Nothing was done.") from None
    if not result.error_messages:
        bounds.check(result.validated_parameters, held)


def _place(interpreter: str) -> tuple[str, str]:
    """An interpreter and the directory it is called in: a virtual environment's is a link to one outside of it."""
    return os.path.realpath(os.path.dirname(interpreter)), os.path.realpath(interpreter)


def _validation(spec: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    """Ansible's own. Raises one of _NO_JSON."""
    # Ansible's strings carry tags, such as where they come from. A module gets none of that.
    return ArgumentSpecValidator(spec).validate(_core.plain_data(options))


def _validated(own_spec: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[dict[str, Any], Connection, set[str]]:
    """Options, connection, and the values that must not be shown. Raises _LeftToTheModuleError if anything is amiss."""
    spec = _module.full_argument_spec(own_spec)
    try:
        result = _validation(spec, options)
    except _NO_JSON:
        raise _LeftToTheModuleError from None
    params: dict[str, Any] = result.validated_parameters
    if result.error_messages or any(_says_something(name, spec[name], options) for name in spec):
        raise _LeftToTheModuleError
    if params["debug_botocore_endpoint_logs"]:
        raise _LeftToTheModuleError
    secrets = {str(params[name]) for name, option in spec.items() if option.get("no_log") and params[name]}
    return params, _connection(params), secrets | credentials_in_urls.to_mask(params)


def _says_something(name: str, option: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    """Whether AnsibleModule warns of the way in which an option is given."""
    used = [alias for alias in (name, *option.get("aliases", ())) if alias in options]
    # A fallback, such as an environment variable, counts as the option's own name.
    twice = len(used) > 1 or ("fallback" in option and used not in ([], [name]))
    # amazon.aws 9 has some of its connection options.
    deprecated = {alias["name"] for alias in option.get("deprecated_aliases") or ()}
    return twice or not deprecated.isdisjoint(used) or bool(used and any(option.get(key) for key in _SPEAKING))


class _Options:
    """As much of AnsibleAWSModule as amazon.aws resolves a connection from."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params

    def fail_json(self, **_facts: Any) -> None:
        raise _LeftToTheModuleError


def _connection(params: Mapping[str, Any]) -> Connection:
    try:
        check_sdk_version_supported(warn=_leave_to_the_module)
        check_one_identity(params)
        check_config(params["aws_config"])
        resolved = Connection(*get_aws_connection_info(_Options(params)))
    except (AnsibleBotocoreError, BotoCoreError, OptionError, TypeError, ValueError):
        raise _LeftToTheModuleError from None
    return replace(resolved, new_session=_primed.PrimedSession)


def _leave_to_the_module(_message: str) -> None:
    raise _LeftToTheModuleError


def _returns_invocation(variables: Mapping[str, Any]) -> bool:
    """Whether a module would return its options. Up to ansible-core 2.20 it always does, then there is a setting."""
    if constants.config.get_configuration_definition("INJECT_INVOCATION") is None:
        return True
    return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=variables))


class _WorkerContext:
    def __init__(
        self,
        params: dict[str, Any],
        connection: Connection,
        secrets: set[str],
        check_mode: bool,
        returns_invocation: bool,
    ) -> None:
        self.params: Mapping[str, Any] = params
        self.check_mode = check_mode
        self.secrets = secrets
        self.returns_invocation = returns_invocation
        self.warnings: list[str] = []
        self._connection = connection

    def connection(self) -> Connection:
        return self._connection

    def warn(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """For as long as this lasts, which is one account.

    A worker inherits the whole heap of its parent. To look through it once costs it more than half of what the task does,
    since every page that is touched must be copied.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _carried_out(
    context: _WorkerContext, task: Callable[[ModuleContext], dict[str, Any]], verbosity: int
) -> dict[str, Any]:
    try:
        result = task(context)
    except RestoreAccessError as error:
        result = {**error.facts, "failed": True, "msg": error.message}
    except Exception as error:  # noqa: BLE001 (what escapes here would be shown without its secrets being masked)
        result = {"failed": True, "msg": f"{type(error).__name__}: {error}"}
        if verbosity > 2:
            result["exception"] = "".join(traceback.format_exception(error))
    return _shown(result, context)


def _shown(result: Mapping[str, Any], context: _WorkerContext) -> dict[str, Any]:
    """The result as it comes back from a module: plain JSON, nothing secret in it."""
    shown: dict[str, Any] = _masked(result, context.secrets)
    if context.warnings:
        shown["warnings"] = _masked(context.warnings, context.secrets)
    if context.returns_invocation:
        shown["invocation"] = _masked({"module_args": context.params}, context.secrets)
    return shown


def _masked(value: Any, secrets: set[str]) -> Any:
    written = json.dumps(value)
    # To look for them in each single value takes longer than all the rest of the task around its calls.
    if any(json.dumps(secret)[1:-1] in written for secret in secrets):
        written = json.dumps(remove_values(value, secrets))
    return json.loads(written)


def _without_secrets(value: Any, secrets: set[str]) -> Any:
    """What Ansible made of a module's result. Errors and warnings in it are dataclasses from ansible-core 2.19 on."""
    if isinstance(value, str):
        return remove_values(value, secrets)
    if isinstance(value, Mapping):
        return {name: _without_secrets(item, secrets) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_without_secrets(item, secrets) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{each.name: _without_secrets(getattr(value, each.name), secrets) for each in fields(value)}
        )
    return value


# Ansible loads the action plugins that a play uses before it forks the workers.
with suppress(_LeftToTheModuleError):
    _primed.prime(_validated({}, {})[1])
