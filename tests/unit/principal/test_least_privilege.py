# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""permissions_scope: scoped. In every scope the 35 actions are allowed for what is meant, and not allowed outside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.ask import may
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import State

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import run, verify
from tests.unit.principal.scenes import refused

REQUIREMENT = json.loads((Path(__file__).parents[2] / "data" / "requirement.json").read_text())
A, OTHER = scenes.ACCOUNT, "999988887777"
ROLE = f"arn:aws:iam::{A}:role/{worlds.NAME}"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def table(name: str = "orders", region: str = "eu-west-1", account: str = A) -> str:
    return f"arn:aws:dynamodb:{region}:{account}:table/{name}"


def vault(name: str = "restores", region: str = "eu-west-1", account: str = A) -> str:
    return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"


def point(region: str = "eu-west-1", account: str = A) -> str:
    return f"arn:aws:backup:{region}:{account}:recovery-point:1111-2222"


def key(name: str = KEY, region: str = "eu-west-1", account: str = A) -> str:
    return name.replace("eu-west-1", region).replace(A, account)


@dataclass(frozen=True)
class Narrowed:
    """Options, and for each kind of resource what is meant by them and what is not."""

    options: dict[str, Any]
    inside: dict[str, list[str]]
    outside: dict[str, list[str]] = field(default_factory=dict)
    region: str = "eu-west-1"


WHOLE = {"table": [table(), table("invoices", "us-east-1")], "vault": [vault(), vault("x1", "us-east-1")]}
WHOLE |= {"point": [point(), table() + "/backup/0123-ab"], "key": [KEY, key(region="us-east-1")]}
FOREIGN = {"table": [table(account=OTHER)], "vault": [vault(account=OTHER)]}
FOREIGN |= {"point": [point(account=OTHER)], "key": [key(account=OTHER)]}

SCOPES = {
    "nothing named": Narrowed({}, WHOLE),
    "one Region": Narrowed(
        {"regions": ["eu-west-1"]},
        {"table": [table()], "vault": [vault()], "point": [point()], "key": [KEY]},
        {
            "table": [table(region="us-east-1")],
            "vault": [vault(region="us-east-1")],
            "point": [point("us-east-1"), table(region="us-east-1") + "/backup/0123-ab"],
            "key": [key(region="us-east-1")],
        },
    ),
    "tables": Narrowed(
        {"tables": ["orders", table("invoices")]},
        WHOLE | {"table": [table(), table("invoices"), table("orders", "us-east-1")]},
        {"table": [table("other"), table("orders-2"), table("invoices", "us-east-1")]},
    ),
    "vaults": Narrowed({"vaults": ["restores"]}, WHOLE | {"vault": [vault()]}, {"vault": [vault("other")]}),
    "keys": Narrowed({"kms_keys": [KEY]}, WHOLE | {"key": [KEY]}, {"key": [KEY + "0", key(region="us-east-1")]}),
    "all of it": Narrowed(
        {"regions": ["eu-west-1"], "tables": ["orders"], "vaults": ["restores"], "kms_keys": [KEY]},
        {"table": [table()], "vault": [vault()], "point": [point()], "key": [KEY]},
        {"table": [table("other")], "vault": [vault("other")], "point": [point("us-east-1")], "key": [KEY + "0"]},
    ),
}
# What each action of the requirement works on; the rest has no resources.
WORKS_ON = {
    "table": [
        action for action in worlds.ACTIONS if action.startswith("dynamodb:") and action != "dynamodb:ListTables"
    ],
    "vault": ["backup:CopyIntoBackupVault", "backup:CreateBackupVault", "backup:DeleteBackupVault"],
    "point": ["CopyFromBackupVault", "DeleteRecoveryPoint", "DescribeRecoveryPoint", "StartCopyJob", "StartRestoreJob"],
    "key": ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey"],
}
WORKS_ON["point"] = ["backup:" + action for action in WORKS_ON["point"]]
WORKS_ON["both"] = ["backup:ListTags", "backup:TagResource"]
OF_ROLES = ["iam:GetContextKeysForPrincipalPolicy", "iam:GetRole", "iam:PassRole", "iam:SimulatePrincipalPolicy"]
WITHOUT = [action for action in worlds.ACTIONS if not REQUIREMENT["resource_types"][action]]

AS_A_RESTORE_DOES = {
    "iam:PassedToService": "backup.amazonaws.com",
    "kms:GrantIsForAWSResource": "true",
    "kms:ViaService": "dynamodb.eu-west-1.amazonaws.com",
}


def granted(options: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The document that converging a role without permissions writes."""
    iam = scenes.account(inline={})
    result = run(iam, {**scenes.OPTIONS, "permissions_scope": "scoped", **options, **more})
    (document,) = result["after"]["permissions"].values()
    return dict(document)


def verdict(document: dict[str, Any], action: str, resource: str, **context: Any) -> str:
    known = {**AS_A_RESTORE_DOES, "kms:ViaService": f"dynamodb.{_region(resource)}.amazonaws.com", **context}
    return may(action, resource, identity=[document], context=known).verdict


def _region(resource: str) -> str:
    return (resource.split(":") + [""] * 4)[3] or "eu-west-1"


def test_the_tables_here_hold_each_of_the_35_actions_once():
    every = [action for actions in (*WORKS_ON.values(), OF_ROLES, WITHOUT) for action in actions]
    assert sorted(every) == sorted(worlds.ACTIONS)
    assert len(WITHOUT) == 9


@pytest.mark.parametrize("scope", SCOPES)
def test_every_action_is_allowed_on_what_is_meant(scope: str):
    document, inside = granted(SCOPES[scope].options), SCOPES[scope].inside
    kinds = {**inside, "both": inside["vault"] + inside["point"]}
    for kind, actions in WORKS_ON.items():
        for action in actions:
            assert {verdict(document, action, resource) for resource in kinds[kind]} == {"allowed"}, action
    assert {verdict(document, action, ROLE) for action in OF_ROLES} == {"allowed"}
    assert {verdict(document, action, "*") for action in WITHOUT} == {"allowed"}


@pytest.mark.parametrize("scope", SCOPES)
def test_no_action_is_allowed_on_anything_else(scope: str):
    document, outside = granted(SCOPES[scope].options), SCOPES[scope].outside
    for kind, foreign in FOREIGN.items():
        both = WORKS_ON["both"] if kind in ("vault", "point") else []
        for action in WORKS_ON[kind] + both:
            for resource in foreign + outside.get(kind, []):
                assert verdict(document, action, resource) == "implicit_deny", (action, resource)
    for action in OF_ROLES:
        assert verdict(document, action, ROLE + "2") == "implicit_deny"


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(
    ("action", "resource", "otherwise"),
    [
        ("iam:PassRole", ROLE, {"iam:PassedToService": "ec2.amazonaws.com"}),
        ("iam:PassRole", ROLE, {"iam:PassedToService": None}),
        ("kms:CreateGrant", KEY, {"kms:GrantIsForAWSResource": "false"}),
        ("kms:CreateGrant", KEY, {"kms:GrantIsForAWSResource": None}),
        ("kms:Decrypt", KEY, {"kms:ViaService": None}),
        ("kms:Decrypt", KEY, {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}),
        ("kms:Decrypt", KEY, {"kms:ViaService": "dynamodb.eu-west-1.amazonaws.com.example.org"}),
    ],
)
def test_nothing_is_allowed_but_the_way_a_restore_does_it(
    scope: str, action: str, resource: str, otherwise: dict[str, Any]
):
    given = {key: State.ABSENT if value is None else value for key, value in otherwise.items()}
    assert verdict(granted(SCOPES[scope].options), action, resource, **given) == "implicit_deny"


@pytest.mark.parametrize("scope", SCOPES)
def test_the_service_may_be_either_and_only_in_the_regions_named(scope: str):
    options = SCOPES[scope].options
    document = granted(options)
    assert verdict(document, "kms:Decrypt", KEY, **{"kms:ViaService": "backup.eu-west-1.amazonaws.com"}) == "allowed"
    elsewhere = verdict(document, "kms:Decrypt", KEY, **{"kms:ViaService": "backup.us-east-1.amazonaws.com"})
    assert elsewhere == ("implicit_deny" if "regions" in options else "allowed")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("match", ["effect", "exact"])
@pytest.mark.parametrize("kind", ["Role", "User"])
def test_a_scoped_principal_is_compliant_and_stays_as_it_is(scope: str, match: str, kind: str):
    iam = MemoryIam(A)
    trust = worlds.document(scenes.APPLIANCE, scenes.BACKUP) if kind == "Role" else None
    iam.add(Principal(kind, worlds.NAME, trust=trust))
    more = {"principal_type": kind.lower(), "permissions_scope": "scoped", **SCOPES[scope].options}
    assert run(iam, {**scenes.OPTIONS, "match": match, **more})["unresolved"] == []
    assert run(iam, {**scenes.OPTIONS, "match": match, **more})["changes"] == []
    result = verify(iam, {**scenes.OPTIONS, **more})
    assert (result["drifted"], result["missing_permissions_policy"]) == (False, {})


def test_a_scoped_role_is_made_whole_with_its_own_arn():
    iam = MemoryIam(A)
    result = run(iam, {**scenes.OPTIONS, "path": "/backup/", "permissions_scope": "scoped"})
    assert result["unresolved"] == []
    (document,) = result["after"]["permissions"].values()
    (passing,) = [statement for statement in document["Statement"] if statement["Action"] == ["iam:PassRole"]]
    assert passing["Resource"] == f"arn:aws:iam::{A}:role/backup/{worlds.NAME}"
    assert run(iam, {**scenes.OPTIONS, "permissions_scope": "scoped"})["changes"] == []


def test_a_role_that_holds_more_than_the_scope_has_not_drifted():
    asked = {**scenes.OPTIONS, "permissions_scope": "scoped", "tables": ["orders"]}
    assert run(scenes.account(), asked)["changes"] == []
    assert run(scenes.account(), {**asked, "match": "exact"})["changes"]


def test_a_role_that_holds_less_than_the_scope_has():
    iam = scenes.account(inline={})
    run(iam, {**scenes.OPTIONS, "permissions_scope": "scoped", "tables": ["orders"]})
    wider = {**scenes.OPTIONS, "permissions_scope": "scoped", "tables": ["orders", "invoices"]}
    result = run(iam, wider)
    assert set(result["missing_permissions"]) == set(WORKS_ON["table"])
    assert run(iam, wider)["changes"] == []


def test_a_role_for_a_scope_meets_the_documented_list():
    """Its conditions are on keys that a restore sends as they ask."""
    iam = scenes.account(inline={})
    run(iam, {**scenes.OPTIONS, "permissions_scope": "scoped"})
    assert run(iam, scenes.OPTIONS, check=True)["drift"] == []
    iam = scenes.account(inline={})
    run(iam, {**scenes.OPTIONS, "permissions_scope": "scoped", "regions": ["eu-west-1"]})
    unmet = {drifted["requirement"] for drifted in run(iam, scenes.OPTIONS, check=True)["drift"]}
    assert {"kms:CreateGrant", "kms:Decrypt", "dynamodb:DescribeTable"} <= unmet


def test_a_deny_in_one_region_counts_if_no_region_is_named():
    via = {"StringEquals": {"kms:ViaService": "dynamodb.ap-south-1.amazonaws.com"}}
    deny = {"Sid": "NotThere", "Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*", "Condition": via}
    iam = scenes.account(inline={"restore": scenes.GRANTED, "deny": worlds.document(deny)})
    everywhere = verify(iam, {**scenes.OPTIONS, "permissions_scope": "scoped"})
    here = verify(iam, {**scenes.OPTIONS, "permissions_scope": "scoped", "regions": ["eu-west-1"]})
    assert everywhere["missing_permissions"] == ["kms:Decrypt"]
    assert here["missing_permissions"] == []


def test_what_is_missing_in_a_scope_is_granted_for_that_scope():
    asked = {**scenes.OPTIONS, "permissions_scope": "scoped", "tables": ["orders"], "regions": ["eu-west-1"]}
    iam = scenes.account(inline={"restore": scenes.without("iam:PassRole", "dynamodb:UpdateTable")})
    document = verify(iam, asked)["missing_permissions_policy"]
    by_action = {statement["Action"][0]: statement for statement in document["Statement"]}
    assert by_action["dynamodb:UpdateTable"]["Resource"] == table()
    assert by_action["iam:PassRole"]["Condition"] == {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}


def test_tables_of_another_account_are_refused():
    error = refused(scenes.account(inline={}), permissions_scope="scoped", tables=[table(account=OTHER)])
    assert f"is not in account {A}" in error.message


def test_a_key_of_another_account_is_granted_as_one_of_its_own():
    iam, options = scenes.account(inline={}), {**scenes.OPTIONS, "permissions_scope": "scoped"}
    run(iam, {**options, "kms_keys": [key(), key(account=OTHER)]})
    assert run(iam, {**options, "kms_keys": [key(account=OTHER)]})["changes"] == []


def test_the_scoped_policy_is_within_iams_limit():
    sets = ["dynamodb_restore", "aws_encrypted_vault", "aws_native_backup"]
    document = granted({}, permission_sets=sets)
    assert len("".join(json.dumps(document, separators=(",", ":")).split())) < 6144
