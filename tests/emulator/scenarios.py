# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accounts in the states that reliability is tried on, and restore_role run on them in this process."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from typing import Any

import boto3
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection, Session
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import (
    RESTORE_ROLE_SPEC,
    desired_state,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.apply.converge import Run, converge
from botocore.config import Config

from tests.emulator import cases
from tests.emulator.server import Server

FOREIGN = cases.admit({"AWS": "arn:aws:iam::999988887777:root"}, sid="Theirs")
THEIRS = cases.allow("s3:*", sid="Theirs")
GRANTED = cases.allow(*cases.ACTIONS[3:])
# Less than faults.Weather.hold.
IMPATIENT, PATIENT = 3.0, 60.0
_shared = boto3.session.Session()
_making_clients = threading.Lock()


class Account(Session):
    """The product's own session as root of an account; boto3's models are loaded once for all accounts.

    ``read_timeout``: seconds after which the client gives up an answer and asks again.
    """

    def __init__(self, endpoint: str, account_id: str, read_timeout: float = PATIENT):
        self.account_id = account_id
        arguments = {
            "aws_access_key_id": account_id,
            "aws_secret_access_key": "root",
            "aws_config": Config(read_timeout=read_timeout),
        }
        super().__init__(Connection("us-east-1", endpoint, arguments), None, "aws")

    def _client(self, service: str, more: dict[str, str]) -> Any:
        with _making_clients:
            client = _shared.client(service, **{**self._arguments, **more})
        # MiniStack knows the account by its access key; moto by this header.
        client.meta.events.register("before-send", self._name_account)
        return client

    def _name_account(self, request: Any, **_rest: Any) -> None:
        request.headers["x-moto-account-id"] = self.account_id


def run(session: Session, options: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
    """``options``: options of restore_role beside who is meant. Raises RestoreAccessError as the module would."""
    given = {"name": cases.RESTORE_ROLE, "appliance_principals": [cases.APPLIANCE_ARN], "wait_timeout": 20, **options}
    validated = ArgumentSpecValidator(RESTORE_ROLE_SPEC).validate(given)
    assert not validated.error_messages
    params = dict(validated.validated_parameters)
    return converge(session, desired_state(params), Run(check, True, params["wait_timeout"]))


def _nothing(_iam: Any, _session: Account) -> None:
    """The account as it comes."""


def _role(iam: Any, policies: dict[str, list[Any]]) -> None:
    """A role with statements and policies of others, and with managed policies in as many versions as are given."""
    trust = cases.document(FOREIGN, cases.BACKUP)
    iam.create_role(RoleName=cases.RESTORE_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=cases.RESTORE_ROLE, PolicyName="theirs", PolicyDocument=json.dumps(THEIRS))
    for name, versions in policies.items():
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(versions[0]), Tags=cases.OWN_TAGS)
        arn = made["Policy"]["Arn"]
        for version in versions[1:]:
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(version), SetAsDefault=True)
        iam.attach_role_policy(RoleName=cases.RESTORE_ROLE, PolicyArn=arn)


def _three_missing(iam: Any, _session: Account) -> None:
    _role(iam, {"restore": [GRANTED]})


def _five_versions(iam: Any, _session: Account) -> None:
    _role(iam, {cases.OWN_POLICY: [cases.allow(*cases.ACTIONS[:number]) for number in (5, 10, 15, 20, 25)]})


def _user(iam: Any, _session: Account) -> None:
    iam.create_user(UserName=cases.RESTORE_ROLE)
    iam.put_user_policy(UserName=cases.RESTORE_ROLE, PolicyName="theirs", PolicyDocument=json.dumps(THEIRS))


def _made_by_us(_iam: Any, session: Account) -> None:
    run(session, {})


# Name → what makes the state, and what is then asked for.
SCENARIOS: dict[str, tuple[Callable[[Any, Account], None], dict[str, Any]]] = {
    "a role is missing": (_nothing, {}),
    "three actions are missing": (_three_missing, {}),
    "five versions": (_five_versions, {}),
    "a user": (_user, {"principal_type": "user"}),
    "absent": (_made_by_us, {"state": "absent"}),
}


def fresh(
    server: Server, endpoint: str, scenario: str, ids: itertools.count[int], read_timeout: float = PATIENT
) -> tuple[Account, Account]:
    """A new account in the scenario's state: (its session through the proxies, one that goes straight)."""
    account_id = str(next(ids))
    straight = Account(server.endpoint, account_id)
    SCENARIOS[scenario][0](straight.iam, straight)
    return Account(endpoint, account_id, read_timeout), straight


def foreign_is_there(iam: Any, scenario: str) -> bool:
    """Whether what the scenario has of others is all there still."""
    if scenario in ("a role is missing", "absent"):
        return True
    kind = "user" if scenario == "a user" else "role"
    name = {f"{kind.capitalize()}Name": cases.RESTORE_ROLE}
    stored = getattr(iam, f"get_{kind}_policy")(**name, PolicyName="theirs")["PolicyDocument"]
    if kind == "user":
        return bool(stored == THEIRS)
    return stored == THEIRS and FOREIGN in iam.get_role(**name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
