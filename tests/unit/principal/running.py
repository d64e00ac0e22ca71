# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running the main line on an IAM kept in memory."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils import _options
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.converge import Run, converge
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.state import Account

from tests.unit.memory_iam import MemoryIam

READS = ("Get", "List")


class MemorySession:
    def __init__(self, iam: MemoryIam) -> None:
        self.iam = iam

    def account(self) -> Account:
        return Account(self.iam.partition, self.iam.account_id)


class Clock:
    """Time that passes only while someone sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def run(iam: MemoryIam, given: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
    """``given``: options of restore_role. Raises RestoreAccessError as the module would."""
    validated = ArgumentSpecValidator(_options.ARGUMENT_SPEC).validate(given)
    assert not validated.error_messages
    params = validated.validated_parameters
    clock = Clock()
    how = Run(check, params["wait"], params["wait_timeout"], _options.expected_account(params), clock.read, clock.sleep)
    return converge(MemorySession(iam), _options.desired(params), how)


def writes(iam: MemoryIam, since: int = 0) -> list[str]:
    """The write calls made, by operation, from call number ``since`` on."""
    return [operation for operation, _arguments in iam.calls[since:] if not operation.startswith(READS)]
