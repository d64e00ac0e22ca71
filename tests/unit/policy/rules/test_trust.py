# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules 45-53 and 63-70: who a trust policy names, and whether he gets in."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import NotRead, Policies
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy

from tests.unit.policy.rules.asking import (
    ACCOUNT,
    ALLOWED,
    CONDITIONAL,
    EXPLICIT,
    IMPERSONATION,
    IMPLICIT,
    MAY_ASSUME,
    NEIGHBOUR,
    OTHER,
    RESTORE_ROLE,
    UNREADABLE,
    allow,
    deny,
    document,
    enter,
    never,
    stored,
    trust,
)

AWS, SERVICE = "AWS", "Service"
ROOT = f"arn:aws:iam::{OTHER}:root"
SESSION = f"arn:aws:sts::{OTHER}:assumed-role/Impersonation/appliance"
UNIQUE = "AROAEXAMPLEIMPERSON01"
BACKUP = principals.service("backup.amazonaws.com")
ROLE = principals.role(IMPERSONATION)
USER = principals.user(f"arn:aws:iam::{OTHER}:user/ops/ann")
WHOLE = principals.account(OTHER)
ID = {"StringEquals": {"sts:ExternalId": "an-id"}}


def all_but(*listed: str) -> dict[str, Any]:
    return {"Effect": "Deny", "NotPrincipal": {AWS: list(listed)}, "Action": "*"}


# rules and words, statements of the trust policy, caller, verdict of the trust policy alone
NAMES: list[tuple[str, list[Any], principals.Caller, str]] = [
    ("R45 everyone", [trust("*")], ROLE, ALLOWED),
    ("R45 everyone, as a map", [trust({AWS: "*"})], ROLE, ALLOWED),
    ("R45 everyone, in a list", [trust({AWS: ["*"]})], ROLE, ALLOWED),
    ("R45 a wildcard in an ARN", [trust({AWS: f"arn:aws:iam::{OTHER}:role/*"})], ROLE, IMPLICIT),
    ("R45 a wildcard for the account", [trust({AWS: "arn:aws:iam::*:root"})], ROLE, IMPLICIT),
    ("R45 any of a list", [trust({AWS: ["777788889999", IMPERSONATION]})], ROLE, ALLOWED),
    ("R45 any kind", [trust({SERVICE: "ec2.amazonaws.com", AWS: IMPERSONATION})], ROLE, ALLOWED),
    ("R46 the account's ID", [trust({AWS: OTHER})], ROLE, ALLOWED),
    ("R46 the account's root ARN", [trust({AWS: ROOT})], ROLE, ALLOWED),
    ("R46 the root ARN of another partition", [trust({AWS: f"arn:aws-cn:iam::{OTHER}:root"})], ROLE, ALLOWED),
    ("R46 another account", [trust({AWS: "777788889999"})], ROLE, IMPLICIT),
    ("R47 the role's ARN", [trust({AWS: IMPERSONATION})], ROLE, ALLOWED),
    ("R47 without its path", [trust({AWS: f"arn:aws:iam::{OTHER}:role/Impersonation"})], ROLE, IMPLICIT),
    ("R47 in other case", [trust({AWS: IMPERSONATION.replace("Imp", "imp")})], ROLE, IMPLICIT),
    ("R47 a session of the role", [trust({AWS: IMPERSONATION})], principals.session(SESSION), ALLOWED),
    (
        "R47 a session of a role of that name elsewhere",
        [trust({AWS: f"arn:aws:iam::{ACCOUNT}:role/Impersonation"})],
        principals.session(SESSION),
        IMPLICIT,
    ),
    ("R48 the session's ARN", [trust({AWS: SESSION})], principals.session(SESSION), ALLOWED),
    ("R48 another session's ARN", [trust({AWS: SESSION + "2"})], principals.session(SESSION), IMPLICIT),
    ("R48 a session's ARN, the session unknown", [trust({AWS: SESSION})], ROLE, CONDITIONAL),
    ("R48 a session of another role", [trust({AWS: SESSION.replace("Imp", "Exp")})], ROLE, IMPLICIT),
    ("R48 a Deny for a session, the session unknown", [trust({AWS: OTHER}), never({AWS: SESSION})], ROLE, CONDITIONAL),
    ("R48 any session, by a wildcard", [trust({AWS: SESSION.replace("appliance", "*")})], ROLE, IMPLICIT),
    ("R48 a session without a name", [trust({AWS: SESSION.replace("/appliance", "")})], ROLE, IMPLICIT),
    ("R48 a session in the words of a role", [trust({AWS: SESSION.replace(":sts:", ":iam:")})], ROLE, IMPLICIT),
    ("R48 case of the session's name", [trust({AWS: SESSION.upper()})], principals.session(SESSION), IMPLICIT),
    ("R47 a role in the words of a session", [trust({AWS: IMPERSONATION.replace(":iam:", ":sts:")})], ROLE, IMPLICIT),
    (
        "R47 case of the role's name, for a session",
        [trust({AWS: IMPERSONATION.replace("Imp", "imp")})],
        principals.session(SESSION),
        ALLOWED,
    ),
    (
        "R47 any path, for a session",
        [trust({AWS: f"arn:aws:iam::{OTHER}:role/a/b/c/Impersonation"})],
        principals.session(SESSION),
        ALLOWED,
    ),
    (
        "R47 another partition",
        [trust({AWS: IMPERSONATION.replace("arn:aws:", "arn:aws-cn:")})],
        principals.session(SESSION),
        IMPLICIT,
    ),
    ("R46 a user with a path", [trust({AWS: USER.arn})], USER, ALLOWED),
    ("R46 a user without his path", [trust({AWS: f"arn:aws:iam::{OTHER}:user/ann"})], USER, IMPLICIT),
    ("R46 a user's account", [trust({AWS: ROOT})], USER, ALLOWED),
    ("R46 a Deny through the account", [trust({AWS: IMPERSONATION}), never({AWS: ROOT})], ROLE, EXPLICIT),
    ("R46 a Deny for everyone", [trust({AWS: IMPERSONATION}), never("*")], ROLE, EXPLICIT),
    ("R46 a Deny for another", [trust({AWS: IMPERSONATION}), never({AWS: NEIGHBOUR})], ROLE, ALLOWED),
    ("R46 an account ID of eleven digits", [trust({AWS: OTHER[:-1]})], ROLE, IMPLICIT),
    ("R46 a root ARN without an account", [trust({AWS: "arn:aws:iam:::root"})], ROLE, IMPLICIT),
    ("R5 an empty principal", [trust({AWS: ""})], ROLE, IMPLICIT),
    ("R5 an empty map", [trust({})], ROLE, IMPLICIT),
    ("R5 an empty list", [trust({AWS: []})], ROLE, IMPLICIT),
    ("R5 a kind that is null", [trust({AWS: None})], ROLE, CONDITIONAL),
    ("R5 a kind that is null, in a Deny", [trust({AWS: OTHER}), never({AWS: None})], ROLE, CONDITIONAL),
    ("R5 a list of principals", [trust([IMPERSONATION])], ROLE, CONDITIONAL),
    ("R5 an account ID that is a number", [trust({AWS: int(OTHER)})], ROLE, CONDITIONAL),
    ("R5 a principal that is an object", [trust({AWS: {"AWS": OTHER}})], ROLE, CONDITIONAL),
    ("R5 a Principal that is null", [trust({AWS: OTHER}), never(None)], ROLE, UNREADABLE),
    ("R4 the kind in lower case", [trust({"aws": IMPERSONATION})], ROLE, ALLOWED),
    ("R49 the service", [trust({SERVICE: "backup.amazonaws.com"})], BACKUP, ALLOWED),
    ("R49 case of the service", [trust({SERVICE: "Backup.AmazonAWS.com"})], BACKUP, ALLOWED),
    ("R49 another service", [trust({SERVICE: "ec2.amazonaws.com"})], BACKUP, IMPLICIT),
    ("R49 any service", [trust({SERVICE: "*"})], BACKUP, IMPLICIT),
    ("R49 everyone, for a service", [trust("*")], BACKUP, CONDITIONAL),
    ("R49 a service among AWS entries", [trust({AWS: "backup.amazonaws.com"})], BACKUP, IMPLICIT),
    ("R49 a role among services", [trust({SERVICE: IMPERSONATION})], ROLE, IMPLICIT),
    ("R50 federated", [trust({"Federated": "*"})], ROLE, IMPLICIT),
    ("R50 canonical user", [trust({"CanonicalUser": OTHER})], ROLE, IMPLICIT),
    ("R51 a unique ID that nobody has", [trust({AWS: UNIQUE})], ROLE, IMPLICIT),
    ("R51 the caller's unique ID", [trust({AWS: UNIQUE})], principals.role(IMPERSONATION, unique_id=UNIQUE), ALLOWED),
    (
        "R51 the unique ID of a role that was made anew",
        [trust({AWS: UNIQUE})],
        principals.role(IMPERSONATION, unique_id="AROANEW"),
        IMPLICIT,
    ),
    (
        "R52 Deny for all but the caller's role",
        [trust({AWS: OTHER}), {"Effect": "Deny", "NotPrincipal": {AWS: IMPERSONATION}, "Action": "*"}],
        ROLE,
        CONDITIONAL,
    ),
    (
        "R52 Deny for all but account and role",
        [trust({AWS: OTHER}), all_but(IMPERSONATION, ROOT)],
        ROLE,
        CONDITIONAL,
    ),
    (
        "R52 Deny for all but account, role and session, the session unknown",
        [trust({AWS: OTHER}), all_but(IMPERSONATION, ROOT, SESSION)],
        ROLE,
        CONDITIONAL,
    ),
    (
        "R52 Deny for all but account, role and session",
        [trust({AWS: OTHER}), all_but(IMPERSONATION, ROOT, SESSION)],
        principals.session(SESSION),
        ALLOWED,
    ),
    (
        "R52 Deny for all but account and session",
        [trust({AWS: OTHER}), all_but(ROOT, SESSION)],
        principals.session(SESSION),
        CONDITIONAL,
    ),
    (
        "R52 Deny for all but another session",
        [trust({AWS: OTHER}), all_but(SESSION + "2")],
        principals.session(SESSION),
        EXPLICIT,
    ),
    ("R52 Deny for all but account and user", [trust({AWS: OTHER}), all_but(USER.arn, ROOT)], USER, ALLOWED),
    ("R52 Deny for all but the user", [trust({AWS: OTHER}), all_but(USER.arn)], USER, CONDITIONAL),
    ("R52 Deny for all but the user's account", [trust({AWS: OTHER}), all_but(OTHER)], USER, CONDITIONAL),
    ("R52 Deny for all but everyone", [trust({AWS: OTHER}), all_but("*")], ROLE, CONDITIONAL),
    (
        "R52 Deny with an empty NotPrincipal",
        [trust({AWS: OTHER}), {"Effect": "Deny", "NotPrincipal": {}, "Action": "*"}],
        ROLE,
        CONDITIONAL,
    ),
    (
        "R52 Deny for all but other services",
        [
            trust({SERVICE: "backup.amazonaws.com"}),
            {"Effect": "Deny", "NotPrincipal": {SERVICE: "ec2.amazonaws.com"}, "Action": "*"},
        ],
        BACKUP,
        EXPLICIT,
    ),
    ("R52 Deny for all but the whole account", [trust({AWS: OTHER}), all_but(OTHER)], WHOLE, CONDITIONAL),
    ("R52 Deny for all but one of the account", [trust({AWS: OTHER}), all_but(IMPERSONATION)], WHOLE, CONDITIONAL),
    ("R52 Deny for all but other accounts", [trust({AWS: OTHER}), all_but("777788889999")], WHOLE, EXPLICIT),
    ("R70 one of the account is denied", [trust({AWS: OTHER}), never({AWS: IMPERSONATION})], WHOLE, CONDITIONAL),
    ("R70 one of another account is denied", [trust({AWS: OTHER}), never({AWS: NEIGHBOUR})], WHOLE, ALLOWED),
    (
        "R45,70 a wildcard denies nobody",
        [trust({AWS: OTHER}), never({AWS: f"arn:aws:iam::{OTHER}:role/*"})],
        WHOLE,
        ALLOWED,
    ),
    ("R70 the account is denied", [trust({AWS: "*"}), never({AWS: OTHER})], WHOLE, EXPLICIT),
    ("R70 everyone", [trust("*")], WHOLE, ALLOWED),
    (
        "R52 Deny for all but others",
        [trust({AWS: OTHER}), {"Effect": "Deny", "NotPrincipal": {AWS: "777788889999"}, "Action": "*"}],
        ROLE,
        EXPLICIT,
    ),
    (
        "R52 Deny with NotPrincipal and a boundary",
        [trust({AWS: OTHER}), {"Effect": "Deny", "NotPrincipal": {AWS: [IMPERSONATION, ROOT]}, "Action": "*"}],
        principals.role(IMPERSONATION, has_boundary=True),
        EXPLICIT,
    ),
    (
        "R52 Deny for all but the service",
        [
            trust({SERVICE: "backup.amazonaws.com"}),
            {"Effect": "Deny", "NotPrincipal": {SERVICE: "backup.amazonaws.com"}, "Action": "*"},
        ],
        BACKUP,
        ALLOWED,
    ),
    (
        "R52 Allow for all but others",
        [{"Effect": "Allow", "NotPrincipal": {AWS: "777788889999"}, "Action": "sts:AssumeRole"}],
        ROLE,
        ALLOWED,
    ),
    (
        "R52 Allow for all but the caller",
        [{"Effect": "Allow", "NotPrincipal": {AWS: OTHER}, "Action": "sts:AssumeRole"}],
        ROLE,
        IMPLICIT,
    ),
    ("R53 no Principal", [{"Effect": "Allow", "Action": "sts:AssumeRole"}], ROLE, IMPLICIT),
    ("R5 a Principal that is a number", [trust(7)], ROLE, CONDITIONAL),
    (
        "R5 both Principal and NotPrincipal",
        [trust({AWS: OTHER}, NotPrincipal={AWS: "777788889999"})],
        ROLE,
        CONDITIONAL,
    ),
    ("R11 a trust policy has no Resource", [trust({AWS: OTHER})], ROLE, ALLOWED),
    ("R9 another action", [{**trust({AWS: OTHER}), "Action": "sts:TagSession"}], ROLE, IMPLICIT),
    ("R9 any action of sts", [{**trust({AWS: OTHER}), "Action": "sts:*"}], ROLE, ALLOWED),
    (
        "R46 a user",
        [trust({AWS: f"arn:aws:iam::{OTHER}:user/ann"})],
        principals.user(f"arn:aws:iam::{OTHER}:user/ann"),
        ALLOWED,
    ),
    ("R70 an account as a whole, by its ID", [trust({AWS: OTHER})], principals.account(OTHER), ALLOWED),
    ("R70 an account as a whole, one role named", [trust({AWS: IMPERSONATION})], principals.account(OTHER), IMPLICIT),
    (
        "R63 the caller's ARN is known",
        [trust({AWS: OTHER}, Condition={"ArnEquals": {"aws:PrincipalArn": IMPERSONATION}})],
        ROLE,
        ALLOWED,
    ),
    (
        "R63 the caller's account is known",
        [trust("*", Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})],
        ROLE,
        IMPLICIT,
    ),
    ("R63 HTTPS is known", [trust({AWS: OTHER}, Condition={"Bool": {"aws:SecureTransport": True}})], ROLE, ALLOWED),
    (
        "R63 where the call comes from is unknown",
        [trust({AWS: OTHER}, Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
        ROLE,
        CONDITIONAL,
    ),
    (
        "R63 the organization is unknown",
        [trust({AWS: OTHER}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})],
        ROLE,
        CONDITIONAL,
    ),
    (
        "R68 pinned to our account",
        [trust({SERVICE: "backup.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})],
        BACKUP,
        CONDITIONAL,
    ),
    (
        "R68 pinned to another account",
        [trust({SERVICE: "backup.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": OTHER}})],
        BACKUP,
        IMPLICIT,
    ),
    *[
        (
            f"R68 {operator} on the source's ARN, {words}",
            [
                trust(
                    {SERVICE: "backup.amazonaws.com"},
                    Condition={operator: {"aws:SourceArn": f"arn:aws:backup:*:{who}:*"}},
                )
            ],
            BACKUP,
            verdict,
        )
        for operator in ("ArnLike", "ArnEquals", "StringLike")
        for words, who, verdict in (("ours", ACCOUNT, CONDITIONAL), ("another's", OTHER, IMPLICIT))
    ],
    (
        "R68 a Deny unless it comes from our account",
        [
            trust({SERVICE: "backup.amazonaws.com"}),
            never({SERVICE: "backup.amazonaws.com"}, Condition={"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}),
        ],
        BACKUP,
        CONDITIONAL,
    ),
    (
        "R68 a Deny unless it comes from another account",
        [
            trust({SERVICE: "backup.amazonaws.com"}),
            never({SERVICE: "backup.amazonaws.com"}, Condition={"StringNotEquals": {"aws:SourceAccount": OTHER}}),
        ],
        BACKUP,
        EXPLICIT,
    ),
    (
        "R68 a bucket's ARN names no account",
        [trust({SERVICE: "backup.amazonaws.com"}, Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}})],
        BACKUP,
        CONDITIONAL,
    ),
    (
        "R68 the source's organization is unknown",
        [trust({SERVICE: "backup.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})],
        BACKUP,
        CONDITIONAL,
    ),
    (
        "R68 the service's name is known",
        [
            trust(
                {SERVICE: "backup.amazonaws.com"},
                Condition={"StringEquals": {"aws:PrincipalServiceName": "ec2.amazonaws.com"}},
            )
        ],
        BACKUP,
        IMPLICIT,
    ),
    (
        "R63 a session's role is known but for its path",
        [trust({AWS: OTHER}, Condition={"ArnLike": {"aws:PrincipalArn": IMPERSONATION}})],
        principals.session(SESSION),
        CONDITIONAL,
    ),
    (
        "R63 a session has a role",
        [trust({AWS: OTHER}, Condition={"Null": {"aws:PrincipalArn": "false"}})],
        principals.session(SESSION),
        ALLOWED,
    ),
    *[
        (
            f"R63 the type of a {caller.kind}",
            [trust({AWS: OTHER}, Condition={"StringEquals": {"aws:PrincipalType": kind}})],
            caller,
            ALLOWED,
        )
        for caller, kind in ((ROLE, "AssumedRole"), (principals.session(SESSION), "AssumedRole"), (USER, "User"))
    ],
    (
        "R63 a caller is no service",
        [trust({AWS: OTHER}), never("*", Condition={"Bool": {"aws:PrincipalIsAWSService": "false"}})],
        ROLE,
        EXPLICIT,
    ),
    (
        "R63 whether there was MFA is unknown",
        [trust({AWS: OTHER}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
        ROLE,
        CONDITIONAL,
    ),
    (
        "R68 it is a service",
        [trust({SERVICE: "backup.amazonaws.com"}, Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}})],
        BACKUP,
        ALLOWED,
    ),
    (
        "R68 the service's organization is absent",
        [trust({SERVICE: "backup.amazonaws.com"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})],
        BACKUP,
        IMPLICIT,
    ),
    (
        "R68 an external ID locks a service out",
        [trust({SERVICE: "backup.amazonaws.com"}, Condition=ID)],
        BACKUP,
        IMPLICIT,
    ),
]


@pytest.mark.parametrize(
    ("statements", "caller", "verdict"), [case[1:] for case in NAMES], ids=[case[0] for case in NAMES]
)
def test_the_trust_policy_alone(statements: list[Any], caller: principals.Caller, verdict: str):
    assert assume.trusts(StoredPolicy("", document(*statements)), RESTORE_ROLE, caller).verdict == verdict


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
    ("R66 other account: no right to read them", [trust({AWS: OTHER})], ROLE, {"own": NotRead("no right")}, UNREADABLE),
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
        {"own": CUT, "boundary": NotRead("x")},
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
    ("R59 RCPs that were not read", DIRECT, NEXT, {"own": MAY_ASSUME, "rcps": NotRead("x")}, UNREADABLE),
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
    found = enter(statements, caller, **own)
    assert (found.verdict, found.layer) == (IMPLICIT, layer)


def test_r66_what_was_not_read_is_said_with_its_account():
    found = enter([trust({AWS: IMPERSONATION})])
    assert "needs sts:AssumeRole in account 444455556666" in found.reason


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
    ("R3,63 an unquoted number", {"StringEquals": {"sts:ExternalId": 12345}}, "12345", ALLOWED),
]


@pytest.mark.parametrize(("condition", "sent", "verdict"), [case[1:] for case in IDS], ids=[case[0] for case in IDS])
def test_the_external_id(condition: Any, sent: str | None, verdict: str):
    statement = trust({AWS: IMPERSONATION}, **({"Condition": condition} if condition else {}))
    assert enter([statement], own=MAY_ASSUME, external_id=sent).verdict == verdict


ENFORCED: list[tuple[str, Any, bool]] = [
    ("R69 StringEquals", ID, True),
    ("R69 no condition", {}, False),
    ("R69 another condition", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
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
    assert assume.enforces_external_id(policy, RESTORE_ROLE, ROLE) is enforced


def test_r69_a_deny_without_the_external_id_enforces_it_too():
    unless = never({AWS: OTHER}, Condition={"StringNotEquals": {"sts:ExternalId": "an-id"}})
    policy = StoredPolicy("", document(trust({AWS: IMPERSONATION}), unless))
    assert assume.enforces_external_id(policy, RESTORE_ROLE, ROLE)
    assert enter([trust({AWS: IMPERSONATION}), unless], own=MAY_ASSUME, external_id="an-id").verdict == ALLOWED
    assert enter([trust({AWS: IMPERSONATION}), unless], own=MAY_ASSUME).verdict == EXPLICIT
