# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running the main line on an IAM kept in memory."""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.account import expected_account
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.records import record_options
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import (
    RESTORE_ROLE_SPEC,
    desired_state,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import (
    VERIFY_SPEC,
    state_to_verify,
    verify_options,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.apply.converge import Run, converge
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records.journal import FileRecords
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records.snapshot import read
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.rollback.rollback import rollback
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify import verify as main_line

from tests.unit.memory_iam import MemoryIam

READS = ("Get", "List")


class MemorySession:
    """``clients``: (service, Region) → client, of the services beside IAM."""

    def __init__(self, iam: Any, clients: dict[tuple[str, str | None], Any] | None = None) -> None:
        self.iam = iam
        self._clients = clients or {}

    def account(self) -> Account:
        return Account(self.iam.partition, self.iam.account_id)

    def caller(self) -> str:
        return f"arn:aws:sts::{self.iam.account_id}:assumed-role/Admin/session"

    def client(self, service: str, region: str | None = None) -> Any:
        return self._clients[service, region]


class Clock:
    """Time that passes only while someone sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def validated(spec: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    checked = ArgumentSpecValidator(spec).validate(given)
    assert not checked.error_messages
    return dict(checked.validated_parameters)


def verify(
    iam: MemoryIam, given: dict[str, Any], clients: dict[tuple[str, str | None], Any] | None = None
) -> dict[str, Any]:
    """``given``: options of restore_role_verify. Raises RestoreAccessError, but not for drift."""
    params = validated(VERIFY_SPEC, given)
    options = verify_options(params)
    return dict(main_line.verify(MemorySession(iam, clients), state_to_verify(params), options))


def run(iam: MemoryIam, given: dict[str, Any], *, check: bool = False, s3: Any = None) -> dict[str, Any]:
    """``given``: options of restore_role. Raises RestoreAccessError as the module would."""
    params = validated(RESTORE_ROLE_SPEC, given)
    session = MemorySession(iam)
    return converge(session, desired_state(params), _how(session, params, check, s3))


def _how(session: MemorySession, params: dict[str, Any], check: bool, s3: Any = None) -> Run:
    clock, account_id = Clock(), expected_account(params)
    records = FileRecords(record_options(params), session.caller, s3=lambda: s3)
    return Run(check, params["wait"], params["wait_timeout"], account_id, clock.read, clock.sleep, records)


def rolled_back(iam: MemoryIam, given: dict[str, Any], previous: Any, *, check: bool = False) -> dict[str, Any]:
    """``previous``: a snapshot as a run returned it, through JSON as a file holds it."""
    written = json.loads(json.dumps(previous))
    params = validated(RESTORE_ROLE_SPEC, given | {"snapshot": written})
    session = MemorySession(iam)
    return rollback(session, desired_state(params), read(written), _how(session, params, check))


def writes(iam: MemoryIam, since: int = 0) -> list[str]:
    """The write calls made, by operation, from call number ``since`` on."""
    return [operation for operation, _arguments in iam.calls[since:] if not operation.startswith(READS)]
