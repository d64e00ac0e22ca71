# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""restore_role for one account in a process of its own, which a test can kill: options as JSON on standard input.

Prints the result as JSON, or ``{"failed": true, "msg": ...}`` with the facts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC


class Host:
    """What the task needs of its surroundings."""

    check_mode = False

    def __init__(self, endpoint: str, account_id: str, options: Mapping[str, Any]) -> None:
        validated = ArgumentSpecValidator(RESTORE_ROLE_SPEC).validate(dict(options))
        if validated.error_messages:
            raise SystemExit("; ".join(validated.error_messages))
        self.params: Mapping[str, Any] = validated.validated_parameters
        self._connection = Connection(
            "us-east-1", endpoint, {"aws_access_key_id": account_id, "aws_secret_access_key": "root"}
        )

    def connection(self) -> Connection:
        return self._connection

    def warn(self, message: str) -> None:
        """Nothing."""


def main() -> None:
    given = json.load(sys.stdin)
    try:
        result = _tasks.restore_role(Host(given["endpoint"], given["account_id"], given["options"]))
    except RestoreAccessError as error:
        result = {"failed": True, "msg": error.message, **error.facts}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
