# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running the main line on an IAM kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.account import expected_account
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.approved_plan import approved_plan
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
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.apply.converge import Run, converge
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import chain, snapshot_files
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records.journal import (
    FileRecords,
    Where,
    utc_now,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records.recorded_run import (
    Sources,
    checked,
    find,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records.signing import Key
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records.snapshot_files import Found
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records.snapshot_s3 import Bounds
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


@dataclass(frozen=True)
class Services:
    """What a run's records take beside the account: the clients, and the time that is written down."""

    s3: Any = None
    kms: Any = None
    now: Callable[[], datetime] = utc_now

    def key(self, where: Where) -> Key | None:
        return None if where.key_id is None else Key(where.key_id, lambda: self.kms)


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


def run(
    iam: MemoryIam, given: dict[str, Any], *, check: bool = False, services: Services | None = None, s3: Any = None
) -> dict[str, Any]:
    """``given``: options of restore_role. Raises RestoreAccessError as the module would."""
    params = validated(RESTORE_ROLE_SPEC, {"policy_name": DEFAULT_POLICY_NAME, **given})
    session = MemorySession(iam)
    return converge(session, desired_state(params), _how(session, params, check, services or Services(s3)))


def _how(
    session: MemorySession, params: dict[str, Any], check: bool, services: Services, undone: str | None = None
) -> Run:
    clock, account_id, where = Clock(), expected_account(params), record_options(params)
    key = services.key(where)
    records = FileRecords(where, session.caller, services.now, s3=lambda: services.s3, key=key, undone=undone)
    approval = approved_plan(params["approved_plan"])
    waiting = (params["wait"], params["wait_timeout"], account_id, clock.read, clock.sleep)
    return Run(check, *waiting, records, approval=approval)


def rolled_back(iam: MemoryIam, given: dict[str, Any], previous: Any, *, check: bool = False) -> dict[str, Any]:
    """``previous``: a snapshot as a run returned it, through JSON as a file holds it, beside a journal by which each of its
    operations was begun, and none refused.
    """
    params = validated(RESTORE_ROLE_SPEC, {"policy_name": DEFAULT_POLICY_NAME, **given, "snapshot": "snapshot.json"})
    session = MemorySession(iam)
    before = checked(found(previous), None)
    return rollback(session, desired_state(params), before, _how(session, params, check, Services()))


def found(previous: Any, *, run_id: str = "one") -> Found:
    """A snapshot beside a journal that says of each of its operations that it was begun, and has an end."""
    content = snapshot_files.as_text({"run_id": run_id, **previous}).encode()
    head = {"schema_version": chain.JOURNAL_SCHEMA, "run_id": run_id, "account_id": previous.get("account_id")}
    principal = {key: previous.get(key) for key in ("arn", "principal_type", "name")}
    about = {"outcome": chain.SNAPSHOT, "principal": principal, "snapshot": {"sha256": chain.sha256(content)}}
    lines = [chain.line({**head, **about}, None)]
    operations = previous.get("operations", ())
    for one in operations if isinstance(operations, list) else ():
        begun = one if isinstance(one, dict) else {"operation": one}
        lines.append(chain.line({**head, "outcome": chain.BEGUN, **begun}, lines[-1]))
    lines.append(chain.line({**head, "outcome": chain.ENDED}, lines[-1]))
    return Found("snapshot.json", content, b"".join(line + b"\n" for line in lines), run_id)


def undone(
    iam: MemoryIam, given: dict[str, Any], *, check: bool = False, services: Services | None = None, s3: Any = None
) -> dict[str, Any]:
    """A rollback from the files or objects that a run wrote. ``given``: options, ``snapshot`` among them."""
    services = services or Services(s3)
    params = validated(RESTORE_ROLE_SPEC, {"policy_name": DEFAULT_POLICY_NAME, **given})
    session, desired, where = MemorySession(iam), desired_state(params), record_options(params)
    sources = Sources(lambda: services.s3, Bounds(where.bucket, where.prefix), services.key(where))
    read = find(params["snapshot"], desired.kind, desired.name, expected_account(params), sources)
    return rollback(session, desired, read, _how(session, params, check, services, read.place))


def writes(iam: MemoryIam, since: int = 0) -> list[str]:
    """The write calls made, by operation, from call number ``since`` on."""
    return [operation for operation, _arguments in iam.calls[since:] if not operation.startswith(READS)]
