# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the lookup; the logic is in module_utils/_report/dead_run.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: dead_run
short_description: Reconstruct the outcome of an interrupted run from its journals
version_added: 0.1.0
description:
  - Reads the snapshots and journals of one run in a directory on the controller. Makes no AWS call and changes nothing.
  - The playbook C(cloudrestore.aws.finish) uses it to write the report of such a run.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  _terms:
    description: Directories of runs, such as V(reports/snapshots/converge-20260101T120000Z). The name of the directory is the run ID.
    type: list
    elements: str
    required: true
  accounts:
    description: The accounts of the run.
    type: list
    elements: dict
    default: []
    suboptions:
      host:
        description: Name of the host for the account.
        type: str
        required: true
      account_id:
        description: 12-digit ID of the account.
        type: str
      assume_role_arn:
        description: Role that is assumed in the account, or a list with that role last. The account ID is taken from it if O(accounts[].account_id)
          is not set.
        type: raw
      principal_type:
        description: Whether the principal is a role or a user.
        type: str
        choices: [role, user]
        default: role
      name:
        description: Name of the role or user.
        type: str
        required: true
  snapshots:
    description: Where a rollback finds the snapshots, if not in the directory.
    type: str
  inventory:
    description: Arguments of C(-i) in the commands.
    type: list
    elements: str
    default: [INVENTORY]
notes:
  - Lookups run on the controller. The directory of the run has to be there.
seealso:
  - module: cloudrestore.aws.restore_role
  - module: cloudrestore.aws.restore_role_report
"""

EXAMPLES = r"""
- name: Show the outcome for each account
  ansible.builtin.debug:
    msg: "{{ lookup('cloudrestore.aws.dead_run', 'reports/snapshots/converge-20260101T120000Z', accounts=accounts).lines }}"
  vars:
    accounts:
      - host: orders
        account_id: "111122223333"
        name: VeeamDynamoDBRestore
"""

RETURN = r"""
_raw:
  description:
    - For each directory, C(results) by host, as M(cloudrestore.aws.restore_role) would have returned them, and C(lines), with the accounts to look at
      and the commands to run.
    - An account is done if its journal is complete and contains every operation of the plan. If there is no snapshot, nothing was changed.
  type: list
  elements: dict
  sample:
    - results:
        orders:
          failed: true
          msg: >-
            Account 111122223333, role VeeamDynamoDBRestore: run converge-20260101T120000Z left no snapshot of it, so nothing was changed: it needed
            no change, could not be examined, or was not started. Examine it again.
          changed: false
          changes: []
          unconfirmed: []
      lines:
        - 0 accounts done, 0 stopped in the middle, 1 not begun or without a change.
        - 'To check the accounts that are not done, then to complete them:'
        - ansible-playbook -i INVENTORY cloudrestore.aws.converge --limit orders --check --diff
        - ansible-playbook -i INVENTORY cloudrestore.aws.converge --limit orders
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.cloudrestore.aws.plugins.module_utils import _files
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import fleet, role
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import dead_run
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _command_line, _lookup

ARGUMENT_SPEC = {
    "accounts": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "host": {"type": "str", "required": True},
            "account_id": {"type": "str"},
            "assume_role_arn": {"type": "raw"},
            "principal_type": {"type": "str", "choices": ["role", "user"], "default": "role"},
            "name": {"type": "str", "required": True},
        },
    },
    "snapshots": {"type": "str"},
    "inventory": {"type": "list", "elements": "str", "default": ["INVENTORY"]},
}


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(self, terms: Sequence[Any], variables: Any = None, **options: Any) -> list[dict[str, Any]]:
        """Raises AnsibleLookupError."""
        directories = _lookup.terms("dead_run", terms)
        found: list[dict[str, Any]] = _lookup.run(
            "dead_run",
            ARGUMENT_SPEC,
            options,
            lambda params: [self._of(each, params, variables) for each in directories],
        )
        return found

    def _of(self, directory: str, params: Mapping[str, Any], variables: Any) -> dict[str, Any]:
        hosts = [
            dead_run.Host(each["host"], _account_id(each), each["principal_type"], each["name"])
            for each in params["accounts"]
        ]
        files = _read(directory)
        found = dead_run.accounts(os.path.basename(os.path.abspath(directory)), hosts, files)
        run = replace(_command_line.run_of(self._loader, variables or {}), inventory=tuple(params["inventory"]))
        lines = dead_run.lines(found, params["snapshots"] or directory, run, dead_run.strangers(hosts, files))
        return {"results": {one.host: one.result for one in found}, "lines": lines}


def _account_id(account: Mapping[str, Any]) -> str:
    """As a look at all hosts knows it; empty where neither option tells it."""
    return fleet.meant({f"{role.PREFIX}{name}": value for name, value in account.items()}.get).account_id


def _read(directory: str) -> dict[str, bytes]:
    """What a run left, by name. Raises AnsibleLookupError."""
    try:
        names = [name for name in sorted(os.listdir(directory)) if name.endswith((".json", ".jsonl"))]
        return {name: _files.read(os.path.join(directory, name), follow=False) for name in names}
    except OSError as error:
        raise AnsibleLookupError(
            f"dead_run: {error.filename or directory} cannot be read ({error.strerror or error}). Set it to the "
            "directory of a run below the snapshot directory. A run that changed nothing has none."
        ) from None
