# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The modules with all of AWS in memory around them: from options as a playbook gives them to the result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import state_to_verify, verify_options
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.state import Organization
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.verify import verify
from botocore.hooks import HierarchicalEmitter

from tests.unit.memory_iam import MemoryIam
from tests.unit.memory_s3 import MemoryS3
from tests.unit.organization import small
from tests.unit.principal import scenes
from tests.unit.principal.running import MemorySession


class Refused(Exception):
    """Ansible's own check of the options."""


# What the product looks at in a client beside its calls.
META = SimpleNamespace(events=HierarchicalEmitter(), endpoint_url="https://aws.example")


class Iam(MemoryIam):
    meta = META


class Sts:
    def get_caller_identity(self) -> dict[str, Any]:
        return {"Arn": "arn:aws:iam::111122223333:user/automation"}

    def assume_role(self, **_arguments: Any) -> dict[str, Any]:
        credentials = {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}
        role = {"Arn": "arn:aws:sts::111122223333:assumed-role/Admin/session"}
        return {"Credentials": credentials, "AssumedRoleUser": role}


class ResourcePolicies:
    """KMS and AWS Backup."""

    def __init__(self, policy: Any = None) -> None:
        own = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}
        self.policy = json.dumps({"Version": "2012-10-17", "Statement": [own]}) if policy is None else policy

    def get_key_policy(self, **_arguments: Any) -> dict[str, Any]:
        return {"Policy": self.policy}

    def get_backup_vault_access_policy(self, **_arguments: Any) -> dict[str, Any]:
        return {"Policy": self.policy}


def iam() -> Iam:
    """An account whose role is right but for one action."""
    stored = scenes.account(inline={"restore": scenes.without("kms:CreateGrant")})
    stored.__class__ = Iam
    assert isinstance(stored, Iam)
    return stored


class Host:
    """As _tasks.Host wants it. ``clients``: service → client."""

    check_mode = False

    def __init__(self, params: Mapping[str, Any], clients: Mapping[str, Any]) -> None:
        self.params = params
        self.clients = clients
        self.warnings: list[str] = []

    def connection(self) -> Connection:
        session = SimpleNamespace(client=lambda service, **_arguments: self.clients[service])
        return Connection(None, None, {}, lambda _profile: session)

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def clients(**more: Any) -> dict[str, Any]:
    services = {"iam": iam(), "sts": Sts(), "organizations": small.organization()}
    made = {**services, "kms": ResourcePolicies(), "backup": ResourcePolicies(), "s3": MemoryS3(), **more}
    for client in made.values():
        client.meta = META
    return made


def validated(spec: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Raises Refused.

    Ansible copies all options first, and so comes to no end with one that is nested too deeply for that. What it would have let
    through by its kind is let through here, to see that what comes after it needs no such guard.
    """
    deep = {name: value for name, value in given.items() if _is_deep(value)}
    try:
        checked = ArgumentSpecValidator(dict(spec)).validate(
            {key: value for key, value in given.items() if key not in deep}
        )
    except (OverflowError, RecursionError, TypeError) as error:
        # What Ansible makes of an infinite number where it takes a whole one, and of keys that are no text.
        raise Refused(type(error).__name__) from None
    if checked.error_messages or not all(_is_of_its_kind(spec[name], value) for name, value in deep.items()):
        raise Refused("; ".join(checked.error_messages))
    return {**checked.validated_parameters, **deep}


def _is_deep(value: Any) -> bool:
    for _level in range(500):
        if not value or not isinstance(value, list | dict):
            return False
        value = next(iter(value.values() if isinstance(value, dict) else value))
    return True


def _is_of_its_kind(option: Mapping[str, Any], value: Any) -> bool:
    if "options" in option:
        return False
    if option["type"] == "list":
        return (
            isinstance(value, list)
            and option["elements"] == "dict"
            and all(isinstance(element, dict) for element in value)
        )
    return option["type"] == "raw" or (option["type"] == "dict" and isinstance(value, dict))


def run(module: str, spec: Mapping[str, Any], given: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The module's result. Raises Refused or RestoreAccessError."""
    host = Host(validated(spec, given), clients(**more))
    result: dict[str, Any] = getattr(_tasks, module)(host)
    return {**result, "warnings": host.warnings}


def judged(iam: MemoryIam, params: Mapping[str, Any]) -> dict[str, Any]:
    """What restore_role_verify makes of options that Ansible would not take, since they are nested too deeply."""
    options = verify_options(params)
    return dict(verify(MemorySession(iam), state_to_verify(params), options))


def organization() -> Organization:
    return small.gathering(small.organization()).organization()
