# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lookup operator_policy: the catalogue's operator actions as a policy, and no more."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleLookupError
from ansible_collections.cloudrestore.aws.plugins.lookup import operator_policy as shell
from ansible_collections.cloudrestore.aws.plugins.module_utils import _operator
from ansible_collections.cloudrestore.aws.plugins.module_utils._catalog import operator_actions

from tests.unit import test_documentation


def policy(*modes: str, **more: Any) -> dict[str, Any]:
    (found,) = shell.LookupModule().run(list(modes), {}, **more)
    return dict(found)


def actions(document: dict[str, Any]) -> list[str]:
    return sorted(action for one in document["Statement"] for action in one["Action"])


@pytest.mark.parametrize("kind", ["role", "user"])
@pytest.mark.parametrize("mode", _operator.MODES)
def test_it_holds_what_the_catalogue_says_for_the_mode(kind: str, mode: str):
    assert actions(policy(mode, principal_type=kind)) == list(operator_actions(mode, kind))


def test_check_mode_needs_reads_only():
    assert [one["Sid"] for one in policy("check")["Statement"]] == ["CloudrestoreOperatorReads"]


def test_several_modes_are_one_policy():
    found = policy("present", "absent", "simulate")
    expected = {one for mode in ("present", "absent", "simulate") for one in operator_actions(mode, "role")}
    assert actions(found) == sorted(expected)


def test_writes_are_on_the_named_principal_and_our_policy_only():
    found = policy("present", "absent", name="Restore", account_id="111122223333", policy_name="Ours")
    resources = {one["Sid"].removeprefix("CloudrestoreOperator"): one["Resource"] for one in found["Statement"]}
    account = "arn:aws:iam::111122223333:"
    assert resources == {
        "Reads": "*",
        "Principal": [account + "role/Restore", account + "role/*/Restore"],
        "Policy": [account + f"policy/{path}Ours{part}" for part in ("", "-part*") for path in ("", "*/")],
    }
    of_principal = next(one for one in found["Statement"] if one["Sid"].endswith("Principal"))
    assert all("Role" in action for action in of_principal["Action"])


def test_a_path_is_part_of_the_name():
    found = policy("present", name="backup/Restore", principal_type="user")
    (principal,) = [one["Resource"] for one in found["Statement"] if one["Sid"].endswith("Principal")]
    assert principal == ["arn:aws:iam::*:user/backup/Restore"]


@pytest.mark.parametrize(("modes", "words"), [(["all"], "There is no mode 'all'"), ([], "at least one mode")])
def test_a_mode_that_does_not_exist_is_named(modes: list[str], words: str):
    with pytest.raises(AnsibleLookupError, match=words):
        policy(*modes)


def test_each_option_and_mode_of_the_lookup_is_documented():
    documented = yaml.safe_load(shell.DOCUMENTATION)["options"]
    assert tuple(documented.pop("_terms")["choices"]) == _operator.MODES
    assert set(documented) == set(_operator.OPERATOR_SPEC)
    for name, option in _operator.OPERATOR_SPEC.items():
        assert test_documentation.facts(documented[name]) == test_documentation.facts(option)
