# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An inventory beside Ansible's own: hosts and groups become part of that one when all of them are there, and none before.

Ansible's own takes a host for a group where both have one name, so that the groups have to be known before the hosts are named;
and those that templates make are only known once they were made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData

# What Ansible sets by itself where it first hears of a host.
_OF_THE_SOURCE = frozenset({"inventory_file", "inventory_dir"})
_BUILT_IN = frozenset({"all", "ungrouped"})


class HostName(str):
    """The name of a host, told from that of a group by its type alone: a template can make a group of any name."""

    __slots__ = ()


class Staged(InventoryData):  # type: ignore[misc]
    """What a plugin fills in place of the inventory; it calls its hosts by ``HostName``. ``refused``: groups that there are not."""

    def __init__(self, current_source: str | None) -> None:
        super().__init__()
        self.current_source = current_source
        self.refused: dict[str, None] = {}

    def set_variable(self, entity: str, varname: str, value: Any) -> None:
        """Of a host: no plugin of ours sets one of a group."""
        self.hosts[entity].set_variable(varname, value)

    def add_child(self, group: str, child: str) -> bool:
        """A host or a group to a group."""
        if isinstance(child, HostName):
            return bool(self.groups[group].add_host(self.hosts[child]))
        return self._nest(self, group, child)

    def move_to(self, inventory: Any, names: Mapping[str, str]) -> None:
        """Add all of it to ``inventory``. ``names``: host → the name that it gets there, which no group has then."""
        hosts = set(names.values())
        self.refused |= {f"group {name}": None for name in self.groups if name in hosts}
        groups = {name: group for name, group in self.groups.items() if name not in hosts}
        for name in groups:
            inventory.add_group(name)
        for name, group in groups.items():
            for child in group.child_groups:
                if child.name in groups:
                    self._nest(inventory, name, child.name)
        for name, host in self.hosts.items():
            inventory.add_host(names[name])
            for key, value in host.vars.items():
                if key not in _OF_THE_SOURCE:
                    inventory.set_variable(names[name], key, value)
        for name, group in groups.items():
            for host in group.hosts:
                inventory.add_child(name, names[host.name])

    def _nest(self, inventory: InventoryData, group: str, child: str) -> bool:
        """A group in a group; but none that is above it, nor everything in a part, which would stop Ansible."""
        if group == child or (group, child) == ("all", "ungrouped"):
            return False
        try:
            if child in _BUILT_IN:
                raise AnsibleError("everything cannot be part of a group")
            return bool(inventory.groups[group].add_child_group(inventory.groups[child]))
        except AnsibleError:
            self.refused[f"group {child} in group {group}"] = None
            return False
