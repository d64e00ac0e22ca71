# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shell of this collection's lookups: options checked as a module's are, and errors as Ansible's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.utils.display import Display

from ..module_utils._errors import OptionError
from . import _aws_actions, _core, _lists


def run(name: str, argument_spec: Mapping[str, Any], options: Mapping[str, Any], task: Callable[[Any], Any]) -> Any:
    """What ``task`` returns for the validated options. Raises AnsibleLookupError, naming the lookup and the option."""
    # None stands for an option that is not set.
    plain = {option: _plain(name, option, value) for option, value in options.items() if value is not None}
    split = _lists.split(argument_spec, plain)
    checked = ArgumentSpecValidator(dict(argument_spec)).validate(split)
    if checked.error_messages:
        raise AnsibleLookupError(f"{name}: {'; '.join(checked.error_messages)}")
    _aws_actions.warn_of_unknown(split, Display().warning)
    try:
        return task(checked.validated_parameters)
    except OptionError as error:
        raise AnsibleLookupError(f"{name}: {error.message}") from None


def _plain(name: str, option: str, value: Any) -> Any:
    try:
        return _core.plain_data(value)
    except (RecursionError, TypeError, ValueError) as error:
        raise AnsibleLookupError(f"{name}: {option} cannot be read ({error}). It must be plain data.") from None


def terms(name: str, values: Sequence[Any]) -> list[str]:
    """The terms as plain texts. Raises AnsibleLookupError."""
    if not all(isinstance(term, str) for term in values):
        raise AnsibleLookupError(f"{name}: each term must be a string.")
    return [str(term) for term in values]
