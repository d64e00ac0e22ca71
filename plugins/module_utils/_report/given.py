# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run was given on its command line, as a later command has to say it again: quoted for a shell, without secrets. Pure.

In place of a secret stands a parameter of the shell that has to be set first: without it the shell says so and runs nothing.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .._aws import credentials_in_urls

# By the name of the variable, or of what is in it: a key's ID with KMS is none, and whatever a specification has no_log for is.
_NAMED_SECRET = re.compile(
    r"passw|passphrase|pwd|secret|token|credential|bearer|cookie|access_?key|api_?key|private_?key|ssh_?key|mfa_code|(?<!kms_)key_?id"
    r"|(?:^|_)(?:pass|pw|otp|pin|pat|auth)$",
    re.IGNORECASE,
)
# An access key's ID, a private key, a signed token, and what a text calls so itself, such as the query of a URL.
_LOOKS_SECRET = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE|\beyJ[\w-]{10,}\.|\bgh[pousr]_\w{20,}"
    r"|(?i:passw|secret|token|signature|credential)\w*[\"']?\s*[=:]"
)

_URLS = re.compile(r"endpoint_url$|aws_config$|proxy$|proxies$", re.IGNORECASE)
# What only the run itself was for: no later command is about the same snapshot.
_OF_THE_RUN = frozenset({"restore_access_snapshot"})
_NOT_IN_A_PARAMETER = re.compile(r"\W", re.ASCII)


@dataclass(frozen=True, slots=True)
class ExtraVars:
    """One ``-e`` of a command line. ``content``: the variables in it, None for a file of them; not JSON's where it can be no text."""

    text: str
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Given:
    """``arguments``: words of a command line, quoted. ``secrets``: the variables that are not in them as they were. ``own``: further words,
    which only a command says again that is to do the same.
    """

    arguments: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


def given(options: Sequence[str], extra: Iterable[ExtraVars]) -> Given:
    """``options``: other words that go on unchanged, such as those about Ansible Vault. They hold no secret."""
    arguments, secrets, own = [shlex.quote(option) for option in options], list[str](), list[str]()
    for each in extra:
        of_the_run, rest = _parted(each)
        own += [word for part in of_the_run for word in _words(part, _hidden(part))]
        arguments += [word for part in rest for word in _words(part, _hidden(part))]
        secrets += [name for part in rest for name in _hidden(part)]
    return Given(tuple(arguments), tuple(dict.fromkeys(secrets)), tuple(own))


def _parted(extra: ExtraVars) -> tuple[list[ExtraVars], list[ExtraVars]]:
    """What is of the run alone, and the rest. What a file holds nobody knows."""
    content = extra.content or {}
    own = {name: value for name, value in content.items() if name in _OF_THE_RUN}
    if not own or len(own) == len(content):
        return ([extra], []) if own else ([], [extra])
    rest = {name: value for name, value in content.items() if name not in own}
    return [_as_json(own)], [_as_json(rest)]


def _as_json(content: Mapping[str, Any]) -> ExtraVars:
    return ExtraVars(json.dumps(content, default=str), content)


def _hidden(extra: ExtraVars) -> list[str]:
    return [name for name, value in (extra.content or {}).items() if _is_secret(name, value)]


def _words(extra: ExtraVars, hidden: Sequence[str]) -> list[str]:
    return [word for argument in _arguments(extra, hidden) for word in ("-e", argument)]


def _arguments(extra: ExtraVars, hidden: Sequence[str]) -> Iterator[str]:
    """What goes after ``-e``. One that holds a secret, or what cannot be seen, is written anew."""
    if extra.content is None or (not hidden and extra.text.isprintable() and not extra.text.startswith("-")):
        yield shlex.quote(extra.text)
        return
    rest = {name: value for name, value in extra.content.items() if name not in hidden}
    if rest:
        yield shlex.quote(json.dumps(rest, default=str))
    for name in hidden:
        parameter = "_" * name[:1].isdigit() + _NOT_IN_A_PARAMETER.sub("_", name)
        expanded = f"${{{parameter}:?set it first, it is not in the report}}"
        # Text with blanks or quotes would come out as several variables: as JSON it has to be given with its own quotes.
        plain = isinstance(extra.content[name], str) and parameter == name
        yield f"\"{name}='{expanded}'\"" if plain else f"{shlex.quote('{' + json.dumps(name) + ': ')}\"{expanded}\"'}}'"


def _is_secret(name: str, value: Any) -> bool:
    # What every variable of the role begins with would make a secret of its key_policies.
    if _NAMED_SECRET.search(name.removeprefix("restore_access_")):
        return True
    if isinstance(value, Mapping):
        if any(_is_secret(str(key), part) for key, part in value.items()):
            return True
    elif isinstance(value, (list, tuple)):
        return any(_is_secret(name, part) for part in value)
    elif value is not None and not isinstance(value, (str, int, float, date)):
        return True  # such as what Ansible Vault has encrypted
    if _URLS.search(name) and credentials_in_urls.to_mask({"endpoint_url": value, "aws_config": value}):
        return True
    text = value if isinstance(value, str) else ""
    return bool(_LOOKS_SECRET.search(text)) or credentials_in_urls.without(text) != text
