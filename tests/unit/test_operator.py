# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lookup operator_policy: the catalogue's operator actions as a policy, and no more."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleLookupError
from ansible_collections.cloudrestore.aws.plugins.inventory import organization_accounts
from ansible_collections.cloudrestore.aws.plugins.lookup import operator_policy
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.operator_policy import MODES, OPERATOR_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import operator_actions
from ansible_collections.cloudrestore.aws.plugins.modules import organization_policies_info

from tests.unit import test_documentation

MEMBERS = "arn:aws:iam::*:role/OrganizationAccountAccessRole"


def policy(*modes: str, **more: Any) -> dict[str, Any]:
    (text,) = operator_policy.LookupModule().run(list(modes), {}, **more)
    return dict(text)


def actions(document: dict[str, Any]) -> list[str]:
    return sorted(action for statement in document["Statement"] for action in statement["Action"])


@pytest.mark.parametrize("kind", ["role", "user"])
@pytest.mark.parametrize("mode", MODES)
def test_it_holds_what_the_catalogue_says_for_the_mode(kind: str, mode: str):
    more = {"assume_role_arns": [MEMBERS]} if mode == "enter" or mode.startswith("assume_role") else {}
    assert actions(policy(mode, principal_type=kind, **more)) == list(operator_actions(mode, kind))


def test_check_mode_needs_reads_only():
    assert [statement["Sid"] for statement in policy("check")["Statement"]] == ["CloudrestoreOperatorReads"]


def test_several_modes_are_one_policy():
    document = policy("present", "absent", "simulate")
    expected = {
        operator_action
        for mode in ("present", "absent", "simulate")
        for operator_action in operator_actions(mode, "role")
    }
    assert actions(document) == sorted(expected)


def test_writes_are_on_the_named_principal_and_our_policy_only():
    document = policy("present", "absent", name="Restore", account_id="111122223333", policy_name="Ours")
    resources = {
        statement["Sid"].removeprefix("CloudrestoreOperator"): statement["Resource"]
        for statement in document["Statement"]
    }
    account = "arn:aws:iam::111122223333:"
    assert resources == {
        "Reads": "*",
        "Principal": [account + "role/Restore", account + "role/*/Restore"],
        "Policy": [account + f"policy/{path}Ours{part}" for part in ("", "-part*") for path in ("", "*/")],
    }
    of_principal = next(statement for statement in document["Statement"] if statement["Sid"].endswith("Principal"))
    assert all("Role" in action for action in of_principal["Action"])


def test_a_path_is_part_of_the_name():
    document = policy("present", name="backup/Restore", principal_type="user")
    (principal,) = [
        statement["Resource"] for statement in document["Statement"] if statement["Sid"].endswith("Principal")
    ]
    assert principal == ["arn:aws:iam::*:user/backup/Restore"]


def test_the_caller_s_own_account_needs_only_the_way_into_others():
    (only,) = policy("enter", assume_role_arns=[MEMBERS])["Statement"]
    assert (only["Action"], only["Resource"]) == (["sts:AssumeRole"], [MEMBERS])


def test_what_is_for_other_accounts_holds_nothing_of_check():
    for mode in ("enter", "assume_role_tags", "assume_role_source_identity", "organization", "principal_policies"):
        assert "iam:GetAccountSummary" not in operator_actions(mode, "role")


def test_reading_the_organization_is_what_its_modules_say():
    documented = organization_policies_info.DOCUMENTATION + organization_accounts.DOCUMENTATION
    named = set(re.findall(r"C\((organizations:[A-Za-z]+)\)", documented))
    assert named == set(operator_actions("organization", "role"))


@pytest.mark.parametrize(
    ("modes", "words"),
    [
        (["all"], "Unknown mode 'all'"),
        ([], "at least one mode"),
        (["enter"], "enter requires assume_role_arns"),
        (["assume_role_tags"], "assume_role_tags requires assume_role_arns"),
    ],
)
def test_a_mode_that_does_not_exist_is_named(modes: list[str], words: str):
    with pytest.raises(AnsibleLookupError, match=words):
        policy(*modes)


def test_each_option_and_mode_of_the_lookup_is_documented():
    documented = yaml.safe_load(operator_policy.DOCUMENTATION)["options"]
    assert tuple(documented.pop("_terms")["choices"]) == MODES
    assert set(documented) == set(OPERATOR_SPEC)
    for name, option in OPERATOR_SPEC.items():
        assert test_documentation.facts(documented[name]) == test_documentation.facts(option)
