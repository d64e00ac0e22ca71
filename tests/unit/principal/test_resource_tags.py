# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of the tables, vaults and keys that are named decide, where a policy asks for them; where it does not, nothing is read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.observe.principal import observe
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.observe.resource_tags import (
    is_readable,
    resource_tags,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.requirements.privileges import privileges

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.memory_tags import MemoryTags
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import MemorySession, verify

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[2] / "data" / "resource_tags.yml").read_text())
REGION = "eu-west-1"
ARNS = {
    "key": f"arn:aws:kms:{REGION}:{scenes.ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "table": f"arn:aws:dynamodb:{REGION}:{scenes.ACCOUNT}:table/orders",
    "vault": f"arn:aws:backup:{REGION}:{scenes.ACCOUNT}:backup-vault:restores",
}
# One action on each: that of the statement.
ACTIONS = {"key": "kms:DescribeKey", "table": "dynamodb:DeleteTable", "vault": "backup:DeleteBackupVault"}
SERVICES = {"key": "kms", "table": "dynamodb", "vault": "backup"}
LISTS = {"key": "ListResourceTags", "table": "ListTagsOfResource", "vault": "ListTags"}
TO_GRANT = {what: f"{SERVICES[what]}:{operation}" for what, operation in LISTS.items()}
OPTIONS = {"key": {"kms_keys": [ARNS["key"]]}, "table": {"tables": ["orders"]}, "vault": {"vaults": ["restores"]}}
UNTAGGED = {"StringNotEquals": {"aws:ResourceTag/team": "backup"}}
EVERYTHING = {"name": "FullAWSAccess", "document": scenes.EVERYTHING}
OF_KEY = {**worlds.allow("kms:*"), "Principal": {"AWS": scenes.ACCOUNT}}


def denied(what: str, condition: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": ACTIONS[what], "Resource": "*", "Condition": condition, **more}


def given(what: str, *scps: dict[str, Any], rcps: Any = (), **more: Any) -> dict[str, Any]:
    """Options about one resource, in an organization with these statements beside what allows everything."""
    guardrail = {"name": "Guardrail", "document": worlds.document(*scps)}
    organization = {
        "service_control_policies": [[EVERYTHING, guardrail] if scps else [EVERYTHING]],
        "resource_control_policies": [{"name": "Guardrail", "document": worlds.document(*rcps)}] if rcps else [],
    }
    return {**scenes.GIVEN, "regions": [REGION], "organization_policies": organization, **OPTIONS[what], **more}


def clients(what: str, service: MemoryTags) -> dict[tuple[str, str | None], Any]:
    return {(SERVICES[what], REGION): service}


def run(what: str, service: MemoryTags, options: dict[str, Any], iam: MemoryIam | None = None) -> dict[str, Any]:
    return verify(iam or scenes.account(tags={"team": "backup"}), options, clients(what, service))


def reads(service: MemoryTags) -> list[tuple[str, str]]:
    return [call for call in service.calls if call[0] in LISTS.values()]


def _account(case: dict[str, Any], statement: dict[str, Any]) -> MemoryIam:
    iam, action = MemoryIam(scenes.ACCOUNT), ACTIONS[case["about"]]
    inline = {"restore": scenes.GRANTED}
    if case["layer"] == "identity":
        inline = {"restore": scenes.without(action), "tagged": worlds.document(statement)}
    boundary = None
    if case["layer"] == "boundary":
        boundary = iam.add_policy("Guardrail", worlds.document(worlds.allow("*"), statement))
    trust = worlds.document(scenes.APPLIANCE, scenes.BACKUP)
    iam.add(Principal("Role", worlds.NAME, trust=trust, inline=inline, tags={"team": "backup"}, boundary=boundary))
    return iam


def _statement(case: dict[str, Any]) -> dict[str, Any]:
    effect = "Deny" if "deny" in case else "Allow"
    statement = {
        "Effect": effect,
        "Action": case.get("action", ACTIONS[case["about"]]),
        "Resource": case.get("resource", "*"),
        "Condition": case.get("deny") or case.get("allow") or {},
    }
    return statement | ({"Principal": "*"} if case["layer"] in ("rcp", "key", "vault") else {})


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_tags_that_were_read_decide(case: dict[str, Any]):
    what, layer, statement = case["about"], case["layer"], _statement(case)
    arn, service = ARNS[what], MemoryTags({ARNS[what]: case["tags"]})
    service.policies[arn] = json.dumps(
        worlds.document(*([OF_KEY] if what == "key" else []), *([statement] if layer in ("key", "vault") else []))
    )
    options = given(
        what,
        *([statement] if layer == "scp" else []),
        rcps=[statement] if layer == "rcp" else [],
        check_key_policies=what == "key",
        check_vault_policies=what == "vault",
    )
    decision = scenes.of(run(what, service, options, _account(case, statement)), ACTIONS[what])
    assert decision["verdict"] == case["verdict"]
    assert reads(service) == [(LISTS[what], arn)] * case.get("calls", 1)


@pytest.mark.parametrize("what", ARNS)
def test_where_no_policy_asks_nothing_is_read(what: str):
    """Whoever is to be asked is not there: MemorySession has no client for it."""
    assert verify(scenes.account(), given(what))["summary"]["allowed"] > 0


@pytest.mark.parametrize("what", ARNS)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "EndpointDisabledException"])
def test_tags_that_cannot_be_read_leave_it_open_and_are_told(what: str, code: str):
    arn, service = ARNS[what], MemoryTags(errors={ARNS[what]: code})
    result = run(what, service, given(what, denied(what, UNTAGGED)))
    decision = scenes.of(result, ACTIONS[what])
    assert decision["verdict"] == "conditional"
    assert f"the tags of {arn} are not known: " in decision["reason"]
    assert TO_GRANT[what] in decision["reason"]
    assert [line for line in result["not_evaluated"] if line.startswith(f"the tags of {arn}")]
    if code == "AccessDeniedException":
        assert (
            f"are not allowed to call {TO_GRANT[what]} on {arn}. Grant {TO_GRANT[what]} to the role"
            in decision["reason"]
        )
        assert "AWS may give the same answer if it does not exist." in decision["reason"]
    assert reads(service) == [(LISTS[what], arn)]


@pytest.mark.parametrize("what", ARNS)
def test_what_does_not_exist_yet_has_no_tags_that_could_be_read(what: str):
    decision = scenes.of(run(what, MemoryTags(), given(what, denied(what, UNTAGGED))), ACTIONS[what])
    assert decision["verdict"] == "conditional"
    assert f"the tags of {ARNS[what]} are not known: it does not exist" in decision["reason"]


def test_a_service_that_nobody_reaches_is_asked_once_a_region():
    tables = [
        f"arn:aws:dynamodb:{region}:{scenes.ACCOUNT}:table/t{n}"
        for region in ("eu-west-1", "eu-west-2")
        for n in (1, 2)
    ]
    asked: list[tuple[str, str]] = []

    def client_of(service: str, region: str) -> Any:
        asked.append((service, region))
        raise CallError(f"{service} client", region, "EndpointConnectionError", "no route")

    read = resource_tags(client_of, tables)
    assert asked == [("dynamodb", "eu-west-1"), ("dynamodb", "eu-west-2")]
    assert (dict(read.read), list(read.unread)) == ({}, tables)


def test_pages_that_lead_in_a_circle_leave_it_open():
    class Circle:
        def list_resource_tags(self, **_arguments: Any) -> dict[str, Any]:
            return {"Tags": [{"TagKey": "team", "TagValue": "backup"}], "Truncated": True, "NextMarker": "again"}

    read = resource_tags(lambda _service, _region: Circle(), [ARNS["key"]])
    assert not read.read
    assert "its pages do not end" in read.unread[ARNS["key"]]


class Lacking:
    """An answer that has no tags in it, or one without its key: none of AWS's."""

    def __init__(self, tags: dict[str, Any]) -> None:
        self._answer = tags

    def list_tags(self, **_arguments: Any) -> dict[str, Any]:
        return self._answer

    list_tags_of_resource = list_resource_tags = list_tags


@pytest.mark.parametrize(
    ("what", "answer"),
    [*((what, {}) for what in ARNS), ("key", {"Tags": [{"TagValue": "x"}]}), ("table", {"Tags": [{"Key": "x"}]})],
)
def test_an_answer_without_tags_says_nothing_about_them(what: str, answer: dict[str, Any]):
    read = resource_tags(lambda _service, _region: Lacking(answer), [ARNS[what]])
    assert not read.read
    assert f"the response to {TO_GRANT[what]} is not from AWS" in read.unread[ARNS[what]]


@pytest.mark.parametrize("written", [json.dumps, lambda document: quote(json.dumps(document))], ids=["json", "url"])
def test_a_policy_that_is_text_asks_as_well(written: Any):
    service = MemoryTags({ARNS["vault"]: {"team": "web"}})
    options = given("vault", denied("vault", UNTAGGED))
    organization = options["organization_policies"]
    text = [
        {**policy, "document": written(policy["document"])} for policy in organization["service_control_policies"][0]
    ]
    options["organization_policies"] = {**organization, "service_control_policies": [text]}
    assert scenes.of(run("vault", service, options), ACTIONS["vault"])["verdict"] == "explicit_deny"


def test_a_policy_that_cannot_be_read_asks_for_nothing():
    """All of it is open, whatever the tags."""
    options = given("vault")
    deep: Any = []
    for _level in range(100):
        deep = [deep]
    document = {**scenes.EVERYTHING, "Id": {"aws:ResourceTag/team": deep}}
    scps = {"service_control_policies": [[{"name": "Deep", "document": document}]], "resource_control_policies": []}
    service = MemoryTags()
    result = run("vault", service, {**options, "organization_policies": scps})
    assert scenes.of(result, ACTIONS["vault"])["verdict"] == "unreadable"
    assert service.calls == []


def test_a_user_s_policies_ask_as_well():
    tagged = denied("vault", UNTAGGED)
    iam = MemoryIam(scenes.ACCOUNT)
    iam.add(Principal("Group", "restores", inline={"tagged": worlds.document(tagged)}))
    iam.add(Principal("User", worlds.NAME, groups=["restores"], inline={"restore": scenes.GRANTED}))
    service = MemoryTags({ARNS["vault"]: {}})
    options = {**given("vault"), "principal_type": "user", "appliance_principals": [], "appliance_policies": []}
    assert scenes.of(run("vault", service, options, iam), ACTIONS["vault"])["verdict"] == "explicit_deny"


def test_each_resource_is_read_once_however_many_statements_ask():
    everything = {**denied("key", UNTAGGED), "Action": "*", "NotResource": "arn:aws:iam::*:role/*"}
    del everything["Resource"]
    service = MemoryTags(dict.fromkeys(ARNS.values(), {"team": "backup"}))
    organization = given(
        "key", everything, denied("key", UNTAGGED), rcps=[{**denied("key", UNTAGGED), "Principal": "*"}]
    )
    options = {**organization, **OPTIONS["table"], **OPTIONS["vault"]}
    every = {(name, REGION): service for name in SERVICES.values()}
    result = verify(scenes.account(tags={"team": "backup"}), options, every)
    assert sorted(service.calls) == sorted((LISTS[what], ARNS[what]) for what in ARNS)
    assert scenes.of(result, ACTIONS["vault"])["verdict"] == "allowed"


@pytest.mark.parametrize(
    ("action", "what"), [("backup:CreateBackupVault", "vault"), ("dynamodb:RestoreTableFromAwsBackup", "table")]
)
def test_what_a_request_makes_has_not_the_tags_of_what_is_there(action: str, what: str):
    service = MemoryTags({ARNS[what]: {"team": "backup"}})
    result = run(what, service, given(what, {**denied(what, UNTAGGED), "Action": action}))
    decision = scenes.of(result, action)
    assert decision["verdict"] == "conditional"
    assert f"it is not known which tags AWS evaluates for {action}" in decision["reason"]
    assert service.calls == []


def test_a_resource_that_is_not_named_is_not_read():
    """Recovery points, whose names nobody knows, and a table in whatever Region."""
    service = MemoryTags()
    everywhere = {**given("table", denied("table", UNTAGGED)), "regions": []}
    assert scenes.of(run("table", service, everywhere), ACTIONS["table"])["verdict"] == "conditional"
    points = {**denied("vault", UNTAGGED), "Action": "backup:DescribeRecoveryPoint"}
    assert (
        scenes.of(run("vault", service, given("vault", points)), "backup:DescribeRecoveryPoint")["verdict"]
        == "conditional"
    )
    assert service.calls == []


def test_a_recovery_point_that_a_set_of_the_users_own_names_is_read():
    arn = f"arn:aws:backup:{REGION}:{scenes.ACCOUNT}:recovery-point:11111111-2222-3333-4444-555555555555"
    own = {"name": "points", "actions": ["backup:DescribeRecoveryPoint"], "resources": [arn]}
    service = MemoryTags({arn: {"team": "web"}})
    points = {**denied("vault", UNTAGGED), "Action": "backup:DescribeRecoveryPoint"}
    options = {**given("vault", points), "permission_sets": [], "custom_permission_sets": [own]}
    assert scenes.of(run("vault", service, options), "backup:DescribeRecoveryPoint")["verdict"] == "explicit_deny"
    assert service.calls == [("ListTags", arn)]


def test_the_tags_of_another_accounts_key_are_not_read():
    foreign = ARNS["key"].replace(scenes.ACCOUNT, "999988887777")
    service = MemoryTags()
    result = run("key", service, {**given("key", denied("key", UNTAGGED)), "kms_keys": [foreign]})
    assert scenes.of(result, ACTIONS["key"])["verdict"] == "conditional"
    assert service.calls == []


def test_that_dynamodb_looks_at_tags_can_be_stated_and_another_tag_cannot():
    def verdict(context: dict[str, Any]) -> tuple[str, list[str]]:
        service = MemoryTags({ARNS["table"]: {"team": "backup"}})
        options = {**given("table", denied("table", UNTAGGED)), "context": context}
        decision = scenes.of(run("table", service, options), ACTIONS["table"])
        return decision["verdict"], decision["stated"]

    assert verdict({"aws:ResourceTag/team": "backup"}) == ("allowed", ["aws:resourcetag/team backup"])
    assert verdict({"aws:ResourceTag/team": "absent"}) == ("explicit_deny", ["aws:resourcetag/team absent"])
    assert verdict({"aws:ResourceTag/team": "web"}) == ("conditional", [])


def test_where_dynamodb_may_not_look_at_tags_it_says_what_to_do():
    service = MemoryTags({ARNS["table"]: {"team": "backup"}})
    reason = scenes.of(run("table", service, given("table", denied("table", UNTAGGED))), ACTIONS["table"])["reason"]
    assert "attribute-based access control" in reason
    assert reason.endswith("set the tag in context")


def test_what_was_read_counts_more_than_what_is_stated():
    service = MemoryTags({ARNS["key"]: {"team": "web"}})
    options = {**given("key", denied("key", UNTAGGED)), "context": {"aws:ResourceTag/team": "backup"}}
    decision = scenes.of(run("key", service, options), ACTIONS["key"])
    assert (decision["verdict"], decision["stated"]) == ("explicit_deny", [])


def test_what_a_run_would_grant_is_fixable_where_a_tag_lifts_the_deny():
    """And is not where the tag is missing."""
    for tags, fixable in (({"team": "backup"}, True), ({}, False)):
        service = MemoryTags({ARNS["key"]: tags})
        iam = scenes.account(inline={"restore": scenes.without(ACTIONS["key"])})
        decision = scenes.of(run("key", service, given("key", denied("key", UNTAGGED)), iam), ACTIONS["key"])
        assert decision["fixable"] is fixable


def test_an_allow_that_a_tag_brings_about_is_not_missing():
    tagged = worlds.allow(ACTIONS["key"], Condition={"StringEquals": {"aws:ResourceTag/team": "backup"}})
    iam = scenes.account(inline={"restore": scenes.without(ACTIONS["key"]), "tagged": worlds.document(tagged)})
    service = MemoryTags({ARNS["key"]: {"team": "backup"}})
    result = run("key", service, {**given("key"), "check_key_policies": False}, iam)
    assert result["missing_permissions_policy"] == {}


def test_a_principal_that_is_not_there_has_nothing_read():
    service = MemoryTags()
    assert not run("key", service, given("key", denied("key", UNTAGGED)), MemoryIam(scenes.ACCOUNT))["exists"]
    assert service.calls == []


def test_what_a_principal_could_do_is_asked_without_tags():
    """Tags can be changed: a finding goes by none of them, not even by those that were read."""
    tagged = worlds.allow("iam:PutRolePolicy", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}})
    iam = scenes.account(inline={"tagged": worlds.document(tagged)})
    observed = observe(iam, MemorySession(iam).account, "role", worlds.NAME, (), None)
    anything = replace(observed, resource_tags=dict.fromkeys([observed.arn, *ARNS.values()], {"a": "c"}))
    (held,) = privileges(anything)
    assert (held.requirement, held.verdict) == ("iam:PutRolePolicy", "conditional")


@pytest.mark.parametrize(
    ("resource", "readable"),
    [
        *((arn, True) for arn in ARNS.values()),
        (f"arn:aws:backup:{REGION}:{scenes.ACCOUNT}:recovery-point:1234", True),
        (f"arn:aws-us-gov:kms:us-gov-west-1:{scenes.ACCOUNT}:key/mrk-1234", True),
        ("*", False),
        (f"arn:aws:dynamodb:*:{scenes.ACCOUNT}:table/orders", False),
        (f"arn:aws:dynamodb:{REGION}:{scenes.ACCOUNT}:table/*", False),
        (f"arn:aws:dynamodb:{REGION}:{scenes.ACCOUNT}:table/orders/index/by-day", False),
        (f"arn:aws:dynamodb:{REGION}:{scenes.ACCOUNT}:table/orders/backup/0123", False),
        (f"arn:aws:kms:{REGION}:{scenes.ACCOUNT}:alias/orders", False),
        (f"arn:aws:backup:{REGION}:{scenes.ACCOUNT}:backup-plan:1234", False),
        (f"arn:aws:iam::{scenes.ACCOUNT}:role/Restore", False),
    ],
)
def test_tags_are_read_of_one_resource_of_a_known_type(resource: str, readable: bool):
    assert is_readable(resource) is readable
