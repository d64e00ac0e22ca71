# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The simulator's answers as verdicts. botocore itself checks requests and answers against AWS's service model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import VERIFY_SPEC, state_to_verify
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.verdicts import Decision
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.scope import Scope
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import Desired, Observed
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.observe.principal import observe
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.comparison import (
    completed,
    disagreements,
    stricter,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.decisions import outside_decisions
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.outside_policies import OutsidePolicies
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.simulator import arguments, simulate
from botocore.stub import ANY, Stubber

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import validated

ACCOUNT = "111122223333"
ROLE = Observed(Account("aws", ACCOUNT), "role", "Restore", True, path="/backup/")
USER = Observed(Account("aws", ACCOUNT), "user", "ann", True)
ACTIONS = ["dynamodb:UpdateTable", "dynamodb:ListTables", "iam:PassRole"]
TABLES = f"arn:aws:dynamodb:*:{ACCOUNT}:table/*"


@contextmanager
def answering(*pages: dict[str, Any], expected: list[dict[str, Any]] | None = None) -> Iterator[Any]:
    """An IAM client that gives these answers, one for each request, and no more."""
    client = boto3.client("iam", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        for number, page in enumerate(pages):
            request = expected[number] if expected else None
            stubber.add_response("simulate_principal_policy", page, request)
        yield client
        stubber.assert_no_pending_responses()


def _knows_exclusions() -> bool:
    iam = boto3.client("iam", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return (
        "PolicyExclusionList" in iam.meta.service_model.operation_model("SimulatePrincipalPolicy").input_shape.members
    )


# The lowest botocore that this collection takes cannot ask once more without one kind of policies, and asks once.
REQUESTS = 3 if _knows_exclusions() else 1
with_exclusions = pytest.mark.skipif(REQUESTS == 1, reason="this botocore cannot leave out a kind of policies")


def result(action: str, decision: str = "allowed", *specific: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = {"EvalActionName": action, "EvalDecision": decision, **more}
    return answer | ({"ResourceSpecificResults": list(specific)} if specific else {})


def on(resource: str, decision: str, **more: Any) -> dict[str, Any]:
    return {"EvalResourceName": resource, "EvalResourceDecision": decision, **more}


def page(*results: dict[str, Any], marker: str = "") -> dict[str, Any]:
    return {"EvaluationResults": list(results), "IsTruncated": bool(marker)} | ({"Marker": marker} if marker else {})


def ask(*pages: dict[str, Any], actions: list[str] | None = None) -> dict[str, Decision]:
    with answering(*pages) as client:
        return {answer.requirement: answer for answer in simulate(client, ROLE, actions or ACTIONS, Scope())}


def test_one_request_asks_every_action_on_its_own_resources():
    expected = {
        "PolicySourceArn": ROLE.arn,
        "ActionNames": ACTIONS,
        "ResourceArns": [TABLES, "*", ROLE.arn],
        "ContextEntries": ANY,
        "MaxItems": 1000,
    }
    with answering(page(*(result(action) for action in ACTIONS)), expected=[expected]) as client:
        answers = simulate(client, ROLE, ACTIONS, Scope())
    assert [(answer.requirement, answer.verdict, answer.method) for answer in answers] == [
        (action, "allowed", "simulate") for action in ACTIONS
    ]


def test_the_context_holds_what_is_known():
    """The simulator does not fill in the keys that are left out."""
    request = arguments(ROLE, ACTIONS, Scope(regions=("eu-west-1",)))
    assert {entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in request["ContextEntries"]} == {
        "aws:PrincipalArn": [ROLE.arn],
        "aws:PrincipalIsAWSService": ["false"],
        "aws:SecureTransport": ["true"],
        "aws:RequestedRegion": ["eu-west-1"],
        "aws:ResourceAccount": [ACCOUNT],
        "iam:PassedToService": ["backup.amazonaws.com"],
    }
    assert request["ResourceArns"][0] == f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/*"
    without_region = {entry["ContextKeyName"] for entry in arguments(ROLE, ACTIONS, Scope())["ContextEntries"]}
    assert "aws:RequestedRegion" not in without_region


def test_a_user_is_asked_about_itself_and_the_roles_it_passes():
    request = arguments(USER, ["iam:SimulatePrincipalPolicy", "iam:PassRole", "iam:GetRole"], Scope())
    assert request["ResourceArns"] == [f"arn:aws:iam::{ACCOUNT}:user/ann", f"arn:aws:iam::{ACCOUNT}:role/*"]


def test_only_the_resources_of_an_action_count_for_it():
    # On the role's ARN, which is no table, the simulator denies what nobody asks for.
    update = result("dynamodb:UpdateTable", "implicitDeny", on(TABLES, "allowed"), on(ROLE.arn, "implicitDeny"))
    denied = result("iam:PassRole", "implicitDeny", on(TABLES, "allowed"), on(ROLE.arn, "implicitDeny"))
    first = page(update, denied, result("dynamodb:ListTables"))
    decision = ask(*[first] * REQUESTS)
    assert decision["dynamodb:UpdateTable"].verdict == "allowed"
    assert (decision["iam:PassRole"].verdict, decision["iam:PassRole"].resource) == ("implicit_deny", ROLE.arn)


def test_pages_are_put_together():
    first_page = page(result("dynamodb:UpdateTable", "allowed", on("*", "implicitDeny")), marker="next")
    two = page(result("dynamodb:UpdateTable", "allowed", on(TABLES, "explicitDeny")), result("dynamodb:ListTables"))
    decision = ask(*[first_page, two] * REQUESTS, actions=ACTIONS[:2])
    assert (decision["dynamodb:UpdateTable"].verdict, decision["dynamodb:ListTables"].verdict) == (
        "explicit_deny",
        "allowed",
    )


@with_exclusions
def test_a_denial_of_the_organization_is_told_as_its_own():
    """A denial that goes away without the organization's policies comes from them."""
    denied = page(*(result(action, "implicitDeny") for action in ACTIONS))
    without = page(result(ACTIONS[0]), *(result(action, "implicitDeny") for action in ACTIONS[1:]))
    without_boundary = page(*(result(action, "implicitDeny") for action in ACTIONS[:2]), result(ACTIONS[2]))
    decision = ask(denied, without, without_boundary)
    assert [decision[action].layer for action in ACTIONS] == ["scp", "identity", "boundary"]


@with_exclusions
def test_further_requests_are_made_only_for_a_denial():
    """Each of them leaves out one kind of policies."""
    denied = page(*(result(action, "implicitDeny") for action in ACTIONS))
    request = arguments(ROLE, ACTIONS, Scope())
    more = [{**request, "PolicyExclusionList": [{"PolicyType": kind}]} for kind in ("scp", "permission-boundary")]
    with answering(denied, denied, denied, expected=[request, *more]) as client:
        simulate(client, ROLE, ACTIONS, Scope())
    ask(page(*(result(action) for action in ACTIONS)))


@pytest.mark.parametrize(
    ("detail", "layer"),
    [
        ({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, "scp"),
        ({"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}, "boundary"),
        ({}, "identity"),
    ],
)
def test_the_layer_that_denies_is_named(detail: dict[str, Any], layer: str):
    """As far as the simulator tells it."""
    denied = page(result("dynamodb:ListTables", "implicitDeny", **detail))
    pages = [denied] * (REQUESTS if layer == "identity" else 1)
    assert ask(*pages, actions=["dynamodb:ListTables"])["dynamodb:ListTables"].layer == layer


def test_the_policies_that_match_are_named():
    matched = [{"SourcePolicyId": "guardrail", "SourcePolicyType": "IAM Policy"}]
    denied = page(result("dynamodb:ListTables", "explicitDeny", MatchedStatements=matched))
    decision_ = ask(*[denied] * REQUESTS, actions=["dynamodb:ListTables"])["dynamodb:ListTables"]
    assert (decision_.verdict, decision_.policy, decision_.places) == (
        "explicit_deny",
        "guardrail",
        ("IAM Policy policy guardrail",),
    )


@pytest.mark.parametrize("decision", ["allowed", "explicitDeny"])
def test_a_missing_condition_key_is_neither_allowed_nor_denied(decision: str):
    answer = page(result("dynamodb:ListTables", decision, MissingContextValues=["aws:RequestedRegion"]))
    decision_ = ask(answer, actions=["dynamodb:ListTables"])["dynamodb:ListTables"]
    assert decision_.verdict == "conditional"
    assert "aws:RequestedRegion" in decision_.conditions[0]


def test_an_action_without_an_answer_is_unreadable():
    decision = ask(page(result("dynamodb:ListTables")), actions=["dynamodb:ListTables", "iam:PassRole"])
    assert decision["iam:PassRole"].verdict == "unreadable"


def test_a_refused_simulation_says_what_was_refused():
    client = boto3.client("iam", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        stubber.add_client_error("simulate_principal_policy", "AccessDenied", "no")
        with pytest.raises(CallError, match="iam:SimulatePrincipalPolicy"):
            simulate(client, ROLE, ACTIONS, Scope())


def test_actions_that_aws_does_not_take_together_go_apart():
    client = boto3.client("iam", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        message = "Invalid Input Actions: [a] and [b] require different authorization information"
        stubber.add_client_error("simulate_principal_policy", "InvalidInput", message)
        stubber.add_response("simulate_principal_policy", page(result(ACTIONS[0])))
        stubber.add_response("simulate_principal_policy", page(*(result(action) for action in ACTIONS[1:])))
        answers = simulate(client, ROLE, ACTIONS, Scope())
        stubber.assert_no_pending_responses()
    assert [answer.verdict for answer in answers] == ["allowed"] * 3


def test_what_aws_does_not_take_at_all_is_an_error():
    client = boto3.client("iam", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        stubber.add_client_error("simulate_principal_policy", "InvalidInput", "no")
        with pytest.raises(CallError, match="InvalidInput"):
            simulate(client, ROLE, ACTIONS[:1], Scope())


def test_iam_is_asked_about_in_its_home_region():
    sent: list[dict[str, Any]] = []
    with answering(page(result("iam:PassRole")), page(*(result(action) for action in ACTIONS[:2]))) as client:
        client.meta.events.register(
            "provide-client-params.iam.SimulatePrincipalPolicy", lambda params, **_: sent.append(params)
        )
        simulate(client, ROLE, ACTIONS, Scope(regions=("eu-west-1",)))
    regions = [
        entry["ContextKeyValues"]
        for request in sent
        for entry in request["ContextEntries"]
        if "Region" in entry["ContextKeyName"]
    ]
    assert ([request["ActionNames"] for request in sent], regions) == (
        [ACTIONS[2:], ACTIONS[:2]],
        [["us-east-1"], ["eu-west-1"]],
    )


def test_all_tables_at_once_are_judged_by_the_engine_too():
    iam = scenes.account(inline={"restore": scenes.GRANTED, "guard": NOT_PRODUCTION})
    rows = {
        decision.requirement: decision.verdict
        for decision in outside_decisions(observed_of(iam), desired(), OutsidePolicies(None, None, without_keys=True))
    }
    assert rows["dynamodb:UpdateTable"] == "conditional"
    assert rows["dynamodb:ListTables"] == "allowed"


# Side by side


def decision(verdict: str, **more: Any) -> Decision:
    return Decision("kms:Decrypt", verdict, "because", **more)


NOT_PRODUCTION = worlds.document(
    {"Effect": "Deny", "Action": "dynamodb:UpdateTable", "Resource": "arn:aws:dynamodb:*:*:table/prod*"}
)


def observed_of(iam: MemoryIam) -> Observed:
    return observe(iam, lambda: Account("aws", ACCOUNT), "role", worlds.NAME, (), None)


def desired() -> Desired:
    return state_to_verify(validated(VERIFY_SPEC, scenes.OPTIONS))


NOT_GIVEN = ("the organization's resource control policies are not known: organization_policies was not provided",)


@pytest.mark.parametrize(
    ("engine", "simulator", "words"),
    [
        (decision("explicit_deny", layer="rcp"), decision("allowed"), "does not look at resource control policies"),
        (decision("implicit_deny", layer="key"), decision("allowed"), "key policies"),
        (decision("allowed"), decision("unreadable"), "gave no answer"),
        (decision("allowed"), decision("implicit_deny", layer="scp"), "sees the account's service control policies"),
        (decision("allowed"), decision("conditional", conditions=("aws:SourceIp",)), "aws:SourceIp"),
        (decision("conditional", conditions=("only on X",)), decision("allowed"), "only on X"),
        (decision("unreadable"), decision("allowed"), "could not read what decides: because"),
        (decision("implicit_deny", layer="boundary"), decision("allowed"), "permissions boundary"),
        (decision("allowed"), decision("implicit_deny", layer="identity"), "read the same policies differently"),
    ],
)
def test_each_disagreement_says_why_it_can_be(engine: Decision, simulator: Decision, words: str):
    (disagreement,) = disagreements([engine], [simulator])
    assert words in disagreement["reason"]
    assert (disagreement["evaluate"], disagreement["simulate"]) == (engine.verdict, simulator.verdict)


@pytest.mark.parametrize(
    ("engine", "simulator"),
    [
        (decision("allowed"), decision("allowed")),
        (decision("explicit_deny", layer="rcp"), decision("explicit_deny")),
        (decision("conditional", conditions=NOT_GIVEN, not_provided=NOT_GIVEN), decision("allowed")),
    ],
)
def test_what_is_no_disagreement(engine: Decision, simulator: Decision):
    assert disagreements([engine], [simulator]) == []


def test_the_stricter_verdict_counts():
    """Where simulator and engine agree, the engine's words stay."""
    allowed, denied = decision("allowed"), decision("implicit_deny", method="simulate")
    assert stricter([allowed], [denied]) == (denied,)
    assert stricter([denied], [allowed]) == (denied,)
    again = decision("implicit_deny")
    assert stricter([again], [denied]) == (again,)


@pytest.mark.parametrize(
    ("simulator", "verdict"),
    [
        (decision("allowed"), "allowed"),
        (decision("implicit_deny", layer="identity"), "allowed"),
        (decision("implicit_deny", layer="boundary"), "allowed"),
        (decision("implicit_deny", layer="scp"), "implicit_deny"),
        (decision("explicit_deny", layer="scp"), "explicit_deny"),
        (decision("explicit_deny", layer="identity"), "explicit_deny"),
        (decision("conditional", layer="scp", conditions=("aws:SourceIp",)), "conditional"),
        (decision("unreadable"), "unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.verdict} {value.layer}",
)
def test_a_key_policy_overrides_only_what_it_can(simulator: Decision, verdict: str):
    """It grants by itself what no policy of the principal allows, but nothing against a Deny or the organization."""
    (by_engine,) = completed([simulator], [decision("allowed")], ["kms:Decrypt"])
    assert by_engine.verdict == verdict
    (without_keys,) = completed([simulator], [decision("allowed")], [])
    assert without_keys.verdict == simulator.verdict
    (denied,) = completed([simulator], [decision("explicit_deny", layer="key")], ["kms:Decrypt"])
    assert denied.verdict == "explicit_deny"
