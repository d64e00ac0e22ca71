# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all filters of this collection have in common: an error of Ansible's own, whatever they are given."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

_NOT_OF_ITS_KIND = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, called what the filter is called, with AnsibleFilterError for what is of another kind than it takes."""
    name = function.__name__

    @functools.wraps(function)
    def filter_(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except _NOT_OF_ITS_KIND as error:
            kind = type(error).__name__
        raise AnsibleFilterError(
            f"{name}: the input is invalid ({kind}). See: ansible-doc -t filter cloudrestore.aws.{name}"
        )

    return filter_
