# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue says what the requirement says, action by action."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets import catalog, model
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.documents import as_list
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust import DesiredTrust
from moto.iam.aws_managed_policies import aws_managed_policies_data

DATA = Path(__file__).parents[1] / "data"
REQUIREMENT = json.loads((DATA / "requirement.json").read_text())
_GUIDE = json.loads((DATA / "permission_sets.json").read_text())
GUIDE, GUIDE_SOURCE = _GUIDE["permission_sets"], _GUIDE["source"]
TYPES = REQUIREMENT["resource_types"] | json.loads((DATA / "resource_types.json").read_text())["resource_types"]
EVERY = [
    (name, permission)
    for name, permission_set in catalog.PERMISSION_SETS.items()
    for permission in permission_set.permissions
]
RESTORE = catalog.PERMISSION_SETS["dynamodb_restore"]
REQUIRED = REQUIREMENT["permissions_policy"]["Statement"][0]["Action"]

# AWS's resource type for each kind of the catalogue; a restore touches no other type of the same action.
RESOURCE_TYPES = {
    catalog.TABLE: {"table"},
    model.TABLE_BACKUP: {"backup"},
    model.RESTORE_ROLES: {"role"},
    model.RULE: {"rule-on-default-event-bus"},
    model.TOPIC: {"topic"},
    model.QUEUE: {"queue"},
    model.MEMBER: {"account"},
    model.UNIT: {"organizationalunit"},
    model.ORGANIZATION_ROOT: {"root"},
    catalog.VAULT: {"backupVault"},
    catalog.RECOVERY_POINT: {"recoveryPoint"},
    catalog.KEY: {"key"},
    catalog.ROLE: {"role"},
    catalog.PRINCIPAL: {"role", "user"},
}


def test_dynamodb_restore_holds_the_35_actions_in_order():
    """In the order of the requirement."""
    assert len(REQUIRED) == 35
    assert list(RESTORE.actions) == REQUIRED


@pytest.mark.parametrize("name", sorted(GUIDE))
def test_each_list_of_the_guide_is_a_permission_set(name):
    permission_set = catalog.PERMISSION_SETS[name]
    assert list(permission_set.actions) == GUIDE[name]["actions"]
    assert permission_set.product_version in GUIDE_SOURCE
    assert (permission_set.page, permission_set.page_updated) == (GUIDE[name]["page"], GUIDE[name]["page_updated"])


@pytest.mark.parametrize("step", sorted(REQUIREMENT["steps"]))
def test_each_action_belongs_to_the_step_of_the_requirement(step):
    actions = [permission.action for permission in RESTORE.permissions if catalog.STEPS[permission.step] == step]
    assert sorted(actions) == REQUIREMENT["steps"][step]


@pytest.mark.parametrize(
    ("name", "permission"), EVERY, ids=[f"{name}-{permission.action}" for name, permission in EVERY]
)
def test_resource_kinds_are_those_that_aws_lets_a_policy_name(name, permission):
    types = set(TYPES[permission.action])
    assert bool(types) == bool(permission.resource_kinds)
    for kind in permission.resource_kinds:
        assert types & RESOURCE_TYPES[kind]


def test_an_action_has_the_same_kinds_in_every_set():
    kinds = {}
    for _name, permission in EVERY:
        assert sorted(kinds.setdefault(permission.action, permission.resource_kinds)) == sorted(
            permission.resource_kinds
        )


@pytest.mark.parametrize("name", sorted(catalog.PERMISSION_SETS))
def test_each_set_says_where_it_was_read_and_when(name):
    permission_set = catalog.PERMISSION_SETS[name]
    assert all((permission_set.source, permission_set.product_version, permission_set.page))
    assert re.fullmatch("20[0-9]{2}-[0-9]{2}-[0-9]{2}", permission_set.page_updated)
    assert all(
        permission.step in catalog.STEPS and permission.without.endswith(".")
        for permission in permission_set.permissions
    )


def test_native_backups_need_what_awss_own_role_holds():
    """The set is the policy of AWS that it names, in the version that it names, without what the 35 hold already."""
    permission_set = catalog.PERMISSION_SETS["aws_native_backup"]
    policy = json.loads(aws_managed_policies_data)[permission_set.page.rsplit("/", 1)[-1]]
    held = {action for statement in policy["Document"]["Statement"] for action in as_list(statement["Action"])}
    assert set(permission_set.actions) == {action for action in held if action.startswith("dynamodb:")} - set(
        RESTORE.actions
    )
    # The copy of AWS's policies may be newer than the catalogue; then this says what to look at.
    assert int(policy["DefaultVersionId"][1:]) >= int(permission_set.product_version[1:])


def test_each_action_says_what_fails_without_it():
    texts = [permission.without for permission in RESTORE.permissions]
    assert all(text.endswith(".") for text in texts)
    assert len(set(texts)) == 35


def test_the_backup_service_is_admitted_as_required():
    """In the words of the requirement."""
    wanted = DesiredTrust((), None, (catalog.BACKUP_SERVICE,), catalog.SID_APPLIANCE, catalog.SID_SERVICE)
    (ours,) = wanted.own("111122223333")
    assert {key: value for key, value in ours.items() if key != "Sid"} == REQUIREMENT["trust_policy"]["Statement"][0]


def test_the_external_id_is_asked_of_the_appliance_only():
    """Never of the service."""
    wanted = DesiredTrust(("111122223333",), "an-id", (catalog.BACKUP_SERVICE,), "A", "B")
    appliance, service = wanted.own("111122223333")
    assert appliance["Condition"] == {"StringEquals": {"sts:ExternalId": "an-id"}}
    assert "Condition" not in service


def test_sids_are_what_iam_takes_and_differ():
    sids = [
        catalog.SID_APPLIANCE,
        catalog.SID_SERVICE,
        *(permission_set.sid for permission_set in catalog.PERMISSION_SETS.values()),
    ]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)


@pytest.mark.parametrize("principal_type", ["role", "user"])
def test_the_operator_needs_only_reads_for_check_mode(principal_type):
    needed = catalog.operator_actions("check", principal_type)
    assert needed
    assert all(re.match("iam:(Get|List)", action) for action in needed)
    for mode in ("present", "absent"):
        assert set(needed) < set(catalog.operator_actions(mode, principal_type))
