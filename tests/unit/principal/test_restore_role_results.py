# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What restore_role returns has the keys and the words that its RETURN documents."""

from __future__ import annotations

import re
from typing import get_args, get_type_hints

import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.apply.results import (
    FailureFacts,
    RestoreRoleResult,
)
from ansible_collections.cloudrestore.aws.plugins.modules import restore_role

from tests.unit.principal.test_results import documented, keys_of

RETURN = yaml.safe_load(restore_role.RETURN)
# Every module has them, and no RETURN describes them.
OF_ANSIBLE = {"changed", "diff"}
# The module adds it, which knows how the account was entered.
# Which the session has: test_session_policy.py, test_deadline.py.
OF_THE_SESSION = {"connection_failure", "session_policy"}
ON_FAILURE = {key for key, entry in RETURN.items() if entry["returned"] == "when an operation failed"}
# RETURN describes them in a sentence: as the entry of another key.
LIKE = {"unresolved": "drift", "after": "before", "not_done": "changes", "unconfirmed": "changes"}


def test_keys_are_documented() -> None:
    keys = {key: inside for key, inside in keys_of(RestoreRoleResult).items() if key not in OF_ANSIBLE}
    described = documented({key: RETURN[LIKE.get(key, key)] for key in RETURN.keys() - ON_FAILURE - OF_THE_SESSION})
    assert keys == described


def test_keys_of_a_failure_are_documented() -> None:
    keys = keys_of(FailureFacts)
    assert keys.keys() - {"changed", "changes"} == ON_FAILURE
    assert {key: keys[key] for key in ON_FAILURE} == documented({key: RETURN[LIKE[key]] for key in ON_FAILURE})


def test_states_are_documented() -> None:
    """RETURN says: as the option, or what it names itself."""
    (of_rollback,) = re.findall(r"V\((\w+)\)", RETURN["state"]["description"])
    assert get_args(get_type_hints(RestoreRoleResult)["state"]) == (*RESTORE_ROLE_SPEC["state"]["choices"], of_rollback)
