# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of one host that the role restore_access takes: those that are set, and no others are looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _core

_SESSION = "restore_access_mfa_session"
_CREDENTIALS = ("access_key", "secret_key", "session_token")
_UNDEFINED = (
    " A variable of this host uses it in a template, but the host does not have it. Set it in the inventory, for the "
    "host or its group, or correct its name."
)
# Stands for a variable that is as if it were not set.
_OMITTED = object()


class Variables:
    def __init__(self, task_vars: Mapping[str, Any], templar: Any) -> None:
        self._task_vars, self._templar = task_vars, templar

    def values(self) -> dict[str, Any]:
        """What each variable is that is set, by its name. Raises OptionError for one that does not exist or cannot be."""
        given = [name for name in self._task_vars if name.startswith(role.PREFIX)]
        others = self._task_vars.get("restore_access_others", ())
        values = self.read(role.READ)
        for problem in role.problems(given, others, values):
            raise OptionError(problem)
        return values

    def get(self, name: str) -> Any:
        """What one variable is; None where it is not set, or cannot be made out, which is for its account to say."""
        value = self._task_vars.get(name)
        if value is None or (isinstance(value, str) and "{" not in value):
            return value
        try:
            return self.read([name]).get(name)
        except OptionError:
            return None

    def connection(self) -> dict[str, Any]:
        """The connection options that are set."""
        given = {name: self.get(role.PREFIX + name) for name in role.CONNECTION}
        return {name: value for name, value in given.items() if value}

    def read(self, names: Collection[str]) -> dict[str, Any]:
        """What each of these is that is set, whatever else there is. Raises OptionError for one that cannot be."""
        templated = {name: self._templated(name) for name in sorted({*names} & {*self._task_vars})}
        return {name: value for name, value in templated.items() if value is not _OMITTED}

    def _templated(self, name: str) -> Any:
        try:
            value = self._templar.template(self._task_vars[name])
        except AnsibleError as error:
            if type(error).__name__ == "AnsibleValueOmittedError":
                return _OMITTED
            text = _core.told(error)
            raise OptionError(f"{name}: {text}.{_UNDEFINED if 'undefined' in text else ''}") from None
        # Up to ansible-core 2.18 what is left out is a text that no other variable has.
        return _OMITTED if isinstance(value, str) and value == self._task_vars.get("omit") else value

    def session_with_mfa(self) -> dict[str, str]:
        """The connection options of the one session with MFA for all accounts; empty where there is none."""
        hostvars = self._task_vars.get("hostvars") or {}
        try:
            session = hostvars["localhost"].get(_SESSION)
        except KeyError:
            session = None
        if not isinstance(session, Mapping):
            return {}
        return {name: session[name] for name in _CREDENTIALS if name in session}
