# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shell of this collection's AWS modules: an Ansible module as the context of one of the ``_tasks``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule, aws_argument_spec

from ._aws import credentials_in_urls
from ._aws.session import Connection, check_config, check_one_identity
from ._errors import RestoreAccessError
from ._tasks import ModuleContext


class _AnsibleModuleContext:
    def __init__(self, module: AnsibleAWSModule) -> None:
        self._module = module
        self.params: Mapping[str, Any] = module.params
        self.check_mode: bool = module.check_mode

    def connection(self) -> Connection:
        check_one_identity(self.params)
        check_config(self.params["aws_config"])
        return Connection(*get_aws_connection_info(self._module))

    def warn(self, message: str) -> None:
        # AnsibleAWSModule.warn() prints a deprecation.
        self._module._module.warn(message)


def full_argument_spec(own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` and amazon.aws's connection options."""
    connection = aws_argument_spec()
    # amazon.aws leaves the access key readable in the result's invocation; here it stays out of every log.
    return {**connection, **own, "access_key": {**connection["access_key"], "no_log": True}}


def run(argument_spec: Mapping[str, Any], task: Callable[[ModuleContext], dict[str, Any]]) -> None:
    """Run ``task`` as an Ansible module that takes ``argument_spec`` and amazon.aws's connection options."""
    module = AnsibleAWSModule(argument_spec=full_argument_spec(argument_spec), supports_check_mode=True)
    # What AnsibleModule returns and logs from here on has none of them; the action plugin sees to what it said before.
    module._module.no_log_values |= credentials_in_urls.to_mask(module.params)
    try:
        result = task(_AnsibleModuleContext(module))
    except RestoreAccessError as error:
        module.fail_json(msg=error.message, **error.facts)
    module.exit_json(**result)
