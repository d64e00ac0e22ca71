# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue says what the requirement says, action by action."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils import _catalog
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust import TrustWanted

DATA = Path(__file__).parents[1] / "data"
REQUIREMENT = json.loads((DATA / "requirement.json").read_text())
GUIDE = json.loads((DATA / "permission_sets.json").read_text())["permission_sets"]
RESTORE = _catalog.PERMISSION_SETS["dynamodb_restore"]
REQUIRED = REQUIREMENT["permissions_policy"]["Statement"][0]["Action"]

# AWS's resource type for each kind of the catalogue; a restore touches no other type of the same action.
RESOURCE_TYPES = {
    _catalog.TABLE: {"table"},
    _catalog.VAULT: {"backupVault"},
    _catalog.RECOVERY_POINT: {"recoveryPoint"},
    _catalog.KEY: {"key"},
    _catalog.ROLE: {"role"},
    _catalog.PRINCIPAL: {"role", "user"},
}


def test_dynamodb_restore_holds_the_35_actions_of_the_requirement_in_order():
    assert len(REQUIRED) == 35
    assert list(RESTORE.actions) == REQUIRED


@pytest.mark.parametrize("name", sorted(_catalog.PERMISSION_SETS))
def test_each_permission_set_is_the_guides_own_list(name):
    found = _catalog.PERMISSION_SETS[name]
    assert list(found.actions) == GUIDE[name]["actions"]
    assert (found.page, found.page_updated) == (GUIDE[name]["page"], GUIDE[name]["page_updated"])


@pytest.mark.parametrize("step", sorted(REQUIREMENT["steps"]))
def test_each_action_belongs_to_the_step_that_the_requirement_names(step):
    actions = [one.action for one in RESTORE.permissions if _catalog.STEPS[one.step] == step]
    assert sorted(actions) == REQUIREMENT["steps"][step]


@pytest.mark.parametrize("permission", RESTORE.permissions, ids=lambda one: one.action)
def test_resource_kinds_are_those_that_aws_lets_a_policy_name(permission):
    types = set(REQUIREMENT["resource_types"][permission.action])
    assert bool(types) == bool(permission.resource_kinds)
    for kind in permission.resource_kinds:
        assert types & RESOURCE_TYPES[kind]


def test_each_action_says_what_fails_without_it():
    texts = [permission.without for permission in RESTORE.permissions]
    assert all(text.endswith(".") for text in texts)
    assert len(set(texts)) == 35


def test_the_backup_service_is_admitted_as_the_requirement_words_it():
    wanted = TrustWanted((), None, (_catalog.BACKUP_SERVICE,), _catalog.SID_APPLIANCE, _catalog.SID_SERVICE)
    (ours,) = wanted.own
    assert {key: value for key, value in ours.items() if key != "Sid"} == REQUIREMENT["trust_policy"]["Statement"][0]


def test_the_external_id_is_asked_of_the_appliance_and_never_of_the_service():
    wanted = TrustWanted(("111122223333",), "an-id", (_catalog.BACKUP_SERVICE,), "A", "B")
    appliance, service = wanted.own
    assert appliance["Condition"] == {"StringEquals": {"sts:ExternalId": "an-id"}}
    assert "Condition" not in service


def test_sids_are_what_iam_takes_and_differ():
    sids = [_catalog.SID_APPLIANCE, _catalog.SID_SERVICE, *(one.sid for one in _catalog.PERMISSION_SETS.values())]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)


@pytest.mark.parametrize("principal_type", ["role", "user"])
def test_the_operator_needs_only_reads_for_check_mode(principal_type):
    needed = _catalog.operator_actions("check", principal_type)
    assert needed
    assert all(re.match("iam:(Get|List)", action) for action in needed)
    for mode in ("present", "absent"):
        assert set(needed) < set(_catalog.operator_actions(mode, principal_type))
