# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules 54-62 and 71-76: layers, how they combine, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import truth
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import NotRead, worst
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import (
    Group,
    ManagedPolicy,
    Observed,
)

from tests.unit.policy.rules.asking import (
    ACCOUNT,
    ALLOWED,
    CONDITIONAL,
    EXPLICIT,
    IMPLICIT,
    TABLE,
    UNREADABLE,
    allow,
    ask,
    deny,
    document,
    stored,
)

YES = [allow()]
OTHER = [allow("s3:*")]
DENY = [allow(), deny("dynamodb:*")]
OPEN = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
MAYBE = [allow(Condition=OPEN)]
MAYBE_DENY = [allow(), deny(Condition=OPEN)]
FULL = (stored(allow()),)


def level(*statements: Any) -> tuple[StoredPolicy, ...]:
    return (stored(*statements),)


LAYERS: list[tuple[str, Any, dict[str, Any], str]] = [
    ("R54 no statement", [], {}, IMPLICIT),
    ("R54 one Allow of several", [*OTHER, *YES], {}, ALLOWED),
    ("R54 a Deny outweighs an Allow", DENY, {}, EXPLICIT),
    ("R74 a Deny without any Allow", [deny()], {}, EXPLICIT),
    ("R55 several policies", (stored(*OTHER), stored(*YES)), {}, ALLOWED),
    ("R55 a Deny in another policy", (stored(*YES), stored(deny())), {}, EXPLICIT),
    ("R56 no boundary", YES, {"boundary": None}, ALLOWED),
    ("R56 a boundary that allows", YES, {"boundary": YES}, ALLOWED),
    ("R56 a boundary that does not", YES, {"boundary": OTHER}, IMPLICIT),
    ("R56 a boundary grants nothing", OTHER, {"boundary": YES}, IMPLICIT),
    ("R56 a boundary that denies", YES, {"boundary": DENY}, EXPLICIT),
    ("R56 a boundary under a condition", YES, {"boundary": MAYBE}, CONDITIONAL),
    (
        "R56 a boundary that was not read",
        YES,
        {"boundary": NotRead("refused", "the boundary was not read")},
        UNREADABLE,
    ),
    ("R56 a boundary that cannot be read", YES, {"boundary": StoredPolicy("b", "{")}, UNREADABLE),
    ("R57 a session policy that allows", YES, {"session": YES}, ALLOWED),
    ("R57 a session policy that does not", YES, {"session": OTHER}, IMPLICIT),
    ("R57 a session policy grants nothing", OTHER, {"session": YES}, IMPLICIT),
    ("R58 no organization", YES, {"scps": None}, ALLOWED),
    ("R58 every level allows", YES, {"scps": (FULL, FULL, FULL)}, ALLOWED),
    ("R58 one level does not", YES, {"scps": (FULL, level(*OTHER), FULL)}, IMPLICIT),
    ("R58 a level without a policy", YES, {"scps": (FULL, (), FULL)}, IMPLICIT),
    ("R58 one of several policies of a level", YES, {"scps": (FULL, (stored(*OTHER), stored(*YES)))}, ALLOWED),
    ("R58 a level that denies", YES, {"scps": (FULL, level(*DENY))}, EXPLICIT),
    ("R58 an SCP grants nothing", OTHER, {"scps": (FULL,)}, IMPLICIT),
    ("R58 an SCP under a condition", YES, {"scps": (level(*MAYBE),)}, CONDITIONAL),
    (
        "R58 an SCP with NotAction",
        YES,
        {"scps": (level({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),)},
        ALLOWED,
    ),
    (
        "R13,58 a short ARN in an SCP that ends in no star",
        YES,
        {"scps": (level(allow("*", "arn:aws:dynamodb")),)},
        IMPLICIT,
    ),
    ("R13,58 a short ARN in an SCP that ends in a star", YES, {"scps": (level(allow("*", "arn:aws:dyn*")),)}, ALLOWED),
    ("R58 SCPs that were not read", YES, {"scps": NotRead("refused", "no right to read SCPs")}, UNREADABLE),
    (
        "R58 SCPs that were not read, and no Allow",
        OTHER,
        {"scps": NotRead("refused", "no right to read SCPs")},
        IMPLICIT,
    ),
    ("R59 an RCP that denies", YES, {"rcps": (stored(deny()),)}, EXPLICIT),
    ("R59 an RCP that does not allow", YES, {"rcps": (stored(*OTHER),)}, ALLOWED),
    ("R59 RCPs that were not read", YES, {"rcps": NotRead("refused", "no right to read RCPs")}, UNREADABLE),
    ("R58 no level at all", YES, {"scps": ()}, UNREADABLE),
    ("R58 every level without a policy", YES, {"scps": ((), ())}, IMPLICIT),
    ("R58 a level that was not read", YES, {"scps": (FULL, NotRead("refused", "x"))}, UNREADABLE),
    (
        "R58 a level that was not read, another does not allow",
        YES,
        {"scps": (NotRead("refused", "x"), level(*OTHER))},
        IMPLICIT,
    ),
    ("R58 a level that cannot be read", YES, {"scps": (FULL, (StoredPolicy("s", "{"),))}, UNREADABLE),
    ("R58 what one level allows, another does not add", YES, {"scps": (level(*OTHER), FULL, FULL)}, IMPLICIT),
    ("R58 an SCP for other Regions", YES, {"scps": (level(allow("*", "arn:aws:dynamodb:us-*:*:*")),)}, IMPLICIT),
    (
        "R58 an SCP with NotResource",
        YES,
        {"scps": (level({"Effect": "Allow", "Action": "*", "NotResource": TABLE}),)},
        IMPLICIT,
    ),
    (
        "R58 a Deny for all but some Regions",
        YES,
        {"scps": (level(allow(), deny(Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})),)},
        CONDITIONAL,
    ),
    ("R57 no session policy among several", YES, {"session": ()}, IMPLICIT),
    ("R57 one of several session policies", YES, {"session": (stored(*OTHER), stored(*YES))}, ALLOWED),
    ("R57 a session policy that denies", YES, {"session": DENY}, EXPLICIT),
    ("R56 a boundary for one of the tables", YES, {"boundary": [allow("*", TABLE)]}, ALLOWED),
    ("R55 identity policies that were not read", NotRead("refused", "x"), {}, UNREADABLE),
    ("R55 not read, and a boundary that does not allow", NotRead("refused", "x"), {"boundary": OTHER}, IMPLICIT),
    ("R74 not read, and a boundary that denies", NotRead("refused", "x"), {"boundary": DENY}, EXPLICIT),
    ("R59 an RCP under a condition", YES, {"rcps": (stored(deny(Condition=OPEN)),)}, CONDITIONAL),
    ("R59 an RCP that cannot be read", YES, {"rcps": (StoredPolicy("r", "{"),)}, UNREADABLE),
    ("R59 no RCP", YES, {"rcps": ()}, ALLOWED),
    ("R71 unknown and false", MAYBE, {"boundary": OTHER}, IMPLICIT),
    ("R71 unknown and true", MAYBE, {"boundary": YES}, CONDITIONAL),
    ("R71 unknown or true", [*MAYBE, *YES], {}, ALLOWED),
    ("R73 perhaps a Deny", MAYBE_DENY, {}, CONDITIONAL),
    ("R73 perhaps a Deny, and no Allow", [deny(Condition=OPEN)], {}, IMPLICIT),
    ("R73 perhaps a Deny, and one for sure", [*MAYBE_DENY, deny()], {}, EXPLICIT),
    ("R72 a Deny in any layer", YES, {"boundary": YES, "scps": (FULL,), "session": DENY}, EXPLICIT),
    (
        "R77 if it is, or if it is not",
        [allow(Condition=OPEN), allow(Condition={"NotIpAddress": OPEN["IpAddress"]})],
        {},
        ALLOWED,
    ),
]


@pytest.mark.parametrize(
    ("identity", "layers", "verdict"), [case[1:] for case in LAYERS], ids=[case[0] for case in LAYERS]
)
def test_layers(identity: Any, layers: dict[str, Any], verdict: str):
    assert ask(identity, **layers).verdict == verdict


@pytest.mark.parametrize(
    ("action", "verdict"),
    [
        ("dynamodb:DescribeTable", EXPLICIT),
        ("dynamodb:ListTables", EXPLICIT),
        ("KMS:Decrypt", EXPLICIT),
        ("kms:RetireGrant", ALLOWED),
        ("backup:StartRestoreJob", ALLOWED),
        ("Backup-Storage:MountCapsule", ALLOWED),
        ("ec2:DescribeRegions", ALLOWED),
        ("iam:PassRole", ALLOWED),
        ("sts:AssumeRole", EXPLICIT),
    ],
    ids=lambda value: f"R59 {value}",
)
def test_which_actions_an_rcp_reaches(action: str, verdict: str):
    assert ask(YES, action, "*", rcps=(stored(deny(Principal="*")),)).verdict == verdict


LINKED = "arn:aws:iam::111122223333:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"


@pytest.mark.parametrize(
    ("arn", "layers", "verdict"),
    [
        (LINKED, {"scps": (level(*DENY),)}, ALLOWED),
        (LINKED, {"scps": NotRead("refused", "x")}, ALLOWED),
        (LINKED, {"rcps": (stored(deny()),)}, ALLOWED),
        (LINKED, {"boundary": DENY}, EXPLICIT),
        ("arn:aws:iam::111122223333:role/my-aws-service-role/x", {"scps": (level(*DENY),)}, EXPLICIT),
        (None, {"scps": (level(*DENY),)}, EXPLICIT),
    ],
    ids=[
        "R58 an SCP",
        "R58 SCPs that were not read",
        "R59 an RCP",
        "R58 but a boundary",
        "R58 another path",
        "R58 no ARN",
    ],
)
def test_a_service_linked_role_is_outside_the_organization(arn: Any, layers: dict[str, Any], verdict: str):
    assert ask(YES, context={"aws:PrincipalArn": arn}, **layers).verdict == verdict


def test_r71_kleene_logic():
    yes, no, open_ = truth.YES, truth.NO, truth.unknown("a")
    assert [truth.every(pair).value for pair in [(yes, open_), (no, open_), (open_, open_)]] == [1, 0, 1]
    assert [truth.some(pair).value for pair in [(yes, open_), (no, open_), (open_, open_)]] == [2, 1, 1]
    assert [truth.negate(value).value for value in (yes, open_, no)] == [0, 1, 2]
    assert truth.every((truth.unknown("a"), truth.unknown("b"))).leaves == {"a", "b"}


def test_r75_a_conditional_verdict_lists_what_it_hangs_on_with_its_place():
    decision = ask(
        [allow(Sid="Office", Condition=OPEN)],
        boundary=[allow("*", "arn:aws:dynamodb:*:*:table/Orders*")],
        resource=TABLE + "*",
    )
    assert decision.verdict == CONDITIONAL
    assert decision.conditions == ("aws:SourceIp (IpAddress 10.0.0.0/8) [identity policy policy, statement Office]",)
    one_table = ask([allow("*", TABLE)], resource="arn:aws:dynamodb:*:111122223333:table/*")
    assert one_table.conditions == (f"only on {TABLE} [identity policy policy, statement #0]",)


def test_r75_only_what_decides_is_listed():
    decision = ask([allow(Sid="May", Condition=OPEN), allow(Sid="All")], boundary=[allow(Sid="Fence", Condition=OPEN)])
    assert (decision.layer, decision.places) == ("boundary", ("boundary policy boundary, statement Fence",))
    assert decision.conditions == ("aws:SourceIp (IpAddress 10.0.0.0/8) [boundary policy boundary, statement Fence]",)


def test_r75_beside_an_allow_that_holds_an_unread_layer_is_what_it_hangs_on():
    decision = ask(
        [allow(Sid="May", Condition=OPEN), allow(Sid="All")], scps=NotRead("refused", "no right to read SCPs")
    )
    assert (decision.verdict, decision.layer, decision.places) == (UNREADABLE, "scp", ())
    assert decision.conditions == ("no right to read SCPs [scp]",)


def test_r75_both_sides_of_an_open_question_are_listed():
    decision = ask(
        [allow(Sid="May", Condition=OPEN), deny(Sid="Not", Condition={"Bool": {"aws:ViaAWSService": "true"}})]
    )
    assert decision.conditions == (
        "aws:SourceIp (IpAddress 10.0.0.0/8) [identity policy policy, statement May]",
        "aws:ViaAWSService (Bool true) [identity policy policy, statement Not]",
    )


def test_r75_of_several_keys_only_the_open_ones_are_listed():
    condition = {**OPEN, "Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalTag/A": "x"}}
    decision = ask([allow(Condition=condition)], context={"aws:SecureTransport": "true"})
    assert [leaf.split(" ")[0] for leaf in decision.conditions] == ["aws:PrincipalTag/A", "aws:SourceIp"]


def test_r75_a_variable_is_told_with_the_condition_it_stands_in():
    decision = ask(
        [allow(Condition={"StringEquals": {"aws:PrincipalTag/A": "${aws:userid}"}})],
        context={"aws:PrincipalTag/A": "x"},
    )
    assert decision.conditions == (
        "aws:PrincipalTag/A (StringEquals ${aws:userid}): the variable ${aws:userid} [identity policy policy, statement #0]",
    )


def test_r75_of_several_resources_all_that_is_open_is_listed():
    decision = worst(
        [ask([allow("*", [TABLE, TABLE + "2"], Condition=OPEN, Sid=name)], resource=TABLE) for name in ("One", "Two")]
    )
    assert len(decision.conditions) == len(decision.places) == 2


def test_r76_every_deny_in_every_layer_is_named():
    decision = ask(
        [allow(), deny(Sid="A"), deny("s3:*", Sid="Elsewhere"), deny(Sid="Perhaps", Condition=OPEN)],
        boundary=[deny(Sid="B")],
        session=[deny(Sid="C")],
        scps=((stored(deny(Sid="D")),), (stored(deny(Sid="E")),)),
        rcps=(stored(deny(Sid="F", Principal="*")),),
    )
    assert [place.split(" ")[-1] for place in decision.places] == list("ABCDEF")
    assert [place.split(" policy")[0] for place in decision.places] == [
        "identity",
        "boundary",
        "session",
        "scp level 1",
        "scp level 2",
        "rcp",
    ]


def test_r76_a_near_miss_is_one_of_resource_or_condition_and_not_of_action():
    decision = ask(
        [
            allow("dynamodb:*", "arn:aws:s3:::x", Sid="Resource"),
            allow("s3:*", Sid="Action"),
            allow(Condition={"Bool": {"aws:SecureTransport": "false"}}, Sid="Condition"),
            deny("dynamodb:*", "arn:aws:s3:::x", Sid="Deny"),
        ],
        context={"aws:SecureTransport": "true"},
    )
    assert [place.split(" ")[-1] for place in decision.places] == ["Resource", "Condition"]


def test_r76_the_layers_fail_in_their_order():
    failing = {"boundary": OTHER, "session": OTHER, "scps": ((),)}
    assert ask(OTHER, **failing).layer == "identity"
    assert ask(YES, **failing).layer == "boundary"
    assert ask(YES, **{**failing, "boundary": YES}).layer == "session"
    empty = ask(YES, scps=(FULL, ()))
    assert (empty.layer, empty.reason) == (
        "scp level 2",
        "scp level 2 of the organization has no policy, so nothing is allowed below it",
    )


def test_r76_allowed_names_one_allow_of_every_layer_that_there_is():
    decision = ask(
        [allow(Sid="A")],
        boundary=[allow(Sid="B")],
        session=[allow(Sid="C")],
        scps=((stored(allow(Sid="D")),), (stored(allow(Sid="E")),)),
    )
    assert [place.split(" ")[-1] for place in decision.places] == list("ABCDE")


def test_r76_every_deny_is_named():
    decision = ask((stored(allow(), deny(Sid="A"), name="one"), stored(deny(Sid="B"), name="two")))
    assert decision.places == ("identity policy one, statement A", "identity policy two, statement B")


def test_r76_an_implicit_deny_names_its_layer_and_the_near_misses():
    decision = ask([allow("dynamodb:*", "arn:aws:dynamodb:*:*:table/Other", Sid="OneTable")], boundary=OTHER)
    assert (decision.layer, decision.places) == ("identity", ("identity policy policy, statement OneTable",))
    assert "not for this resource" in decision.reason
    assert ask(YES, boundary=OTHER, scps=(level(*OTHER),)).layer == "boundary"
    assert ask(YES, scps=(FULL, level(*OTHER))).layer == "scp level 2"


def test_r76_an_allowed_verdict_names_one_allow_per_layer():
    decision = ask([*OTHER, allow(Sid="All"), allow(Sid="Again")], boundary=[allow(Sid="Fence")])
    assert decision.places == ("identity policy policy, statement All", "boundary policy boundary, statement Fence")


def test_r73_an_implicit_deny_mentions_a_deny_that_may_apply_as_well():
    assert "a Deny may apply as well" in ask([deny(Condition=OPEN)]).reason


def test_r21_of_several_resources_the_worst_counts():
    decisions = [ask([allow("*", TABLE)], resource=resource) for resource in (TABLE, TABLE + "2")]
    assert worst(decisions).verdict == IMPLICIT


def test_r1_a_policy_that_cannot_be_read_leaves_its_whole_layer_open():
    decision = ask((stored(allow()), StoredPolicy("broken", "{")))
    assert (decision.verdict, decision.policy) == (UNREADABLE, "broken")
    assert "policy broken cannot be read" in decision.reason
    assert ask((stored(deny()), StoredPolicy("broken", "{"))).verdict == EXPLICIT


def test_r1_a_policy_without_a_name_is_told_by_its_layer():
    decision = ask([allow()], boundary=StoredPolicy("", "{"))
    assert decision.reason == "the policy cannot be read: it is not valid JSON"
    assert decision.places == ("boundary policy",)


def test_r5_an_unknown_deny_with_and_without_an_allow():
    broken = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": "x"}
    assert ask([allow(), broken]).verdict == CONDITIONAL
    assert ask([broken]).verdict == IMPLICIT


def test_documents_of_the_same_name_in_other_case_stand_apart():
    assert ask((StoredPolicy("p", document(allow())),)).policy == "p"


def test_r55_a_users_identity_layer_is_its_own_policies_and_its_groups():
    def managed(name: str) -> ManagedPolicy:
        return ManagedPolicy(f"arn:aws:iam::{ACCOUNT}:policy/{name}", document(*OTHER))

    group = Group("admins", (managed("shared"),), (stored(*YES, name="inline"),))
    user = Observed(
        Account("aws", ACCOUNT), "user", "ann", True, attached=(managed("own"),), inline=level(*OTHER), groups=(group,)
    )
    names = [policy.name for policy in user.identity]
    assert sorted(names) == sorted(
        [
            f"arn:aws:iam::{ACCOUNT}:policy/own",
            "policy",
            f"group admins: arn:aws:iam::{ACCOUNT}:policy/shared",
            "group admins: inline",
        ]
    )
    assert ask(user.identity).verdict == ALLOWED
    assert ask(replace(user, groups=()).identity).verdict == IMPLICIT
