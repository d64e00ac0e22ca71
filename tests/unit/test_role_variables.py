# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role's variables as options of its modules: what comes first, when the account is evaluated, and what is refused before anything."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._variables import Variables

from tests.core import OF_EVERY_TASK, trusted

P = role.PREFIX
READ, NOTHING = {"service_control_policies": []}, {"service_control_policies": None}
CHECKED, APPLIED = {"check_mode": True}, {"check_mode": False}
SESSION = {"access_key": "a", "secret_key": "b", "session_token": "c"}


def variables(**given: Any) -> Variables:
    task_vars = OF_EVERY_TASK | {name: trusted(value) for name, value in given.items()}
    task_vars["restore_access_others"] = ["restore_access_others", "restore_access_report_dir"]
    return Variables(task_vars, Templar(DataLoader(), task_vars))


@pytest.mark.parametrize(
    ("values", "option", "expected"),
    [
        ({"account_id": "111122223333"}, "account_id", "111122223333"),
        ({"account_id": "1", f"{P}account_id": "2"}, "account_id", "2"),
        ({f"{P}organization_policies": NOTHING}, "organization_policies", NOTHING),
        ({f"{P}organization_policies": NOTHING, f"{P}organization_policies_read": READ}, "organization_policies", READ),
        (
            {f"{P}organization_policies": NOTHING, f"{P}organization_policies_read": None},
            "organization_policies",
            NOTHING,
        ),
        ({f"{P}appliance_policies_read": [1]}, "appliance_policies", [1]),
        ({f"{P}tags": {}}, "tags", None),
        ({f"{P}assume_role_mfa_code": "123456"}, "assume_role_mfa_code", None),
        ({f"{P}observed": {"a": 1}}, "observed", None),
    ],
)
def test_what_comes_first(values: dict[str, Any], option: str, expected: Any):
    assert role.verify_options(values).get(option) == expected


def test_a_session_takes_the_place_of_the_profile():
    options = role.restore_role_options({f"{P}profile": "mfa", f"{P}name": "r"})
    assert role.signed_in(options, SESSION) == {"name": "r", **SESSION}
    assert role.signed_in(options, {}) == {"name": "r", "profile": "mfa"}


@pytest.mark.parametrize(
    ("values", "result", "expected"),
    [
        ({}, CHECKED, False),
        ({}, APPLIED, True),
        ({f"{P}verify": True}, CHECKED, True),
        ({f"{P}verify": "no"}, APPLIED, False),
        ({f"{P}organization_policies": NOTHING}, CHECKED, True),
        ({f"{P}organization_policies_read": READ}, CHECKED, True),
        ({f"{P}organization_policies_read": None}, CHECKED, False),
        ({f"{P}state": "absent", f"{P}verify": True}, APPLIED, False),
        ({f"{P}snapshot": {}, f"{P}verify": True}, APPLIED, False),
        ({f"{P}verify": True}, APPLIED | {"failed": True}, False),
        ({f"{P}verify": True}, {"unreachable": True}, False),
    ],
)
def test_when_every_requirement_is_evaluated(values: dict[str, Any], result: dict[str, Any], expected: bool):
    assert role.is_verified(values, result, lambda value: value in (True, "yes")) is expected


def test_only_what_is_set_is_read():
    """An expression of another variable is not looked at: it may be made with what only another task has."""
    read = variables(
        account_id="111122223333",
        restore_access_name="Backup",
        restore_access_tags="{{ {'team': team} }}",
        team="a",
        restore_access_report_dir="{{ of_nobody }}",
    )
    assert read.values() == {
        "account_id": "111122223333",
        "restore_access_name": "Backup",
        "restore_access_tags": {"team": "a"},
    }


def test_what_is_left_out_is_not_set():
    read = variables(restore_access_name="Backup", restore_access_region="{{ omit }}")
    assert read.values() == {"restore_access_name": "Backup"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"restore_access_nmae": "x"}, "Unknown variable: restore_access_nmae. See the list in the README"),
        ({"restore_access_b": "", "restore_access_a": ""}, "Unknown variable: restore_access_a, restore_access_b."),
        ({"restore_access_observed": {}}, "Unknown variable: restore_access_observed"),
        ({"restore_access_verify": "maybe"}, "restore_access_verify must be one of true, false, yes, no"),
        (
            {"restore_access_method": "guess"},
            "restore_access_method must be one of evaluate, simulate, both. It is guess.",
        ),
        ({"restore_access_tags": "{{ team }}"}, "restore_access_tags: 'team' is undefined."),
        (
            {"account_id": "{{ team }}"},
            "account_id: 'team' is undefined. A variable of this host uses it in a template",
        ),
    ],
)
def test_what_is_refused_before_anything_is_called(given: dict[str, Any], message: str):
    with pytest.raises(OptionError) as refused:
        variables(**given).values()
    assert message in refused.value.message
