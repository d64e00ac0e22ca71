# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules 45-53, 63, 68 and 70: whom a trust policy names, evaluated by the trust policy alone."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, principals
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
    NEIGHBOUR,
    OTHER,
    RESTORE_ROLE,
    ROLE,
    SERVICE,
    UNREADABLE,
    document,
    never,
    trust,
)

ROOT = f"arn:aws:iam::{OTHER}:root"
SESSION = f"arn:aws:sts::{OTHER}:assumed-role/Impersonation/appliance"
UNIQUE = "AROAEXAMPLEIMPERSON01"
USER = principals.user(f"arn:aws:iam::{OTHER}:user/ops/ann")
WHOLE = principals.account(OTHER)


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


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("arn:aws:sts::111122223333:assumed-role/Admin/me", "arn:aws:iam::111122223333:role/ops/admin", True),
        ("arn:aws:sts::111122223333:assumed-role/Admin/me", "arn:aws:sts::111122223333:assumed-role/Admin/you", True),
        ("arn:aws:iam::111122223333:user/ops/Ann", "arn:aws:iam::111122223333:user/ops/ann", True),
        ("arn:aws:sts::111122223333:assumed-role/Admin/me", "arn:aws:iam::444455556666:role/Admin", False),
        ("arn:aws:sts::111122223333:assumed-role/Admin/me", "arn:aws:iam::111122223333:user/Admin", False),
        ("arn:aws:sts::111122223333:assumed-role/Admin2/Admin", "arn:aws:iam::111122223333:role/Admin", False),
        ("arn:aws:iam::111122223333:user/Ann", "arn:aws:iam::111122223333:role/Ann", False),
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/root", False),
        ("", "arn:aws:iam::111122223333:role/Admin", False),
    ],
)
def test_two_arns_of_one_principal(one: str, other: str, same: bool):
    assert principals.are_one(one, other) is same
    assert principals.are_one(other, one) is same
