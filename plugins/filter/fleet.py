# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the filters; the logic is in module_utils/_report/."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeGuard

from ansible.errors import AnsibleError, AnsibleFilterError
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role, rollout
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import fleet, summary, table
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.accepted import Acceptances, day_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.entry import entries_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.schema import (
    HIGH,
    NEEDS_ATTENTION,
    Report,
    Severity,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.summary import Summary
from ansible_collections.cloudrestore.aws.plugins.module_utils._version import VERSION
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _bounds, _kept
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._filters import guarded
from jinja2.exceptions import UndefinedError

FAILURE_VARIABLE = "restore_access_failure"
ACCEPTED_VARIABLE = "restore_access_accepted_risks"
_PARTS = ("result", "verification")
# What only a plan asks for.
_OPTIONS = "options"


def fleet_results(
    hosts: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    name: str = "",
    of: Sequence[str] = ("result", "verification"),
    waves: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Raises AnsibleFilterError if ``hosts`` is no list.

    ``name``: of the report; a failure of another play in the same run is none of its own. ``of``: which results it is about.
    ``waves``: a rollout, in which hosts may not have been begun.
    """
    placed = rollout.placed(waves or {})
    # As text: Ansible looks into every value that a task is given, which for 1,000 accounts takes it half a minute.
    return [
        {
            key: value if isinstance(value, (str, int)) else json.dumps(_plain(value))
            for key, value in _in_its_wave(account, placed).items()
            if key != _OPTIONS
        }
        for account in _results("fleet_results", hosts, hostvars, name, of)
    ]


# What a plan is made of.
_OF_A_PLAN = ("plan", "principal", "changes", "failed", "msg")


def fleet_plans(hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]], name: str = "") -> list[str]:
    """Raises AnsibleFilterError if ``hosts`` is no list. ``name``: of the report."""
    return [json.dumps(_planned(account)) for account in _results("fleet_plans", hosts, hostvars, name, ("result",))]


def _planned(account: Mapping[str, Any]) -> dict[str, Any]:
    returned = account.get("result") or {}
    result = json.loads(returned) if isinstance(returned, str) else _plain(returned)
    options = account.get("options") or result.get("options") or {}
    kept = {key: result[key] for key in _OF_A_PLAN if key in result}
    if "previous" in result:
        kept["previous"] = {"operations": result["previous"]["operations"]}
    return {
        "host": account["host"],
        "account_id": account["account_id"],
        "options": json.loads(options) if isinstance(options, str) else options,
        "result": kept,
    }


def _in_its_wave(account: dict[str, Any], placed: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    """With the number of its wave, if there are any. What was found where it was not begun is of a plan, and no result of the run."""
    number, not_begun = placed.get(account["host"], (0, ""))
    if not number:
        return account
    if not_begun:
        account = {key: value for key, value in account.items() if key not in _PARTS} | {"not_begun": not_begun}
    return account | {"wave": number}


def fleet_wave(
    before: Mapping[str, Any],
    hostvars: Mapping[str, Mapping[str, Any]],
    name: str = "",
    of: Sequence[str] = ("result", "verification"),
    wrong: Sequence[str] = tuple(NEEDS_ATTENTION),
    exposed_from: Severity = HIGH,
) -> dict[str, Any]:
    """``before``: a rollout; empty, it has no waves. ``wrong``: the statuses that no account should have."""
    if not before.get("waves"):
        return dict(before)
    known: Any = _plain(before)
    hosts = rollout.hosts_of(known, known["begun"] + 1)
    accepting = Acceptances(day_of(_now()), [bound.as_dict() for bound in _bounds.held()])
    entries = entries_of(_whole(_results("fleet_wave", hosts, hostvars, name, of)), accepting, exposed_from)
    return dict(rollout.after_wave(known, {entry["host"]: entry["status"] for entry in entries}, wrong))


def fleet_refusal(
    hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]], maximum: Any = "", name: str = ""
) -> str:
    """Why a run that would change so many of ``hosts`` is refused; empty if it is not. ``maximum``: accounts, or a percentage."""
    changes = unknown = 0
    for account in _results("fleet_refusal", hosts, hostvars, name, ("result",), whole=False):
        result: Any = account.get("result") or {"failed": True}
        known = not result.get("failed") and not result.get("unreachable")
        unknown += not known
        changes += bool(known and result.get("changed"))
    try:
        return rollout.refusal(maximum, changes, unknown, len(hosts))
    except RestoreAccessError as error:
        raise AnsibleFilterError(error.message) from None


def _plain(value: Any) -> Any:
    """Ansible's own kinds of containers as Python's, so that json sees what is in them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        # What AWX hands on from one job to the next goes through YAML, and a time comes out of it as one.
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value if isinstance(value, (str, int, float)) or value is None else str(value)


def _results(
    filter_name: str,
    hosts: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    report: str = "",
    of: Sequence[str] = ("result", "verification"),
    *,
    whole: bool = True,
) -> list[dict[str, Any]]:
    """``whole``: with what was kept in files."""
    if isinstance(hosts, str) or not isinstance(hosts, Sequence):
        raise AnsibleFilterError(f"{filter_name} expects a list of host names, such as ansible_play_hosts_all")
    results = []
    for host in hosts:
        variables = _variables(hostvars, host)
        failure = _value(variables, FAILURE_VARIABLE)
        account = {
            "host": str(host),
            "account_id": str(_value(variables, "account_id") or ""),
            "ou": str(_value(variables, "ou_path") or ""),
            "accepted_risks": _value(variables, ACCEPTED_VARIABLE),
        }
        if isinstance(failure, Mapping) and failure.get("report") == report:
            account["result"] = failure
        else:
            account |= _returned(variables, of) if whole else {"result": _value(variables, role.RESULT)}
        results.append({key: value for key, value in account.items() if value is not None})
    return results


def _returned(variables: Mapping[str, Any], of: Sequence[str]) -> dict[str, Any]:
    """``result`` and ``verification``, as the role registered them, or as JSON where they were kept in a file; None where there is none."""
    result = _value(variables, role.RESULT) if "result" in of else None
    verification = _value(variables, role.VERIFICATION) if "verification" in of else None
    whole = _kept.kept(result or verification)
    if whole is not None:
        return {part: whole.get(part) if part in of else None for part in _PARTS} | {_OPTIONS: whole.get(_OPTIONS)}
    if isinstance(result, Mapping) and "verification" in result:
        # The role's own: what another play of the run has verified is none of this one's.
        verification = result["verification"] if "verification" in of else None
        result = {key: value for key, value in result.items() if key != "verification"}
    return {"result": result, "verification": verification}


def _variables(hostvars: Mapping[str, Mapping[str, Any]], host: str) -> Mapping[str, Any]:
    """Put together once: Ansible does it anew each time."""
    try:
        return hostvars[host]
    except (AnsibleError, UndefinedError):
        return {}


def _value(variables: Mapping[str, Any], name: str) -> Any:
    """A host's variable; None if it has none, or one that cannot be made out: that is this host's affair alone."""
    try:
        value = variables.get(name)
        # What is undefined shows itself only when it is looked at. A task that was skipped has nothing to say.
        return None if not value or (isinstance(value, Mapping) and value.get("skipped")) else value
    except (AnsibleError, UndefinedError):
        return None


def fleet_report(hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]]) -> Report:
    """Raises AnsibleFilterError if ``hosts`` is no list."""
    now = _now()
    held = [bound.as_dict() for bound in _bounds.held()]
    accepting = Acceptances(day_of(now), held)
    accounts = entries_of(_whole(_results("fleet_report", hosts, hostvars)), accepting)
    return fleet.assemble(accounts, VERSION, now, notes=accepting.unreadable, bounds=held, risks=accepting.risks)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _whole(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """With what was kept as JSON as it was."""
    return [
        {
            key: json.loads(value) if key in _PARTS and isinstance(value, str) else value
            for key, value in account.items()
            if key != _OPTIONS
        }
        for account in results
    ]


def fleet_table(report: Any, width: int = 160) -> list[str]:
    """Raises AnsibleFilterError if ``report`` is none of fleet_report's."""
    if not _is_report(report):
        raise AnsibleFilterError("fleet_table expects the result of the filter cloudrestore.aws.fleet_report")
    if not isinstance(width, int):
        raise AnsibleFilterError("fleet_table: width must be a number of columns")
    return table.lines(report, width)


def _is_report(value: object) -> TypeGuard[Report]:
    return isinstance(value, Mapping) and "accounts" in value and "summary" in value


def fleet_summary(parts: Sequence[Mapping[str, Any]]) -> Summary:
    """Raises AnsibleFilterError if one of ``parts`` is no summary of a report."""
    if isinstance(parts, (str, Mapping)) or not isinstance(parts, Sequence):
        raise AnsibleFilterError("fleet_summary expects a list of summaries, as returned by restore_role_report")
    try:
        return summary.total(_plain(parts))
    except RestoreAccessError as error:
        raise AnsibleFilterError(error.message) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        functions = (
            fleet_plans,
            fleet_refusal,
            fleet_report,
            fleet_results,
            fleet_summary,
            fleet_table,
            fleet_wave,
        )
        return {function.__name__: guarded(function) for function in functions}
