# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several permission sets on one principal, the catalogue's and the user's own: asked for, evaluated and granted together."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import (
    RESTORE_ROLE_SPEC,
    desired_state,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import PERMISSION_SETS

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import run, validated, verify

EXPORTS = {"name": "exports", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::exports/*"]}


def options(*own: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**scenes.OPTIONS, "custom_permission_sets": list(own), **more}


def judged(iam: MemoryIam, *own: dict[str, Any], **more: Any) -> dict[str, Any]:
    return verify(iam, options(*own, organization_policies=scenes.NO_ORGANIZATION, **more))


def verdict(result: dict[str, Any], action: str) -> str:
    (requirement,) = [requirement for requirement in result["requirements"] if requirement["requirement"] == action]
    return str(requirement["verdict"])


@pytest.mark.parametrize("match", ["effect", "exact"])
def test_every_set_of_the_catalogue_fits_on_one_role_together(match: str):
    iam = scenes.account(inline={})
    asked = {**scenes.OPTIONS, "permission_sets": sorted(PERMISSION_SETS), "match": match}
    result = run(iam, asked)
    assert result["unresolved"] == []
    assert run(iam, asked)["changes"] == []
    verified = verify(iam, {**scenes.OPTIONS, "permission_sets": sorted(PERMISSION_SETS)})
    assert verified["missing_permissions"] == []
    assert verified["drifted"] is False


def test_what_a_role_holds_for_restores_does_not_do_for_backups():
    result = run(scenes.account(), {**scenes.OPTIONS, "permission_sets": ["dynamodb_backup_manual"]}, check=True)
    missing = [action for action in PERMISSION_SETS["dynamodb_backup_manual"].actions if action not in worlds.ACTIONS]
    assert result["missing_permissions"] == missing


def test_what_fails_is_told_of_the_job_that_was_asked_about():
    asked = {**scenes.OPTIONS, "permission_sets": ["dynamodb_backup_manual"]}
    (requirement,) = [
        requirement
        for requirement in verify(scenes.account(inline={}), asked)["requirements"]
        if requirement["requirement"] == "iam:PassRole"
    ]
    assert requirement["consequence"] == "The role cannot be passed to AWS Backup, so no backup job starts."


def test_a_custom_set_is_asked_for_on_its_resources():
    """Beside the other sets."""
    iam = scenes.account()
    result = run(iam, options(EXPORTS))
    assert result["missing_permissions"] == ["s3:GetObject"]
    (document,) = [permission for name, permission in result["after"]["permissions"].items() if name != "restore"]
    (own,) = [statement for statement in document["Statement"] if statement["Sid"] == "CloudrestoreOwnExports"]
    assert (own["Action"], own["Resource"]) == (["s3:GetObject"], "arn:aws:s3:::exports/*")
    assert run(iam, options(EXPORTS))["changes"] == []
    assert verdict(judged(iam, EXPORTS), "s3:GetObject") == "allowed"
    wider = {**EXPORTS, "resources": ["arn:aws:s3:::exports/*", "arn:aws:s3:::others/*"]}
    assert verdict(judged(iam, wider), "s3:GetObject") != "allowed"


def test_a_set_without_resources_has_to_be_allowed_on_everything():
    narrow = worlds.document(worlds.allow("s3:GetObject", "arn:aws:s3:::exports/*"))
    iam = scenes.account(inline={"restore": scenes.GRANTED, "exports": narrow})
    everything = {"name": "exports", "actions": ["s3:GetObject"]}
    assert verdict(judged(iam, everything), "s3:GetObject") == "implicit_deny"
    assert verdict(judged(iam, EXPORTS), "s3:GetObject") == "allowed"


def test_what_two_sets_name_is_granted_for_each_on_its_own():
    """Scoped as well: no action of the one on the resources of the other."""
    one = {"name": "one", "actions": ["s3:GetObject", "s3:PutObject"], "resources": ["arn:aws:s3:::one/*"]}
    two = {"name": "two", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::two/*"]}
    for scope in ("documented", "scoped"):
        iam, asked = scenes.account(), options(one, two, permissions_scope=scope, permission_sets=[])
        result = run(iam, asked)
        (document,) = [permission for name, permission in result["after"]["permissions"].items() if name != "restore"]
        held = {(a, s["Resource"]) for s in document["Statement"] for a in s["Action"]}
        assert held == {
            ("s3:GetObject", "arn:aws:s3:::one/*"),
            ("s3:PutObject", "arn:aws:s3:::one/*"),
            ("s3:GetObject", "arn:aws:s3:::two/*"),
        }
        assert run(iam, asked)["changes"] == []


def test_an_action_asked_for_everywhere_is_not_narrowed():
    """Another set asks for it on all resources."""
    own = {"name": "one_table", "actions": ["dynamodb:UpdateTable"], "resources": ["arn:aws:dynamodb:*:*:table/orders"]}
    one_table = worlds.document(worlds.allow("dynamodb:UpdateTable", "arn:aws:dynamodb:*:*:table/orders"))
    iam = scenes.account(inline={"most": scenes.without("dynamodb:UpdateTable"), "one": one_table})
    assert verdict(judged(iam, own), "dynamodb:UpdateTable") == "conditional"
    assert verdict(judged(iam, own, permission_sets=[]), "dynamodb:UpdateTable") == "allowed"


def test_nothing_but_a_custom_set_is_asked_for_if_so_given():
    iam = scenes.account(inline={})
    result = run(iam, options(EXPORTS, permission_sets=[]))
    assert result["missing_permissions"] == ["s3:GetObject"]
    (document,) = result["after"]["permissions"].values()
    assert [statement["Sid"] for statement in document["Statement"]] == ["CloudrestoreOwnExports"]


def test_what_is_missing_is_granted_on_the_sets_own_resources():
    result = verify(scenes.account(), options(EXPORTS))
    (statement,) = result["missing_permissions_policy"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["s3:GetObject"], "arn:aws:s3:::exports/*")


def test_the_impersonation_role_gets_the_fleets_roles_only():
    """No more than the restore roles of the fleet."""
    roles = [f"arn:aws:iam::{number}:role/VeeamDynamoDBRestore" for number in ("111122223333", "222233334444")]
    iam = MemoryIam("444455556666")
    iam.add(Principal("Role", "VeeamImpersonation", trust=worlds.document(worlds.admit({"AWS": "444455556666"}))))

    def asked(*arns: str) -> dict[str, Any]:
        fleet = {"name": "fleet", "actions": ["sts:AssumeRole"], "resources": list(arns)}
        more = {"permission_sets": [], "custom_permission_sets": [fleet], "match": "exact"}
        return {"name": "VeeamImpersonation", "appliance_principals": [], "service_principals": [], **more}

    first = run(iam, asked(roles[0]))
    assert [change["operation"] for change in first["changes"]] == ["CreatePolicy", "AttachRolePolicy"]
    assert run(iam, asked(*roles))["missing_permissions"] == ["sts:AssumeRole"]
    again = run(iam, asked(*roles))
    assert (again["changes"], again["missing_permissions"]) == ([], [])
    (document,) = again["after"]["permissions"].values()
    (statement,) = document["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["sts:AssumeRole"], roles)
    assert again["after"]["trust"] == first["before"]["trust"]


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ([{"name": "My set", "actions": ["s3:GetObject"]}], ["entry 1", "'My set'", "lowercase letters"]),
        ([{"name": "dynamodb_restore", "actions": ["s3:GetObject"]}], ["dynamodb_restore", "already used"]),
        ([EXPORTS, EXPORTS], ["exports", "already used"]),
        ([{"name": "none", "actions": []}], ["none", "actions is empty"]),
        ([{"name": "wild", "actions": ["s3:*"]}], ["wild", "'s3:*'", "without wildcards"]),
        ([{**EXPORTS, "resources": ["exports"]}], ["exports", "resources", "ARNs"]),
    ],
)
def test_a_set_that_cannot_be_right_is_named(own: list[dict[str, Any]], words: list[str]):
    params = validated(RESTORE_ROLE_SPEC, options(*own))
    with pytest.raises(OptionError) as caught:
        desired_state(params)
    for word in words:
        assert word in caught.value.message
