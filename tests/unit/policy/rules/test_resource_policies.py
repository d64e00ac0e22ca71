# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules 20-22 and 60-62: what is asked, policies of keys and vaults, the root user; and the engine's two doors."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import ask as doors
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, principals
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import Context
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import NotRead, Policies
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.resource_policy import (
    may_use_key,
    may_use_vault,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.scope import EVERYTHING, Scope
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import Observed
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.requirements import questions

from tests.unit.policy.rules.asking import (
    ACCOUNT,
    ALLOWED,
    CONDITIONAL,
    EXPLICIT,
    IMPLICIT,
    RESTORE_ROLE,
    UNREADABLE,
    allow,
    ask,
    deny,
    document,
    stored,
    trust,
)

KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
VAULT = f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:Main"
CALLER = principals.role(RESTORE_ROLE)


def key_policy(principal: Any, effect: str = "Allow", **more: Any) -> StoredPolicy:
    return stored({"Effect": effect, "Principal": principal, "Action": "kms:*", "Resource": "*", **more}, name="key")


KEYS: list[tuple[str, Any, Any, dict[str, Any], str]] = [
    ("R60 the account is named, and the role may", key_policy({"AWS": ACCOUNT}), [allow("kms:*")], {}, ALLOWED),
    ("R60 the account is named, and the role may not", key_policy({"AWS": ACCOUNT}), [allow("s3:*")], {}, IMPLICIT),
    ("R60 the role itself is named", key_policy({"AWS": RESTORE_ROLE}), [allow("s3:*")], {}, ALLOWED),
    (
        "R60 the role itself is named, boundary",
        key_policy({"AWS": RESTORE_ROLE}),
        [allow()],
        {"boundary": stored(allow("s3:*"))},
        IMPLICIT,
    ),
    ("R60 nobody of the account is named", key_policy({"AWS": "777788889999"}), [allow()], {}, IMPLICIT),
    ("R60 a service is named", key_policy({"Service": "backup.amazonaws.com"}), [allow()], {}, IMPLICIT),
    ("R60 the role is denied", key_policy({"AWS": RESTORE_ROLE}, "Deny"), [allow()], {}, EXPLICIT),
    (
        "R60 through a service",
        key_policy(
            {"AWS": ACCOUNT}, Condition={"StringEquals": {"kms:ViaService": "dynamodb.eu-west-1.amazonaws.com"}}
        ),
        [allow()],
        {},
        CONDITIONAL,
    ),
    (
        "R60 the key policy was not read",
        NotRead("refused", "no right to read the key policy"),
        [allow()],
        {},
        UNREADABLE,
    ),
    ("R60 not read, and the role may not", NotRead("refused", "no right"), [allow("s3:*")], {}, UNREADABLE),
    ("R60 not read, and the role is denied", NotRead("refused", "no right"), [deny("kms:*")], {}, EXPLICIT),
    (
        "R60 not read, and the boundary cuts",
        NotRead("refused", "no right"),
        [allow()],
        {"boundary": stored(allow("s3:*"))},
        UNREADABLE,
    ),
    (
        "R58,60 not read, and an SCP cuts",
        NotRead("refused", "no right"),
        [allow()],
        {"scps": ((stored(allow("s3:*")),),)},
        IMPLICIT,
    ),
    ("R60 everyone is named", key_policy("*"), [allow("s3:*")], {}, ALLOWED),
    ("R60 everyone is named, boundary", key_policy("*"), [allow()], {"boundary": stored(allow("s3:*"))}, ALLOWED),
    ("R58,60 the role itself is named, SCP", key_policy({"AWS": RESTORE_ROLE}), [allow()], {"scps": ((),)}, IMPLICIT),
    (
        "R59,60 the role itself is named, RCP",
        key_policy({"AWS": RESTORE_ROLE}),
        [allow()],
        {"rcps": (stored(deny("kms:*")),)},
        EXPLICIT,
    ),
    (
        "R60 a session of it is named",
        key_policy({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/Restore/x"}),
        [allow("s3:*")],
        {},
        CONDITIONAL,
    ),
    ("R53,60 no principal", stored({"Effect": "Allow", "Action": "*", "Resource": "*"}), [allow()], {}, IMPLICIT),
    (
        "R60 another action",
        stored({"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}),
        [allow()],
        {},
        IMPLICIT,
    ),
    (
        "R60 all of the account, in a condition",
        key_policy("*", Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}}),
        [allow()],
        {},
        CONDITIONAL,
    ),
    (
        "R52,60 a Deny for all but others",
        stored(
            allow("kms:*", Principal="*"),
            {"Effect": "Deny", "NotPrincipal": {"AWS": "777788889999"}, "Action": "*", "Resource": "*"},
        ),
        [allow()],
        {},
        EXPLICIT,
    ),
    ("R60 it cannot be read", StoredPolicy("key", "{"), [allow()], {}, UNREADABLE),
]


@pytest.mark.parametrize(
    ("policy", "own", "layers", "verdict"), [case[1:] for case in KEYS], ids=[case[0] for case in KEYS]
)
def test_key_policies(policy: Any, own: Any, layers: dict[str, Any], verdict: str):
    policies = Policies((stored(*own),), **layers)
    assert may_use_key(policies, policy, "kms:CreateGrant", KEY, CALLER, Context()).verdict == verdict


FOREIGN = KEY.replace(ACCOUNT, "444455556666")
ABROAD: list[tuple[str, Any, Any, dict[str, Any], str]] = [
    ("R60,66 both sides", key_policy({"AWS": ACCOUNT}), [allow("kms:*")], {}, ALLOWED),
    ("R60,66 named itself, and nothing of its own", key_policy({"AWS": RESTORE_ROLE}), [allow("s3:*")], {}, IMPLICIT),
    ("R60,66 not named", key_policy({"AWS": "444455556666"}), [allow()], {}, IMPLICIT),
    ("R60,66 the key policy was not read", NotRead("refused", "no right"), [allow()], {}, UNREADABLE),
    ("R60,66 not read, and nothing of its own", NotRead("refused", "no right"), [allow("s3:*")], {}, IMPLICIT),
    (
        "R59 the RCPs of the owner are not ours",
        key_policy({"AWS": ACCOUNT}),
        [allow()],
        {"rcps": (stored(deny()),)},
        UNREADABLE,
    ),
]


@pytest.mark.parametrize(
    ("policy", "own", "layers", "verdict"), [case[1:] for case in ABROAD], ids=[case[0] for case in ABROAD]
)
def test_keys_of_another_account(policy: Any, own: Any, layers: dict[str, Any], verdict: str):
    policies = Policies((stored(*own),), **layers)
    assert may_use_key(policies, policy, "kms:CreateGrant", FOREIGN, CALLER, Context()).verdict == verdict


def test_r60_what_was_not_read_and_is_needed_is_said():
    decision = may_use_key(Policies((stored(),)), NotRead("refused", "no right"), "kms:Decrypt", KEY, CALLER, Context())
    assert (decision.layer, decision.conditions) == ("key", ("no right [key]",))
    assert "the key policy would have to allow it" in decision.reason


def test_r61_a_vault_policy_that_was_not_read_is_a_note():
    decision = may_use_vault(
        Policies((stored(allow()),)), NotRead("refused", "no right"), "backup:StartCopyJob", VAULT, CALLER, Context()
    )
    assert (decision.verdict, "may still deny it: no right" in decision.reason) == (ALLOWED, True)


VAULTS: list[tuple[str, Any, str]] = [
    ("R61 no access policy", None, ALLOWED),
    (
        "R61 an access policy for others",
        stored({**trust({"AWS": "777788889999"}), "Action": "backup:*", "Resource": "*"}),
        ALLOWED,
    ),
    (
        "R61 a Deny for everyone",
        stored({"Effect": "Deny", "Principal": "*", "Action": "backup:*", "Resource": "*"}),
        EXPLICIT,
    ),
    (
        "R61 a Deny for all but another",
        stored({"Effect": "Deny", "NotPrincipal": {"AWS": "777788889999"}, "Action": "*", "Resource": "*"}),
        EXPLICIT,
    ),
    (
        "R61 a Deny for others",
        stored({"Effect": "Deny", "Principal": {"AWS": "777788889999"}, "Action": "*", "Resource": "*"}),
        ALLOWED,
    ),
    (
        "R61 a short ARN without a star",
        stored({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:aws:backup"}),
        ALLOWED,
    ),
    ("R61 not read", NotRead("refused", "no right"), ALLOWED),
    ("R61 it cannot be read", StoredPolicy("vault", "{"), UNREADABLE),
    (
        "R61 a Deny under a condition",
        stored(deny("backup:*", Principal="*", Condition={"Bool": {"aws:ViaAWSService": "false"}})),
        CONDITIONAL,
    ),
    ("R46,61 a Deny for the account", stored(deny("backup:*", Principal={"AWS": ACCOUNT})), EXPLICIT),
    ("R61 a Deny of other actions", stored(deny("backup:DeleteRecoveryPoint", Principal="*")), ALLOWED),
    ("R53,61 a Deny for nobody", stored(deny("backup:*")), ALLOWED),
]


@pytest.mark.parametrize(("policy", "verdict"), [case[1:] for case in VAULTS], ids=[case[0] for case in VAULTS])
def test_vault_policies(policy: Any, verdict: str):
    decision = may_use_vault(Policies((stored(allow()),)), policy, "backup:StartRestoreJob", VAULT, CALLER, Context())
    assert decision.verdict == verdict


def test_r62_the_root_user_needs_no_policy_and_is_bound_by_scps():
    assert ask(None).verdict == ALLOWED
    assert ask(None, scps=((stored(allow("s3:*")),),)).verdict == IMPLICIT
    root = principals.parse(f"arn:aws:iam::{ACCOUNT}:root")
    assert assume.may_assume(stored(trust("*")), RESTORE_ROLE, root).verdict == IMPLICIT


ROLE = Observed(Account("aws", ACCOUNT), "role", "Restore", True, path="/backup/")
USER = Observed(Account("aws", ACCOUNT), "user", "ann", True)
IN_CHINA = Observed(Account("aws-cn", ACCOUNT), "role", "Restore", True)


@pytest.mark.parametrize(
    ("action", "observed", "scope", "expected"),
    [
        ("iam:PassRole", ROLE, {}, (RESTORE_ROLE,)),
        ("iam:PassRole", USER, {}, (f"arn:aws:iam::{ACCOUNT}:role/*",)),
        ("iam:SimulatePrincipalPolicy", USER, {}, (f"arn:aws:iam::{ACCOUNT}:user/ann",)),
        ("dynamodb:ListTables", ROLE, {}, ("*",)),
        ("dynamodb:DeleteTable", ROLE, {}, (f"arn:aws:dynamodb:*:{ACCOUNT}:table/*",)),
        ("dynamodb:DeleteTable", ROLE, {"tables": ("t",)}, (f"arn:aws:dynamodb:*:{ACCOUNT}:table/t",)),
        ("kms:Decrypt", IN_CHINA, {}, (f"arn:aws-cn:kms:*:{ACCOUNT}:key/*",)),
        (
            "backup:StartRestoreJob",
            ROLE,
            {},
            (f"arn:aws:backup:*:{ACCOUNT}:recovery-point:*", f"arn:aws:dynamodb:*:{ACCOUNT}:table/*/backup/*"),
        ),
    ],
    ids=[
        "R22 own ARN",
        "R22 a user passes some role",
        "R22 own ARN of a user",
        "R19 no types",
        "R20 all tables",
        "R20 one table",
        "R20 partition",
        "R21 two kinds of recovery points",
    ],
)
def test_what_is_asked_about(action: str, observed: Observed, scope: dict[str, Any], expected: tuple[str, ...]):
    assert questions.resources(action, observed, Scope(**scope)) == expected


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (allow("iam:PassRole", RESTORE_ROLE), ALLOWED),
        (allow("iam:PassRole", "arn:aws:iam::*:role/backup/*"), ALLOWED),
        (allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/Other"), IMPLICIT),
        (
            allow("iam:PassRole", "*", Condition={"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}),
            ALLOWED,
        ),
        (
            allow("iam:PassRole", "*", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
            IMPLICIT,
        ),
        (deny("iam:PassRole", RESTORE_ROLE), EXPLICIT),
    ],
    ids=["R22 itself", "R22 its path", "R22 another", "R22 to AWS Backup", "R22 to another service", "R22 denied"],
)
def test_handing_itself_over(statement: Any, verdict: str):
    (decision,) = questions.decide(["iam:PassRole"], ROLE, Policies((stored(statement),)), EVERYTHING)
    assert decision.verdict == verdict


def test_one_region_is_known_if_it_is_given():
    only = allow("dynamodb:*", "*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
    policies = Policies((stored(only),))
    for regions, verdict in ((("eu-west-1",), ALLOWED), (("us-east-1",), IMPLICIT), ((), CONDITIONAL)):
        (decision,) = questions.decide(["dynamodb:UpdateTable"], ROLE, policies, Scope(regions=regions))
        assert decision.verdict == verdict


def test_the_examples_of_the_two_doors():
    doctests = doctest.testmod(doors)
    assert (doctests.failed, doctests.attempted > 0) == (0, True)


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("arn:aws:iam::111122223333:role/a/b", "role"),
        ("arn:aws:iam::111122223333:user/a", "user"),
        ("arn:aws:sts::111122223333:assumed-role/a/b", "session"),
        ("arn:aws:iam::111122223333:root", "root"),
        ("111122223333", "account"),
        ("backup.amazonaws.com", "service"),
    ],
)
def test_a_caller_is_told_by_its_name(who: str, kind: str):
    assert principals.parse(who).kind == kind


def test_a_session_policy_and_levels_pass_through_the_door():
    whole, none = document(allow()), document(allow("s3:*"))
    question = ("dynamodb:ListTables", "*")
    assert doors.may(*question, identity=[whole], session=[none]).layer == "session"
    assert doors.may(*question, identity=[whole], scps=[[whole], [none]]).layer == "scp level 2"
    assert doors.may(*question, identity=[whole], boundary=whole, rcps=[whole]).verdict == ALLOWED


APPLIANCE = "arn:aws:iam::444455556666:role/Appliance"


def test_the_trust_door_takes_every_layer_of_both_sides():
    trusting, whole, none = document(trust({"AWS": APPLIANCE})), document(allow()), document(allow("s3:*"))
    question = (trusting, RESTORE_ROLE, APPLIANCE)
    assert doors.may_assume(*question, identity=[whole], boundary=none).layer == "boundary"
    assert doors.may_assume(*question, identity=[whole], scps=[[whole], [none]]).layer == "scp level 2"
    assert doors.may_assume(*question, identity=[whole], rcps=[document(deny(Principal="*"))]).verdict == EXPLICIT
    assert doors.may_assume(*question, identity=[whole], boundary=whole, scps=[[whole]], rcps=[]).verdict == ALLOWED


def test_r62_the_permission_door_takes_the_root_user():
    assert doors.may("dynamodb:ListTables", "*", identity=None).verdict == ALLOWED
    assert doors.may("dynamodb:ListTables", "*", identity=None, scps=[[]]).layer == "scp level 1"


def test_the_trust_door_refuses_what_is_no_role():
    with pytest.raises(ValueError, match="not the ARN of a role: Restore"):
        doors.may_assume({}, "Restore", APPLIANCE)


@pytest.mark.parametrize("caller", ["arn:", "arn:aws:iam::x", "", "arn:aws:sts::444455556666:assumed-role/"])
def test_a_caller_that_is_none_is_let_in_by_no_name(caller: str):
    trusting = document(trust({"AWS": [APPLIANCE, "444455556666", caller]}))
    assert doors.may_assume(trusting, RESTORE_ROLE, caller, identity=[document()]).verdict == IMPLICIT
