# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules 73-76 in words: the reason, the layer, the policy and the statement that a verdict is told with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import ask as doors
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import principals, verdicts
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import Context
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import (
    NotRead,
    NotReadKind,
    Policies,
    layer,
    may,
    value_of,
    worst,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import Request, StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.resource_policy import (
    may_use_key,
    may_use_vault,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.verdicts import Decision

from tests.unit.policy.rules.asking import (
    ACCOUNT,
    ALL_TABLES,
    ALLOWED,
    CONDITIONAL,
    EXPLICIT,
    IMPLICIT,
    OTHER,
    RESTORE_ROLE,
    TABLE,
    UNREADABLE,
    allow,
    ask,
    deny,
    document,
    enter,
    stored,
    trust,
)

OPEN = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
NO = [allow("s3:*")]
YES = [allow()]
FULL = (stored(allow()),)
NEARLY = "; a statement names it, but not for this resource or under these conditions"

# rules and words, identity layer, other layers, verdict, layer, policy, statement, reason
TOLD: list[tuple[str, Any, dict[str, Any], str, str, str, str, str]] = [
    ("R76 no policy at all", (), {}, IMPLICIT, "identity", "", "", "no attached, inline or group policy allows it"),
    ("R76 no statement", NO, {}, IMPLICIT, "identity", "", "", "no attached, inline or group policy allows it"),
    (
        "R76 a near miss",
        [allow("*", TABLE + "2")],
        {},
        IMPLICIT,
        "identity",
        "",
        "",
        "no attached, inline or group policy allows it" + NEARLY,
    ),
    (
        "R76 the boundary, by its name",
        YES,
        {"boundary": NO},
        IMPLICIT,
        "boundary",
        "boundary",
        "",
        "the permissions boundary does not allow it, so no policy of the principal can grant it",
    ),
    (
        "R76 a session policy",
        YES,
        {"session": NO},
        IMPLICIT,
        "session",
        "",
        "",
        "no policy of the layer session allows it",
    ),
    (
        "R76 an SCP",
        YES,
        {"scps": (FULL, tuple(stored(*NO, name="guard") for _copy in "ab"))},
        IMPLICIT,
        "scp level 2",
        "",
        "",
        "no policy of the layer scp level 2 allows it",
    ),
    (
        "R76 a Deny, by its place",
        [*YES, deny("s3:*", Sid="A"), deny(Sid="B")],
        {},
        EXPLICIT,
        "identity",
        "policy",
        "B",
        "an explicit Deny applies, which no Allow can override",
    ),
    ("R76 allowed", [*NO, *YES], {}, ALLOWED, "identity", "policy", "#1", "allowed"),
    ("R62,76 allowed without a statement", None, {}, ALLOWED, "", "", "", "allowed"),
    (
        "R73 a condition",
        [allow(Condition=OPEN)],
        {},
        CONDITIONAL,
        "identity",
        "policy",
        "#0",
        "allowed only under a condition, or on some resources",
    ),
    (
        "R73 a Deny under a condition",
        [*YES, deny(Condition=OPEN)],
        {},
        CONDITIONAL,
        "identity",
        "policy",
        "#1",
        "allowed, unless a Deny applies that depends on a condition or a resource",
    ),
    (
        "R73 a Deny under a condition, and an Allow under one",
        [allow(Condition=OPEN), deny(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
        {},
        CONDITIONAL,
        "identity",
        "policy",
        "#0",
        "allowed only under a condition, or on some resources",
    ),
    ("R75 a layer not read", YES, {"rcps": NotRead("refused", "no right")}, UNREADABLE, "rcp", "", "", "no right"),
    (
        "R75 two layers not read: the first",
        YES,
        {"scps": NotRead("refused", "no SCPs"), "rcps": NotRead("refused", "no RCPs")},
        UNREADABLE,
        "scp",
        "",
        "",
        "no SCPs",
    ),
    (
        "R58 no level of the organization",
        YES,
        {"scps": ()},
        UNREADABLE,
        "scp",
        "",
        "",
        "no level of the organization was provided",
    ),
    (
        "R5 a statement that cannot be read",
        [{"Effect": "Maybe"}],
        {},
        UNREADABLE,
        "identity",
        "policy",
        "#0",
        "a statement without a readable Effect",
    ),
    (
        "R5 one that cannot be read beside a condition",
        [allow(Condition=OPEN), {"Effect": "Maybe"}],
        {},
        CONDITIONAL,
        "identity",
        "policy",
        "#0",
        "allowed only under a condition, or on some resources",
    ),
]


@pytest.mark.parametrize(
    ("identity", "layers", "verdict", "layer", "policy", "statement", "reason"),
    [case[1:] for case in TOLD],
    ids=[case[0] for case in TOLD],
)
def test_a_verdict_is_told(
    identity: Any, layers: dict[str, Any], verdict: str, layer: str, policy: str, statement: str, reason: str
):
    decision = ask(identity, **layers)
    assert (decision.verdict, decision.layer, decision.policy, decision.statement) == (
        verdict,
        layer,
        policy,
        statement,
    )
    assert decision.reason == reason
    assert (decision.requirement, decision.resource) == ("dynamodb:DescribeTable", TABLE)


def test_r76_what_nearly_allows_is_not_named_where_something_allows():
    decision = ask([allow("*", TABLE + "2", Sid="Near"), allow(Sid="All"), allow("*", TABLE, Condition=OPEN)])
    assert decision.places == ("identity policy policy, statement All",)
    assert (decision.conditions, decision.verdict) == ((), ALLOWED)


def test_r20_allowed_on_all_of_a_kind_is_said():
    assert ask(YES, resource=ALL_TABLES).reason == "allowed on every resource that was evaluated"


def test_r76_a_boundary_of_two_names_is_told_by_none():
    decision = ask(YES, boundary=(stored(*NO, name="one"), stored(*NO, name="two")))
    assert (decision.layer, decision.policy) == ("boundary", "")


# What of a statement is open, in words (rule 5)
OPEN_STATEMENTS: list[tuple[str, Any, str]] = [
    ("R5 no object", "text", "a statement that is not an object"),
    ("R5 twice", {"EFFECT": "Allow", "Effect": "Allow", "action": "*", "ACTION": "*"}, "a statement with Action in it twice"),
    ("R5 null", allow(Condition=None), "a statement whose Condition has no value"),
    ("R5 no action", {"Effect": "Allow", "Resource": "*"}, "neither or both of Action and NotAction"),
    ("R5 both actions", allow(NotAction="s3:*"), "neither or both of Action and NotAction"),
    ("R5 an action that is not a string", allow([7]), "an action that is not a string"),
    ("R5 an empty NotAction", {"Effect": "Allow", "NotAction": [], "Resource": "*"}, "an empty NotAction"),
    ("R5 no resource", {"Effect": "Allow", "Action": "*"}, "neither Resource nor NotResource"),
    ("R5 both resources", allow(NotResource="x"), "both Resource and NotResource"),
    ("R5 a resource that is not a string", allow("*", [7]), "a resource that is not a string"),
    ("R5 an empty NotResource", {"Effect": "Allow", "Action": "*", "NotResource": []}, "an empty NotResource"),
    ("R17 a variable", {"Effect": "Allow", "Action": "*", "NotResource": "x${aws:a}"}, "the variable in x${aws:a}"),
    ("R5 a Condition", allow(Condition="x"), "a Condition that is not an object"),
    ("R5 an operator", allow(Condition={"Bool": "x"}), "a condition Bool that is not an object"),
    ("R44 no operator", allow(Condition={"Boolean": {"k": "x"}}), "k (Boolean: the operator is not one of IAM's)"),
    ("R5 a value", allow(Condition={"Bool": {"k": [None]}}), "k (Bool: a value is not a string)"),
    ("R5 no value at all", allow(Condition={"Bool": {"k": None}}), "k (Bool: a value is not a string)"),
    ("R5 no values", allow(Condition={"Bool": {"k": []}}), "k (Bool: it has no values)"),
    (
        "R31 Null if it exists",
        allow(Condition={"NullIfExists": {"k": "true"}}),
        "k (NullIfExists: AWS does not document Null with IfExists)",
    ),
    (
        "R37 many values",
        allow(Condition={"StringLike": {"many": ["a", "b"]}}),
        "many (StringLike a, b): the key has many values and the operator is none for sets",
    ),
    (
        "R32 any, if it exists",
        allow(Condition={"ForAnyValue:StringLikeIfExists": {"aws:a": "x"}}),
        "aws:a (ForAnyValue:StringLikeIfExists x): AWS does not document what it means without the key",
    ),
    ("R40 four digits", allow(Condition={"DateEquals": {"time": "2026"}}), "time (DateEquals 2026): four digits are a year or seconds"),
    ("R26 a variable in a Bool", allow(Condition={"Bool": {"true": "${true}"}}), "true (Bool ${true}): whether variables work in a Bool"),
    (
        "R25 a default without a blank",
        allow("*", "arn:aws:dynamodb:*:*:table/${aws:a,'Orders'}"),
        "the variable ${aws:a,'Orders'}, in a form that AWS does not document",
    ),
    (
        "R15 a variable before the resource part",
        allow("*", "arn:aws:dynamodb:*:${aws:b}:table/Orders"),
        "a variable in arn:aws:dynamodb:*:${aws:b}:table/Orders, in a part of the ARN where AWS documents none",
    ),
    ("R9 a variable in an action", allow("${aws:b}:*"), "a variable in an action, where AWS documents none"),
]  # fmt: skip
KNOWN = {"aws:a": None, "many": ["a", "b"], "time": "2026-01-01", "true": "true", "empty": ""}


@pytest.mark.parametrize(
    ("statement", "leaf"), [case[1:] for case in OPEN_STATEMENTS], ids=[case[0] for case in OPEN_STATEMENTS]
)
def test_what_is_open_in_a_statement(statement: Any, leaf: str):
    decision = ask([statement], context=KNOWN)
    assert decision.conditions == (f"{leaf} [identity policy policy, statement #0]",)


# Several decisions as one (rule 21)


def decision(verdict: str, place: str, leaf: str = "leaf") -> Decision:
    return Decision("a:B", verdict, place, places=(place, "both"), conditions=(leaf,))


def test_r21_what_stands_most_in_the_way_comes_first():
    order = ["explicit_deny", "implicit_deny", "unreadable", "conditional", "allowed", "not_applicable"]
    for index, verdict in enumerate(order):
        assert worst([decision(name, name) for name in reversed(order[index:])]).verdict == verdict


def test_r21_what_stands_in_the_way_equally_is_told_once_each_and_nothing_else():
    worst_decision = worst(
        [decision("allowed", "x"), decision("conditional", "y", "2"), decision("conditional", "z", "1")]
    )
    assert (worst_decision.reason, worst_decision.places, worst_decision.conditions) == (
        "y",
        ("y", "both", "z"),
        ("1", "2"),
    )


def test_the_worst_of_several_says_which_of_its_conditions_are_layers_not_provided():
    unknown_rcps = Decision("a:B", "conditional", "x", conditions=("no RCPs",), not_provided=("no RCPs",))
    worst_decision = worst([unknown_rcps, replace(unknown_rcps, conditions=("no keys",), not_provided=("no keys",))])
    assert (worst_decision.not_provided, worst_decision.depends_on_not_provided) == (("no RCPs", "no keys"), True)
    worst_decision = worst([unknown_rcps, replace(unknown_rcps, conditions=("aws:SourceIp",), not_provided=())])
    assert (worst_decision.not_provided, worst_decision.depends_on_not_provided) == (("no RCPs",), False)
    assert not Decision("a:B", "allowed", "x").depends_on_not_provided


@pytest.mark.parametrize(("kind", "expected"), [("not_provided", True), ("refused", False), ("missing", False)])
def test_a_decision_says_whether_it_depends_on_nothing_but_layers_not_provided(kind: NotReadKind, expected: bool):
    """By the kind and whatever the reason says; a condition of a policy beside it is another thing to depend on."""
    own = Policies((stored(*YES),), scps=NotRead(kind, "no SCPs"), rcps=NotRead(kind, "no RCPs"))
    decision = may(own, "s3:GetObject", "*", Context())
    assert decision.conditions == ("no RCPs [rcp]", "no SCPs [scp]")
    assert (decision.not_provided == decision.conditions, decision.depends_on_not_provided) == (expected, expected)
    deny = stored({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a:b": "true"}}})
    decision = may(replace(own, identity=(stored(*YES), deny)), "s3:GetObject", "*", Context())
    assert len(decision.conditions) == 3
    assert (len(decision.not_provided) == 2, decision.depends_on_not_provided) == (expected, False)


def test_what_is_allowed_or_not_applicable_is_met():
    assert [verdict for verdict in verdicts.SEVERITY if Decision("a:B", verdict, "").met] == [
        "allowed",
        "not_applicable",
    ]


# Keys and vaults (rules 60, 61)

CALLER = principals.role(RESTORE_ROLE)
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
VAULT = f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:Main"


def key(own: Any, policy: Any, arn: str = KEY, **layers: Any) -> Any:
    identity = own if not isinstance(own, list) else (stored(*own),)
    return may_use_key(Policies(identity, **layers), policy, "kms:Decrypt", arn, CALLER, Context())


def test_r60_a_key_policy_that_was_not_read_is_the_reason_and_more_if_nothing_else_grants():
    decision = key(YES, NotRead("refused", "no right"))
    assert (decision.verdict, decision.layer, decision.reason, decision.subject) == (
        UNREADABLE,
        "key",
        "no right",
        RESTORE_ROLE,
    )
    decision = key(NO, NotRead("refused", "no right"))
    note = "; its own policies do not allow it, so the key policy would have to allow it"
    assert (decision.verdict, decision.reason) == (UNREADABLE, "no right" + note)
    assert key(NO, StoredPolicy("", "{")).reason.endswith(note)


def test_r60_a_key_whose_policy_was_not_read_is_still_cut_by_an_scp():
    assert key(YES, NotRead("refused", "no right"), scps=((stored(*NO),),)).layer == "scp level 1"


@pytest.mark.parametrize(
    ("own", "policy", "verdict"),
    [
        (YES, stored(allow(Principal={"AWS": ACCOUNT})), ALLOWED),
        (NO, stored(allow(Principal={"AWS": ACCOUNT})), IMPLICIT),
        (NO, stored(allow(Principal={"AWS": RESTORE_ROLE})), ALLOWED),
        (YES, stored(allow(Principal={"AWS": OTHER})), IMPLICIT),
        (YES, stored(deny(Principal="*")), EXPLICIT),
        (YES, stored({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*"}), ALLOWED),
    ],
    ids=["R60 account", "R60 account, no grant", "R60 itself", "R60 another", "R60 a Deny", "R11 no Resource"],
)
def test_a_key_of_the_account(own: list[Any], policy: StoredPolicy, verdict: str):
    assert key(own, policy).verdict == verdict


def test_r59_r66_a_key_of_another_account_asks_both_sides_and_its_owners_rcps():
    foreign, named = KEY.replace(ACCOUNT, OTHER), stored(allow(Principal={"AWS": RESTORE_ROLE}))
    assert key(YES, named, foreign).verdict == ALLOWED
    assert key(NO, named, foreign).layer == "identity"
    decision = key(YES, named, foreign, rcps=(stored(allow()),))
    assert (decision.verdict, decision.layer) == (UNREADABLE, "rcp")
    assert decision.reason == f"the RCPs of account {OTHER}, which owns the key, were not read"
    # The caller's own RCPs do not bind it.
    assert key(YES, named, foreign, rcps=(stored(deny(Principal="*")),)).verdict == UNREADABLE


def vault(policy: Any, own: Any = None, arn: str = VAULT) -> Any:
    policies = own or Policies((stored(allow()),))
    return may_use_vault(policies, policy, "backup:StartRestoreJob", arn, CALLER, Context())


def test_r61_a_vault_policy_that_was_not_read_is_a_note():
    decision = vault(NotRead("refused", "no right"))
    assert (decision.verdict, decision.subject) == (ALLOWED, RESTORE_ROLE)
    assert decision.reason == "allowed; the vault's access policy was not read and may still deny it: no right"
    assert vault(None).reason == "allowed"
    cut = Policies((stored(allow()),), StoredPolicy("fence", document(*NO)))
    assert (vault(None, cut).verdict, vault(None, cut).layer) == (IMPLICIT, "boundary")
    assert vault(stored(deny(Principal="*", Sid="Lock"))).places == ("vault policy policy, statement Lock",)


# Trust (rules 62, 65, 66)


def test_r65_what_the_role_does_not_trust_is_told_before_what_the_caller_may():
    neighbour = principals.role(f"arn:aws:iam::{ACCOUNT}:role/Neighbour")
    assert enter([trust({"AWS": OTHER})], neighbour, own=NO).layer == "trust"
    assert enter([trust({"AWS": ACCOUNT})], neighbour, own=NO).layer == "identity"
    assert enter([trust({"AWS": ACCOUNT})], own=NO).layer == "identity"
    assert enter([trust({"AWS": ACCOUNT})], neighbour, own=NO).subject == neighbour.arn


def test_r66_policies_that_were_not_read_are_told_in_the_words_of_who_could_not_read_them():
    assert enter([trust({"AWS": OTHER})], own=NotRead("refused", "no right in there")).reason == "no right in there"
    decision = enter([trust({"AWS": OTHER})])
    assert decision.reason == f"needs sts:AssumeRole in account {OTHER}, whose policies were not read"
    assert (decision.verdict, decision.layer, decision.resource) == (UNREADABLE, "identity", RESTORE_ROLE)


def test_r62_r68_r70_who_asks_is_told():
    root = f"arn:aws:iam::{OTHER}:root"
    decision = enter([trust("*")], principals.parse(root))
    assert (decision.verdict, decision.subject, decision.resource) == (IMPLICIT, root, RESTORE_ROLE)
    assert decision.reason == "the root user of an account cannot assume a role"
    service = enter([trust({"Service": "backup.amazonaws.com"})], principals.service("backup.amazonaws.com"))
    assert (service.subject, service.verdict) == ("backup.amazonaws.com", ALLOWED)
    assert enter([trust({"AWS": OTHER})], principals.account(OTHER), own=YES).subject == OTHER
    assert enter([], own=YES).reason == "no statement names this principal"


def test_r54_where_nobody_is_told_to_ask_a_resource_policy_is_judged_by_all_but_its_principals():
    for principal in ({"AWS": OTHER}, {"AWS": ACCOUNT}):
        layer_value = value_of(layer("vault", stored(allow(Principal=principal))), Request("a:B", VAULT, Context()))
        assert (layer_value.allow.is_true, layer_value.deny.is_false) == (True, True)


def test_r76_a_statement_of_the_trust_policy_is_a_near_miss_only_if_it_names_the_caller():
    asks = {"Condition": {"StringEquals": {"sts:ExternalId": "x"}}}
    near, other = enter([trust({"AWS": OTHER}, **asks)], own=YES), enter([trust({"AWS": ACCOUNT}, **asks)], own=YES)
    assert near.reason == "a statement names this principal, but not for this resource or under these conditions"
    assert len(near.places) == 1
    assert (other.reason, other.places) == ("no statement names this principal", ())


def test_r64_a_deny_that_may_apply_grants_nothing():
    neighbour = principals.role(f"arn:aws:iam::{ACCOUNT}:role/Neighbour")
    denied = {**trust({"AWS": neighbour.arn}, Condition=OPEN), "Effect": "Deny"}
    assert enter([denied], neighbour, own=YES).verdict == IMPLICIT


def test_r58_r59_an_scp_reaches_also_what_no_rcp_reaches():
    assert ask(YES, "backup:StartRestoreJob", "*", scps=((stored(deny()),),)).verdict == EXPLICIT


def test_r1_a_policy_without_statements_is_told_as_a_whole():
    decision = ask((StoredPolicy("p", {}),))
    assert (decision.places, decision.reason) == (
        ("identity policy p",),
        "policy p cannot be read: it has no Statement",
    )
    assert ask((StoredPolicy("p", "{"),)).places == ("identity policy p",)


def test_r58_r75_a_layer_that_does_not_bind_a_service_linked_role_is_not_what_it_hangs_on():
    linked = {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x/Linked"}
    own = Policies((stored(allow()),), scps=NotRead("refused", "no SCPs"))
    decision = may_use_key(own, NotRead("refused", "no key"), "kms:Decrypt", KEY, CALLER, Context(linked))
    assert (decision.verdict, decision.layer, decision.reason) == (UNREADABLE, "key", "no key")


def test_the_doors_number_what_they_are_given_and_leave_the_boundary_without_a_name():
    asked = ("dynamodb:ListTables", "*")
    decision = doors.may(*asked, identity=[document(), document(deny(Sid="D"))], boundary=document(deny(Sid="B")))
    assert decision.places == ("identity policy #1, statement D", "boundary policy, statement B")
    assert doors.may(*asked, identity=[document(allow())], context={"aws:a": "b"}).verdict == ALLOWED
    when = document(allow(Condition={"StringEquals": {"aws:a": "b"}}))
    assert doors.may(*asked, identity=[when], context={"aws:a": "b"}).verdict == ALLOWED
    named = document(trust({"AWS": OTHER}, Condition={"StringEquals": {"sts:ExternalId": "x", "aws:a": "b"}}))
    asking = (named, RESTORE_ROLE, f"arn:aws:iam::{OTHER}:role/R")
    told = {"identity": [document(allow())], "external_id": "x"}
    assert doors.may_assume(*asking, **told, context={"aws:a": "b"}).verdict == ALLOWED
    assert doors.may_assume(*asking, **told, context={"aws:a": "c"}).verdict == IMPLICIT
    bare = document(trust({"AWS": OTHER}))
    assert doors.may_assume(bare, *asking[1:], identity=[], rcps=[]).layer == "identity"
