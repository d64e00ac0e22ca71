# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the filters; the logic is in module_utils/_report/."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import fleet, table
from ansible_collections.cloudrestore.aws.plugins.module_utils._version import VERSION

RESULT_VARIABLE = "restore_access_result"


def fleet_report(hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Raises AnsibleFilterError if ``hosts`` is no list."""
    if isinstance(hosts, str) or not isinstance(hosts, Sequence):
        raise AnsibleFilterError("fleet_report takes a list of host names, such as ansible_play_hosts_all")
    results = []
    for host in hosts:
        found = hostvars[host]
        results.append((str(host), str(found.get("account_id", "")), found.get(RESULT_VARIABLE)))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return fleet.report(results, VERSION, now)


def fleet_table(report: Mapping[str, Any], width: int = 160) -> list[str]:
    """Raises AnsibleFilterError if ``report`` is none of fleet_report's."""
    if not isinstance(report, Mapping) or "accounts" not in report or "summary" not in report:
        raise AnsibleFilterError("fleet_table takes what the filter cloudrestore.aws.fleet_report returned")
    return table.lines(report, width)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"fleet_report": fleet_report, "fleet_table": fleet_table}
