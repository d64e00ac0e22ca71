# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The automation with exactly the policy that operator_policy prints: everything works, and each action is needed.

On an AWS that enforces IAM. The modules' logic runs in this process, with real clients, so that a hundred runs take seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.operator_policy import (
    OPERATOR_SPEC,
    operator_policy,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import VERIFY_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import operator_actions

from tests.emulator import cases
from tests.emulator import organization as building
from tests.emulator.organization import REGION, Credentials, client, root
from tests.emulator.recorder import recorded
from tests.emulator.server import Server

# Asked only where somebody else uses a policy of our name, and never needed: the run ends there, with or without their names.
TELLS_MORE = {"iam:ListEntitiesForPolicy"}
ADMINISTRATOR = cases.allow("*")
# What boto3 knows of the services, read once for all runs.
_SHARED = boto3.session.Session()
USER = {"principal_type": "user", "name": cases.RESTORE_USER}
INLINE, ABSENT = {"policy_type": "inline"}, {"state": "absent"}
# What was there before the run that counts, for state absent: made by this collection.
MADE: dict[str, Any] = {}


@dataclass(frozen=True)
class Scene:
    """One run of a module in one account. ``before``: the options of a run as administrator, to prepare it.

    ``versions``: of the policy that is to be written, made before that.
    """

    case: str
    mode: str = "present"
    options: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] | None = None
    versions: int = 0

    @property
    def kind(self) -> str:
        return str(self.options.get("principal_type", "role"))


EVERYTHING = {
    "purge_trust": True,
    "purge_policies": True,
    "purge_tags": True,
    "tags": {"new": "tag"},
    "max_session_duration": 7200,
    "permissions_boundary": "arn:aws:iam::210000000011:policy/someone-elses",
}
TAGS = {"tags": {"new": "tag"}, "purge_tags": True}
SCENES = {
    "check": Scene("foreign-content", "check"),
    "versions": Scene("five-versions"),
    "create": Scene("no-role"),
    "converge everything": Scene("foreign-content", options=EVERYTHING),
    "no boundary": Scene("boundary-without-kms", options={"permissions_boundary": ""}),
    "inline": Scene("with-path", options=INLINE),
    "absent": Scene("no-role", "absent", ABSENT, MADE),
    "absent, inline": Scene("no-role", "absent", ABSENT | INLINE, INLINE),
    "absent, not ours": Scene("no-backup-trust", "absent", ABSENT, MADE),
    "absent, with versions": Scene("no-role", "absent", ABSENT, {"match": "exact"}),
    "user, check": Scene("iam-user", "check", USER),
    "user": Scene("iam-user", options=USER | TAGS, before=USER | {"tags": {"old": "tag"}}),
    "user, create": Scene("no-role", options=USER),
    "user, versions": Scene("no-role", options=USER | {"match": "exact"}, versions=5),
    "user, inline": Scene("iam-user", options=USER | INLINE),
    "user, boundary": Scene(
        "iam-user",
        options=USER | {"permissions_boundary": "arn:aws:iam::210000000015:policy/Boundary"},
        before=USER | {"policy_name": "Boundary"},
    ),
    "user, no boundary": Scene(
        "iam-user",
        options=USER | {"permissions_boundary": ""},
        before=USER | {"permissions_boundary": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    "user, purge": Scene("iam-user", options=USER | {"purge_policies": True}, before=USER | {"policy_name": "Other"}),
    "user, purge inline": Scene(
        "iam-user", options=USER | {"purge_policies": True}, before=USER | INLINE | {"policy_name": "Other"}
    ),
    "user, absent": Scene("no-role", "absent", USER | ABSENT, USER),
    "user, absent, inline": Scene("no-role", "absent", USER | INLINE | ABSENT, USER | INLINE),
    "simulate": Scene("compliant", "simulate", {"method": "simulate", "fail_on_drift": False}),
}


@dataclass
class Host:
    """What runs the modules' logic here."""

    params: Mapping[str, Any]
    check_mode: bool
    endpoint: str
    automation: Credentials

    def connection(self) -> Connection:
        arguments = dict(self.automation.client_arguments)
        return Connection(REGION, self.endpoint, arguments, new_session=lambda _profile: _SHARED)

    def warn(self, message: str) -> None:
        pass


@dataclass
class Stage:
    """The account of a scene, freshly built and prepared, with the automation not yet restricted."""

    server: Server
    scene: Scene
    automation: Credentials

    @property
    def account(self) -> cases.Account:
        return next(account for account in cases.ACCOUNTS if account.case == self.scene.case)

    def restrict(self, policy: Mapping[str, Any]) -> None:
        """What the automation may do in the account from now on."""
        owner = client(self.server, "iam", root(self.server, self.account.account_id))
        owner.put_role_policy(RoleName=cases.MEMBER_ROLE, PolicyName="administrator", PolicyDocument=json.dumps(policy))

    def run(self, options: Mapping[str, Any], mode: str, endpoint: str = "") -> dict[str, Any]:
        """Raises RestoreAccessError."""
        verify = "method" in options
        spec = VERIFY_SPEC if verify else RESTORE_ROLE_SPEC
        given = {
            "name": cases.RESTORE_ROLE,
            "assume_role_arn": f"arn:aws:iam::{self.account.account_id}:role/{cases.MEMBER_ROLE}",
            "appliance_principals": [cases.APPLIANCE_ARN],
            "appliance_external_id": cases.EXTERNAL_ID,
            **options,
        }
        validated = ArgumentSpecValidator(spec).validate(given)
        assert not validated.error_messages
        host = Host(validated.validated_parameters, mode == "check", endpoint or self.server.endpoint, self.automation)
        task: Callable[[Any], dict[str, Any]] = _tasks.restore_role_verify if verify else _tasks.restore_role
        return task(host)


@pytest.fixture
def stage(ministack: Server) -> Callable[[str], Stage]:
    def prepare(name: str) -> Stage:
        ministack.reset()
        scene = SCENES[name]
        built = Stage(ministack, scene, building._management(ministack))
        building._appliance(ministack)
        own = client(ministack, "iam", root(ministack, built.account.account_id))
        building.fill(own, built.account)
        for number in range(scene.versions):
            more = cases.allow(f"s3:Version{number}", sid="More")["Statement"]
            built.run({**scene.options, "additional_statements": more}, "present")
        if scene.before is not None:
            built.run(scene.before, "present")
        return built

    return prepare


def least(scene: Scene) -> dict[str, Any]:
    """What the lookup prints for the scene, its principal named."""
    given = {"principal_type": scene.kind, "name": scene.options.get("name", cases.RESTORE_ROLE)}
    validated = ArgumentSpecValidator(OPERATOR_SPEC).validate(given)
    policy = dict(operator_policy([scene.mode], validated.validated_parameters))
    created = {"Effect": "Allow", "Action": ["iam:CreatePolicy"], "Resource": "*"}
    # The emulator asks about a policy that is created as if it had no ARN; AWS goes by the ARN that it gets.
    return {**policy, "Statement": [*policy["Statement"], *([created] if scene.mode == "present" else [])]}


def without(policy: Mapping[str, Any], action: str) -> dict[str, Any]:
    statements = [
        {**statement, "Action": [a for a in statement["Action"] if a != action]} for statement in policy["Statement"]
    ]
    return {**policy, "Statement": [statement for statement in statements if statement["Action"]]}


def called(stage: Stage) -> list[str]:
    """The actions that the scene's run calls in the account, with the least policy and nothing more."""
    stage.restrict(least(stage.scene))
    organization = building.Organization(stage.server, (stage.account,), stage.automation)
    with recorded(organization) as (through, recording):
        stage.run(stage.scene.options, stage.scene.mode, through.server.endpoint)
    return sorted({action for action in recording.of(stage.account.account_id) if action.startswith("iam:")})


def pairs(stage: Callable[[str], Stage], kind: str) -> Iterator[tuple[str, str]]:
    """(scene, action): each action with the first scene that calls it."""
    seen: set[str] = set()
    for name in [scenario for scenario, scene in SCENES.items() if scene.kind == kind]:
        for action in called(stage(name)):
            if action not in seen:
                seen.add(action)
                yield name, action


@pytest.mark.parametrize("kind", ["role", "user"])
def test_the_least_policy_suffices_and_nothing_in_it_is_too_much(stage: Callable[[str], Stage], kind: str):
    pairs_of_kind = list(pairs(stage, kind))
    needed = {action for mode in ("check", "present", "absent") for action in operator_actions(mode, kind)}
    # AWS asks for it when a policy is created with tags, too; the emulator does not.
    not_enforced = set() if kind == "role" else {"iam:TagPolicy"}
    assert needed - {action for _name, action in pairs_of_kind} == TELLS_MORE | not_enforced
    for name, action in pairs_of_kind:
        built = stage(name)
        built.restrict(without(least(built.scene), action))
        with pytest.raises(RestoreAccessError) as refused:
            built.run(built.scene.options, built.scene.mode)
        assert f"Grant {action} to" in refused.value.message, (name, action)
        assert built.account.account_id in refused.value.message
