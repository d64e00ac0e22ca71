# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the releases of ansible-core differ that this collection runs on, 2.16 to 2.22, and what is the same on all of them.

From 2.19 on a text is rendered as a template only if it is marked as trusted. Before that, every text is rendered that is not
marked as unsafe: whatever comes from AWS has to be marked.
"""

from __future__ import annotations

import json
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

try:
    from ansible.template import trust_as_template
except ImportError:  # up to ansible-core 2.18
    trust_as_template = None


def plain(text: str) -> str:
    """A copy without any mark, which a text of Ansible's gets from whatever it was made of."""
    return str.__str__(text)


def trusted(text: str) -> str:
    """A text that Ansible may render, and that leaves it as plain text."""
    if trust_as_template is None:
        return plain(text)
    marked: str = trust_as_template(text)
    return marked


def untrusted(value: Any) -> Any:
    """The same value; no text in it is ever rendered."""
    return wrap_var(value) if trust_as_template is None else value


def told(error: Exception) -> str:
    """What an error says, without its full stop. Up to ansible-core 2.18 it says twice that something is undefined."""
    text = str(error).rstrip(".")
    once, _stop, again = text.partition(". ")
    return once if once == again else text


def plain_data(value: Any) -> Any:
    """A copy through JSON, in which no text bears a mark. Raises OverflowError, RecursionError, TypeError or ValueError for what has no form there."""
    return json.loads(json.dumps(value, default=_decrypted))


def _decrypted(value: Any) -> str:
    """The text of a value of Ansible Vault, which up to ansible-core 2.18 is an object that looks like a text."""
    if getattr(type(value), "__ENCRYPTED__", False):
        return str(value.data)
    raise TypeError(f"{type(value).__name__} is none of JSON")
