# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules 51, 58, 59 and 63-70: whether a caller may assume the role, by the trust policy and by its own side."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import trust as trust_policy
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import NotRead, Policies
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy

from tests.unit.policy.rules.asking import (
    ACCOUNT,
    ALLOWED,
    AWS,
    BACKUP,
    CONDITIONAL,
    EXPLICIT,
    ID,
    IMPERSONATION,
    IMPLICIT,
    MAY_ASSUME,
    NEIGHBOUR,
    OTHER,
    RESTORE_ROLE,
    ROLE,
    SERVICE,
    UNREADABLE,
    allow,
    deny,
    document,
    enter,
    never,
    stored,
    trust,
)

CUT = [allow("s3:*")]
NEXT = principals.role(NEIGHBOUR)
NEXT_SESSION = principals.session(f"arn:aws:sts::{ACCOUNT}:assumed-role/Neighbour/x")
ANN = principals.user(f"arn:aws:iam::{ACCOUNT}:user/ann")
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"
DIRECT, BY_ACCOUNT = [trust({AWS: NEIGHBOUR})], [trust({AWS: ACCOUNT})]

BOTH: list[tuple[str, list[Any], principals.Caller, dict[str, Any], str]] = [
    ("R66 other account: both sides", [trust({AWS: IMPERSONATION})], ROLE, {"own": MAY_ASSUME}, ALLOWED),
    ("R66 other account: through the account", [trust({AWS: OTHER})], ROLE, {"own": MAY_ASSUME}, ALLOWED),
    ("R66 other account: only the trust policy", [trust({AWS: IMPERSONATION})], ROLE, {"own": CUT}, IMPLICIT),
    (
        "R66 other account: only the caller's policy",
        [trust({AWS: "777788889999"})],
        ROLE,
        {"own": MAY_ASSUME},
        IMPLICIT,
    ),
    ("R66 other account: the caller's policies not read", [trust({AWS: IMPERSONATION})], ROLE, {}, UNREADABLE),
    ("R66 other account: not read, and not trusted", [trust({AWS: "777788889999"})], ROLE, {}, IMPLICIT),
    (
        "R66 other account: no right to read them",
        [trust({AWS: OTHER})],
        ROLE,
        {"own": NotRead("refused", "no right")},
        UNREADABLE,
    ),
    (
        "R66 other account: the caller's policy names another role",
        [trust({AWS: OTHER})],
        ROLE,
        {"own": [allow("sts:AssumeRole", NEIGHBOUR)]},
        IMPLICIT,
    ),
    (
        "R66 other account: the caller's policy names this role",
        [trust({AWS: OTHER})],
        ROLE,
        {"own": [allow("sts:AssumeRole", RESTORE_ROLE)]},
        ALLOWED,
    ),
    (
        "R66 other account: the caller is denied",
        [trust({AWS: IMPERSONATION})],
        ROLE,
        {"own": [*MAY_ASSUME, deny("sts:*")]},
        EXPLICIT,
    ),
    (
        "R66 other account: the caller's boundary",
        [trust({AWS: IMPERSONATION})],
        ROLE,
        {"own": MAY_ASSUME, "boundary": CUT},
        IMPLICIT,
    ),
    (
        "R66 other account: the caller's SCP",
        [trust({AWS: IMPERSONATION})],
        ROLE,
        {"own": MAY_ASSUME, "scps": ((stored(*CUT),),)},
        IMPLICIT,
    ),
    (
        "R66 other account: the owner's RCP",
        [trust({AWS: IMPERSONATION})],
        ROLE,
        {"own": MAY_ASSUME, "rcps": [deny("sts:AssumeRole")]},
        EXPLICIT,
    ),
    ("R64 same account: named itself", DIRECT, NEXT, {"own": CUT}, ALLOWED),
    ("R64 same account: named itself, boundary cuts", DIRECT, NEXT, {"own": MAY_ASSUME, "boundary": CUT}, IMPLICIT),
    ("R64 same account: named itself, boundary allows", DIRECT, NEXT, {"own": CUT, "boundary": MAY_ASSUME}, ALLOWED),
    (
        "R64 same account: named itself, session policy cuts",
        DIRECT,
        NEXT,
        {"own": MAY_ASSUME, "session": CUT},
        IMPLICIT,
    ),
    (
        "R64 same account: its session named, boundary does not cut",
        [trust({AWS: NEXT_SESSION.arn})],
        NEXT_SESSION,
        {"own": CUT, "boundary": CUT},
        ALLOWED,
    ),
    ("R64 same account: everyone, boundary does not cut", [trust("*")], NEXT, {"own": CUT, "boundary": CUT}, ALLOWED),
    (
        "R64 same account: everyone, session policy does not cut",
        [trust("*")],
        NEXT,
        {"own": CUT, "session": CUT},
        ALLOWED,
    ),
    (
        "R64 same account: its role named, boundary cuts the session",
        DIRECT,
        NEXT_SESSION,
        {"own": MAY_ASSUME, "boundary": CUT},
        IMPLICIT,
    ),
    (
        "R64 same account: its role named, session policy cuts",
        DIRECT,
        NEXT_SESSION,
        {"own": MAY_ASSUME, "session": CUT},
        IMPLICIT,
    ),
    (
        "R64 same account: its session named, session policy does not cut",
        [trust({AWS: NEXT_SESSION.arn})],
        NEXT_SESSION,
        {"own": CUT, "session": CUT},
        ALLOWED,
    ),
    (
        "R64 same account: its session named, boundary denies",
        [trust({AWS: NEXT_SESSION.arn})],
        NEXT_SESSION,
        {"own": CUT, "boundary": [deny()]},
        EXPLICIT,
    ),
    (
        "R64 same account: its session named, SCP cuts",
        [trust({AWS: NEXT_SESSION.arn})],
        NEXT_SESSION,
        {"own": CUT, "scps": ((stored(*CUT),),)},
        IMPLICIT,
    ),
    ("R64 same account: everyone, a user, boundary", [trust("*")], ANN, {"own": CUT, "boundary": CUT}, CONDITIONAL),
    (
        "R64 same account: a user named itself, boundary allows",
        [trust({AWS: ANN.arn})],
        ANN,
        {"own": CUT, "boundary": MAY_ASSUME},
        ALLOWED,
    ),
    (
        "R64 same account: named itself, boundary not read",
        DIRECT,
        NEXT,
        {"own": CUT, "boundary": NotRead("refused", "x")},
        UNREADABLE,
    ),
    (
        "R51,64 same account: its unique ID named, boundary cuts",
        [trust({AWS: "AROANEIGHBOUR"})],
        principals.role(NEIGHBOUR, unique_id="AROANEIGHBOUR"),
        {"own": CUT, "boundary": CUT},
        IMPLICIT,
    ),
    (
        "R51,64 same account: its unique ID named",
        [trust({AWS: "AROANEIGHBOUR"})],
        principals.role(NEIGHBOUR, unique_id="AROANEIGHBOUR"),
        {"own": CUT},
        ALLOWED,
    ),
    (
        "R64,65 same account: its session named, the session unknown",
        [trust({AWS: NEXT_SESSION.arn})],
        NEXT,
        {"own": CUT},
        CONDITIONAL,
    ),
    (
        "R64,65 same account: through the account or its session",
        [trust({AWS: [NEXT_SESSION.arn, ACCOUNT]})],
        NEXT,
        {"own": CUT},
        CONDITIONAL,
    ),
    ("R65 same account: through the account, own policies not read", BY_ACCOUNT, NEXT, {}, UNREADABLE),
    ("R64 same account: named itself, own policies not read", DIRECT, NEXT, {}, UNREADABLE),
    (
        "R65 same account: through the account, session policy",
        BY_ACCOUNT,
        NEXT_SESSION,
        {"own": MAY_ASSUME, "session": CUT},
        IMPLICIT,
    ),
    (
        "R59 same account: an RCP in the way",
        DIRECT,
        NEXT,
        {"own": MAY_ASSUME, "rcps": [deny("sts:*", Principal="*")]},
        EXPLICIT,
    ),
    ("R59 RCPs that were not read", DIRECT, NEXT, {"own": MAY_ASSUME, "rcps": NotRead("refused", "x")}, UNREADABLE),
    (
        "R58 the role trusts a service-linked role, SCP",
        [trust({AWS: LINKED})],
        principals.role(LINKED),
        {"own": MAY_ASSUME, "scps": ((),)},
        ALLOWED,
    ),
    (
        "R59 the role trusts a service-linked role, RCP",
        [trust({AWS: LINKED})],
        principals.role(LINKED),
        {"own": MAY_ASSUME, "rcps": [deny()]},
        ALLOWED,
    ),
    ("R64 same account: a user named itself", [trust({AWS: ANN.arn})], ANN, {"own": CUT}, ALLOWED),
    (
        "R64 same account: a user named itself, boundary",
        [trust({AWS: ANN.arn})],
        ANN,
        {"own": CUT, "boundary": CUT},
        CONDITIONAL,
    ),
    ("R64 same account: named itself, SCP", DIRECT, NEXT, {"own": MAY_ASSUME, "scps": ((stored(*CUT),),)}, IMPLICIT),
    ("R64 same account: named itself, denied by its own policy", DIRECT, NEXT, {"own": [deny("sts:*")]}, EXPLICIT),
    ("R65 same account: through the account", BY_ACCOUNT, NEXT, {"own": MAY_ASSUME}, ALLOWED),
    ("R65 same account: through the account, no policy of its own", BY_ACCOUNT, NEXT, {"own": CUT}, IMPLICIT),
    (
        "R65 same account: through the account, boundary",
        BY_ACCOUNT,
        NEXT,
        {"own": MAY_ASSUME, "boundary": CUT},
        IMPLICIT,
    ),
    ("R65 same account: not trusted", [trust({AWS: OTHER})], NEXT, {"own": MAY_ASSUME}, IMPLICIT),
    (
        "R67 a role does not trust itself",
        [trust({AWS: OTHER})],
        principals.role(RESTORE_ROLE),
        {"own": MAY_ASSUME},
        IMPLICIT,
    ),
    ("R67 unless it says so", [trust({AWS: RESTORE_ROLE})], principals.role(RESTORE_ROLE), {"own": CUT}, ALLOWED),
    ("R68 a service needs no policy", [trust({SERVICE: "backup.amazonaws.com"})], BACKUP, {}, ALLOWED),
    (
        "R59 an RCP binds a service too",
        [trust({SERVICE: "backup.amazonaws.com"})],
        BACKUP,
        {"rcps": [deny("sts:AssumeRole")]},
        EXPLICIT,
    ),
    (
        "R70 an account as a whole: its principals need a policy",
        [trust({AWS: OTHER})],
        principals.account(OTHER),
        {},
        UNREADABLE,
    ),
]


@pytest.mark.parametrize(
    ("statements", "caller", "own", "verdict"), [case[1:] for case in BOTH], ids=[case[0] for case in BOTH]
)
def test_both_sides(statements: list[Any], caller: principals.Caller, own: dict[str, Any], verdict: str):
    assert enter(statements, caller, **own).verdict == verdict


def test_r59_the_callers_own_rcps_do_not_bind_a_role_elsewhere():
    trusting = StoredPolicy("", document(trust({AWS: IMPERSONATION})))
    own = Policies((stored(*MAY_ASSUME),), rcps=(stored(deny()),))
    assert assume.may_assume(trusting, RESTORE_ROLE, ROLE, own=own).verdict == ALLOWED


@pytest.mark.parametrize(
    ("statements", "caller", "own", "layer"),
    [
        ([trust({AWS: "777788889999"})], ROLE, {"own": CUT}, "identity"),
        ([trust({AWS: IMPERSONATION})], ROLE, {"own": MAY_ASSUME, "boundary": CUT, "scps": ((),)}, "boundary"),
        ([trust({AWS: IMPERSONATION})], ROLE, {"own": MAY_ASSUME, "session": CUT, "scps": ((),)}, "session"),
        ([trust({AWS: "777788889999"})], ROLE, {"own": MAY_ASSUME, "scps": ((),)}, "scp level 1"),
        ([trust({AWS: "777788889999"})], ROLE, {"own": MAY_ASSUME}, "trust"),
        ([trust({AWS: OTHER})], NEXT, {"own": CUT}, "trust"),
        (BY_ACCOUNT, NEXT, {"own": CUT}, "identity"),
    ],
    ids=[
        "R76 identity",
        "R76 boundary",
        "R76 session",
        "R76 SCP",
        "R76 trust",
        "R65,76 not trusted",
        "R65,76 not allowed",
    ],
)
def test_the_first_layer_that_fails(statements: list[Any], caller: principals.Caller, own: dict[str, Any], layer: str):
    decision = enter(statements, caller, **own)
    assert (decision.verdict, decision.layer) == (IMPLICIT, layer)


def test_r66_what_was_not_read_is_said_with_its_account():
    decision = enter([trust({AWS: IMPERSONATION})])
    assert "needs sts:AssumeRole in account 444455556666" in decision.reason


IDS: list[tuple[str, Any, str | None, str]] = [
    ("R63 sent and asked for", ID, "an-id", ALLOWED),
    ("R63 asked for and not sent", ID, None, IMPLICIT),
    ("R63 another one sent", ID, "another", IMPLICIT),
    ("R63 in other case", ID, "AN-ID", IMPLICIT),
    ("R63 the key in other case", {"StringEquals": {"STS:externalID": "an-id"}}, "an-id", ALLOWED),
    ("R63 one of several", {"StringEquals": {"sts:ExternalId": ["x", "an-id"]}}, "an-id", ALLOWED),
    ("R63 sent and not asked for", None, "an-id", ALLOWED),
    ("R63 case does not matter", {"StringEqualsIgnoreCase": {"sts:ExternalId": "AN-ID"}}, "an-id", ALLOWED),
    ("R63 an empty one is none", {"Null": {"sts:ExternalId": "true"}}, "", ALLOWED),
    ("R63 not to be sent, and sent", {"Null": {"sts:ExternalId": "true"}}, "an-id", IMPLICIT),
    ("R31,63 asked for with IfExists, not sent", {"StringEqualsIfExists": {"sts:ExternalId": "an-id"}}, None, ALLOWED),
    (
        "R31,63 asked for with IfExists, another sent",
        {"StringEqualsIfExists": {"sts:ExternalId": "an-id"}},
        "x",
        IMPLICIT,
    ),
    ("R63 any session name", {"StringLike": {"sts:RoleSessionName": "*"}}, None, ALLOWED),
    ("R63 a session name there always is", {"Null": {"sts:RoleSessionName": "true"}}, None, IMPLICIT),
    ("R63 some session names", {"StringLike": {"sts:RoleSessionName": "restore-*"}}, None, CONDITIONAL),
    ("R3,63 an unquoted number", {"StringEquals": {"sts:ExternalId": 12345}}, "12345", ALLOWED),
]


@pytest.mark.parametrize(("condition", "sent", "verdict"), [case[1:] for case in IDS], ids=[case[0] for case in IDS])
def test_the_external_id(condition: Any, sent: str | None, verdict: str):
    statement = trust({AWS: IMPERSONATION}, **({"Condition": condition} if condition else {}))
    assert enter([statement], own=MAY_ASSUME, external_id=sent).verdict == verdict


HOME = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
SENT: list[tuple[str, Any, dict[str, Any], str]] = [
    ("R68 nothing known", HOME, {}, CONDITIONAL),
    ("R68 all known", HOME, {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": f"arn:aws:x:y:{ACCOUNT}:z"}, CONDITIONAL),
    ("R68 all known, and the address", HOME, {"aws:SourceAccount": None, "aws:SourceArn": None, "aws:SourceIp": "10.1.2.3"}, ALLOWED),
    ("R68 whether it sends one or the other", {"Null": {"aws:SourceAccount": ["true", "false"]}}, {}, ALLOWED),
    ("R68 whether it sends the account", {"Null": {"aws:SourceAccount": "false"}}, {}, CONDITIONAL),
    ("R68 that it sends the account", {"Null": {"aws:SourceAccount": "false"}}, {"aws:SourceAccount": ACCOUNT}, ALLOWED),
    ("R68 another's account", {"StringEquals": {"aws:SourceAccount": OTHER}}, {}, IMPLICIT),
    ("R68 another's account, if it is sent", {"StringEqualsIfExists": {"aws:SourceAccount": OTHER}}, {}, CONDITIONAL),
    ("R68 ours, if it is sent", {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}, {}, ALLOWED),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "more", "verdict"), [case[1:] for case in SENT], ids=[case[0] for case in SENT])
def test_what_a_service_sends_or_not(condition: Any, more: dict[str, Any], verdict: str):
    policy = StoredPolicy("", document(trust({SERVICE: "backup.amazonaws.com"}, Condition=condition)))
    assert assume.may_assume(policy, RESTORE_ROLE, BACKUP, more=more).verdict == verdict
    assert assume.trusts(policy, RESTORE_ROLE, BACKUP, more=more).verdict == verdict
    # Of a role that comes out open, nothing is tried.
    decision = assume.trusts(StoredPolicy("", document(trust({AWS: OTHER}, Condition=HOME))), RESTORE_ROLE, ROLE)
    assert decision.verdict == CONDITIONAL


def test_r68_what_comes_out_the_same_in_all_ways_is_decided():
    """Each statement is met by one way to send, and told is the one of the first case."""
    with_account, without = (
        trust({SERVICE: "backup.amazonaws.com"}, Sid=sid, Condition={"Null": {"aws:SourceAccount": null}})
        for sid, null in (("With", "false"), ("Without", "true"))
    )
    policy = StoredPolicy("", document(with_account, without))
    decision = assume.trusts(policy, RESTORE_ROLE, BACKUP)
    assert (decision.verdict, decision.statement, decision.subject) == (ALLOWED, "Without", "backup.amazonaws.com")


ENFORCED: list[tuple[str, Any, bool]] = [
    ("R69 StringEquals", ID, True),
    ("R69 no condition", {}, False),
    ("R69 another condition, which may hold or not", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
    ("R69 beside another condition", {**ID, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
    ("R69 any of several", {"StringEquals": {"sts:ExternalId": ["a", "b"]}}, True),
    ("R69 StringLike of a beginning", {"StringLike": {"sts:ExternalId": "an-*"}}, True),
    ("R69 StringLike of something", {"StringLike": {"sts:ExternalId": "?*"}}, False),
    ("R69 ForAllValues", {"ForAllValues:StringEquals": {"sts:ExternalId": "an-id"}}, False),
    ("R69 ForAnyValue", {"ForAnyValue:StringEquals": {"sts:ExternalId": "an-id"}}, True),
    ("R69 case does not matter", {"StringEqualsIgnoreCase": {"sts:externalid": "AN-ID"}}, True),
    ("R69 StringLike of anything", {"StringLike": {"sts:ExternalId": "*"}}, False),
    ("R69 IfExists", {"StringEqualsIfExists": {"sts:ExternalId": "an-id"}}, False),
    ("R69 only that it is there", {"Null": {"sts:ExternalId": "false"}}, False),
    ("R69 not another one", {"StringNotEquals": {"sts:ExternalId": "x"}}, False),
]


@pytest.mark.parametrize(("condition", "enforced"), [case[1:] for case in ENFORCED], ids=[case[0] for case in ENFORCED])
def test_whether_the_external_id_is_enforced(condition: Any, enforced: bool):
    policy = StoredPolicy("", document(trust({AWS: IMPERSONATION}, Condition=condition)))
    assert assume.ignores_external_id(policy, RESTORE_ROLE, ROLE) is not enforced


def test_r69_a_deny_without_the_external_id_enforces_it_too():
    unless = never({AWS: OTHER}, Condition={"StringNotEquals": {"sts:ExternalId": "an-id"}})
    policy = StoredPolicy("", document(trust({AWS: IMPERSONATION}), unless))
    assert not assume.ignores_external_id(policy, RESTORE_ROLE, ROLE)
    assert enter([trust({AWS: IMPERSONATION}), unless], own=MAY_ASSUME, external_id="an-id").verdict == ALLOWED
    assert enter([trust({AWS: IMPERSONATION}), unless], own=MAY_ASSUME).verdict == EXPLICIT


@pytest.mark.parametrize(
    ("condition", "names"),
    [(ID, ()), (None, ("#0",)), ({"StringLike": {"sts:ExternalId": "*"}}, ("#0",))],
    ids=["R69 asks for it", "R69 asks for nothing", "R69 takes anything"],
)
def test_statements_that_do_not_enforce_the_external_id(condition: Any, names: tuple[str, ...]):
    statement = trust({AWS: IMPERSONATION}, **({"Condition": condition} if condition else {}))
    wanted = trust_policy.DesiredTrust((IMPERSONATION,), "an-id", (), "", "")
    assert trust_policy.unenforced(document(statement), wanted, RESTORE_ROLE) == names
    without = trust_policy.DesiredTrust((IMPERSONATION,), None, (), "", "")
    assert trust_policy.unenforced(document(statement), without, RESTORE_ROLE) == ()


@pytest.mark.parametrize(
    ("principal", "names"),
    [
        ({AWS: ["AROAEXAMPLEOFADELETED", ROLE.arn]}, ("AROAEXAMPLEOFADELETED",)),
        ({AWS: "AIDAEXAMPLEOFADELETED"}, ("AIDAEXAMPLEOFADELETED",)),
        ({AWS: [ROLE.arn, OTHER]}, ()),
        ({SERVICE: "AROAEXAMPLEOFADELETED"}, ()),
        ("*", ()),
    ],
    ids=["R51 a role", "R51 a user", "R51 none", "R51 another kind", "R51 everyone"],
)
def test_deleted_principals_in_a_trust_policy(principal: Any, names: tuple[str, ...]):
    assert trust_policy.orphans(trust(principal)) == names
