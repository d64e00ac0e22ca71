# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hosts of a play with the variables of each, looked at once by one task, before a worker is started for every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible.template import Templar

from ..module_utils._aws.calls import CallError
from ..module_utils._aws.explain import is_of_connection
from ..module_utils._policy.arns import account_in
from ._variables import Variables

# Under these each host comes to a task by itself, run_once or not.
_NOT_IN_STEP = ("free", "host_pinned")
# Each that does not answer costs its time-out.
_FEW = 3


class Fleet:
    """``task``: the one that looks. ``loader``: Ansible's."""

    def __init__(self, task: Any, task_vars: Mapping[str, Any], loader: Any) -> None:
        self._task, self._loader = task, loader
        self._play = task._parent._play
        self.hosts: list[str] = list(task_vars.get("ansible_play_hosts_all") or ())

    @property
    def in_step(self) -> bool:
        """Whether one task stands for all hosts of the play."""
        return str(self._play.strategy).rpartition(".")[2] not in _NOT_IN_STEP

    def __iter__(self) -> Iterator[tuple[str, Variables]]:
        """Each host with its variables, as a task of the play has them."""
        manager = self._task.get_variable_manager()
        for host in self.hosts:
            found = manager.get_vars(play=self._play, host=manager._inventory.get_host(host), task=self._task)
            yield host, Variables(found, Templar(self._loader, variables=found))

    def members(self, name: str) -> list[str] | None:
        """The hosts that a host's or a group's name stands for, and nothing else is looked for; None if the inventory has none such."""
        inventory = self._task.get_variable_manager()._inventory
        if name in inventory.hosts:
            return [name]
        group = inventory.groups.get(name)
        return None if group is None else [host.name for host in group.get_hosts()]

    def problem_of_all(self, problem: Callable[[Variables], str | None]) -> str | None:
        """What ``problem`` says, if it says the same of every host; else None: then it is for each account to say.

        It ends at the first host with which nothing, or something else, is wrong.
        """
        first = None
        for _host, variables in self:
            told = problem(variables)
            if told is None or told != (first or told):
                return None
            first = told
        return first


class Callers:
    """Where connection options lead, asked once for all hosts with the same.

    ``ask``: the ARN that calls with these options, empty where nobody can say. Raises CallError.
    """

    def __init__(self, ask: Callable[[dict[str, Any]], str]) -> None:
        self._ask = ask
        self._known: dict[str, str] = {}

    def of_all(self, connections: Sequence[dict[str, Any]]) -> str:
        """The ARN of the one caller; empty if there are several. Raises CallError for what keeps every account from being reached."""
        if not connections or any(connection != connections[0] for connection in connections):
            return ""
        try:
            return self._arn(connections[0])
        except CallError as failure:
            if is_of_connection(failure):
                raise
            return ""

    def first(self, connections: Sequence[dict[str, Any]]) -> str:
        """The ARN of the first of a few that answers; empty if none does."""
        distinct = {repr(sorted(connection.items())): connection for connection in connections}
        for connection in list(distinct.values())[:_FEW]:
            try:
                if arn := self._arn(connection):
                    return arn
            except CallError:
                continue
        return ""

    def account_id(self, connection: dict[str, Any]) -> str:
        """Empty where it cannot be known, which the account's own task says."""
        try:
            return account_in(self._arn(connection))
        except CallError:
            return ""

    def _arn(self, connection: dict[str, Any]) -> str:
        key = repr(sorted(connection.items()))
        if key not in self._known:
            self._known[key] = self._ask(connection)
        return self._known[key]
